# Reading what a probe said: $WORK/RUN holds the lines of a run.

. "${BASH_SOURCE[0]%/*}/../wait.bash"

# each PATTERN RUN NAME...: every name was tried and stands in a line of the pattern, where it is called NAME.
each() {
	local pattern=$1 run=$2 name
	shift 2
	for name; do
		grep -qE "^${pattern/NAME/$name}" "$WORK/$run" || {
			echo "with walls $run: $(grep -w -- "$name" "$WORK/$run" || echo "$name was not tried")"
			return 1
		}
	done
}

denied() { each 'denied NAME: ' "$@"; }
allowed() { each 'ALLOWED NAME$' "$@"; }

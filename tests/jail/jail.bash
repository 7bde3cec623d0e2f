# Reading what a probe said: $WORK/RUN holds the lines of a run.

# The names must have been tried, and every one of them must have failed.
denied() {
	local run=$1 name
	shift
	for name; do
		grep -q "^denied $name: " "$WORK/$run" || {
			echo "with walls $run: $(grep -w -- "$name" "$WORK/$run" || echo "$name was not tried")"
			return 1
		}
	done
}

allowed() {
	local run=$1 name
	shift
	for name; do
		grep -qx "ALLOWED $name" "$WORK/$run" || {
			echo "with walls $run: $(grep -w -- "$name" "$WORK/$run" || echo "$name was not tried")"
			return 1
		}
	done
}

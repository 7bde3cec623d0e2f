# How tests wait for what takes a moment.

# patience SECONDS: so long on a machine that is slow or has other work, too (TEST_PATIENCE, 1 by default)
patience() {
	echo $(($1 * ${TEST_PATIENCE:-1}))
}

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
	local end
	end=$((SECONDS + $(patience "$1")))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

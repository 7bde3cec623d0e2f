#!/usr/bin/env bats
# What every program has in common.

load ../lib

@test "every program says what it takes on --help, on standard output, and succeeds" {
	local program said n=0
	while read -r program; do
		said=$(timeout "$(patience 10)" "$program" --help 2>/dev/null </dev/null) || { echo "$program: status $?" >&2 && return 1; }
		[[ "${said,,}" = *usage* ]] || { echo "$program: $said" >&2 && return 1; }
		n=$((n + 1))
	done < <(find "$STAGE/usr" -type f -perm -100)
	[ "$n" -gt 15 ]
}

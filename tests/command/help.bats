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

# unheard PROGRAM [ARGUMENT...]: exits 1 with one line when standard output is full, and when it is closed.
unheard() {
	local name=${1##*/}
	[ "$(timeout "$(patience 10)" "$@" 2>&1 >/dev/full </dev/null || echo "exit $?")" = \
		"$name: standard output: No space left on device"$'\nexit 1' ]
	[ "$(timeout "$(patience 10)" "$@" 2>&1 >&- </dev/null || echo "exit $?")" = \
		"$name: standard output: Bad file descriptor"$'\nexit 1' ]
}

@test "what does not reach standard output is told in one line" {
	local program
	for program in zonecfg zoneadm zlogin zonevnc pptadm bhyve bhyvectl; do
		unheard "$STAGE/usr/sbin/$program" --help
	done
	unheard "$STAGE/usr/lib/brand/bhyve/uefivars" --help
	unheard "$STAGE/usr/lib/brand/bhyve/socat" --help
	unheard "$STAGE/usr/sbin/bhyve" -o config.dump=on guest
}

@test "a command that has nothing to print does not need a standard output" {
	new_root
	"$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z web "create -t bhyve; set zonepath=/zones/web" >&- 2>/dev/null </dev/null
	grep -q '^web:' "$ROOT/etc/zones/index"
	drop_root
}

#!/usr/bin/env bats
# Several commands change one zone at the same time: nothing that was said to be saved is lost.
load ../lib
load zonecfg/helper

setup() {
	zonecfg_setup
	new_zone z
}
teardown() { drop_root; }

overtaken="z: changed by another command since it was read; revert, or run the command again"

# attr NAME: the words that add an attribute.
attr() { echo "add attr; set name=$1; set type=string; set value=x; end"; }

# names: the attributes of the zone, in order.
names() { zonecfg -z z info attr | sed -n 's/^\tname: //p' | sort | xargs; }

# session: begins a session that reads the zone and waits for more commands: say TEXT; done_with_it STATUS.
session() {
	mkfifo "$ROOT/in"
	"$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z z <"$ROOT/in" >"$ROOT/out" 2>&1 3>&- &
	writer=$!
	exec 8>"$ROOT/in"
	say "info autoboot"
	wait_for 10 grep -q autoboot "$ROOT/out"
}
say() { echo "$1" >&8; }
done_with_it() {
	local status=0
	exec 8>&-
	wait "$writer" || status=$?
	[ "$status" -eq "$1" ]
}

@test "of single commands at the same time, each counts" {
	local i writers=()
	for i in {1..12}; do
		zonecfg -z z "$(attr "p$i")" &
		writers+=($!)
	done
	for i in "${writers[@]}"; do wait "$i"; done
	[ "$(names)" = "p1 p10 p11 p12 p2 p3 p4 p5 p6 p7 p8 p9" ]
}

@test "so do commands that verify and commit in so many words" {
	local i writers=()
	for i in {1..8}; do
		zonecfg -z z "$(attr "p$i"); verify; commit; exit" &
		writers+=($!)
	done
	for i in "${writers[@]}"; do wait "$i"; done
	[ "$(names)" = "p1 p2 p3 p4 p5 p6 p7 p8" ]
}

@test "of commands that add the same, one is told that it is there" {
	local i ok=0 writers=()
	for i in {1..6}; do
		zonecfg -z z "$(attr same)" 2>>"$ROOT/err" &
		writers+=($!)
	done
	for i in "${writers[@]}"; do if wait "$i"; then ok=$((ok + 1)); fi; done
	[ "$ok" -eq 1 ]
	[ "$(grep -c "An attr resource with the name 'same' already exists." "$ROOT/err")" -eq 5 ]
}

@test "of several that make one zone, or rename to one name, one does" {
	local i ok=0 writers=()
	for i in {1..6}; do
		zonecfg -z new "create -b; set brand=plain; set zonepath=/zones/new$i" 2>>"$ROOT/err" &
		writers+=($!)
	done
	for i in "${writers[@]}"; do if wait "$i"; then ok=$((ok + 1)); fi; done
	[ "$ok" -eq 1 ]
	[ "$(grep -c '^new:' "$ROOT/etc/zones/index")" -eq 1 ]
	for i in 1 2 3 4; do new_zone "r$i"; done
	ok=0 writers=()
	for i in 1 2 3 4; do
		zonecfg -z "r$i" "set zonename=same" 2>>"$ROOT/err" &
		writers+=($!)
	done
	for i in "${writers[@]}"; do if wait "$i"; then ok=$((ok + 1)); fi; done
	[ "$ok" -eq 1 ]
	[ "$(grep -c -e '^r[1-4]:' -e '^same:' "$ROOT/etc/zones/index")" -eq 4 ]
	for i in $(sed -n 's/^\(r[1-4]\|same\):.*/\1/p' "$ROOT/etc/zones/index"); do zonecfg -z "$i" info zonepath; done
}

@test "a script that was overtaken saves nothing and says so" {
	session
	say "set bootargs=mine"
	zonecfg -z z "set autoboot=true"
	done_with_it 1
	grep -qxF "$overtaken" "$ROOT/out"
	grep -qx "Configuration not saved." "$ROOT/out"
	prints $'bootargs: \nautoboot: true' -z z "info bootargs; info autoboot"
}

@test "revert takes up what the other command made, and both changes count" {
	session
	say "set bootargs=lost"
	say "info bootargs"
	wait_for 10 grep -q lost "$ROOT/out"
	zonecfg -z z "set autoboot=true"
	say "revert -F"
	say "set bootargs=mine"
	done_with_it 0
	prints $'bootargs: mine\nautoboot: true' -z z "info bootargs; info autoboot"
}

@test "a session may commit as often as it likes" {
	session
	say "set bootargs=one"
	say "commit"
	say "set bootargs=two"
	say "commit"
	say "set zonename=y"
	say "commit"
	say "set bootargs=three"
	done_with_it 0
	prints "bootargs: three" -z y info bootargs
}

@test "what changes only the index overtakes nobody; a conversion, a rename and a removal do" {
	session
	say "set bootargs=one"
	set_state z incomplete
	say "commit"
	say "set bootargs=two"
	say "info bootargs"
	wait_for 10 grep -q two "$ROOT/out"
	zonecfg -z z "delete -F"
	done_with_it 1
	grep -qxF "$overtaken" "$ROOT/out"
	[ ! -e "$ROOT/etc/zones/z.xml" ]
	rm "$ROOT/in"
	new_zone z
	session
	say "set bootargs=three"
	zonecfg -z z "set zonename=y"
	done_with_it 1
	[ ! -e "$ROOT/etc/zones/z.xml" ]
	zonecfg -z y "set zonename=z"
	rm "$ROOT/in"
	session
	say "set bootargs=four"
	zonecfg -z z upgrade
	done_with_it 1
	prints "bootargs: " -z z info bootargs
}

@test "at the prompt the changes stay, to be reverted or thrown away" {
	cat >"$ROOT/talk" <<-E
		< zonecfg:z>
		> set bootargs=mine
		< zonecfg:z>
		> export -f $ROOT/ready
		< zonecfg:z>
		> export -f $ROOT/done
		< zonecfg:z>
		> commit
		< $overtaken
		> info bootargs
		< bootargs: mine
		> revert -F
		< zonecfg:z>
		> info autoboot
		< autoboot: true
		> set bootargs=again
		< zonecfg:z>
		> exit
	E
	mkfifo "$ROOT/ready" "$ROOT/done" # writing to one waits for its reader
	(cat "$ROOT/ready" && zonecfg -z z "set autoboot=true" && cat "$ROOT/done") >/dev/null 3>&- &
	local other=$!
	HOME=$ROOT run python3 "$BATS_TEST_DIRNAME/zonecfg/talk.py" "$ROOT/talk" "$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z z
	[ "$status" -eq 1 ] || { echo "$output" >&2; return 1; } # a command failed
	wait $other
	prints $'bootargs: again\nautoboot: true' -z z "info bootargs; info autoboot"
}

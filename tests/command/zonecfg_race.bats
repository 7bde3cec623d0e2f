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
gone="z: deleted or renamed by another command since it was read; export keeps what is here as a script, revert drops it"

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

# all_count N [COMMANDS]: N commands at the same time, each adding an attribute and then running COMMANDS, all count.
all_count() {
	local i writers=()
	for ((i = 1; i <= $1; i++)); do
		zonecfg -z z "$(attr "p$i")${2-}" &
		writers+=($!)
	done
	for i in "${writers[@]}"; do wait "$i"; done
	[ "$(names)" = "$(for ((i = 1; i <= $1; i++)); do echo "p$i"; done | sort | xargs)" ]
}

@test "of single commands at the same time, each counts" {
	all_count 12
}

@test "so do commands that verify and commit in so many words" {
	all_count 8 "; verify; commit; exit"
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
	grep -qxF "$gone" "$ROOT/out"
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
	sed -i 's|/sbin/init|/sbin/zhyve|' "$ROOT/usr/lib/brand/plain/config.xml" # a brand of machines
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

# running [PID]: the record of a zone that runs; its process is this test, so that it has to go before the test ends.
running() {
	printf '{"state":"running","aux":"","id":1,"pid":%d,"start":%d,"uid":0,"boot_id":"%s","reason":""}' \
		"${1-$$}" "$(cut -d' ' -f22 /proc/$$/stat)" "$(cat /proc/sys/kernel/random/boot_id)" >"$ROOT/run/zones/z.state"
}

@test "a zone that was booted since keeps its name, however early the new one was typed" {
	set_state z installed
	session
	say "set zonename=y"
	say "info zonename"
	wait_for 10 grep -q "zonename: y" "$ROOT/out"
	running
	say commit
	done_with_it 1
	rm "$ROOT/run/zones/z.state"
	grep -qx "z: Zone state is invalid for the requested operation" < <(sed 's/^On line .*//; s/^y: /z: /' "$ROOT/out")
	grep -q '^z:installed:' "$ROOT/etc/zones/index"
	[ ! -e "$ROOT/etc/zones/y.xml" ]
}

@test "a zone that was installed since keeps its zonepath and brand" {
	session
	say "set zonepath=/zones/elsewhere"
	say "info zonepath"
	wait_for 10 grep -q "zonepath: /zones/elsewhere" "$ROOT/out"
	set_state z installed
	say commit
	done_with_it 1
	grep -q "already installed by now; its zonepath and brand stay" "$ROOT/out"
	prints "zonepath: /zones/z" -z z info zonepath
}

# held NAME: somebody holds that lock until drop.
held() {
	mkdir -p "$ROOT/run/zones"
	python3 -c '
import fcntl, struct, sys, time
f = open(sys.argv[1], "w")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)) # F_OFD_SETLK
print(flush=True)
sys.stdin.read()' "$ROOT/run/zones/$1" < <(sleep 60 & echo $! >"$ROOT/sleeper"; wait) >"$ROOT/held" 3>&- &
	holder=$!
	wait_for 10 test -s "$ROOT/held"
}
drop() {
	kill "$(cat "$ROOT/sleeper")"
	wait "$holder" || true
}

@test "nobody renames, moves or deletes a zone that zoneadm is at work on; other edits go through" {
	set_state z incomplete
	held z.zoneadm.lock
	refuses "y: another command is at work on this zone" -z z "set zonename=y"
	refuses "z: another command is at work on this zone" -z z "set zonepath=/zones/x"
	refuses "z: another command is at work on this zone" -z z "delete -F"
	zonecfg -z z "set autoboot=true"
	drop
	held z.zoneadmd.lock
	refuses "z: its zoneadmd is at work: the zone is booting or running, or a console is open" -z z "delete -F"
	drop
	zonecfg -z z "set zonename=y"
	grep -q '^y:incomplete:' "$ROOT/etc/zones/index"
}

@test "a boot that was cut short is cleaned up before the zone loses its name" {
	set_state z installed
	running 0
	refuses "y: a boot of it was cut short; boot and halt it, which cleans up" -z z "set zonename=y"
	refuses "z: a boot of it was cut short; boot and halt it, which cleans up" -z z "delete -F"
	rm "$ROOT/run/zones/z.state"
}

@test "the locks of a name go with the name" {
	zonecfg -z z "set zonename=y"
	zonecfg -z y "delete -F"
	run find "$ROOT/run/zones" -name '*.lock' ! -name 'index.lock'
	[ "$output" = "" ]
}

@test "a file that holds a password is for root alone, and a narrower mode stays" {
	zonecfg -z z "$(attr one)"
	[ "$(stat -c %a "$ROOT/etc/zones/z.xml")" = 644 ]
	zonecfg -z z 'add attr; set name=vnc; set type=string; set value="on,password=secret"; end'
	[ "$(stat -c %a "$ROOT/etc/zones/z.xml")" = 600 ]
	zonecfg -z z "remove attr name=vnc"
	[ "$(stat -c %a "$ROOT/etc/zones/z.xml")" = 600 ]
	chmod 640 "$ROOT/etc/zones/z.xml"
	zonecfg -z z "set zonename=y"
	[ "$(stat -c %a "$ROOT/etc/zones/y.xml")" = 640 ]
}

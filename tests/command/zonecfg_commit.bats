#!/usr/bin/env bats
# Saving: atomic, durable enough to survive a kill at any system call, a full disk and two writers.
load ../lib
load zonecfg/helper

setup() {
	zonecfg_setup
	new_zone z
}
teardown() {
	if mountpoint -q "$ROOT/etc/zones"; then umount "$ROOT/etc/zones"; fi
	drop_root
}

# The store is whole: every entry of the index has a file that loads, and the next commit works.
assert_whole() {
	local zone
	grep -q '^global:installed:/' "$ROOT/etc/zones/index"
	for zone in $(cut -d: -f1 "$ROOT/etc/zones/index" | grep -v -e '^#' -e '^global$'); do
		zonecfg -z "$zone" info zonepath >/dev/null || { echo "torn: $zone"; return 1; }
	done
}

@test "commit writes the file and the index with the right modes" {
	[ "$(stat -c %a "$ROOT/etc/zones/z.xml")" = 644 ]
	[ "$(stat -c %a "$ROOT/etc/zones/index")" = 644 ]
	grep -qx 'z:configured:/zones/z:' "$ROOT/etc/zones/index"
}

@test "leaving commits; what is not changed is not written" {
	local before
	before=$(stat -c %i "$ROOT/etc/zones/z.xml")
	zonecfg -z z info >/dev/null
	zonecfg -z z exit
	[ "$(stat -c %i "$ROOT/etc/zones/z.xml")" = "$before" ]
	zonecfg -z z "set autoboot=true"
	prints "autoboot: true" -z z info autoboot
}

@test "verify does not save, verify save does" {
	zonecfg -z z "set autoboot=true; verify; revert -F"
	prints "autoboot: false" -z z info autoboot
	zonecfg -z z "set autoboot=true; verify save"
	prints "autoboot: true" -z z info autoboot
}

@test "a new zonepath reaches the index, and the state and UUID stay" {
	set_state z incomplete
	zonecfg -z z "set zonepath=/zones/a:b"
	grep -qx 'z:incomplete:"/zones/a:b":7f7a3e5c-13ab-4cf5-9ac1-36a0e0f7b0a1' "$ROOT/etc/zones/index"
}

@test "renaming moves the file and the entry, and leaves nothing of the old name" {
	zonecfg -z z "set zonename=y"
	[ ! -e "$ROOT/etc/zones/z.xml" ]
	grep -q '^y:configured:/zones/z:' "$ROOT/etc/zones/index"
	run ! grep -q '^z:' "$ROOT/etc/zones/index"
	prints "zonename: y" -z y info zonename
}

@test "deleting removes both" {
	zonecfg -z z delete -F
	[ ! -e "$ROOT/etc/zones/z.xml" ]
	run ! grep -q '^z:' "$ROOT/etc/zones/index"
	refuses "z: No such zone configured" -z z delete -F
}

@test "delete waits for no zoneadm that is at work on the zone" {
	exec 9>"$ROOT/run/zones/z.zoneadm.lock"
	python3 - 9 <<-'PY' &
		import fcntl, struct, sys, time
		fcntl.fcntl(int(sys.argv[1]), 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
		open("/proc/self/comm", "w").write("holder")
		time.sleep(30)
	PY
	local holder=$!
	wait_for 5 grep -q holder /proc/$holder/comm
	run zonecfg -z z delete -F
	kill $holder
	exec 9>&-
	[ "$status" -eq 1 ]
	[ "$output" = "z: another command is at work on this zone" ]
	[ -e "$ROOT/etc/zones/z.xml" ]
}

# kill_everywhere ZONE COMMANDS: runs the commands again and again, killed at every system call in turn that
# opens, changes or closes a file.  After each kill the store must be whole.
kill_everywhere() {
	local calls=openat,write,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat
	local name n total kills=0
	calls+=,fchmod,fcntl,mkdir,mkdirat,close
	cp -a "$ROOT/etc/zones" "$ROOT/before"
	strace -f -o "$ROOT/trace" -e trace="$calls" "$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z "$@"
	for name in $(sed -n 's/^[0-9]* *\([a-z0-9]*\)(.*/\1/p' "$ROOT/trace" | sort -u); do
		total=$(grep -c "^[0-9]* *$name(" "$ROOT/trace")
		for ((n = 1; n <= total; n++)); do
			rm -rf "$ROOT/etc/zones"
			cp -a "$ROOT/before" "$ROOT/etc/zones"
			run strace -f -o /dev/null -e inject="$name:signal=KILL:when=$n" \
				"$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z "$@"
			[ "$status" -eq 137 ]
			assert_whole
			kills=$((kills + 1))
		done
	done
	[ "$kills" -gt 20 ]
	zonecfg -z "$@"
	assert_whole
}

@test "killed at any system call, a commit leaves the old configuration or the new one" {
	kill_everywhere z "set autoboot=true"
	prints "autoboot: true" -z z info autoboot
}

@test "killed at any system call, the creation of a zone leaves it absent or whole" {
	kill_everywhere new "create -F -b; set brand=plain; set zonepath=/zones/new"
	prints "zonepath: /zones/new" -z new info zonepath
}

@test "after a kill between file and index, the next create or delete gets things straight" {
	cp "$ROOT/etc/zones/z.xml" "$ROOT/etc/zones/half.xml"
	sed -i 's/name="z"/name="half"/' "$ROOT/etc/zones/half.xml"
	zonecfg -z half "delete -F"
	[ ! -e "$ROOT/etc/zones/half.xml" ]
	cp "$ROOT/etc/zones/z.xml" "$ROOT/etc/zones/half.xml"
	zonecfg -z half "create -F -b; set brand=plain; set zonepath=/zones/half"
	grep -q '^half:configured' "$ROOT/etc/zones/index"
}

@test "a full disk is one clear line, and the old configuration stays" {
	cp -a "$ROOT/etc/zones" "$ROOT/saved"
	mount -t tmpfs -o size=256k none "$ROOT/etc/zones"
	cp -a "$ROOT"/saved/. "$ROOT/etc/zones"
	dd if=/dev/zero of="$ROOT/etc/zones/fill" bs=4k 2>/dev/null || true
	local before
	before=$(cat "$ROOT/etc/zones/z.xml" "$ROOT/etc/zones/index")
	run zonecfg -z z "set autoboot=true"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "z: "*"No space left on device"* ]]
	[ "${lines[1]}" = "Configuration not saved." ]
	run zonecfg -z z "set zonename=y"
	[ "$status" -eq 1 ]
	run zonecfg -z z "set zonepath=/zones/other"
	[ "$status" -eq 1 ]
	run zonecfg -z new "create -b; set brand=plain; set zonepath=/zones/new"
	[ "$status" -eq 1 ]
	[ "$(cat "$ROOT/etc/zones/z.xml" "$ROOT/etc/zones/index")" = "$before" ]
	[ ! -e "$ROOT/etc/zones/new.xml" ]
	[ -z "$(find "$ROOT/etc/zones" -name '.*' -type f -o -name 'zonecfg.*')" ]
	rm "$ROOT/etc/zones/fill"
	zonecfg -z z "set autoboot=true"
}

@test "an index that cannot be written leaves the old file, and nothing else" {
	mv "$ROOT/etc/zones/index" "$ROOT/index"
	mkdir "$ROOT/etc/zones/index"
	local before
	before=$(cat "$ROOT/etc/zones/z.xml")
	run zonecfg -z z "set zonepath=/zones/other"
	[ "$status" -eq 1 ]
	[ "$(cat "$ROOT/etc/zones/z.xml")" = "$before" ]
	run zonecfg -z new "create -b; set brand=plain; set zonepath=/zones/new"
	[ "$status" -eq 1 ]
	[ ! -e "$ROOT/etc/zones/new.xml" ]
	rmdir "$ROOT/etc/zones/index"
}

@test "of two writers both count, and no file is ever torn" {
	local i writers=()
	for i in 1 2; do
		(for n in {1..40}; do
			zonecfg -z z "add attr; set name=w$i-$n; set type=uint; set value=$n; end" || exit 1
			zonecfg -z "w$i-$n" "create -b; set brand=plain; set zonepath=/zones/w$i-$n" || exit 1
		done) &
		writers+=($!)
	done
	(while kill -0 "${writers[0]}" 2>/dev/null; do assert_whole || exit 1; done) &
	writers+=($!)
	for i in "${writers[@]}"; do wait "$i"; done
	[ "$(grep -c '^w' "$ROOT/etc/zones/index")" -eq 80 ]
	[ "$(grep -c '<attr' "$ROOT/etc/zones/z.xml")" -eq 80 ]
}

@test "what the schema does not know survives a commit" {
	sed -i 's|</zone>||; s|/>$|><future a="b"><inner/></future></zone>|' "$ROOT/etc/zones/z.xml"
	zonecfg -z z "set autoboot=true"
	grep -q '<future a="b">' "$ROOT/etc/zones/z.xml"
	EDITOR='sed -i s/autoboot=true/autoboot=false/' zonecfg -z z edit
	prints "autoboot: false" -z z info autoboot
	grep -q '<future a="b">' "$ROOT/etc/zones/z.xml"
}

@test "edit applies what was changed in the editor" {
	EDITOR='sed -i s/autoboot=false/autoboot=true/' zonecfg -z z edit
	prints "autoboot: true" -z z info autoboot
}

@test "edit changes nothing when nothing was changed, or the editor fails, or the script is wrong" {
	EDITOR=true prints "Nothing was changed." -z z edit
	EDITOR=false refuses "edit: 'false' failed: nothing was changed" -z z edit
	EDITOR='sed -i s/autoboot=.*/nonsense=1/' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[[ ${lines[1]} == "nonsense: No such property type" ]]
	[ "${lines[2]}" = "edit: nothing was changed" ]
	EDITOR='sed -i "\$adelete"' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[[ $output == *"The delete command cannot be used here."* ]]
	EDITOR='sed -i d' prints "Nothing was changed." -z z edit
	prints "autoboot: false" -z z info autoboot
	[ -z "$(find /tmp -maxdepth 1 -name 'zonecfg-*.zcf')" ]
}

@test "an installed zone keeps its zonepath in edit and import, too" {
	zonecfg -z z export -f "$ROOT/json" --json
	sed -i 's|/zones/z|/zones/q|' "$ROOT/json"
	set_state z installed
	EDITOR='sed -i "s|/zones/z|/zones/q|"' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[[ $output == *"Zone z already installed; set zonepath not allowed."* ]]
	refuses "Zone z already installed; set zonepath not allowed." -z z import --json -f "$ROOT/json"
}

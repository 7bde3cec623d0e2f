#!/usr/bin/env bats
# zoneadm install and uninstall: states, hooks, locks, interruptions.

load ../lib
load zoneadm

setup() {
	new_root
	store_brand
	store_zone web1
}

teardown() {
	drop_root
}

mode_of() {
	stat -c %a "$1"
}

@test "install makes a private zonepath, runs the hook and ends in installed" {
	run zoneadm -z web1 install
	[ "$status" -eq 0 ]
	[ "$(state_of web1)" = installed ]
	[ "$(mode_of "$ROOT/zones/web1")" = 700 ]
	grep -qx 'install web1 /zones/web1' "$ROOT/hooks.log"
	grep -qx 'postinstall web1 /zones/web1' "$ROOT/hooks.log"
}

@test "install gives every word to the hook" {
	run zoneadm -z web1 install -x --image disk.img size=4G
	[ "$status" -eq 0 ]
	grep -qx 'install web1 /zones/web1 -x --image disk.img size=4G' "$ROOT/hooks.log"
}

@test "install makes missing parents of the zonepath" {
	store_zone deep configured /zones/a/b/deep
	hook_does install 'exit 0'
	run zoneadm -z deep install
	[ "$status" -eq 0 ]
	[ "$(mode_of "$ROOT/zones/a/b/deep")" = 700 ]
	[ "$(mode_of "$ROOT/zones/a")" = 755 ]
}

@test "the zone gets a UUID when it is installed and loses it when uninstalled" {
	[ -z "$(zoneadm -z web1 list -p | cut -d: -f5)" ]
	zoneadm -z web1 install
	[ "$(zoneadm -z web1 list -p | cut -d: -f5 | tr -d '\n' | wc -c)" -eq 36 ]
	zoneadm -z web1 uninstall -F
	[ -z "$(zoneadm -z web1 list -p | cut -d: -f5)" ]
}

@test "install twice: is already installed" {
	zoneadm -z web1 install
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	[ "$output" = "zoneadm: zone 'web1': is already installed." ]
}

@test "the zone is incomplete while the hook runs" {
	hook_does install "\"$ROOT/usr/sbin/zoneadm\" -R \"$ROOT\" -z \$1 list -p | cut -d: -f3 >$ROOT/seen"
	run zoneadm -z web1 install
	[ "$status" -eq 0 ]
	[ "$(cat "$ROOT/seen")" = incomplete ]
}

@test "a hook that fails leaves the zone incomplete, and uninstall makes it configured" {
	hook_does install 'exit 1'
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	says 'install failed'
	[ "$(state_of web1)" = incomplete ]
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 0 ]
	[ "$(state_of web1)" = configured ]
	[ ! -e "$ROOT/zones/web1" ]
}

@test "a hook killed by a signal leaves the zone incomplete" {
	hook_does install 'kill -9 $$'
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	[ "$(state_of web1)" = incomplete ]
}

@test "hook exit 253 prints the usage and leaves the zone configured" {
	hook_does install "mkdir $ROOT/zones/\$1/root; exit 253"
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	has_line $'usage:\tinstall [brand-specific args]'
	[ "$(state_of web1)" = configured ]
	[ ! -e "$ROOT/zones/web1" ]
}

@test "hook exit 254 cleans up and leaves the zone configured" {
	hook_does install "mkdir -p $ROOT/zones/\$1/root/half; exit 254"
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	[ "$(state_of web1)" = configured ]
	[ ! -e "$ROOT/zones/web1" ]
}

@test "a failing postinstall leaves the zone incomplete" {
	hook_does postinstall 'exit 1'
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	says 'postinstall failed'
	[ "$(state_of web1)" = incomplete ]
}

@test "an install that is killed leaves a zone that uninstall takes away" {
	hook_does install "mkdir $ROOT/zones/\$1/root; touch $ROOT/reached; sleep 60"
	"$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 install 3>&- &
	pid=$!
	wait_for 10 test -e "$ROOT/reached"
	kill -9 "$pid"
	wait "$pid" || true
	hook=$(pgrep -f "^/bin/sh $ROOT/usr/lib/brand/trial/install" || true)
	[ -z "$hook" ] || kill -9 $hook $(pgrep -P "$hook")
	[ "$(state_of web1)" = incomplete ]
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	says 'zone is incomplete; uninstall required.'
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 0 ]
	hook_does install 'exit 0'
	run zoneadm -z web1 install
	[ "$status" -eq 0 ]
}

@test "of two installs at once one succeeds and the other is told why not" {
	hook_does install 'sleep 1'
	zoneadm -z web1 install >"$ROOT/first" 2>&1 3>&- &
	first=$!
	zoneadm -z web1 install >"$ROOT/second" 2>&1 3>&- &
	second=$!
	good=0
	wait "$first" && good=$((good + 1))
	wait "$second" && good=$((good + 1))
	[ "$good" -eq 1 ]
	[ "$(grep -c '^install ' "$ROOT/hooks.log")" -eq 1 ]
	grep -q 'is already installed\|zone is incomplete' "$ROOT/first" "$ROOT/second"
}

@test "who waits too long is told who holds the zone" {
	hook_does install "touch $ROOT/reached; until [ -e $ROOT/enough ]; do sleep 0.1; done"
	zoneadm -z web1 install >/dev/null 2>&1 3>&- &
	first=$!
	wait_for 10 test -e "$ROOT/reached"
	run zoneadm -z web1 uninstall -F
	touch "$ROOT/enough"
	[ "$status" -eq 1 ]
	says "zone is busy: 'zoneadm install' is at work on it"
	wait "$first"
	[ "$(state_of web1)" = installed ]
}

@test "install of a zone that does not verify changes nothing" {
	store_zone bad configured relative/path
	run zoneadm -z bad install
	[ "$status" -eq 1 ]
	says 'zone bad failed to verify'
	[ "$(state_of bad)" = configured ]
	! grep -q '^install bad' "$ROOT/hooks.log"
}

@test "install makes a readable zonepath private and says so" {
	mkdir -m 0755 "$ROOT/zones/web1"
	run zoneadm -z web1 install
	[ "$status" -eq 0 ]
	has_line '/zones/web1: changing permissions to 0700.'
	[ "$(mode_of "$ROOT/zones/web1")" = 700 ]
}

@test "install refuses a zonepath that others can write" {
	mkdir "$ROOT/zones/web1"
	chmod 0770 "$ROOT/zones/web1"
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	says '/zones/web1 must not be writable by group or others.'
	[ "$(mode_of "$ROOT/zones/web1")" = 770 ]
}

@test "uninstall without a terminal needs -F" {
	zoneadm -z web1 install
	run zoneadm -z web1 uninstall </dev/null
	[ "$status" -eq 1 ]
	[ "$output" = "zoneadm: zone 'web1': Input not from terminal and -F not specified: uninstall not done." ]
	[ "$(state_of web1)" = installed ]
}

@test "uninstall asks on a terminal: n keeps the zone and exits 0, y removes it" {
	zoneadm -z web1 install
	run bash -c 'echo n | script -qec "$ROOT/usr/sbin/zoneadm -R $ROOT -z web1 uninstall" /dev/null'
	[ "$status" -eq 0 ]
	says 'Are you sure you want to uninstall zone web1 (y/[n])? '
	[ "$(state_of web1)" = installed ]
	run bash -c 'echo y | script -qec "$ROOT/usr/sbin/zoneadm -R $ROOT -z web1 uninstall" /dev/null'
	[ "$status" -eq 0 ]
	[ "$(state_of web1)" = configured ]
}

@test "uninstall of a configured zone: is already in state 'configured'" {
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 1 ]
	[ "$output" = "zoneadm: zone 'web1': is already in state 'configured'." ]
}

@test "uninstall keeps what is not its own and warns" {
	zoneadm -z web1 install
	echo mine >"$ROOT/zones/web1/notes"
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 0 ]
	says 'WARNING: Unable to completely remove /zones/web1'
	[ "$(cat "$ROOT/zones/web1/notes")" = mine ]
	[ ! -e "$ROOT/zones/web1/root" ]
	[ "$(state_of web1)" = configured ]
}

@test "uninstall follows no link out of the zone" {
	zoneadm -z web1 install
	mkdir "$ROOT/precious"
	echo data >"$ROOT/precious/file"
	ln -s "$ROOT/precious" "$ROOT/zones/web1/root/link"
	ln -s "$ROOT/precious" "$ROOT/zones/web1/dev"
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 0 ]
	[ "$(cat "$ROOT/precious/file")" = data ]
	[ ! -e "$ROOT/zones/web1" ]
}

@test "uninstall removes a tree of any depth" {
	zoneadm -z web1 install
	python3 - "$ROOT/zones/web1/root" <<-'END'
		import os, sys
		os.chdir(sys.argv[1])
		for i in range(2000):
		    os.mkdir("d")
		    os.chdir("d")
		open("bottom", "w").close()
	END
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/zones/web1" ]
}

@test "uninstall refuses while something is mounted below the zonepath" {
	zoneadm -z web1 install
	mkdir "$ROOT/zones/web1/root/mnt"
	mount -t tmpfs none "$ROOT/zones/web1/root/mnt"
	run zoneadm -z web1 uninstall -F
	umount "$ROOT/zones/web1/root/mnt"
	[ "$status" -eq 1 ]
	says 'These file systems are mounted on subdirectories of /zones/web1.'
	says '/zones/web1/root/mnt'
	[ "$(state_of web1)" = installed ]
}

@test "a preuninstall hook that fails stops the uninstall before anything changes" {
	zoneadm -z web1 install
	hook_does preuninstall 'exit 1'
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 1 ]
	[ "$(state_of web1)" = installed ]
	[ -d "$ROOT/zones/web1/root" ]
}

@test "no boot comes in between an uninstall" {
	zoneadm -z web1 install
	hook_does preuninstall "touch $ROOT/reached; sleep 2"
	zoneadm -z web1 uninstall -F >/dev/null 2>&1 3>&- &
	uninstall=$!
	wait_for 10 test -e "$ROOT/reached"
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	says 'zoneadmd is busy'
	wait "$uninstall"
	[ "$(state_of web1)" = configured ]
}

@test "uninstall may be repeated after it was interrupted" {
	zoneadm -z web1 install
	zoneadm -z web1 mark incomplete
	rmdir "$ROOT/zones/web1/root"
	mkdir -p "$ROOT/zones/web1/.removing-0/left"
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/zones/web1" ]
	[ "$(state_of web1)" = configured ]
}

@test "a full disk while the index is saved leaves the old index" {
	mount -t tmpfs -o size=64k none "$ROOT/etc/zones"
	store_zone web1
	head -c 1M /dev/zero >"$ROOT/etc/zones/filler" 2>/dev/null || true
	run zoneadm -z web1 install
	index=$(cat "$ROOT/etc/zones/index")
	umount "$ROOT/etc/zones"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[ "$index" = 'web1:configured:/zones/web1:' ]
}

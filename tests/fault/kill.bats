#!/usr/bin/env bats
# kill -9 of each process of the tools at moments swept over a boot, a halt and an install: whatever dies when,
# the next command works, and after a halt nothing is left.

load ../lib
load ../guest/guest

setup() {
	new_root
	guest_zone web1
}

teardown() {
	drop_guests
}

# Starts zoneadm with the arguments after the first two, kills WHO after MILLISECONDS, waits for zoneadm.
# WHO is a word that finds the victim's command line, within this root only.
kill_during() {
	local who=$1 ms=$2 pid
	shift 2
	# Not the function: the process in the background would be a shell, and its zoneadm would live on.
	"$ROOT/usr/sbin/zoneadm" -R "$ROOT" "$@" >"$ROOT/zoneadm.out" 2>&1 3>&- &
	local command=$!
	sleep "$(printf '0.%03d' "$ms")"
	case $who in
	zoneadm) pid=$command ;;
	zoneadmd) pid=$(daemon_pid web1) || true ;;
	engine) pid=$(engine_pid web1 2>/dev/null) || true ;;
	esac
	if [ -n "$pid" ] && [ "$pid" != 0 ] && kill -9 "$pid" 2>/dev/null; then
		[ "$who" = zoneadm ] || wait_for 10 ended "$pid"
	fi
	wait "$command" || true
}

# The zone can be booted and halted, and then nothing of it is there.
works_afterwards() {
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ] || { echo "boot after $*: $output" >&2 && return 1; }
	wait_for 10 is web1 running
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ] || { echo "halt after $*: $output" >&2 && return 1; }
	is web1 installed
	soon_nothing_left web1
}

@test "zoneadm killed at any moment of a boot: the next command works" {
	for ms in 0 1 2 4 8 15 30 60 120; do
		kill_during zoneadm $ms -z web1 boot
		works_afterwards "zoneadm killed after $ms ms"
	done
}

@test "zoneadmd killed at any moment of a boot: the next command works" {
	for ms in 2 4 6 8 10 12 15 20 30 45 60 90 120; do
		kill_during zoneadmd $ms -z web1 boot
		works_afterwards "zoneadmd killed after $ms ms"
	done
}

@test "the hypervisor killed at any moment of a boot: the next command works" {
	for ms in 5 8 12 16 20 30 45 60 90 120; do
		kill_during engine $ms -z web1 boot
		works_afterwards "hypervisor killed after $ms ms"
	done
}

@test "zoneadmd killed at any moment of a halt: the next command works" {
	for ms in 0 1 2 3 4 6 8 10; do
		zoneadm -z web1 boot
		kill_during zoneadmd $ms -z web1 halt
		works_afterwards "zoneadmd killed $ms ms into a halt"
	done
}

@test "zoneadm killed at any moment of an install: uninstall and install work" {
	zoneadm -z web1 uninstall -F
	for ms in 0 2 4 6 8 10 15 20; do
		kill_during zoneadm $ms -z web1 install
		case $(state_of web1) in
		incomplete | installed) zoneadm -z web1 uninstall -F ;;
		esac
		is web1 configured
		run zoneadm -z web1 install
		[ "$status" -eq 0 ] || { echo "install after $ms ms: $output" >&2 && return 1; }
		is web1 installed
		zoneadm -z web1 uninstall -F
	done
}

@test "halt while booting: both commands answer, and nothing is left" {
	for ms in 0 2 5 10 20 40; do
		zoneadm -z web1 boot >"$ROOT/boot.out" 2>&1 3>&- &
		boot=$!
		sleep "$(printf '0.%03d' $ms)"
		zoneadm -z web1 halt
		wait "$boot" || true
		zoneadm -z web1 halt
		is web1 installed
		soon_nothing_left web1
	done
}

@test "a full disk below /run: the boot fails with one line, and nothing is left" {
	mount -t tmpfs -o size=64k,mode=0700 none "$ROOT/run/zones"
	head -c 60k /dev/zero >"$ROOT/run/zones/filler" || true
	run zoneadm -z web1 boot
	umount_run=$(rm -f "$ROOT/run/zones/filler" && zoneadm -z web1 halt 2>&1)
	left=$(find "$ROOT/run/zones" -name 'web1.*' ! -name '*.lock')
	cgroups=$(find /sys/fs/cgroup -type d -name "$(jail_name web1).*" 2>/dev/null)
	umount "$ROOT/run/zones"
	echo "$output / $umount_run / $left / $cgroups"
	[ "$status" -ne 0 ]
	[[ $output == *"No space left on device"* ]]
	[ -z "$left$cgroups" ]
}

@test "a full disk below /etc/zones: install leaves the zone as it was" {
	zoneadm -z web1 uninstall -F
	cp -a "$ROOT/etc/zones" "$ROOT/etc/saved"
	mount -t tmpfs -o size=128k none "$ROOT/etc/zones"
	cp -a "$ROOT/etc/saved/." "$ROOT/etc/zones/"
	cat /dev/zero >"$ROOT/etc/zones/filler" 2>/dev/null || true
	run zoneadm -z web1 install
	state=$(state_of web1)
	umount "$ROOT/etc/zones"
	echo "$output"
	[ "$status" -ne 0 ]
	[ "$state" = configured ]
	[[ $output == *"No space left on device"* ]]
}

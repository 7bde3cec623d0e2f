#!/usr/bin/env bats
# Trouble that needs an engine, or its absence: one clear line that names the thing, and nothing is changed.
# The rest is in tests/command/trouble.bats; the same disk in two running zones is in zone.bats.

load ../lib
load guest

setup() {
	new_root
	guest_zone web1
}

teardown() {
	drop_guests
}

# The commands run where the engine's binary does not exist: an overlay without it, in a mount namespace.
without_engine() {
	unshare -m bash -c '
		mkdir "$ROOT/overlay" && mount -t tmpfs none "$ROOT/overlay" && mkdir "$ROOT"/overlay/{up,work} &&
		mount -t overlay -o "lowerdir=/usr/bin,upperdir=$ROOT/overlay/up,workdir=$ROOT/overlay/work" \
			none /usr/bin &&
		rm /usr/bin/qemu-system-x86_64 && exec "$@"' bash "$@"
}

# What is said of how fast the guest will be is no trouble.
trouble() {
	grep -v ': NOTICE: ' <<<"$output"
}

@test "boot of a running zone: said so, the guest runs on, exit 0 as on illumos" {
	zoneadm -z web1 boot
	pid=$(engine_pid web1)
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	[ "$output" = "zoneadm: zone 'web1': zone is already booted" ]
	[ "$(engine_pid web1)" = "$pid" ]
	is web1 running
}

@test "engine binary absent: named with its package, and the zone stays installed" {
	run without_engine "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 boot
	[ "$status" -eq 1 ]
	diff - <(trouble) <<-'END'
		zone 'web1': the hypervisor /usr/bin/qemu-system-x86_64 is missing (package qemu-system-x86)
		zoneadm: zone 'web1': call to zoneadmd failed
	END
	is web1 installed
	soon_nothing_left web1
	zoneadm -z web1 boot
}

@test "engine killed: the zone is installed, its log says by which signal, and it boots again" {
	zoneadm -z web1 boot
	kill -9 "$(engine_pid web1)"
	wait_for 5 is web1 installed
	soon_nothing_left web1
	log_says web1 'killed by signal 9'
	zoneadm -z web1 boot
	is web1 running
}

@test "a boot hook that is killed: boot says by which signal; one that fails silently: with which status" {
	printf '#!/bin/sh\necho halfway\nkill -SEGV $$\n' >"$ROOT/usr/lib/brand/bhyve/boot"
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	diff - <(trouble) <<-'END'
		zone 'web1': the brand's boot hook was ended by SIGSEGV
		zoneadm: zone 'web1': call to zoneadmd failed
	END
	is web1 installed
	printf '#!/bin/sh\nexit 7\n' >"$ROOT/usr/lib/brand/bhyve/boot"
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	says "zone 'web1': the brand's boot hook ended with 7"
	soon_nothing_left web1
}

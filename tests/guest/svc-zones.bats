#!/usr/bin/env bats
# The zones start and stop with the host, with real guests; and a zone that runs can be converted.

load ../lib
load guest

setup() {
	new_root
}

teardown() {
	drop_guests
}

svc_zones() { "$ROOT/usr/lib/zones/svc-zones" -R "$ROOT" "$@"; }

@test "start boots the zones with autoboot, stop takes down every zone" {
	guest_zone web1
	guest_zone web2
	guest_zone web3
	zonecfg -z web1 "set autoboot=true"
	zonecfg -z web2 "set autoboot=true"
	run svc_zones start
	[ "$status" -eq 0 ]
	is web1 running
	is web2 running
	is web3 installed
	zoneadm -z web3 ready
	run svc_zones -t 8 stop
	[ "$status" -eq 0 ]
	for zone in web1 web2 web3; do
		is $zone installed
		wait_for 10 nothing_left $zone
	done
}

@test "start over zones that run already is a success" {
	guest_zone web1
	zonecfg -z web1 "set autoboot=true"
	svc_zones start
	run svc_zones start
	[ "$status" -eq 0 ]
	is web1 running
}

@test "a running zone can be upgraded; its next boot is that of the same machine" {
	guest_zone web1
	zoneadm -z web1 boot
	run zonecfg -z web1 upgrade
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "web1: upgraded to version 2" ]
	is web1 running
	zoneadm -z web1 reboot
	console_open web1
	soon_boots web1
	[ "$(zonecfg -z web1 info attr)" = "$(printf 'attr:\n\tname: vcpus\n\ttype: string\n\tvalue: 1')" ]
}

#!/usr/bin/env bats
# What starts and stops with the host: svc-zones and the units, as far as no hypervisor is needed.
load ../lib
load zoneadm

setup() {
	new_root
	store_brand
}
teardown() { drop_root; }

svc_zones() { "$ROOT/usr/lib/zones/svc-zones" -R "$ROOT" "$@"; }

@test "without zones there is nothing to start and to stop" {
	for verb in start stop; do
		run svc_zones $verb
		[ "$status" -eq 0 ]
		[ -z "$output" ]
	done
}

@test "only installed zones with autoboot are started; a failure is seen and holds up nobody" {
	store_zone conf1
	store_zone half1 incomplete
	store_zone quiet1 installed
	store_zone loud1 installed
	store_zone loud2 installed
	sed -i 's/autoboot="false"/autoboot="true"/' "$ROOT"/etc/zones/{conf1,half1,loud1,loud2}.xml
	run svc_zones start
	[ "$status" -eq 1 ] # their zonepaths do not exist
	for zone in loud1 loud2; do
		[[ $output == *"$zone"* ]]
	done
	for zone in conf1 half1 quiet1; do
		[[ $output != *"$zone"* ]]
	done
}

@test "a configuration that cannot be read is a failure, not an absence" {
	store_zone broken installed
	echo '<zone' >"$ROOT/etc/zones/broken.xml"
	run svc_zones start
	[ "$status" -eq 1 ]
	[[ $output == *broken* ]]
}

@test "the command line: usage, exit 2" {
	for arguments in "" "restart" "start stop" "-t" "-t x stop" "-q start"; do
		run "$ROOT/usr/lib/zones/svc-zones" $arguments
		[ "$status" -eq 2 ]
		[[ $output == *"usage: svc-zones [-R root] [-t seconds] start | stop" ]]
	done
}

@test "systemd takes the units as they are" {
	command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
	for unit in zones.service zones-convert.service; do
		sed "s,=/usr/lib/zones/,=$ROOT/usr/lib/zones/," "$ROOT/usr/lib/systemd/system/$unit" >"$ROOT/$unit"
	done
	run systemd-analyze verify --man=no "$ROOT/zones.service" "$ROOT/zones-convert.service"
	[ "$status" -eq 0 ]
	[[ $output != *"$ROOT"* ]]
}

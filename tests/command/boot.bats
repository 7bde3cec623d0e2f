#!/usr/bin/env bats
# The boot hook of the bhyve brand: what it shows, what it leaves in the zone, what it refuses.

load ../lib
load boot

setup() {
	new_root
}

teardown() {
	drop_root
}

# The strings of a packed list, one a line.
words_of() {
	strings -n 1 "$1"
}

@test "-t shows the arguments, one a line, for any file and without a configured zone" {
	zone_xml web1 "$(attr ram 2G)$(attr bootdisk tank/web1)$(attr uuid $UUID)" >"$ROOT/web1.xml"
	run hook boot -t -x "$ROOT/web1.xml" -z web1
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = -U ]
	[ "${lines[1]}" = "$UUID" ]
	[[ $output == *$'\n-m\n2G\n'* ]]
	[[ $output == *$'\n-s\n4:0,virtio-blk,/dev/zvol/rdsk/tank/web1\n'* ]]
	[ "${lines[-1]}" = web1 ]
}

@test "-t twice gives the same and writes nothing" {
	store_zone web1 "$(attr bootrom BHYVE)<network physical=\"nat0\"/><disk path=\"tank/a\"/>"
	before=$(cd "$ROOT" && find . -newer "$ROOT/etc/zones/web1.xml" | sort)
	first=$(hook boot -t web1)
	[ "$first" = "$(hook boot -t -z web1)" ]
	[ "$before" = "$(cd "$ROOT" && find . -newer "$ROOT/etc/zones/web1.xml" | sort)" ]
}

@test "-S, which OmniOS calls when the host boots, checks the configuration and writes nothing" {
	store_zone web1 "$(attr ram 2gb)$(attr memreserve on)"
	before=$(cd "$ROOT" && find . | sort)
	run hook boot -S -z web1
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$before" = "$(cd "$ROOT" && find . | sort)" ]
	store_zone web2 "$(attr ram lots)"
	run hook boot -S web2
	[ "$status" -eq 1 ]
	[[ $output == *'attr ram lots'* ]]
}

@test "-t needs no privilege" {
	zone_xml web1 >"$ROOT/web1.xml"
	chmod 755 "$ROOT"
	run setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all \
		"$ROOT/usr/lib/brand/bhyve/boot" -t -x "$ROOT/web1.xml" -z web1
	[ "$status" -eq 0 ]
}

@test "the uuid comes from the index when the configuration names none" {
	store_zone web1
	run hook boot -t -z web1
	[ "${lines[1]}" = "$UUID" ]
}

@test "-R names an alternate root" {
	store_zone web1
	run "$ROOT/usr/lib/brand/bhyve/boot" -R "$ROOT" -t -z web1
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "$UUID" ]
}

@test "-j shows the machine as one JSON object" {
	store_zone web1 "$(attr ram 2G)$(attr cdrom2 /iso/a.iso)"
	run hook boot -j web1
	[ "$status" -eq 0 ]
	[ "$(jq -r .zonename <<<"$output")" = web1 ]
	[ "$(jq -r .zoneroot <<<"$output")" = /zones/web1/root ]
	[ "$(jq -c .bootoptions.cdrom2 <<<"$output")" = '["pci","3.2"]' ]
	[ "$(jq .uefi <<<"$output")" = false ]
	[ "$(jq -r .opts.ram <<<"$output")" = 2G ]
	[ "$(jq .slots.vnc <<<"$output")" = 30 ]
}

@test "the arguments land in var/run/bhyve, readable by the zone's group only" {
	store_zone web1 "$(attr vnc on,password=s3cret)"
	mkdir -p "$ROOT/zones/web1/root"
	_ZONE_GID=12345 run hook boot -z web1
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	dir=$ROOT/zones/web1/root/var/run/bhyve
	[ "$(stat -c %a:%u:%g "$dir")" = 750:0:12345 ]
	[ "$(stat -c %a:%u:%g "$dir/zhyve.args")" = 440:0:12345 ]
	[ "$(ls -A "$dir")" = zhyve.args ]
	words_of "$dir/zhyve.args" | grep -qx zhyve_args
	words_of "$dir/zhyve.args" | grep -qx bhyve
	words_of "$dir/zhyve.args" | grep -qx "$UUID"
	words_of "$dir/zhyve.args" | grep -qx 'pci.0.30.0.password=s3cret'
	[ "$(words_of "$dir/zhyve.args" | tail -n 1)" = web1 ]
}

@test "a VNC password in extra is not shown either, whatever is wrong with it" {
	local extra
	for extra in '-s 30:0,fbuf,unix=/tmp/vm.vnc,password=s3cr=t,w=800' '-s 30:0,fbuf -o pci.0.30.0.password=s3cr,t'; do
		store_zone web1 "$(attr extra "$extra")"
		run hook boot -t web1
		[ "$status" -eq 0 ]
		[[ "$output" = *'password=***'* && "$output" != *s3cr* ]]
		run hook boot -j web1
		[ "$status" -eq 0 ]
		[[ "$output" != *s3cr* ]]
	done
	for extra in '-- pci.0.30.0.password=s3cret' '-s x,fbuf,password=s3cret' '-s 30:0,fbuf,password=s3%cret' \
		'-s 30:0,fbuf,password=%(s3cret)'; do
		store_zone web1 "$(attr extra "$extra")"
		run hook boot -t web1
		[ "$status" -eq 1 ]
		[[ -n "$output" && "$output" != *s3* ]]
	done
}

@test "neither -t nor -j shows the VNC password" {
	store_zone web1 "$(attr vnc on,password=s3cret)"
	[[ $(hook boot -t web1) != *s3cret* ]]
	[[ $(hook boot -j web1) != *s3cret* ]]
}

@test "the zone as it sees itself gets the arguments, and the snapshot is what boots" {
	store_zone web1 "$(attr ram 1G)"
	mkdir -p "$ROOT/zones/web1/root" "$ROOT/seen"
	zone_xml web1 "$(attr ram 3G)" >"$ROOT/snapshot.xml"
	_ZONE_ROOT=$ROOT/seen _ZONE_SNAPSHOT=$ROOT/snapshot.xml run hook boot -z web1
	[ "$status" -eq 0 ]
	words_of "$ROOT/seen/var/run/bhyve/zhyve.args" | grep -qx 3G
	[ ! -e "$ROOT/zones/web1/root/var/run" ]
}

@test "links inside the zone lead nowhere outside of it" {
	store_zone web1
	mkdir -p "$ROOT/zones/web1/root/var" "$ROOT/host/bhyve"
	ln -s "$ROOT/host" "$ROOT/zones/web1/root/var/run"
	run hook boot -z web1
	[ "$status" -ne 0 ]
	[ -z "$(ls -A "$ROOT/host/bhyve")" ]
}

@test "a file left by the last boot is replaced" {
	store_zone web1
	mkdir -p "$ROOT/zones/web1/root"
	hook boot -z web1
	store_zone web1 "$(attr ram 3G)"
	hook boot -z web1
	words_of "$ROOT/zones/web1/root/var/run/bhyve/zhyve.args" | grep -qx 3G
}

@test "UEFI gets its variables once, and -t makes none" {
	store_zone web1 "$(attr bootrom BHYVE_RELEASE)"
	mkdir -p "$ROOT/zones/web1/root"
	hook boot -t web1
	[ ! -e "$ROOT/zones/web1/root/etc/uefivars" ]
	hook boot web1
	cmp /usr/share/OVMF/OVMF_VARS_4M.fd "$ROOT/zones/web1/root/etc/uefivars"
	[ "$(stat -c %a "$ROOT/zones/web1/root/etc/uefivars")" = 600 ]
	printf changed | dd of="$ROOT/zones/web1/root/etc/uefivars" bs=1 seek=500000 conv=notrunc status=none
	hook boot web1
	grep -qa changed "$ROOT/zones/web1/root/etc/uefivars"
}

@test "BIOS gets no variables" {
	store_zone web1
	mkdir -p "$ROOT/zones/web1/root"
	hook boot web1
	[ ! -e "$ROOT/zones/web1/root/etc/uefivars" ]
}

@test "a missing file, a broken file and another zone's file are refused" {
	run hook boot -t -x "$ROOT/none.xml" -z web1
	[ "$status" -eq 1 ]
	[ "$output" = "Cannot find zone XML file at $ROOT/none.xml" ]
	echo '<zone' >"$ROOT/bad.xml"
	run hook boot -t -x "$ROOT/bad.xml" -z web1
	[ "$status" -eq 1 ]
	[[ $output == "Could not parse $ROOT/bad.xml"* ]]
	zone_xml other >"$ROOT/other.xml"
	run hook boot -t -x "$ROOT/other.xml" -z web1
	[ "$status" -eq 1 ]
	[ "$output" = "Zone name web1 does not match XML file other" ]
}

@test "every mistake is a line, and nothing is written" {
	store_zone web1 "$(attr ram 0)$(attr type linux)"
	mkdir -p "$ROOT/zones/web1/root"
	run hook boot -z web1
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ $output == *"attr ram 0: "* ]]
	[[ $output == *"attr type linux: generic, windows or openbsd is needed"* ]]
	[ -z "$(ls -A "$ROOT/zones/web1/root")" ]
}

@test "more memory than the host has is refused" {
	store_zone web1 "$(attr ram 10P)"
	mkdir -p "$ROOT/zones/web1/root"
	run hook boot -z web1
	[ "$status" -eq 1 ]
	[[ $output == "ram 10P: this host has "*" of memory and swap" ]]
	run hook boot -t -z web1
	[ "$status" -eq 0 ]
}

@test "a zone without a root directory is refused" {
	store_zone web1
	run hook boot -z web1
	[ "$status" -eq 1 ]
	[ "$output" = "Could not find zone root $ROOT/zones/web1/root" ]
}

@test "wrong usage exits 2" {
	run hook boot
	[ "$status" -eq 2 ]
	run hook boot -q web1
	[ "$status" -eq 2 ]
	run hook boot -t web1 web2
	[ "$status" -eq 2 ]
}

@test "verify_cfg prints what is wrong and says so by its exit status" {
	zone_xml web1 "$(attr ram 1G)" >"$ROOT/good.xml"
	run hook verify_cfg "$ROOT/good.xml"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	zone_xml web1 "$(attr ram 0)$(attr vcpus 0)" >"$ROOT/bad.xml"
	run hook verify_cfg "$ROOT/bad.xml"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "words that the hypervisor would not take are found by verify and by boot" {
	store_zone web1 "$(attr extra -Z)"
	run hook verify_cfg "$ROOT/etc/zones/web1.xml"
	[ "$status" -eq 1 ]
	[[ $output == "Could not parse configuration: "* ]]
	run hook boot -t web1
	[ "$status" -eq 1 ]
	[[ $output == "Could not parse configuration: "* ]]
}

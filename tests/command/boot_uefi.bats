#!/usr/bin/env bats
# Boot order of UEFI machines: what bootorder and bootnext write into the variables of the firmware.

load ../lib
load boot

setup() {
	new_root
	zone_root=$ROOT/zones/web1/root
	vars=$zone_root/etc/uefivars
	mkdir -p "$zone_root/etc"
}

teardown() {
	drop_root
}

# A zone with a disk, a CD-ROM and an adapter, and the variables that its firmware has made.
uefi_zone() {
	store_zone web1 "$(attr bootrom BHYVE)$(attr bootdisk /d.img)$(attr cdrom /c.iso)$1<network physical=\"nat0\"/>"
}

known() {
	"$BATS_TEST_DIRNAME/mkvars" "/usr/share/OVMF/${1:-OVMF_VARS_4M.fd}" "$vars"
}

order() {
	hook uefivars -j web1 | jq -c .bootorder
}

is_order() {
	[ "$(order)" = "$1" ] && return
	echo "order is $(order), not $1" >&2
	return 1
}

@test "the first boot makes the variables and keeps a note that there are no entries yet" {
	uefi_zone
	run hook boot web1
	[ "$status" -eq 0 ]
	[ "$output" = "Could not set VM boot order: the firmware has no boot entry for path0,bootdisk,cdrom0 yet" ]
	cmp "$vars" /usr/share/OVMF/OVMF_VARS_4M.fd
	[ "$(stat -c %a:%U "$vars")" = 600:root ]
}

@test "the usual order is the installed system, the boot disk, the CD-ROM, then the rest as it was" {
	uefi_zone
	known
	run hook boot web1
	[ "$status:$output" = 0: ]
	is_order '[6,2,1,0,3,4,5]'
}

@test "bootorder names devices, protocols, entries and the shell" {
	uefi_zone "$(attr bootorder net0=http,cdrom,boot5,path0,net)"
	known
	hook boot web1
	is_order '[4,1,5,6,3,0,2]'
}

@test "the legacy words cd and dc are orders too" {
	uefi_zone "$(attr bootorder dc)"
	known
	hook boot web1
	is_order '[1,6,2,0,3,4,5]'
}

@test "letters of the OmniOS page name all of a kind: n the adapters, d the CD-ROMs, c the disks" {
	uefi_zone "$(attr bootorder nd)"
	known
	run hook boot web1
	[ "$status:$output" = 0: ]
	is_order '[3,1,0,2,4,5,6]'
	sed -i 's/value="nd"/value="c"/' "$ROOT/etc/zones/web1.xml"
	hook boot web1
	is_order '[6,2,3,1,0,4,5]'
}

@test "a store of the 2 MiB build is edited like one of the 4 MiB build" {
	store_zone web1 "$(attr bootrom /usr/share/OVMF/OVMF_CODE.fd)$(attr bootdisk /d.img)$(attr cdrom /c.iso)$(attr \
		bootorder shell)<network physical=\"nat0\"/>"
	known OVMF_VARS.fd
	hook boot web1
	is_order '[5,0,1,2,3,4,6]'
	[ "$(stat -c %s "$vars")" = "$(stat -c %s /usr/share/OVMF/OVMF_VARS.fd)" ]
}

@test "a boot that finds its order does not touch the file" {
	uefi_zone
	known
	hook boot web1
	touch -d 2020-01-01 "$vars"
	before=$(stat -c %i:%Y "$vars")
	hook boot web1
	[ "$(stat -c %i:%Y "$vars")" = "$before" ]
}

@test "names without an entry are left out; an order of nothing else is kept and noted" {
	uefi_zone "$(attr bootorder disk3,net5)"
	known
	run hook boot web1
	[ "$status" -eq 0 ]
	[ "$output" = "Could not set VM boot order: the firmware has no boot entry for disk3,net5 yet" ]
	is_order '[0,1,2,3,4,5,6]'
}

@test "bootnext is set once and leaves the configuration, and nothing else does" {
	uefi_zone "$(attr bootnext shell)"
	known
	hook boot web1
	[ "$(hook uefivars -j web1 | jq .bootnext)" = 5 ]
	run zonecfg -z web1 info attr
	[[ $output != *bootnext* ]]
	[[ $output == *bootrom* && $output == *bootdisk* && $output == *cdrom* ]]
}

@test "bootnext stays when its device has no entry" {
	uefi_zone "$(attr bootnext disk3)"
	known
	run hook boot web1
	[ "$status" -eq 0 ]
	[ "$output" = "Could not set VM boot next: the firmware has no boot entry for disk3 yet" ]
	zonecfg -z web1 info attr name=bootnext | grep -q disk3
}

@test "a bootnext that was changed after the zone was made ready stays" {
	uefi_zone "$(attr bootnext shell)"
	known
	cp "$ROOT/etc/zones/web1.xml" "$ROOT/snapshot.xml"
	zonecfg -z web1 "select attr name=bootnext; set value=cdrom; end"
	_ZONE_SNAPSHOT=$ROOT/snapshot.xml hook boot web1
	[ "$(hook uefivars -j web1 | jq .bootnext)" = 5 ]
	zonecfg -z web1 info attr name=bootnext | grep -q cdrom
}

@test "bootnext firmware asks for the firmware's menus, even before there are entries" {
	uefi_zone "$(attr bootnext firmware)"
	run hook boot web1
	[ "$status" -eq 0 ]
	grep -qaP 'O\0s\0I\0n\0d\0i\0c\0a\0t\0i\0o\0n\0s\0\0\0\x01\0\0\0\0\0\0\0' "$vars"
	run zonecfg -z web1 info attr
	[[ $output != *bootnext* ]]
}

@test "an unknown protocol of an adapter is an error, and nothing is written" {
	uefi_zone "$(attr bootorder net0=tftp)"
	run hook boot web1
	[ "$status" -eq 1 ]
	[ "$output" = "Invalid protocol 'tftp' for 'net0'" ]
	[ ! -e "$vars" ]
}

@test "damaged variables are a note in one line, and the machine boots" {
	uefi_zone "$(attr bootnext shell)"
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$vars"
	dd if=/dev/zero of="$vars" bs=1000 count=1 conv=notrunc status=none
	before=$(md5sum <"$vars")
	run hook boot web1
	[ "$status" -eq 0 ]
	[ "$output" = "Could not set VM boot order: /etc/uefivars in the zone: not an EDK2 variable store: \
no volume of variables" ]
	[ -e "$zone_root/var/run/bhyve/zhyve.args" ]
	[ "$(md5sum <"$vars")" = "$before" ]
}

@test "variables of another size than the firmware's are refused with the cure, by boot and by verify" {
	uefi_zone
	sed -i s/:incomplete:/:installed:/ "$ROOT/etc/zones/index"
	chmod 0700 "$ROOT/zones/web1"
	for size in 0 1000 131072 16M; do
		truncate -s "$size" "$vars"
		says="/zones/web1/root/etc/uefivars: $(stat -c %s "$vars") bytes, but the firmware's variable store has \
540672; remove the file, and the next boot makes a new one"
		run hook boot web1
		[ "$status" -eq 1 ]
		[ "$output" = "$says" ]
		[ ! -e "$zone_root/var/run/bhyve/zhyve.args" ]
		run zoneadm -z web1 verify
		[ "$status" -eq 1 ]
		[[ $output == *"$says"* ]]
	done
	rm "$vars"
	run zoneadm -z web1 verify
	[[ $output != *uefivars* && $output == *"attr bootdisk"* ]]
	hook boot web1
	cmp "$vars" /usr/share/OVMF/OVMF_VARS_4M.fd
}

@test "variables of firmware that has no template can have any size that the engine takes" {
	cp /usr/share/OVMF/OVMF_CODE_4M.fd "$ROOT/own.fd"
	store_zone web1 "$(attr bootrom "$ROOT/own.fd")$(attr bootdisk /d.img)"
	truncate -s 8192 "$vars"
	hook boot web1
	for size in 0 1000 8M; do
		truncate -s "$size" "$vars"
		run hook boot web1
		[ "$status" -eq 1 ]
		[ "$output" = "/zones/web1/root/etc/uefivars: $(stat -c %s "$vars") bytes, but a variable store has a \
multiple of 4096, with its firmware at most 8388608; remove the file, and the next boot makes a new one" ]
	done
}

@test "variables behind a symbolic link are refused" {
	uefi_zone
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$ROOT/elsewhere"
	ln -s "$ROOT/elsewhere" "$vars"
	run hook boot web1
	[ "$status" -eq 1 ]
	[ "$output" = "/etc/uefivars in the zone: not a regular file" ]
	cmp "$ROOT/elsewhere" /usr/share/OVMF/OVMF_VARS_4M.fd
}

@test "boot -j names what the firmware knows of, and changes nothing" {
	uefi_zone "$(attr bootnext shell)"
	known
	before=$(md5sum <"$vars")
	run hook boot -j web1
	[ "$status" -eq 0 ]
	[ "$(jq -c .bootoptions.path0 <<<"$output")" = '["path","\\EFI\\debian\\shimx64.efi"]' ]
	[ "$(jq -c '.bootoptions."net0=http"' <<<"$output")" = '["http","6.0"]' ]
	[ "$(jq -c .bootoptions.bootdisk <<<"$output")" = '["pci","4.0"]' ]
	[ "$(jq -c .bootoptions.shell <<<"$output")" = '["app","7c04a583-9e3e-4f1c-ad65-e05268d0b4d1"]' ]
	[ "$(md5sum <"$vars")" = "$before" ]
}

@test "uefivars lists entries in boot order with the names for them" {
	uefi_zone
	known
	hook boot web1
	run hook uefivars web1
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == ORDER*NAMES*DESCRIPTION ]]
	[[ ${lines[1]} =~ ^1\ +0006\ +boot6,path0\ +path\ .*shimx64.efi\ +debian$ ]]
	[[ ${lines[2]} =~ ^2\ +0002\ +boot2,bootdisk\ +pci\ +4\.0\  ]]
	[ "${#lines[@]}" -eq 8 ]
}

@test "uefivars reads any file, and refuses what is no store" {
	known
	run hook uefivars "$vars"
	[ "$status" -eq 0 ]
	[[ $output == *"UEFI PXEv4"* ]]
	run hook uefivars /etc/passwd
	[ "$status" -eq 1 ]
	[[ $output == "/etc/passwd: not an EDK2 variable store: "* ]]
	run hook uefivars -z web1
	[ "$status" -eq 1 ]
	run hook uefivars
	[ "$status" -eq 2 ]
}

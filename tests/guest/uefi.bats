#!/usr/bin/env bats
# UEFI firmware and the boot hook agree about the variables: the firmware boots what was written, and keeps it.

load ../lib
load guest

setup() {
	new_root
}

teardown() {
	drop_guests
}

vars() {
	_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/bhyve/uefivars" -j uefi1
}

# Has the firmware entered this name?
has_entry() {
	vars 2>/dev/null | jq -e --arg name "$1" '[.entries[].names[]] | index($name)' >/dev/null
}

entry_of() {
	vars | jq --arg name "$1" '.entries[] | select(.names | index($name)) | .number'
}

set_attr() {
	zonecfg -z uefi1 "add attr; set name=$1; set type=string; set value=$2; end"
}

# Boots into the shell of the firmware, with the machine's disk and CD-ROM not bootable.
soon_in_shell() {
	wait_for 90 shows uefi1 'Shell>' && return
	tail -c 2000 "$ROOT/uefi1.out" | cat -A >&2
	return 1
}

@test "bootnext boots the firmware's shell once; bootorder stays as it was written" {
	head -c 4M /dev/zero | tee "$ROOT/a.img" >"$ROOT/b.img"
	guest_zone uefi1 bootrom BHYVE disk1 /a.img cdrom /b.img
	zonecfg -z uefi1 "select attr name=ram; set value=256M; end"
	zoneadm -z uefi1 boot
	wait_for 90 has_entry shell
	wait_for 10 has_entry disk1
	zoneadm -z uefi1 halt
	has_entry cdrom0
	has_entry bootdisk

	# The shell comes last in this order, behind devices from which nothing can be booted.
	set_attr bootorder cdrom0,disk1,bootdisk
	set_attr bootnext shell
	want="$(entry_of cdrom0),$(entry_of disk1),$(entry_of bootdisk)"
	console_open uefi1
	zoneadm -z uefi1 boot
	run zonecfg -z uefi1 info attr
	[[ $output != *bootnext* ]]
	soon_in_shell
	# The shell was not reached by trying the others.
	run tr -d '\r\n' <"$ROOT/uefi1.out"
	[[ $output != *"failed to load Boot"* ]]
	zoneadm -z uefi1 halt

	# The firmware has used up the choice, and kept the order.
	[ "$(vars | jq .bootnext)" = null ]
	[ "$(vars | jq -r '.bootorder[:3] | join(",")')" = "$want" ]

	# So the next boot has nothing to write.
	before=$(stat -c %i "$ROOT/zones/uefi1/root/etc/uefivars")
	zoneadm -z uefi1 boot
	zoneadm -z uefi1 halt
	[ "$(stat -c %i "$ROOT/zones/uefi1/root/etc/uefivars")" = "$before" ]
}

@test "without bootnext the firmware goes through the order" {
	guest_zone uefi1 bootrom BHYVE
	zonecfg -z uefi1 "select attr name=ram; set value=256M; end"
	console_open uefi1
	zoneadm -z uefi1 boot
	soon_in_shell
	run tr -d '\r\n' <"$ROOT/uefi1.out"
	[[ $output == *"failed to load Boot"* ]]
}

@test "bootnext firmware stops in the menus of the firmware, at the first boot too" {
	guest_zone uefi1 bootrom BHYVE bootnext firmware
	zonecfg -z uefi1 "select attr name=ram; set value=256M; end"
	console_open uefi1
	zoneadm -z uefi1 boot
	wait_for 90 shows uefi1 'Boot Manager'
	run zonecfg -z uefi1 info attr
	[[ $output != *bootnext* ]]
}

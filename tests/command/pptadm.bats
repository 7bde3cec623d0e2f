#!/usr/bin/env bats
# pptadm on the host that runs the tests, whatever devices it has: its forms and its mistakes.  What is bound,
# and what a zone does with it, is in tests/nested/passthru.bats.

load ../lib

setup() {
	new_root
}

teardown() {
	drop_root
}

pptadm() { "$ROOT/usr/sbin/pptadm" -R "$ROOT" "$@"; }

# What Linux says, without the bridges.
devices() {
	local device
	for device in /sys/bus/pci/devices/*; do
		[ -e "$device/class" ] && ! grep -q ^0x06 "$device/class" || continue
		echo "${device##*/}"
	done
}

@test "pptadm list -a shows every PCI device but bridges, and takes none for its own" {
	run bash -c '"$ROOT/usr/sbin/pptadm" -R "$ROOT" list -ap -o path 2>"$ROOT/said"'
	[ "$status" -eq 0 ]
	[ "$(tr -d '\\' <<<"$output" | sort)" = "$(devices | sort)" ]
	run bash -c '"$ROOT/usr/sbin/pptadm" -R "$ROOT" list -a -j 2>"$ROOT/said" | jq -r ".devices[].path"'
	[ "$(sort <<<"$output")" = "$(devices | sort)" ]
}

@test "the columns are those of illumos, with two more by name" {
	run bash -c '"$ROOT/usr/sbin/pptadm" -R "$ROOT" list 2>"$ROOT/said"'
	[ "$(head -n 1 <<<"$output" | tr -s ' ')" = 'DEV VENDOR DEVICE PATH' ]
	run bash -c '"$ROOT/usr/sbin/pptadm" -R "$ROOT" list -o all 2>"$ROOT/said"'
	[ "$(head -n 1 <<<"$output" | tr -s ' ')" = 'DEV VENDOR DEVICE SUBVENDOR SUBDEVICE REV PATH LABEL' ]
	run bash -c '"$ROOT/usr/sbin/pptadm" -R "$ROOT" list -o group,driver 2>"$ROOT/said"'
	[ "$(head -n 1 <<<"$output" | tr -s ' ')" = 'GROUP DRIVER' ]
}

@test "a mistake on the command line is told, with the usage" {
	for words in '' 'list -x' 'list -j -p -o dev' 'list -j -o dev' 'list -p'; do
		run pptadm $words
		[ "$status" -eq 1 ]
		[[ $output == *'Usage:'*'list [-aj]'* ]]
	done
	run pptadm lst
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = 'pptadm: unknown command: lst' ]
	run pptadm list x
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = 'pptadm: list: unexpected argument: x' ]
	run pptadm list -o colour
	[ "$status" -eq 1 ]
	[ "$output" = 'pptadm: unknown field: colour' ]
	run pptadm list '-?'
	[ "$status" -eq 0 ]
}

@test "a ppt.conf that cannot be read is named" {
	echo 'ppt0' >"$ROOT/etc/zones/ppt.conf"
	run pptadm list
	[ "$status" -eq 1 ]
	[ "$output" = 'pptadm: /etc/zones/ppt.conf: line 1: /dev/pptN and a PCI address are needed' ]
}

@test "looking at devices of which none is bound leaves nothing behind" {
	[ -z "$(find /sys/bus/pci/drivers/vfio-pci -name '*:*' 2>/dev/null)" ] || skip 'a device is bound to vfio-pci'
	run pptadm list
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/etc/zones/ppt.conf" ]
}

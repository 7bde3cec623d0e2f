#!/usr/bin/env bats
# The seed of cloud-init in a real Linux: the CD-ROM is there under its name, and its files are what was written.

load ../lib
load guest

setup() {
	new_root
}

teardown() {
	drop_guests
}

@test "the guest finds the volume CIDATA with its three files" {
	mkdir -p "$ROOT/disks"
	"$BATS_TEST_DIRNAME/../../scripts/mkguest" --devices "$ROOT/disks/seed1.img"
	guest_zone seed1 cloud-init on password secret
	zonecfg -z seed1 "select attr name=ram; set value=256M; end; add net; set physical=nat0;
		set allowed-address=10.0.2.15/24; set defrouter=10.0.2.2; end"
	console_open seed1
	zoneadm -z seed1 boot
	wait_for 150 shows seed1 'tiny login:'
	type_keys 'root\n'
	wait_for 60 shows seed1 'Password:'
	type_keys 'apiary\n'
	wait_for 60 shows seed1 '~ #'
	# The quotes keep the end from being seen in the echo of the command.
	type_keys 'modprobe -a sr_mod isofs; until mount -o ro /dev/sr0 /tmp; do sleep 1; done 2>/dev/null\n'
	type_keys 'cd /tmp; cat meta-data user-data network-config; dd if=/dev/sr0 bs=1 skip=32808 count=6 2>&1\n'
	type_keys 'cat /sys/class/net/e*/address; echo fin""ished\n'
	wait_for 60 shows seed1 finished
	output=$(tr -d '\r' <"$ROOT/seed1.out")
	says 'local-hostname: "seed1"'
	says 'password: "secret"'
	says '- "10.0.2.15/24"'
	says CIDATA
	# The address is in network-config, and that of the adapter.
	mac=$(grep -oE '([0-9a-f]{2}:){5}[0-9a-f]{2}' <<<"$output" | sort | uniq -d)
	[ -n "$mac" ]
	says "macaddress: \"$mac\""
}

#!/usr/bin/env bats
# Guests on a disk that UEFI firmware boots: what the OmniOS page says to do with a Debian whose loader is where
# the firmware does not look for it, and a Debian that boots by itself and keeps its own boot entry.

load ../lib
load ../guest/guest

PATIENCE=1500 # seconds for Debian's login prompt, where the processor is emulated

setup() {
	new_root
	mkdir "$ROOT/disks"
}

teardown() {
	drop_guests
}

# uefi_zone KIND RAM: zone web1 on a disk of that kind
uefi_zone() {
	"$BATS_TEST_DIRNAME/../../scripts/mkguest" "--$1" "$ROOT/disks/web1.img"
	guest_zone web1 bootrom BHYVE_RELEASE
	zonecfg -z web1 "select attr name=ram; set value=$2; end"
}

# The EFI system partition of the disk, for mtools.
esp() { echo "$ROOT/disks/web1.img@@2M"; }

vars() { _ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/bhyve/uefivars" -j web1; }

# ---- typing ----

seen=0

# since: what the console has shown since the last mark
since() { tail -c "+$((seen + 1))" "$ROOT/web1.out" | tr -d '\r\n'; }
mark() { seen=$(stat -c %s "$ROOT/web1.out"); }
says_now() { since | grep -aqiF -- "$1"; }

# expect SECONDS TEXT: waits until the console has said it since the last mark, and sets a new one
expect() {
	wait_for "$1" says_now "$2" && mark && return
	printf 'the console does not show %s but:\n' "$2" >&2
	since | tail -c 3000 | cat -v >&2
	return 1
}

# lit TEXT: has the bar come to the text?  Where on the screen does not matter.
lit() { since | sed 's/\x1b\[[0-9;]*H//g' | grep -aqiF "[40m$1"; } # FAT may have it in capitals

# highlight TEXT: moves down in a menu of the firmware until the bar (white on black) is on the text
highlight() {
	local i
	for i in {1..12}; do
		mark
		type_keys '\033[B'
		wait_for 3 lit "$1" && return
	done
	expect 0 "a bar on $1"
}

choose() {
	highlight "$1"
	mark
	type_keys '\r'
}

# run_in_guest SECONDS COMMAND: its output is in since() afterwards
run_in_guest() {
	mark
	type_keys "$2; echo \"<<\$?>>\"\\r"
	wait_for "$1" says_now '<<0>>' && return
	since | cat -v >&2
	return 1
}

login() {
	expect "$PATIENCE" 'login:'
	type_keys 'root\r'
	expect 60 'assword:'
	type_keys 'apiary\r'
	expect 60 '#'
}

# ---- the tests ----

@test "the OmniOS page, Debian specific: from the shell by Boot From File, and from bootx64.efi ever after" {
	uefi_zone tiny 256M
	mmd -i "$(esp)" ::/EFI/debian
	mmove -i "$(esp)" ::/EFI/BOOT/BOOTX64.EFI ::/EFI/debian/grubx64.efi
	mdeltree -i "$(esp)" ::/EFI/BOOT

	zoneadm -z web1 boot
	console_open web1
	expect 120 'Shell>'
	sleep 1
	type_keys 'exit\r'
	expect 60 'Boot Maintenance Manager'
	choose 'Boot Maintenance Manager'
	expect 60 'Boot Next Value'
	choose 'Boot From File'
	expect 60 'PciRoot'
	type_keys '\r' # the only volume
	expect 60 'NEW FOLDER'
	choose '<EFI>'
	expect 60 '<debian>'
	choose '<debian>'
	expect 60 'grubx64.efi'
	choose 'grubx64.efi'
	login
	run_in_guest 30 'mkdir -p /boot/efi && mount -t vfat /dev/vda2 /boot/efi'
	run_in_guest 30 'mkdir /boot/efi/EFI/BOOT'
	run_in_guest 30 'cp /boot/efi/EFI/debian/grubx64.efi /boot/efi/EFI/BOOT/bootx64.efi'
	run_in_guest 30 'umount /boot/efi'
	mark
	type_keys 'reboot\r'
	login
	never says_now 'Shell>'
	zoneadm -z web1 halt
	mark
	zoneadm -z web1 boot
	login
}

entry_of() { vars | jq --arg name "$1" '[.entries[] | select(.names | index($name)) | .number][0]'; }

# current NAME: did the machine boot from the entry of that name?
current() {
	run_in_guest 30 'efibootmgr | grep BootCurrent'
	since | grep -aq "BootCurrent: $(printf '%04X' "$(entry_of "$1")")"
}

@test "Debian on a disk boots by itself from bootx64.efi, and keeps the boot entry that it makes" {
	uefi_zone debian 1G
	zoneadm -z web1 boot
	console_open web1
	login
	run_in_guest 30 'test -e /boot/efi/EFI/BOOT/bootx64.efi'
	current bootdisk

	# The entry of the guest's own comes first in the default order, path0,bootdisk,cdrom0, at once and later.
	run_in_guest 60 'mkdir /boot/efi/EFI/debian && cp /boot/efi/EFI/BOOT/* /boot/efi/EFI/debian/grubx64.efi'
	run_in_guest 60 "efibootmgr -q -c -d /dev/vda -p 2 -L debian -l '\\\\EFI\\\\debian\\\\grubx64.efi'"
	mark
	type_keys 'reboot\r'
	login
	current path0
	zoneadm -z web1 halt

	# bootnext is for once, and takes nothing away.
	zonecfg -z web1 "add attr; set name=bootnext; set type=string; set value=bootdisk; end"
	mark
	zoneadm -z web1 boot
	login
	current bootdisk
	run_in_guest 30 'efibootmgr | grep debian'
	zoneadm -z web1 halt

	# And so is the firmware itself; bootorder stays.
	zonecfg -z web1 "add attr; set name=bootnext; set type=string; set value=firmware; end"
	zonecfg -z web1 "add attr; set name=bootorder; set type=string; set value=bootdisk,path0; end"
	mark
	zoneadm -z web1 boot
	expect 120 'Boot Maintenance Manager'
	zoneadm -z web1 halt
	vars | jq -e '.entries[] | select(.description == "debian" and (.names | index("path0")))'
	[ "$(vars | jq .bootnext)" = null ]
	[ "$(vars | jq -c '.bootorder[:2]')" = "[$(entry_of bootdisk),$(entry_of path0)]" ]
}

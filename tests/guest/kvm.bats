#!/usr/bin/env bats
# Zones of the kvm brand with a real guest: the same jail, daemon and tools as bhyve's, another machine.

load ../lib
load guest

setup() {
	new_root
}

teardown() {
	drop_guests
}

# kvm_zone NAME [ATTR VALUE]...: with the zonecfg commands in $also; made from the brand's template, with a disk of its own, and installed
kvm_zone() {
	local zone=$1 script
	shift
	mkdir -p "$ROOT/disks"
	cp "$BOOTSECT" "$ROOT/disks/$zone.img"
	script="create -t kvm; set zonepath=/zones/$zone"
	script+="; add device; set match=/disks/$zone.img; end${also:+; $also}"
	set -- ram 64M bootdisk "/disks/$zone.img" "$@"
	while [ $# -gt 0 ]; do
		script+="; add attr; set name=$1; set type=string; set value=\"$2\"; end"
		shift 2
	done
	zonecfg -z "$zone" "$script"
	zoneadm -z "$zone" install
}

# The engine's own command line, a word a line.
engine_words() {
	tr '\0' '\n' <"/proc/$(engine_pid "$1")/cmdline"
}

@test "create -t kvm, install, boot: the guest says A on the console that zlogin -C shows" {
	kvm_zone old1
	run zoneadm list -cv
	says kvm
	zoneadm -z old1 boot
	is old1 running
	console_open old1
	soon_boots old1
	type_keys 'ehello\n'
	soon_shows old1 hello
	engine_words old1 >"$ROOT/words"
	grep -qx -- 'qemu64' "$ROOT/words"
	grep -qx -- 'base=utc,driftfix=slew' "$ROOT/words"
	grep -q -- 'addr=0x3,drive=.*,serial=disk0,bootindex=0' "$ROOT/words"
	grep -qx 'NoNewPrivs:	1' "/proc/$(engine_pid old1)/status"
}

@test "from a disk and a CD-ROM on IDE, with words of extra" {
	mkdir "$ROOT/isos" && head -c 4096 /dev/zero >"$ROOT/isos/a.iso"
	also="add fs; set dir=/isos; set special=/isos; set type=lofs; end"
	kvm_zone old1 diskif ide vcpus 2 vnc on rtc base=localtime \
		extra "-usb -usbdevice tablet -no-acpi -k de -boot menu=off -watchdog i6300esb -watchdog-action none" \
		extra1 "-device virtio-rng-pci -device virtio-balloon-pci -global PIIX4_PM.disable_s3=1" \
		extra2 "-smbios 'type=1,product=My Machine'" cdrom /isos/a.iso
	zoneadm -z old1 boot
	console_open old1
	soon_boots old1
	engine_words old1 >"$ROOT/words"
	grep -q 'ide-cd,bus=ide.0,unit=0,.*serial=cdrom0,bootindex=1' "$ROOT/words"
	grep -q 'ide-hd,bus=ide.0,unit=1,.*serial=disk1,bootindex=0' "$ROOT/words"
	grep -qx usb-tablet "$ROOT/words"
}

@test "the words of the OmniOS page: a SATA disk, a console at a socket, a screen at a path" {
	kvm_zone old1 diskif ahci console socket,/tmp/vm.com1,wait vnc unix=/tmp/vm.vnc
	zoneadm -z old1 boot
	engine_words old1 >"$ROOT/words"
	grep -q '^ahci,.*addr=0x3' "$ROOT/words"
	grep -q '^ide-hd,.*serial=disk0,bootindex=0' "$ROOT/words"
	run timeout "$(patience 60)" python3 - "$ROOT/zones/old1/root/tmp" <<-'END'
		import os, socket, sys, time
		directory = os.open(sys.argv[1], os.O_PATH)
		def connect(name):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect("/proc/self/fd/%d/%s" % (directory, name))
		    return s
		print(connect("vm.vnc").recv(12).decode())
		line, seen = connect("vm.com1"), b""
		line.settimeout(1)
		while b"hello" not in seen:
		    line.sendall(b"ehello\n")
		    try:
		        seen += line.recv(256)
		    except socket.timeout:
		        pass
		print("hello")
	END
	[ "$status" -eq 0 ]
	[[ $output == "RFB 003.008"*hello ]]
}

@test "bootorder n: the network is asked first, then the disk" {
	also="add net; set physical=nat0; end"
	kvm_zone old1 bootorder nc
	zoneadm -z old1 boot
	console_open old1
	wait_for 60 booted old1
	engine_words old1 >"$ROOT/words"
	grep -q 'virtio-net-pci,.*addr=0x3,.*bootindex=0' "$ROOT/words"
}

@test "the guest powers off: the zone is halted, and nothing is left" {
	kvm_zone old1
	zoneadm -z old1 boot
	console_open old1
	soon_boots old1
	type_keys p
	wait_for 10 is old1 installed
	kill "$console_pid"
	soon_nothing_left old1
}

@test "the guest resets: the zone boots again" {
	kvm_zone old1
	zoneadm -z old1 boot
	console_open old1
	soon_boots old1
	type_keys r
	soon_boots old1 2
	is old1 running
}

@test "vnc=on: a viewer is greeted at /tmp/vm.vnc; without it nothing is there" {
	kvm_zone old1 vnc on
	zoneadm -z old1 boot
	run python3 - "$ROOT/zones/old1/root/tmp/vm.vnc" <<-'END'
		import os, socket, sys
		directory = os.open(os.path.dirname(sys.argv[1]), os.O_PATH)
		s = socket.socket(socket.AF_UNIX)
		s.settimeout(20)
		s.connect("/proc/self/fd/%d/%s" % (directory, os.path.basename(sys.argv[1])))
		print(s.recv(12).decode())
	END
	[[ $output == "RFB 003.008"* ]]
	kvm_zone old2
	zoneadm -z old2 boot
	[ ! -e "$ROOT/zones/old2/root/tmp/vm.vnc" ]
	console_open old2
	soon_boots old2
}

@test "shutdown presses the power button, and the guest that listens powers off" {
	kvm_zone old1
	zoneadm -z old1 boot
	console_open old1
	soon_boots old1
	type_keys w
	soon_shows old1 w
	run zoneadm -z old1 shutdown
	[ "$status" -eq 0 ]
	is old1 installed
	log_says old1 'SHUTDOWN guest-shutdown'
}

@test "halt leaves nothing, and uninstall leaves the disk" {
	kvm_zone old1
	zoneadm -z old1 boot
	namespaces=$(namespaces_of "$(engine_pid old1)")
	zoneadm -z old1 halt
	soon_nothing_left old1 $namespaces
	run zoneadm -z old1 uninstall -F
	[ "$status" -eq 0 ]
	is old1 configured
	[ ! -e "$ROOT/zones/old1/root" ]
	[ -e "$ROOT/disks/old1.img" ]
}

#!/usr/bin/env bats
# Both ends agree: two zones with every device there is are booted, one of attributes and one of resources, and
# the Linux in each finds what the configuration asks for, at the addresses that it asks for.

load ../lib
load guest
load linux

UUID=6f3c1f9e-8a52-4e0b-9d5e-0123456789ab RFD_UUID=6f3c1f9e-8a52-4e0b-9d5e-0123456789ac

# A zone of attributes, with a terminal of the host as its third serial line.
configure_omni() {
	local name value tty
	"$BATS_TEST_DIRNAME/line.py" pty "$ROOT/tty" third 3>&- &
	echo $! >"$ROOT/line.pid"
	wait_for 10 test -e "$ROOT/tty"
	tty=$(<"$ROOT/tty")
	cat >"$ROOT/omni.zcf" <<-END
		create -b
		set brand=bhyve; set zonepath=/zones/omni; set ip-type=exclusive
		add net; set physical=nat0; set mac-addr=02:08:20:00:00:01; set allowed-address=10.0.2.15/24
		set defrouter=10.0.2.2; end
		add net; set physical=nat0; set mac-addr=02:08:20:00:00:02; add property (name=netif,value=e1000); end
		add device; set match=$tty; end
	END
	while IFS='|' read -r name value; do
		echo "add attr; set name=$name; set type=string; set value=\"$value\"; end"
		case $name in
		bootdisk | disk[0-9] | cdrom*) echo "add device; set match=${value%%,*}; end" ;;
		esac
	done >>"$ROOT/omni.zcf" <<-END
		ram|320M
		vcpus|sockets=1,cores=1,threads=2
		uuid|$UUID
		bootdisk|/disks/omni.img
		disk0|/disks/ro.img,ro,serial=READ-ONLY
		disk1|/disks/sectors.img,sectorsize=512/4096
		disk2|/disks/nvme.img,ser=NVME-DISK
		diskif2|nvme
		disk4|/disks/sata.img,ser=SATA-DISK
		diskif4|ahci
		disk8|/disks/far.img,sectorsize=4096
		cdrom0|/disks/cd.img,ser=FIRST-CD
		cdrom2|/disks/cd2.img
		cloud-init|on
		password|secret
		rng|on
		com2|socket,/tmp/com2
		com3|$tty
		com4|socket,/tmp/com4
		vnc|on
		extra0|-s 13,virtio-scsi,target=3:/disks/scsi.img
		extra1|-s 14,virtio-console,org.example.first=/tmp/port1,second=/tmp/port2
		extra2|-s 15,hda
	END
	echo "add device; set match=/disks/scsi.img; end" >>"$ROOT/omni.zcf"
	zonecfg -z omni -f "$ROOT/omni.zcf"
	zoneadm -z omni install
}

# A zone of resources: slots in the three forms, and devices that take a free one.
configure_rfd() {
	cat >"$ROOT/rfd.zcf" <<-END
		create -b
		set brand=bhyve; set zonepath=/zones/rfd; set ip-type=exclusive
		add capped-memory; set guest=320M; end
		add capped-cpu; set ncpus=2; end
		add lpc; set com1=/dev/zconsole; set com2=socket,/tmp/com2; end
		add smbios; set type=0; add field (name=vendor,value="Bee Inc"); end
		add smbios; set type=1; add field (name=product,value="Bee House"); add field (name=uuid,value=$RFD_UUID)
		add field (name=family,value=Bees); add field (name=sku,value=SKU-7); end
		add smbios; set type=2; add field (name=product,value=Comb); add field (name=asset,value=Garden); end
		add smbios; set type=3; add field (name=asset,value="Hive 3"); end
		add disk; set path=/disks/free.img; set model=nvme; end
		add device; set match=/disks/rfd.img; set emulation=virtio-blk; set boot=true; end
		add device; set match=/disks/slot.img; set emulation=virtio-blk; set pci-slot=17
		add option (name=sectorsize,value="4096"); add option (name=serial,value=SEVENTEEN); end
		add disk; set path=/disks/function.img; set pci-slot=18:3; end
		add device; set match=/disks/bus.img; set emulation=nvme; set pci-slot=0:19:0
		add option (name=ser,value=NINETEEN); end
		add disk; set path=/disks/cd3.img; set media=cd; end
		add disk; set path=/disks/free2.img; end
		add net; set physical=nat0; set mac-addr=02:08:20:00:00:03; end
		add net; set physical=nat0; set model=e1000; set pci-slot=0:6:4; set mac-addr=02:08:20:00:00:04; end
	END
	zonecfg -z rfd -f "$ROOT/rfd.zcf"
	zoneadm -z rfd install
}

# boot_and_ask NAME
boot_and_ask() {
	console_open "$1"
	zoneadm -z "$1" boot
	linux_login "$ROOT/$1.out" "$console_fd"
	linux_facts "$ROOT/$1.out" "$console_fd" >"$ROOT/$1.facts"
}

# What the engine was told, without the numbers of descriptors.
engine_words() {
	tr '\0' '\n' <"/proc/$(engine_pid "$1")/cmdline" | sed 's/fd=[0-9]*//; s/addr.str=[0-9]*//'
}

talk_to_omni() {
	local tmp=$ROOT/zones/omni/root/tmp
	boot_and_ask omni
	linux_answers "$ROOT/omni.out" "$console_fd" /dev/ttyS1 /dev/ttyS2 /dev/ttyS3 /dev/vport*p1 /dev/vport*p2
	"$BATS_TEST_DIRNAME/line.py" unix "$tmp/com2" second && echo second
	touch "$ROOT/tty.go"
	wait_for 60 test -e "$ROOT/tty.answer" && echo third
	"$BATS_TEST_DIRNAME/line.py" unix "$tmp/com4" fourth && echo fourth
	"$BATS_TEST_DIRNAME/line.py" unix "$tmp/port1" first-port && echo first-port
	"$BATS_TEST_DIRNAME/line.py" unix "$tmp/port2" second-port && echo second-port
	linux_sh "$ROOT/omni.out" "$console_fd" 'mkdir /seed; modprobe isofs; for d in /dev/sr*; do
		mount -o ro $d /seed 2>/dev/null && cd /seed && cat meta-data user-data network-config
		dd if=$d bs=1 skip=32808 count=6 2>/dev/null; done' >"$ROOT/omni.seed"
}

restart_rfd() {
	boot_and_ask rfd
	engine_words rfd >"$ROOT/rfd.first"
	zoneadm -z rfd reboot
	engine_words rfd >"$ROOT/rfd.second"
}

setup_file() {
	local omni rfd name
	new_root
	mkdir -p "$ROOT/disks"
	linux_disk "$ROOT/disks/omni.img" >&2
	cp --sparse=always "$ROOT/disks/omni.img" "$ROOT/disks/rfd.img"
	named_disks "$ROOT/disks" ro 1 sectors 2 nvme 3 sata 4 far 5 cd 6 cd2 7 scsi 8 free 9 slot 10 function 11 bus 12 cd3 13 free2 14
	configure_omni >&2
	configure_rfd >&2
	# At the same time, for a guest that starts leaves a processor idle for long.
	(talk_to_omni >"$ROOT/omni.lines") >&2 &
	omni=$!
	(restart_rfd) >&2 &
	rfd=$!
	# Of several, only the last one's status would be seen.
	wait $omni
	wait $rfd
}

teardown_file() {
	local pid
	kill "$(cat "$ROOT/line.pid")" || true
	for pid in $(pgrep -f "zlogin -R $ROOT "); do kill "$pid" || true; done
	drop_root
}

@test "a zone of attributes: every device is at the PCI address that the attributes mean" {
	facts omni <<-END
		lspci 00:00.0 0600: 8086:1237
		lspci 00:01.0 0601: 8086:7000
		lspci 00:03.0 0106: 8086:2922
		lspci 00:03.2 0106: 8086:2922
		lspci 00:04.0 0100: 1af4:1001
		lspci 00:05.0 0100: 1af4:1001
		lspci 00:05.1 0100: 1af4:1001
		lspci 00:05.2 0108: 1b36:0010
		lspci 00:05.4 0106: 8086:2922
		lspci 00:06.0 0200: 1af4:1000
		lspci 00:06.1 0200: 8086:100e
		lspci 00:08.0 0100: 1af4:1001
		lspci 00:0a.0 00ff: 1af4:1005
		lspci 00:0d.0 0100: 1af4:1004
		lspci 00:0e.0 0780: 1af4:1003
		lspci 00:0f.0 0403: 8086:2668
		lspci 00:1d.0 0106: 8086:2922
		lspci 00:1e.0 0300: 1234:1111
		lspci 00:1e.1 0c03: 1b36:000d
	END
}

@test "a zone of attributes: each disk is the image that was named, with its serial, sectors and protection" {
	facts omni <<-END
		begins 00:03.0 cd
		begins 00:03.2 cd2
		begins 00:05.0 ro
		begins 00:05.1 sectors
		begins 00:05.2 nvme
		begins 00:05.4 sata
		begins 00:08.0 far
		begins 00:0d.0 scsi
		lsblk 00:05.0 disk 1048576 1 512 512
		lsblk 00:05.1 disk 2097152 0 512 4096
		lsblk 00:05.2 disk 3145728 0 512 512
		lsblk 00:08.0 disk 5242880 0 4096 4096
		serial 00:04.0 $(default_serial /disks/omni.img)
		serial 00:05.0 READ-ONLY
		serial 00:05.1 $(default_serial /disks/sectors.img)
		serial 00:05.2 NVME-DISK
		serial 00:05.4 SATA-DISK
		serial 00:0d.0 $(default_serial /disks/scsi.img)
	END
}

@test "a zone of attributes: addresses of adapters, SMBIOS, threads, tablet and ports are those asked for" {
	facts omni <<-END
		net 00:06.0 02:08:20:00:00:01
		net 00:06.1 02:08:20:00:00:02
		driver 00:06.1 e1000
		dmi 1 Manufacturer: Apiary
		dmi 1 Product Name: Apiary HVM
		dmi 1 Version: 1.0
		dmi 1 Serial Number: ds=nocloud;i=$UUID
		dmi 1 UUID: $UUID
		dmi 1 SKU Number: 001
		dmi 1 Family: Virtual Machine
		dmi 17 Size: 320 MB
		lscpu CPU(s): 2
		lscpu Core(s) per socket: 1
		lscpu Thread(s) per core: 2
		lscpu Socket(s): 1
		cpuinfo 2 1
		input 00:1e.1 QEMU QEMU USB Tablet
		port 00:0e.0 org.example.first
		port 00:0e.0 second
		tty  0x2F8
		tty  0x3E8
		tty  0x2E8
	END
	grep -q '^rng virtio_rng' "$ROOT/omni.facts"
}

@test "com2 and com4 as sockets, com3 as a terminal of the host, and the ports of a virtio console reach the guest" {
	run cat "$ROOT/omni.lines"
	[ "$output" = $'second\nthird\nfourth\nfirst-port\nsecond-port' ]
}

@test "cloud-init: the guest finds the volume CIDATA with its three files" {
	output=$(cat "$ROOT/omni.seed")
	says 'local-hostname: "omni"'
	says 'password: "secret"'
	says '- "10.0.2.15/24"'
	says 'macaddress: "02:08:20:00:00:01"'
	says CIDATA
}

@test "a zone of resources: pci-slot is honoured in its three forms, and the others take a free place" {
	facts rfd <<-END
		lspci 00:00.0 0600: 8086:1237
		lspci 00:01.0 0601: 8086:7000
		lspci 00:03.0 0106: 8086:2922
		lspci 00:04.0 0100: 1af4:1001
		lspci 00:05.0 0108: 1b36:0010
		lspci 00:05.1 0100: 1af4:1001
		lspci 00:06.0 0200: 1af4:1000
		lspci 00:06.4 0200: 8086:100e
		lspci 00:11.0 0100: 1af4:1001
		lspci 00:12.3 0100: 1af4:1001
		lspci 00:13.0 0108: 1b36:0010
		begins 00:03.0 cd3
		begins 00:05.0 free
		begins 00:05.1 free2
		begins 00:11.0 slot
		begins 00:12.3 function
		begins 00:13.0 bus
		lsblk 00:11.0 disk 10485760 0 4096 4096
		serial 00:11.0 SEVENTEEN
		serial 00:12.3 $(default_serial /disks/function.img)
		serial 00:13.0 NINETEEN
		net 00:06.0 02:08:20:00:00:03
		net 00:06.4 02:08:20:00:00:04
	END
}

@test "a zone of resources: SMBIOS, memory and processors are those of the resources" {
	facts rfd <<-END
		dmi 0 Vendor: Bee Inc
		dmi 1 Product Name: Bee House
		dmi 1 UUID: $RFD_UUID
		dmi 1 Family: Bees
		dmi 1 SKU Number: SKU-7
		dmi 2 Product Name: Comb
		dmi 2 Asset Tag: Garden
		dmi 3 Asset Tag: Hive 3
		dmi 17 Size: 320 MB
		lscpu CPU(s): 2
		lscpu Socket(s): 2
		cpuinfo 2 2
		tty  0x2F8
	END
}

@test "at the next boot every device is where it was" {
	grep -q 'addr=0x5.0x1' "$ROOT/rfd.first"
	diff "$ROOT/rfd.first" "$ROOT/rfd.second"
}

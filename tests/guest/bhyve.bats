#!/usr/bin/env bats
# bhyve(8) on a plain host, with a real Linux: BIOS and UEFI, the devices that a zone's attributes do not
# describe, and both ways to say it all, options and a configuration file.

load ../lib
load linux

UUID=6f3c1f9e-8a52-4e0b-9d5e-0123456789ab

# start NAME ARGUMENT...: in the background, with its console in $ROOT/NAME.out and on $fd
start() {
	local name=$1
	shift
	mkfifo "$ROOT/$name.in"
	"$ROOT/usr/sbin/bhyve" "$@" <"$ROOT/$name.in" >"$ROOT/$name.out" 2>"$ROOT/$name.err" 3>&- &
	pid=$!
	echo $pid >>"$ROOT/pids"
	exec {fd}>"$ROOT/$name.in"
}

# ended NAME: notes the exit status
ended() {
	local status=0
	wait "$pid" || status=$?
	echo "$status" >"$ROOT/$1.status"
}

run_bios() {
	local tty
	"$BATS_TEST_DIRNAME/line.py" pty "$ROOT/tty" third 3>&- &
	echo $! >>"$ROOT/pids"
	wait_for 10 test -e "$ROOT/tty"
	tty=$(<"$ROOT/tty")
	mkdir "$ROOT/share"
	echo honey >"$ROOT/share/jar"
	start bios -c sockets=1,cores=2,threads=1 -m 384M -H -P -w -U "$UUID" -s 0,hostbridge -s 31,lpc \
		-B 0,vendor=V0,version=R0,date=01/02/2020 \
		-B 1,manufacturer=M1,product=P1,version=R1,serial='ds=nocloud;i=x',sku=K1,family=F1 \
		-B 2,manufacturer=M2,product=P2,version=R2,serial=S2,asset=A2,location=L2 \
		-B 3,manufacturer=M3,version=R3,serial=S3,asset=A3,sku=K3 \
		-l com1,stdio -l com2,tcp=127.0.0.1:"$port" -l com3,"$tty" \
		-l bootrom,/usr/share/bhyve/BHYVE_UEFI_CSM.fd \
		-s 1,virtio-rnd -s 2:1,virtio-net,slirp,open,mac=02:00:00:00:00:01 \
		-s 3,ahci-cd,"$ROOT/cd.img",ser=AHCI-CD -s 16,ahci,hd:"$ROOT/hd.img",ser=AHCI-HD,cd: -s 16:1,ahci-hd,"$ROOT/hd1.img" \
		-s 4,virtio-blk,"$ROOT/bios.img" -s 5,nvme,"$ROOT/nvme.img",ser=NVME,sectsz=4096 \
		-s 6,virtio-scsi,target=5:"$ROOT/scsi.img" -s 7,virtio-console,a="$ROOT/a",b="$ROOT/b" \
		-s 8,virtio-9p,jam="$ROOT/share",ro -s 9,e1000,slirp,mac=02:00:00:00:00:02 -s 10,hda \
		-s 11:7,uart,socket,"$ROOT/uart" -s 12,virtio-net,slirp -s 30,fbuf,unix="$ROOT/vnc" -s 30:1,xhci,tablet \
		-f opt/org.example/note,string=bees "$VM-bios"
	linux_login "$ROOT/bios.out" "$fd"
	linux_facts "$ROOT/bios.out" "$fd" >"$ROOT/bios.facts"
	linux_sh "$ROOT/bios.out" "$fd" 'mkdir /jam; mount -t 9p -o trans=virtio,ro jam /jam && echo "9p says $(cat /jam/jar)"
		modprobe qemu_fw_cfg; echo "fwcfg $(cat /sys/firmware/qemu_fw_cfg/by_name/opt/org.example/note/raw)"' \
		>>"$ROOT/bios.facts"
	linux_answers "$ROOT/bios.out" "$fd" /dev/ttyS1 /dev/ttyS2 /dev/ttyS3 /dev/vport*p1 /dev/vport*p2
	{
		"$BATS_TEST_DIRNAME/line.py" tcp "$port" second && echo second
		touch "$ROOT/tty.go"
		wait_for 60 test -e "$ROOT/tty.answer" && echo third
		"$BATS_TEST_DIRNAME/line.py" unix "$ROOT/uart" uart && echo uart
		"$BATS_TEST_DIRNAME/line.py" unix "$ROOT/a" port-a && echo port-a
		"$BATS_TEST_DIRNAME/line.py" unix "$ROOT/b" port-b && echo port-b
	} >"$ROOT/bios.lines"
	"$ROOT/usr/sbin/bhyvectl" --vm="$VM-bios" --get-stats >"$ROOT/bios.stats"
	"$ROOT/usr/sbin/bhyvectl" --vm="$VM-bios" --inject-nmi
	soon_said 60 "$ROOT/bios.out" 'NMI'
	kill -TERM "$pid"
	ended bios
}

run_uefi() {
	cat >"$ROOT/uefi.conf" <<-END
		# What a file can say, and what can stand in a value.
		name=$VM-uefi
		dir=$ROOT
		cpus=2
		memory.size=384M
		bootrom=/usr/share/bhyve/BHYVE_UEFI.fd
		lpc.com1.path=stdio
		pci.0.0.0.device=hostbridge
		pci.0.31.0.device=lpc
		pci.0.4.0.device=virtio-blk
		pci.0.4.0.path=%(dir)/%(disk)
		pci.0.4.0.serial=%(name)
		system.product_name=100\% of %(system.family_name)
		system.family_name=Bees
	END
	start uefi -k "$ROOT/uefi.conf" -o disk=uefi.img
	linux_login "$ROOT/uefi.out" "$fd"
	linux_facts "$ROOT/uefi.out" "$fd" >"$ROOT/uefi.facts"
	linux_sh "$ROOT/uefi.out" "$fd" 'echo "firmware $(ls -d /sys/firmware/efi)"' >>"$ROOT/uefi.facts"
	echo 'reboot -f' >&"$fd"
	ended uefi
}

setup_file() {
	local bios uefi
	new_root
	export VM=apiary-ends-$$
	linux_disk "$ROOT/bios.img" >&2
	cp --sparse=always "$ROOT/bios.img" "$ROOT/uefi.img"
	named_disks "$ROOT" hd 1 cd 2 hd1 3 nvme 4 scsi 5
	# Below those that the host gives to its clients, so that nobody else gets it before bhyve has it.
	port=$(python3 - <<-'END'
		import random, socket
		while True:
		    port = random.randrange(20000, 30000)
		    try:
		        socket.create_server(("127.0.0.1", port)).close()
		    except OSError:
		        continue
		    print(port)
		    break
	END
	)
	(set -e; run_bios) >&2 &
	bios=$!
	(set -e; run_uefi) >&2 &
	uefi=$!
	wait $bios
	wait $uefi
}

teardown_file() {
	local pid
	for pid in $(cat "$ROOT/pids"); do kill -KILL "$pid" 2>/dev/null || true; done
	rm -f "/run/bhyve/$VM"-*.qmp
	drop_root
}

@test "BIOS: every device is at the PCI address that was asked for, with its driver" {
	facts bios <<-'END'
		lspci 00:00.0 0600: 8086:29c0
		lspci 00:01.0 00ff: 1af4:1005
		lspci 00:02.1 0200: 1af4:1000
		lspci 00:03.0 0106: 8086:2922
		lspci 00:04.0 0100: 1af4:1001
		lspci 00:05.0 0108: 1b36:0010
		lspci 00:06.0 0100: 1af4:1004
		lspci 00:07.0 0780: 1af4:1003
		lspci 00:08.0 0002: 1af4:1009
		lspci 00:09.0 0200: 8086:100e
		lspci 00:0a.0 0403: 8086:2668
		lspci 00:0b.7 0700: 1b36:0002
		lspci 00:0c.0 0200: 1af4:1000
		lspci 00:10.0 0106: 8086:2922
		lspci 00:10.1 0106: 8086:2922
		lspci 00:1e.0 0300: 1234:1111
		lspci 00:1e.1 0c03: 1b36:000d
		lspci 00:1f.0 0601: 8086:2918
		driver 00:02.1 virtio-pci
		driver 00:03.0 ahci
		driver 00:05.0 nvme
		driver 00:09.0 e1000
		driver 00:0b.7 serial
		driver 00:1e.1 xhci_hcd
		input 00:1e.1 QEMU QEMU USB Tablet
		port 00:07.0 a
		port 00:07.0 b
		9p 00:08.0 jam
		9p says honey
		net 00:02.1 02:00:00:00:00:01
		net 00:09.0 02:00:00:00:00:02
		fwcfg bees
	END
	grep -q '^net 00:0c.0 58:9c:fc:' "$ROOT/bios.facts"
	grep -q '^rng virtio_rng' "$ROOT/bios.facts"
	# Nothing else is there but the two placeholders at function 0.
	[ "$(grep -c '^lspci' "$ROOT/bios.facts")" -eq 20 ]
	[ "$(grep -c '^lspci .* 1b36:0005$' "$ROOT/bios.facts")" -eq 2 ]
}

@test "BIOS: each disk is the file that was named, with its serial, size, sectors and protection" {
	facts bios <<-END
		begins 00:03.0 cd
		begins 00:05.0 nvme
		begins 00:06.0 scsi
		begins 00:10.0 hd
		begins 00:10.1 hd1
		lsblk 00:03.0 rom 2097152 1 2048 2048
		lsblk 00:04.0 disk 100663296 0 512 512
		lsblk 00:05.0 disk 4194304 0 4096 4096
		lsblk 00:06.0 disk 5242880 0 512 512
		lsblk 00:10.0 disk 1048576 0 512 512
		serial 00:04.0 $(default_serial "$ROOT/bios.img")
		serial 00:05.0 NVME
		serial 00:06.0 $(default_serial "$ROOT/scsi.img")
		serial 00:10.0 AHCI-HD
		serial 00:10.1 $(default_serial "$ROOT/hd1.img")
	END
}

@test "BIOS: SMBIOS, processors and their topology are those of the arguments" {
	facts bios <<-END
		dmi 0 Vendor: V0
		dmi 0 Version: R0
		dmi 0 Release Date: 01/02/2020
		dmi 1 Manufacturer: M1
		dmi 1 Product Name: P1
		dmi 1 Version: R1
		dmi 1 Serial Number: ds=nocloud;i=x
		dmi 1 UUID: $UUID
		dmi 1 SKU Number: K1
		dmi 1 Family: F1
		dmi 2 Manufacturer: M2
		dmi 2 Product Name: P2
		dmi 2 Version: R2
		dmi 2 Serial Number: S2
		dmi 2 Asset Tag: A2
		dmi 2 Location In Chassis: L2
		dmi 3 Manufacturer: M3
		dmi 3 Version: R3
		dmi 3 Serial Number: S3
		dmi 3 Asset Tag: A3
		dmi 3 SKU Number: K3
		dmi 17 Size: 384 MB
		lscpu CPU(s): 2
		lscpu Core(s) per socket: 2
		lscpu Thread(s) per core: 1
		lscpu Socket(s): 1
		cpuinfo 2 1
	END
}

@test "com2 by TCP, com3 as a terminal, a PCI UART and the ports of a virtio console reach the guest" {
	facts bios <<-'END'
		tty  0x3F8
		tty  0x2F8
		tty  0x3E8
	END
	grep -q '^tty 00:0b.7 ' "$ROOT/bios.facts"
	run cat "$ROOT/bios.lines"
	[ "$output" = $'second\nthird\nuart\nport-a\nport-b' ]
}

@test "bhyvectl tells what each disk did, and its NMI reaches the guest" {
	grep -q $'^cpus\t2$' "$ROOT/bios.stats"
	[ "$(awk '/^pci.0.4.0-disk.rd_bytes/ { print $2 }' "$ROOT/bios.stats")" -gt 10000000 ]
	[ "$(awk '/^pci.0.16.0-port0.rd_operations/ { print $2 }' "$ROOT/bios.stats")" -gt 0 ]
	grep -q NMI "$ROOT/bios.out"
}

@test "SIGTERM is the power button: Linux switches itself off, and bhyve ends with status 1" {
	grep -q 'Power down' "$ROOT/bios.out"
	[ "$(cat "$ROOT/bios.status")" = 1 ]
}

@test "UEFI: the same disk boots by the names of bhyve's UEFI firmware, out of a file with references" {
	facts uefi <<-END
		firmware /sys/firmware/efi
		lspci 00:00.0 0600: 8086:29c0
		lspci 00:04.0 0100: 1af4:1001
		lspci 00:1f.0 0601: 8086:2918
		serial 00:04.0 $(cut -c 1-20 <<<"$VM-uefi")
		dmi 1 Product Name: 100% of Bees
		dmi 1 Family: Bees
		lscpu CPU(s): 2
		lscpu Socket(s): 2
		cpuinfo 2 2
	END
}

@test "a guest that reboots ends bhyve with status 0" {
	[ "$(cat "$ROOT/uefi.status")" = 0 ]
}

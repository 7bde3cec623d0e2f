#!/usr/bin/env bats
# zoneadm verify: what stands behind the devices of a machine, besides its disks.  What the boot would stumble
# over and can be known before it is said by verify, with the place that asks for it and a cure.

load ../lib
load zoneadm

setup() {
	new_root
	store_brand
}

teardown() {
	drop_root
}

# zone [-b BRAND] XML...: web1 anew, installed, with what install would make in it
zone() {
	local brand=trial
	if [ "$1" = -b ]; then
		brand=$2
		shift 2
	fi
	: >"$ROOT/etc/zones/index"
	store_zone web1 installed /zones/web1 "$brand" "$*"
	store_zonepath web1
	mkdir -p "$ROOT/zones/web1/root/tmp"
}

# refuses TEXT: verify fails and has this line
refuses() {
	run zoneadm -z web1 verify
	[ "$status" -eq 1 ]
	has_line "zoneadm: zone 'web1': $1"
}

accepts() {
	run zoneadm -z web1 verify
	[ -z "$output" ]
	[ "$status" -eq 0 ]
}

DEVICE_CURE='not given to the zone by a device resource'
FLASH_CURE='firmware is a file of a multiple of 4096 bytes, at most 8388608'
NET_CURE='no net resource of the zone has this link for it; every net resource makes an adapter with one (zonecfg: add net; set physical=nat0; end)'

no_dir() {
	echo "the zone's own root has no directory $1 for the socket; make it there, or use one that it has, like /tmp"
}

@test "a bootrom that cannot be the machine's flash, of an attribute, of lpc, and of extra" {
	truncate -s 5000 "$ROOT/odd.fd"
	truncate -s 0 "$ROOT/empty.fd"
	truncate -s 8392704 "$ROOT/large.fd"
	truncate -s 64K "$ROOT/good.fd"
	mkdir "$ROOT/dir.fd"
	mkfifo "$ROOT/fifo.fd"
	while IFS='|' read -r name text; do
		zone "$(attr bootrom "$ROOT/$name")$(attr uefivars off)"
		refuses "attr bootrom $ROOT/$name: $text"
		zone "<lpc bootrom=\"$ROOT/$name\"/>"
		refuses "lpc bootrom $ROOT/$name: $text"
		zone "$(attr extra "-l bootrom,$ROOT/$name")"
		refuses "attr extra: $ROOT/$name: $text"
	done <<-FILES
		odd.fd|5000 bytes; $FLASH_CURE
		empty.fd|empty; $FLASH_CURE
		large.fd|8392704 bytes; $FLASH_CURE
		dir.fd|a directory; $FLASH_CURE
		fifo.fd|not a regular file; $FLASH_CURE
	FILES
	zone "$(attr bootrom "$ROOT/good.fd")"
	accepts
	zone "$(attr extra "-l bootrom,$ROOT/good.fd")"
	accepts
}

@test "firmware of extra, and a second file for its variables, that are not there or cannot be flash" {
	truncate -s 64K "$ROOT/good.fd"
	zone "$(attr extra '-l bootrom,/nonexist')"
	refuses 'attr extra: /nonexist: No such file or directory'
	zone "$(attr extra "-l bootrom,$ROOT/good.fd,/vars.fd")"
	refuses "attr extra: /vars.fd: no such file in the zone; copy the firmware's variables there"
	truncate -s 5000 "$ROOT/zones/web1/root/vars.fd"
	refuses 'attr extra: /vars.fd: 5000 bytes; the variables of firmware are a file of a multiple of 4096 bytes, at most 8388608'
	truncate -s 8K "$ROOT/zones/web1/root/vars.fd"
	accepts
	rm "$ROOT/zones/web1/root/vars.fd"
	ln -s "$ROOT/good.fd" "$ROOT/zones/web1/root/vars.fd"
	refuses "attr extra: /vars.fd: no such file in the zone; copy the firmware's variables there"
}

@test "a socket in a directory that the zone does not have" {
	zone "$(attr com2 socket,/nodir/a)"
	refuses "attr com2: /nodir/a: $(no_dir /nodir)"
	zone '<lpc com3="socket,/nodir/b"/>'
	refuses "lpc com3: /nodir/b: $(no_dir /nodir)"
	zone "$(attr console socket,/nodir/b)"
	refuses "attr console: /nodir/b: $(no_dir /nodir)"
	zone "$(attr vnc unix=/nodir/sub/x)"
	refuses "attr vnc: /nodir/sub/x: $(no_dir /nodir/sub)"
	for device in "virtio-console,p=" "uart,socket,"; do
		zone "$(attr extra "-s 14,$device/nodir/c")"
		refuses "attr extra: /nodir/c: $(no_dir /nodir)"
	done
	zone '<device match="p=/nodir/d" emulation="virtio-console"/>'
	refuses "device p=/nodir/d: /nodir/d: $(no_dir /nodir)"
	zone -b kvm "$(attr vnc unix:/nodir/x)$(attr console socket,path=/nodir/c,server,nowait)"
	refuses "attr vnc: /nodir/x: $(no_dir /nodir)"
	has_line "zoneadm: zone 'web1': attr console: /nodir/c: $(no_dir /nodir)"
}

@test "a socket in the place of something else, or below it, or outside of the zone" {
	zone "$(attr com2 socket,/tmp/a)$(attr vnc on)$(attr extra '-G 1234')"
	accepts
	(cd "$ROOT/zones/web1/root/tmp" && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("a")')
	accepts
	rm "$ROOT/zones/web1/root/tmp/a"
	echo text >"$ROOT/zones/web1/root/tmp/a"
	refuses 'attr com2: /tmp/a: something that is not a socket is in its place; remove it, or name another path'
	[ "$(cat "$ROOT/zones/web1/root/tmp/a")" = text ]
	zone "$(attr com2 socket,/tmp/a/b)"
	refuses 'attr com2: /tmp/a/b: directory of the socket: Not a directory'
	ln -s "$ROOT/usr" "$ROOT/zones/web1/root/out"
	zone "$(attr com2 socket,/out/a)"
	refuses "attr com2: /out/a: $(no_dir /out)"

	store_zone web2 installed /zones/web2 trial "$(attr vnc on)"
	store_zonepath web2
	run zoneadm -z web2 verify
	[ "$status" -eq 1 ]
	has_line "zoneadm: zone 'web2': attr vnc: /tmp/vm.vnc: $(no_dir /tmp)"
}

@test "before install, a directory for a socket that install does not make is a notice" {
	store_zone web1 configured /zones/web1 trial "$(attr com2 socket,/srv/a)$(attr vnc on)"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	has_line "zoneadm: zone 'web1': NOTICE: not there before install: attr com2: /srv/a: $(no_dir /srv)"
	[ "$(grep -c NOTICE <<<"$output")" -eq 1 ]
}

@test "a serial device that the host does not have, or that is none" {
	given() { echo "<device match=\"$1\"/>"; }
	zone "$(attr com2 /dev/nosuch)"
	run zoneadm -z web1 verify
	says "attr com2: /dev/nosuch: $DEVICE_CURE"
	zone "$(attr com2 /dev/nosuch)$(given /dev/nosuch)"
	refuses 'attr com2: /dev/nosuch: this host has no such device (its serial lines are /dev/ttyS0, /dev/ttyUSB0, ...)'
	zone '<device match="/dev/nosuch" emulation="uart"/>'
	refuses 'device /dev/nosuch: this host has no such device (its serial lines are /dev/ttyS0, /dev/ttyUSB0, ...)'
	zone '<device match="/dev/input/nosuch" emulation="virtio-input"/>'
	refuses 'device /dev/input/nosuch: this host has no such device'
	zone "<lpc com2=\"/dev/term/b\"/>$(given /dev/term/b)"
	refuses 'lpc com2: /dev/term/b: this host has no such device; what illumos calls /dev/term/b is /dev/ttyS1 here'
	touch "$ROOT/line"
	zone "$(attr com2 "$ROOT/line")$(given "$ROOT/line")"
	refuses "attr com2: $ROOT/line: not a character device"
	zone "$(attr com2 /dev/null)$(given /dev/null)"
	accepts
}

@test "an adapter with a link that no net resource gives" {
	for link in tap0 nat0 slirp; do
		zone "$(attr extra "-s 14,virtio-net,$link")"
		refuses "attr extra: $link: $NET_CURE"
	done
	zone '<device match="/disks/a.img" emulation="virtio-net"/>'
	refuses "device /disks/a.img: $NET_CURE"
	zone "<network physical=\"nat0\"/>$(attr extra "-s 14,virtio-net,nat0")"
	refuses "attr extra: nat0: $NET_CURE"
}

@test "adapters that have their links: of one name, behind a primary one, and where extra replaces one" {
	zone '<network physical="a0" global-nic="nat0"/><network physical="nat0"/>
		<network physical="nat0" mac-addr="2:8:20:0:0:b"><net-attr name="primary" value="true"/></network>'
	accepts
	zone "<network physical=\"nat0\"/>$(attr extra '-s 6:0,e1000,nat0')"
	accepts
	zone "<network physical=\"nosuchlink0\"/>"
	refuses "net nosuchlink0: no such link 'nosuchlink0'; this host has: nat0"
	[ "$(grep -c nosuchlink0 <<<"$output")" -eq 1 ]
}

@test "disks in memory count as memory: of the host, and below the zone's cap" {
	local cap='<rctl name="zone.max-physical-memory"><rctl-value priv="privileged" limit="536870912" action="deny"/></rctl>'
	zone "$(attr ram 64M)$(attr extra '-s 14,nvme,ram=1000000')"
	run zoneadm -z web1 verify
	[ "$status" -eq 1 ]
	says 'attr extra: memory of 1000064M, 1000000M of it disks in memory: this host has '
	zone "$(attr ram 64M)$(attr extra '-s 14,nvme,ram=16 -s 15,nvme,ram=16')"
	accepts
	zone -b bhyve "$(attr ram 64M)$(attr extra '-s 14,nvme,ram=600')$cap"
	run zoneadm -z web1 verify
	[ "$status" -eq 1 ]
	says 'attr extra: capped-memory physical is less than the guest has (-m 64M, and 600M in disks in memory); set it to at least 920M, or clear it'
	zone -b bhyve "$(attr ram 64M)$(attr extra '-s 14,nvme,ram=64')$cap"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
}

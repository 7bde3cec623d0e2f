#!/usr/bin/env bats
# What two zones must not have in common: zonecfg verify, zoneadm verify and install find it; commit and boot,
# which must not take the longer the more zones there are, do not look.

load ../lib
load zoneadm

setup() {
	new_root
	mkdir -p "$ROOT/disks"
	truncate -s 1M "$ROOT"/disks/{a,b,c,iso}.img
}

teardown() {
	drop_root
}

# zone NAME [XML INSIDE <zone>]: a configured bhyve zone with little memory
zone() {
	store_zone "$1" configured "/zones/$1" bhyve "$(attr ram 64M)${2:-}"
}

given() {
	echo "<device match=\"$1\"/>"
}

# refuses NAME TEXT: zonecfg verify says TEXT about the zone and exits 1
refuses() {
	run zonecfg -z "$1" verify
	[ "$status" -eq 1 ] || { echo "exit $status: $output" >&2; return 1; }
	has_line "$1: $2"
}

accepts() {
	run zonecfg -z "$1" verify
	[ "$status" -eq 0 ] && [ -z "$output" ] || { echo "exit $status: $output" >&2; return 1; }
}

@test "zones with disks and addresses of their own have nothing against each other" {
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img)<network physical=\"nat0\" mac-addr=\"02:08:20:00:00:01\"/>"
	zone web2 "$(attr bootdisk /disks/b.img; given /disks/b.img)<network physical=\"nat0\" mac-addr=\"02:08:20:00:00:02\"/>"
	accepts web1
	accepts web2
}

@test "a boot disk that is a disk of another zone: one line with both places and a cure" {
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	zone web2 "$(attr disk3 /disks/a.img; given /disks/a.img)"
	refuses web1 'attr bootdisk: /disks/a.img is used by zone web2 too (attr disk3); give each zone its own'
	refuses web2 'attr disk3: /disks/a.img is used by zone web1 too (attr bootdisk); give each zone its own'
	[ "${#lines[@]}" -eq 1 ]
}

@test "zoneadm verify and install find it, and commit and boot do not look" {
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	zone web2 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	run zoneadm -z web2 verify
	[ "$status" -eq 1 ]
	says 'attr bootdisk: /disks/a.img is used by zone web1 too (attr bootdisk)'
	run zoneadm -z web2 install
	[ "$status" -eq 1 ]
	says 'attr bootdisk: /disks/a.img is used by zone web1 too (attr bootdisk)'
	[ "$(state_of web2)" = configured ]
	run zonecfg -z web2 'set autoboot=true'
	[ "$status" -eq 0 ] && [ -z "$output" ]
}

@test "disks of the resource dialect against those of attributes" {
	zone web1 '<disk path="/disks/a.img"/>'
	zone web2 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	zone web3 '<device match="/disks/b.img" emulation="virtio-blk"/>'
	zone web4 "$(attr disk0 /disks/b.img; given /disks/b.img)"
	refuses web1 'disk /disks/a.img: /disks/a.img is used by zone web2 too (attr bootdisk); give each zone its own'
	refuses web3 'device /disks/b.img: /disks/b.img is used by zone web4 too (attr disk0); give each zone its own'
}

@test "a disk on a SCSI bus is a disk like any other, and its place is named" {
	zone web1 '<device match="/disks/a.img" emulation="virtio-scsi"/>'
	zone web2 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	refuses web1 'device /disks/a.img: /disks/a.img is used by zone web2 too (attr bootdisk); give each zone its own'
	zone web3 '<device match="/disks/none.img" emulation="virtio-scsi" boot="true"/>'
	run zoneadm -z web3 verify
	[ "$status" -eq 1 ]
	says 'device /disks/none.img: no such file or device'
}

# warns NAME TEXT: zonecfg verify lets the zone pass and says TEXT, once
warns() {
	run zonecfg -z "$1" verify
	[ "$status" -eq 0 ] || { echo "exit $status: $output" >&2; return 1; }
	has_line "WARNING: $2"
	[ "${#lines[@]}" -eq 1 ]
}

@test "a device that both are given and neither uses is only warned about" {
	zone web1 "$(given /dev/term/a)"
	zone web2 "$(given /dev/term/a)"
	warns web1 'device /dev/term/a: /dev/term/a is given to zone web2 too (device /dev/term/a)'
}

@test "a disk that one is given and the other uses is only warned about, and installed" {
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	zone web2 "$(given /disks/a.img)"
	warns web1 'attr bootdisk: /disks/a.img is given to zone web2 too (device /disks/a.img)'
	warns web2 'device /disks/a.img: gives the zone /disks/a.img too, which zone web1 uses (attr bootdisk)'
	run zoneadm -z web1 install
	[ "$status" -eq 0 ]
	says 'WARNING: attr bootdisk: /disks/a.img is given to zone web2 too'
}

@test "an installation image that stayed given to a zone is in nobody's way" {
	zone web1 "$(attr cdrom /disks/iso.img; given /disks/iso.img)"
	zone web2 "$(given /disks/iso.img)"
	accepts web1
	accepts web2
}

@test "a host PCI device that both pass through" {
	zone web1 '<device match="2:0:0" emulation="passthru"/>'
	zone web2 '<pci match="2:0:0"/>'
	refuses web1 'device 2:0:0: 2/0/0 is used by zone web2 too (pci 2:0:0); give each zone its own'
}

@test "a host PCI device by any of its names" {
	local name
	echo "/dev/ppt0 0000:02:00.0" >"$ROOT/etc/zones/ppt.conf"
	zone web1 "$(attr ppt0 on; given /dev/ppt0)"
	for name in 2:0:0 0000:02:00.0 pci2:0:0 /dev/ppt0; do
		rm -f "$ROOT/etc/zones/web2.xml"
		sed -i '/^web2:/d' "$ROOT/etc/zones/index"
		zone web2 "<pci match=\"$name\"/>"
		run zonecfg -z web2 verify
		[ "$status" -eq 1 ]
		says " is used by zone web1 too (attr ppt0"
	done
	zone web3 '<pci match="2:0:1"/>'
	zone web4 "$(attr extra '-S -s 9,passthru,2/0/1')"
	refuses web4 'attr extra: 2/0/1 is used by zone web3 too (pci 2:0:1); give each zone its own'
}

@test "a host PCI device twice in one zone" {
	zone web1 "$(attr ppt0 on)<pci match=\"/dev/ppt0\"/>"
	run zonecfg -z web1 verify
	[ "$status" -eq 1 ]
	says 'attr ppt0 and pci /dev/ppt0 are the same device, /dev/ppt0'
	echo "/dev/ppt0 0000:02:00.0" >"$ROOT/etc/zones/ppt.conf"
	zone web2 "$(attr ppt0 on)<pci match=\"2:0:0\"/>"
	sed -i '/^web1:/d' "$ROOT/etc/zones/index"
	refuses web2 'attr ppt0 and pci 2:0:0 are the same device, /dev/ppt0'
}

@test "a serial line is no disk, and what asks for it is named" {
	zone web1 "$(attr com2 /dev/ttyS0; attr com3 /dev/ttyS0; given /dev/ttyS0)"
	run zonecfg -z web1 verify
	[ "$status" -eq 1 ]
	says 'attr com2 and attr com3 are the same device, /dev/ttyS0'
	[[ $output != *disk* ]]
	zone web2 '<device match="/dev/ttyS7" emulation="uart"/><device match="/dev/input/event7" emulation="virtio-input"/>'
	zone web3 "$(attr com2 /dev/ttyS7; attr extra '-s 9,virtio-input,/dev/input/event7')"
	refuses web3 'attr com2: /dev/ttyS7 is used by zone web2 too (device /dev/ttyS7); give each zone its own'
	has_line 'web3: attr extra: /dev/input/event7 is used by zone web2 too (device /dev/input/event7); give each zone its own'
}

@test "a volume by its path and by its name, whether it exists or not" {
	zone web1 "$(attr bootdisk tank/vm/a; given /dev/zvol/rdsk/tank/vm/a)"
	zone web2 '<disk path="/dev/zvol/dsk/tank/vm/a"/>'
	refuses web2 'disk /dev/zvol/dsk/tank/vm/a: /dev/zvol/dsk/tank/vm/a is used by zone web1 too (attr bootdisk /dev/zvol/rdsk/tank/vm/a); give each zone its own'
	mkdir -p "$ROOT/var/lib/zones/pools/tank/vm"
	truncate -s 1M "$ROOT/var/lib/zones/pools/tank/vm/a.raw"
	refuses web2 'disk /dev/zvol/dsk/tank/vm/a: /dev/zvol/dsk/tank/vm/a is used by zone web1 too (attr bootdisk /dev/zvol/rdsk/tank/vm/a); give each zone its own'
}

@test "a symbolic link and a hard link hide nothing" {
	ln -s "$ROOT/disks/a.img" "$ROOT/disks/link.img"
	ln "$ROOT/disks/b.img" "$ROOT/disks/again.img"
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img; attr disk0 /disks/b.img; given /disks/b.img)"
	zone web2 "$(attr bootdisk /disks/link.img; given /disks/link.img)"
	zone web3 "$(attr bootdisk /disks/again.img; given /disks/again.img)"
	refuses web2 'attr bootdisk: /disks/link.img is used by zone web1 too (attr bootdisk /disks/a.img); give each zone its own'
	refuses web3 'attr bootdisk: /disks/again.img is used by zone web1 too (attr disk0 /disks/b.img); give each zone its own'
}

@test "the file behind a directory pool, named as a file" {
	mkdir -p "$ROOT/var/lib/zones/pools/tank"
	truncate -s 1M "$ROOT/var/lib/zones/pools/tank/a.raw"
	zone web1 "$(attr bootdisk tank/a; given /dev/zvol/rdsk/tank/a)"
	zone web2 "$(attr disk /var/lib/zones/pools/tank/a.raw; given /var/lib/zones/pools/tank/a.raw)"
	refuses web2 'attr disk0: /var/lib/zones/pools/tank/a.raw is used by zone web1 too (attr bootdisk /dev/zvol/rdsk/tank/a); give each zone its own'
}

@test "an installation image may be in the drives of many zones" {
	zone web1 "$(attr cdrom /disks/iso.img; given /disks/iso.img)"
	zone web2 "$(attr cdrom1 /disks/iso.img; given /disks/iso.img)"
	zone web3 "$(attr cdrom /iso/iso.img)<filesystem special=\"/disks\" directory=\"/iso\" type=\"lofs\"/>"
	zone web4 "$(attr disk0 /disks/iso.img,ro; given /disks/iso.img)"
	for name in web1 web2 web3 web4; do accepts $name; done
}

@test "but not when one of them may write to it" {
	zone web1 "$(attr cdrom /iso/iso.img)<filesystem special=\"/disks\" directory=\"/iso\" type=\"lofs\"/>"
	zone web2 "$(attr disk0 /disks/iso.img; given /disks/iso.img)"
	refuses web1 'attr cdrom0: /iso/iso.img is used by zone web2 too (attr disk0 /disks/iso.img), and one of them may write to it; make both read-only (cdrom, or option ro), or give each its own'
	refuses web2 'attr disk0: /disks/iso.img is used by zone web1 too (attr cdrom0 /iso/iso.img), and one of them may write to it; make both read-only (cdrom, or option ro), or give each its own'
}

@test "a disk in the root of another zone is that zone's" {
	store_zonepath web1
	truncate -s 1M "$ROOT/zones/web1/root/disk.img"
	zone web1 "$(attr bootdisk /disk.img)"
	zone web2 "$(attr bootdisk /zones/web1/root/disk.img; given /zones/web1/root/disk.img)"
	refuses web2 'attr bootdisk: /zones/web1/root/disk.img is used by zone web1 too (attr bootdisk /disk.img); give each zone its own'
}

@test "a device resource with wildcards gives more than its zone uses, which refuses nobody" {
	local pattern
	zone web2 "$(attr bootdisk tank/vm/b; given /dev/zvol/dsk/tank/vm/b)"
	for pattern in /dev/zvol/rdsk/tank/vm/\* /dev/zvol/\?dsk/tank/vm/\* /dev/zvol/dsk/tank/vm/b; do
		rm -f "$ROOT/etc/zones/web1.xml"
		sed -i '/^web1:/d' "$ROOT/etc/zones/index"
		zone web1 "<device match=\"$pattern\"/>"
		warns web1 "device $pattern: gives the zone /dev/zvol/rdsk/tank/vm/b too, which zone web2 uses (attr bootdisk)"
		warns web2 "attr bootdisk: /dev/zvol/rdsk/tank/vm/b is given to zone web1 too (device $pattern)"
	done
	zone web3 "$(attr bootdisk tank/other/b; given /dev/zvol/dsk/tank/other/b)"
	accepts web3
}

@test "the wildcards of vm1 do not keep vm10 from being installed" {
	mkdir -p "$ROOT/var/lib/zones/pools/tank"
	truncate -s 1M "$ROOT"/var/lib/zones/pools/tank/vm1{,0}-root.raw
	zone vm1 "$(attr bootdisk tank/vm1-root; given '/dev/zvol/rdsk/tank/vm1*')"
	zone vm10 "$(attr bootdisk tank/vm10-root; given '/dev/zvol/rdsk/tank/vm10*')"
	run zoneadm -z vm10 install
	[ "$status" -eq 0 ]
	says 'WARNING: attr bootdisk: /dev/zvol/rdsk/tank/vm10-root is given to zone vm1 too'
	run zoneadm -z vm1 install
	[ "$status" -eq 0 ]
}

@test "the same wildcards in two zones are nothing to be said, and one disk that both use is found once" {
	zone web1 "$(attr bootdisk tank/a; given '/dev/zvol/rdsk/tank/*')"
	zone web2 "$(attr cdrom /dev/zvol/rdsk/tank/iso; given '/dev/zvol/rdsk/tank/*')"
	run zonecfg -z web2 verify
	[ "$status" -eq 0 ]
	zone web3 "$(attr bootdisk tank/a; given '/dev/zvol/rdsk/tank/*')"
	sed -i '/^web2:/d' "$ROOT/etc/zones/index"
	refuses web3 'attr bootdisk: /dev/zvol/rdsk/tank/a is used by zone web1 too (attr bootdisk); give each zone its own'
	[ "${#lines[@]}" -eq 1 ]
}

@test "a disk that only extra names counts, here and in other zones" {
	zone web1 "$(attr extra '-s 9,virtio-blk,/disks/a.img'; given /disks/a.img)"
	zone web2 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	refuses web1 'attr extra: /disks/a.img is used by zone web2 too (attr bootdisk); give each zone its own'
	refuses web2 'attr bootdisk: /disks/a.img is used by zone web1 too (attr extra); give each zone its own'
}

@test "disks of kvm zones" {
	store_zone web1 configured /zones/web1 kvm "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	store_zone web2 configured /zones/web2 kvm "$(attr diskif ide; attr disk /disks/a.img; given /disks/a.img)"
	refuses web1 'attr bootdisk: /disks/a.img is used by zone web2 too (attr disk0); give each zone its own'
}

@test "a CD-ROM and a disk of one zone cannot be one image" {
	zone web1 "$(attr cdrom /disks/iso.img; attr disk0 /disks/iso.img; given /disks/iso.img)"
	run zonecfg -z web1 'set autoboot=true'
	[ "$status" -eq 1 ]
	says 'attr cdrom0 and attr disk0 are the same disk, /disks/iso.img'
	zone web2 "$(attr cdrom0 /disks/iso.img; attr cdrom1 /disks/iso.img; attr disk /disks/iso.img,ro; given /disks/iso.img)"
	sed -i '/^web1:/d' "$ROOT/etc/zones/index"
	accepts web2
}

@test "nor an image that extra names and a disk" {
	zone web1 "$(attr extra '-s 9,ahci-cd,/disks/a.img'; attr bootdisk /disks/a.img; given /disks/a.img)"
	run zonecfg -z web1 'set autoboot=true'
	[ "$status" -eq 1 ]
	says 'attr bootdisk and attr extra are the same disk, /disks/a.img'
}

@test "and it is said once" {
	zone web1 "$(attr extra '-s 9,ahci-hd,/disks/a.img'; attr bootdisk /disks/a.img; given /disks/a.img)"
	run zonecfg -z web1 verify
	[ "$status" -eq 1 ]
	[ "$(grep -c 'are the same disk' <<<"$output")" = 1 ]
}

@test "within a zone, a symbolic link hides nothing from verify" {
	ln -s "$ROOT/disks/a.img" "$ROOT/disks/link.img"
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img; attr cdrom /disks/link.img; given /disks/link.img)"
	refuses web1 'attr cdrom0 and attr bootdisk are the same disk, /disks/link.img'
}

@test "a disk that extra names must exist and be given to the zone, as others must" {
	zone web1 "$(attr extra '-s 9,virtio-blk,/disks/none.img'; given /disks/none.img)"
	zone web2 "$(attr extra '-s 9,virtio-blk,/dev/zvol/rdsk/tank/x')"
	run zoneadm -z web1 verify
	[ "$status" -eq 1 ]
	says 'attr extra: /disks/none.img: no such file or device'
	run zoneadm -z web2 verify
	[ "$status" -eq 1 ]
	says 'attr extra: /dev/zvol/rdsk/tank/x: not given to the zone by a device resource'
	zone web3 "$(attr extra '-l com2,/dev/ttyS9')"
	run zoneadm -z web3 verify
	[ "$status" -eq 1 ]
	says 'attr extra: /dev/ttyS9: not given to the zone by a device resource'
}

@test "a MAC address of another zone, however it is written" {
	zone web1 '<network physical="nat0" mac-addr="02:08:20:0a:00:01"/>'
	zone web2 '<network physical="nat0" virtual="web2net0" mac-addr="2:8:20:A:0:1"/>'
	refuses web1 'net nat0: mac-addr 02:08:20:0a:00:01 is that of zone web2 too (net web2net0); change one of the two, or clear mac-addr to have one made'
	refuses web2 'net web2net0: mac-addr 02:08:20:0a:00:01 is that of zone web1 too (net nat0); change one of the two, or clear mac-addr to have one made'
}

# The address that nets without mac-addr get (FNV-1a of UUID and position).
made_mac() {
	python3 - "$1" "$2" <<-'END'
		import sys
		h = 0xcbf29ce484222325
		for c in f"{sys.argv[1]}/{sys.argv[2]}".encode():
		    h = ((h ^ c) * 0x100000001b3) % 2**64
		h ^= h >> 32
		print("02:08:20:%02x:%02x:%02x" % (h >> 16 & 255, h >> 8 & 255, h & 255))
	END
}

@test "an address that is made from a UUID counts too" {
	local uuid=7f7a3e5c-13ab-4cf5-9ac1-36a0e0f7b0a1 mac
	mac=$(made_mac $uuid 1)
	zone web1 '<network physical="nat0" virtual="web1n0"/><network physical="nat0" virtual="web1n1"/>'
	zone web2 "<network physical=\"nat0\" mac-addr=\"$mac\"/>"
	accepts web2
	sed -i "s|^web1:.*|web1:installed:/zones/web1:$uuid|" "$ROOT/etc/zones/index"
	refuses web2 "net nat0: mac-addr $mac is that of zone web1 too (net web1n1); change one of the two, or clear mac-addr to have one made"
	refuses web1 "net web1n1: the address $mac, made from the UUID of the zone, is that of zone web2 too (net nat0); set mac-addr on one of the two"
}

@test "the UUID of another zone's machine, whichever way each says it" {
	local uuid=7f7a3e5c-13ab-4cf5-9ac1-36a0e0f7b0a1 both
	both="$uuid is that of zone"
	zone web1 "$(attr uuid $uuid)"
	zone web2 "<smbios type=\"1\"><field name=\"uuid\" value=\"${uuid^^}\"/></smbios>"
	refuses web1 "attr uuid: the UUID $both web2 too (smbios field uuid); give one of the two another, or none to have its own"
	refuses web2 "smbios field uuid: the UUID ${uuid^^} is that of zone web1 too (attr uuid); give one of the two another, or none to have its own"
	zone web2
	accepts web1
	# The one that install gave a zone is its machine's too.
	sed -i "s|^web2:.*|web2:installed:/zones/web2:$uuid|" "$ROOT/etc/zones/index"
	refuses web1 "attr uuid: the UUID $both web2 too (the zone's own); give one of the two another, or none to have its own"
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	says "attr uuid: the UUID $both web2 too"
}

@test "a zone made like another does not get its UUID" {
	zonecfg -z web1 "create -t bhyve; set zonepath=/zones/web1; set uuid=7f7a3e5c-13ab-4cf5-9ac1-36a0e0f7b0a1"
	sed -i 's/<zone /&debugid="1234" /' "$ROOT/etc/zones/web1.xml"
	zonecfg -z web2 "create -t web1; set zonepath=/zones/web2"
	run grep debugid "$ROOT/etc/zones/web2.xml"
	[ "$status" -eq 1 ]
	run zonecfg -z web2 export
	[[ $output != *uuid* ]]
	zonecfg -z web1 export | grep -q 'set uuid='
	accepts web1
	accepts web2
}

@test "nor the one that an attribute or a field of smbios says, and the rest of both stays" {
	local uuid=7f7a3e5c-13ab-4cf5-9ac1-36a0e0f7b0a1
	zonecfg -z web1 "create -t bhyve; set zonepath=/zones/web1
		add attr; set name=uuid; set type=string; set value=$uuid; end
		add attr; set name=ram; set type=string; set value=1G; end"
	zonecfg -z web2 "create -t web1; set zonepath=/zones/web2"
	[[ $(zonecfg -z web2 export) != *uuid* ]]
	[[ $(zonecfg -z web2 info attr name=ram) == *1G* ]]
	accepts web1
	accepts web2
	zonecfg -z web3 "create -t SYSbhyve; set zonepath=/zones/web3
		add smbios; set type=1; add field (name=uuid,value=$uuid); add field (name=serial,value=s1); end"
	zonecfg -z web4 "create -t web3; set zonepath=/zones/web4"
	[[ $(zonecfg -z web4 info smbios) == *serial* ]]
	[[ $(zonecfg -z web4 export) != *uuid* ]]
	zonecfg -z web5 "create -t SYSbhyve; set zonepath=/zones/web5
		add smbios; set type=1; add field (name=uuid,value=$uuid); end"
	zonecfg -z web6 "create -t web5; set zonepath=/zones/web6"
	[[ $(zonecfg -z web6 export) != *smbios* ]]
}

@test "a zone that cannot be read is named in a warning and keeps nobody from being verified" {
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	zone web2 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	zone broken
	zone gone
	echo '<zone name="broken"' >"$ROOT/etc/zones/broken.xml"
	rm "$ROOT/etc/zones/gone.xml"
	run zonecfg -z web1 verify
	[ "$status" -eq 1 ]
	says 'WARNING: zone broken was not compared: '
	says 'WARNING: zone gone was not compared: '
	has_line 'web1: attr bootdisk: /disks/a.img is used by zone web2 too (attr bootdisk); give each zone its own'
	zonecfg -z web2 delete -F
	run zonecfg -z web1 verify
	[ "$status" -eq 0 ]
	says 'WARNING: zone broken was not compared: '
}

@test "a zone whose machine cannot be built is compared all the same" {
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img)"
	zone web2 "$(attr bootdisk /disks/a.img; given /disks/a.img; attr vcpus many; attr extra '-s nonsense')"
	refuses web1 'attr bootdisk: /disks/a.img is used by zone web2 too (attr bootdisk); give each zone its own'
}

@test "a zone is not compared with itself, renamed or not" {
	zone web1 "$(attr bootdisk /disks/a.img; given /disks/a.img)<network physical=\"nat0\" mac-addr=\"02:08:20:00:00:01\"/>"
	accepts web1
	run zonecfg -z web1 'set zonename=web9; verify'
	[ "$status" -eq 0 ] && [ -z "$output" ]
}

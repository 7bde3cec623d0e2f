#!/usr/bin/env bats
# zoneadm verify: what is wrong with a zone on this host, all of it, and nothing changed.

load ../lib
load zoneadm

setup() {
	new_root
	store_brand
}

teardown() {
	drop_root
}

# refuses NAME TEXT: verify fails, prints TEXT and the last line of illumos
refuses() {
	run zoneadm -z "$1" verify
	[ "$status" -eq 1 ]
	says "$2"
	has_line "zoneadm: zone $1 failed to verify"
}

@test "a zone with nothing wrong: no output, exit 0" {
	store_zone web1 installed
	store_zonepath web1
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a zonepath that is not there yet is a warning" {
	store_zone web1
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	has_line 'WARNING: /zones/web1 does not exist, so it could not be verified.'
}

@test "a zonepath that is gone from an installed zone is an error" {
	store_zone web1 installed
	refuses web1 'zonepath /zones/web1 does not exist'
}

@test "a relative zonepath" {
	store_zone web1 configured zones/web1
	refuses web1 'zones/web1'
}

@test "the root directory as zonepath" {
	store_zone web1 configured /
	refuses web1 'zonepath'
}

@test "a zonepath with dots in it" {
	store_zone web1 configured /zones/../zones/web1
	refuses web1 'Resolved path mismatch'
}

@test "a zonepath that is a symbolic link" {
	store_zone web1 configured
	mkdir -m 0700 "$ROOT/elsewhere"
	ln -s ../elsewhere "$ROOT/zones/web1"
	refuses web1 'Resolved path mismatch: /zones/web1 is a symbolic link'
}

@test "a symbolic link on the way to the zonepath" {
	store_zone web1 configured /link/web1
	ln -s zones "$ROOT/link"
	refuses web1 'Resolved path mismatch: /link is a symbolic link'
}

@test "a zonepath that is a file" {
	store_zone web1
	echo >"$ROOT/zones/web1"
	refuses web1 '/zones/web1 is not a directory.'
}

@test "a zonepath that the group can write" {
	store_zone web1 installed
	store_zonepath web1
	chmod 0770 "$ROOT/zones/web1"
	refuses web1 '/zones/web1 must not be writable by group or others.'
	[ "$(stat -c %a "$ROOT/zones/web1")" = 770 ]
}

@test "a zonepath that others can read: verify says so and changes nothing" {
	store_zone web1 installed
	store_zonepath web1
	chmod 0755 "$ROOT/zones/web1"
	refuses web1 '/zones/web1 must be mode 0700 (is 0755).'
	[ "$(stat -c %a "$ROOT/zones/web1")" = 755 ]
}

@test "a zonepath that root does not own" {
	store_zone web1 installed
	store_zonepath web1
	chown 1000 "$ROOT/zones/web1"
	refuses web1 '/zones/web1 is not owned by root.'
}

@test "a parent of the zonepath that others can write" {
	store_zone web1 installed
	store_zonepath web1
	chmod 0777 "$ROOT/zones"
	refuses web1 '/zones must not be writable by group or others.'
}

@test "a zonepath shared with another zone" {
	store_zone web1 configured /zones/shared
	store_zone web2 configured /zones/shared
	refuses web2 'web2 zonepath (/zones/shared) and web1 zonepath (/zones/shared) overlap.'
}

@test "a zonepath inside another zone's" {
	store_zone web1 configured /zones/web1
	store_zone web2 configured /zones/web1/root/web2
	refuses web2 'overlap.'
	refuses web1 'overlap.'
}

@test "zonepaths that only begin alike do not overlap" {
	store_zone web1 configured /zones/web1
	store_zone web10 configured /zones/web10
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
}

@test "a zonepath that index and configuration know differently" {
	store_zone web1 configured /zones/web1
	sed -i 's,web1:configured:/zones/web1,web1:configured:/zones/other,' "$ROOT/etc/zones/index"
	run zoneadm -z web1 verify
	[ "$status" -eq 1 ]
	says "The XML repository has zonepath '/zones/web1',"
	says "but the index file has zonepath '/zones/other'."
}

@test "a root directory below the zonepath of a configured zone" {
	store_zone web1
	store_zonepath web1
	refuses web1 'Cannot verify detached zone.'
}

@test "a missing disk" {
	store_zone web1 installed /zones/web1 trial "$(attr bootdisk /disks/none.img)"
	store_zonepath web1
	refuses web1 '/disks/none.img'
}

@test "a disk that is an image of another format: a warning that says what to do" {
	store_zone web1 installed /zones/web1 trial "$(attr bootdisk /disk.img)<device match=\"/disk.img\"/>"
	store_zonepath web1
	for magic in 'QFI\373\0\0\0\3' 'KDMV\1\0\0\0' 'vhdxfile' '# Disk DescriptorFile'; do
		printf "$magic" >"$ROOT/disk.img"
		run zoneadm -z web1 verify
		[ "$status" -eq 0 ]
		says "zoneadm: zone 'web1': WARNING: /disk.img looks like a "
		says 'image; the guest will see it as it is, for disks are raw (qemu-img convert -O raw)'
	done
	printf 'QFI' >"$ROOT/disk.img"
	run zoneadm -z web1 verify
	[ -z "$output" ]
}

@test "a directory as disk" {
	mkdir "$ROOT/disks"
	store_zone web1 installed /zones/web1 trial "$(attr bootdisk /disks)<device match=\"/disks\"/>"
	store_zonepath web1
	refuses web1 'is a directory'
}

@test "a disk that no device resource gives to the zone" {
	mkdir "$ROOT/disks"
	truncate -s 1M "$ROOT/disks/web1.img"
	store_zone web1 installed /zones/web1 trial "$(attr bootdisk /disks/web1.img)"
	store_zonepath web1
	refuses web1 'add device; set match=/disks/web1.img; end'
}

@test "a device node that no device resource gives to the zone" {
	store_zone web1 installed /zones/web1 trial "$(attr bootdisk /dev/nosuchdisk)"
	store_zonepath web1
	refuses web1 '/dev/nosuchdisk: not given to the zone by a device resource'
}

@test "a disk image in the zone's own root needs no device resource" {
	store_zone web1 installed /zones/web1 trial "$(attr bootdisk /web1.img)"
	store_zonepath web1
	truncate -s 1M "$ROOT/zones/web1/root/web1.img"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	ln -sf /etc/passwd "$ROOT/zones/web1/root/web1.img"
	refuses web1 'no such file in the zone'
}

@test "an ISO image is looked for where a lofs fs resource shows it" {
	mkdir "$ROOT/isos"
	store_zone web1 installed /zones/web1 trial "$(attr cdrom /media/a.iso)<filesystem special=\"/isos\"
		directory=\"/media\" type=\"lofs\"/>"
	store_zonepath web1
	refuses web1 '/isos/a.iso: no such file or device'
	truncate -s 1M "$ROOT/isos/a.iso"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
}

@test "no link in a directory of the host, which a guest may fill, leads an ISO image out of it" {
	mkdir -p "$ROOT/isos" "$ROOT/secret"
	truncate -s 1M "$ROOT/secret/a.iso"
	store_zone web1 installed /zones/web1 trial "$(attr cdrom /media/sub/a.iso)<filesystem special=\"/isos\"
		directory=\"/media\" type=\"lofs\"/>"
	store_zonepath web1
	ln -s ../secret "$ROOT/isos/sub"
	refuses web1 '/isos/sub/a.iso: no such file or device'
	ln -sfT "$ROOT/secret" "$ROOT/isos/sub"
	refuses web1 '/isos/sub/a.iso: no such file or device'
}

@test "what can be in the zone's own root only after install is a notice before it, and an error behind it" {
	store_zone web1 configured /zones/web1 trial "$(attr bootdisk /a.raw)$(attr cdrom /a.iso)$(
		attr virtfs0 x,/tmp)"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	for missing in 'attr bootdisk: /a.raw: no such file' 'attr cdrom0: /a.iso: no such file' \
		'attr virtfs0: /tmp: no such directory'; do
		says "NOTICE: not there before install: $missing"
	done
	zoneadm -z web1 install
	refuses web1 'attr bootdisk: /a.raw: no such file'
	says 'attr cdrom0: /a.iso: no such file'
}

@test "what is to come from the host is an error before install, too" {
	store_zone web1 configured /zones/web1 trial "$(attr virtfs0 x,/data/sub)<filesystem special=\"/absent\"
		directory=\"/data\" type=\"lofs\"/>"
	refuses web1 'attr virtfs0: /data/sub: /absent, which fs /data shows there'
}

lofs() { echo "<filesystem special=\"$1\" directory=\"$2\" type=\"lofs\"/>"; }

@test "a directory to share is one that a lofs fs resource shows, or one in the zone's own root" {
	mkdir -p "$ROOT/srv/www"
	store_zone web1 installed /zones/web1 trial \
		"$(attr virtfs0 www,/data/www)$(attr virtfs1 own,/own,ro)$(lofs /srv /data)"
	store_zonepath web1
	mkdir "$ROOT/zones/web1/root/own"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a directory to share that is not there, or is none" {
	mkdir -p "$ROOT/srv"
	touch "$ROOT/srv/file"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/nowhere)$(attr virtfs1 b,/data/nowhere)$(
		attr virtfs2 c,/data/file)$(attr virtfs3 d,/gone)$(attr virtfs4 e,/)$(attr virtfs5 f,/data/../srv)$(
		lofs /srv /data)$(lofs /absent /gone)"
	store_zonepath web1
	refuses web1 'attr virtfs0: /nowhere: no such directory in the zone, and no fs resource shows one of the host there (zonecfg: add fs; set dir=/nowhere; set special=DIRECTORY; set type=lofs; end)'
	says 'attr virtfs1: /data/nowhere: No such file or directory'
	says 'attr virtfs2: /data/file: not a directory'
	says 'attr virtfs3: /gone: /absent, which fs /gone shows there: No such file or directory'
	says 'attr virtfs4: /: the whole root of a zone cannot be shared'
	says 'attr virtfs5: /data/../srv: the path of a shared directory may not hold ".."'
}

@test "shares of one name, or of a name that is too long" {
	mkdir -p "$ROOT/srv"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 www,/data)$(attr virtfs1 www,/data,ro)$(
		attr virtfs2 12345678901234567890123456789012,/data)$(lofs /srv /data)"
	store_zonepath web1
	refuses web1 'attr virtfs0 and attr virtfs1: two shares of the name www'
	says 'attr virtfs2: the name 12345678901234567890123456789012 of the share is longer than 31 characters'
}

@test "a link does not lead a shared directory out of the zone or of what an fs resource shows" {
	mkdir -p "$ROOT/srv" "$ROOT/secret"
	ln -s ../secret "$ROOT/srv/link"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data/link)$(attr virtfs1 b,/link)$(lofs /srv /data)"
	store_zonepath web1
	ln -s ../../../secret "$ROOT/zones/web1/root/link"
	refuses web1 'attr virtfs0: /data/link: No such file or directory'
	says 'attr virtfs1: /link: no such directory in the zone'
}

@test "a directory that the guest can write to, with something else that was named below it" {
	mkdir -p "$ROOT/srv/iso" "$ROOT/srv/own"
	truncate -s 1M "$ROOT/srv/disk.img" "$ROOT/srv/iso/a.iso"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(attr cdrom /iso/a.iso)$(
		attr bootdisk /srv/disk.img)<device match=\"/srv/disk.img\"/>$(lofs /srv /data)$(lofs /srv/iso /iso)$(
		lofs /srv /same)"
	store_zonepath web1
	refuses web1 'attr virtfs0: the guest can write to /srv, but the fs special /srv/iso is below it'
	says 'attr virtfs0: the guest can write to /srv, but the device /srv/disk.img is below it'
	[ "$(grep -c 'is below it' <<<"$output")" = 2 ]
	# Read-only, or with the other things elsewhere, there is nothing wrong.
	sed -i 's|a,/data|a,/data,ro|' "$ROOT/etc/zones/web1.xml"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	sed -i 's|a,/data,ro|a,/data/own|' "$ROOT/etc/zones/web1.xml"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
}

@test "a directory that the guest can write to, with zones in it" {
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /zones /data)"
	store_zonepath web1
	store_zone web2 installed /zones/web2 trial
	refuses web1 'attr virtfs0: the guest can write to /zones, but the zonepath /zones/web1 is below it'
	says 'attr virtfs0: the guest can write to /zones, but the zonepath of web2 /zones/web2 is below it'
}

# For a second configuration in one test.
rewrite_zone() {
	: >"$ROOT/etc/zones/index"
	store_zone "$@"
}

@test "a directory that the guest can write to, with files in it that attributes name" {
	local attr
	mkdir -p "$ROOT/srv" "$ROOT/keys"
	echo text | tee "$ROOT/srv/file" >"$ROOT/keys/file"
	for attr in cloud-init sshkey password; do
		rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv /data)$(
			attr "$attr" /srv/file)"
		store_zonepath web1
		refuses web1 "attr virtfs0: the guest can write to /srv, but the attr $attr /srv/file is below it"
		sed -i 's|/srv/file|/keys/file|' "$ROOT/etc/zones/web1.xml"
		run zoneadm -z web1 verify
		[ "$status" -eq 0 ]
		# A link of the host into the directory is no better.
		ln -sfn ../srv/file "$ROOT/keys/link"
		sed -i 's|/keys/file|/keys/link|' "$ROOT/etc/zones/web1.xml"
		refuses web1 "attr virtfs0: the guest can write to /srv, but the attr $attr /keys/link is below it"
	done
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv /data)$(
		attr vnc unix=/tmp/vm.vnc,password=/srv/file)"
	refuses web1 'attr virtfs0: the guest can write to /srv, but the attr vnc /srv/file is below it'
}

@test "a directory that the guest can write to, with firmware in it, also where only extra names that" {
	mkdir -p "$ROOT/srv"
	truncate -s 64K "$ROOT/srv/rom.bin"
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv /data)$(
		attr bootrom "$ROOT/srv/rom.bin")"
	store_zonepath web1
	refuses web1 "attr virtfs0: the guest can write to /srv, but the file $ROOT/srv/rom.bin is below it"
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv /data)$(
		attr extra "-l bootrom,$ROOT/srv/rom.bin")"
	refuses web1 "attr virtfs0: the guest can write to /srv, but the file $ROOT/srv/rom.bin is below it"
}

@test "a pattern of a device that leads, or may lead, through a directory that the guest can write to" {
	mkdir -p "$ROOT/srv/exp/vm" "$ROOT/srv/images"
	truncate -s 1M "$ROOT/srv/exp/vm/disk.img" "$ROOT/srv/images/disk.img"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv/exp /data)$(
		attr bootdisk /srv/exp/vm/disk.img)<device match=\"/srv/*/vm/disk.img\"/>"
	store_zonepath web1
	refuses web1 'attr virtfs0: the guest can write to /srv/exp, but the device /srv/*/vm/disk.img may lead through it'
	says 'attr virtfs0: the guest can write to /srv/exp, but the file /srv/exp/vm/disk.img is below it'
	for match in '/srv/exp/*.img' '/srv/exp/vm/disk.im?' '/srv/exp/v[m]/disk.img'; do
		rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv/exp /data)$(
			)<device match=\"$match\"/>"
		refuses web1 "attr virtfs0: the guest can write to /srv/exp, but the device $match is below it"
	done
	# Neither a pattern beside it, nor one that only its own name could match.
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv/exp /data)$(
		attr bootdisk /srv/images/disk.img)<device match=\"/srv/images/*.img\"/><device match=\"/srv/*.img\"/>"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	# What is opened counts, if no pattern tells.
	ln -s exp/vm "$ROOT/srv/link"
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv/exp/vm /data)$(
		attr bootdisk /srv/images/link/disk.img)<device match=\"/srv/images/l*/disk.img\"/>"
	ln -s ../exp/vm "$ROOT/srv/images/link"
	refuses web1 'attr virtfs0: the guest can write to /srv/exp/vm, but the file /srv/images/link/disk.img is below it'
}

@test "the directory of a pool is for no guest to write" {
	mkdir -p "$ROOT/tanks/a/sub"
	printf '# pools\nrpool zfs rpool\ntank dir /tanks/a\n' >"$ROOT/etc/zones/pools.conf"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /tanks /data)"
	store_zonepath web1
	refuses web1 'attr virtfs0: the guest can write to /tanks, but the directory of a pool /tanks/a is below it'
	sed -i 's|/tanks/a$|/other|' "$ROOT/etc/zones/pools.conf"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
}

# verify_with_bind NAME FROM TO: with what is at FROM mounted at TO as well, for this command only
verify_with_bind() {
	unshare -m --propagation private sh -c 'mount --bind "$3" "$4" && exec "$1/usr/sbin/zoneadm" -R "$1" -z "$2" verify' \
		- "$ROOT" "$1" "$ROOT/$2" "$ROOT/$3"
}

@test "what is below a directory that the guest can write to is found behind mounts, too" {
	mkdir -p "$ROOT/srv/with blank/z2" "$ROOT/zones/web2" "$ROOT/srv/own" "$ROOT/images" "$ROOT/srv/own-2"
	truncate -s 1M "$ROOT/srv/own/disk.img" "$ROOT/images/disk.img"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs '/srv/with blank' /data)"
	store_zonepath web1
	store_zone web2 installed
	run verify_with_bind web1 'srv/with blank/z2' zones/web2
	[ "$status" -eq 1 ]
	says 'attr virtfs0: the guest can write to /srv/with blank, but the zonepath of web2 /zones/web2 is below it'
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv/own /data)$(
		attr bootdisk /images/disk.img)<device match=\"/images/disk.img\"/>"
	run verify_with_bind web1 'srv/own/disk.img' images/disk.img
	[ "$status" -eq 1 ]
	says 'attr virtfs0: the guest can write to /srv/own, but the device /images/disk.img is below it'
	# A mount of something beside it is none of it.
	truncate -s 1M "$ROOT/srv/own-2/disk.img"
	run verify_with_bind web1 'srv/own-2' images
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the root of a zone is not shared, whatever shows it" {
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /zones/web1/root /data)"
	store_zonepath web1
	refuses web1 'attr virtfs0: the guest can write to /zones/web1/root, but the root of the zone /zones/web1/root is below it'
	mkdir -p "$ROOT/zones/web2/root"
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /zones/web2/root /data)"
	store_zone web2 installed
	refuses web1 'attr virtfs0: the guest can write to /zones/web2/root, but the root of web2 /zones/web2/root is below it'
}

@test "a share in another that the guest can write to" {
	mkdir -p "$ROOT/srv/sub" "$ROOT/srv-2"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(attr virtfs1 b,/data/sub,ro)$(lofs /srv /data)"
	store_zonepath web1
	refuses web1 'attr virtfs0: the guest can write to /srv, but the shared directory /data/sub is below it'
	mkdir -p "$ROOT/zones/web1/root/own/sub"
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/own)$(attr virtfs1 b,/own/sub)"
	refuses web1 'attr virtfs0: the guest can write to /zones/web1/root/own, but the shared directory /own/sub is below it'
	# One that can be written in one that cannot, one twice, and one beside the other are as they should be.
	rewrite_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data,ro)$(attr virtfs1 b,/data/sub)$(
		attr virtfs2 c,/data/sub)$(attr virtfs3 d,/data2)$(lofs /srv /data)$(lofs /srv-2 /data2)"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a directory that extra shares is looked at like any other" {
	store_zone web1 installed /zones/web1 trial "$(attr extra "-s 7,virtio-9p,a=/data -s 8,virtio-9p,b=/nosuch")$(
		lofs /zones /data)"
	store_zonepath web1
	refuses web1 'attr extra: the guest can write to /zones, but the zonepath /zones/web1 is below it'
	says 'attr extra: /nosuch: no such directory in the zone'
	sed -i 's|a=/data -s 8,virtio-9p,b=/nosuch|a=/data,ro|' "$ROOT/etc/zones/web1.xml"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
}

@test "the directory that is shared is the one that variables in its path name" {
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 'a,/%(name)')$(lofs /zones /web1)"
	store_zonepath web1
	mkdir "$ROOT/zones/web1/root/%(name)"
	refuses web1 'attr virtfs0: the guest can write to /zones, but the zonepath /zones/web1 is below it'
	# And nothing is missed that is there only under its real name.
	store_zone web2 installed /zones/web2 trial "$(attr virtfs0 'a,/v%(name)')"
	store_zonepath web2
	mkdir "$ROOT/zones/web2/root/vweb2"
	run zoneadm -z web2 verify
	[ "$status" -eq 0 ]
}

@test "a directory that the guest can write to is found behind every name that leads through it" {
	mkdir -p "$ROOT/srv/real/sub" "$ROOT/elsewhere"
	ln -s srv/real "$ROOT/alias"
	ln -s ../srv/real/sub "$ROOT/elsewhere/link"
	truncate -s 1M "$ROOT/srv/real/sub/disk.img"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /alias /data)$(
		)<device match=\"/elsewhere/link/disk.img\"/>"
	store_zonepath web1
	refuses web1 'attr virtfs0: the guest can write to /srv/real, but the device /elsewhere/link/disk.img is below it'
}

@test "what the zone tools themselves rely on is for no guest to write" {
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(attr virtfs1 b,/lib)$(attr virtfs2 c,/pools)$(
		lofs /etc /data)$(lofs /usr/lib /lib)$(lofs /var/lib/zones /pools)"
	store_zonepath web1
	refuses web1 'attr virtfs0: the guest can write to /etc, but the directory of the zone tools /etc/zones is below it'
	says 'attr virtfs1: the guest can write to /usr/lib, but the directory of the zone tools /usr/lib/brand is below it'
	says 'attr virtfs2: the guest can write to /var/lib/zones, but the directory of the zone tools /var/lib/zones/pools is below it'
}

@test "a directory on a file system that cannot be shared with a jailed hypervisor" {
	mkdir -p "$ROOT/srv"
	ln -s /proc/self "$ROOT/srv/proc"
	store_zone web1 installed /zones/web1 trial "$(attr virtfs0 a,/data)$(lofs /srv/proc /data)"
	store_zonepath web1
	refuses web1 'attr virtfs0: /data: its file system cannot show files under another owner (idmapped mount: '
}

@test "a device of the host that is not there, or on a host without an IOMMU" {
	store_zone web1 installed /zones/web1 trial "<pci match=\"255:31:7\"/>$(attr ppt0 on)"
	store_zonepath web1
	refuses web1 'pci 255:31:7: 255/31/7: this host has no such PCI device (lspci lists them)'
	if [ -z "$(ls /sys/kernel/iommu_groups 2>/dev/null)" ]; then
		says 'attr ppt0: /dev/ppt0: this host has no IOMMU in use: switch on VT-d or AMD-Vi in its firmware, and on Intel boot Linux with intel_iommu=on'
	else
		says 'attr ppt0: /dev/ppt0: '
	fi
}

@test "less memory for the zone than a device of the host pins for the guest" {
	store_zone web1 installed /zones/web1 trial "$(attr ram 2G)<pci match=\"255:31:7\"/>
		<rctl name=\"zone.max-physical-memory\"><rctl-value priv=\"privileged\" limit=\"2147483648\" action=\"deny\"/></rctl>"
	store_zonepath web1
	refuses web1 'capped-memory physical 2G: all memory of the guest is kept in place (-S, or a device of the host), so at least 2304M is needed'
}

@test "more memory than this host has" {
	store_zone web1 installed /zones/web1 trial "$(attr ram 10T)"
	store_zonepath web1
	refuses web1 'ram'
}

@test "memory of 0 and of -1" {
	for ram in 0 -1; do
		rm -f "$ROOT/etc/zones/index"
		store_zone web1 installed /zones/web1 trial "$(attr ram $ram)"
		mkdir -p "$ROOT/zones/web1/root"
		chmod 0700 "$ROOT/zones/web1"
		refuses web1 'ram'
	done
}

@test "a link that this host does not have" {
	store_zone web1 installed /zones/web1 trial '<network physical="nosuchlink0"/>'
	store_zonepath web1
	refuses web1 'nosuchlink0'
}

@test "file systems of types that a zone must not mount" {
	for type in proc mntfs autofs nfs nfs4; do
		rm -f "$ROOT/etc/zones/index"
		store_zone web1 installed /zones/web1 trial \
			"<filesystem special=\"x\" directory=\"/mnt\" type=\"$type\"/>"
		mkdir -p "$ROOT/zones/web1/root"
		chmod 0700 "$ROOT/zones/web1"
		refuses web1 "cannot verify fs /mnt: type $type is not allowed."
	done
}

@test "everything that is wrong is printed, not only the first" {
	store_zone web1 installed /zones/web1 trial \
		"$(attr bootdisk /disks/none.img)$(attr ram 10T)<network physical=\"nosuchlink0\"/>"
	store_zonepath web1
	chmod 0777 "$ROOT/zones"
	refuses web1 '/disks/none.img'
	says 'ram'
	says 'nosuchlink0'
	says '/zones must not be writable'
}

@test "boot runs the same checks before it asks zoneadmd" {
	store_zone web1 installed /zones/web1 trial "$(attr bootdisk /disks/none.img)"
	store_zonepath web1
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	has_line 'zoneadm: zone web1 failed to verify'
	[ ! -e "$ROOT/run/zones/web1.state" ]
}

# brand_checks SCRIPT: the brand's verify_cfg
brand_checks() {
	sed -i 's|<privilege|<verify_cfg>/usr/lib/brand/trial/verify_cfg</verify_cfg>&|' "$ROOT/usr/lib/brand/trial/config.xml"
	hook_does verify_cfg "$1"
}

@test "a check of the brand that fails without a word, or with notices only, is a failure that says how it ended" {
	store_zone web1 installed
	store_zonepath web1
	brand_checks 'exit 3'
	refuses web1 'Brand-specific error (verify_cfg ended with 3)'
	hook_does verify_cfg 'echo "NOTICE: for your information"; exit 1'
	refuses web1 'Brand-specific error (verify_cfg ended with 1)'
	says 'NOTICE: for your information'
	hook_does verify_cfg 'echo "half a"; kill -SEGV $$'
	refuses web1 'half a'
	says 'Brand-specific error (verify_cfg was ended by SIGSEGV)'
	hook_does verify_cfg 'echo "no such thing"; exit 1'
	refuses web1 'no such thing'
	[[ $output != *Brand-specific* ]]
}

@test "nor is a zone installed that the brand's check refuses without a word" {
	store_zone web1
	brand_checks 'exit 1'
	run zoneadm -z web1 install
	[ "$status" -eq 1 ]
	says 'Brand-specific error (verify_cfg ended with 1)'
	[ "$(state_of web1)" = configured ]
}

@test "an alternate root with blanks in its name" {
	mv "$ROOT" "$ROOT my root"
	ROOT="$ROOT my root"
	truncate -s 1M "$ROOT/a.img"
	store_zone web1 configured /zones/web1 bhyve "$(attr ram 64M)$(attr bootdisk /a.img)<device match=\"/a.img\"/>"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	run zoneadm -z web1 install
	[ "$status" -eq 0 ]
	[ "$(state_of web1)" = installed ]
}

@test "a file system that lofs cannot show, of a type that nothing mounts, or that is not allowed" {
	store_zone web1 configured /zones/web1 trial "$(lofs /nosuch.iso /iso)
		<filesystem special=\"tank/x\" directory=\"/x\" type=\"zfs\"/>
		<filesystem special=\"host:/y\" directory=\"/y\" type=\"nfs4\"/>"
	refuses web1 'could not verify fs /iso: could not access /nosuch.iso: No such file or directory'
	has_line "zoneadm: zone 'web1': cannot verify fs /y: type nfs4 is not allowed."
	has_line 'WARNING: fs /x: type zfs is not mounted: a guest sees only what lofs shows.'
}

@test "what is kept and not enforced gets a line each, and values that ask for nothing none" {
	store_zone web1 configured /zones/web1 trial '<security-flags lower="aslr"/>
		<network physical="nat0" vlan-id="7"><linkprop name="mtu" value="abc"/></network>'
	sed -i 's/<zone /&limitpriv="default,-file_owner" pool="gold" scheduling-class="FSS" /' "$ROOT/etc/zones/web1.xml"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	for what in limitpriv pool scheduling-class security-flags 'net nat0: linkprop mtu' 'net nat0: vlan-id'; do
		says "WARNING: $what is kept, but not enforced here: "
	done
	[ "$(grep -c 'not enforced' <<<"$output")" -eq 6 ]
	store_zone web2 configured /zones/web2 trial '<network physical="nat0" vlan-id="0"/>'
	sed -i 's/<zone /&limitpriv="default" pool="" /' "$ROOT/etc/zones/web2.xml"
	run zoneadm -z web2 verify
	[ "$status" -eq 0 ]
	[[ $output != *enforced* ]]
}

@test "a resource control that is not known, or not enforced, is a warning" {
	rctl() { echo "<rctl name=\"$1\"><rctl-value priv=\"privileged\" limit=\"200\" action=\"deny\"/></rctl>"; }
	store_zone web1 configured /zones/web1 trial "$(rctl zone.foo)$(rctl zone.cpu-baseline)$(rctl zone.max-lwps)"
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	has_line "WARNING: Ignoring unrecognized rctl 'zone.foo'."
	has_line "WARNING: rctl 'zone.cpu-baseline' is not enforced: Linux has no such limit."
	[[ $output != *zone.max-lwps* ]]
}

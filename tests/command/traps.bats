#!/usr/bin/env bats
# Where the originals surprise: what is copied and what is not.  CONFORMANCE.md has the list; these are the
# entries that no other test shows.

load ../lib
load boot

setup() {
	new_root
}

teardown() {
	drop_root
}

# args XML: the arguments of a zone of that description, in one line
args() {
	zone_xml web1 "$1" >"$ROOT/web1.xml"
	hook boot -t -x "$ROOT/web1.xml" web1 2>&1 | tr '\n' ' '
}

verify_cfg() {
	zone_xml web1 "$1" >"$ROOT/web1.xml"
	hook verify_cfg "$ROOT/web1.xml"
}

has() {
	case $1 in
	*"$2"*) return 0 ;;
	esac
	printf 'no %s in: %s\n' "$2" "$1" >&2
	return 1
}

hasnt() {
	! has "$@" 2>/dev/null
}

@test "the CD-ROMs of a BIOS machine stand before the disk unless bootorder begins with bootdisk; cd changes nothing" {
	cd=$(attr cdrom /c.iso)$(attr bootdisk /d.img)
	has "$(args "$cd")" '-s 3:0,ahci-cd,/c.iso,ro'
	has "$(args "$cd$(attr bootorder cd)")" '-s 3:0,ahci-cd,/c.iso,ro'
	has "$(args "$cd$(attr bootorder bootdisk,cdrom0)")" '-s 7:0,ahci-cd,/c.iso,ro'
}

@test "com4 works, com1 is the console, com0 and a plain com name no port" {
	list=$(args "$(attr com4 socket,/tmp/x)$(attr com1 socket,/tmp/c)$(attr com0 /dev/a)$(attr com /dev/b)")
	has "$list" '-l com4,socket,/tmp/x'
	has "$list" '-l com1,socket,/tmp/c'
	hasnt "$list" /dev/a
	hasnt "$list" /dev/b
}

@test "socket,PATH,wait of old documents is socket,PATH" {
	has "$(args "$(attr com2 socket,/tmp/x,wait)")" '-l com2,socket,/tmp/x -l'
	run verify_cfg "$(attr com2 socket,/tmp/x,wait)"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "vnc=off with other words is off" {
	hasnt "$(args "$(attr vnc off,w=800)")" fbuf
}

@test "pptN: slot7 is function 7, an unknown word is a mistake, and eight do not fit" {
	has "$(args "$(attr ppt0 slot7)")" '-s 9:7,passthru,/dev/ppt0'
	run verify_cfg "$(attr ppt0 maybe)"
	[ "$status" -ne 0 ]
	[ "$output" = 'attr ppt0 maybe: a boolean word or slot0 to slot7 is needed' ]
	run verify_cfg "$(for i in 0 1 2 3 4 5 6 7; do attr ppt$i on; done)"
	[ "$status" -ne 0 ]
	[ "$output" = 'ppt: no more available slots (attr ppt7)' ]
}

@test "aliases and blanks: netif of a net is aliased, diskifN is stripped" {
	has "$(args '<network physical="nat0"><net-attr name="netif" value="virtio"/></network>')" \
		'-s 6:0,virtio-net-viona,nat0'
	has "$(args "$(attr disk0 /a)$(attr diskif0 ' virtio')")" '-s 5:0,virtio-blk,/a'
}

@test "names of attributes are exact, those of other tools are left alone, and likely mistakes are told" {
	run verify_cfg "$(attr RAM 4G)$(attr vnc-port 5901)$(attr cloud_init on)$(attr quota 10G)"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[ "${lines[0]}" = 'NOTICE: attr RAM: means nothing to brand bhyve; did you mean ram?' ]
	[ "${lines[1]}" = 'NOTICE: attr cloud_init: means nothing to brand bhyve; did you mean cloud-init?' ]
	has "$(args "$(attr RAM 4G)$(attr cloud_init on)")" '-m 1G'
}

@test "two adapters with one address, and a word that acpi does not know, are told" {
	zone_xml web1 "$(attr acpi maybe)
		<network physical=\"a\" allowed-address=\"10.0.0.2/24,fe80::1/64\"/>
		<network physical=\"b\" allowed-address=\"fe80::1/64,10.0.0.3,10.0.0.2\"/>" >"$ROOT/web1.xml"
	run hook verify_cfg "$ROOT/web1.xml"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'NOTICE: attr acpi: maybe is neither on nor off; it is taken as on' ]
	[ "${lines[1]}" = 'NOTICE: net a and net b have the same allowed-address 10.0.0.2' ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "serial= of nvme and ahci has no effect, as on the original, and is told" {
	run verify_cfg "$(attr disk0 /a,serial=X)$(attr diskif nvme)$(attr disk1 /b,serial=Y)$(attr diskif1 ahci)"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'NOTICE: attr disk0: pci.0.5.0.serial: has no effect: nvme reads ser' ]
	[ "${lines[1]}" = 'NOTICE: attr disk1: pci.0.5.1.port.0.serial: has no effect: ahci reads ser' ]
}

@test "holes between disks stay holes, in ascending order" {
	has "$(args "$(attr disk3 /b)$(attr disk1 /a)")" '-s 5:1,virtio-blk,/a -s 5:3,virtio-blk,/b'
}

@test "a zone may be called 1014--firewall-04.dc-01.m4kr.net" {
	name=1014--firewall-04.dc-01.m4kr.net
	store_zone $name "$(attr ram 64M)"
	run hook boot -t $name
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = $name ]
	"$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z $name info brand
}

@test "a device match with a wildcard gives every disk that it matches" {
	run "$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z web1 'create -b; set brand=bhyve; set zonepath=/zones/web1;
		set ip-type=exclusive; add device; set match=/disks/hdd-x*; end
		add attr; set name=bootdisk; set type=string; set value=/disks/hdd-x1.img; end'
	[ "$status" -eq 0 ]
	mkdir -p -m 0700 "$ROOT/zones/web1" "$ROOT/disks"
	truncate -s 1M "$ROOT/disks/hdd-x1.img"
	run "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 verify
	[ "$status" -eq 0 ]
}

@test "the template of the UEFI variables missing: named, and nothing is left" {
	store_zone web1 "$(attr bootrom BHYVE)"
	mkdir -p "$ROOT/zones/web1/root/etc" "$ROOT/empty"
	run unshare -m bash -c 'mount --bind "$ROOT/empty" /usr/share/OVMF && shift 0 &&
		_ZONES_ROOT=$ROOT exec "$ROOT/usr/lib/brand/bhyve/boot" web1'
	[ "$status" -ne 0 ]
	[ "$output" = 'Could not find template UEFI variables file at /usr/share/OVMF/OVMF_VARS_4M.fd' ]
	[ ! -e "$ROOT/zones/web1/root/etc/uefivars" ]
}

@test "a memory cap below the guest's memory is refused in both brands, before a commit too" {
	for brand in bhyve kvm; do
		run zonecfg -z "$brand" "create -b; set brand=$brand; set zonepath=/zones/$brand; set ip-type=exclusive
			add attr; set name=ram; set type=string; set value=4G; end
			add capped-memory; set physical=1G; end
			verify; commit"
		[ "$status" -eq 1 ]
		has "$output" 'capped-memory physical 1024M is less than the guest has (ram 4G); set it to at least 4352M, or'
		[ ! -e "$ROOT/etc/zones/$brand.xml" ]
	done
}

@test "a value that is none is refused at once, in every dialect; what only this engine lacks is told" {
	new='create -t bhyve; set zonepath=/zones/z'
	disk='add device; set match=/dev/zvol/rdsk/a/b; set emulation=virtio-blk'
	while IFS='|' read -r script text; do
		run zonecfg -z z "$new; $script"
		[ "$status" -eq 1 ]
		[[ $output == *"$text"* && $output != *'cannot boot on this host'* ]] || { echo "$script: $output" >&2 && false; }
		[ ! -e "$ROOT/etc/zones/z.xml" ]
	done <<-END
		$disk; add option (name=sectorsize,value=bogus); end|device /dev/zvol/rdsk/a/b: pci.0.5.0: invalid sectorsize 'bogus'
		add attr; set name=disk0; set type=string; set value="a/b,sectorsize=bogus"; end|attr disk0: pci.0.5.0: invalid sectorsize 'bogus'
		add net; set physical=nat0; add property (name=mtu,value=on); end|net nat0: pci.0.6.0: invalid mtu 'on'
		add net; set physical=nat0; set model=virtio-net; add property (name=vqsize,value=on); end|invalid vqsize 'on'
	END
	run zonecfg -z z "$new; $disk; set pci-slot=1:7:0; end"
	[ "$status" -eq 0 ]
	[[ $output == *'NOTICE: such a machine cannot boot on this host: '*'the board has only PCI bus 0'* ]]
	[ -e "$ROOT/etc/zones/z.xml" ]
}

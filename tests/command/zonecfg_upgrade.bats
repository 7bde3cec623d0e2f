#!/usr/bin/env bats
# Versions of a configuration: upgrade, downgrade, one zone or all, and what the host does when it boots.
load ../lib
load zonecfg/helper

setup() { zonecfg_setup; }
teardown() { drop_root; }

xml() { echo "$ROOT/etc/zones/$1.xml"; }
backup() { echo "$ROOT/etc/zones/backup/$1.v$2.xml"; }
arguments() { _ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/bhyve/boot" -t -z "$1"; }

# omnios NAME: the zone of the OmniOS page under another name.
omnios() {
	sed "s/rpool.bhyve0/rpool\/$1/; s/zone.bhyve/zone\/$1/" "$GOLDEN/omnios-debian.zcf" >"$ROOT/script"
	zonecfg -z "$1" -f "$ROOT/script"
	set_state "$1" installed
}

attr() { echo "add attr; set name=$1; set type=string; set value=\"$2\"; end"; }

@test "an OmniOS zone is upgraded: the same machine, other words, and the old file kept" {
	omnios a
	cp "$(xml a)" "$ROOT/before.xml"
	arguments a >"$ROOT/before"
	prints "a: upgraded to version 2" -z a upgrade
	diff "$ROOT/before" <(arguments a)
	diff "$ROOT/before.xml" "$(backup a 1)"
	grep -q '<zone .* config-version="2">' "$(xml a)"
	prints $'device:\n\tmatch: /dev/zvol/rdsk/rpool/a\n\tboot: true\n\temulation: virtio-blk\n\tpci-slot: 4:0' \
		-z a info device
	prints $'lpc:\n\tbootrom: BHYVE_RELEASE' -z a info lpc
	prints "No such attr resource." -z a info attr name=bootdisk
	[ "$(zonecfg -z a info attr | awk '/name:|value:/ { printf "%s ", $2 }')" = 'acpi off vnc on ' ]
}

@test "the way back restores the file byte by byte while nobody changed the zone" {
	omnios a
	sed -i 's/<zone /<!-- from the old host -->\n<zone /' "$(xml a)"
	cp "$(xml a)" "$ROOT/before.xml"
	zonecfg -z a upgrade
	cp "$(xml a)" "$ROOT/after.xml"
	prints "a: downgraded to version 1, as it was before" -z a downgrade -V 1
	cmp "$ROOT/before.xml" "$(xml a)"
	prints "a: upgraded to version 2, as it was before" -z a upgrade
	cmp "$ROOT/after.xml" "$(xml a)"
}

@test "after a change the way back keeps the change" {
	omnios a
	zonecfg -z a upgrade
	zonecfg -z a "add capped-memory; set guest=3G; end"
	arguments a >"$ROOT/before"
	prints "a: downgraded to version 1" -z a downgrade -V 1
	diff "$ROOT/before" <(arguments a)
	prints $'attr:\n\tname: ram\n\ttype: string\n\tvalue: 3G' -z a info attr name=ram
	[[ $(zonecfg -z a info attr name=bootdisk) == *"value: rpool/a" ]]
	run grep -c 'config-version\|emulation\|lpc\|guest' "$(xml a)"
	[ "$output" = 0 ]
	xmllint --noout --dtdvalid "$BATS_TEST_DIRNAME/../../src/config/dtd/zonecfg.dtd.1" "$(xml a)"
}

@test "ram without a suffix becomes guest with its unit; what vcpus stays for is said" {
	zonecfg -z a "create -b; set brand=bhyve; set zonepath=/zones/a; set ip-type=exclusive; $(attr ram 2048); $(attr vcpus 2)"
	prints $'a: upgraded to version 2\na: attr vcpus stays: dedicated-cpu or capped-cpu, which could say it, would also reserve or limit CPUs of the host' \
		-z a upgrade
	prints $'capped-memory:\n\tguest: 2048M' -z a info capped-memory
	prints $'attr:\n\tname: vcpus\n\ttype: string\n\tvalue: 2' -z a info attr
	[[ $(arguments a | tr '\n' ' ') == *"-m 2048M "* ]]
	prints "a: downgraded to version 1, as it was before" -z a downgrade -V 1
	prints $'attr:\n\tname: ram\n\ttype: string\n\tvalue: 2048' -z a info attr name=ram
}

@test "a second downgrade finds nothing to do, also where the old file left vcpus to capped-cpu" {
	zonecfg -z a "create -b; set brand=bhyve; set zonepath=/zones/a; set ip-type=exclusive; add capped-cpu; set ncpus=3; end"
	prints "a: upgraded to version 2" -z a upgrade
	prints "a: downgraded to version 1" -z a downgrade -V 1
	[[ $(zonecfg -z a info attr name=vcpus) == *"value: 3" ]]
	prints "a: is of version 1 already" -z a downgrade -V 1
	prints "a: upgraded to version 2, as it was before" -z a upgrade
	prints "a: is of version 2 already" -z a upgrade
}

@test "the mark of the version: XML and JSON keep it, a script does not say it" {
	zonecfg -z a "create -b; set brand=bhyve; set zonepath=/zones/a; set ip-type=exclusive"
	prints "a: upgraded to version 2" -z a upgrade
	zonecfg -z a export --json >"$ROOT/json"
	zonecfg -z a export >"$ROOT/script"
	sed 's|/zones/a|/zones/b|' "$ROOT/json" | zonecfg -z b import --json
	prints "b: is of version 2 already" -z b upgrade
	run grep version "$ROOT/script"
	[ "$status" -eq 1 ]
	sed 's|/zones/a|/zones/c|' "$ROOT/script" | zonecfg -z c
	prints "c: upgraded to version 2" -z c upgrade
	diff <(sed 's/name="a"/name="c"/; s|/zones/a|/zones/c|' "$(xml a)") "$(xml c)"
}

@test "-n shows the difference and changes nothing" {
	omnios a
	before=$(cd "$ROOT/etc/zones" && find . -type f -exec md5sum {} + | sort)
	run zonecfg -z a upgrade -n
	[ "$status" -eq 0 ]
	[[ $output == *$'\n+set emulation="virtio-blk"\n'* ]]
	[[ $output == *$'\n-set name="bootdisk"\n'* ]]
	[ "$before" = "$(cd "$ROOT/etc/zones" && find . -type f -exec md5sum {} + | sort)" ]
}

@test "-n says so when only the version changes" {
	zonecfg -z a "create -b; set brand=bhyve; set zonepath=/zones/a; $(attr acpi off)"
	prints "a: only the version changes, to 2" -z a upgrade -n
	prints "a: upgraded to version 2" -z a upgrade
	prints "a: only the version changes, to 1" -z a downgrade -n -V 1
}

@test "a zone that has the version already is left alone" {
	omnios a
	prints "a: is of version 1 already" -z a downgrade -V 1
	prints "a: is of version 1 already" -z a upgrade -V 1
	zonecfg -z a upgrade
	before=$(stat -c %i "$(xml a)")
	prints "a: is of version 2 already" -z a upgrade
	prints "a: is of version 2 already" -z a downgrade -V 2
	[ "$(stat -c %i "$(xml a)")" = "$before" ]
}

@test "attributes added to a zone of version 2 are upgraded, too" {
	omnios a
	zonecfg -z a upgrade
	zonecfg -z a "$(attr ram 2G)"
	prints "a: upgraded to version 2" -z a upgrade
	prints $'capped-memory:\n\tguest: 2G' -z a info capped-memory
}

@test "a downgrade that would lose something is refused and names it" {
	sed 's/^create.*/create -b\nset brand=bhyve\nset ip-type=exclusive/; s/^select lpc/add lpc/' \
		"$GOLDEN/rfd121.zcf" >"$ROOT/script"
	zonecfg -z z1 -f "$ROOT/script"
	cp "$(xml z1)" "$ROOT/before.xml"
	refuses "z1: cannot be downgraded: version 1 has no words for: device 2:0:0: emulation, pci-slot; net eth0: linkprop; smbios 1: field" \
		-z z1 downgrade -V 1
	cmp "$ROOT/before.xml" "$(xml z1)"
	[ ! -e "$(backup z1 2)" ]
}

@test "the wrong direction is refused" {
	omnios a
	refuses "a: is of version 1; upgrade takes it to version 2" -z a downgrade -V 2
	zonecfg -z a upgrade
	refuses "a: is of version 2; downgrade takes it to version 1" -z a upgrade -V 1
}

@test "-a goes on after a zone that fails, reports each, and exits 1" {
	omnios a
	zonecfg -z b "create -b; set brand=bhyve; set zonepath=/zones/b; $(attr ram 1G)"
	sed -i 's/"1G"/"much"/' "$(xml b)"
	omnios c
	run --separate-stderr zonecfg upgrade -a
	[ "$status" -eq 1 ]
	[ "$output" = $'a: upgraded to version 2\nc: upgraded to version 2' ]
	[ "$stderr" = "b: cannot be upgraded: attr ram much: a number with at most one of b k m g t p e, at least 1M, is needed" ]
	grep -q '"much"' "$(xml b)"
	run --separate-stderr zonecfg downgrade -a -V 1
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "a: downgraded to version 1, as it was before" ]
}

@test "what the zone's brand does not have stays an attribute, and the version is set all the same" {
	local name
	zonecfg -z k "create -b; set brand=kvm; set zonepath=/zones/k; set ip-type=exclusive; $(attr ram 1G)
		$(attr console pipe,path=/dev/zconsole); $(attr com2 socket,/tmp/com2); $(attr bootrom BHYVE)"
	set_state k installed
	_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/kvm/boot" -t -z k >"$ROOT/before"
	prints "k: upgraded to version 2" -z k upgrade
	diff "$ROOT/before" <(_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/kvm/boot" -t -z k)
	for name in console com2 bootrom; do
		[[ $(zonecfg -z k info attr name=$name) == *"name: $name"* ]]
	done
	prints $'capped-memory:\n\tguest: 1G' -z k info capped-memory
	prints "" -z k info lpc
	grep -q '<zone .* config-version="2">' "$(xml k)"
	prints "k: is of version 2 already" upgrade -a
	prints "k: downgraded to version 1, as it was before" -z k downgrade -V 1
}

@test "kvm zones that were upgraded and changed go back: the hypervisor gets the same words" {
	local given='add device; set match=/dev/zvol/rdsk/p'
	declare -A zones=(
		[plain]="$(attr disk p/x); $given/x; end"
		[boot]="$(attr bootdisk p/x); $(attr bootorder dc); $(attr cdrom /a.iso); $given/x; end; add net; set physical=nat0; end"
		[three]="$(attr disk4 p/z,serial=Z); $(attr bootdisk p/x); $(attr disk1 p/y,cache=writeback)
			$given/x; end; $given/y; end; $given/z; end"
		[sata]="$(attr diskif ahci); $(attr bootdisk p/x); $(attr disk p/y); $given/x; end; $given/y; end"
		[read]="$(attr bootdisk p/x,readonly=on,cache=directsync); $(attr ram 2G); $given/x; end"
	)
	for name in "${!zones[@]}"; do
		zonecfg -z "$name" "create -t kvm; set zonepath=/zones/$name; ${zones[$name]}"
		set_state "$name" installed
		_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/kvm/boot" -t "$name" >"$ROOT/before"
		prints "$name: upgraded to version 2" -z "$name" upgrade
		[[ $(zonecfg -z "$name" info device) == *"emulation: "* ]]
		zonecfg -z "$name" 'set autoboot=true'
		diff "$ROOT/before" <(_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/kvm/boot" -t "$name")
		prints "$name: downgraded to version 1" -z "$name" downgrade -V 1
		diff "$ROOT/before" <(_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/kvm/boot" -t "$name")
		[[ $(zonecfg -z "$name" info autoboot) == *true ]]
		[[ $(zonecfg -z "$name" info device) != *"emulation: "* ]]
	done
}

@test "an attribute of which the file says more than its value stays with all of it" {
	zonecfg -z a "create -b; set brand=bhyve; set zonepath=/zones/a; set ip-type=exclusive; $(attr ram 2G); $(attr bootrom BHYVE)"
	sed -i 's|<attr name="ram"|<attr note="keep" name="ram"|' "$(xml a)"
	prints "a: upgraded to version 2" -z a upgrade
	grep -q '<attr name="ram" type="string" value="2G" note="keep"/>' "$(xml a)"
	prints $'lpc:\n\tbootrom: BHYVE' -z a info lpc
}

@test "a VLAN that both dialects say is one on the way down" {
	zonecfg -z a "create -b; set brand=bhyve; set zonepath=/zones/a; set ip-type=exclusive
		add net; set physical=br0; set virtual=n0; set vlan=5; set vlan-id=5; end"
	prints "a: downgraded to version 1" -z a downgrade -V 1
	grep -q '<network global-nic="br0" physical="n0" vlan-id="5"/>' "$(xml a)"
}

@test "a zone of a brand that runs no machine is passed over by -a and refused by name" {
	add_brand lx
	zonecfg -z l "create -b; set brand=lx; set zonepath=/zones/l; set ip-type=exclusive
		add capped-memory; set physical=512M; end; $(attr kernel-version 4.4)"
	omnios m
	cp "$(xml l)" "$ROOT/before.xml"
	prints $'l: brand lx runs no virtual machine; there is nothing to convert\nm: upgraded to version 2' upgrade -a
	cmp "$ROOT/before.xml" "$(xml l)"
	refuses "l: brand lx runs no virtual machine; there is nothing to convert" -z l upgrade
	refuses "l: brand lx runs no virtual machine; there is nothing to convert" -z l downgrade -V 1
	cmp "$ROOT/before.xml" "$(xml l)"
	[ ! -e "$(backup l 1)" ]
}

@test "-a -n shows each zone under its name" {
	omnios a
	omnios c
	run zonecfg upgrade -a -n
	[ "$status" -eq 0 ]
	[ "$(grep -c '^[ac]:$' <<<"$output")" -eq 2 ]
}

@test "-a without zones does nothing" {
	prints "" upgrade -a
}

@test "the command line: usage, exit 2" {
	local arguments
	omnios a
	for arguments in "upgrade" "downgrade" "downgrade -a" "-z a downgrade" "-z a upgrade -a" "-z a upgrade x" \
		"-z a upgrade -V" "-z a upgrade -q"; do
		run zonecfg $arguments
		[ "$status" -eq 2 ]
		[[ $output == usage:* ]]
	done
	run zonecfg -z a upgrade -V 3
	[ "$status" -eq 2 ]
	[ "$output" = "zonecfg: version 3: this zonecfg knows 1 to 2" ]
}

@test "what cannot be converted says why" {
	refuses "nobody: No such zone configured" -z nobody upgrade
	refuses "global: describes no virtual machine; there is nothing to convert" -z global upgrade
	omnios a
	sed -i 's/<zone /<zone config-version="7" /' "$(xml a)"
	refuses "a: config-version 7: this zonecfg knows 1 and 2" -z a upgrade
	sed -i 's/name="a"/name="b"/' "$(xml a)"
	refuses "a: a.xml describes the zone 'b'" -z a upgrade
	rm "$(xml a)"
	refuses "a: No such zone configured" -z a upgrade
}

@test "a configuration that does not verify is not converted" {
	omnios a
	sed -i 's/physical="bhyve0"/physical="bhyve0" mac-addr="2:8"/' "$(xml a)"
	cp "$(xml a)" "$ROOT/before.xml"
	run zonecfg -z a upgrade
	[ "$status" -eq 1 ]
	[[ $output == "a: "* ]]
	cmp "$ROOT/before.xml" "$(xml a)"
}

@test "a disk that is full: the old file stays" {
	omnios a
	cp "$(xml a)" "$ROOT/before.xml"
	mkdir "$ROOT/etc/zones/backup"
	mount -t tmpfs -o size=4k tmpfs "$ROOT/etc/zones/backup"
	dd if=/dev/zero of="$ROOT/etc/zones/backup/full" bs=4k 2>/dev/null || true
	run zonecfg -z a upgrade
	umount "$ROOT/etc/zones/backup"
	[ "$status" -eq 1 ]
	[ "$output" = "a: $ROOT/etc/zones/backup/a.v1.xml: No space left on device" ]
	cmp "$ROOT/before.xml" "$(xml a)"
}

# whole: the old configuration, or the new one with the old one kept.
whole() {
	cmp -s "$ROOT/old.xml" "$(xml a)" && return 0
	cmp "$ROOT/new.xml" "$(xml a)" && cmp "$ROOT/old.xml" "$(backup a 1)"
}

# everywhere FAULT: an upgrade with the fault at each call that writes, syncs or renames, in turn.
everywhere() {
	local name n total
	faults=0
	omnios a
	cp "$(xml a)" "$ROOT/old.xml"
	strace -o "$ROOT/trace" -e trace=openat,write,fsync,renameat,mkdir,mkdirat \
		"$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z a upgrade
	cp "$(xml a)" "$ROOT/new.xml"
	for name in write fsync renameat mkdir mkdirat; do
		total=$(grep -c "^$name(" "$ROOT/trace") || true
		for ((n = 1; n <= total; n++)); do
			cp "$ROOT/old.xml" "$(xml a)"
			rm -rf "$ROOT/etc/zones/backup"
			run strace -o "$ROOT/trace2" -e trace="$name" -e inject="$name:$1:when=$n" \
				"$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z a upgrade
			whole || { echo "$1 at $name $n: $output"; return 1; }
			# Who was told of a success can rely on it.
			[ "$status" -ne 0 ] || cmp "$ROOT/new.xml" "$(xml a)"
			faults=$((faults + 1))
		done
	done
	[ "$faults" -ge 6 ]
}

@test "killed at any call that changes something, a conversion leaves the old or the new configuration" {
	everywhere signal=KILL
}

@test "with an error at any such call, too; and no error is taken for a success" {
	everywhere error=EIO
}

@test "backups are for root only, and go with the zone" {
	omnios a
	zonecfg -z a upgrade
	[ "$(stat -c %a "$ROOT/etc/zones/backup" "$(backup a 1)" | xargs)" = "700 600" ]
	zonecfg -z a delete -F
	[ ! -e "$(backup a 1)" ]
}

@test "a zone that is renamed takes its backups along, and goes back to what it was" {
	omnios a
	cp "$(xml a)" "$ROOT/old.xml"
	zonecfg -z a upgrade
	zonecfg -z a "set zonename=b"
	[ ! -e "$(backup a 1)" ]
	[ "$(stat -c %a "$(backup b 1)")" = 600 ]
	prints "b: downgraded to version 1, as it was before" -z b downgrade -V 1
	diff <(sed 's/ name="a"/ name="b"/' "$ROOT/old.xml") "$(xml b)"
}

@test "with -a a remark is made on each zone, with its name" {
	for zone in a b; do
		zonecfg -z $zone "create -b; set brand=bhyve; set zonepath=/zones/$zone; set ip-type=exclusive; $(attr RAM 1G)"
	done
	for options in -n ''; do
		run zonecfg upgrade -a $options
		[ "$status" -eq 0 ]
		for zone in a b; do
			[ "$(grep -cx "$zone: NOTICE: attr RAM: means nothing to brand bhyve; did you mean ram?" <<<"$output")" -eq 1 ]
		done
	done
}

@test "a backup of another zone of that name is not put back" {
	omnios a
	zonecfg -z a upgrade
	cp "$(backup a 1)" "$ROOT/old.xml"
	zonecfg -z a delete -F
	zonecfg -z a "create -b; set brand=bhyve; set zonepath=/zones/a; add capped-memory; set guest=2G; end"
	cp "$ROOT/old.xml" "$(backup a 1)"
	prints "a: downgraded to version 1" -z a downgrade -V 1
	prints $'attr:\n\tname: ram\n\ttype: string\n\tvalue: 2G' -z a info attr
}

@test "two conversions at once do not lose the zone" {
	omnios a
	zonecfg -z a upgrade &
	first=$!
	zonecfg -z a upgrade
	wait $first
	prints "a: downgraded to version 1, as it was before" -z a downgrade -V 1
}

@test "help and completion know the words" {
	[[ $(zonecfg help upgrade) == $'usage:\nzonecfg -z <zone> upgrade [-n] [-V <version>]\n'* ]]
	[ "$(zonecfg help downgrade)" = "$(zonecfg help upgrade)" ]
	prints "upgrade" --complete up
	prints $'-n\n-V\n-a' --complete "upgrade -"
	prints $'1\n2' --complete "downgrade -V "
	omnios a
	prints $'-n\n-V' -z a --complete "upgrade -"
}

# ---- at the boot of the host ------------------------------------------------------------------------------

zone_convert() { "$ROOT/usr/lib/zones/zone-convert" -R "$ROOT" "$@"; }

@test "zone-convert converts nothing unless it was asked to" {
	omnios a
	for text in - '' '# version=2' 'version=none'; do
		[ "$text" = - ] || echo "$text" >"$ROOT/etc/zones/convert.conf"
		run zone_convert
		[ "$status" -eq 0 ]
		[ -z "$output" ]
	done
}

@test "zone-convert brings every zone to the version of convert.conf" {
	omnios a
	omnios b
	echo 'version = 2' >"$ROOT/etc/zones/convert.conf"
	run zone_convert -n
	[ "$status" -eq 0 ]
	run grep -c config-version "$(xml a)"
	[ "$output" = 0 ]
	run zone_convert
	[ "$status" -eq 0 ]
	[ "$output" = $'a: upgraded to version 2\nb: upgraded to version 2' ]
	echo version=1 >"$ROOT/etc/zones/convert.conf"
	run zone_convert
	[ "$output" = $'a: downgraded to version 1, as it was before\nb: downgraded to version 1, as it was before' ]
}

@test "zone-convert refuses what it does not understand" {
	local conf=$ROOT/etc/zones/convert.conf
	echo version=3 >"$conf"
	run zone_convert
	[ "$status" -eq 1 ]
	[ "$output" = "zone-convert: $conf: version 3: 1, 2 or none is needed" ]
	echo verison=2 >"$conf"
	run zone_convert
	[ "$status" -eq 1 ]
	[ "$output" = "zone-convert: $conf: there is no setting verison" ]
	run zone_convert now
	[ "$status" -eq 2 ]
	[ "$output" = "usage: zone-convert [-R root] [-n]" ]
}

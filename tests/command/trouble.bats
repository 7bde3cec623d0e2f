#!/usr/bin/env bats
# Bad input and trouble, with the brand that ships: each ends in a failure status and one clear line that names
# the thing, and nothing is changed.  What needs an engine is in tests/guest/trouble.bats.

load ../lib
load zoneadm

ESSENTIALS='set brand=bhyve; set zonepath=/zones/web1; set ip-type=exclusive'

setup() {
	new_root
	mkdir "$ROOT/disks"
	truncate -s 1M "$ROOT/disks/web1.img"
	zonecfg -z web1 "create -b; $ESSENTIALS; add attr; set name=bootdisk; set type=string;
		set value=/disks/web1.img; end; add device; set match=/disks/web1.img; end"
}

teardown() {
	umount "$ROOT/etc/zones" 2>/dev/null || true
	drop_root
}

# Everything of the zones that a command could change; locks come and go.
everything() {
	(cd "$ROOT" && find etc/zones zones disks -printf '%p %M %U %l\n' | sort &&
		find etc/zones zones disks -type f -printf '%p %T@\n' | sort &&
		find etc/zones disks -type f -readable -exec sha256sum {} + | sort)
}

# What zonecfg and zoneadm say after the line that matters, as illumos does.
EPILOGUES='Configuration not saved.|zoneadm: zone .* failed to verify|.*: Brand-specific error'

# refused LINE COMMAND...: fails with this line and no other, and changes nothing
refused() {
	local line=$1 before
	shift
	before=$(everything)
	run --separate-stderr "$@"
	[ "$status" -ne 0 ]
	[ -z "$output" ]
	# shellcheck disable=SC2154 # set by run
	diff <(echo "$line") <(grep -vxE "$EPILOGUES" <<<"$stderr")
	diff <(echo "$before") <(everything)
}

# The zone's file holds what is piped in; whatever reads it says the same.
refused_file() {
	cat >"$ROOT/etc/zones/web1.xml"
	refused "$ROOT/etc/zones/web1.xml:$1" zonecfg -z web1 info
	refused "$ROOT/etc/zones/web1.xml:$1" zonecfg -z web1 'set autoboot=true'
	refused "zoneadm: zone 'web1': $ROOT/etc/zones/web1.xml:$1" zoneadm -z web1 verify
	refused "zoneadm: zone 'web1': $ROOT/etc/zones/web1.xml:$1" zoneadm -z web1 install
}

# refused_when_used LINE: verify, install and, once it is installed, boot
refused_when_used() {
	refused "zoneadm: zone 'web1': $1" zoneadm -z web1 install
	sed -i 's/^web1:configured:/web1:installed:/' "$ROOT/etc/zones/index"
	store_zonepath web1
	refused "zoneadm: zone 'web1': $1" zoneadm -z web1 verify
	refused "zoneadm: zone 'web1': $1" zoneadm -z web1 boot
	[ ! -e "$ROOT/run/zones/web1.state" ]
}

bats_require_minimum_version 1.5.0

# ---- names ----

@test "unknown zone" {
	refused 'nosuch: No such zone configured' zonecfg -z nosuch info
	refused 'nosuch: No such zone configured' zonecfg -z nosuch delete -F
	for verb in verify install boot halt reboot shutdown ready 'uninstall -F' 'mark incomplete'; do
		# shellcheck disable=SC2086 # a verb and its arguments
		refused 'zoneadm: nosuch: No such zone configured' zoneadm -z nosuch $verb
	done
	refused "zlogin: zone 'nosuch' unknown" zlogin -C nosuch
	refused "zonevnc: zone 'nosuch': No such zone configured" "$ROOT/usr/sbin/zonevnc" -R "$ROOT" nosuch
}

@test "unknown brand" {
	refused "brand: there is no brand 'nosuch'" zonecfg -z web2 'create -b; set brand=nosuch'
	refused 'nosuch: No such zone configured' zonecfg -z web2 'create -t nosuch'
	sed -i 's/brand="bhyve"/brand="nosuch"/' "$ROOT/etc/zones/web1.xml"
	refused "zoneadm: zone 'web1': nosuch: no such brand" \
		zoneadm -z web1 verify
}

@test "unknown property" {
	refused 'nosuch: No such property type' zonecfg -z web1 'set nosuch=1'
	refused 'nosuch: No such property type' zonecfg -z web1 'add net; set nosuch=1; end'
}

@test "unknown resource" {
	refused 'nosuch: No such resource type' zonecfg -z web1 'add nosuch'
	refused 'nosuch: No such resource type' zonecfg -z web1 'remove nosuch'
}

# ---- malformed XML ----

@test "malformed XML: deep nesting" {
	refused_file '18: elements are nested too deeply' < <(
		echo '<?xml version="1.0"?>'
		for ((i = 0; i < 5000; i++)); do
			echo '<zone name="web1" zonepath="/zones/web1" brand="bhyve">'
		done
	)
}

@test "malformed XML: entity bomb" {
	refused_file '2: a document type definition inside the document is not allowed' <<-'END'
		<?xml version="1.0"?>
		<!DOCTYPE zone [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
		<zone name="web1" zonepath="/zones/web1" brand="bhyve"><attr name="x" type="string" value="&c;"/></zone>
	END
}

@test "malformed XML: wrong root" {
	refused_file '1: Wrong document type' <<<'<brand name="web1"/>'
}

@test "malformed XML: truncated" {
	head -c 250 "$ROOT/etc/zones/web1.xml" >"$BATS_TEST_TMPDIR/half"
	refused_file '6: unclosed token' <"$BATS_TEST_TMPDIR/half"
	refused_file ' Empty document' </dev/null
}

# ---- the zonepath ----

@test "zonepath that is relative" {
	refused 'zones/web1 is not an absolute path.' zonecfg -z web1 'set zonepath=zones/web1'
}

@test "zonepath that is /" {
	refused '/ is not allowed as a zonepath.' zonecfg -z web1 'set zonepath=/'
}

@test "zonepath that is a symlink" {
	mkdir -m 0700 "$ROOT/elsewhere"
	ln -s ../elsewhere "$ROOT/zones/web1"
	refused "zoneadm: zone 'web1': Resolved path mismatch: /zones/web1 is a symbolic link" \
		zoneadm -z web1 install
	[ -z "$(ls "$ROOT/elsewhere")" ]
}

@test "zonepath that is group-writable" {
	mkdir "$ROOT/zones/web1"
	chmod 0770 "$ROOT/zones/web1"
	refused "zoneadm: zone 'web1': /zones/web1 must not be writable by group or others." \
		zoneadm -z web1 install
}

@test "zonepath that is shared with another zone" {
	refused 'web2: zonepath /zones/web1/root/in and that of zone web1 (/zones/web1) overlap' \
		zonecfg -z web2 'create -b; set brand=bhyve; set zonepath=/zones/web1/root/in'
	refused 'web2: zonepath /zones and that of zone web1 (/zones/web1) overlap' \
		zonecfg -z web2 'create -b; set brand=bhyve; set zonepath=/zones'
	refused 'web2: zonepath /zones/web1 is that of zone web1 already' \
		zonecfg -z web2 "create -b; $ESSENTIALS"
	sed 's/"web1"/"web2"/; s|/disks/web1.img|/disks/web2.img|' "$ROOT/etc/zones/web1.xml" >"$ROOT/etc/zones/web2.xml"
	cp "$ROOT/disks/web1.img" "$ROOT/disks/web2.img"
	echo 'web2:configured:/zones/web1:' >>"$ROOT/etc/zones/index"
	refused "zoneadm: zone 'web2': web2 zonepath (/zones/web1) and web1 zonepath (/zones/web1) overlap." \
		zoneadm -z web2 install
}

# ---- memory ----

add_ram() {
	zonecfg -z web1 "add attr; set name=ram; set type=string; set value=$1; end"
}

@test "ram of 0" {
	refused 'attr ram 0: a number with at most one of b k m g t p e, at least 1M, is needed' add_ram 0
	refused 'capped-memory guest 0: a size of at least 1M in whole pages of 4K is needed' \
		zonecfg -z web1 'add capped-memory; set guest=0; end'
}

@test "ram of -1" {
	refused 'attr ram -1: a number with at most one of b k m g t p e, at least 1M, is needed' add_ram -1
}

@test "ram of 10T on this host" {
	add_ram 10T
	has=$(awk '/^(MemTotal|SwapTotal)/ { kb += $2 } END { print int(kb / 1048576) }' /proc/meminfo)
	[ "$has" -lt 9000 ] || skip 'this host has 10T'
	run --separate-stderr zoneadm -z web1 verify
	# shellcheck disable=SC2154 # set by run
	memory=$(grep -o 'this host has .* of memory and swap' <<<"$stderr")
	[[ $memory == *"has $has"* || $memory == *"has $((has + 1))"* ]]
	refused_when_used "ram 10T: $memory"
}

# ---- disks ----

@test "missing disk" {
	rm "$ROOT/disks/web1.img"
	refused_when_used 'attr bootdisk: /disks/web1.img: no such file or device'
}

@test "a disk that no device resource gives to the zone" {
	zonecfg -z web1 'remove device'
	missing="attr bootdisk: /disks/web1.img: no such file in the zone, and no device or fs resource gives it one of\
 the host (zonecfg: add device; set match=/disks/web1.img; end)"
	# Before install the zone has no files yet; it is told what is missing all the same.
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	says "NOTICE: not there before install: $missing"
	sed -i 's/^web1:configured:/web1:installed:/' "$ROOT/etc/zones/index"
	store_zonepath web1
	refused "zoneadm: zone 'web1': $missing" zoneadm -z web1 verify
	refused "zoneadm: zone 'web1': $missing" zoneadm -z web1 boot
}

@test "a volume that no device resource gives to the zone" {
	zonecfg -z web1 'remove device; select attr name=bootdisk; set value=rpool/web1; end'
	refused_when_used "attr bootdisk: /dev/zvol/rdsk/rpool/web1: not given to the zone by a device resource\
 (zonecfg: add device; set match=/dev/zvol/rdsk/rpool/web1; end)"
}

@test "unreadable disk" {
	# What even root may not read: a stand-in for a disk on a network file system.
	without_override() {
		setpriv --bounding-set -dac_override,-dac_read_search --inh-caps -dac_override,-dac_read_search \
			"$ROOT/usr/sbin/zoneadm" -R "$ROOT" "$@"
	}
	chmod 0 "$ROOT/disks/web1.img"
	refused "zoneadm: zone 'web1': attr bootdisk: /disks/web1.img: Permission denied" \
		without_override -z web1 install
}

@test "directory as disk" {
	rm "$ROOT/disks/web1.img"
	mkdir "$ROOT/disks/web1.img"
	refused_when_used 'attr bootdisk: /disks/web1.img: is a directory'
}

# ---- at the wrong time ----

@test "install twice" {
	zoneadm -z web1 install
	refused "zoneadm: zone 'web1': is already installed." zoneadm -z web1 install
}

@test "two zoneadm at once" {
	zoneadm -z web1 install >"$BATS_TEST_TMPDIR/a" 2>&1 3>&- &
	first=$!
	zoneadm -z web1 install >"$BATS_TEST_TMPDIR/b" 2>&1 3>&- &
	second=$! failed=0
	wait $first || failed=$((failed + 1))
	wait $second || failed=$((failed + 1))
	[ $failed = 1 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/{a,b})" = "zoneadm: zone 'web1': is already installed." ]
	[ "$(state_of web1)" = installed ]
}

@test "disk full while saving" {
	mount -t tmpfs -o size=128k,mode=0755 full "$ROOT/etc/zones"
	cp -a "$STAGE"/etc/zones/. "$ROOT/etc/zones/"
	zonecfg -z web1 "create -b; $ESSENTIALS"
	dd if=/dev/zero of="$ROOT/etc/zones/fill" bs=1k 2>/dev/null || true
	refused "web1: $ROOT/etc/zones/web1.xml: Problem saving file: No space left on device" \
		zonecfg -z web1 'set autoboot=true'
	refused "web2: $ROOT/etc/zones/web2.xml: Problem saving file: No space left on device" \
		zonecfg -z web2 'create -b; set brand=bhyve; set zonepath=/zones/web2; set ip-type=exclusive'
	refused "zoneadm: zone 'web1': $ROOT/etc/zones/index: Problem updating index file: No space left on device" \
		zoneadm -z web1 mark -F incomplete
}

#!/usr/bin/env bats
# Media that are attached for one boot: zoneadm boot -i and -c.  The guests are GRUBs that say on the serial line
# where they came from, and what a file of the configuration disk says.

load ../lib
load guest

setup_file() {
	export MEDIA=$BATS_FILE_TMPDIR
	say_image THE-DISK "$MEDIA/disk.img"
	say_image THE-MEDIA "$MEDIA/media.iso"
	mkdir "$MEDIA/config"
	echo CONFIGURED >"$MEDIA/config/says"
	genisoimage -quiet -r -V config -o "$MEDIA/config.img" "$MEDIA/config"
	truncate -s 2M "$MEDIA/config.img" # firmware counts cylinders
}

# say_image TEXT FILE: bootable as CD-ROM and as disk, by BIOS and by UEFI
say_image() {
	local tree=$MEDIA/tree
	mkdir -p "$tree/boot/grub"
	cat >"$tree/boot/grub/grub.cfg" <<-END
	serial --unit=0
	terminal_input serial
	terminal_output serial
	echo $1 is here
	search --label config --set=config
	cat (\$config)/says
	echo end of $1
	read key
	halt
	END
	grub-mkrescue -o "$2" "$tree" -- -volid "$1" >"$MEDIA/log" 2>&1 || { cat "$MEDIA/log" >&2 && return 1; }
	rm -r "$tree"
}

setup() {
	new_root
	mkdir "$ROOT/disks"
	cp "$MEDIA/disk.img" "$ROOT/disks/web1.img"
}

teardown() {
	drop_guests
}

# from TEXT OPTION...: halted if need be, booted, and the guest said where it came from
from() {
	local text=$1
	shift
	zoneadm -z web1 halt
	# One session at a time; and the zoneadmd that has seen its end is gone, with what it kept of the console.
	[ -z "$console_pid" ] || { kill -KILL "$console_pid" && wait "$console_pid"; } 2>/dev/null || true
	soon_nothing_left web1
	zoneadm -z web1 boot "$@"
	console_open web1
	wait_for 90 shows web1 "end of $text" && return 0
	cat -A "$ROOT/web1.out" >&2
	return 1
}

refused() {
	local status_wanted=$1 text=$2
	shift 2
	run zoneadm -z web1 boot "$@"
	[ "$status" -eq "$status_wanted" ]
	says "$text"
	is web1 installed
	soon_nothing_left web1
}

@test "BIOS: -i is booted from before the disk, this time only; -c is there for the guest" {
	cp "$MEDIA/disk.img" "$ROOT/disks/other.iso"
	guest_zone web1 cdrom /disks/other.iso
	from THE-MEDIA -i "$MEDIA/media.iso" -c "$MEDIA/config.img"
	shows web1 CONFIGURED
	from THE-DISK
	never shows web1 CONFIGURED
	never shows web1 THE-MEDIA
	# A name is one in the directory of the caller.
	cd "$MEDIA"
	from THE-DISK -c config.img
	shows web1 CONFIGURED
	run zoneadm -z web1 boot -i "$MEDIA/media.iso"
	[ "$status" -eq 1 ]
	says "zone is already booted; media can be attached at boot only"
}

@test "media are attached read-only, and the hypervisor of the next boot holds no descriptor of them" {
	guest_zone web1
	from THE-MEDIA -i "$MEDIA/media.iso" -c "$MEDIA/config.img"
	for file in media.iso config.img; do
		fd=$(find "/proc/$(engine_pid web1)/fd" -lname "$MEDIA/$file" -printf '%f\n' | head -n 1)
		grep -Eq '^flags:.*[04]$' "/proc/$(engine_pid web1)/fdinfo/$fd"
		[ -z "$(find "/proc/$(daemon_pid web1)/fd" -lname "$MEDIA/$file")" ]
	done
	zoneadm -z web1 reboot
	[ -z "$(find "/proc/$(engine_pid web1)/fd" -lname "$MEDIA/*")" ]
}

@test "a zone without a disk runs from -i alone, in the kvm brand too" {
	for brand in bhyve kvm; do
		zonecfg -z $brand "create -b; set brand=$brand; set zonepath=/zones/$brand; set ip-type=exclusive"
		zoneadm -z $brand install
		zoneadm -z $brand boot -i "$MEDIA/media.iso"
		console_open $brand
		wait_for 60 shows $brand "end of THE-MEDIA"
	done
}

@test "UEFI: -i is booted from before the disk, this time only, and leaves the variables as they were" {
	guest_zone web1 bootrom BHYVE
	zonecfg -z web1 "select attr name=ram; set value=256M; end"
	from THE-MEDIA -i "$MEDIA/media.iso" -c "$MEDIA/config.img"
	shows web1 CONFIGURED
	from THE-DISK
	never shows web1 THE-MEDIA
	zoneadm -z web1 halt
	vars() { _ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/bhyve/uefivars" -j web1; }
	before=$(vars | jq -c '[.bootorder, .bootnext]')
	zonecfg -z web1 "add attr; set name=bootnext; set type=string; set value=shell; end"
	from THE-MEDIA -i "$MEDIA/media.iso"
	zonecfg -z web1 info attr | grep -q bootnext
	zonecfg -z web1 "remove attr name=bootnext"
	from THE-DISK
	zoneadm -z web1 halt
	diff <(echo "$before") <(vars | jq -c '[.bootorder, .bootnext]')
	[[ $(vars) != *"media of one boot"* ]]
}

@test "media that cannot be attached: one line that names the file, and the zone stays installed" {
	guest_zone web1
	: >"$ROOT/empty"
	refused 1 "zone 'web1': $ROOT/nothing: No such file or directory" -i "$ROOT/nothing"
	refused 1 "zone 'web1': $ROOT/disks: is a directory" -i "$ROOT/disks"
	refused 1 "zone 'web1': /dev/null: is neither a regular file nor a block device" -c /dev/null
	refused 1 "zone 'web1': $ROOT/empty: is empty" -c "$ROOT/empty"
	refused 1 "zone 'web1': $ROOT/nothing: No such file or directory" -i "$MEDIA/media.iso" -c "$ROOT/nothing"
	refused 2 "boot: -i may be given once" -i "$MEDIA/media.iso" -i "$MEDIA/media.iso"
	refused 2 "boot: -c needs the name of a file" -c ""
	refused 2 "usage:" -i
}

#!/usr/bin/env bats
# Directories of the host in a real Linux guest, by 9p, and an ISO image from beside them.  One guest for all of it:
# what it says is kept, and the tests read it and look at the host's side.

load ../lib
load guest

setup_file() {
	local all
	new_root
	export BOOTSECT NAMESPACES
	mkdir -p "$ROOT/disks" "$ROOT/srv/www/deep" "$ROOT/srv/ro" "$ROOT/zones"
	echo host-says-hello >"$ROOT/srv/www/hello"
	echo only-to-read | tee "$ROOT/srv/ro/file" >"$ROOT/srv/www/foreign"
	chown -R 4242:4343 "$ROOT/srv/www"
	chown 5555:5555 "$ROOT/srv/www/foreign"
	chmod 666 "$ROOT/srv/www/foreign"
	printf '%-4096s' iso-beside-the-share >"$ROOT/srv/a.iso"
	"$BATS_TEST_DIRNAME/../../scripts/mkguest" --devices "$ROOT/disks/share1.img"
	all='add fs; set dir=/data; set special=/srv; set type=lofs; end; select attr name=ram; set value=256M; end'
	for attr in 'virtfs0 "www,/data/www"' 'virtfs1 "ro,/data/ro,ro"' 'cdrom0 /data/a.iso'; do
		all+="; add attr; set name=${attr% *}; set type=string; set value=${attr#* }; end"
	done
	guest_zone share1 >&2
	zonecfg -z share1 "$all"
	zoneadm -z share1 verify
	use_shares
	NAMESPACES=$(namespaces_of "$(engine_pid share1)")
	cp "/proc/$(engine_pid share1)/mountinfo" "$ROOT/mountinfo"
	zoneadm -z share1 halt
	kill "$console_pid"
}

teardown_file() {
	drop_guests
}

use_shares() {
	console_open share1
	zoneadm -z share1 boot
	wait_for 150 shows share1 'tiny login:'
	type_keys 'root\n'
	wait_for 60 shows share1 'Password:'
	type_keys 'apiary\n'
	wait_for 60 shows share1 '~ #'
	# The quotes keep a result from being seen in the echo of the command.
	type_keys 'modprobe -a 9pnet_virtio sr_mod; mkdir /w /r; o=trans=virtio,version=9p2000.L\n'
	type_keys 'mount -t 9p -o $o www /w && mount -t 9p -o $o ro /r && echo moun""ted\n'
	type_keys 'cat /w/hello /r/file; dd if=/dev/sr0 bs=20 count=1\n'
	type_keys 'dd if=/dev/zero bs=64k count=128 | tr "\\0" x >/w/deep/grown; mv /w/deep/grown /w/; ln -s hello /w/link\n'
	type_keys 'echo more >>/w/hello; chmod 640 /w/grown; touch /w/gone; rm /w/gone; mkdir /w/made\n'
	type_keys 'f() { "$@" 2>/dev/null && echo "did-""$*" || echo "not-""$*"; }\n'
	type_keys 'f chmod 4755 /w/grown; f mkfifo /w/fifo; f mknod /w/node c 1 3; f tee -a /w/foreign </dev/null\n'
	type_keys 'f tee /r/file </dev/null; f touch /r/new; f rm /r/file; f chown 0:0 /w/grown\n'
	type_keys 'f dd if=/w/hello of=/w/sparse bs=1 seek=90000000000000\n'
	type_keys 'cat /w/link; echo fin""ished\n'
	wait_for 60 shows share1 finished
}

@test "the guest mounts what is shared by name, and reads what the host wrote" {
	output=$(tr -d '\r' <"$ROOT/share1.out")
	says mounted
	says host-says-hello
	says only-to-read
}

@test "what the guest writes is in the host at once, grown by megabytes, and belongs to the directory's owner" {
	[ "$(stat -c '%u:%g %a %s' "$ROOT/srv/www/grown")" = "4242:4343 640 $((8 << 20))" ]
	[ "$(tr -d x <"$ROOT/srv/www/grown" | wc -c)" = 0 ]
	[ "$(stat -c %u:%g "$ROOT/srv/www/made")" = 4242:4343 ]
	[ "$(readlink "$ROOT/srv/www/link")" = hello ]
	[ "$(cat "$ROOT/srv/www/hello")" = $'host-says-hello\nmore' ]
	[ ! -e "$ROOT/srv/www/gone" ]
}

@test "no file becomes setuid, a device or a fifo, and those of others are not changed" {
	output=$(tr -d '\r' <"$ROOT/share1.out")
	says 'not-chmod 4755 /w/grown'
	says 'not-mkfifo /w/fifo'
	says 'not-mknod /w/node c 1 3'
	says 'not-chown 0:0 /w/grown'
	says 'not-tee -a /w/foreign'
	[ -z "$(find "$ROOT/srv" -perm /6000 -o -type p -o -type c -o -type b)" ]
	[ "$(cat "$ROOT/srv/www/foreign")" = only-to-read ]
}

@test "a share that is to be read only cannot be written" {
	output=$(tr -d '\r' <"$ROOT/share1.out")
	says 'not-tee /r/file'
	says 'not-touch /r/new'
	says 'not-rm /r/file'
	[ "$(ls "$ROOT/srv/ro")" = file ]
	[ "$(cat "$ROOT/srv/ro/file")" = only-to-read ]
}

@test "a file that would be larger than its file system is an error in the guest, which lives on" {
	output=$(tr -d '\r' <"$ROOT/share1.out")
	says 'not-dd if=/w/hello of=/w/sparse'
	says finished
}

@test "an ISO image that a lofs fs resource shows is in the guest's drive" {
	output=$(tr -d '\r' <"$ROOT/share1.out")
	says iso-beside-the-share
}

@test "no mount of it is to be seen, in the jail or in the host, and nothing is left after a halt" {
	grep -q ' /proc ' "$ROOT/mountinfo"
	never grep -F /srv "$ROOT/mountinfo"
	never grep -F "$ROOT" /proc/self/mountinfo
	# shellcheck disable=SC2086 # a list
	soon_nothing_left share1 $NAMESPACES
}

@test "a reboot does not give the guest what a link that has changed since the boot leads to" {
	mkdir -p "$ROOT/srv/ok"
	# The host's own link, which leads as it would without an alternate root.
	ln -s "$ROOT/srv/ok" "$ROOT/shared"
	guest_zone link1
	zonecfg -z link1 'add fs; set dir=/data; set special=/shared; set type=lofs; end
		add attr; set name=virtfs0; set type=string; set value="a,/data"; end'
	zoneadm -z link1 boot
	ln -sfn "$ROOT/zones" "$ROOT/shared"
	run zoneadm -z link1 reboot
	[ "$status" -ne 0 ]
	says 'the guest can write to /zones, but the zonepath /zones/link1 is below it'
	wait_for 10 is link1 installed
}

@test "a reboot does not follow a file of the host that leads into the directory since the boot" {
	mkdir -p "$ROOT/srv/own"
	echo '#cloud-config' >"$ROOT/user-data"
	guest_zone file1
	zonecfg -z file1 'add fs; set dir=/data; set special=/srv/own; set type=lofs; end
		add attr; set name=virtfs0; set type=string; set value="a,/data"; end
		add attr; set name=cloud-init; set type=string; set value=/user-data; end'
	zoneadm -z file1 boot
	ln -sfn srv/own/user-data "$ROOT/user-data"
	run zoneadm -z file1 reboot
	[ "$status" -ne 0 ]
	says 'the guest can write to /srv/own, but the attr cloud-init /user-data is below it'
	wait_for 10 is file1 installed
}

@test "a zone that shares nothing has no /proc" {
	guest_zone plain1
	zoneadm -z plain1 boot
	never grep ' /proc ' "/proc/$(engine_pid plain1)/mountinfo"
	zoneadm -z plain1 halt
}

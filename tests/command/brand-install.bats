#!/usr/bin/env bats
# The install and uninstall hooks of the bhyve brand: the zone's root, its volumes, disk images.

load ../lib
load boot

setup() {
	new_root
	mkdir -m 0700 "$ROOT/zones/web1"
	POOL=$ROOT/var/lib/zones/pools/tank
}

teardown() {
	if [ -n "${MOUNTED:-}" ]; then
		umount "$MOUNTED"
	fi
	drop_root
}

# sized PATH SIZE [MORE PROPERTIES OF DEVICE]
sized() {
	echo "<device match=\"$1\" ${3:-}><net-attr name=\"size\" value=\"$2\"/></device>"
}

install_hook() { hook createzone -z web1 -R /zones/web1 "$@"; }
uninstall_hook() { hook uninstall -z web1 -R /zones/web1 "$@"; }
size_of() { stat -c %s "$1"; }

# A disk image of 1 MiB that no compressor makes small.
make_image() {
	head -c 1048576 /dev/urandom >"$ROOT/image"
}

@test "install makes the root directory and nothing that is not needed" {
	store_zone web1
	run install_hook
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	root=$ROOT/zones/web1/root
	[ "$(ls -A "$root" | tr '\n' ' ')" = 'bin dev etc lib sbin tmp usr var ' ]
	[ "$(stat -c %a "$root/tmp" "$root/var/tmp" | tr '\n' ' ')" = '1777 1777 ' ]
	[ "$(readlink "$root/bin")" = usr/bin ]
	[ "$(cat "$root/etc/uuid")" = "$UUID" ]
	[ "$(cat "$root/etc/passwd")" = root:x:0:0:Super-User:/:/sbin/sh ]
	[ -d "$ROOT/zones/web1/log" ]
	[ -z "$(find "$root" ! -user 0)" ]
}

@test "a missing volume that says its size is made; a bare number means MiB" {
	store_zone web1 "$(sized /dev/zvol/rdsk/tank/a 3)$(sized tank/b 8M)"
	run install_hook
	[ "$status" -eq 0 ]
	[ "$(size_of "$POOL/a.raw")" = $((3 << 20)) ]
	[ "$(size_of "$POOL/b.raw")" = $((8 << 20)) ]
}

@test "a disk resource that says its size is made as well" {
	store_zone web1 '<disk path="tank/c"><net-attr name="size" value="2"/></disk>'
	run install_hook
	[ "$status" -eq 0 ]
	[ "$(size_of "$POOL/c.raw")" = $((2 << 20)) ]
}

@test "a volume that is there stays as it is, through uninstall as well" {
	mkdir -p "$POOL"
	echo precious >"$POOL/a.raw"
	store_zone web1 "$(sized tank/a 3)$(sized tank/b 3)"
	install_hook
	[ "$(cat "$POOL/a.raw")" = precious ]
	run uninstall_hook -F
	[ "$status" -eq 0 ]
	[ "$(cat "$POOL/a.raw")" = precious ]
	[ ! -e "$POOL/b.raw" ]
	[ ! -e "$ROOT/zones/web1" ]
}

@test "a bad size is refused before anything is kept" {
	for size in 0 -1 lots 99999999999999999999; do
		rm -f "$ROOT/etc/zones/index"
		store_zone web1 "$(sized tank/a 3)$(sized tank/b "$size")"
		run install_hook
		[ "$status" -eq 254 ]
		[ "$output" = "tank/b: size $size: a number of MiB, or with K, M, G or T, is needed" ]
		[ ! -e "$POOL/a.raw" ]
		[ -z "$(ls -A "$ROOT/zones/web1")" ]
	done
}

@test "a description that cannot boot is refused" {
	store_zone web1 "$(attr ram 0)"
	run install_hook
	[ "$status" -eq 254 ]
	[[ $output == "attr ram 0: "* ]]
	[ -z "$(ls -A "$ROOT/zones/web1")" ]
}

@test "-i writes a raw image to the boot disk, which gets the image's size" {
	store_zone web1 "$(attr bootdisk tank/root)"
	make_image
	run install_hook -i "raw,$ROOT/image"
	[ "$status" -eq 0 ]
	cmp "$ROOT/image" "$POOL/root.raw"
}

@test "-i fills a boot disk that says its size" {
	store_zone web1 "$(sized tank/root 4 'emulation="virtio-blk" boot="true"')"
	make_image
	run install_hook -i "raw,$ROOT/image"
	[ "$status" -eq 0 ]
	[ "$(size_of "$POOL/root.raw")" = $((4 << 20)) ]
	cmp -n 1048576 "$ROOT/image" "$POOL/root.raw"
}

@test "-i writes to a boot disk on a SCSI bus as to any other" {
	make_image
	store_zone web1 "$(sized /dev/zvol/rdsk/tank/a 3 'emulation="virtio-scsi" boot="true"')"
	run install_hook -i "raw,$ROOT/image"
	[ "$status" -eq 0 ]
	cmp -n 1048576 "$ROOT/image" "$POOL/a.raw"
}

@test "an image that is not raw is refused, and what to do about it said" {
	store_zone web1 "$(attr bootdisk tank/root)"
	printf 'QFI\373\0\0\0\3' >"$ROOT/image.qcow2"
	run install_hook -i "raw,$ROOT/image.qcow2"
	[ "$status" -ne 0 ]
	[ "$output" = "$ROOT/image.qcow2: is a qcow2 image; a raw one is needed (qemu-img convert -O raw)" ]
	[ ! -e "$POOL/root.raw" ]
}

@test "-i takes images compressed with gzip, bzip2, xz and zstd" {
	store_zone web1 "$(attr bootdisk tank/root)"
	make_image
	for tool in gzip bzip2 xz zstd; do
		command -v $tool >/dev/null || skip "$tool is not installed"
		$tool -c "$ROOT/image" >"$ROOT/image.$tool"
		run install_hook -i "raw,$ROOT/image.$tool"
		[ "$status" -eq 0 ]
		cmp "$ROOT/image" "$POOL/root.raw"
		uninstall_hook
		[ ! -e "$POOL/root.raw" ]
	done
}

@test "-i over a disk that has something on it writes the zeros too" {
	store_zone web1 "$(attr bootdisk tank/root)"
	mkdir -p "$POOL"
	head -c 1048576 /dev/urandom >"$POOL/root.raw"
	head -c 1048576 /dev/zero >"$ROOT/image"
	run install_hook -i "raw,$ROOT/image"
	[ "$status" -eq 0 ]
	cmp "$ROOT/image" "$POOL/root.raw"
}

@test "an image that is larger than the disk is refused and undone" {
	store_zone web1 "$(sized tank/extra 1)$(attr bootdisk /small)"
	head -c 524288 /dev/zero >"$ROOT/small"
	make_image
	run install_hook -i "raw,$ROOT/image"
	[ "$status" -eq 254 ]
	[[ $output == *"is larger than the boot disk"* ]]
	[ "$(size_of "$ROOT/small")" = 524288 ]
	[ ! -e "$POOL/extra.raw" ]
	[ -z "$(ls -A "$ROOT/zones/web1")" ]
}

# A small file that becomes 400 GiB of zeros: to read it through takes minutes.
make_bomb() {
	head -c $((64 << 20)) /dev/zero | zstd -q >"$ROOT/one.zst"
	for ((i = 0; i < 64; i++)); do cat "$ROOT/one.zst"; done >"$ROOT/many.zst"
	for ((i = 0; i < 100; i++)); do cat "$ROOT/many.zst"; done >"$ROOT/bomb.zst"
}

@test "a compressed image is read no further than its disk goes" {
	store_zone web1 "$(attr bootdisk /small)"
	head -c 524288 /dev/zero >"$ROOT/small"
	make_bomb
	run timeout -k 1 "$(patience 20)" env _ZONES_ROOT="$ROOT" "$ROOT/usr/lib/brand/bhyve/createzone" -z web1 -R /zones/web1 \
		-i "raw,$ROOT/bomb.zst"
	[ "$status" -eq 254 ]
	[ "$output" = "$ROOT/bomb.zst: the image is larger than its disk can be (524288 bytes)" ]
	[ -z "$(ls -A "$ROOT/zones/web1")" ]
}

@test "a signal ends install while it learns the size of a compressed image, and all is undone" {
	store_zone web1 "$(sized tank/extra 1)$(attr bootdisk tank/root)"
	make_bomb
	for signal in INT TERM; do
		_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/bhyve/createzone" -z web1 -R /zones/web1 -i "raw,$ROOT/bomb.zst" \
			2>"$ROOT/said" 3>&- &
		pid=$!
		wait_for 10 reads "$pid" "$ROOT/bomb.zst"
		kill -$signal "$pid"
		ended=yes
		wait_for 3 gone "$pid" || { ended=no && kill -KILL "$pid"; }
		status=0
		wait "$pid" || status=$?
		[ $ended = yes ]
		[ "$status" -eq 254 ]
		[ "$(cat "$ROOT/said")" = interrupted ]
		[ ! -e "$POOL/extra.raw" ]
		[ -z "$(ls -A "$ROOT/zones/web1")" ]
	done
}

# reads PID FILE: the process has it open
reads() { [ -n "$(find "/proc/$1/fd" -lname "$2")" ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }

@test "an image that is absent, damaged, empty or no disk is refused" {
	store_zone web1 "$(attr bootdisk tank/root)"
	make_image
	gzip -c "$ROOT/image" | head -c 500000 >"$ROOT/cut.gz"
	: >"$ROOT/empty"
	head -c 1000 /dev/urandom >"$ROOT/odd"
	for image in none cut.gz empty odd; do
		run install_hook -i "raw,$ROOT/$image"
		[ "$status" -eq 254 ]
		[[ $output == *"$ROOT/$image: "* ]]
		[ ! -e "$POOL/root.raw" ]
		[ -z "$(ls -A "$ROOT/zones/web1")" ]
	done
}

@test "an image without a boot disk to write it to is refused" {
	store_zone web1
	make_image
	run install_hook -i "raw,$ROOT/image"
	[ "$status" -eq 254 ]
	[ "$output" = "no boot disk: there is nothing to write the image to" ]
}

@test "a ZFS stream is refused with the reason" {
	store_zone web1 "$(attr bootdisk tank/root)"
	run install_hook -i zfs,/tmp/stream
	[ "$status" -eq 254 ]
	[ "$output" = "zfs,/tmp/stream: a ZFS stream can only be received by ZFS; a raw image is needed" ]
}

@test "unknown options and formats are a usage error" {
	store_zone web1
	for words in "-q" "word" "-i qcow2,/x" "-i raw" "-i raw,"; do
		run install_hook $words
		[ "$status" -eq 253 ]
		[[ $output == *"usage: install [-i raw,file]"* ]]
		[ -z "$(ls -A "$ROOT/zones/web1")" ]
	done
}

@test "uninstall takes a root directory with hostile links away without following them" {
	store_zone web1
	install_hook
	echo precious >"$ROOT/precious"
	mkdir "$ROOT/outside" && echo precious >"$ROOT/outside/file"
	ln -s "$ROOT/precious" "$ROOT/zones/web1/root/tmp/a"
	ln -s "$ROOT/outside" "$ROOT/zones/web1/root/tmp/b"
	mkfifo "$ROOT/zones/web1/root/tmp/c"
	run uninstall_hook
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/zones/web1" ]
	[ "$(cat "$ROOT/precious" "$ROOT/outside/file")" = $'precious\nprecious' ]
}

@test "uninstall takes directories of any depth away" {
	store_zone web1
	install_hook
	deep=$(printf 'd/%.0s' {1..1500})
	mkdir -p "$ROOT/zones/web1/root/tmp/$deep" "$ROOT/zones/web1/root/tmp/x/$deep" "$ROOT/zones/web1/root/tmp/d/d/x/$deep"
	touch "$ROOT/zones/web1/root/tmp/${deep}file"
	run uninstall_hook
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/zones/web1" ]
}

@test "uninstall stops before anything is gone when something is mounted in the zone" {
	store_zone web1 "$(sized tank/a 3)"
	install_hook
	mount -t tmpfs none "$ROOT/zones/web1/root/var/tmp"
	MOUNTED=$ROOT/zones/web1/root/var/tmp
	run uninstall_hook
	[ "$status" -eq 255 ]
	[[ $output == *"$MOUNTED: a file system is mounted there" ]]
	[ -e "$ROOT/zones/web1/root/etc/uuid" ]
	[ -e "$POOL/a.raw" ]
}

@test "uninstall keeps files that others put into the zonepath, and says so" {
	store_zone web1
	install_hook
	echo mine >"$ROOT/zones/web1/disk.raw"
	run uninstall_hook
	[ "$status" -eq 0 ]
	[ "$output" = "$ROOT/zones/web1: kept, because other files are in it" ]
	[ "$(ls -A "$ROOT/zones/web1")" = disk.raw ]
}

@test "uninstall works again on what is left, and on nothing" {
	store_zone web1
	run uninstall_hook
	[ "$status" -eq 0 ]
	run uninstall_hook
	[ "$status" -eq 0 ]
}

@test "uninstall without a zonepath or with an unknown option is a usage error" {
	run hook uninstall -z web1
	[ "$status" -eq 253 ]
	run uninstall_hook -q
	[ "$status" -eq 253 ]
}

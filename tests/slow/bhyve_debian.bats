#!/usr/bin/env bats
# A whole Debian under bhyve(8) on a plain host, to a shell prompt, by the names of bhyve's BIOS and of its UEFI
# firmware; the same disk for both.

load ../lib
load ../guest/linux

setup() {
	new_root
	"$BATS_TEST_DIRNAME/../../scripts/mkguest" --debian "$ROOT/disk.img"
	pid=
}

teardown() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
	rm -f "/run/bhyve/apiary-debian-$$.qmp"
	drop_root
}

# shell_prompt BOOTROM
shell_prompt() {
	local status=0 fd
	mkfifo "$ROOT/in"
	"$ROOT/usr/sbin/bhyve" -c 2 -m 512M -s 0,hostbridge -s 31,lpc -l com1,stdio -s 4,virtio-blk,"$ROOT/disk.img" \
		-l bootrom,"$1" "apiary-debian-$$" <"$ROOT/in" >"$ROOT/out" 2>&1 3>&- &
	pid=$!
	exec {fd}>"$ROOT/in"
	soon_said 900 "$ROOT/out" 'debian login:'
	echo root >&"$fd"
	soon_said 120 "$ROOT/out" 'Password:'
	echo apiary >&"$fd"
	soon_said 120 "$ROOT/out" 'root@debian:~#'
	# The quotes keep the answer from being seen in the echo of the question.
	echo 'echo "$(nproc) CPUs, ""efi: $(ls -d /sys/firmware/efi 2>/dev/null)."' >&"$fd"
	soon_said 60 "$ROOT/out" "2 CPUs, efi: $2."
	kill -TERM "$pid"
	wait "$pid" || status=$?
	pid=
	[ "$status" -eq 1 ]
}

@test "Debian boots to a shell prompt with the CSM firmware, and the power button switches it off" {
	shell_prompt /usr/share/bhyve/BHYVE_UEFI_CSM.fd ''
}

@test "Debian boots to a shell prompt with the UEFI firmware, and the power button switches it off" {
	shell_prompt /usr/share/bhyve/BHYVE_UEFI.fd /sys/firmware/efi
}

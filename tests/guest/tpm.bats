#!/usr/bin/env bats
# attr tpm: a TPM 2.0 of the zone's own, by swtpm in a jail beside the engine's.

load ../lib
load guest

setup() {
	new_root
}

teardown() {
	drop_guests
}

record() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$ROOT/run/zones/$1.state" "$2"
}

tpm_pid() {
	record "$1" tpm_pid
}

tpm_state() {
	python3 "$BATS_TEST_DIRNAME/tpm.py" "$@"
}

keys_made() {
	[ -s "$ROOT/zones/$1/tpm/state/tpm2-00.permall" ]
}

@test "swtpm runs beside the engine: an id of its own, no right, no network, within the zone's limits" {
	guest_zone web1 tpm on
	zoneadm -z web1 boot
	tpm=$(tpm_pid web1) engine=$(engine_pid web1)
	[ "$(cat "/proc/$tpm/comm")" = swtpm ]
	status_of=$(cat "/proc/$tpm/status")
	uid=$(awk '$1 == "Uid:" { print $2, $3, $4, $5 }' <<<"$status_of")
	expected=$(($(record web1 uid) + 0x100000))
	[ "$uid" = "$expected $expected $expected $expected" ]
	[ "$(grep -c '^Cap.*0000000000000000$' <<<"$status_of")" -eq 5 ]
	grep -q '^NoNewPrivs:	1' <<<"$status_of"
	[ "$(awk '$1 == "Seccomp_filters:" { print $2 }' <<<"$status_of")" -ge 2 ]
	# Pid 1 of namespaces that are neither the host's nor the engine's.
	for ns in mnt pid net ipc uts; do
		[ "$(readlink "/proc/$tpm/ns/$ns")" != "$(readlink "/proc/$$/ns/$ns")" ]
		[ "$(readlink "/proc/$tpm/ns/$ns")" != "$(readlink "/proc/$engine/ns/$ns")" ]
	done
	[ "$(cat "/proc/$tpm/cgroup")" = "$(cat "/proc/$engine/cgroup")" ]
	wait_for 20 keys_made web1
	# The engine cannot see the keys, whatever it is made to do: they are no file that it has open, and in no
	# directory that it has mounted, as swtpm has.
	grep -q "$ROOT/zones/web1/tpm" "/proc/$tpm/mountinfo"
	grep -q "$ROOT/zones/web1/root" "/proc/$engine/mountinfo"
	! grep -q "$ROOT/zones/web1\(/tpm\| \)" "/proc/$engine/mountinfo" || false
	! stat -L -c %d:%i "/proc/$engine/fd"/* 2>/dev/null |
		grep -qxF "$(stat -c %d:%i "$ROOT"/zones/web1/tpm "$ROOT"/zones/web1/tpm/state/*)" || false
	zoneadm -z web1 halt
	ended "$tpm"
	soon_nothing_left web1
}

@test "the TPM is the same after a reboot and after halt and boot, although the zone's id is another" {
	guest_zone web1 tpm on
	zoneadm -z web1 boot
	wait_for 20 keys_made web1
	zoneadm -z web1 halt
	tpm_state "$ROOT/zones/web1/tpm/state" 0x01800001 hive-key
	zoneadm -z web1 boot
	uid=$(record web1 uid)
	console_open web1
	soon_boots web1
	type_keys r
	soon_boots web1 2
	[ "$(record web1 uid)" != "$uid" ]
	[ -e "/proc/$(tpm_pid web1)" ]
	zoneadm -z web1 halt
	zoneadm -z web1 boot
	soon_boots web1 3
	zoneadm -z web1 halt
	never log_says web1 WARNING
	[ "$(tpm_state "$ROOT/zones/web1/tpm/state" 0x01800001)" = hive-key ]
}

@test "swtpm killed: the log says so, the guest runs on, and the zone halts and boots" {
	guest_zone web1 tpm on
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	kill -9 "$(tpm_pid web1)"
	wait_for 5 log_says web1 'WARNING: the TPM emulator (swtpm) has ended, killed by signal 9'
	is web1 running
	zoneadm -z web1 reboot
	soon_boots web1 2
	[ -e "/proc/$(tpm_pid web1)" ]
	zoneadm -z web1 halt
	kill "$console_pid"
	soon_nothing_left web1
}

@test "swtpm ends with the engine, whoever of zoneadmd and engine is killed, and no TPM that ended so is news" {
	guest_zone web1 tpm on
	zoneadm -z web1 boot
	tpm=$(tpm_pid web1)
	kill -9 "$(engine_pid web1)"
	wait_for 5 ended "$tpm"
	wait_for 5 is web1 installed
	never log_says web1 WARNING
	zoneadm -z web1 boot
	tpm=$(tpm_pid web1)
	kill -9 "$(daemon_pid web1)" "$(engine_pid web1)"
	wait_for 5 ended "$tpm"
	zoneadm -z web1 boot
	tpm=$(tpm_pid web1)
	kill -9 "$(daemon_pid web1)"
	# The next zoneadmd looks after the TPM of the one before.
	is web1 running
	run door web1 Status '{}' || true
	zoneadm -z web1 boot
	kill -0 "$tpm"
	kill -9 "$tpm"
	wait_for 5 log_says web1 'WARNING: the TPM emulator (swtpm) has ended'
	zoneadm -z web1 halt
	soon_nothing_left web1
}

@test "swtpm absent: verify and boot name the package" {
	guest_zone web1
	zonecfg -z web1 'add attr; set name=extra; set type=string; set value="-l tpm,swtpm,/any"; end'
	guest_zone web2 tpm on
	for zone in web1 web2; do
		for verb in verify boot; do
			run unshare -m bash -c 'mount --bind /dev/null /usr/bin/swtpm && exec "$@"' bash \
				"$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z "$zone" "$verb"
			[ "$status" -eq 1 ]
			says "attr $([ "$zone" = web1 ] && echo extra || echo tpm): /usr/bin/swtpm is not installed (package swtpm)"
		done
		is "$zone" installed
	done
}

@test "a state that is not swtpm's is refused, and nothing is started" {
	guest_zone web1 tpm on
	mkdir -p "$ROOT/zones/web1/tpm/state"
	ln -s /etc/passwd "$ROOT/zones/web1/tpm/state/tpm2-00.permall"
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	says 'tpm: TPM state: tpm2-00.permall'
	is web1 installed
	[ "$(stat -c %u /etc/passwd)" -eq 0 ]
	soon_nothing_left web1
}

@test "uninstall removes the keys" {
	guest_zone web1 tpm on
	zoneadm -z web1 boot
	wait_for 20 keys_made web1
	zoneadm -z web1 halt
	zoneadm -z web1 uninstall -F
	[ ! -e "$ROOT/zones/web1/tpm" ]
}

@test "Linux finds a TPM 2.0, and what it writes there is kept" {
	mkdir -p "$ROOT/disks"
	"$BATS_TEST_DIRNAME/../../scripts/mkguest" --devices "$ROOT/disks/web1.img"
	guest_zone web1 tpm on
	zonecfg -z web1 'select attr name=ram; set value=256M; end'
	console_open web1
	zoneadm -z web1 boot
	wait_for 150 shows web1 'tiny login:'
	type_keys 'root\n'
	wait_for 60 shows web1 'Password:'
	type_keys 'apiary\n'
	wait_for 60 shows web1 '~ #'
	type_keys 'echo TPM$(cat /sys/class/tpm/tpm0/tpm_version_major)\n'
	soon_shows web1 TPM2
	# NV_DefineSpace of eight bytes at 0x01800001, NV_Write and NV_Read, by the empty passwords.
	type_keys 'exec 3<>/dev/tpm0; ask() { printf "$1" >&3; dd bs=4096 count=1 <&3 2>/dev/null; }\n'
	type_keys 'A="\\0\\0\\0\\011\\100\\0\\0\\011\\0\\0\\0\\0\\0" N="\\001\\200\\0\\001" C="\\200\\002\\0\\0\\0"\n'
	type_keys 'ask "$C\\055\\0\\0\\001\\052\\100\\0\\0\\001$A\\0\\0\\0\\016$N\\0\\013\\002\\006\\0\\006\\0\\0\\0\\010" >/tmp/r\n'
	type_keys 'ask "$C\\053\\0\\0\\001\\067$N$N$A\\0\\010hive-key\\0\\0" >/tmp/r\n'
	type_keys 'ask "$C\\043\\0\\0\\001\\116$N$N$A\\0\\010\\0\\0" | tail -c 13 | head -c 8; echo " re""ad"\n'
	soon_shows web1 'hive-key read'
	zoneadm -z web1 halt
	[ "$(tpm_state "$ROOT/zones/web1/tpm/state" 0x01800001)" = hive-key ]
}

#!/usr/bin/env bats
# zoneadm: the command line, the checks before every verb, mark, help.

load ../lib
load zoneadm

setup() {
	new_root
	store_brand
}

teardown() {
	drop_root
}

@test "no verb: usage on standard error, exit 2" {
	run zoneadm
	[ "$status" -eq 2 ]
	says 'usage:'
	[ -z "$(zoneadm 2>/dev/null)" ]
}

@test "an unknown verb: usage, exit 2" {
	run zoneadm frobnicate
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "zoneadm: there is no verb 'frobnicate'" ]
	run zoneadm -z web1 instal
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "zoneadm: there is no verb 'instal'; did you mean 'install'?" ]
	run zoneadm help shutdwn
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "zoneadm: there is no verb 'shutdwn'; did you mean 'shutdown'?" ]
	says 'usage:'
}

@test "verbs match exactly: no abbreviations" {
	run zoneadm lis
	[ "$status" -eq 2 ]
}

@test "-? prints the usage on standard output and exits 2" {
	run zoneadm '-?'
	[ "$status" -eq 2 ]
	[[ "$(zoneadm '-?' 2>/dev/null)" == usage:* ]]
}

@test "an option that there is not, or without its value, is named before the usage, on standard error" {
	while IFS='|' read -r args text; do
		# shellcheck disable=SC2086
		run zoneadm $args
		[ "$status" -eq 2 ]
		[ "${lines[0]}" = "zoneadm: $text" ]
		# shellcheck disable=SC2086
		[ -z "$(zoneadm $args 2>/dev/null)" ]
	done <<-'E'
		--bogus list|there is no option '--bogus'
		-x list|there is no option '-x'
		-z|option -z needs a value
	E
}

@test "an unprivileged user is told why zones cannot be listed" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root, to become somebody else'
	chmod 0755 "$ROOT"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$ROOT/usr/sbin/zoneadm" -R "$ROOT" list -cv
	[ "$status" -eq 1 ]
	[ "$output" = "zoneadm: only a privileged user may see the zones of this host" ]
}

@test "--help and --version exit 0" {
	run zoneadm --help
	[ "$status" -eq 0 ]
	says 'zoneadm [-R root] -z zone boot [-i boot.iso] [-c cfgdisk] [-- boot_arguments]'
	run zoneadm --version
	[ "$status" -eq 0 ]
	[[ $output == 'zoneadm (apiary) '* ]]
}

@test "help names every verb and explains one" {
	run zoneadm help
	[ "$status" -eq 0 ]
	for verb in help boot ready halt shutdown reboot list verify install uninstall mark doctor; do
		says "$verb"
	done
	run zoneadm help halt
	[ "$status" -eq 0 ]
	has_line $'usage:\thalt'
}

@test "an unknown zone: one line, exit 1" {
	run zoneadm -z nobody boot
	[ "$status" -eq 1 ]
	[ "$output" = 'zoneadm: nobody: No such zone configured' ]
}

@test "a name that cannot be a zone's leads nowhere" {
	for name in ../../etc/passwd '' a/b -x; do
		run zoneadm -z "$name" verify
		[ "$status" -eq 1 ]
		says 'No such zone configured'
	done
}

@test "a verb that needs a zone says so without one" {
	for verb in boot ready halt reboot shutdown verify install uninstall 'mark incomplete'; do
		run zoneadm $verb
		[ "$status" -eq 1 ]
		[ "$output" = 'zoneadm: no zone specified' ]
	done
}

@test "the global zone is refused by every verb that changes zones" {
	for verb in boot ready halt reboot shutdown verify install uninstall; do
		run zoneadm -z global $verb
		[ "$status" -eq 1 ]
		[ "$output" = "zoneadm: zone 'global': $verb operation is invalid for the global zone." ]
	done
}

@test "zones whose names start with SUNW are refused" {
	store_zone SUNWx
	run zoneadm -z SUNWx verify
	[ "$status" -eq 1 ]
	says 'verify operation is invalid for zones starting with SUNW.'
}

@test "a zone is found by its UUID, which wins over -z" {
	store_zone web1 installed
	store_zone web2 installed
	uuid=$(zoneadm -z web2 list -p | cut -d: -f5)
	run zoneadm -z web1 -u "$uuid" list
	[ "$status" -eq 0 ]
	[ "$output" = web2 ]
}

@test "a UUID that is none: illegal UUID value specified" {
	run zoneadm -u 1234 list
	[ "$status" -eq 1 ]
	[ "$output" = 'zoneadm: illegal UUID value specified' ]
}

@test "a UUID that no zone has is an unknown zone" {
	run zoneadm -u 6f0c4b4e-1d8f-4d1b-9a53-1c1f4e0a7d11 list
	[ "$status" -eq 1 ]
	says 'No such zone configured'
}

@test "-R needs an absolute path of a directory" {
	run "$ROOT/usr/sbin/zoneadm" -R relative list
	[ "$status" -eq 2 ]
	says 'root path must be absolute: relative'
	run "$ROOT/usr/sbin/zoneadm" -R /nonexistent list
	[ "$status" -eq 2 ]
	says 'root path must be a directory: /nonexistent'
}

@test "a configured zone must be installed before ready and boot" {
	store_zone web1
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	[ "$output" = "zoneadm: zone 'web1': must be installed before boot." ]
	run zoneadm -z web1 ready
	[ "$status" -eq 1 ]
	[ "$output" = "zoneadm: zone 'web1': must be installed before ready." ]
}

@test "an incomplete zone can only be uninstalled" {
	store_zone web1 incomplete
	for verb in boot ready verify install; do
		run zoneadm -z web1 $verb
		[ "$status" -eq 1 ]
		[ "$output" = "zoneadm: zone 'web1': zone is incomplete; uninstall required." ]
	done
}

@test "reboot and shutdown of a zone that does not run: not running" {
	store_zone web1 installed
	for verb in reboot shutdown; do
		run zoneadm -z web1 $verb
		[ "$status" -eq 1 ]
		[ "$output" = "zoneadm: zone 'web1': not running" ]
	done
}

@test "halt of a halted zone says so, exits 0 and starts no zoneadmd" {
	store_zone web1 installed
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	[ "$output" = "zoneadm: zone 'web1': zone is already halted" ]
	[ ! -e "$ROOT/run/zones/web1.zoneadmd_door" ]
}

@test "halt of a configured zone is refused" {
	store_zone web1
	run zoneadm -z web1 halt
	[ "$status" -eq 1 ]
	says "halt operation is invalid for zones in state 'configured'"
}

@test "boot arguments beyond 255 bytes are refused" {
	store_zone web1 installed
	run zoneadm -z web1 boot -- "$(printf 'x%.0s' {1..300})"
	[ "$status" -eq 1 ]
	[ "$output" = "zoneadm: zone 'web1': Boot argument list too long" ]
}

@test "options that a verb does not have: its usage, exit 2" {
	store_zone web1 installed
	for args in 'halt -x' 'ready now' 'verify all' 'boot -x' 'mark' 'mark installed' 'list extra' \
		'doctor -x'; do
		run zoneadm -z web1 $args
		[ "$status" -eq 2 ]
		[[ $output == *usage:$'\t'"${args%% *}"* ]]
	done
}

@test "and what is wrong with them is said before the usage" {
	local args
	store_zone web1 installed
	wrong() {
		run zoneadm -z web1 $1
		[ "$status" -eq 2 ]
		has_line "zoneadm: zone 'web1': $2"
		[ "${#lines[@]}" -eq 2 ]
	}
	wrong 'boot -x' "boot: there is no option '-x'"
	wrong 'boot -i' 'boot: option -i needs a value'
	wrong 'mark -x incomplete' "mark: there is no option '-x'"
	wrong 'list --yaml' "list: there is no option '--yaml'"
	run zoneadm -z web1 'boot' '-?'
	[ "$status" -eq 2 ] && [ "${#lines[@]}" -eq 1 ]
}

# store_running NAME: an installed zone, with a record that names a process that does nothing
store_running() {
	local start
	store_zone "$1" installed
	sleep 60 3>&- &
	start=$(cut -d' ' -f22 "/proc/$!/stat")
	printf '{"state":"running","id":1,"pid":%u,"start":%u,"uid":1,"aux":"","reason":"","boot_id":"%s"}\n' $! \
		"$start" "$(cat /proc/sys/kernel/random/boot_id)" >"$ROOT/run/zones/$1.state"
}

@test "how long shutdown waits is a number of seconds up to a day" {
	local t
	store_running web1
	run zoneadm -z web1 reboot -x
	has_line "zoneadm: zone 'web1': reboot: there is no option '-x'"
	for t in 0 5m 86401 -1 ''; do
		run zoneadm -z web1 shutdown -t "$t"
		[ "$status" -eq 2 ]
		has_line "zoneadm: zone 'web1': shutdown: -t $t: a whole number of seconds from 1 to 86400 is needed"
		says 'shutdown [-t seconds]'
	done
	run zoneadm -z web1 shutdown -t
	has_line "zoneadm: zone 'web1': shutdown: option -t needs a value"
	run zoneadm -z web1 shutdown fast
	has_line "zoneadm: zone 'web1': shutdown: fast: boot arguments are for -r"
	[[ $(zoneadm help shutdown) == *86400* ]]
	rm "$ROOT/run/zones/web1.state"
	kill %1
}

@test "mark incomplete makes an installed zone incomplete" {
	store_zone web1 installed
	run zoneadm -z web1 mark incomplete
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(state_of web1)" = incomplete ]
}

@test "mark needs an installed zone unless forced" {
	store_zone web1
	run zoneadm -z web1 mark incomplete
	[ "$status" -eq 1 ]
	says 'must be installed before mark.'
	run zoneadm -z web1 mark -F installed
	[ "$status" -eq 0 ]
	[ "$(state_of web1)" = installed ]
	run zoneadm -z web1 mark -F configured
	[ "$status" -eq 0 ]
	[ "$(state_of web1)" = configured ]
	[ -z "$(zoneadm -z web1 list -p | cut -d: -f5)" ]
}

@test "a zone without its XML file is named with the file that is missing" {
	store_zone web1 installed
	rm "$ROOT/etc/zones/web1.xml"
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	says '/etc/zones/web1.xml is missing'
	says 'zonecfg -z web1 delete -F'
	zonecfg -z web1 delete -F
	run zoneadm -z web1 boot
	[ "$output" = 'zoneadm: web1: No such zone configured' ]
}

@test "malformed configurations: one line that names the file, nothing changed" {
	store_zone web1 installed
	store_zonepath web1
	for document in '<zone' '<notzone/>' '' '<zone name="web1">' \
		'<!DOCTYPE zone [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><zone name="web1" zonepath="&b;"/>' \
		"$(printf '<a>%.0s' {1..5000})"; do
		echo "$document" >"$ROOT/etc/zones/web1.xml"
		run zoneadm -z web1 boot
		[ "$status" -eq 1 ]
		[ "${#lines[@]}" -eq 1 ]
		says 'etc/zones/web1.xml'
		[ "$(state_of web1)" = installed ]
	done
}

@test "an unknown brand is named" {
	store_zone web1 installed /zones/web1 nobrand
	run zoneadm -z web1 verify
	[ "$status" -eq 1 ]
	says 'nobrand'
	[ "${#lines[@]}" -eq 1 ]
}

@test "the brand is asked before a verb, with the verb and its arguments" {
	store_zone web1
	hook_does verify_adm 'exit 1'
	run zoneadm -z web1 install --size 4G
	[ "$status" -eq 1 ]
	says 'the brand does not permit install'
	grep -qx 'verify_adm web1 /zones/web1 install --size 4G' "$ROOT/hooks.log"
	[ "$(state_of web1)" = configured ]
}

@test "doctor names every protection with yes or no, and JSON says the same" {
	run zoneadm doctor
	[ "$status" -eq 0 ]
	says 'seccomp'
	says 'acceleration (KVM)'
	says 'PCI passthrough'
	run zoneadm doctor --json
	[ "$status" -eq 0 ]
	echo "$output" | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert isinstance(d["acceleration"]["kvm"], bool)
assert len(d["findings"]) >= 5
assert all(f["detail"] for f in d["findings"])'
}

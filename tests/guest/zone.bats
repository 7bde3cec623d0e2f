#!/usr/bin/env bats
# A zone's life with a real guest: boot, reboot, halt, and what the guest itself does.

load ../lib
load guest

setup() {
	new_root
}

teardown() {
	drop_guests
}

@test "boot: the guest runs, and list says so" {
	guest_zone web1
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	is web1 running
	console_open web1
	soon_boots web1
	zoneadm list --json | python3 -c '
import json, sys
zone = [z for z in json.load(sys.stdin) if z["name"] == "web1"][0]
assert zone["id"] >= 1
assert zone["aux"] == "guest-running"'
}

@test "a second boot: zone is already booted, exit 0" {
	guest_zone web1
	zoneadm -z web1 boot
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	says "zoneadm: zone 'web1': zone is already booted"
}

@test "halt leaves no process, mount, control group, namespace or socket" {
	guest_zone web1
	zoneadm -z web1 boot
	namespaces=$(namespaces_of "$(engine_pid web1)")
	[ "$(echo "$namespaces" | wc -l)" -eq 5 ]
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	is web1 installed
	soon_nothing_left web1 $namespaces
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	says 'zone is already halted'
}

@test "ready makes the platform without a hypervisor, and boot goes on from there" {
	guest_zone web1
	run zoneadm -z web1 ready
	[ "$status" -eq 0 ]
	is web1 ready
	run zoneadm -z web1 ready
	[ "$status" -eq 0 ]
	says 'zone is already ready'
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	is web1 running
	console_open web1
	soon_boots web1
}

@test "ready on a running zone halts it and makes it ready" {
	guest_zone web1
	zoneadm -z web1 boot
	first=$(engine_pid web1)
	run zoneadm -z web1 ready
	[ "$status" -eq 0 ]
	is web1 ready
	ended "$first"
	zoneadm -z web1 halt
	soon_nothing_left web1
}

@test "a running zone cannot be installed, uninstalled or marked" {
	guest_zone web1
	zoneadm -z web1 boot
	for verb in install 'uninstall -F' 'mark incomplete'; do
		run zoneadm -z web1 $verb
		[ "$status" -eq 1 ]
		says "${verb%% *} operation is invalid for running zones."
	done
	is web1 running
}

# The adapters of a running zone, in the order of the bus: "addr=0x6 mac=..." each.
adapters() {
	tr '\0' '\n' <"/proc/$(engine_pid "$1")/cmdline" |
		sed -n 's/^virtio-net-pci,.*\(addr=[^,]*\),.*\(mac=[^,]*\).*/\1 \2/p'
}

@test "each adapter has the link and the address of its own net, wherever it is on the bus" {
	local primary='add property (name=primary,value=true)'
	guest_zone web1
	zonecfg -z web1 'add net; set physical=nat0; set pci-slot=20; set mac-addr=02:08:20:00:00:0a; end
		add net; set physical=nat0; set mac-addr=02:08:20:00:00:0b; end'
	zoneadm -z web1 boot
	[ "$(adapters web1)" = $'addr=0x6 mac=02:08:20:00:00:0b\naddr=0x14 mac=02:08:20:00:00:0a' ]
	zonecfg -z web1 "remove -F net; add net; set physical=net1; set global-nic=nat0; set mac-addr=2:8:20:0:0:1; end
		add net; set physical=net0; set global-nic=nat0; set mac-addr=2:8:20:0:0:2; $primary; end
		add net; set physical=nat0; set mac-addr=2:8:20:0:0:3; end
		add net; set physical=nat0; set virtual=x1; set mac-addr=2:8:20:0:0:4; set pci-slot=3; end"
	zoneadm -z web1 reboot
	adapters web1 >&2
	[ "$(adapters web1 | sed 's/.*://' | xargs)" = '04 02 01 03' ]
}

@test "bootorder=nc of the OmniOS page: a BIOS machine asks the network first, then boots the disk" {
	guest_zone web1 bootorder nc
	zonecfg -z web1 'add net; set physical=nat0; end'
	zoneadm -z web1 boot
	console_open web1
	wait_for 60 booted web1
	tr '\0' '\n' <"/proc/$(engine_pid web1)/cmdline" >"$ROOT/words"
	grep -q '^virtio-net-pci,.*addr=0x6.*,bootindex=0' "$ROOT/words"
	grep -q '^virtio-blk-pci,.*addr=0x4,.*bootindex=1' "$ROOT/words"
}

@test "reboot boots the current configuration" {
	guest_zone web1
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	first=$(engine_pid web1)
	zonecfg -z web1 'select attr name=ram; set value=80M; end'
	run zoneadm -z web1 reboot
	[ "$status" -eq 0 ]
	ended "$first"
	grep -q 'value="80M"' "$ROOT/run/zones/web1.snapshot.xml"
	soon_boots web1 2
}

@test "a guest that resets boots the zone's current configuration" {
	guest_zone web1
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	zonecfg -z web1 'select attr name=ram; set value=80M; end'
	type_keys r
	soon_boots web1 2
	wait_for 10 is web1 running
	grep -q 'value="80M"' "$ROOT/run/zones/web1.snapshot.xml"
	soon_shows web1 '[NOTICE: Zone rebooting]'
}

pauses() {
	log_says "$1" 'the guest resets again and again: the next boot is in 2 s'
}

pauses_or_booted() {
	pauses "$1" || booted "$@"
}

@test "halt during the pause that a guest gets which resets again and again: it does not come back" {
	guest_zone web1
	console_open web1
	soon_shows web1 'Connected'
	zoneadm -z web1 boot
	# On a slow machine not every reset is a quick one.
	for ((n = 1; n <= 30; n++)); do
		soon_boots web1 "$n"
		type_keys r
		wait_for 10 pauses_or_booted web1 $((n + 1))
		! pauses web1 || break
	done
	pauses web1
	is web1 installed
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	sleep 3
	is web1 installed
}

@test "a guest that powers off halts the zone" {
	guest_zone web1
	zoneadm -z web1 boot
	namespaces=$(namespaces_of "$(engine_pid web1)")
	console_open web1 -d
	soon_boots web1
	type_keys p
	wait_for 20 is web1 installed
	wait_for 10 ended "$console_pid"
	soon_nothing_left web1 $namespaces
}

# Under KVM a triple fault cannot be told from a reset, and boots the zone again.
@test "a triple fault halts the zone, as status 3 of bhyve does, and says why" {
	guest_zone web1
	zoneadm -z web1 boot
	case $(door web1 Status '{}') in
	*'"acceleration": "kvm"'* | *'"acceleration":"kvm"'*) skip "KVM shows a triple fault as a reset" ;;
	esac
	console_open web1 -d
	soon_boots web1
	type_keys t
	wait_for 20 is web1 installed
	booted web1 1
	never booted web1 2
	log_says web1 'the guest crashed (triple fault)'
	soon_nothing_left web1
}

@test "the log of a zone holds nothing of the engine that nobody asked for" {
	guest_zone web1
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	type_keys p
	wait_for 20 is web1 installed
	run cat "$ROOT/zones/web1/log/zone.log"
	says 'SHUTDOWN guest-shutdown'
	never grep -E 'waiting for connection|CPU Reset|EAX=' "$ROOT/zones/web1/log/zone.log"
}

@test "a guest that hangs is halted all the same" {
	guest_zone web1
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	type_keys h
	soon_shows web1 h
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	is web1 installed
}

@test "a guest that does not listen to the power button fails a shutdown in time" {
	guest_zone web1
	zoneadm -z web1 boot
	run door web1 Shutdown '{"timeout": 1}'
	says 'org.apiary.zone.Failed'
	is web1 running
	run zoneadm -z web1 shutdown -t 1
	[ "$status" -eq 1 ]
	says 'the guest did not power off within 1 s (zoneadm halt ends it)'
	is web1 running
	for seconds in '' 0 -1 x 86401; do
		run zoneadm -z web1 shutdown -t "$seconds"
		[ "$status" -eq 2 ]
		says 'shutdown [-t seconds]'
	done
}

@test "an interrupted zoneadm says that zoneadmd goes on" {
	guest_zone web1
	zoneadm -z web1 boot
	set -m
	"$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 shutdown >"$ROOT/shutdown.out" 2>&1 3>&- &
	pid=$!
	set +m
	wait_for 10 is web1 shutting_down
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 130 ]
	grep -q "interrupted; zoneadmd goes on with shutdown." "$ROOT/shutdown.out"
	is web1 shutting_down
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	is web1 installed
}

@test "two zones run at once and each has its own id, namespaces and console" {
	guest_zone web1
	guest_zone web2
	zoneadm -z web1 boot
	zoneadm -z web2 boot
	console_open web1
	soon_boots web1
	console_open web2
	soon_boots web2
	type_keys x
	soon_shows web2 '?'
	never shows web1 '?'
	[ "$(zoneadm list -pn | cut -d: -f1 | sort -u | wc -l)" -eq 2 ]
	[ -z "$(comm -12 <(namespaces_of "$(engine_pid web1)" | sort) <(namespaces_of "$(engine_pid web2)" | sort))" ]
	zoneadm -z web1 halt
	is web2 running
}

@test "the same disk in two running zones is refused, and the other zone is named" {
	guest_zone web1
	guest_zone web2
	zonecfg -z web2 'add attr; set name=disk0; set type=string; set value=/disks/web1.img; end
		add device; set match=/disks/web1.img; end' # verify would tell; boot looks at what is in use
	zoneadm -z web1 boot
	run zoneadm -z web2 boot
	[ "$status" -eq 1 ]
	says '/disks/web1.img'
	says 'web1'
	is web2 installed
	soon_nothing_left web2
	zoneadm -z web1 halt
	run zoneadm -z web2 boot
	[ "$status" -eq 0 ]
}

@test "a disk that vanished since the installation: one line, and the zone stays installed" {
	guest_zone web1
	rm "$ROOT/disks/web1.img"
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	says '/disks/web1.img'
	is web1 installed
	soon_nothing_left web1
}

@test "many boots at once make one guest, and all succeed" {
	guest_zone web1
	pids=()
	for i in 1 2 3 4 5 6; do
		"$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 boot >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	is web1 running
	[ "$(pgrep -fc "^[^ ]*/zoneadmd -z web1 .*-R $ROOT\$")" -eq 1 ]
	console_open web1
	soon_boots web1
}

@test "boots and halts at the same time leave a zone that works" {
	guest_zone web1
	pids=()
	for i in 1 2 3 4; do
		for verb in boot halt; do
			"$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 $verb >/dev/null 2>&1 3>&- &
			pids+=($!)
		done
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || true
	done
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	soon_nothing_left web1
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	console_open web1
	soon_boots web1
}

@test "a zone with the longest name there is lives like any other" {
	name=$(printf 'z%.0s' {1..63})
	guest_zone "$name"
	zoneadm -z "$name" boot
	console_open "$name"
	soon_boots "$name"
	zoneadm -z "$name" halt
	kill "$console_pid"
	soon_nothing_left "$name"
}

@test "the whole life ends where it began" {
	guest_zone web1
	zoneadm -z web1 boot
	zoneadm -z web1 halt
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 0 ]
	is web1 configured
	[ ! -e "$ROOT/zones/web1" ]
	[ -e "$ROOT/disks/web1.img" ]
	zoneadm -z web1 install
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
}

@test "extra: a debugger at the zone's own socket, a disk in memory, and a word without effect is told at verify" {
	guest_zone web1
	zonecfg -z web1 'add attr; set name=extra; set type=string
		set value="-G w1 -s 20,nvme,ram=16,serial=X"; end'
	run zoneadm -z web1 verify
	[ "$status" -eq 0 ]
	says 'NOTICE: pci.0.20.0.serial: has no effect: nvme reads ser'
	says 'NOTICE: gdb.port: the debugger is served at /tmp/vm.gdb in the zone'
	zoneadm -z web1 boot
	log_says web1 'pci.0.20.0.serial: has no effect'
	console_open web1
	soon_shows web1 'Connected'
	sleep 1
	never shows web1 A
	run python3 "$BATS_TEST_DIRNAME/../command/gdb.py" "$ROOT/zones/web1/root/tmp/vm.gdb" '?' 'mfffffff0,1' '!c'
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = ea ]
	soon_boots web1
	kill "$console_pid"
	zoneadm -z web1 halt
	[ ! -e "$ROOT/zones/web1/root/tmp/vm.gdb" ]
	soon_nothing_left web1
}

@test "what bhyve takes and the engine cannot be is told by zonecfg and refused by verify" {
	guest_zone web1
	cp "$BOOTSECT" "$ROOT/disks/x.img"
	zonecfg -z web1 'add attr; set name=extra; set type=string; set value="-s 20,ahci-hd,/disks/x.img,ro"; end
		add device; set match=/disks/x.img; end'
	run zoneadm -z web1 verify
	[ "$status" -eq 1 ]
	says 'pci.0.20.0.port.0: a read-only SATA disk cannot be had from this engine; use virtio-blk'
	run zoneadm -z web1 boot
	[ "$status" -eq 1 ]
	says 'a read-only SATA disk cannot be had from this engine'
	is web1 installed
	run zonecfg -z web1 verify
	[ "$status" -eq 0 ]
	says 'NOTICE: such a machine cannot boot on this host'
}

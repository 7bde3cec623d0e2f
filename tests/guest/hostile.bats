#!/usr/bin/env bats
# A hypervisor in an attacker's hands: what it says and does harms nobody but its own zone.

load ../lib
load guest

: "${HOSTILE:=$STAGE/../tests/guest/hostile}"

setup() {
	new_root
}

teardown() {
	drop_guests
}

# The staged zhyve is replaced in this root alone.
hostile_zone() {
	guest_zone "$1"
	install -m 755 "$HOSTILE" "$ROOT/usr/sbin/zhyve"
}

# Sends one call on each of two connections, the second before the first is answered; prints both replies.
two_calls() {
	python3 - "$ROOT/run/zones/$1.zoneadmd_door" "$2" "$3" <<-'END'
		import json, socket, sys
		path, *methods = sys.argv[1:]
		callers = []
		for method in methods:
		    s = socket.socket(socket.AF_UNIX)
		    s.settimeout(60)
		    s.connect(path)
		    s.sendall(json.dumps({"method": "org.apiary.zone." + method, "parameters": {}}).encode() + b"\0")
		    callers.append(s)
		for s in callers:
		    print(s.recv(65536).rstrip(b"\0").decode() or "hung up")
	END
}

@test "a reboot that waits for a boot is carried out after it, by the same zoneadmd" {
	guest_zone web1
	console_open web1
	soon_shows web1 'Connected'
	daemon=$(daemon_pid web1)
	run two_calls web1 Boot Reboot
	[ "$output" = $'{"parameters":{}}\n{"parameters":{}}' ]
	soon_boots web1
	is web1 running
	[ "$(daemon_pid web1)" = "$daemon" ]
}

@test "up and dead in one breath: the boot is answered, and the next command finds the zone halted" {
	hostile_zone dies
	console_open dies
	soon_shows dies 'Connected'
	daemon=$(daemon_pid dies)
	for i in 1 2 3; do
		timeout "$(patience 20)" "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z dies boot || [ $? -ne 124 ]
		wait_for 10 is dies installed
	done
	run two_calls dies Boot Halt
	never says 'hung up'
	is dies installed
	[ "$(daemon_pid dies)" = "$daemon" ]
	kill "$console_pid"
	soon_nothing_left dies
}

@test "a control channel that ends in nonsense before the boot is over ends the boot" {
	hostile_zone babbles
	run timeout "$(patience 20)" "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z babbles boot
	[ "$status" -eq 1 ]
	says 'the hypervisor closed its control channel'
	is babbles installed
	soon_nothing_left babbles
}

@test "a guest resets and its new hypervisor never comes up: the zone is halted, though nobody waits for that boot" {
	guest_zone babbles
	zoneadm -z babbles boot
	console_open babbles
	soon_boots babbles
	install -m 755 "$HOSTILE" "$ROOT/usr/sbin/zhyve"
	type_keys r
	# The zone is installed for a moment before that boot, too.
	wait_for 20 log_says babbles 'boot failed: the hypervisor closed its control channel'
	wait_for 10 is babbles installed
	run door babbles Status '{}'
	says 'the hypervisor closed its control channel'
	kill "$console_pid"
	soon_nothing_left babbles
}

@test "a flood of events fills neither the log nor the memory of zoneadmd" {
	hostile_zone floods
	timeout "$(patience 60)" "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z floods boot
	sleep 1
	run timeout "$(patience 10)" "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z floods halt
	[ "$status" -eq 0 ]
	[ "$(grep -c 'hypervisor: SHUTDOWN' "$ROOT/zones/floods/log/zone.log")" -le 100 ]
}

# Hundredths of a second that a process has spent.
spent() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

@test "a hypervisor that talks without end does not cost the host a CPU besides its own" {
	hostile_zone chatters
	timeout "$(patience 60)" "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z chatters boot
	daemon=$(daemon_pid chatters)
	before=$(spent "$daemon")
	sleep 3
	after=$(spent "$daemon")
	run timeout "$(patience 10)" "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z chatters halt
	[ "$status" -eq 0 ]
	echo "zoneadmd: $((after - before)) of 300"
	[ $((after - before)) -lt 60 ]
}

@test "what the hypervisor says before it dies cannot control the terminal that it is shown on" {
	hostile_zone draws
	run timeout "$(patience 20)" "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z draws boot
	[ "$status" -eq 1 ]
	says '31mred'
	never grep -qP '[^\x09\x0a\x20-\x7e]' <<<"$output"
	never grep -qP '[^\x09\x0a\x20-\x7e]' "$ROOT/zones/draws/log/zone.log"
}

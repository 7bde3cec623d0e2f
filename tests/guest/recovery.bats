#!/usr/bin/env bats
# What is left when a process of the tools is killed, and that the next command copes with it.

load ../lib
load guest

setup() {
	new_root
	guest_zone web1
}

teardown() {
	drop_guests
}

@test "zoneadmd killed: the guest runs on, and the next command finds it again" {
	zoneadm -z web1 boot
	engine=$(engine_pid web1)
	daemon=$(daemon_pid web1)
	kill -9 "$daemon"
	wait_for 5 ended "$daemon"
	is web1 running
	kill -0 "$engine"
	console_open web1
	soon_shows web1 'Connected'
	type_keys x
	soon_shows web1 '?'
	[ "$(engine_pid web1)" = "$engine" ]
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	says 'zone is already booted'
}

@test "zoneadmd killed: halt takes down what it left" {
	zoneadm -z web1 boot
	namespaces=$(namespaces_of "$(engine_pid web1)")
	kill -9 "$(daemon_pid web1)"
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	is web1 installed
	soon_nothing_left web1 $namespaces
}

@test "zoneadmd killed: halt ends a link's helper that hangs, too" {
	zonecfg -z web1 'add net; set physical=nat0; end'
	zoneadm -z web1 boot
	helper=$(pgrep -P "$(daemon_pid web1)" passt)
	kill -STOP "$helper"
	kill -9 "$(daemon_pid web1)"
	run zoneadm -z web1 halt
	[ "$status" -eq 0 ]
	wait_for 5 ended "$helper"
	soon_nothing_left web1
}

@test "zoneadmd killed: a guest that resets or powers off afterwards is still looked after" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	kill -9 "$(daemon_pid web1)"
	wait_for 10 ended "$console_pid"
	console_open web1
	soon_shows web1 'Connected'
	type_keys r
	soon_boots web1 # again: the next zoneadmd has not seen the first time
	type_keys p
	wait_for 20 is web1 installed
	kill "$console_pid"
	soon_nothing_left web1
}

@test "zoneadmd killed while the zone is ready: the next boot cleans up and boots" {
	zoneadm -z web1 ready
	kill -9 "$(daemon_pid web1)"
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	console_open web1
	soon_boots web1
}

# cut_channel NAME: zoneadmd's connection to the control channel of the hypervisor ends
cut_channel() {
	python3 - "$(daemon_pid "$1")" <<-'END'
		import ctypes, os, socket, sys
		pid = int(sys.argv[1])
		pidfd, libc = os.pidfd_open(pid), ctypes.CDLL(None)
		cut = 0
		for fd in os.listdir("/proc/%d/fd" % pid):
		    if os.readlink("/proc/%d/fd/%s" % (pid, fd)).startswith("socket:"):
		        s = socket.socket(fileno=libc.syscall(438, pidfd, int(fd), 0))  # pidfd_getfd
		        try:
		            if str(s.getpeername()).endswith("/qmp"):
		                s.shutdown(socket.SHUT_RDWR)
		                cut += 1
		        except OSError:
		            pass  # a listener
		assert cut == 1, cut
	END
}

@test "zoneadmd killed while the hypervisor hangs: neither its silence nor a lost channel ends the zone" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	type_keys w
	soon_shows web1 w
	engine=$(engine_pid web1)
	kill -STOP "$engine"
	kill -9 "$(daemon_pid web1)"
	wait_for 5 ended "$console_pid"
	console_open web1
	soon_shows web1 Connected
	cut_channel web1
	wait_for 10 log_says web1 'control channel of the hypervisor ended; connecting again'
	wait_for 60 log_says web1 'has not answered for 30 s; the zone is left as it is'
	sleep 2
	kill -0 "$engine"
	is web1 running
	run zoneadm -z web1 shutdown -t 1
	[ "$status" -eq 1 ]
	says 'the hypervisor takes no commands (zoneadm halt ends it)'
	is web1 running
	kill -CONT "$engine"
	wait_for 10 log_says web1 'the hypervisor answers again'
	# A shutdown that finds no channel is told to the hypervisor when there is one.
	cut_channel web1
	run zoneadm -z web1 shutdown -t "$(patience 30)"
	[ "$status" -eq 0 ]
	is web1 installed
}

@test "the hypervisor killed: noticed at once, cleaned up, and the reason is known" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	engine=$(engine_pid web1)
	namespaces=$(namespaces_of "$engine")
	kill -9 "$engine"
	wait_for 5 is web1 installed
	soon_shows web1 '[NOTICE: Zone halted]'
	run door web1 Status '{}'
	says 'killed by signal 9'
	kill "$console_pid"
	soon_nothing_left web1 $namespaces
}

@test "hypervisor and zoneadmd killed: the zone is down, and boot works" {
	zoneadm -z web1 boot
	kill -9 "$(daemon_pid web1)" "$(engine_pid web1)"
	wait_for 5 is web1 down
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	is web1 running
	console_open web1
	soon_boots web1
}

@test "zoneadm killed while zoneadmd boots: the zone boots" {
	"$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 shutdown >/dev/null 2>&1 || true
	zoneadm -z web1 boot
	"$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 reboot >/dev/null 2>&1 3>&- &
	pid=$!
	kill -9 "$pid"
	wait "$pid" || true
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	wait_for 20 is web1 running
}

@test "zoneadmd killed at any moment of a boot: the next boot works" {
	for pause in 0.005 0.01 0.02 0.03 0.05 0.08; do
		"$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 boot >/dev/null 2>&1 3>&- &
		pid=$!
		sleep $pause
		daemon=$(daemon_pid web1 || true)
		[ -z "$daemon" ] || kill -9 "$daemon" || true
		wait "$pid" || true
		run zoneadm -z web1 boot
		[ "$status" -eq 0 ]
		is web1 running
		run zoneadm -z web1 halt
		[ "$status" -eq 0 ]
		soon_nothing_left web1
	done
}

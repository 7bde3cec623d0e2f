#!/usr/bin/env bats
# The console of a zone with a real guest: zlogin -C.

load ../lib
load guest

setup() {
	new_root
	guest_zone web1
}

teardown() {
	drop_guests
}

@test "attached before boot: the notices and the first letter are seen" {
	console_open web1
	soon_shows web1 "[Connected to zone 'web1' console]"
	zoneadm -z web1 boot
	soon_shows web1 '[NOTICE: Zone booting up]'
	soon_boots web1
}

@test "attached after boot: what the zone wrote before is shown" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	kill "$console_pid"
	wait "$console_pid" || true
	console_open web1
	soon_boots web1
}

@test "keys reach the guest and its answer comes back" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	type_keys 'ehello\n'
	soon_shows web1 'hello'
}

@test "a script may write without a terminal and read on after its input ends" {
	zoneadm -z web1 boot
	console_open web1 -Q
	soon_boots web1
	type_keys x
	end_input
	soon_shows web1 '?'
	never ended "$console_pid"
}

@test "the console lives through a reboot" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	zoneadm -z web1 reboot
	soon_shows web1 '[NOTICE: Zone rebooting]'
	soon_boots web1 2
	type_keys x
	soon_shows web1 '?'
}

@test "the console lives through halt and boot" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	zoneadm -z web1 halt
	soon_shows web1 '[NOTICE: Zone halted]'
	zoneadm -z web1 boot
	soon_boots web1 2
}

@test "a second client is told who has the console" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	run zlogin -C web1 </dev/null
	[ "$status" -eq 1 ]
	[ "$output" = "zlogin: Console is already in use by process ID $console_pid." ]
	never ended "$console_pid"
}

@test "a session that ended does not hold the console, though the guest never took what it had typed" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	type_keys h
	soon_shows web1 h
	head -c 1M /dev/zero | timeout 5 cat >&"$console_fd" || true
	kill "$console_pid"
	wait "$console_pid" || true
	console_open web1
	soon_shows web1 'Connected'
	never ended "$console_pid"
}

@test "~. ends the session, and the zone runs on" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	type_keys '\r~.'
	wait_for 10 ended "$console_pid"
	wait "$console_pid"
	soon_shows web1 "[Connection to zone 'web1' console closed]"
	shows web1 '~.'
	is web1 running
}

@test "-E has no escape character, -e another one" {
	zoneadm -z web1 boot
	console_open web1 -E
	soon_boots web1
	type_keys 'e\r~.x'
	soon_shows web1 '~.x'
	kill "$console_pid"
	wait "$console_pid" || true
	console_open web1 -e %
	type_keys '\r~.y'
	soon_shows web1 '~.y'
	type_keys '\r%.'
	wait_for 10 ended "$console_pid"
}

@test "-Q announces nothing" {
	zoneadm -z web1 boot
	console_open web1 -Q
	soon_boots web1
	type_keys '\r~.'
	wait_for 10 ended "$console_pid"
	never shows web1 'Connect'
}

@test "-d disconnects at halt" {
	zoneadm -z web1 boot
	console_open web1 -d
	soon_boots web1
	zoneadm -z web1 halt
	wait_for 10 ended "$console_pid"
	soon_shows web1 '[NOTICE: Zone halted.  Disconnecting...]'
	soon_nothing_left web1
}

@test "an uninstall disconnects" {
	console_open web1
	soon_shows web1 'Connected'
	run zoneadm -z web1 uninstall -F
	[ "$status" -eq 0 ]
	wait_for 10 ended "$console_pid"
	shows web1 '[NOTICE: Zone is being uninstalled.  Disconnecting...]'
	is web1 configured
}

# suspended NAME ZLOGIN-OPTION...: a session that stopped while the guest wrote more than every buffer holds
suspended() {
	zoneadm -z "$1" boot
	console_open "$@"
	soon_boots "$1"
	daemon=$(daemon_pid "$1")
	type_keys f
	soon_shows "$1" FFFF
	kill -STOP "$console_pid"
	before=$(awk '/rchar/ { print $2 }' "/proc/$daemon/io")
	wait_for 90 has_read "$daemon" $((before + 400000))
	zoneadm -z "$1" halt
}

has_read() {
	[ "$(awk '/rchar/ { print $2 }' "/proc/$1/io")" -gt "$2" ]
}

# monitor NAME: a caller of the door that wants to hear everything, until the daemon hangs up
monitor() {
	exec python3 - "$ROOT/run/zones/$1.zoneadmd_door" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(b'{"method": "org.apiary.zone.Monitor", "more": true}\0')
		while data := s.recv(65536):
		    print(data, flush=True)
	END
}

@test "neither a client that is suspended nor one that monitors the zone holds up an uninstall" {
	suspended web1
	monitor web1 >"$ROOT/monitor" 3>&- &
	console_pids+=($!)
	wait_for 10 test -s "$ROOT/monitor"
	run zoneadm -z web1 uninstall -F
	kill -CONT "$console_pid"
	[ "$status" -eq 0 ]
	is web1 configured
	wait_for 10 ended "$console_pid"
	soon_nothing_left web1
}

@test "a client of -d that is suspended does not keep a daemon after the halt" {
	suspended web1 -d
	run soon_nothing_left web1
	kill -CONT "$console_pid"
	[ "$status" -eq 0 ]
	wait_for 10 ended "$console_pid"
}

@test "no daemon is left when the client of a halted zone goes away" {
	console_open web1
	soon_shows web1 'Connected'
	kill "$console_pid"
	soon_nothing_left web1
}

@test "a reader that stops does not stall a guest that writes without end" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	daemon=$(daemon_pid web1)
	type_keys f
	soon_shows web1 FFFF
	kill -STOP "$console_pid"
	before=$(awk '/rchar/ { print $2 }' "/proc/$daemon/io")
	# Far more than every buffer between the guest and the reader holds.
	reads_on() {
		[ "$(awk '/rchar/ { print $2 }' "/proc/$daemon/io")" -gt $((before + 1000000)) ]
	}
	wait_for 90 reads_on
	run timeout "$(patience 20)" "$ROOT/usr/sbin/zoneadm" -R "$ROOT" -z web1 halt
	kill -CONT "$console_pid"
	[ "$status" -eq 0 ]
}

@test "the terminal is raw while attached and given back on every way out" {
	zoneadm -z web1 boot
	python3 - "$ROOT/usr/sbin/zlogin" "$ROOT" <<-'END'
		import os, pty, select, signal, subprocess, sys, termios, time

		zlogin, root = sys.argv[1:]

		def session(leave):
		    master, slave = pty.openpty()
		    before = termios.tcgetattr(slave)
		    # A slave that is also held here keeps its settings visible after zlogin is gone.
		    p = subprocess.Popen([zlogin, "-R", root, "-C", "web1"], stdin=slave, stdout=slave, stderr=slave,
		        preexec_fn=os.setsid)
		    deadline = time.monotonic() + 20 * int(os.environ.get("TEST_PATIENCE", 1))
		    while termios.tcgetattr(slave)[3] & termios.ICANON and time.monotonic() < deadline:
		        time.sleep(0.02)
		    assert not termios.tcgetattr(slave)[3] & (termios.ICANON | termios.ECHO | termios.ISIG), "not raw"
		    leave(p, master)
		    while p.poll() is None and time.monotonic() < deadline:
		        if select.select([master], [], [], 0.05)[0]:
		            os.read(master, 65536)
		    assert p.poll() is not None, "did not end"
		    assert termios.tcgetattr(slave) == before, "terminal not given back"
		    os.close(master)
		    os.close(slave)
		    return p.returncode

		assert session(lambda p, m: os.write(m, b"\r~.")) == 0
		for sig in signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT:
		    assert session(lambda p, m: p.send_signal(sig)) == -sig, sig
	END
}

@test "a change of the window's size is harmless" {
	zoneadm -z web1 boot
	console_open web1
	soon_boots web1
	kill -WINCH "$console_pid"
	type_keys x
	soon_shows web1 '?'
}

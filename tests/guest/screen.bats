#!/usr/bin/env bats
# A zone's screen with a real guest (vgasect.S): in a VNC viewer, as a picture, and in a real browser.

load ../lib
load guest

setup() {
	new_root
	BOOTSECT=${BOOTSECT%/*}/vgasect.img
	servers=()
}

teardown() {
	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	drop_guests
}

BLUE=0000aa

zonevnc() { "$ROOT/usr/sbin/zonevnc" -R "$ROOT" "$@"; }
rfb() { python3 "$BATS_TEST_DIRNAME/rfb.py" "$@"; }
browser() { timeout "$(patience 150)" python3 "$BATS_TEST_DIRNAME/browser.py" "$@"; }

# screen_zone NAME VNC: booted, with a console session, and the guest has drawn its screen
screen_zone() {
	guest_zone "$1" vnc "$2"
	zoneadm -z "$1" boot
	console_open "$1"
	soon_boots "$1"
	socket=$ROOT/zones/$1/root/tmp/vm.vnc
}

# in_background OUTPUT COMMAND...: until the end of the test; waits for the first line of output
in_background() {
	local output=$ROOT/$1
	shift
	"$@" >"$output" 2>"$output.err" 3>&- &
	servers+=($!)
	server=$!
	wait_for 10 test -s "$output" || { cat "$output.err" >&2 && return 1; }
}

# serve OUTPUT OPTION...: zonevnc itself, not a function in a subshell, so that $server is its process
serve() {
	local output=$1
	shift
	in_background "$output" "$ROOT/usr/sbin/zonevnc" -R "$ROOT" "$@"
}

# png_shows FILE RGB: prints the size; most of the picture has the colour
png_shows() { python3 "$BATS_TEST_DIRNAME/png.py" shows "$@"; }

# http OPTION... URL: prints the status
http() { curl -sk -o /dev/null -w '%{http_code}' -m 10 "$@" || true; }

gone() { ! kill -0 "$1" 2>/dev/null; }

# no_rights PID: nobody, without capabilities, in an empty network, with a filter
no_rights() {
	local facts
	facts=$(cat "/proc/$1/status")
	grep -qE '^Uid:	65534	65534	65534	65534$' <<<"$facts" &&
		grep -qE '^Gid:	65534	65534	65534	65534$' <<<"$facts" &&
		grep -qE '^Groups:[[:space:]]*$' <<<"$facts" &&
		[ "$(grep -c '^Cap.*0000000000000000$' <<<"$facts")" -eq 5 ] &&
		grep -q '^NoNewPrivs:	1$' <<<"$facts" && grep -q '^Seccomp:	2$' <<<"$facts" &&
		[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

@test "a viewer at the zone's socket sees what the guest drew, and its keys reach the guest" {
	screen_zone web1 on
	[ "$(stat -c '%a %U' "$socket")" = "600 root" ]
	run rfb "$socket" colour $BLUE 60 size type hello
	[ "$status" -eq 0 ]
	says 720x400
	soon_shows web1 hello
}

@test "the jail listens nowhere: the hypervisor holds no listening socket for the screen" {
	screen_zone web1 on
	run nsenter -t "$(engine_pid web1)" -n ss -Hltn
	[ -z "$output" ]
	[ -z "$(find "/proc/$(engine_pid web1)/root/dev" -name '*vnc*')" ]
}

@test "--screenshot saves what the screen shows, to a file or to standard output" {
	screen_zone web1 on
	zonevnc --screenshot "$ROOT/shot.png" web1
	run png_shows "$ROOT/shot.png" $BLUE
	[ "$status" -eq 0 ]
	says 720x400
	zonevnc --screenshot - web1 >"$ROOT/stdout.png"
	png_shows "$ROOT/stdout.png" $BLUE
}

@test "--screenshot straight after boot, while the screen changes its size, is the whole picture every time" {
	guest_zone web1 vnc on
	for i in 1 2 3 4 5 6 7 8 9 10; do
		zoneadm -z web1 boot
		zonevnc --screenshot "$ROOT/shot$i.png" web1
		[[ $(python3 "$BATS_TEST_DIRNAME/png.py" size "$ROOT/shot$i.png") == [1-9]*x[1-9]* ]]
		zoneadm -z web1 halt
	done
}

@test "a screenshot that cannot be written is one line, exit 1, and leaves no file" {
	screen_zone web1 on
	mkdir "$ROOT/dir"
	run zonevnc --screenshot "$ROOT/dir" web1
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[ -z "$(find "$ROOT" -maxdepth 1 -name 'dir.*')" ]
	run zonevnc --screenshot "$ROOT/nowhere/shot.png" web1
	[ "$status" -eq 1 ]
	says "nowhere/shot.png"
	run sh -c '"$@" >/dev/full' sh "$ROOT/usr/sbin/zonevnc" -R "$ROOT" --screenshot - web1
	[ "$status" -eq 1 ]
	[ "$output" = "zonevnc: zone 'web1': writing the picture: No space left on device" ]
	# Where rights cannot be given up, nothing is read.
	run setpriv --bounding-set=-sys_admin "$ROOT/usr/sbin/zonevnc" -R "$ROOT" --screenshot "$ROOT/shot.png" web1
	[ "$status" -eq 1 ]
	[ "$output" = "zonevnc: zone 'web1': no picture is read with root's rights: giving up the network: Operation not \
permitted" ]
	[ -z "$(find "$ROOT" -maxdepth 1 -name 'shot.png*')" ]
}

# A terminal, like root's, is what the command has here; the engine stands still, and its screen sends nothing.
@test "what reads a picture has no rights, no terminal and no other file; the picture comes when the screen does" {
	screen_zone web1 on
	for file in "$ROOT/shot.png" -; do
		engine=$(engine_pid web1)
		kill -STOP "$engine"
		python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) != 0)' sh -c 'exec 4</etc/shadow; exec "$@"' sh \
			"$ROOT/usr/sbin/zonevnc" -R "$ROOT" --screenshot "$file" web1 >"$ROOT/terminal" 3>&- &
		servers=($!)
		facts=0 child=
		wait_for 20 drawn_safely "${servers[0]}" || facts=1
		[ $facts = 0 ] || { cat "/proc/$child/status" "/proc/$child/stat" && ls -l "/proc/$child/fd"; } >&2
		kill -CONT "$engine"
		wait "${servers[0]}"
		servers=()
		[ $facts = 0 ]
	done
	png_shows "$ROOT/shot.png" $BLUE
	grep -qa IEND "$ROOT/terminal"
}

# reads_only PID: in a session of its own, with no terminal, no files and no descriptors but a socket and a pipe
reads_only() {
	no_rights "$1" && [ "$(readlink "/proc/$1/ns/ipc")" != "$(readlink /proc/self/ns/ipc)" ] &&
		[ "$(readlink "/proc/$1/root")" != / ] &&
		[ "$(awk '/Max file size/ { print $4 }' "/proc/$1/limits")" = 0 ] &&
		[ "$(awk '{ print $6, $7 }' "/proc/$1/stat")" = "$1 0" ] &&
		[ "$(readlink "/proc/$1"/fd/* | sed 's/:.*//' | LC_ALL=C sort | xargs)" = "/dev/null /dev/null /dev/null pipe socket" ]
}

# drawn_safely PID: the one that draws the picture, a child of what runs in the terminal that PID has made, has no rights
drawn_safely() {
	local parent
	parent=$(pgrep -x zonevnc -P "$1") && child=$(pgrep -x zonevnc -P "$parent") && reads_only "$child"
}

@test "--screenshot is killed: nothing goes on reading" {
	screen_zone web1 on
	engine=$(engine_pid web1)
	kill -STOP "$engine"
	"$ROOT/usr/sbin/zonevnc" -R "$ROOT" --screenshot "$ROOT/shot.png" web1 3>&- &
	servers=($!)
	wait_for 10 pgrep -x zonevnc -P "${servers[0]}"
	child=$(pgrep -x zonevnc -P "${servers[0]}")
	wait_for 5 no_rights "$child"
	kill -KILL "${servers[0]}"
	end=0
	wait_for 5 gone "$child" || end=1
	kill -CONT "$engine"
	[ $end = 0 ]
}

@test "zonevnc: several viewers at once, and the screen goes when the zone halts" {
	screen_zone web1 on
	serve relay web1
	address=$(<"$ROOT/relay")
	[[ $address == 127.0.0.1:* ]]
	in_background one python3 "$BATS_TEST_DIRNAME/rfb.py" "$address" hold
	one=$server
	in_background two python3 "$BATS_TEST_DIRNAME/rfb.py" "$address" hold
	two=$server
	run rfb "$address" colour $BLUE 60 type third
	[ "$status" -eq 0 ]
	soon_shows web1 third
	zoneadm -z web1 halt
	wait_for 10 gone "$one"
	wait_for 10 gone "$two"
	grep -qx gone "$ROOT/one"
	grep -qx gone "$ROOT/two"
	[ ! -e "$socket" ]
	wait_for 20 gone "${servers[0]}"
	grep -q "zone 'web1': the screen has gone" "$ROOT/relay.err"
	wait "${servers[0]}"
}

@test "a guest that reboots drops its viewers; zonevnc stays, and they can come back" {
	screen_zone web1 on
	serve relay web1
	relay=$server
	address=$(<"$ROOT/relay")
	in_background one python3 "$BATS_TEST_DIRNAME/rfb.py" "$address" hold
	rfb "$address" type R 2>/dev/null || true
	wait_for 20 gone "$server"
	soon_boots web1 2
	kill -0 "$relay"
	wait_for 20 rfb "$address" colour $BLUE 60 2>/dev/null
	rfb "$address" type back
	soon_shows web1 back
}

@test "kill -9 of zoneadmd: viewers keep their screen, and the next zonevnc opens it again" {
	screen_zone web1 on
	serve relay web1
	relay=$server
	in_background one python3 "$BATS_TEST_DIRNAME/rfb.py" "$(<"$ROOT/relay")" hold
	kill -KILL "$(daemon_pid web1)"
	is web1 running
	kill -0 "$server"
	wait_for 20 rfb "$socket" colour $BLUE 60 2>/dev/null
	kill -0 "$relay"
	rfb "$(<"$ROOT/relay")" colour $BLUE 60
	zonevnc --screenshot "$ROOT/shot.png" web1
	png_shows "$ROOT/shot.png" $BLUE
}

@test "zonevnc ends with Ctrl-C's signal, and with SIGTERM, and leaves no process and no port" {
	screen_zone web1 on
	for signal in INT TERM; do
		serve relay web1
		child=$(pgrep -P "$server")
		kill -$signal "$server"
		wait_for 10 gone "$child"
		wait_for 10 gone "$server"
		run rfb "$(<"$ROOT/relay")" size
		[ "$status" -ne 0 ]
	done
}

@test "a password is asked for: at the socket, and in a screenshot; it is in no process list" {
	screen_zone web1 '"on,password=s3cret"'
	run rfb "$socket" size
	[ "$status" -ne 0 ]
	says 'the screen wants a password'
	run zonevnc --screenshot "$ROOT/shot.png" web1
	[ "$status" -eq 1 ]
	says 'it may want a password'
	run env ZONEVNC_PASSWORD=wrong "$ROOT/usr/sbin/zonevnc" -R "$ROOT" --screenshot "$ROOT/shot.png" web1
	[ "$status" -eq 1 ]
	says 'wrong password'
	[ ! -e "$ROOT/shot.png" ]
	echo s3cret | zonevnc --screenshot "$ROOT/shot.png" -p - web1
	png_shows "$ROOT/shot.png" $BLUE
	(umask 077 && echo s3cret >"$ROOT/password")
	zonevnc --screenshot "$ROOT/file.png" -p "$ROOT/password" web1
	ZONEVNC_PASSWORD=s3cret zonevnc --screenshot "$ROOT/environment.png" web1
	png_shows "$ROOT/environment.png" $BLUE
	never grep -qa s3cret "/proc/$(engine_pid web1)/cmdline" "/proc/$(daemon_pid web1)/cmdline"
}

@test "the password is asked for after a zoneadmd that was killed, too" {
	screen_zone web1 '"on,password=s3cret"'
	kill -KILL "$(daemon_pid web1)"
	echo s3cret | zonevnc --screenshot "$ROOT/shot.png" -p - web1
	png_shows "$ROOT/shot.png" $BLUE
	run rfb "$socket" size
	says 'the screen wants a password'
}

@test "vnc=wait: the guest runs no instruction before the first viewer is there" {
	guest_zone web1 vnc wait
	run zoneadm -z web1 boot
	[ "$status" -eq 0 ]
	says 'waits for the first viewer'
	door web1 Status '{}' | grep -q guest-waiting
	console_open web1
	sleep 2
	never booted web1
	kill -KILL "$(daemon_pid web1)"
	console_open web1
	sleep 1
	never booted web1
	wait_for 10 rfb "$ROOT/zones/web1/root/tmp/vm.vnc" size
	soon_boots web1
	door web1 Status '{}' | grep -q guest-running
}

@test "vnc=tcp=ADDRESS:PORT listens there on the host, and zonevnc finds it" {
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	screen_zone web1 "\"tcp=127.0.0.1:$port\""
	rfb "127.0.0.1:$port" colour $BLUE 60 type direct
	soon_shows web1 direct
	zonevnc --screenshot "$ROOT/shot.png" web1
	png_shows "$ROOT/shot.png" $BLUE
	serve relay web1
	rfb "$(<"$ROOT/relay")" size
	guest_zone web2 vnc "\"tcp=127.0.0.1:$port\""
	run zoneadm -z web2 boot
	[ "$status" -eq 1 ]
	says "127.0.0.1 port $port: Address already in use"
	is web2 installed
	zoneadm -z web1 halt
	run rfb "127.0.0.1:$port" size
	[ "$status" -ne 0 ]
}

# flood PORT SECONDS PID: connects as fast as it can, and hangs up; prints the most descriptors that PID had
flood() {
	python3 - "$@" <<-'END'
		import os, socket, sys, time
		port, seconds, fds = int(sys.argv[1]), float(sys.argv[2]), "/proc/%s/fd" % sys.argv[3]
		end = time.monotonic() + seconds
		def come_and_go():
		    while time.monotonic() < end:
		        many = [socket.socket() for _ in range(64)]
		        for s in many:
		            s.setblocking(False)
		            s.connect_ex(("127.0.0.1", port))
		        time.sleep(0.002)
		        for s in many:
		            s.close()
		child = os.fork()
		if child == 0:
		    come_and_go()
		    os._exit(0)
		most = 0
		while time.monotonic() < end:
		    most = max(most, len(os.listdir(fds)))
		    time.sleep(0.05)
		print(most)
	END
}

@test "a flood of viewers without the password: the hypervisor keeps few descriptors, shutdown and viewers work" {
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	BOOTSECT=${BOOTSECT%/*}/bootsect.img
	guest_zone web1 vnc "\"wait,tcp=127.0.0.1:$port,password=s3cret\""
	zoneadm -z web1 boot
	engine=$(engine_pid web1)
	before=$(ls "/proc/$engine/fd" | wc -l)
	most=$(flood "$port" 5 "$engine")
	echo "descriptors: $before before, at most $most"
	[ "$most" -le $((before + 64)) ]
	few() { [ "$(ls "/proc/$engine/fd" | wc -l)" -le $((before + 2)) ]; }
	wait_for 20 few
	door web1 Status '{}' | grep -q guest-running
	echo s3cret | zonevnc --screenshot "$ROOT/shot.png" -p - web1
	[[ $(python3 "$BATS_TEST_DIRNAME/png.py" size "$ROOT/shot.png") == [1-9]*x[1-9]* ]]
	# While the hypervisor hangs, so do viewers; it is told once, and they get the screen afterwards.
	kill -STOP "$engine"
	echo s3cret | zonevnc --screenshot "$ROOT/late.png" -p - web1 3>&- &
	servers+=($!)
	wait_for 30 log_says web1 'screen: the hypervisor has not taken a viewer within 10 s'
	kill -CONT "$engine"
	wait "${servers[0]}"
	python3 "$BATS_TEST_DIRNAME/png.py" size "$ROOT/late.png"
	console_open web1
	soon_boots web1
	type_keys w
	soon_shows web1 w
	flood "$port" 5 "$engine" >/dev/null 2>&1 3>&- &
	servers+=($!)
	sleep 1
	zoneadm -z web1 shutdown -t "$(patience 30)"
	is web1 installed
}

@test "vnc=unix=PATH is a socket at that path in the zone" {
	guest_zone web1 vnc '"unix=/tmp/z.vnc"'
	zoneadm -z web1 boot
	rfb "$ROOT/zones/web1/root/tmp/z.vnc" colour $BLUE 60
	zoneadm -z web1 halt
	[ ! -e "$ROOT/zones/web1/root/tmp/z.vnc" ]
}

@test "the sockets of a zone can have names as long as a file's; longer ones are refused" {
	long=$(printf '%0255d' 0)
	guest_zone web1 vnc "\"unix=/tmp/${long/0/v}\"" com2 "\"socket,/tmp/${long/0/c}\""
	zoneadm -z web1 boot
	folder=$ROOT/zones/web1/root/tmp
	[ "$(stat -c '%a %U %F' "$folder/${long/0/v}" "$folder/${long/0/c}")" = $'600 root socket\n600 root socket' ]
	[ ! -e "$folder/.zone-socket.new" ]
	zonevnc --screenshot "$ROOT/shot.png" web1
	png_shows "$ROOT/shot.png" $BLUE
	zoneadm -z web1 halt
	[ -z "$(find "$folder" -type s)" ]
	for attr in "vnc unix=" "com2 socket,"; do
		run zonecfg -z web1 "select attr name=${attr% *}; set value=\"${attr#* }/tmp/x$long\"; end"
		[ "$status" -eq 1 ]
		says "a name in the path of a socket has at most 255 bytes, not 256"
		says "${attr% *}:"
	done
}

@test "no screen, no zone, a halted zone: one line each, exit 1; a wrong option: usage, exit 2" {
	guest_zone web1
	run zonevnc web1
	[ "$status" -eq 1 ]
	says "zonevnc: zone 'web1': zone is installed; only a running zone has a screen"
	zoneadm -z web1 boot
	run zonevnc web1
	[ "$status" -eq 1 ]
	says "the zone has no screen"
	run zonevnc nosuch
	[ "$status" -eq 1 ]
	for options in "" "-l 70000 web1" "-l host:1 web1" "--nosuch web1"; do
		run zonevnc $options
		[ "$status" -eq 2 ]
	done
	while IFS='|' read -r options text; do
		run zonevnc $options web1
		[ "$status" -eq 2 ]
		[ "${lines[0]}" = "zonevnc: $text" ]
	done <<-'END'
		--web --cert x|--cert and --key go together: one of them is missing
		--cert x --key y|--cert and --key are for --web
		-p x|-p is for --screenshot: a viewer asks for the password itself
		--web --screenshot x|--screenshot saves a picture: neither --web nor -l goes with it
	END
}

@test "the brand's socat makes the socket reachable by TCP" {
	screen_zone web1 on
	in_background socat "$ROOT/usr/lib/brand/bhyve/socat" "$socket" 127.0.0.1:0
	rfb "$(sed 's/.* //' "$ROOT/socat")" colour $BLUE 60 type socat
	soon_shows web1 socat
	run "$ROOT/usr/lib/brand/bhyve/socat" "$ROOT/nothing"
	[ "$status" -eq 1 ]
	says 'not a socket'
}

@test "a viewer that stops reading costs zonevnc no memory and holds up no other" {
	screen_zone web1 on
	serve relay web1
	in_background slow python3 "$BATS_TEST_DIRNAME/rfb.py" "$(<"$ROOT/relay")" stall 200
	rfb "$(<"$ROOT/relay")" colour $BLUE 60 type quick
	soon_shows web1 quick
	[ "$(awk '/VmRSS/ { print $2 }' "/proc/$(pgrep -P "${servers[0]}")/status")" -lt 8192 ]
}

# --- the browser ---------------------------------------------------------------------------------------------

# web OPTION...: the server for web1; $url is the URL for one viewer, $base the address
web() {
	serve web --web "$@" web1
	url=$(<"$ROOT/web")
	base=${url%/open/*}
}

# upgrade ORIGIN OPTION... URL: the status of a WebSocket handshake
upgrade() {
	local origin=$1
	shift
	curl -sk -o /dev/null -w '%{http_code}' -m 2 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
		-H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' -H "Origin: $origin" "$@" || true
}

# enter JAR: goes through $url as a browser with these cookies does; $ws is then the WebSocket's address
enter() {
	local location
	location=$(curl -sk -o /dev/null -b "$ROOT/$1" -c "$ROOT/$1" -w '%{redirect_url}' -m 10 "$url")
	[[ $location == "$base/vnc.html?"*"#path=websockify/"* ]]
	ws=$base/${location##*#path=}
}

@test "--web: the URL works once and gives a cookie; without the cookie everything is 404" {
	screen_zone web1 on
	web
	[[ $base == http://127.0.0.1:* ]]
	for path in / /vnc.html /app/ui.js /websockify /open/ /open/00000000000000000000000000000000; do
		[ "$(http "$base$path")" = 404 ]
	done
	[ "$(http -X POST -d x "$url")" = 404 ]
	http -I "$url"
	[ "$(upgrade "$base" "$base/websockify")" = 404 ]
	[ "$(http -c "$ROOT/jar" "$url")" = 302 ]
	[ "$(http "$url")" = 404 ]
	[ "$(http -b "$ROOT/jar" "$base/vnc.html")" = 200 ]
	grep -q '^#HttpOnly_' "$ROOT/jar"
	[ "$(wc -l <"$ROOT/web")" -eq 2 ]
	[ "$(tail -n 1 "$ROOT/web")" != "$url" ]
}

@test "--web: the cookie opens noVNC's files and nothing else" {
	screen_zone web1 on
	web
	http -c "$ROOT/jar" "$url"
	for path in /../../etc/passwd /app/../../../../etc/passwd /app/%2e%2e/vnc.html /.. /app/ /app/.hidden.js \
		/vnc.html/ //etc/passwd; do
		[ "$(http -b "$ROOT/jar" --path-as-is "$base$path")" != 200 ] || [ "$path" = /app/%2e%2e/vnc.html ]
	done
	[ "$(http -b "$ROOT/jar" -X POST -d x "$base/vnc.html")" = 404 ]
	curl -s -b "$ROOT/jar" -D - -o /dev/null "$base/vnc.html" | grep -qi "frame-ancestors 'none'"
}

@test "--web: a WebSocket needs the cookie, a page of this server, and the address that only that page knows" {
	screen_zone web1 on
	web
	enter other
	other=$ws
	url=$(tail -n 1 "$ROOT/web")
	enter jar
	[ "$other" != "$ws" ]
	[ "$(upgrade http://127.0.0.1:1 -b "$ROOT/jar" "$ws")" = 404 ]
	[ "$(upgrade http://evil.example -b "$ROOT/jar" "$ws")" = 404 ]
	[ "$(upgrade null -b "$ROOT/jar" "$ws")" = 404 ]
	[ "$(upgrade "$base" "$ws")" = 404 ]
	[ "$(upgrade "$base" -b "$ROOT/jar" "$base/vnc.html")" = 404 ]
	[ "$(upgrade "$base" -b "$ROOT/jar" -H 'Sec-WebSocket-Protocol: screen' "$ws")" != 101 ]
	# Whoever listens on another port of this host is sent the cookie, and can say any Origin.
	for address in "$base/websockify" "$base/websockify/" "$base/websockify/$(printf '%032d' 0)" "$other" \
		"${ws}0" "${ws%?}" "$base/websockify/$(awk '/zonevnc/ { print $7 }' "$ROOT/jar")"; do
		[ "$(upgrade "$base" -b "$ROOT/jar" "$address")" = 404 ]
	done
	[ "$(upgrade "$base" -b "$ROOT/jar" "$ws")" = 101 ]
	[ "$(upgrade "$base" -b "$ROOT/other" "$other")" = 101 ]
	# Once more into the same browser: what is open there goes on.
	url=$(tail -n 1 "$ROOT/web")
	enter other
	[ "$other" = "$ws" ]
	[ "$(upgrade "$base" -b "$ROOT/other" "$other")" = 101 ]
	never grep -q "${ws##*/}" "$ROOT/web" "$ROOT/web.err"
}

@test "--web: large cookies of others on this host do no harm" {
	screen_zone web1 on
	web
	http -c "$ROOT/jar" "$url"
	cookie=$(awk '/zonevnc/ { print $6 "=" $7 }' "$ROOT/jar")
	large=$(head -c 9000 /dev/zero | tr '\0' x)
	[ "$(http -H "Cookie: other=$large; $cookie" "$base/vnc.html")" = 200 ]
	[ "$(http -H "Cookie: other=$large$large$large$large" "$base/vnc.html")" != 200 ]
	[ "$(http -H "Cookie: $cookie" "$base/vnc.html")" = 200 ]
}

@test "in a browser: the page shows the guest's screen, and typed keys reach the guest, after a reload too" {
	command -v chromium >/dev/null || skip "chromium is not installed"
	screen_zone web1 on
	web
	browser "$url" colour $BLUE 60 type webkeys shot "$ROOT/page.png" reload colour $BLUE 60 type anew
	soon_shows web1 webkeys
	soon_shows web1 anew
	[ -s "$ROOT/page.png" ]
}

@test "in a browser, over TLS with a certificate of one's own, before and after a reboot" {
	command -v chromium >/dev/null || skip "chromium is not installed"
	screen_zone web1 on
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$ROOT/key.pem" -out "$ROOT/cert.pem" -days 2 \
		-subj /CN=localhost -batch 2>/dev/null
	web --cert "$ROOT/cert.pem" --key "$ROOT/key.pem"
	[[ $base == https://127.0.0.1:* ]]
	browser "$url" colour $BLUE 60 type tls
	soon_shows web1 tls
	zoneadm -z web1 reboot
	soon_boots web1 2
	browser "$(tail -n 1 "$ROOT/web")" colour $BLUE 60 type again
	soon_shows web1 again
}

@test "--web: a certificate that is missing or no pair with its key: one line, exit 1" {
	screen_zone web1 on
	run zonevnc --web --cert "$ROOT/none.pem" --key "$ROOT/none.pem" web1
	[ "$status" -eq 1 ]
	says "none.pem: No such file"
	for name in a b; do
		openssl req -x509 -newkey rsa:2048 -nodes -keyout "$ROOT/$name.key" -out "$ROOT/$name.pem" -days 2 \
			-subj /CN=localhost -batch 2>/dev/null
	done
	run zonevnc --web --cert "$ROOT/a.pem" --key "$ROOT/b.key" web1
	[ "$status" -eq 1 ]
	says "certificate and key are no pair: $ROOT/a.pem, $ROOT/b.key"
	run zonevnc --web --cert "$ROOT/a.key" --key "$ROOT/a.key" web1
	[ "$status" -eq 1 ]
	says "a.key: not a certificate in PEM form"
	run zonevnc --web --cert "$ROOT/a.pem" --key "$ROOT/a.pem" web1
	says "a.pem: not a private key in PEM form"
	openssl pkcs8 -topk8 -in "$ROOT/a.key" -out "$ROOT/locked.key" -passout pass:secret
	run zonevnc --web --cert "$ROOT/a.pem" --key "$ROOT/locked.key" web1
	[ "$status" -eq 1 ]
	says "locked.key: the private key has a passphrase; one without is needed"
}

@test "what serves viewers and browsers has no rights; another process makes the connections, and has no ears" {
	screen_zone web1 on
	web
	serve relay web1
	for server in "${servers[@]}"; do
		child=$(pgrep -P "$server")
		wait_for 5 no_rights "$child"
		helper=$(pgrep -P "$child")
		# Root, and nothing of the outside is open in it but the socket to its parent.
		[ "$(find "/proc/$helper/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
	done
	[ "$(readlink "/proc/$(pgrep -P "${servers[0]}")/root")" = /usr/share/novnc ]
	rfb "$(<"$ROOT/relay")" colour $BLUE 60 type viewer
	soon_shows web1 viewer
	# A server that is killed takes its helper along.
	child=$(pgrep -P "$server") helper=$(pgrep -P "$(pgrep -P "$server")")
	kill -9 "$child"
	wait_for 5 gone "$helper"
	wait_for 5 gone "$server"
}

@test "--web: a port that is taken: one line, exit 1" {
	screen_zone web1 on
	serve relay web1
	run timeout "$(patience 10)" "$ROOT/usr/sbin/zonevnc" -R "$ROOT" --web -l "$(<"$ROOT/relay")" web1
	[ "$status" -eq 1 ]
	says "cannot listen on 127.0.0.1"
}

#!/usr/bin/env bats
# The example of the OmniOS page about bhyve zones, as it is printed, with Debian's real installer on the CD-ROM.
# Two of its lines are about the host: dladm makes a vnic, and zfs a volume.  Here nat0 stands below the NIC, and
# the volume is a file of a directory pool.

load ../lib
load ../guest/guest

GUEST=$BATS_TEST_DIRNAME/../guest

setup() {
	new_root
	servers=()
}

teardown() {
	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	drop_guests
}

zonevnc() { "$ROOT/usr/sbin/zonevnc" -R "$ROOT" "$@"; }
rfb() { python3 "$GUEST/rfb.py" "$@"; }

# in_background OUTPUT COMMAND...: until the end of the test; $server is its process
in_background() {
	local output=$ROOT/$1
	shift
	"$@" >"$output" 2>&1 3>&- &
	server=$!
	servers+=($!)
}

# bar FILE: the top of the red bar on the entry that is selected; fails without a menu
bar() {
	local seen
	seen=$(python3 "$GUEST/png.py" menu "$1") || return
	[ "${seen#* }" = 16 ] && echo "${seen% *}"
}

# The first pictures are of the firmware and of the kernel's start.
soon_menu() {
	local end=$((SECONDS + 600))
	until zonevnc --screenshot "$ROOT/menu.png" debian && bar "$ROOT/menu.png" 2>/dev/null; do
		[ $SECONDS -lt $end ] || return 1
		sleep 3
	done
}

# reaches ADDRESS:PORT
reaches() { rfb "$1" size >/dev/null 2>&1; }

install_as_printed() {
	mkdir -p "$ROOT/rpool/iso" "$ROOT/var/lib/zones/pools/rpool"
	"$GUEST/../../scripts/mkguest" --installer "$ROOT/rpool/iso/debian-9.4.0-amd64-netinst.iso"
	# zfs create -V 30G rpool/bhyve0
	truncate -s 30G "$ROOT/var/lib/zones/pools/rpool/bhyve0.raw"
	zonecfg -z debian <"$GUEST/../command/zonecfg/golden/omnios-debian.zcf"
	# dladm create-vnic -l net0 bhyve0
	zonecfg -z debian "select net physical=bhyve0; set global-nic=nat0; end"
	zoneadm -z debian install
	zoneadm -z debian boot
	console_open debian
	socket=$ROOT/data/zone/bhyve/root/tmp/vm.vnc
}

@test "the OmniOS page's Debian example: the installer's menu is seen by every way, and keys move it" {
	install_as_printed
	before=$(soon_menu)

	# /usr/lib/brand/bhyve/socat /data/zone/bhyve/root/tmp/vm.vnc 5905
	in_background socat "$ROOT/usr/lib/brand/bhyve/socat" "$socket" 5905
	wait_for 10 reaches 127.0.0.1:5905
	rfb 127.0.0.1:5905 colour aaaaaa 60
	kill "$server"
	wait "$server" || true
	in_background socat socat TCP-LISTEN:5905,reuseaddr,fork "UNIX-CONNECT:$socket"
	wait_for 10 reaches 127.0.0.1:5905
	rfb 127.0.0.1:5905 colour aaaaaa 60

	in_background web "$ROOT/usr/sbin/zonevnc" -R "$ROOT" --web debian
	wait_for 10 test -s "$ROOT/web"
	timeout 150 python3 "$GUEST/browser.py" "$(head -n 1 "$ROOT/web")" colour aaaaaa 60 \
		canvas "$ROOT/page.png" press ArrowDown
	[ "$(bar "$ROOT/page.png")" = "$before" ]
	moved() {
		zonevnc --screenshot "$ROOT/moved.png" debian
		[ "$(bar "$ROOT/moved.png")" = $((before + 16)) ]
	}
	wait_for 60 moved

	# A letter goes to the next entry that begins with it, by the ordinary socat of the page.
	rfb 127.0.0.1:5905 type d
	at_danish() {
		zonevnc --screenshot "$ROOT/letter.png" debian
		[ "$(bar "$ROOT/letter.png")" -lt "$before" ]
	}
	wait_for 60 at_danish

	# "Post Install": the next boot has no CD-ROM.
	holds_iso() { [ -n "$(find "/proc/$(engine_pid debian)/fd" -lname '*-netinst.iso')" ]; }
	holds_iso
	printf '%s\n' 'remove attr name=cdrom' verify commit exit | zonecfg -z debian
	zoneadm -z debian reboot
	never holds_iso
}

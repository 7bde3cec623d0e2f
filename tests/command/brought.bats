#!/usr/bin/env bats
# Configurations as people bring them: scripts of how-tos, what zadm writes, the XML of SmartOS.  Each is taken
# without a word, comes out of export as it went in, and is installed.

load ../lib
load zoneadm
load zonecfg/helper

BROUGHT=$BATS_TEST_DIRNAME/brought

setup() {
	new_root
	mkdir -p "$ROOT"/{rpool/iso,tank/iso,srv/share,srv/src}
	touch "$ROOT"/tank/iso/{win,virtio,x}.iso "$ROOT/rpool/iso/debian.iso"
}

teardown() {
	drop_root
}

# volumes POOL/NAME...: of 1 MiB
volumes() {
	local name
	for name; do
		mkdir -p "$(dirname "$ROOT/var/lib/zones/pools/$name")"
		truncate -s 1M "$ROOT/var/lib/zones/pools/$name.raw"
	done
}

# comes_in NAME: verify is content, export recreates it, and it is installed
comes_in() {
	prints '' -z "$1" verify
	zonecfg -z "$1" export >"$ROOT/script"
	sed 's|^set zonepath=.*|set zonepath=/zones/again|' "$ROOT/script" >"$ROOT/again"
	prints '' -z again -f "$ROOT/again"
	zonecfg -z again export | diff "$ROOT/again" -
	zonecfg -z "$1" export --json | sed 's|"/zones/[^"]*"|"/zones/again"|' >"$ROOT/json"
	zonecfg -z again delete -F
	prints '' -z again import --json -f "$ROOT/json"
	zonecfg -z again export | diff "$ROOT/again" -
	zonecfg -z again delete -F
	run zoneadm -z "$1" install
	[ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
	[[ $output != *WARNING:*attr* ]]
	[ "$(state_of "$1")" = installed ]
}

# script_comes_in NAME
script_comes_in() {
	prints '' -z "$1" -f "$BROUGHT/$1.zcf"
	comes_in "$1"
}

@test "the example of the OmniOS pages" {
	volumes rpool/bhyve0
	script_comes_in howto
}

@test "what zadm writes, with cloud-init" {
	volumes rpool/vms/zadm1/{root,d0}
	script_comes_in zadm
}

@test "Windows, with two images from one directory" {
	volumes tank/win
	script_comes_in windows
}

@test "a machine of the kvm brand with wildcards" {
	volumes tank/kvm1{,-data}
	script_comes_in kvm
}

@test "a script of one line" {
	volumes tank/one
	script_comes_in oneline
}

@test "shared directories, extra words and attributes of the user's own" {
	script_comes_in shares
}

@test "the resources of RFD 121" {
	volumes tank/rfd{,2}
	script_comes_in rfd121
}

@test "the XML of a zone that vmadm made; its second disk is made at install" {
	volumes zones/smartos/disk0
	cp "$BROUGHT/smartos.xml" "$ROOT/etc/zones/smartos.xml"
	prints '' -z smartos 'create -X'
	comes_in smartos
	[ "$(stat -c %s "$ROOT/var/lib/zones/pools/zones/smartos/disk1.raw")" = $((16 << 20)) ]
}

#!/usr/bin/env bats
# zoneadm list: selection, order and formats.

load ../lib
load zoneadm

setup() {
	new_root
	store_brand
	store_zone conf1
	store_zone half1 incomplete
	store_zone inst1 installed
	store_zone inst2 installed '/zones/with:colon'
}

teardown() {
	drop_root
}

@test "without options: the active zones, of which the host is one" {
	run zoneadm list
	[ "$status" -eq 0 ]
	[ "$output" = global ]
}

@test "-i adds the installed zones, -c all, -n leaves global out" {
	[ "$(zoneadm list -i | xargs)" = 'global inst1 inst2' ]
	[ "$(zoneadm list -c | xargs)" = 'global conf1 half1 inst1 inst2' ]
	[ "$(zoneadm list -cn | xargs)" = 'conf1 half1 inst1 inst2' ]
	[ -z "$(zoneadm list -n)" ]
}

@test "the order is that of the index" {
	store_zone aaa installed
	[ "$(zoneadm list -in | xargs)" = 'inst1 inst2 aaa' ]
}

@test "-z lists that zone in whatever state it is" {
	[ "$(zoneadm -z conf1 list)" = conf1 ]
	[ "$(zoneadm -z half1 list -n)" = half1 ]
}

@test "-p: seven fields with colons between them" {
	run zoneadm -z inst1 list -p
	[[ $output =~ ^-:inst1:installed:/zones/inst1:[0-9a-f-]{36}:trial:excl$ ]]
	run zoneadm -z conf1 list -p
	[ "$output" = '-:conf1:configured:/zones/conf1::trial:excl' ]
}

@test "-p: a colon in the path is escaped" {
	run zoneadm -z inst2 list -p
	[[ $output == '-:inst2:installed:/zones/with\:colon:'* ]]
}

@test "-p: the line of the global zone" {
	run zoneadm list -p
	[ "$output" = '0:global:running:/::linux:shared' ]
}

@test "-v: a table with a heading" {
	run zoneadm list -cv
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = '  ID NAME             STATUS     PATH                           BRAND    IP    ' ]
	[ "${lines[1]}" = '   0 global           running    /                              linux    shared' ]
	[ "${lines[2]}" = '   - conf1            configured /zones/conf1                   trial    excl  ' ]
	[ "${#lines[@]}" -eq 6 ]
}

@test "-v: no heading when there is nothing to list" {
	run zoneadm list -nv
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "-p and -v exclude each other" {
	run zoneadm list -pv
	[ "$status" -eq 1 ]
	[ "$output" = 'zoneadm: list -p and -v are mutually exclusive.' ]
}

@test "--json: an array of objects" {
	zoneadm list -c --json | python3 -c '
import json, sys
zones = {z["name"]: z for z in json.load(sys.stdin)}
assert list(zones) == ["global", "conf1", "half1", "inst1", "inst2"], zones
assert zones["global"]["id"] == 0
assert zones["conf1"] == {"id": None, "name": "conf1", "state": "configured", "path": "/zones/conf1",
    "uuid": None, "brand": "trial", "ip-type": "excl", "aux": None, "reason": None}
assert zones["inst2"]["path"] == "/zones/with:colon"
assert len(zones["inst1"]["uuid"]) == 36'
}

@test "an empty list is empty JSON" {
	run zoneadm list -n --json
	[ "$status" -eq 0 ]
	[ "$output" = '[]' ]
}

@test "without index or configuration directory there is the global zone" {
	rm -r "$ROOT/etc/zones" "$ROOT/run/zones"
	run zoneadm list -c
	[ "$status" -eq 0 ]
	[ "$output" = global ]
	[ ! -e "$ROOT/run/zones" ]
}

@test "a damaged configuration or brand hides no zone" {
	echo '<zone' >"$ROOT/etc/zones/inst1.xml"
	run zoneadm list -cp
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 5 ]
	[[ ${lines[3]} == -:inst1:installed:/zones/inst1:*::shared ]]
}

@test "a damaged run-time record hides no zone" {
	echo garbage >"$ROOT/run/zones/inst1.state"
	run zoneadm list -ip
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == -:inst1:installed:* ]]
	rm "$ROOT/run/zones/inst1.state"
}

@test "a record of an earlier boot of the host counts for nothing" {
	echo '{"state":"running","id":7,"pid":1,"start":1,"uid":1,"aux":"","reason":"","boot_id":"6f0c4b4e-1d8f-4d1b-9a53-1c1f4e0a7d11"}' \
		>"$ROOT/run/zones/inst1.state"
	[ "$(state_of inst1)" = installed ]
	rm "$ROOT/run/zones/inst1.state"
}

@test "a full standard output is an error" {
	local how
	for how in "" --json; do
		run bash -c '"$ROOT/usr/sbin/zoneadm" -R "$ROOT" list -c '"$how"' 2>&1 >/dev/full'
		[ "$status" -eq 1 ]
		[ "$output" = "zoneadm: standard output: No space left on device" ]
	done
}

@test "a thousand zones are listed, each once" {
	for i in $(seq 1000); do
		store_zone "z$i"
	done
	[ "$(zoneadm list -cp | wc -l)" -eq 1005 ]
	[ "$(zoneadm list -cp | cut -d: -f2 | sort | uniq -d)" = '' ]
}

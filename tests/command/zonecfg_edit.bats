#!/usr/bin/env bats
# The editor: on zones in every state, and what no script can say stays.
load ../lib
load zonecfg/helper

setup() {
	zonecfg_setup
	new_zone z
}
teardown() { drop_root; }

@test "an installed zone can be edited; its zonepath and brand stand fast" {
	add_brand other
	set_state z installed
	EDITOR=true prints "Nothing was changed." -z z edit
	EDITOR='sed -i s/autoboot=false/autoboot=true/' zonecfg -z z edit
	prints "autoboot: true" -z z info autoboot
	EDITOR='sed -i s,zonepath=.*,zonepath=/zones/q,' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "Zone z already installed; set zonepath not allowed." ]
	[ "${lines[1]}" = "edit: nothing was changed" ]
	EDITOR='sed -i s/brand=plain/brand=other/' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "Zone z already installed; set brand not allowed." ]
	prints $'zonepath: /zones/z\nbrand: plain' -z z "info zonepath; info brand"
}

@test "a running zone can be edited" {
	set_state z installed
	printf '{"state":"running","aux":"","id":1,"pid":%d,"start":%d,"uid":0,"boot_id":"%s","reason":""}' \
		$$ "$(cut -d' ' -f22 /proc/$$/stat)" "$(cat /proc/sys/kernel/random/boot_id)" >"$ROOT/run/zones/z.state"
	EDITOR='sed -i s/autoboot=false/autoboot=true/' zonecfg -z z edit
	rm "$ROOT/run/zones/z.state"
	prints "autoboot: true" -z z info autoboot
}

@test "a zonepath forced in the same session, or written with a slash too many, is no change" {
	set_state z installed
	EDITOR='sed -i s/autoboot=false/autoboot=true/' zonecfg -z z "set -F zonepath=/zones/y; edit"
	prints $'zonepath: /zones/y\nautoboot: true' -z z "info zonepath; info autoboot"
	sed -i 's|/zones/y|//zones/y/|' "$ROOT/etc/zones/z.xml"
	EDITOR='sed -i s/autoboot=true/autoboot=false/' zonecfg -z z edit
	prints "autoboot: false" -z z info autoboot
}

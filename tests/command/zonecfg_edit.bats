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

# two_nets: a zone whose first net has XML that the schema does not know.
two_nets() {
	zonecfg -z z 'add net; set physical=net0; end; add net; set physical=net1; end; add attr; set name=a; set type=string; set value=1; end'
	sed -i 's|<network physical="net0"[^>]*>|<network physical="net0" foo="bar"><sub x="1"/></network>|' "$ROOT/etc/zones/z.xml"
	grep -q 'foo="bar"' "$ROOT/etc/zones/z.xml"
	zonecfg -z z "set bootargs=x"
	known_by net0
}

# known_by LINK: the net of that link, and no other, has what the schema does not know.
known_by() {
	[ "$(xmllint --xpath 'string(//network[@foo="bar"][sub/@x="1"]/@physical)' "$ROOT/etc/zones/z.xml")" = "$1" ] &&
		[ "$(grep -c 'foo=' "$ROOT/etc/zones/z.xml")" -eq 1 ]
}

@test "what the schema does not know of a resource stays, whatever is changed in it" {
	two_nets
	EDITOR='sed -i s/net0/net7/' zonecfg -z z edit
	known_by net7
	EDITOR='sed -i "s/.*net7.*/set physical=net8\nset allowed-address=10.0.0.1\/24/"' zonecfg -z z edit
	known_by net8
	EDITOR='sed -i -e s/net8/net3/ -e s/net1/net2/' zonecfg -z z edit
	known_by net3
	EDITOR='sed -i "s/value=.1./value=2/"' zonecfg -z z edit
	known_by net3
}

@test "what goes with it is told from what cannot be placed" {
	two_nets
	EDITOR='sed -i -e s/net0/net7/ -e "\$aadd net\nset physical=net9\nend"' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "edit: the file says more of net net0 than a script can, and where that belongs cannot be told: change one net at a time" ]
	[ "${lines[1]}" = "edit: nothing was changed" ]
	known_by net0
	EDITOR='sed -i "\$aadd net\nset physical=net9\nend"' zonecfg -z z edit
	known_by net0
	cat >"$ROOT/drop" <<-'SH'
		#!/bin/sh
		awk '/^add net/ { block = $0; held = 1; next }
			held { block = block "\n" $0; if ($0 == "end") { if (block !~ /net0/) print block; held = 0 } next }
			{ print }' "$1" >"$1.new" && mv "$1.new" "$1"
	SH
	chmod +x "$ROOT/drop"
	EDITOR=$ROOT/drop zonecfg -z z edit
	run ! grep -q foo= "$ROOT/etc/zones/z.xml"
}

@test "what the file says more of an option stays with it when the option is changed" {
	zonecfg -z z 'add fs; set dir=/a; set special=/b; set type=lofs; add options [ro,nosuid]; end'
	sed -i 's|<fsoption name="ro"/>|<fsoption name="ro" q="1"/>|' "$ROOT/etc/zones/z.xml"
	EDITOR='sed -i "s/options ro/options rw/"' zonecfg -z z edit
	grep -qF '<fsoption name="rw" q="1"/>' "$ROOT/etc/zones/z.xml"
	EDITOR='sed -i s/nosuid/nodevices/' zonecfg -z z edit
	grep -qF '<fsoption name="rw" q="1"/>' "$ROOT/etc/zones/z.xml"
	EDITOR='sed -i -e "s/options rw/options ro\nadd options quota/"' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "edit: the file says more of fs /a than a script can, and where that belongs cannot be told: change one fs at a time" ]
	EDITOR='sed -i "/options rw/d"' zonecfg -z z edit
	run ! grep -q 'q="1"' "$ROOT/etc/zones/z.xml"
	prints $'fs:\n\tdir: /a\n\tspecial: /b\n\traw not specified\n\ttype: lofs\n\toptions: [nodevices]' -z z info fs
}

#!/usr/bin/env bats
# The command line of zonecfg: options, modes, exit status.
load ../lib
load zonecfg/helper

setup() { zonecfg_setup; }
teardown() { drop_root; }

@test "no argument at all prints the usage on standard error and exits 2" {
	run --separate-stderr "$ROOT/usr/sbin/zonecfg"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == usage:* ]]
}

@test "an unknown option exits 2, -? prints the usage on standard output and exits 2" {
	run --separate-stderr zonecfg -x
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == "zonecfg: there is no option '-x'"$'\n'usage:* ]]
	run --separate-stderr zonecfg -z
	[ "$status" -eq 2 ]
	[[ $stderr == "zonecfg: option -z needs a value"$'\n'usage:* ]]
	run --separate-stderr zonecfg '-?'
	[ "$status" -eq 2 ]
	[ -z "$stderr" ]
	[[ $output == usage:* ]]
}

@test "a subcommand without a zone exits 2" {
	run zonecfg info
	[ "$status" -eq 2 ]
}

@test "--help and --version exit 0" {
	run zonecfg --help
	[ "$status" -eq 0 ]
	[[ $output == usage:* ]]
	run zonecfg --version
	[ "$status" -eq 0 ]
	[[ $output =~ [0-9]+\.[0-9]+\.[0-9]+ ]]
}

@test "help exits 0 for a command, a resource type, a property and an unknown subject" {
	for topic in commands syntax usage add net physical bootargs '?'; do
		run "$ROOT/usr/sbin/zonecfg" help "$topic"
		[ "$status" -eq 0 ]
		[ -n "$output" ]
	done
	run "$ROOT/usr/sbin/zonecfg" help nonsense
	[ "$status" -eq 0 ]
	[[ $output == "Unknown help subject nonsense.  "* ]]
}

@test "help explains every command, every resource type and every property" {
	local word
	for word in $(zonecfg --complete 'help '); do
		run zonecfg help "$word"
		[ "$status" -eq 0 ]
		[[ $output != Unknown* ]] || { echo "no help for $word"; false; }
	done
}

@test "the alternate root must be absolute and a directory" {
	run "$ROOT/usr/sbin/zonecfg" -R relative -z a info
	[ "$status" -eq 2 ]
	[ "$output" = "root path must be absolute: relative" ]
	run "$ROOT/usr/sbin/zonecfg" -R /nonexistent -z a info
	[ "$status" -eq 2 ]
	[ "$output" = "root path must be a directory: /nonexistent" ]
}

@test "the alternate root may be given after the zone" {
	new_zone a
	run "$ROOT/usr/sbin/zonecfg" -z a -R "$ROOT" info brand
	[ "$output" = "brand: plain" ]
}

@test "a bogus zone name exits 2 and says how names look" {
	local name
	for name in 'a b' -a .a 'a/b' "$(printf 'a%.0s' {1..64})" ä; do
		run zonecfg -z "$name" info
		[ "$status" -eq 2 ]
		[ "${lines[0]}" = "$name: Bogus zone name" ]
		[ -n "${lines[1]}" ]
	done
}

@test "a zone name of 63 bytes is accepted" {
	local name
	name=$(printf 'a%.0s' {1..63})
	new_zone "$name"
	prints "zonename: $name" -z "$name" info zonename
}

@test "an unknown zone is one line and exit 1" {
	refuses "nosuch: No such zone configured" -z nosuch info
}

@test "a command file that is absent or not a regular file exits 1" {
	refuses "could not open file /nonexistent: No such file or directory" -z a -f /nonexistent
	refuses "/ is not a regular file." -z a -f /
	mkfifo "$ROOT/fifo"
	refuses "$ROOT/fifo is not a regular file." -z a -f "$ROOT/fifo"
}

@test "trailing arguments win over a command file" {
	new_zone a
	prints "brand: plain" -z a -f /nonexistent info brand
}

@test "arguments are joined by blanks and ; separates commands" {
	zonecfg -z a create -b ';' set brand=plain';' set zonepath = /zones/a
	prints $'zonename: a\nzonepath: /zones/a' -z a info zonename ';' info zonepath
}

@test "a zone can be named by its UUID" {
	new_zone a
	set_state a installed
	prints "zonename: a" -u 7f7a3e5c-13ab-4cf5-9ac1-36a0e0f7b0a1 info zonename
	run zonecfg -u 00000000-0000-0000-0000-000000000000 info
	[ "$status" -eq 1 ]
}

@test "a standard output that is full or closed is an error of whatever prints to it" {
	new_zone a
	zonecfg -z vm "create -t bhyve; set zonepath=/zones/vm"
	local command
	for command in "-z a export" "-z a export --json" "-z a info" "-z a info brand" "schema --json" "help" \
		"-b plain resources" "-b plain properties --json" "-z vm upgrade -n"; do
		# shellcheck disable=SC2086 # words
		[ "$(zonecfg $command 2>&1 >/dev/full || echo "exit $?")" = \
			$'zonecfg: standard output: No space left on device\nexit 1' ]
		# shellcheck disable=SC2086
		[ "$(zonecfg $command 2>&1 >&- || echo "exit $?")" = \
			$'zonecfg: standard output: Bad file descriptor\nexit 1' ]
	done
}

@test "the global zone has a configuration without having been created" {
	prints "zonename: global" -z global info zonename
	local resource property
	for resource in fs net device attr dataset; do
		refuses "Cannot add a $resource resource to the global zone." -z global "add $resource"
	done
	for property in zonename zonepath autoboot limitpriv bootargs brand scheduling-class ip-type hostid \
		fs-allowed; do
		refuses "$property is not a valid property for the global zone." -z global "set $property=x"
	done
	run zonecfg -z global "add capped-memory; set guest=1G; end"
	[ "$status" -eq 1 ]
	[[ $output == *"guest is not a valid property for the global zone."* ]]
}

@test "limits of the global zone are saved, with a warning before and one that nothing applies them" {
	local warning=$'WARNING: Setting a global zone resource control too low could deny\nservice to the host itself.'
	local kept='WARNING: the configuration of the global zone is kept, but nothing applies it to this host.'
	prints "$warning"$'\n'"$kept" -z global "set max-lwps=5000"
	prints "[max-lwps: 5000]" -z global info max-lwps
	prints "$warning"$'\n'"$kept" -z global "add capped-memory; set swap=200M; end"
	prints "$warning"$'\n'"$kept" -z global \
		"add rctl; set name=zone.max-sem-ids; add value (priv=privileged,limit=10,action=deny); end"
	refuses "$warning"$'\nswap value is too small.  It must be at least 100M.' -z global \
		"remove capped-memory; add capped-memory; set swap=99M; end"
	prints "" -z global verify
	run cat "$ROOT/etc/zones/index"
	[[ $output != *global:configured* ]]
}

@test "the global zone is neither created nor deleted, whether or not it was configured" {
	local when
	for when in before after; do
		for how in create "create -F" "create -b" "create -X"; do
			refuses "Zone global already installed; create not allowed." -z global "$how"
		done
		refuses "Zone global not in configured state; delete not allowed.  Use -F to force delete." -z global delete
		refuses "global: Zone state is invalid for the requested operation" -z global delete -F
		[ "$when" = after ] || [ ! -e "$ROOT/etc/zones/global.xml" ]
		zonecfg -z global "set max-lwps=5000" 2>/dev/null
	done
	prints "[max-lwps: 5000]" -z global info max-lwps
}

@test "what is exported of the global zone makes it again, on a host that has none, as a script and as JSON" {
	zonecfg -z global "set max-lwps=5000; add capped-memory; set swap=200M; end" 2>/dev/null
	zonecfg -z global export >"$ROOT/script"
	zonecfg -z global export --json >"$ROOT/json"
	cp "$ROOT/etc/zones/global.xml" "$ROOT/before.xml"
	rm "$ROOT/etc/zones/global.xml"
	zonecfg -z global -f "$ROOT/script" 2>/dev/null
	cmp "$ROOT/etc/zones/global.xml" "$ROOT/before.xml"
	zonecfg -z global "set max-lwps=4000" 2>/dev/null
	zonecfg -z global import --json -f "$ROOT/json" 2>/dev/null
	cmp "$ROOT/etc/zones/global.xml" "$ROOT/before.xml"
}

@test "no zone's configuration becomes that of the global zone" {
	new_zone a
	zonecfg -z a export --json >"$ROOT/json"
	refuses "zonepath is not a valid property for the global zone." -z global import --json -f "$ROOT/json"
	echo '{"zonename":"a","resources":[{"resource":"net","physical":"nat0"}]}' >"$ROOT/json"
	refuses "Cannot add a net resource to the global zone." -z global import --json -f "$ROOT/json"
	[ ! -e "$ROOT/etc/zones/global.xml" ]
}

@test "a script may begin with a byte order mark" {
	printf '\xef\xbb\xbfcreate -b\nset brand=plain\nset zonepath=/zones/a\n' >"$ROOT/s"
	zonecfg -z a -f "$ROOT/s"
	zonecfg -z b -f - < <(sed s,zones/a,zones/b, "$ROOT/s")
	printf '# no\n\xef\xbb\xbfverify\n' >"$ROOT/s"
	run zonecfg -z a -f "$ROOT/s"
	[ "$status" -eq 1 ]
	[[ $output == "syntax error on line 2"* ]]
}

@test "names of templates and SUNW names are read-only" {
	refuses "SUNWx: zones beginning with SUNW are read-only." -z SUNWx "create -b"
	refuses "SYSblank: zones beginning with SYS are read-only." -z SYSblank "set autoboot=true"
}

@test "without write access, what is there can be read and nothing can be changed" {
	new_zone a
	chmod 0755 "$ROOT" "$ROOT/etc" "$ROOT/etc/zones"
	local as=(setpriv --reuid 65534 --regid 65534 --clear-groups "$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z a)
	run --separate-stderr "${as[@]}" info brand
	[ "$status" -eq 0 ]
	[ "$output" = "brand: plain" ]
	[ -z "$stderr" ]
	run "${as[@]}" set autoboot=true
	[ "$status" -eq 1 ]
	[ "$output" = "a: cannot set in read-only mode." ]
	run "${as[@]}" delete -F
	[ "$status" -eq 1 ]
	[ "$output" = "a: cannot delete in read-only mode." ]
	run "${as[@]}" -f - <<<"info brand"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "WARNING: you do not have write access to this zone's configuration file;" ]
	[ "${lines[1]}" = "going into read-only mode." ]
}

@test "a failing script saves nothing, from a file and from standard input" {
	printf 'create -b\nset brand=plain\nset zonepath=/zones/a\nset nonsense=1\nset autoboot=true\n' >"$ROOT/s"
	run zonecfg -z a -f "$ROOT/s"
	[ "$status" -eq 1 ]
	[ "$output" = "On line 4 of $ROOT/s:
nonsense: No such property type
Configuration not saved." ]
	[ ! -e "$ROOT/etc/zones/a.xml" ]
	run zonecfg -z a -f - <"$ROOT/s"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "On line 4:" ]
	[ ! -e "$ROOT/etc/zones/a.xml" ]
	run zonecfg -z a <"$ROOT/s"
	[ "$status" -eq 1 ]
	[ ! -e "$ROOT/etc/zones/a.xml" ]
}

@test "after an error in one-command mode, later commands do not run and nothing is saved" {
	new_zone a
	run zonecfg -z a "set autoboot=true; set nonsense=1; info autoboot"
	[ "$status" -eq 1 ]
	[ "$output" = "nonsense: No such property type
Configuration not saved." ]
	prints "autoboot: false" -z a info autoboot
}

@test "what a script committed before its error stays committed" {
	run zonecfg -z a "create -b; set brand=plain; set zonepath=/zones/a; commit; nonsense"
	[ "$status" -eq 1 ]
	prints "zonepath: /zones/a" -z a info zonepath
}

@test "a script that ends inside a resource saves nothing" {
	new_zone a
	run zonecfg -z a "set autoboot=true; add net; set physical=x"
	[ "$status" -eq 1 ]
	[ "$output" = "resource specification incomplete
Zone a failed to verify
Configuration not saved." ]
	echo "add net" >"$ROOT/s"
	run zonecfg -z a -f "$ROOT/s"
	[ "$output" = "resource specification incomplete
Zone a failed to verify
Configuration not saved." ]
	prints "autoboot: false" -z a info autoboot
}

@test "syntax errors name the token, the line in a script, and list the commands" {
	new_zone a
	run zonecfg -z a "set zonepath="
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "syntax error at '\\n'" ]
	[[ $output == *"export [--json] [-f output-file]"* ]]
	run zonecfg -z a "remote attr name=cdrom"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "syntax error at 'remote'" ]
	[ "${lines[1]}" = "Did you mean 'remove'?" ]
	run zonecfg -z a "select net a=1 b=2 c=3 d=4"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "syntax error at 'd'"* ]]
	run zonecfg -z a 'set bootargs="-v'
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "syntax error at '-v': unterminated"* ]]
	printf '# fine\n\nverify\nset =\n' >"$ROOT/s"
	run zonecfg -z a -f "$ROOT/s"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "syntax error on line 4 at '='" ]
}

@test "a value that needs double quotes is said to need them" {
	new_zone a
	add() { run zonecfg -z a "add attr; set name=x; set type=string; set value=$1; end"; }
	for value in sockets=1,cores=2 on,w=1024 unix=/tmp/vm.vnc; do
		add "$value"
		[ "$status" -eq 1 ]
		[[ ${lines[0]} == "syntax error at '=': a value with = in it needs double quotes around it" ]]
	done
	for value in 'my zone' "'-s 9,virtio-rnd'" '-s 9'; do
		add "$value"
		[ "$status" -eq 1 ]
		[[ $output == *double\ quotes* ]]
	done
	for value in 'a[b]c' 'a(b)' 'a]b' 'a)'; do
		add "$value"
		[ "$status" -eq 1 ]
		[[ ${lines[0]} == "syntax error at '"[][\(\)]"': a value with [ ] ( or ) in it needs double quotes around it" ]]
	done
	run zonecfg -z a "add fs; add options a[b]"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "syntax error at '[': a value with [ ] ( or ) in it needs double quotes around it" ]]
	add '"-s 9,virtio-rnd,x=y"'
	[ "$status" -eq 0 ]
}

@test "a script may have comments, indentation, CR LF and no newline at its end" {
	printf '# a zone\r\ncreate -b # no comment here\r\n' >"$ROOT/s"
	run zonecfg -z a -f "$ROOT/s"
	[ "$status" -eq 1 ] # the # is an argument, as everywhere but at the start of a command
	printf '# a zone\r\n\tcreate -b;# all of it\r\nset brand=plain\r\n  set zonepath="/zones/a b"' >"$ROOT/s"
	zonecfg -z a -f "$ROOT/s"
	prints "zonepath: /zones/a b" -z a info zonepath
}

@test "a script with a NUL byte is refused" {
	printf 'create -b\nset brand=plain\nset zonepath=/zones/a\0b\n' >"$ROOT/s"
	run zonecfg -z a -f "$ROOT/s"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "syntax error on line 3"* ]]
}

@test "the resources and properties of a brand can be listed, in JSON too" {
	add_brand third '<resource name="zone" enabled="true"><property name="autoboot" enabled="true"/>
	<property name="ip-type" enabled="true" fixed-value="exclusive"/></resource>
	<resource name="net" enabled="true"><property name="physical" enabled="true"/></resource>'
	prints net -b third resources
	prints $'physical\tsimple' -b third properties net
	prints $'zone\tautoboot\tsimple\nnet\tphysical\tsimple' -b third properties
	run bash -c "'$ROOT/usr/sbin/zonecfg' -R '$ROOT' -b third properties --json | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d[\"net\"][\"physical\"][\"required\"] is True, d
assert list(d[\"zone\"]) == [\"autoboot\"], d'"
	[ "$status" -eq 0 ]
	run zonecfg -b third properties fs
	[ "$status" -eq 1 ]
	[ "$output" = "fs: No such resource type" ]
	run zonecfg -b nosuch resources
	[ "$status" -eq 1 ]
	run zonecfg -b third nonsense
	[ "$status" -eq 2 ]
}

@test "what a brand has instead of resource controls can be set, and other controls cannot" {
	add_brand third '<resource name="zone" enabled="true"><property name="zonepath" enabled="true"/>
	<property name="brand" enabled="true"/><property name="ip-type" enabled="true"/>
	<property name="max-lwps" enabled="true"/></resource>
	<resource name="capped-memory" enabled="true"><property name="physical" enabled="true"/></resource>'
	zonecfg -z t "create -b; set brand=third; set zonepath=/zones/t; set max-lwps=200
		add capped-memory; set physical=1G; end; commit"
	run zonecfg -z t info
	[[ $output == *'[max-lwps: 200]'* && $output == *'[physical: 1G]'* ]]
	sed -i 's/zone.max-lwps/zone.max-shm-ids/' "$ROOT/etc/zones/t.xml"
	run zonecfg -z t verify
	[ "$status" -eq 1 ]
	[[ $output == *'t: global: max-shm-ids is not available in brand third'* ]]
}

@test "the schema is printed as JSON Schema" {
	run bash -c "'$ROOT/usr/sbin/zonecfg' schema --json | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d[\"type\"] == \"object\" and \"properties\" in d
xml = d[\"properties\"][\"xml\"]
assert set(xml[\"properties\"]) == {\"attributes\", \"elements\"} and not xml[\"additionalProperties\"]
net = [k for k in d[\"properties\"][\"resources\"][\"items\"][\"oneOf\"] if k[\"properties\"][\"resource\"][\"const\"] == \"net\"][0]
assert \"children\" in net[\"properties\"][\"xml\"][\"properties\"]
import re
for text, good in ((\"000:031:007\", 1), (\"7\", 1), (\"31:7\", 1), (\"7:8\", 0), (\"1:2:3:4\", 0)):
    assert bool(re.search(net[\"properties\"][\"pci-slot\"][\"pattern\"], text)) == bool(good), text
assert re.search(net[\"properties\"][\"vlan-id\"][\"pattern\"], \"00005\")'"
	[ "$status" -eq 0 ]
	run zonecfg schema
	[ "$status" -eq 2 ]
}

@test "a store that is no directory" {
	rm -r "$ROOT/etc/zones"
	touch "$ROOT/etc/zones"
	run zonecfg -z a "create -b"
	[ "$status" -eq 1 ]
	[ "$output" = "zonecfg: Could not access zone configuration store: Not a directory" ]
}

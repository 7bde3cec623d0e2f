#!/usr/bin/env bats
# Whole scripts, and what info, export, JSON and the file make of them.  omnios-debian is the example of the
# OmniOS documentation; rfd121 holds those of RFD 121; everything has one of each classic resource.
load ../lib
load zonecfg/helper

setup() { zonecfg_setup; }
teardown() { drop_root; }

# golden NAME ZONE: runs NAME.zcf and compares all four outputs; then each recreates the same zone.
golden() {
	local form
	zonecfg -z "$2" -f "$GOLDEN/$1.zcf"
	diff -u "$GOLDEN/$1.info" <(zonecfg -z "$2" info)
	diff -u "$GOLDEN/$1.export" <(zonecfg -z "$2" export)
	diff -u "$GOLDEN/$1.json" <(zonecfg -z "$2" export --json)
	diff -u "$GOLDEN/$1.xml" "$ROOT/etc/zones/$2.xml"
	zonecfg -z "$2" export -f "$ROOT/script"
	zonecfg -z "$2" export -f "$ROOT/json" --json
	zonecfg -z "$2" delete -F
	zonecfg -z "$2" -f "$ROOT/script"
	diff -u "$GOLDEN/$1.info" <(zonecfg -z "$2" info)
	zonecfg -z "$2" delete -F
	zonecfg -z "$2" import --json -f "$ROOT/json"
	diff -u "$GOLDEN/$1.info" <(zonecfg -z "$2" info)
	diff -u "$GOLDEN/$1.xml" "$ROOT/etc/zones/$2.xml"
}

@test "the example of the OmniOS page runs verbatim" { golden omnios-debian debian; }
@test "the examples of RFD 121 run verbatim" { golden rfd121 z1; }
@test "every classic resource is printed as on OmniOS" { golden everything vm1; }

@test "the OmniOS example works line by line from standard input, too" {
	zonecfg -z debian <"$GOLDEN/omnios-debian.zcf"
	diff -u "$GOLDEN/omnios-debian.info" <(zonecfg -z debian info)
}

@test "JSON can be imported from standard input under another name" {
	zonecfg -z copy import --json <"$GOLDEN/everything.json"
	prints "zonename: copy" -z copy info zonename
	diff -u <(tail -n +2 "$GOLDEN/everything.info") <(zonecfg -z copy info | tail -n +2)
}

@test "JSON that is damaged or says nonsense is refused and changes nothing" {
	new_zone a
	local text
	for text in '' '{' '[]' '{"brand": 1}' '{"nonsense": "x"}' '{"resources": [{"resource": "nonsense"}]}'; do
		run zonecfg -z a import --json <<<"$text"
		[ "$status" -eq 1 ]
	done
	prints "brand: plain" -z a info brand
}

@test "JSON without a name, or with a property that is a resource control, is told what is meant" {
	new_zone a
	run zonecfg -z a import --json <<<'{"resources": []}'
	[ "$status" -eq 1 ]
	[[ $output == *"zonename: missing; it is the name of the zone" ]]
	run zonecfg -z a import --json <<<'{"zonename": "a", "resources": [{"resource": "capped-memory", "physical": "1G"}]}'
	[ "$status" -eq 1 ]
	[[ $output == *"capped-memory: physical: JSON has the resource control that it stands for: resource rctl, name zone.max-physical-memory" ]]
}

@test "JSON's kept XML: what would be dropped is refused by name" {
	new_zone a "add fs; set dir=/a; set special=/b; set type=lofs; add options ro; end"
	zonecfg -z a export --json >"$ROOT/json"
	refuse_json() { # JQ TEXT
		jq "$1" "$ROOT/json" >"$ROOT/bad"
		refuses "$ROOT/bad: $2" -z a import --json -f "$ROOT/bad"
	}
	refuse_json '.xml.attributes.x = 5' "xml: attributes: x: a text was expected"
	refuse_json '.xml.foo = "bar"' "xml: foo: No such member"
	refuse_json '.xml.children = "<a/>"' "xml: children: No such member"
	refuse_json '.xml.elements = 5' "xml: elements: a text was expected"
	refuse_json '.xml.attributes.autoboot = "true"' "xml: attributes: autoboot: no name, or one that the schema knows"
	refuse_json '.xml.attributes."config-version" = "7"' "config-version 7: this zonecfg knows 1 and 2"
	refuse_json '.resources[0].xml.children = "<fsoption name=\"zz\" q=\"1\"/>"' \
		"fs /a: xml: children: no fsoption says name=zz"
	refuse_json '.resources[0].xml.children = "<fsoption name=\"ro\" q=\"1\"/><fsoption name=\"ro\" q=\"2\"/>"' \
		"fs /a: xml: children: no fsoption says name=ro"
	refuse_json '.resources[0].xml.children = "<fsoption name=\"ro\"/>"' \
		"fs /a: xml: elements and attributes that the schema knows cannot stand here"
	jq '.resources[0].xml.children = "<fsoption name=\"ro\" q=\"1\"/>"' "$ROOT/json" >"$ROOT/good"
	prints "" -z a import --json -f "$ROOT/good"
	grep -qF '<fsoption name="ro" q="1"/>' "$ROOT/etc/zones/a.xml"
	# What is kept of a value goes with the value.
	zonecfg -z a "select fs dir=/a; remove options ro; end; export --json -f $ROOT/less; import --json -f $ROOT/less"
	run ! grep -q 'q="1"' "$ROOT/etc/zones/a.xml"
}

@test "info of one property is the single line that boot services parse" {
	new_zone a "set max-lwps=2000"
	prints "autoboot: false" -z a info autoboot
	prints "bootargs: " -z a info bootargs
	prints "[max-lwps: 2000]" -z a info max-lwps
	prints "" -z a info cpu-shares
	prints "ip-type: exclusive" -z a info ip-type
}

@test "info of one type and of one resource" {
	zonecfg -z vm1 -f "$GOLDEN/everything.zcf"
	prints $'attr:\n\tname: ram\n\ttype: string\n\tvalue: 2G' -z vm1 info attr name=ram
	prints $'dedicated-cpu:\n\tncpus: 1-2' -z vm1 "remove capped-cpu; remove rctl name=zone.cpu-shares; add dedicated-cpu; set ncpus=1-2; info; end"
}

@test "an rctl that is not the alias's hides the alias and refuses to be set through it" {
	new_zone a "add rctl; set name=zone.max-lwps; add value (priv=privileged,limit=100,action=deny); add value (priv=privileged,limit=200,action=none); end"
	prints "" -z a info max-lwps
	refuses "max-lwps: An incompatible rctl already exists for this property" -z a set max-lwps=1000
}

@test "select edits, cancel does not, remove removes; in resources too" {
	new_zone a "add fs; set dir=/a; set special=/b; set type=lofs; add options [ro,nodevices]; end"
	prints $'fs:\n\tdir: /a\n\tspecial: /c\n\traw not specified\n\ttype: lofs\n\toptions: [ro]' -z a \
		"select fs dir=/a; set special=/c; remove options nodevices; end; info fs"
	prints $'fs:\n\tdir: /a\n\tspecial: /c\n\traw not specified\n\ttype: lofs\n\toptions: [ro]' -z a \
		"select fs dir=/a; set special=/d; cancel; info fs"
	refuses "options: No such property with that id" -z a "select fs dir=/a; remove options rw"
	prints "" -z a "remove fs dir=/a; info fs"
}

@test "virtual resources are put together from their rctls and taken apart again" {
	new_zone a "add capped-memory; set physical=1G; set swap=2G; end; add capped-cpu; set ncpus=2; end"
	prints $'capped-memory:\n\t[physical: 1G]\n\t[swap: 3G]' -z a \
		"select capped-memory; set swap=3G; end; info capped-memory"
	prints $'capped-memory:\n\t[physical: 1G]' -z a "select capped-memory; clear swap; end; info capped-memory"
	prints "" -z a "remove capped-memory; remove capped-cpu; info rctl"
}

@test "diff shows what is not committed yet" {
	new_zone a
	prints "" -z a diff
	run zonecfg -z a "set autoboot=true; diff; revert -F"
	[ "$status" -eq 0 ]
	[[ $output == *$'\n-set autoboot=false\n+set autoboot=true\n'* ]]
}

@test "diff shows the XML that no script says" {
	new_zone a "add attr; set name=b; set type=string; set value=c; end"
	zonecfg -z a export --json >"$ROOT/json"
	jq '.xml.attributes.note = "new" | .resources[0].xml.attributes.q = "1"' "$ROOT/json" >"$ROOT/new"
	run zonecfg -z a "import --json -f $ROOT/new; diff; commit; diff"
	[ "$status" -eq 0 ]
	[ "$(grep '^[-+]' <<<"$output")" = $'+#   <zone note="new">\n+#   <attr name="b" type="string" value="c" q="1"/>' ]
}

@test "the brand decides what exists, what is fixed, and says why not" {
	zonecfg -z debian -f "$GOLDEN/omnios-debian.zcf"
	local command
	for command in "set bootargs=x" "set hostid=1" "set fs-allowed=ufs" "add dataset" "set ip-type=shared"; do
		run zonecfg -z debian "$command"
		[ "$status" -eq 1 ]
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *"brand"*"bhyve"* ]]
	done
	refuses "ip-type cannot be 'shared' when brand is 'bhyve'." -z debian "set ip-type=shared"
	prints "ip-type: exclusive" -z new "create -b; set brand=bhyve; info ip-type; set zonepath=/zones/new"
}

@test "a brand added as a folder works: enabled, disabled with its reason, fixed" {
	add_brand third '<resource name="zone" enabled="true"><property name="zonepath" enabled="true"/>
	<property name="autoboot" enabled="true"/><property name="brand" enabled="true"/>
	<property name="bootargs" enabled="false" reason="it boots nothing"/>
	<property name="ip-type" enabled="true" fixed-value="exclusive"/></resource>
	<resource name="net" enabled="true"><property name="physical" enabled="true" fixed-value="net9"/></resource>
	<resource name="fs" enabled="false" reason="there are no files"/>'
	zonecfg -z t "create -b; set brand=third; set zonepath=/zones/t; add net; end"
	prints "ip-type: exclusive" -z t info ip-type
	[[ $(zonecfg -z t info net) == *"physical: net9"* ]]
	refuses "The fs resource is not supported by brand 'third': there are no files" -z t "add fs"
	refuses "bootargs is not supported by brand 'third': it boots nothing" -z t "set bootargs=x"
	refuses "physical cannot be 'net1' when brand is 'third'." -z t "add net; set physical=net1"
	refuses "net vlan-id is not supported by brand 'third'" -z t "add net; set vlan-id=1"
}

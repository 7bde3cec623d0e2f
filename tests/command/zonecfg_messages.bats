#!/usr/bin/env bats
# Every message that zonecfg has for what it does not accept.
load ../lib
load zonecfg/helper

setup() {
	zonecfg_setup
	new_zone z
}
teardown() { drop_root; }

# z TEXT COMMANDS: the zone z refuses the commands with exactly that text.
z() { refuses "$1" -z z "$2"; }

@test "unknown resource types and properties are named" {
	z "nonsense: No such resource type" "add nonsense"
	z "nonsense: No such resource type" "select nonsense a=b"
	z "nonsense: No such resource type" "remove nonsense"
	z "nonsense: No such resource type" "info nonsense"
	z "global: No such resource type" "add global"
	z "nonsense: No such property type" "set nonsense=1"
	z "nonsense: No such property type" "clear nonsense"
	z "nonsense: No such property type" "add net; set nonsense=1"
	z "nonsense: No such property type" "add net; add nonsense 1"
	z "nonsense: No such property type" "add net; remove nonsense 1"
	z "nonsense: No such property type" "add net; clear nonsense"
	z "nonsense: No such property type" "select net nonsense=1"
	z "autoboot: No such property type" "add net; set autoboot=true"
	z "Cannot set a resource-specific property from the global scope." "set physical=net0"
}

@test "a word that is nearly right is answered with the one that was probably meant" {
	z "dsk: No such resource type; did you mean 'disk'?" "add dsk"
	z "phsyical: No such property type; did you mean 'physical'?" "add net; set phsyical=nat0"
	z "bot: No such property type; did you mean 'boot'?" "add disk; set bot=true"
	z "autobot: No such property type; did you mean 'autoboot'?" "set autobot=true"
}

@test "commands in the wrong scope say where they make sense" {
	local command
	for command in end cancel; do
		z "The $command command only makes sense in the resource scope." "$command"
	done
	for command in create delete "select net physical=x" diff edit "import --json"; do
		z "The ${command%% *} command only makes sense in the global scope." "add net; $command"
	done
	z "You can only use revert in the global scope.
Use 'cancel' to cancel changes to a resource specification." "add net; revert"
	z "bogus: No such resource type" "add bogus"
}

@test "wrong arguments get the short form of the command" {
	z "usage:
cancel" "add net; cancel now"
	z "usage:
end" "add net; end now"
	z "usage:
commit" "commit now"
	z "usage:
verify" "verify now"
	z "usage:
delete [-F]" "delete now"
	z "usage:
revert [-F]" "revert now"
	z "usage:
exit [-F]" "exit now"
	z "usage:
clear <property-name>" "clear"
	z "usage:
set <property-name>=<property-value>" "set autoboot"
	z "usage:
set <property-name>=<property-value>" "set autoboot=true brand=plain"
	z "usage:
create [-F] [ -a <path> | -b | -t <template> | -X ]" "create -b -t x"
	z "usage:
create [-F] [ -a <path> | -b | -t <template> | -X ]" "create -t"
	z "usage:
export [--json] [-f output-file]" "export -x"
	z "usage:
import --json [-f input-file]" "import"
	z "usage:
select <resource-type> { <property-name>=<property-value> }" "select net"
	z "usage:
select <resource-type> { <property-name>=<property-value> }" "select"
	z "usage:
info [<resource-type> [property-name=property-value]*]" "info -x"
	z $'usage:\nadd <resource-type>\n\t(global scope)\nadd <property-name> <property-value>\n\t(resource scope)' \
		"add -F net"
	z $'usage:\nadd <resource-type>\n\t(global scope)\nadd <property-name> <property-value>\n\t(resource scope)' \
		"add"
	z $'usage:\nremove [-F] <resource-type> [ <property-name>=<property-value> ]*\n\t(global scope)\nremove <property-name> <property-value>\n\t(resource scope)' \
		"remove -F net physical=x"
}

@test "the kind of a value must be that of the property" {
	z "A simple value was expected here." "set autoboot=[]"
	z "A simple value was expected here." "set zonepath=(a=b)"
	z "A simple value was expected here." "add net; set physical=[a]"
	z "A simple value was expected here." "select net physical=[a]"
	z "A simple or list value was expected here." "add fs; add options (a=b)"
	z "A complex or list value was expected here." "add rctl; add value 1"
	z "A complex or list value was expected here." "add rctl; set value=[a]"
	z "dir: holds a single value: use 'set dir=VALUE'" "add fs; add dir /a"
	z "dir: holds a single value: use 'set dir=VALUE'" "add fs; remove dir /a"
	z "raw: holds a single value: use 'clear raw'" "add fs; remove raw /a"
}

@test "values of the global scope are checked" {
	z "autoboot value must be 'true' or 'false'." "set autoboot=yes"
	z "ip-type value must be 'shared' or 'exclusive'." "set ip-type=excl"
	z "zones/z is not an absolute path." "set zonepath=zones/z"
	z "/ is not allowed as a zonepath." "set zonepath=/"
	z "/ is not allowed as a zonepath." "set zonepath=///"
	z "hostid string is too large: 123456789" "set hostid=123456789"
	z "hostid: Specified property is invalid" "set hostid=ffffffff"
	z "hostid: Specified property is invalid" "set hostid=xyz"
	z "fs-allowed: Specified property is invalid" "set fs-allowed=a,,b"
	z "max-lwps property is out of range." "set max-lwps=99"
	z "max-lwps property is out of range." "set max-lwps=many"
	z "pool names that begin with SUNW are reserved: SUNWtmp_z" "set pool=SUNWtmp_z"
	z "The dedicated-cpu resource already exists.  A persistent pool is incompatible
with the dedicated-cpu resource." "add dedicated-cpu; set ncpus=1; end; set pool=p"
	z "zonepath /zones/z;id: ';' cannot be in it: letters, digits, blanks and /._-+@:,= can" 'set zonepath="/zones/z;id"'
	z "zonepath /zones/../y: must not hold . or .." "set zonepath=/zones/../y"
	z "Only zonepath setting can be forced." "set -F autoboot=true"
	run "$ROOT/usr/sbin/zonecfg" -z nosuch-zone "set -F zonepath=/x"
	[ "$status" -eq 1 ]
	[ "$output" = "Zonepath is changeable only in an alternate root." ]
}

@test "some properties cannot be cleared" {
	local property
	for property in zonename zonepath brand; do
		z "$property: Clearing this property is not allowed" "clear $property"
	done
	z "dir: Clearing this property is not allowed" "add fs; clear dir"
}

@test "slashes of a zonepath collapse" {
	zonecfg -z z "set zonepath=//zones///y/"
	prints "zonepath: /zones/y" -z z info zonepath
}

@test "a brand must exist" {
	z "brand: there is no brand 'nosuch'" "set brand=nosuch"
}

@test "resources must be complete and unique" {
	z "match not specified" "add device; end"
	z "type not specified" "add attr; set name=a; end"
	z "ncpus not specified" "add dedicated-cpu; end"
	z "An attr resource with the name 'a' already exists." \
		"add attr; set name=a; set type=string; set value=b; end; add attr; set name=a; set type=string; set value=c; end"
	z "A device resource with the match '/dev/x' already exists." \
		"add device; set match=/dev/x; end; add device; set match=/dev/x; end"
	z "A fs resource with the dir '/a' already exists." \
		"add fs; set dir=/a; set special=/b; set type=lofs; end; add fs; set dir=/a; set special=/c; set type=lofs; end"
	z "A net resource with the physical 'n0', and allowed-address '10.0.0.1/24' already exists." \
		"add net; set physical=n0; set allowed-address=10.0.0.1/24; end; add net; set physical=n0; set allowed-address=10.0.0.1/24; end"
	z "A net resource with the physical 'nat0' already exists; set virtual or mac-addr to tell the two apart." \
		"add net; set physical=nat0; end; add net; set physical=nat0; end"
	z "A rctl resource with the name 'zone.max-sem-ids' already exists." \
		"add rctl; set name=zone.max-sem-ids; add value (priv=privileged,limit=1,action=deny); end; add rctl; set name=zone.max-sem-ids; add value (priv=privileged,limit=2,action=deny); end"
	z "A dataset resource with the name 'tank/a' already exists." \
		"add dataset; set name=tank/a; end; add dataset; set name=tank/a; end"
	z "An admin resource with the user 'root' already exists." \
		"add admin; set user=root; set auths=login; end; add admin; set user=root; set auths=manage; end"
	z "The dedicated-cpu resource already exists." "add dedicated-cpu; set ncpus=1; end; add dedicated-cpu"
	z "The lpc resource already exists." "add lpc; set com1=/dev/zconsole; end; add lpc"
	z "The capped-cpu resource already exists." "add capped-cpu; set ncpus=1; end; add capped-cpu"
	z "The capped-memory resource or a related resource control already exists." \
		"add capped-memory; set swap=1G; end; add capped-memory"
}

@test "values of resources are checked" {
	z "dir a is not an absolute path." "add fs; set dir=a"
	z '"a/b" is not a valid type.' "add fs; set type=a/b"
	z "fe80::1: IPv6 addresses require /prefix-length suffix." "add net; set address=fe80::1"
	z "fe80::1/129: IPv6 address prefix lengths must be 0 - 128." "add net; set address=fe80::1/129"
	z "10.0.0.1/33: IPv4 address prefix lengths must be 0 - 32." "add net; set address=10.0.0.1/33"
	z "10.0.0.1/33: IPv4 address prefix lengths must be 0 - 32." "add net; set defrouter=10.0.0.1/33"
	z "a b: bogus host name or network address syntax" 'add net; set address="a b"'
	z "ncpus property is out of range." "add dedicated-cpu; set ncpus=4-2"
	z "ncpus property is out of range." "add dedicated-cpu; set ncpus=0"
	z "swap value is too small.  It must be at least 50M." "add capped-memory; set swap=49M; end"
	z "The locked cap must be less than or equal to the physical cap." \
		"add capped-memory; set physical=1G; set locked=2G; end"
	z "No property was specified.  One of physical, swap or locked is required." "add capped-memory; end"
	z "A non-negative number with a required scale suffix (K, M, G or T) was expected
here." "add capped-memory; set physical=1GB"
	z "Invalid attr name -a: must start with an alpha-numeric character." "add attr; set name=-a"
	z "invalid attr type 'float'" "add attr; set name=a; set type=float; set value=1; end"
	z "invalid attr value for type=int" "add attr; set name=a; set type=int; set value=x; end"
	z "invalid attr value for type=uint" "add attr; set name=a; set type=uint; set value=-1; end"
	z "invalid attr value for type=boolean" "add attr; set name=a; set type=boolean; set value=on; end"
	z "'max-lwps' is not a valid zone rctl name." "add rctl; set name=max-lwps"
	z "limit not specified" "add rctl; add value (priv=privileged,action=deny)"
	z "priv already specified" "add rctl; add value (priv=privileged,priv=basic,action=deny)"
}

@test "the default router is an address without a prefix; one with a prefix is taken with a warning" {
	new_zone r "add net; set physical=n0; set allowed-address=fe80::2/64; set defrouter=fe80::1; end"
	prints "Warning: prefix length in 10.0.0.1/24 is not required and will be ignored." \
		-z r "select net physical=n0; set allowed-address=10.0.0.2/24; set defrouter=10.0.0.1/24; end"
	prints "" -z r "remove net defrouter=10.0.0.1"
}

@test "select and remove must find exactly one resource" {
	local two="add net; set physical=n0; set allowed-address=10.0.0.1; end; add net; set physical=n0; set allowed-address=10.0.0.2; end"
	z "select net: No such resource with that id" "select net physical=n0"
	z "options: the items of a list cannot be empty" 'add fs; add options ""'
	z "select net: Insufficient specification" "$two; select net physical=n0"
	z "remove net: No such resource with that id" "remove net physical=n0"
	z "remove net: Insufficient specification" "$two; remove net physical=n0"
	z "remove net: No such entry" "remove net"
	z "There are multiple instances of this resource.  Either qualify the resource to
remove a single instance or use the -F option to remove all instances." "$two; remove net"
	prints "" -z z "$two; remove -F net; info net"
}

@test "a filter of info that matches nothing says so on standard output" {
	run --separate-stderr zonecfg -z z "info net physical=nosuch"
	[ "$status" -eq 0 ]
	[ "$output" = "No such net resource." ]
	[ -z "$stderr" ]
}

@test "what cannot be asked is refused, and nothing happens" {
	z "Zone exists, input not from terminal and -F not specified:
create command ignored, exiting." create
	z "Input not from terminal and -F not specified:
delete command ignored, exiting." delete
	z "Input not from terminal and -F not specified:
revert command ignored, exiting." "set autoboot=true; revert"
	z "Resource incomplete, input not from terminal and -F not specified:
exit command ignored, but exiting anyway." "set autoboot=true; add net; exit"
	prints "autoboot: false" -z z info autoboot
}

@test "revert needs changes and something saved" {
	z "No changes to revert." revert
	refuses "new: no such saved zone to revert to." -z new "create -b; revert"
	prints "autoboot: false" -z z "set autoboot=true; revert -F; info autoboot"
	prints "zonename: z" -z z "set zonename=y; revert -F; info zonename"
}

@test "create -F says that it overwrites" {
	prints "Zone z already exists; overwriting." -z z "create -F -b; set brand=plain; set zonepath=/zones/new"
	prints "zonepath: /zones/new" -z z info zonepath
}

@test "an installed zone keeps its zonepath and brand, and is not created over; refusals exit 1" {
	set_state z installed
	z "Zone z already installed; set zonepath not allowed." "set zonepath=/x"
	z "Zone z already installed; set brand not allowed." "set brand=plain"
	z "Zone z already installed; create not allowed." "create -F -b"
	z "Zone z not in configured state; delete not allowed.  Use -F to force delete." delete
	zonecfg -z z "set autoboot=true; set -F zonepath=/y"
	prints "zonepath: /y" -z z info zonepath
	zonecfg -z z "set zonename=y"
	prints "zonename: y" -z y info zonename
	zonecfg -z y delete -F
	refuses "y: No such zone configured" -z y info
}

@test "an incomplete zone can be edited, and deleted with -F" {
	set_state z incomplete
	zonecfg -z z "set zonepath=/zones/other"
	z "Zone z not in configured state; delete not allowed.  Use -F to force delete." delete
	zonecfg -z z delete -F
}

@test "a running zone can be edited, but not renamed or deleted" {
	local start boot
	set_state z installed
	start=$(cut -d' ' -f22 /proc/$$/stat)
	boot=$(cat /proc/sys/kernel/random/boot_id)
	printf '{"state":"running","aux":"","id":1,"pid":%d,"start":%d,"uid":0,"boot_id":"%s","reason":""}' \
		$$ "$start" "$boot" >"$ROOT/run/zones/z.state"
	zonecfg -z z "set autoboot=true"
	z "z: Zone state is invalid for the requested operation" "set zonename=y"
	z "z: Zone state is invalid for the requested operation" "delete -F"
	z "Zone z already installed; set zonepath not allowed." "set zonepath=/x"
	rm "$ROOT/run/zones/z.state"
}

@test "a zone cannot be renamed to what is no name, or somebody else's" {
	new_zone y
	z "y: Zone name already in use" "set zonename=y"
	run zonecfg -z z "set zonename=-x"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "-x: Bogus zone name" ]
	z "SUNWy: zone names beginning with SUNW are reserved." "set zonename=SUNWy"
	z "global: Bogus zone name
A zone name begins with a letter or a digit; up to 62 letters, digits, '-', '_' and '.' follow." "set zonename=global"
}

@test "set zonename before create only changes the target" {
	zonecfg -z first "set zonename=second; create -b; set brand=plain; set zonepath=/zones/second"
	prints "zonename: second" -z second info zonename
	[ ! -e "$ROOT/etc/zones/first.xml" ]
}

@test "verify finds every problem, each on its line with the zone in front" {
	run zonecfg -z z "set ip-type=shared; add net; set physical=n0; set allowed-address=10.0.0.1/24; end; set limitpriv=no-such!; add rctl; set name=zone.cpu-shares; add value (priv=privileged,limit=1,action=none); end; add dedicated-cpu; set ncpus=1; end; verify"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -ge 4 ]
	for line in "${lines[@]}"; do
		[[ $line == "z: "* || $line == "Configuration not saved." ]]
	done
	[[ $output == *"net: allowed-address cannot be specified for a shared IP type"* ]]
	[[ $output == *"rctl zone.cpu-shares and dedicated-cpu are incompatible."* ]]
	[[ $output == *"limitpriv: invalid privilege: no-such!"* ]]
}

@test "what the brand finds is told beside what the table finds" {
	zonecfg -z vm "create -t bhyve; set zonepath=/zones/vm; add attr; set name=ram; set type=string; set value=1G; end"
	sed -i 's/value="1G"/value="lots"/; s/<zone /&hostid="1" /' "$ROOT/etc/zones/vm.xml"
	run zonecfg -z vm verify
	[ "$status" -eq 1 ]
	[[ $output == *"hostid is not available in brand bhyve"* ]]
	[[ $output == *"attr ram"*lots* ]]
}

@test "a zone without zonepath or brand does not verify" {
	run zonecfg -z new "create -b; verify"
	[ "$status" -eq 1 ]
	[[ $output == *"new: zonepath not specified"* ]]
	[ ! -e "$ROOT/etc/zones/new.xml" ]
}

@test "two zones cannot have one zonepath" {
	refuses "y: zonepath /zones/z is that of zone z already" \
		-z y "create -b; set brand=plain; set zonepath=/zones/z; commit"
}

@test "the brand's verify_cfg sees the configuration and can refuse it" {
	HOOKS="<verify_cfg>$ROOT/check</verify_cfg>" add_brand plain
	printf '#!/bin/sh\ngrep -q autoboot=.true "$1" || exit 0\necho "no autoboot here"\nexit 1\n' >"$ROOT/check"
	chmod +x "$ROOT/check"
	zonecfg -z z verify
	z "no autoboot here
z: Brand-specific error" "set autoboot=true; commit"
	prints "autoboot: false" -z z info autoboot
}

@test "a zone without a brand, or with an unknown one, cannot be edited" {
	sed -i 's/ brand="plain"//' "$ROOT/etc/zones/z.xml"
	z "Zone z is inconsistent: missing brand attribute" info
	sed -i 's/ autoboot/ brand="gone" autoboot/' "$ROOT/etc/zones/z.xml"
	z 'Zone z uses non-existent brand "gone".  Unable to continue' info
	mkdir -p "$ROOT/usr/lib/brand/gone"
	echo '<brand' >"$ROOT/usr/lib/brand/gone/config.xml"
	z "Zone z: brand \"gone\": $ROOT/usr/lib/brand/gone/config.xml:1: unclosed token.  Unable to continue" info
}

@test "a damaged file is one line, exit 1, and is left as it is" {
	local before
	printf '<zone name="z" zonepath="/zones/z' >"$ROOT/etc/zones/z.xml"
	before=$(cat "$ROOT/etc/zones/z.xml")
	run zonecfg -z z "set autoboot=true"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[ "$(cat "$ROOT/etc/zones/z.xml")" = "$before" ]
}

@test "a missing template and a bad detached path are named" {
	refuses "nosuch: No such zone configured" -z new "create -t nosuch"
	refuses "invalid path to detached zone" -z new "create -a /nosuch"
	refuses "invalid path to detached zone" -z new "create -a nosuch"
}

@test "create -a takes up what a detached zone left" {
	mkdir -p "$ROOT/zones/old/root"
	cp "$ROOT/etc/zones/z.xml" "$ROOT/zones/old/SUNWdetached.xml"
	zonecfg -z new "create -a /zones/old"
	prints $'zonename: new\nzonepath: /zones/old' -z new "info zonename; info zonepath"
}

@test "JSON of vmadm is said to be that, and what to bring instead" {
	echo '{"brand":"bhyve","ram":512,"vcpus":2,"disks":[{"boot":true,"size":16}],"nics":[]}' >"$ROOT/vm.json"
	run zonecfg -z vm import --json -f "$ROOT/vm.json"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == *"this is JSON of vmadm, which is not read; bring the XML of the zone instead (create -X)" ]]
	[ ! -e "$ROOT/etc/zones/vm.xml" ]
}

@test "templates are found by the names of every system" {
	for name in SYSbhyve SUNWblank OMNIbhyve bhyve SYSblank; do
		zonecfg -z "t-$name" "create -t $name; set brand=plain; set zonepath=/zones/t-$name"
	done
}

@test "create -X adopts a file that is not in the index" {
	sed 's/name="z"/name="kept"/; s|/zones/z|/zones/kept|' "$ROOT/etc/zones/z.xml" >"$ROOT/etc/zones/kept.xml"
	zonecfg -z kept "create -X"
	grep -q '^kept:configured:/zones/kept:' "$ROOT/etc/zones/index"
}

@test "export to a file that cannot be written says why" {
	z "opening file /nonexistent/x: No such file or directory" "export -f /nonexistent/x"
}

@test "a blank zone can be created where no template is installed" {
	rm "$ROOT"/etc/zones/SYS*.xml "$ROOT"/etc/zones/OMNI*.xml
	zonecfg -z new "create -b; set brand=plain; set zonepath=/zones/new"
	refuses "SYSdefault: No such zone configured" -z other create
}

@test "two NICs on one link: virtual or mac-addr tells them apart" {
	zonecfg -z z "add net; set physical=nat0; end; add net; set physical=nat0; set virtual=b; end
		add net; set physical=nat0; set mac-addr=2:8:20:0:0:c; end"
	[ "$(zonecfg -z z info net | grep -c physical)" = 3 ]
	prints $'net:\n\taddress not specified\n\tallowed-address not specified\n\tdefrouter not specified\n\tglobal-nic not specified\n\tmac-addr not specified\n\tphysical: nat0\n\tvlan-id not specified\n\tvirtual: b' \
		-z z info net virtual=b
	zonecfg -z z "remove net mac-addr=02:08:20:00:00:0c; remove net virtual=b"
	[ "$(zonecfg -z z info net | grep -c physical)" = 1 ]
}

@test "an empty value selects what has none" {
	zonecfg -z z "add net; set physical=nat0; end; add net; set physical=nat0; set vlan-id=3; end"
	refuses "select net: Insufficient specification" -z z "select net physical=nat0"
	[[ $(zonecfg -z z 'info net physical=nat0 vlan-id=""') != *"vlan-id: 3"* ]]
	prints "" -z z 'select net physical=nat0 vlan-id=""; set virtual=a; end'
	prints "" -z z "remove net virtual=a"
	prints $'net:\n\taddress not specified\n\tallowed-address not specified\n\tdefrouter not specified\n\tglobal-nic not specified\n\tmac-addr not specified\n\tphysical: nat0\n\tvlan-id: 3' \
		-z z info net
	zonecfg -z z 'add attr; set name=a; set type=string; set value=""; end; add attr; set name=b; set type=string; set value=c; end'
	prints $'attr:\n\tname: a\n\ttype: string\n\tvalue: ' -z z 'info attr value=""'
}

@test "numbers are kept without leading zeros, and found with them" {
	zonecfg -z z "add dedicated-cpu; set ncpus=02-04; end
		add net; set physical=n0; set vlan-id=00005; set pci-slot=000:031:007; end
		add disk; set path=tank/z; set pci-slot=007; end; add smbios; set type=01; add field (name=a,value=b); end"
	[ "$(zonecfg -z z export | grep -c 'ncpus=2-4\|vlan-id="5"\|pci-slot="0:31:7"\|pci-slot="7"\|type=1$')" = 5 ]
	sed -i 's/vlan-id="5"/vlan-id="0005"/' "$ROOT/etc/zones/z.xml"
	zonecfg -z z "set autoboot=true"
	grep -qF 'vlan-id="0005"' "$ROOT/etc/zones/z.xml"
	prints "" -z z "remove net vlan-id=5; remove dedicated-cpu ncpus=002-4; remove disk pci-slot=7; remove smbios type=1"
}

@test "a double quote in a value is refused with one line that says so" {
	local text
	for text in 'say"hi"' '"say \"hi\""' '"a"b' 'a"'; do
		run zonecfg -z z "add attr; set name=a; set type=string; set value=$text; end"
		[ "$status" -eq 1 ]
		[[ ${lines[0]} == "syntax error at "*": a value cannot hold a double quote" ]]
	done
	prints "" -z z info attr
}

# An attribute that came with XML, and that no script can hold.
quoted_attr() {
	zonecfg -z z "add attr; set name=motd; set type=string; set value=MOTD; end
		add attr; set name=b; set type=string; set value=c; end"
	sed -i 's|MOTD|say \&quot;hi\&quot;|' "$ROOT/etc/zones/z.xml"
}

@test "what no script can say is left out of export with a comment, a message and exit 1" {
	quoted_attr
	run --separate-stderr zonecfg -z z export
	[ "$status" -eq 1 ]
	# shellcheck disable=SC2154 # set by run
	[ "$stderr" = "z: attr motd: value holds a double quote or a line break, which no script can say: it is left out; export --json has it" ]
	[[ $output == *$'\n# left out: attr motd: value=say "hi"\nadd attr\nset name="b"\n'* ]]
	zonecfg -z other "${output//zones\/z/zones/other}"
	prints $'attr:\n\tname: b\n\ttype: string\n\tvalue: c' -z other info attr
	run --separate-stderr zonecfg -z z export -f "$ROOT/script"
	[ "$status" -eq 1 ]
	grep -qxF '# left out: attr motd: value=say "hi"' "$ROOT/script"
}

@test "it is not lost: XML, JSON and other edits keep it, and edit refuses to" {
	quoted_attr
	zonecfg -z z "set autoboot=true; select attr name=b; set value=d; end"
	grep -qF 'value="say &quot;hi&quot;"' "$ROOT/etc/zones/z.xml"
	zonecfg -z z export --json >"$ROOT/json"
	sed 's|/zones/z|/zones/y|' "$ROOT/json" | zonecfg -z y import --json
	prints $'attr:\n\tname: motd\n\ttype: string\n\tvalue: "say "hi""' -z y info attr name=motd
	EDITOR=true run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[ "$output" = "edit: attr motd: value holds a double quote or a line break, which no script can say
edit: nothing was opened; use set, or export --json and import --json" ]
	zonecfg -z z "remove attr name=motd"
	zonecfg -z z export >"$ROOT/script"
}

@test "a value of several lines stands in the way of nothing: other edits, JSON, and the way back" {
	zonecfg -z z "add attr; set name=motd; set type=string; set value=MOTD; end; add net; set physical=n0
		add property (name=note,value=NOTE); end"
	sed -i 's|MOTD|one\&#10;two\&#9;three|; s|NOTE|a\&#10;b|' "$ROOT/etc/zones/z.xml"
	prints "" -z z "set autoboot=true"
	prints "" -z z "select attr name=motd; add property (name=tab,value=\"a	b\"); end"
	grep -qF 'value="one&#10;two&#9;three"' "$ROOT/etc/zones/z.xml"
	zonecfg -z z export --json >"$ROOT/json"
	sed 's|/zones/z|/zones/y|' "$ROOT/json" | zonecfg -z y import --json
	diff <(sed 's|"z"|"y"|; s|/zones/z|/zones/y|' "$ROOT/etc/zones/z.xml") "$ROOT/etc/zones/y.xml"
	jq '(.resources[] | select(.name == "motd")).value = "one\u001b[2J"' "$ROOT/json" >"$ROOT/bad"
	refuses "$ROOT/bad: attr motd: value: value holds a control character" -z z import --json -f "$ROOT/bad"
	run --separate-stderr zonecfg -z z export
	[ "$status" -eq 1 ]
	[[ $stderr == *$'\nz: attr motd: value holds a double quote or a line break, which no script can say: it is left out; export --json has it' ]]
}

@test "a script says a tab" {
	zonecfg -z z "add attr; set name=a; set type=string; set value=\"a	b\"; end"
	zonecfg -z z export >"$ROOT/script"
	sed 's|/zones/z|/zones/y|' "$ROOT/script" | zonecfg -z y
	diff <(sed 's|"z"|"y"|; s|/zones/z|/zones/y|' "$ROOT/etc/zones/z.xml") "$ROOT/etc/zones/y.xml"
}

@test "a user of admin must exist, and what it may do must be known" {
	z "user no.such.user is not a valid username" "add admin; set user=no.such.user"
	z "auths: 'fly' is none of login, manage, clonefrom, config" "add admin; set user=root; set auths=login,fly"
	zonecfg -z z "add admin; set user=root; set auths=login,manage,clonefrom; end"
}

@test "nor is a user let in by the editor, by an import or by a file that was there" {
	local user=no.such.user
	printf '#!/bin/sh\necho "add admin\nset user=%s\nset auths=login\nend" >>"$1"\n' $user >"$ROOT/editor"
	chmod +x "$ROOT/editor"
	EDITOR=$ROOT/editor VISUAL='' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[[ $output == *"z: user $user is not a valid username"* ]]
	[ -z "$(zonecfg -z z info admin)" ]
	cp "$ROOT/etc/zones/z.xml" "$ROOT/good.xml"
	sed -i 's|/>$|><admin user="no.such.user" auths="login,fly"/></zone>|' "$ROOT/etc/zones/z.xml"
	run zonecfg -z z verify
	[ "$status" -eq 1 ]
	[[ $output == *"z: user $user is not a valid username"* ]]
	[[ $output == *"z: admin $user: auths: 'fly' is none of login, manage, clonefrom, config"* ]]
	zonecfg -z z export --json -f "$ROOT/json"
	cp "$ROOT/good.xml" "$ROOT/etc/zones/z.xml"
	run zonecfg -z z import --json -f "$ROOT/json"
	[ "$status" -eq 1 ]
	[[ $output == *"auths: 'fly' is none of"* ]]
	sed -i 's/login,fly/login/' "$ROOT/json"
	run zonecfg -z z import --json -f "$ROOT/json"
	[ "$status" -eq 1 ]
	[[ $output == *"z: user $user is not a valid username"* ]]
	[ -z "$(zonecfg -z z info admin)" ]
}

@test "a host identifier that came with the file is named by verify" {
	sed -i 's/autoboot="false"/autoboot="false" hostid="xyz"/' "$ROOT/etc/zones/z.xml"
	refuses "z: invalid hostid: xyz" -z z verify
}

@test "an empty token is said to be one" {
	run zonecfg -z z 'set pool="'
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "syntax error at '', token expected: unterminated quote or control character" ]
}

@test "what the brand only remarks is said once, by verify or by commit" {
	run zonecfg -z n 'create -b; set brand=bhyve; set zonepath=/zones/n; set ip-type=exclusive
		add attr; set name=RAM; set type=string; set value=1G; end; verify; commit'
	[ "$status" -eq 0 ]
	[ "$output" = 'NOTICE: attr RAM: means nothing to brand bhyve; did you mean ram?' ]
	run zonecfg -z n 'verify; set autoboot=true'
	[ "$output" = 'NOTICE: attr RAM: means nothing to brand bhyve; did you mean ram?' ]
}

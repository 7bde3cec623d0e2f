#!/usr/bin/env bats
# Whose name is it: no zone is renamed onto, made over or saved as what is not its own.
load ../lib
load zonecfg/helper

setup() {
	zonecfg_setup
	new_zone z
	before=$(store)
}
teardown() { drop_root; }

# Everything in the store, to compare.
store() { (cd "$ROOT/etc/zones" && sha256sum -- *); }

# untouched: nothing in the store has changed.
untouched() { [ "$(store)" = "$before" ] || { diff <(echo "$before") <(store) && return 1; }; }

# stray NAME: a file that is not in the index.
stray() {
	sed "s/name=\"z\"/name=\"$1\"/; s|/zones/z|/zones/$1|" "$ROOT/etc/zones/z.xml" >"$ROOT/etc/zones/$1.xml"
	before=$(store)
}

@test "no zone gets the name of a template, or one that would be read-only" {
	refuses "OMNIbhyve: zones beginning with OMNI are read-only." -z z "set zonename=OMNIbhyve"
	refuses "SYSq: zones beginning with SYS are read-only." -z z "set zonename=SYSq"
	refuses "SYSdefault: zones beginning with SYS are read-only." -z new "set zonename=SYSdefault; create -b"
	refuses "SUNWy: zone names beginning with SUNW are reserved." -z z "set zonename=SUNWy"
	untouched
	zonecfg -z z "set zonename=SYS"
	zonecfg -z SYS "set zonename=z"
}

@test "no zone is renamed onto a file that is not in the index" {
	stray y
	local said="y: Zone name already in use: /etc/zones/y.xml is there, though not in the index"
	refuses "$said" -z z "set zonename=y"
	refuses "$said" -z new "set zonename=y; create -b"
	untouched
	zonecfg -z y delete -F
	zonecfg -z z "set zonename=y"
}

@test "create over a file that is not in the index needs a word: -X or -F" {
	stray y
	local said="y: /etc/zones/y.xml is there, though not in the index: create -X takes it over, create -F overwrites it"
	refuses "$said" -z y "create -b; set brand=plain; set zonepath=/zones/other"
	refuses "$said" -z y create
	refuses "$said" -z y "create -t bhyve; set zonepath=/zones/other"
	refuses "$said" -z y "import --json" < <(zonecfg -z z export --json)
	mkdir -p "$ROOT/zones/old/root"
	cp "$ROOT/etc/zones/z.xml" "$ROOT/zones/old/SUNWdetached.xml"
	refuses "$said" -z y "create -a /zones/old"
	untouched
	zonecfg -z y "create -X; set autoboot=true"
	prints $'zonepath: /zones/y\nautoboot: true' -z y "info zonepath; info autoboot"
	stray x
	zonecfg -z x "create -F -b; set brand=plain; set zonepath=/zones/other"
	prints "zonepath: /zones/other" -z x info zonepath
	grep -q '^x:configured:/zones/other:' "$ROOT/etc/zones/index"
}

@test "create -F overwrites even a file that cannot be read" {
	echo '<zone' >"$ROOT/etc/zones/y.xml"
	zonecfg -z y "create -F -b; set brand=plain; set zonepath=/zones/y"
	prints "zonepath: /zones/y" -z y info zonepath
}

@test "a zone can be taken over and renamed at once, and nothing of the old name stays" {
	stray y
	zonecfg -z y "create -X; set zonename=x"
	[ ! -e "$ROOT/etc/zones/y.xml" ]
	prints "zonepath: /zones/y" -z x info zonepath
}

@test "the editor cannot rename a zone, and writes no other file" {
	EDITOR='sed -i "\$aset zonename=y\nset autoboot=true"' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	[[ $output == *"zonename cannot be changed in the editor: leave it, then 'set zonename=y'"* ]]
	EDITOR='sed -i "\$aset zonename=SYSdefault"' run zonecfg -z z edit
	[ "$status" -eq 1 ]
	untouched
	EDITOR='sed -i "\$aset zonename=z\nset autoboot=true"' zonecfg -z z edit
	prints "autoboot: true" -z z info autoboot
}

@test "what is edited, imported or gone back to after a rename is saved under the new name only" {
	zonecfg -z z export --json -f "$ROOT/json"
	EDITOR='sed -i s/autoboot=false/autoboot=true/' zonecfg -z z "set zonename=y; edit"
	prints "autoboot: true" -z y info autoboot
	zonecfg -z y "set zonename=x; import --json -f $ROOT/json"
	prints "autoboot: false" -z x info autoboot
	zonecfg -z x "set zonename=w; revert -F; set autoboot=true"
	prints "autoboot: true" -z x info autoboot
	[ "$(cd "$ROOT/etc/zones" && ls [a-z]*.xml)" = x.xml ]
}

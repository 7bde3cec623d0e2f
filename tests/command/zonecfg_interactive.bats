#!/usr/bin/env bats
# zonecfg at a terminal: prompts, questions, completion, history, interrupts.
load ../lib
load zonecfg/helper

setup() {
	zonecfg_setup
	export HOME=$ROOT/home PAGER=cat
	mkdir "$HOME"
}
teardown() { drop_root; }

# talk ZONE: holds the conversation of standard input with zonecfg.
talk() {
	cat >"$ROOT/talk"
	run python3 "$BATS_TEST_DIRNAME/zonecfg/talk.py" "$ROOT/talk" "$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z "$1"
	echo "$output"
}

@test "a new zone is made at the prompt, which shows the resource being edited" {
	talk web <<-'E'
		< web: No such zone configured
		< Use 'create' to begin configuring a new zone.
		< zonecfg:web>
		> create -b
		< zonecfg:web>
		> set brand=plain
		< zonecfg:web>
		> set zonepath=/zones/web; set ip-type=exclusive
		< zonecfg:web>
		> add net
		< zonecfg:web:net>
		> set physical=nat0
		< zonecfg:web:net>
		> info
		< net:
		< physical: nat0
		< zonecfg:web:net>
		> end
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
	[[ $(zonecfg -z web info net) == *"physical: nat0"* ]]
}

@test "an error does not end the session, and leaving still saves" {
	new_zone web
	talk web <<-'E'
		< zonecfg:web>
		> remote attr name=cdrom
		< syntax error at 'remote'
		< zonecfg:web>
		> set autoboot=true
		< zonecfg:web>
		>> \x04
	E
	[ "$status" -eq 1 ]
	prints "autoboot: true" -z web info autoboot
}

@test "questions: delete, answered no and yes" {
	new_zone web
	talk web <<-'E'
		< zonecfg:web>
		> delete
		< Are you sure you want to delete zone web (y/[n])?
		> n
		< zonecfg:web>
		> info zonename
		< zonename: web
		< zonecfg:web>
		> delete
		< (y/[n])?
		> y
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
	[ ! -e "$ROOT/etc/zones/web.xml" ]
}

@test "questions: revert, create over a zone, remove all, quit an open resource" {
	new_zone web "add net; set physical=a; end; add net; set physical=b; end"
	talk web <<-'E'
		< zonecfg:web>
		> create
		< Zone web already exists; create anyway (y/[n])?
		> n
		< zonecfg:web>
		> remove net
		< Are you sure you want to remove ALL 'net' resources (y/[n])?
		> y
		< zonecfg:web>
		> revert
		< Are you sure you want to revert (y/[n])?
		> y
		< zonecfg:web>
		> info net physical=b
		< physical: b
		< zonecfg:web>
		> add fs
		< zonecfg:web:fs>
		> exit
		< Resource incomplete; really quit (y/[n])?
		> n
		< zonecfg:web:fs>
		> cancel
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
	[[ $(zonecfg -z web info net) == *"physical: a"*"physical: b"* ]]
}

@test "questions: a configuration that does not verify can be stayed with or given up" {
	talk web <<-'E'
		< zonecfg:web>
		> create -b
		< zonecfg:web>
		> exit
		< web: zonepath not specified
		< Configuration not saved; really quit (y/[n])?
		> n
		< zonecfg:web>
		>> \x04
		< Configuration not saved; really quit (y/[n])?
		> y
	E
	[ "$status" -eq 1 ]
	[ ! -e "$ROOT/etc/zones/web.xml" ]
}

@test "Tab completes commands, resource types, properties, values and instances" {
	new_zone web "add attr; set name=bootdisk; set type=string; set value=x; end"
	talk web <<-'E'
		< zonecfg:web>
		>> sel\tat\tna\tboo\t
		< select attr name=bootdisk
		>> \n
		< zonecfg:web:attr>
		> cancel
		< zonecfg:web>
		>> set auto\ttr\t\n
		< zonecfg:web>
		> info autoboot
		< autoboot: true
		< zonecfg:web>
		>> add capped-\t
		< capped-cpu
		< zonecfg:web> add capped-
		>> \x03
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
}

@test "a value is completed whole, however long, and only where a command can say it" {
	long=$(printf 'x%.0s' {1..3000})
	new_zone web "add device; set match=/dev/$long; end"
	new_zone odd "add device; set match=\"/dev/my disk\"; end; add device; set match=/x; end; add device; set match=/y; end"
	sed -i 's|"/x"|"/x\&#10;delete -F"|; s|"/y"|"/y\&quot;; delete -F"|' "$ROOT/etc/zones/odd.xml"
	[ "$(zonecfg -z odd info device | grep -c 'delete -F')" = 2 ]
	talk web <<-E
		< zonecfg:web>
		>> select device match=\\t\\n
		< zonecfg:web:device>
		> info
		< match: /dev/$long
		< zonecfg:web:device>
		> cancel
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
	talk odd <<-'E'
		< zonecfg:odd>
		>> select device match=\t\n
		< zonecfg:odd:device>
		> info
		< match: "/dev/my disk"
		< zonecfg:odd:device>
		> cancel
		< zonecfg:odd>
		>> select device match="/dev/m\t\n
		< zonecfg:odd:device>
		> cancel
		< zonecfg:odd>
		> exit
	E
	[ "$status" -eq 0 ]
	[ "$(completes 'select device match=' odd)" = '"/dev/my disk"' ]
	[ "$(completes 'select device match=/' odd)" = "" ]
}

@test "files are offered for paths, and need no quotes" {
	mkdir "$ROOT/files" && touch "$ROOT/files/disk.raw" "$ROOT/files/d;delete -F"
	new_zone web
	cd "$ROOT/files"
	talk web <<-E
		< zonecfg:web>
		>> add disk; set path=$ROOT/files/d\\t; info\\n
		< path: $ROOT/files/disk.raw
		< zonecfg:web:disk>
		> cancel
		< zonecfg:web>
		>> add admin; set user=d\\t; info\\n
		< user d is not a valid username
		< zonecfg:web:admin>
		> cancel
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 1 ] # an error was seen
}

@test "letters of every language can be typed" {
	for locale in C.UTF-8 C; do
		LC_ALL=$locale talk "web-$locale" <<-E
			< zonecfg:web-$locale>
			> create -b
			< zonecfg:web-$locale>
			> add attr; set name=a; set type=string; set value=café✓ÿ; end
			< zonecfg:web-$locale>
			> info attr
			< value: café✓ÿ
			< zonecfg:web-$locale>
			> exit
			< really quit (y/[n])?
			> y
		E
		[ "$status" -eq 1 ] # not saved
	done
}

# completes TEXT [ZONE]: what there is to complete it with, sorted, on one line.
completes() { "$ROOT/usr/sbin/zonecfg" -R "$ROOT" ${2:+-z "$2"} --complete "$1" | sort | paste -sd ' '; }

@test "what the brand refuses is not completed" {
	zonecfg -z web "create -t bhyve; set zonepath=/zones/web"
	[ "$(completes 'set ip-type=' web)" = exclusive ]
	new_zone free
	[ "$(completes 'set ip-type=' free)" = "exclusive shared" ]
}

@test "create -t is completed with the templates and zones that are there" {
	rm "$ROOT"/etc/zones/*kvm.xml
	cp "$ROOT/etc/zones/OMNIbhyve.xml" "$ROOT/etc/zones/OMNIsite.xml"
	new_zone web
	[ "$(completes 'create -t ' web)" = \
		"OMNIbhyve OMNIsite SUNWblank SUNWdefault SYSbhyve SYSblank SYSdefault bhyve blank default site web" ]
	for name in $(completes 'create -t ' web); do
		zonecfg -z "t-$name" "create -t $name; set brand=bhyve; set zonepath=/zones/t-$name"
	done
}

@test "^C drops the line and nothing else" {
	new_zone web
	talk web <<-'E'
		< zonecfg:web>
		> set autoboot=true
		< zonecfg:web>
		>> delete -F\x03
		< zonecfg:web>
		> info autoboot
		< autoboot: true
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
	prints "autoboot: true" -z web info autoboot
}

@test "^C at a question is no, and nothing is lost" {
	new_zone web "add net; set physical=a; end; add net; set physical=b; end"
	talk web <<-'E'
		< zonecfg:web>
		> set autoboot=true
		< zonecfg:web>
		> delete
		< (y/[n])?
		? \x03
		< zonecfg:web>
		> create
		< (y/[n])?
		? \x03
		< zonecfg:web>
		> revert
		< (y/[n])?
		? \x03
		< zonecfg:web>
		> remove net
		< (y/[n])?
		? \x03
		! multiple
		< zonecfg:web>
		> info autoboot
		< autoboot: true
		< zonecfg:web>
		> add fs
		< zonecfg:web:fs>
		> exit
		< Resource incomplete; really quit (y/[n])?
		? \x03
		< zonecfg:web:fs>
		> cancel
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
	prints "autoboot: true" -z web info autoboot
	[[ $(zonecfg -z web info net) == *"physical: a"*"physical: b"* ]]
}

@test "^C is no to the question of a single command, too" {
	new_zone web
	printf '< delete zone web (y/[n])?\n? \\x03\n' >"$ROOT/talk"
	run python3 "$BATS_TEST_DIRNAME/zonecfg/talk.py" "$ROOT/talk" "$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z web delete
	[ "$status" -eq 0 ] || { echo "$output" >&2; return 1; }
	prints "zonename: web" -z web info zonename
}

@test "^C where leaving would lose what cannot be saved stays" {
	talk web <<-'E'
		< zonecfg:web>
		> create -b
		< zonecfg:web>
		> exit
		< Configuration not saved; really quit (y/[n])?
		? \x03
		< zonecfg:web>
		> set brand=plain; set zonepath=/zones/web; set ip-type=exclusive
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 1 ] # an error was seen
	prints "zonepath: /zones/web" -z web info zonepath
}

@test "of a zone that another command has deleted, the work can be kept or dropped" {
	new_zone web
	talk web <<-E
		< zonecfg:web>
		> set autoboot=true
		< zonecfg:web>
		$ "$ROOT/usr/sbin/zonecfg" -R "$ROOT" -z web delete -F
		> commit
		< web: deleted or renamed by another command since it was read; export keeps what is here as a script, revert drops it
		< zonecfg:web>
		> export -f $ROOT/kept
		< zonecfg:web>
		> revert -F
		< web: No such zone configured
		< Use 'create' to begin configuring a new zone.
		< zonecfg:web>
		> diff
		< web: No such zone configured
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 1 ]
	[ ! -e "$ROOT/etc/zones/web.xml" ]
	zonecfg -z web -f "$ROOT/kept"
	prints "autoboot: true" -z web info autoboot
}

@test "without its pager, info prints" {
	new_zone web
	export PAGER=/nonexistent
	talk web <<-'E'
		< zonecfg:web>
		> info
		< zonename: web
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
}

@test "the history is kept, for the user alone" {
	new_zone web
	talk web <<-'E'
		< zonecfg:web>
		> info autoboot
		< autoboot: false
		< zonecfg:web>
		> exit
	E
	[ "$(stat -c %a "$HOME/.zonecfg_history")" = 600 ]
	talk web <<-'E'
		< zonecfg:web>
		>> \x10\x10\n
		< autoboot: false
		< zonecfg:web>
		> exit
	E
	[ "$status" -eq 0 ]
}

@test "edit goes back to the editor while the script is wrong" {
	new_zone web
	printf '#!/bin/sh\nif [ -e %s/again ]; then sed -i s/nonsense=1/autoboot=true/ "$1"; else touch %s/again; sed -i s/autoboot=false/nonsense=1/ "$1"; fi\n' \
		"$ROOT" "$ROOT" >"$ROOT/editor"
	chmod +x "$ROOT/editor"
	export EDITOR=$ROOT/editor
	talk web <<-'E'
		< zonecfg:web>
		> edit
		< nonsense: No such property type
		< Edit it again (y/[n])?
		> y
		< zonecfg:web>
		> exit
	E
	prints "autoboot: true" -z web info autoboot
}

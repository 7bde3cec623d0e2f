#!/usr/bin/env bats
# Completion of command lines in bash and zsh: every program that people type has one, and the words that
# depend on the host come from the host.

load ../lib
load zoneadm

PROGRAMS='bhyve bhyvectl pptadm zlogin zoneadm zonecfg zonevnc'

setup() {
	new_root
	store_zone web1
	store_zone web2 installed
}

teardown() {
	drop_root
}

# completes WORD... : what bash offers for the last word, sorted, on one line
completes() {
	bash -c '
		source "$ROOT/usr/share/bash-completion/completions/$1"
		COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		compopt() { :; }
		"_$1" "$ROOT/usr/sbin/$1" "${@: -1}"
		printf "%s\n" "${COMPREPLY[@]}" | sort | paste -sd " "' bash "$@"
}

offers() {
	local want=$1
	shift
	run completes "$@"
	[ "$output" = "$want" ] || { printf 'wanted: %s\nbut: %s\n' "$want" "$output" >&2 && return 1; }
}

# tab SHELL TEXT...: the lines of a real shell after each TEXT and a Tab.
tab() {
	cat >"$ROOT/rc.bash" <<-'E'
		for program in zonecfg zoneadm; do . "$ROOT/usr/share/bash-completion/completions/$program"; done
		PATH=$ROOT/usr/sbin:$PATH
	E
	cat >"$ROOT/rc.zsh" <<-'E'
		fpath=("$ROOT/usr/share/zsh/site-functions" $fpath)
		autoload -Uz compinit; compinit -D -u
		path=($ROOT/usr/sbin $path)
	E
	python3 "$BATS_TEST_DIRNAME/completion/tab.py" "$1" "$ROOT/rc.$1" "${@:2}"
}

# becomes SHELL TEXT LINE [TEXT LINE]...: what is typed at a real shell, with a Tab, stands on its line as LINE.
becomes() {
	local shell=$1 text=() line=() i
	shift
	while (($#)); do
		text+=("$1") line+=("$2")
		shift 2
	done
	run tab "$shell" "${text[@]}"
	[ "$status" -eq 0 ] || { echo "$output" >&2 && return 1; }
	for ((i = 0; i < ${#text[@]}; i++)); do
		[ "${lines[i]}" = "${line[i]}" ] ||
			{ printf '%s: %s\nwanted: %s\nbut: %s\n' "$shell" "${text[i]}" "${line[i]}" "${lines[i]}" >&2 && return 1; }
	done
}

# means SHELL [TEXT VALUE CLOSING-QUOTE]...: after TEXT and Tab nothing was run, and the shell hands on VALUE.
means() {
	local shell=$1 text=() value=() close=() line i
	shift
	while (($#)); do
		text+=("$1") value+=("$2") close+=("$3")
		shift 3
	done
	mapfile -t line < <(tab "$shell" "${text[@]}")
	[ "${#line[@]}" -eq "${#text[@]}" ] && [ -z "$(compgen -G "$ROOT/ran*")" ]
	for ((i = 0; i < ${#text[@]}; i++)); do
		run "$shell" -c 'zonecfg() { for last; do :; done; printf %s "$last"; }
			'"${line[i]}${close[i]}"
		[ "${output##*match=}" = "${value[i]}" ] ||
			{ printf '%s\nline: %s\nvalue: %s\n' "${text[i]}" "${line[i]}" "$output" >&2 && return 1; }
	done
}

@test "bash knows every program" {
	for program in $PROGRAMS; do
		run bash -c 'source "$1" && complete -p "$2"' bash \
			"$ROOT/usr/share/bash-completion/completions/$program" "$program"
		[ "$output" = "complete -F _$program $program" ]
	done
}

@test "zsh knows every program" {
	command -v zsh >/dev/null || skip 'zsh is not installed'
	for program in $PROGRAMS; do
		zsh -fn "$ROOT/usr/share/zsh/site-functions/_$program"
		run zsh -fc 'fpath=($1 $fpath); autoload -Uz compinit; compinit -D -u; print $_comps[$2]' zsh \
			"$ROOT/usr/share/zsh/site-functions" "$program"
		[ "$output" = "_$program" ]
	done
}

@test "zoneadm: verbs, and the zones of the root that the line names" {
	offers 'halt help' zoneadm h
	offers 'web1 web2' zoneadm -R "$ROOT" -z w
	offers '-- -c -i' zoneadm -z web1 boot -
	becomes bash 'zoneadm -z web1 boot -i /etc/host.c' 'zoneadm -z web1 boot -i /etc/host.conf '
	offers '--json' zoneadm doctor -
}

@test "every verb of zoneadm is offered" {
	verbs=$(zoneadm --help | grep -oP '(\[-R root\]|-z zone) \K[a-z]+' | sort -u)
	[ "$(wc -w <<<"$verbs")" -ge 12 ]
	for verb in $verbs; do
		run completes zoneadm "$verb"
		[ "$output" = "$verb" ]
	done
}

@test "bhyve: options, and the devices that it has" {
	offers 'com1 com2 com3 com4' bhyve -l com
	offers '4,virtio-9p 4,virtio-blk 4,virtio-console 4,virtio-input 4,virtio-net 4,virtio-net-viona 4,virtio-rnd 4,virtio-scsi' \
		bhyve -s 4,virtio
	offers '--help' bhyve --
	run completes bhyve -
	[[ " $output " == *' -s '* && " $output " == *' -Y '* ]]
}

@test "bhyvectl: options" {
	offers '--force-poweroff --force-reset' bhyvectl --vm=a --force
}

# hostile_zone BANG: values that a shell would run or expand; two of them need quotes of zonecfg, too.
hostile_zone() {
	dollar="/a/\`id>$ROOT/ran1\`\$HOME$1\\&|*" call="/b/\$(id>$ROOT/ran2)" quote="/c/it's \$HOME$1\`id>$ROOT/ran3\`"
	store_zone evil configured /zones/evil bhyve \
		"<device match=\"${dollar//&/&amp;}\"/><device match=\"$call\"/><device match=\"$quote\"/>"
}

# runs_nothing SHELL SINGLE DOUBLE: the quotes that the shell leaves open
runs_nothing() {
	local z="zonecfg -R $ROOT -z evil"
	becomes "$1" "$z remove device " "$z remove device match="
	means "$1" \
		"$z remove device match=" '' '' \
		"$z remove device match=/" "$dollar" '' \
		"$z remove device match=/a/\\\`id" "$dollar" '' \
		"$z select device match=\\\"/b" "\"$call\"" '' \
		"$z select device match=\\\"/c" "\"$quote\"" '' \
		"$z 'remove device match=/" "$dollar" "$2" \
		"$z 'remove device match=\"/b" "\"$call\"" "$2" \
		"$z 'remove device match=\"/c" "\"$quote\"" "$2" \
		"$z \"remove device match=/" "$dollar" "$3" \
		"$z \"remove device match=\\\"/c" "\"$quote\"" "$3"
}

@test "bash runs nothing of a configuration, and inserts its values as data" {
	hostile_zone '!'
	runs_nothing bash "'" '"'
}

@test "bash inserts what is safe after the backslash that two values share" {
	store_zone evil configured /zones/evil bhyve "<device match=\"/\$a\"/><device match=\"/\`id>$ROOT/ran\`\"/>"
	z='zonecfg -R $ROOT -z evil select device match='
	becomes bash "$z" "$z/\\"
	means bash "$z/\\\$" '/$a' ''
	sed -i 's|<device match="/$a"/>||' "$ROOT/etc/zones/evil.xml"
	means bash "$z/\\" "/\`id>$ROOT/ran\`" ''
}

@test "zsh runs nothing of a configuration, and inserts its values as data" {
	command -v zsh >/dev/null || skip 'zsh is not installed'
	hostile_zone '' # within double quotes, zsh writes ! as only a shell with history reads it
	runs_nothing zsh '' ''
}

# zonecfg_lines SHELL: what both shells complete.
zonecfg_lines() {
	local z='zonecfg -R $ROOT'
	mkdir -p "$ROOT/usr/lib/brand/own"
	cp "$ROOT"/usr/lib/brand/kvm/*.xml "$ROOT/usr/lib/brand/own"
	sed -i 's/name="kvm"/name="own"/' "$ROOT"/usr/lib/brand/own/*.xml
	rm "$ROOT/etc/zones/web2.xml" && sed -i /^web2/d "$ROOT/etc/zones/index"
	becomes "$1" \
		"$z -z w" "$z -z web1 " \
		"$z -b ow" "$z -b own " \
		"$z -b kvm r" "$z -b kvm resources " \
		"$z -b kvm ad" "$z -b kvm ad" \
		"$z -b kvm properties capped-m" "$z -b kvm properties capped-memory " \
		"$z -b kvm properties z" "$z -b kvm properties zone " \
		"$z -b kvm properties net -" "$z -b kvm properties net --json " \
		"$z ad" "$z ad" \
		"$z sch" "$z schema " \
		"$z schema -" "$z schema --json " \
		"$z help synt" "$z help syntax " \
		"$z -z web1 create -t OMNIk" "$z -z web1 create -t OMNIkvm " \
		"$z -z web1 \"add net; set phys" "$z -z web1 \"add net; set physical=" \
		"$z -z web1 set zonepath=" "$z -z web1 set zonepath=/" \
		"$z -z web1 export -f /etc/host.c" "$z -z web1 export -f /etc/host.conf "
}

@test "bash: zonecfg, its options and the questions that need no zone" {
	zonecfg_lines bash
	offers 'properties resources' zonecfg -b kvm ''
}

@test "zsh: zonecfg, its options and the questions that need no zone" {
	command -v zsh >/dev/null || skip 'zsh is not installed'
	zonecfg_lines zsh
}

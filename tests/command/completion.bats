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
	local program=$1
	bash -c '
		source "$1/usr/share/bash-completion/completions/$2"
		shift
		function=$(complete -p "$1" | grep -oP "(?<=-F )\S+")
		COMP_WORDS=("$ROOT/usr/sbin/$1" "${@:2}") COMP_CWORD=$(($# - 1))
		compopt() { :; }
		"$function" "${COMP_WORDS[0]}" "${@: -1}" "${@: -2:1}"
		printf "%s\n" "${COMPREPLY[@]}" | sort | paste -sd " "' bash "$ROOT" "$program" "${@:2}"
}

offers() {
	local want=$1
	shift
	run completes "$@"
	[ "$output" = "$want" ] || { printf 'wanted: %s\nbut: %s\n' "$want" "$output" >&2 && return 1; }
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
	offers '/etc/host.conf' zoneadm -z web1 boot -i /etc/host.c
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

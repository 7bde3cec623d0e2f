#!/usr/bin/env bats
# The seed image of cloud-init: what is on the CD-ROM that the boot hook makes.

load ../lib
load boot

setup() {
	new_root
	zone_root=$ROOT/zones/web1/root
	image=$zone_root/cloud-init.iso
	mkdir -p "$zone_root"
}

teardown() {
	drop_root
}

file_of() {
	isoinfo "${2:--R}" -x "/$1" -i "$image"
}

# What a YAML reader makes of a file, as JSON.
yaml() {
	file_of "$1" | python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' | jq -c "$2"
}

@test "cloud-init=on makes an image that cloud-init finds, for root alone" {
	store_zone web1 "$(attr cloud-init on)"
	run hook boot web1
	[ "$status:$output" = 0: ]
	[ "$(stat -c %a:%U "$image")" = 600:root ]
	run isoinfo -d -i "$image"
	[[ $output == *"Volume id: CIDATA"* ]]
	[[ $output == *"Joliet"* && $output == *"Rock Ridge"* ]]
	[ "$(blkid -p -s LABEL -o value "$image")" = CIDATA ]
	[ "$(yaml meta-data .)" = "{\"instance-id\":\"$UUID\",\"local-hostname\":\"web1\"}" ]
	[ "$(yaml user-data .)" = '{"disable_root":false,"hostname":"web1"}' ]
	[ "$(file_of user-data | head -n 1)" = "#cloud-config" ]
	[ "$(file_of user-data)" = "$(file_of user-data -J)" ]
	run file_of network-config
	[ -z "$output" ]
	run hook boot -t web1
	[[ $output == *"29:0,ahci-cd,/cloud-init.iso,ro,ser=CLOUD-INIT-0"* ]]
}

@test "the instance is the machine's UUID" {
	other=11111111-2222-3333-4444-555555555555
	store_zone web1 "$(attr cloud-init on)$(attr uuid $other)"
	hook boot web1
	[ "$(yaml meta-data '."instance-id"')" = "\"$other\"" ]
}

@test "password and key are told whatever characters they have" {
	store_zone web1 "$(attr cloud-init on)$(attr password 'yes: &quot;#\ {$6$}')$(attr sshkey /key.pub)"
	printf 'ssh-ed25519 AAAA one@host\nssh-rsa BBBB two\n' >"$ROOT/key.pub"
	hook boot web1
	[ "$(yaml user-data .password)" = '"yes: \"#\\ {$6$}"' ]
	[ "$(yaml user-data .chpasswd)" = '{"expire":false}' ]
	[ "$(yaml user-data .ssh_pwauth)" = true ]
	keys='["ssh-ed25519 AAAA one@host","ssh-rsa BBBB two"]'
	[ "$(yaml user-data .ssh_authorized_keys)" = "$keys" ]
	[ "$(yaml user-data .users)" = "[\"default\",{\"name\":\"root\",\"ssh_authorized_keys\":$keys}]" ]
}

@test "a file of the host is the user-data, byte for byte" {
	store_zone web1 "$(attr cloud-init /user.sh)$(attr password x)"
	printf '#!/bin/sh\necho \377\000' >"$ROOT/user.sh"
	hook boot web1
	cmp "$ROOT/user.sh" <(file_of user-data)
}

@test "network-config has the addresses of the adapters that have any" {
	store_zone web1 "$(attr cloud-init on)$(attr resolvers 192.0.2.53,192.0.2.54)$(attr dns-domain example.org)
		<network physical=\"web0\" global-nic=\"nat0\"/>
		<network physical=\"web1\" global-nic=\"nat0\" mac-addr=\"2:8:20:0:0:a\" allowed-address=\"192.0.2.5/24\"
			defrouter=\"192.0.2.1\"/>
		<network physical=\"web2\" global-nic=\"nat0\" allowed-address=\"198.51.100.5/24\"/>"
	run hook boot web1
	[ "$status:$output" = 0: ]
	[ "$(yaml network-config .version)" = 2 ]
	[ "$(yaml network-config '.ethernets | keys')" = '["web1","web2"]' ]
	[ "$(yaml network-config .ethernets.web1.match)" = '{"macaddress":"02:08:20:00:00:0a"}' ]
	[ "$(yaml network-config .ethernets.web1.addresses)" = '["192.0.2.5/24"]' ]
	[ "$(yaml network-config .ethernets.web1.routes)" = '[{"to":"0.0.0.0/0","via":"192.0.2.1"}]' ]
	[ "$(yaml network-config .ethernets.web1.nameservers)" = \
		'{"addresses":["192.0.2.53","192.0.2.54"],"search":["example.org"]}' ]
	[ "$(yaml network-config '.ethernets.web1."set-name"')" = '"web1"' ]
	[ "$(yaml network-config '.ethernets.web2 | keys')" = '["addresses","match","set-name"]' ]
}

@test "several addresses are several, and the router's prefix is not told" {
	store_zone web1 "$(attr cloud-init on)
		<network physical=\"web1\" global-nic=\"nat0\" allowed-address=\"10.0.0.2/24,10.0.0.3\" defrouter=\"10.0.0.1/24\"/>"
	hook boot web1
	[ "$(yaml network-config .ethernets.web1.addresses)" = '["10.0.0.2/24","10.0.0.3"]' ]
	[ "$(yaml network-config .ethernets.web1.routes)" = '[{"to":"0.0.0.0/0","via":"10.0.0.1"}]' ]
}

@test "verify tells of a name where the guest needs an address" {
	store_zone web1 "$(attr cloud-init on)
		<network physical=\"web1\" global-nic=\"nat0\" allowed-address=\"10.0.0.2/24,host.example.com\" defrouter=\"gate\"/>"
	run hook verify_cfg "$ROOT/etc/zones/web1.xml"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "NOTICE: net web1: allowed-address host.example.com: cloud-init in the guest needs an address, not a name" ]
	[ "${lines[1]}" = "NOTICE: net web1: defrouter gate: cloud-init in the guest needs an address, not a name" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "verify tells of an address without its network, and of resolvers that are no addresses" {
	store_zone web1 "$(attr cloud-init on)$(attr resolvers '192.0.2.1,foo,2001:db8::1')
		<network physical=\"web1\" global-nic=\"nat0\" allowed-address=\"10.0.0.2\" defrouter=\"10.0.0.1\"/>"
	run hook verify_cfg "$ROOT/etc/zones/web1.xml"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "NOTICE: net web1: allowed-address 10.0.0.2: cloud-init in the guest needs to know its network: 10.0.0.2/BITS" ]
	[ "${lines[1]}" = "NOTICE: attr resolvers foo: cloud-init in the guest needs an address, not a name" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "a link that this host does not have is a note; the image is made without it" {
	store_zone web1 "$(attr cloud-init on)<network physical=\"nosuch0\" allowed-address=\"192.0.2.5/24\"/>"
	run hook boot web1
	[ "$status" -eq 0 ]
	[[ $output == "Could not find MAC address for VNIC: net nosuch0: "* ]]
	[ "${#lines[@]}" -eq 1 ]
	[ "$(yaml user-data .hostname)" = '"web1"' ]
}

@test "the image is made anew at every boot, without anything of the last one" {
	store_zone web1 "$(attr cloud-init on)$(attr password first)"
	hook boot web1
	store_zone web1 "$(attr cloud-init on)"
	hook boot web1
	run grep -c first "$image"
	[ "$output" = 0 ]
	[ "$(ls -A "$zone_root")" = "$(printf 'cloud-init.iso\nvar')" ]
}

@test "a URL is told by the serial number, without an image" {
	store_zone web1 "$(attr cloud-init http://192.0.2.1/seed/)"
	hook boot web1
	[ ! -e "$image" ]
	run hook boot -t web1
	[[ $output == *"http://192.0.2.1/seed/"* && $output != *cloud-init.iso* ]]
}

@test "without cloud-init there is no image" {
	store_zone web1 "$(attr cloud-init off)$(attr password x)"
	hook boot web1
	[ ! -e "$image" ]
}

@test "a symbolic link in the place of the image is replaced, not followed" {
	store_zone web1 "$(attr cloud-init on)"
	echo precious >"$ROOT/precious"
	ln -s "$ROOT/precious" "$image"
	ln -s "$ROOT/precious" "$zone_root/.cloud-init.iso.new"
	hook boot web1
	[ "$(cat "$ROOT/precious")" = precious ]
	[ ! -L "$image" ]
	[ "$(yaml meta-data '."local-hostname"')" = '"web1"' ]
}

@test "an image that cannot be made is an error, and the old one stays" {
	store_zone web1 "$(attr cloud-init on)"
	hook boot web1
	before=$(md5sum <"$image")
	TMPDIR=$ROOT/nowhere run hook boot web1
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "Could not create cloud-init ISO image: "* ]]
	[ "$(md5sum <"$image")" = "$before" ]
	[ "$(ls -A "$zone_root")" = "$(printf 'cloud-init.iso\nvar')" ]
}

@test "a user-data file that cannot be read is an error" {
	store_zone web1 "$(attr cloud-init /big)"
	truncate -s 2M "$ROOT/big"
	run hook boot web1
	[ "$status" -eq 1 ]
	[ "$output" = "Could not read from /big: File too large" ]
	[ ! -e "$image" ]
}

@test "without cloud-init, the next boot removes the image of the last, which may hold a password" {
	store_zone web1 "$(attr cloud-init on)$(attr password secret)"
	hook boot web1
	grep -q secret "$image"
	store_zone web1 "$(attr cloud-init on)"
	hook boot -t web1
	[ -e "$image" ]
	for body in "" "$(attr cloud-init http://192.0.2.1/)"; do
		hook cloud-init-seed web1 # what is there is of that configuration
		store_zone web1 "$body"
		hook boot -t web1
		[ -e "$image" ]
		run hook boot web1
		[ "$status:$output" = 0: ]
		[ ! -e "$image" ]
		store_zone web1 "$(attr cloud-init on)"
	done
}

@test "an image of that name stays that is the user's own, or a disk of the machine, and no link is followed" {
	store_zone web1 "$(attr cloud-init on)"
	hook boot web1
	for body in "$(attr cdrom /cloud-init.iso)" "$(attr extra '-s 9,ahci-cd,//./cloud-init.iso')"; do
		store_zone web1 "$body"
		hook boot web1
		[ -e "$image" ]
	done
	store_zone web1
	chmod 644 "$image"
	hook boot web1
	[ -e "$image" ]
	chmod 600 "$image"
	mv "$image" "$ROOT/precious"
	ln -s "$ROOT/precious" "$image"
	hook boot web1
	[ -L "$image" ]
	[ -e "$ROOT/precious" ]
	rm "$image"
	(umask 077 && truncate -s 64K "$image")
	hook boot web1
	[ -e "$image" ]
	rm "$image"
	mkfifo -m 600 "$image"
	timeout 10 "$ROOT/usr/lib/brand/bhyve/boot" -R "$ROOT" web1
	[ -p "$image" ]
}

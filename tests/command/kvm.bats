#!/usr/bin/env bats
# The kvm brand without a guest: its template, its boot hook, what it refuses.

load ../lib

setup() {
	new_root
}

teardown() {
	drop_root
}

UUID=0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9

kvm_boot() {
	_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/kvm/boot" "$@"
}

attr() {
	echo "<attr name=\"$1\" type=\"string\" value=\"$2\"/>"
}

# store_zone NAME [XML INSIDE <zone>]
store_zone() {
	cat >"$ROOT/etc/zones/$1.xml" <<-END
		<?xml version="1.0" encoding="UTF-8"?>
		<zone name="$1" zonepath="/zones/$1" autoboot="false" brand="kvm" ip-type="exclusive">
		${2:-}
		</zone>
	END
	echo "$1:incomplete:/zones/$1:$UUID" >>"$ROOT/etc/zones/index"
}

# The arguments come in this order; each is looked for behind the one before.
in_order() {
	local line=0 found want
	for want; do
		found=$(tail -n "+$((line + 1))" <<<"$output" | grep -n -m 1 -- "$want" | cut -d: -f1)
		[ -n "$found" ] || {
			echo "$want is missing, or not where it belongs" >&2
			return 1
		}
		line=$((line + found))
	done
}

@test "create -t kvm, OMNIkvm, SYSkvm and SUNWkvm make a zone of the brand" {
	for template in kvm OMNIkvm SYSkvm SUNWkvm; do
		zonecfg -z "z-$template" "create -t $template; set zonepath=/zones/z-$template"
		[ "$(zonecfg -z "z-$template" info brand)" = 'brand: kvm' ]
		[ "$(zonecfg -z "z-$template" info ip-type)" = 'ip-type: exclusive' ]
	done
}

@test "-t prints the command line of a current QEMU in the order of OmniOS's brand" {
	store_zone old1 "$(attr bootdisk tank/old1)$(attr disk tank/more,serial=1234)$(attr cdrom /iso/a.iso)
		$(attr vnc on)$(attr extra '-usb')<network physical=\"nat0\" mac-addr=\"2:8:20:a:b:c\"/>"
	run kvm_boot -t -z old1
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = /usr/bin/qemu-system-x86_64 ]
	in_order "^$UUID$" '^debug-threads=on,guest=old1$' '^pc,hpet=off,' '^kvm$' '^size=1024M$' '^cpus=1,' \
		'^qemu64$' '^base=utc,driftfix=slew$' '^VGA,' 'id=com1,path=/dev/zconsole' \
		'filename=/iso/a.iso,cache.direct=on' '^ide-cd,.*serial=cdrom0' \
		'filename=/dev/zvol/rdsk/tank/old1,cache.direct=on' '^virtio-blk-pci,.*serial=disk0' \
		'filename=/dev/zvol/rdsk/tank/more' '^virtio-blk-pci,.*serial=1234' \
		'^virtio-net-pci,.*mac=02:08:20:0a:0b:0c' '^unix:/tmp/vm.vnc$' '^-usb$'
	[ "${lines[-1]}" = -usb ]
}

@test "-t twice gives the same and writes nothing" {
	store_zone old1 "$(attr bootdisk tank/old1)<network physical=\"nat0\"/>"
	before=$(cd "$ROOT" && find . | sort)
	first=$(kvm_boot -t old1)
	[ "$first" = "$(kvm_boot -t -z old1)" ]
	[ "$before" = "$(cd "$ROOT" && find . | sort)" ]
}

@test "the engine itself takes the arguments that -t prints" {
	mkdir "$ROOT/dev"
	truncate -s 1M "$ROOT/a.img" "$ROOT/b.img" "$ROOT/a.iso"
	store_zone old1 "$(attr bootdisk "$ROOT/a.img")<device match=\"$ROOT/a.img\"/>$(attr cdrom "$ROOT/a.iso")
		$(attr cpu 'qemu64,+ssse3')$(attr rtc base=localtime,clock=vm)$(attr vnc on)$(attr bootorder ndc)
		$(attr console "socket,path=$ROOT/console,server,nowait")
		$(attr extra '-usb -usbdevice mouse -watchdog ib700 -global PIIX4_PM.disable_s4=1 -boot menu=on')
		<network physical=\"nat0\"/>"
	run kvm_boot -t old1
	[ "$status" -eq 0 ]
	mapfile -t words < <(sed "s|^kvm$|tcg|; s|unix:/tmp/vm.vnc|unix:$ROOT/vnc|; s|on,obsolete=deny.*|off|" <<<"$output")
	(
		sleep 2
		echo '{"execute": "qmp_capabilities"}'
		echo '{"execute": "query-status"}'
		echo '{"execute": "quit"}'
	) | timeout "$(patience 60)" "${words[@]}" -S -qmp stdio >"$ROOT/qmp"
	grep -q '"status": "prelaunch"' "$ROOT/qmp"
}

@test "-j says which machine it is" {
	store_zone old1 "$(attr bootdisk tank/old1)$(attr bootorder dc)"
	run kvm_boot -j old1
	[ "$status" -eq 0 ]
	[ "$(jq -r .brand <<<"$output")" = kvm ]
	[ "$(jq -r .opts.cpu <<<"$output")" = qemu64 ]
	[ "$(jq -r .opts.bootorder <<<"$output")" = dc ]
	[ "$(jq .slots.vnc <<<"$output")" = 2 ]
}

@test "what extra may not say is refused by name, when verified and when booted" {
	store_zone old1 "$(attr extra '-drive file=/etc/shadow')"
	run kvm_boot -t old1
	[ "$status" -eq 1 ]
	[[ $output == *'extra: -drive cannot be given to a jailed hypervisor (these can: '* ]]
	[ "${#lines[@]}" -eq 1 ]
	run env _ZONES_ROOT="$ROOT" "$ROOT/usr/lib/brand/bhyve/verify_cfg" "$ROOT/etc/zones/old1.xml"
	[ "$status" -eq 1 ]
	[[ $output == *'extra: -drive cannot be given'* ]]
}

@test "everything that is wrong is said at once" {
	store_zone old1 "$(attr diskif scsi)$(attr bootorder x)$(attr vnc maybe)$(attr cdrom9 /a)"
	run kvm_boot -t old1
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 4 ]
}

@test "resources that the brand does not have are refused with the reason" {
	run zonecfg -z old1 'create -t kvm; add lpc; set bootrom=BHYVE; end'
	[ "$status" -eq 1 ]
	[[ $output == *'the firmware of a kvm zone is SeaBIOS'* ]]
}

@test "a usage error exits 2" {
	run kvm_boot
	[ "$status" -eq 2 ]
	run kvm_boot -q old1
	[ "$status" -eq 2 ]
}

# Devices of the host in a zone, with a real IOMMU (Intel's, emulated).  The nested host has three devices to
# give away, all QEMU's edu, which no driver of Linux wants: 00:10.0 alone in its IOMMU group, 00:11.0 and
# 00:11.1 together in one.
bats_require_minimum_version 1.5.0

load ../lib
load ../guest/guest

setup_file() {
	[ "$(cat /etc/hostname)" = nested ] || { echo "runs only inside the nested host" >&2 && false; }
	export BOOTSECT=${BOOTSECT%/*}/pcisect.img
	new_root
}

teardown_file() {
	drop_root
}

teardown() {
	local pid
	for pid in "${console_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# The commands that the messages and the manual name, in the form that needs no package.
bind() {
	modprobe vfio-pci
	for device; do
		echo vfio-pci >"/sys/bus/pci/devices/$device/driver_override"
		echo "$device" >/sys/bus/pci/drivers_probe
	done
}

pptadm() { "$ROOT/usr/sbin/pptadm" -R "$ROOT" "$@"; }
memlock() { awk '/Max locked memory/ {print $4}' "/proc/$1/limits"; }

@test "pptadm list -a shows devices that no zone can have yet, without a name" {
	run -0 pptadm list -ap -o dev,vendor,device,path,driver
	[[ $'\n'$output$'\n' == *$'\n:1234:11e8:0000\\:00\\:10.0:\n'* ]]
	[ -z "$(pptadm list -p -o dev)" ]
}

@test "verify says of a device that is not bound, and of one that the host uses, how to bind it" {
	guest_zone one
	zonecfg -z one 'add pci; set match=0000:00:10.0; set pci-slot=8:0; end'
	run zoneadm -z one verify
	[ "$status" -ne 0 ]
	[[ $output == *'pci 0000:00:10.0: 0/16/0 (0000:00:10.0): has no driver, and not bound to vfio-pci: driverctl set-override 0000:00:10.0 vfio-pci'* ]]
	used=$(basename "$(dirname "$(ls -d /sys/bus/pci/devices/*/virtio0)")")
	zonecfg -z one "select pci match=0000:00:10.0; set match=$used; end"
	run zoneadm -z one verify
	[ "$status" -ne 0 ]
	[[ $output == *"is used by the host's driver virtio-pci, and not bound to vfio-pci: driverctl set-override $used vfio-pci"* ]]
}

@test "bound devices are called /dev/ppt0 and up, and keep their names when another is bound before them" {
	bind 0000:00:11.0 0000:00:11.1
	[ "$(pptadm list -p -o dev,path)" = '/dev/ppt0:0000\:00\:11.0
/dev/ppt1:0000\:00\:11.1' ]
	bind 0000:00:10.0
	[ "$(pptadm list -p -o dev,path)" = '/dev/ppt2:0000\:00\:10.0
/dev/ppt0:0000\:00\:11.0
/dev/ppt1:0000\:00\:11.1' ]
	[ "$(pptadm list -j | jq -r '.devices[0] | .dev + .path + ."vendor-id"')" = /dev/ppt20000:00:10.01234 ]
}

@test "the guest finds the host's devices where it was asked for them, and they answer" {
	zonecfg -z one 'select pci pci-slot=8:0; set match=0000:00:10.0; end; add device; set match=/dev/ppt1; end;
		add attr; set name=ppt1; set type=string; set value=slot2; end'
	zoneadm -z one boot
	console_open one
	soon_shows one end
	grep -q '^08.0 1234:11e8 010000ed' "$ROOT/one.out"
	grep -q '^09.2 1234:11e8 010000ed' "$ROOT/one.out"
	[ "$(grep -c 1234:11e8 "$ROOT/one.out")" = 2 ]
	# QEMU complains of nothing but what is so: an edu cannot be reset.
	run bash -c 'grep vfio "$1/zones/one/log/zone.log" | grep -v "Cannot reset device .* no available reset mechanism"' bash "$ROOT"
	[ -z "$output" ]
}

@test "the jail of such a zone has VFIO's nodes for its groups, nothing of sysfs, and may pin the guest's memory" {
	pid=$(engine_pid one)
	alone=$(basename "$(readlink /sys/bus/pci/devices/0000:00:10.0/iommu_group)")
	shared=$(basename "$(readlink /sys/bus/pci/devices/0000:00:11.1/iommu_group)")
	[ "$alone" != "$shared" ]
	[ "$(ls "/proc/$pid/root/dev/vfio" | sort)" = "$(printf '%s\n' vfio "$alone" "$shared" 0000:00:10.0 0000:00:11.1 | sort)" ]
	[ "$(stat -c '%u %a' "/proc/$pid/root/dev/vfio/$alone")" = "$(stat -c %u "/proc/$pid") 600" ]
	[ "$(ls "/proc/$pid/root/dev/vfio/0000:00:10.0")" = iommu_group ]
	grep -q ' /dev/vfio ro,' "/proc/$pid/mountinfo"
	grep -q ' /dev ro,' "/proc/$pid/mountinfo"
	run -1 grep -q sysfs "/proc/$pid/mountinfo"
	# The guest's memory and a GiB.
	[ "$(memlock "$pid")" = $(((64 + 1024) << 20)) ]
}

@test "a device whose IOMMU group another zone has is refused, and the zone is named; so is one not given" {
	guest_zone two
	zonecfg -z two 'add device; set match=/dev/ppt0; end;
		add attr; set name=ppt0; set type=string; set value=on; end'
	run zoneadm -z two boot
	[ "$status" -ne 0 ]
	[[ $output == *'in use by zone one'* ]]
	[ "$(state_of two)" = installed ]
	zonecfg -z two 'remove device match=/dev/ppt0'
	run zoneadm -z two boot
	[ "$status" -ne 0 ]
	[[ $output == *'/dev/ppt0: not given to the zone by a device resource'* ]]
}

@test "after halt nothing of the zone is left, and another can have its devices" {
	namespaces=$(namespaces_of "$(engine_pid one)")
	zoneadm -z one halt
	soon_nothing_left one $namespaces
	zonecfg -z two 'add device; set match=/dev/ppt*; end'
	zoneadm -z two boot
	console_open two
	soon_shows two end
	grep -q '^09.0 1234:11e8 010000ed' "$ROOT/two.out"
	zoneadm -z two halt
}

@test "a wired guest (-S) without such a device has its memory locked" {
	zonecfg -z two 'remove attr name=ppt0; add attr; set name=extra; set type=string; set value=-S; end'
	zoneadm -z two boot
	[ "$(awk '/^VmLck/ { print $2 }' "/proc/$(engine_pid two)/status")" -ge 65536 ]
	zoneadm -z two halt
}

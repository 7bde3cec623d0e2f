# The host that users have, from the outside in: systemd is PID 1, the processor's virtualization works, and
# cgroup v2 has its controllers.  Runs on the nested host itself, in its real /etc and /run (see run).
bats_require_minimum_version 1.5.0

setup_file() {
	[ "$(cat /etc/hostname)" = nested ] || { echo "runs only inside the nested host" >&2 && false; }
}

@test "the nested host is a Debian with systemd, KVM and cgroup v2" {
	[ "$(cat /proc/1/comm)" = systemd ]
	[ -c /dev/kvm ]
	grep -qw memory /sys/fs/cgroup/cgroup.controllers
	grep -qw pids /sys/fs/cgroup/cgroup.controllers
	grep -qw cpu /sys/fs/cgroup/cgroup.controllers
}

@test "every installed program finds its libraries" {
	local program missing=''
	for program in /usr/sbin/zonecfg /usr/sbin/zoneadm /usr/sbin/zlogin /usr/lib/zones/* /usr/lib/brand/*/*; do
		[ -x "$program" ] && [ ! -d "$program" ] || continue
		! ldd "$program" 2>/dev/null | grep -q 'not found' || missing+=" $program"
	done
	[ -z "$missing" ] || { echo "without a library:$missing" && false; }
}

@test "quickstart --tiny boots a guest to its login prompt" {
	run -0 timeout 400 /mnt/payload/scripts/quickstart --tiny --no-install
	[[ $output == *'tiny login:'* ]]
	[[ $output == *'What to type next'* ]]
	[ "$(zoneadm -z tiny list -p | cut -d: -f3)" = running ]
}

@test "the hypervisor of the zone uses KVM" {
	pid=$(pgrep -f 'qemu-system-x86_64.*tiny' | head -n 1)
	[ -n "$pid" ]
	tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qE 'accel[ =]kvm'
	ls -l "/proc/$pid/fd" | grep -q kvm-vm
}

@test "the zone is in a cgroup of its own, of version 2" {
	pid=$(pgrep -f 'qemu-system-x86_64.*tiny' | head -n 1)
	group=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
	[ "$(wc -l <"/proc/$pid/cgroup")" = 1 ]
	[ -d "/sys/fs/cgroup$group" ]
	[ "$group" != "$(sed -n 's/^0:://p' /proc/1/cgroup)" ]
	[ "$(cat "/sys/fs/cgroup$group/pids.max")" != max ]
}

# bats test_tags=thorough
@test "quickstart --tiny works a second time, on the same disk" {
	before=$(stat -c %i /var/lib/zones/pools/rpool/tiny.raw)
	run -0 timeout 400 /mnt/payload/scripts/quickstart --tiny --no-install
	[[ $output == *'Halting zone tiny'* ]]
	[[ $output == *'tiny login:'* ]]
	[ "$(stat -c %i /var/lib/zones/pools/rpool/tiny.raw)" = "$before" ]
}

@test "a guest that is asked to shut down powers off, and its zone is halted" {
	timeout 60 zoneadm -z tiny shutdown
	[ "$(zoneadm -z tiny list -p | cut -d: -f3)" = installed ]
}

@test "after the zone was halted nothing of it is left" {
	run -1 pgrep -f qemu-system-x86_64
	run -1 grep -q /zones/tiny /proc/mounts
	[ -z "$(find /sys/fs/cgroup -type d -name '*tiny*')" ]
	[ -z "$(find /run/zones -type s -name '*tiny*')" ]
}

@test "quickstart --undo removes the zone and its disk" {
	run -0 /mnt/payload/scripts/quickstart --undo
	run -1 zoneadm -z tiny list
	[ ! -e /zones/tiny ]
}

#!/usr/bin/env bats
# The limits of a running zone, read back from the control groups of its hypervisor, of version 1 or 2.

load ../lib
load guest

setup() {
	new_root
	guest_zone web1
}

teardown() {
	drop_root
}

# held CONTROLLER V1-FILE V2-FILE: what the kernel holds the hypervisor of web1 to
held() {
	local groups group
	groups=/proc/$(engine_pid web1)/cgroup
	group=$(awk -F: -v c="$1" '{ n = split($2, a, ","); for (i = 1; i <= n; i++) if (a[i] == c) print $3 }' "$groups")
	if [ -n "$group" ]; then
		cat "/sys/fs/cgroup/$1$group/$2"
	else
		group=$(sed -n 's/^0:://p' "$groups")
		cat "/sys/fs/cgroup$group/$3"
	fi
}

@test "a zone without limits of its own is held to the default number of tasks, and to guest memory and some" {
	zoneadm -z web1 boot
	tasks=$(held pids pids.max pids.max)
	memory=$(held memory memory.limit_in_bytes memory.max)
	[ "$tasks" != max ] && [ "$tasks" -le 4096 ]
	[ "$memory" != max ] && [ "$memory" -gt $((64 << 20)) ] && [ "$memory" -lt $((4 << 30)) ]
}

@test "configured limits hold together with the memory limit that boot adds" {
	zonecfg -z web1 'add capped-cpu; set ncpus=0.5; end; set max-lwps=300'
	zoneadm -z web1 boot
	[ "$(held pids pids.max pids.max)" = 300 ]
	[ "$(held cpu cpu.cfs_quota_us cpu.max | cut -d' ' -f1)" = 50000 ]
	[ "$(held memory memory.limit_in_bytes memory.max)" -lt $((4 << 30)) ]
}

@test "no file can grow in the hypervisor's hands beyond the largest disk" {
	truncate -s 3000000 "$ROOT/disks/second.img"
	zonecfg -z web1 "add attr; set name=disk1; set type=string; set value=/disks/second.img; end
		add device; set match=/disks/second.img; end"
	zoneadm -z web1 boot
	size=$(awk '/^Max file size/ { print $4, $5 }' "/proc/$(engine_pid web1)/limits")
	[ "$size" = "3002368 3002368" ]
}

@test "a wired guest (-S) is refused when capped-memory locked is less than its memory" {
	zonecfg -z web1 'add attr; set name=extra; set type=string; set value=-S; end; add capped-memory; set locked=4M; end'
	run zoneadm -z web1 boot
	[ "$status" -ne 0 ]
	[[ $output == *'capped-memory locked 4M: all memory of the guest is kept in place (-S, or a device of the host), so at least 1088M is needed'* ]]
}

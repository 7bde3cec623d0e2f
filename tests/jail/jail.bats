#!/usr/bin/env bats
# The jail with a probe in the engine's place: real namespaces, cgroups, filters.  Run by `meson test --suite
# jail`, which says where the programs are.

load jail

: "${JAIL_LAUNCH:?}" "${JAIL_PROBE:?}" "${JAIL_KILL_STEPS:?}" "${BOOTSECT:?}"

NAME=jailtest
UID_OF_ZONE=$((0x70000000 + 900))

setup_file() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	export WORK ZROOT LISTENER ABSTRACT
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/apiary-jail.XXXXXX")
	ZROOT=$WORK/root
	ABSTRACT=apiary-jail-$$
	mkdir -p "$ZROOT/open" "$WORK/bound"
	chmod 755 "$WORK" "$ZROOT" "$WORK/bound"
	chmod 777 "$ZROOT/open"
	install -m 666 /dev/null "$ZROOT/open/file"
	install -m 4755 "$JAIL_PROBE" "$WORK/bound/probe"
	# Somebody outside whom the probe tries to reach: a process, and an abstract socket it listens on.
	"$JAIL_KILL_STEPS" --listen "$ABSTRACT" 3>&- &
	LISTENER=$!

	probe engine >"$WORK/engine"
	probe plain --no-seccomp >"$WORK/no-seccomp"
	probe plain --no-seccomp --no-landlock >"$WORK/bare"
	probe plain --no-landlock >"$WORK/seccomp"
}

teardown_file() {
	kill "$LISTENER"
	rm -rf "$WORK"
}

# Mounts of the host that have to do with the zone; other users of the machine may mount what they like.
zone_mounts() { grep -F "$WORK" /proc/self/mountinfo; }

launch() { "$JAIL_LAUNCH" --name $NAME --uid $UID_OF_ZONE "$@"; }

# probe WALLS [launcher options]: runs all attempts in a jail
probe() {
	local walls=$1
	shift
	launch --pids 32 --bind "$WORK/bound" "$@" "$ZROOT" "$JAIL_PROBE" "$walls" "$LISTENER" "$ABSTRACT"
}

# All attempts but the controls, and but those that only seccomp stops.
ATTEMPTS="stray-descriptors read-shadow read-passwd list-root-home list-zones list-sys list-proc climb-out
	write-usr write-root write-dev write-mode-777 write-existing-666 open-mem open-kmsg open-tty make-node
	make-node-at fill-tmp exec-own-file map-own-file-executable open-by-handle signal-host
	signal-everyone pidfd-host ptrace-host read-host-memory renice realtime raise-limit dump-core
	fork-without-end connect-tcp send-udp connect-abstract socket-raw socket-packet interface-up mount-tmpfs
	mount-bind remount-writable unmount pivot-root chroot fsopen open-tree unshare-user unshare-mounts
	unshare-network clone-user clone3-user load-module bpf perf-events reboot kexec set-clock
	set-hostname clear-log swapon io-ports watch-files push-input become-root become-root-group
	become-other add-group gain-capability gain-ambient unlock-securebits exec-setuid"
ONLY_SECCOMP="fork-once socket-any socket-netlink socket-pair add-key userfaultfd io-uring"

zone_cgroups() { ls -d /sys/fs/cgroup/*/zones/$NAME.zone /sys/fs/cgroup/zones/$NAME.zone 2>/dev/null; }

cgroup_file() { cat "/sys/fs/cgroup/$1/zones/$NAME.zone/$2" 2>/dev/null || cat "/sys/fs/cgroup/zones/$NAME.zone/$3"; }

uid_processes() { grep -l "^Uid:[[:space:]]*${UID_OF_ZONE}[[:space:]]" /proc/[0-9]*/status 2>/dev/null; }

# A program in a jail that stays until the file descriptor 9 is closed.
hold() {
	mkfifo "$WORK/in"
	# Not by way of a function, whose subshell would be what $! names.
	"$JAIL_LAUNCH" --name $NAME --uid $UID_OF_ZONE "$@" <"$WORK/in" >"$WORK/out" 2>&1 3>&- &
	HELD=$!
	exec 9>"$WORK/in"
	rm "$WORK/in"
}

# The first process of the held zone, once it runs the program (or waits, for --ready)
held_pid() {
	wait_for 5 holds "$1" >&2 || return
	uid_processes | sed -n '1s|^/proc/\(.*\)/status$|\1|p'
}
holds() { [ -n "$(uid_processes)" ] && [ -n "$(cat "$WORK/out")$1" ]; }

release() {
	exec 9>&-
	wait "$HELD"
}

@test "with every wall of a running engine, no attempt succeeds" {
	denied engine $ATTEMPTS $ONLY_SECCOMP
}

@test "the probe's controls work, so that its refusals mean something" {
	allowed engine own-tmp own-null
	allowed bare own-tmp own-null
	grep -qx 'exit 0' "$WORK/engine"
	# On the host the same probe gets at what the jail hides.
	run "$JAIL_PROBE" host "$LISTENER" "$ABSTRACT"
	grep -qx 'ALLOWED read-shadow' <<<"$output"
	grep -qx 'ALLOWED signal-host' <<<"$output"
	grep -qx 'ALLOWED connect-abstract' <<<"$output"
}

@test "without seccomp, every other wall holds alone" {
	denied no-seccomp $ATTEMPTS
}

@test "with neither seccomp nor Landlock, namespaces, mounts and credentials hold alone" {
	denied bare $ATTEMPTS
}

@test "what seccomp alone forbids is forbidden to the zone's init too" {
	denied seccomp fork-once socket-any socket-netlink socket-pair add-key userfaultfd
	denied seccomp fork-without-end unshare-user
}

@test "forking without end meets the limit of tasks" {
	grep -q '^denied fork-without-end: Resource temporarily unavailable' "$WORK/bare"
}

@test "without a user namespace of the zone's own making none can be made inside" {
	grep -q '^denied unshare-user: No space left on device' "$WORK/bare"
}

@test "taking memory without end ends the zone and nothing else" {
	run launch --memory $((32 << 20)) "$ZROOT" "$JAIL_PROBE" memory
	[ "$status" = 0 ]
	[ "${lines[-1]}" = "signal 9" ]
}

@test "the engine has one uid, no capability, no group, a filter and no new privileges" {
	hold --hold "$ZROOT" /bin/sleep 100
	pid=$(held_pid running)
	wait_for 5 runs_program "$pid" sleep
	status=$(cat "/proc/$pid/status")
	for want in "Uid:	$UID_OF_ZONE	$UID_OF_ZONE	$UID_OF_ZONE	$UID_OF_ZONE" \
		"Gid:	$UID_OF_ZONE	$UID_OF_ZONE	$UID_OF_ZONE	$UID_OF_ZONE" \
		"CapInh:	0000000000000000" "CapPrm:	0000000000000000" "CapEff:	0000000000000000" \
		"CapBnd:	0000000000000000" "CapAmb:	0000000000000000" "NoNewPrivs:	1" "Seccomp:	2"; do
		grep -qx "$want" <<<"$status" || { echo "not so: $want"; echo "$status"; return 1; }
	done
	[ "$(grep '^Groups:' <<<"$status" | tr -d ' \t')" = "Groups:" ]
	grep -q "^NSpid:.*[[:space:]]1\$" <<<"$status"
	for ns in mnt pid net ipc uts cgroup user; do
		[ "$(readlink /proc/$pid/ns/$ns)" != "$(readlink /proc/self/ns/$ns)" ]
	done
	release
}

runs_program() { [ "$(cat "/proc/$1/comm")" = "$2" ]; }

@test "nothing in the zone is both writable and executable, and nothing is setuid" {
	hold --proc --hold "$ZROOT" /bin/sleep 100
	pid=$(held_pid running)
	wait_for 5 runs_program "$pid" sleep
	while read -r _ _ _ _ point options _; do
		case ,$options, in
		*,ro,* | *,noexec,*) ;;
		*) echo "$point is writable and executable: $options"; return 1 ;;
		esac
		case ,$options, in
		*,nosuid,*) ;;
		*) echo "$point has setuid: $options"; return 1 ;;
		esac
		case $point,$options, in
		/dev,*) ;;
		*,nodev,*) ;;
		*) echo "$point has devices: $options"; return 1 ;;
		esac
	done <"/proc/$pid/mountinfo"
	[ -z "$(grep ' shared:\| master:' "/proc/$pid/mountinfo")" ]
	release
}

@test "the engine gets the descriptors it was given, at their numbers, and no other" {
	hold --fds 200 --hold "$ZROOT" /bin/sleep 100
	pid=$(held_pid running)
	wait_for 5 runs_program "$pid" sleep
	numbers=$(ls "/proc/$pid/fd" | sort -n | tr '\n' ' ')
	[ "$numbers" = "0 1 2 $(seq -s ' ' 312 511) " ]
	[ "$(stat -Lc %t:%T "/proc/$pid/fd/0")" = 1:3 ]
	release
}

@test "the unmodified engine runs a guest within all walls" {
	cp "$BOOTSECT" "$WORK/disk.img"
	hold --pids 64 --disk "$WORK/disk.img" --hold "$ZROOT" "$JAIL_PROBE" exec /usr/bin/qemu-system-x86_64 \
		-accel tcg,thread=multi -machine pc -m 64 -smp 2 -nodefaults -no-user-config -display none \
		-vga std -vnc none -add-fd fd=10,set=1 -device virtio-blk-pci,drive=disk -serial stdio \
		-blockdev driver=file,node-name=disk,filename=/dev/fdset/1,aio=native,cache.direct=on \
		-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
	wait_for 30 grep -q A "$WORK/out"
	[ "$(cat "$WORK/out")" = A ] || { cat "$WORK/out"; return 1; }
	# The init's filter, the engine's own, and that of its -sandbox.
	grep -q '^Seccomp_filters:[[:space:]]*3$' "/proc/$(held_pid)/status"
	release
	[ -z "$(zone_cgroups)" ]
}

@test "a disk does not grow in the engine's hands, in whatever way it is asked to" {
	truncate -s 1M "$WORK/small.img"
	launch --disk "$WORK/small.img" --max-file $((1 << 20)) "$ZROOT" "$JAIL_PROBE" disk >"$WORK/disk"
	allowed disk disk-write-within disk-punch-hole disk-zero-within disk-allocate-within
	denied disk disk-write-beyond disk-truncate-up disk-allocate-beyond disk-allocate-unseen disk-zero-beyond \
		disk-zero-unseen disk-insert
	grep -qx 'exit 0' "$WORK/disk"
	[ "$(stat -c %s "$WORK/small.img")" = $((1 << 20)) ]
	[ "$(stat -c %b "$WORK/small.img")" -le 64 ]
}

@test "a program that cannot be executed is an error of the start, and nothing is left" {
	install -m 644 "$JAIL_PROBE" "$WORK/not-executable"
	run launch "$ZROOT" "$WORK/not-executable"
	[ "$status" = 1 ]
	[[ "$output" == *"launch: exec: Permission denied" ]]
	[ -z "$(zone_cgroups)" ]
	[ -z "$(uid_processes)" ]
}

@test "a zone that waits has no rights left and holds nothing of the daemon's open" {
	hold --ready "$ZROOT"
	pid=$(held_pid '')
	grep -qx 'ready [0-9]*' "$WORK/out"
	grep -qx 'CapEff:	0000000000000000' "/proc/$pid/status"
	grep -qx 'CapBnd:	0000000000000000' "/proc/$pid/status"
	for fd in /proc/$pid/fd/*; do
		case $(readlink "$fd") in
		*/null | socket:*) ;;
		*) readlink "$fd"; return 1 ;;
		esac
	done
	release
	[ -z "$(uid_processes)" ]
}

no_processes() { [ -z "$(uid_processes)" ]; }

@test "a zone that waits ends when its daemon is killed" {
	hold --ready "$ZROOT"
	held_pid ''
	kill -9 $HELD
	exec 9>&-
	wait $HELD || true
	wait_for 3 no_processes
	"$JAIL_LAUNCH" --clean $NAME
	[ -z "$(zone_cgroups)" ]
}

@test "a running engine outlives its daemon, keeps its name taken, and is ended by name" {
	hold --hold "$ZROOT" /bin/sleep 100
	pid=$(held_pid running)
	wait_for 5 runs_program "$pid" sleep
	kill -9 $HELD
	exec 9>&-
	wait $HELD || true
	kill -0 "$pid"
	run launch "$ZROOT" /bin/true
	[ "$status" = 1 ]
	[[ "$output" == *"launch: zone $NAME still has processes" ]]
	"$JAIL_LAUNCH" --clean $NAME
	[ -z "$(zone_cgroups)" ]
	[ -z "$(uid_processes)" ] || ! grep -qv Z "/proc/$pid/stat"
	"$JAIL_LAUNCH" --clean $NAME
}

# bats test_tags=thorough
@test "a daemon killed at any of its system calls leaves no process, and no cgroup after cleaning" {
	run "$JAIL_KILL_STEPS" $UID_OF_ZONE $NAME "$JAIL_LAUNCH" --name $NAME --uid $UID_OF_ZONE --pids 32 \
		--memory $((64 << 20)) "$ZROOT" /bin/true
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[-1]% steps}" -gt 100 ]
}

@test "each limit arrives at its controller" {
	hold --memory $((64 << 20)) --swap $((16 << 20)) --pids 40 --cpu-cap 50 --shares 7 --cpus 0 --hold \
		"$ZROOT" /bin/sleep 100
	pid=$(held_pid running)
	wait_for 5 runs_program "$pid" sleep
	[ "$(cgroup_file memory memory.limit_in_bytes memory.max)" = $((64 << 20)) ]
	[ "$(cgroup_file pids pids.max pids.max)" = 40 ]
	[ "$(cgroup_file cpuset cpuset.cpus cpuset.cpus)" = 0 ]
	if [ -e /sys/fs/cgroup/zones/$NAME.zone/cpu.max ]; then
		[ "$(cat /sys/fs/cgroup/zones/$NAME.zone/cpu.max)" = "50000 100000" ]
		[ "$(cat /sys/fs/cgroup/zones/$NAME.zone/cpu.weight)" = 7 ]
		[ "$(cat /sys/fs/cgroup/zones/$NAME.zone/memory.swap.max)" = $((16 << 20)) ]
	else
		[ "$(cgroup_file cpu cpu.cfs_quota_us)" = 50000 ]
		[ "$(cgroup_file cpu cpu.shares)" = 14 ]
		[ "$(cgroup_file memory memory.memsw.limit_in_bytes)" = $((80 << 20)) ]
	fi
	for group in $(zone_cgroups); do
		grep -qx "$pid" "$group/cgroup.procs" || [ "$group" = /sys/fs/cgroup/zones/$NAME.zone ]
	done
	release
}

may_have_tasks() { [ "$(cgroup_file pids pids.max pids.max)" = "$1" ]; }

@test "limits of a running zone can be changed, and new ones added" {
	hold --memory $((64 << 20)) --limit-later 20 --hold "$ZROOT" /bin/sleep 100
	pid=$(held_pid running)
	wait_for 5 may_have_tasks 20
	case $(cgroup_file memory memory.limit_in_bytes memory.max) in
	max | 9223372036854771712) ;;
	*) cgroup_file memory memory.limit_in_bytes memory.max; return 1 ;;
	esac
	cgroup_file pids cgroup.procs cgroup.procs | grep -qx "$pid"
	release
}

@test "a limit that the kernel refuses is an error that names it, and nothing is left" {
	run launch --cpus 9999 "$ZROOT" /bin/true
	[ "$status" = 1 ]
	[[ "${lines[0]}" == "launch: cpuset.cpus: 9999: "* ]]
	[ -z "$(zone_cgroups)" ]
}

@test "weights of reading and writing arrive, or the kernel's lack of them is named" {
	hold --io 512 --hold "$ZROOT" /bin/sleep 100
	if held_pid running; then
		weight=$(cat /sys/fs/cgroup/blkio/zones/$NAME.zone/blkio.weight \
			/sys/fs/cgroup/blkio/zones/$NAME.zone/blkio.bfq.weight \
			/sys/fs/cgroup/zones/$NAME.zone/io.weight \
			/sys/fs/cgroup/zones/$NAME.zone/io.bfq.weight 2>/dev/null || true)
		# Version 1 counts to 1000 where the configuration counts to 1024; 100 is what others have.
		grep -qwE '500|512' <<<"$weight"
		release
	else
		grep -q '^launch: io-weight: the kernel offers none' "$WORK/out"
		release || true
	fi
	[ -z "$(zone_cgroups)" ]
}

@test "a bind source that is absent is an error that names it" {
	run launch --bind /nonexistent "$ZROOT" /bin/true
	[ "$status" = 1 ]
	[ "${lines[0]}" = "launch: /nonexistent: cannot be mounted in the zone: No such file or directory" ]
	[ -z "$(zone_cgroups)" ]
}

@test "mount points lead nowhere outside, whatever links the zone's root holds" {
	mkdir -p "$WORK/evil" "$WORK/outside"
	ln -s "$WORK/outside" "$WORK/evil/tmp"
	ln -s ../../../../../../.. "$WORK/evil/dev"
	run launch "$WORK/evil" /bin/true
	[ -z "$(ls "$WORK/outside")" ]
	[ -z "$(zone_mounts)" ]
}

@test "what the host can give is told, with the place or the reason" {
	run "$JAIL_LAUNCH" --findings
	[ "$status" = 0 ]
	for what in namespaces "user namespace" seccomp landlock "core scheduling" "cgroup memory" "cgroup pids" \
		"cgroup cpu" "cgroup cpuset" "cgroup io" "cgroup swap"; do
		grep -qE "^$what: (yes|no): .+" <<<"$output"
	done
}

@test "after all this no process, cgroup or mount is left" {
	[ -z "$(zone_cgroups)" ]
	[ -z "$(uid_processes)" ]
	[ -z "$(zone_mounts)" ]
}

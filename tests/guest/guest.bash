# What the tests with real guests share: zones that boot the boot-sector guest (bootsect.S), console sessions
# that a test can type into and read, and the question whether anything of a zone is left.

: "${BOOTSECT:=$STAGE/../tests/guest/bootsect.img}"

# guest_zone NAME [ATTR VALUE]...: configured with a disk of its own, and installed
guest_zone() {
	local zone=$1 script
	shift
	mkdir -p "$ROOT/disks"
	[ -e "$ROOT/disks/$zone.img" ] || cp "$BOOTSECT" "$ROOT/disks/$zone.img"
	script="create -b; set brand=bhyve; set zonepath=/zones/$zone; set ip-type=exclusive"
	set -- ram 64M vcpus 1 bootdisk "/disks/$zone.img" "$@"
	while [ $# -gt 0 ]; do
		script+="; add attr; set name=$1; set type=string; set value=$2; end"
		case $1 in
		*disk* | cdrom*) script+="; add device; set match=$2; end" ;;
		esac
		shift 2
	done
	zonecfg -z "$zone" "$script"
	zoneadm -z "$zone" install
}

state_of() {
	zoneadm list -cp | awk -F: -v name="$1" '$2 == name { print $3 }'
}

# The opposite, as a command that a test fails on ("! command" alone does not fail one).
never() {
	! "$@"
}

is() {
	[ "$(state_of "$1")" = "$2" ]
}

# The hypervisor: pid 1 of the zone, as the host sees it.
engine_pid() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["pid"])' "$ROOT/run/zones/$1.state"
}

# The oldest of that name: the first process of a zone that is only ready is a child of zoneadmd and has its
# command line.
daemon_pid() {
	pgrep -o -f "^[^ ]*/zoneadmd -z $1 .*-R $ROOT\$"
}

# ---- consoles ----

console_pids=()

# console_open NAME [ZLOGIN OPTION]...: a session in the background; its output is $ROOT/NAME.out
console_open() {
	local zone=$1 fd
	shift
	rm -f "$ROOT/$zone.in"
	mkfifo "$ROOT/$zone.in"
	: >"$ROOT/$zone.out"
	"$ROOT/usr/sbin/zlogin" -R "$ROOT" -C "$@" "$zone" <"$ROOT/$zone.in" >"$ROOT/$zone.out" 2>&1 3>&- &
	console_pid=$!
	console_pids+=("$console_pid")
	exec {fd}>"$ROOT/$zone.in"
	console_fd=$fd
}

# At the end of a test: sessions would keep zoneadmd waiting for ever.
drop_guests() {
	local pid
	for pid in "${console_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	drop_root
}

# Types into the session that was opened last.
type_keys() {
	printf '%b' "$1" >&"$console_fd"
}

# The input of the session that was opened last ends; the session goes on.
end_input() {
	exec {console_fd}>&-
}

# shows NAME TEXT [TIMES]: the console has shown the text (so often)
shows() {
	[ "$(tr -d '\r\n' <"$ROOT/$1.out" | grep -oF "$2" | wc -l)" -ge "${3:-1}" ]
}

soon_shows() {
	wait_for 30 shows "$@" && return 0
	printf 'console of %s does not show %s but:\n' "$1" "$2" >&2
	cat -A "$ROOT/$1.out" >&2
	return 1
}

# The letter with which the guest begins; notices have small letters behind their capitals.
soon_boots() {
	wait_for 30 booted "$@" && return 0
	printf 'console of %s, %s boots wanted:\n' "$1" "${2:-1}" >&2
	cat -A "$ROOT/$1.out" >&2
	return 1
}

booted() {
	[ "$(sed 's/\[[A-Z]*: [^]]*\]//g' "$ROOT/$1.out" | tr -cd A | wc -c)" -ge "${2:-1}" ]
}

ended() {
	! kill -0 "$1" 2>/dev/null
}

# log_says NAME TEXT
log_says() {
	grep -qF "$2" "$ROOT/zones/$1/log/zone.log"
}

# ---- what is left ----

# Namespaces of a process, to look for after it is gone.
namespaces_of() {
	local ns
	for ns in mnt pid net ipc uts; do
		readlink "/proc/$1/ns/$ns"
	done
}

# jail_name NAME: what the zone's control groups are called; zones of other roots have other names
jail_name() {
	local hash=5381 i
	for ((i = 0; i < ${#ROOT}; i++)); do
		hash=$(((hash * 33 + $(printf %d "'${ROOT:i:1}")) & 0xffffffff))
	done
	printf '%s@%08x' "$1" $hash
}

# left_of NAME [NAMESPACE]...: prints whatever of the zone is still there; lock files are meant to stay
left_of() {
	local zone=$1 ns
	shift
	find "$ROOT/run/zones" -name "$zone.*" ! -name "*.lock"
	find /sys/fs/cgroup -type d -name "$(jail_name "$zone").*" 2>/dev/null
	grep -F "$ROOT/" /proc/self/mountinfo || true
	pgrep -af -- "-R $ROOT" | grep -- "zoneadmd -z $zone " || true
	for ns; do
		find /proc/[0-9]*/ns -lname "$ns" 2>/dev/null || true
	done
}

nothing_left() {
	[ -z "$(left_of "$@")" ]
}

soon_nothing_left() {
	wait_for 10 nothing_left "$@" && return 0
	echo "still there:" >&2
	left_of "$@" >&2
	return 1
}

# door NAME METHOD PARAMETERS: one call to the zone's door; prints the reply
door() {
	python3 - "$ROOT/run/zones/$1.zoneadmd_door" "$2" "$3" <<-'END'
		import json, socket, sys
		path, method, parameters = sys.argv[1:]
		s = socket.socket(socket.AF_UNIX)
		s.connect(path)
		call = {"method": "org.apiary.zone." + method, "parameters": json.loads(parameters)}
		s.sendall(json.dumps(call).encode() + b"\0")
		data = b""
		while not data.endswith(b"\0"):
		    part = s.recv(65536)
		    if not part:
		        break
		    data += part
		print(data.rstrip(b"\0").decode())
	END
}

says() {
	case $output in
	*"$1"*) return 0 ;;
	esac
	printf 'does not say: %s\nbut: %s\n' "$1" "$output" >&2
	return 1
}

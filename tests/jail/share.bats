#!/usr/bin/env bats
# A shared directory in the jail, with a probe in the engine's place: what a guest needs works, and nothing else.
# Run by `meson test --suite jail`, which says where the programs are.

load jail

: "${JAIL_LAUNCH:?}" "${JAIL_PROBE:?}"

NAME=sharetest
UID_OF_ZONE=$((0x70000000 + 901))
OWNER=4242 GROUP=4343

# What a guest needs.
WANTED="share-list share-read share-read-link share-write share-grow share-make-directory share-make-file-node
	share-make-link share-make-hard-link share-move-between share-set-mode share-set-times share-remove
	share-ro-read"
# What only the filter of system calls stops: the engine is the owner of what it made.  Landlock of Linux 6.1 lets a
# whiteout be made (a node 0:0, which opens nothing and which any user may make), that of 6.18 does not.
ONLY_SECCOMP="share-setuid-when-made share-setgid-when-made share-setuid-node share-setuid-later
	share-setuid-by-fchmod share-setuid-by-fchmodat2 share-setgid-directory share-connect-socket
	share-take-lease share-take-lease-in-disguise share-make-whiteout"
# What Landlock stops as well.
ALSO_LANDLOCK="share-make-fifo share-make-socket"
# What mounts, owners and missing capabilities stop alone.
ALONE="share-give-away share-make-character-device share-make-block-device share-open-device share-follow-link
	share-follow-link-up share-own-link-out share-climb share-climb-far share-climb-by-proc share-write-foreign
	share-remove-foreign share-change-foreign-mode share-map-executable share-link-from-outside
	share-link-a-descriptor share-ro-write share-ro-make share-ro-remove share-ro-change-mode share-ro-set-times
	share-proc-reopen share-proc-memory share-execute"

setup_file() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	export WORK LISTENER
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/apiary-share.XXXXXX")
	chmod 755 "$WORK"
	mkdir -p "$WORK/root"
	prepare all
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(600)' "$WORK/all/share/socket" 3>&- &
	LISTENER=$!
	until [ -S "$WORK/all/share/socket" ]; do sleep 0.05; done
	chown $OWNER:$GROUP "$WORK/all/share/socket"

	probe all share >"$WORK/engine"
	prepare no-seccomp
	ln "$WORK/all/share/socket" "$WORK/no-seccomp/share/socket"
	probe no-seccomp share-plain --no-seccomp >"$WORK/plain"
	prepare bare
	probe bare share-plain --no-seccomp --no-landlock >"$WORK/none"
}

teardown_file() {
	kill "$LISTENER"
	rm -rf "$WORK"
}

# prepare NAME: $WORK/NAME with two directories to share, and a file beside them
prepare() {
	local share=$WORK/$1/share ro=$WORK/$1/ro
	mkdir -p "$share"/{a,b} "$ro"
	echo text | tee "$share/file" "$share/foreign" "$ro/file" "$WORK/$1/outside" >/dev/null
	chmod 666 "$share/foreign" "$WORK/$1/outside"
	cp /bin/true "$share/program"
	chmod 755 "$share/program"
	ln -s /etc/passwd "$share/link"
	ln -s .. "$share/up"
	mknod -m 666 "$share/null" c 1 3
	chown -R $OWNER:$GROUP "$share" "$ro"
	chown 5555:5555 "$share/foreign"
}

launch() { "$JAIL_LAUNCH" --name $NAME --uid $UID_OF_ZONE --proc "$@"; }

# probe NAME WALLS [launcher options]
probe() {
	local name=$1 walls=$2
	shift 2
	launch --share "$WORK/$name/share" --share-ro "$WORK/$name/ro" "$@" "$WORK/root" "$JAIL_PROBE" "$walls"
}

@test "what a guest needs works within every wall" {
	allowed engine $WANTED
	allowed plain $WANTED
	allowed none $WANTED
}

@test "nothing else works within every wall of a running engine" {
	denied engine $ONLY_SECCOMP $ALSO_LANDLOCK $ALONE
}

@test "without seccomp, the other walls hold alone" {
	denied plain $ALSO_LANDLOCK $ALONE
}

@test "with neither seccomp nor Landlock, mounts and owners hold alone" {
	denied none $ALONE
}

@test "the probe's attempts are real: what a wall stops works without it" {
	allowed plain share-setuid-when-made share-setuid-later share-connect-socket share-take-lease
	allowed none share-make-fifo share-make-whiteout
}

@test "what the engine makes belongs to the owner and group of the directory" {
	for made in grown made made-link mine; do
		[ "$(stat -c %u:%g "$WORK/all/share/$made")" = $OWNER:$GROUP ]
	done
	[ "$(stat -c %s "$WORK/all/share/grown")" = $((4 << 20)) ]
	[ "$(stat -c %h "$WORK/all/share/a/second")" = 2 ]
}

@test "nothing in the directory has become setuid, setgid or special" {
	found=$(find "$WORK/all/share" -perm /6000 -o -type p -o -type b -o -type c ! -name null)
	[ -z "$found" ] || { echo "$found"; return 1; }
}

# The zone's process; it is in $pid then.
sleeps() {
	pid=$(grep -l "^Uid:[[:space:]]*$UID_OF_ZONE" /proc/[0-9]*/status 2>/dev/null) && [ -n "$pid" ] &&
		[ "$(cat "${pid%/status}/comm")" = sleep ]
}

@test "no mount of a shared directory is seen in the host or in the jail" {
	mkfifo "$WORK/in"
	"$JAIL_LAUNCH" --name $NAME --uid $UID_OF_ZONE --proc --share "$WORK/bare/share" --hold "$WORK/root" /bin/sleep 100 \
		<"$WORK/in" >"$WORK/out" 2>&1 3>&- &
	exec 9>"$WORK/in"
	wait_for 5 sleeps
	pid=${pid%/status}
	[ -z "$(grep -F bare/share "$pid/mountinfo")" ]
	[ -z "$(grep -F "$WORK" /proc/self/mountinfo)" ]
	[ -d "$pid/fd/20" ]
	exec 9>&-
	wait $!
	rm "$WORK/in"
}

@test "a file that grows beyond the limit is an error for the one who writes, and the engine lives" {
	prepare limited
	probe limited share --max-file $((1 << 20)) >"$WORK/limited.out"
	grep -qx 'denied share-grow: File too large' "$WORK/limited.out"
	grep -qx 'exit 0' "$WORK/limited.out"
}

@test "a directory on a file system without idmapped mounts is refused, and nothing is left" {
	run launch --share /proc/self "$WORK/root" /bin/true
	[ "$status" = 1 ]
	[[ "$output" == *"its file system cannot show files under another owner (idmapped mount: "* ]]
	[ -z "$(ls -d /sys/fs/cgroup/*/zones/$NAME.zone /sys/fs/cgroup/zones/$NAME.zone 2>/dev/null)" ]
}

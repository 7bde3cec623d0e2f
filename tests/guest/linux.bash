# A real Linux as the guest: what scripts/mkguest makes, logged into on its console, and asked for the hardware
# that it finds.  A console is a file that collects what the guest says and a descriptor that takes keys.

# linux_disk FILE: a guest with a driver for every device, and lspci, lsblk, lscpu and dmidecode
linux_disk() {
	"$BATS_TEST_DIRNAME/../../scripts/mkguest" --devices "$1"
}

# named_disks DIRECTORY NAME MIB...: empty disks that begin with their names
named_disks() {
	local directory=$1
	shift
	while [ $# -gt 0 ]; do
		truncate -s "$2M" "$directory/$1.img"
		printf %s "$1" | dd of="$directory/$1.img" conv=notrunc status=none
		shift 2
	done
}

# said FILE TEXT [FROM]: the console has said the text (behind so many bytes)
said() {
	tail -c "+$((${3:-0} + 1))" "$1" | tr -d '\r' | grep -qF -- "$2"
}

stuck() {
	printf '%s: waited for "%s", but the end is:\n' "$1" "$2" >&2
	tail -c 2000 "$1" | cat -A >&2
	return 1
}

# soon_said SECONDS FILE TEXT [FROM]
soon_said() {
	wait_for "$1" said "$2" "$3" "${4:-0}" || stuck "$2" "$3"
}

# linux_login FILE FD: a shell of root that neither prompts nor echoes
linux_login() {
	soon_said 600 "$1" 'tiny login:' && echo root >&"$2" || return
	soon_said 240 "$1" 'Password:' && echo apiary >&"$2" || return
	soon_said 240 "$1" '~ #' || return
	# A shell whose output is no terminal has no line editor, which would echo.  (busybox's cat in front of
	# the shell would not do: it splices, and holds the pipe while it waits for the terminal.)
	echo 'stty -echo; echo with"out" echo; sh 2>&1 | tee /dev/null' >&"$2"
	soon_said 120 "$1" 'without echo'
}

# linux_sh FILE FD COMMANDS: prints what they print
linux_sh() {
	local mark=$RANDOM$RANDOM start
	start=$(stat -c %s "$1")
	printf '%s\necho "end"%s\n' "$3" "$mark" >&"$2"
	soon_said 300 "$1" "end$mark" "$start" || return
	tail -c "+$((start + 1))" "$1" | tr -d '\r' | sed "/end$mark/{ s/end$mark.*//; q }"
}

# The hardware as facts, one a line, each with the PCI address behind its kind where it has one.
linux_questions() {
	cat <<-'END'
		at() { readlink -f $1 | sed -n 's|.*/pci0000:00/0000:\(00:[^/]*\).*|\1|p'; }
		lspci -nD | sed 's/^0000:/lspci /; s/ (rev .*//'
		for d in /sys/bus/pci/devices/*/driver; do echo "driver $(at ${d%/*}) $(basename $(readlink $d))"; done
		for b in /sys/block/*; do
			a=$(at $b)
			[ -n "$a" ] || continue
			echo "lsblk $a $(lsblk -bdnr -o TYPE,SIZE,RO,LOG-SEC,PHY-SEC /dev/${b##*/})"
			s=$(cat $b/serial $b/device/serial 2>/dev/null)
			[ -n "$s" ] || s=$(tail -c +5 $b/device/vpd_pg80 2>/dev/null | tr -d '\0')
			echo "serial $a $(echo $s)"
			echo "begins $a $(dd if=/dev/${b##*/} bs=4096 count=1 2>/dev/null | tr -cd '[:alnum:]-' | head -c 16)"
		done
		for n in /sys/class/net/e*; do [ ! -e $n ] || echo "net $(at $n/device) $(cat $n/address)"; done
		dmidecode | awk '/ DMI type / { t = $5 + 0 } /^\t[A-Z]/ { sub(/^\t/, ""); print "dmi " t " " $0 }'
		lscpu | sed -n 's/^ *\(CPU(s)\|Thread(s) per core\|Core(s) per socket\|Socket(s)\): */lscpu \1: /p'
		echo "cpuinfo $(grep -c '^processor' /proc/cpuinfo) $(sed -n 's/^physical id.*: //p' /proc/cpuinfo | sort -u | wc -l)"
		for p in /sys/class/virtio-ports/*; do [ ! -e $p/name ] || echo "port $(at $p/device) $(cat $p/name)"; done
		for t in /sys/bus/virtio/drivers/9pnet_virtio/virtio*; do [ ! -e $t ] || echo "9p $(at $t) $(tr -d '\0' <$t/mount_tag)"; done
		for i in /sys/class/input/input*; do echo "input $(at $i) $(cat $i/name)"; done
		echo "rng $(cat /sys/class/misc/hw_random/rng_available)"
		for t in /sys/class/tty/ttyS*; do [ $(cat $t/type) = 0 ] || echo "tty $(at $t) $(cat $t/port)"; done
	END
}

# linux_facts FILE FD
linux_facts() {
	linux_sh "$1" "$2" "$(linux_questions)"
}

# From now on the guest answers on these lines: TEXT is answered by "got TEXT", once.
linux_answers() {
	local file=$1 fd=$2 line
	shift 2
	for line; do
		# A port of a virtio console is at its end for as long as nobody is at the other.
		linux_sh "$file" "$fd" "line=\$(echo $line); (exec 3<>\$line; [ ! -t 3 ] || stty raw -echo <&3
			until read -r x <&3; do sleep 1; done; echo got \$x >&3) & true" >/dev/null || return
	done
}

# What the guest has said is in $ROOT/NAME.facts.
#
# fact NAME LINE: the guest of that name has said this
fact() {
	grep -qxF -- "$2" "$ROOT/$1.facts" && return 0
	printf 'the guest does not say: %s\nbut:\n' "$2" >&2
	grep -- "^${2%% *}" "$ROOT/$1.facts" >&2
	return 1
}

# facts NAME: those of the standard input, all of them
facts() {
	local line
	while read -r line; do fact "$1" "$line" || return; done
}

# The serial number that bhyve gives a disk whose arguments name none.
default_serial() {
	printf %s "$1" | md5sum | sed 's/^\(....\)\(....\)\(....\).*/BHYVE-\U\1-\2-\3/'
}

# bhyve(8), bhyvectl(8) and zhyve(8) as a person with a shell meets them.  Guests are the boot sector of
# tests/guest, which says a letter and then does what it is told on its serial line.
load ../lib

bhyve() { "$STAGE/usr/sbin/bhyve" "$@"; }
bhyvectl() { "$STAGE/usr/sbin/bhyvectl" "$@"; }

setup() {
	: "${BOOTSECT:=$STAGE/../tests/guest/bootsect.img}"
	VM=apiary-test-$$-$BATS_TEST_NUMBER
	DIR=$(mktemp -d)
	cp "$BOOTSECT" "$DIR/disk.img"
	CHILD=
}

teardown() {
	if [ -n "$CHILD" ]; then kill -9 "$CHILD" 2>/dev/null || true; wait "$CHILD" 2>/dev/null || true; fi
	rm -rf "$DIR"
	rm -f "/run/bhyve/$VM.qmp"
}

# run_guest LETTER [OPTION]...: boots, tells the guest the letter once it has spoken, leaves the exit status in
# $status.
run_guest() {
	local letter=$1
	shift
	mkfifo "$DIR/in"
	"$STAGE/usr/sbin/bhyve" -m 64M -s 0,hostbridge -s 31,lpc -l com1,stdio -s 4,virtio-blk,"$DIR/disk.img" \
		"$@" "$VM" <"$DIR/in" >"$DIR/out" 3>&- &
	CHILD=$!
	exec 9>"$DIR/in"
	wait_for 20 grep -q A "$DIR/out"
	printf '%s' "$letter" >&9
	status=0
	wait "$CHILD" || status=$?
	CHILD=
	exec 9>&-
}

@test "a guest that resets ends bhyve with status 0" {
	run_guest r
	[ "$status" -eq 0 ]
}

@test "a guest that switches off ends bhyve with status 1" {
	run_guest p
	[ "$status" -eq 1 ]
}

@test "a machine with shared directories starts" {
	mkdir "$DIR/share"
	run_guest p -s "5,virtio-9p,www=$DIR/share" -s "6,virtio-9p,ro=$DIR/share,ro"
	[ "$status" -eq 1 ]
}

@test "a triple fault ends bhyve with status 3" {
	run_guest t
	[ "$status" -eq 3 ]
}

@test "a guest that halts for good ends bhyve with status 2" {
	run_guest h
	[ "$status" -eq 2 ]
}

start_background() {
	"$STAGE/usr/sbin/bhyve" -m 64M -s 4,virtio-blk,"$DIR/disk.img" "$VM" </dev/null >"$DIR/out" 2>&1 3>&- &
	CHILD=$!
	wait_for 20 bhyvectl --vm="$VM" --get-stats >/dev/null 2>&1
}

@test "bhyvectl --force-poweroff ends bhyve with status 1 and leaves nothing" {
	start_background
	bhyvectl --vm="$VM" --force-poweroff
	status=0
	wait "$CHILD" || status=$?
	CHILD=
	[ "$status" -eq 1 ]
	[ ! -e "/run/bhyve/$VM.qmp" ]
}

@test "bhyvectl --force-reset ends bhyve with status 0" {
	start_background
	bhyvectl --vm="$VM" --force-reset
	status=0
	wait "$CHILD" || status=$?
	CHILD=
	[ "$status" -eq 0 ]
}

@test "bhyvectl --force-reset --force-poweroff is a poweroff, and exits 0" {
	start_background
	bhyvectl --vm="$VM" --force-reset --force-poweroff
	status=0
	wait "$CHILD" || status=$?
	CHILD=
	[ "$status" -eq 1 ]
}

@test "bhyvectl --get-stats names the CPUs, the memory and each disk" {
	start_background
	run bhyvectl --vm="$VM" --get-stats
	[ "$status" -eq 0 ]
	[[ "$output" == *"cpus	1"* ]]
	[[ "$output" == *"memory	67108864"* ]]
	[[ "$output" == *"pci.0.4.0-disk.rd_bytes"* ]]
}

@test "two machines of one name cannot run" {
	start_background
	run bhyve -s 4,virtio-rnd "$VM"
	[ "$status" -eq 4 ]
	[ "$output" = "bhyve: $VM: a machine of this name is running" ]
}

@test "bhyvectl says so when the machine is not running" {
	run bhyvectl --vm="$VM" --destroy
	[ "$status" -eq 1 ]
	[ "$output" = "bhyvectl: $VM: no such machine is running" ]
}

@test "what bhyvectl cannot do is refused by name" {
	local option
	for option in --create --checkpoint=x --suspend=x --checkpoint; do
		run bhyvectl --vm="$VM" "$option"
		[ "$status" -eq 1 ]
		[[ $output == "bhyvectl: ${option%=x}: "* && ${#lines[@]} -eq 1 ]]
	done
}

@test "config.dump prints the variables in order and exits 1" {
	run bhyve -m 1G -s 4,virtio-blk,/a,ro -o config.dump=1 vm
	[ "$status" -eq 1 ]
	[ "${lines[2]}" = "memory.size=1G" ]
	[ "${lines[5]}" = "pci.0.4.0.device=virtio-blk" ]
	[ "${lines[7]}" = "pci.0.4.0.ro=true" ]
	[ "${lines[9]}" = "name=vm" ]
}

@test "what config.dump prints is read by -k and prints the same" {
	bhyve -c 2 -m 1G -s 0,hostbridge,model=i440fx -s 4,ahci-cd,/a -l com1,stdio -o config.dump=1 vm >"$DIR/cfg" || true
	run bhyve -k "$DIR/cfg"
	[ "$status" -eq 1 ]
	[ "$(sort <<<"$output")" = "$(sort "$DIR/cfg")" ]
}

@test "a bad line of a configuration file is named by its number" {
	printf '# comment\nname=x\n\nbad\n' >"$DIR/cfg"
	run bhyve -k "$DIR/cfg"
	[ "$status" -eq 4 ]
	[ "$output" = "bhyve: $DIR/cfg line 4: invalid config option 'bad'" ]
}

@test "bad values exit with 64, bad slots with 4, wrong usage with 1" {
	run bhyve -m none vm
	[ "$status" -eq 64 ]
	run bhyve -s 99,virtio-rnd vm
	[ "$status" -eq 4 ]
	run bhyve
	[ "$status" -eq 1 ]
	[[ "$output" == *"Usage: bhyve"* ]]
}

@test "-h, -s help and -l help exit with 0" {
	run bhyve -h
	[ "$status" -eq 0 ]
	[[ "$output" == "Usage: bhyve"* ]]
	run bhyve -s help
	[ "$status" -eq 0 ]
	[[ "$output" == *virtio-net-viona* ]]
	run bhyve -l help
	[ "$status" -eq 0 ]
	[[ "$output" == *com4* ]]
}

@test "zhyve without a plan says who starts it, and exits with 4" {
	run env -u ZHYVE_PLAN "$STAGE/usr/sbin/zhyve"
	[ "$status" -eq 4 ]
	[ "$output" = "zhyve: ZHYVE_PLAN is not set: zhyve is started by zoneadmd" ]
}

@test "zhyve without arguments says which file is missing" {
	ZHYVE_PLAN=$'plan 1\nkvm 0' run "$STAGE/usr/sbin/zhyve" -a "$DIR/none"
	[ "$status" -eq 4 ]
	[[ "$output" == "zhyve: $DIR/none: "* ]]
}

@test "zhyve refuses arguments that are not an nvlist" {
	echo "bhyve -H vm" >"$DIR/args"
	ZHYVE_PLAN=$'plan 1\nkvm 0' run "$STAGE/usr/sbin/zhyve" -a "$DIR/args"
	[ "$status" -eq 4 ]
	[[ "$output" == "zhyve: $DIR/args: malformed nvlist: "* ]]
}

@test "SIGTERM to bhyve and its engine is the power button, which a guest may ignore" {
	start_background
	kill -TERM "$CHILD" $(pgrep -P "$CHILD")
	sleep 0.5
	bhyvectl --vm="$VM" --get-stats
	bhyvectl --vm="$VM" --force-poweroff
}

machine() { python3 "$BATS_TEST_DIRNAME/machine.py" "$@"; }

@test "SIGTERM before the engine listens is not lost, and one that comes seconds later presses again" {
	mkfifo "$DIR/item"
	"$STAGE/usr/sbin/bhyve" -m 64M -f opt/x,file="$DIR/item" -s 4,virtio-blk,"$DIR/disk.img" "$VM" \
		</dev/null >"$DIR/out" 2>&1 3>&- &
	CHILD=$!
	wait_for 20 pgrep -P "$CHILD" qemu
	machine button "$VM" "$DIR/item" "$CHILD"
}

@test "-d: the guest does not run until bhyvectl --resume lets it go" {
	"$STAGE/usr/sbin/bhyve" -m 64M -d -l com1,stdio -s 4,virtio-blk,"$DIR/disk.img" "$VM" \
		</dev/null >"$DIR/out" 2>&1 3>&- &
	CHILD=$!
	wait_for 20 bhyvectl --vm="$VM" --get-stats >/dev/null 2>&1
	machine held "$VM"
	! grep -q A "$DIR/out" || false
	bhyvectl --vm="$VM" --resume
	wait_for 20 grep -q A "$DIR/out"
}

@test "the first viewer of a screen that waits lets the guest go, and no other does" {
	"$STAGE/usr/sbin/bhyve" -m 64M -s 30,fbuf,unix="$DIR/vnc" \
		-o pci.0.30.0.wait='%(yes)' -o yes=true "$VM" </dev/null >"$DIR/out" 2>&1 3>&- &
	CHILD=$!
	wait_for 20 bhyvectl --vm="$VM" --get-stats >/dev/null 2>&1
	machine viewers "$VM" "$DIR/vnc"
}

@test "what a value refers to is what it means: the name of the machine, its CPUs, a pin" {
	"$STAGE/usr/sbin/bhyve" -m 64M -o base="$VM" -o name='%(base)' -o n=2 -o cpus='%(n)' -p 1:0 \
		-o vcpu.1.cpuset='%(where)' -o where=0 </dev/null >"$DIR/out" 2>&1 3>&- &
	CHILD=$!
	wait_for 20 bhyvectl --vm="$VM" --get-stats >"$DIR/stats" 2>/dev/null
	grep -qx 'cpus	2' "$DIR/stats"
	[ ! -s "$DIR/out" ]
	run bhyve -o cpus='%(n)' -o n=1 -o vcpu.1.cpuset=0 "$VM-2"
	[ "$status" -eq 4 ]
	[ "$output" = "bhyve: vcpu.1.cpuset: the machine has 1 CPUs" ]
}

@test "a running swtpm is the machine's TPM, and the socket named is its control channel" {
	mkdir "$DIR/keys"
	swtpm socket --tpm2 --tpmstate dir="$DIR/keys" --ctrl type=unixio,path="$DIR/tpm.sock" --terminate 3>&- &
	swtpm=$!
	wait_for 5 test -S "$DIR/tpm.sock"
	"$STAGE/usr/sbin/bhyve" -m 64M -l tpm,swtpm,"$DIR/tpm.sock" -s 4,virtio-blk,"$DIR/disk.img" "$VM" \
		</dev/null >"$DIR/out" 2>&1 3>&- &
	CHILD=$!
	# The firmware starts the TPM, which makes its keys then.
	wait_for 20 test -s "$DIR/keys/tpm2-00.permall"
	bhyvectl --vm="$VM" --force-poweroff
	wait "$CHILD" || true
	CHILD=
	wait "$swtpm"
}

# Starts it with a debugger at 127.0.0.1:$port.  Below the ports that the host gives to clients, one that was free
# is taken seldom; then it is another's turn.
start_with_debugger() {
	local tries
	for tries in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 10000))
		"$STAGE/usr/sbin/bhyve" -m 64M -G w:$port -l com1,stdio -s 4,virtio-blk,"$DIR/disk.img" "$VM" \
			</dev/null >"$DIR/out" 2>&1 3>&- &
		CHILD=$!
		wait_for 20 eval 'bhyvectl --vm="$VM" --get-stats >/dev/null 2>&1 || ! kill -0 $CHILD 2>/dev/null'
		! kill -0 "$CHILD" 2>/dev/null || return 0
		wait "$CHILD" || true
		CHILD=
		grep -q 'Address already in use' "$DIR/out"
	done
	return 1
}

@test "-Gw: the guest runs no instruction before the debugger, which reads its registers, lets it go" {
	start_with_debugger
	# Who says no address does not mean all of them.
	[ "$(awk -v port="$(printf %04X "$port")" '$4 == "0A" && $2 ~ ":" port "$" { print $2 }' /proc/net/tcp)" = \
		"0100007F:$(printf %04X "$port")" ]
	run python3 "$BATS_TEST_DIRNAME/gdb.py" 127.0.0.1:"$port" '?' 'mfffffff0,1'
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == [ST]05* ]]
	# The first instruction of any PC is a far jump.
	[ "${lines[1]}" = ea ]
	! grep -q A "$DIR/out" || false
	python3 "$BATS_TEST_DIRNAME/gdb.py" 127.0.0.1:"$port" '?' '!c'
	wait_for 20 grep -q A "$DIR/out"
}

@test "a sound card, a disk in memory, a disk with an EUI, NUMA and a pinned CPU start, and the pin holds" {
	truncate -s 1M "$DIR/second.img"
	"$STAGE/usr/sbin/bhyve" -c 2 -m 64M -n id=0,size=32M,cpus=0 -n id=1,size=32M,cpus=1 -p 1:0 -l com1,stdio \
		-s 4,virtio-blk,"$DIR/disk.img" -s 5,nvme,ram=16 -s 6,nvme,"$DIR/second.img",eui64=0x1234 -s 7,hda "$VM" \
		</dev/null >"$DIR/out" 2>&1 3>&- &
	CHILD=$!
	wait_for 20 grep -q A "$DIR/out"
	run bhyvectl --vm="$VM" --get-stats
	[[ "$output" == *"pci.0.5.0-disk.rd_bytes"* ]]
	[[ "$output" == *"pci.0.6.0-disk.rd_bytes"* ]]
	engine=$(pgrep -P "$CHILD")
	for task in /proc/"$engine"/task/*; do
		if grep -q '^CPU 1/' "$task/comm"; then
			[ "$(awk '$1 == "Cpus_allowed_list:" { print $2 }' "$task/status")" = 0 ]
			pinned=yes
		fi
	done
	[ "$pinned" = yes ]
}

@test "a pin to a CPU that the host or the machine does not have is refused" {
	run bhyve -p 0:1000 -s 4,virtio-rnd "$VM"
	[ "$status" -eq 4 ]
	[ "$output" = "bhyve: vcpu.0.cpuset: 1000: not all of these CPUs can be had on this host" ]
	run bhyve -p 1:0 -s 4,virtio-rnd "$VM"
	[ "$status" -eq 4 ]
	[ "$output" = "bhyve: vcpu.1.cpuset: the machine has 1 CPUs" ]
}

@test "a word that no device reads is told, and the machine starts" {
	run_with_word() {
		"$STAGE/usr/sbin/bhyve" -m 64M -l com1,stdio -s 4,nvme,"$DIR/disk.img",serial=X,colour=red "$VM" \
			</dev/null >"$DIR/out" 2>&1 3>&- &
		CHILD=$!
	}
	run_with_word
	wait_for 20 grep -q A "$DIR/out"
	grep -qx 'bhyve: pci.0.4.0.serial: has no effect: nvme reads ser' "$DIR/out"
	grep -qx 'bhyve: pci.0.4.0.colour: nvme: unknown, has no effect' "$DIR/out"
}

@test "a device of the host that cannot be handed over is named, with the reason" {
	run bhyve -m 64M -s 9,passthru,255/31/7 "$VM"
	[ "$status" -eq 4 ]
	[ "$output" = 'bhyve: pci.0.9.0: passthru: 255/31/7: this host has no such PCI device (lspci lists them)' ]
	run bhyve -m 64M -s 9,passthru,ppt999 "$VM"
	[ "$status" -eq 4 ]
	[[ $output == 'bhyve: pci.0.9.0: passthru: ppt999: '* ]]
}

@test "a disk, an image and a firmware that are not there are named with their devices" {
	while IFS='|' read -r words text; do
		run bhyve $words -s 0,hostbridge vm
		[ "$status" -eq 4 ]
		[ "$output" = "bhyve: $text: No such file or directory" ]
	done <<-END
		-s 4,virtio-blk,/nosuch|pci.0.4.0: /nosuch
		-s 4:1,ahci-cd,/no.iso|pci.0.4.1: /no.iso
		-s 5,nvme,/nosuch,ro|pci.0.5.0: /nosuch
		-s 6,virtio-9p,share=/no/dir|pci.0.6.0: /no/dir
		-l bootrom,/no.fd|bootrom: /no.fd
	END
}

# Whatever is in OUTPUT is said, and nothing is started: the engine would have said it in its own words, or nothing.
@test "what cannot be a disk, a share, a tap or an address is said with its device" {
	while IFS='|' read -r words text; do
		run timeout 20 "$STAGE/usr/sbin/bhyve" -m 64M $words "$VM" </dev/null
		[ "$output" = "bhyve: $text" ] || { echo "$words: $output" && false; }
		[ "$status" -eq 4 ]
	done <<-END
		-s 4,virtio-blk,/dev/null|pci.0.4.0: /dev/null: neither a file nor a block device
		-s 4,virtio-blk,$DIR|pci.0.4.0: $DIR: neither a file nor a block device
		-s 4,virtio-9p,a=$DIR/disk.img|pci.0.4.0: $DIR/disk.img: not a directory
		-s 4,virtio-blk,$DIR/disk.img -s 5,nvme,$DIR/../${DIR##*/}/disk.img|pci.0.5.0: $DIR/../${DIR##*/}/disk.img: pci.0.4.0 has it already
		-s 4,virtio-net,nosuchtap|pci.0.4.0: nosuchtap: this host has no such tap (ip tuntap add nosuchtap mode tap)
		-s 4,virtio-net,lo|pci.0.4.0: lo: the link is not a tap
		-s 4,virtio-net,a-name-that-is-too-long|pci.0.4.0: a-name-that-is-too-long: not the name of a link
		-s 4,virtio-net,nat0,mac=01:00:00:00:00:00|pci.0.4.0: invalid mac '01:00:00:00:00:00'
		-s 4,virtio-net,nat0,mac=00:00:00:00:00:00|pci.0.4.0: invalid mac '00:00:00:00:00:00'
		-s 5,lpc -s 6,lpc|pci.0.6.0: lpc: there is one LPC bridge, and pci.0.5.0 is it
		-o config.dump=maybe|Invalid value maybe for boolean variable config.dump
	END
}

@test "a tap that is there is taken" {
	ip tuntap add apiary-t$$ mode tap 2>/dev/null || skip "no taps on this host"
	run_guest p -s 5,virtio-net,apiary-t$$ || true
	ip link del apiary-t$$
	[ "$status" -eq 1 ]
}

@test "a bridge or a port where it cannot be is told, and the machine starts" {
	"$STAGE/usr/sbin/bhyve" -m 64M -s 0,hostbridge,model=q35 -s 1,lpc -l com1,stdio -s 4,virtio-blk,"$DIR/disk.img" \
		-s 30,fbuf,tcp=127.0.0.1:5999,unix="$DIR/vnc" "$VM" </dev/null >"$DIR/out" 2>&1 3>&- &
	CHILD=$!
	wait_for 20 grep -q A "$DIR/out"
	grep -qx 'bhyve: pci.0.1.0: lpc: the q35 board has it at 0:31:0' "$DIR/out"
	grep -qx "bhyve: pci.0.30.0.tcp: 127.0.0.1:5999: has no effect: unix=$DIR/vnc is where the screen is" "$DIR/out"
}

@test "-k reads a pipe as well" {
	run bhyve -k <(printf 'memory.size=64M\nconfig.dump=1\n') vm
	[ "$status" -eq 1 ]
	[[ $output == *memory.size=64M* ]]
	run bhyve -k "$DIR" vm
	[ "$status" -eq 4 ]
	[ "$output" = "bhyve: Failed to read configuration file $DIR: Is a directory" ]
}

# refused TEXT OPTION...: nothing is started, and it is said why.
refused() {
	local text=$1
	shift
	run timeout -s KILL 10 "$STAGE/usr/sbin/bhyve" -m 64M -s 0,hostbridge -s 1,lpc "$@" "$VM" </dev/null
	[ "$output" = "bhyve: $text" ] || { echo "$*: $output" && false; }
	[ "$status" -eq 4 ]
	[ ! -e "/run/bhyve/$VM.qmp" ]
}

@test "what is no socket stays where it is, whichever option names its path for one" {
	local what="something that is not a socket is in its place" place
	echo precious >"$DIR/file"
	mkdir "$DIR/folder"
	ln -s file "$DIR/link"
	mkfifo "$DIR/fifo"
	cd "$DIR"
	for place in file folder link fifo; do
		refused "com1: $DIR/$place: $what" -l com1,socket,"$DIR/$place"
		refused "pci.0.5.0: $DIR/$place: $what" -s 5,uart,socket,"$DIR/$place"
		refused "pci.0.5.0: $DIR/$place: $what" -s 5,fbuf,unix="$DIR/$place"
		refused "pci.0.5.0: $place: $what" -s 5,fbuf,unix="$place"
		refused "pci.0.5.0: $DIR/$place: $what" -s 5,virtio-console,p="$DIR/$place"
		refused "pci.0.5.0: $place: $what" -s 5,virtio-console,p="$place"
	done
	[ "$(cat file)" = precious ]
	[ -d folder ] && [ -p fifo ] && [ "$(readlink link)" = file ]
}

@test "a disk is no socket of its machine, however its path is spelled" {
	local sum path
	sum=$(md5sum <"$DIR/disk.img")
	ln -s disk.img "$DIR/link"
	ln -s . "$DIR/here"
	cd "$DIR"
	for path in "$DIR/disk.img" "$DIR/here/disk.img" "$DIR/link"; do
		refused "com1: $path: something that is not a socket is in its place" \
			-s 4,virtio-blk,disk.img -l com1,socket,"$path"
		[ "$(md5sum <disk.img)" = "$sum" ] && [ "$(readlink link)" = disk.img ]
	done
}

@test "a socket that is served is left to its server, and one that nobody serves is taken over" {
	local option
	python3 -c '
import signal, socket
stream, datagram = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
stream.bind("'"$DIR"'/stream"), stream.listen(1), datagram.bind("'"$DIR"'/datagram"), print("ready", flush=True)
signal.pause()' >"$DIR/ready" 3>&- &
	CHILD=$!
	wait_for 20 grep -q ready "$DIR/ready"
	refused "com1: $DIR/stream: the socket is in use" -l com1,socket,"$DIR/stream"
	refused "com1: $DIR/datagram: the socket is in use" -l com1,socket,"$DIR/datagram"
	refused "pci.0.5.0: $DIR/stream: the socket is in use" -s 5,fbuf,unix="$DIR/stream"
	[ -S "$DIR/stream" ] && [ -S "$DIR/datagram" ]
	kill "$CHILD"
	wait "$CHILD" || true
	run_guest p -l com2,socket,"$DIR/stream"
	[ "$status" -eq 1 ]
}

@test "two devices cannot have one socket, and its folder is needed" {
	ln -s . "$DIR/here"
	refused "com2: $DIR/here/s: com1 has it already" -l com1,socket,"$DIR/s" -l com2,socket,"$DIR/here/s"
	refused "com1: $DIR/no/s: No such file or directory" -l com1,socket,"$DIR/no/s"
	local long
	long=$DIR/$(printf '%0110d' 1)
	refused "com1: $long: the path of a socket has at most 107 bytes" -l com1,socket,"$long"
}

@test "what is no socket is not taken for the monitor of a machine" {
	mkdir -p /run/bhyve
	echo precious >"/run/bhyve/$VM.qmp"
	run bhyvectl --vm="$VM" --destroy
	[ "$status" -eq 1 ]
	run timeout -s KILL 10 "$STAGE/usr/sbin/bhyve" -s 4,virtio-rnd "$VM"
	[ "$status" -eq 4 ]
	[ "$output" = "bhyve: /run/bhyve/$VM.qmp: something that is not a socket is in its place" ]
	[ "$(cat "/run/bhyve/$VM.qmp")" = precious ]
}

@test "an engine that is killed is said to have been, with the signal" {
	start_background
	kill -9 "$(ps -o pid= --ppid "$CHILD")"
	status=0
	wait "$CHILD" || status=$?
	CHILD=
	[ "$status" -eq 4 ]
	grep -qx 'bhyve: the engine was killed by signal 9 (KILL)' "$DIR/out"
}

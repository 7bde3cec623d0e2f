/*
 * Every option of bhyve(8) and every word of every device (bhyve-brand.md 5.1 to 5.5): it becomes something
 * in the engine's arguments, or it is refused by name, or a notice says that it has no effect.  What changes
 * nothing because nothing has to change (-A: the guest has ACPI tables anyway) is said in bhyve(8), and
 * listed here as content.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"

enum outcome {
        GIVES,   /* an argument of the engine holds this text */
        REFUSED, /* with this error */
        TOLD,    /* with this notice */
        CONTENT, /* nothing is said, and the machine is made */
};

struct row {
        const char *line;
        enum outcome outcome;
        const char *text;
};

#define DISK   "-s 4,virtio-blk,/a"
#define SATA   "-s 4,ahci-hd,/a"
#define NVME   "-s 4,nvme,/a"
#define SCSI   "-s 4,virtio-scsi,target=/a"
#define NET    "-s 4,virtio-net,tap0"
#define VIONA  "-s 4,virtio-net-viona,tap0"
#define E1000  "-s 4,e1000,tap0"
#define SCREEN "-s 4,fbuf,tcp=127.0.0.1:5901"
#define EIGHT  ",tablet,tablet,tablet,tablet,tablet,tablet,tablet,tablet"
#define NOT    ": has no effect: "

static const struct row options[] = {
    {"-a", CONTENT, NULL},
    {"-A", CONTENT, NULL},
    {"-B 1,product=Hive", GIVES, "type=1,product=Hive"},
    {"-B 0,vendor=V,version=2,date=01/01/2026", GIVES, "type=0,vendor=V,version=2,date=01/01/2026"},
    {"-B 3,serial=S,asset=A,sku=K", GIVES, "type=3"},
    {"-c 2,sockets=1,cores=2", GIVES, "cpus=2,sockets=1,cores=2"},
    {"-c +2", REFUSED, "Invalid value for cpus: '+2'"},
    {"-C", GIVES, "dump-guest-core=on"},
    {"-d", GIVES, "-S"},
    {"-D", CONTENT, NULL},
    {"-e", TOLD, "x86.strictio: has no effect on this host"},
    {"-f opt/x,string=y", GIVES, "name=opt/x,string=y"},
    {"-f opt/x,string=", REFUSED, "fwcfg.0: opt/x: a text or a file is needed"},
    {"-G 1234", GIVES, "tcp:localhost:1234,server=on,wait=off"},
    {"-G w10.0.0.1:1234", GIVES, "tcp:10.0.0.1:1234"},
    {"-G w1234", GIVES, "-S"},
    /* An engine that is given no address takes all there are. */
    {"-G :1234", GIVES, "tcp:localhost:1234,server=on,wait=off"},
    {"-G [::1]:1234", GIVES, "tcp:[::1]:1234,server=on,wait=off"},
    {"-G 0", REFUSED, "gdb.port: a port is a number from 1 to 65535, not '0'"},
    {"-G 1234,x=y", REFUSED, "gdb.port: a port is a number from 1 to 65535, not '1234,x=y'"},
    {"-G a,b:1234", REFUSED, "gdb.address: invalid address 'a,b'"},
    {"-H", CONTENT, NULL},
    {"-I", CONTENT, NULL},
    {"-K de_noacc", GIVES, "de"},
    {"-K klingon", REFUSED, "keyboard.layout: there is no layout 'klingon'"},
    {"-l com1,stdio", GIVES, "stdio,id=com1"},
    {"-l com2,socket,/tmp/x", GIVES, "socket,id=com2,path=/tmp/x"},
    {"-l com3,/dev/ttyS0", GIVES, "serial,id=com3,path=/dev/ttyS0"},
    {"-l com4,tcp=127.0.0.1:99", GIVES, "socket,id=com4,host=127.0.0.1,port=99"},
    {"-l com4,tcp=:99", REFUSED, "com4: invalid address ':99': it is ADDRESS:PORT"},
    {"-l com4,tcp=a:99,wait=on", REFUSED, "com4: a port is a number from 1 to 65535, not '99,wait=on'"},
    {"-l com4,tcp=a,path=/x:99", REFUSED, "com4: invalid address 'a,path=/x'"},
    {"-l com1,/dev/nmdm0A", REFUSED, "com1: /dev/nmdm0A: null-modem devices are FreeBSD's; use socket,PATH"},
    {"-l bootrom,/usr/share/bhyve/firmware/BHYVE_RELEASE.fd", GIVES, "OVMF_CODE"},
    {"-l fwcfg,bhyve", CONTENT, NULL},
    {"-l fwcfg,qemu", CONTENT, NULL},
    {"-l tpm,swtpm,/tmp/t", GIVES, "socket,id=tpm,path=/tmp/t"},
    {"-l tpm,passthru,/dev/tpm0", REFUSED, "tpm: type 'passthru': only swtpm,SOCKET can be had here"},
    {"-l tpm,swtpm,/tmp/t,version=1.2", REFUSED, "tpm: version '1.2': only 2.0 can be had"},
    {"-l pc-testdev", GIVES, "pc-testdev"},
    {"-m 64M", GIVES, "size=64M"},
    {"-n id=0,size=128M,cpus=0 -n id=1,size=128M,cpus=1 -c 2", GIVES,
     "node,nodeid=1,memdev=domain.1,cpus=1-1"},
    {"-n id=0,size=256M,cpus=0,domain_policy=rr", TOLD,
     "domains.0.domain_policy" NOT "the host places the memory"},
    {"-n id=0,size=64M,cpus=0", REFUSED, "domains: the NUMA domains have 64M, but the machine has 256M"},
    {"-n id=1,size=256M,cpus=0", REFUSED, "domains: 1 NUMA domains are numbered from 0 to 0"},
    {"-n id=0,size=256M,cpus=x", REFUSED, "domains.0.cpus: invalid CPUs 'x'"},
    {"-n id=0,size=256M,cpus=-1", REFUSED, "domains.0.cpus: invalid CPUs '-1'"},
    {"-n id=0,size=256M,cpus=0-", REFUSED, "domains.0.cpus: invalid CPUs '0-'"},
    {"-c 2 -n id=0,size=256M,cpus=0-2", REFUSED, "domains.0.cpus: '0-2': the machine has 2 CPUs"},
    {"-n id=0,cpus=0", REFUSED, "domains.0.size: a size in whole mebibytes is needed, not ''"},
    {"-p 0:1", CONTENT, NULL}, /* bhyve binds the thread once the engine runs */
    {"-P", CONTENT, NULL},
    {"-S", GIVES, "mem-lock=on"},
    {"-u", GIVES, "base=utc"},
    {"-U 11111111-2222-3333-4444-555555555555", GIVES, "11111111-2222-3333-4444-555555555555"},
    {"-U foo", REFUSED, "uuid: invalid UUID 'foo'"},
    {"-U 11111111-2222-3333-4444-55555555555g", REFUSED,
     "uuid: invalid UUID '11111111-2222-3333-4444-55555555555g'"},
    {"-w", CONTENT, NULL},
    {"-W -s 4,virtio-rnd", GIVES, "vectors=0"},
    {"-x", TOLD, "x86.x2apic: has no effect: emulation has no x2APIC"},
    {"-Y", CONTENT, NULL},
    /* The kvm flavour has the same options. */
    {"-o kvm.cpu=qemu64 -f opt/x,string=y", GIVES, "name=opt/x,string=y"},
    {"-o kvm.cpu=qemu64 -n id=0,size=256M,cpus=0", GIVES, "node,nodeid=0,memdev=domain.0,cpus=0-0"},
};

static const struct row variables[] = {
    {"-o virtio.legacy=false -s 4,virtio-rnd", GIVES, "disable-legacy=on"},
    {"-o virtio.modern=false -s 4,virtio-rnd", GIVES, "disable-modern=on"},
    {"-o virtio.msix=false -s 4,virtio-rnd", GIVES, "vectors=0"},
    {"-o virtio.legacy=0 -o virtio.modern=0 -s 4,virtio-rnd", REFUSED,
     "virtio.legacy and virtio.modern are both off"},
    {"-o memory.use_reservoir=true", TOLD, "memory.use_reservoir: has no effect on this host"},
    {"-o privileges.debug=true", TOLD, "privileges.debug: has no effect on this host"},
    {"-o debug.persist=true", TOLD, "debug.persist" NOT "nothing of a machine outlives its process"},
    {"-o pci.enable_bars=true", TOLD, "pci.enable_bars" NOT "the firmware decides"},
    {"-o acpi_tables_in_memory=false", CONTENT, NULL},
    {"-o lpc.bootrom=/usr/share/bhyve/firmware/BHYVE.fd", GIVES, "OVMF_CODE"},
    {"-o lpc.pc-testdev=true", GIVES, "pc-testdev"},
    {"-o lpc.pc-testdev=maybe", REFUSED, "Invalid value maybe for boolean variable lpc.pc-testdev"},
    {"-o board.family_name=F", TOLD, "board.family_name: unknown, has no effect"},
    {"-o chassis.product_name=P", TOLD, "chassis.product_name: unknown, has no effect"},
    {"-o system.uuid=U", TOLD, "system.uuid: unknown, has no effect"},
    {"-o bios.release_date=01/01/2026", GIVES, "type=0,date=01/01/2026"},
    {"-o gdb.colour=red", TOLD, "gdb.colour: unknown, has no effect"},
    {"-o gdb.wait=true", TOLD, "gdb.wait" NOT "there is no gdb.port"},
    {"-o fwcfg.1.name=opt/a -o fwcfg.1.string=x", REFUSED, "fwcfg: 1 items are numbered from 0 to 0"},
    {"-o fwcfg.0.name=opt/a -o fwcfg.0.string=x -o fwcfg.0.colour=red", TOLD,
     "fwcfg.0.colour: unknown, has no effect"},
    {"-o bootvars=/v", TOLD, "bootvars" NOT "the firmware is a BIOS, which keeps none"},
    {"-o nosuch=1", TOLD, "nosuch: unknown, has no effect"},
    {"-o lpc.com9.path=/dev/x", TOLD, "lpc.com9.path: unknown, has no effect"},
    {"-o pool=/p -s 4,virtio-blk,%(pool)/a", CONTENT, NULL},
    {"-o rtc.use_localtime=maybe", REFUSED, "Invalid value maybe for boolean variable rtc.use_localtime"},
};

static const struct row devices[] = {
    {"-s 0,hostbridge", CONTENT, NULL},
    {"-s 0,hostbridge,model=q35", GIVES, "q35,"},
    {"-s 0,hostbridge,vendor=0x8086,device=0x1237", TOLD,
     "pci.0.0.0.pcireg.device" NOT "the board's own ids are seen"},
    {"-s 0,amd_hostbridge", TOLD, "pci.0.0.0.pcireg.vendor" NOT "the board's own ids are seen"},
    {"-s 31,lpc", CONTENT, NULL},
    {"-s 31,lpc,x=1", TOLD, "pci.0.31.0.x: lpc: unknown, has no effect"},

    {DISK ",nocache", GIVES, "cache.direct=on"},
    {DISK ",direct", GIVES, "write-cache=off"},
    {DISK ",sync", GIVES, "write-cache=off"},
    {DISK ",ro", GIVES, "read-only=on"},
    {DISK ",sectorsize=512/4096", GIVES, "logical_block_size=512,physical_block_size=4096"},
    {DISK ",sectorsize=512/+4096", REFUSED, "pci.0.4.0: invalid sectorsize '512/+4096'"},
    {DISK ",nodelete", GIVES, "discard=ignore"},
    {DISK ",serial=S1", GIVES, "serial=S1"},
    {DISK ",ser=S2", GIVES, "serial=S2"},
    {DISK ",bootindex=3", GIVES, "bootindex="},
    {DISK ",bootindex=x", REFUSED, "pci.0.4.0: invalid bootindex 'x'"},
    {SCSI ",bootindex=1x", REFUSED, "pci.0.4.0: invalid bootindex '1x'"},
    {NET ",bootindex=-1", REFUSED, "pci.0.4.0: invalid bootindex '-1'"},
    {NET ",bootindex=2", GIVES, "bootindex=0"},
    {"-s 4,passthru,1/0/0,bootindex=first", REFUSED, "pci.0.4.0: invalid bootindex 'first'"},
    {DISK ",color=red", TOLD, "pci.0.4.0.color: virtio-blk: unknown, has no effect"},

    {SATA ",sectorsize=512/4096", GIVES, "logical_block_size=512,physical_block_size=4096"},
    {SATA ",sectorsize=4096", REFUSED,
     "pci.0.4.0.port.0: sectorsize=4096: the engine's SATA and IDE disks have sectors of 512 bytes "
     "(sectorsize=512/4096 can be had); use virtio-blk or nvme"},
    {SATA ",ser=S", GIVES, "serial=S"},
    {SATA ",nmrr=7200", GIVES, "rotation_rate=7200"},
    {SATA ",nmrr=abc", REFUSED, "pci.0.4.0.port.0: invalid nmrr 'abc' (0 to 65535)"},
    {SATA ",rev=2", GIVES, "ver=2"},
    {SATA ",model=M", GIVES, "model=M"},
    {SATA ",nocache", GIVES, "cache.direct=on"},
    {SATA ",sync", GIVES, "write-cache=off"},
    {SATA ",nodelete", GIVES, "discard=ignore"},
    {SATA ",serial=S", TOLD, "pci.0.4.0.port.0.serial" NOT "ahci reads ser"},
    {SATA ",ro", REFUSED,
     "pci.0.4.0.port.0: a read-only SATA disk cannot be had from this engine; use virtio-blk"},
    {SATA ",x", TOLD, "pci.0.4.0.port.0.x: ahci: unknown, has no effect"},
    {"-s 4,ahci-cd,/a", GIVES, "ide-cd"},
    {"-o pci.0.4.0.device=ahci-hd -o pci.0.4.0.path=/a", REFUSED,
     "pci.0.4.0: ahci-hd is a word of -s; the variables are device=ahci and port.0.type=hd"},
    {"-o pci.0.4.0.device=ahci-cd", REFUSED,
     "pci.0.4.0: ahci-cd is a word of -s; the variables are device=ahci and port.0.type=cd"},
    {"-s 4,ahci-cd,/a,sectorsize=512", TOLD, "pci.0.4.0.port.0.sectorsize" NOT "it is a CD"},
    {"-s 4,ahci-cd,/a,sectsz=512", TOLD, "pci.0.4.0.port.0.sectsz" NOT "it is a CD"},
    {"-s 4,ahci-cd,/a,nmrr=7200", TOLD, "pci.0.4.0.port.0.nmrr" NOT "it is a CD"},
    {"-s 4,ahci,hd:/a,cd:/b", GIVES, "ide-cd,bus=pci.0.4.0.1"},

    {NVME ",ser=S", GIVES, "serial=S"},
    {NVME ",serial=S", TOLD, "pci.0.4.0.serial" NOT "nvme reads ser"},
    {NVME ",maxq=4", GIVES, "max_ioqpairs=4"},
    {NVME ",maxq=0", REFUSED, "pci.0.4.0: nvme: invalid maxq '0' (1 to 2047)"},
    {NVME ",qsz=128", TOLD, "pci.0.4.0.qsz" NOT "the engine chooses its queues"},
    {NVME ",ioslots=4", TOLD, "pci.0.4.0.ioslots" NOT "the engine chooses its queues"},
    {NVME ",sectsz=4096", GIVES, "logical_block_size=4096"},
    {NVME ",eui64=0x0001020304050607", GIVES, "nvme-ns,bus=pci.0.4.0,nsid=1,eui64=0x1020304050607"},
    {NVME ",eui64=+1", REFUSED, "pci.0.4.0: nvme: invalid eui64 '+1'"},
    {NVME ",eui64=zero", REFUSED, "pci.0.4.0: nvme: invalid eui64 'zero'"},
    {NVME ",dsm=disable", GIVES, "discard=ignore"},
    {NVME ",dsm=enable", GIVES, "discard=unmap"},
    {NVME ",dsm=perhaps", REFUSED, "pci.0.4.0: nvme: dsm is auto, enable or disable, not 'perhaps'"},
    {"-s 4,nvme,ram=64", GIVES, "filename=/dev/fdset/1"},
    {NVME ",ram=64", REFUSED, "pci.0.4.0: nvme: /a and ram=64: a disk is a path or memory"},
    {"-s 4,nvme,ram=junk:64", REFUSED, "pci.0.4.0: nvme: invalid ram 'junk:64': a number of MiB is needed"},
    {"-s 4,nvme,ram=0", REFUSED, "pci.0.4.0: nvme: invalid ram '0': a number of MiB is needed"},

    {"-s 4,virtio-scsi,target=3:/a", GIVES, "scsi-id=3"},
    {"-s 4,virtio-scsi,target=300:/a", REFUSED, "pci.0.4.0: invalid target '300:/a'"},
    {"-s 4,virtio-scsi,target=1234:/a", REFUSED, "pci.0.4.0: invalid target '1234:/a'"},
    {"-s 4,virtio-scsi,target=5abc:/a", REFUSED, "pci.0.4.0: invalid target '5abc:/a'"},
    {"-s 4,virtio-scsi,/dev/cam/ctl", REFUSED,
     "pci.0.4.0: virtio-scsi: FreeBSD's CTL is not on this host; use target=[ID:]PATH"},
    {SCSI ",iid=2", TOLD, "pci.0.4.0.iid" NOT "it is CTL's"},
    {SCSI ",backend=ctl", TOLD, "pci.0.4.0.backend" NOT "there is one"},
    {SCSI ",ctl_ringsz=64", TOLD, "pci.0.4.0.ctl_ringsz" NOT "the engine chooses its queues"},

    {NET ",mac=00:a0:98:01:02:03", GIVES, "mac=00:a0:98:01:02:03"},
    {NET ",mac=zz", REFUSED, "pci.0.4.0: invalid mac 'zz'"},
    {NET ",mac=00:a0:98:01:02:0", REFUSED, "pci.0.4.0: invalid mac '00:a0:98:01:02:0'"},
    {NET ",mtu=1400", GIVES, "host_mtu=1400"},
    {NET ",mtu=10", REFUSED, "pci.0.4.0: invalid mtu '10' (68 to 65535)"},
    {VIONA ",vqsize=512", GIVES, "rx_queue_size=512"},
    {VIONA ",rxvqsize=512", GIVES, "rx_queue_size=512"},
    {VIONA ",vqsize=32", TOLD, "pci.0.4.0: a queue of 32 is left at 256 (256, 512 and 1024 can be had)"},
    {VIONA ",vqsize=512junk", REFUSED, "pci.0.4.0: invalid vqsize '512junk'"},
    {VIONA ",txvqsize=512", TOLD, "pci.0.4.0.txvqsize" NOT "the engine chooses its queues"},
    {VIONA ",qpair=2", TOLD, "pci.0.4.0.qpair" NOT "the engine chooses its queues"},
    {VIONA ",feature_mask=1", TOLD, "pci.0.4.0.feature_mask" NOT "all features are offered"},
    {VIONA ",promiscphys=on", TOLD,
     "pci.0.4.0.promiscphys" NOT "what a link lets through is decided outside of the machine"},
    {VIONA ",promiscrxonly=on", TOLD,
     "pci.0.4.0.promiscrxonly" NOT "what a link lets through is decided outside of the machine"},
    {E1000 ",mtu=1400", TOLD, "pci.0.4.0.mtu" NOT "e1000 has no such thing"},
    {E1000 ",vqsize=512", TOLD, "pci.0.4.0.vqsize: e1000: unknown, has no effect"},
    {"-s 4,virtio-net,slirp,open,hostfwd=tcp::1-:2", GIVES, "hostfwd=tcp::1-:2"},
    {"-s 4,virtio-net,slirp", GIVES, "restrict=on"},
    {NET ",hostfwd=tcp::1-:2", TOLD, "pci.0.4.0.hostfwd" NOT "a tap has no forwarding"},
    {NET ",open", TOLD, "pci.0.4.0.open" NOT "it is of slirp"},
    {"-s 4,virtio-net,nat0,hostfwd=tcp::1-:2", GIVES, "hostfwd=tcp::1-:2"},
    {"-s 4,virtio-net,netgraph,path=x", REFUSED, "pci.0.4.0: netgraph is FreeBSD's; name a tap"},

    {"-s 4,virtio-9p,share=/d,ro", GIVES, "readonly=on"},
    {"-s 4,virtio-9p,share=/d,rw", TOLD, "pci.0.4.0.rw: virtio-9p: unknown, has no effect"},
    {"-s 4,virtio-console,p=/tmp/p", GIVES, "name=p"},
    {"-s 4,virtio-rnd", GIVES, "virtio-rng-pci"},
    {"-s 4,virtio-rnd,x", TOLD, "pci.0.4.0.x: virtio-rnd: unknown, has no effect"},
    {"-s 4,virtio-input,/dev/input/event0", GIVES, "evdev=/dev/input/event0"},
    {"-s 4,hda", GIVES, "none,id=pci.0.4.0-sound"},
    {"-s 4,hda,play=/dev/dsp", GIVES, "out.dev=/dev/dsp"},
    {"-s 4,hda,rec=/dev/dsp", GIVES, "in.dev=/dev/dsp"},
    {"-s 4,passthru,1/0/0", GIVES, "vfio-pci,id=pci.0.4.0,bus=pci.0,addr=0x4,host=0000:01:00.0"},
    {"-s 4,passthru,pci1:0:0,rom=/r", GIVES, ",host=0000:01:00.0,romfile=/r"},
    {SCREEN, GIVES, "127.0.0.1:1"},
    {"-s 4,fbuf,tcp=:5901", GIVES, "127.0.0.1:1"},
    {"-s 4,fbuf,tcp=5901", GIVES, "127.0.0.1:1"},
    {"-s 4,fbuf,tcp=[::1]:5901", GIVES, "[::1]:1"},
    {"-s 4,fbuf,tcp=+5901", REFUSED, "pci.0.4.0: fbuf: a port is a number from 1 to 65535, not '+5901'"},
    {"-o pci.0.4.0.device=fbuf -o pci.0.4.0.tcp=a,to=9:5901", REFUSED,
     "pci.0.4.0: fbuf: invalid address 'a,to=9'"},
    {"-s 4,fbuf,unix=/tmp/v", GIVES, "unix:/tmp/v"},
    {SCREEN ",w=800,h=600", GIVES, "xres=800,yres=600"},
    {SCREEN ",w=+800", REFUSED, "pci.0.4.0: fbuf: invalid w '+800' (at most 1920)"},
    {SCREEN ",w=5000", REFUSED, "pci.0.4.0: fbuf: invalid w '5000' (at most 1920)"},
    {SCREEN ",wait", CONTENT, NULL}, /* bhyve starts the engine paused */
    {SCREEN ",password=x", GIVES, "password=on"},
    {SCREEN ",vga=off", CONTENT, NULL},
    {SCREEN ",vga=perhaps", REFUSED, "pci.0.4.0: fbuf: vga is on, off or io, not 'perhaps'"},
    {SCREEN ",depth=8", TOLD, "pci.0.4.0.depth: fbuf: unknown, has no effect"},
    {"-s 4,xhci,tablet", GIVES, "usb-tablet,bus=pci.0.4.0.0,port=1"},
    {"-s 4,xhci,tablet", GIVES, "qemu-xhci,id=pci.0.4.0,bus=pci.0,addr=0x4"},
    {"-s 4,xhci" EIGHT, GIVES, "usb-tablet,bus=pci.0.4.0.0,port=8"},
    {"-s 4,xhci" EIGHT, GIVES, "qemu-xhci,id=pci.0.4.0,bus=pci.0,addr=0x4,p2=8,p3=8"},
    {"-s 4,xhci" EIGHT ",tablet", REFUSED, "pci.0.4.0: xhci: slot.9: the controller has 8 ports"},
    {"-s 4,xhci,mouse", REFUSED, "pci.0.4.0: xhci: unknown device 'mouse' (there is tablet)"},
    {"-s 4,uart,stdio", GIVES, "pci-serial"},
};

static int parse(const char *line, struct bconf *conf, struct error *err)
{
        _cleanup_free_ char *copy = strdup(line);
        char *words[64] = {"bhyve"}, *rest = copy;
        int n = 1;

        assert_non_null(copy);
        while (rest && n < 60)
                words[n++] = strsep(&rest, " ");
        words[n++] = "vm";
        return bhyve_parse(n, words, conf, err);
}

static bool holds(const struct strv *list, const char *text)
{
        for (size_t i = 0; i < list->n; i++)
                if (strstr(list->v[i], text))
                        return true;
        return false;
}

/* Says what is wrong, and goes on: a table is read as a whole. */
static bool wrong(const struct row *row, const char *what, const char *text)
{
        print_error("%s: %s: %s\n", row->line, what, str_empty(text));
        return false;
}

static bool judge(const struct row *row, int r, const struct strv *args, const struct problems *notices,
                  const char *error)
{
        bool told = false;

        if (row->outcome == REFUSED)
                return strcmp(error, row->text) == 0 || wrong(row, "not refused so, but", error);
        if (r < 0)
                return wrong(row, "refused", error);
        for (size_t i = 0; i < notices->n; i++) {
                if (row->outcome != TOLD)
                        return wrong(row, "told", notices->text[i]);
                told |= strcmp(notices->text[i], row->text) == 0;
        }
        if (row->outcome == TOLD && !told)
                return wrong(row, "not told so, but", notices->n ? notices->text[0] : "nothing");
        return row->outcome != GIVES || holds(args, row->text) || wrong(row, "no argument has", row->text);
}

static bool check_row(const struct row *row)
{
        static const struct engine_fd given[] = {
            {.kind = NEED_MEMORY, .path = "pci.0.4.0:64", .fd = 20},
            {.kind = NEED_PCI, .path = "1/0/0", .fd = -1, .host = "0000:01:00.0"},
        };
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new();
        _cleanup_(strv_free) struct strv args = {0};
        struct problems notices = {0};
        struct error err = {0};
        struct engine_env env = {.qmp_fd = -1,
                                 .run_dir = "/run/bhyve",
                                 .fd = given,
                                 .n_fd = ARRAY_SIZE(given),
                                 .notices = &notices,
                                 .dry = true};
        bool right;
        int r;

        if (parse(row->line, conf, &err) != 0)
                return wrong(row, "not parsed", err.text);
        r = bhyve_to_engine(conf, &env, &args, &err);
        right = judge(row, r, &args, &notices, err.text);
        problems_clear(&notices);
        return right;
}

static void check_table(const struct row *table, size_t n)
{
        size_t right = 0;

        for (size_t i = 0; i < n; i++)
                right += check_row(&table[i]);
        assert_int_equal(right, n);
}

static void every_option_works_is_refused_or_is_told(void **state)
{
        (void)state;
        check_table(options, ARRAY_SIZE(options));
}

static void every_variable_works_is_refused_or_is_told(void **state)
{
        (void)state;
        check_table(variables, ARRAY_SIZE(variables));
}

static void every_word_of_a_device_works_is_refused_or_is_told(void **state)
{
        (void)state;
        check_table(devices, ARRAY_SIZE(devices));
}

static void a_word_that_is_false_adds_nothing(void **state)
{
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new();
        _cleanup_(strv_free) struct strv args = {0};
        struct engine_env env = {.qmp_fd = -1, .run_dir = "/run/bhyve", .dry = true};
        struct error err = {0};

        (void)state;
        assert_int_equal(parse("-o lpc.pc-testdev=false", conf, &err), 0);
        assert_int_equal(bhyve_to_engine(conf, &env, &args, &err), 0);
        assert_false(holds(&args, "pc-testdev"));
}

/* A zone: what is opened for it is taken for given, and nothing of the host is looked at. */
static void a_question_looks_at_nothing(void **state)
{
        static const char *const lines[] = {
            "-s 4,virtio-blk,/nosuch,nocache -s 5,nvme,ram=16 -s 6,virtio-net-viona,v0",
            "-s 7,passthru,/dev/ppt0",
            "-l com1,/dev/zconsole -l com2,socket,/tmp/x -l tpm,swtpm,/any -G w1234",
            "-d -G 1234",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                _cleanup_(bconf_freep) struct bconf *conf = bconf_new();
                struct error err = {0};

                assert_int_equal(parse(lines[i], conf, &err), 0);
                if (bhyve_check(conf, NULL, &err) < 0)
                        fail_msg("%s: %s", lines[i], err.text);
        }
}

static void a_question_finds_what_a_zone_cannot_be(void **state)
{
        static const char *const table[][2] = {
            {"-s 4,virtio-blk,/a,x -p 0:0",
             "vcpu.N.cpuset: CPUs of the host are not a machine's to choose; a zone has dedicated-cpu"},
            {"-d", "suspend_at_boot (-d of attr extra): nothing in a zone lets such a guest go; leave it "
                   "out, or give "
                   "extra a debugger too (-G PORT)"},
            {"-G 12345678", "gdb.port: a port is a number from 1 to 65535, not '12345678'"},
            {"-s 4,virtio-net,net0,hostfwd=tcp::1-:2",
             "pci.0.4.0: hostfwd: a zone has no network to listen on"},
            {"-s 4,virtio-net,nat0,hostfwd=tcp::1-:2",
             "pci.0.4.0: hostfwd: a zone has no network to listen on"},
            {"-f opt/x,file=/etc/passwd",
             "fwcfg.0.file: a zone's machine opens no file by its name; give the text (-f opt/x,string=..)"},
            {"-l com1,/dev/zconsole -l com3,/dev/console", "com3: /dev/zconsole: com1 has it already"},
            {"-l com1,stdio -l com2,stdio", "com2: stdio: com1 has it already"},
            {"-l com2,socket,/tmp/a -s 4,virtio-console,a=/tmp/b,b=/tmp/a",
             "pci.0.4.0: /tmp/a: com2 has it already"},
            {"-l com2,socket,/tmp//vm.vnc -s 30,fbuf,unix=/tmp/./../tmp/vm.vnc",
             "pci.0.30.0: /tmp/vm.vnc: com2 has it already"},
            {"-s 30,fbuf,unix=/", "pci.0.30.0: /: a directory, and a socket needs a name in one"},
            {"-s 30,fbuf,unix=/tmp/", "pci.0.30.0: /tmp/: a directory, and a socket needs a name in one"},
            {"-l com2,socket,/tmp/..", "com2: /tmp/..: a directory, and a socket needs a name in one"},
            {"-l bootrom,/usr/share/bhyve/uefi-rom.bin,/etc/uefivars -l com2,socket,/etc//uefivars",
             "com2: /etc//uefivars: bootvars has it already"},
            {"-s 29,ahci-cd,/cloud-init.iso -l com2,socket,/cloud-init.iso",
             "com2: /cloud-init.iso: pci.0.29.0 has it already"},
            {"-s 30,fbuf,unix=/tmp/x,wait=maybe", "Invalid value maybe for boolean variable pci.0.30.0.wait"},
            {"-l bootrom,/x/MY_CSM.fd",
             "bootrom /x/MY_CSM.fd: the BIOS is the engine's own and cannot be a file (BHYVE_CSM stands for "
             "it); a file is UEFI firmware, without CSM in its name"},
            {"-l com2,socket,/tmp/vm.gdb -G 1234", "gdb: /tmp/vm.gdb: com2 has it already"},
            {"-l com2,socket,/tmp/vm.vnc -s 30,fbuf,unix=/tmp/vm.vnc -s 4,virtio-rnd",
             "pci.0.30.0: /tmp/vm.vnc: com2 has it already"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_(bconf_freep) struct bconf *conf = bconf_new();
                struct problems notices = {0};
                struct error err = {0};

                assert_int_equal(parse(table[i][0], conf, &err), 0);
                assert_true(bhyve_check(conf, &notices, &err) < 0);
                assert_string_equal(err.text, table[i][1]);
                problems_clear(&notices);
        }
}

/* A configuration may be for another host; a value that is none is one nowhere. */
static void what_is_no_value_is_told_from_what_this_engine_lacks(void **state)
{
        static const struct {
                const char *line;
                int code;
        } cases[] = {
            {"-s 4,virtio-blk,/a,sectorsize=bogus", -EINVAL},
            {"-s 4,ahci-hd,/a,sectorsize=bogus", -EINVAL},
            {"-s 4,virtio-blk,/a,bootindex=first", -EINVAL},
            {"-s 4,nvme,/a,maxq=many", -EINVAL},
            {"-s 6,virtio-net-viona,nat0,mtu=on", -EINVAL},
            {"-s 6,virtio-net-viona,nat0,mtu=59", -EINVAL},
            {"-s 6,virtio-net-viona,nat0,mtu=60", -ENOTSUP},
            {"-s 6,virtio-net-viona,nat0,vqsize=on", -EINVAL},
            {"-s 30,fbuf,w=wide", -EINVAL},
            {"-l com2,garbage", -EINVAL},
            {"-s 4,ahci-hd,/a,ro", -ENOTSUP},
            {"-s 4,ahci-hd,/a,sectorsize=4096", -ENOTSUP},
            {"-s 1:4,virtio-blk,/a", 0},
            {"-s 1:4:0,virtio-blk,/a", -ENOTSUP},
            {"-s 4,virtio-scsi,/dev/cam/ctl", -ENOTSUP},
            {"-l com2,/dev/nmdm0A", -ENOTSUP},
            {"-l com2,stdio", -ENOTSUP},
            {"-l tpm,passthru,/dev/tpm0", -ENOTSUP},
            {"-c 300", -ENOTSUP},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(bconf_freep) struct bconf *conf = bconf_new();
                struct problems notices = {0};
                struct error err = {0};
                int r;

                assert_int_equal(parse(cases[i].line, conf, &err), 0);
                r = bhyve_check(conf, &notices, &err);
                if (r != cases[i].code)
                        fail_msg("%s: %d (%s), not %d", cases[i].line, r, err.text, cases[i].code);
                problems_clear(&notices);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_is_no_value_is_told_from_what_this_engine_lacks),
            cmocka_unit_test(every_option_works_is_refused_or_is_told),
            cmocka_unit_test(every_variable_works_is_refused_or_is_told),
            cmocka_unit_test(every_word_of_a_device_works_is_refused_or_is_told),
            cmocka_unit_test(a_word_that_is_false_adds_nothing),
            cmocka_unit_test(a_question_looks_at_nothing),
            cmocka_unit_test(a_question_finds_what_a_zone_cannot_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

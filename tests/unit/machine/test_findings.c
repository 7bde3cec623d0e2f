/* Everything that can be wrong with a description of hardware, and the line that says so. */
#include "helper.h"

static const struct {
        const char *body, *text;
} findings[] = {
    /* memory */
    {ATTR("ram", "0"), "attr ram 0: a number with at most one of b k m g t p e, at least 1M, is needed"},
    {ATTR("ram", "-1"), "attr ram -1: a number with at most one of b k m g t p e, at least 1M, is needed"},
    {ATTR("ram", "lots"),
     "attr ram lots: a number with at most one of b k m g t p e, at least 1M, is needed"},
    {ATTR("ram", ""), "attr ram (empty): a number with at most one of b k m g t p e, at least 1M, is needed"},
    {ATTR("ram", "010M"), "attr ram 010M: a decimal number without a zero in front is needed"},
    {ATTR("ram", "0x200"), "attr ram 0x200: a decimal number without a zero in front is needed"},
    {"<capped-memory guest=\"010M\"/>",
     "capped-memory guest 010M: a decimal number without a zero in front is needed"},
    {ATTR("disk0", "a/b,,"), "attr disk0: an option is needed after each comma"},
    {ATTR("disk0", "a/b,ro,,sync"), "attr disk0: an option is needed after each comma"},
    {ATTR("ram", "2G") "<capped-memory guest=\"4G\"/>", "attr ram says 2G, but capped-memory guest says 4G"},
    {"<capped-memory guest=\"1000001\"/>",
     "capped-memory guest 1000001: a size of at least 1M in whole pages of 4K is needed"},
    {ATTR("ram", "4G") RCTL("zone.max-physical-memory", "1073741824"),
     "capped-memory physical 1024M is less than the guest has (ram 4G); set it to at least 4352M, or clear "
     "it"},
    {"<capped-memory guest=\"4G\"/>" RCTL("zone.max-swap", "4294967295"),
     "capped-memory swap 4095M is less than the guest has (capped-memory guest 4G); set it to at least "
     "4352M, or "
     "clear it"},
    {RCTL("zone.max-physical-memory", "1000"), "capped-memory physical 1000 is less than the guest has (ram "
                                               "1G); set it to at least 1280M, or clear it"},
    /* processors */
    {ATTR("vcpus", "0"), "attr vcpus 0: [[cpus=]N][,sockets=N][,cores=N][,threads=N] is needed"},
    {ATTR("vcpus", "two"), "attr vcpus two: [[cpus=]N][,sockets=N][,cores=N][,threads=N] is needed"},
    {ATTR("vcpus", "010"), "attr vcpus 010: [[cpus=]N][,sockets=N][,cores=N][,threads=N] is needed"},
    {ATTR("vcpus", "0x4"), "attr vcpus 0x4: [[cpus=]N][,sockets=N][,cores=N][,threads=N] is needed"},
    {ATTR("vcpus", "2,cores=02"),
     "attr vcpus 2,cores=02: [[cpus=]N][,sockets=N][,cores=N][,threads=N] is needed"},
    {ATTR("vcpus", "2,"), "attr vcpus 2,: [[cpus=]N][,sockets=N][,cores=N][,threads=N] is needed"},
    {ATTR("vcpus", "4,cores=2"),
     "attr vcpus 4,cores=2: Topology (4 sockets, 2 cores, 1 threads) does not match 4 vCPUs"},
    {ATTR("vcpus", "256"), "attr vcpus: 256 vCPUs, but a machine has at most 255"},
    {"<rctl name=\"zone.cpu-cap\"><rctl-value priv=\"privileged\" limit=\"30000\" action=\"deny\"/></rctl>",
     "capped-cpu ncpus (and no attr vcpus): 300 vCPUs, but a machine has at most 255"},
    {"<pset ncpu_min=\"300\" ncpu_max=\"300\"/>",
     "dedicated-cpu ncpus: 300 vCPUs, but a machine has at most 255"},
    {ATTR("ram", "1049088"), "attr ram 1049088: no whole number of pages of 4096 bytes"},
    {ATTR("ram", "16e"), "attr ram 16e: larger than the memory of any machine"},
    {ATTR("vnc", "wait,off"), "attr vnc: off behind other words: off stands alone"},
    {ATTR("vnc", "on,no"), "attr vnc: no behind other words: off stands alone"},
    {ATTR("vcpus", "2") "<pset ncpu_min=\"4\" ncpu_max=\"4\"/>",
     "attr vcpus says 2, but dedicated-cpu ncpus says 4"},
    {ATTR("vcpus", "8") "<pset ncpu_min=\"2\" ncpu_max=\"4\"/>",
     "attr vcpus says 8, but dedicated-cpu ncpus says 2-4"},
    /* strict booleans */
    {ATTR("uefivars", "maybe"), "Invalid value maybe for boolean variable uefivars"},
    {ATTR("rng", "True"), "Invalid value True for boolean variable rng"},
    {ATTR("priv.debug", "2"), "Invalid value 2 for boolean variable priv.debug"},
    {ATTR("debug.persist", "y"), "Invalid value y for boolean variable debug.persist"},
    {ATTR("memreserve", ""), "Invalid value  for boolean variable memreserve"},
    {ATTR("vnc", "on") ATTR("xhci", "maybe"), "Invalid value maybe for boolean variable xhci"},
    {"<network physical=\"v0\"><net-attr name=\"promiscphys\" value=\"si\"/></network>",
     "net v0: Invalid value si for boolean variable promiscphys"},
    /* numbered attributes */
    {ATTR("disk1", "a/b") ATTR("disk01", "a/c"), "disk1 appears more than once in configuration"},
    {ATTR("disk16", "a/b"), "disk16 slot out of range (0-15)"},
    {ATTR("disk99999999999999999999", "a/b"), "disk99999999999999999999 slot out of range (0-15)"},
    {ATTR("cdrom8", "/a"), "cdrom8 slot out of range (0-7)"},
    {ATTR("com5", "/dev/x"), "com5 slot out of range (0-4)"},
    {ATTR("extra16", "x"), "extra16 slot out of range (0-15)"},
    {ATTR("virtfs8", "x,/x"), "virtfs8 slot out of range (0-7)"},
    {ATTR("ppt8", "on"), "ppt8 slot out of range (0-7)"},
    {ATTR("cdrom0", "/a") ATTR("cdrom1", "/a") ATTR("cdrom2", "/a") ATTR("cdrom3", "/a") ATTR("cdrom4", "/a")
         ATTR("cdrom5", "/a") ATTR("cdrom6", "/a") ATTR("cdrom7", "/a") ATTR("cdrom", "/a"),
     "cdrom: no more available slots (8 at most)"},
    /* enumerations */
    {ATTR("type", "linux"), "attr type linux: generic, windows or openbsd is needed"},
    {ATTR("hostbridge", "sis"),
     "attr hostbridge sis: amd, intel, netapp, i440fx, q35, none or NAME=VALUE is needed"},
    {ATTR("diskif", "ide"),
     "attr diskif ide: virtio-blk (virtio), ahci-hd (ahci), ahci-cd or nvme is needed"},
    {ATTR("disk2", "a/b,ro,path=/etc/passwd"), "attr disk2: path=/etc/passwd: not an option of a disk"},
    {ATTR("disk2", "a/b,device=nvme"), "attr disk2: device=nvme: not an option of a disk"},
    {ATTR("disk2", "a/b") ATTR("diskif2", "scsi"),
     "attr diskif2 scsi: virtio-blk (virtio), ahci-hd (ahci), ahci-cd or nvme is needed"},
    {ATTR("netif", "rtl8139"),
     "attr netif rtl8139: virtio-net-viona (virtio), virtio-net or e1000 is needed"},
    {ATTR("vga", "std"), "attr vga std: off, on or io is needed"},
    /* firmware and boot order */
    {ATTR("bootrom", "NOSUCH"), "attr bootrom: bootrom NOSUCH not found."},
    {ATTR("bootrom", "/no/such.fd"), "attr bootrom: bootrom /no/such.fd not found."},
    {ATTR("bootrom", "/etc/MY_CSM.fd"),
     "attr bootrom: bootrom /etc/MY_CSM.fd: the BIOS is the engine's own and cannot be a file (BHYVE_CSM "
     "stands for it); a file is UEFI firmware, without CSM in its name"},
    {ATTR("bootrom", "/x/x-csm.bin"),
     "attr bootrom: bootrom /x/x-csm.bin: the BIOS is the engine's own and cannot be a file (BHYVE_CSM "
     "stands for it); a file is UEFI firmware, without CSM in its name"},
    {"<lpc bootrom=\"/no/such\"/>", "lpc: bootrom /no/such not found."},
    {ATTR("bootrom", "/"),
     "attr bootrom /: a directory; firmware is a file of a multiple of 4096 bytes, at most 8388608"},
    {"<lpc bootrom=\"/dev/null\"/>", "lpc bootrom /dev/null: not a regular file; firmware is a file of a "
                                     "multiple of 4096 bytes, at most 8388608"},
    {ATTR("bootrom", "BHYVE") "<lpc bootrom=\"BHYVE_CSM\"/>",
     "attr bootrom says /usr/share/bhyve/firmware/BHYVE.fd, but lpc bootrom says "
     "/usr/share/bhyve/firmware/BHYVE_CSM.fd"},
    {ATTR("bootorder", "bootdisk,net1=tftp"), "Invalid protocol 'tftp' for 'net1'"},
    {ATTR("bootnext", "net=x"), "Invalid protocol 'x' for 'net'"},
    {ATTR("disk0", "rel/../x"), "attr disk0: rel/../x is no name of a volume (POOL/NAME)"},
    {"<disk path=\"rel//x\"/>", "disk rel//x: rel//x is no name of a volume (POOL/NAME)"},
    {"<device match=\"./x\" emulation=\"nvme\"/>", "device ./x: ./x is no name of a volume (POOL/NAME)"},
    {ATTR("bootorder", "bootdisk,,cdrom0"), "attr bootorder bootdisk,,cdrom0: an empty word"},
    {ATTR("bootorder", "bootdisk,"), "attr bootorder bootdisk,: an empty word"},
    {ATTR("bootnext", "bootdisk,cdrom0"), "attr bootnext bootdisk,cdrom0: the next boot is from one of them"},
    {ATTR("bootorder", "bootdsik,cdrom0"), "attr bootorder: bootdsik names nothing; did you mean bootdisk?"},
    {ATTR("bootorder", "bootdisk,cdrm0"), "attr bootorder: cdrm0 names nothing; did you mean cdrom0?"},
    {ATTR("bootorder", "zz"),
     "attr bootorder: zz names nothing; bootdisk, diskN, cdromN, netN[=pxe|http], pathN, "
     "bootN or shell is needed"},
    {ATTR("bootorder", "bootdisk1"), "attr bootorder: bootdisk1 names nothing; did you mean bootdisk?"},
    {ATTR("bootorder", "disk123456"), "attr bootorder: disk123456 names nothing; bootdisk, diskN, cdromN, "
                                      "netN[=pxe|http], pathN, bootN or shell is needed"},
    {ATTR("bootnext", "zork"), "attr bootnext: zork names nothing; bootdisk, diskN, cdromN, netN[=pxe|http], "
                               "pathN, bootN, shell or firmware is needed"},
    {ATTR("bootnext", "shel"), "attr bootnext: shel names nothing; did you mean shell?"},
    {ATTR("bootorder", "firmware"), "attr bootorder: firmware names nothing; bootdisk, diskN, cdromN, "
                                    "netN[=pxe|http], pathN, bootN or shell is needed"},
    /* serial ports */
    {ATTR("com2", "tcp=0.0.0.0:99"),
     "attr com2 tcp=0.0.0.0:99: the path of a device, or socket,PATH, is needed"},
    {ATTR("console", "socket,vm.com1"),
     "attr console socket,vm.com1: the path of a device, or socket,PATH, is needed"},
    {ATTR("com3", "/dev/a,b"), "attr com3 /dev/a,b: the path of a device, or socket,PATH, is needed"},
    {ATTR("com2", "/dev/a") "<lpc com2=\"/dev/b\"/>", "attr com2 says /dev/a, but lpc com2 says /dev/b"},
    {ATTR("console", "/dev/a") "<lpc com1=\"/dev/b\"/>",
     "attr console says /dev/a, but lpc com1 says /dev/b"},
    {ATTR("console", "/dev/a") ATTR("com1", "/dev/b"), "attr console says /dev/a, but attr com1 says /dev/b"},
    /* uuid */
    {ATTR("uuid", "1234"), "attr uuid 1234: 8-4-4-4-12 hexadecimal digits are needed"},
    {ATTR("uuid",
          "11111111-2222-3333-4444-555555555556") "<smbios type=\"1\"><field name=\"uuid\" "
                                                  "value=\"11111111-2222-3333-4444-555555555555\"/></smbios>",
     "attr uuid says 11111111-2222-3333-4444-555555555556, but smbios field uuid says "
     "11111111-2222-3333-4444-555555555555"},
    /* passthrough */
    {ATTR("ppt1", "slot8"), "ppt slot 8 out of range (0-7)"},
    {ATTR("ppt1", "slot2") ATTR("ppt2", "slot2"), "ppt slot 2 appears more than once"},
    {ATTR("ppt1", "perhaps"), "attr ppt1 perhaps: a boolean word or slot0 to slot7 is needed"},
    {ATTR("ppt0", "on") ATTR("ppt1", "on") ATTR("ppt2", "on") ATTR("ppt3", "on") ATTR("ppt4", "on")
         ATTR("ppt5", "on") ATTR("ppt6", "on") ATTR("ppt7", "on"),
     "ppt: no more available slots (attr ppt7)"},
    {"<device match=\"x:y\" emulation=\"passthru\"/>",
     "device x:y: /dev/pptN or bus:slot:function of a host device is needed for passthru"},
    /* shared directories */
    {ATTR("virtfs0", "www,/data,rw"), "Unknown virtfs attribute rw (attr virtfs0)"},
    {ATTR("virtfs", "www"), "Bad virtfs specification: www (attr virtfs0: NAME,PATH[,ro] is needed)"},
    {ATTR("virtfs", "a,/b,ro,x"),
     "Bad virtfs specification: a,/b,ro,x (attr virtfs0: NAME,PATH[,ro] is needed)"},
    {ATTR("virtfs0", "12345678901234567890123456789012,/a"),
     "attr virtfs0: the name 12345678901234567890123456789012 of the share is longer than 31 characters"},
    {ATTR("virtfs0", "www,/a") ATTR("virtfs1", "www,/b"),
     "attr virtfs0 and attr virtfs1: two shares of the name www"},
    {ATTR("virtfs0", "www,/a") "<device match=\"www=/b\" emulation=\"virtio-9p\"/>",
     "attr virtfs0 and device www=/b: two shares of the name www"},
    {"<device match=\"/b\" emulation=\"virtio-9p\"/>",
     "device /b: a shared directory is NAME=PATH, and its path absolute"},
    {"<device match=\"b=c\" emulation=\"virtio-9p\"/>",
     "device b=c: a shared directory is NAME=PATH, and its path absolute"},
    /* screen */
    {ATTR("vnc", ""), "attr vnc: on, off, wait or options are needed"},
    {ATTR("vnc", "on,w=4000"), "attr vnc: w=4000: a width of 1 to 1920 is needed"},
    {ATTR("vnc", "on,h=0"), "attr vnc: h=0: a height of 1 to 1200 is needed"},
    {ATTR("vnc", "unix=vm.vnc"), "attr vnc: unix=vm.vnc: an absolute path is needed"},
    {ATTR("vnc", "on,depth=8"), "attr vnc: there is no option depth"},
    {ATTR("vnc", "tcp=5900"), "attr vnc: tcp=5900: ADDRESS:PORT is needed"},
    {ATTR("vnc", "tcp=somewhere:5900"), "attr vnc: tcp=somewhere:5900: ADDRESS:PORT is needed"},
    {ATTR("vnc", "rfb=127.0.0.1:70000"), "attr vnc: rfb=127.0.0.1:70000: ADDRESS:PORT is needed"},
    {ATTR("vnc", "tcp=127.0.0.1:0"), "attr vnc: tcp=127.0.0.1:0: ADDRESS:PORT is needed"},
    {ATTR("vnc", "on,password="), "attr vnc: the password is empty or has a control character"},
    {ATTR("vm-version", "1") ATTR("vnc-password", "secret"), "attr vnc-password: it is no base64 text"},
    {ATTR("vm-version", "1") ATTR("vnc-password", ""), "attr vnc-password: it is no base64 text"},
    {ATTR("vm-version", "1") ATTR("vnc-password", "c2Vj*mV0"), "attr vnc-password: it is no base64 text"},
    {ATTR("vm-version", "1") ATTR("vnc-password", "c2VjcmV=="), "attr vnc-password: it is no base64 text"},
    {ATTR("vm-version", "1") ATTR("vnc-password", "YQBi"), "attr vnc-password: it is no base64 text"},
    {ATTR("vm-version", "1") ATTR("vnc-password", "YQpi"),
     "attr vnc-password: the password is empty or has a control character"},
    /* words of the command line */
    {ATTR("extra", "-o &quot;x"), "attr extra0: a quote is not closed"},
    {ATTR("extra3", "'x"), "attr extra3: a quote is not closed"},
    {ATTR("bootdisk", "a&#10;b"), "attr bootdisk: the value has a control character"},
    /* disks */
    {ATTR("bootdisk", ""), "attr bootdisk: the path of a disk is needed"},
    {ATTR("bootdisk", "a/b,"), "attr bootdisk a/b,: an option is needed after the comma"},
    {ATTR("cdrom", "x.iso"), "attr cdrom0 x.iso: the absolute path of an image is needed"},
    {ATTR("disk0", "a/b") ATTR("disk1", "/dev/zvol/dsk/a/b"),
     "attr disk0 and attr disk1 are the same disk, /dev/zvol/rdsk/a/b"},
    {ATTR("disk0", "a/b") "<device match=\"a/b\" emulation=\"virtio-scsi\"/>",
     "attr disk0 and device a/b are the same disk, /dev/zvol/rdsk/a/b"},
    {"<device match=\"/dev/x\" emulation=\"virtio-blk\" boot=\"true\"/>"
     "<device match=\"/dev/y\" emulation=\"nvme\" boot=\"true\"/>",
     "multiple boot disks: device /dev/x (virtio-blk /dev/x) and device /dev/y (nvme /dev/y)"},
    {ATTR("bootdisk", "a/b") "<disk path=\"a/c\" boot=\"true\"/>",
     "multiple boot disks: attr bootdisk (virtio-blk /dev/zvol/rdsk/a/b) and disk a/c (virtio-blk "
     "/dev/zvol/rdsk/a/c)"},
    {"<device match=\"/dev/x\" boot=\"true\"/>", "device /dev/x: boot is true, but there is no emulation"},
    {"<device match=\"/dev/x\" pci-slot=\"7\"/>",
     "device /dev/x: pci-slot is set, but there is no emulation"},
    {"<device match=\"/dev/x\"><option name=\"sectorsize\" value=\"512\"/></device>",
     "device /dev/x: option is set, but there is no emulation"},
    {"<device match=\"/dev/x\" emulation=\"floppy\"/>",
     "device /dev/x: emulation floppy is unknown (virtio-blk, ahci-hd, ahci-cd, nvme, passthru, none, ...)"},
    {"<device match=\"/dev/x*\" emulation=\"virtio-blk\"/>",
     "device /dev/x*: one path without commas and patterns is needed for a device of the guest"},
    {"<device match=\"/dev/x\" emulation=\"virtio-blk\"><option name=\"a\" value=\"1,2\"/></device>",
     "device /dev/x: option a=1,2 has a comma or a control character"},
    {"<disk path=\"a/b\" media=\"cd\" model=\"nvme\"/>", "disk a/b: media cd, but model nvme"},
    /* places */
    {"<disk path=\"a/b\" pci-slot=\"32\"/>",
     "disk a/b: pci-slot 32: S, S:F or B:S:F with B 0-255, S 0-31, F 0-7 is needed"},
    {"<disk path=\"a/b\" pci-slot=\"5:8\"/>",
     "disk a/b: pci-slot 5:8: S, S:F or B:S:F with B 0-255, S 0-31, F 0-7 is needed"},
    {"<disk path=\"a/b\" pci-slot=\"0:5:0:1\"/>",
     "disk a/b: pci-slot 0:5:0:1: S, S:F or B:S:F with B 0-255, S 0-31, F 0-7 is needed"},
    {"<disk path=\"a/b\" pci-slot=\"5:\"/>",
     "disk a/b: pci-slot 5:: S, S:F or B:S:F with B 0-255, S 0-31, F 0-7 is needed"},
    {"<disk path=\"a/b\" pci-slot=\"7\"/><disk path=\"a/c\" pci-slot=\"0:7:0\"/>",
     "disk a/b and disk a/c are both at PCI 0:7:0"},
    {ATTR("disk3", "a/b") "<disk path=\"a/c\" pci-slot=\"5:3\"/>",
     "attr disk3 and disk a/c are both at PCI 0:5:3"},
    {"<disk path=\"a/b\" pci-slot=\"2:7:0\"/><disk path=\"a/c\" pci-slot=\"2:7:0\"/>",
     "disk a/b and disk a/c are both at PCI 2:7:0"},
    {"<disk path=\"a/b\" pci-slot=\"1\"/>", "disk a/b: PCI slot 1 belongs to the board"},
    {ATTR("hostbridge", "q35") "<disk path=\"a/b\" pci-slot=\"31:7\"/>",
     "disk a/b: PCI slot 31 belongs to the board"},
    {"<disk path=\"a/x\" pci-slot=\"4:0\"/><disk path=\"a/b\" boot=\"true\"/>",
     "disk a/x and disk a/b are both at PCI 0:4:0"},
    /* network */
    {"<network physical=\"a,b\"/>", "net a,b: the name of a link has no comma and no control character"},
    {"<network physical=\"a\"><net-attr name=\"mtu\" value=\"1,x\"/></network>",
     "net a: property mtu: 1,x has a comma or a control character"},
    {"<network physical=\"a\" model=\"virtio\"><net-attr name=\"vqsize\" value=\"1,x\"/></network>",
     "net a: property vqsize: 1,x has a comma or a control character"},
    {"<network physical=\"a\"><net-attr name=\"primary\" value=\"true\"/></network>"
     "<network physical=\"b\"><net-attr name=\"primary\" value=\"true\"/></network>",
     "net: multiple primary nets (2)"},
    /* smbios */
    {"<smbios type=\"1\"><field name=\"sku\" value=\"1\"/><field name=\"sku\" value=\"2\"/></smbios>",
     "smbios type 1: field sku appears more than once"},
    {"<smbios type=\"4\"><field name=\"x\" value=\"y\"/></smbios>", "smbios type 4: 0, 1, 2 or 3 is needed"},
    {"<smbios type=\"1\"><field name=\"colour\" value=\"y\"/></smbios>",
     "smbios type 1: there is no field colour"},
    {"<smbios type=\"1\"><field name=\"sku\" value=\"a,b\"/></smbios>",
     "smbios type 1 field sku: a,b has a comma or is empty"},
    {"<smbios type=\"0\"><field name=\"date\" value=\"x\"/></smbios><smbios type=\"0\"><field name=\"date\" "
     "value=\"x\"/></smbios>",
     "smbios type 0 appears more than once"},
    {ATTR("cloud-init", "http://a/b,c"), "attr cloud-init http://a/b,c: a URL without a comma is needed"},
};

static void each_mistake_gives_exactly_its_line(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(findings); i++) {
                struct problems problems = {0};
                struct machine *m = machine_of(findings[i].body, &problems);

                if (problems.n != 1)
                        fail_msg("%zu lines (first: %s) for %s", problems.n,
                                 problems.n ? problems.text[0] : "none", findings[i].body);
                assert_string_equal(problems.text[0], findings[i].text);
                problems_clear(&problems);
                machine_free(m);
        }
}

static void all_mistakes_come_out_at_once(void **state)
{
        struct problems problems = {0};
        struct machine *m = machine_of(ATTR("ram", "0") ATTR("vcpus", "0") ATTR("type", "x"), &problems);

        (void)state;
        assert_int_equal(problems.n, 3);
        problems_clear(&problems);
        machine_free(m);
}

static void without_a_list_the_first_mistake_is_the_error(void **state)
{
        struct config *cfg = config_of(ATTR("type", "x") ATTR("vcpus", "0"));
        struct machine *m = NULL;
        struct error err = {0};

        (void)state;
        assert_int_equal(machine_from_config(&no_root, cfg, NULL, &m, NULL, &err), -EINVAL);
        assert_null(m);
        assert_string_equal(err.text, "attr type x: generic, windows or openbsd is needed");
        config_free(cfg);
}

static void more_nets_than_functions_are_a_mistake(void **state)
{
        struct problems problems = {0};
        struct strbuf body = {0};
        struct machine *m;

        (void)state;
        for (int i = 0; i < 17; i++)
                strbuf_printf(&body, "<network physical=\"v%d\"/>", i);
        m = machine_of(body.data, &problems);
        assert_int_equal(problems.n, 1);
        assert_string_equal(problems.text[0], "net v16: no more available slots");
        problems_clear(&problems);
        machine_free(m);
        strbuf_free(&body);
}

static void what_extra_says_is_held_against_the_limits_too(void **state)
{
        static const struct {
                const char *body, *text; /* text NULL: allowed */
        } cases[] = {
            {ATTR("ram", "512M") ATTR("extra", "-m 4G") RCTL("zone.max-physical-memory", "1073741824"),
             "attr extra: capped-memory physical is less than the guest has (-m 4G); set it to at least "
             "4352M, or "
             "clear it"},
            {ATTR("ram", "512M") ATTR("extra", "-m 512M") RCTL("zone.max-physical-memory", "1073741824"),
             NULL},
            {ATTR("ram", "512M") ATTR("extra", "-m 4G"), NULL},
            {ATTR("ram", "512M") ATTR("extra", "-s 9,nvme,ram=600") RCTL("zone.max-swap", "1073741824"),
             "attr extra: capped-memory swap is less than the guest has (-m 512M, and 600M in disks in "
             "memory); set it to at least 1368M, or clear it"},
            {ATTR("ram", "1M") ATTR("extra", "-m 512M -s 9,nvme,ram=300 -s 10,nvme,ram=300")
                 RCTL("zone.max-physical-memory", "1073741824"),
             "attr extra: capped-memory physical is less than the guest has (-m 512M, and 600M in disks in "
             "memory); set it to at least 1368M, or clear it"},
            {ATTR("ram", "512M") ATTR("extra", "-s 9,nvme,ram=512") RCTL("zone.max-swap", "1073741824"),
             NULL},
            {ATTR("vcpus", "1") ATTR("extra", "-c 4") "<pset ncpu_min=\"1\" ncpu_max=\"2\"/>",
             "attr extra: -c says 4, but dedicated-cpu ncpus says 1-2"},
            {ATTR("vcpus", "1") ATTR("extra", "-c 2") "<pset ncpu_min=\"1\" ncpu_max=\"2\"/>", NULL},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct problems problems = {0};
                struct machine *m = machine_of(cases[i].body, &problems);
                struct error err = {0};
                int r = machine_check_arguments(m, &err);

                assert_int_equal(problems.n, 0);
                assert_int_equal(r, cases[i].text ? -EINVAL : 0);
                assert_string_equal(err.text, cases[i].text ? cases[i].text : "");
                machine_free(m);
        }
}

static void what_the_front_end_refuses_is_said_of_the_attribute(void **state)
{
        static const char *const table[][2] = {
            {ATTR("extra", "foo"), "Could not parse configuration: attr extra: foo: not an option"},
            {ATTR("extra", "-A foo -o a=b"), "Could not parse configuration: attr extra: foo: not an option"},
            {ATTR("extra", "-o"),
             "Could not parse configuration: attr extra: -o: unknown option or missing value"},
            {ATTR("vnc", "on,wait=maybe"),
             "attr vnc: Invalid value maybe for boolean variable pci.0.30.0.wait"},
            {ATTR("vnc", "unix=/tmp/"),
             "attr vnc: pci.0.30.0: /tmp/: a directory, and a socket needs a name in one"},
            {ATTR("disk0", "a/b,nodelete=maybe"),
             "attr disk0: Invalid value maybe for boolean variable pci.0.5.0.nodelete"},
            {ATTR("disk0", "a/b,dsm=maybe") ATTR("diskif0", "nvme"),
             "attr disk0: pci.0.5.0: nvme: dsm is auto, enable or disable, not 'maybe'"},
            {ATTR("disk0", "a/b,sectorsize=513"), "attr disk0: pci.0.5.0: invalid sectorsize '513'"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                struct problems problems = {0};
                struct machine *m = machine_of(table[i][0], &problems);
                struct error err = {0};

                assert_int_equal(problems.n, 0);
                assert_int_equal(machine_check_engine(m, NULL, &err), -EINVAL);
                assert_string_equal(err.text, table[i][1]);
                machine_free(m);
        }
}

static void memory_that_only_extra_asks_for_must_fit_the_host(void **state)
{
        struct problems problems = {0};
        struct machine *m = machine_of(ATTR("extra", "-m 999T"), &problems);
        struct error err = {0};

        (void)state;
        assert_int_equal(machine_fits_host(m, &err), -ENOMEM);
        assert_memory_equal(err.text, "attr extra: memory of 1047527424M: this host has ", 49);
        machine_free(m);
        /* The zone's own is less than what extra makes of it, disks in memory and all. */
        m = machine_of(ATTR("ram", "1M") ATTR("extra", "-s 9,nvme,ram=1048575 -s 10,nvme,ram=1048576"),
                       &problems);
        assert_int_equal(machine_fits_host(m, &err), -ENOMEM);
        assert_memory_equal(err.text, "attr extra: memory of 2097152M, 2097151M of it disks in memory: this ",
                            69);
        machine_free(m);
        m = machine_of(ATTR("ram", "10P") ATTR("extra", "-m 64M -s 9,nvme,ram=1"), &problems);
        assert_int_equal(machine_fits_host(m, &err), 0);
        machine_free(m);
}

static void what_is_allowed_but_probably_not_meant_is_told(void **state)
{
        static const struct {
                const char *body, *told; /* told NULL: nothing */
        } cases[] = {
            {ATTR("bootorder", "dcn"), NULL},
            {ATTR("bootorder", "c") ATTR("bootrom", "BHYVE"), NULL},
            {ATTR("bootorder", "n,bootdisk"), "attr bootorder: n has no effect among words; bootdisk, cdrom0 "
                                              "and net0 name the disk, the CD-ROM "
                                              "and the network"},
            {ATTR("bootorder", "bootdisk,n"), "attr bootorder: n has no effect among words; bootdisk, cdrom0 "
                                              "and net0 name the disk, the CD-ROM "
                                              "and the network"},
            {"<network physical=\"nat0\"><net-attr name=\"owner\" value=\"team a, floor 2\"/></network>"
             "<device match=\"/dev/x\" emulation=\"none\" pci-slot=\"7\"/>",
             NULL},
            {ATTR("ram", "1G") RCTL("zone.max-physical-memory", "1073741824"),
             "capped-memory physical 1024M: the guest has 1G of it, and the engine needs some too; 1280M is "
             "enough"},
            {ATTR("bootnext", "cdrom0"),
             "attr bootnext: has no effect: the firmware is a BIOS, which keeps no variables"},
            {ATTR("bootrom", "BHYVE") ATTR("uefivars", "off") ATTR("bootnext", "cdrom0"),
             "attr bootnext: has no effect: uefivars is off"},
            {ATTR("extra", "-o config.dump=1"),
             "config.dump: has no effect: a zone has nobody to read it; the brand's boot -j shows the "
             "variables"},
            {ATTR("vm-version", "1") ATTR("vnc", "on") ATTR("vnc-port", "5901"),
             "attr vnc-port: has no effect: attr vnc describes the screen"},
            {ATTR("vnc", "on") ATTR("vnc-port", "5901") ATTR("vnc-password", "plain"), NULL},
            {ATTR("vnc-port", "5901"), NULL},
            {ATTR("vm-version", "1") ATTR("vnc-port", "70000"),
             "attr vnc-port 70000: is no port; the screen is at /tmp/vm.vnc"},
            {ATTR("vm-version", "1") ATTR("vnc-port", "5901"), NULL},
            {ATTR("uuid", "AAAAAAAA-2222-3333-4444-555555555555") "<smbios type=\"1\"><field name=\"uuid\" "
                                                                  "value=\"aaaaaaaa-2222-3333-4444-"
                                                                  "555555555555\"/></smbios>",
             NULL},
            {ATTR("vcpu", "2"), "attr vcpu: means nothing to brand bhyve; did you mean vcpus?"},
            {ATTR("bootrm", "BHYVE_CSM"), "attr bootrm: means nothing to brand bhyve; did you mean bootrom?"},
            {ATTR("dsk", "a/b"), "attr dsk: means nothing to brand bhyve; did you mean disk?"},
            {ATTR("cloud-init", "/nowhere/user-data"),
             "attr cloud-init: /nowhere/user-data: no such file; the default user-data is used"},
            {ATTR("cloud-init", "/etc/passwd"), NULL},
            {ATTR("cloud-init", "on") ATTR("sshkey", "/nowhere/key.pub"),
             "attr sshkey: begins with / and names no file; the text itself is used"},
            {ATTR("cloud-init", "on") ATTR("password", "/"),
             "attr password: begins with / and names no file; the text itself is used"},
            {ATTR("cloud-init", "on") ATTR("sshkey", "ssh-ed25519 AAAA") ATTR("password", "a/b"), NULL},
            {ATTR("vnc", "on,password=/nowhere/secret"),
             "attr vnc: password: begins with / and names no file; the text itself is used"},
            {ATTR("vnc", "on,password=/etc/hostname"), NULL},
            {ATTR("disk3", "a/b") ATTR("diskif3", "nvme") ATTR("com2", "/dev/ttyS1"), NULL},
            {ATTR("owner", "joe") ATTR("x", "1") ATTR("cost-centre", "12"), NULL},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct problems problems = {0}, notices = {0};
                struct machine *m = machine_of(cases[i].body, &problems);

                assert_int_equal(problems.n, 0);
                assert_int_equal(machine_check_engine(m, &notices, NULL), 0);
                assert_int_equal(notices.n, cases[i].told ? 1 : 0);
                if (cases[i].told)
                        assert_string_equal(notices.text[0], cases[i].told);
                problems_clear(&notices);
                problems_clear(&problems);
                machine_free(m);
        }
}

static void a_zone_larger_than_the_host_does_not_fit(void **state)
{
        struct problems problems = {0};
        struct machine *big = machine_of(ATTR("ram", "10P"), &problems), *small = machine_of("", &problems);
        struct error err = {0};

        (void)state;
        assert_int_equal(machine_fits_host(big, &err), -ENOMEM);
        assert_int_equal(strncmp(err.text, "ram 10P: this host has ", 23), 0);
        small->ram_bytes = 1 << 20;
        assert_int_equal(machine_fits_host(small, &err), 0);
        machine_free(big);
        machine_free(small);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_mistake_gives_exactly_its_line),
            cmocka_unit_test(all_mistakes_come_out_at_once),
            cmocka_unit_test(without_a_list_the_first_mistake_is_the_error),
            cmocka_unit_test(more_nets_than_functions_are_a_mistake),
            cmocka_unit_test(what_extra_says_is_held_against_the_limits_too),
            cmocka_unit_test(what_the_front_end_refuses_is_said_of_the_attribute),
            cmocka_unit_test(memory_that_only_extra_asks_for_must_fit_the_host),
            cmocka_unit_test(what_is_allowed_but_probably_not_meant_is_told),
            cmocka_unit_test(a_zone_larger_than_the_host_does_not_fit),
        };

        return cmocka_run_group_tests_name("machine findings", tests, NULL, NULL);
}

/* How single values become arguments: every accepted form, aliases, numbering, places. */
#include "helper.h"

static const struct {
        const char *body, *has;
} values[] = {
    {ATTR("ram", "1024") ATTR("memreserve", "on"), " -m 1024 "},
    {ATTR("ram", "  4G "), " -m 4G "},
    {"<capped-memory guest=\"1.5G\"/>", " -m 1536M "},
    {"<capped-memory guest=\"4294967296\"/>", " -m 4G "},
    {"<capped-memory guest=\"512M\"/>", " -m 512M "},
    {ATTR("ram", "2048") "<capped-memory guest=\"2G\"/>", " -m 2048 "},
    {ATTR("vcpus", "cores=2,sockets=3"), " -c cores=2,sockets=3 "},
    {ATTR("vcpus", "4,sockets=2,cores=2"), " -c 4,sockets=2,cores=2 "},
    {"<pset ncpu_min=\"2\" ncpu_max=\"4\"/>", " -c 2 "},
    {"<rctl name=\"zone.cpu-cap\"><rctl-value priv=\"privileged\" limit=\"250\" action=\"deny\"/></rctl>",
     " -c 2 "},
    {"<rctl name=\"zone.cpu-cap\"><rctl-value priv=\"privileged\" limit=\"50\" action=\"deny\"/></rctl>",
     " -c 1 "},
    {ATTR("vcpus", "4") "<rctl name=\"zone.cpu-cap\"><rctl-value priv=\"privileged\" limit=\"200\" "
                        "action=\"deny\"/></rctl>",
     " -c 4 "},
    {ATTR("bootrom", "BHYVE_RELEASE-2.70"), "/BHYVE_RELEASE.fd,/etc/uefivars "},
    {ATTR("bootrom", "BHYVE_DEBUG_CSM-2.40"), "/BHYVE_DEBUG_CSM.fd "},
    {ATTR("bootrom", "BHYVE_DEBUG.fd") ATTR("uefivars", "no"), "/BHYVE_DEBUG.fd "},
    {ATTR("bootrom", "BHYVE_CSM"), "/BHYVE_CSM.fd -s"},
    {ATTR("bootrom", "bios"), " bootrom,/usr/share/bhyve/uefi-csm-rom.bin "},
    {"<lpc bootrom=\"/usr/share/bhyve/uefi-csi-rom.bin\"/>", " bootrom,/usr/share/bhyve/uefi-csi-rom.bin "},
    {ATTR("bootrom", "BHYVE") "<lpc bootrom=\"BHYVE.fd\"/>", "/BHYVE.fd,/etc/uefivars "},
    {ATTR("bootrom", "/usr/share/bhyve/uefi-csi-rom.bin"), " bootrom,/usr/share/bhyve/uefi-csi-rom.bin -s"},
    {ATTR("bootrom", "uefi-csi-rom.bin"), " bootrom,/usr/share/bhyve/firmware/uefi-csi-rom.bin -s"},
    {ATTR("ram", "2gb"), " -m 2gb "},
    {ATTR("vm-version", "1") ATTR("bhyve-extra-opts", "-w"),
     " -s 30:0,fbuf,vga=off,unix=/tmp/vm.vnc -s 30:1,xhci,tablet -w "},
    {ATTR("vnc-port", "5901"), " -s 1,lpc -l com1,/dev/zconsole "},
    {ATTR("vm-version", "1"), " -s 30:0,fbuf,vga=off,unix=/tmp/vm.vnc -s 30:1,xhci,tablet "},
    {ATTR("vm-version", "1") ATTR("vnc-port", "5907"),
     " -s 30:0,fbuf,vga=off,tcp=127.0.0.1:5907 -s 30:1,xhci,tablet "},
    {ATTR("vm-version", "1") ATTR("vnc-port", "-1") ATTR("bhyve-extra-opts", "-w"),
     " -s 1,lpc -l com1,/dev/zconsole -w "},
    {ATTR("hostbridge", "intel"), " 0,hostbridge,model=netapp "},
    {ATTR("hostbridge", "vendor=1,device=2"), " 0,hostbridge,vendor=1,device=2 "},
    {ATTR("hostbridge", "q35"), " 0,hostbridge,model=q35 "},
    {ATTR("com2", "/dev/a") ATTR("com3", "socket,/b") ATTR("com4", "socket,/c,wait"),
     " -l com2,/dev/a -l com3,socket,/b -l com4,socket,/c -l com1,/dev/zconsole "},
    {ATTR("bootdisk", "/img/x.raw,serial=A,nocache") ATTR("diskif", "ahci"),
     " 4:0,ahci-hd,/img/x.raw,serial=A,nocache "},
    {ATTR("disk0", "a/b") ATTR("diskif0", " virtio "), " 5:0,virtio-blk,/dev/zvol/rdsk/a/b "},
    {ATTR("disk15", "a/b"), " 8:7,virtio-blk,/dev/zvol/rdsk/a/b "},
    {ATTR("disk", "a/1") ATTR("disk0", "a/0") ATTR("disk", "a/2"),
     " 5:0,virtio-blk,/dev/zvol/rdsk/a/0 -s 5:1,virtio-blk,/dev/zvol/rdsk/a/1 -s "
     "5:2,virtio-blk,/dev/zvol/rdsk/a/2 "},
    {"<network physical=\"v\"><net-attr name=\"netif\" value=\"virtio\"/></network>",
     " 6:0,virtio-net-viona,v "},
    {"<network physical=\"v\"><net-attr name=\"feature_mask\" value=\"0x1\"/></network>",
     " 6:0,virtio-net-viona,v,feature_mask=0x1 "},
    {"<network physical=\"v\" model=\"virtio-viona\"><net-attr name=\"note\" value=\"x\"/></network>",
     " 6:0,virtio-net-viona,v "},
    {"<network physical=\"v\"><net-attr name=\"owner\" value=\"team a, floor 2\"/>"
     "<net-attr name=\"backend\" value=\"dlpi\"/><net-attr name=\"mtu\" value=\"9000\"/></network>",
     " 6:0,virtio-net-viona,v,backend=dlpi,mtu=9000 "},
    {"<network physical=\"v\" model=\"virtio\"><net-attr name=\"backend\" value=\"dlpi\"/></network>",
     " 6:0,virtio-net-viona,v "},
    {ATTR("bootorder", "ncd") ATTR("bootdisk", "a/b") ATTR("disk", "a/c")
         ATTR("cdrom", "/c.iso") "<network physical=\"v\"/>",
     " -s 3:0,ahci-cd,/c.iso,ro,bootindex=3 -s 4:0,virtio-blk,/dev/zvol/rdsk/a/b,bootindex=1 "
     "-s 5:0,virtio-blk,/dev/zvol/rdsk/a/c,bootindex=2 -s 6:0,virtio-net-viona,v,bootindex=0 "},
    {ATTR("bootorder", "c") ATTR("bootdisk", "a/b") ATTR("cdrom", "/c.iso"),
     " -s 3:0,ahci-cd,/c.iso,ro -s 4:0,virtio-blk,/dev/zvol/rdsk/a/b,bootindex=0 "},
    {ATTR("bootorder", "cd") ATTR("bootdisk", "a/b") ATTR("cdrom", "/c.iso"),
     " -s 3:0,ahci-cd,/c.iso,ro -s 4:0,virtio-blk,/dev/zvol/rdsk/a/b "},
    {ATTR("bootorder", "cdn") ATTR("bootrom", "BHYVE") ATTR("bootdisk", "a/b"),
     " -s 4:0,virtio-blk,/dev/zvol/rdsk/a/b "},
    {"<network physical=\"nat0\"/>", " 6:0,virtio-net-viona,nat0 "},
    {ATTR("ppt3", "on") ATTR("ppt7", "slot0"), " -S -s 9:0,passthru,/dev/ppt7 -s 9:1,passthru,/dev/ppt3 "},
    {ATTR("ppt3", "slot7"), " 9:7,passthru,/dev/ppt3 "},
    {ATTR("virtfs", "www,/data/www"), " 11:0,virtio-9p,www=/data/www "},
    {ATTR("rng", "1"), " 10:0,virtio-rnd "},
    {ATTR("extra", "-o 'a=b c' x\\ y &quot;q\\&quot;&quot; ''"), " -o a=b c x y q\"  t "},
    {"<device match=\"/dev/zvol/rdsk/a/b\" emulation=\"virtio-scsi\" boot=\"true\"/>",
     " 4:0,virtio-scsi,target=/dev/zvol/rdsk/a/b "},
    {"<disk path=\"a/b\" model=\"virtio-scsi\"/>", " 5:0,virtio-scsi,target=/dev/zvol/rdsk/a/b "},
    {"<device match=\"0000:02:1f.3\" emulation=\"passthru\"/>", " -S -s 9:0,passthru,2/31/3 "},
    {"<disk path=\"a/b\" pci-slot=\"7\"/>", " 7:0,virtio-blk,/dev/zvol/rdsk/a/b "},
    {"<disk path=\"a/b\" pci-slot=\"7:3\"/>", " 7:3,virtio-blk,/dev/zvol/rdsk/a/b "},
    {"<disk path=\"a/b\" pci-slot=\"3:7:1\"/>", " 3:7:1,virtio-blk,/dev/zvol/rdsk/a/b "},
    {"<disk path=\"a/b\" pci-slot=\"5\"/><disk path=\"a/c\"/>", " 5:1,virtio-blk,/dev/zvol/rdsk/a/c "},
    {ATTR("disk0", "a/b") "<disk path=\"a/c\"/>", " 5:1,virtio-blk,/dev/zvol/rdsk/a/c "},
    {ATTR("bootdisk", "a/b") "<disk path=\"a/b\" boot=\"true\"/>", " 4:0,virtio-blk,/dev/zvol/rdsk/a/b "},
    {"<device match=\"/dev/urandom\" emulation=\"virtio-rnd\"/>", " 10:0,virtio-rnd "},
    {"<device match=\"/dev/tty7\" emulation=\"uart\"/>", " 13:0,uart,/dev/tty7 "},
};

static void each_form_gives_its_words(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
                _cleanup_free_ char *args = args_of(values[i].body);

                if (!strstr(args, values[i].has))
                        fail_msg("no \"%s\" in \"%s\"", values[i].has, args);
        }
}

static const struct {
        const char *vnc, *fbuf;
} screens[] = {
    {"on", "unix=/tmp/vm.vnc"},
    {"true", "unix=/tmp/vm.vnc"},
    {"yes", "unix=/tmp/vm.vnc"},
    {"1", "unix=/tmp/vm.vnc"},
    {"wait", "unix=/tmp/vm.vnc,wait"},
    {"unix=/tmp/z.vnc,wait", "unix=/tmp/z.vnc,wait"},
    {"on,w=1280,h=720,password=a=b", "unix=/tmp/vm.vnc,w=1280,h=720"},
    {"w=800,h=600", "unix=/tmp/vm.vnc,w=800,h=600"},
    {"password=abc", "unix=/tmp/vm.vnc"},
    {"w=800,unix=/tmp/z.vnc", "w=800,unix=/tmp/z.vnc"},
    {"tcp=0.0.0.0:5900", "tcp=0.0.0.0:5900"},
    {"tcp=127.0.0.1:5900,wait", "wait,tcp=127.0.0.1:5900"},
};

static void each_form_of_vnc_gives_its_screen(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(screens); i++) {
                char body[256], want[256];
                _cleanup_free_ char *args = NULL;

                snprintf(body, sizeof(body), ATTR("vnc", "%s"), screens[i].vnc);
                snprintf(want, sizeof(want), " -s 30:0,fbuf,vga=off,%s -s 30:1,xhci,tablet ",
                         screens[i].fbuf);
                args = args_of(body);
                if (!strstr(args, want))
                        fail_msg("no \"%s\" in \"%s\"", want, args);
        }
}

static void a_leading_off_means_that_there_is_no_screen(void **state)
{
        static const char *const off[] = {"off", "no", "false", "0", "off,w=800", "off,password=x"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(off); i++) {
                char body[128];
                _cleanup_free_ char *args = NULL;

                snprintf(body, sizeof(body), ATTR("vnc", "%s"), off[i]);
                args = args_of(body);
                assert_null(strstr(args, "fbuf"));
                assert_null(strstr(args, "tablet"));
        }
}

static void unknown_attributes_are_ignored(void **state)
{
        _cleanup_free_ char *plain = args_of(""), *more = NULL;

        (void)state;
        more = args_of(ATTR("alias", "d2Vi") ATTR("owner", "5901") ATTR("quota", "10") ATTR("diskx", "y")
                           ATTR("Ram", "5G") ATTR("acpi", "off") ATTR("xhci", "nonsense"));
        assert_string_equal(plain, more);
}

static void devices_without_emulation_are_not_seen_by_the_guest(void **state)
{
        _cleanup_free_ char *plain = args_of(""), *more = NULL;

        (void)state;
        more = args_of("<device match=\"/dev/zvol/rdsk/a/*\"/><device match=\"/dev/x\" emulation=\"none\"/>");
        assert_string_equal(plain, more);
}

static void a_password_keeps_its_equals_signs(void **state)
{
        struct problems problems = {0};
        struct machine *m = machine_of(ATTR("vnc", "on,password=a=b=c"), &problems);

        (void)state;
        assert_string_equal(m->vnc_password, "a=b=c");
        machine_free(m);
}

static void the_given_uuid_is_used_and_a_random_one_made_without(void **state)
{
        struct config *cfg = config_of("");
        struct machine *a = NULL, *b = NULL;

        (void)state;
        assert_int_equal(machine_from_config(&no_root, cfg, "", &a, NULL, NULL), 0);
        assert_int_equal(machine_from_config(&no_root, cfg, NULL, &b, NULL, NULL), 0);
        assert_true(uuid_valid(a->uuid));
        assert_string_not_equal(a->uuid, b->uuid);
        config_free(cfg);
        machine_free(a);
        machine_free(b);
}

/* A configuration of many devices that is different for every seed. */
static char *random_body(unsigned seed)
{
        struct strbuf body = {0};

        srand(seed);
        for (int i = 0; i < 12; i++) {
                int place = rand() % 3;
                char slot[32] = "";

                if (place == 0)
                        snprintf(slot, sizeof(slot), " pci-slot=\"%d:%d\"", 13 + rand() % 8, rand() % 8);
                switch (rand() % 4) {
                case 0:
                        strbuf_printf(&body, "<disk path=\"p/%d\"%s/>", i, slot);
                        break;
                case 1:
                        strbuf_printf(&body, "<network physical=\"v%d\"%s/>", i, slot);
                        break;
                case 2:
                        strbuf_printf(&body, "<device match=\"/dev/t%d\" emulation=\"uart\"%s/>", i, slot);
                        break;
                default:
                        strbuf_printf(&body, ATTR("disk%d", "q/%d"), i, i);
                }
        }
        return strbuf_take(&body);
}

static void no_two_devices_share_a_place_and_every_boot_gives_the_same(void **state)
{
        size_t clean = 0;

        (void)state;
        for (unsigned seed = 0; seed < 500; seed++) {
                _cleanup_free_ char *body = random_body(seed);
                struct problems p1 = {0}, p2 = {0};
                struct machine *m = machine_of(body, &p1), *again = machine_of(body, &p2);

                assert_int_equal(p1.n, p2.n);
                assert_int_equal(m->n_device, again->n_device);
                for (size_t i = 0; i < m->n_device; i++) {
                        assert_memory_equal(&m->device[i].addr, &again->device[i].addr,
                                            sizeof(struct pci_addr));
                        assert_string_equal(m->device[i].where, again->device[i].where);
                        for (size_t k = 0; p1.n == 0 && k < i; k++)
                                assert_memory_not_equal(&m->device[i].addr, &m->device[k].addr,
                                                        sizeof(struct pci_addr));
                }
                clean += p1.n == 0;
                problems_clear(&p1);
                problems_clear(&p2);
                machine_free(m);
                machine_free(again);
        }
        assert_true(clean > 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_form_gives_its_words),
            cmocka_unit_test(each_form_of_vnc_gives_its_screen),
            cmocka_unit_test(a_leading_off_means_that_there_is_no_screen),
            cmocka_unit_test(unknown_attributes_are_ignored),
            cmocka_unit_test(devices_without_emulation_are_not_seen_by_the_guest),
            cmocka_unit_test(a_password_keeps_its_equals_signs),
            cmocka_unit_test(the_given_uuid_is_used_and_a_random_one_made_without),
            cmocka_unit_test(no_two_devices_share_a_place_and_every_boot_gives_the_same),
        };

        return cmocka_run_group_tests_name("machine values", tests, NULL, NULL);
}

/* Attributes of the kvm brand: what each becomes, and what is refused. */
#define BRAND "kvm"
#include "helper.h"

static void has(const char *body, const char *words)
{
        _cleanup_free_ char *args = args_of(body);

        if (!strstr(args, words))
                fail_msg("%s\nis not in\n%s", words, args);
}

static void has_not(const char *body, const char *words)
{
        _cleanup_free_ char *args = args_of(body);

        if (strstr(args, words))
                fail_msg("%s\nis in\n%s", words, args);
}

/* The only finding, at verify or when the arguments are checked. */
static void refused(const char *body, const char *text)
{
        struct problems problems = {0};
        struct machine *m = machine_of(body, &problems);
        struct error err = {0};

        if (problems.n == 0)
                assert_int_equal(machine_check_arguments(m, &err), -EINVAL);
        else
                assert_int_equal(problems.n, 1);
        if (!strstr(problems.n ? problems.text[0] : err.text, text))
                fail_msg("%s\nwas expected, not\n%s", text, problems.n ? problems.text[0] : err.text);
        problems_clear(&problems);
        machine_free(m);
}

static void taken(const char *body)
{
        struct machine *m = machine_of(body, NULL);
        struct error err = {0};

        if (machine_check_arguments(m, &err) < 0)
                fail_msg("%s: %s", body, err.text);
        machine_free(m);
}

/* What verify tells of a machine that it does not refuse; NULL: nothing. */
static void told(const char *body, const char *text)
{
        struct problems notices = {0};
        struct machine *m = machine_of(body, NULL);
        struct error err = {0};

        if (machine_check_engine(m, &notices, &err) < 0)
                fail_msg("%s: %s", body, err.text);
        assert_int_equal(notices.n, text ? 1 : 0);
        if (text)
                assert_string_equal(notices.text[0], text);
        problems_clear(&notices);
        machine_free(m);
}

static void a_cpu_model_that_the_engine_may_not_know_is_told(void **state)
{
        (void)state;
        told(ATTR("cpu", "frog"),
             "cpu: frog is no CPU model of QEMU 7.2; an engine that does not know it does not start");
        told(ATTR("cpu", "Haswel,+vmx"), "cpu: Haswel is no CPU model of QEMU 7.2; did you mean Haswell; an "
                                         "engine that does not know it does not start");
        told(ATTR("cpu", "qemu64-v"), "cpu: qemu64-v is no CPU model of QEMU 7.2; did you mean qemu64; an "
                                      "engine that does not know it does not start");
        told("", NULL);
        told(ATTR("cpu", "Haswell-noTSX-IBRS,+vmx,-svm"), NULL);
        told(ATTR("cpu", "EPYC-Rome-v2"), NULL);
        told(ATTR("cpu", "486"), NULL);
        told(ATTR("cpu", "core2duo-x86_64-cpu,+nx"), NULL);
        told(ATTR("cpu", "max"), NULL);
}

static void no_attribute_gives_omnios_defaults(void **state)
{
        (void)state;
        has("", " -c 1 -m 1G -s 0,hostbridge,model=i440fx -s 1,lpc -l com1,/dev/zconsole -s "
                "2:0,fbuf,vga=on,vnc=off "
                "-o kvm.cpu=qemu64 -o kvm.rtc=base=utc,driftfix=slew t ");
}

static void one_index_runs_over_the_drives_and_names_them(void **state)
{
        (void)state;
        has(ATTR("cdrom", "/a.iso") ATTR("bootdisk", "p/a") ATTR("disk4", "p/b"), "p/a,serial=disk0,");
        has(ATTR("cdrom", "/a.iso") ATTR("bootdisk", "p/a") ATTR("disk4", "p/b"), "p/b,serial=disk1,");
        has(ATTR("diskif", "ide") ATTR("cdrom", "/a.iso") ATTR("bootdisk", "p/a"),
            "cd:/a.iso,serial=cdrom0,nocache,bootindex=1,hd:/dev/zvol/rdsk/p/a,serial=disk1,");
        has(ATTR("disk", "p/b,serial=mine"), "p/b,serial=mine,nocache");
}

static void disks_come_in_the_order_of_the_document_and_plain_ones_last(void **state)
{
        _cleanup_free_ char *args = args_of(ATTR("disk", "p/c") ATTR("disk5", "p/a") ATTR("disk2", "p/b"));

        (void)state;
        assert_true(strstr(args, "3:0,virtio-blk,/dev/zvol/rdsk/p/a,") &&
                    strstr(args, "4:0,virtio-blk,/dev/zvol/rdsk/p/b,"));
        assert_non_null(strstr(args, "5:0,virtio-blk,/dev/zvol/rdsk/p/c,serial=disk2"));
}

static void a_disk_is_a_volume_unless_it_is_below_dev_or_given(void **state)
{
        (void)state;
        has(ATTR("bootdisk", "p/a"), ",/dev/zvol/rdsk/p/a,");
        has(ATTR("bootdisk", "/p/a"), ",/dev/zvol/rdsk/p/a,");
        has(ATTR("bootdisk", "/dev/sda"), ",/dev/sda,");
        has(ATTR("bootdisk", "/i/a.img") "<device match=\"/i/a.img\"/>", ",/i/a.img,");
        has(ATTR("bootdisk", "/i/a.img") "<filesystem special=\"/x\" directory=\"/i\" type=\"lofs\"/>",
            ",/i/a.img,");
        has(ATTR("bootdisk", "/i/a.img") "<filesystem special=\"/x\" directory=\"/i/\" type=\"lofs\"/>",
            ",/i/a.img,");
        has(ATTR("bootdisk", "/i/a.img") "<device match=\"/i/*.img\"/>", ",/i/a.img,");
        has(ATTR("bootdisk", "/i/a.img") "<device match=\"/i/a\"/>", ",/dev/zvol/rdsk/i/a.img,");
}

static void drives_are_not_cached_unless_they_say_so(void **state)
{
        (void)state;
        has(ATTR("bootdisk", "p/a"), ",nocache");
        has_not(ATTR("bootdisk", "p/a,cache=writeback"), "nocache");
        has(ATTR("bootdisk", "p/a,cache=directsync"), ",nocache,sync");
        has(ATTR("bootdisk", "p/a,readonly=on"), ",ro,");
        has(ATTR("bootdisk", "p/a,format=raw,boot=on"), "p/a,serial=disk0,nocache,bootindex=0 ");
}

static void bootorder_numbers_what_it_names(void **state)
{
        static const char drives[] =
            ATTR("cdrom", "/a.iso") ATTR("bootdisk", "p/a") "<network physical=\"x\"/>";
        char body[512];

        (void)state;
        has(drives, "disk0,nocache,bootindex=0 ");
        has(drives, "cdrom0,nocache,bootindex=1 ");
        has_not(drives, "virtio-net-viona,x,bootindex");
        snprintf(body, sizeof(body), "%s" ATTR("bootorder", "nd"), drives);
        has(body, "virtio-net-viona,x,bootindex=0 ");
        has(body, "cdrom0,nocache,bootindex=1 ");
        has_not(body, "disk0,nocache,bootindex");
}

static void with_diskif_ahci_each_disk_is_on_a_sata_controller(void **state)
{
        static const char drives[] = ATTR("diskif", "ahci") ATTR("cdrom", "/a.iso") ATTR("bootdisk", "p/a")
            ATTR("disk", "p/b,serial=mine") "<network physical=\"x\"/>";

        (void)state;
        has(drives, " 1:1,ide,cd:/a.iso,serial=cdrom0,nocache,bootindex=2 ");
        has(drives, " 4:0,ahci-hd,/dev/zvol/rdsk/p/a,ser=disk0,nocache,bootindex=0 ");
        has(drives, " 5:0,ahci-hd,/dev/zvol/rdsk/p/b,ser=mine,nocache,bootindex=1 ");
        told(drives, NULL);
}

static void network_adapters_have_the_first_slots(void **state)
{
        (void)state;
        has("<network physical=\"x\"/><network physical=\"y\"/>" ATTR("bootdisk", "p/a"),
            " -s 4:0,virtio-net-viona,y ");
        has("<network physical=\"x\"/><network physical=\"y\"/>" ATTR("bootdisk", "p/a"),
            " -s 5:0,virtio-blk,");
        has("<network physical=\"x\"/>" ATTR("netif", "virtio-net-pci"), " -s 3:0,virtio-net-viona,x ");
        has("<network physical=\"x\"/>" ATTR("netif", "e1000"), " -s 3:0,e1000,x ");
}

static void vnc_takes_the_words_of_qemu(void **state)
{
        (void)state;
        has(ATTR("vnc", "yes"), ",unix=/tmp/vm.vnc ");
        has(ATTR("vnc", "unix:/tmp/x"), ",unix=/tmp/x ");
        has(ATTR("vnc", "unix=/tmp/vm.vnc"), ",unix=/tmp/vm.vnc ");
        has(ATTR("vnc", "none"), ",vnc=off ");
        has(ATTR("vnc", "127.0.0.1:3"), ",tcp=127.0.0.1:5903 ");
        has(ATTR("vnc", ":3"), ",tcp=0.0.0.0:5903 ");
        refused(ATTR("vnc", "unix:x"), "attr vnc unix:x: on, off, unix=PATH or [HOST]:DISPLAY is needed");
        refused(ATTR("vnc", "unix=x"), "attr vnc unix=x:");
        refused(ATTR("vnc", "maybe"), "attr vnc maybe:");
        refused(ATTR("vnc", "no.such.host:1"), "attr vnc no.such.host:1:");
        has(ATTR("vnc", "[::1]:1"), ",tcp=[::1]:5901 ");
        refused(ATTR("vnc", ":1,password"), "attr vnc :1,password:");
}

static void console_takes_the_words_of_qemu(void **state)
{
        (void)state;
        has(ATTR("console", "pipe,id=console0,path=/dev/zconsole"), " com1,/dev/zconsole ");
        has(ATTR("console", "socket,path=/tmp/c,server,nowait"), " com1,socket,/tmp/c ");
        has(ATTR("console", "serial,id=console0,path=/dev/term/a"), " com1,/dev/term/a ");
        has(ATTR("console", "socket,/tmp/vm.com1,wait"), " com1,socket,/tmp/vm.com1 ");
        has(ATTR("console", "socket,/tmp/vm.com1"), " com1,socket,/tmp/vm.com1 ");
        refused(ATTR("console", "socket,/tmp/c,nowait"), "attr console socket,/tmp/c,nowait:");
        refused(ATTR("console", "socket,path=/tmp/c"), "attr console socket,path=/tmp/c:");
        refused(ATTR("console", "file,path=/etc/shadow"), "attr console file,path=/etc/shadow:");
        refused(ATTR("console", "stdio"), "attr console stdio:");
}

static void what_is_wrong_is_said_with_its_rule(void **state)
{
        (void)state;
        refused(ATTR("bootorder", "cdx"), "attr bootorder cdx: [c][d][n], each once, is needed");
        refused(ATTR("bootorder", "cc"), "attr bootorder cc:");
        refused(ATTR("bootorder", ""), "attr bootorder (empty):");
        refused(ATTR("diskif", "scsi"), "attr diskif scsi: virtio, ide or ahci is needed");
        refused(ATTR("netif", "rtl8139"), "attr netif rtl8139:");
        refused(ATTR("cdrom6", "/a.iso"), "cdrom6 slot out of range (0-5)");
        refused(ATTR("disk11", "p/a"), "disk11 slot out of range (0-10)");
        refused(ATTR("disk1", "p/a") ATTR("disk1", "p/b"), "disk1 appears more than once in configuration");
        refused(ATTR("cdrom", "a.iso"), "attr cdrom0 a.iso: the absolute path of an image is needed");
        refused(ATTR("bootdisk", "p/a,snapshot=on"), "attr bootdisk: option snapshot=on:");
        refused(ATTR("bootdisk", "p/a") ATTR("disk", "/p/a"),
                "attr bootdisk and attr disk0 are the same disk");
        refused(ATTR("diskif", "ide") ATTR("bootdisk", "p/a,readonly=on"),
                "attr bootdisk: an IDE disk cannot be read-only");
        refused(ATTR("diskif", "ahci") ATTR("bootdisk", "p/a,readonly=on"),
                "attr bootdisk: a SATA disk cannot be read-only");
        refused(ATTR("cdrom1", "/1") ATTR("cdrom2", "/2") ATTR("cdrom3", "/3") ATTR("cdrom4", "/4")
                    ATTR("cdrom5", "/5"),
                "attr cdrom5: IDE has four places, for CD-ROMs");
        refused(ATTR("cpu", "qemu64 -monitor stdio"), "cpu: 'qemu64 -monitor stdio' is not a CPU model");
        refused(ATTR("rtc", "file=/etc/passwd"), "rtc: 'file=/etc/passwd':");
        refused(
            ATTR("rtc", "base=garbage"),
            "rtc: 'base=garbage': it is base=utc|localtime|DATE, clock=host|rt|vm and driftfix=none|slew");
        refused(ATTR("rtc", "base=2026-02-31T25:00:00"), "rtc: 'base=2026-02-31T25:00:00':");
        refused(ATTR("rtc", "base=utc,clock=zz,driftfix=none"), "rtc: 'base=utc,clock=zz,driftfix=none':");
        refused(ATTR("rtc", "driftfix=foo"), "rtc: 'driftfix=foo':");
        taken(ATTR("rtc", "base=2026-11-22T10:00:00,clock=vm"));
        taken(ATTR("rtc", "base=2026-11-22,driftfix=none"));
        refused(ATTR("vcpus", "none"), "attr vcpus none:");
        refused(ATTR("ram", "lots"), "attr ram lots:");
}

static void extra_takes_words_that_name_nothing_of_the_host(void **state)
{
        static const char *const words[] = {
            "-usb",
            "-usbdevice tablet",
            "-usb -device usb-tablet,bus=usb-bus.0",
            "-device qemu-xhci -device usb-kbd",
            "-boot reboot-timeout=-1,strict=off",
            "-global virtio-net-pci.mac=02:08:20:00:00:01",
            "-smbios type=1,uuid=11111111-2222-3333-4444-555555555555",
            "--device virtio-rng-pci",
            "-boot menu=on,splash-time=5000",
            "-global PIIX4_PM.disable_s3=1",
            "-smbios 'type=1,manufacturer=Old Company'",
            "-watchdog i6300esb -watchdog-action reset",
            "-k en-us",
            "-no-acpi -no-hpet",
        };
        char body[256];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                snprintf(body, sizeof(body), ATTR("extra", "%s"), words[i]);
                taken(body);
        }
        has(ATTR("extra1", "-k de") ATTR("extra", "-usb"),
            " kvm.extra.0=-usb -o kvm.extra.1=-k -o kvm.extra.2=de ");
}

static void extra_refuses_everything_else_by_name(void **state)
{
        static const char *const words[] = {
            "-monitor stdio",
            "-qmp tcp::4444",
            "-drive file=/etc/shadow",
            "-device e1000,romfile=/etc/shadow",
            "-device usb-tablet,",
            "-device vfio-pci,host=01:00.0",
            "-device isa-serial,chardev=x",
            "-global virtio-net-pci.romfile=x",
            "-global VGA.x=/etc/shadow",
            "-smbios file=/etc/shadow",
            "-smbios type=11,path=/etc/shadow",
            "-boot splash=/etc/shadow",
            "-sandbox off",
            "-daemonize",
            "-runas root",
            "-watchdog-action debug",
            "-k ../../../etc/shadow",
            "-k zz",
            "-boot menu=maybe",
            "-boot strict=1",
            "-boot splash-time=x",
            "-boot splash-time=100000",
            "-boot reboot-timeout=-2",
            "-smbios type=1,uuid=zz",
            "-global virtio-net-pci.mac=zz",
            "disk.img",
            "-device",
            "-usb '%(name)'",
        };
        char body[256];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                snprintf(body, sizeof(body), ATTR("extra", "%s"), words[i]);
                refused(body, "extra: ");
        }
        refused(ATTR("extra", "-boot order=dc,once=d"),
                "extra: -boot order=dc,once=d: menu=on|off, splash-time=, reboot-timeout= and strict=on|off "
                "can be said; the order is attr bootorder");
        refused(ATTR("extra", "-device usb-tablet"),
                "extra: -device usb-tablet: there is no USB bus without -usb");
        refused(ATTR("extra", "-usb 'open"), "attr extra0: a quote is not closed");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_cpu_model_that_the_engine_may_not_know_is_told),
            cmocka_unit_test(no_attribute_gives_omnios_defaults),
            cmocka_unit_test(one_index_runs_over_the_drives_and_names_them),
            cmocka_unit_test(disks_come_in_the_order_of_the_document_and_plain_ones_last),
            cmocka_unit_test(a_disk_is_a_volume_unless_it_is_below_dev_or_given),
            cmocka_unit_test(drives_are_not_cached_unless_they_say_so),
            cmocka_unit_test(bootorder_numbers_what_it_names),
            cmocka_unit_test(with_diskif_ahci_each_disk_is_on_a_sata_controller),
            cmocka_unit_test(network_adapters_have_the_first_slots),
            cmocka_unit_test(vnc_takes_the_words_of_qemu),
            cmocka_unit_test(console_takes_the_words_of_qemu),
            cmocka_unit_test(what_is_wrong_is_said_with_its_rule),
            cmocka_unit_test(extra_takes_words_that_name_nothing_of_the_host),
            cmocka_unit_test(extra_refuses_everything_else_by_name),
        };

        return cmocka_run_group_tests_name("machine kvm", tests, NULL, NULL);
}

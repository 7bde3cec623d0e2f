/* Media of one boot: before the disks, behind the disks, and nothing else of the machine moves. */
#include "helper.h"

#define DISK(path, slot) "<device match=\"" path "\" emulation=\"virtio-blk\" pci-slot=\"" slot "\"/>"

/* The arguments with both media attached, or the first error. */
static char *with_media(const char *body)
{
        struct machine *m = machine_of(body, NULL);
        struct strv args = {0};
        struct strbuf text = {0};
        struct error err = {0};

        if (machine_attach_boot_media(m, &err) < 0 || machine_attach_config_disk(m, &err) < 0)
                strbuf_puts(&text, err.text);
        else
                assert_int_equal(machine_to_bhyve(m, &args, NULL), 0);
        for (size_t i = 0; i < args.n; i++)
                strbuf_printf(&text, " %s", args.v[i]);
        strv_free(&args);
        machine_free(m);
        return strbuf_take(&text);
}

static void has(const char *body, const char *want)
{
        _cleanup_free_ char *args = with_media(body);

        if (!strstr(args, want))
                fail_msg("%s is not in %s", want, args);
}

static void test_places(void **state)
{
        (void)state;
        has(ATTR("bootdisk", "a/b") ATTR("cdrom", "/x.iso"),
            " -s 2:0,ahci-cd,/dev/boot-media,ro,bootindex=0 -s 28:0,virtio-blk,/dev/config-disk,ro "
            "-s 3:0,ahci-cd,/x.iso,ro -s 4:0,virtio-blk,/dev/zvol/rdsk/a/b");
        has("", " -s 2:0,ahci-cd,/dev/boot-media,ro,bootindex=0 -s 28:0,virtio-blk,/dev/config-disk,ro ");
}

static void test_taken_places(void **state)
{
        (void)state;
        has(DISK("/a", "2"), " -s 28:0,ahci-cd,/dev/boot-media,ro,bootindex=0 -s 27:0,virtio-blk,");
        has(DISK("/a", "28:3"), " -s 2:0,ahci-cd,/dev/boot-media,ro,bootindex=0 -s 27:0,virtio-blk,");
        /* Another bus is another place. */
        has(DISK("/a", "1:2:0"), " -s 2:0,ahci-cd,/dev/boot-media,");
}

/* What only extra puts somewhere is there as well, whichever function it takes. */
static void test_places_that_extra_takes(void **state)
{
        (void)state;
        has(ATTR("extra", "-s 2,virtio-rnd"),
            " -s 28:0,ahci-cd,/dev/boot-media,ro,bootindex=0 -s 27:0,virtio-blk,");
        has(ATTR("extra", "-s 0:28:3,virtio-rnd"),
            " -s 2:0,ahci-cd,/dev/boot-media,ro,bootindex=0 -s 27:0,virtio-blk,");
        has(ATTR("extra0", "-o pci.0.2.0.device=virtio-rnd") ATTR("extra1", "-s 1:28:0,virtio-rnd"),
            " -s 28:0,ahci-cd,/dev/boot-media,ro,bootindex=0 -s 27:0,virtio-blk,");
        /* Arguments that nobody understands are refused elsewhere. */
        has(ATTR("extra", "-s nonsense"), " -s 2:0,ahci-cd,/dev/boot-media,");
}

static void test_no_place(void **state)
{
        struct strbuf body = {0};

        (void)state;
        for (unsigned slot = 13; slot <= 28; slot++)
                strbuf_printf(&body, DISK("/a%u", "%u"), slot, slot);
        has(body.data, "boot -c: no more available slots");
        strbuf_puts(&body, DISK("/b", "2"));
        has(body.data, "boot -i: no more available slots");
        strbuf_free(&body);
}

/* Firmware that is told the order: everything else comes one later.  UEFI has its variables. */
static void test_order(void **state)
{
        (void)state;
        has(ATTR("bootdisk", "a/b,bootindex=0") ATTR("disk", "a/c,bootindex=9999"),
            " -s 4:0,virtio-blk,/dev/zvol/rdsk/a/b,bootindex=1 "
            "-s 5:0,virtio-blk,/dev/zvol/rdsk/a/c,bootindex=9999 ");
        has(ATTR("bootrom", "BHYVE") ATTR("bootdisk", "a/b,bootindex=3"),
            " -s 2:0,ahci-cd,/dev/boot-media,ro -s 28:0,virtio-blk,/dev/config-disk,ro "
            "-s 4:0,virtio-blk,/dev/zvol/rdsk/a/b,bootindex=3 ");
}

/* They are no cdrom0 and no disk0: the names of the configuration mean what they meant. */
static void test_names(void **state)
{
        struct machine *m = machine_of("<device match=\"/x.iso\" emulation=\"ahci-cd\"/>", NULL);
        const struct machine_device *d;

        (void)state;
        assert_null(machine_boot_media(m));
        assert_int_equal(machine_attach_config_disk(m, NULL), 0);
        assert_null(machine_boot_media(m));
        assert_int_equal(machine_attach_boot_media(m, NULL), 0);
        assert_string_equal(machine_boot_media(m)->backend, MACHINE_BOOT_MEDIA);
        d = machine_boot_device(m, "cdrom0");
        assert_non_null(d);
        assert_string_equal(d->backend, "/x.iso");
        assert_null(machine_boot_device(m, "disk0"));
        machine_free(m);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_places),
            cmocka_unit_test(test_taken_places),
            cmocka_unit_test(test_places_that_extra_takes),
            cmocka_unit_test(test_no_place),
            cmocka_unit_test(test_order),
            cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}

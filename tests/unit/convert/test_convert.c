/*
 * Conversion between versions: the machine stays the same, what cannot be said stays or is refused, and the
 * way back leads to where it began.  The configurations are those that the machine is tested with, those of
 * zonecfg's own tests, and one in the style of OmniOS in which everything is given to the zone.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/size.h"
#include "base/strv.h"
#include "config/edit.h"
#include "config/version.h"
#include "convert/convert.h"
#include "machine/machine.h"

#define UUID "11111111-2222-3333-4444-555555555555"

static const struct root no_root = {""};

static struct config *file(const char *name)
{
        struct config *cfg = NULL;
        struct error err = {0};
        char path[512];

        snprintf(path, sizeof(path), "%s/%s.xml", DATA_DIR, name);
        if (config_load_file(path, &cfg, &err) < 0)
                fail_msg("%s", err.text);
        return cfg;
}

static struct config *brand_zone(const char *brand, const char *body)
{
        struct config *cfg = NULL;
        struct error err = {0};
        char *xml = NULL;

        if (asprintf(&xml,
                     "<zone name=\"t\" zonepath=\"/zones/t\" autoboot=\"false\" brand=\"%s\" "
                     "ip-type=\"exclusive\">%s</zone>",
                     brand, body) < 0)
                fail();
        if (config_parse_xml(xml, strlen(xml), "test", &cfg, &err) < 0)
                fail_msg("%s: %s", err.text, body);
        free(xml);
        return cfg;
}

static struct config *zone(const char *body)
{
        return brand_zone("bhyve", body);
}

#define ATTR(n, v) "<attr name=\"" n "\" type=\"string\" value=\"" v "\"/>"

static char *arguments(const struct config *cfg)
{
        _cleanup_machine_ struct machine *m = NULL;
        struct strv args = {0};
        struct strbuf text = {0};
        struct error err = {0};

        if (machine_from_config(&no_root, cfg, UUID, &m, NULL, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(machine_to_zhyve(m, &args, NULL), 0);
        for (size_t i = 0; i < args.n; i++) {
                uint64_t bytes;

                /* A size with its unit and the same size without are the same memory. */
                if (i > 0 && strcmp(args.v[i - 1], "-m") == 0 && size_parse_ram(args.v[i], &bytes) == 0)
                        strbuf_printf(&text, "%llu\n", (unsigned long long)bytes);
                else
                        strbuf_printf(&text, "%s\n", args.v[i]);
        }
        strv_free(&args);
        return strbuf_take(&text);
}

static struct config *converted(const struct config *cfg, int version)
{
        struct config *to = NULL;
        struct error err = {0};

        if (config_convert(&no_root, cfg, UUID, version, &to, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(config_version(to, NULL), version);
        return to;
}

static void same_machine(const struct config *a, const struct config *b)
{
        _cleanup_free_ char *x = arguments(a), *y = arguments(b);

        assert_string_equal(x, y);
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The resources of a configuration as info prints them, in an order of their own. */
static char *sorted(const struct config *cfg)
{
        char *block[64];
        struct strbuf text = {0};
        size_t n = cfg->n_res;

        assert_in_range(n, 1, 64);
        for (size_t i = 0; i < n; i++)
                block[i] = resource_info(cfg->res[i]);
        qsort(block, n, sizeof(block[0]), by_text);
        for (size_t i = 0; i < n; i++) {
                strbuf_puts(&text, block[i]);
                free(block[i]);
        }
        return strbuf_take(&text);
}

/* Up and down as often as one likes: the same machine, and the second time leads where the first one did. */
static void stays_the_same(const char *name)
{
        _cleanup_config_ struct config *cfg = file(name), *up = converted(cfg, 2), *again = converted(up, 2);
        _cleanup_config_ struct config *down = NULL, *back = NULL;
        struct error err = {0};

        same_machine(cfg, up);
        assert_true(config_equal(up, again));
        if (config_convert(&no_root, up, UUID, 1, &down, &err) < 0) {
                assert_non_null(strstr(err.text, "version 1 has no words for: "));
                return;
        }
        assert_int_equal(config_version(down, NULL), 1);
        same_machine(cfg, down);
        back = converted(down, 2);
        same_machine(cfg, back);
}

#define GOLDEN(test, name)                                                                                   \
        static void test(void **state)                                                                       \
        {                                                                                                    \
                (void)state;                                                                                 \
                stays_the_same(name);                                                                        \
        }
GOLDEN(defaults_stay, "../../machine/data/defaults")
GOLDEN(omnios_all_stays, "../../machine/data/omnios-all")
GOLDEN(omnios_csm_stays, "../../machine/data/omnios-csm")
GOLDEN(omnios_page_stays, "../../machine/data/omnios-page")
GOLDEN(openbsd_stays, "../../machine/data/openbsd")
GOLDEN(windows_stays, "../../machine/data/windows")
GOLDEN(smartos_stays, "../../machine/data/smartos")
GOLDEN(rfd121_stays, "../../machine/data/rfd121")
GOLDEN(kvm_stays, "../../machine/data/kvm")
GOLDEN(kvm_ide_stays, "../../machine/data/kvm-ide")
GOLDEN(command_omnios_stays, "../../../command/zonecfg/golden/omnios-debian")
GOLDEN(command_rfd121_stays, "../../../command/zonecfg/golden/rfd121")
GOLDEN(command_everything_stays, "../../../command/zonecfg/golden/everything")
GOLDEN(omnios_stays, "omnios")

static void there_and_back(const char *name)
{
        _cleanup_config_ struct config *cfg = file(name), *up = converted(cfg, 2), *down = converted(up, 1);
        _cleanup_free_ char *before = sorted(cfg), *after = sorted(down), *between = sorted(up);

        assert_string_equal(before, after);
        assert_string_not_equal(before, between);
}

static void omnios_there_and_back_is_as_it_was(void **state)
{
        (void)state;
        there_and_back("omnios");
        there_and_back("../../../command/zonecfg/golden/omnios-debian");
}

static void an_omnios_zone_becomes_resources(void **state)
{
        _cleanup_config_ struct config *cfg = file("omnios"), *up = converted(cfg, 2);
        const struct resource *res = NULL;
        struct strbuf left = {0};

        (void)state;
        while ((res = config_next(up, "attr", res)))
                strbuf_printf(&left, "%s ", resource_get(res, "name"));
        assert_string_equal(left.data, "acpi note vnc ");
        strbuf_free(&left);
        assert_string_equal(resource_get(config_first(up, "capped-memory"), "guest"), "8G");
        assert_string_equal(resource_get(config_first(up, "lpc"), "com1"), "socket,/tmp/vm.com1,wait");
        assert_string_equal(resource_get(config_first(up, "lpc"), "bootrom"), "BHYVE_RELEASE");
        assert_string_equal(config_global(up, "uuid"), "9a8b7c6d-0000-4000-8000-00000000beef");
        res = config_first(up, "device");
        assert_string_equal(resource_get(res, "emulation"), "nvme");
        assert_string_equal(resource_get(res, "boot"), "true");
        assert_string_equal(resource_get(res, "pci-slot"), "4:0");
        assert_string_equal(resource_named(res, "option", "nocache"), "");
        res = config_first(up, "disk");
        assert_string_equal(resource_get(res, "media"), "cd");
        assert_string_equal(resource_get(res, "pci-slot"), "3:0");
        res = config_first(up, "net");
        assert_string_equal(resource_get(res, "virtual"), "web0");
        assert_string_equal(resource_get(res, "physical"), "nat0");
        assert_string_equal(resource_get(res, "model"), "e1000");
        assert_null(resource_get(res, "global-nic"));
}

/* Does the attribute stay when the zone is upgraded? */
static void attribute_stays(const char *body, const char *attr)
{
        _cleanup_config_ struct config *cfg = zone(body), *up = converted(cfg, 2);

        same_machine(cfg, up);
        if (!streq_null(config_attr(cfg, attr), config_attr(up, attr)))
                fail_msg("%s went: %s", attr, body);
}

static void what_resources_cannot_say_stays_an_attribute(void **state)
{
        (void)state;
        attribute_stays(ATTR("vcpus", "2"), "vcpus");
        attribute_stays(ATTR("vcpus", "sockets=1,cores=2") "<pset ncpu_min=\"2\" ncpu_max=\"2\"/>", "vcpus");
        attribute_stays(ATTR("uefivars", "off") ATTR("xhci", "off"), "uefivars");
}

/* A number alone means MiB in the attribute, bytes in the resource. */
static void a_size_without_a_unit_gets_one(void **state)
{
        static const struct {
                const char *body, *guest;
        } cases[] = {
            {ATTR("ram", "2048"), "2048M"},
            {ATTR("ram", " 512 "), "512M"},
            {ATTR("ram", "2147483648"), "2048M"},
            {ATTR("ram", "2g"), "2g"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_config_ struct config *cfg = zone(cases[i].body), *up = converted(cfg, 2);

                same_machine(cfg, up);
                assert_null(config_attr(up, "ram"));
                assert_string_equal(resource_get(config_first(up, "capped-memory"), "guest"), cases[i].guest);
        }
}

static void what_the_zone_was_not_given_is_not_given_to_it(void **state)
{
        (void)state;
        attribute_stays(ATTR("bootdisk", "tank/a"), "bootdisk");
        attribute_stays(ATTR("disk0", "/images/a.raw"), "disk0");
        attribute_stays(ATTR("disk0", "tank/a") "<device match=\"/dev/zvol/rdsk/tank/*\"/>", "disk0");
        attribute_stays(ATTR("ppt0", "on"), "ppt0");
        attribute_stays(ATTR("cdrom", "/a.iso"), "cdrom");
}

static void a_number_that_bootorder_names_keeps_its_meaning(void **state)
{
        static const char body[] =
            ATTR("disk3", "tank/a") ATTR("bootorder", "disk3,cd") "<device match=\"/dev/zvol/rdsk/tank/a\"/>";
        _cleanup_config_ struct config *cfg =
            zone(ATTR("disk3", "tank/a") "<device match=\"/dev/zvol/rdsk/tank/a\"/>");
        _cleanup_config_ struct config *up = converted(cfg, 2);

        (void)state;
        attribute_stays(body, "disk3");
        assert_null(config_attr(up, "disk3"));
}

/* Downgrading body is refused, and this is what would be lost. */
static void refused(const char *body, const char *lost)
{
        _cleanup_config_ struct config *cfg = zone(body), *down = NULL;
        struct error err = {0};
        char text[512];

        snprintf(text, sizeof(text), "version 1 has no words for: %s", lost);
        assert_int_equal(config_convert(&no_root, cfg, UUID, 1, &down, &err), -EINVAL);
        assert_string_equal(err.text, text);
}

static void what_attributes_cannot_say_is_refused_by_name(void **state)
{
        (void)state;
        refused("<smbios type=\"1\"><field name=\"product\" value=\"x\"/></smbios>", "smbios 1: field");
        refused("<device match=\"/dev/x\" emulation=\"virtio-blk\" pci-slot=\"7:0\"/>",
                "device /dev/x: emulation, pci-slot");
        refused("<device match=\"2:0:0\" emulation=\"passthru\"/>", "device 2:0:0: emulation");
        refused("<network physical=\"nat0\"><linkprop name=\"mtu\" value=\"9000\"/></network>"
                "<disk path=\"tank/a\" pci-slot=\"20:0\"/>",
                "net nat0: linkprop; disk tank/a: pci-slot");
}

static void a_disk_resource_becomes_an_attribute_and_a_device(void **state)
{
        _cleanup_config_ struct config *cfg = zone("<disk path=\"tank/a\" boot=\"true\" model=\"ahci-hd\"/>"
                                                   "<disk path=\"/b.raw\" model=\"nvme\"/>");
        _cleanup_config_ struct config *down = converted(cfg, 1);

        (void)state;
        same_machine(cfg, down);
        assert_string_equal(config_attr(down, "bootdisk"), "tank/a");
        assert_string_equal(config_attr(down, "bootdiskif"), "ahci-hd");
        assert_string_equal(config_attr(down, "disk0"), "/b.raw");
        assert_string_equal(config_attr(down, "diskif"), "nvme");
        assert_null(config_first(down, "disk"));
        assert_string_equal(resource_get(config_first(down, "device"), "match"), "/dev/zvol/rdsk/tank/a");
}

static void illumos_gets_the_number_of_cpus_that_a_resource_implies(void **state)
{
        _cleanup_config_ struct config *cfg = zone("<pset ncpu_min=\"3\" ncpu_max=\"3\"/>");
        _cleanup_config_ struct config *down = converted(cfg, 1);

        (void)state;
        assert_string_equal(config_attr(down, "vcpus"), "3");
        assert_non_null(config_first(down, "dedicated-cpu"));
}

/* Disks of these names were upgraded; after a change that is none of the machine, the way back finds
 * attributes for all of them. */
static void kvm_there_and_back(const char *body, const char *const *disks)
{
        _cleanup_config_ struct config *cfg = brand_zone("kvm", body), *up = converted(cfg, 2), *down = NULL;
        struct error err = {0};

        same_machine(cfg, up);
        for (; *disks; disks++)
                if (config_attr(up, *disks))
                        fail_msg("%s stays an attribute: %s", *disks, body);
        assert_int_equal(config_set_global(up, "autoboot", "true", NULL), 0);
        if (config_convert(&no_root, up, UUID, 1, &down, &err) < 0)
                fail_msg("%s: %s", err.text, body);
        same_machine(cfg, down);
}

static void a_kvm_zone_goes_there_and_back(void **state)
{
#define GIVEN(path) "<device match=\"/dev/zvol/rdsk/" path "\"/>"
        static const struct {
                const char *body, *disks[4];
        } cases[] = {
            {ATTR("disk", "p/x") GIVEN("p/x"), {"disk"}},
            {ATTR("bootdisk", "p/x") ATTR("bootorder", "dnc") GIVEN("p/x") "<network physical=\"nat0\"/>",
             {"bootdisk"}},
            {ATTR("bootdisk", "p/x") ATTR("bootorder", "dn") ATTR("cdrom", "/a.iso") GIVEN("p/x"),
             {"bootdisk"}},
            {ATTR("disk5", "p/c") ATTR("bootdisk", "p/a") ATTR("disk2", "p/b") GIVEN("p/a") GIVEN("p/b")
                 GIVEN("p/c"),
             {"bootdisk", "disk2", "disk5"}},
            {ATTR("disk", "p/b,serial=mine,cache=directsync")
                 ATTR("bootdisk", "p/a,readonly=on,cache=writethrough") GIVEN("p/a") GIVEN("p/b"),
             {"bootdisk", "disk"}},
            {ATTR("disk0", "p/b,cache=writeback") ATTR("disk1", "p/a,serial=first") GIVEN("p/a") GIVEN("p/b"),
             {"disk0", "disk1"}},
            {ATTR("diskif", "ahci") ATTR("bootdisk", "p/a") ATTR("disk", "p/b") GIVEN("p/a") GIVEN("p/b"),
             {"bootdisk", "disk", "diskif"}},
            {ATTR("bootdisk", "/i/a.img") ATTR("ram", "2G") "<device match=\"/i/a.img\"/>",
             {"bootdisk", "ram"}},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                kvm_there_and_back(cases[i].body, cases[i].disks);
}

/* What was implied before is implied again, and said where it was not. */
static void the_words_of_a_kvm_disk_come_back(void **state)
{
        _cleanup_config_ struct config *cfg =
            brand_zone("kvm", ATTR("bootdisk", "p/a") ATTR("disk", "p/b,serial=mine,cache=writeback")
                                  GIVEN("p/a") GIVEN("p/b"));
        _cleanup_config_ struct config *up = converted(cfg, 2), *down = converted(up, 1);

        (void)state;
        assert_string_equal(config_attr(down, "bootdisk"), "p/a");
        assert_string_equal(config_attr(down, "disk0"), "p/b,serial=mine,cache=writeback");
}

static void a_machine_that_cannot_be_built_is_not_converted(void **state)
{
        _cleanup_config_ struct config *cfg = zone(ATTR("ram", "much")), *up = NULL;
        struct error err = {0};

        (void)state;
        assert_int_equal(config_convert(&no_root, cfg, UUID, 2, &up, &err), -EINVAL);
        assert_true(str_starts(err.text, "attr ram much: "));
}

static void the_mark_is_there_for_version_2_only(void **state)
{
        _cleanup_config_ struct config *cfg = zone(ATTR("acpi", "off")), *up = converted(cfg, 2);
        _cleanup_config_ struct config *down = converted(up, 1);
        _cleanup_free_ char *one = config_to_xml(cfg), *two = config_to_xml(up), *three = config_to_xml(down);

        (void)state;
        assert_int_equal(config_version(cfg, NULL), 1);
        assert_null(strstr(one, "config-version"));
        assert_non_null(strstr(two, " config-version=\"2\""));
        assert_string_equal(one, three);
}

static void a_file_with_resources_and_no_mark_is_of_version_2(void **state)
{
        _cleanup_config_ struct config *cfg = zone("<capped-memory guest=\"1G\"/>");

        (void)state;
        assert_int_equal(config_version(cfg, NULL), 2);
}

static void a_version_of_the_future_is_refused(void **state)
{
        static const char xml[] =
            "<zone name=\"t\" zonepath=\"/t\" autoboot=\"false\" config-version=\"7\"/>";
        _cleanup_config_ struct config *cfg = NULL;
        struct error err = {0};

        (void)state;
        assert_int_equal(config_parse_xml(xml, strlen(xml), "test", &cfg, &err), 0);
        assert_int_equal(config_version(cfg, &err), -EINVAL);
        assert_string_equal(err.text, "config-version 7: this zonecfg knows 1 and 2");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(defaults_stay),
            cmocka_unit_test(omnios_all_stays),
            cmocka_unit_test(omnios_csm_stays),
            cmocka_unit_test(omnios_page_stays),
            cmocka_unit_test(openbsd_stays),
            cmocka_unit_test(windows_stays),
            cmocka_unit_test(smartos_stays),
            cmocka_unit_test(rfd121_stays),
            cmocka_unit_test(kvm_stays),
            cmocka_unit_test(kvm_ide_stays),
            cmocka_unit_test(command_omnios_stays),
            cmocka_unit_test(command_rfd121_stays),
            cmocka_unit_test(command_everything_stays),
            cmocka_unit_test(omnios_stays),
            cmocka_unit_test(omnios_there_and_back_is_as_it_was),
            cmocka_unit_test(an_omnios_zone_becomes_resources),
            cmocka_unit_test(what_resources_cannot_say_stays_an_attribute),
            cmocka_unit_test(a_size_without_a_unit_gets_one),
            cmocka_unit_test(what_the_zone_was_not_given_is_not_given_to_it),
            cmocka_unit_test(a_number_that_bootorder_names_keeps_its_meaning),
            cmocka_unit_test(what_attributes_cannot_say_is_refused_by_name),
            cmocka_unit_test(a_disk_resource_becomes_an_attribute_and_a_device),
            cmocka_unit_test(illumos_gets_the_number_of_cpus_that_a_resource_implies),
            cmocka_unit_test(a_kvm_zone_goes_there_and_back),
            cmocka_unit_test(the_words_of_a_kvm_disk_come_back),
            cmocka_unit_test(a_machine_that_cannot_be_built_is_not_converted),
            cmocka_unit_test(the_mark_is_there_for_version_2_only),
            cmocka_unit_test(a_file_with_resources_and_no_mark_is_of_version_2),
            cmocka_unit_test(a_version_of_the_future_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

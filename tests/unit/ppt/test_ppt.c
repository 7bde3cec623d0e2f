/*
 * The host's PCI devices against a directory that is laid out as sysfs: what is read, which name means which
 * device, and each reason for which one cannot be given to a zone.
 */
#include "../scratch.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "ppt/ppt.h"

static struct error err;
static struct ppts list;

/* ---- a host ---- */

struct fake {
        const char *address, *driver;
        int group; /* -1: none */
        const char *class;
        uint8_t header;
};

static void make_link(int dir, const char *name, const char *target)
{
        assert_int_equal(symlinkat(target, dir, name), 0);
}

static void plug(const struct scratch *s, const struct fake *f)
{
        static const char *const files[][2] = {
            {"vendor", "0x8086\n"},           {"device", "0x1528\n"}, {"subsystem_vendor", "0x15d9\n"},
            {"subsystem_device", "0x0a11\n"}, {"revision", "0x01\n"},
        };
        const uint8_t header = f->header | 0x80; /* of a device with several functions */
        _cleanup_close_ int dir = -1, fd = -1;
        char path[256];

        snprintf(path, sizeof(path), "bus/pci/devices/%s", f->address);
        assert_int_equal(fs_mkdir_in_root(s->fd, path, 0755), 0);
        dir = openat(s->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                scratch_puts(dir, files[i][0], files[i][1]);
        scratch_puts(dir, "class", f->class ? f->class : "0x020000\n");
        fd = openat(dir, "config", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_int_equal(pwrite(fd, &header, 1, 0x0e), 1);
        if (f->driver) {
                snprintf(path, sizeof(path), "../../../../bus/pci/drivers/%s", f->driver);
                make_link(dir, "driver", path);
        }
        if (f->group >= 0) {
                snprintf(path, sizeof(path), "../../../../kernel/iommu_groups/%d", f->group);
                make_link(dir, "iommu_group", path);
        }
}

/* A network card of two functions bound for zones, another whose second function is the host's, a bridge. */
static const struct fake host[] = {
    {"0000:00:1c.0", "shpchp", 5, "0x060400\n", 1}, {"0000:05:00.1", "vfio-pci", 9, NULL, 0},
    {"0000:05:00.0", "vfio-pci", 9, NULL, 0},       {"0000:01:00.0", "vfio-pci", 5, NULL, 0},
    {"0000:02:1f.0", "ixgbe", 6, NULL, 0},          {"0000:03:00.0", NULL, 7, NULL, 0},
    {"0000:04:00.0", "vfio-pci", 8, NULL, 0},       {"0000:04:00.1", "snd_hda_intel", 8, NULL, 0},
    {"0000:06:00.0", "nvme", -1, NULL, 0},          {"10000:e1:00.0", "vfio-pci", 10, NULL, 0},
};

static int setup(void **state)
{
        int r = scratch_make(state);
        struct scratch *s = *state;

        err = (struct error){0};
        list = (struct ppts){0};
        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(host); i++)
                plug(s, &host[i]);
        return r < 0 ? r : fs_mkdir_in_root(s->fd, "etc/zones", 0755);
}

static int teardown(void **state)
{
        ppts_free(&list);
        return scratch_drop(state);
}

static void scan(void **state)
{
        ppts_free(&list);
        assert_int_equal(ppt_scan(((struct scratch *)*state)->fd, &list, &err), 0);
}

static void number(void **state, bool keep)
{
        struct scratch *s = *state;
        struct root root;

        snprintf(root.path, sizeof(root.path), "%s", s->path);
        if (ppt_number(&root, &list, keep, &err) < 0)
                fail_msg("%s", err.text);
}

static const struct ppt *find(const char *name)
{
        const struct ppt *dev = NULL;

        if (ppt_find(&list, name, &dev, &err) < 0)
                fail_msg("%s", err.text);
        return dev;
}

static void assert_refused(const char *name, const char *text)
{
        err = (struct error){0};
        assert_true(ppt_check(&list, find(name), &err) < 0);
        assert_string_equal(err.text, text);
}

/* ---- reading ---- */

static void sysfs_is_read_by_address(void **state)
{
        scan(state);
        assert_int_equal(list.n, ARRAY_SIZE(host));
        assert_string_equal(list.v[0].address, "0000:00:1c.0");
        assert_string_equal(list.v[1].address, "0000:01:00.0");
        assert_string_equal(list.v[9].address, "10000:e1:00.0");
        assert_int_equal(list.v[1].vendor, 0x8086);
        assert_int_equal(list.v[1].device, 0x1528);
        assert_int_equal(list.v[1].subvendor, 0x15d9);
        assert_int_equal(list.v[1].subdevice, 0xa11);
        assert_int_equal(list.v[1].revision, 1);
        assert_string_equal(list.v[1].driver, "vfio-pci");
        assert_int_equal(list.v[1].group, 5);
        assert_string_equal(find("3:0:0")->driver, "");
        assert_int_equal(find("6:0:0")->group, -1);
}

static void a_host_without_pci_has_no_devices(void **state)
{
        _cleanup_close_ int empty = -1;

        assert_int_equal(fs_mkdir_in_root(((struct scratch *)*state)->fd, "empty", 0755), 0);
        empty = openat(((struct scratch *)*state)->fd, "empty", O_RDONLY | O_DIRECTORY);
        assert_int_equal(ppt_scan(empty, &list, &err), 0);
        assert_int_equal(list.n, 0);
}

static void an_attribute_that_is_no_number_is_an_error(void **state)
{
        struct scratch *s = *state;
        _cleanup_close_ int dir = openat(s->fd, "bus/pci/devices/0000:01:00.0", O_RDONLY | O_DIRECTORY);

        scratch_puts(dir, "vendor", "none\n");
        assert_int_equal(ppt_scan(s->fd, &list, &err), -EBADMSG);
        assert_string_equal(err.text, "PCI device 0000:01:00.0: Bad message");
}

/* ---- names ---- */

static void addresses_have_four_forms(void **state)
{
        static const char *const good[] = {"2:31:0", "2/31/0", "pci2:31:0", "0000:02:1f.0"};
        static const char *const bad[] = {
            "",        "2",       "2:31",         "2:31:8",         "2:32:0",        "256:0:0",
            "2:31:0x", "2/31:0",  "0001:02:1f.0", "0000:02:1f.0,x", "0000:02:1f.00", "-2:31:0",
            " 2:31:0", "02:1f.0", "/dev/ppt0",    "0x2:31:0",
        };
        unsigned part[3];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                assert_int_equal(ppt_address(good[i], part), 0);
                assert_int_equal(part[0], 2);
                assert_int_equal(part[1], 31);
                assert_int_equal(part[2], 0);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                if (ppt_address(bad[i], part) == 0)
                        fail_msg("%s", bad[i]);
}

static void names_are_dev_pptN_and_pptN(void **state)
{
        static const char *const bad[] = {"",      "ppt",   "/dev/ppt", "ppt1000",
                                          "ppt01", "ppt-1", "ppt 1",    "/dev/ppt1x"};

        (void)state;
        assert_int_equal(ppt_name("/dev/ppt0"), 0);
        assert_int_equal(ppt_name("ppt12"), 12);
        assert_int_equal(ppt_name("/dev/ppt999"), 999);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                if (ppt_name(bad[i]) >= 0)
                        fail_msg("%s", bad[i]);
}

static void bound_devices_are_numbered_by_address(void **state)
{
        scan(state);
        number(state, true);
        assert_string_equal(find("/dev/ppt0")->address, "0000:01:00.0");
        assert_string_equal(find("ppt1")->address, "0000:04:00.0");
        assert_string_equal(find("/dev/ppt3")->address, "0000:05:00.1");
        assert_string_equal(find("/dev/ppt4")->address, "10000:e1:00.0");
        assert_true(find("/dev/ppt4")->kept);
        assert_int_equal(find("2/31/0")->number, -1);
}

static void a_number_stays_with_its_address(void **state)
{
        static const struct fake earlier = {"0000:00:02.0", "vfio-pci", 11, NULL, 0};
        struct scratch *s = *state;

        scan(state);
        number(state, true);
        plug(s, &earlier);
        assert_int_equal(unlinkat(s->fd, "bus/pci/devices/0000:01:00.0/driver", 0), 0);
        scan(state);
        number(state, true);
        assert_string_equal(find("/dev/ppt0")->address, "0000:01:00.0");
        assert_string_equal(find("/dev/ppt1")->address, "0000:04:00.0");
        assert_string_equal(find("/dev/ppt5")->address, "0000:00:02.0");
}

static void looking_keeps_nothing(void **state)
{
        struct scratch *s = *state;

        scan(state);
        number(state, false);
        assert_int_equal(find("/dev/ppt0")->number, 0);
        assert_false(find("/dev/ppt0")->kept);
        assert_int_equal(faccessat(s->fd, "etc/zones/ppt.conf", F_OK, 0), -1);
        assert_int_equal(faccessat(s->fd, "run", F_OK, 0), -1);
}

static void ppt_conf_can_be_written_by_hand(void **state)
{
        struct scratch *s = *state;

        scratch_puts(s->fd, "etc/zones/ppt.conf",
                     "# the fast card\n\n  /dev/ppt7\t0000:05:00.0\nppt0 0000:05:00.1\n");
        scan(state);
        number(state, true);
        assert_string_equal(find("/dev/ppt7")->address, "0000:05:00.0");
        assert_string_equal(find("/dev/ppt0")->address, "0000:05:00.1");
        assert_string_equal(find("/dev/ppt1")->address, "0000:01:00.0");
}

static void a_ppt_conf_that_cannot_be_read_names_no_device(void **state)
{
        static const struct {
                const char *text, *says;
        } bad[] = {
            {"/dev/ppt0\n", "line 1: /dev/pptN and a PCI address are needed"},
            {"\n/dev/disk 0000:05:00.0\n", "line 2: /dev/pptN and a PCI address are needed"},
            {"ppt0 05:00.0\n", "line 1: 05:00.0: not an address as Linux writes it, 0000:0a:00.0 (lspci -D)"},
            {"ppt0 0000:0A:00.0\n",
             "line 1: 0000:0A:00.0: not an address as Linux writes it, 0000:0a:00.0 (lspci -D)"},
            {"ppt0 0000:05:00.0 x\n", "line 1: /dev/pptN and a PCI address are needed"},
            {"ppt0 0000:05:00.0\nppt0 0000:05:00.1\n", "line 2: /dev/ppt0 0000:05:00.0 is there already"},
            {"ppt0 0000:05:00.0\nppt1 0000:05:00.0\n", "line 2: /dev/ppt0 0000:05:00.0 is there already"},
        };
        struct scratch *s = *state;
        struct root root;
        char text[200];

        snprintf(root.path, sizeof(root.path), "%s", s->path);
        scan(state);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                scratch_puts(s->fd, "etc/zones/ppt.conf", bad[i].text);
                assert_int_equal(ppt_number(&root, &list, true, &err), -EINVAL);
                snprintf(text, sizeof(text), "/etc/zones/ppt.conf: %s", bad[i].says);
                assert_string_equal(err.text, text);
        }
}

static void a_name_without_a_device_is_refused(void **state)
{
        const struct ppt *dev;

        scan(state);
        number(state, false);
        assert_int_equal(ppt_find(&list, "/dev/ppt99", &dev, &err), -ENODEV);
        assert_string_equal(err.text, "/dev/ppt99: no device of this host has this name (pptadm list -a)");
        assert_int_equal(ppt_find(&list, "7/0/0", &dev, &err), -ENODEV);
        assert_string_equal(err.text, "7/0/0: this host has no such PCI device (lspci lists them)");
}

/* ---- what can be given ---- */

static void a_bound_device_can_be_given(void **state)
{
        scan(state);
        /* Alone but for the bridge above it; and with its other function, which is bound too. */
        assert_int_equal(ppt_check(&list, find("1/0/0"), &err), 0);
        assert_int_equal(ppt_check(&list, find("5/0/0"), &err), 0);
}

static void a_device_of_the_host_is_refused_with_the_cure(void **state)
{
        scan(state);
        assert_refused("2/31/0", "is used by the host's driver ixgbe, and not bound to vfio-pci: driverctl "
                                 "set-override 0000:02:1f.0 vfio-pci");
        assert_refused("3/0/0", "has no driver, and not bound to vfio-pci: driverctl set-override "
                                "0000:03:00.0 vfio-pci");
}

static void a_device_that_shares_its_group_with_the_host_is_refused(void **state)
{
        scan(state);
        assert_refused("4/0/0", "shares IOMMU group 8 with 0000:04:00.1, which the host uses (driver "
                                "snd_hda_intel): driverctl set-override 0000:04:00.1 vfio-pci");
}

/* Class 06 is not enough: Linux takes a function of the host's for one, whatever it is called. */
static void a_host_or_isa_bridge_of_the_group_counts(void **state)
{
        static const struct fake more[] = {{"0000:05:00.2", "pci-stub", 9, NULL, 0},
                                           {"0000:05:00.3", "lpc_ich", 9, "0x060100\n", 0}};

        plug(*state, &more[0]);
        scan(state);
        assert_int_equal(ppt_check(&list, find("5/0/0"), &err), 0);
        plug(*state, &more[1]);
        scan(state);
        assert_refused("5/0/0", "shares IOMMU group 9 with 0000:05:00.3, which the host uses (driver "
                                "lpc_ich): driverctl set-override 0000:05:00.3 vfio-pci");
}

static void a_driver_with_a_long_name_is_a_driver(void **state)
{
        static const struct fake more = {"0000:05:00.2", "a_driver_whose_name_has_more_than_32_bytes", 9,
                                         NULL, 0};

        plug(*state, &more);
        scan(state);
        assert_string_equal(find("5/0/2")->driver, "a_driver_whose_name_has_more_th");
        assert_true(ppt_check(&list, find("5/0/0"), &err) < 0);
}

static void a_bridge_and_a_device_without_iommu_are_refused(void **state)
{
        scan(state);
        assert_refused("0/28/0", "is a bridge, and cannot be given to a guest");
        assert_refused("6/0/0", "is behind no IOMMU");
}

static void a_host_without_iommu_says_how_to_switch_it_on(void **state)
{
        const struct ppt *dev;

        scan(state);
        for (size_t i = 0; i < list.n; i++)
                list.v[i].group = -1;
        assert_refused("1/0/0",
                       "this host has no IOMMU in use: switch on VT-d or AMD-Vi in its firmware, and "
                       "on Intel boot Linux with intel_iommu=on");
        assert_int_equal(ppt_find(&list, "/dev/ppt0", &dev, &err), -ENOTSUP);
        assert_string_equal(err.text, "/dev/ppt0: " PPT_NO_IOMMU);
}

static void given(const char *resources, const char *name, const char *refusal)
{
        char xml[512];
        struct config *cfg;
        const struct ppt *dev = NULL;
        int r;

        snprintf(xml, sizeof(xml), "<zone name=\"web1\" zonepath=\"/zones/web1\" brand=\"bhyve\">%s</zone>",
                 resources);
        assert_int_equal(config_parse_xml(xml, strlen(xml), "test", &cfg, &err), 0);
        err = (struct error){0};
        r = ppt_for_zone(cfg, &list, name, &dev, &err);
        config_free(cfg);
        assert_string_equal(err.text, refusal);
        assert_int_equal(r < 0, *refusal != '\0');
        assert_int_equal(dev != NULL, *refusal == '\0');
}

static void a_resource_gives_a_device_by_any_of_its_names(void **state)
{
        scan(state);
        number(state, false);
        given("<device match=\"/dev/ppt0\"/>", "/dev/ppt0", "");
        given("<device match=\"/dev/ppt*\"/>", "/dev/ppt0", "");
        given("<device match=\"1:0:0\" emulation=\"passthru\"/>", "1/0/0", "");
        given("<pci match=\"0000:01:00.0\"/>", "1/0/0", "");
        given("<pci match=\"1/0/0\"/>", "ppt0", "");
        given("<device match=\"/dev/ppt1\"/><pci match=\"5:0:0\"/>", "/dev/ppt0",
              "/dev/ppt0: not given to the zone by a device resource (zonecfg: add device; set "
              "match=/dev/ppt0; end)");
        given("<disk path=\"/dev/ppt0\"/>", "/dev/ppt0",
              "/dev/ppt0: not given to the zone by a device resource (zonecfg: add device; set "
              "match=/dev/ppt0; end)");
        given("<pci match=\"3:0:0\"/>", "3/0/0",
              "3/0/0 (0000:03:00.0): has no driver, and not bound to vfio-pci: driverctl set-override "
              "0000:03:00.0 vfio-pci");
}

/* ---- one zone at a time ---- */

static void a_group_is_for_one_zone(void **state)
{
        struct scratch *s = *state;
        struct root root;
        int first, second = -1;

        snprintf(root.path, sizeof(root.path), "%s", s->path);
        scan(state);
        assert_int_equal(ppt_lock(&root, find("5/0/0"), "web1", &first, &err), 0);
        assert_int_equal(ppt_lock(&root, find("5/0/1"), "web2", &second, &err), -EBUSY);
        assert_string_equal(err.text, "0000:05:00.1 (IOMMU group 9): in use by zone web1");
        assert_int_equal(ppt_lock(&root, find("1/0/0"), "web2", &second, &err), 0);
        close(second);
        close(first);
        assert_int_equal(ppt_lock(&root, find("5/0/1"), "web2", &second, &err), 0);
        close(second);
}

#define with_host(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
            with_host(sysfs_is_read_by_address),
            with_host(a_host_without_pci_has_no_devices),
            with_host(an_attribute_that_is_no_number_is_an_error),
            with_host(addresses_have_four_forms),
            with_host(names_are_dev_pptN_and_pptN),
            with_host(bound_devices_are_numbered_by_address),
            with_host(a_number_stays_with_its_address),
            with_host(looking_keeps_nothing),
            with_host(ppt_conf_can_be_written_by_hand),
            with_host(a_ppt_conf_that_cannot_be_read_names_no_device),
            with_host(a_name_without_a_device_is_refused),
            with_host(a_bound_device_can_be_given),
            with_host(a_device_of_the_host_is_refused_with_the_cure),
            with_host(a_device_that_shares_its_group_with_the_host_is_refused),
            with_host(a_host_or_isa_bridge_of_the_group_counts),
            with_host(a_driver_with_a_long_name_is_a_driver),
            with_host(a_bridge_and_a_device_without_iommu_are_refused),
            with_host(a_host_without_iommu_says_how_to_switch_it_on),
            with_host(a_resource_gives_a_device_by_any_of_its_names),
            with_host(a_group_is_for_one_zone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

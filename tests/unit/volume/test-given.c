/* What a path in a zone's machine stands for on the host: the resources that give it, and the zone's own
 * root. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "config/config.h"
#include "volume/given.h"

static struct config *cfg;
static struct error err;

static int setup(void **state)
{
        static const char xml[] = "<zone name=\"web1\" zonepath=\"/zones/web1\" brand=\"bhyve\">"
                                  "<device match=\"/disks/*.img\"/>"
                                  "<device match=\"/dev/zvol/rdsk/tank/vm[0-9]\"/>"
                                  "<disk path=\"tank/data\"/>"
                                  "<filesystem special=\"/srv/isos\" directory=\"/media\" type=\"lofs\"/>"
                                  "<filesystem special=\"/srv/new\" directory=\"/media/new\" type=\"lofs\"/>"
                                  "<filesystem special=\"/dev/dsk/x\" directory=\"/ufs\" type=\"ufs\"/>"
                                  "</zone>";

        (void)state;
        err = (struct error){0};
        return config_parse_xml(xml, strlen(xml), "test", &cfg, &err);
}

static int teardown(void **state)
{
        (void)state;
        config_free(cfg);
        return 0;
}

static void assert_host_name(const char *path, const char *want)
{
        _cleanup_free_ char *name = NULL;

        assert_int_equal(volume_host_name(cfg, path, &name, &err), 1);
        assert_string_equal(name, want);
}

static void assert_in_zone(const char *path)
{
        char *name = NULL;

        assert_int_equal(volume_host_name(cfg, path, &name, &err), 0);
        assert_null(name);
}

static void devices_and_disks_give_what_they_match(void **state)
{
        (void)state;
        assert_host_name("/disks/a.img", "/disks/a.img");
        assert_host_name("tank/vm1", "tank/vm1");
        assert_host_name("/dev/zvol/dsk/tank/vm1", "/dev/zvol/dsk/tank/vm1");
        assert_host_name("/dev/zvol/rdsk/tank/data", "/dev/zvol/rdsk/tank/data");
}

static void a_glob_matches_no_slash(void **state)
{
        (void)state;
        assert_in_zone("/disks/deeper/a.img");
}

static void the_deepest_lofs_counts_and_ends_at_a_slash(void **state)
{
        (void)state;
        assert_host_name("/media/a.iso", "/srv/isos/a.iso");
        assert_host_name("/media/new/a.iso", "/srv/new/a.iso");
        assert_host_name("/media/newer.iso", "/srv/isos/newer.iso");
        assert_in_zone("/mediator/a.iso");
        assert_in_zone("/ufs/a.iso");
}

static void volumes_and_devices_that_nothing_gives_are_refused(void **state)
{
        char *name = NULL;

        (void)state;
        assert_int_equal(volume_host_name(cfg, "tank/vmx", &name, &err), -ENOENT);
        assert_string_equal(err.text,
                            "tank/vmx: not given to the zone by a device resource (zonecfg: add device; "
                            "set match=tank/vmx; end)");
        assert_int_equal(volume_host_name(cfg, "/dev/sda", &name, &err), -ENOENT);
        assert_null(name);
}

static void a_path_that_becomes_too_long_is_refused(void **state)
{
        char path[5000] = "/media/", *name = NULL;

        (void)state;
        memset(path + 7, 'a', 4090);
        assert_int_equal(volume_host_name(cfg, path, &name, &err), -ENAMETOOLONG);
}

static void no_link_leads_out_of_the_zone_and_only_files_are_opened(void **state)
{
        char dir[] = "/tmp/apiary-given.XXXXXX";
        _cleanup_close_ int root = -1, fd = -1;

        (void)state;
        assert_non_null(mkdtemp(dir));
        root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(root >= 0);
        assert_int_equal(mkdirat(root, "etc", 0755), 0);
        assert_int_equal(symlinkat("/etc/passwd", root, "out"), 0);
        assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
        fd = openat(root, "disk", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);

        fd = volume_open_in_zone(root, "/disk", true, &err);
        assert_true(fd >= 0);
        assert_int_equal(volume_open_in_zone(root, "/out", true, &err), -ENOENT);
        assert_int_equal(volume_open_in_zone(root, "/fifo", true, &err), -EINVAL);
        assert_string_equal(err.text, "/fifo: not a regular file");
        assert_int_equal(volume_open_in_zone(root, "/etc", true, &err), -EISDIR);
        assert_int_equal(volume_open_in_zone(root, "/etc", false, &err), -EISDIR);
        assert_int_equal(volume_open_in_zone(-1, "/disk", true, &err), -ENOENT);

        unlinkat(root, "disk", 0);
        unlinkat(root, "out", 0);
        unlinkat(root, "fifo", 0);
        unlinkat(root, "etc", AT_REMOVEDIR);
        assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
            T(devices_and_disks_give_what_they_match),
            T(a_glob_matches_no_slash),
            T(the_deepest_lofs_counts_and_ends_at_a_slash),
            T(volumes_and_devices_that_nothing_gives_are_refused),
            T(a_path_that_becomes_too_long_is_refused),
            T(no_link_leads_out_of_the_zone_and_only_files_are_opened),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

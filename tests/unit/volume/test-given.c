/* What a path in a zone's machine stands for on the host: the resources that give it, and the zone's own
 * root. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "volume/volume.h"

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
                                  "<filesystem special=\"tmp\" directory=\"/relative\" type=\"lofs\"/>"
                                  "<filesystem special=\"/srv/slashed//\" directory=\"/slashed/x//\" "
                                  "type=\"lofs\"/>"
                                  "<filesystem special=\"/srv/isos\" directory=\"/isos-ro\" type=\"lofs\">"
                                  "<fsoption name=\"ro\"/></filesystem>"
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

static void assert_host_name(const char *path, const char *want, size_t want_base)
{
        _cleanup_free_ char *name = NULL;
        size_t base = 99;

        assert_int_equal(volume_host_name(cfg, path, &name, &base, &err), 1);
        assert_string_equal(name, want);
        assert_int_equal(base, want_base);
}

static void assert_in_zone(const char *path)
{
        char *name = NULL;
        size_t base;

        assert_int_equal(volume_host_name(cfg, path, &name, &base, &err), 0);
        assert_null(name);
}

static void devices_and_disks_give_what_they_match(void **state)
{
        (void)state;
        assert_host_name("/disks/a.img", "/disks/a.img", 0);
        assert_host_name("tank/vm1", "tank/vm1", 0);
        assert_host_name("/dev/zvol/dsk/tank/vm1", "/dev/zvol/dsk/tank/vm1", 0);
        assert_host_name("/dev/zvol/rdsk/tank/data", "/dev/zvol/rdsk/tank/data", 0);
}

static void a_glob_matches_no_slash(void **state)
{
        (void)state;
        assert_in_zone("/disks/deeper/a.img");
}

static void the_deepest_lofs_counts_and_ends_at_a_slash(void **state)
{
        (void)state;
        assert_host_name("/media/a.iso", "/srv/isos/a.iso", 9);
        assert_host_name("/media/new/a.iso", "/srv/new/a.iso", 8);
        assert_host_name("/media/newer.iso", "/srv/isos/newer.iso", 9);
        assert_in_zone("/mediator/a.iso");
        assert_in_zone("/ufs/a.iso");
}

static void slashes_more_or_less_are_the_same_path(void **state)
{
        (void)state;
        assert_host_name("/slashed/x/a.iso", "/srv/slashed/a.iso", 12);
        assert_host_name("/slashed//x//a.iso", "/srv/slashed/a.iso", 12);
        assert_host_name("/media//a.iso", "/srv/isos/a.iso", 9);
        assert_in_zone("/slashed/a.iso");
}

static void volumes_and_devices_that_nothing_gives_are_refused(void **state)
{
        char *name = NULL;
        size_t base;

        (void)state;
        assert_int_equal(volume_host_name(cfg, "tank/vmx", &name, &base, &err), -ENOENT);
        assert_string_equal(err.text,
                            "tank/vmx: not given to the zone by a device resource (zonecfg: add device; "
                            "set match=tank/vmx; end)");
        assert_int_equal(volume_host_name(cfg, "/dev/sda", &name, &base, &err), -ENOENT);
        assert_null(name);
}

static void a_path_that_becomes_too_long_is_refused(void **state)
{
        char path[5000] = "/media/", *name = NULL;
        size_t base;

        (void)state;
        memset(path + 7, 'a', 4090);
        assert_int_equal(volume_host_name(cfg, path, &name, &base, &err), -ENAMETOOLONG);
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

/* A host below a scratch directory: /srv/isos and /srv/new are what the fs resources show. */
static void make_host(struct root *root)
{
        static const char *const dirs[] = {"srv", "srv/isos", "srv/isos/sub", "outside", "zone", "zone/data"};
        char dir[] = "/tmp/apiary-given.XXXXXX", path[PATH_MAX];

        assert_non_null(mkdtemp(dir));
        assert_int_equal(root_set(root, dir, &err), 0);
        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
                snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
                assert_int_equal(mkdir(path, 0755), 0);
        }
        snprintf(path, sizeof(path), "%s/outside/secret", dir);
        close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        snprintf(path, sizeof(path), "%s/srv/isos/link", dir);
        assert_int_equal(symlink("../../outside", path), 0);
        snprintf(path, sizeof(path), "%s/zone/link", dir);
        assert_int_equal(symlink("../outside", path), 0);
}

static void remove_host(const struct root *root)
{
        char command[PATH_MAX + 16];

        snprintf(command, sizeof(command), "rm -rf '%s'", root->path);
        assert_int_equal(system(command), 0);
}

/* What is in a directory that a guest can write to may be a trap. */
static void no_link_below_a_lofs_leads_a_disk_out_of_it(void **state)
{
        struct root root = {0};
        struct volume v;
        int fd, lock;

        (void)state;
        make_host(&root);
        assert_int_equal(volume_resolve_below(&root, "/srv/isos/link/secret", 9, &v, &err), 0);
        assert_int_equal(volume_open(&root, &v, "web1", true, &fd, &lock, &err), -ENOENT);
        volume_clear(&v);
        assert_int_equal(volume_resolve_below(&root, "/srv/isos/../../outside/secret", 9, &v, &err), -EINVAL);
        /* Without a base the path is the administrator's own, links included. */
        assert_int_equal(volume_resolve_below(&root, "/srv/isos/link/secret", 0, &v, &err), 0);
        assert_int_equal(volume_open(&root, &v, "web1", true, &fd, &lock, &err), 0);
        close(fd);
        volume_clear(&v);
        remove_host(&root);
}

static int open_shared(const struct root *root, const char *path, bool *ret_read_only)
{
        char zone[PATH_MAX + 8];
        _cleanup_close_ int zone_root = -1;
        int fd;

        snprintf(zone, sizeof(zone), "%s/zone", root->path);
        zone_root = open(zone, O_PATH | O_DIRECTORY | O_CLOEXEC);
        fd = volume_open_shared(root, cfg, zone_root, path, ret_read_only, &err);
        if (fd >= 0)
                close(fd);
        return fd < 0 ? fd : 0;
}

static void a_shared_directory_is_what_a_lofs_shows_or_one_in_the_zone(void **state)
{
        struct root root = {0};
        bool ro;

        (void)state;
        make_host(&root);
        assert_int_equal(open_shared(&root, "/media", &ro), 0);
        assert_false(ro);
        assert_int_equal(open_shared(&root, "/media/sub", &ro), 0);
        assert_int_equal(open_shared(&root, "/isos-ro", &ro), 0);
        assert_true(ro);
        assert_int_equal(open_shared(&root, "/data", &ro), 0);
        assert_false(ro);
        assert_int_equal(open_shared(&root, "/media/new", &ro), -ENOENT);
        assert_non_null(strstr(err.text, "/srv/new, which fs /media/new shows there"));
        assert_int_equal(open_shared(&root, "/relative", &ro), -EINVAL);
        assert_string_equal(err.text,
                            "/relative: tmp, which fs /relative shows there, is not an absolute path");
        assert_int_equal(open_shared(&root, "/srv/isos", &ro), -ENOENT);
        assert_non_null(strstr(err.text, "no fs resource shows one of the host there"));
        assert_int_equal(volume_open_shared(&root, cfg, -1, "/data", &ro, &err), -ENOENT);
        remove_host(&root);
}

static void a_shared_directory_is_never_outside_and_never_the_whole_root(void **state)
{
        static const char *const bad[] = {
            "/", "//", "/.", "/./", "data", "", "/data/..", "/media/../data", "/media\n"};
        struct root root = {0};
        bool ro;

        (void)state;
        make_host(&root);
        assert_int_equal(open_shared(&root, "/media/link", &ro), -ENOENT);
        assert_int_equal(open_shared(&root, "/link", &ro), -ENOENT);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(open_shared(&root, bad[i], &ro), -EINVAL);
        remove_host(&root);
}

static void a_share_is_expected_where_one_can_be(void **state)
{
        static const struct {
                const char *resource;
                bool may;
        } cases[] = {
            {"<attr name=\"virtfs\" type=\"string\" value=\"a,/b\"/>", true},
            {"<attr name=\"virtfs3\" type=\"string\" value=\"a,/b\"/>", true},
            {"<attr name=\"extra\" type=\"string\" value=\"-s 9,virtio-9p,a=/b\"/>", true},
            {"<device match=\"a=/b\" emulation=\"virtio-9p\"/>", true},
            {"<attr name=\"ram\" type=\"string\" value=\"1G\"/>", false},
            {"<device match=\"/b\" emulation=\"virtio-blk\"/>", false},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct config *one;
                char xml[300];

                snprintf(xml, sizeof(xml), "<zone name=\"z\" zonepath=\"/zones/z\" brand=\"bhyve\">%s</zone>",
                         cases[i].resource);
                assert_int_equal(config_parse_xml(xml, strlen(xml), "test", &one, &err), 0);
                assert_int_equal(volume_may_share(one), cases[i].may);
                config_free(one);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
            T(devices_and_disks_give_what_they_match),
            T(a_glob_matches_no_slash),
            T(the_deepest_lofs_counts_and_ends_at_a_slash),
            T(slashes_more_or_less_are_the_same_path),
            T(volumes_and_devices_that_nothing_gives_are_refused),
            T(a_path_that_becomes_too_long_is_refused),
            T(no_link_leads_out_of_the_zone_and_only_files_are_opened),
            T(no_link_below_a_lofs_leads_a_disk_out_of_it),
            T(a_shared_directory_is_what_a_lofs_shows_or_one_in_the_zone),
            T(a_shared_directory_is_never_outside_and_never_the_whole_root),
            T(a_share_is_expected_where_one_can_be),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

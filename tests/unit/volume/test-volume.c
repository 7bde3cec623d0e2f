/*
 * Volumes, against real files, fifos, links and (where the host lets us have one) a loop device, below an
 * alternate root that each test gets fresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/loop.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "volume/volume.h"

static struct root root;
static struct error err;

static const char *at(const char *path)
{
        static char full[2][PATH_MAX];
        static int turn;

        turn ^= 1;
        assert_int_equal(root_path(&root, path, full[turn], sizeof(full[turn])), 0);
        return full[turn];
}

static void make_dir(const char *path)
{
        assert_int_equal(fs_mkdir_p(at(path), 0755), 0);
}

static void write_text(const char *path, const char *text, size_t len, mode_t mode)
{
        int fd = open(at(path), O_WRONLY | O_CREAT | O_TRUNC, mode);

        assert_true(fd >= 0);
        assert_int_equal(fs_write_all(fd, text, len), 0);
        close(fd);
}

static void write_pools(const char *text)
{
        write_text("/etc/zones/pools.conf", text, strlen(text), 0644);
}

static int setup(void **state)
{
        char template[] = "/tmp/apiary-volume.XXXXXX";

        (void)state;
        err = (struct error){0};
        assert_non_null(mkdtemp(template));
        assert_int_equal(root_set(&root, template, &err), 0);
        make_dir("/etc/zones");
        make_dir("/run/zones");
        return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st, (void)type, (void)ftw;
        return remove(path);
}

static int teardown(void **state)
{
        (void)state;
        return nftw(root.path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static struct volume resolved(const char *name)
{
        struct volume v = {0};

        if (volume_resolve(&root, name, &v, &err) < 0)
                fail_msg("%s", err.text);
        return v;
}

static void assert_refused(const char *name, int code, const char *text)
{
        struct volume v = {0};

        assert_int_equal(volume_resolve(&root, name, &v, &err), -code);
        if (!strstr(err.text, text))
                fail_msg("\"%s\" does not say \"%s\"", err.text, text);
        assert_null(v.name);
        assert_null(v.path);
}

static void a_volume_is_named_three_ways(void **state)
{
        (void)state;
        assert_string_equal(volume_name("/dev/zvol/rdsk/tank/x"), "tank/x");
        assert_string_equal(volume_name("/dev/zvol/dsk/tank/x"), "tank/x");
        assert_string_equal(volume_name("tank/vm/web1"), "tank/vm/web1");
        assert_null(volume_name("/dev/sda"));
        assert_null(volume_name("/var/disk.img"));
        assert_null(volume_name("tank"));
}

static void a_pool_without_an_entry_is_a_directory_below_the_default(void **state)
{
        _cleanup_(volume_clear) struct volume v = resolved("/dev/zvol/rdsk/rpool/vm/debian");

        (void)state;
        assert_int_equal(v.kind, VOLUME_DIR);
        assert_string_equal(v.name, "rpool/vm/debian");
        assert_string_equal(v.pool, "rpool");
        assert_string_equal(v.path, at("/var/lib/zones/pools/rpool/vm/debian.raw"));
}

static void an_imported_zfs_pool_needs_no_entry(void **state)
{
        make_dir("/proc/spl/kstat/zfs/rpool");
        _cleanup_(volume_clear) struct volume v = resolved("rpool/vm");

        (void)state;
        assert_int_equal(v.kind, VOLUME_ZFS);
        assert_string_equal(v.path, at("/dev/zvol/rpool/vm"));
}

static void pools_conf_says_what_stands_for_a_pool(void **state)
{
        write_pools("# comment\n\n  rpool\tdir   /srv/my disks  # trailing\ntank zfs big/illumos");
        _cleanup_(volume_clear) struct volume d = resolved("rpool/a"), z = resolved("tank/b/c");

        (void)state;
        assert_string_equal(d.path, at("/srv/my disks/a.raw"));
        assert_int_equal(z.kind, VOLUME_ZFS);
        assert_string_equal(z.base, "big/illumos");
        assert_string_equal(z.path, at("/dev/zvol/big/illumos/b/c"));
}

static void a_mistake_in_pools_conf_is_named_with_its_line(void **state)
{
        static const struct {
                const char *text, *says;
        } bad[] = {
            {"\nrpool", "/etc/zones/pools.conf: line 2: pool rpool has no kind"},
            {"rpool lvm /x\n", "line 1: pool rpool: unknown kind \"lvm\""},
            {"rpool dir x/y\n", "line 1: pool rpool: \"x/y\" is no absolute path"},
            {"rpool dir\n", "is no absolute path"},
            {"rpool dir /a/../etc\n", "is no absolute path"},
            {"rpool zfs /tank\n", "is no name of a ZFS dataset"},
            {"rpool zfs\n", "is no name of a ZFS dataset"},
            {"-x dir /x\n", "\"-x\" is no pool name"},
            {"a/b dir /x\n", "is no pool name"},
            {"rpool dir /a\nrpool dir /b\n", "line 2: pool rpool is defined twice"},
            {"other nonsense\n", "line 1: pool other: unknown kind"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                write_pools(bad[i].text);
                assert_refused("rpool/x", EINVAL, bad[i].says);
        }
}

static void a_pools_conf_that_is_no_text_or_too_large_is_refused(void **state)
{
        static const char nul[] = "rpool dir /x\0 y\n";
        _cleanup_free_ char *big = calloc(1, 300 * 1024);

        (void)state;
        write_text("/etc/zones/pools.conf", nul, sizeof(nul), 0644);
        assert_refused("rpool/x", EINVAL, "NUL");
        assert_non_null(big);
        memset(big, '\n', 300 * 1024);
        write_text("/etc/zones/pools.conf", big, 300 * 1024, 0644);
        assert_refused("rpool/x", EFBIG, "pools.conf");
}

static void names_that_could_lead_elsewhere_are_refused(void **state)
{
        static const char *const bad[] = {"tank/../x",
                                          "tank/..",
                                          "../x",
                                          "tank//x",
                                          "tank/",
                                          "tank/x/",
                                          "tank/./x",
                                          "tank/a b",
                                          "tank/a@s",
                                          "tank/a\nb",
                                          "tank/\xff",
                                          "tank/-r",
                                          "tank/$(x)",
                                          "/dev/zvol/rdsk/tank",
                                          "/dev/zvol/rdsk//x",
                                          "/dev/zvol/dsk/../../sda/x"};
        char longest[400];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_refused(bad[i], EINVAL, "not a volume");
        memset(longest, 'a', sizeof(longest));
        longest[4] = '/';
        longest[sizeof(longest) - 1] = '\0';
        assert_refused(longest, EINVAL, "too long");
        assert_refused("", EINVAL, "neither a volume");
        assert_refused("disk", EINVAL, "neither a volume");
        assert_refused("/srv/../etc/shadow", EINVAL, "\"..\"");
        assert_refused("/srv/a\nb", EINVAL, "control character");
}

static void a_created_volume_is_sparse_private_and_has_its_size(void **state)
{
        _cleanup_(volume_clear) struct volume v = resolved("rpool/vm/web1/disk0");
        uint64_t bytes = 0;
        struct stat st;

        (void)state;
        assert_int_equal(volume_size(&root, &v, &bytes, &err), -ENOENT);
        assert_string_equal(err.text, "rpool/vm/web1/disk0: no such volume");
        if (volume_create(&root, &v, (5ULL << 30) + 1, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(volume_size(&root, &v, &bytes, &err), 0);
        assert_true(bytes == (5ULL << 30) + 512);
        assert_int_equal(stat(v.path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_true(st.st_blocks < 100);
        assert_int_equal(volume_create(&root, &v, 1 << 20, &err), -EEXIST);
        assert_string_equal(err.text, "rpool/vm/web1/disk0: volume exists");
}

static void a_volume_of_no_size_or_an_impossible_one_is_not_created(void **state)
{
        _cleanup_(volume_clear) struct volume v = resolved("rpool/a"), path = resolved("/srv/a");
        uint64_t bytes;

        (void)state;
        assert_int_equal(volume_create(&root, &v, 0, &err), -EINVAL);
        assert_int_equal(volume_create(&root, &v, UINT64_MAX, &err), -EINVAL);
        assert_int_equal(volume_create(&root, &v, INT64_MAX - 4096, &err), -ENOSPC);
        assert_int_equal(volume_size(&root, &v, &bytes, &err), -ENOENT);
        assert_int_equal(volume_create(&root, &path, 4096, &err), -EOPNOTSUPP);
        assert_int_equal(volume_destroy(&root, &path, &err), -EOPNOTSUPP);
}

static void destroying_removes_the_file_and_the_directories_it_leaves_empty(void **state)
{
        _cleanup_(volume_clear) struct volume a = resolved("rpool/vm/x/a"), b = resolved("rpool/vm/b");
        uint64_t bytes;

        (void)state;
        assert_int_equal(volume_create(&root, &a, 4096, &err), 0);
        assert_int_equal(volume_create(&root, &b, 4096, &err), 0);
        assert_int_equal(volume_destroy(&root, &a, &err), 0);
        assert_int_equal(access(at("/var/lib/zones/pools/rpool/vm/x"), F_OK), -1);
        assert_int_equal(volume_size(&root, &b, &bytes, &err), 0);
        assert_int_equal(volume_destroy(&root, &a, &err), 0);
        assert_int_equal(volume_destroy(&root, &b, &err), 0);
        assert_int_equal(access(at("/var/lib/zones/pools/rpool/vm"), F_OK), -1);
        assert_int_equal(access(at("/var/lib/zones/pools/rpool"), F_OK), 0);
}

static void a_volume_in_use_is_not_destroyed(void **state)
{
        _cleanup_(volume_clear) struct volume v = resolved("rpool/a");
        int fd, lock;

        (void)state;
        assert_int_equal(volume_create(&root, &v, 4096, &err), 0);
        assert_int_equal(volume_open(&root, &v, "web1", false, &fd, &lock, &err), 0);
        assert_int_equal(volume_destroy(&root, &v, &err), -EBUSY);
        assert_string_equal(err.text, "rpool/a: in use by zone web1");
        assert_int_equal(access(v.path, F_OK), 0);
        close(fd);
        close(lock);
        assert_int_equal(volume_destroy(&root, &v, &err), 0);
}

static void a_second_zone_is_refused_whatever_name_it_uses(void **state)
{
        _cleanup_(volume_clear) struct volume v = resolved("rpool/a");
        int fd, lock, fd2 = -1, lock2 = -1;

        (void)state;
        assert_int_equal(volume_create(&root, &v, 4096, &err), 0);
        assert_int_equal(link(v.path, at("/other.img")), 0);
        _cleanup_(volume_clear) struct volume other = resolved("/other.img");

        assert_int_equal(volume_open(&root, &v, "web1", false, &fd, &lock, &err), 0);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
        assert_int_equal(fcntl(lock, F_GETFL) & O_ACCMODE, O_RDONLY);
        assert_int_equal(volume_open(&root, &other, "web2", false, &fd2, &lock2, &err), -EBUSY);
        assert_string_equal(err.text, "/other.img: in use by zone web1");
        assert_int_equal(volume_open(&root, &other, "web1", false, &fd2, &lock2, &err), -EBUSY);
        assert_string_equal(err.text, "/other.img: already in use by this zone (web1)");
        assert_int_equal(fd2, -1);
        assert_int_equal(lock2, -1);
        close(lock);
        assert_int_equal(volume_open(&root, &other, "web2", false, &fd2, &lock2, &err), 0);
        close(fd);
        close(fd2);
        close(lock2);
}

static void the_lock_lives_in_whoever_inherited_it(void **state)
{
        _cleanup_(volume_clear) struct volume v = resolved("rpool/a");
        int fd, lock, inherited, lock2;

        (void)state;
        assert_int_equal(volume_create(&root, &v, 4096, &err), 0);
        assert_int_equal(volume_open(&root, &v, "web1", false, &fd, &lock, &err), 0);
        inherited = dup(lock);
        close(lock);
        close(fd);
        assert_int_equal(volume_open(&root, &v, "web2", false, &fd, &lock2, &err), -EBUSY);
        close(inherited);
        assert_int_equal(volume_open(&root, &v, "web2", false, &fd, &lock2, &err), 0);
        close(fd);
        close(lock2);
}

static void read_only_openings_share(void **state)
{
        _cleanup_(volume_clear) struct volume v = resolved("/iso.img");
        int a, b, lock_a, lock_b;

        (void)state;
        write_text("/iso.img", "x", 1, 0644);
        assert_int_equal(volume_open(&root, &v, "web1", true, &a, &lock_a, &err), 0);
        assert_int_equal(volume_open(&root, &v, "web2", true, &b, &lock_b, &err), 0);
        assert_int_equal(lock_a, -1);
        assert_int_equal(lock_b, -1);
        assert_int_equal(fcntl(a, F_GETFL) & O_ACCMODE, O_RDONLY);
        close(a);
        close(b);
}

static void assert_not_opened(const char *name, int code, const char *text)
{
        _cleanup_(volume_clear) struct volume v = resolved(name);
        int fd = -1, lock = -1;

        assert_int_equal(volume_open(&root, &v, "web1", false, &fd, &lock, &err), -code);
        assert_string_equal(err.text, text);
        assert_int_equal(volume_open(&root, &v, "web1", true, &fd, &lock, &err), -code);
        assert_int_equal(fd, -1);
        assert_int_equal(lock, -1);
}

static void only_files_and_block_devices_are_opened(void **state)
{
        (void)state;
        make_dir("/dev");
        make_dir("/srv/d");
        make_dir("/var/lib/zones/pools/rpool/dir.raw");
        write_text("/srv/f", "x", 1, 0600);
        assert_int_equal(mkfifo(at("/srv/fifo"), 0600), 0);
        assert_int_equal(symlink("f", at("/srv/link")), 0);
        assert_int_equal(symlink("/etc/shadow", at("/var/lib/zones/pools/rpool/link.raw")), 0);
        assert_not_opened("/srv/d", EISDIR, "/srv/d: is a directory");
        assert_not_opened("/srv/fifo", EINVAL, "/srv/fifo: is neither a regular file nor a block device");
        assert_not_opened("/srv/link", ELOOP, "/srv/link: is a symbolic link");
        assert_not_opened("/srv/none", ENOENT, "/srv/none: no such file or device");
        assert_not_opened("/srv/f/x", ENOTDIR, "/srv/f/x: Not a directory");
        assert_not_opened("rpool/dir", EISDIR, "rpool/dir: is a directory");
        assert_not_opened("rpool/link", ELOOP, "rpool/link: is a symbolic link");
        assert_not_opened("rpool/none", ENOENT, "rpool/none: no such volume");
        if (geteuid() == 0 && mknod(at("/dev/null"), S_IFCHR | 0600, makedev(1, 3)) == 0)
                assert_not_opened("/dev/null", EINVAL,
                                  "/dev/null: is neither a regular file nor a block device");
}

static void a_link_in_a_directory_pool_does_not_lead_out(void **state)
{
        _cleanup_(volume_clear) struct volume v = resolved("rpool/out/f");
        int fd, lock;

        (void)state;
        make_dir("/srv");
        write_text("/srv/f.raw", "x", 1, 0600);
        make_dir("/var/lib/zones/pools/rpool");
        assert_int_equal(symlink(at("/srv"), at("/var/lib/zones/pools/rpool/out")), 0);
        assert_true(volume_open(&root, &v, "web1", true, &fd, &lock, &err) < 0);
        assert_true(volume_create(&root, &v, 4096, &err) < 0);
        assert_true(volume_destroy(&root, &v, &err) < 0);
        assert_int_equal(access(at("/srv/f.raw"), F_OK), 0);
}

/* A free loop device with the file behind it; its number, or -1 where the host has none. */
static int attach_loop(const char *file, int *ret_fd)
{
        _cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
        _cleanup_close_ int backing = open(file, O_RDWR | O_CLOEXEC);
        char path[32];
        int number, fd;

        if (control < 0 || (number = ioctl(control, LOOP_CTL_GET_FREE)) < 0)
                return -1;
        snprintf(path, sizeof(path), "/dev/loop%d", number);
        fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return -1;
        if (ioctl(fd, LOOP_SET_FD, backing) < 0) {
                close(fd);
                return -1;
        }
        *ret_fd = fd;
        return number;
}

static void a_block_device_is_opened_by_any_of_its_names(void **state)
{
        _cleanup_close_ int loop = -1;
        int number, fd = -1, lock = -1, fd2 = -1, lock2 = -1, r;
        uint64_t bytes = 0;

        (void)state;
        write_text("/disk", "", 0, 0600);
        assert_int_equal(truncate(at("/disk"), 1 << 20), 0);
        number = attach_loop(at("/disk"), &loop);
        if (number < 0)
                skip(); /* no loop device to be had on this host */
        make_dir("/dev/disk/by-id");
        assert_int_equal(mknod(at("/dev/sdx"), S_IFBLK | 0600, makedev(7, (unsigned)number)), 0);
        assert_int_equal(symlink("../../sdx", at("/dev/disk/by-id/ata-1")), 0);
        _cleanup_(volume_clear) struct volume v = resolved("/dev/sdx"),
                                              alias = resolved("/dev/disk/by-id/ata-1");

        r = volume_open(&root, &v, "web1", false, &fd, &lock, &err);
        if (r == 0) {
                assert_int_equal(v.kind, VOLUME_BLOCK);
                assert_int_equal(volume_size(&root, &alias, &bytes, &err), 0);
                r = volume_open(&root, &alias, "web2", false, &fd2, &lock2, &err);
        }
        ioctl(loop, LOOP_CLR_FD, 0);
        close(fd);
        close(lock);
        assert_int_equal(r, -EBUSY);
        assert_string_equal(err.text, "/dev/disk/by-id/ata-1: in use by zone web1");
        assert_true(bytes == 1 << 20);
}

static void a_zfs_pool_without_zfs_says_so(void **state)
{
        _cleanup_(volume_clear) struct volume v = {0};

        (void)state;
        if (access("/usr/sbin/zfs", X_OK) == 0 || access("/sbin/zfs", X_OK) == 0)
                skip(); /* this host has ZFS */
        write_pools("tank zfs tank\n");
        v = resolved("tank/a");
        assert_int_equal(volume_create(&root, &v, 4096, &err), -EOPNOTSUPP);
        assert_string_equal(err.text, "tank/a: no ZFS on this host");
}

/* The test host cannot have zvols, so what is shown here is the command line and the report of a failure. */
static void zfs_is_run_with_the_dataset_and_its_complaint_is_reported(void **state)
{
        static const char says[] = "#!/bin/sh\necho \"$*\"\nexit 1\n";
        _cleanup_(volume_clear) struct volume v = {0};

        (void)state;
        write_pools("tank zfs big/illumos\n");
        make_dir("/usr/sbin");
        write_text("/usr/sbin/zfs", says, strlen(says), 0755);
        v = resolved("tank/vm/a");
        assert_int_equal(volume_create(&root, &v, 8192, &err), -EIO);
        assert_string_equal(err.text, "tank/vm/a: zfs create failed: create -p -s -V 8192 big/illumos/vm/a");
        assert_int_equal(volume_destroy(&root, &v, &err), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
            T(a_volume_is_named_three_ways),
            T(a_pool_without_an_entry_is_a_directory_below_the_default),
            T(an_imported_zfs_pool_needs_no_entry),
            T(pools_conf_says_what_stands_for_a_pool),
            T(a_mistake_in_pools_conf_is_named_with_its_line),
            T(a_pools_conf_that_is_no_text_or_too_large_is_refused),
            T(names_that_could_lead_elsewhere_are_refused),
            T(a_created_volume_is_sparse_private_and_has_its_size),
            T(a_volume_of_no_size_or_an_impossible_one_is_not_created),
            T(destroying_removes_the_file_and_the_directories_it_leaves_empty),
            T(a_volume_in_use_is_not_destroyed),
            T(a_second_zone_is_refused_whatever_name_it_uses),
            T(the_lock_lives_in_whoever_inherited_it),
            T(read_only_openings_share),
            T(only_files_and_block_devices_are_opened),
            T(a_link_in_a_directory_pool_does_not_lead_out),
            T(a_block_device_is_opened_by_any_of_its_names),
            T(a_zfs_pool_without_zfs_says_so),
            T(zfs_is_run_with_the_dataset_and_its_complaint_is_reported),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

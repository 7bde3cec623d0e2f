/*
 * What the engine can and cannot do with a shared directory.  The test prepares in it: file (of the
 * directory's owner), foreign (of somebody else, mode 0666), link (to /etc/passwd), up (to ..), null (the
 * device), socket (somebody listens), a/ and b/.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

#define GROWN (4 << 20) /* bytes that a file of the probe grows to */

static int outcome(long r)
{
        return r < 0 ? errno : 0;
}

static int open_in(int dir, const char *name, int flags, mode_t mode)
{
        _cleanup_close_ int fd = openat(dir, name, flags | O_CLOEXEC, mode);

        return outcome(fd);
}

/* As the engine changes the mode of a file: by way of a descriptor. */
static int change_mode(int dir, const char *name, mode_t mode)
{
        _cleanup_close_ int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        char path[40];

        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return fd < 0 ? errno : outcome(chmod(path, mode));
}

static int make(const char *name, mode_t mode, dev_t device)
{
        return outcome(mknodat(SHARE_NUMBER, name, mode, device));
}

/* ---- what a guest wants ---- */
static int list(void)
{
        _cleanup_close_ int fd = openat(SHARE_NUMBER, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char entries[4096];
        long r = fd < 0 ? -1 : syscall(SYS_getdents64, fd, entries, sizeof(entries));

        return outcome(r);
}
static int read_file(void)
{
        return open_in(SHARE_NUMBER, "file", O_RDONLY, 0);
}
static int read_link(void)
{
        char text[64];

        return outcome(readlinkat(SHARE_NUMBER, "link", text, sizeof(text)));
}
static int write_file(void)
{
        return open_in(SHARE_NUMBER, "file", O_WRONLY | O_TRUNC, 0);
}
static int grow_file(void)
{
        _cleanup_close_ int fd = openat(SHARE_NUMBER, "grown", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        return fd < 0 ? errno : outcome(pwrite(fd, "x", 1, GROWN - 1));
}
static int make_directory(void)
{
        return outcome(mkdirat(SHARE_NUMBER, "made", 0755));
}
static int make_file_node(void)
{
        return make("node", S_IFREG | 0644, 0);
}
static int make_link(void)
{
        return outcome(symlinkat("anywhere", SHARE_NUMBER, "made-link"));
}
static int make_hard_link(void)
{
        return outcome(linkat(SHARE_NUMBER, "file", SHARE_NUMBER, "a/second", 0));
}
static int move_between(void)
{
        return outcome(renameat(SHARE_NUMBER, "node", SHARE_NUMBER, "b/node"));
}
static int set_mode(void)
{
        return change_mode(SHARE_NUMBER, "grown", 0600);
}
static int set_times(void)
{
        return outcome(utimensat(SHARE_NUMBER, "grown", NULL, AT_SYMLINK_NOFOLLOW));
}
static int remove_file(void)
{
        return outcome(unlinkat(SHARE_NUMBER, "b/node", 0));
}

/* ---- what nobody may ---- */
static int setuid_when_made(void)
{
        return open_in(SHARE_NUMBER, "set1", O_WRONLY | O_CREAT, 04755);
}
static int setgid_when_made(void)
{
        return open_in(SHARE_NUMBER, "set2", O_WRONLY | O_CREAT, 02755);
}
static int setuid_node(void)
{
        return make("set3", S_IFREG | S_ISUID | 0755, 0);
}
static int setuid_later(void)
{
        return change_mode(SHARE_NUMBER, "grown", 04755);
}
static int setuid_by_fchmod(void)
{
        _cleanup_close_ int fd = openat(SHARE_NUMBER, "grown", O_RDWR | O_CLOEXEC);

        return fd < 0 ? errno : outcome(fchmod(fd, 04755));
}
static int setuid_by_fchmodat2(void)
{
        return outcome(syscall(452 /* fchmodat2 */, SHARE_NUMBER, "grown", 04755, AT_SYMLINK_NOFOLLOW));
}
static int setgid_directory(void)
{
        return change_mode(SHARE_NUMBER, "a", 02755);
}
static int give_away(void)
{
        return outcome(fchownat(SHARE_NUMBER, "grown", 0, 0, AT_SYMLINK_NOFOLLOW));
}
static int make_character_device(void)
{
        return make("mem", S_IFCHR | 0600, makedev(1, 1));
}
static int make_block_device(void)
{
        return make("disk", S_IFBLK | 0600, makedev(254, 0));
}
/* The one device that the kernel lets everybody make. */
static int make_whiteout(void)
{
        return make("whiteout", S_IFCHR | 0600, makedev(0, 0));
}
static int make_fifo(void)
{
        return make("fifo", S_IFIFO | 0600, 0);
}
static int make_socket(void)
{
        return make("sock", S_IFSOCK | 0600, 0);
}
static int open_device(void)
{
        return open_in(SHARE_NUMBER, "null", O_RDWR, 0);
}
static int connect_socket(void)
{
        struct sockaddr_un a = {.sun_family = AF_UNIX};
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/socket", SHARE_NUMBER);
        return fd < 0 ? errno : outcome(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}
static int follow_link(void)
{
        return open_in(SHARE_NUMBER, "link", O_RDONLY, 0);
}
static int follow_link_up(void)
{
        return open_in(SHARE_NUMBER, "up/outside", O_RDONLY, 0);
}
static int own_link_out(void)
{
        if (symlinkat("/etc/passwd", SHARE_NUMBER, "mine") < 0)
                return errno;
        return open_in(SHARE_NUMBER, "mine", O_RDONLY, 0);
}
static int climb(void)
{
        return open_in(SHARE_NUMBER, "../outside", O_RDONLY, 0);
}
static int climb_far(void)
{
        return open_in(SHARE_NUMBER, "a/../../../../../../../etc/passwd", O_RDONLY, 0);
}
static int climb_by_proc(void)
{
        char path[64];

        snprintf(path, sizeof(path), "/proc/self/fd/%d/../outside", SHARE_NUMBER);
        return open_in(AT_FDCWD, path, O_RDONLY, 0);
}
static int write_foreign(void)
{
        return open_in(SHARE_NUMBER, "foreign", O_WRONLY, 0);
}
static int remove_foreign(void)
{
        return outcome(unlinkat(SHARE_NUMBER, "foreign", 0));
}
static int change_foreign_mode(void)
{
        return change_mode(SHARE_NUMBER, "foreign", 0777);
}
static int execute(void)
{
        static char *const none[] = {NULL};

        execveat(SHARE_NUMBER, "program", none, none, 0);
        return errno;
}
static int map_executable(void)
{
        _cleanup_close_ int fd = openat(SHARE_NUMBER, "file", O_RDONLY | O_CLOEXEC);

        return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
}
static int take_lease(void)
{
        _cleanup_close_ int fd = openat(SHARE_NUMBER, "grown", O_RDWR | O_CLOEXEC);

        return fd < 0 ? errno : outcome(fcntl(fd, F_SETLEASE, F_WRLCK));
}
/* The low half is what the kernel reads; a filter that compared all of it would let this through. */
static int take_lease_in_disguise(void)
{
        _cleanup_close_ int fd = openat(SHARE_NUMBER, "grown", O_RDWR | O_CLOEXEC);

        return fd < 0 ? errno : outcome(syscall(SYS_fcntl, fd, F_SETLEASE | 1ull << 32, F_WRLCK));
}
static int link_from_outside(void)
{
        return outcome(linkat(AT_FDCWD, "/usr/bin/env", SHARE_NUMBER, "env", 0));
}
static int link_a_descriptor(void)
{
        return outcome(linkat(SHARE_RO_NUMBER, "", SHARE_NUMBER, "stolen", AT_EMPTY_PATH));
}
static int ro_write(void)
{
        return open_in(SHARE_RO_NUMBER, "file", O_WRONLY, 0);
}
static int ro_make(void)
{
        return open_in(SHARE_RO_NUMBER, "made", O_WRONLY | O_CREAT, 0600);
}
static int ro_remove(void)
{
        return outcome(unlinkat(SHARE_RO_NUMBER, "file", 0));
}
static int ro_change_mode(void)
{
        return change_mode(SHARE_RO_NUMBER, "file", 0777);
}
static int ro_set_times(void)
{
        return outcome(utimensat(SHARE_RO_NUMBER, "file", NULL, 0));
}
static int ro_read(void)
{
        return open_in(SHARE_RO_NUMBER, "file", O_RDONLY, 0);
}
static int proc_memory(void)
{
        return open_in(AT_FDCWD, "/proc/self/mem", O_RDWR, 0);
}
static int proc_reopen_share(void)
{
        char path[40];

        snprintf(path, sizeof(path), "/proc/self/fd/%d/file", SHARE_RO_NUMBER);
        return open_in(AT_FDCWD, path, O_WRONLY, 0);
}

const struct attempt SHARE_ATTEMPTS[] = {
    {"share-list", list, false},
    {"share-read", read_file, false},
    {"share-read-link", read_link, false},
    {"share-write", write_file, false},
    {"share-grow", grow_file, false},
    {"share-make-directory", make_directory, false},
    {"share-make-file-node", make_file_node, false},
    {"share-make-link", make_link, false},
    {"share-make-hard-link", make_hard_link, false},
    {"share-move-between", move_between, false},
    {"share-set-mode", set_mode, false},
    {"share-set-times", set_times, false},
    {"share-remove", remove_file, false},
    {"share-ro-read", ro_read, false},
    {"share-setuid-when-made", setuid_when_made, false},
    {"share-setgid-when-made", setgid_when_made, false},
    {"share-setuid-node", setuid_node, false},
    {"share-setuid-later", setuid_later, false},
    {"share-setuid-by-fchmod", setuid_by_fchmod, false},
    {"share-setuid-by-fchmodat2", setuid_by_fchmodat2, false},
    {"share-setgid-directory", setgid_directory, false},
    {"share-give-away", give_away, false},
    {"share-make-character-device", make_character_device, false},
    {"share-make-block-device", make_block_device, false},
    {"share-make-whiteout", make_whiteout, false},
    {"share-make-fifo", make_fifo, false},
    {"share-make-socket", make_socket, false},
    {"share-open-device", open_device, false},
    {"share-connect-socket", connect_socket, false},
    {"share-follow-link", follow_link, false},
    {"share-follow-link-up", follow_link_up, false},
    {"share-own-link-out", own_link_out, false},
    {"share-climb", climb, false},
    {"share-climb-far", climb_far, false},
    {"share-climb-by-proc", climb_by_proc, false},
    {"share-write-foreign", write_foreign, false},
    {"share-remove-foreign", remove_foreign, false},
    {"share-change-foreign-mode", change_foreign_mode, false},
    {"share-map-executable", map_executable, false},
    {"share-take-lease", take_lease, false},
    {"share-take-lease-in-disguise", take_lease_in_disguise, false},
    {"share-link-from-outside", link_from_outside, false},
    {"share-link-a-descriptor", link_a_descriptor, false},
    {"share-ro-write", ro_write, false},
    {"share-ro-make", ro_make, false},
    {"share-ro-remove", ro_remove, false},
    {"share-ro-change-mode", ro_change_mode, false},
    {"share-ro-set-times", ro_set_times, false},
    {"share-proc-memory", proc_memory, false},
    {"share-proc-reopen", proc_reopen_share, false},
    {"share-execute", execute, false},
    {0},
};

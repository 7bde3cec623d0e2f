/*
 * Taking away what an installation put below the zonepath.  An engine that was broken into may have filled
 * its part of the tree with links, mounts and endless depth; root walks through that here.  So every step is
 * taken by openat2 below the directory at hand, no link is followed, no mount is entered, and a directory
 * that lies too deep is first moved up.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "zoneadm/zoneadm.h"

#define DEPTH_MAX     64 /* descriptors held at once */
#define MOVED         ".removing-"
#define MOUNTINFO_MAX (16u * 1024 * 1024)

/* zones-tools.md 4.3: the standard entries of a zonepath; anything else there belongs to somebody. */
static const char *const standard[] = {"dev", "lu", "root", "tpm", "SUNWattached.xml"};

struct removal {
        int top; /* directory that deep ones are moved to */
        unsigned moved;
};

static int open_dir(int at, const char *name)
{
        struct open_how how = {
            .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
        };
        long fd = syscall(SYS_openat2, at, name, &how, sizeof(how));

        return fd < 0 ? -errno : (int)fd;
}

/* Moves a directory next to the one that is being removed, where remove_moved() finds it. */
static int move_up(struct removal *removal, int at, const char *name)
{
        char moved[32];

        /* A removal that was killed may have left the first numbers in use. */
        for (;;) {
                snprintf(moved, sizeof(moved), MOVED "%u", removal->moved++);
                if (renameat(at, name, removal->top, moved) == 0)
                        return 0;
                if ((errno != EEXIST && errno != ENOTEMPTY) || removal->moved == 0)
                        return -errno;
        }
}

static int remove_entry(struct removal *removal, int at, const char *name, unsigned depth);

static int remove_content(struct removal *removal, int fd, unsigned depth)
{
        DIR *dir = fdopendir(fd);
        struct dirent *entry;
        int r = 0;

        if (!dir) {
                r = -errno;
                close(fd);
                return r;
        }
        while (r == 0 && (entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        r = remove_entry(removal, dirfd(dir), entry->d_name, depth + 1);
        closedir(dir);
        return r;
}

static int remove_entry(struct removal *removal, int at, const char *name, unsigned depth)
{
        int fd, r;

        if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return -errno;
        if (depth >= DEPTH_MAX)
                return move_up(removal, at, name);
        fd = open_dir(at, name);
        /* EXDEV: something is mounted here.  It is not ours to empty. */
        if (fd < 0)
                return fd == -EXDEV ? -EBUSY : fd;
        r = remove_content(removal, fd, depth);
        if (r == 0 && unlinkat(at, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
                r = -errno;
        return r;
}

/* What was moved up, by this removal or by one that was killed; more may be moved up on the way. */
static int remove_moved(struct removal *removal)
{
        bool found = true;
        int r = 0;

        while (r == 0 && found) {
                int fd = openat(removal->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
                struct dirent *entry;

                if (!dir) {
                        r = -errno;
                        cleanup_close(&fd);
                        break;
                }
                found = false;
                while (r == 0 && (entry = readdir(dir)))
                        if (str_starts(entry->d_name, MOVED)) {
                                found = true;
                                r = remove_entry(removal, removal->top, entry->d_name, 0);
                        }
                closedir(dir);
        }
        return r;
}

static int open_zonepath(const struct zoneadm *za, const char *zonepath, struct error *err)
{
        _cleanup_close_ int root_fd = root_open_dir(&za->root, "/", err);
        const char *inside = zonepath + strspn(zonepath, "/");
        int fd;

        if (root_fd < 0)
                return root_fd;
        if (zonepath[0] != '/' || !*inside)
                return error_set(err, EINVAL, "zonepath '%s' cannot be emptied", zonepath);
        fd = fs_open_beneath(root_fd, inside, O_RDONLY | O_DIRECTORY, 0);
        return fd < 0 ? error_errno(err, fd, "%s", zonepath) : fd;
}

static void remove_zonepath(const struct zoneadm *za, const char *zonepath)
{
        char path[PATH_MAX];

        if (root_path(&za->root, zonepath, path, sizeof(path)) < 0 || rmdir(path) == 0 || errno == ENOENT)
                return;
        if (errno == ENOTEMPTY || errno == EEXIST)
                fprintf(stderr,
                        "WARNING: Unable to completely remove %s\nbecause it contains additional user data. "
                        " Only the standard directory\nentries have been removed.\n",
                        zonepath);
        else
                fprintf(stderr, "WARNING: Unable to remove %s: %s\n", zonepath, strerror(errno));
}

int remove_installation(const struct zoneadm *za, const char *zonepath, struct error *err)
{
        _cleanup_close_ int fd = open_zonepath(za, zonepath, err);
        struct removal removal = {.top = fd};
        int r = 0;

        if (fd == -ENOENT)
                return 0;
        if (fd < 0)
                return fd;
        for (size_t i = 0; i < ARRAY_SIZE(standard); i++) {
                r = remove_entry(&removal, fd, standard[i], 0);
                if (r < 0)
                        return error_errno(err, r, "cannot remove %s/%s", zonepath, standard[i]);
        }
        r = remove_moved(&removal);
        if (r < 0)
                return error_errno(err, r, "cannot empty %s", zonepath);
        remove_zonepath(za, zonepath);
        return 0;
}

/* Field 5 of a line of mountinfo, the mount point; NULL for a line of another shape. */
static char *mount_point(char *line)
{
        char *save = NULL, *word = strtok_r(line, " ", &save);

        for (int field = 1; word && field < 5; field++)
                word = strtok_r(NULL, " ", &save);
        if (word)
                fs_unescape_mount(word);
        return word;
}

int remove_check_mounts(const struct zoneadm *za, const char *zonepath)
{
        char path[PATH_MAX], real[PATH_MAX], *save = NULL;
        _cleanup_free_ char *text = NULL;
        bool found = false;
        size_t n;

        if (root_path(&za->root, zonepath, path, sizeof(path)) < 0 || !realpath(path, real))
                return 0;
        n = strlen(real);
        if (fs_read_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL) < 0) {
                complain(za, "cannot read the list of mounts");
                return -EIO;
        }
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                const char *point = mount_point(line);

                if (!point || !str_starts(point, real) || point[n] != '/')
                        continue;
                if (!found)
                        complain(za, "These file systems are mounted on subdirectories of %s.", zonepath);
                fprintf(stderr, "  %s\n", point);
                found = true;
        }
        return found ? -EBUSY : 0;
}

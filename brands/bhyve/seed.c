/* The seed image of cloud-init; see seed.h. */
#include "seed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"

#define SEED_PROGRAM ZONES_BRAND "/bhyve/cloud-init-seed"
#define IMAGE        (&MACHINE_CLOUD_INIT_ISO[1]) /* relative to the zone's root */

/* The volume descriptor of ISO 9660, and where in it the name is. */
#define DESCRIPTOR 32768
#define VOLUME_ID  40

/*
 * By a program of its own, so that other zones do not pay for the libraries that it needs.  It says itself
 * what went wrong.
 */
static int make(const struct described *z, const struct machine *m, struct error *err)
{
        char path[PATH_MAX];
        const char *argv[] = {"cloud-init-seed", "-u", m->uuid, "-z", z->zone, NULL, NULL, NULL, NULL, NULL};
        int r = root_program(&z->root, SEED_PROGRAM, path, sizeof(path)), status, n = 5;
        pid_t pid;

        if (z->root.path[0]) {
                argv[n++] = "-R";
                argv[n++] = z->root.path;
        }
        if (z->xml) {
                argv[n++] = "-x";
                argv[n++] = z->xml;
        }
        if (r == 0)
                r = -posix_spawn(&pid, path, NULL, NULL, (char *const *)argv, environ);
        if (r < 0)
                return error_errno(err, r, "Could not create cloud-init ISO image: %s", SEED_PROGRAM);
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, errno, "waitpid");
        if (WIFEXITED(status))
                return WEXITSTATUS(status) ? -EIO : 0;
        return error_set(err, EIO, "Could not create cloud-init ISO image: %s ended by signal %d",
                         SEED_PROGRAM, WTERMSIG(status));
}

/* A file that somebody else put there stays: ours is root's alone and has the name of the volume. */
static bool is_ours(int root_fd)
{
        static const char magic[] = "\1CD001\1", name[] = "CIDATA ";
        _cleanup_close_ int fd =
            fs_open_beneath(root_fd, IMAGE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
        char data[VOLUME_ID + sizeof(name) - 1];
        struct stat st;

        return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
               (st.st_mode & 07777) == 0600 && st.st_nlink == 1 &&
               pread(fd, data, sizeof(data), DESCRIPTOR) == sizeof(data) &&
               memcmp(data, magic, sizeof(magic) - 1) == 0 &&
               memcmp(data + VOLUME_ID, name, sizeof(name) - 1) == 0;
}

/* Is it a disk that the machine names itself?  Where that cannot be known it may be. */
static bool is_used(const struct machine *m)
{
        struct machine_use *uses = NULL;
        char path[PATH_MAX];
        bool used = false;
        size_t n = 0;

        if (machine_uses(m, &uses, &n) < 0)
                return true;
        for (size_t i = 0; i < n; i++)
                used |= uses[i].kind == USE_DISK && path_plain(uses[i].path, path, sizeof(path)) == 0 &&
                        strcmp(path, MACHINE_CLOUD_INIT_ISO) == 0;
        machine_uses_free(uses, n);
        return used;
}

int seed_prepare(const struct described *z, int root_fd, const struct machine *m, struct problems *notes,
                 struct error *err)
{
        if (m->cloud_init_seed)
                return make(z, m, err);
        if (is_ours(root_fd) && !is_used(m) && unlinkat(root_fd, IMAGE, 0) < 0)
                problems_add(notes, "Could not remove old cloud-init ISO image: %s", strerror(errno));
        return 0;
}

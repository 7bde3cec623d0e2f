/* Starts swtpm in its jail; see tpm.h. */
#include "tpm/tpm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define STATE      "state"    /* below TPM_DIR, and below / in the jail */
#define CONTROL_FD 3          /* where swtpm finds its end */
#define MAX_STATE  (1u << 20) /* bytes of one file; a TPM's state has some ten KiB */
#define MAX_FILES  32 /* swtpm keeps four at most: permanent, volatile, lock and the one being written */
#define MAX_TASKS  4

int tpm_check(struct error *err)
{
        if (access(TPM_PROGRAM, X_OK) == 0)
                return 0;
        return error_set(err, ENOENT, TPM_PROGRAM " is not installed (package swtpm)");
}

/*
 * The uid of a zone is another one after the host has rebooted, so the files are given to it at each boot.
 * Only swtpm writes here; what is no plain file with one name was not made by one that works.
 */
static int give_file(int dir, const char *name, uid_t uid)
{
        _cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
                return -EBADMSG;
        if (st.st_uid == uid && st.st_gid == uid)
                return 0;
        return fchown(fd, uid, uid) < 0 ? -errno : 0;
}

static int give_files(int fd, uid_t uid, struct error *err)
{
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3), r = 0;
        DIR *dir = copy < 0 ? NULL : fdopendir(copy);
        struct dirent *entry;
        unsigned n = 0;

        if (!dir) {
                cleanup_close(&copy);
                return error_errno(err, errno, "TPM state");
        }
        while (r == 0 && (entry = readdir(dir))) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                r = n++ < MAX_FILES ? give_file(fd, entry->d_name, uid) : -E2BIG;
                if (r < 0)
                        error_errno(err, r, "TPM state: %s", entry->d_name);
        }
        closedir(dir);
        return r;
}

/* ZONEPATH/tpm, opened, with state below it in the hands of uid. */
static int prepare_state(const char *zonepath, uid_t uid, struct error *err)
{
        _cleanup_close_ int top = open(zonepath, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), dir = -1,
                            state = -1;
        int r;

        if (top < 0)
                return error_errno(err, errno, "%s", zonepath);
        if (mkdirat(top, TPM_DIR, 0755) < 0 && errno != EEXIST)
                return error_errno(err, errno, "%s/" TPM_DIR, zonepath);
        dir = fs_open_beneath(top, TPM_DIR, O_RDONLY | O_DIRECTORY, 0);
        if (dir < 0)
                return error_errno(err, dir, "%s/" TPM_DIR, zonepath);
        if (mkdirat(dir, STATE, 0700) < 0 && errno != EEXIST)
                return error_errno(err, errno, "%s/" TPM_DIR "/" STATE, zonepath);
        state = fs_open_beneath(dir, STATE, O_RDONLY | O_DIRECTORY, 0);
        if (state < 0)
                return error_errno(err, state, "%s/" TPM_DIR "/" STATE, zonepath);
        if (fchown(state, uid, uid) < 0 || fchmod(state, 0700) < 0)
                return error_errno(err, errno, "%s/" TPM_DIR "/" STATE, zonepath);
        r = give_files(state, uid, err);
        return r < 0 ? r : TAKE_FD(dir);
}

static int make_jail(const struct tpm_spec *spec, int root, uid_t uid, struct jail *ret, struct error *err)
{
        static const char *const writable[] = {"/" STATE, NULL};
        static const char *const readable[] = {"/usr", "/lib", "/lib64", "/dev", NULL};
        static const struct jail_device null = {.path = "/dev/null", .name = "null"};
        char state[PATH_MAX];
        const struct jail_mount mounts[] = {
            JAIL_SYSTEM_MOUNTS,
            {.kind = JAIL_MOUNT_DEV, .target = "/dev"},
            {.kind = JAIL_MOUNT_BIND, .source = state, .target = "/" STATE},
        };
        const struct jail_spec jail = {
            .zone = spec->jail,
            .hostname = "tpm",
            .root_fd = root,
            .uid = uid,
            .mount = mounts,
            .n_mount = ARRAY_SIZE(mounts),
            .device = &null,
            .n_device = 1,
            .limits = {.pids = MAX_TASKS},
            .member = true,
            .writable = writable,
            .readable = readable,
        };

        if (snprintf(state, sizeof(state), "%s/" TPM_DIR "/" STATE, spec->zonepath) >= (int)sizeof(state))
                return error_set(err, ENAMETOOLONG, "%s: path too long", spec->zonepath);
        return jail_create(&jail, ret, err);
}

static int start_program(const struct tpm_spec *spec, struct jail *jail, int control, struct error *err)
{
        static const char state[] = "dir=/" STATE ",mode=0600";
        static const char *const argv[] = {
            "swtpm",      "socket", "--tpm2",      "--ctrl", "type=unixio,clientfd=3",
            "--tpmstate", state,    "--terminate", NULL,
        };
        static const char *const envp[] = {NULL};
        const struct jail_fd fd = {.fd = control, .number = CONTROL_FD};
        _cleanup_close_ int program = open(TPM_PROGRAM, O_PATH | O_CLOEXEC);

        if (program < 0)
                return error_errno(err, errno, TPM_PROGRAM);
        jail->max_file = MAX_STATE;
        jail->filter = JAIL_FILTER_SWTPM;
        return jail_start(jail, program, argv, envp, &fd, 1, spec->log_fd, err);
}

int tpm_start(const struct tpm_spec *spec, struct jail *ret, int *ret_fd, struct error *err)
{
        const uid_t uid = spec->engine + JAIL_UID_HELPER;
        _cleanup_close_ int root = -1, ours = -1, theirs = -1;
        int ends[2], r = tpm_check(err);

        if (r == 0)
                r = root = prepare_state(spec->zonepath, uid, err);
        if (r < 0)
                return r;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
                return error_errno(err, errno, "socketpair");
        ours = ends[0];
        theirs = ends[1];
        r = make_jail(spec, root, uid, ret, err);
        if (r < 0)
                return r;
        r = start_program(spec, ret, theirs, err);
        if (r < 0) {
                (void)jail_destroy(ret, NULL);
                return r;
        }
        *ret_fd = TAKE_FD(ours);
        return 0;
}

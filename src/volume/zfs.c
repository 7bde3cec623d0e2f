/* Volumes of a ZFS pool, made and destroyed by zfs(8), where the host has it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "volume/internal.h"

#define ZFS_OUTPUT_MAX 4096

extern char **environ;

static int find_zfs(const struct root *root, char *buf, size_t size)
{
        static const char *const places[] = {"/usr/sbin/zfs", "/sbin/zfs", "/usr/local/sbin/zfs"};

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                if (root_program(root, places[i], buf, size) == 0 && access(buf, X_OK) == 0)
                        return 0;
        return -ENOENT;
}

/* Starts argv with its standard output and error in a pipe, of which the reading end is returned. */
static int spawn(const char *program, const char *const argv[], pid_t *ret_pid)
{
        posix_spawn_file_actions_t actions;
        int pipefd[2], r;

        if (pipe2(pipefd, O_CLOEXEC) < 0)
                return -errno;
        r = posix_spawn_file_actions_init(&actions);
        if (r == 0) {
                r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
                if (r == 0)
                        r = posix_spawn_file_actions_adddup2(&actions, pipefd[1], STDOUT_FILENO);
                if (r == 0)
                        r = posix_spawn_file_actions_adddup2(&actions, pipefd[1], STDERR_FILENO);
                if (r == 0)
                        r = posix_spawn(ret_pid, program, &actions, NULL, (char *const *)argv, environ);
                posix_spawn_file_actions_destroy(&actions);
        }
        close(pipefd[1]);
        if (r != 0) {
                close(pipefd[0]);
                return -r;
        }
        return pipefd[0];
}

/* Runs zfs(8); what it printed becomes the text of the error. */
static int run_zfs(const struct root *root, const char *name, const char *const args[], struct error *err)
{
        const char *argv[12] = {"zfs"};
        char program[PATH_MAX], output[ZFS_OUTPUT_MAX], drain[512];
        _cleanup_close_ int fd = -1;
        size_t len = 0;
        ssize_t n;
        pid_t pid = -1;
        int status;

        if (find_zfs(root, program, sizeof(program)) < 0)
                return error_set(err, EOPNOTSUPP, "%s: no ZFS on this host", name);
        for (size_t i = 0; args[i] && i + 2 < ARRAY_SIZE(argv); i++)
                argv[i + 1] = args[i];
        fd = spawn(program, argv, &pid);
        if (fd < 0)
                return error_errno(err, fd, "%s: %s", name, program);
        while (len < sizeof(output) - 1 &&
               ((n = read(fd, output + len, sizeof(output) - 1 - len)) > 0 || (n < 0 && errno == EINTR)))
                len += n > 0 ? (size_t)n : 0;
        /* Let it write the rest, or it would wait for ever. */
        while ((n = read(fd, drain, sizeof(drain))) > 0 || (n < 0 && errno == EINTR))
                ;
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, errno, "%s: %s", name, program);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                return 0;
        output[len] = '\0';
        output[strcspn(output, "\n")] = '\0';
        return error_set(err, EIO, "%s: zfs %s failed: %.300s", name, args[0],
                         output[0] ? output : "it printed no reason");
}

static int dataset(const struct volume *v, char *buf, size_t size, struct error *err)
{
        int n = snprintf(buf, size, "%s/%s", v->base, v->name + strlen(v->pool) + 1);

        return n < 0 || (size_t)n >= size ? error_set(err, ENAMETOOLONG, "%s: name too long", v->name) : 0;
}

int zfs_create(const struct root *root, const struct volume *v, uint64_t bytes, struct error *err)
{
        char name[NAME_MAX + 1], size[32];
        int r = dataset(v, name, sizeof(name), err);

        if (r < 0)
                return r;
        snprintf(size, sizeof(size), "%llu", (unsigned long long)bytes);
        return run_zfs(root, v->name, (const char *const[]){"create", "-p", "-s", "-V", size, name, NULL},
                       err);
}

int zfs_destroy(const struct root *root, const struct volume *v, struct error *err)
{
        char name[NAME_MAX + 1];
        int r = dataset(v, name, sizeof(name), err);

        if (r < 0)
                return r;
        return run_zfs(root, v->name, (const char *const[]){"destroy", name, NULL}, err);
}

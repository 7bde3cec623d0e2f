/*
 * The first process of a zone, from its clone to its exec.  It begins as a copy of zoneadmd with all of
 * root's rights in fresh namespaces, and is down to none before it says that it is ready; what it then waits
 * for on its socket cannot give any back.  When the socket closes, because its zoneadmd ended or was killed,
 * it ends.
 *
 * Single-threaded and without allocation: it is a copy of a process whose heap may be in any state.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

#define MAX_ARGV     1024
#define MAX_ENVP     256
#define HIGH_FD      (JAIL_MAX_FD_NUMBER + 1) /* above every number that the engine can ask for */
#define MAX_RECEIVED (JAIL_MAX_FDS + 2)

_Static_assert(HIGH_FD + MAX_RECEIVED + 8 < 1024, "received descriptors fit below RLIMIT_NOFILE");

static void say(int control, enum message_kind kind, const struct error *err)
{
        struct message m = {.kind = kind};
        ssize_t n;

        if (err) {
                m.code = err->code;
                memcpy(m.text, err->text, sizeof(m.text));
        }
        /* write() and not send(): it is on the allow-list that may be in force here. */
        do
                n = write(control, &m, sizeof(m));
        while (n < 0 && errno == EINTR);
}

static _Noreturn void fail(int control, const struct error *err)
{
        say(control, MESSAGE_FAILED, err);
        _exit(1);
}

/* Closes whatever is not in keep (which is sorted here): a daemon's sockets are none of the zone's business.
 */
static void close_all_but(int *keep, size_t n)
{
        unsigned from = 3;

        for (size_t i = 1; i < n; i++)
                for (size_t j = i; j > 0 && keep[j - 1] > keep[j]; j--) {
                        int swap = keep[j];

                        keep[j] = keep[j - 1];
                        keep[j - 1] = swap;
                }
        for (size_t i = 0; i < n; i++) {
                if (keep[i] < (int)from)
                        continue;
                if (keep[i] > (int)from)
                        close_range(from, (unsigned)keep[i] - 1, 0);
                from = (unsigned)keep[i] + 1;
        }
        close_range(from, ~0u, 0);
}

static void close_foreign(const struct child *c)
{
        int keep[JAIL_MAX_MOUNTS + CG_CONTROLLERS + 2];
        size_t n = 0;

        keep[n++] = c->control;
        keep[n++] = c->plan->root;
        for (size_t i = 0; i < CG_CONTROLLERS; i++)
                keep[n++] = c->tasks[i];
        for (size_t i = 0; i < JAIL_MAX_MOUNTS; i++)
                keep[n++] = c->plan->source[i];
        close_all_but(keep, n);
}

/* The daemon's terminal or log must not be held open by a zone that waits. */
static int null_streams(struct error *err)
{
        /* Not close-on-exec: with a stream closed, it may itself be one of the three. */
        int fd = open("/dev/null", O_RDWR);

        if (fd < 0)
                return error_errno(err, errno, "/dev/null");
        for (int i = 0; i < 3; i++)
                if (dup2(fd, i) < 0)
                        return error_errno(err, errno, "/dev/null");
        if (fd >= 3)
                close(fd);
        return 0;
}

/*
 * By writing "0" to tasks: the kernel moves the writer itself without waiting for a grace period, which the
 * parent's writing of a pid to cgroup.procs costs (10 ms were seen).
 */
static int join_cgroups(const struct child *c, struct error *err)
{
        for (size_t i = 0; i < CG_CONTROLLERS; i++)
                if (c->tasks[i] >= 0 && write(c->tasks[i], "0", 1) != 1)
                        return error_errno(err, errno, "joining the %s cgroup", controller_name((int)i));
        /* After joining, so that the zone's own groups are the root of what it can see. */
        if (unshare(CLONE_NEWCGROUP) < 0)
                return error_errno(err, errno, "cgroup namespace");
        return 0;
}

static int isolate(const struct child *c, struct error *err)
{
        const struct jail_spec *spec = c->spec;
        const char *host = spec->hostname ? spec->hostname : spec->zone;
        struct rights_proc proc = {-1, -1};
        int keep[1] = {c->control};
        int r = null_streams(err);

        if (r == 0)
                r = join_cgroups(c, err);
        if (r == 0)
                r = rights_open_proc(&proc, err);
        if (r == 0)
                r = mounts_enter(spec, c->plan, err);
        if (r == 0 && sethostname(host, strlen(host)) < 0)
                r = error_errno(err, errno, "host name %s", host);
        if (r == 0)
                r = rights_limits(&spec->limits, err);
        if (r == 0)
                r = rights_drop(spec->uid, &proc, err);
        close_all_but(keep, 1);
        return r;
}

struct start {
        const char *argv[MAX_ARGV + 1];
        const char *envp[MAX_ENVP + 1];
        int fd[MAX_RECEIVED];
        size_t n_fd;
};

static int split_words(const struct start_message *m, struct start *s)
{
        const char *p = m->strings, *end = m->strings + m->length;

        if (m->n_argv > MAX_ARGV || m->n_envp > MAX_ENVP || m->length > sizeof(m->strings))
                return -E2BIG;
        for (uint32_t i = 0; i < m->n_argv + m->n_envp; i++) {
                size_t n = strnlen(p, (size_t)(end - p));

                if (p + n >= end)
                        return -EBADMSG;
                if (i < m->n_argv)
                        s->argv[i] = p;
                else
                        s->envp[i - m->n_argv] = p;
                p += n + 1;
        }
        s->argv[m->n_argv] = NULL;
        s->envp[m->n_envp] = NULL;
        return 0;
}

static int receive(int control, struct start_message *m, struct start *s)
{
        union {
                struct cmsghdr head;
                char space[CMSG_SPACE(MAX_RECEIVED * sizeof(int))];
        } aux;
        struct iovec iov = {m, sizeof(*m)};
        struct msghdr msg = {
            .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &aux, .msg_controllen = sizeof(aux)};
        struct cmsghdr *c;
        ssize_t n;

        do
                n = recvmsg(control, &msg, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n == 0)
                _exit(0);
        if (n < 0)
                return -errno;
        c = CMSG_FIRSTHDR(&msg);
        if ((size_t)n < offsetof(struct start_message, strings) || m->kind != MESSAGE_START || !c ||
            c->cmsg_type != SCM_RIGHTS || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
            (size_t)n != offsetof(struct start_message, strings) + m->length)
                return -EBADMSG;
        s->n_fd = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(s->fd, CMSG_DATA(c), s->n_fd * sizeof(int));
        if (m->n_fds > JAIL_MAX_FDS || s->n_fd != 1 + (m->has_log != 0) + m->n_fds)
                return -EBADMSG;
        return split_words(m, s);
}

static int move_high(int *fd)
{
        int high = fcntl(*fd, F_DUPFD_CLOEXEC, HIGH_FD);

        if (high < 0)
                return -errno;
        close(*fd);
        *fd = high;
        return 0;
}

/* First all out of the way, then each to its number, so that no number overwrites one still to be placed. */
static int place_descriptors(const struct start_message *m, struct start *s, int *control)
{
        size_t at = 1;
        int r = move_high(control);

        for (size_t i = 0; r == 0 && i < s->n_fd; i++)
                r = move_high(&s->fd[i]);
        if (r < 0)
                return r;
        if (m->has_log) {
                if (dup2(s->fd[at], 1) < 0 || dup2(s->fd[at], 2) < 0)
                        return -errno;
                at++;
        }
        for (uint32_t i = 0; i < m->n_fds; i++)
                if (m->number[i] < 3 || m->number[i] > JAIL_MAX_FD_NUMBER ||
                    dup2(s->fd[at + i], m->number[i]) < 0)
                        return -EBADF;
        return 0;
}

/* Writing beyond is an error of that write (EFBIG), not the end of the machine, which the signal would be. */
static int bound_files(uint64_t bytes)
{
        const struct rlimit limit = {bytes, bytes};

        if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
                return -errno;
        return setrlimit(RLIMIT_FSIZE, &limit) < 0 ? -errno : 0;
}

/* The descriptors are at their numbers by now. */
static int restrict_paths(const struct jail_spec *spec, const struct start_message *m, int program_fd,
                          struct error *err)
{
        static const char *const readable[] = {"/usr", "/lib",           "/lib64", "/bin",
                                               "/dev", "/var/run/bhyve", NULL};
        static struct jail_fd fds[JAIL_MAX_FDS];
        const struct landlock_paths paths = {.executable = spec->readable ? spec->readable : readable,
                                             .writable = spec->writable,
                                             .fds = fds,
                                             .n_fds = m->n_fds,
                                             .program_fd = program_fd};

        for (uint32_t i = 0; i < m->n_fds; i++)
                fds[i] = (struct jail_fd){
                    .fd = -1, .number = m->number[i], .kind = (enum jail_fd_kind)m->fd_kind[i]};
        return landlock_restrict(&paths, err);
}

static _Noreturn void start(const struct jail_spec *spec, int control)
{
        static struct start_message m;
        static struct start s;
        struct error err = {0};
        int r = receive(control, &m, &s);

        if (r == 0)
                r = place_descriptors(&m, &s, &control);
        if (r == 0 && m.max_file > 0)
                r = bound_files(m.max_file);
        if (r < 0) {
                error_errno(&err, r, "start message");
                fail(control, &err);
        }
        if (!spec->no_landlock) {
                r = restrict_paths(spec, &m, s.fd[0], &err);
                if (r < 0 && r != -EOPNOTSUPP)
                        fail(control, &err);
        }
        if (!spec->no_seccomp && seccomp_wrap((enum jail_filter)m.filter, &err) < 0)
                fail(control, &err);
        say(control, MESSAGE_EXEC, NULL);
        syscall(SYS_execveat, s.fd[0], "", s.argv, s.envp, AT_EMPTY_PATH);
        error_errno(&err, errno, "exec");
        fail(control, &err);
}

_Noreturn void child_main(const struct child *child)
{
        struct error err = {0};

        close_foreign(child);
        if (isolate(child, &err) < 0)
                fail(child->control, &err);
        say(child->control, MESSAGE_READY, NULL);
        start(child->spec, child->control);
}

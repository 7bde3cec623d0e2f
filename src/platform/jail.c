/*
 * The life of a jail, seen from zoneadmd: create, start, adopt, destroy.  What happens inside is in child.c.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define ANSWER_MS  30000 /* a mount of a dead network file system should not hold zoneadmd for ever */
#define DESTROY_MS 5000

static void jail_init(struct jail *jail)
{
        *jail = (struct jail){.pid = 0, .pidfd = -1, .control = -1};
}

static int wait_readable(int fd, int timeout_ms)
{
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int n;

        do
                n = poll(&p, 1, timeout_ms);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

/* The next message of the child; 0 with *ret_end at the end of the socket. */
static int hear(int control, struct message *ret, bool *ret_end, struct error *err)
{
        int r = wait_readable(control, ANSWER_MS);
        ssize_t n;

        *ret_end = false;
        if (r < 0)
                return error_errno(err, r, "no answer from the zone");
        do
                n = read(control, ret, sizeof(*ret));
        while (n < 0 && errno == EINTR);
        if (n == 0 || (n < 0 && errno == ECONNRESET)) {
                *ret_end = true;
                return 0;
        }
        if (n < 0)
                return error_errno(err, errno, "control socket");
        if (n != (ssize_t)sizeof(*ret))
                return error_set(err, EBADMSG, "control socket: bad message");
        if (ret->kind == MESSAGE_FAILED) {
                ret->text[sizeof(ret->text) - 1] = '\0';
                return error_set(err, ret->code ? ret->code : EIO, "%s", ret->text);
        }
        return 0;
}

static int expect(int control, enum message_kind kind, struct error *err)
{
        struct message m;
        bool end;
        int r = hear(control, &m, &end, err);

        if (r < 0)
                return r;
        if (end)
                return error_set(err, ECHILD, "the first process of the zone ended");
        return m.kind == kind ? 0 : error_set(err, EBADMSG, "control socket: unexpected message");
}

static int make_cgroups(const struct jail_spec *spec, struct cgroup *ret, struct error *err)
{
        unsigned missing;
        int r;

        if (spec->member) {
                r = cgroup_open(spec->zone, ret, err);
                /* A host without any hierarchy has given the zone none either; nothing is to be joined. */
                return r == -ENOENT && !cgroup_possible() ? 0 : r;
        }
        r = cgroup_remove(spec->zone, 0, NULL);
        /* What a killed zoneadmd left is empty and goes; what is not empty belongs to a running zone. */
        if (r == -EBUSY)
                return error_set(err, EBUSY, "zone %s still has processes", spec->zone);
        r = cgroup_make(spec->zone, limits_controllers(&spec->limits), ret, &missing, err);
        if (r < 0)
                return r;
        if (missing && !spec->weak_limits) {
                struct problems list = {0};

                r = limits_missing(&spec->limits, missing, &list);
                r = r < 0 || list.n == 0 ? error_nomem(err) : error_set(err, ENOTSUP, "%s", list.text[0]);
                problems_clear(&list);
        }
        if (r == 0)
                r = limits_apply(ret, &spec->limits, false, err);
        if (r < 0)
                cgroup_close(ret);
        return r;
}

static int open_tasks(const struct cgroup *cg, int tasks[CG_CONTROLLERS], struct error *err)
{
        for (int i = 0; i < CG_CONTROLLERS; i++)
                tasks[i] = -1;
        for (int i = 0; i < CG_CONTROLLERS; i++) {
                if (cg->v1[i] < 0)
                        continue;
                tasks[i] = openat(cg->v1[i], "tasks", O_WRONLY | O_CLOEXEC);
                if (tasks[i] < 0)
                        return error_errno(err, errno, "cgroup %s", controller_name(i));
        }
        return 0;
}

/* The process is made inside its unified cgroup: moving it there later would wait for a grace period. */
static int clone_child(const struct child *child, int cgroup, struct jail *jail, struct error *err)
{
        struct clone_args args = {
            .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD |
                     CLONE_CLEAR_SIGHAND | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
            .pidfd = (uint64_t)(uintptr_t)&jail->pidfd,
            .exit_signal = SIGCHLD,
            .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
        };
        long pid = syscall(SYS_clone3, &args, sizeof(args));

        if (pid < 0)
                return error_errno(err, errno, "namespaces of the zone");
        if (pid == 0)
                child_main(child);
        jail->pid = (pid_t)pid;
        return 0;
}

static int launch(const struct jail_spec *spec, const struct mount_plan *plan, const struct cgroup *cg,
                  struct jail *jail, struct error *err)
{
        struct child child = {.spec = spec, .plan = plan};
        int ends[2], r = open_tasks(cg, child.tasks, err);

        if (r == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                r = error_errno(err, errno, "control socket");
        if (r == 0) {
                child.control = ends[1];
                jail->control = ends[0];
                r = clone_child(&child, cg->v2, jail, err);
                close(ends[1]);
        }
        for (int i = 0; i < CG_CONTROLLERS; i++)
                cleanup_close(&child.tasks[i]);
        return r < 0 ? r : expect(jail->control, MESSAGE_READY, err);
}

int jail_create(const struct jail_spec *spec, struct jail *ret, struct error *err)
{
        struct mount_plan plan;
        struct cgroup cg;
        int r;

        jail_init(ret);
        if (strlen(spec->zone) >= sizeof(ret->zone))
                return error_set(err, ENAMETOOLONG, "%s: name too long", spec->zone);
        if (spec->uid == 0 || spec->uid == (uid_t)-1)
                return error_set(err, EINVAL, "zone %s: uid %u cannot be a zone's", spec->zone, spec->uid);
        memcpy(ret->zone, spec->zone, strlen(spec->zone) + 1);
        ret->uid = spec->uid;
        ret->member = spec->member;
        r = mounts_prepare(spec, &plan, err);
        if (r < 0)
                return r;
        r = make_cgroups(spec, &cg, err);
        if (r < 0) {
                mounts_release(&plan);
                if (r != -EBUSY && !spec->member)
                        (void)cgroup_remove(spec->zone, 0, NULL);
                return r;
        }
        r = launch(spec, &plan, &cg, ret, err);
        mounts_release(&plan);
        cgroup_close(&cg);
        if (r < 0)
                (void)jail_destroy(ret, NULL);
        return r;
}

static int pack_words(struct start_message *m, const char *const *words, uint32_t *ret_n)
{
        for (*ret_n = 0; words && words[*ret_n]; ++*ret_n) {
                size_t n = strlen(words[*ret_n]) + 1;

                if (n > sizeof(m->strings) - m->length)
                        return -E2BIG;
                memcpy(m->strings + m->length, words[*ret_n], n);
                m->length += (uint32_t)n;
        }
        return 0;
}

static int pack_numbers(struct start_message *m, const struct jail_fd *fds, size_t n, struct error *err)
{
        bool taken[JAIL_MAX_FD_NUMBER + 1] = {false};

        if (n > JAIL_MAX_FDS)
                return error_set(err, E2BIG, "more than %d descriptors for the engine", JAIL_MAX_FDS);
        for (size_t i = 0; i < n; i++) {
                int number = fds[i].number;

                if (number < 3 || number > JAIL_MAX_FD_NUMBER || taken[number])
                        return error_set(err, EINVAL, "descriptor number %d is taken or out of range",
                                         number);
                taken[number] = true;
                m->number[i] = number;
                m->fd_kind[i] = (uint8_t)fds[i].kind;
        }
        m->n_fds = (uint32_t)n;
        return 0;
}

static int send_start(int control, const struct start_message *m, int program_fd, const struct jail_fd *fds,
                      int log_fd, struct error *err)
{
        union {
                struct cmsghdr head;
                char space[CMSG_SPACE((JAIL_MAX_FDS + 2) * sizeof(int))];
        } aux = {0};
        struct iovec iov = {(void *)m, offsetof(struct start_message, strings) + m->length};
        struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &aux};
        int list[JAIL_MAX_FDS + 2];
        size_t n = 0;

        list[n++] = program_fd;
        if (m->has_log)
                list[n++] = log_fd;
        for (uint32_t i = 0; i < m->n_fds; i++)
                list[n++] = fds[i].fd;
        aux.head.cmsg_level = SOL_SOCKET;
        aux.head.cmsg_type = SCM_RIGHTS;
        aux.head.cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(&aux.head), list, n * sizeof(int));
        msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
        if (sendmsg(control, &msg, MSG_NOSIGNAL) < 0)
                return error_errno(err, errno, "control socket");
        return 0;
}

int jail_start(struct jail *jail, int program_fd, const char *const *argv, const char *const *envp,
               const struct jail_fd *fds, size_t n_fds, int log_fd, struct error *err)
{
        _cleanup_free_ struct start_message *m = calloc(1, sizeof(*m));
        struct message answer;
        bool end;
        int r;

        if (!m)
                return error_nomem(err);
        if (jail->control < 0)
                return error_set(err, EALREADY, "zone %s is not waiting to be started", jail->zone);
        m->kind = MESSAGE_START;
        m->has_log = log_fd >= 0;
        m->max_file = jail->max_file;
        m->filter = jail->filter;
        r = pack_words(m, argv, &m->n_argv);
        if (r == 0)
                r = pack_words(m, envp, &m->n_envp);
        if (r < 0)
                return error_set(err, E2BIG, "arguments longer than %d bytes", JAIL_MAX_STRINGS);
        r = pack_numbers(m, fds, n_fds, err);
        if (r == 0)
                r = send_start(jail->control, m, program_fd, fds, log_fd, err);
        if (r == 0)
                r = expect(jail->control, MESSAGE_EXEC, err);
        if (r == 0)
                r = hear(jail->control, &answer, &end, err);
        if (r == 0 && !end)
                r = error_set(err, EBADMSG, "control socket: unexpected message");
        cleanup_close(&jail->control);
        return r;
}

int jail_adopt(const char *zone, pid_t pid, int pidfd, uid_t uid, struct jail *ret)
{
        jail_init(ret);
        if (strlen(zone) >= sizeof(ret->zone))
                return -ENAMETOOLONG;
        memcpy(ret->zone, zone, strlen(zone) + 1);
        ret->pid = pid;
        ret->pidfd = pidfd;
        ret->uid = uid;
        return 0;
}

int jail_root(const struct jail *jail, struct error *err)
{
        char path[48];
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "/proc/%d/root", (int)jail->pid);
        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_errno(err, errno, "root of zone %s", jail->zone);
        /* Still alive afterwards, so the number was still its own. */
        if (syscall(SYS_pidfd_send_signal, jail->pidfd, 0, NULL, 0) < 0)
                return error_errno(err, errno, "root of zone %s", jail->zone);
        return TAKE_FD(fd);
}

/* Pid 1 of a pid namespace is gone only when all others in it are. */
static int end_processes(struct jail *jail)
{
        siginfo_t info;
        int r;

        if (jail->pidfd < 0)
                return 0;
        if (syscall(SYS_pidfd_send_signal, jail->pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
                return -errno;
        r = wait_readable(jail->pidfd, DESTROY_MS);
        if (r < 0)
                return r == -ETIMEDOUT ? -EBUSY : r;
        /* Ours to bury unless it was adopted or somebody has. */
        (void)waitid(P_PIDFD, (id_t)jail->pidfd, &info, WEXITED | WNOHANG);
        return 0;
}

int jail_destroy(struct jail *jail, struct error *err)
{
        int r;

        cleanup_close(&jail->control);
        r = end_processes(jail);
        if (r < 0)
                return error_errno(err, r, "ending the processes of zone %s", jail->zone);
        cleanup_close(&jail->pidfd);
        jail->pid = 0;
        return jail->member ? 0 : jail_clean(jail->zone, err);
}

int jail_clean(const char *zone, struct error *err)
{
        /* An empty group goes at once; only one that is not has anybody to kill. */
        if (cgroup_remove(zone, 0, NULL) == 0)
                return 0;
        int r = cgroup_kill(zone, err);

        return r < 0 ? r : cgroup_remove(zone, DESTROY_MS, err);
}

void jail_release(struct jail *jail)
{
        cleanup_close(&jail->control);
        cleanup_close(&jail->pidfd);
}

int jail_set_limits(const char *zone, const struct jail_limits *limits, struct error *err)
{
        struct problems list = {0};
        struct cgroup cg;
        unsigned missing;
        int r = cgroup_open(zone, &cg, err);

        if (r < 0)
                return r;
        cgroup_close(&cg);
        r = jail_limits_check(limits, &list, err);
        if (r == 0 && list.n > 0)
                r = error_set(err, ENOTSUP, "%s", list.text[0]);
        problems_clear(&list);
        if (r < 0)
                return r;
        r = cgroup_make(zone, limits_controllers(limits), &cg, &missing, err);
        if (r < 0)
                return r;
        cgroup_close(&cg);
        r = cgroup_open(zone, &cg, err);
        if (r == 0) {
                r = limits_apply(&cg, limits, true, err);
                if (r == 0)
                        r = cgroup_join_all(&cg, err);
                cgroup_close(&cg);
        }
        return r;
}

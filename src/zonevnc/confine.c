/*
 * Rights of the processes that serve strangers: none.  They need connections to the screen, which only root
 * can make, so a small process beside them keeps root's uid, reads numbers, and answers each with the number
 * and a connection; it reads nothing that a stranger wrote.  An answer that nobody waited for any longer is
 * known by its number, and its connection closed.  The one that serves gives up everything once it listens:
 * uid, capabilities, the file system but for one directory, the network but for its sockets, and most system
 * calls.  What reads a picture gives up the same and more: it has its one connection already.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/jail.h"
#include "zonevnc/zonevnc.h"

#define NOBODY     65534
#define NO_DIR     "/proc/self/fdinfo" /* as a root: a directory that nothing can be made in */
#define ANSWER_SEC 5

/* An answer without a descriptor says that there was no connection. */
static void answer(int socket, uint32_t number, int fd)
{
        union {
                struct cmsghdr head;
                char space[CMSG_SPACE(sizeof(int))];
        } aux = {0};
        struct iovec iov = {&number, sizeof(number)};
        struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

        if (fd >= 0) {
                msg.msg_control = &aux;
                msg.msg_controllen = sizeof(aux.space);
                aux.head.cmsg_level = SOL_SOCKET;
                aux.head.cmsg_type = SCM_RIGHTS;
                aux.head.cmsg_len = CMSG_LEN(sizeof(int));
                memcpy(CMSG_DATA(&aux.head), &fd, sizeof(int));
        }
        (void)sendmsg(socket, &msg, MSG_NOSIGNAL);
}

static _Noreturn void help(const char *where, int socket)
{
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        uint32_t number;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int i = 0; i < 3; i++)
                if (dup2(null, i) < 0)
                        _exit(1);
        if (dup2(socket, 3) < 0)
                _exit(1);
        close_range(4, ~0u, 0);
        while (read(3, &number, sizeof(number)) == sizeof(number)) {
                _cleanup_close_ int fd = screen_connect(where);

                answer(3, number, fd);
        }
        _exit(0);
}

int screens_separate(struct screens *screens, struct error *err)
{
        const struct timeval patience = {.tv_sec = ANSWER_SEC};
        int pair[2];
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_errno(err, errno, "socketpair");
        pid = fork();
        if (pid == 0)
                help(screens->where, pair[1]);
        close(pair[1]);
        if (pid < 0) {
                close(pair[0]);
                return error_errno(err, errno, "fork");
        }
        setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        screens->helper = pair[0];
        return 0;
}

/* The next answer and its number: a connection, or -ECONNREFUSED. */
static int receive(int socket, int flags, uint32_t *ret_number)
{
        union {
                struct cmsghdr head;
                char space[CMSG_SPACE(sizeof(int))];
        } aux = {0};
        struct iovec iov = {ret_number, sizeof(*ret_number)};
        struct msghdr msg = {
            .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &aux, .msg_controllen = sizeof(aux)};
        const struct cmsghdr *c;
        int fd;

        if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | flags) != sizeof(*ret_number))
                return -ETIMEDOUT;
        c = CMSG_FIRSTHDR(&msg);
        if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
            c->cmsg_len != CMSG_LEN(sizeof(int)))
                return -ECONNREFUSED;
        memcpy(&fd, CMSG_DATA(c), sizeof(int));
        if (msg.msg_flags & MSG_CTRUNC) {
                close(fd);
                return -ECONNREFUSED;
        }
        return fd;
}

int screens_connect(struct screens *screens)
{
        uint32_t number = ++screens->asked, answered;
        int late;

        if (screens->helper < 0)
                return screen_connect(screens->where);
        /* Room for the answer, or both could wait for the other to read. */
        while ((late = receive(screens->helper, MSG_DONTWAIT, &answered)) != -ETIMEDOUT)
                if (late >= 0)
                        close(late);
        if (write(screens->helper, &number, sizeof(number)) != sizeof(number))
                return -EPIPE;
        for (;;) {
                int fd = receive(screens->helper, 0, &answered);

                if (fd == -ETIMEDOUT || answered == number)
                        return fd;
                if (fd >= 0)
                        close(fd);
        }
}

static int become_nobody(void)
{
        for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
                if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
                        return -errno;
        if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
            setresuid(NOBODY, NOBODY, NOBODY) < 0)
                return -errno;
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/*
 * All but the system calls.  files: the one directory that can still be read, as the root (NULL: none); the
 * parent's end sends this process a signal.
 */
static int give_up(const char *files, int signal, struct error *err)
{
        static const char *const root[] = {"/", NULL};
        const struct rlimit none = {0};
        const pid_t parent = getppid();
        int r;

        /* A socket stays in the network that it was made in. */
        if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
                return error_errno(err, errno, "giving up the network");
        if (chroot(files ? files : NO_DIR) < 0 || chdir("/") < 0)
                return error_errno(err, errno, "giving up the file system");
        r = become_nobody();
        if (r < 0)
                return error_errno(err, r, "giving up rights");
        /* Changing the uid has undone it. */
        prctl(PR_SET_PDEATHSIG, signal);
        if (getppid() != parent)
                return error_set(err, ECHILD, "the parent has ended");
        if (setrlimit(RLIMIT_NPROC, &none) < 0)
                return error_errno(err, errno, "resource limits");
        r = jail_landlock(files ? root : NULL, NULL, NULL, NULL, 0, err);
        return r == -EOPNOTSUPP ? 0 : r;
}

int screens_confine(const struct screens *screens, const char *files, struct error *err)
{
        int r;

        if (screens->helper < 0)
                return 0;
        r = give_up(files, SIGTERM, err);
        return r < 0 ? r : jail_seccomp_server(err);
}

int screen_confine_reader(struct error *err)
{
        const struct rlimit none = {0};
        int r;

        if (setsid() < 0)
                return error_errno(err, errno, "giving up the terminal");
        if (setrlimit(RLIMIT_FSIZE, &none) < 0)
                return error_errno(err, errno, "resource limits");
        r = give_up(NULL, SIGKILL, err);
        return r < 0 ? r : jail_seccomp_reader(err);
}

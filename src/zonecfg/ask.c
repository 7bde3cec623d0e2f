/* Talking to the person at the terminal: yes/no questions and the pager; see session.h. */
#include "zonecfg/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void interrupt(int sig)
{
        (void)sig;
}

/* How SIGINT was taken before the question. */
struct interrupt {
        sigset_t mask;
        struct sigaction action;
};

/* Blocks SIGINT but for the waiting, which it then cuts short, even where the program ignores it. */
static void hold_interrupt(struct interrupt *ret_before)
{
        const struct sigaction action = {.sa_handler = interrupt};
        sigset_t block;

        sigemptyset(&block);
        sigaddset(&block, SIGINT);
        sigprocmask(SIG_BLOCK, &block, &ret_before->mask);
        sigaction(SIGINT, &action, &ret_before->action);
}

static void release_interrupt(const struct interrupt *before)
{
        sigaction(SIGINT, &before->action, NULL);
        sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

/* Waits for a line or the end of the input; false: ^C came first, which lets through the mask it is given. */
static bool answered(const sigset_t *mask)
{
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

        return ppoll(&input, 1, NULL, mask) >= 0 || errno != EINTR;
}

int session_ask(struct session *s, const char *fmt, ...)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        struct interrupt before;
        bool answer;
        va_list ap;

        if (!s->terminal)
                return -1;
        s->repeatable = false; /* nobody wants to be asked twice */
        /* From before the question on, so that no ^C that answers it is lost. */
        hold_interrupt(&before);
        va_start(ap, fmt);
        vfprintf(s->out, fmt, ap);
        va_end(ap);
        fputs(" (y/[n])? ", s->out);
        fflush(s->out);
        answer = answered(&before.mask);
        release_interrupt(&before);
        if (!answer) {
                fputc('\n', s->out);
                return 0;
        }
        if (getline(&line, &size, stdin) < 0) {
                clearerr(stdin);
                return -1;
        }
        return line[0] == 'y' || line[0] == 'Y';
}

void session_page(struct session *s, const char *text)
{
        const char *pager = getenv("PAGER");
        FILE *pipe;
        int status;

        if (s->mode != MODE_INTERACTIVE || !isatty(STDOUT_FILENO)) {
                fputs(text, s->out);
                return;
        }
        fflush(s->out);
        pipe = popen(pager && *pager ? pager : "more", "we");
        if (!pipe) {
                fputs(text, s->out);
                return;
        }
        signal(SIGPIPE, SIG_IGN); /* the pager may be left before the end */
        fputs(text, pipe);
        status = pclose(pipe);
        /* What the shell says of a command that it cannot run, and has said. */
        if (WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127))
                fputs(text, s->out);
}

/* Talking to the person at the terminal: yes/no questions and the pager; see session.h. */
#include "zonecfg/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Waits for a line or the end of the input; -EINTR: ^C came first.  SIGINT is blocked but for the waiting, so
 * that none is lost before it.  Where the program ignores SIGINT, it comes to nothing.
 */
static int wait_for_answer(void)
{
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        sigset_t interrupt, before;
        int r;

        sigemptyset(&interrupt);
        sigaddset(&interrupt, SIGINT);
        sigprocmask(SIG_BLOCK, &interrupt, &before);
        r = ppoll(&input, 1, NULL, &before) < 0 ? -errno : 0;
        sigprocmask(SIG_SETMASK, &before, NULL);
        return r;
}

int session_ask(struct session *s, const char *fmt, ...)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        va_list ap;

        if (!s->terminal)
                return -1;
        s->repeatable = false; /* nobody wants to be asked twice */
        va_start(ap, fmt);
        vfprintf(s->out, fmt, ap);
        va_end(ap);
        fputs(" (y/[n])? ", s->out);
        fflush(s->out);
        if (wait_for_answer() == -EINTR) {
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
        pclose(pipe);
}

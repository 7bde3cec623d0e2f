/* Talking to the person at the terminal: yes/no questions and the pager; see session.h. */
#include "zonecfg/session.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

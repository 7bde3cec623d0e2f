/*
 * The interactive mode, on libedit.  Linking it costs every start of zonecfg 0.2 to 0.4 ms (measured against
 * the same program without it), too little to pay for a second program that holds only this.
 */
#include "zonecfg/line.h"

#include <errno.h>
#include <glob.h>
#include <histedit.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "base/cleanup.h"
#include "zonecfg/complete.h"
#include "zonecfg/verb.h"

#define HISTORY_MAX 1024

struct editor {
        struct session *s;
        EditLine *el;
        History *history;
        char prompt[128];
        char file[PATH_MAX]; /* of the history; "" if there is no home */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
        (void)sig;
        interrupted = 1;
}

/*
 * Reads a character for libedit.  SIGINT is blocked while a line is read, except while this waits: a ^C is
 * noticed whenever it comes, and not lost between two characters.
 */
static int read_character(EditLine *el, wchar_t *ret)
{
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        mbstate_t state = {0};
        sigset_t open, pending;

        (void)el;
        sigprocmask(SIG_BLOCK, NULL, &open);
        sigdelset(&open, SIGINT);
        for (;;) {
                ssize_t n;
                char c;

                /* With input there, ppoll may leave a signal that is pending as it is. */
                sigpending(&pending);
                if (ppoll(&input, 1, NULL, &open) < 0) {
                        if (errno == EINTR && !interrupted)
                                continue;
                        return -1;
                }
                if (sigismember(&pending, SIGINT)) {
                        interrupted = 1;
                        errno = EINTR;
                        return -1;
                }
                n = read(STDIN_FILENO, &c, 1);
                if (n <= 0)
                        return (int)n;
                switch (mbrtowc(ret, &c, 1, &state)) {
                case (size_t)-2: /* more bytes of it are to come */
                        continue;
                case (size_t)-1:
                        *ret = (unsigned char)c;
                        return 1;
                default:
                        return 1;
                }
        }
}

static char *prompt(EditLine *el)
{
        struct editor *e;

        el_get(el, EL_CLIENTDATA, &e);
        if (e->s->scope)
                snprintf(e->prompt, sizeof(e->prompt), "zonecfg:%s:%s> ", e->s->zone, e->s->scope->def->name);
        else
                snprintf(e->prompt, sizeof(e->prompt), "zonecfg:%s> ", e->s->zone);
        return e->prompt;
}

/* Files of the host that begin with the word and whose names need no quotes, directories with a slash. */
static void add_files(struct completion *c, const char *word, size_t len)
{
        char pattern[PATH_MAX];
        glob_t found = {0};

        if (len >= sizeof(pattern) - 1)
                return;
        snprintf(pattern, sizeof(pattern), "%.*s*", (int)len, word);
        if (strcspn(pattern, "*?[\\") < len)
                return;
        if (glob(pattern, GLOB_MARK, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc; i++)
                        if (completion_bare(found.gl_pathv[i]))
                                strv_add(&c->word, found.gl_pathv[i]);
        globfree(&found);
}

/* How many bytes all candidates have in common, in whole characters. */
static size_t common_length(const struct strv *v)
{
        size_t n = strlen(v->v[0]);

        for (size_t i = 1; i < v->n; i++) {
                size_t j = 0;

                while (j < n && v->v[i][j] == v->v[0][j])
                        j++;
                n = j;
        }
        while (n > 0 && ((unsigned char)v->v[0][n] & 0xc0) == 0x80)
                n--;
        return n;
}

static void list_candidates(struct editor *e, const struct strv *v)
{
        size_t width = 0, column = 0;

        for (size_t i = 0; i < v->n; i++)
                if (strlen(v->v[i]) > width)
                        width = strlen(v->v[i]);
        width += 2;
        fputc('\n', e->s->out);
        for (size_t i = 0; i < v->n; i++) {
                fprintf(e->s->out, "%-*s", (int)width, v->v[i]);
                column += width;
                if (column + width > 78 || i + 1 == v->n) {
                        fputc('\n', e->s->out);
                        column = 0;
                }
        }
}

/* Puts what the candidates have in common on the line, and a blank after the only one if closed. */
static unsigned char insert(EditLine *el, const char *rest, size_t len, bool closed)
{
        _cleanup_free_ char *text = NULL;

        if (asprintf(&text, "%.*s%s", (int)len, rest, closed ? " " : "") < 0) {
                text = NULL;
                return CC_ERROR;
        }
        return el_insertstr(el, text) == 0 ? CC_REFRESH : CC_ERROR;
}

static unsigned char on_tab(EditLine *el, int ch)
{
        const LineInfo *info = el_line(el);
        size_t len = (size_t)(info->cursor - info->buffer), have, common;
        struct completion c;
        struct editor *e;
        unsigned char result = CC_ERROR;

        (void)ch;
        el_get(el, EL_CLIENTDATA, &e);
        complete(e->s, info->buffer, len, &c);
        have = len - c.start;
        if (c.files)
                add_files(&c, info->buffer + c.start, have);
        if (!c.word.failed && c.word.n > 0) {
                const char *first = c.word.v[0];
                bool closed;

                common = common_length(&c.word);
                closed = c.word.n == 1 && common > 0 && first[common - 1] != '=' && first[common - 1] != '/';
                if (common > have || (common == have && closed)) {
                        result = insert(el, first + have, common - have, closed);
                } else if (c.word.n > 1) {
                        list_candidates(e, &c.word);
                        result = CC_REDISPLAY;
                }
        }
        strv_free(&c.word);
        return result;
}

static void open_history(struct editor *e)
{
        const char *home = getenv("HOME");
        HistEvent ev;

        e->history = history_init();
        if (!e->history)
                return;
        history(e->history, &ev, H_SETSIZE, HISTORY_MAX);
        history(e->history, &ev, H_SETUNIQUE, 1);
        if (home && home[0] == '/' &&
            snprintf(e->file, sizeof(e->file), "%s/.zonecfg_history", home) < (int)sizeof(e->file))
                history(e->history, &ev, H_LOAD, e->file);
        else
                e->file[0] = '\0';
        el_set(e->el, EL_HIST, history, e->history);
}

/* Values may be passwords: the history is the user's alone. */
static void save_history(struct editor *e)
{
        mode_t before = umask(077);
        HistEvent ev;

        if (e->history && e->file[0])
                history(e->history, &ev, H_SAVE, e->file);
        umask(before);
        if (e->history)
                history_end(e->history);
}

static int editor_open(struct editor *e)
{
        /* libedit asks which characters can be typed: in the C locale, the bytes of others would be commands.
         */
        if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1)
                setlocale(LC_CTYPE, "C.UTF-8");
        e->el = el_init("zonecfg", stdin, stdout, stderr);
        if (!e->el)
                return -ENOMEM;
        el_set(e->el, EL_CLIENTDATA, e);
        el_set(e->el, EL_PROMPT, prompt);
        el_set(e->el, EL_EDITOR, "emacs");
        el_set(e->el, EL_GETCFN, read_character);
        open_history(e);
        el_set(e->el, EL_ADDFN, "zonecfg-complete", "Complete the word", on_tab);
        el_set(e->el, EL_BIND, "^I", "zonecfg-complete", NULL);
        el_source(e->el, NULL);
        return 0;
}

/* One line: 1 it was run, 0 the input is at its end. */
static int one_line(struct editor *e, unsigned *line)
{
        HistEvent ev;
        const char *text;
        sigset_t block, before;
        int n = 0;

        sigemptyset(&block);
        sigaddset(&block, SIGINT);
        sigprocmask(SIG_BLOCK, &block, &before);
        interrupted = 0;
        text = el_gets(e->el, &n);
        sigprocmask(SIG_SETMASK, &before, NULL);
        if (interrupted && (!text || n <= 0)) { /* ^C drops the line */
                el_reset(e->el);
                fputc('\n', e->s->out);
                return 1;
        }
        if (!text || n <= 0)
                return 0;
        if (e->history && text[strspn(text, " \t\r\n")])
                history(e->history, &ev, H_ENTER, text);
        session_run_text(e->s, text, (size_t)n, ++*line);
        return 1;
}

void line_loop(struct session *s)
{
        struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART}, before;
        struct editor e = {.s = s};
        unsigned line = 0;

        if (editor_open(&e) < 0) {
                session_nomem(s);
                return;
        }
        /*
         * A handler, not SIG_IGN: the pager and the editor that are started must not inherit it.  It cuts
         * nothing short but the two places that wait for a person, here and in ask.c.
         */
        sigaction(SIGINT, &action, &before);
        while (!s->quit)
                if (one_line(&e, &line) == 0) {
                        fputc('\n', s->out);
                        session_finish(s, false);
                }
        save_history(&e);
        el_end(e.el);
        sigaction(SIGINT, &before, NULL);
}

/* The user's terminal; see terminal.h. */
#include "zlogin/terminal.h"

#include <errno.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"

static const int caught[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};

static struct termios saved;
static bool have_terminal;
static bool is_raw;
static sigset_t poll_mask;
static volatile sig_atomic_t pending;

static int special(cc_t c)
{
        return c == _POSIX_VDISABLE ? ESCAPE_NONE : c;
}

int terminal_open(struct escape *e, struct error *err)
{
        if (!isatty(STDIN_FILENO))
                return 0;
        if (tcgetattr(STDIN_FILENO, &saved) < 0)
                return error_errno(err, errno, "cannot read the settings of the terminal");
        have_terminal = true;
        e->eof = special(saved.c_cc[VEOF]);
        e->line[0] = special(saved.c_cc[VKILL]);
        e->line[1] = special(saved.c_cc[VEOL]);
        e->line[2] = special(saved.c_cc[VSUSP]);
        e->line[3] = special(saved.c_cc[VINTR]);
        return 0;
}

int terminal_raw(struct error *err)
{
        struct termios raw = saved;

        if (!have_terminal || is_raw)
                return 0;
        cfmakeraw(&raw);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0)
                return error_errno(err, errno, "cannot put the terminal into raw mode");
        is_raw = true;
        return 0;
}

void terminal_restore(void)
{
        if (!is_raw)
                return;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
        is_raw = false;
}

static void note_signal(int sig)
{
        pending = sig;
}

void terminal_catch_signals(void)
{
        struct sigaction action = {.sa_handler = note_signal};
        sigset_t block;

        sigemptyset(&block);
        for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
                sigaction(caught[i], &action, NULL);
                sigaddset(&block, caught[i]);
        }
        sigprocmask(SIG_BLOCK, &block, &poll_mask);
        /* Whoever started us may have blocked them, which a session without a way out must not inherit. */
        for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
                sigdelset(&poll_mask, caught[i]);
        action.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &action, NULL);
}

const sigset_t *terminal_poll_mask(void)
{
        return &poll_mask;
}

int terminal_signal(void)
{
        return pending;
}

void terminal_deliver(int sig)
{
        struct sigaction action = {.sa_handler = SIG_DFL}, ours;
        struct error ignored = {0};
        bool was_raw = is_raw;
        sigset_t one, before;

        terminal_restore();
        pending = 0;
        sigemptyset(&one);
        sigaddset(&one, sig);
        sigaction(sig, &action, &ours);
        raise(sig);
        sigprocmask(SIG_UNBLOCK, &one, &before);
        /* Here again only after a stop and a continue. */
        sigprocmask(SIG_SETMASK, &before, NULL);
        sigaction(sig, &ours, NULL);
        if (was_raw)
                terminal_raw(&ignored);
}

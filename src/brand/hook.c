/*
 * Running a brand's hooks; see brand.h.  A command of plain words is started directly, which saves the
 * milliseconds of a shell on the boot path; one that uses the shell's language goes through /bin/sh -c.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "brand/brand.h"

#define OUTPUT_MAX (64u * 1024)
/* How long a hook that is over its time has between SIGTERM and SIGKILL. */
#define GRACE_MS 500

extern char **environ;

struct child {
        pid_t pid;
        int pidfd;
        int output; /* read end of the pipe, -1 when the output is not captured */
};

static long now_ms(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* True if the shell would do anything with the text but split it at blanks. */
static bool needs_shell(const char *text)
{
        return strpbrk(text, "\n\t\"'\\$`;&|<>()[]{}*?~#!^") != NULL || strchr(text, '=') != NULL;
}

/* True if the text stands for itself wherever a shell meets it. */
static bool is_plain(const char *text)
{
        for (const unsigned char *p = (const unsigned char *)text; *p; p++)
                if (*p < 0x80 && !isalnum(*p) && !strchr("/._-+@:,=", *p))
                        return false;
        return true;
}

/* Appends text in single quotes: what the shell must not take apart. */
static void put_quoted(struct strbuf *b, const char *text)
{
        strbuf_putc(b, '\'');
        for (const char *p = text; *p; p++) {
                if (*p == '\'')
                        strbuf_puts(b, "'\\''");
                else
                        strbuf_putc(b, *p);
        }
        strbuf_putc(b, '\'');
}

/* The program that a first word names: below root, if it is there. */
static void find_program(const struct root *root, const char *word, char program[PATH_MAX])
{
        if (word[0] != '/' || root_program(root, word, program, PATH_MAX) < 0)
                snprintf(program, PATH_MAX, "%s", word);
}

/*
 * Words are told apart before anything is put in place of the tokens, so that a zonepath is one argument
 * whatever is in it; so is each argument that is appended.  glued: the first of these belongs to the last
 * word.
 */
static int make_words(const struct root *root, const char *text, const struct brand_run *run, bool glued,
                      struct strv *argv)
{
        const char *const *arg = run->args;
        char program[PATH_MAX];

        for (const char *p = text + strspn(text, " "); *p;) {
                size_t n = strcspn(p, " ");
                _cleanup_free_ char *word = strndup(p, n);
                _cleanup_free_ char *expanded =
                    word ? brand_expand(word, run->zone, run->zonepath, NULL) : NULL;

                if (!expanded)
                        return -ENOMEM;
                p += n + strspn(p + n, " ");
                if (argv->n == 0)
                        find_program(root, expanded, program);
                if (!*p && glued && arg && *arg)
                        strv_addf(argv, "%s%s", argv->n == 0 ? program : expanded, *arg++);
                else if (*expanded) /* a token that is not known vanishes */
                        strv_add(argv, argv->n == 0 ? program : expanded);
        }
        for (; arg && *arg; arg++)
                strv_add(argv, *arg);
        return argv->failed ? -ENOMEM : 0;
}

/* The same for a text that is meant for the shell: "exec CMD ARGS". */
static int make_line(const struct root *root, const char *text, const struct brand_run *run, bool glued,
                     struct strv *argv)
{
        _cleanup_free_ char *expanded = brand_expand(text, run->zone, run->zonepath, NULL);
        _cleanup_free_ char *first = NULL;
        const char *command = expanded ? expanded + strspn(expanded, " ") : "";
        size_t n = strcspn(command, " ");
        char program[PATH_MAX];
        struct strbuf line = {0};

        first = strndup(command, n);
        if (!expanded || !first)
                return -ENOMEM;
        strbuf_puts(&line, "exec ");
        /* A first word that the shell itself must read ("$X", "A=b") stays as it is. */
        find_program(root, first, program);
        if (needs_shell(first))
                strbuf_puts(&line, first);
        else
                put_quoted(&line, program);
        strbuf_puts(&line, command + n);
        for (const char *const *arg = run->args; arg && *arg; arg++) {
                if (!glued || arg != run->args)
                        strbuf_putc(&line, ' ');
                put_quoted(&line, *arg);
        }
        strv_add(argv, "/bin/sh");
        strv_add(argv, "-c");
        strv_consume(argv, strbuf_take(&line));
        return argv->failed ? -ENOMEM : 0;
}

/* glued is for verify_adm, whose text brings its own blank. */
static int make_argv(const struct root *root, const char *text, const struct brand_run *run, bool glued,
                     struct strv *argv, struct error *err)
{
        const char *end = text + strlen(text);
        int r;

        if (strspn(text, " ") == strlen(text))
                return error_set(err, EINVAL, "a hook of the brand names no program");
        glued = glued && end[-1] != ' ';
        if (!needs_shell(text)) {
                r = make_words(root, text, run, glued, argv);
                return r < 0 ? error_nomem(err) : 0;
        }
        if (!is_plain(str_empty(run->zonepath)) || !is_plain(str_empty(run->zone)))
                return error_set(err, EINVAL,
                                 "zonepath %s: the brand hands it to a shell, and there is more in it than "
                                 "letters, digits and /._-+@:,=",
                                 run->zonepath);
        r = make_line(root, text, run, glued, argv);
        return r < 0 ? error_nomem(err) : 0;
}

static bool same_variable(const char *a, const char *b)
{
        size_t n = strcspn(a, "=");

        return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* Sets NAME=value, in place of one that is there. */
static void set_variable(struct strv *env, char *text)
{
        for (size_t i = 0; text && i < env->n; i++)
                if (same_variable(text, env->v[i])) {
                        free(env->v[i]);
                        env->v[i] = text;
                        return;
                }
        strv_consume(env, text);
}

static int make_env(const struct root *root, const struct brand_run *run, struct strv *env)
{
        for (char **e = environ; e && *e; e++)
                strv_add(env, *e);
        if (root->path[0]) {
                char *text = NULL;

                if (asprintf(&text, "%s=%s", ZONES_ROOT_ENV, root->path) < 0)
                        text = NULL;
                set_variable(env, text);
        }
        for (const char *const *e = run->env; e && *e; e++)
                set_variable(env, strdup(*e));
        return env->failed ? -ENOMEM : 0;
}

static int spawn(const struct strv *argv, const struct strv *env, bool capture, bool own_group,
                 struct child *ret)
{
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attr;
        int pipes[2] = {-1, -1}, r;
        sigset_t none, usual;

        if (capture && pipe2(pipes, O_CLOEXEC) < 0)
                return -errno;
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attr);
        sigemptyset(&none);
        sigemptyset(&usual);
        sigaddset(&usual, SIGPIPE);
        sigaddset(&usual, SIGCHLD);
        sigaddset(&usual, SIGTERM);
        sigaddset(&usual, SIGINT);
        posix_spawnattr_setsigmask(&attr, &none);
        posix_spawnattr_setsigdefault(&attr, &usual);
        posix_spawnattr_setflags(&attr, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                (own_group ? POSIX_SPAWN_SETPGROUP : 0)));
        r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (r == 0 && capture)
                r = posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
        if (r == 0 && capture)
                r = posix_spawn_file_actions_adddup2(&actions, pipes[1], STDERR_FILENO);
        if (r == 0)
                r = posix_spawn(&ret->pid, argv->v[0], &actions, &attr, argv->v, env->v);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attr);
        if (pipes[1] >= 0)
                close(pipes[1]);
        if (r != 0) {
                if (pipes[0] >= 0)
                        close(pipes[0]);
                return -r;
        }
        ret->output = pipes[0];
        ret->pidfd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
        return 0;
}

/* Reads what is there; what is over the limit is read and dropped, so that the hook never blocks on us. */
static void drain(struct child *c, struct strbuf *out)
{
        char buf[4096];
        ssize_t n = read(c->output, buf, sizeof(buf));

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n <= 0) {
                close(c->output);
                c->output = -1;
                return;
        }
        if (out->len < OUTPUT_MAX)
                strbuf_add(out, buf, (size_t)n < OUTPUT_MAX - out->len ? (size_t)n : OUTPUT_MAX - out->len);
}

static void stop_child(const struct child *c, bool own_group, int sig)
{
        kill(own_group ? -c->pid : c->pid, sig);
}

/* Waits for the exit of the child, not for the end of its output: a hook may leave a daemon behind. */
static int wait_child(struct child *c, int timeout_ms, struct strbuf *out, bool *ret_timeout, int *ret_signal)
{
        long deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
        unsigned after_exit = 0;
        int status;

        *ret_timeout = false;
        for (;;) {
                struct pollfd fds[2] = {{c->pidfd, POLLIN, 0}, {c->output, POLLIN, 0}};
                long left = deadline < 0 ? -1 : deadline - now_ms();
                int r;

                if (deadline >= 0 && left <= 0) {
                        stop_child(c, true, *ret_timeout ? SIGKILL : SIGTERM);
                        deadline = *ret_timeout ? -1 : now_ms() + GRACE_MS;
                        *ret_timeout = true;
                        continue;
                }
                r = poll(fds, 2, (int)left);
                if (r < 0 && errno != EINTR)
                        return -errno;
                /* What the hook wrote before it ended is still in the pipe; a daemon may write for ever. */
                if (r > 0 && fds[1].revents && after_exit < OUTPUT_MAX / 4096) {
                        drain(c, out);
                        after_exit += fds[0].revents != 0;
                } else if (r > 0 && fds[0].revents) {
                        break;
                }
        }
        if (*ret_timeout)
                stop_child(c, true, SIGKILL);
        while (waitpid(c->pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        *ret_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : BRAND_EXIT_FATAL;
}

static int run_command(const struct root *root, const char *text, const struct brand_run *run, bool glued,
                       struct error *err)
{
        _cleanup_(strv_free) struct strv argv = {0}, env = {0};
        _cleanup_(strbuf_free) struct strbuf out = {0};
        struct child c = {.output = -1, .pidfd = -1};
        bool timeout = false;
        int number = 0, r = make_argv(root, text, run, glued, &argv, err);

        if (r < 0)
                return r;
        if (make_env(root, run, &env) < 0)
                return error_nomem(err);
        r = spawn(&argv, &env, run->ret_output != NULL, run->timeout_ms >= 0, &c);
        if (r < 0)
                return error_errno(err, r, "%s", argv.v[0]);
        if (c.pidfd < 0) {
                r = error_errno(err, errno, "pidfd_open");
                stop_child(&c, false, SIGKILL);
                waitpid(c.pid, NULL, 0);
        } else {
                r = wait_child(&c, run->timeout_ms, &out, &timeout, &number);
                if (r < 0)
                        error_errno(err, r, "%s", argv.v[0]);
                close(c.pidfd);
        }
        if (c.output >= 0)
                close(c.output);
        if (run->ret_signal)
                *run->ret_signal = number;
        if (r >= 0 && run->ret_output && !(*run->ret_output = strbuf_take(&out)))
                return error_nomem(err);
        if (r >= 0 && timeout)
                return error_set(err, ETIMEDOUT, "%s: did not end within %d ms", argv.v[0], run->timeout_ms);
        return r;
}

int brand_run_hook(const struct root *root, const struct brand *brand, enum brand_text hook,
                   const struct brand_run *run, struct error *err)
{
        if (run->ret_output)
                *run->ret_output = NULL;
        if (run->ret_signal)
                *run->ret_signal = 0;
        if (!brand->text[hook])
                return BRAND_OK;
        return run_command(root, brand->text[hook], run, hook == BRAND_VERIFY_ADM, err);
}

int brand_hook_failed(struct error *err, const char *hook, int status, int number)
{
        const char *name = sigabbrev_np(number);

        if (number && name)
                return error_set(err, EIO, "%s was ended by SIG%s", hook, name);
        if (number)
                return error_set(err, EIO, "%s was ended by signal %d", hook, number);
        return error_set(err, EIO, "%s ended with %d", hook, status);
}

/*
 * The engine ends with status 0 whatever the guest did, so a parent watches its monitor and turns the reason
 * of its end into the exit status of bhyve(8).  SIGTERM becomes a press of the power button (button.h), and a
 * guest that halts for good has ended (halt.h).
 */
#include "supervise.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "button.h"
#include "halt.h"
#include "pin.h"
#include "qmp.h"

#define LOOK_MS 500 /* how often the engine's use of time is looked at */
#define IDLE_NS (5 * 1000 * 1000)

struct watch {
        const struct supervised *s;
        struct qmp qmp;
        int log, signals, pidfd;
        int status; /* what the guest's end means; -1: not known */
        bool triple_fault;
        bool viewer_awaited; /* nobody has let the guest go yet */
        struct button button;
        struct halt halt;
        clockid_t clock; /* the engine's use of time.. */
        int64_t used;    /* ..when it was last looked at */
        char line[4097]; /* the engine's error output, up to a whole line; the last byte stays NUL */
        size_t line_len;
};

static int reason_status(const char *reason, bool triple_fault)
{
        static const struct {
                const char *reason;
                int status;
        } table[] = {
            {"guest-reset", BHYVE_EXIT_RESET},        {"host-qmp-system-reset", BHYVE_EXIT_RESET},
            {"guest-shutdown", BHYVE_EXIT_POWEROFF},  {"host-qmp-quit", BHYVE_EXIT_POWEROFF},
            {"host-signal", BHYVE_EXIT_POWEROFF},     {"host-ui", BHYVE_EXIT_POWEROFF},
            {"guest-panic", BHYVE_EXIT_TRIPLE_FAULT},
        };

        if (triple_fault)
                return BHYVE_EXIT_TRIPLE_FAULT;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (strcmp(table[i].reason, reason) == 0)
                        return table[i].status;
        return BHYVE_EXIT_ERROR;
}

static int64_t now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ask_about(struct watch *w, int cpu)
{
        if (cpu != HALT_NOBODY)
                qmp_send(&w->qmp, "human-monitor-command",
                         json_pack("{s:s, s:i}", "command-line", "info registers", "cpu-index", cpu));
}

static void look(struct watch *w)
{
        struct timespec t;
        int64_t used;

        if (w->qmp.fd < 0 || !w->button.ready || clock_gettime(w->clock, &t) < 0)
                return;
        used = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
        ask_about(w, halt_look(&w->halt, used - w->used < IDLE_NS));
        w->used = used;
}

static void on_registers(struct watch *w, const char *registers)
{
        ask_about(w, halt_answer(&w->halt, registers));
        if (!halt_is_final(&w->halt) || w->status >= 0)
                return;
        w->status = BHYVE_EXIT_HALT;
        qmp_send(&w->qmp, "quit", NULL);
}

static void press(struct watch *w)
{
        qmp_send(&w->qmp, "system_powerdown", NULL);
}

static void on_greeting(struct watch *w)
{
        qmp_send(&w->qmp, "qmp_capabilities", NULL);
        if (w->s->vnc_password)
                qmp_send(&w->qmp, "set_password",
                         json_pack("{s:s, s:s}", "protocol", "vnc", "password", w->s->vnc_password));
        if (w->s->pins)
                qmp_send(&w->qmp, "query-cpus-fast", NULL);
        /* TCG says in its log, and nowhere else, that a reset was a triple fault. */
        if (!w->s->kvm)
                qmp_send(&w->qmp, "human-monitor-command",
                         json_pack("{s:s}", "command-line", "log cpu_reset"));
}

static void on_event(struct watch *w, const char *event, const json_t *data)
{
        if (strcmp(event, "SHUTDOWN") == 0 && w->status < 0) {
                w->status =
                    reason_status(str_empty(json_string_value(json_object_get(data, "reason"))), false);
        } else if (strcmp(event, "VNC_INITIALIZED") == 0 && w->viewer_awaited) {
                w->viewer_awaited = false; /* who stops the guest later is not overruled */
                qmp_send(&w->qmp, "cont", NULL);
        }
}

/* The engine answers in the order of the questions; the first answer is that to qmp_capabilities. */
static void on_answer(struct watch *w, const json_t *answer)
{
        const char *text = json_string_value(answer);

        if (!w->button.ready && button_ready(&w->button, now_ms()))
                press(w);
        if (json_is_array(answer) && w->s->pins)
                pin_threads(w->s->pins, answer);
        else if (text && strstr(text, " HLT="))
                on_registers(w, text);
}

static void on_message(struct watch *w, const json_t *message)
{
        const char *event = json_string_value(json_object_get(message, "event"));
        const json_t *answer = json_object_get(message, "return");

        if (json_object_get(message, "QMP"))
                on_greeting(w);
        else if (answer)
                on_answer(w, answer);
        else if (event)
                on_event(w, event, json_object_get(message, "data"));
        else if (json_object_get(message, "error"))
                on_registers(w, NULL);
}

static void on_monitor(struct watch *w)
{
        json_t *message;

        if (qmp_fill(&w->qmp) < 0) {
                close(w->qmp.fd);
                w->qmp.fd = -1; /* poll passes over it */
                return;
        }
        while ((message = qmp_next(&w->qmp))) {
                on_message(w, message);
                json_decref(message);
        }
}

/* Hands on what is for people; line has size bytes, with its line end unless it is too long for us. */
static void take_line(struct watch *w, size_t size)
{
        char line[256];
        enum engine_line kind;

        snprintf(line, sizeof(line), "%.*s", (int)strcspn(w->line, "\n"), w->line);
        kind = bhyve_engine_line(line);
        if (kind == ENGINE_LINE_TRIPLE_FAULT)
                w->triple_fault = true;
        else if (kind == ENGINE_LINE_TEXT)
                fwrite(w->line, 1, size, stderr);
}

static void on_log(struct watch *w)
{
        ssize_t n = read(w->log, w->line + w->line_len, sizeof(w->line) - 1 - w->line_len);
        char *end;

        if (n <= 0) {
                close(w->log);
                w->log = -1;
                return;
        }
        w->line_len += (size_t)n;
        while ((end = memchr(w->line, '\n', w->line_len)) || w->line_len == sizeof(w->line) - 1) {
                size_t used = end ? (size_t)(end - w->line) + 1 : w->line_len;

                take_line(w, used);
                memmove(w->line, w->line + used, w->line_len - used);
                w->line_len -= used;
        }
}

static void on_signal(struct watch *w)
{
        struct signalfd_siginfo info;

        if (read(w->signals, &info, sizeof(info)) == sizeof(info) && button_signal(&w->button, now_ms()))
                press(w);
}

/* By somebody, or by the kernel: it had no words of its own. */
static void tell_killed(int sig)
{
        fprintf(stderr, "bhyve: the engine was killed by signal %d (%s)\n", sig,
                str_empty(sigabbrev_np(sig)));
}

static int watch(struct watch *w, pid_t pid, struct error *err)
{
        struct pollfd fds[4];
        int status, n;

        for (;;) {
                fds[0] = (struct pollfd){.fd = w->qmp.fd, .events = POLLIN};
                fds[1] = (struct pollfd){.fd = w->log, .events = POLLIN};
                fds[2] = (struct pollfd){.fd = w->signals, .events = POLLIN};
                fds[3] = (struct pollfd){.fd = w->pidfd, .events = POLLIN};
                n = poll(fds, ARRAY_SIZE(fds), LOOK_MS);
                if (n < 0 && errno != EINTR)
                        return error_errno(err, errno, "poll");
                if (n <= 0) {
                        look(w);
                        continue;
                }
                if (fds[0].revents)
                        on_monitor(w);
                if (fds[1].revents)
                        on_log(w);
                if (fds[2].revents)
                        on_signal(w);
                /* What it said last is read before its end is believed. */
                if (fds[3].revents && !fds[0].revents && !fds[1].revents)
                        break;
        }
        if (waitpid(pid, &status, 0) < 0)
                return error_errno(err, errno, "waitpid");
        if (WIFSIGNALED(status))
                tell_killed(WTERMSIG(status));
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                return BHYVE_EXIT_ERROR;
        if (w->triple_fault)
                return BHYVE_EXIT_TRIPLE_FAULT;
        return w->status >= 0 ? w->status : BHYVE_EXIT_POWEROFF;
}

_Noreturn static void run_engine(const struct supervised *s, char *const *argv, int log)
{
        /* SIGTERM and SIGINT stay blocked: a signal to the whole process group is one press of the power
         * button, not the end of the engine. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(s->qmp);
        dup2(log, STDERR_FILENO);
        close(log);
        execv(ENGINE_PATH, argv);
        fprintf(stderr, "bhyve: %s: %s\n", ENGINE_PATH, strerror(errno));
        _exit(BHYVE_EXIT_ERROR);
}

int supervise(const struct supervised *s, char *const *argv, struct error *err)
{
        struct watch w = {.s = s,
                          .qmp.fd = s->qmp,
                          .status = -1,
                          .viewer_awaited = s->cont_at_first_viewer,
                          .halt.cpus = s->cpus};
        sigset_t caught;
        int log[2], r;
        pid_t pid;

        sigemptyset(&caught);
        sigaddset(&caught, SIGTERM);
        sigaddset(&caught, SIGINT);
        sigprocmask(SIG_BLOCK, &caught, NULL);
        signal(SIGPIPE, SIG_IGN);
        w.signals = signalfd(-1, &caught, SFD_CLOEXEC);
        if (w.signals < 0 || pipe(log) < 0)
                return error_errno(err, errno, "cannot watch the engine");
        pid = fork();
        if (pid < 0)
                return error_errno(err, errno, "fork");
        if (pid == 0) {
                close(log[0]);
                run_engine(s, argv, log[1]);
        }
        close(log[1]);
        close(s->engine_qmp);
        w.log = log[0];
        w.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (clock_getcpuclockid(pid, &w.clock) != 0)
                w.clock = -1; /* it is gone already */
        r = w.pidfd < 0 ? error_errno(err, errno, "pidfd_open") : watch(&w, pid, err);
        if (w.line_len > 0)
                fwrite(w.line, 1, w.line_len, stderr);
        qmp_close(&w.qmp);
        return r;
}

/*
 * The zone's TPM emulator: started with the engine, watched, and ended with the zone.  Its guest can do
 * nothing with a TPM that is gone, and nobody would look for the reason there; so its end is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tpm/tpm.h"
#include "zoneadmd/daemon.h"

#define GRACE_USEC 300000 /* an engine that ends takes its TPM along: then the end of the TPM is no news */

/* The last line that it wrote; it cannot be trusted to end lines, or to write text at all. */
static void last_words(int fd, char *buf, size_t size)
{
        char text[1024];
        ssize_t n = read(fd, text, sizeof(text) - 1);
        char *line;

        buf[0] = '\0';
        if (n <= 0)
                return;
        while (n > 0 && text[n - 1] == '\n')
                n--;
        text[n] = '\0';
        line = strrchr(text, '\n');
        line = line ? line + 1 : text;
        for (char *p = line; *p; p++)
                if (*p < 0x20 || *p == 0x7f)
                        *p = '?';
        snprintf(buf, size, "%.200s", line);
}

static void tell(evutil_socket_t fd, short what, void *arg)
{
        struct daemon *d = arg;
        char words[256] = "", how[64] = "";
        siginfo_t info = {0};

        (void)fd;
        (void)what;
        if (!runstate_alive(&d->record, NULL))
                return;
        if (d->tpm_log >= 0)
                last_words(d->tpm_log, words, sizeof(words));
        if (waitid(P_PIDFD, (id_t)d->tpm.pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0)
                snprintf(how, sizeof(how),
                         info.si_code == CLD_EXITED ? " with status %d" : ", killed by signal %d",
                         info.si_status);
        request_notice(d,
                       "WARNING: the TPM emulator (swtpm) has ended%s%s%s: the guest's TPM answers no more "
                       "until the zone is booted again",
                       how, words[0] ? ": " : "", words);
}

static void ended(evutil_socket_t fd, short what, void *arg)
{
        const struct timeval grace = {.tv_usec = GRACE_USEC};
        struct daemon *d = arg;

        (void)fd;
        (void)what;
        event_free(d->tpm_event);
        d->tpm_event = evtimer_new(d->base, tell, d);
        if (d->tpm_event)
                event_add(d->tpm_event, &grace);
}

static int watch(struct daemon *d, struct error *err)
{
        d->tpm_event = event_new(d->base, d->tpm.pidfd, EV_READ, ended, d);
        if (!d->tpm_event || event_add(d->tpm_event, NULL) < 0)
                return error_nomem(err);
        return 0;
}

int zone_tpm_start(struct daemon *d, struct error *err)
{
        struct tpm_spec spec = {.jail = d->jail_name, .zonepath = d->zonepath, .engine = d->record.uid};
        _cleanup_close_ int engine = -1, ours = -1, theirs = -1;
        int ends[2], r;

        /* A TPM that complains much must wait for nobody. */
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
                return error_errno(err, errno, "pipe");
        ours = ends[0];
        theirs = ends[1];
        spec.log_fd = theirs;
        r = tpm_start(&spec, &d->tpm, &engine, err);
        if (r < 0)
                return r;
        d->tpm_log = TAKE_FD(ours);
        d->record.tpm_pid = d->tpm.pid;
        d->record.tpm_start = process_start(d->tpm.pid);
        r = watch(d, err);
        return r < 0 ? r : TAKE_FD(engine);
}

void zone_tpm_adopt(struct daemon *d)
{
        const struct runstate tpm = {.pid = d->record.tpm_pid, .start = d->record.tpm_start};
        struct error err = {0};
        int pidfd, r;

        if (tpm.pid == 0)
                return;
        if (!runstate_alive(&tpm, &pidfd)) {
                zone_log(d, "the TPM emulator (swtpm) ended while no zoneadmd was there to see why");
                return;
        }
        r = jail_adopt(d->jail_name, tpm.pid, pidfd, d->record.uid + JAIL_UID_HELPER, &d->tpm);
        if (r < 0) {
                close(pidfd);
                zone_log(d, "the TPM emulator (swtpm) is not watched: %s", strerror(-r));
                return;
        }
        d->tpm.member = true; /* its control groups are the zone's */
        if (watch(d, &err) < 0)
                zone_log(d, "the TPM emulator (swtpm) is not watched: %s", err.text);
}

void zone_tpm_end(struct daemon *d)
{
        if (d->tpm_event)
                event_free(d->tpm_event);
        d->tpm_event = NULL;
        cleanup_close(&d->tpm_log);
        if (d->tpm.pidfd >= 0)
                (void)jail_destroy(&d->tpm, NULL);
        jail_release(&d->tpm);
        d->tpm = (struct jail){.pidfd = -1, .control = -1};
        d->record.tpm_pid = 0;
        d->record.tpm_start = 0;
}

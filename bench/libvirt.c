/*
 * A zone against a domain of libvirt: the time from the exec of `zoneadm boot`, and of `virsh start`, to the
 * first byte that the same guest says on its serial line, in turn and in one run.
 *
 *   bench-libvirt ROOT ZONE DOMAIN SOCKET PAIRS PID...
 *
 * The domain's serial line connects to SOCKET, where this program listens.  PID: the processes that libvirt
 * needs for a running domain besides the engine.  Prints: medians of zone and domain; median, lower and upper
 * quartile of zone / domain of each pair; and in KiB the proportional set size, while the guest runs, of the
 * zone's zoneadmd and of the processes PID together.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "guest.h"
#include "measure.h"

#define MAX_PAIRS 1000

struct peer {
        const char *domain;
        char *const *pids;
        int listener;
        long pss_kib;
};

static int listen_at(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (strlen(path) >= sizeof(address.sun_path))
                guest_die("path of the socket too long");
        strcpy(address.sun_path, path);
        unlink(path);
        /* The engine that connects has a user of its own. */
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0666) < 0 ||
            listen(fd, 1) < 0)
                guest_die("cannot listen");
        return fd;
}

static pid_t virsh(const struct peer *p, const char *verb)
{
        pid_t pid = fork();

        if (pid == 0) {
                guest_quiet();
                execlp("virsh", "virsh", "-q", "-c", "qemu:///system", verb, p->domain, (char *)NULL);
                _exit(127);
        }
        return pid;
}

static void reap(pid_t pid)
{
        int status;

        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
                guest_die("virsh failed");
}

static double boot_zone(const struct root *root, const char *zone, long *ret_pss_kib)
{
        _cleanup_close_ int console = -1;
        double taken = guest_boot_zone(root, zone, &console);

        *ret_pss_kib = guest_pss_kib(guest_peer(console));
        guest_zoneadm(root, zone, "halt", true);
        return taken;
}

static double boot_domain(struct peer *p)
{
        _cleanup_close_ int serial = -1;
        double start = now_ms(), taken;
        pid_t pid = virsh(p, "start");

        serial = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
        if (serial < 0)
                guest_die("accept");
        guest_await_letter(serial);
        taken = now_ms() - start;
        reap(pid);
        p->pss_kib = 0;
        for (char *const *v = p->pids; *v; v++)
                p->pss_kib += guest_pss_kib(atoi(*v));
        reap(virsh(p, "destroy"));
        return taken;
}

int main(int argc, char **argv)
{
        static double zone[MAX_PAIRS], domain[MAX_PAIRS], ratio[MAX_PAIRS];
        int pairs = argc > 6 ? atoi(argv[5]) : 0;
        struct error err = {0};
        struct root root = {0};
        struct peer peer;
        long pss_kib;

        if (pairs < 1 || pairs > MAX_PAIRS) {
                fprintf(stderr, "usage: bench-libvirt ROOT ZONE DOMAIN SOCKET PAIRS PID...\n");
                return 2;
        }
        if (root_set(&root, argv[1], &err) < 0)
                guest_die(err.text);
        alarm(60 + 20 * (unsigned)pairs); /* a domain that never connects */
        peer = (struct peer){argv[3], argv + 6, listen_at(argv[4]), 0};
        boot_zone(&root, argv[2],
                  &pss_kib); /* files into the page cache; what libvirt learns of the engine */
        boot_domain(&peer);
        for (int i = 0; i < pairs; i++) {
                if (i % 2 == 0)
                        zone[i] = boot_zone(&root, argv[2], &pss_kib);
                domain[i] = boot_domain(&peer);
                if (i % 2 != 0)
                        zone[i] = boot_zone(&root, argv[2], &pss_kib);
                ratio[i] = zone[i] / domain[i];
        }
        printf("%.2f %.2f ", quantile(zone, pairs, 0.5), quantile(domain, pairs, 0.5));
        printf("%.2f %.2f %.2f ", quantile(ratio, pairs, 0.5), quantile(ratio, pairs, 0.25),
               quantile(ratio, pairs, 0.75));
        printf("%ld %ld\n", pss_kib, peer.pss_kib);
        return 0;
}

/* bhyvectl(8): acts on a machine that bhyve(8) runs on this host, by its monitor. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/output.h"
#include "base/strv.h"
#include "place.h"
#include "qmp.h"

struct request {
        const char *vm;
        bool destroy, reset, poweroff, nmi, resume, stats;
};

static int open_machine(const char *vm, struct qmp *ret, struct error *err)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        json_t *value = NULL;
        int r;

        r = qmp_path(vm, address.sun_path, sizeof(address.sun_path), err);
        if (r < 0)
                return r;
        *ret = (struct qmp){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        if (ret->fd < 0)
                return error_errno(err, errno, "socket");
        if (connect(ret->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
                if (errno == ECONNREFUSED && place_is_socket(address.sun_path))
                        unlink(address.sun_path); /* left behind by a bhyve that was killed */
                qmp_close(ret);
                return error_set(err, ENOENT, "%s: no such machine is running", vm);
        }
        r = qmp_call(ret, "qmp_capabilities", NULL, &value, err);
        json_decref(value);
        return r;
}

static int act(struct qmp *q, const char *command, struct error *err)
{
        json_t *value = NULL;
        int r = qmp_call(q, command, NULL, &value, err);

        json_decref(value);
        return r;
}

static int print_disks(struct qmp *q, struct error *err)
{
        static const char *const keys[] = {"rd_bytes", "wr_bytes", "rd_operations", "wr_operations",
                                           "flush_operations"};
        json_t *disks = NULL, *disk;
        size_t i;
        int r = qmp_call(q, "query-blockstats", NULL, &disks, err);

        if (r < 0)
                return r;
        json_array_foreach(disks, i, disk)
        {
                const char *name = json_string_value(json_object_get(disk, "node-name"));
                const json_t *stats = json_object_get(disk, "stats");

                for (size_t k = 0; name && k < ARRAY_SIZE(keys); k++)
                        printf("%s.%-32s\t%lld\n", name, keys[k],
                               (long long)json_integer_value(json_object_get(stats, keys[k])));
        }
        json_decref(disks);
        return 0;
}

static int print_stats(struct qmp *q, struct error *err)
{
        json_t *cpus = NULL, *memory = NULL, *status = NULL;
        int r;

        r = qmp_call(q, "query-status", NULL, &status, err);
        if (r == 0)
                r = qmp_call(q, "query-cpus-fast", NULL, &cpus, err);
        if (r == 0)
                r = qmp_call(q, "query-memory-size-summary", NULL, &memory, err);
        if (r == 0) {
                printf("status\t%s\n", str_empty(json_string_value(json_object_get(status, "status"))));
                printf("cpus\t%zu\n", json_array_size(cpus));
                printf("memory\t%lld\n",
                       (long long)json_integer_value(json_object_get(memory, "base-memory")));
                r = print_disks(q, err);
        }
        json_decref(status);
        json_decref(cpus);
        json_decref(memory);
        return r;
}

static int perform(const struct request *request, struct error *err)
{
        struct qmp q;
        int r;

        r = open_machine(request->vm, &q, err);
        if (r < 0)
                return r;
        if (request->stats)
                r = print_stats(&q, err);
        if (r == 0 && request->nmi)
                r = act(&q, "inject-nmi", err);
        if (r == 0 && request->resume)
                r = act(&q, "cont", err);
        /* A machine that is gone is reset enough, and its end may come before what follows is asked for. */
        if (r == 0 && request->reset && !(request->poweroff || request->destroy))
                r = act(&q, "system_reset", err);
        if (r == 0 && (request->poweroff || request->destroy))
                r = act(&q, "quit", err);
        qmp_close(&q);
        return r;
}

/* What bhyvectl of illumos and FreeBSD can do besides. */
static int refuse(char option)
{
        static const struct {
                char option;
                const char *text;
        } table[] = {
            {'m', "--create: bhyve makes the machine when it starts, and there is none without it"},
            {'k', "--checkpoint: snapshots of a running machine cannot be made here"},
            {'u', "--suspend: snapshots of a running machine cannot be made here"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (table[i].option == option)
                        fprintf(stderr, "bhyvectl: %s\n", table[i].text);
        return 1;
}

static int usage(FILE *to)
{
        fputs("Usage: bhyvectl --vm=NAME [--get-stats] [--inject-nmi] [--resume] [--force-reset]\n"
              "                [--force-poweroff] [--destroy]\n",
              to);
        return to == stdout ? 0 : 1;
}

int main(int argc, char **argv)
{
        static const struct option options[] = {
            {"vm", required_argument, NULL, 'v'},
            {"destroy", no_argument, NULL, 'd'},
            {"force-reset", no_argument, NULL, 'r'},
            {"force-poweroff", no_argument, NULL, 'p'},
            {"inject-nmi", no_argument, NULL, 'n'},
            {"get-stats", no_argument, NULL, 's'},
            {"resume", no_argument, NULL, 'c'},
            {"create", no_argument, NULL, 'm'},
            {"checkpoint", optional_argument, NULL, 'k'},
            {"suspend", optional_argument, NULL, 'u'},
            {"help", no_argument, NULL, 'h'},
            {NULL, 0, NULL, 0},
        };
        struct request request = {0};
        struct error err = {0};
        int opt;

        output_guard("bhyvectl");
        while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
                switch (opt) {
                case 'v':
                        request.vm = optarg;
                        break;
                case 'd':
                        request.destroy = true;
                        break;
                case 'r':
                        request.reset = true;
                        break;
                case 'p':
                        request.poweroff = true;
                        break;
                case 'n':
                        request.nmi = true;
                        break;
                case 'c':
                        request.resume = true;
                        break;
                case 's':
                        request.stats = true;
                        break;
                case 'm':
                case 'k':
                case 'u':
                        return refuse((char)opt);
                case 'h':
                        return usage(stdout);
                default:
                        return usage(stderr);
                }
        }
        if (!request.vm || optind < argc)
                return usage(stderr);
        if (perform(&request, &err) == 0)
                return 0;
        fprintf(stderr, "bhyvectl: %s\n", err.text);
        return 1;
}

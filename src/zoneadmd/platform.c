/*
 * The virtual platform of the zone: what the brand's platform.xml lists (mounts, devices, links) and what the
 * configuration limits, handed to the jail.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "limits/limits.h"
#include "volume/given.h"
#include "zoneadmd/daemon.h"

#define CPUS_LOCK_MS 5000 /* choosing CPUs takes well under a millisecond */

#define MAX_MOUNTS     64
#define MAX_DEVICES    64
#define MEMORY_UNKNOWN (1ull << 62) /* bytes: no limit in effect */

struct plan {
        struct jail_mount mount[MAX_MOUNTS];
        struct jail_device device[MAX_DEVICES];
        struct jail_link link[MAX_DEVICES];
        size_t n_mount, n_device, n_link;
        struct strv text; /* owns every string above */
};

static const char *keep(struct plan *plan, char *text)
{
        strv_consume(&plan->text, text);
        return plan->text.failed ? "" : plan->text.v[plan->text.n - 1];
}

/* platform.xml speaks illumos: lofs is a bind mount, dev is the zone's device directory. */
static int plan_mount(struct daemon *d, struct plan *plan, const struct brand_mount *m, struct error *err)
{
        struct jail_mount *to = &plan->mount[plan->n_mount];

        if (plan->n_mount >= MAX_MOUNTS)
                return error_set(err, E2BIG, "brand %s: too many mounts", d->brand->name);
        *to = (struct jail_mount){
            .source = keep(plan, brand_expand(m->special, d->zone, d->zonepath, NULL)),
            .target = keep(plan, brand_expand(m->directory, d->zone, d->zonepath, NULL)),
            .options = m->opt,
            .read_only = strstr(m->opt, "ro") != NULL,
            .optional = strstr(m->opt, "optional") != NULL,
        };
        if (strcmp(m->type, "lofs") == 0)
                to->kind = JAIL_MOUNT_BIND;
        else if (strcmp(m->type, "dev") == 0)
                to->kind = JAIL_MOUNT_DEV;
        else if (strcmp(m->type, "tmpfs") == 0)
                to->kind = JAIL_MOUNT_TMPFS;
        else if (strcmp(m->type, "proc") == 0)
                to->kind = JAIL_MOUNT_PROC;
        else
                return error_set(err, EINVAL, "brand %s: platform.xml: mount type '%s' is not known here",
                                 d->brand->name, m->type);
        plan->n_mount++;
        return 0;
}

static int plan_mounts(struct daemon *d, struct plan *plan, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < d->brand->n_global_mount && r == 0; i++)
                r = plan_mount(d, plan, &d->brand->global_mount[i], err);
        for (size_t i = 0; i < d->brand->n_mount && r == 0; i++)
                r = plan_mount(d, plan, &d->brand->mount[i], err);
        return r;
}

/*
 * The engine reaches the files of a shared directory by way of /proc/self/fd.  No other machine needs a
 * /proc, so no other has one.
 */
static int plan_shares(struct daemon *d, struct plan *plan, struct error *err)
{
        if (!volume_may_share(d->cfg))
                return 0;
        if (plan->n_mount >= MAX_MOUNTS)
                return error_set(err, E2BIG, "brand %s: too many mounts", d->brand->name);
        plan->mount[plan->n_mount++] = (struct jail_mount){.kind = JAIL_MOUNT_PROC, .target = "/proc"};
        return 0;
}

static void plan_device(struct plan *plan, const char *match, const char *name, bool zone_owned)
{
        if (plan->n_device >= MAX_DEVICES)
                return;
        plan->device[plan->n_device++] = (struct jail_device){
            .path = keep(plan, match[0] == '/' ? strdup(match) : NULL),
            .name = keep(plan, strdup(name)),
            .zone_owned = zone_owned,
        };
}

static void plan_devices(struct daemon *d, struct plan *plan)
{
        for (size_t i = 0; i < d->brand->n_device; i++) {
                const struct brand_device *dev = &d->brand->device[i];
                _cleanup_free_ char *match = brand_expand(dev->match, d->zone, d->zonepath, NULL);
                char path[PATH_MAX];

                if (!match || snprintf(path, sizeof(path), "/dev/%s", match) >= (int)sizeof(path))
                        continue;
                plan_device(plan, path, dev->name && *dev->name ? dev->name : match, false);
        }
        if (d->kvm)
                plan_device(plan, "/dev/kvm", "kvm", true);
        for (size_t i = 0; i < d->brand->n_symlink && plan->n_link < MAX_DEVICES; i++)
                plan->link[plan->n_link++] = (struct jail_link){
                    .source = d->brand->symlink[i].source,
                    .target =
                        keep(plan, d->brand->symlink[i].target[0] == '/' ? strdup(d->brand->symlink[i].target)
                                                                         : NULL),
                };
}

/* Marks the CPUs of a list "0-1,4" in set; anything unreadable is ignored. */
static void cpus_mark(const char *list, cpu_set_t *set)
{
        for (const char *p = list; *p;) {
                unsigned first, last;
                int n = sscanf(p, "%u-%u", &first, &last);

                if (n < 1)
                        return;
                for (unsigned i = first; i <= (n == 2 ? last : first) && i < CPU_SETSIZE; i++)
                        CPU_SET(i, set);
                p += strcspn(p, ",");
                p += *p == ',';
        }
}

/* The CPUs that other zones have by their records; a record whose zone died is cleaned up soon enough. */
static void cpus_of_others(struct daemon *d, cpu_set_t *ret)
{
        char **zones = NULL;

        CPU_ZERO(ret);
        if (runstate_list(&d->root, &zones) < 0)
                return;
        for (char **z = zones; *z; z++) {
                struct runstate rs;

                if (strcmp(*z, d->zone) != 0 && runstate_load(&d->root, *z, &rs) == 0)
                        cpus_mark(rs.cpus, ret);
                free(*z);
        }
        free(zones);
}

static int choose_cpus(struct daemon *d, unsigned min, unsigned max, char *buf, size_t size,
                       struct error *err)
{
        unsigned picked = 0;
        cpu_set_t host, taken;
        size_t len = 0;

        if (sched_getaffinity(0, sizeof(host), &host) < 0)
                return error_errno(err, errno, "dedicated-cpu: sched_getaffinity");
        cpus_of_others(d, &taken);
        /* From the top: the host's own work tends to sit on the first CPUs. */
        for (int i = CPU_SETSIZE - 1; i >= 0 && picked < max; i--) {
                if (!CPU_ISSET(i, &host) || CPU_ISSET(i, &taken) || len + 8 > size)
                        continue;
                len += (size_t)snprintf(buf + len, size - len, "%s%d", picked ? "," : "", i);
                picked++;
        }
        if (picked < min)
                return error_set(err, EBUSY, "dedicated-cpu: %u CPUs wanted, %u of %d are free", min, picked,
                                 CPU_COUNT(&host));
        return 0;
}

/* dedicated-cpu: chosen and written into the record under one lock, so that no two zones choose the same. */
static int platform_pick_cpus(struct daemon *d, struct error *err)
{
        _cleanup_close_ int lock = -1;
        unsigned min, max;
        int r;

        d->record.cpus[0] = '\0';
        if (config_dedicated_cpu(d->cfg, &min, &max) < 0)
                return 0;
        lock = fs_lock_at(d->run_dir, "cpus.lock", CPUS_LOCK_MS);
        if (lock < 0)
                return error_errno(err, lock, "dedicated-cpu: cpus.lock");
        r = choose_cpus(d, min, max, d->record.cpus, sizeof(d->record.cpus), err);
        if (r < 0) {
                d->record.cpus[0] = '\0';
                return r;
        }
        return runstate_save(&d->root, d->zone, &d->record, err);
}

/* The zonepath must be root's alone, or somebody could exchange what is below it while we look. */
int platform_zone_root(struct daemon *d, struct error *err)
{
        _cleanup_close_ int zonepath = open(d->zonepath, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        struct stat st;
        int fd;

        if (zonepath < 0)
                return error_errno(err, errno, "zonepath %s", d->zonepath);
        if (fstat(zonepath, &st) < 0)
                return error_errno(err, errno, "zonepath %s", d->zonepath);
        if (st.st_uid != 0 || (st.st_mode & 022))
                return error_set(err, EPERM,
                                 "zonepath %s must belong to root and be writable by root only (mode 0700)",
                                 d->zonepath);
        fd = fs_open_beneath(zonepath, "root", O_RDONLY | O_DIRECTORY, 0);
        return fd < 0 ? error_errno(err, fd, "zone root %s/root", d->zonepath) : fd;
}

/* Limits that the configuration names must hold; what we add by ourselves holds where the host can. */
static int platform_limits(struct daemon *d, struct jail_limits *ret, struct error *err)
{
        struct problems problems = {0};
        struct jail_limits wanted_pids, wanted_memory;
        int r;

        limits_from_config(d->cfg, ret);
        r = platform_pick_cpus(d, err);
        if (r < 0)
                return r;
        ret->cpus = d->record.cpus[0] ? d->record.cpus : NULL;
        r = jail_limits_check(ret, &problems, err);
        if (r == 0 && problems.n > 0)
                r = error_set(err, EOPNOTSUPP, "%s", problems.text[0]);
        problems_clear(&problems);
        if (r < 0)
                return r;
        wanted_pids = (struct jail_limits){.pids = LIMITS_DEFAULT_TASKS};
        if (ret->pids == 0 && jail_limits_check(&wanted_pids, &problems, err) == 0 && problems.n == 0)
                ret->pids = LIMITS_DEFAULT_TASKS;
        problems_clear(&problems);
        /* How much memory, boot will say; the zone is born under that controller, since moving it there later
         * would take the kernel 10 ms and more. */
        wanted_memory = (struct jail_limits){.memory_bytes = MEMORY_UNKNOWN};
        if (ret->memory_bytes == 0 && jail_limits_check(&wanted_memory, &problems, err) == 0 &&
            problems.n == 0)
                ret->memory_bytes = MEMORY_UNKNOWN;
        problems_clear(&problems);
        return 0;
}

int platform_create(struct daemon *d, struct error *err)
{
        _cleanup_close_ int zone_root = platform_zone_root(d, err);
        struct plan plan = {0};
        struct jail_spec spec;
        struct jail_limits limits;
        int r;

        if (zone_root < 0)
                return zone_root;
        r = platform_limits(d, &limits, err);
        if (r == 0)
                r = plan_mounts(d, &plan, err);
        if (r == 0)
                r = plan_shares(d, &plan, err);
        if (r == 0)
                plan_devices(d, &plan);
        if (r == 0 && plan.text.failed)
                r = error_nomem(err);
        spec = (struct jail_spec){.zone = d->jail_name,
                                  .hostname = d->zone,
                                  .root_fd = zone_root,
                                  .uid = d->record.uid,
                                  .mount = plan.mount,
                                  .n_mount = plan.n_mount,
                                  .device = plan.device,
                                  .n_device = plan.n_device,
                                  .link = plan.link,
                                  .n_link = plan.n_link,
                                  .limits = limits};
        if (r == 0)
                r = jail_create(&spec, &d->jail, err);
        strv_free(&plan.text);
        return r;
}

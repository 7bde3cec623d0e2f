/* What verify says of what is no hardware: file systems, resource controls, and what has no effect here. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zoneadm/zoneadm.h"

/* An ISO or a directory that lofs shows: where it is missing, so will be what the machine has on it. */
static int verify_lofs(const struct zoneadm *za, const char *dir, const char *special,
                       struct problems *problems)
{
        char host[PATH_MAX];
        int r = root_path(&za->root, special, host, sizeof(host));

        if (r == 0 && access(host, F_OK) < 0)
                r = -errno;
        return r < 0 ? problems_add(problems, "could not verify fs %s: could not access %s: %s", dir, special,
                                    strerror(-r))
                     : 0;
}

static int verify_fs(const struct zoneadm *za, const struct resource *fs, struct problems *problems)
{
        static const char *const refused[] = {"proc", "mntfs", "autofs"};
        const char *type = str_empty(resource_get(fs, "type")), *dir = str_empty(resource_get(fs, "dir"));
        bool bad = str_starts(type, "nfs");

        for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
                bad = bad || strcmp(type, refused[i]) == 0;
        if (bad)
                return problems_add(problems, "cannot verify fs %s: type %s is not allowed.", dir, type);
        if (strcmp(type, "lofs") == 0)
                return verify_lofs(za, dir, str_empty(resource_get(fs, "special")), problems);
        fprintf(stderr, "WARNING: fs %s: type %s is not mounted: a guest sees only what lofs shows.\n", dir,
                type);
        return 0;
}

/*
 * Those that are kept: zone.max-lwps and its like by control groups; what the jail has none of (System V
 * objects, lofi devices) has no need of a limit.
 */
static void verify_rctl(const char *name)
{
        static const char *const kept[] = {"zone.cpu-cap",
                                           "zone.cpu-shares",
                                           "zone.max-lofi",
                                           "zone.max-locked-memory",
                                           "zone.max-lwps",
                                           "zone.max-msg-ids",
                                           "zone.max-physical-memory",
                                           "zone.max-processes",
                                           "zone.max-sem-ids",
                                           "zone.max-shm-ids",
                                           "zone.max-shm-memory",
                                           "zone.max-swap",
                                           "zone.zfs-io-priority"};
        static const char *const dropped[] = {"zone.cpu-baseline", "zone.cpu-burst-time"};

        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                if (strcmp(kept[i], name) == 0)
                        return;
        for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
                if (strcmp(dropped[i], name) == 0) {
                        fprintf(stderr, "WARNING: rctl '%s' is not enforced: Linux has no such limit.\n",
                                name);
                        return;
                }
        fprintf(stderr, "WARNING: Ignoring unrecognized rctl '%s'.\n", name);
}

static void say_unenforced(const char *where, const char *what, const char *why)
{
        fprintf(stderr, "WARNING: %s%s is kept, but not enforced here: %s.\n", where, what, why);
}

/* What belongs to the processes of a zone on illumos; here there is one, the engine, and it has no rights. */
static void verify_unenforced(const struct config *cfg)
{
        const char *limitpriv = str_empty(config_global(cfg, "limitpriv"));

        if (*limitpriv && strcmp(limitpriv, "default") != 0)
                say_unenforced("", "limitpriv", "the engine has no privilege, whatever it says");
        if (*str_empty(config_global(cfg, "pool")))
                say_unenforced("", "pool", "this host has no resource pools; dedicated-cpu gives CPUs");
        if (*str_empty(config_global(cfg, "scheduling-class")))
                say_unenforced("", "scheduling-class", "cpu-shares and cpu-cap say how much a zone gets");
        if (config_first(cfg, "security-flags"))
                say_unenforced("", "security-flags", "they are flags of illumos processes");
}

static void verify_net(const struct resource *net)
{
        static const char *const vlans[] = {"vlan", "vlan-id"};
        const struct property *linkprop = resource_prop(net, "linkprop");
        char where[128];

        snprintf(where, sizeof(where), "net %.100s: ",
                 str_empty(resource_get(net, resource_get(net, "virtual") ? "virtual" : "physical")));
        for (size_t i = 0; linkprop && i < linkprop->n; i++) {
                char what[128];

                snprintf(what, sizeof(what), "linkprop %.100s",
                         str_empty(complex_get(&linkprop->tuple[i], "name")));
                say_unenforced(where, what, "the link has no properties");
        }
        for (size_t i = 0; i < ARRAY_SIZE(vlans); i++) {
                const char *id = str_empty(resource_get(net, vlans[i]));

                if (*id && strcmp(id, "0") != 0)
                        say_unenforced(where, vlans[i], "the link carries no VLAN");
        }
}

int verify_resources(const struct zoneadm *za, const struct config *cfg, struct problems *problems)
{
        const struct resource *fs = NULL, *rctl = NULL, *net = NULL;
        int r = 0;

        while (r == 0 && (fs = config_next(cfg, "fs", fs)))
                r = verify_fs(za, fs, problems);
        while ((rctl = config_next(cfg, "rctl", rctl)))
                verify_rctl(str_empty(resource_get(rctl, "name")));
        while ((net = config_next(cfg, "net", net)))
                verify_net(net);
        verify_unenforced(cfg);
        return r;
}

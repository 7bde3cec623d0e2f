/* Shared directories: the attributes virtfsN, and what is wrong with the shares of either dialect. */
#include <string.h>

#include "base/strv.h"
#include "machine/builder.h"

#define SHARE_NAME_MAX 31 /* bytes of a virtio-9p mount tag, as the engine has it */

void build_virtfs(struct builder *b)
{
        struct numbered fs = {.name = "virtfs", .limit = 8, .plain = true};

        attr_numbered(b, &fs);
        for (unsigned i = 0; i < fs.limit; i++) {
                const char *value = fs.value[i], *path, *more;
                size_t name;

                if (!value)
                        continue;
                name = strcspn(value, ",");
                path = value[name] ? value + name + 1 : "";
                more = strchr(path, ',');
                if (name == 0 || path[0] != '/' || (more && strchr(more + 1, ','))) {
                        problem(b, "Bad virtfs specification: %s (attr virtfs%u: NAME,PATH[,ro] is needed)",
                                value, i);
                        continue;
                }
                if (more && strcmp(more, ",ro") != 0) {
                        problem(b, "Unknown virtfs attribute %s (attr virtfs%u)", more + 1, i);
                        continue;
                }
                struct machine_device *d =
                    device_add(b, ROLE_VIRTFS, "virtio-9p",
                               keepf(b, "%.*s=%.*s", (int)name, value,
                                     (int)(more ? more - path : (long)strlen(path)), path),
                               keepf(b, "attr virtfs%u", i));
                d->index = i;
                device_options(d, more ? "ro" : "");
                device_place(d, 11, i);
        }
}

/* The name by which the guest mounts a share: NAME of NAME=PATH. */
static size_t name_length(const struct machine_device *d)
{
        return strcspn(str_empty(d->backend), "=");
}

static void check_share(struct builder *b, const struct machine_device *d)
{
        const char *backend = str_empty(d->backend);
        size_t n = name_length(d);

        if (n == 0 || backend[n] != '=' || backend[n + 1] != '/')
                problem(b, "%s: a shared directory is NAME=PATH, and its path absolute", d->where);
        else if (n > SHARE_NAME_MAX)
                problem(b, "%s: the name %.*s of the share is longer than %d characters", d->where, (int)n,
                        backend, SHARE_NAME_MAX);
        else if (!str_printable(backend))
                problem(b, "%s: the name or path of the share has a control character", d->where);
        for (const struct machine_device *o = b->m->device; o < d; o++)
                if (n > 0 && o->role == ROLE_VIRTFS && name_length(o) == n &&
                    strncmp(str_empty(o->backend), backend, n) == 0)
                        problem(b, "%s and %s: two shares of the name %.*s", o->where, d->where, (int)n,
                                backend);
}

void shares_check(struct builder *b)
{
        for (size_t i = 0; i < b->m->n_device; i++)
                if (b->m->device[i].role == ROLE_VIRTFS)
                        check_share(b, &b->m->device[i]);
}

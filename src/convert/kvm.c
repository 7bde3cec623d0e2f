/* The attributes of a kvm zone's disks, whose words are those of QEMU's -drive; see machine/kvm.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "convert/internal.h"

#define DISKS 11 /* that attributes number */

/* What the options of a disk say of it. */
struct said {
        const char *serial;
        bool ro, nocache, sync;
};

/* False: there is no word for one of them. */
static bool read_options(const struct machine_device *d, const char *serial, struct said *ret)
{
        size_t n = strlen(serial);

        *ret = (struct said){0};
        for (size_t i = 0; i < d->option.n; i++) {
                const char *word = d->option.v[i];

                if (strncmp(word, serial, n) == 0 && word[n] == '=')
                        ret->serial = word + n + 1;
                else if (strcmp(word, "ro") == 0)
                        ret->ro = true;
                else if (strcmp(word, "nocache") == 0)
                        ret->nocache = true;
                else if (strcmp(word, "sync") == 0)
                        ret->sync = true;
                else
                        return false;
        }
        return true;
}

static const char *cache_word(const struct said *said)
{
        if (said->nocache)
                return said->sync ? ",cache=directsync" : ""; /* none is the default */
        return said->sync ? ",cache=writethrough" : ",cache=writeback";
}

/* bootdisk, or the first number that is free. */
static int attr_name(const struct config *cfg, const struct machine_device *d, char ret[16])
{
        if (d->role == ROLE_BOOTDISK) {
                snprintf(ret, 16, "bootdisk");
                return config_attr(cfg, ret) ? -EBUSY : 0;
        }
        for (unsigned i = 0; d->role == ROLE_DISK && i < DISKS; i++) {
                snprintf(ret, 16, "disk%u", i);
                if (!config_attr(cfg, ret))
                        return 0;
        }
        return -ENOENT;
}

int kvm_disk_attr(struct config *cfg, const struct machine_device *d, bool say_serial)
{
        bool ahci = streq_null(d->emulation, "ahci-hd");
        _cleanup_free_ char *value = NULL;
        struct strbuf text = {0};
        struct said said;
        char name[16];
        int r = attr_name(cfg, d, name);

        if (r < 0 || (!ahci && !streq_null(d->emulation, "virtio-blk")) ||
            !read_options(d, ahci ? "ser" : "serial", &said))
                return r < 0 ? r : -ENOENT;
        strbuf_puts(&text,
                    d->backend + (str_starts(d->backend, MACHINE_ZVOL_DIR) ? strlen(MACHINE_ZVOL_DIR) : 0));
        if (say_serial && said.serial)
                strbuf_printf(&text, ",serial=%s", said.serial);
        strbuf_printf(&text, "%s%s", cache_word(&said), said.ro ? ",readonly=on" : "");
        value = strbuf_take(&text);
        r = value ? attr_add(cfg, name, value) : -ENOMEM;
        return r == 0 && ahci && !config_attr(cfg, "diskif") ? attr_add(cfg, "diskif", "ahci") : r;
}

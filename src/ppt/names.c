/*
 * The numbers of /dev/pptN.  ppt.conf has a line "/dev/pptN ADDRESS" for each; what cannot be read is an
 * error, since the name of a device that was skipped could go to another.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "ppt/ppt.h"

#define CONF     "ppt.conf"
#define CONF_MAX (256 * 1024)
#define LOCK_MS  5000

int ppt_name(const char *text)
{
        const char *p = str_starts(text, "/dev/") ? text + 5 : text;
        size_t n;

        if (!str_starts(p, "ppt"))
                return -EINVAL;
        p += 3;
        n = strlen(p);
        if (n == 0 || n > 3 || strspn(p, "0123456789") != n || (n > 1 && *p == '0'))
                return -EINVAL;
        return (int)strtol(p, NULL, 10);
}

struct names {
        char address[PPT_NUMBER_MAX + 1][PPT_ADDRESS_MAX]; /* by number; "": free */
};

/* As Linux writes it: anything else would be the name of no device, and its number another's. */
static bool is_address(const char *text)
{
        unsigned domain, bus, slot, function;
        char again[40];

        if (sscanf(text, "%8x:%2x:%2x.%1x", &domain, &bus, &slot, &function) != 4)
                return false;
        snprintf(again, sizeof(again), "%04x:%02x:%02x.%x", domain, bus, slot, function);
        return strcmp(again, text) == 0;
}

static int read_line(struct names *names, const char *line, unsigned number, struct error *err)
{
        char name[16], address[PPT_ADDRESS_MAX], rest;
        int ppt;

        if (line[strspn(line, " \t")] == '\0' || line[strspn(line, " \t")] == '#')
                return 0;
        if (sscanf(line, "%15s %15s %c", name, address, &rest) != 2 || (ppt = ppt_name(name)) < 0)
                return error_set(err, EINVAL, "line %u: /dev/pptN and a PCI address are needed", number);
        if (!is_address(address))
                return error_set(err, EINVAL,
                                 "line %u: %s: not an address as Linux writes it, 0000:0a:00.0 (lspci -D)",
                                 number, address);
        for (int i = 0; i <= PPT_NUMBER_MAX; i++)
                if (i == ppt ? names->address[i][0] != '\0' : strcmp(names->address[i], address) == 0)
                        return error_set(err, EINVAL, "line %u: /dev/ppt%d %s is there already", number, i,
                                         names->address[i]);
        memcpy(names->address[ppt], address, sizeof(address));
        return 0;
}

static int read_names(int dir, struct names *names, struct error *err)
{
        _cleanup_free_ char *text = NULL;
        unsigned number = 0;
        char *line, *rest;
        int r = dir < 0 ? dir : fs_read_at(dir, CONF, CONF_MAX, &text, NULL);

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_errno(err, r, ZONES_ETC "/" CONF);
        for (rest = text, r = 0; r == 0 && (line = strsep(&rest, "\n"));)
                r = read_line(names, line, ++number, err);
        return r < 0 ? error_prefix(err, ZONES_ETC "/" CONF) : 0;
}

static int write_names(int dir, const struct names *names, struct error *err)
{
        _cleanup_(strbuf_free) struct strbuf text = {0};
        int r;

        strbuf_puts(&text, "# Which PCI device of the host is which /dev/pptN; see pptadm(8).\n");
        for (int i = 0; i <= PPT_NUMBER_MAX; i++)
                if (names->address[i][0])
                        strbuf_printf(&text, "/dev/ppt%d %s\n", i, names->address[i]);
        if (text.failed)
                return error_nomem(err);
        r = fs_replace_at(dir, CONF, text.data, text.len, 0644);
        return r < 0 ? error_errno(err, r, ZONES_ETC "/" CONF) : 0;
}

static int find(const struct names *names, const char *address)
{
        for (int i = 0; i <= PPT_NUMBER_MAX; i++)
                if (strcmp(names->address[i], address) == 0)
                        return i;
        return -1;
}

/* Numbers every device that has or should have a name; true if there was a new one. */
static bool give(struct names *names, struct ppts *list)
{
        bool added = false;

        for (size_t i = 0; i < list->n; i++) {
                struct ppt *dev = &list->v[i];

                dev->number = find(names, dev->address);
                dev->kept = dev->number >= 0;
                if (dev->number >= 0 || !ppt_bound(dev))
                        continue;
                dev->number = find(names, "");
                if (dev->number < 0)
                        continue;
                memcpy(names->address[dev->number], dev->address, sizeof(dev->address));
                added = true;
        }
        return added;
}

/* Reads again under the lock: another program may have numbered the same devices meanwhile. */
static int keep_new(const struct root *root, struct names *names, struct ppts *list, struct error *err)
{
        _cleanup_close_ int run = root_make_dir(root, ZONES_RUN, 0700, err), lock = -1, dir = -1;
        int r;

        if (run < 0)
                return run;
        lock = fs_lock_at(run, "ppt.lock", LOCK_MS);
        if (lock < 0)
                return error_errno(err, lock, ZONES_RUN "/ppt.lock");
        dir = root_make_dir(root, ZONES_ETC, 0755, err);
        if (dir < 0)
                return dir;
        memset(names, 0, sizeof(*names));
        r = read_names(dir, names, err);
        if (r < 0 || !give(names, list))
                return r;
        r = write_names(dir, names, err);
        for (size_t i = 0; r == 0 && i < list->n; i++)
                list->v[i].kept = list->v[i].number >= 0;
        return r;
}

/* Those of the file; none if it is not there. */
static int load_names(const struct root *root, struct names *names, struct error *err)
{
        _cleanup_close_ int dir = -1;
        char path[PATH_MAX];
        int r = root_path(root, ZONES_ETC, path, sizeof(path));

        if (r < 0)
                return error_errno(err, r, ZONES_ETC);
        dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return read_names(dir < 0 ? -errno : dir, names, err);
}

int ppt_number(const struct root *root, struct ppts *list, bool keep, struct error *err)
{
        _cleanup_free_ struct names *names = calloc(1, sizeof(*names));
        int r = names ? load_names(root, names, err) : error_nomem(err);

        return r == 0 && give(names, list) && keep ? keep_new(root, names, list, err) : r;
}

int ppt_address_of(const struct root *root, int number, char ret[PPT_ADDRESS_MAX], struct error *err)
{
        _cleanup_free_ struct names *names = calloc(1, sizeof(*names));
        int r = names ? load_names(root, names, err) : error_nomem(err);

        if (r < 0)
                return r;
        if (number < 0 || number > PPT_NUMBER_MAX || !names->address[number][0])
                return error_set(err, ENODEV, "/dev/ppt%d: " ZONES_ETC "/" CONF " does not have it", number);
        memcpy(ret, names->address[number], PPT_ADDRESS_MAX);
        return 0;
}

int ppt_load(const struct root *root, bool keep, struct ppts *ret, struct error *err)
{
        _cleanup_close_ int sysfs = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r;

        if (sysfs < 0)
                return error_errno(err, errno, "/sys");
        r = ppt_scan(sysfs, ret, err);
        if (r == 0)
                r = ppt_number(root, ret, keep, err);
        if (r < 0)
                ppts_free(ret);
        return r;
}

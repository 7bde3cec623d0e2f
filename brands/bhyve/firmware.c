/* The variables of UEFI firmware: made, and edited, before the machine starts; see firmware.h. */
#include "firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "bhyve/bhyve.h"
#include "config/edit.h"
#include "uefi/bootlist.h"

#define VARS_FILE      "uefivars"
#define USUAL_FIRMWARE "BHYVE.fd"
#define LOCK_WAIT_MS   30000 /* as long as zonecfg waits for another zonecfg */

/* The variables of a machine that has none yet come from the firmware's template. */
static int make_file(int etc, const struct machine *m, struct error *err)
{
        const char *own = bhyve_firmware_vars(m->bootrom);
        const char *template = own ? own : bhyve_firmware_vars(USUAL_FIRMWARE);
        _cleanup_free_ char *data = NULL;
        struct stat st;
        size_t len;
        int r;

        if (fstatat(etc, VARS_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
                return S_ISREG(st.st_mode)
                           ? 0
                           : error_set(err, EINVAL, "%s in the zone: not a regular file", MACHINE_UEFIVARS);
        r = fs_read_at(AT_FDCWD, template, UEFI_FILE_MAX, &data, &len);
        if (r < 0)
                return error_set(err, -r, "Could not find template UEFI variables file at %s", template);
        r = fs_replace_at(etc, VARS_FILE, data, len, 0600);
        return r < 0 ? error_errno(err, r, "%s in the zone", MACHINE_UEFIVARS) : 0;
}

static int read_file(int etc, struct uefi_store *ret, struct error *err)
{
        _cleanup_close_ int fd =
            fs_open_beneath(etc, VARS_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
        char *data;
        size_t len;
        int r = fd < 0 ? fd : fs_read_fd(fd, UEFI_FILE_MAX, &data, &len);

        if (r < 0)
                return error_errno(err, r, "%s in the zone", MACHINE_UEFIVARS);
        r = uefi_parse(data, len, ret, err);
        return r < 0 ? error_prefix(err, "%s in the zone", MACHINE_UEFIVARS) : 0;
}

static int open_etc(int root_fd, bool make, struct error *err)
{
        int r = make ? fs_mkdir_in_root(root_fd, "etc", 0755) : 0;
        int fd = r < 0 ? r : fs_open_in_root(root_fd, "etc", O_RDONLY | O_DIRECTORY, 0);

        return fd < 0 ? error_errno(err, fd, "etc in the zone") : fd;
}

/* Takes attr bootnext out of the stored configuration, unless somebody has set another one meanwhile. */
static int forget_next(const struct described *z, const struct config *cfg, struct error *err)
{
        const char *value = config_attr(cfg, "bootnext");
        _cleanup_config_ struct config *stored = NULL;
        _cleanup_close_ int run = -1, lock = -1;
        char name[ZONENAME_MAX + 32];
        int r;

        run = root_make_dir(&z->root, ZONES_RUN, 0700, err);
        if (run < 0)
                return run;
        snprintf(name, sizeof(name), "%s.zonecfg.lock", z->zone);
        lock = fs_lock_at(run, name, LOCK_WAIT_MS);
        if (lock < 0)
                return error_errno(err, lock, "%s", name);
        r = config_load(&z->root, z->zone, &stored, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < stored->n_res; i++) {
                const struct resource *res = stored->res[i];

                if (strcmp(res->def->name, "attr") != 0 ||
                    !streq_null(resource_get(res, "name"), "bootnext") ||
                    !streq_null(resource_get(res, "value"), value))
                        continue;
                r = config_remove_at(stored, i);
                return r < 0 ? error_errno(err, r, "attr bootnext") : config_save(&z->root, stored, err);
        }
        return 0;
}

static void note(struct problems *notes, const char *what, const struct error *err)
{
        problems_add(notes, "%s: %s", what, err->text);
}

/*
 * The edits in memory; true if bootnext of the configuration is among them.  Media for this boot come before
 * it, and it waits for the next.
 */
static bool edit(struct uefi_store *store, const struct machine *m, struct problems *notes)
{
        struct error err = {0};
        bool next = false;

        if (uefi_set_boot_order(store, m, m->bootorder, &err) < 0)
                note(notes, "Could not set VM boot order", &err);
        if (m->bootnext && !machine_boot_media(m)) {
                next = uefi_set_boot_next(store, m, m->bootnext, &err) == 0;
                if (!next)
                        note(notes, "Could not set VM boot next", &err);
        }
        return next;
}

int firmware_prepare(const struct described *z, int root_fd, const struct config *cfg,
                     const struct machine *m, struct problems *notes, struct error *err)
{
        _cleanup_close_ int etc = open_etc(root_fd, true, err);
        _cleanup_uefi_ struct uefi_store store = {0};
        struct error why = {0};
        bool next;
        int r;

        if (etc < 0)
                return etc;
        r = make_file(etc, m, err);
        if (r == 0)
                r = machine_check_vars(m, root_fd, err);
        if (r < 0)
                return r;
        r = read_file(etc, &store, &why);
        if (r == 0)
                r = uefi_set_boot_media(&store, machine_boot_media(m), &why);
        if (r < 0 && machine_boot_media(m))
                return error_set(err, -r, "boot -i: %s", why.text);
        if (r < 0) {
                note(notes, "Could not set VM boot order", &why);
                return 0;
        }
        next = edit(&store, m, notes);
        /* Only when something changes: most boots find the order as they want it. */
        r = store.changed ? fs_replace_at(etc, VARS_FILE, store.file, store.len, 0600) : 0;
        if (r < 0 && machine_boot_media(m))
                return error_errno(err, r, "%s in the zone", MACHINE_UEFIVARS);
        if (r < 0) {
                error_errno(&why, r, "%s in the zone", MACHINE_UEFIVARS);
                note(notes, "Could not write boot options", &why);
        } else if (next && !z->xml && forget_next(z, cfg, &why) < 0) {
                note(notes, "Could not remove attr bootnext", &why);
        }
        return 0;
}

static int add_option(const char *name, const struct uefi_entry *entry, void *arg)
{
        _cleanup_free_ char *value = uefi_entry_value(entry);

        return value ? machine_add_boot_option(arg, name, uefi_kind_name(entry->kind), value) : -ENOMEM;
}

int firmware_boot_options(const struct described *z, const struct config *cfg, struct machine *m,
                          struct error *err)
{
        _cleanup_close_ int root_fd = described_root(z, cfg, NULL);
        _cleanup_close_ int etc = root_fd < 0 ? -1 : open_etc(root_fd, false, NULL);
        _cleanup_uefi_ struct uefi_store store = {0};
        _cleanup_entries_ struct uefi_entries entries = {0};
        int r;

        if (etc < 0 || faccessat(etc, VARS_FILE, R_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        r = read_file(etc, &store, err);
        if (r == 0)
                r = uefi_entries_read(&store, &entries, err);
        if (r == 0 && uefi_each_name(&entries, m, add_option, m) < 0)
                r = error_nomem(err);
        return r;
}

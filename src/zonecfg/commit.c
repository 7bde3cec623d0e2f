/*
 * Saving and deleting: the file and the index change together or not at all, under locks (locks.h).  Of two
 * zonecfg that edited the same zone, the second has to look again (overtaken.h).
 *
 * Before an entry of the index changes, the old file is kept under a second name, so that going back needs
 * no space on a full disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "config/index.h"
#include "conflict/conflict.h"
#include "zonecfg/backup.h"
#include "zonecfg/locks.h"
#include "zonecfg/overtaken.h"
#include "zonecfg/verb.h"

/* The files of one commit, relative to /etc/zones. */
struct commit {
        int dir;
        char file[ZONENAME_MAX + 8];
        char backup[ZONENAME_MAX + 24];
        bool existed; /* backup holds the file as it was */
        char *text;   /* what is to be saved */
        size_t len;
};

/* What the brand's check has said. */
static void print_said(struct session *s, const char *text)
{
        while (*text) {
                size_t n = strcspn(text, "\n");

                fprintf(s->err, "%s%s%.*s\n", s->many ? s->zone : "", s->many ? ": " : "", (int)n, text);
                text += n + (text[n] == '\n');
        }
}

/*
 * The brand's own check gets the path of a file with the configuration, and nothing else.  The file is in
 * memory and ours: nothing is left behind whatever happens.
 */
static int brand_verify(struct session *s)
{
        const struct brand *brand = session_brand(s);
        _cleanup_free_ char *xml = NULL, *output = NULL;
        _cleanup_close_ int fd = -1;
        char path[64];
        const char *args[] = {path, NULL};
        int r, number = 0;
        struct brand_run run = {.zone = s->zone, .args = args, .ret_signal = &number, .timeout_ms = 30000};
        struct error err = {0};

        if (!brand || !brand->text[BRAND_VERIFY_CFG])
                return 0;
        run.zonepath = str_empty(config_global(s->cfg, "zonepath"));
        run.ret_output = &output;
        xml = config_to_xml(s->cfg);
        if (!xml)
                return session_nomem(s);
        fd = memfd_create("zonecfg", MFD_CLOEXEC);
        if (fd < 0 || fs_write_all(fd, xml, strlen(xml)) < 0)
                return session_error(s, "%s: Problem creating temporary file", s->zone);
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", getpid(), fd);
        r = brand_run_hook(&s->root, brand, BRAND_VERIFY_CFG, &run, &err);
        /* Notices are for a person, who has them from verify when commit comes to them again. */
        if (output && *output && (r != 0 || !streq_null(s->notices, output)))
                print_said(s, output);
        if (r < 0)
                return session_error(s, "%s: %s", s->zone, err.text);
        if (r == 0) {
                free(s->notices);
                s->notices = output;
                output = NULL;
                return 0;
        }
        /* A hook that has said what it has found needs no more words. */
        if (!number && output && *output)
                return session_error(s, "%s: Brand-specific error", s->zone);
        brand_hook_failed(&err, "verify_cfg", r, number);
        return session_error(s, "%s: Brand-specific error (%s)", s->zone, err.text);
}

/* Two zones in one directory would be installed over each other, and one inside of another go with it. */
static int check_path_is_free(struct session *s)
{
        const char *path = config_global(s->cfg, "zonepath");
        const char *const ours[] = {s->zone, s->saved, NULL};
        struct index_entry other;
        int r;

        if (!path || s->global || index_lookup_overlap(&s->root, path, ours, &other, NULL) < 0)
                return 0;
        if (strcmp(path, other.path) == 0)
                r = session_error(s, "%s: zonepath %s is that of zone %s already", s->zone, path, other.name);
        else
                r = session_error(s, "%s: zonepath %s and that of zone %s (%s) overlap", s->zone, path,
                                  other.name, other.path);
        index_entry_clear(&other);
        return r;
}

/* Users come and go, and an editor or a file that is imported may name any. */
static int check_users(struct session *s)
{
        const struct resource *admin = NULL;
        int r = 0;

        while ((admin = config_next(s->cfg, "admin", admin))) {
                const char *user = resource_get(admin, "user");

                if (user && !getpwnam(user))
                        r = session_error(s, "%s: user %s is not a valid username", s->zone, user);
        }
        return r;
}

int commit_verify(struct session *s)
{
        struct problems problems = {0};
        struct error err = {0};
        int r;

        if (s->scope) {
                session_error(s, "resource specification incomplete");
                return session_error(s, "Zone %s failed to verify", s->zone);
        }
        r = config_verify(&s->root, s->cfg, &problems, &err);
        if (r < 0) {
                problems_clear(&problems);
                return session_error(s, "%s: %s", s->zone, err.text);
        }
        for (size_t i = 0; i < problems.n; i++)
                r = session_error(s, "%s: %s", s->zone, problems.text[i]);
        problems_clear(&problems);
        if (check_users(s) < 0 || check_path_is_free(s) < 0)
                r = -EINVAL;
        /* A brand that is not there has been told of. */
        if (session_brand(s) && brand_verify(s) < 0)
                r = -EINVAL;
        return r;
}

/* The UUID that the zone has, or is to have; "" for none yet. */
static int zone_uuid(struct session *s, char ret[UUID_TEXT], struct error *err)
{
        struct index_entry entry;
        int r = index_lookup(&s->root, saved_name(s), &entry, err);

        if (r < 0 && r != -ENOENT)
                return r;
        snprintf(ret, UUID_TEXT, "%s", r < 0 ? "" : entry.uuid);
        if (r == 0)
                index_entry_clear(&entry);
        if (!*ret)
                snprintf(ret, UUID_TEXT, "%s", str_empty(config_global(s->cfg, "uuid")));
        return 0;
}

int commit_compare(struct session *s)
{
        const char *const ours[] = {s->zone, s->saved, NULL};
        _cleanup_(problems_clear) struct problems problems = {0}, warnings = {0};
        struct error err = {0};
        char uuid[UUID_TEXT];
        int r;

        if (s->global)
                return 0;
        r = zone_uuid(s, uuid, &err);
        if (r == 0)
                r = conflict_find(&s->root, s->cfg, uuid, ours, &problems, &warnings, &err);
        if (r < 0)
                return session_error(s, "%s: %s", s->zone, err.text);
        for (size_t i = 0; i < warnings.n; i++)
                fprintf(s->err, "%s\n", warnings.text[i]);
        for (size_t i = 0; i < problems.n; i++)
                r = session_error(s, "%s: %s", s->zone, problems.text[i]);
        return r;
}

static int commit_open(struct session *s, const char *zone, struct commit *c, struct error *err)
{
        c->existed = false;
        snprintf(c->file, sizeof(c->file), "%s.xml", zone);
        snprintf(c->backup, sizeof(c->backup), ".backup.%s.xml", zone);
        c->dir = root_make_dir(&s->root, ZONES_ETC, 0755, err);
        return c->dir < 0 ? c->dir : 0;
}

static int keep_backup(struct commit *c, struct error *err)
{
        unlinkat(c->dir, c->backup, 0); /* of a commit that was killed; the lock says that it is over */
        if (linkat(c->dir, c->file, c->dir, c->backup, 0) == 0)
                c->existed = true;
        else if (errno != ENOENT)
                return error_errno(err, errno, "%s", c->backup);
        return 0;
}

/* Puts the old file back, or removes the new one when there was none. */
static void roll_back(struct commit *c)
{
        if (c->existed)
                renameat(c->dir, c->backup, c->dir, c->file);
        else
                unlinkat(c->dir, c->file, 0);
        fsync(c->dir);
}

/* What the index has to learn; most commits change nothing in it. */
static int update_index(struct session *s, const struct index_entry *entry, struct error *err)
{
        const char *path = str_empty(config_global(s->cfg, "zonepath"));
        const char *uuid = str_empty(config_global(s->cfg, "uuid"));
        bool rename = *s->saved && strcmp(s->saved, s->zone) != 0;

        if (!entry)
                return index_add(&s->root, s->zone, ZONE_CONFIGURED, path, uuid, err);
        return index_modify(&s->root, entry->name, -1, path, NULL, rename ? s->zone : NULL, err);
}

/* Saves the file, then the index if it differs; entry is that of the zone, or NULL. */
static int save_both(struct session *s, struct commit *c, const struct index_entry *entry, struct error *err)
{
        const char *path = str_empty(config_global(s->cfg, "zonepath"));
        bool index_changes = !entry || strcmp(entry->name, s->zone) != 0 || strcmp(entry->path, path) != 0;
        int r;

        if (s->global || !index_changes)
                return config_save_text(&s->root, s->zone, saved_name(s), c->text, c->len, err);
        r = keep_backup(c, err);
        if (r < 0)
                return r;
        r = config_save_text(&s->root, s->zone, saved_name(s), c->text, c->len, err);
        if (r == 0) {
                r = update_index(s, entry, err);
                if (r < 0) {
                        error_prefix(err, "Problem updating index file");
                        roll_back(c);
                }
        }
        unlinkat(c->dir, c->backup, 0);
        return r;
}

/* After a rename, the file of the old name is no longer anybody's. */
static void drop_old_name(struct session *s, struct commit *c)
{
        char old[ZONENAME_MAX + 8];

        if (!*s->saved || strcmp(s->saved, s->zone) == 0)
                return;
        snprintf(old, sizeof(old), "%s.xml", s->saved);
        unlinkat(c->dir, old, 0);
        fsync(c->dir);
        backup_rename(&s->root, s->saved, s->zone);
}

/* Whatever led here: a file holds the zone that it is named after. */
static int check_name(const struct session *s, struct error *err)
{
        if (strcmp(s->cfg->name, s->zone) != 0)
                return error_set(err, EINVAL, "the configuration is that of '%s'", s->cfg->name);
        if (zone_name_prefix(s->zone))
                return error_set(err, EPERM, "zones beginning with %s are read-only.",
                                 zone_name_prefix(s->zone));
        return 0;
}

static bool renamed(const struct session *s)
{
        return strcmp(saved_name(s), s->zone) != 0;
}

/* Is the zone to stand on another zonepath or brand than the one that was saved? */
static bool moved(const struct session *s)
{
        return !s->baseline ||
               !same_global(s->baseline, "zonepath", str_empty(config_global(s->cfg, "zonepath"))) ||
               !same_global(s->baseline, "brand", str_empty(config_global(s->cfg, "brand")));
}

/* What the verbs asked when they were typed, once more, now that nobody can change the answer. */
static int check_ground(struct session *s, struct locks *l, struct error *err)
{
        enum zone_state state;
        bool known;
        int r;

        session_state(s, &known);
        if (!known || s->global || (!renamed(s) && !moved(s)))
                return 0;
        r = locks_take_ground(s, l, err);
        if (r < 0)
                return r;
        state = session_state(s, NULL);
        if (state > ZONE_INSTALLED)
                return error_set(err, EBUSY, "Zone state is invalid for the requested operation");
        if (state == ZONE_INSTALLED && moved(s) && !s->forced_move)
                return error_set(err, EBUSY, "already installed by now; its zonepath and brand stay");
        return 0;
}

/* Under the locks: is everything still as it was when this configuration was made? */
static int check_store(struct session *s, struct locks *l, struct error *err)
{
        int r = overtaken_check(s, err);

        if (r == 0 && renamed(s) && session_name_taken(s, s->zone))
                r = error_set(err, EEXIST, "Zone name already in use");
        return r == 0 ? check_ground(s, l, err) : r;
}

static int save_locked(struct session *s, struct commit *c, struct error *err)
{
        struct index_entry entry;
        bool known;
        int r;

        r = index_lookup(&s->root, saved_name(s), &entry, err);
        known = r == 0;
        if (r == 0 || r == -ENOENT)
                r = save_both(s, c, known ? &entry : NULL, err);
        if (r == 0) {
                drop_old_name(s, c);
                overtaken_saw(s, TAKE_PTR(c->text), c->len);
        }
        if (known)
                index_entry_clear(&entry);
        return r;
}

int commit_save(struct session *s)
{
        _cleanup_free_ char *text = config_to_xml(s->cfg);
        struct commit c = {.dir = -1};
        struct error err = {0};
        struct locks locks = LOCKS_NONE;
        int r;

        if (!text)
                return session_nomem(s);
        r = check_name(s, &err);
        if (r == 0)
                r = locks_take(s, &locks, &err);
        if (r == 0)
                r = check_store(s, &locks, &err);
        if (r == -EAGAIN && s->repeatable) {
                s->again = true;
                s->lock = TAKE_FD(locks.zonecfg[0]);
        } else if (r == 0) {
                c.len = strlen(text);
                c.text = TAKE_PTR(text);
                r = commit_open(s, s->zone, &c, &err);
                if (r == 0)
                        r = save_locked(s, &c, &err);
                s->repeatable = false;
        }
        free(c.text);
        cleanup_close(&c.dir);
        locks_leave(s, &locks, r == 0 && renamed(s));
        return r < 0 && !s->again ? session_error(s, "%s: %s", s->zone, err.text) : r;
}

int commit_all(struct session *s)
{
        struct config *saved;
        int r;

        r = commit_verify(s);
        if (r < 0)
                return r;
        saved = config_copy(s->cfg);
        if (!saved)
                return session_nomem(s);
        r = commit_save(s);
        if (r < 0) {
                config_free(saved);
                return r;
        }
        if (s->global)
                fputs("WARNING: the configuration of the global zone is kept, but nothing applies it to this "
                      "host.\n",
                      s->err);
        config_free(s->baseline);
        s->baseline = saved;
        snprintf(s->saved, sizeof(s->saved), "%s", s->zone);
        s->changed = false;
        return 0;
}

static int delete_saved(struct session *s, struct locks *l, enum zone_state seen, struct error *err)
{
        struct commit c = {.dir = -1};
        bool known;
        int r;

        session_state(s, &known);
        if (known) {
                r = locks_take_ground(s, l, err);
                if (r < 0)
                        return r;
        }
        if (session_state(s, NULL) != seen)
                return error_set(err, EBUSY, "the state of the zone has just changed");
        r = commit_open(s, l->zone, &c, err);
        if (r == 0)
                r = index_remove(&s->root, l->zone, err);
        if (r == 0 && unlinkat(c.dir, c.file, 0) < 0 && errno != ENOENT)
                r = error_errno(err, errno, "%s", c.file);
        if (r == 0) {
                fsync(c.dir);
                backup_forget(&s->root, l->zone);
        }
        cleanup_close(&c.dir);
        return r;
}

int commit_delete(struct session *s, enum zone_state seen)
{
        struct locks locks = LOCKS_NONE;
        struct error err = {0};
        int r = locks_take(s, &locks, &err);

        if (r == 0)
                r = delete_saved(s, &locks, seen, &err);
        locks_leave(s, &locks, r == 0);
        if (r < 0)
                return session_error(s, "%s: %s", saved_name(s), err.text);
        session_forget(s);
        return 0;
}

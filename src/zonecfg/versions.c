/*
 * zonecfg upgrade and downgrade: from one version of the configuration to another, one zone or all of them,
 * with the old file kept.  They are no commands of a session: what they convert is what is saved.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "brand/brand.h"
#include "config/index.h"
#include "convert/convert.h"
#include "xml/xml.h"
#include "zonecfg/backup.h"
#include "zonecfg/cli.h"
#include "zonecfg/locks.h"
#include "zonecfg/verb.h"

struct request {
        bool up, all, dry_run;
        int version; /* that is wanted */
};

/* One zone on its way. */
struct passage {
        char uuid[UUID_TEXT];
        char *text; /* of the file */
        size_t len;
        struct config *cfg;
        int version; /* it has now */
        struct config *converted;
        char *restored; /* text of the backup that is put back instead of converted */
        size_t restored_len;
};

static void passage_clear(struct passage *p)
{
        free(p->text);
        config_free(p->cfg);
        config_free(p->converted);
        free(p->restored);
}

static int usage(struct session *s)
{
        fputs("usage:\tzonecfg -z <zone> upgrade [-n] [-V <version>]\n"
              "\tzonecfg -z <zone> downgrade [-n] -V <version>\n"
              "\tzonecfg upgrade -a [-n] [-V <version>]\n"
              "\tzonecfg downgrade -a [-n] -V <version>\n",
              s->err);
        return 2;
}

static int parse_request(struct session *s, int argc, char **argv, struct request *ret)
{
        int c;

        *ret = (struct request){.up = strcmp(argv[0], "upgrade") == 0};
        optind = 0; /* a second line of options */
        while ((c = getopt(argc, argv, "+:anV:")) != -1)
                switch (c) {
                case 'a':
                        ret->all = true;
                        break;
                case 'n':
                        ret->dry_run = true;
                        break;
                case 'V':
                        if (strlen(optarg) != 1 || optarg[0] < '1' ||
                            optarg[0] > '0' + CONFIG_VERSION_NEWEST) {
                                fprintf(s->err, "zonecfg: version %s: this zonecfg knows 1 to %d\n", optarg,
                                        CONFIG_VERSION_NEWEST);
                                return 2;
                        }
                        ret->version = optarg[0] - '0';
                        break;
                default:
                        return usage(s);
                }
        if (ret->up && !ret->version)
                ret->version = CONFIG_VERSION_NEWEST;
        return optind != argc || !ret->version || ret->all == (*s->zone != '\0') ? usage(s) : 0;
}

static int read_zone(struct session *s, struct passage *p, struct error *err)
{
        _cleanup_close_ int dir = -1;
        struct index_entry entry;
        char file[ZONENAME_MAX + 8];
        int r = index_lookup(&s->root, s->zone, &entry, err);

        if (r == -ENOENT)
                return error_set(err, ENOENT, "No such zone configured");
        if (r < 0)
                return r;
        snprintf(p->uuid, sizeof(p->uuid), "%s", entry.uuid);
        index_entry_clear(&entry);
        dir = root_open_dir(&s->root, ZONES_ETC, err);
        if (dir < 0)
                return dir;
        snprintf(file, sizeof(file), "%s.xml", s->zone);
        r = fs_read_at(dir, file, XML_MAX_SIZE, &p->text, &p->len);
        if (r == -ENOENT)
                return error_set(err, ENOENT, "No such zone configured");
        if (r < 0)
                return error_errno(err, r, "%s%s/%s", s->root.path, ZONES_ETC, file);
        r = config_parse_xml(p->text, p->len, file, &p->cfg, err);
        if (r == 0 && strcmp(p->cfg->name, s->zone) != 0)
                r = error_set(err, EINVAL, "%s describes the zone '%s'", file, p->cfg->name);
        if (r < 0)
                return r;
        p->version = config_version(p->cfg, err);
        return p->version < 0 ? p->version : 0;
}

/*
 * A version 1 that another host made can lack what conversion would say: vcpus, where capped-cpu alone says
 * it to us.  Put back, it would be converted again by the next call.
 */
static bool is_converted(struct session *s, const struct config *cfg, const char *uuid, int version)
{
        _cleanup_config_ struct config *again = NULL;

        return config_version(cfg, NULL) == version &&
               config_convert(&s->root, cfg, uuid, version, &again, NULL) == 0 && config_equal(again, cfg);
}

/*
 * When one is just what the other becomes by conversion, nobody has changed the zone since its backup was
 * made, and going back puts back the file as it was.  A backup that does not fit (any more) is passed over.
 */
static void find_backup(struct session *s, int version, struct passage *p)
{
        _cleanup_config_ struct config *old = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL;
        size_t len;

        if (backup_load(&s->root, s->zone, version, &text, &len) < 0 ||
            config_parse_xml(text, len, s->zone, &old, NULL) < 0 || strcmp(old->name, s->zone) != 0 ||
            !is_converted(s, old, p->uuid, version))
                return;
        if ((!p->converted || !config_equal(p->converted, old)) &&
            (config_convert(&s->root, old, p->uuid, p->version, &again, NULL) < 0 ||
             !config_equal(again, p->cfg)))
                return;
        p->restored = TAKE_PTR(text);
        p->restored_len = len;
        config_free(p->converted);
        p->converted = TAKE_PTR(old);
}

static int write_zone(struct session *s, const struct passage *p, struct error *err)
{
        int r = backup_save(&s->root, s->zone, p->version, p->text, p->len, err);

        if (r < 0)
                return r;
        return p->restored ? config_save_text(&s->root, s->zone, s->zone, p->restored, p->restored_len, err)
                           : config_save(&s->root, p->converted, err);
}

static int show(struct session *s, const struct request *req, const struct passage *p)
{
        _cleanup_free_ char *from = config_export(p->cfg, NULL), *to = config_export(p->converted, NULL);
        _cleanup_free_ char *text = from && to ? diff_lines(from, to) : NULL;

        if (!text)
                return session_nomem(s);
        if (!*text)
                fprintf(s->out, "%s: only the version changes, to %d\n", s->zone, req->version);
        else if (req->all)
                fprintf(s->out, "%s:\n", s->zone);
        fputs(text, s->out);
        return 0;
}

static int convert(struct session *s, const struct request *req, struct passage *p, struct error *err)
{
        struct config *copy;
        int r;

        if (req->up ? p->version > req->version : p->version < req->version)
                return error_set(err, EINVAL, "is of version %d; %s takes it to version %d", p->version,
                                 req->up ? "downgrade" : "upgrade", req->version);
        r = config_convert(&s->root, p->cfg, p->uuid, req->version, &p->converted, err);
        if (p->version != req->version)
                find_backup(s, req->version, p);
        if (p->restored)
                r = 0; /* what the conversion could not say, the backup can */
        if (r < 0)
                return error_prefix(err, "cannot be %s", req->up ? "upgraded" : "downgraded");
        /* The check of a whole configuration is that of a session. */
        copy = config_copy(p->converted);
        if (!copy)
                return error_nomem(err);
        session_adopt(s, copy);
        return 0;
}

static void put_notes(struct session *s, const struct request *req, const struct passage *p)
{
        _cleanup_(problems_clear) struct problems notes = {0};

        if (req->up && config_upgrade_notes(p->converted, &notes) < 0)
                session_nomem(s);
        for (size_t i = 0; i < notes.n; i++)
                fprintf(s->out, "%s: %s\n", s->zone, notes.text[i]);
}

/* The words of a machine mean nothing to another brand, and illumos would not read the mark of the version.
 */
static bool describes_machine(struct session *s, const struct request *req, const struct passage *p)
{
        const char *name = config_global(p->cfg, "brand");
        _cleanup_(brand_freep) struct brand *brand = NULL;
        struct error err = {0};

        /* A brand that cannot be loaded is for verify to tell. */
        if (!name || brand_load(&s->root, name, &brand, NULL) < 0 || brand_is_machine(brand))
                return true;
        error_set(&err, EINVAL, "brand %s runs no virtual machine; there is nothing to convert", name);
        if (req->all)
                fprintf(s->out, "%s: %s\n", s->zone, err.text);
        else
                session_error(s, "%s: %s", s->zone, err.text);
        return false;
}

static void convert_locked(struct session *s, const struct request *req)
{
        _cleanup_(passage_clear) struct passage p = {0};
        struct error err = {0};
        int r = read_zone(s, &p, &err);

        if (r == 0 && !describes_machine(s, req, &p))
                return;
        if (r == 0)
                r = convert(s, req, &p, &err);
        if (r < 0) {
                session_error(s, "%s: %s", s->zone, err.text);
                return;
        }
        if (p.version == req->version && config_equal(p.cfg, p.converted)) {
                fprintf(s->out, "%s: is of version %d already\n", s->zone, p.version);
                return;
        }
        if (commit_verify(s) < 0)
                return;
        if (req->dry_run) {
                show(s, req, &p);
                put_notes(s, req, &p);
                return;
        }
        if (write_zone(s, &p, &err) < 0) {
                session_error(s, "%s: %s", s->zone, err.text);
                return;
        }
        fprintf(s->out, "%s: %s version %d%s\n", s->zone, req->up ? "upgraded to" : "downgraded to",
                req->version, p.restored ? ", as it was before" : "");
        put_notes(s, req, &p);
}

static void convert_zone(struct session *s, const struct request *req)
{
        struct locks locks = LOCKS_NONE;
        struct error err = {0};

        if (!req->dry_run && locks_take(s, &locks, &err) < 0)
                session_error(s, "%s: %s", s->zone, err.text);
        else
                convert_locked(s, req);
        locks_leave(s, &locks, false);
}

static void convert_all(struct session *s, const struct request *req)
{
        struct index index = {0};
        struct error err = {0};

        if (index_load(&s->root, &index, &err) < 0) {
                session_error(s, "zonecfg: %s", err.text);
                return;
        }
        s->many = true;
        for (size_t i = 0; i < index.n; i++) {
                snprintf(s->zone, sizeof(s->zone), "%s", index.entry[i].name);
                snprintf(s->saved, sizeof(s->saved), "%s", s->zone);
                free(s->notices); /* of the zone before */
                s->notices = NULL;
                convert_zone(s, req);
        }
        index_free(&index);
}

int cli_convert(struct session *s, int argc, char **argv)
{
        struct request req;
        int r = parse_request(s, argc, argv, &req);

        if (r != 0)
                return r;
        s->mode = MODE_ARGUMENTS;
        if (s->global)
                session_error(s, "global: describes no virtual machine; there is nothing to convert");
        else if (req.all)
                convert_all(s, &req);
        else
                convert_zone(s, &req);
        return s->failed ? 1 : 0;
}

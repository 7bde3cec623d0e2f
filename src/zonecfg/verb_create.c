/* create and delete: the zone as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zonecfg/overtaken.h"
#include "zonecfg/verb.h"

/* May an existing zone be overwritten?  1: yes; 0: no, a person said so; negative: no, printed. */
static int may_overwrite(struct session *s, bool force, bool adopt)
{
        bool known;
        enum zone_state state = session_state(s, &known);
        int answer;

        if (!known && !s->baseline) {
                int r = force || adopt ? 0 : session_check_stray(s);

                return r < 0 ? r : 1;
        }
        if (state >= ZONE_INSTALLED)
                return session_error(s, "Zone %s already installed; create not allowed.", s->zone);
        if (force) {
                fprintf(s->out, "Zone %s already exists; overwriting.\n", s->zone);
                return 1;
        }
        answer = session_ask(s, "Zone %s already exists; create anyway", s->zone);
        if (answer >= 0)
                return answer;
        s->quit = true;
        return session_error(s, "Zone exists, input not from terminal and -F not specified:\n"
                                "create command ignored, exiting.");
}

/* create -a: the configuration that detach left in the zonepath, which is below the root as all paths are. */
static int load_detached(const struct root *root, const char *zonepath, struct config **ret,
                         struct error *err)
{
        char path[PATH_MAX], file[PATH_MAX];
        struct stat st;
        int r;

        if (zonepath[0] != '/' || strlen(zonepath) > CONFIG_PATH_MAX ||
            root_path(root, zonepath, path, sizeof(path) - 32) < 0)
                return error_set(err, EINVAL, "invalid path to detached zone");
        snprintf(file, sizeof(file), "%.4000s/root", path);
        if (stat(file, &st) < 0 || !S_ISDIR(st.st_mode))
                return error_set(err, EINVAL, "invalid path to detached zone");
        snprintf(file, sizeof(file), "%.4000s/SUNWdetached.xml", path);
        r = config_load_file(file, ret, err);
        if (r == -ENOENT)
                return error_set(err, ENOENT, "invalid path to detached zone");
        /* It may have been moved as a directory; the path is where it is now. */
        return r < 0 ? r : config_set_global(*ret, "zonepath", zonepath, err);
}

/* A blank zone needs no template; one that is there counts. */
static int load_blank(struct session *s, struct config **ret, struct error *err)
{
        int r = config_load_template(&s->root, "SYSblank", ret, err);

        if (r != -ENOENT)
                return r;
        *ret = config_new(s->zone);
        return *ret ? 0 : error_nomem(err);
}

/* Takes the UUID out of what the firmware tells the guest; true: nothing else was told. */
static bool drop_field(struct resource *smbios)
{
        const struct property *fields = resource_prop(smbios, "field");

        for (size_t i = fields ? fields->n : 0; i-- > 0;)
                if (streq_null(complex_get(&fields->tuple[i], "name"), "uuid")) {
                        if (fields->n == 1)
                                return true;
                        resource_remove_tuple(smbios, "field", &fields->tuple[i], NULL);
                }
        return false;
}

/* Like another zone, but not the same machine, whichever way that says which machine it is. */
static int drop_uuid(struct config *cfg, struct error *err)
{
        for (size_t i = cfg->n_res; i-- > 0;) {
                struct resource *res = cfg->res[i];

                if ((strcmp(res->def->name, "attr") == 0 && streq_null(resource_get(res, "name"), "uuid")) ||
                    (strcmp(res->def->name, "smbios") == 0 && drop_field(res)))
                        config_remove_at(cfg, i);
        }
        config_drop_extra(cfg, "debugid"); /* illumos gives every zone one of its own */
        return config_global(cfg, "uuid") ? config_clear_global(cfg, "uuid", err) : 0;
}

static int load_start(struct session *s, const struct options *opt, struct config **ret, struct error *err)
{
        int r;

        if (opt->flag['a'])
                return load_detached(&s->root, opt->value['a'], ret, err);
        if (opt->flag['X'])
                return config_load(&s->root, s->zone, ret, err);
        if (opt->flag['b'])
                return load_blank(s, ret, err);
        r = config_load_template(&s->root, opt->flag['t'] ? opt->value['t'] : "SYSdefault", ret, err);
        return r < 0 ? r : drop_uuid(*ret, err);
}

/* The zone that is overwritten stays what revert goes back to. */
static void remember_old(struct session *s)
{
        if (s->baseline || s->mode == MODE_CONFINED)
                return;
        if (config_load(&s->root, s->zone, &s->baseline, NULL) == 0)
                snprintf(s->saved, sizeof(s->saved), "%s", s->zone);
}

int verb_create(struct session *s, const struct command *cmd)
{
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_free_ char *text = NULL;
        struct error err = {0};
        struct options opt;
        size_t len = 0;
        char *name;
        int r;

        if (options_parse(cmd, "FbXt:a:", &opt) < 0 || opt.json || cmd->n_arg != opt.first ||
            opt.flag['b'] + opt.flag['t'] + opt.flag['a'] + opt.flag['X'] > 1)
                return session_usage(s, VERB_CREATE);
        r = session_writable(s, "create");
        if (r < 0)
                return r;
        if (s->mode != MODE_CONFINED) {
                /* Before the question: what comes after it is not what was allowed to be overwritten. */
                overtaken_read(s, &text, &len);
                r = may_overwrite(s, opt.flag['F'], opt.flag['X']);
                if (r <= 0)
                        return r;
        }
        r = load_start(s, &opt, &cfg, &err);
        if (r < 0)
                return session_fail(s, &err);
        name = strdup(s->zone);
        if (!name)
                return session_nomem(s);
        free(cfg->name);
        cfg->name = name;
        remember_old(s);
        overtaken_saw(s, TAKE_PTR(text), len);
        session_adopt(s, TAKE_PTR(cfg));
        s->changed = true;
        return 0;
}

/* Which states delete accepts. */
static int check_deletable(struct session *s, enum zone_state state, bool force)
{
        if (state == ZONE_CONFIGURED)
                return 0;
        if (!force)
                return session_error(
                    s, "Zone %s not in configured state; delete not allowed.  Use -F to force delete.",
                    s->zone);
        if (state > ZONE_INSTALLED)
                return session_error(s, "%s: Zone state is invalid for the requested operation", s->zone);
        return 0;
}

int verb_delete(struct session *s, const struct command *cmd)
{
        struct options opt;
        enum zone_state state;
        bool known;
        int r;

        if (options_parse(cmd, "F", &opt) < 0 || opt.json || cmd->n_arg != opt.first)
                return session_usage(s, VERB_DELETE);
        r = session_writable(s, "delete");
        if (r < 0)
                return r;
        state = session_state(s, &known);
        if (!known && !s->cfg)
                r = session_need(s); /* a file without an entry in the index: a commit was cut short */
        if (r == 0)
                r = check_deletable(s, state, opt.flag['F']);
        if (r < 0)
                return r;
        if (!opt.flag['F']) {
                r = session_ask(s, "Are you sure you want to delete zone %s", s->zone);
                if (r == 0)
                        return 0;
                if (r < 0) {
                        s->quit = true;
                        return session_error(s, "Input not from terminal and -F not specified:\n"
                                                "delete command ignored, exiting.");
                }
        }
        return commit_delete(s, state);
}

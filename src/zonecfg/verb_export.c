/* export and import: the whole configuration as a script or as JSON, and back from JSON. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "zonecfg/verb.h"

#define JSON_MAX ((size_t)16 << 20)

static int write_file(struct session *s, const char *path, const char *text)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
        int r;

        if (fd < 0)
                return session_error(s, "opening file %s: %s", path, strerror(errno));
        r = fs_write_all(fd, text, strlen(text));
        return r < 0 ? session_error(s, "writing file %s: %s", path, strerror(-r)) : 0;
}

static int put_text(struct session *s, const struct options *opt, const char *text)
{
        if (opt->flag['f'])
                return write_file(s, opt->value['f'], text);
        fputs(text, s->out);
        if (*text && text[strlen(text) - 1] != '\n')
                fputc('\n', s->out);
        return 0;
}

int verb_export(struct session *s, const struct command *cmd)
{
        _cleanup_(problems_clear) struct problems left_out = {0};
        _cleanup_free_ char *text = NULL;
        struct options opt;
        int r;

        if (options_parse(cmd, "f:", &opt) < 0 || cmd->n_arg != opt.first)
                return session_usage(s, VERB_EXPORT);
        r = session_need(s);
        if (r < 0)
                return r;
        text = opt.json ? config_to_json(s->cfg) : config_export(s->cfg, &left_out);
        if (!text)
                return session_nomem(s);
        r = put_text(s, &opt, text);
        for (size_t i = 0; i < left_out.n; i++)
                r = session_error(s, "%s: %s: it is left out; export --json has it", s->zone,
                                  left_out.text[i]);
        return r;
}

/* The commands may come from standard input themselves; then the JSON cannot. */
static int read_json(struct session *s, const char *path, char **ret, size_t *ret_len)
{
        _cleanup_close_ int fd = -1;
        int r;

        if (!path || strcmp(path, "-") == 0) {
                if (s->mode != MODE_ARGUMENTS)
                        return session_error(s, "import: say which file to read with -f");
                r = fs_read_fd(STDIN_FILENO, JSON_MAX, ret, ret_len);
                return r < 0 ? session_error(s, "standard input: %s", strerror(-r)) : 0;
        }
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return session_error(s, "could not open file %s: %s", path, strerror(errno));
        r = fs_read_fd(fd, JSON_MAX, ret, ret_len);
        return r < 0 ? session_error(s, "%s: %s", path, strerror(-r)) : 0;
}

bool same_global(const struct config *cfg, const char *prop, const char *value)
{
        _cleanup_config_ struct config *again = config_copy(cfg);
        const char *old = str_empty(config_global(cfg, prop));

        if (strcmp(old, value) == 0)
                return true;
        return again && *old && config_set_global(again, prop, old, NULL) == 0 &&
               streq_null(config_global(again, prop), value);
}

/* The same rules as for set and add; what every zone has without being told stands in JSON, too. */
static int fits_global_zone(struct session *s, const struct config *cfg)
{
        for (size_t i = 0; i < cfg->global->n_prop; i++) {
                const struct property *p = &cfg->global->prop[i];

                if (!(p->def->flags & PROP_NOT_IN_GLOBAL_ZONE) || p->def->type == TYPE_ZONE_NAME ||
                    !*str_empty(p->simple) || streq_null(p->def->fallback, p->simple))
                        continue;
                return session_error(s, "%s is not a valid property for the global zone.", p->def->name);
        }
        for (size_t i = 0; i < cfg->n_res; i++)
                if (cfg->res[i]->def->flags & RES_NOT_IN_GLOBAL_ZONE)
                        return session_error(s, "Cannot add a %s resource to the global zone.",
                                             cfg->res[i]->def->name);
        return 0;
}

/* The same rules as for set: an installed zone keeps its brand and its zonepath. */
int config_replaceable(struct session *s, const struct config *cfg)
{
        static const char *const fast[] = {"zonepath", "brand"};

        if (s->global)
                return fits_global_zone(s, cfg);
        if (session_state(s, NULL) < ZONE_INSTALLED || !s->baseline)
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(fast); i++) {
                const char *value = str_empty(config_global(cfg, fast[i]));

                /* In an alternate root, set -F may have changed it in this session. */
                if (!same_global(s->baseline, fast[i], value) &&
                    !(s->cfg && same_global(s->cfg, fast[i], value)))
                        return session_error(s, "Zone %s already installed; set %s not allowed.", s->zone,
                                             fast[i]);
        }
        return 0;
}

int verb_import(struct session *s, const struct command *cmd)
{
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_free_ char *text = NULL;
        struct error err = {0};
        struct options opt;
        size_t len = 0;
        bool known;
        char *name;
        int r;

        if (options_parse(cmd, "f:", &opt) < 0 || !opt.json || cmd->n_arg != opt.first)
                return session_usage(s, VERB_IMPORT);
        r = session_writable(s, "import");
        if (r < 0)
                return r;
        session_state(s, &known);
        if (known || s->cfg) {
                r = session_need(s);
        } else {
                r = session_check_stray(s);
        }
        if (r < 0)
                return r;
        r = read_json(s, opt.value['f'], &text, &len);
        if (r < 0)
                return r;
        r = config_from_json(text, len, &cfg, &err);
        if (r < 0)
                return session_error(s, "%s: %s", opt.value['f'] ? opt.value['f'] : "standard input",
                                     err.text);
        r = config_replaceable(s, cfg);
        if (r < 0)
                return r;
        name = strdup(s->zone); /* it becomes this zone, whichever it was made from */
        if (!name)
                return session_nomem(s);
        free(cfg->name);
        cfg->name = name;
        session_adopt(s, TAKE_PTR(cfg));
        s->changed = true;
        return 0;
}

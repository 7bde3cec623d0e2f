/*
 * edit opens the zone as a commented script in the editor and takes over what was changed; diff shows what
 * is not committed yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "zonecfg/unsaid.h"
#include "zonecfg/verb.h"

#define SCRIPT_MAX ((size_t)16 << 20)

/* The script, and behind it what no script can say. */
static char *all_text(const struct config *cfg)
{
        _cleanup_free_ char *script = config_export(cfg, NULL), *kept = config_kept_xml(cfg);
        struct strbuf b = {0};

        if (!script || !kept)
                return NULL;
        strbuf_printf(&b, "%s%s", script, kept);
        return strbuf_take(&b);
}

int verb_diff(struct session *s, const struct command *cmd)
{
        _cleanup_free_ char *from = NULL, *to = NULL, *text = NULL;
        int r;

        if (cmd->n_arg > 0)
                return session_usage(s, VERB_DIFF);
        r = session_need(s);
        if (r < 0)
                return r;
        from = s->baseline ? all_text(s->baseline) : strdup("");
        to = all_text(s->cfg);
        text = from && to ? diff_lines(from, to) : NULL;
        if (!text)
                return session_nomem(s);
        if (*s->saved && strcmp(s->saved, s->zone) != 0)
                fprintf(s->out, "-zonename: %s\n+zonename: %s\n", s->saved, s->zone);
        session_page(s, text);
        return 0;
}

static char *script_text(const struct session *s, struct problems *left_out)
{
        _cleanup_free_ char *script = config_export(s->cfg, left_out);
        struct strbuf out = {0};
        size_t n;
        const struct resource_def *res = schema_resources(&n);

        if (!script)
                return NULL;
        strbuf_printf(&out,
                      "# The configuration of zone %s.  Change it, save, and leave the editor: the\n"
                      "# difference is applied, and saved by commit.  Delete everything to change\n"
                      "# nothing.\n#\n# Resource types:\n",
                      s->zone);
        for (size_t i = 0; i < n; i++)
                if (!(res[i].flags & RES_GLOBAL))
                        strbuf_printf(&out, "#   %-16s%s\n", res[i].name, str_empty(res[i].help));
        strbuf_puts(&out, "#\n");
        strbuf_puts(&out, script);
        return strbuf_take(&out);
}

static int run_editor(struct session *s, const char *path)
{
        const char *editor = getenv("VISUAL");
        _cleanup_free_ char *command = NULL;
        int status;

        if (!editor || !*editor)
                editor = getenv("EDITOR");
        if (!editor || !*editor)
                editor = "vi";
        /* As everywhere, the variable is a shell command; the path needs no quoting. */
        if (asprintf(&command, "%s %s", editor, path) < 0) {
                command = NULL;
                return session_nomem(s);
        }
        fflush(s->out);
        status = system(command);
        if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
                return session_error(s, "edit: '%s' failed: nothing was changed", editor);
        return 0;
}

/* How a person tells the resource from others of its type. */
static const char *key_of(const struct resource *res)
{
        for (size_t i = 0; i < res->def->n_prop; i++)
                if ((res->def->prop[i].flags & PROP_KEY) && resource_get(res, res->def->prop[i].name))
                        return resource_get(res, res->def->prop[i].name);
        return "";
}

static int keep_unsaid(struct session *s, struct config *cfg)
{
        _cleanup_config_ struct config *old = config_copy(s->cfg);
        const struct resource *unclear = NULL;
        int r = old ? unsaid_keep(cfg, old, &unclear) : -ENOMEM;

        if (!unclear)
                return r < 0 ? session_nomem(s) : 0;
        return session_error(s,
                             "edit: the file says more of %s %s than a script can, and where that belongs "
                             "cannot be told: change one %s at a time",
                             unclear->def->name, key_of(unclear), unclear->def->name);
}

/* Runs the script against an empty configuration: all of it is good, or nothing of it counts. */
static int run_script(struct session *s, const char *text, size_t len, const char *name, struct config **ret)
{
        struct session confined;
        int r;

        session_init(&confined);
        confined.root = s->root;
        confined.mode = MODE_CONFINED;
        confined.file = name;
        confined.err = s->err;
        confined.global = s->global;
        snprintf(confined.zone, sizeof(confined.zone), "%s", s->zone);
        r = session_run_text(&confined, text, len, 1);
        if (r == 0 && confined.scope)
                r = session_error(&confined, "resource specification incomplete");
        if (r == 0 && confined.cfg)
                *ret = TAKE_PTR(confined.cfg);
        session_clear(&confined);
        return r;
}

static int apply(struct session *s, struct config *cfg)
{
        _cleanup_config_ struct config *owned = cfg;

        if (config_equal(owned, s->cfg)) {
                fputs("Nothing was changed.\n", s->out);
                return 0;
        }
        if (keep_unsaid(s, owned) < 0)
                return session_error(s, "edit: nothing was changed");
        session_adopt(s, TAKE_PTR(owned));
        s->changed = true;
        return 0;
}

/* One round of editing.  1: the script has errors and the person wants to go back to it. */
static int edit_round(struct session *s, const char *path)
{
        _cleanup_free_ char *text = NULL;
        struct config *cfg = NULL;
        size_t len;
        int r;

        r = run_editor(s, path);
        if (r < 0)
                return r;
        r = fs_read_at(AT_FDCWD, path, SCRIPT_MAX, &text, &len);
        if (r < 0)
                return session_error(s, "edit: %s: %s", path, strerror(-r));
        r = run_script(s, text, len, path, &cfg);
        if (r == 0 && cfg)
                r = config_replaceable(s, cfg);
        if (r < 0) {
                config_free(cfg);
                return session_ask(s, "Edit it again") == 1 ? 1
                                                            : session_error(s, "edit: nothing was changed");
        }
        if (!cfg) {
                fputs("Nothing was changed.\n", s->out);
                return 0;
        }
        return apply(s, cfg);
}

static int make_script(struct session *s, char *path)
{
        _cleanup_(problems_clear) struct problems left_out = {0};
        _cleanup_free_ char *text = script_text(s, &left_out);
        _cleanup_close_ int fd = -1;
        int r = 0;

        if (!text)
                return session_nomem(s);
        /* What the script does not say would be taken for deleted. */
        for (size_t i = 0; i < left_out.n; i++)
                r = session_error(s, "edit: %s", left_out.text[i]);
        if (r < 0)
                return session_error(s,
                                     "edit: nothing was opened; use set, or export --json and import --json");
        fd = mkostemps(path, 4, O_CLOEXEC);
        if (fd < 0)
                return session_error(s, "edit: %s: %s", path, strerror(errno));
        r = fs_write_all(fd, text, strlen(text));
        if (r < 0) {
                unlink(path);
                return session_error(s, "edit: %s: %s", path, strerror(-r));
        }
        return 0;
}

int verb_edit(struct session *s, const struct command *cmd)
{
        char path[] = "/tmp/zonecfg-XXXXXX.zcf";
        int r;

        if (cmd->n_arg > 0)
                return session_usage(s, VERB_EDIT);
        r = session_writable(s, "edit");
        if (r == 0)
                r = session_need(s);
        if (r == 0)
                r = make_script(s, path);
        if (r < 0)
                return r;
        do
                r = edit_round(s, path);
        while (r == 1);
        unlink(path);
        return r;
}

/* The state of a zonecfg session and its messages; see session.h. */
#include "zonecfg/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/index.h"
#include "runstate/runstate.h"
#include "zonecfg/overtaken.h"
#include "zonecfg/verb.h"

void session_init(struct session *s)
{
        *s = (struct session){.out = stdout, .err = stderr, .lock = -1};
}

void session_leave_scope(struct session *s)
{
        resource_free(s->scope);
        s->scope = NULL;
        s->scope_selected = false;
}

void session_forget_brand(struct session *s)
{
        brand_free(s->brand);
        s->brand = NULL;
}

void session_clear(struct session *s)
{
        session_leave_scope(s);
        session_forget_brand(s);
        config_free(s->cfg);
        config_free(s->baseline);
        free(s->notices);
        overtaken_saw(s, NULL, 0);
        cleanup_close(&s->lock);
        s->cfg = s->baseline = NULL;
        s->notices = NULL;
        s->forced_move = false;
}

/* Says once for each line of a script where the messages that follow come from. */
static void tell_place(struct session *s)
{
        if ((s->mode != MODE_FILE && s->mode != MODE_CONFINED) || s->line == 0 || s->told == s->line)
                return;
        s->told = s->line;
        if (s->file && strcmp(s->file, "-") != 0)
                fprintf(s->err, "On line %u of %s:\n", s->line, s->file);
        else
                fprintf(s->err, "On line %u:\n", s->line);
}

int session_error(struct session *s, const char *fmt, ...)
{
        va_list ap;

        s->failed = true;
        tell_place(s);
        va_start(ap, fmt);
        vfprintf(s->err, fmt, ap);
        va_end(ap);
        fputc('\n', s->err);
        return -EINVAL;
}

int session_fail(struct session *s, const struct error *err)
{
        return session_error(s, "%s", err->text);
}

int session_nomem(struct session *s)
{
        session_error(s, "%s: Out of memory", s->zone);
        return -ENOMEM;
}

void session_warn_global(struct session *s)
{
        fputs("WARNING: Setting a global zone resource control too low could deny\n"
              "service to the host itself.\n",
              s->err);
}

int session_usage(struct session *s, enum verb verb)
{
        return session_error(s, "usage:\n%s", verb_def(verb)->usage);
}

void session_adopt(struct session *s, struct config *cfg)
{
        config_free(s->cfg);
        s->cfg = cfg;
        session_forget_brand(s);
}

/* The global zone always exists; until somebody configures it, its configuration is the blank one. */
static int make_global(struct session *s, struct error *err)
{
        struct config *cfg;

        cfg = config_new("global");
        if (!cfg)
                return error_nomem(err);
        session_adopt(s, cfg);
        return 0;
}

/* A configuration whose brand is unknown cannot be edited: nobody knows what it may contain. */
static int check_brand(struct session *s)
{
        const char *name = config_global(s->cfg, "brand");
        struct error err = {0};
        int r;

        if (s->global)
                return 0;
        if (!name || !*name) {
                s->quit = true;
                return session_error(s, "Zone %s is inconsistent: missing brand attribute", s->zone);
        }
        if (session_brand(s))
                return 0;
        s->quit = true;
        /* A brand that is there and cannot be read says why. */
        r = brand_load(&s->root, name, &s->brand, &err);
        if (r < 0 && r != -ENOENT)
                return session_error(s, "Zone %s: brand \"%s\": %s.  Unable to continue", s->zone, name,
                                     err.text);
        return session_error(s, "Zone %s uses non-existent brand \"%s\".  Unable to continue", s->zone, name);
}

/* Loads the zone of that name as what is saved, and to work on. */
static int load_saved(struct session *s, const char *name, struct error *err)
{
        _cleanup_config_ struct config *cfg = NULL, *copy = NULL;
        _cleanup_free_ char *text = NULL;
        size_t len = 0;
        int r;

        r = config_load_text(&s->root, name, &cfg, &text, &len, err);
        if (r < 0)
                return r;
        copy = config_copy(cfg);
        if (!copy)
                return error_nomem(err);
        session_adopt(s, TAKE_PTR(cfg));
        config_free(s->baseline);
        s->baseline = TAKE_PTR(copy);
        overtaken_saw(s, TAKE_PTR(text), len);
        if (name != s->saved)
                snprintf(s->saved, sizeof(s->saved), "%s", name);
        return 0;
}

void session_forget(struct session *s)
{
        session_leave_scope(s);
        session_adopt(s, NULL);
        config_free(s->baseline);
        s->baseline = NULL;
        overtaken_saw(s, NULL, 0);
        s->saved[0] = '\0';
        s->changed = false;
}

static int no_such_zone(struct session *s)
{
        session_error(s, "%s: No such zone configured", s->zone);
        if (s->mode == MODE_INTERACTIVE)
                fputs("Use 'create' to begin configuring a new zone.\n", s->err);
        return -ENOENT;
}

int session_reload(struct session *s)
{
        struct error err = {0};
        int r = load_saved(s, s->saved, &err);

        if (r == -ENOENT) {
                snprintf(s->zone, sizeof(s->zone), "%s", s->saved);
                session_forget(s);
                return no_such_zone(s);
        }
        if (r < 0)
                return session_fail(s, &err);
        snprintf(s->zone, sizeof(s->zone), "%s", s->saved);
        s->changed = false;
        r = check_brand(s);
        if (r < 0)
                session_adopt(s, NULL);
        return r;
}

int session_need(struct session *s)
{
        struct error err = {0};
        int r;

        if (s->cfg)
                return 0;
        if (s->mode == MODE_CONFINED) { /* such a script describes a whole zone */
                session_adopt(s, config_new(s->zone));
                return s->cfg ? 0 : session_nomem(s);
        }
        r = load_saved(s, s->zone, &err);
        if (r == -ENOENT && s->global) {
                r = make_global(s, &err);
                return r < 0 ? session_fail(s, &err) : 0;
        }
        if (r == -ENOENT)
                return no_such_zone(s);
        if (r < 0)
                return session_fail(s, &err);
        r = check_brand(s);
        if (r < 0)
                session_adopt(s, NULL);
        return r;
}

int session_writable(struct session *s, const char *verb)
{
        const char *prefix = zone_name_prefix(s->zone);

        if (prefix)
                return session_error(s, "%s: zones beginning with %s are read-only.", s->zone, prefix);
        if (s->read_only)
                return session_error(s, "%s: cannot %s in read-only mode.", s->zone, verb);
        return 0;
}

bool session_file_exists(const struct session *s, const char *name)
{
        _cleanup_close_ int dir = root_open_dir(&s->root, ZONES_ETC, NULL);
        char file[ZONENAME_MAX + 8];
        struct stat st;

        snprintf(file, sizeof(file), "%.*s.xml", ZONENAME_MAX - 1, name);
        return dir >= 0 && fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Of a file that is left by an interrupted commit, for one, nobody would know otherwise. */
int session_name_used(struct session *s, const char *name)
{
        struct index_entry entry;

        if (index_lookup(&s->root, name, &entry, NULL) < 0)
                return session_error(
                    s, "%s: Zone name already in use: " ZONES_ETC "/%s.xml is there, though not in the index",
                    name, name);
        index_entry_clear(&entry);
        return session_error(s, "%s: Zone name already in use", name);
}

bool session_name_taken(const struct session *s, const char *name)
{
        struct index_entry entry;

        if (index_lookup(&s->root, name, &entry, NULL) < 0)
                return session_file_exists(s, name);
        index_entry_clear(&entry);
        return true;
}

int session_check_stray(struct session *s)
{
        bool known;

        session_state(s, &known);
        if (known || s->baseline || !session_file_exists(s, s->zone))
                return 0;
        return session_error(s,
                             "%s: " ZONES_ETC "/%s.xml is there, though not in the index: create -X takes it "
                             "over, create -F overwrites it",
                             s->zone, s->zone);
}

enum zone_state session_state(struct session *s, bool *ret_known)
{
        const char *name = *s->saved ? s->saved : s->zone;
        struct index_entry entry;
        enum zone_state state;

        if (ret_known)
                *ret_known = s->global;
        if (s->global)
                return ZONE_RUNNING;
        if (index_lookup(&s->root, name, &entry, NULL) < 0)
                return ZONE_CONFIGURED;
        if (ret_known)
                *ret_known = true;
        state = runstate_current(&s->root, name, entry.state, NULL);
        index_entry_clear(&entry);
        return state;
}

void session_syntax_error(struct session *s, const struct syntax_error *e)
{
        s->failed = true;
        s->told = e->line;
        if (s->mode == MODE_FILE || s->mode == MODE_CONFINED)
                fprintf(s->err, "syntax error on line %u at '%s'", e->line, e->token);
        else
                fprintf(s->err, "syntax error at '%s'", e->token);
        if (e->token_expected)
                fputs(", token expected", s->err);
        if (e->hint)
                fprintf(s->err, ": %s", e->hint);
        if (e->meant)
                fprintf(s->err, "\nDid you mean '%s'?", e->meant);
        fputs("\nThe commands are:\n", s->err);
        for (int i = 0; i < VERBS; i++)
                fprintf(s->err, "%s\n", verb_def((enum verb)i)->usage);
}

static int check_scope(struct session *s, const struct command *cmd)
{
        enum verb_scope scope = verb_def(cmd->verb)->scope;

        if (scope == SCOPE_GLOBAL && s->scope)
                return session_error(s, "The %s command only makes sense in the global scope.",
                                     verb_name(cmd->verb));
        if (scope == SCOPE_RESOURCE && !s->scope)
                return session_error(s, "The %s command only makes sense in the resource scope.",
                                     verb_name(cmd->verb));
        return 0;
}

int session_run(struct session *s, const struct command *cmd)
{
        const struct verb_def *def = verb_def(cmd->verb);
        int r;

        s->line = cmd->line;
        if (s->mode == MODE_CONFINED && def->file_access)
                return session_error(s, "The %s command cannot be used here.", verb_name(cmd->verb));
        overtaken_note(s, cmd->verb);
        r = check_scope(s, cmd);
        return r < 0 ? r : def->run(s, cmd);
}

int session_run_text(struct session *s, const char *text, size_t len, unsigned first_line)
{
        static const char bom[] = "\xef\xbb\xbf";
        struct lexer lex;
        int r;

        /* Editors of other systems put one in front of a file. */
        if (first_line == 1 && (s->mode == MODE_FILE || s->mode == MODE_CONFINED) && len >= sizeof(bom) - 1 &&
            memcmp(text, bom, sizeof(bom) - 1) == 0) {
                text += sizeof(bom) - 1;
                len -= sizeof(bom) - 1;
        }
        lexer_init(&lex, text, len, first_line);
        while (!s->quit) {
                struct syntax_error error = {0};
                struct command cmd;

                r = parse_command(&lex, &cmd, &error);
                if (r == 0)
                        break;
                if (r > 0) {
                        r = session_run(s, &cmd);
                        command_clear(&cmd);
                } else if (r == -ENOMEM) {
                        session_nomem(s);
                } else {
                        session_syntax_error(s, &error);
                }
                if (r < 0 && s->mode != MODE_INTERACTIVE)
                        return r;
        }
        return s->failed ? -EINVAL : 0;
}

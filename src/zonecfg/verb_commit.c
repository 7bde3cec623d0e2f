/* The verbs about what is saved: verify, commit, revert, exit. */
#include <errno.h>
#include <string.h>

#include "zonecfg/verb.h"

int verb_verify(struct session *s, const struct command *cmd)
{
        int r, others;
        bool save = cmd->n_arg == 1 && cmd->arg[0].word && !cmd->arg[0].value &&
                    strcmp(cmd->arg[0].word, "save") == 0;

        if (cmd->n_arg > 0 && !save)
                return session_usage(s, VERB_VERIFY);
        if (save)
                return verb_commit(s, &(struct command){.verb = VERB_COMMIT, .line = cmd->line});
        r = session_need(s);
        if (r < 0)
                return r;
        /* Within a resource there is no whole that could be compared. */
        r = commit_verify(s);
        others = s->scope ? 0 : commit_compare(s);
        return r < 0 ? r : others;
}

int verb_commit(struct session *s, const struct command *cmd)
{
        int r;

        if (cmd->n_arg > 0)
                return session_usage(s, VERB_COMMIT);
        r = session_writable(s, "commit");
        if (r == 0)
                r = session_need(s);
        return r < 0 ? r : commit_all(s);
}

int verb_revert(struct session *s, const struct command *cmd)
{
        struct options opt;
        int r;

        if (options_parse(cmd, "F", &opt) < 0 || opt.json || cmd->n_arg != opt.first)
                return session_usage(s, VERB_REVERT);
        if (s->scope)
                return session_error(s, "You can only use revert in the global scope.\n"
                                        "Use 'cancel' to cancel changes to a resource specification.");
        if (!s->changed)
                return session_error(s, "No changes to revert.");
        if (!s->baseline)
                return session_error(s, "%s: no such saved zone to revert to.", s->zone);
        if (!opt.flag['F']) {
                r = session_ask(s, "Are you sure you want to revert");
                if (r == 0)
                        return 0;
                if (r < 0) {
                        s->quit = true;
                        return session_error(s, "Input not from terminal and -F not specified:\n"
                                                "revert command ignored, exiting.");
                }
        }
        r = session_reload(s);
        return r;
}

/* Leaving with a resource still open: 1 go on with leaving, 0 stay. */
static int leave_scope(struct session *s, bool explicit_exit, bool force)
{
        int answer = force ? -1 : session_ask(s, "Resource incomplete; really quit");

        if (answer == 0)
                return 0;
        if (answer < 0) {
                if (explicit_exit && !force)
                        session_error(s,
                                      "Resource incomplete, input not from terminal and -F not specified:\n"
                                      "exit command ignored, but exiting anyway.");
                else if (!s->failed || s->mode == MODE_INTERACTIVE)
                        commit_verify(s); /* which says that a resource is open */
        }
        s->changed = true; /* what was being edited is lost, and so is what it was part of */
        return 1;
}

/* Ends the session; explicit_exit tells the command from the end of the input.  1: it is over, 0: stay. */
static int finish(struct session *s, bool explicit_exit, bool force)
{
        bool saved = false;
        int answer = -1;

        if (s->again)
                return 1;
        if (s->scope && leave_scope(s, explicit_exit, force) == 0)
                return 0;
        if (!s->changed)
                return 1;
        /* Half of what a script was to do is not what its author wanted: after an error nothing is saved. */
        if (!s->scope && (s->mode == MODE_INTERACTIVE || !s->failed)) {
                saved = commit_all(s) == 0;
                if (s->again)
                        return 1;
                if (!saved && s->mode == MODE_INTERACTIVE && !force)
                        answer = session_ask(s, "Configuration not saved; really quit");
        }
        if (saved || answer == 1)
                return 1;
        if (answer == 0)
                return 0;
        session_error(s, "Configuration not saved.");
        return 1;
}

int session_finish(struct session *s, bool force)
{
        int r = finish(s, false, force);

        if (r)
                s->quit = true;
        return r;
}

int verb_exit(struct session *s, const struct command *cmd)
{
        struct options opt;

        if (options_parse(cmd, "F", &opt) < 0 || opt.json || cmd->n_arg != opt.first)
                return session_usage(s, VERB_EXIT);
        if (finish(s, true, opt.flag['F'])) {
                s->quit = true;
                return s->failed ? -EINVAL : 0;
        }
        return 0;
}

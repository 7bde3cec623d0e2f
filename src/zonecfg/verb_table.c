/* The table of verbs: scope, usage, help and function of each; see verb.h. */
#include "zonecfg/verb.h"

static const struct verb_def table[VERBS] = {
    [VERB_ADD] = {verb_add, SCOPE_BOTH, false,
                  "add <resource-type>\n\t(global scope)\nadd <property-name> <property-value>\n\t(resource "
                  "scope)",
                  "Begins a new resource of the given type, which 'end' completes.  Within a\n"
                  "resource, adds one value to a property that holds a list."},
    [VERB_CANCEL] = {verb_cancel, SCOPE_RESOURCE, false, "cancel",
                     "Drops the resource being added or edited and goes back to the global scope."},
    [VERB_CLEAR] = {verb_clear, SCOPE_BOTH, false, "clear <property-name>",
                    "Unsets a property, which then has its default."},
    [VERB_COMMIT] = {verb_commit, SCOPE_BOTH, true, "commit",
                     "Verifies the configuration and saves it.  Leaving zonecfg commits as well."},
    [VERB_CREATE] = {verb_create, SCOPE_GLOBAL, false, "create [-F] [ -a <path> | -b | -t <template> | -X ]",
                     "Begins the configuration of a new zone, from the default template, from a blank\n"
                     "one (-b), from the template or zone named (-t; -t bhyve means OMNIbhyve), from what\n"
                     "a detached zone left at a path (-a), or from the zone's own file, where that is not\n"
                     "in the index (-X).  -F overwrites an existing configuration."},
    [VERB_DELETE] = {verb_delete, SCOPE_GLOBAL, true, "delete [-F]",
                     "Deletes the configuration, at once.  -F does not ask, and also deletes the\n"
                     "configuration of a zone that is incomplete or installed."},
    [VERB_DIFF] = {verb_diff, SCOPE_GLOBAL, true, "diff", "Shows what differs from the saved configuration."},
    [VERB_EDIT] = {verb_edit, SCOPE_GLOBAL, true, "edit",
                   "Opens the configuration as a script in $VISUAL or $EDITOR and applies what was\n"
                   "changed there.  A script with an error changes nothing."},
    [VERB_END] = {verb_end, SCOPE_RESOURCE, false, "end",
                  "Completes the resource: checks it and puts it into the configuration."},
    [VERB_EXIT] = {verb_exit, SCOPE_BOTH, true, "exit [-F]",
                   "Leaves zonecfg, committing what is not committed yet.  -F does not ask."},
    [VERB_EXPORT] = {verb_export, SCOPE_BOTH, true, "export [--json] [-f output-file]",
                     "Prints the configuration as a script that recreates it, or as JSON, to standard\n"
                     "output or to a file."},
    [VERB_HELP] = {verb_help, SCOPE_BOTH, false, "help [commands] [syntax] [usage] [<command-name>]",
                   "Explains a command, a resource type or a property."},
    [VERB_IMPORT] = {verb_import, SCOPE_GLOBAL, true, "import --json [-f input-file]",
                     "Replaces the configuration by one in JSON, as 'export --json' prints it."},
    [VERB_INFO] = {verb_info, SCOPE_BOTH, false, "info [<resource-type> [property-name=property-value]*]",
                   "Shows the configuration, the resources of one type, or one global property;\n"
                   "within a resource, that resource."},
    [VERB_REMOVE] = {verb_remove, SCOPE_BOTH, false,
                     "remove [-F] <resource-type> [ <property-name>=<property-value> ]*\n\t(global "
                     "scope)\nremove <property-name> <property-value>\n\t(resource scope)",
                     "Removes the one resource that matches, or all of a type (asking if there are\n"
                     "several; -F does not ask).  Within a resource, removes one value of a list."},
    [VERB_REVERT] = {verb_revert, SCOPE_BOTH, true, "revert [-F]",
                     "Goes back to the configuration that was saved last.  -F does not ask."},
    [VERB_SELECT] = {verb_select, SCOPE_GLOBAL, false,
                     "select <resource-type> { <property-name>=<property-value> }",
                     "Opens the one resource that matches, for editing until 'end' or 'cancel'."},
    [VERB_SET] = {verb_set, SCOPE_BOTH, false, "set <property-name>=<property-value>",
                  "Sets a property.  A list is written [a,b]; [] empties it."},
    [VERB_VERIFY] = {verb_verify, SCOPE_BOTH, true, "verify",
                     "Checks the whole configuration and prints every problem there is."},
};

const struct verb_def *verb_def(enum verb verb)
{
        return &table[verb];
}

/*
 * zlogin -- the way into a zone.  The zones of this project hold a hypervisor and nothing else, so the only
 * way in is the console (zlogin -C); the other modes of illumos are recognised and refused with the reason.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/output.h"
#include "base/root.h"
#include "base/strv.h"
#include "base/zone.h"
#include "config/index.h"
#include "runstate/runstate.h"
#include "zlogin/console.h"
#include "zlogin/escape.h"
#include "zlogin/terminal.h"

#define EXIT_USAGE 2

static const char usage_text[] =
    "usage: zlogin [-dinCEINQS] [-e cmdchar] [-l user] [-R root] zonename [command [args ...] ]\n";

struct options {
        struct root root;
        const char *zone;
        const char *user;
        int cmdchar;
        bool console, disconnect, no_input, force_interactive, log_style, no_log_input, quiet, failsafe;
        bool command;
};

static void complain(const char *text)
{
        fprintf(stderr, "zlogin: %s\n", text);
}

static int set_escape(struct options *o, const char *text)
{
        int r = escape_parse(text, &o->cmdchar);

        if (r == -ERANGE)
                fprintf(stderr, "zlogin: Octal escape character '%s' too large\n", text);
        else if (r < 0)
                fprintf(stderr, "zlogin: Unrecognized escape character option %s\n", text);
        return r < 0 ? EXIT_USAGE : -1;
}

/* Returns -1 to go on, else an exit status. */
static int take_option(struct options *o, int c)
{
        struct error err = {0};

        switch (c) {
        case 'C':
                o->console = true;
                break;
        case 'd':
                o->disconnect = true;
                break;
        case 'e':
                return set_escape(o, optarg);
        case 'E':
                o->cmdchar = ESCAPE_NONE;
                break;
        case 'i':
                o->force_interactive = true;
                break;
        case 'I':
                o->log_style = true;
                break;
        case 'l':
                o->user = optarg;
                break;
        case 'n':
                o->no_input = true;
                break;
        case 'N':
                o->no_log_input = true;
                break;
        case 'Q':
                o->quiet = true;
                break;
        case 'S':
                o->failsafe = true;
                break;
        case 'R':
                if (root_set(&o->root, optarg, &err) < 0) {
                        complain(err.text);
                        return EXIT_USAGE;
                }
                break;
        case 'h':
                fputs(usage_text, stdout);
                return EXIT_SUCCESS;
        case 'V':
                puts("zlogin (apiary) " APIARY_VERSION);
                return EXIT_SUCCESS;
        default:
                return EXIT_USAGE;
        }
        return -1;
}

static int bad_option(const char *word, int answer)
{
        char text[64];
        bool wrong = option_wrong(word, answer, optopt, text);

        if (wrong)
                complain(text);
        fputs(usage_text, wrong ? stderr : stdout);
        return EXIT_USAGE;
}

static int parse(int argc, char *argv[], struct options *o)
{
        static const struct option longs[] = {
            {"help", no_argument, NULL, 'h'},
            {"version", no_argument, NULL, 'V'},
            {0},
        };
        int c, status;

        opterr = 0;
        while ((c = getopt_long(argc, argv, "+:diNnECIR:Se:l:Q", longs, NULL)) != -1) {
                status = c == '?' || c == ':' ? bad_option(argv[optind - 1], c) : take_option(o, c);
                if (status >= 0)
                        return status;
        }
        if (optind >= argc) {
                fputs(usage_text, stderr);
                return EXIT_USAGE;
        }
        o->zone = argv[optind];
        o->command = optind + 1 < argc;
        return -1;
}

/* What cannot go together, in the order in which illumos looks; NULL when all is well. */
static const char *refusal(const struct options *o)
{
        if (o->console) {
                if (o->user)
                        return "-l may not be specified for console login";
                if (o->no_input)
                        return "-n may not be specified for console login";
                if (o->failsafe)
                        return "-S may not be specified for console login";
                if (o->log_style)
                        return "-I may not be specified for console login";
                if (o->no_log_input)
                        return "-N may only be specified with -I";
                if (o->force_interactive)
                        return "-i may not be specified for console login";
                return o->command ? "Commands may not be specified for console login." : NULL;
        }
        if (o->disconnect)
                return "-d may only be specified with console login";
        if (o->no_log_input && !o->log_style)
                return "-N may only be specified with -I";
        if (o->force_interactive && o->no_input)
                return "-i and -n flags are incompatible";
        if (o->failsafe && o->user)
                return "-l may not be specified for failsafe login";
        if (o->no_input && !o->command)
                return "-n may not be specified for interactive login";
        return NULL;
}

static int find_zone(const struct options *o, enum zone_state *ret_state)
{
        struct index_entry entry = {0};
        struct runstate rs = {0};
        struct error err = {0};
        int r;

        if (strcmp(o->zone, "global") == 0) {
                complain("'zlogin' not applicable to the global zone");
                return -EINVAL;
        }
        r = zone_name_valid(o->zone) ? index_lookup(&o->root, o->zone, &entry, &err) : -ENOENT;
        if (r == -ENOENT) {
                fprintf(stderr, "zlogin: zone '%s' unknown\n", o->zone);
                return r;
        }
        if (r < 0) {
                complain(err.text);
                return r;
        }
        *ret_state = runstate_current(&o->root, o->zone, entry.state, &rs);
        index_entry_clear(&entry);
        return 0;
}

/* Everything but the console: a zone without processes to talk to has no login. */
static int refuse_login(const struct options *o, enum zone_state state)
{
        if (state != ZONE_RUNNING)
                fprintf(stderr, "zlogin: login allowed only to running zones (%s is '%s').\n", o->zone,
                        zone_state_name(state));
        else
                fprintf(stderr,
                        "zlogin: the brand of zone '%s' has no login command; use 'zlogin -C %s' for its "
                        "console.\n",
                        o->zone, o->zone);
        return EXIT_FAILURE;
}

static int run_console(const struct options *o)
{
        struct escape escape;
        struct error err = {0};
        _cleanup_close_ int fd = -1;
        int r;

        escape_init(&escape, o->cmdchar);
        r = terminal_open(&escape, &err);
        if (r == 0)
                r = fd = console_connect(&o->root, o->zone, o->disconnect, &err);
        if (r < 0) {
                complain(err.text);
                return EXIT_FAILURE;
        }
        if (!o->quiet)
                printf("[Connected to zone '%s' console]\n", o->zone);
        fflush(stdout);
        terminal_catch_signals();
        r = terminal_raw(&err);
        if (r == 0)
                r = console_pump(fd, &escape, &err);
        terminal_restore();
        if (r < 0)
                complain(err.text);
        if (!o->quiet)
                printf("\n[Connection to zone '%s' console closed]\n", o->zone);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
        struct options o = {.cmdchar = '~'};
        enum zone_state state;
        const char *text;
        int status;

        output_guard("zlogin");
        status = parse(argc, argv, &o);
        if (status >= 0)
                return status;
        text = refusal(&o);
        if (text) {
                complain(text);
                fputs(usage_text, stderr);
                return EXIT_USAGE;
        }
        if (geteuid() != 0) {
                complain("You lack sufficient privilege to run this command (all privs required)");
                return EXIT_FAILURE;
        }
        if (find_zone(&o, &state) < 0)
                return EXIT_FAILURE;
        if (!o.console)
                return refuse_login(&o, state);
        if (state < ZONE_INSTALLED) {
                fprintf(stderr, "zlogin: cannot login to a zone which is '%s'\n", zone_state_name(state));
                return EXIT_FAILURE;
        }
        return run_console(&o);
}

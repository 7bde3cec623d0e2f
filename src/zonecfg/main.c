/*
 * zonecfg(8): configures zones.  Here: the command line, and where the commands come from; the language is
 * in lex.c and parse.c, the commands are in verb_*.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/output.h"
#include "base/strv.h"
#include "config/index.h"
#include "zonecfg/cli.h"
#include "zonecfg/line.h"
#include "zonecfg/overtaken.h"
#include "zonecfg/verb.h"

#define SCRIPT_MAX   ((size_t)16 << 20)
#define EXIT_COMMAND 2 /* the command line cannot be understood */

struct arguments {
        const char *zone, *uuid, *root, *file, *brand, *complete;
        int argc; /* of what follows the options */
        char **argv;
};

static void usage(FILE *out)
{
        fputs("usage:\tzonecfg help\n"
              "\tzonecfg -z <zone>\n"
              "\t\t(interactive)\n"
              "\tzonecfg -z <zone> <command>[; <command>...]\n"
              "\tzonecfg -z <zone> -f <command-file>\n"
              "\tzonecfg -b <brand> resources | properties [<resource-type>] [--json]\n"
              "\tzonecfg schema --json\n"
              "\tzonecfg -z <zone> upgrade [-n] [-V <version>]\n"
              "\tzonecfg -z <zone> downgrade [-n] -V <version>\n"
              "\tzonecfg upgrade | downgrade -a [-n] [-V <version>]\n"
              "Options: -R <root> works below another root, -u <uuid> names the zone by its UUID.\n",
              out);
}

static int bad_option(const char *word, int answer)
{
        char text[64];
        bool wrong = option_wrong(word, answer, optopt, text);

        if (wrong)
                fprintf(stderr, "zonecfg: %s\n", text);
        usage(wrong ? stderr : stdout);
        return EXIT_COMMAND;
}

/* Returns an exit status, or -1 to go on. */
static int parse_options(int argc, char **argv, struct arguments *a)
{
        static const struct option longs[] = {{"help", no_argument, NULL, 'H'},
                                              {"version", no_argument, NULL, 'V'},
                                              {"complete", required_argument, NULL, 'C'},
                                              {NULL, 0, NULL, 0}};
        int c;

        opterr = 0;
        while ((c = getopt_long(argc, argv, "+:f:R:z:u:b:", longs, NULL)) != -1) {
                switch (c) {
                case 'f':
                        a->file = optarg;
                        break;
                case 'R':
                        a->root = optarg;
                        break;
                case 'z':
                        a->zone = optarg;
                        break;
                case 'u':
                        a->uuid = optarg;
                        break;
                case 'b':
                        a->brand = optarg;
                        break;
                case 'C':
                        a->complete = optarg;
                        break;
                case 'H':
                        usage(stdout);
                        return 0;
                case 'V':
                        puts("zonecfg (Apiary) " APIARY_VERSION);
                        return 0;
                default:
                        return bad_option(argv[optind - 1], c);
                }
        }
        a->argc = argc - optind;
        a->argv = argv + optind;
        return -1;
}

static int set_zone(struct session *s, const struct arguments *a)
{
        const char *zone = a->zone;
        struct index_entry entry;
        struct error err = {0};

        if (a->uuid) {
                if (index_lookup_uuid(&s->root, a->uuid, &entry, &err) < 0) {
                        fprintf(stderr, "zonecfg: %s: No such zone configured\n", a->uuid);
                        return 1;
                }
                snprintf(s->zone, sizeof(s->zone), "%s", entry.name);
                index_entry_clear(&entry);
                return 0;
        }
        s->global = strcmp(zone, "global") == 0;
        if (!s->global && !zone_name_valid(zone)) {
                fprintf(stderr, "%s: Bogus zone name\n", zone);
                fputs("A zone name begins with a letter or a digit; up to 62 letters, digits, '-', '_' and "
                      "'.' follow.\n",
                      stderr);
                return EXIT_COMMAND;
        }
        snprintf(s->zone, sizeof(s->zone), "%s", zone);
        return 0;
}

/* May this user change the zone?  The directory may be absent: the first commit makes it. */
static int probe_store(struct session *s)
{
        char path[PATH_MAX];
        int r;

        r = snprintf(path, sizeof(path), "%s%s/%s.xml", s->root.path, ZONES_ETC, s->zone);
        if (r < 0 || (size_t)r >= sizeof(path))
                return -ENAMETOOLONG;
        if (access(path, W_OK) == 0)
                return 0;
        if (errno == ENOENT) {
                *strrchr(path, '/') = '\0';
                if (access(path, W_OK) == 0 || errno == ENOENT)
                        return 0;
        }
        if (errno != EACCES && errno != EROFS && errno != EPERM)
                return -errno;
        s->read_only = true;
        if (s->mode != MODE_ARGUMENTS)
                fputs("WARNING: you do not have write access to this zone's configuration file;\n"
                      "going into read-only mode.\n",
                      stderr);
        return 0;
}

static void end_session(struct session *s)
{
        s->line = 0; /* what follows is said of the whole */
        if (!s->quit)
                session_finish(s, false);
}

/* One command line: the arguments, joined by blanks. */
static void run_arguments(struct session *s, int argc, char **argv)
{
        char zone[ZONENAME_MAX];
        struct strbuf text = {0};

        memcpy(zone, s->zone, sizeof(zone));
        s->repeatable = true;

        for (int i = 0; i < argc; i++) {
                strbuf_puts(&text, i > 0 ? " " : "");
                strbuf_puts(&text, argv[i]);
        }
        strbuf_putc(&text, '\n');
        if (text.failed)
                session_nomem(s);
        else
                do {
                        session_run_text(s, text.data, text.len, 1);
                        end_session(s);
                } while (overtaken_restart(s, zone));
        strbuf_free(&text);
}

static int run_file(struct session *s, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        _cleanup_free_ char *text = NULL;
        struct stat st;
        size_t len;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0) {
                fprintf(stderr, "could not open file %s: %s\n", path, strerror(errno));
                return 1;
        }
        if (!S_ISREG(st.st_mode)) {
                fprintf(stderr, "%s is not a regular file.\n", path);
                return 1;
        }
        r = fs_read_fd(fd, SCRIPT_MAX, &text, &len);
        if (r < 0) {
                fprintf(stderr, "could not open file %s: %s\n", path, strerror(-r));
                return 1;
        }
        session_run_text(s, text, len, 1);
        return 0;
}

/* A standard input that is no terminal, line by line, so that another program can hold a dialogue. */
static void run_stdin(struct session *s)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        unsigned number = 0;
        ssize_t n;

        while (!s->quit && (n = getline(&line, &size, stdin)) > 0)
                if (session_run_text(s, line, (size_t)n, ++number) < 0)
                        break;
}

static int run(struct session *s, const struct arguments *a)
{
        int r;

        s->terminal = isatty(STDIN_FILENO);
        if (a->argc > 0)
                s->mode = MODE_ARGUMENTS;
        else if (a->file && strcmp(a->file, "-") != 0)
                s->mode = MODE_FILE;
        else
                s->mode = s->terminal ? MODE_INTERACTIVE : MODE_FILE;
        s->file = a->file;
        r = probe_store(s);
        if (r < 0) {
                fprintf(stderr, "zonecfg: Could not access zone configuration store: %s\n", strerror(-r));
                return 1;
        }
        if (a->argc > 0) {
                run_arguments(s, a->argc, a->argv);
        } else if (s->mode == MODE_INTERACTIVE) {
                if (session_need(s) < 0)
                        s->failed = false; /* create comes next, most likely */
                if (!s->quit)
                        line_loop(s);
        } else if (a->file && strcmp(a->file, "-") != 0) {
                if (run_file(s, a->file) != 0)
                        return 1;
        } else {
                run_stdin(s);
        }
        end_session(s);
        return s->failed ? 1 : 0;
}

static bool is_conversion(const struct arguments *a)
{
        return a->argc > 0 && (strcmp(a->argv[0], "upgrade") == 0 || strcmp(a->argv[0], "downgrade") == 0);
}

int main(int argc, char **argv)
{
        struct arguments a = {0};
        struct error err = {0};
        struct session s;
        int r;

        output_guard("zonecfg");
        setvbuf(stdout, NULL, _IONBF, 0);
        signal(SIGINT, SIG_IGN);
        session_init(&s);
        r = parse_options(argc, argv, &a);
        if (r >= 0)
                return r;
        if (a.root && root_set(&s.root, a.root, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                return EXIT_COMMAND;
        }
        if (!a.zone && !a.uuid && !a.brand && !a.complete && a.argc > 0) {
                if (strcmp(a.argv[0], "help") == 0)
                        return cli_help(&s, a.argc - 1, a.argv + 1);
                if (strcmp(a.argv[0], "schema") == 0)
                        return cli_schema(&s, a.argc - 1, a.argv + 1);
                if (is_conversion(&a)) {
                        r = cli_convert(&s, a.argc, a.argv);
                        session_clear(&s);
                        return r;
                }
        }
        if (a.brand)
                return cli_brand(&s, a.brand, a.argc, a.argv);
        if (!a.zone && !a.uuid && !a.complete) {
                usage(stderr);
                return EXIT_COMMAND;
        }
        r = a.zone || a.uuid ? set_zone(&s, &a) : 0;
        if (r == 0)
                r = a.complete          ? cli_complete(&s, a.complete)
                    : is_conversion(&a) ? cli_convert(&s, a.argc, a.argv)
                                        : run(&s, &a);
        session_clear(&s);
        return r;
}

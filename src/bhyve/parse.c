/*
 * The options of bhyve(8), those of illumos and of FreeBSD together: each one only sets variables in the
 * tree, in the order in which it was given.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/size.h"
#include "bhyve/parse.h"

#define CONFIG_FILE_MAX (1024 * 1024)
#define OPTIONS         "+aB:c:CdDeAf:G:hHIk:K:l:m:n:o:p:Pr:s:SuU:wWxY" /* the + ends them at the first operand */

int parse_fail(struct error *err, int status, const char *fmt, ...)
{
        char text[ERROR_TEXT_MAX];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        error_set(err, EINVAL, "%s", text);
        return status;
}

int parse_set(struct bconf *c, struct error *err, const char *value, const char *name_fmt, ...)
{
        char name[256];
        va_list ap;
        int r;

        va_start(ap, name_fmt);
        r = vsnprintf(name, sizeof(name), name_fmt, ap);
        va_end(ap);
        r = r < 0 || (size_t)r >= sizeof(name) ? -EINVAL : bconf_set(c, name, value);
        if (r == -ENOMEM)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
        if (r < 0)
                return parse_fail(err, BHYVE_EXIT_ERROR, "%s: not a name that can be set", name);
        return 0;
}

int parse_words(struct bconf *c, const char *node, const char *words, struct error *err)
{
        while (words && *words) {
                size_t len = strcspn(words, ",");
                size_t key = strcspn(words, "=,");
                _cleanup_free_ char *value = NULL;
                int r;

                if (len > 0) {
                        value = key < len ? strndup(words + key + 1, len - key - 1) : strdup("true");
                        if (!value)
                                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
                        if (memchr(words, '.', key))
                                return parse_fail(err, BHYVE_EXIT_ERROR, "%s: invalid option \"%.*s\"", node,
                                                  (int)len, words);
                        r = parse_set(c, err, value, "%s.%.*s", node, (int)key, words);
                        if (r != 0)
                                return r;
                }
                words += len;
                words += *words == ',';
        }
        return 0;
}

int parse_variable(struct bconf *c, const char *arg)
{
        const char *value = strchr(arg, '=');
        _cleanup_free_ char *name = NULL;

        if (!value || value[1] == '\0')
                return -EINVAL;
        name = strndup(arg, (size_t)(value - arg));
        return name ? bconf_set(c, name, value + 1) : -ENOMEM;
}

/*
 * -k: one NAME=VALUE a line, empty lines and those that begin with # left out.  A file, or a pipe that a
 * program fills: whoever starts bhyve says which.  A zone has no -k.
 */
static int parse_file(struct bconf *c, const char *path, struct error *err)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        _cleanup_free_ char *text = NULL;
        char *line, *next;
        size_t len;
        int r;

        if (fd < 0)
                return parse_fail(err, BHYVE_EXIT_ERROR, "Failed to open configuration file %s: %s", path,
                                  strerror(errno));
        r = fs_read_fd(fd, CONFIG_FILE_MAX, &text, &len);
        if (r < 0)
                return parse_fail(err, BHYVE_EXIT_ERROR, "Failed to read configuration file %s: %s", path,
                                  strerror(-r));
        if (strlen(text) != len)
                return parse_fail(err, BHYVE_EXIT_ERROR, "%s: a configuration file has no NUL bytes", path);

        line = text;
        for (unsigned number = 1; line; number++, line = next) {
                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                if (*line == '#' || *line == '\0')
                        continue;
                if (parse_variable(c, line) < 0)
                        return parse_fail(err, BHYVE_EXIT_ERROR, "%s line %u: invalid config option '%s'",
                                          path, number, line);
        }
        return 0;
}

static int parse_memory(struct bconf *c, const char *arg, struct error *err)
{
        uint64_t bytes;

        if (size_parse_ram(arg, &bytes) < 0 || bytes == 0)
                return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid memsize '%s'", arg);
        return parse_set(c, err, arg, "memory.size");
}

/* Options that set one variable to a fixed value. */
static int parse_flag(struct bconf *c, int opt, struct error *err)
{
        static const struct {
                char opt;
                const char *name, *value;
        } flags[] = {
            {'a', "x86.x2apic", "false"},          {'A', "acpi_tables", "true"},
            {'C', "memory.guest_in_core", "true"}, {'d', "suspend_at_boot", "true"},
            {'D', "destroy_on_poweroff", "true"},  {'e', "x86.strictio", "true"},
            {'H', "x86.vmexit_on_hlt", "true"},    {'P', "x86.vmexit_on_pause", "true"},
            {'S', "memory.wired", "true"},         {'u', "rtc.use_localtime", "false"},
            {'w', "x86.strictmsr", "false"},       {'W', "virtio_msix", "false"},
            {'x', "x86.x2apic", "true"},           {'Y', "x86.mptable", "false"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                if (flags[i].opt == opt)
                        return parse_set(c, err, flags[i].value, "%s", flags[i].name);
        return opt == 'I' ? 0 : BHYVE_EXIT_USAGE; /* -I has no effect any more */
}

/* Words that are in the wrong place may hold a password. */
static int refuse_variable(const char *arg, struct error *err)
{
        _cleanup_free_ char *shown = bhyve_hide_passwords(arg);

        return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid configuration option '%s'", str_empty(shown));
}

static int refuse_operand(const char *arg, struct error *err)
{
        _cleanup_free_ char *shown = bhyve_hide_passwords(arg);

        return parse_fail(err, BHYVE_EXIT_USAGE, "%s: more than one name", str_empty(shown));
}

static int parse_option(struct bconf *c, int opt, const char *arg, bool files, struct error *err)
{
        switch (opt) {
        case 'B':
                return parse_smbios(c, arg, err);
        case 'c':
                return parse_cpus(c, arg, err);
        case 'f':
                return parse_fwcfg(c, arg, err);
        case 'G':
                return parse_gdb(c, arg, err);
        case 'h':
                return BHYVE_ASK_USAGE;
        case 'k':
                if (!files)
                        return parse_fail(err, BHYVE_EXIT_ERROR,
                                          "-k %s: a zone's machine is described by its configuration, "
                                          "not by a file",
                                          arg);
                return parse_file(c, arg, err);
        case 'K':
                return parse_set(c, err, arg, "keyboard.layout");
        case 'l':
                return parse_lpc(c, arg, err);
        case 'm':
                return parse_memory(c, arg, err);
        case 'n':
                return parse_numa(c, arg, err);
        case 'o':
                if (parse_variable(c, arg) < 0)
                        return refuse_variable(arg, err);
                return 0;
        case 'p':
                return parse_pin(c, arg, err);
        case 'r':
                return parse_fail(err, BHYVE_EXIT_ERROR,
                                  "-r %s: snapshots of FreeBSD's bhyve cannot be restored here", arg);
        case 's':
                return parse_slot(c, arg, err);
        case 'U':
                return parse_set(c, err, arg, "uuid");
        default:
                return parse_flag(c, opt, err);
        }
}

static int set_defaults(struct bconf *c, struct error *err)
{
        static const char *const defaults[][2] = {
            {"acpi_tables", "false"}, {"acpi_tables_in_memory", "true"},
            {"memory.size", "256M"},  {"x86.strictmsr", "true"},
            {"lpc.fwcfg", "bhyve"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
                int r = parse_set(c, err, defaults[i][1], "%s", defaults[i][0]);

                if (r != 0)
                        return r;
        }
        return 0;
}

static int parse(int argc, char *const *argv, bool files, struct bconf *c, struct error *err)
{
        int opt, r;

        r = set_defaults(c, err);
        if (r != 0)
                return r;

        opterr = 0;
        optind = 0; /* glibc: start afresh */
        while ((opt = getopt(argc, argv, OPTIONS)) != -1) {
                if (opt == '?')
                        return parse_fail(err, BHYVE_EXIT_USAGE, "-%c: unknown option or missing value",
                                          optopt);
                r = parse_option(c, opt, optarg, files, err);
                if (r != 0)
                        return r;
        }
        if (argc - optind > 1)
                return refuse_operand(argv[optind + 1], err);
        if (argc - optind == 1) {
                r = parse_set(c, err, argv[optind], "name");
                if (r != 0)
                        return r;
        }
        /* The name that it had in 2021. */
        if (bconf_get(c, "lpc.bootrom") && !bconf_get(c, "bootrom")) {
                r = parse_set(c, err, bconf_get(c, "lpc.bootrom"), "bootrom");
                if (r != 0)
                        return r;
        }
        if (!bconf_get(c, "name"))
                return parse_fail(err, BHYVE_EXIT_USAGE, "the name of the machine is missing");
        return 0;
}

int bhyve_only_options(const struct strv *words, struct error *err)
{
        _cleanup_(strv_free) struct strv args = {0};
        int opt;

        strv_add(&args, "bhyve");
        for (size_t i = 0; i < words->n; i++)
                strv_add(&args, words->v[i]);
        if (args.failed)
                return error_nomem(err);
        opterr = 0;
        optind = 0;
        do
                opt = getopt((int)args.n, args.v, OPTIONS);
        while (opt != -1 && opt != '?');
        if (opt == '?')
                return error_set(err, EINVAL, "-%c: unknown option or missing value", optopt);
        if (optind < (int)args.n) {
                _cleanup_free_ char *shown = bhyve_hide_passwords(args.v[optind]);

                return error_set(err, EINVAL, "%s: not an option", str_empty(shown));
        }
        return 0;
}

int bhyve_parse(int argc, char *const *argv, struct bconf *ret, struct error *err)
{
        return parse(argc, argv, false, ret, err);
}

int bhyve_parse_host(int argc, char *const *argv, struct bconf *ret, struct error *err)
{
        return parse(argc, argv, true, ret, err);
}

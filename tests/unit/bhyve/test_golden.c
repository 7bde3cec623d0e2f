/*
 * Golden test: NAME.args (an argument a line) must give NAME.dump (the tree, as config.dump prints it) and
 * NAME.engine (the engine's arguments, an argument a line).  With APIARY_UPDATE_GOLDEN in the environment the
 * files are written instead, to be read in the diff.
 *
 * In the engine files, the needs of a machine have the descriptors 20, 21, .. in their order; a link named
 * nat0 or slirp has none.  Names that begin with "freebsd" or "host" are of a plain host, the others of a
 * zone.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "bhyve/bhyve.h"

#define DATA  GOLDEN_DATA
#define FILES 64

static int add_variable(const char *name, const char *value, void *arg)
{
        strbuf_printf(arg, "%s=%s\n", name, value);
        return 0;
}

static void compare(const char *name, const char *kind, const char *got)
{
        _cleanup_free_ char *expected = NULL;
        char path[512];
        size_t len;

        snprintf(path, sizeof(path), "%s/%s.%s", DATA, name, kind);
        if (getenv("APIARY_UPDATE_GOLDEN")) {
                FILE *f = fopen(path, "w");

                assert_non_null(f);
                fputs(got, f);
                fclose(f);
                return;
        }
        assert_int_equal(fs_read_at(AT_FDCWD, path, 1 << 20, &expected, &len), 0);
        if (strcmp(got, expected) != 0)
                print_error("%s differs\n", path);
        assert_string_equal(got, expected);
}

static void read_args(const char *name, struct strv *args)
{
        _cleanup_free_ char *text = NULL;
        char path[512], *line, *next;
        size_t len;

        snprintf(path, sizeof(path), "%s/%s.args", DATA, name);
        assert_int_equal(fs_read_at(AT_FDCWD, path, 1 << 20, &text, &len), 0);
        for (line = text; *line; line = next) {
                next = strchr(line, '\n');
                assert_non_null(next);
                *next++ = '\0';
                strv_add(args, line);
        }
}

/* What the machine needs, as zoneadmd would have it; on a plain host, where the rest is opened by its name,
 * the devices of the host alone. */
static size_t provide(const struct needs *needs, bool host, struct engine_fd *fds)
{
        int number = 20;
        size_t n = 0;

        assert_true(needs->n <= FILES);
        for (size_t i = 0; i < needs->n; i++) {
                const struct need *need = &needs->need[i];
                bool user = need->kind == NEED_NET && strcmp(need->path, "nat0") == 0;
                /* As where the fs resource is read-only and the device is not. */
                bool read_only = need->kind == NEED_DIR && strcmp(need->path, "/data/read-only") == 0;

                if (host && need->kind != NEED_PCI)
                        continue;
                fds[n++] = (struct engine_fd){
                    .kind = read_only ? NEED_DIR_RO : need->kind,
                    .path = need->path,
                    .fd = user ? -1 : number++,
                    .how = user                   ? LINK_USER
                           : need->path[0] == 'e' ? LINK_STREAM
                                                  : LINK_TAP,
                    .host = need->kind == NEED_PCI ? "0000:0a:00.0" : NULL,
                };
        }
        return n;
}

static void check_engine(const char *name, const struct bconf *conf)
{
        bool host = str_starts(name, "freebsd") || str_starts(name, "host");
        _cleanup_(strbuf_free) struct strbuf text = {0};
        _cleanup_(strv_free) struct strv args = {0};
        struct engine_fd fds[FILES];
        struct engine_env env = {.fd = fds,
                                 .kvm = true,
                                 .qmp_fd = 10,
                                 .qmp_listen = true,
                                 .console_listen = true,
                                 .run_dir = host ? "/run/bhyve" : NULL};
        struct needs needs;
        struct error err = {0};

        assert_int_equal(bhyve_needs(conf, &needs, &err), 0);
        env.n_fd = provide(&needs, host, fds);
        if (bhyve_to_engine(conf, &env, &args, &err) < 0)
                print_error("%s: %s\n", name, err.text);
        assert_int_equal(err.code, 0);
        for (size_t i = 0; i < args.n; i++)
                strbuf_printf(&text, "%s\n", args.v[i]);
        needs_free(&needs);
        compare(name, "engine", text.data);
}

static void golden(void **state)
{
        const char *name = *state;
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new();
        _cleanup_(strbuf_free) struct strbuf dump = {0};
        _cleanup_(strv_free) struct strv args = {0};
        struct error err = {0};

        read_args(name, &args);
        if (bhyve_parse((int)args.n, args.v, conf, &err) != 0)
                print_error("%s: %s\n", name, err.text);
        assert_int_equal(err.code, 0);
        assert_int_equal(bconf_each(conf, add_variable, &dump), 0);
        compare(name, "dump", dump.data);
        check_engine(name, conf);
}

static const char *const names[] = {
    "omnios-a", "omnios-b", "smartos-c",    "freebsd",      "devices", "variables",
    "kvm",      "kvm-ide",  "host-options", "host-devices", "shares",  "host-share",
};

/* The text of a help, and all arguments of the golden files, a line each. */
static char *help_text(enum bhyve_ask what)
{
        char *text = NULL;
        size_t len;
        FILE *f = open_memstream(&text, &len);

        assert_non_null(f);
        bhyve_help(what, f);
        fclose(f);
        return text;
}

static void all_arguments(struct strv *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                read_args(names[i], ret);
}

static void every_device_of_the_help_is_in_the_golden_files(void **state)
{
        _cleanup_(strv_free) struct strv args = {0};
        _cleanup_free_ char *help = help_text(BHYVE_ASK_DEVICES);
        char *rest = help;

        (void)state;
        all_arguments(&args);
        for (char *device; (device = strsep(&rest, "\n")) && *device;) {
                bool found = false;

                for (size_t i = 0; i < args.n; i++) {
                        const char *comma = strchr(args.v[i], ',');

                        found |= comma && strcspn(comma + 1, ",") == strlen(device) &&
                                 str_starts(comma + 1, device);
                }
                if (!found)
                        print_error("no golden file has the device %s\n", device);
                assert_true(found);
        }
}

static void every_option_of_the_help_is_in_the_golden_files(void **state)
{
        /* Help, a file, a thread that is bound once the engine runs, and what is refused: no arguments. */
        static const char elsewhere[] = "hkpr";
        _cleanup_(strv_free) struct strv args = {0};
        _cleanup_free_ char *help = help_text(BHYVE_ASK_USAGE);
        char *rest = help;

        (void)state;
        all_arguments(&args);
        for (char *line; (line = strsep(&rest, "\n"));) {
                bool found = false;

                if (!str_starts(line, "  -") || strchr(elsewhere, line[3]))
                        continue;
                for (size_t i = 0; i < args.n; i++)
                        found |= args.v[i][0] == '-' && strchr(args.v[i], line[3]);
                if (!found)
                        print_error("no golden file has the option -%c\n", line[3]);
                assert_true(found);
        }
}

int main(void)
{
        struct CMUnitTest tests[ARRAY_SIZE(names) + 2] = {
            cmocka_unit_test(every_device_of_the_help_is_in_the_golden_files),
            cmocka_unit_test(every_option_of_the_help_is_in_the_golden_files),
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                tests[i + 2] = (struct CMUnitTest){
                    .name = names[i], .test_func = golden, .initial_state = (void *)names[i]};
        return cmocka_run_group_tests_name("bhyve golden", tests, NULL, NULL);
}

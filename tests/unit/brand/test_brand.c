/* Brands: their two files, their answers (RFD 122), and how hooks run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "brand/brand.h"
#include "config/schema.h"

#define CONFIG(inner) "<brand name=\"t\"><initname>/sbin/init</initname>" inner "</brand>"
#define PLATFORM      "<platform name=\"t\" allow-exclusive-ip=\"true\"/>"

static int setup(void **state)
{
        struct root *root = calloc(1, sizeof(*root));
        char dir[] = "/tmp/apiary-unit.XXXXXX";

        assert_non_null(mkdtemp(dir));
        assert_int_equal(root_set(root, dir, NULL), 0);
        *state = root;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

static int teardown(void **state)
{
        nftw(((struct root *)*state)->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(*state);
        return 0;
}

static void put(const struct root *root, const char *dir, const char *name, const char *text, mode_t mode)
{
        int fd = root_make_dir(root, dir, 0755, NULL);

        assert_true(fd >= 0);
        assert_int_equal(fs_replace_volatile_at(fd, name, text, strlen(text), mode), 0);
        close(fd);
}

static void put_brand(const struct root *root, const char *config, const char *platform)
{
        put(root, ZONES_BRAND "/t", "config.xml", config, 0644);
        put(root, ZONES_BRAND "/t", "platform.xml", platform, 0644);
}

static void copy_brand(const struct root *root, const char *name)
{
        static const char *const files[] = {"config.xml", "platform.xml"};

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                _cleanup_free_ char *text = NULL;
                char path[512], dir[128];

                snprintf(path, sizeof(path), "%s/%s/%s", BRANDS, name, files[i]);
                assert_int_equal(fs_read_at(AT_FDCWD, path, 1 << 20, &text, NULL), 0);
                snprintf(dir, sizeof(dir), "%s/%s", ZONES_BRAND, name);
                put(root, dir, files[i], text, 0644);
        }
}

static void our_brands_load_and_say_what_rfd_121_says(void **state)
{
        static const char *const names[] = {"bhyve", "kvm"};
        const struct root *root = *state;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_(brand_freep) struct brand *b = NULL;
                const char *reason = NULL;
                struct error err = {0};

                copy_brand(root, names[i]);
                if (brand_load(root, names[i], &b, &err) < 0)
                        fail_msg("%s", err.text);
                assert_string_equal(b->text[BRAND_INITNAME], "/usr/sbin/zhyve");
                assert_null(b->text[BRAND_LOGIN_CMD]);
                assert_null(b->text[BRAND_SHUTDOWN]);
                assert_true(b->allow_exclusive_ip);
                assert_string_equal(brand_fixed(b, "zone", "ip-type"), "exclusive");
                assert_null(brand_fixed(b, "zone", "autoboot"));
                assert_true(brand_allows(b, "net", NULL, NULL));
                assert_true(brand_allows(b, "net", "allowed-address", NULL));
                assert_true(brand_allows(b, "fs", "type", NULL));
                assert_false(brand_allows(b, "net", "address", &reason));
                assert_non_null(reason);
                assert_false(brand_allows(b, "zone", "bootargs", NULL));
                assert_false(brand_allows(b, "zone", "hostid", NULL));
                assert_false(brand_allows(b, "zone", "fs-allowed", NULL));
                assert_false(brand_allows(b, "dataset", NULL, &reason));
                assert_non_null(reason);
                assert_false(brand_allows(b, "toaster", NULL, &reason));
                assert_null(reason);
                assert_true(b->n_privilege > 10);
        }
}

/* A property that the schema gains must be decided on in the brands. */
static void our_brands_know_every_property_of_the_schema(void **state)
{
        _cleanup_(brand_freep) struct brand *b = NULL;
        size_t n;
        const struct resource_def *def = schema_resources(&n);
        size_t decided = 0;

        copy_brand(*state, "bhyve");
        assert_int_equal(brand_load(*state, "bhyve", &b, NULL), 0);
        for (size_t i = 0; i <= n; i++) {
                const struct resource_def *d = i < n ? &def[i] : schema_global();
                const char *name = i < n ? d->name : "zone";

                for (size_t k = 0; k < b->n_res; k++) {
                        if (strcmp(b->res[k].name, name) != 0)
                                continue;
                        decided++;
                        if (!b->res[k].enabled)
                                continue;
                        assert_int_equal(b->res[k].n_prop, d->n_prop);
                        for (size_t p = 0; p < b->res[k].n_prop; p++)
                                assert_non_null(schema_property(d, b->res[k].prop[p].name));
                }
        }
        assert_int_equal(decided, n + 1);
}

static void a_brand_without_rfd_122_enables_everything(void **state)
{
        _cleanup_(brand_freep) struct brand *b = NULL;

        put_brand(*state, CONFIG(""), PLATFORM);
        assert_int_equal(brand_load(*state, "t", &b, NULL), 0);
        assert_true(brand_allows(b, "dataset", "name", NULL));
}

static void platform_files_are_read(void **state)
{
        _cleanup_(brand_freep) struct brand *b = NULL;

        put_brand(*state, CONFIG("<boot>/b %z</boot><halt></halt>"),
                  "<platform name='t' allow-exclusive-ip='false'>"
                  "<global_mount special='/usr' directory='/usr' opt='ro' type='lofs'/>"
                  "<mount special='swap' directory='/run' type='tmpfs'/>"
                  "<device match='null'/><device match='x/%z' name='y'/>"
                  "<device match='sun' arch='sparc'/><device match='ip' ip-type='shared'/>"
                  "<symlink source='a' target='/b'/></platform>");
        assert_int_equal(brand_load(*state, "t", &b, NULL), 0);
        assert_false(b->allow_exclusive_ip);
        assert_string_equal(b->text[BRAND_BOOT], "/b %z");
        assert_null(b->text[BRAND_HALT]);
        assert_int_equal(b->n_global_mount, 1);
        assert_string_equal(b->global_mount[0].opt, "ro");
        assert_int_equal(b->n_mount, 1);
        assert_string_equal(b->mount[0].opt, "");
        assert_int_equal(b->n_device, 2);
        assert_string_equal(b->device[1].name, "y");
        assert_int_equal(b->n_symlink, 1);
        assert_string_equal(b->symlink[0].target, "/b");
}

static void bad_brand_files_are_refused_in_one_line(void **state)
{
        static const struct {
                const char *config, *platform, *message;
        } cases[] = {
            {"<zone name='t'/>", PLATFORM, "config.xml:1: Wrong document type"},
            {"<brand name='u'/>", PLATFORM, "config.xml:1: the name 'u' is not that of the folder"},
            {"<brand/>", PLATFORM, "config.xml:1: Invalid document: element brand lacks the attribute name"},
            {"<brand name='t'>", PLATFORM, "config.xml:1: no element found"},
            {CONFIG(""), "<platform name='t'/>",
             "platform.xml:1: Invalid document: element platform lacks the attribute allow-exclusive-ip"},
            {CONFIG(""), "<platform name='t' allow-exclusive-ip='yes'/>",
             "platform.xml:1: Invalid document: allow-exclusive-ip of platform is neither true nor false"},
            {CONFIG("<boot>a</boot><boot>b</boot>"), PLATFORM,
             "config.xml:1: Invalid document: more than one boot"},
            {CONFIG("<resource name='net'/>"), PLATFORM,
             "config.xml:1: Invalid document: element resource lacks the attribute enabled"},
            {"<!DOCTYPE brand [<!ENTITY a 'b'>]>" CONFIG("<boot>&a;</boot>"), PLATFORM,
             "config.xml:1: a document type definition inside the document is not allowed"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct brand *b = NULL;
                struct error err = {0};

                put_brand(*state, cases[i].config, cases[i].platform);
                assert_int_equal(brand_load(*state, "t", &b, &err), -EINVAL);
                assert_non_null(strstr(err.text, cases[i].message));
                assert_null(strchr(err.text, '\n'));
        }
}

static void there_is_no_brand_outside_of_the_folder(void **state)
{
        static const char *const names[] = {"nosuch", "", ".", "..", "../brand/t", "/etc"};

        put_brand(*state, CONFIG(""), PLATFORM);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct brand *b;
                struct error err = {0};
                char want[64];

                assert_int_equal(brand_load(*state, names[i], &b, &err), -ENOENT);
                snprintf(want, sizeof(want), "%s: no such brand", names[i]);
                assert_string_equal(err.text, want);
        }
}

static void the_list_has_the_brands_that_load(void **state)
{
        char **list = NULL;
        bool t = false, broken = false;

        put_brand(*state, CONFIG(""), PLATFORM);
        put(*state, ZONES_BRAND "/broken", "config.xml", "<brand", 0644);
        assert_int_equal(brand_list(*state, &list, NULL), 0);
        for (size_t i = 0; list[i]; i++) {
                t = t || strcmp(list[i], "t") == 0;
                broken = broken || strcmp(list[i], "broken") == 0;
                free(list[i]);
        }
        free(list);
        assert_true(t);
        assert_false(broken);
}

static void tokens_are_expanded_and_unknown_ones_vanish(void **state)
{
        char *text = brand_expand("a %z %R %u %Z %% %x %", "web1", "/zones/web1", "joe");

        (void)state;
        assert_string_equal(text, "a web1 /zones/web1 joe global %  ");
        free(text);
}

/* Runs boot with what is said of how; returns its status. */
static int run_how(const struct root *root, const char *boot, struct brand_run *how, struct error *err)
{
        _cleanup_(brand_freep) struct brand *b = NULL;
        char config[2048];
        const char *const env[] = {"COLOUR=red", NULL};

        how->zone = "web1";
        how->env = env;
        snprintf(config, sizeof(config),
                 "<brand name='t'><initname>/i</initname><boot><![CDATA[%s]]></boot></brand>", boot);
        put_brand(root, config, PLATFORM);
        assert_int_equal(brand_load(root, "t", &b, NULL), 0);
        return brand_run_hook(root, b, BRAND_BOOT, how, err);
}

static int run(const struct root *root, const char *boot, const char *const *args, int timeout, char **out,
               struct error *err)
{
        struct brand_run how = {
            .zonepath = "/zones/web1", .args = args, .ret_output = out, .timeout_ms = timeout};

        return run_how(root, boot, &how, err);
}

static int run_at(const struct root *root, const char *zonepath, const char *boot, const char *const *args,
                  char **out, struct error *err)
{
        struct brand_run how = {.zonepath = zonepath, .args = args, .ret_output = out, .timeout_ms = -1};

        return run_how(root, boot, &how, err);
}

static void a_plain_command_and_a_shell_command_give_the_same(void **state)
{
        static const char *const args[] = {"one", "two", NULL};
        static const char *const commands[] = {"/bin/echo %z %R", "/bin/echo %z '%R'"};

        for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
                _cleanup_free_ char *out = NULL;
                struct error err = {0};

                assert_int_equal(run(*state, commands[i], args, -1, &out, &err), 0);
                assert_string_equal(out, "web1 /zones/web1 one two\n");
        }
}

/* Whatever is in a zonepath or an argument: a word for a word, and nothing that a shell would run. */
static void what_is_put_in_place_of_a_token_is_one_argument(void **state)
{
        static const char *const args[] = {"a b", "$(id)", "it's", NULL};
        static const struct {
                const char *zonepath, *boot, *want;
        } cases[] = {
            {"/zones/x y;$(id)", "/usr/lib/brand/t/show -z %z  -R %R %u",
             "[-z][web1][-R][/zones/x y;$(id)][a b][$(id)][it's]"},
            {"/zones/web1", "/usr/lib/brand/t/show '%R' \"%z\"", "[/zones/web1][web1][a b][$(id)][it's]"},
        };
        const struct root *root = *state;

        put(root, "/usr/lib/brand/t", "show", "#!/bin/sh\nprintf '[%s]' \"$@\"\n", 0755);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *out = NULL;
                struct error err = {0};

                assert_int_equal(run_at(root, cases[i].zonepath, cases[i].boot, args, &out, &err), 0);
                assert_string_equal(out, cases[i].want);
        }
}

static void a_zonepath_that_a_shell_would_take_apart_is_not_handed_to_one(void **state)
{
        struct error err = {0};
        char *out = NULL;

        assert_int_equal(run_at(*state, "/zones/x;y", "/bin/echo '%R'", NULL, &out, &err), -EINVAL);
        assert_string_equal(
            err.text, "zonepath /zones/x;y: the brand hands it to a shell, and there is more in it than "
                      "letters, digits and /._-+@:,=");
        assert_null(out);
}

static void a_hook_below_the_root_comes_first_and_knows_the_root(void **state)
{
        const struct root *root = *state;
        _cleanup_free_ char *out = NULL;
        struct error err = {0};
        char want[PATH_MAX + 64];

        put(root, "/usr/lib/brand/t", "boot",
            "#!/bin/sh\necho \"$_ZONES_ROOT $COLOUR $1\"\necho err >&2\nexit 254\n", 0755);
        assert_int_equal(run(root, "/usr/lib/brand/t/boot %z", NULL, -1, &out, &err), BRAND_EXIT_INCOMPLETE);
        snprintf(want, sizeof(want), "%s red web1\nerr\n", root->path);
        assert_string_equal(out, want);
}

static void ends_of_hooks_are_told_apart(void **state)
{
        struct error err = {0};
        char *out = NULL;

        assert_int_equal(run(*state, "/bin/sh -c 'exit 7'", NULL, -1, NULL, &err), 7);
        assert_int_equal(run(*state, "/bin/sh -c 'kill -9 $$'", NULL, -1, NULL, &err), BRAND_EXIT_FATAL);
        assert_int_equal(run(*state, "", NULL, -1, &out, &err), BRAND_OK);
        assert_null(out);
        assert_int_equal(run(*state, "/nowhere/hook", NULL, -1, NULL, &err), -ENOENT);
        assert_string_equal(err.text, "/nowhere/hook: No such file or directory");
}

static long elapsed_ms(const struct timespec *from)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (now.tv_sec - from->tv_sec) * 1000 + (now.tv_nsec - from->tv_nsec) / 1000000;
}

static void a_hook_that_does_not_end_is_killed_with_its_children(void **state)
{
        struct timespec from;
        struct error err = {0};
        _cleanup_free_ char *out = NULL;
        pid_t child = 0;

        clock_gettime(CLOCK_MONOTONIC, &from);
        assert_int_equal(run(*state, "/bin/sh -c 'trap \"\" TERM; sleep 60 & echo $!; wait; sleep 60'", NULL,
                             200, &out, &err),
                         -ETIMEDOUT);
        assert_true(elapsed_ms(&from) < 5000);
        assert_non_null(strstr(err.text, "did not end within 200 ms"));
        child = (pid_t)atoi(out);
        assert_true(child > 1);
        for (int i = 0; i < 100 && kill(child, 0) == 0; i++)
                usleep(10000);
        /* Gone, or a zombie that pid 1 has not yet buried. */
        if (kill(child, 0) == 0) {
                char path[64];
                _cleanup_free_ char *stat = NULL;

                snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
                if (fs_read_at(AT_FDCWD, path, 4096, &stat, NULL) == 0)
                        assert_non_null(strstr(stat, ") Z "));
        }
}

static void a_daemon_that_a_hook_leaves_behind_holds_nobody_up(void **state)
{
        struct timespec from;
        struct error err = {0};
        _cleanup_free_ char *out = NULL;

        clock_gettime(CLOCK_MONOTONIC, &from);
        assert_int_equal(run(*state, "/bin/sh -c 'sleep 3 & echo started'", NULL, -1, &out, &err), 0);
        assert_true(elapsed_ms(&from) < 2000);
        assert_string_equal(out, "started\n");
}

static void output_is_bounded(void **state)
{
        struct error err = {0};
        _cleanup_free_ char *out = NULL;

        assert_int_equal(
            run(*state, "/bin/sh -c 'head -c 1000000 /dev/zero | tr \"\\0\" x'", NULL, -1, &out, &err), 0);
        assert_int_equal(strlen(out), 64 * 1024);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
            T(our_brands_load_and_say_what_rfd_121_says),
            T(our_brands_know_every_property_of_the_schema),
            T(a_brand_without_rfd_122_enables_everything),
            T(platform_files_are_read),
            T(bad_brand_files_are_refused_in_one_line),
            T(there_is_no_brand_outside_of_the_folder),
            T(the_list_has_the_brands_that_load),
            T(tokens_are_expanded_and_unknown_ones_vanish),
            T(a_plain_command_and_a_shell_command_give_the_same),
            T(what_is_put_in_place_of_a_token_is_one_argument),
            T(a_zonepath_that_a_shell_would_take_apart_is_not_handed_to_one),
            T(a_hook_below_the_root_comes_first_and_knows_the_root),
            T(ends_of_hooks_are_told_apart),
            T(a_hook_that_does_not_end_is_killed_with_its_children),
            T(a_daemon_that_a_hook_leaves_behind_holds_nobody_up),
            T(output_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Zone names, states and UUIDs, and the alternate root. */
#include "../scratch.h"

#include <ctype.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/root.h"
#include "base/zone.h"

static void zone_names_are_letters_digits_and_inner_marks(void **state)
{
        static const char *const good[] = {"a",     "0",  "web1",  "Web-1", "a_b",
                                           "a.b.c", "1-", "globa", "Global"};
        static const char *const bad[] = {"",    "-a",   "_a",   ".a",  "..",     "a/b",     "a b",
                                          "a\n", "a\\b", "a:b",  "ä",   "global", "a\"b",    "a$b",
                                          "a*",  "a\t",  "../x", "a;b", "/",      "\xff\xfe"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                if (!zone_name_valid(good[i]))
                        fail_msg("\"%s\" was refused", good[i]);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                if (zone_name_valid(bad[i]))
                        fail_msg("\"%s\" was accepted", bad[i]);
}

static void a_zone_name_has_at_most_63_bytes(void **state)
{
        char name[ZONENAME_MAX + 1];

        (void)state;
        memset(name, 'z', sizeof(name));
        name[ZONENAME_MAX] = '\0';
        assert_false(zone_name_valid(name));
        name[ZONENAME_MAX - 1] = '\0';
        assert_true(zone_name_valid(name));
}

static void names_that_begin_with_sunw_are_reserved(void **state)
{
        (void)state;
        assert_true(zone_name_reserved("SUNWtmp"));
        assert_true(zone_name_reserved("SUNW"));
        assert_false(zone_name_reserved("SUN"));
        assert_false(zone_name_reserved("sunw"));
}

static void names_with_the_prefix_of_a_template_are_for_no_zone(void **state)
{
        (void)state;
        assert_string_equal(zone_name_prefix("SYSdefault"), "SYS");
        assert_string_equal(zone_name_prefix("OMNIbhyve"), "OMNI");
        assert_string_equal(zone_name_prefix("SUNW"), "SUNW");
        assert_null(zone_name_prefix("SYS"));
        assert_null(zone_name_prefix("SYS1"));
        assert_null(zone_name_prefix("OMNIA"));
        assert_null(zone_name_prefix("web"));
}

static void state_words_and_numbers_are_those_of_libzonecfg(void **state)
{
        static const char *const words[] = {"configured", "incomplete",    "installed", "ready",
                                            "running",    "shutting_down", "down",      "mounted"};

        (void)state;
        assert_int_equal(ARRAY_SIZE(words), ZONE_STATES);
        for (int i = 0; i < ZONE_STATES; i++) {
                assert_string_equal(zone_state_name((enum zone_state)i), words[i]);
                assert_int_equal(zone_state_parse(words[i]), i);
        }
        assert_int_equal(zone_state_parse("Running"), -EINVAL);
        assert_int_equal(zone_state_parse(""), -EINVAL);
        assert_string_equal(zone_state_name(ZONE_STATES), "unknown");
}

static void uuids_have_digits_and_hyphens_in_their_places(void **state)
{
        (void)state;
        assert_true(uuid_valid("51db0004-1a24-e3c3-a62b-eb6da1827b9e"));
        assert_true(uuid_valid("51DB0004-1A24-E3C3-A62B-EB6DA1827B9E"));
        assert_false(uuid_valid(""));
        assert_false(uuid_valid("51db0004-1a24-e3c3-a62b-eb6da1827b9"));
        assert_false(uuid_valid("51db0004-1a24-e3c3-a62b-eb6da1827b9e0"));
        assert_false(uuid_valid("51db0004 1a24-e3c3-a62b-eb6da1827b9e"));
        assert_false(uuid_valid("51db0004-1a24-e3c3-a62b-eb6da1827b9g"));
        assert_false(uuid_valid("51db00041a24e3c3a62beb6da1827b9e----"));
}

static void made_uuids_are_valid_random_and_of_version_4(void **state)
{
        static char made[500][UUID_TEXT];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
                uuid_make(made[i]);
                assert_true(uuid_valid(made[i]));
                assert_int_equal(made[i][14], '4');
                assert_non_null(strchr("89ab", made[i][19]));
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(made[i], made[j]);
        }
}

static void a_root_is_an_absolute_path_of_a_directory(void **state)
{
        struct scratch *s = *state;
        struct root root = {0};
        struct error err = {0};
        char file[PATH_MAX], text[PATH_MAX + 64];

        assert_int_equal(root_set(&root, "relative", &err), -EINVAL);
        assert_string_equal(err.text, "root path must be absolute: relative");
        scratch_puts(s->fd, "file", "");
        snprintf(file, sizeof(file), "%s/file", s->path);
        snprintf(text, sizeof(text), "root path must be a directory: %s", file);
        assert_int_equal(root_set(&root, file, &err), -ENOTDIR);
        assert_string_equal(err.text, text);
        assert_int_equal(root_set(&root, "/", &err), 0);
        assert_string_equal(root.path, "");
        snprintf(file, sizeof(file), "%s///", s->path);
        assert_int_equal(root_set(&root, file, &err), 0);
        assert_string_equal(root.path, s->path);
}

static void a_path_that_does_not_fit_behind_the_root_is_refused(void **state)
{
        struct root root = {.path = "/some/root"};
        char buf[16];

        (void)state;
        assert_int_equal(root_path(&root, "/etc", buf, sizeof(buf)), 0);
        assert_string_equal(buf, "/some/root/etc");
        assert_int_equal(root_path(&root, "/etc/zones", buf, sizeof(buf)), -ENAMETOOLONG);
}

static void a_program_is_taken_from_the_root_when_it_is_there(void **state)
{
        struct scratch *s = *state;
        struct root root = {0};
        char want[PATH_MAX], got[PATH_MAX];

        assert_int_equal(root_set(&root, s->path, NULL), 0);
        assert_int_equal(root_program(&root, "/tool", got, sizeof(got)), 0);
        assert_string_equal(got, "/tool");
        scratch_puts(s->fd, "tool", "");
        assert_int_equal(root_program(&root, "/tool", got, sizeof(got)), 0);
        assert_string_equal(got, "/tool"); /* not executable */
        assert_int_equal(fchmodat(s->fd, "tool", 0755, 0), 0);
        snprintf(want, sizeof(want), "%s/tool", s->path);
        assert_int_equal(root_program(&root, "/tool", got, sizeof(got)), 0);
        assert_string_equal(got, want);
}

static void a_directory_of_the_root_is_made_with_its_mode(void **state)
{
        struct scratch *s = *state;
        struct root root = {0};
        struct error err = {0};
        struct stat st;
        int fd;

        assert_int_equal(root_set(&root, s->path, NULL), 0);
        assert_int_equal(root_open_dir(&root, ZONES_RUN, &err), -ENOENT);
        fd = root_make_dir(&root, ZONES_RUN, 0700, &err);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        close(fd);
        fd = root_open_dir(&root, ZONES_RUN, &err);
        assert_true(fd >= 0);
        close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(zone_names_are_letters_digits_and_inner_marks),
            cmocka_unit_test(a_zone_name_has_at_most_63_bytes),
            cmocka_unit_test(names_that_begin_with_sunw_are_reserved),
            cmocka_unit_test(names_with_the_prefix_of_a_template_are_for_no_zone),
            cmocka_unit_test(state_words_and_numbers_are_those_of_libzonecfg),
            cmocka_unit_test(uuids_have_digits_and_hyphens_in_their_places),
            cmocka_unit_test(made_uuids_are_valid_random_and_of_version_4),
            scratch_test(a_root_is_an_absolute_path_of_a_directory),
            cmocka_unit_test(a_path_that_does_not_fit_behind_the_root_is_refused),
            scratch_test(a_program_is_taken_from_the_root_when_it_is_there),
            scratch_test(a_directory_of_the_root_is_made_with_its_mode),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

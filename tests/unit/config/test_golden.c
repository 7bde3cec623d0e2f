/* Real configurations of both dialects: what info and export print, and that nothing is lost on the way. */
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

static const char *const names[] = {"omnios", "rfd121"};

static struct config *load(const char *name)
{
        char path[512];
        struct error err = {0};
        struct config *cfg = NULL;

        snprintf(path, sizeof(path), "%s/%s.xml", DATA_DIR, name);
        if (config_load_file(path, &cfg, &err) < 0)
                fail_msg("%s", err.text);
        return cfg;
}

static void compare(const char *name, const char *suffix, char *text)
{
        char file[64];
        _cleanup_free_ char *want = NULL;

        snprintf(file, sizeof(file), "%s.%s", name, suffix);
        want = data_file(file);
        assert_non_null(text);
        assert_string_equal(text, want);
        free(text);
}

static void info_prints_as_zonecfg_does(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_config_ struct config *cfg = load(names[i]);

                compare(names[i], "info", config_info(cfg, NULL, NULL, 0));
        }
}

static void export_prints_as_zonecfg_does(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_config_ struct config *cfg = load(names[i]);

                compare(names[i], "export", config_export(cfg, NULL));
        }
}

static void saving_what_was_loaded_gives_the_same_file(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_config_ struct config *cfg = load(names[i]);

                compare(names[i], "xml", config_to_xml(cfg));
        }
}

static void json_loses_nothing(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_config_ struct config *cfg = load(names[i]), *back = NULL;
                _cleanup_free_ char *json = config_to_json(cfg);
                struct error err = {0};

                assert_non_null(json);
                if (config_from_json(json, strlen(json), &back, &err) < 0)
                        fail_msg("%s", err.text);
                assert_true(config_equal(cfg, back));
                compare(names[i], "xml", config_to_xml(back));
        }
}

static void a_copy_is_equal_until_it_is_changed(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_config_ struct config *cfg = load(names[i]);
                _cleanup_config_ struct config *copy = config_copy(cfg);

                assert_true(config_equal(cfg, copy));
                assert_int_equal(config_set_global(copy, "autoboot", "true", NULL), 0);
                assert_int_equal(config_set_global(copy, "max-lwps", "777", NULL), 0);
                assert_false(config_equal(cfg, copy));
        }
}

static void what_has_no_rfd_additions_is_valid_for_illumos(void **state)
{
        (void)state;
        assert_int_equal(
            system("xmllint --noout --nonet --dtdvalid " DTD " " DATA_DIR "/omnios.xml 2>/dev/null"), 0);
        assert_int_equal(system("for f in OMNIbhyve OMNIkvm SYSblank SYSdefault SYSkvm; do xmllint --noout "
                                "--nonet --dtdvalid " DTD " " TEMPLATES
                                "/$f.xml 2>/dev/null || exit 1; done"),
                         0);
        assert_int_not_equal(
            system("xmllint --noout --nonet --dtdvalid " DTD " " DATA_DIR "/rfd121.xml 2>/dev/null"), 0);
}

static void one_type_and_one_property_can_be_asked_for(void **state)
{
        _cleanup_config_ struct config *cfg = load("omnios");
        struct member ram[] = {{(char *)"name", (char *)"ram"}};
        struct member none[] = {{(char *)"name", (char *)"nothing"}};
        struct member autoboot[] = {{(char *)"autoboot", NULL}};
        char *text;

        (void)state;
        text = config_info(cfg, schema_resource("attr"), ram, 1);
        assert_string_equal(text, "attr:\n\tname: ram\n\ttype: string\n\tvalue: 2G\n");
        free(text);
        text = config_info(cfg, schema_resource("attr"), none, 1);
        assert_string_equal(text, "No such attr resource.\n");
        free(text);
        text = config_info(cfg, schema_global(), autoboot, 1);
        assert_string_equal(text, "autoboot: true\n");
        free(text);
        text = config_info(cfg, schema_resource("pci"), NULL, 0);
        assert_string_equal(text, "");
        free(text);
}

static void templates_are_found_by_all_their_names(void **state)
{
        static const char *const words[][2] = {
            {"bhyve", "exclusive"},       {"kvm", "exclusive"},    {"OMNIbhyve", "exclusive"},
            {"SYSbhyve", "exclusive"},    {"SUNWblank", "shared"}, {"SYSblank", "shared"},
            {"SUNWdefault", "exclusive"},
        };
        struct error err = {0};
        struct root root;
        char cmd[3 * PATH_MAX];

        (void)state;
        make_root(&root);
        snprintf(cmd, sizeof(cmd), "mkdir -p %s/etc/zones && cp %s/*.xml %s/etc/zones/", root.path, TEMPLATES,
                 root.path);
        assert_int_equal(system(cmd), 0);
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                _cleanup_config_ struct config *cfg = NULL;

                assert_int_equal(config_load_template(&root, words[i][0], &cfg, &err), 0);
                assert_string_equal(config_global(cfg, "ip-type"), words[i][1]);
                assert_int_equal(config_first(cfg, "lpc") != NULL, strcmp(words[i][0], "SYSbhyve") == 0);
        }
        {
                struct config *cfg;

                assert_int_equal(config_load_template(&root, "nosuch", &cfg, &err), -ENOENT);
                assert_string_equal(err.text, "nosuch: No such zone configured");
                assert_int_equal(config_load_template(&root, "../zones/SYSblank", &cfg, &err), -ENOENT);
        }
        drop_root(&root);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(info_prints_as_zonecfg_does),
            cmocka_unit_test(export_prints_as_zonecfg_does),
            cmocka_unit_test(saving_what_was_loaded_gives_the_same_file),
            cmocka_unit_test(json_loses_nothing),
            cmocka_unit_test(a_copy_is_equal_until_it_is_changed),
            cmocka_unit_test(what_has_no_rfd_additions_is_valid_for_illumos),
            cmocka_unit_test(one_type_and_one_property_can_be_asked_for),
            cmocka_unit_test(templates_are_found_by_all_their_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

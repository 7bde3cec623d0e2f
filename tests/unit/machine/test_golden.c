/* Whole configurations against their arguments and JSON, kept in data/. */
#include "helper.h"

#include <fcntl.h>

#include "base/fs.h"
#include "bhyve/bhyve.h"

static char *slurp(const char *name, const char *suffix)
{
        char path[512], *text;

        snprintf(path, sizeof(path), "%s/%s.%s", DATA_DIR, name, suffix);
        if (fs_read_at(AT_FDCWD, path, 1 << 20, &text, NULL) < 0)
                fail_msg("%s cannot be read", path);
        return text;
}

static struct machine *load(const char *name)
{
        struct config *cfg = NULL;
        struct machine *m = NULL;
        struct error err = {0};
        char path[512];

        snprintf(path, sizeof(path), "%s/%s.xml", DATA_DIR, name);
        if (config_load_file(path, &cfg, &err) < 0 ||
            machine_from_config(&no_root, cfg, NULL, &m, NULL, &err) < 0)
                fail_msg("%s", err.text);
        config_free(cfg);
        return m;
}

static void arguments_are(const char *name)
{
        _cleanup_free_ char *want = slurp(name, "args"), *have = NULL;
        struct machine *m = load(name);
        struct strv args = {0};
        struct strbuf text = {0};

        assert_int_equal(machine_to_bhyve(m, &args, NULL), 0);
        for (size_t i = 0; i < args.n; i++)
                strbuf_printf(&text, "%s\n", args.v[i]);
        have = strbuf_take(&text);
        assert_string_equal(have, want);
        strv_free(&args);
        machine_free(m);
}

static void json_is(const char *name)
{
        _cleanup_free_ char *want = slurp(name, "json"), *have = NULL;
        struct machine *m = load(name);

        want[strlen(want) - 1] = '\0'; /* the newline that ends the file */
        have = machine_to_json(m);
        assert_string_equal(have, want);
        machine_free(m);
}

#define GOLDEN(test, name)                                                                                   \
        static void test(void **state)                                                                       \
        {                                                                                                    \
                (void)state;                                                                                 \
                arguments_are(name);                                                                         \
        }

GOLDEN(omnios_bios_example_gives_its_argument_list, "omnios-csm")
GOLDEN(omnios_example_of_nearly_everything_gives_its_argument_list, "omnios-all")
GOLDEN(debian_example_of_the_omnios_page, "omnios-page")
GOLDEN(rfd121_resources, "rfd121")
GOLDEN(smartos_devices_with_properties, "smartos")
GOLDEN(no_attribute_at_all_gives_the_defaults, "defaults")
GOLDEN(windows_moves_the_lpc_bridge_and_keeps_cds_in_slot_3, "windows")
GOLDEN(kvm_machine_with_nearly_everything, "kvm")
GOLDEN(kvm_machine_with_ide_disks_counts_on_behind_its_cds, "kvm-ide")
GOLDEN(openbsd_bios_with_boot_disk_first_moves_cds_to_slot_7, "openbsd")

static void json_shows_slots_options_and_devices(void **state)
{
        (void)state;
        json_is("omnios-all");
        json_is("rfd121");
}

static void the_front_end_takes_every_argument_list(void **state)
{
        static const char *const names[] = {"omnios-csm", "omnios-all", "omnios-page", "rfd121", "smartos",
                                            "defaults",   "windows",    "openbsd",     "kvm",    "kvm-ide"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct machine *m = load(names[i]);
                struct error err = {0};

                if (machine_check_arguments(m, &err) < 0)
                        fail_msg("%s: %s", names[i], err.text);
                machine_free(m);
        }
}

static void words_that_the_front_end_does_not_take_are_found(void **state)
{
        static const char *const extra[] = {"-Z", "-s 5",          "-o novalue",
                                            "-h", "-s 4:0,nosuch", "-k /etc/passwd"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(extra); i++) {
                struct problems problems = {0};
                struct machine *m;
                struct error err = {0};
                char body[128];

                snprintf(body, sizeof(body), ATTR("extra", "%s"), extra[i]);
                m = machine_of(body, &problems);
                assert_int_equal(machine_check_arguments(m, &err), -EINVAL);
                assert_int_equal(strncmp(err.text, "Could not parse configuration: ", 31), 0);
                assert_true(strlen(err.text) > 31);
                machine_free(m);
        }
}

static void password_goes_to_zhyve_and_is_never_shown(void **state)
{
        struct machine *m = load("omnios-all");
        _cleanup_free_ char *json = machine_to_json(m);
        struct strv shown = {0}, handed = {0};
        bool found = false;

        (void)state;
        assert_int_equal(machine_to_bhyve(m, &shown, NULL), 0);
        assert_int_equal(machine_to_zhyve(m, &handed, NULL), 0);
        for (size_t i = 0; i < shown.n; i++)
                assert_null(strstr(shown.v[i], "s3cret"));
        assert_null(strstr(json, "s3cret"));
        for (size_t i = 0; i < handed.n; i++)
                found = found || strcmp(handed.v[i], "pci.0.30.0.password=s3cret") == 0;
        assert_true(found);
        assert_int_equal(handed.n, shown.n + 2);
        strv_free(&shown);
        strv_free(&handed);
        machine_free(m);
}

static void a_password_is_the_same_behind_all_that_reads_arguments(void **state)
{
        static const char *const passwords[] = {"100%sure", "%(name)", "a\\b", "a\\%b\\", "a=b", "%"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(passwords); i++) {
                _cleanup_(bconf_freep) struct bconf *tree = bconf_new(), *plain = NULL;
                struct problems problems = {0};
                struct strv args = {0};
                struct error err = {0};
                struct machine *m;
                char body[256];

                snprintf(body, sizeof(body),
                         "<attr name=\"vnc\" type=\"string\" value=\"on,password=%s\"/>"
                         "<attr name=\"extra\" type=\"string\" value=\"--\"/>",
                         passwords[i]);
                m = machine_of(body, &problems);
                assert_int_equal(problems.n, 0);
                assert_int_equal(machine_check_engine(m, NULL, NULL), 0);
                strv_add(&args, "bhyve");
                assert_int_equal(machine_to_zhyve(m, &args, NULL), 0);
                if (bhyve_parse((int)args.n, args.v, tree, &err) != 0 || bconf_expand(tree, &plain, &err) < 0)
                        fail_msg("%s", err.text);
                assert_string_equal(bhyve_screen_password(plain), passwords[i]);
                strv_free(&args);
                machine_free(m);
        }
}

/* The words that only zhyve gets. */
static void assert_handed(const char *name, const char *body, const char *want)
{
        struct problems problems = {0};
        struct machine *m = body ? machine_of(body, &problems) : load(name);
        struct strv shown = {0}, handed = {0};
        struct strbuf more = {0};

        assert_int_equal(problems.n, 0);
        assert_int_equal(machine_to_bhyve(m, &shown, NULL), 0);
        assert_int_equal(machine_to_zhyve(m, &handed, NULL), 0);
        strbuf_puts(&more, "");
        for (size_t i = 0, k = 0; i < handed.n; i++)
                if (k < shown.n && strcmp(handed.v[i], shown.v[k]) == 0)
                        k++;
                else
                        strbuf_printf(&more, "%s ", handed.v[i]);
        assert_string_equal(more.data, want);
        strbuf_free(&more);
        strv_free(&shown);
        strv_free(&handed);
        machine_free(m);
}

static void zhyve_is_told_whose_an_adapter_is_when_its_place_does_not_say_it(void **state)
{
        (void)state;
        assert_handed("omnios-page", NULL, "");
        assert_handed("smartos", NULL,
                      "-o pci.0.6.0.zonecfg-net=1 -o pci.0.6.1.zonecfg-net=0 -o pci.0.30.0.password=secret ");
        assert_handed(NULL, "<network physical=\"nat0\" pci-slot=\"20\"/><network physical=\"nat0\"/>",
                      "-o pci.0.6.0.zonecfg-net=1 -o pci.0.20.0.zonecfg-net=0 ");
        assert_handed(NULL, "<network physical=\"nat0\"/><network physical=\"nat0\"/>", "");
}

static void a_password_of_smartos_is_base64(void **state)
{
        struct machine *m = load("smartos");
        _cleanup_free_ char *json = machine_to_json(m);

        (void)state;
        assert_string_equal(m->vnc_password, "secret");
        assert_null(strstr(json, "secret"));
        assert_null(strstr(json, "c2VjcmV0"));
        machine_free(m);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(omnios_bios_example_gives_its_argument_list),
            cmocka_unit_test(omnios_example_of_nearly_everything_gives_its_argument_list),
            cmocka_unit_test(debian_example_of_the_omnios_page),
            cmocka_unit_test(rfd121_resources),
            cmocka_unit_test(smartos_devices_with_properties),
            cmocka_unit_test(no_attribute_at_all_gives_the_defaults),
            cmocka_unit_test(windows_moves_the_lpc_bridge_and_keeps_cds_in_slot_3),
            cmocka_unit_test(openbsd_bios_with_boot_disk_first_moves_cds_to_slot_7),
            cmocka_unit_test(kvm_machine_with_nearly_everything),
            cmocka_unit_test(kvm_machine_with_ide_disks_counts_on_behind_its_cds),
            cmocka_unit_test(json_shows_slots_options_and_devices),
            cmocka_unit_test(the_front_end_takes_every_argument_list),
            cmocka_unit_test(words_that_the_front_end_does_not_take_are_found),
            cmocka_unit_test(a_password_of_smartos_is_base64),
            cmocka_unit_test(password_goes_to_zhyve_and_is_never_shown),
            cmocka_unit_test(a_password_is_the_same_behind_all_that_reads_arguments),
            cmocka_unit_test(zhyve_is_told_whose_an_adapter_is_when_its_place_does_not_say_it),
        };

        return cmocka_run_group_tests_name("machine golden", tests, NULL, NULL);
}

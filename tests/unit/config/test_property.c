/*
 * Random configurations, made through the same functions that zonecfg uses: whatever was accepted survives
 * XML, JSON and an edit that changes nothing.  That its export recreates it is shown with zonecfg's own
 * parser, in tests/unit/zonecfg/test_script.c.
 */
#include "../pick.h"
#include "support.h"

#include <stdio.h>

#include "base/strv.h"

/* Good, odd and bad values of every type; what is refused is simply not set. */
static const char *random_value(void)
{
        static const char *const values[] = {
            "true",
            "false",
            "shared",
            "exclusive",
            "/zones/a b",
            "//x//y/",
            "10.0.0.1/24",
            "fe80::1/64",
            "host.example",
            "02:08:20:0a:0b:0c",
            "3:1",
            "0:5:0",
            "42",
            "1.75",
            "2-4",
            "512M",
            "1.5G",
            "100",
            "99999999999",
            "zone.max-lwps",
            "zone.max-swap",
            "lofs",
            "net0",
            "a,b,c",
            "<&\"'>",
            "J\xc3\xbcrgen",
            "",
            "disk",
            "string",
            "uint",
            "51db0004-1a24-e3c3-a62b-eb6da1827b9e",
            "0xff",
            "a=b;c [d] (e)",
            "privileged",
            "deny",
            "none",
            "x",
            "#hash",
            "tank/vm",
            "cd",
        };

        return values[pick(ARRAY_SIZE(values))];
}

static void fill_property(struct resource *res, const struct property_def *def)
{
        struct member m[4];
        char names[4][16];
        struct complex c = {m, schema_members(def, names, 4)};
        unsigned n = 1 + pick(3);

        for (unsigned k = 0; k < n; k++)
                switch (schema_kind(def)) {
                case VALUE_SIMPLE:
                        resource_set(res, def->name, random_value(), NULL);
                        break;
                case VALUE_LIST:
                        resource_add_item(res, def->name, random_value(), NULL);
                        break;
                default:
                        for (size_t i = 0; i < c.n; i++)
                                m[i] = (struct member){names[i], (char *)random_value()};
                        if (c.n == 3 && pick(4) > 0) {
                                m[0].value = (char *)"privileged";
                                m[1].value = (char *)"1234567890";
                                m[2].value = (char *)(pick(2) ? "deny" : "none");
                        }
                        resource_add_tuple(res, def->name, &c, NULL);
                }
}

static struct config *random_config(unsigned number)
{
        struct config *cfg = config_new("z");
        size_t n;
        const struct resource_def *def = schema_resources(&n);

        seed = number * 2654435761u + 1;
        for (size_t i = 1; i < schema_global()->n_prop; i++)
                if (pick(2))
                        config_set_global(cfg, schema_global()->prop[i].name, random_value(), NULL);
        for (unsigned k = pick(20); k > 0; k--) {
                struct resource *res = resource_new(&def[pick((unsigned)n)]);

                for (size_t i = 0; i < res->def->n_prop; i++)
                        for (int again = 0; again < 4; again++)
                                if (pick(2))
                                        fill_property(res, &res->def->prop[i]);
                if (config_add(cfg, res, NULL) < 0)
                        resource_free(res);
        }
        return cfg;
}

static void what_was_accepted_survives_xml(void **state)
{
        size_t resources = 0;

        (void)state;
        for (unsigned i = 0; i < 2000; i++) {
                _cleanup_config_ struct config *cfg = random_config(i);
                _cleanup_free_ char *xml = config_to_xml(cfg);
                _cleanup_config_ struct config *back = parse(xml);
                _cleanup_free_ char *again = config_to_xml(back);

                assert_true(config_equal(cfg, back));
                assert_string_equal(xml, again);
                resources += cfg->n_res;
        }
        /* The generator must not have become one that nothing gets through. */
        assert_true(resources > 4000);
}

static void what_was_accepted_survives_json(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 2000; i++) {
                _cleanup_config_ struct config *cfg = random_config(i), *back = NULL;
                _cleanup_free_ char *json = config_to_json(cfg);
                struct error err = {0};

                if (config_from_json(json, strlen(json), &back, &err) < 0)
                        fail_msg("%s\n%s", err.text, json);
                assert_true(config_equal(cfg, back));
        }
}

/* Each resource that is selected and put back unchanged leaves the configuration as it was. */
static void editing_without_a_change_changes_nothing(void **state)
{
        size_t n;
        const struct resource_def *def = schema_resources(&n);

        (void)state;
        for (unsigned i = 0; i < 500; i++) {
                _cleanup_config_ struct config *cfg = random_config(i);
                _cleanup_config_ struct config *before = config_copy(cfg);

                for (size_t k = 0; k < n; k++) {
                        struct resource *res = NULL;
                        size_t pos;

                        if (config_select(cfg, &def[k], NULL, 0, &res, &pos, NULL) < 0)
                                continue;
                        assert_int_equal(config_replace(cfg, pos, res, NULL), 0);
                }
                assert_true(config_equal(cfg, before));
        }
}

static void removing_everything_leaves_nothing(void **state)
{
        size_t n;
        const struct resource_def *def = schema_resources(&n);

        (void)state;
        for (unsigned i = 0; i < 500; i++) {
                _cleanup_config_ struct config *cfg = random_config(i);

                for (size_t k = 0; k < n; k++) {
                        size_t count = config_count(cfg, &def[k]);

                        assert_int_equal(config_remove_all(cfg, &def[k]), count);
                        assert_int_equal(config_count(cfg, &def[k]), 0);
                }
                assert_int_equal(cfg->n_res, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_was_accepted_survives_xml),
            cmocka_unit_test(what_was_accepted_survives_json),
            cmocka_unit_test(editing_without_a_change_changes_nothing),
            cmocka_unit_test(removing_everything_leaves_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

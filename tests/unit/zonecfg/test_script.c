/*
 * Random configurations, made through the functions that zonecfg itself uses: the script that export prints
 * is accepted by zonecfg and makes the same configuration, whatever odd values are in it; and what no script
 * can say is left out and named, and nothing else is.
 */
#include "../pick.h"
#include "../scratch.h"

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/edit.h"
#include "zonecfg/session.h"

#define ROUNDS 1500

static const char *random_value(bool unsayable)
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
            "02:08:20:0a:0b:0c",
            "3:1",
            "42",
            "1.75",
            "2-4",
            "512M",
            "zone.max-lwps",
            "zone.max-swap",
            "lofs",
            "net0",
            "a,b,c",
            "",
            "disk",
            "string",
            "int",
            "51db0004-1a24-e3c3-a62b-eb6da1827b9e",
            "0xff",
            "none",
            "x",
            "#hash",
            "a # b",
            "tank/vm",
            "cd",
            "two words",
            " lead and trail ",
            "a=b",
            "=",
            "a;b",
            ";",
            "(a)",
            ")",
            "[x,y]",
            "]",
            "back\\slash",
            "\\",
            "end",
            "a\\",
            "it's",
            "`$(id)`",
            "<&>",
            "J\xc3\xbcrgen",
            "\xe6\x97\xa5\xe6\x9c\xac",
            "\xf0\x9f\x90\x9d",
            "name=x,value=y",
            "-F",
            "%s%n",
            "-s 9,virtio-blk,/dev/x;ro",
            "privileged",
            "deny",
            "1234567890",
            "/dev/zvol/rdsk/tank/x y",
        };
        static const char *const quoted[] = {"\"", "say \"hi\"", "a\"", "\"a", "x\" # y"};

        if (unsayable && pick(12) == 0)
                return quoted[pick(ARRAY_SIZE(quoted))];
        return values[pick(ARRAY_SIZE(values))];
}

static void fill_property(struct resource *res, const struct property_def *def, bool unsayable)
{
        struct member m[4];
        char names[4][16];
        struct complex c = {m, schema_members(def, names, 4)};

        switch (schema_kind(def)) {
        case VALUE_SIMPLE:
                resource_set(res, def->name, random_value(unsayable), NULL);
                break;
        case VALUE_LIST:
                resource_add_item(res, def->name, random_value(unsayable), NULL);
                break;
        default:
                for (size_t i = 0; i < c.n; i++)
                        m[i] = (struct member){names[i], (char *)random_value(unsayable)};
                if (c.n == 3 && pick(4) > 0) {
                        m[0].value = (char *)"privileged";
                        m[1].value = (char *)"1234567890";
                        m[2].value = (char *)(pick(2) ? "deny" : "none");
                }
                resource_add_tuple(res, def->name, &c, NULL);
        }
}

/* No brand: which ones there are is a matter of the host. */
static struct config *random_config(unsigned number, bool unsayable)
{
        struct config *cfg = config_new("z");
        size_t n;
        const struct resource_def *def = schema_resources(&n);

        seed = number * 2654435761u + 1;
        for (size_t i = 1; i < schema_global()->n_prop; i++)
                if (pick(2) && schema_global()->prop[i].type != TYPE_BRAND_NAME)
                        config_set_global(cfg, schema_global()->prop[i].name, random_value(unsayable), NULL);
        for (unsigned k = pick(20); k > 0; k--) {
                struct resource *res = resource_new(&def[pick((unsigned)n)]);

                for (size_t i = 0; i < res->def->n_prop; i++)
                        for (int again = 0; again < 8; again++)
                                if (pick(2))
                                        fill_property(res, &res->def->prop[i], unsayable);
                if (config_may_add(cfg, res->def, NULL) < 0 || config_add(cfg, res, NULL) < 0)
                        resource_free(res);
        }
        return cfg;
}

/* What zonecfg makes of the script. */
static struct config *run(const char *script)
{
        struct session s;
        struct config *cfg;

        session_init(&s);
        strcpy(s.root.path, "/nonexistent");
        strcpy(s.zone, "z");
        s.mode = MODE_CONFINED;
        s.err = stderr;
        if (session_run_text(&s, script, strlen(script), 1) < 0 || !s.cfg)
                fail_msg("the script was refused:\n%s", script);
        cfg = s.cfg;
        s.cfg = NULL;
        session_clear(&s);
        return cfg;
}

static void an_exported_script_recreates_the_configuration_exactly(void **state)
{
        size_t resources = 0, odd = 0;

        (void)state;
        for (unsigned i = 0; i < ROUNDS; i++) {
                _cleanup_config_ struct config *cfg = random_config(i, false), *back = NULL;
                struct problems left_out = {0};
                _cleanup_free_ char *script = config_export(cfg, &left_out);

                assert_int_equal(left_out.n, 0);
                back = run(script);
                if (!config_equal(cfg, back))
                        fail_msg("another configuration:\n%s", script);
                resources += cfg->n_res;
                odd += strstr(script, "a;b") || strstr(script, "back\\slash");
        }
        /* The generator must not have become one that nothing gets through. */
        assert_true(resources > ROUNDS * 2);
        assert_true(odd > ROUNDS / 4);
}

static size_t count(const char *text, const char *what)
{
        size_t n = 0;

        for (; (text = strstr(text, what)); text += strlen(what))
                n++;
        return n;
}

static void what_no_script_can_say_is_left_out_and_named_and_kept_by_xml_and_json(void **state)
{
        size_t all = 0;

        (void)state;
        for (unsigned i = 0; i < ROUNDS; i++) {
                _cleanup_config_ struct config *cfg = random_config(i, true), *back = NULL, *rest = NULL;
                struct problems left_out = {0}, none = {0};
                _cleanup_free_ char *script = config_export(cfg, &left_out), *again = NULL;
                _cleanup_free_ char *json = config_to_json(cfg);
                struct error err = {0};

                assert_int_equal(config_from_json(json, strlen(json), &back, &err), 0);
                assert_true(config_equal(cfg, back));
                assert_int_equal(count(script, "# left out: "), left_out.n);
                rest = run(script);
                assert_int_equal(config_equal(cfg, rest), left_out.n == 0);
                again = config_export(rest, &none);
                assert_int_equal(none.n, 0);
                assert_null(strstr(again, "left out"));
                all += left_out.n;
                problems_clear(&left_out);
        }
        assert_true(all > ROUNDS / 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_exported_script_recreates_the_configuration_exactly),
            cmocka_unit_test(what_no_script_can_say_is_left_out_and_named_and_kept_by_xml_and_json),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

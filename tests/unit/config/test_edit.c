/* Changing a configuration: every check that set, add, end, select, remove and clear make, and their words.
 */
#include "support.h"

#include <errno.h>
#include <stdio.h>

static struct complex two(const char *name, const char *value)
{
        static struct member m[2];

        m[0] = (struct member){(char *)"name", (char *)name};
        m[1] = (struct member){(char *)"value", (char *)value};
        return (struct complex){m, 2};
}

/* A value and what is said of it; message NULL: it is accepted. */
static const struct {
        const char *resource, *prop, *value, *message;
} values[] = {
    {"global", "autoboot", "true", NULL},
    {"global", "autoboot", "yes", "autoboot value must be 'true' or 'false'."},
    {"global", "ip-type", "exclusive", NULL},
    {"global", "ip-type", "private", "ip-type value must be 'shared' or 'exclusive'."},
    {"global", "zonepath", "zones/z", "zones/z is not an absolute path."},
    {"global", "zonepath", "/", "/ is not allowed as a zonepath."},
    {"global", "zonepath", "///", "/ is not allowed as a zonepath."},
    {"global", "hostid", "0x1234abcd", NULL},
    {"global", "hostid", "123456789", "hostid string is too large: 123456789"},
    {"global", "hostid", "ffffffff", "hostid: Specified property is invalid"},
    {"global", "hostid", "xyz", "hostid: Specified property is invalid"},
    {"global", "fs-allowed", "ufs,pcfs", NULL},
    {"global", "fs-allowed", "ufs,,pcfs", "fs-allowed: Specified property is invalid"},
    {"global", "fs-allowed", "ufs,", "fs-allowed: Specified property is invalid"},
    {"global", "uuid", "51db0004-1a24-e3c3-a62b-eb6da1827b9e", NULL},
    {"global", "uuid", "51db0004", "51db0004: invalid UUID"},
    {"global", "max-lwps", "100", NULL},
    {"global", "max-lwps", "99", "max-lwps property is out of range."},
    {"global", "max-lwps", "1k", "max-lwps property is out of range."},
    {"global", "max-shm-memory", "1.5G", NULL},
    {"global", "pool", "SUNWtmp", "pool names that begin with SUNW are reserved: SUNWtmp"},
    {"global", "zonename", "-bad", "-bad: Bogus zone name"},
    {"global", "colour", "red", "colour: No such property type"},
    {"fs", "dir", "data", "dir data is not an absolute path."},
    {"fs", "raw", "data", "raw data is not an absolute path."},
    {"fs", "type", "a/b", "\"a/b\" is not a valid type."},
    {"fs", "type", "..", "\"..\" is not a valid type."},
    {"net", "address", "10.0.0.1/24", NULL},
    {"net", "address", "10.0.0.1", NULL},
    {"net", "address", "www.example.org", NULL},
    {"net", "address", "10.0.0.1/33", "10.0.0.1/33: IPv4 address prefix lengths must be 0 - 32."},
    {"net", "address", "fe80::1", "fe80::1: IPv6 addresses require /prefix-length suffix."},
    {"net", "address", "fe80::1/129", "fe80::1/129: IPv6 address prefix lengths must be 0 - 128."},
    {"net", "address", "10.0.0.256", "10.0.0.256: bogus host name or network address syntax"},
    {"net", "allowed-address", "10.0.0.1/24,fe80::1/64", NULL},
    {"net", "defrouter", "10.0.0.1", NULL},
    {"net", "defrouter", "fe80::1", NULL},
    {"net", "defrouter", "10.0.0.1/24", NULL},
    {"net", "defrouter", "fe80::1/129", "fe80::1/129: IPv6 address prefix lengths must be 0 - 128."},
    {"net", "defrouter", "10.0.0", "10.0.0: bogus host name or network address syntax"},
    {"net", "physical", "net0:1",
     "net0:1: physical interface name required; logical interface name not allowed"},
    {"net", "physical", "a b", "a b: invalid physical interface name"},
    {"net", "mac-addr", "2:8:20:a:b:c", NULL},
    {"net", "mac-addr", "2:8:20", "2:8:20: invalid MAC address"},
    {"net", "vlan-id", "4094", NULL},
    {"net", "mac-addr", "1:0:5e:0:0:1",
     "1:0:5e:0:0:1: invalid MAC address: it is that of a group, or of nobody"},
    {"net", "mac-addr", "0:0:0:0:0:0",
     "0:0:0:0:0:0: invalid MAC address: it is that of a group, or of nobody"},
    {"net", "vlan-id", "4095", "vlan-id property is out of range: 4095 is not in 0-4094."},
    {"net", "pci-slot", "31:7", NULL},
    {"net", "pci-slot", "255:31:7", NULL},
    {"net", "pci-slot", "32",
     "32: invalid pci-slot: slot (0-31), slot:function (0-7) or bus:slot:function was expected"},
    {"net", "linkprop", "x", "A complex or list value was expected here."},
    {"disk", "media", "floppy", "media value must be 'disk' or 'cd'."},
    {"dedicated-cpu", "ncpus", "2-4", NULL},
    {"dedicated-cpu", "ncpus", "4-2", "ncpus property is out of range."},
    {"dedicated-cpu", "ncpus", "0", "ncpus property is out of range."},
    {"capped-cpu", "ncpus", "1.50", NULL},
    {"capped-cpu", "ncpus", "0", "ncpus property is out of range."},
    {"capped-memory", "guest", "4G", NULL},
    {"capped-memory", "guest", "4GB",
     "A non-negative number with a required scale suffix (K, M, G or T) was expected\nhere."},
    {"capped-memory", "swap", "49M", "swap value is too small.  It must be at least 50M."},
    {"capped-memory", "physical", "1024", "physical value is too small.  It must be at least 1M."},
    {"attr", "name", "-x", "Invalid attr name -x: must start with an alpha-numeric character."},
    {"attr", "name", "a b",
     "Invalid attr name a b: can only contain alpha-numeric characters, plus '-', '.' and '_'."},
    {"attr", "value", "tab\there, and\r\na line", NULL},
    {"attr", "name", "a\nb", "name: value holds a control character"},
    {"attr", "value", "\033[2J", "value: value holds a control character"},
    {"net", "physical", "a\tb", "physical: value holds a control character"},
    {"attr", "value", "\xff\xfe", "value: value is not UTF-8 text"},
    {"dataset", "name", "tank/", "dataset: name invalid"},
    {"rctl", "name", "max-lwps", "'max-lwps' is not a valid zone rctl name."},
};

static void each_value_is_checked_by_its_type(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
                _cleanup_config_ struct config *cfg = config_new("z");
                _cleanup_(resource_freep) struct resource *res =
                    resource_new(schema_resource(values[i].resource));
                struct error err = {0};
                int r;

                if (strcmp(values[i].resource, "global") == 0)
                        r = config_set_global(cfg, values[i].prop, values[i].value, &err);
                else
                        r = resource_set(res, values[i].prop, values[i].value, &err);
                if (!values[i].message) {
                        assert_int_equal(r, 0);
                } else {
                        assert_true(r < 0);
                        assert_string_equal(err.text, values[i].message);
                }
        }
}

static void paths_mac_addresses_and_cpus_are_normalised(void **state)
{
        _cleanup_config_ struct config *cfg = config_new("z");
        _cleanup_(resource_freep) struct resource *cpus = resource_new(schema_resource("dedicated-cpu"));
        _cleanup_(resource_freep) struct resource *net = resource_new(schema_resource("net"));

        (void)state;
        assert_int_equal(config_set_global(cfg, "zonepath", "//zones///z//", NULL), 0);
        assert_string_equal(config_global(cfg, "zonepath"), "/zones/z");
        assert_int_equal(resource_set(net, "mac-addr", "02:08:20:0A:0B:0C", NULL), 0);
        assert_string_equal(resource_get(net, "mac-addr"), "02:08:20:0a:0b:0c");
        assert_int_equal(resource_set(cpus, "ncpus", "4-4", NULL), 0);
        assert_string_equal(resource_get(cpus, "ncpus"), "4");
        assert_int_equal(resource_set(cpus, "ncpus", "4-44", NULL), 0);
        assert_string_equal(resource_get(cpus, "ncpus"), "4-44");
}

/* Makes a resource from "prop=value" words, NULL at the end. */
static struct resource *make(const char *type, const char *const *words)
{
        struct resource *res = resource_new(schema_resource(type));
        struct error err = {0};

        for (; words && *words; words++) {
                _cleanup_free_ char *copy = strdup(*words);
                char *value = strchr(copy, '=');

                *value++ = '\0';
                if (resource_set(res, copy, value, &err) < 0)
                        fail_msg("%s", err.text);
        }
        return res;
}
#define MAKE(type, ...) make(type, (const char *const[]){__VA_ARGS__, NULL})

static void add_refuses(struct config *cfg, struct resource *res, const char *message)
{
        struct error err = {0};

        assert_true(config_add(cfg, res, &err) < 0);
        assert_string_equal(err.text, message);
        resource_free(res);
}

static void end_asks_for_what_is_required(void **state)
{
        _cleanup_config_ struct config *cfg = config_new("z");

        (void)state;
        add_refuses(cfg, make("device", NULL), "match not specified");
        add_refuses(cfg, MAKE("fs", "dir=/a", "special=/b"), "type not specified");
        add_refuses(cfg, make("net", NULL), "physical not specified");
        add_refuses(cfg, MAKE("rctl", "name=zone.max-lwps"), "no value specified");
        add_refuses(cfg, MAKE("smbios", "type=1"), "field not specified");
        add_refuses(cfg, make("dedicated-cpu", NULL), "ncpus not specified");
        add_refuses(cfg, make("capped-cpu", NULL), "ncpus not specified");
        add_refuses(cfg, make("capped-memory", NULL),
                    "No property was specified.  One of physical, swap or locked is required.");
        add_refuses(cfg, MAKE("capped-memory", "physical=1G", "locked=2G"),
                    "The locked cap must be less than or equal to the physical cap.");
        add_refuses(cfg, MAKE("attr", "name=a", "type=wide", "value=1"), "invalid attr type 'wide'");
        add_refuses(cfg, MAKE("attr", "name=a", "type=uint", "value=-1"), "invalid attr value for type=uint");
        add_refuses(cfg, MAKE("attr", "name=a", "type=boolean", "value=on"),
                    "invalid attr value for type=boolean");
        assert_int_equal(cfg->n_res, 0);
}

static void end_refuses_a_second_resource_of_the_same_name(void **state)
{
        _cleanup_config_ struct config *cfg = config_new("z");

        (void)state;
        assert_int_equal(config_add(cfg, MAKE("device", "match=/dev/x"), NULL), 0);
        assert_int_equal(config_add(cfg, MAKE("attr", "name=ram", "type=string", "value=1G"), NULL), 0);
        assert_int_equal(config_add(cfg, MAKE("net", "physical=n0", "address=10.0.0.1"), NULL), 0);
        assert_int_equal(config_add(cfg, MAKE("lpc", "com1=/dev/zconsole"), NULL), 0);
        add_refuses(cfg, MAKE("device", "match=/dev/x"),
                    "A device resource with the match '/dev/x' already exists.");
        add_refuses(cfg, MAKE("attr", "name=ram", "type=string", "value=2G"),
                    "An attr resource with the name 'ram' already exists.");
        add_refuses(cfg, MAKE("net", "physical=n0", "address=10.0.0.1"),
                    "A net resource with the physical 'n0', and address '10.0.0.1' already exists.");
        add_refuses(cfg, MAKE("lpc", "com2=/dev/x"), "The lpc resource already exists.");
        assert_int_equal(config_add(cfg, MAKE("capped-memory", "swap=1G"), NULL), 0);
        add_refuses(cfg, MAKE("capped-memory", "guest=1G"),
                    "The capped-memory resource or a related resource control already exists.");
        assert_int_equal(config_set_global(cfg, "pool", "p", NULL), 0);
        add_refuses(cfg, MAKE("dedicated-cpu", "ncpus=1"),
                    "The pool property is already set.  A persistent pool is incompatible\n"
                    "with the dedicated-cpu resource.");
}

static void virtual_resources_are_kept_as_rctls(void **state)
{
        _cleanup_config_ struct config *cfg = config_new("z");
        const struct resource_def *memory = schema_resource("capped-memory");
        struct resource *res = NULL;
        char *text;
        size_t pos;
        uint64_t n;

        (void)state;
        assert_int_equal(config_add(cfg, MAKE("capped-memory", "guest=4G", "physical=5G", "swap=1.5G"), NULL),
                         0);
        assert_int_equal(config_add(cfg, MAKE("capped-cpu", "ncpus=1.255"), NULL), 0);
        assert_int_equal(config_rctl(cfg, "physical", &n), 0);
        assert_int_equal(n, 5ULL << 30);
        assert_int_equal(config_rctl(cfg, "zone.max-swap", &n), 0);
        assert_int_equal(n, 3ULL << 29);
        assert_int_equal(config_rctl(cfg, "cpu-cap", &n), 0);
        assert_int_equal(n, 126);
        assert_int_equal(config_rctl(cfg, "locked", &n), -ENOENT);
        assert_string_equal(resource_get(config_first(cfg, "capped-memory"), "guest"), "4G");

        assert_int_equal(config_select(cfg, memory, NULL, 0, &res, &pos, NULL), 0);
        text = resource_info(res);
        assert_string_equal(text, "capped-memory:\n\tguest: 4G\n\t[physical: 5G]\n\t[swap: 1.5G]\n");
        free(text);
        assert_int_equal(resource_clear(res, "guest", NULL), 0);
        assert_int_equal(resource_clear(res, "swap", NULL), 0);
        assert_int_equal(resource_set(res, "locked", "1G", NULL), 0);
        assert_int_equal(config_replace(cfg, pos, res, NULL), 0);
        text = config_info(cfg, memory, NULL, 0);
        assert_string_equal(text, "capped-memory:\n\t[physical: 5G]\n\t[locked: 1G]\n");
        free(text);
        assert_null(config_first(cfg, "capped-memory"));
        assert_int_equal(config_count(cfg, memory), 1);
        assert_int_equal(config_remove_all(cfg, memory), 1);
        assert_int_equal(config_count(cfg, memory), 0);
        assert_int_equal(config_rctl(cfg, "physical", &n), -ENOENT);
        assert_int_equal(config_rctl(cfg, "cpu-cap", &n), 0);
}

static void editing_a_limit_that_has_no_short_form_does_not_round_it(void **state)
{
        _cleanup_config_ struct config *cfg = config_new("z");
        struct resource *res = NULL;
        size_t pos;
        uint64_t n;

        (void)state;
        assert_int_equal(config_add(cfg, MAKE("capped-memory", "physical=4294967297"), NULL), 0);
        assert_int_equal(config_select(cfg, schema_resource("capped-memory"), NULL, 0, &res, &pos, NULL), 0);
        assert_int_equal(config_replace(cfg, pos, res, NULL), 0);
        assert_int_equal(config_rctl(cfg, "physical", &n), 0);
        assert_int_equal(n, 4294967297ULL);
}

static void an_rctl_with_two_values_blocks_its_alias(void **state)
{
        _cleanup_config_ struct config *cfg =
            parse(ZONE("<rctl name=\"zone.max-lwps\">"
                       "<rctl-value priv=\"privileged\" limit=\"500\" action=\"deny\"/>"
                       "<rctl-value priv=\"privileged\" limit=\"400\" action=\"none\"/></rctl>"
                       "<rctl name=\"zone.max-swap\">"
                       "<rctl-value priv=\"privileged\" limit=\"99999999\" action=\"none\"/></rctl>"));
        struct error err = {0};
        uint64_t n;

        (void)state;
        assert_int_equal(config_set_global(cfg, "max-lwps", "1000", &err), -EPERM);
        assert_string_equal(err.text, "max-lwps: An incompatible rctl already exists for this property");
        assert_null(config_show_global(cfg, "max-lwps"));
        assert_int_equal(config_rctl(cfg, "max-lwps", &n), 0);
        assert_int_equal(n, 400);
        add_refuses(cfg, MAKE("capped-memory", "physical=1G", "swap=1G"),
                    "swap: An incompatible rctl already exists for this property");
        assert_int_equal(config_rctl(cfg, "physical", &n), -ENOENT);
}

static void lists_take_values_and_give_them_back(void **state)
{
        _cleanup_(resource_freep) struct resource *fs = resource_new(schema_resource("fs"));
        _cleanup_(resource_freep) struct resource *dev = resource_new(schema_resource("device"));
        struct complex v = two("nocache", "");
        struct error err = {0};

        (void)state;
        assert_int_equal(resource_add_item(fs, "options", "ro", NULL), 0);
        assert_int_equal(resource_add_item(fs, "options", "size=50m", NULL), 0);
        assert_int_equal(resource_remove_item(fs, "options", "rw", &err), -ENOENT);
        assert_string_equal(err.text, "No such property with that id");
        assert_int_equal(resource_remove_item(fs, "options", "ro", NULL), 0);
        assert_int_equal(resource_prop(fs, "options")->n, 1);
        assert_int_equal(resource_remove_item(fs, "options", "size=50m", NULL), 0);
        assert_null(resource_prop(fs, "options"));

        assert_int_equal(resource_add_tuple(dev, "conf", &v, NULL), 0);
        assert_string_equal(resource_named(dev, "option", "nocache"), "");
        assert_null(resource_named(dev, "option", "sectorsize"));
        assert_int_equal(resource_remove_tuple(dev, "option", &v, NULL), 0);
        assert_int_equal(resource_remove_tuple(dev, "option", &v, NULL), -ENOENT);
}

static void complex_values_need_each_member_once(void **state)
{
        static const struct {
                struct member m[4];
                size_t n;
                const char *message;
        } cases[] = {
            {{{"priv", "privileged"}, {"limit", "10"}, {"action", "deny"}}, 3, NULL},
            {{{"action", "deny"}, {"limit", "0x10"}, {"priv", "privileged"}}, 3, NULL},
            {{{"priv", "privileged"}, {"limit", "10"}}, 2, "action not specified"},
            {{{"priv", "privileged"}, {"priv", "privileged"}, {"limit", "10"}, {"action", "deny"}},
             4,
             "priv already specified"},
            {{{"priv", "basic"}, {"limit", "10"}, {"action", "deny"}}, 3, "Invalid rctl value specification"},
            {{{"priv", "privileged"}, {"limit", "-1"}, {"action", "deny"}},
             3,
             "Invalid rctl value specification"},
            {{{"priv", "privileged"}, {"limit", "1"}, {"action", "signal"}},
             3,
             "Invalid rctl value specification"},
            {{{"name", "x"}}, 1, "name: no such member of value"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(resource_freep) struct resource *res = resource_new(schema_resource("rctl"));
                struct complex c = {(struct member *)cases[i].m, cases[i].n};
                struct error err = {0};
                int r = resource_add_tuple(res, "value", &c, &err);

                assert_int_equal(r == 0, cases[i].message == NULL);
                if (cases[i].message)
                        assert_string_equal(err.text, cases[i].message);
        }
}

static void select_wants_exactly_one(void **state)
{
        _cleanup_config_ struct config *cfg = config_new("z");
        const struct resource_def *net = schema_resource("net");
        struct member physical = {(char *)"physical", (char *)"n0"};
        struct member both[2] = {physical, {(char *)"address", (char *)"10.0.0.2"}};
        struct member nothing = {(char *)"physical", (char *)"n9"};
        struct error err = {0};

        (void)state;
        assert_int_equal(config_add(cfg, MAKE("net", "physical=n0", "address=10.0.0.1/24"), NULL), 0);
        assert_int_equal(config_add(cfg, MAKE("net", "physical=n0", "address=10.0.0.2/24"), NULL), 0);
        assert_int_equal(config_find(cfg, net, &physical, 1, &err), -E2BIG);
        assert_string_equal(err.text, "Insufficient specification");
        assert_int_equal(config_find(cfg, net, both, 2, &err), 1);
        assert_int_equal(config_find(cfg, net, &nothing, 1, &err), -ENOENT);
        assert_string_equal(err.text, "No such resource with that id");
        assert_int_equal(config_remove_all(cfg, net), 2);
        assert_int_equal(cfg->n_res, 0);
}

static void clear_is_refused_where_a_zone_needs_the_value(void **state)
{
        _cleanup_config_ struct config *cfg = config_new("z");
        _cleanup_(resource_freep) struct resource *dev = MAKE("device", "match=/dev/x");
        struct error err = {0};

        (void)state;
        assert_int_equal(config_clear_global(cfg, "zonepath", &err), -EPERM);
        assert_string_equal(err.text, "zonepath: Clearing this property is not allowed");
        assert_int_equal(resource_clear(dev, "match", &err), -EPERM);
        assert_int_equal(config_set_global(cfg, "ip-type", "exclusive", NULL), 0);
        assert_int_equal(config_clear_global(cfg, "ip-type", NULL), 0);
        assert_string_equal(config_global(cfg, "ip-type"), "shared");
        assert_int_equal(config_set_global(cfg, "cpu-shares", "10", NULL), 0);
        assert_int_equal(config_clear_global(cfg, "cpu-shares", NULL), 0);
        assert_int_equal(cfg->n_res, 0);
}

static void a_user_property_of_an_rctl_outlives_its_alias(void **state)
{
        _cleanup_config_ struct config *cfg = config_new("z");
        const struct complex note = two("why", "tests");
        uint64_t n;

        (void)state;
        assert_int_equal(config_set_global(cfg, "max-lwps", "1000", NULL), 0);
        assert_int_equal(resource_add_tuple(cfg->res[0], "property", &note, NULL), 0);
        assert_int_equal(config_set_global(cfg, "max-lwps", "2000", NULL), 0);
        assert_int_equal(config_rctl(cfg, "max-lwps", &n), 0);
        assert_int_equal(n, 2000);
        assert_string_equal(resource_named(cfg->res[0], "property", "why"), "tests");
}

static void the_table_is_whole(void **state)
{
        size_t n;
        const struct resource_def *def = schema_resources(&n);

        (void)state;
        for (size_t i = 0; i < n; i++) {
                const struct property_def *custom = schema_property(&def[i], "property");

                assert_non_null(def[i].help);
                assert_non_null(def[i].example);
                assert_non_null(def[i].xml);
                assert_non_null(custom);
                assert_int_equal(schema_kind(custom), VALUE_COMPLEX);
                for (size_t k = 0; k < def[i].n_prop; k++) {
                        assert_non_null(def[i].prop[k].help);
                        assert_ptr_equal(schema_property(&def[i], def[i].prop[k].name), &def[i].prop[k]);
                        assert_int_equal((def[i].prop[k].flags & PROP_ALIAS) != 0,
                                         def[i].prop[k].rctl != NULL);
                }
        }
        assert_ptr_equal(schema_resource("global"), schema_global());
        assert_null(schema_resource("toaster"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(each_value_is_checked_by_its_type),
            cmocka_unit_test(paths_mac_addresses_and_cpus_are_normalised),
            cmocka_unit_test(end_asks_for_what_is_required),
            cmocka_unit_test(end_refuses_a_second_resource_of_the_same_name),
            cmocka_unit_test(virtual_resources_are_kept_as_rctls),
            cmocka_unit_test(editing_a_limit_that_has_no_short_form_does_not_round_it),
            cmocka_unit_test(an_rctl_with_two_values_blocks_its_alias),
            cmocka_unit_test(lists_take_values_and_give_them_back),
            cmocka_unit_test(complex_values_need_each_member_once),
            cmocka_unit_test(select_wants_exactly_one),
            cmocka_unit_test(clear_is_refused_where_a_zone_needs_the_value),
            cmocka_unit_test(a_user_property_of_an_rctl_outlives_its_alias),
            cmocka_unit_test(the_table_is_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

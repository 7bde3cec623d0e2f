/* Documents as they come from other systems, and documents that want to do harm. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/strv.h"
#include "xml/xml.h"

#define DOCTYPE "<!DOCTYPE zone PUBLIC \"-//Sun Microsystems Inc//DTD Zones//EN\" \"file:///x\">"

static void hostile_documents_are_refused_in_one_line(void **state)
{
        static const struct {
                const char *xml, *message;
        } cases[] = {
            {"", "test: Empty document"},
            {"zone", "test:1: syntax error"},
            {"<zone name='z'>", "test:1: no element found"},
            {"<zone name='z'>\n<attr", "test:2: unclosed token"},
            {"<brand name='z'/>", "test:1: Wrong document type"},
            {"<zone/>", "test:1: Invalid document: element zone lacks the attribute name"},
            {"<zone name='z'>\n\n<attr name='a' type='string'/></zone>",
             "test:3: Invalid document: element attr lacks the attribute value"},
            {"<zone name='z'><pset ncpu_min='1'/></zone>",
             "test:1: Invalid document: element pset lacks the attribute ncpu_max"},
            {"<zone name='z'><filesystem directory='/' special='/' type='x'><fsoption/></filesystem></zone>",
             "test:1: Invalid document: element fsoption lacks the attribute name"},
            {"<zone name='z'><pset ncpu_min='1' ncpu_max='1'/><pset ncpu_min='1' ncpu_max='1'/></zone>",
             "test:1: Invalid document: more than one pset"},
            {"<zone name='z'><mcap physcap='4G'/></zone>",
             "test:1: Invalid document: physical property is out of range."},
            {"<zone name='z'><pset ncpu_min='1-1' ncpu_max='1-1'/></zone>",
             "test:1: Invalid document: ncpus property is out of range."},
            {"<zone name='z'><mcap physcap='1'><dataset name='a'/></mcap></zone>",
             "test:1: Invalid document: element dataset inside of an empty element"},
            {"<zone name='z'><network physical='a'><net-attr name='a' "
             "value='b'><x/></net-attr></network></zone>",
             "test:1: Invalid document: element x inside of an empty element"},
            {"<zone name='z'>text</zone>", "test:1: Invalid document: text outside of an element"},
            {"<zone name='z' name='y'/>", "test:1: duplicate attribute"},
            {"<!DOCTYPE zone [<!ENTITY a 'b'>]><zone name='&a;'/>",
             "test:1: a document type definition inside the document is not allowed"},
            {"<!DOCTYPE zone [\n<!ENTITY a SYSTEM 'file:///etc/passwd'>]><zone name='z'/>",
             "test:1: a document type definition inside the document is not allowed"},
            {"<!DOCTYPE zone [<!ENTITY % a SYSTEM 'http://x/'> %a;]><zone name='z'/>",
             "test:1: a document type definition inside the document is not allowed"},
            {DOCTYPE "<zone name='a&b;c'/>", "test:1: entities are not allowed"},
            {DOCTYPE "<zone name='z'><x>&b;</x></zone>", "test:1: entities are not allowed"},
            {"<zone name='&b;'/>", "test:1: undefined entity"},
            {"<?xml version='1.0' encoding='UTF-16'?><zone name='z'/>", NULL},
            {"<zone name='\xff'/>", "test:1: not well-formed (invalid token)"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct config *cfg = NULL;
                struct error err = {0};
                int r = config_parse_xml(cases[i].xml, strlen(cases[i].xml), "test", &cfg, &err);

                if (!cases[i].message) {
                        /* The declared encoding does not count: every file is UTF-8. */
                        assert_int_equal(r, 0);
                        config_free(cfg);
                        continue;
                }
                assert_true(r < 0);
                assert_string_equal(err.text, cases[i].message);
                assert_null(cfg);
        }
}

static int parse_built(struct strbuf *b, struct error *err)
{
        _cleanup_free_ char *text = strbuf_take(b);
        struct config *cfg = NULL;
        int r = config_parse_xml(text, strlen(text), "test", &cfg, err);

        config_free(cfg);
        return r;
}

static void depth_size_and_number_are_bounded(void **state)
{
        struct strbuf b = {0};
        struct error err = {0};
        _cleanup_free_ char *big = calloc(1, XML_MAX_SIZE + 1);
        struct config *cfg;

        (void)state;
        strbuf_puts(&b, "<zone name='z'>");
        for (int i = 0; i < 100000; i++)
                strbuf_puts(&b, "<x>");
        assert_int_equal(parse_built(&b, &err), -EINVAL);
        assert_string_equal(err.text, "test:1: elements are nested too deeply");

        strbuf_puts(&b, "<zone name='z'>");
        for (int i = 0; i < XML_MAX_NODES; i++)
                strbuf_puts(&b, "<x/>");
        strbuf_puts(&b, "</zone>");
        assert_int_equal(parse_built(&b, &err), -EINVAL);
        assert_string_equal(err.text, "test:1: too many elements");

        memset(big, ' ', XML_MAX_SIZE + 1);
        assert_int_equal(config_parse_xml(big, XML_MAX_SIZE + 1, "test", &cfg, &err), -EFBIG);
}

static void every_cut_of_a_document_is_refused(void **state)
{
        _cleanup_free_ char *text = data_file("rfd121.xml");
        size_t whole = strlen(text);

        (void)state;
        while (text[whole - 1] == '\n')
                whole--;
        for (size_t n = 0; n < whole; n++) {
                struct config *cfg = NULL;
                struct error err = {0};

                assert_true(config_parse_xml(text, n, "test", &cfg, &err) < 0);
                assert_null(strchr(err.text, '\n'));
                assert_true(str_starts(err.text, "test:"));
        }
}

/* Every single byte changed: accepted or refused, and what is accepted can be saved and read again. */
static void every_changed_byte_is_survived(void **state)
{
        static const char bytes[] = "\0<\"&\xc3";
        _cleanup_free_ char *text = data_file("rfd121.xml");
        size_t len = strlen(text);

        (void)state;
        for (size_t i = 0; i < len; i++)
                for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
                        char old = text[i];
                        struct config *cfg = NULL;

                        text[i] = bytes[k];
                        if (config_parse_xml(text, len, "test", &cfg, NULL) == 0) {
                                _cleanup_free_ char *xml = config_to_xml(cfg);
                                _cleanup_config_ struct config *again = parse(xml);

                                assert_true(config_equal(cfg, again));
                        }
                        config_free(cfg);
                        text[i] = old;
                }
}

static void what_the_dtd_defaults_reads_as_unset(void **state)
{
        _cleanup_config_ struct config *cfg =
            parse("<zone name='z' zonepath='' autoboot='true' ip-type='' pool='' hostid=''>"
                  "<network address='' physical='n0'/><attr name='a' type='string' value=''/></zone>");
        const struct resource *net = config_first(cfg, "net");

        (void)state;
        assert_null(config_global(cfg, "zonepath"));
        assert_string_equal(config_global(cfg, "ip-type"), "shared");
        assert_string_equal(config_global(cfg, "autoboot"), "true");
        assert_null(config_global(cfg, "pool"));
        assert_null(resource_get(net, "address"));
        assert_string_equal(config_attr(cfg, "a"), "");
        assert_int_equal(net->line, 1);
}

static void an_old_memory_cap_becomes_the_rctl_of_today(void **state)
{
        _cleanup_config_ struct config *cfg = parse(ZONE("<mcap physcap='4294967296'/>"));
        _cleanup_free_ char *info = config_info(cfg, schema_resource("capped-memory"), NULL, 0);

        (void)state;
        assert_string_equal(info, "capped-memory:\n\t[physical: 4G]\n");
}

static void importance_without_cpus_is_kept_and_the_first_counts(void **state)
{
        _cleanup_config_ struct config *cfg =
            parse(ZONE("<other/><tmp_pool importance='7' x='&lt;&quot;'/><tmp_pool importance='8'/>"));
        _cleanup_free_ char *xml = config_to_xml(cfg), *json = config_to_json(cfg);
        _cleanup_config_ struct config *again = parse(xml), *from_json = NULL;
        struct error err = {0};

        (void)state;
        assert_null(config_first(cfg, "dedicated-cpu"));
        assert_non_null(strstr(xml, "<tmp_pool importance=\"7\" x=\"&lt;&quot;\"/>\n<other/>\n"
                                    "<tmp_pool importance=\"8\"/>\n"));
        assert_true(config_equal(cfg, again));
        if (config_from_json(json, strlen(json), &from_json, &err) < 0)
                fail_msg("%s", err.text);
        assert_true(config_equal(cfg, from_json));
        config_free(cfg);
        cfg = parse(
            ZONE("<tmp_pool importance='7'/><pset ncpu_min='2' ncpu_max='2'/><tmp_pool importance='8'/>"));
        assert_string_equal(resource_get(config_first(cfg, "dedicated-cpu"), "importance"), "7");
        free(xml);
        xml = config_to_xml(cfg);
        assert_non_null(strstr(xml, "<tmp_pool importance=\"8\"/>"));
        config_free(again);
        again = parse(xml);
        assert_true(config_equal(cfg, again));
}

static void importance_may_stand_before_the_cpus(void **state)
{
        _cleanup_config_ struct config *cfg =
            parse(ZONE("<tmp_pool importance='7'/><pset ncpu_min='2' ncpu_max='2'/>"));
        unsigned lo = 0, hi = 0;

        (void)state;
        assert_int_equal(config_dedicated_cpu(cfg, &lo, &hi), 0);
        assert_int_equal(lo, 2);
        assert_int_equal(hi, 2);
        assert_string_equal(resource_get(config_first(cfg, "dedicated-cpu"), "importance"), "7");
}

static void what_the_schema_does_not_know_is_kept(void **state)
{
        static const char *const kept[] = {
            " debugid=\"4\"",
            " colour=\"r&quot;ed\"",
            "<patch id=\"1\">\n <obsoletes id=\"2\"/>a&lt;b</patch>",
            "<inner deep=\"1\"/>",
            "<dev-perm name=\"x\" uid=\"0\" gid=\"0\" mode=\"0\" acl=\"\"/>",
        };
        _cleanup_config_ struct config *cfg =
            parse("<zone name='z' debugid='4'><patch id='1'>\n <obsoletes id='2'/>a&lt;b</patch>"
                  "<network physical='n0' colour='r&quot;ed'><inner deep='1'/></network>"
                  "<dev-perm name='x' uid='0' gid='0' mode='0' acl=''/></zone>");
        _cleanup_free_ char *xml = config_to_xml(cfg), *json = config_to_json(cfg);
        _cleanup_config_ struct config *again = parse(xml), *from_json = NULL;
        struct error err = {0};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                assert_non_null(strstr(xml, kept[i]));
        assert_true(config_equal(cfg, again));
        if (config_from_json(json, strlen(json), &from_json, &err) < 0)
                fail_msg("%s", err.text);
        assert_true(config_equal(cfg, from_json));
}

static void unknown_attributes_of_list_elements_are_kept_with_their_element(void **state)
{
        static const char *const kept[] = {
            "<net-attr name=\"a\" value=\"1\" note=\"x&amp;y\"/>",
            "<net-attr name=\"b\" value=\"2\"/>",
            "<net-attr name=\"a\" value=\"1\" note=\"z\"/>",
            "<fsoption name=\"ro\" since=\"2020\"/>",
            "<rctl-value priv=\"privileged\" limit=\"9\" action=\"deny\" flags=\"f\"/>",
            "<rctl name=\"zone.max-physical-memory\" policy=\"hard\">",
            "<pset ncpu_min=\"2\" ncpu_max=\"2\" host=\"h\">",
        };
        _cleanup_config_ struct config *cfg =
            parse(ZONE("<network physical='n0'><net-attr name='a' value='1' note='x&amp;y'/><net-attr "
                       "name='b' value='2'/>"
                       "<net-attr note='z' value='1' name='a'/></network>"
                       "<filesystem directory='/d' special='/s' type='lofs'><fsoption name='ro' "
                       "since='2020'/></filesystem>"
                       "<rctl name='zone.max-lwps'><rctl-value priv='privileged' limit='9' action='deny' "
                       "flags='f'/></rctl>"
                       "<mcap physcap='1073741824' policy='hard'/>"
                       "<tmp_pool importance='7' host='h'/><pset ncpu_min='2' ncpu_max='2'/>"));
        _cleanup_free_ char *xml = config_to_xml(cfg), *json = config_to_json(cfg), *without = NULL;
        _cleanup_config_ struct config *again = parse(xml), *from_json = NULL, *copy = config_copy(cfg);
        struct member m[] = {{(char *)"name", (char *)"a"}, {(char *)"value", (char *)"1"}};
        struct error err = {0};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(kept) - 1; i++)
                if (!strstr(xml, kept[i]))
                        fail_msg("no %s in %s", kept[i], xml);
        assert_non_null(strstr(xml, " host=\"h\""));
        assert_true(config_equal(cfg, again));
        assert_true(config_equal(cfg, copy));
        if (config_from_json(json, strlen(json), &from_json, &err) < 0)
                fail_msg("%s", err.text);
        assert_true(config_equal(cfg, from_json));
        /* They go with their element, and only with theirs. */
        assert_int_equal(resource_remove_tuple((struct resource *)config_first(copy, "net"), "property",
                                               &(struct complex){m, 2}, &err),
                         0);
        without = config_to_xml(copy);
        assert_non_null(strstr(without, kept[1]));
        assert_non_null(strstr(without, kept[3]));
}

static void what_is_kept_of_list_elements_has_a_bound(void **state)
{
        (void)state;
        for (int extra = 0; extra < 2; extra++) {
                struct strbuf b = {0};
                struct config *cfg = NULL;
                struct error err = {0};
                int r;

                strbuf_puts(&b, "<zone name='z'><network physical='n0'>");
                for (int i = 0; i < 256 + extra; i++)
                        strbuf_printf(&b, "<net-attr name='a%d' value='1' x='y'/>", i);
                strbuf_puts(&b, "</network></zone>");
                r = config_parse_xml(b.data, b.len, "test", &cfg, &err);
                assert_int_equal(r, extra ? -EINVAL : 0);
                if (extra)
                        assert_non_null(strstr(err.text,
                                               "unknown attributes in more than 256 elements of one "
                                               "network"));
                config_free(cfg);
                strbuf_free(&b);
        }
}

static void what_cannot_be_kept_is_not_loaded(void **state)
{
        static const char *const bad[] = {
            ZONE("<mcap physcap='1073741824' name='x'/>"),
            ZONE("<tmp_pool importance='7' a='1'/><pset a='2' ncpu_min='2' ncpu_max='2'/>"),
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct config *cfg = NULL;
                struct error err = {0};

                assert_int_equal(config_parse_xml(bad[i], strlen(bad[i]), "test", &cfg, &err), -EINVAL);
                assert_non_null(strstr(err.text, "cannot be kept"));
        }
}

static void json_cannot_smuggle_xml_in(void **state)
{
        static const char *const bad[] = {
            "{\"zonename\":\"z\",\"xml\":{\"elements\":\"</zone><zone>\"}}",
            "{\"zonename\":\"z\",\"xml\":{\"elements\":\"<attr name='a' type='string' value='b'/>\"}}",
            "{\"zonename\":\"z\",\"xml\":{\"attributes\":{\"a='b' c\":\"d\"}}}",
            "{\"zonename\":\"z\",\"xml\":{\"elements\":\"<!-- \"}}",
            "{\"zonename\":\"z\",\"xml\":{\"elements\":5}}",
            "{\"zonename\":\"z\",\"xml\":{\"children\":\"<a/>\"}}",
            "{\"zonename\":\"../z\"}",
            "{\"zonename\":5}",
            "[]",
            "{\"zonename\":\"z\",\"resources\":[{\"resource\":\"toaster\"}]}",
            "{\"zonename\":\"z\",\"resources\":[{\"resource\":\"net\",\"speed\":\"1\"}]}",
            "{\"zonename\":\"z\",\"resources\":[{\"resource\":\"net\",\"property\":[{\"name\":1}]}]}",
            "{\"zonename\":\"z\",\"resources\":[{\"resource\":\"attr\",\"name\":\"a\",\"type\":\"string\"}]}",
            "{\"zonename\":\"z\",\"resources\":[{\"resource\":\"dedicated-cpu\",\"importance\":\"10\"}]}",
            "{\"zonename\":\"z\",\"autoboot\":\"maybe\"}",
            "{\"zonename\":\"z\",\"zonename\":\"y\"}",
            ("{\"zonename\":\"z\",\"resources\":[{\"resource\":\"device\",\"match\":\"x\","
             "\"xml\":{\"elements\":\"</device><device match='y'/><device match='z'>\"}}]}"),
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct config *cfg = NULL;
                struct error err = {0};

                assert_true(config_from_json(bad[i], strlen(bad[i]), &cfg, &err) < 0);
                assert_true(err.text[0] != '\0');
        }
}

static void a_peek_reads_brand_and_ip_type(void **state)
{
        struct root root;
        char brand[32], ip[16];
        struct timespec from, to;
        int fd;

        (void)state;
        make_root(&root);
        put_file(&root, ZONES_ETC, "a.xml",
                 DOCTYPE "<zone name='a' brand='bhyve' ip-type='exclusive'><broken");
        put_file(&root, ZONES_ETC, "b.xml", "<zone name='b'/>");
        put_file(&root, ZONES_ETC, "c.xml", "<brand name='b'/>");
        put_file(&root, ZONES_ETC, "d.xml", "");
        fd = root_open_dir(&root, ZONES_ETC, NULL);
        assert_int_equal(config_peek(fd, "a", brand, sizeof(brand), ip, sizeof(ip)), 0);
        assert_string_equal(brand, "bhyve");
        assert_string_equal(ip, "exclusive");
        assert_int_equal(config_peek(fd, "b", brand, sizeof(brand), ip, sizeof(ip)), 0);
        assert_string_equal(brand, "");
        assert_string_equal(ip, "shared");
        assert_int_equal(config_peek(fd, "c", brand, sizeof(brand), ip, sizeof(ip)), -EINVAL);
        assert_int_equal(config_peek(fd, "d", brand, sizeof(brand), ip, sizeof(ip)), -EINVAL);
        assert_int_equal(config_peek(fd, "e", brand, sizeof(brand), ip, sizeof(ip)), -ENOENT);
        assert_int_equal(config_peek(fd, "../a", brand, sizeof(brand), ip, sizeof(ip)), -EINVAL);
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (int i = 0; i < 1000; i++)
                config_peek(fd, "a", brand, sizeof(brand), ip, sizeof(ip));
        clock_gettime(CLOCK_MONOTONIC, &to);
        print_message("1,000 peeks: %.1f ms\n",
                      (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6);
        close(fd);
        drop_root(&root);
}

static void the_store_holds_a_zone_under_its_own_name_only(void **state)
{
        struct root root;
        struct config *cfg = NULL;
        struct error err = {0};

        (void)state;
        make_root(&root);
        assert_int_equal(config_load(&root, "web1", &cfg, &err), -ENOENT);
        assert_string_equal(err.text, "web1: No such zone configured");
        assert_int_equal(config_load(&root, "../../etc/zones/web1", &cfg, &err), -ENOENT);
        cfg = config_new("web1");
        assert_int_equal(config_save(&root, cfg, &err), 0);
        config_free(cfg);
        assert_int_equal(config_load(&root, "web1", &cfg, &err), 0);
        config_free(cfg);
        put_file(&root, ZONES_ETC, "web2.xml", "<zone name='web1'/>");
        assert_int_equal(config_load(&root, "web2", &cfg, &err), -EINVAL);
        assert_non_null(strstr(err.text, "web2.xml: describes the zone 'web1'"));
        assert_int_equal(config_delete(&root, "web1", &err), 0);
        assert_int_equal(config_delete(&root, "web1", &err), 0);
        assert_int_equal(config_load(&root, "web1", &cfg, &err), -ENOENT);
        drop_root(&root);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(hostile_documents_are_refused_in_one_line),
            cmocka_unit_test(depth_size_and_number_are_bounded),
            cmocka_unit_test(every_cut_of_a_document_is_refused),
            cmocka_unit_test(every_changed_byte_is_survived),
            cmocka_unit_test(what_the_dtd_defaults_reads_as_unset),
            cmocka_unit_test(an_old_memory_cap_becomes_the_rctl_of_today),
            cmocka_unit_test(importance_without_cpus_is_kept_and_the_first_counts),
            cmocka_unit_test(importance_may_stand_before_the_cpus),
            cmocka_unit_test(what_the_schema_does_not_know_is_kept),
            cmocka_unit_test(unknown_attributes_of_list_elements_are_kept_with_their_element),
            cmocka_unit_test(what_cannot_be_kept_is_not_loaded),
            cmocka_unit_test(what_is_kept_of_list_elements_has_a_bound),
            cmocka_unit_test(json_cannot_smuggle_xml_in),
            cmocka_unit_test(a_peek_reads_brand_and_ip_type),
            cmocka_unit_test(the_store_holds_a_zone_under_its_own_name_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

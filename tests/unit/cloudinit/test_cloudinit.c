/* cloud-init's documents, line by line, and texts that YAML could take for something else. */
#include <errno.h>

#include "../scratch.h"
#include "base/cleanup.h"
#include "cloudinit/cloudinit.h"
#include "cloudinit/yaml.h"

#define UUID "11111111-2222-3333-4444-555555555555"

static struct machine machine(void)
{
        static char on[] = "on";
        struct machine m = {.zonename = "web1", .uuid = UUID, .cloud_init = on, .cloud_init_seed = true};

        return m;
}

static void test_plain(void **state)
{
        (void)state;
        static const struct root root = {""};
        struct machine m = machine();
        struct cloudinit_document doc[CLOUDINIT_DOCUMENTS];

        assert_int_equal(cloudinit_documents(&root, &m, NULL, 0, doc, NULL), 2);
        assert_string_equal(doc[0].name, "meta-data");
        assert_string_equal(doc[0].data, "instance-id: \"" UUID "\"\nlocal-hostname: \"web1\"\n");
        assert_string_equal(doc[1].name, "user-data");
        assert_string_equal(doc[1].data, "#cloud-config\ndisable_root: false\nhostname: \"web1\"\n");
        cloudinit_free(doc);
}

static void test_everything(void **state)
{
        (void)state;
        static const struct root root = {""};
        static const struct cloudinit_nic nic[] = {
            {"web0", "02:08:20:00:00:01", "192.0.2.5/24", "192.0.2.1"},
            {"a-name-of-16-byte", "02:08:20:00:00:02", "2001:db8::5/64,10.0.0.3", "2001:db8::1/64"},
            {"web2", "02:08:20:00:00:03", "198.51.100.5/24", NULL},
        };
        struct machine m = machine();
        struct cloudinit_document doc[CLOUDINIT_DOCUMENTS];
        char password[] = "$6$salt$hash/.", key[] = "ssh-ed25519 AAAA me@host\n\nssh-rsa BBBB you\n";
        char resolvers[] = "192.0.2.53, 192.0.2.54,", domain[] = "example.org";

        m.password = password;
        m.sshkey = key;
        m.resolvers = resolvers;
        m.dns_domain = domain;
        assert_int_equal(cloudinit_documents(&root, &m, nic, 3, doc, NULL), 3);
        assert_string_equal(doc[1].data, "#cloud-config\n"
                                         "chpasswd:\n"
                                         "  expire: false\n"
                                         "disable_root: false\n"
                                         "hostname: \"web1\"\n"
                                         "password: \"$6$salt$hash/.\"\n"
                                         "ssh_authorized_keys:\n"
                                         "- \"ssh-ed25519 AAAA me@host\"\n"
                                         "- \"ssh-rsa BBBB you\"\n"
                                         "ssh_pwauth: true\n"
                                         "users:\n"
                                         "- \"default\"\n"
                                         "- name: \"root\"\n"
                                         "  ssh_authorized_keys:\n"
                                         "  - \"ssh-ed25519 AAAA me@host\"\n"
                                         "  - \"ssh-rsa BBBB you\"\n");
        assert_string_equal(doc[2].name, "network-config");
        assert_string_equal(doc[2].data, "ethernets:\n"
                                         "  \"web0\":\n"
                                         "    addresses:\n"
                                         "    - \"192.0.2.5/24\"\n"
                                         "    match:\n"
                                         "      macaddress: \"02:08:20:00:00:01\"\n"
                                         "    nameservers:\n"
                                         "      addresses:\n"
                                         "      - \"192.0.2.53\"\n"
                                         "      - \"192.0.2.54\"\n"
                                         "      search:\n"
                                         "      - \"example.org\"\n"
                                         "    routes:\n"
                                         "    - to: \"0.0.0.0/0\"\n"
                                         "      via: \"192.0.2.1\"\n"
                                         "    set-name: \"web0\"\n"
                                         "  \"a-name-of-16-byte\":\n"
                                         "    addresses:\n"
                                         "    - \"2001:db8::5/64\"\n"
                                         "    - \"10.0.0.3\"\n"
                                         "    match:\n"
                                         "      macaddress: \"02:08:20:00:00:02\"\n"
                                         "    routes:\n"
                                         "    - to: \"::/0\"\n"
                                         "      via: \"2001:db8::1\"\n"
                                         "  \"web2\":\n"
                                         "    addresses:\n"
                                         "    - \"198.51.100.5/24\"\n"
                                         "    match:\n"
                                         "      macaddress: \"02:08:20:00:00:03\"\n"
                                         "    set-name: \"web2\"\n"
                                         "version: 2\n");
        cloudinit_free(doc);
}

static void test_user_data_file(void **state)
{
        struct scratch *s = *state;
        static const char text[] = "#!/bin/sh\n\xff\0binary";
        char path[] = "/user.sh";
        struct root root;
        struct machine m = machine();
        struct cloudinit_document doc[CLOUDINIT_DOCUMENTS];
        struct error err = {0};

        snprintf(root.path, sizeof(root.path), "%s", s->path);
        m.cloud_init = path;
        scratch_write(s->fd, "user.sh", text, sizeof(text));
        assert_int_equal(cloudinit_documents(&root, &m, NULL, 0, doc, NULL), 2);
        assert_int_equal(doc[1].len, sizeof(text));
        assert_memory_equal(doc[1].data, text, sizeof(text));
        cloudinit_free(doc);

        /* Any other text is as good as on. */
        unlinkat(s->fd, "user.sh", 0);
        assert_int_equal(cloudinit_documents(&root, &m, NULL, 0, doc, NULL), 2);
        assert_memory_equal(doc[1].data, "#cloud-config\n", 14);
        cloudinit_free(doc);

        /* What is there and cannot be read is an error, not something else. */
        assert_int_equal(mkdirat(s->fd, "user.sh", 0700), 0);
        assert_true(cloudinit_documents(&root, &m, NULL, 0, doc, &err) < 0);
        assert_non_null(strstr(err.text, "Could not read from /user.sh: "));
}

static void test_quotes(void **state)
{
        (void)state;
        static const struct {
                const char *text, *line;
        } want[] = {
            {"on", "k: \"on\"\n"},
            {"", "k: \"\"\n"},
            {"a\"b\\c", "k: \"a\\\"b\\\\c\"\n"},
            {"a\nb\tc\r\x01\x7f", "k: \"a\\nb\\tc\\u000d\\u0001\\u007f\"\n"},
            {"z\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\x9d", "k: \"z\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\x9d\"\n"},
            {"\xc2\x85\xe2\x80\xa8\xef\xbb\xbf", "k: \"\\u0085\\u2028\\ufeff\"\n"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
                struct yaml y = {0};

                yaml_text(&y, 0, "k", want[i].text);
                assert_string_equal(y.text.data, want[i].line);
                assert_false(y.not_utf8);
                strbuf_free(&y.text);
        }
}

static void test_not_utf8(void **state)
{
        (void)state;
        static const struct root root = {""};
        static const char *const bad[] = {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80"};
        struct machine m = machine();
        struct cloudinit_document doc[CLOUDINIT_DOCUMENTS];

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct error err = {0};

                m.password = (char *)bad[i];
                assert_int_equal(cloudinit_documents(&root, &m, NULL, 0, doc, &err), -EINVAL);
                assert_string_equal(err.text, "cloud-init user-data: a value is not UTF-8 text");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_plain),      cmocka_unit_test(test_everything),
            scratch_test(test_user_data_file), cmocka_unit_test(test_quotes),
            cmocka_unit_test(test_not_utf8),
        };

        return cmocka_run_group_tests_name("cloudinit", tests, NULL, NULL);
}

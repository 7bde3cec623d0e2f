/* Links: addresses that stay, names that exist, and the process that carries a guest's frames. */
#include "../scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "config/config.h"
#include "net/net.h"

#define ZONE_UUID  "51db0004-1a24-43c3-a62b-eb6da1827b9e"
#define ENGINE_UID 0x70000007u

/* The links of a zone whose configuration holds these elements. */
static int links_of(const char *elements, struct net_link **ret, size_t *ret_n, struct error *err)
{
        char xml[2048];
        struct config *cfg = NULL;
        int r;

        snprintf(xml, sizeof(xml), "<zone name=\"web1\" zonepath=\"/zones/web1\" brand=\"bhyve\">%s</zone>",
                 elements);
        r = config_parse_xml(xml, strlen(xml), "test", &cfg, err);
        if (r < 0)
                fail_msg("%s", err->text);
        r = net_links(cfg, ZONE_UUID, ret, ret_n, err);
        config_free(cfg);
        return r;
}

static void an_address_made_for_a_nic_is_the_same_at_every_boot(void **state)
{
        char first[18], again[18], second[18], other[18];

        (void)state;
        net_stable_mac(ZONE_UUID, 0, first);
        net_stable_mac(ZONE_UUID, 0, again);
        net_stable_mac(ZONE_UUID, 1, second);
        net_stable_mac("51db0004-1a24-43c3-a62b-eb6da1827b9f", 0, other);
        assert_string_equal(first, again);
        assert_string_not_equal(first, second);
        assert_string_not_equal(first, other);
        /* Pinned: a later release that computes it otherwise would rename every guest's NIC. */
        assert_string_equal(first, "02:08:20:83:89:42");
}

static void made_addresses_have_the_prefix_of_dladm_and_spread(void **state)
{
        static char made[200][18];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
                net_stable_mac(ZONE_UUID, i, made[i]);
                assert_memory_equal(made[i], "02:08:20:", 9);
                assert_int_equal(strlen(made[i]), 17);
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(made[i], made[j]);
        }
}

static void nat0_is_a_link_that_every_host_has(void **state)
{
        struct net_link *links = NULL;
        struct error err = {0};
        char mac[18];
        size_t n;

        (void)state;
        assert_int_equal(links_of("<network physical=\"nat0\"/>", &links, &n, &err), 0);
        assert_int_equal(n, 1);
        assert_int_equal(links[0].kind, NET_NAT);
        assert_string_equal(links[0].name, "nat0");
        net_stable_mac(ZONE_UUID, 0, mac);
        assert_string_equal(links[0].mac, mac);
        free(links);
}

static void a_zone_without_net_has_no_links(void **state)
{
        struct net_link *links = NULL;
        struct error err = {0};
        size_t n = 1;

        (void)state;
        assert_int_equal(links_of("", &links, &n, &err), 0);
        assert_int_equal(n, 0);
        free(links);
}

static void links_keep_the_order_and_the_names_of_the_configuration(void **state)
{
        struct net_link *links = NULL;
        struct error err = {0};
        char mac[18];
        size_t n;

        (void)state;
        assert_int_equal(links_of("<network physical=\"nat0\" mac-addr=\"2:8:20:a:b:c\"/>"
                                  "<network physical=\"vm1nic0\" global-nic=\"nat0\"/>",
                                  &links, &n, &err),
                         0);
        assert_int_equal(n, 2);
        /* dladm prints addresses without leading zeros; QEMU wants them. */
        assert_string_equal(links[0].mac, "02:08:20:0a:0b:0c");
        assert_string_equal(links[1].name, "vm1nic0");
        net_stable_mac(ZONE_UUID, 1, mac);
        assert_string_equal(links[1].mac, mac);
        free(links);
}

static void an_unknown_link_is_refused_with_what_there_is(void **state)
{
        struct net_link *links = NULL;
        struct error err = {0};
        size_t n;

        (void)state;
        assert_int_equal(links_of("<network physical=\"ixgbe7\"/>", &links, &n, &err), -ENODEV);
        assert_string_equal(err.text, "net ixgbe7: no such link 'ixgbe7'; this host has: nat0");
        assert_null(links);
}

static void addresses_that_no_nic_can_have_are_refused(void **state)
{
        static const char *const bad[] = {
            "2:8:20:a:b",    "2:8:20:a:b:c:d", "2:8:20:a:b:g",      "2:8:20:a:b:ccc",    "2-8-20-a-b-c",
            " 2:8:20:a:b:c", "2:8:20:a:b:c ",  "+2:8:20:a:b:c",     "2:-8:20:a:b:c",     "2: 8:20:a:b:c",
            "0x:8:20:a:b:c", "2:8:20:a:b:",    "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                char xml[128];
                struct net_link *links = NULL;
                struct error err = {0};
                size_t n;

                snprintf(xml, sizeof(xml), "<network physical=\"nat0\" mac-addr=\"%s\"/>", bad[i]);
                if (links_of(xml, &links, &n, &err) != -EINVAL)
                        fail_msg("mac-addr \"%s\" was accepted", bad[i]);
                assert_memory_equal(err.text, "net nat0: mac-addr ", 19);
        }
}

/* Waits for the helper's end, at most five seconds. */
static bool helper_ended(pid_t pid)
{
        for (int i = 0; i < 250; i++) {
                if (waitpid(pid, NULL, WNOHANG) == pid)
                        return true;
                usleep(20000);
        }
        return false;
}

static bool plug(int *ret_fd, pid_t *ret_pid)
{
        struct net_link link = {.kind = NET_NAT, .name = "nat0", .mac = "02:08:20:0a:0b:0c"};
        struct error err = {0};

        if (geteuid() != 0) {
                print_message("needs root, to give the helper an id of its own\n");
                return false;
        }
        if (net_plug(&link, ENGINE_UID, ret_fd, ret_pid, &err) < 0)
                fail_msg("%s", err.text);
        return true;
}

/* Asks for the gateway's hardware address and waits for the answer that says it. */
static bool gateway_answers(int fd)
{
        static const unsigned char request[] = {
            0,    0,    0,    42,                                                            /* length */
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x08, 0x20, 0x0a, 0x0b, 0x0c, 0x08, 6, /* Ethernet, ARP
                                                                                              */
            0,    1,    8,    0,    6,    4,    0,    1, /* request for an IPv4 address */
            0x02, 0x08, 0x20, 0x0a, 0x0b, 0x0c, 10,   0,    2,    15,   0,    0,    0,    0, 0,
            0,    10,   0,    2,    2};
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        unsigned char got[4096];
        size_t len = 0;

        if (send(fd, request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
                return false;
        while (poll(&wait, 1, 5000) == 1) {
                ssize_t n = read(fd, got + len, sizeof(got) - len);

                if (n <= 0)
                        return false;
                len += (size_t)n;
                for (size_t at = 0; at + 4 + 42 <= len; at += 4 + got[at + 2] * 256u + got[at + 3])
                        if (got[at + 4 + 12] == 8 && got[at + 4 + 13] == 6 && got[at + 4 + 21] == 2)
                                return memcmp(got + at + 4 + 28, "\x0a\x00\x02\x02", 4) == 0;
        }
        return false;
}

static void the_gateway_of_nat0_answers_the_guest(void **state)
{
        pid_t pid;
        int fd;

        (void)state;
        if (!plug(&fd, &pid))
                skip();
        assert_true(gateway_answers(fd));
        close(fd);
        assert_true(helper_ended(pid));
}

static void the_helper_runs_as_the_zones_user_without_capabilities(void **state)
{
        _cleanup_free_ char *status = NULL;
        char path[64], uid[64];
        pid_t pid;
        int fd;

        (void)state;
        if (!plug(&fd, &pid))
                skip();
        assert_true(gateway_answers(fd)); /* by now it has given up what it had */
        snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
        assert_int_equal(fs_read_at(AT_FDCWD, path, 16384, &status, NULL), 0);
        snprintf(uid, sizeof(uid), "\nUid:\t%u\t%u\t%u\t%u\n", ENGINE_UID, ENGINE_UID, ENGINE_UID,
                 ENGINE_UID);
        assert_non_null(strstr(status, uid));
        assert_non_null(strstr(status, "\nCapEff:\t0000000000000000\n"));
        assert_non_null(strstr(status, "\nSeccomp:\t2\n"));
        close(fd);
        assert_true(helper_ended(pid));
}

static void the_helper_ends_when_the_engine_does(void **state)
{
        pid_t pid, engine;
        int fd;

        (void)state;
        if (!plug(&fd, &pid))
                skip();
        /* Another process holds the engine's end, as the engine would, and is killed. */
        engine = fork();
        assert_true(engine >= 0);
        if (engine == 0)
                for (;;)
                        pause();
        close(fd);
        usleep(200000);
        assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
        kill(engine, SIGKILL);
        waitpid(engine, NULL, 0);
        assert_true(helper_ended(pid));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_address_made_for_a_nic_is_the_same_at_every_boot),
            cmocka_unit_test(made_addresses_have_the_prefix_of_dladm_and_spread),
            cmocka_unit_test(nat0_is_a_link_that_every_host_has),
            cmocka_unit_test(a_zone_without_net_has_no_links),
            cmocka_unit_test(links_keep_the_order_and_the_names_of_the_configuration),
            cmocka_unit_test(an_unknown_link_is_refused_with_what_there_is),
            cmocka_unit_test(addresses_that_no_nic_can_have_are_refused),
            cmocka_unit_test(the_gateway_of_nat0_answers_the_guest),
            cmocka_unit_test(the_helper_runs_as_the_zones_user_without_capabilities),
            cmocka_unit_test(the_helper_ends_when_the_engine_does),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

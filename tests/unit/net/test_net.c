/* Links: addresses that stay, names that exist, and the process that carries a guest's frames. */
#include "../scratch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "config/config.h"
#include "net/internal.h"
#include "net/net.h"
#include "platform/jail.h"

#define ZONE_UUID  "51db0004-1a24-43c3-a62b-eb6da1827b9e"
#define ENGINE_UID 0x70000007u
#define GROUP      "net-test"

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
        _cleanup_close_ int group = -1;
        struct error err = {0};

        if (geteuid() != 0) {
                print_message("needs root, to give the helper an id of its own\n");
                return false;
        }
        group = jail_helpers(GROUP, &err);
        if (group < 0 || net_plug(&link, ENGINE_UID, group, ret_fd, ret_pid, &err) < 0)
                fail_msg("%s", err.text);
        return true;
}

static int clean(void **state)
{
        (void)state;
        return jail_clean(GROUP, NULL);
}

/* The kernel takes 64 programs for a hook of a group, and each of them costs every connection. */
static void a_group_is_guarded_once_however_many_links_it_has(void **state)
{
        _cleanup_close_ int group = -1;
        struct error err = {0};

        (void)state;
        if (geteuid() != 0)
                skip();
        group = jail_helpers(GROUP, &err);
        assert_true(group >= 0);
        for (int i = 0; i < 70; i++)
                assert_int_equal(guard_loopback(group), 0);
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

/* ---- what a guest sends ---------------------------------------------------------------------------------
 */

static void put16(unsigned char *p, unsigned value)
{
        p[0] = (unsigned char)(value >> 8);
        p[1] = (unsigned char)value;
}

static unsigned add_words(unsigned sum, const unsigned char *p, size_t n)
{
        for (size_t i = 0; i < n; i += 2)
                sum += (unsigned)p[i] << 8 | p[i + 1];
        return sum;
}

static unsigned fold(unsigned sum)
{
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return ~sum & 0xffff;
}

/* The first packet of a TCP connection, or a datagram of two bytes, to a port of the host. */
static void send_to(int fd, int family, int protocol, const char *from, const char *to, unsigned port)
{
        unsigned char frame[128] = {0}, *eth = frame + 4, *ip = eth + 14, *addresses, *body;
        size_t head = family == AF_INET ? 20 : 40, n = protocol == IPPROTO_TCP ? 20 : 10;
        size_t len = family == AF_INET ? 4 : 16, total = 14 + head + n;

        put16(frame + 2, (unsigned)total);
        memset(eth, 0xff, 6);
        memcpy(eth + 6, "\x02\x08\x20\x0a\x0b\x0c", 6);
        put16(eth + 12, family == AF_INET ? 0x0800 : 0x86dd);
        ip[0] = family == AF_INET ? 0x45 : 0x60;
        if (family == AF_INET) {
                put16(ip + 2, (unsigned)(head + n));
                ip[8] = 64;
                ip[9] = (unsigned char)protocol;
        } else {
                put16(ip + 4, (unsigned)n);
                ip[6] = (unsigned char)protocol;
                ip[7] = 64;
        }
        addresses = ip + (family == AF_INET ? 12 : 8);
        assert_int_equal(inet_pton(family, from, addresses), 1);
        assert_int_equal(inet_pton(family, to, addresses + len), 1);
        if (family == AF_INET)
                put16(ip + 10, fold(add_words(0, ip, head)));
        body = ip + head;
        put16(body, 5555);
        put16(body + 2, port);
        if (protocol == IPPROTO_TCP) {
                body[12] = 5 << 4;
                body[13] = 2; /* SYN */
                put16(body + 14, 65535);
        } else {
                put16(body + 4, (unsigned)n);
        }
        put16(body + (protocol == IPPROTO_TCP ? 16 : 6),
              fold(add_words(add_words((unsigned)protocol + (unsigned)n, addresses, 2 * len), body, n)));
        assert_int_equal(send(fd, frame, 4 + total, MSG_NOSIGNAL), 4 + total);
}

/* A service of the host at an address; *ret_port is where. */
static int serve(int family, int type, const char *address, unsigned *ret_port)
{
        union {
                struct sockaddr any;
                struct sockaddr_in v4;
                struct sockaddr_in6 v6;
        } at = {.any = {.sa_family = (sa_family_t)family}};
        socklen_t size = sizeof(at);
        int fd = socket(family, type | SOCK_CLOEXEC, 0);

        inet_pton(family, address, family == AF_INET ? (void *)&at.v4.sin_addr : (void *)&at.v6.sin6_addr);
        if (fd < 0 || bind(fd, &at.any, family == AF_INET ? sizeof(at.v4) : sizeof(at.v6)) < 0 ||
            (type == SOCK_STREAM && listen(fd, 4) < 0) || getsockname(fd, &at.any, &size) < 0) {
                /* A host may have no IPv6. */
                assert_int_equal(family, AF_INET6);
                if (fd >= 0)
                        close(fd);
                return -1;
        }
        *ret_port = ntohs(at.v4.sin_port);
        return fd;
}

static bool was_reached(int service)
{
        struct pollfd wait = {.fd = service, .events = POLLIN};

        return poll(&wait, 1, 500) > 0;
}

/* An address of the host that others see; false if there is none. */
static bool own_address(char *buf, size_t size)
{
        struct ifaddrs *list, *a;
        bool found = false;

        if (getifaddrs(&list) < 0)
                return false;
        for (a = list; a && !found; a = a->ifa_next)
                found = a->ifa_addr && a->ifa_addr->sa_family == AF_INET && !(a->ifa_flags & IFF_LOOPBACK) &&
                        inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)a->ifa_addr)->sin_addr, buf,
                                  (socklen_t)size);
        freeifaddrs(list);
        return found;
}

static void a_guest_reaches_no_service_that_the_host_offers_to_itself(void **state)
{
        static const struct {
                int family, type;
                const char *service, *from, *to;
        } tries[] = {
            {AF_INET, SOCK_STREAM, "127.0.0.1", "10.0.2.15", "127.0.0.1"},
            {AF_INET, SOCK_DGRAM, "127.0.0.1", "10.0.2.15", "127.0.0.1"},
            {AF_INET, SOCK_STREAM, "127.0.0.1", "10.0.2.15", "0.0.0.0"},
            {AF_INET, SOCK_DGRAM, "127.0.0.1", "10.0.2.15", "0.0.0.0"},
            {AF_INET6, SOCK_STREAM, "::1", "fe80::1", "::1"},
            {AF_INET6, SOCK_DGRAM, "::1", "fe80::1", "::1"},
            {AF_INET6, SOCK_STREAM, "::1", "fd00::5", "::"},
        };
        char address[INET_ADDRSTRLEN];
        unsigned port;
        pid_t pid;
        int fd;

        (void)state;
        if (!plug(&fd, &pid))
                skip();
        for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
                int service = serve(tries[i].family, tries[i].type, tries[i].service, &port);

                if (service < 0)
                        continue;
                send_to(fd, tries[i].family, tries[i].type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
                        tries[i].from, tries[i].to, port);
                if (was_reached(service))
                        fail_msg("%s is reached (%zu)", tries[i].to, i);
                close(service);
        }
        /* The same packet to an address that the network sees arrives: the walls above are not a broken link.
         */
        if (own_address(address, sizeof(address))) {
                int service = serve(AF_INET, SOCK_STREAM, address, &port);

                send_to(fd, AF_INET, IPPROTO_TCP, "10.0.2.15", address, port);
                assert_true(was_reached(service));
                close(service);
        }
        close(fd);
        assert_true(helper_ended(pid));
}

/* The numbers of the links that the adapters get, "-" for none. */
static void assert_assigned(const struct net_adapter *adapters, size_t n, const char *want)
{
        static const struct net_link links[] = {{.name = "a"}, {.name = "nat0"}, {.name = "nat0"}};
        const struct net_link *got[4];
        char text[8] = "";

        net_assign(links, ARRAY_SIZE(links), adapters, n, got);
        for (size_t i = 0; i < n; i++)
                snprintf(text + i, sizeof(text) - i, "%c", got[i] ? (char)('0' + (got[i] - links)) : '-');
        assert_string_equal(text, want);
}

static void an_adapter_has_the_link_of_its_own_net_or_the_first_that_is_nobodys(void **state)
{
        (void)state;
        assert_assigned((struct net_adapter[]){{"a", -1}, {"nat0", -1}, {"nat0", -1}}, 3, "012");
        assert_assigned((struct net_adapter[]){{"nat0", 2}, {"a", 0}, {"nat0", 1}}, 3, "201");
        /* One more than there are, and one that comes before those that say whose they are. */
        assert_assigned((struct net_adapter[]){{"nat0", -1}, {"nat0", -1}, {"nat0", -1}}, 3, "12-");
        assert_assigned((struct net_adapter[]){{"nat0", -1}, {"nat0", 2}, {"nat0", 1}}, 3, "-21");
        assert_assigned((struct net_adapter[]){{"tap0", -1}, {"a", 1}, {"", -1}, {"a", 9}}, 4, "----");
}

static void an_adapter_without_a_link_is_told_how_to_get_one(void **state)
{
        struct error err = {0};

        (void)state;
        assert_int_equal(net_no_link("tap0", &err), -ENODEV);
        assert_string_equal(err.text, "tap0: no net resource of the zone has this link for it; every net "
                                      "resource makes an adapter with one (zonecfg: add net; set "
                                      "physical=nat0; end)");
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
            cmocka_unit_test(an_adapter_has_the_link_of_its_own_net_or_the_first_that_is_nobodys),
            cmocka_unit_test(an_adapter_without_a_link_is_told_how_to_get_one),
            cmocka_unit_test(addresses_that_no_nic_can_have_are_refused),
            cmocka_unit_test(the_gateway_of_nat0_answers_the_guest),
            cmocka_unit_test(the_helper_runs_as_the_zones_user_without_capabilities),
            cmocka_unit_test(the_helper_ends_when_the_engine_does),
            cmocka_unit_test(a_guest_reaches_no_service_that_the_host_offers_to_itself),
            cmocka_unit_test(a_group_is_guarded_once_however_many_links_it_has),
        };

        return cmocka_run_group_tests(tests, NULL, clean);
}

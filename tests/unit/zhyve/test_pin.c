/* vcpu.N.cpuset: which CPUs of the machine and of the host can be named, and how. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "zhyve/pin.h"

static void assert_pin(const char *vcpu, const char *list, const char *text)
{
        struct bconf *c = bconf_new();
        struct error err = {0};
        char name[64];

        snprintf(name, sizeof(name), "vcpu.%s.cpuset", vcpu);
        bconf_set(c, "cpus", "2");
        assert_int_equal(bconf_set(c, name, list), 0);
        assert_int_equal(pin_check(c, &err), text ? -EINVAL : 0);
        if (text)
                assert_string_equal(err.text, text);
        bconf_free(c);
}

static void a_cpu_of_the_machine_has_one_spelling(void **state)
{
        (void)state;
        assert_pin("1", "0", NULL);
        assert_pin("01", "0", "vcpu.01.cpuset: the machine has 2 CPUs");
        assert_pin("+1", "0", "vcpu.+1.cpuset: the machine has 2 CPUs");
        assert_pin("2", "0", "vcpu.2.cpuset: the machine has 2 CPUs");
}

static void a_list_names_cpus_of_the_host(void **state)
{
        (void)state;
        assert_pin("0", "0-0,0", NULL);
        assert_pin("0", "0,", "vcpu.0.cpuset: invalid list of CPUs '0,'");
        assert_pin("0", "1-0", "vcpu.0.cpuset: invalid list of CPUs '1-0'");
        assert_pin("0", "0x", "vcpu.0.cpuset: invalid list of CPUs '0x'");
        assert_pin("0", "8192", "vcpu.0.cpuset: invalid list of CPUs '8192'");
        /* More than the C library's set has room for, which a host may have. */
        assert_pin("0", "8191", "vcpu.0.cpuset: 8191: not all of these CPUs can be had on this host");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_cpu_of_the_machine_has_one_spelling),
            cmocka_unit_test(a_list_names_cpus_of_the_host),
        };

        return cmocka_run_group_tests_name("pin", tests, NULL, NULL);
}

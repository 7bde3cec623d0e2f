/*
 * Every allocation of a conversion made to fail once: it says so, or it ends as it does with memory; it never
 * ends with half of the steps taken.  The linker puts our allocators in front (--wrap).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "config/edit.h"
#include "convert/convert.h"

#define UUID "11111111-2222-3333-4444-555555555555"

static long countdown = -1; /* allocations until one fails; negative: never */

static int fails(void)
{
        return countdown >= 0 && countdown-- == 0;
}

#define WRAP(type, name, params, args)                                                                       \
        type __real_##name params;                                                                           \
        type __wrap_##name params;                                                                           \
        type __wrap_##name params                                                                            \
        {                                                                                                    \
                return fails() ? NULL : __real_##name args;                                                  \
        }
WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t m), (n, m))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(void *, reallocarray, (void *p, size_t n, size_t m), (p, n, m))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))

/* Converts with each allocation failing in turn; returns how many there are. */
static long each_allocation(const struct config *cfg, int version)
{
        static const struct root no_root = {""};
        _cleanup_config_ struct config *expected = NULL;

        assert_int_equal(config_convert(&no_root, cfg, UUID, version, &expected, NULL), 0);
        for (long n = 0; n < 1000000; n++) {
                _cleanup_config_ struct config *got = NULL;
                struct error err = {0};
                bool survived;
                int r;

                countdown = n;
                r = config_convert(&no_root, cfg, UUID, version, &got, &err);
                survived = countdown >= 0;
                countdown = -1;
                if (r == 0 && !config_equal(got, expected))
                        fail_msg("allocation %ld: converted, but not as it should be", n);
                if (r != 0 && r != -ENOMEM)
                        fail_msg("allocation %ld: %s", n, err.text);
                if (survived)
                        return n;
        }
        return -1;
}

/* One of each kind of step; more of a kind would only take longer. */
static const char small[] =
    "<zone name=\"t\" zonepath=\"/zones/t\" autoboot=\"false\" brand=\"bhyve\" ip-type=\"exclusive\">"
    "<network physical=\"web0\" global-nic=\"nat0\"/><device match=\"/dev/zvol/rdsk/tank/a\"/>"
    "<pset ncpu_min=\"2\" ncpu_max=\"2\"/>"
    "<filesystem special=\"/a.iso\" directory=\"/a.iso\" type=\"lofs\"/>"
    "<attr name=\"bootdisk\" type=\"string\" value=\"tank/a,nocache\"/>"
    "<attr name=\"bootdiskif\" type=\"string\" value=\"nvme\"/>"
    "<attr name=\"cdrom\" type=\"string\" value=\"/a.iso\"/>"
    "<attr name=\"console\" type=\"string\" value=\"/dev/zconsole\"/>"
    "<attr name=\"netif\" type=\"string\" value=\"e1000\"/>"
    "<attr name=\"ram\" type=\"string\" value=\"1G\"/>"
    "<attr name=\"uuid\" type=\"string\" value=\"9a8b7c6d-0000-4000-8000-00000000beef\"/>"
    "<attr name=\"vcpus\" type=\"string\" value=\"2\"/></zone>";

static void running_out_of_memory_does_not_convert_half(void **state)
{
        static const struct root no_root = {""};
        _cleanup_config_ struct config *cfg = NULL, *up = NULL;

        (void)state;
        assert_int_equal(config_parse_xml(small, strlen(small), "test", &cfg, NULL), 0);
        assert_int_equal(config_convert(&no_root, cfg, UUID, 2, &up, NULL), 0);
        assert_true(each_allocation(cfg, 2) > 1000);
        assert_true(each_allocation(up, 1) > 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(running_out_of_memory_does_not_convert_half),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

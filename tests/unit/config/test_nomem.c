/*
 * Every allocation of our code made to fail once: the call says -ENOMEM or hands out nothing, and nothing
 * leaks or breaks (the sanitizers see to that).  The linker puts our allocators in front (--wrap).
 */
#include "support.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

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

static char *text_of(const char *name)
{
        long kept = countdown;
        char *text;

        countdown = -1;
        text = data_file(name);
        countdown = kept;
        return text;
}

/* Runs step with the first, second, ... allocation failing until it gets through; returns how many failed. */
static long each_allocation(int (*step)(const char *text, const struct config *cfg), const char *text,
                            const struct config *cfg)
{
        for (long n = 0; n < 100000; n++) {
                int r;

                countdown = n;
                r = step(text, cfg);
                if (countdown >= 0) {
                        countdown = -1;
                        assert_int_equal(r, 0);
                        return n;
                }
                countdown = -1;
                if (r != -ENOMEM)
                        fail_msg("allocation %ld: %d instead of -ENOMEM", n, r);
        }
        return -1;
}

static int step_parse(const char *text, const struct config *unused)
{
        struct config *cfg = NULL;
        struct error err = {0};
        int r = config_parse_xml(text, strlen(text), "test", &cfg, &err);

        (void)unused;
        config_free(cfg);
        return r;
}

static int step_copy(const char *text, const struct config *cfg)
{
        struct config *copy = config_copy(cfg);
        bool made = copy != NULL;

        (void)text;
        config_free(copy);
        return made ? 0 : -ENOMEM;
}

static int take_text(char *text)
{
        bool made = text != NULL;

        free(text);
        return made ? 0 : -ENOMEM;
}

static int step_xml(const char *text, const struct config *cfg)
{
        (void)text;
        return take_text(config_to_xml(cfg));
}

static int step_export(const char *text, const struct config *cfg)
{
        (void)text;
        return take_text(config_export(cfg, NULL));
}

static int step_from_json(const char *text, const struct config *unused)
{
        struct config *cfg = NULL;
        struct error err = {0};
        int r = config_from_json(text, strlen(text), &cfg, &err);

        (void)unused;
        config_free(cfg);
        return r;
}

/* An edit that ran out of memory may leave the resource unset, never half of a value. */
static int step_edit(const char *text, const struct config *base)
{
        long kept = countdown;
        struct config *cfg;
        struct resource *res;
        struct error err = {0};
        int r;

        (void)text;
        countdown = -1;
        cfg = config_copy(base);
        countdown = kept;
        r = config_set_global(cfg, "max-lwps", "4000", &err);
        if (r == 0)
                r = config_set_global(cfg, "zonepath", "/new//path", &err);
        res = r == 0 ? resource_new(schema_resource("capped-memory")) : NULL;
        if (r == 0 && !res)
                r = -ENOMEM;
        if (r == 0)
                r = resource_set(res, "guest", "1G", &err);
        if (r == 0)
                r = resource_set(res, "locked", "1G", &err);
        if (r == 0) {
                config_remove_all(cfg, schema_resource("capped-memory"));
                r = config_add(cfg, res, &err);
                if (r == 0)
                        res = NULL;
        }
        kept = countdown;
        countdown = -1;
        resource_free(res);
        free(config_to_xml(cfg));
        config_free(cfg);
        countdown = kept;
        return r;
}

static int step_verify(const char *text, const struct config *cfg)
{
        const struct root root = {.path = "/nonexistent"};
        struct problems p = {0};
        struct error err = {0};
        int r = config_verify(&root, cfg, &p, &err);

        (void)text;
        problems_clear(&p);
        return r;
}

static void each_step(const char *text)
{
        _cleanup_config_ struct config *cfg = parse(text);
        _cleanup_free_ char *json = config_to_json(cfg);

        assert_true(each_allocation(step_parse, text, cfg) > 50);
        assert_true(each_allocation(step_copy, text, cfg) > 30);
        assert_true(each_allocation(step_xml, text, cfg) > 1);
        assert_true(each_allocation(step_export, text, cfg) > 1);
        assert_true(each_allocation(step_from_json, json, cfg) > 50);
        assert_true(each_allocation(step_edit, text, cfg) > 10);
        assert_true(each_allocation(step_verify, text, cfg) > 1);
}

static void running_out_of_memory_is_only_an_error(void **state)
{
        static const char *const names[] = {"omnios.xml", "rfd121.xml"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_free_ char *text = text_of(names[i]);

                each_step(text);
        }
}

static void and_so_it_is_with_what_the_schema_does_not_know(void **state)
{
        (void)state;
        each_step(
            "<zone name='z' zonepath='/z' brand='bhyve' ip-type='exclusive' debugid='4'><patch id='1'/>"
            "<network physical='n0'><net-attr name='a' value='1' x='y' z='w'/></network>"
            "<filesystem directory='/d' special='/s' type='lofs'><fsoption name='ro' x='y'/></filesystem>"
            "<mcap physcap='1073741824' x='y'/><tmp_pool importance='7' x='y'/>"
            "<pset ncpu_min='2' ncpu_max='2'/></zone>");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(running_out_of_memory_is_only_an_error),
            cmocka_unit_test(and_so_it_is_with_what_the_schema_does_not_know),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

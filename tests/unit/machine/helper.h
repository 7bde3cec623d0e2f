/* A machine from a piece of zone XML. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "machine/machine.h"

#ifndef BRAND
#define BRAND "bhyve"
#endif

static const struct root no_root = {""};

static inline struct config *config_of(const char *body)
{
        struct config *cfg = NULL;
        struct error err = {0};
        char *xml = NULL;

        if (asprintf(&xml,
                     "<zone name=\"t\" zonepath=\"/zones/t\" autoboot=\"false\" brand=\"" BRAND "\" "
                     "ip-type=\"exclusive\">%s</zone>",
                     body) < 0)
                fail();
        if (config_parse_xml(xml, strlen(xml), "test", &cfg, &err) < 0)
                fail_msg("%s: %s", err.text, body);
        free(xml);
        return cfg;
}

static inline struct machine *machine_of(const char *body, struct problems *problems)
{
        struct config *cfg = config_of(body);
        struct machine *m = NULL;
        struct error err = {0};

        if (machine_from_config(&no_root, cfg, "11111111-2222-3333-4444-555555555555", &m, problems, &err) <
            0)
                fail_msg("%s: %s", err.text, body);
        config_free(cfg);
        return m;
}

/* All arguments, with blanks between them and around all. */
static inline char *args_of(const char *body)
{
        struct problems problems = {0};
        struct machine *m = machine_of(body, &problems);
        struct strv args = {0};
        struct strbuf text = {0};

        if (problems.n)
                fail_msg("%s: %s", body, problems.text[0]);
        assert_int_equal(machine_to_bhyve(m, &args, NULL), 0);
        strbuf_putc(&text, ' ');
        for (size_t i = 0; i < args.n; i++)
                strbuf_printf(&text, "%s ", args.v[i]);
        strv_free(&args);
        machine_free(m);
        return strbuf_take(&text);
}

#define RCTL(n, limit)                                                                                       \
        "<rctl name=\"" n "\"><rctl-value priv=\"privileged\" limit=\"" limit "\" action=\"deny\"/></rctl>"
#define ATTR(n, v) "<attr name=\"" n "\" type=\"string\" value=\"" v "\"/>"

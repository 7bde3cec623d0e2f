/*
 * The grammar: any text, run as a script that can change nothing but a configuration in memory.  What it
 * made must print as a script that makes the same configuration again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonecfg/complete.h"
#include "zonecfg/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void confined(struct session *s, FILE *null)
{
        session_init(s);
        strcpy(s->root.path, "/nonexistent");
        strcpy(s->zone, "fuzz");
        s->mode = MODE_CONFINED;
        s->out = s->err = null;
}

/* An exported configuration is a script that is accepted and makes the same configuration. */
static void check_round_trip(const struct config *cfg, FILE *null)
{
        char *script = config_export(cfg, NULL), *again;
        struct session s;

        if (!script)
                return;
        confined(&s, null);
        if (session_run_text(&s, script, strlen(script), 1) < 0 || !s.cfg) {
                fprintf(stderr, "export was refused:\n%s", script);
                abort();
        }
        again = config_export(s.cfg, NULL);
        if (!again || strcmp(script, again) != 0) {
                fprintf(stderr, "export differs:\n%s---\n%s", script, again ? again : "");
                abort();
        }
        free(again);
        free(script);
        session_clear(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static FILE *null;
        struct completion c;
        struct session s;

        if (!null)
                null = fopen("/dev/null", "w");
        if (!null || size > 65536)
                return 0;
        confined(&s, null);
        session_run_text(&s, (const char *)data, size, 1);
        complete(&s, (const char *)data, size, &c);
        strv_free(&c.word);
        if (s.cfg)
                check_round_trip(s.cfg, null);
        session_clear(&s);
        return 0;
}

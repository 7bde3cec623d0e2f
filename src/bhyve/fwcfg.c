/*
 * Items for fwcfg: -f, or fwcfg.N.name with a text or a file.  The engine opens the file by its name, which
 * in a jail is a name of other files than the administrator meant; so a zone's machine has texts only.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "bhyve/engine.h"

static int emit_item(struct build *b, unsigned i)
{
        const char *name = bconf_getf(b->c, "fwcfg.%u.name", i);
        const char *string = bconf_getf(b->c, "fwcfg.%u.string", i);
        const char *file = bconf_getf(b->c, "fwcfg.%u.file", i);
        struct strbuf text = {0};

        if (!name)
                return error_set(b->err, EINVAL, "fwcfg.%u: the name is missing", i);
        if (!*str_empty(string ? string : file))
                return error_set(b->err, EINVAL, "fwcfg.%u: %s: a text or a file is needed", i, name);
        if (b->zone && !string)
                return error_set(b->err, ENOTSUP,
                                 "fwcfg.%u.file: a zone's machine opens no file by its name; give the text "
                                 "(-f %s,string=..)",
                                 i, name);
        for (unsigned other = 0; other < i; other++)
                if (streq_null(bconf_getf(b->c, "fwcfg.%u.name", other), name))
                        return error_set(b->err, EEXIST, "fwcfg.%u and fwcfg.%u: both items are named '%s'",
                                         other, i, name);
        strbuf_puts(&text, "name=");
        put_escaped(&text, name);
        put_value(&text, string ? "string" : "file", string ? string : file);
        return emit(b, "-fw_cfg", &text);
}

int emit_fwcfg(struct build *b)
{
        unsigned n = 0;
        int r = 0;

        while (bconf_child(b->c, "fwcfg", n))
                n++;
        for (unsigned i = 0; r == 0 && i < n; i++) {
                char node[24];

                snprintf(node, sizeof(node), "fwcfg.%u", i);
                r = bconf_child(b->c, node, 0)
                        ? emit_item(b, i)
                        : error_set(b->err, EINVAL, "fwcfg: %u items are numbered from 0 to %u", n, n - 1);
        }
        return r;
}

/* Passwords do not belong into what is printed: arguments as they may be shown. */
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"

#define WORD "password="

char *bhyve_hide_passwords(const char *argument)
{
        struct strbuf out = {0};
        const char *p = argument, *found;

        strbuf_puts(&out, "");
        while ((found = strstr(p, WORD))) {
                bool variable = found > argument && found[-1] == '.';

                strbuf_printf(&out, "%.*s" WORD "***", (int)(found - p), p);
                p = found + strlen(WORD);
                /* An option ends at a comma; the value of a variable may have some. */
                p += variable ? strlen(p) : strcspn(p, ",");
        }
        strbuf_puts(&out, p);
        return strbuf_take(&out);
}

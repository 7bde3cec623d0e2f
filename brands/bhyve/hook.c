/* Arguments and the record of created volumes; see hook.h. */
#include "hook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define RECORD_MAX (1 << 20)

int hook_set_zone(struct hook *h, const char *zone, const char *zonepath, struct error *err)
{
        size_t n = strlen(h->root.path);
        bool inside = n > 0 && str_starts(zonepath, h->root.path) && zonepath[n] == '/';

        if (!zone_name_valid(zone))
                return error_set(err, EINVAL, "%s: not a zone name", zone);
        if (zonepath[0] != '/' || !zonepath[strspn(zonepath, "/")])
                return error_set(err, EINVAL, "%s: not an absolute zonepath", zonepath);
        h->zone = zone;
        if (snprintf(h->zonepath, sizeof(h->zonepath), "%s%s", inside ? "" : h->root.path, zonepath) >=
            (int)sizeof(h->zonepath))
                return error_set(err, ENAMETOOLONG, "%s: path too long", zonepath);
        return 0;
}

int record_load(int zonepath_fd, struct strv *ret, struct error *err)
{
        _cleanup_free_ char *text = NULL;
        int r = fs_read_at(zonepath_fd, RECORD_FILE, RECORD_MAX, &text, NULL);
        char *save = NULL;

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_errno(err, r, RECORD_FILE);
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                strv_add(ret, line);
        return ret->failed ? error_nomem(err) : 0;
}

int record_save(int zonepath_fd, const struct strv *names, struct error *err)
{
        struct strbuf text = {0};
        int r;

        for (size_t i = 0; i < names->n; i++)
                strbuf_printf(&text, "%s\n", names->v[i]);
        r = text.failed ? -ENOMEM
                        : fs_replace_at(zonepath_fd, RECORD_FILE, str_empty(text.data), text.len, 0600);
        strbuf_free(&text);
        return r < 0 ? error_errno(err, r, RECORD_FILE) : 0;
}

/* The names of templates, from the files that there are; see templates.h. */
#include "zonecfg/templates.h"

#include <dirent.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/zone.h"

static void close_dir(DIR **dir)
{
        if (*dir)
                closedir(*dir);
}

static void add_names(struct strv *ret, const char *name)
{
        const char *prefix = zone_name_prefix(name);

        if (!prefix && !zone_name_valid(name)) /* global is one, too */
                return;
        strv_add(ret, name);
        if (prefix && !zone_name_reserved(name))
                strv_add(ret, name + strlen(prefix));
        if (strcmp(name, "SYSdefault") == 0 || strcmp(name, "SYSblank") == 0)
                strv_addf(ret, "SUNW%s", name + strlen(prefix));
}

void templates_list(const struct root *root, struct strv *ret)
{
        _cleanup_close_ int fd = root_open_dir(root, ZONES_ETC, NULL);
        _cleanup_(close_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *entry;
        char name[ZONENAME_MAX];

        if (!dir)
                return;
        fd = -1; /* dir owns it */
        while ((entry = readdir(dir))) {
                size_t n = strlen(entry->d_name);

                if (n < 5 || n - 4 >= sizeof(name) || strcmp(entry->d_name + n - 4, ".xml") != 0)
                        continue;
                snprintf(name, sizeof(name), "%.*s", (int)(n - 4), entry->d_name);
                add_names(ret, name);
        }
}

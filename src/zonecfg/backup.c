/* Files as they were before a conversion; see backup.h. */
#include "zonecfg/backup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/zone.h"
#include "config/config.h"
#include "config/version.h"
#include "xml/xml.h"

#define BACKUP_DIR ZONES_ETC "/backup"

static void file_name(const char *zone, int version, char buf[ZONENAME_MAX + 16])
{
        snprintf(buf, ZONENAME_MAX + 16, "%.*s.v%d.xml", ZONENAME_MAX - 1, zone, version);
}

int backup_save(const struct root *root, const char *zone, int version, const char *text, size_t len,
                struct error *err)
{
        _cleanup_close_ int etc = -1, dir = -1;
        char file[ZONENAME_MAX + 16];
        int r;

        /* The attributes can hold passwords, and the reader of one file may not be that of another. */
        dir = root_make_dir(root, BACKUP_DIR, 0700, err);
        if (dir < 0)
                return dir;
        etc = root_open_dir(root, ZONES_ETC, err);
        if (etc < 0)
                return etc;
        if (fsync(etc) < 0 && errno != EINVAL)
                return error_errno(err, errno, "%s" ZONES_ETC, root->path);
        file_name(zone, version, file);
        r = fs_replace_at(dir, file, text, len, 0600);
        return r < 0 ? error_errno(err, r, "%s" BACKUP_DIR "/%s", root->path, file) : 0;
}

int backup_load(const struct root *root, const char *zone, int version, char **ret_text, size_t *ret_len)
{
        _cleanup_close_ int dir = root_open_dir(root, BACKUP_DIR, NULL);
        char file[ZONENAME_MAX + 16];

        if (dir < 0)
                return dir;
        file_name(zone, version, file);
        return fs_read_at(dir, file, XML_MAX_SIZE, ret_text, ret_len);
}

/* The same configuration for a zone of another name, as text; NULL if it cannot be read, or for want of
 * memory. */
static char *renamed_text(int dir, const char *file, const char *to)
{
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_free_ char *text = NULL, *name = strdup(to);
        size_t len;

        if (!name || fs_read_at(dir, file, XML_MAX_SIZE, &text, &len) < 0 ||
            config_parse_xml(text, len, file, &cfg, NULL) < 0)
                return NULL;
        free(cfg->name);
        cfg->name = TAKE_PTR(name);
        return config_to_xml(cfg);
}

void backup_rename(const struct root *root, const char *from, const char *to)
{
        _cleanup_close_ int dir = root_open_dir(root, BACKUP_DIR, NULL);
        char old[ZONENAME_MAX + 16], new[ZONENAME_MAX + 16];

        for (int version = 1; dir >= 0 && version <= CONFIG_VERSION_NEWEST; version++) {
                _cleanup_free_ char *text = NULL;

                file_name(from, version, old);
                file_name(to, version, new);
                text = renamed_text(dir, old, to);
                /* What is in its place is of another zone that once had the name. */
                if (!text || fs_replace_at(dir, new, text, strlen(text), 0600) < 0)
                        unlinkat(dir, new, 0);
        }
        backup_forget(root, from);
}

void backup_forget(const struct root *root, const char *zone)
{
        _cleanup_close_ int dir = root_open_dir(root, BACKUP_DIR, NULL);
        char file[ZONENAME_MAX + 16];

        for (int version = 1; dir >= 0 && version <= CONFIG_VERSION_NEWEST; version++) {
                file_name(zone, version, file);
                unlinkat(dir, file, 0);
        }
}

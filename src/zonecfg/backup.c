/* Files as they were before a conversion; see backup.h. */
#include "zonecfg/backup.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/zone.h"
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

void backup_forget(const struct root *root, const char *zone)
{
        _cleanup_close_ int dir = root_open_dir(root, BACKUP_DIR, NULL);
        char file[ZONENAME_MAX + 16];

        for (int version = 1; dir >= 0 && version <= CONFIG_VERSION_NEWEST; version++) {
                file_name(zone, version, file);
                unlinkat(dir, file, 0);
        }
}

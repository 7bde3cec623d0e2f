/* Finding the configuration, the root directory and the UUID of a zone; see described.h. */
#include "described.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "config/index.h"

int described_load(const struct described *z, struct config **ret, struct error *err)
{
        const char *snapshot = getenv("_ZONE_SNAPSHOT");
        char path[PATH_MAX];
        int r;

        if (!zone_name_valid(z->zone))
                return error_set(err, EINVAL, "%s: not a zone name", z->zone);
        if (z->xml || (snapshot && *snapshot)) {
                snprintf(path, sizeof(path), "%s", z->xml ? z->xml : snapshot);
        } else {
                char name[sizeof(ZONES_ETC) + ZONENAME_MAX + 8];

                snprintf(name, sizeof(name), ZONES_ETC "/%s.xml", z->zone);
                if (root_path(&z->root, name, path, sizeof(path)) < 0)
                        return error_set(err, ENAMETOOLONG, "%s: path too long", name);
        }
        if (access(path, F_OK) < 0)
                return error_set(err, ENOENT, "Cannot find zone XML file at %s", path);
        r = config_load_file(path, ret, err);
        if (r < 0)
                return error_prefix(err, "Could not parse %s", path);
        if (!streq_null((*ret)->name, z->zone))
                return error_set(err, EINVAL, "Zone name %s does not match XML file %s", z->zone,
                                 str_empty((*ret)->name));
        return 0;
}

int described_root(const struct described *z, const struct config *cfg, struct error *err)
{
        char path[PATH_MAX], full[PATH_MAX];
        int fd;

        snprintf(path, sizeof(path), "%s/root", str_empty(config_global(cfg, "zonepath")));
        if (root_path(&z->root, path, full, sizeof(full)) < 0)
                return error_set(err, ENAMETOOLONG, "%s: path too long", path);
        fd = open(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? error_set(err, errno, "Could not find zone root %s", full) : fd;
}

void described_index_uuid(const struct described *z, char ret[UUID_TEXT])
{
        struct index_entry entry = {0};

        ret[0] = '\0';
        if (index_lookup(&z->root, z->zone, &entry, NULL) == 0) {
                memcpy(ret, entry.uuid, UUID_TEXT);
                index_entry_clear(&entry);
        }
}

void described_uuid(const struct described *z, const struct config *cfg, char ret[UUID_TEXT])
{
        _cleanup_close_ int root_fd = -1, fd = -1;
        _cleanup_free_ char *text = NULL;

        ret[0] = '\0';
        if (*str_empty(config_global(cfg, "uuid")) || *str_empty(config_attr(cfg, "uuid")))
                return;
        described_index_uuid(z, ret);
        if (ret[0])
                return;
        root_fd = described_root(z, cfg, NULL);
        fd = root_fd < 0 ? -1 : fs_open_in_root(root_fd, "etc/uuid", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
        if (fd < 0 || fs_read_fd(fd, 64, &text, NULL) < 0)
                return;
        text[strcspn(text, " \t\r\n")] = '\0';
        if (uuid_valid(text))
                memcpy(ret, text, UUID_TEXT);
}

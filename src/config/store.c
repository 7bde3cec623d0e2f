/* The store: /etc/zones/NAME.xml below the root, and templates; see config.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "base/zone.h"
#include "config/config.h"
#include "config/edit.h"
#include "xml/xml.h"

static int no_zone(const char *name, struct error *err)
{
        return error_set(err, ENOENT, "%s: No such zone configured", name);
}

static int load_at(int dirfd, const char *dir, const char *name, struct config **ret, char **ret_text,
                   size_t *ret_len, struct error *err)
{
        _cleanup_free_ char *data = NULL;
        char file[ZONENAME_MAX + 8], where[PATH_MAX];
        size_t len;
        int r;

        /* The name may come from a command line: it must not lead out of the directory. */
        if (strlen(name) >= ZONENAME_MAX || strchr(name, '/') || !*name)
                return no_zone(name, err);
        snprintf(file, sizeof(file), "%s.xml", name);
        r = fs_read_at(dirfd, file, XML_MAX_SIZE, &data, &len);
        if (r == -ENOENT)
                return no_zone(name, err);
        if (snprintf(where, sizeof(where), "%s/%s", dir, file) >= (int)sizeof(where))
                where[0] = '\0';
        if (r == -EFBIG)
                return error_set(err, EFBIG, "%s: larger than 4 MiB", where);
        if (r < 0)
                return error_errno(err, r, "%s", where);
        r = config_parse_xml(data, len, where, ret, err);
        if (r == 0 && ret_text) {
                *ret_text = TAKE_PTR(data);
                *ret_len = len;
        }
        return r;
}

int config_load(const struct root *root, const char *name, struct config **ret, struct error *err)
{
        return config_load_text(root, name, ret, NULL, NULL, err);
}

int config_load_text(const struct root *root, const char *name, struct config **ret, char **ret_text,
                     size_t *ret_len, struct error *err)
{
        _cleanup_free_ char *text = NULL;
        _cleanup_config_ struct config *cfg = NULL;
        char dir[PATH_MAX];
        _cleanup_close_ int fd = root_open_dir(root, ZONES_ETC, err);
        int r;

        if (fd == -ENOENT)
                return no_zone(name, err);
        if (fd < 0)
                return fd;
        r = root_path(root, ZONES_ETC, dir, sizeof(dir));
        if (r == 0)
                r = load_at(fd, dir, name, &cfg, ret_text ? &text : NULL, ret_len, err);
        if (r < 0 || !cfg)
                return r;
        if (strcmp(cfg->name, name) != 0)
                return error_set(err, EINVAL, "%s/%s.xml: describes the zone '%s'", dir, name, cfg->name);
        *ret = TAKE_PTR(cfg);
        if (ret_text)
                *ret_text = TAKE_PTR(text);
        return 0;
}

int config_load_template(const struct root *root, const char *name, struct config **ret, struct error *err)
{
        const char *prefix = zone_name_prefix(name);
        char full[ZONENAME_MAX + 8];
        const char *family[] = {"", "OMNI", "SYS"};
        bool bare = name[0] >= 'a' && name[0] <= 'z';
        char dir[PATH_MAX];
        _cleanup_close_ int fd = root_open_dir(root, ZONES_ETC, err);
        int r = -ENOENT;

        if (fd < 0 && fd != -ENOENT)
                return fd;
        if (fd < 0 || strlen(name) >= ZONENAME_MAX || root_path(root, ZONES_ETC, dir, sizeof(dir)) < 0)
                return no_zone(name, err);
        for (size_t i = 0; i < (bare ? ARRAY_SIZE(family) : 1) && r == -ENOENT; i++) {
                snprintf(full, sizeof(full), "%s%s", family[i], name);
                r = load_at(fd, dir, full, ret, NULL, NULL, err);
        }
        /* What another system calls its template. */
        if (r == -ENOENT && prefix) {
                snprintf(full, sizeof(full), "SYS%s", name + strlen(prefix));
                r = load_at(fd, dir, full, ret, NULL, NULL, err);
        }
        return r == -ENOENT ? no_zone(name, err) : r;
}

int config_load_file(const char *path, struct config **ret, struct error *err)
{
        _cleanup_free_ char *data = NULL;
        size_t len;
        int r = fs_read_at(AT_FDCWD, path, XML_MAX_SIZE, &data, &len);

        if (r == -EFBIG)
                return error_set(err, EFBIG, "%s: larger than 4 MiB", path);
        if (r < 0)
                return error_errno(err, r, "%s", path);
        return config_parse_xml(data, len, path, ret, err);
}

int config_save(const struct root *root, const struct config *cfg, struct error *err)
{
        _cleanup_free_ char *text = config_to_xml(cfg);

        return text ? config_save_text(root, cfg->name, cfg->name, text, strlen(text), err)
                    : error_nomem(err);
}

/* As wide as before and no wider; what holds a password is for root alone. */
static mode_t mode_of(int dir, const char *was, const char *text)
{
        mode_t mode = strstr(text, "password") ? 0600 : 0644;
        char file[ZONENAME_MAX + 8];
        struct stat st;

        snprintf(file, sizeof(file), "%s.xml", was);

        return fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0 ? mode & st.st_mode : mode;
}

int config_save_text(const struct root *root, const char *name, const char *was, const char *text, size_t len,
                     struct error *err)
{
        _cleanup_close_ int fd = -1;
        char file[ZONENAME_MAX + 8];
        int r;

        if (strlen(name) >= ZONENAME_MAX || strchr(name, '/'))
                return error_set(err, EINVAL, "%s: Bogus zone name", name);
        if (len > XML_MAX_SIZE)
                return error_set(err, EFBIG, "%s: the configuration is larger than 4 MiB", name);
        fd = root_make_dir(root, ZONES_ETC, 0755, err);
        if (fd < 0)
                return fd;
        snprintf(file, sizeof(file), "%s.xml", name);
        r = fs_replace_at(fd, file, text, len, mode_of(fd, was, text));
        return r < 0 ? error_errno(err, r, "%s%s/%s: Problem saving file", root->path, ZONES_ETC, file) : 0;
}

int config_delete(const struct root *root, const char *name, struct error *err)
{
        _cleanup_close_ int fd = root_open_dir(root, ZONES_ETC, err);
        char file[ZONENAME_MAX + 8];

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (strlen(name) >= ZONENAME_MAX || strchr(name, '/'))
                return error_set(err, EINVAL, "%s: Bogus zone name", name);
        snprintf(file, sizeof(file), "%s.xml", name);
        if (unlinkat(fd, file, 0) < 0 && errno != ENOENT)
                return error_errno(err, errno, "%s%s/%s", root->path, ZONES_ETC, file);
        if (fsync(fd) < 0 && errno != EINVAL)
                return error_errno(err, errno, "%s%s", root->path, ZONES_ETC);
        return 0;
}

struct peek {
        char *brand, *ip_type;
        size_t brand_size, ip_type_size;
};

static int peek_start(void *data, const char *name, const char **attr, unsigned depth, unsigned line,
                      struct error *err)
{
        struct peek *p = data;

        (void)depth;
        (void)line;
        if (strcmp(name, "zone") != 0)
                return error_set(err, EINVAL, "Wrong document type");
        snprintf(p->brand, p->brand_size, "%s", str_empty(xml_attr(attr, "brand")));
        snprintf(p->ip_type, p->ip_type_size, "%s", str_empty(xml_attr(attr, "ip-type")));
        if (!*p->ip_type)
                snprintf(p->ip_type, p->ip_type_size, "shared");
        return 1;
}

int config_peek(int dirfd, const char *name, char *brand, size_t brand_size, char *ip_type,
                size_t ip_type_size)
{
        struct peek peek = {brand, ip_type, brand_size, ip_type_size};
        const struct xml_handler handler = {.data = &peek, .start = peek_start};
        char file[ZONENAME_MAX + 8], head[4096];
        _cleanup_close_ int fd = -1;
        ssize_t n;

        if (strlen(name) >= ZONENAME_MAX || strchr(name, '/'))
                return -EINVAL;
        snprintf(file, sizeof(file), "%s.xml", name);
        fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return -errno;
        n = pread(fd, head, sizeof(head), 0);
        if (n < 0)
                return -errno;
        return xml_parse(head, (size_t)n, file, &handler, NULL);
}

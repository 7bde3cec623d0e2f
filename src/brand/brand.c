/* Loading a brand's two files, and its answers about resources and properties; see brand.h. */
#include "brand/brand.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "xml/xml.h"

static const char *const text_elements[BRAND_TEXTS] = {
    [BRAND_MODNAME] = "modname",
    [BRAND_INITNAME] = "initname",
    [BRAND_RESTARTINIT] = "restartinit",
    [BRAND_LOGIN_CMD] = "login_cmd",
    [BRAND_FORCEDLOGIN_CMD] = "forcedlogin_cmd",
    [BRAND_USER_CMD] = "user_cmd",
    [BRAND_INSTALL] = "install",
    [BRAND_INSTALLOPTS] = "installopts",
    [BRAND_BOOT] = "boot",
    [BRAND_SYSBOOT] = "sysboot",
    [BRAND_HALT] = "halt",
    [BRAND_SHUTDOWN] = "shutdown",
    [BRAND_VERIFY_CFG] = "verify_cfg",
    [BRAND_VERIFY_ADM] = "verify_adm",
    [BRAND_POSTATTACH] = "postattach",
    [BRAND_POSTCLONE] = "postclone",
    [BRAND_POSTINSTALL] = "postinstall",
    [BRAND_PREDETACH] = "predetach",
    [BRAND_ATTACH] = "attach",
    [BRAND_DETACH] = "detach",
    [BRAND_CLONE] = "clone",
    [BRAND_PRESNAP] = "presnap",
    [BRAND_POSTSNAP] = "postsnap",
    [BRAND_VALIDATESNAP] = "validatesnap",
    [BRAND_PREUNINSTALL] = "preuninstall",
    [BRAND_UNINSTALL] = "uninstall",
    [BRAND_PRESTATECHANGE] = "prestatechange",
    [BRAND_POSTSTATECHANGE] = "poststatechange",
    [BRAND_QUERY] = "query",
};

struct reader {
        struct brand *brand;
        const char *name;
        int open; /* text element that is open, -1 if none */
        struct strbuf text;
        bool in_resource;
};

/* Appends a zeroed element to an array; NULL when out of memory. */
static void *grow(void *array_ptr, size_t *n, size_t size)
{
        void **array = array_ptr;
        char *grown = reallocarray(*array, *n + 1, size);

        if (!grown)
                return NULL;
        *array = grown;
        memset(grown + *n * size, 0, size);
        return grown + (*n)++ * size;
}

static int missing(const char *element, const char *attr, struct error *err)
{
        return error_set(err, EINVAL, "Invalid document: element %s lacks the attribute %s", element, attr);
}

/* Copies a required attribute. */
static int take(const char *element, const char **attr, const char *name, char **ret, struct error *err)
{
        const char *value = xml_attr(attr, name);

        if (!value)
                return missing(element, name, err);
        *ret = strdup(value);
        return *ret ? 0 : error_nomem(err);
}

static int take_optional(const char **attr, const char *name, char **ret, struct error *err)
{
        const char *value = xml_attr(attr, name);

        if (!value)
                return 0;
        *ret = strdup(value);
        return *ret ? 0 : error_nomem(err);
}

static int take_bool(const char *element, const char **attr, const char *name, bool *ret, struct error *err)
{
        const char *value = xml_attr(attr, name);

        if (!value)
                return missing(element, name, err);
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
                return error_set(err, EINVAL, "Invalid document: %s of %s is neither true nor false", name,
                                 element);
        *ret = *value == 't';
        return 0;
}

static int check_root(const struct reader *rd, const char *root, const char *name, const char **attr,
                      struct error *err)
{
        const char *self = xml_attr(attr, "name");

        if (strcmp(name, root) != 0)
                return error_set(err, EINVAL, "Wrong document type");
        if (!self)
                return missing(root, "name", err);
        if (strcmp(self, rd->name) != 0)
                return error_set(err, EINVAL, "the name '%s' is not that of the folder", self);
        return 0;
}

static int read_resource(struct brand *b, const char **attr, struct error *err)
{
        struct brand_resource *res = grow(&b->res, &b->n_res, sizeof(*res));
        int r;

        if (!res)
                return error_nomem(err);
        r = take("resource", attr, "name", &res->name, err);
        if (r == 0)
                r = take_bool("resource", attr, "enabled", &res->enabled, err);
        return r < 0 ? r : take_optional(attr, "reason", &res->reason, err);
}

static int read_property(struct brand *b, const char **attr, struct error *err)
{
        struct brand_resource *res = &b->res[b->n_res - 1];
        struct brand_property *prop = grow(&res->prop, &res->n_prop, sizeof(*prop));
        int r;

        if (!prop)
                return error_nomem(err);
        r = take("property", attr, "name", &prop->name, err);
        if (r == 0)
                r = take_bool("property", attr, "enabled", &prop->enabled, err);
        if (r == 0)
                r = take_optional(attr, "fixed-value", &prop->fixed_value, err);
        return r < 0 ? r : take_optional(attr, "reason", &prop->reason, err);
}

static int read_privilege(struct brand *b, const char **attr, struct error *err)
{
        struct brand_privilege *priv = grow(&b->privilege, &b->n_privilege, sizeof(*priv));
        const char *ip_type = xml_attr(attr, "ip-type");
        int r;

        if (!priv)
                return error_nomem(err);
        r = take("privilege", attr, "set", &priv->set, err);
        if (r == 0)
                r = take("privilege", attr, "name", &priv->name, err);
        if (r < 0)
                return r;
        priv->ip_type = strdup(ip_type ? ip_type : "all");
        return priv->ip_type ? 0 : error_nomem(err);
}

static int config_start(void *data, const char *name, const char **attr, unsigned depth, unsigned line,
                        struct error *err)
{
        struct reader *rd = data;

        (void)line;
        if (depth == 0)
                return check_root(rd, "brand", name, attr, err);
        if (depth == 1) {
                rd->in_resource = strcmp(name, "resource") == 0;
                if (rd->in_resource)
                        return read_resource(rd->brand, attr, err);
                if (strcmp(name, "privilege") == 0)
                        return read_privilege(rd->brand, attr, err);
                for (int i = 0; i < BRAND_TEXTS; i++)
                        if (strcmp(text_elements[i], name) == 0) {
                                if (rd->brand->text[i])
                                        return error_set(err, EINVAL, "Invalid document: more than one %s",
                                                         name);
                                rd->open = i;
                        }
                return 0;
        }
        if (depth == 2 && rd->in_resource && strcmp(name, "property") == 0)
                return read_property(rd->brand, attr, err);
        return 0;
}

static int config_text(void *data, const char *text, size_t len, struct error *err)
{
        struct reader *rd = data;

        (void)err;
        if (rd->open >= 0)
                strbuf_add(&rd->text, text, len);
        return 0;
}

static int config_end(void *data, const char *name, unsigned depth, struct error *err)
{
        struct reader *rd = data;
        char *text;

        (void)name;
        if (depth != 1 || rd->open < 0)
                return 0;
        text = strbuf_take(&rd->text);
        if (!text)
                return error_nomem(err);
        if (!*text) {
                free(text);
                text = NULL;
        }
        rd->brand->text[rd->open] = text;
        rd->open = -1;
        return 0;
}

static int read_mount(struct brand_mount **list, size_t *n, const char *name, const char **attr,
                      struct error *err)
{
        struct brand_mount *m = grow(list, n, sizeof(*m));
        const char *opt = xml_attr(attr, "opt");
        int r;

        if (!m)
                return error_nomem(err);
        r = take(name, attr, "special", &m->special, err);
        if (r == 0)
                r = take(name, attr, "directory", &m->directory, err);
        if (r == 0)
                r = take(name, attr, "type", &m->type, err);
        if (r < 0)
                return r;
        m->opt = strdup(str_empty(opt));
        return m->opt ? 0 : error_nomem(err);
}

/* An entry for another architecture or IP type is none of ours. */
static bool applies(const char **attr)
{
        const char *arch = xml_attr(attr, "arch"), *ip = xml_attr(attr, "ip-type");

        return (!arch || strcmp(arch, "sparc") != 0) && (!ip || strcmp(ip, "shared") != 0);
}

static int platform_start(void *data, const char *name, const char **attr, unsigned depth, unsigned line,
                          struct error *err)
{
        struct reader *rd = data;
        struct brand *b = rd->brand;
        int r;

        (void)line;
        if (depth == 0) {
                r = check_root(rd, "platform", name, attr, err);
                return r < 0 ? r : take_bool(name, attr, "allow-exclusive-ip", &b->allow_exclusive_ip, err);
        }
        if (depth != 1)
                return 0;
        if (strcmp(name, "global_mount") == 0)
                return read_mount(&b->global_mount, &b->n_global_mount, name, attr, err);
        if (strcmp(name, "mount") == 0)
                return read_mount(&b->mount, &b->n_mount, name, attr, err);
        if (strcmp(name, "device") == 0 && applies(attr)) {
                struct brand_device *d = grow(&b->device, &b->n_device, sizeof(*d));

                if (!d)
                        return error_nomem(err);
                r = take(name, attr, "match", &d->match, err);
                if (r < 0)
                        return r;
                d->name = strdup(str_empty(xml_attr(attr, "name")));
                return d->name ? 0 : error_nomem(err);
        }
        if (strcmp(name, "symlink") == 0) {
                struct brand_symlink *s = grow(&b->symlink, &b->n_symlink, sizeof(*s));

                if (!s)
                        return error_nomem(err);
                r = take(name, attr, "source", &s->source, err);
                return r < 0 ? r : take(name, attr, "target", &s->target, err);
        }
        return 0;
}

static int load_file(int dirfd, const char *dir, const char *file, const struct xml_handler *handler,
                     struct error *err)
{
        _cleanup_free_ char *data = NULL;
        char where[PATH_MAX];
        size_t len;
        int r = fs_read_at(dirfd, file, XML_MAX_SIZE, &data, &len);

        if (snprintf(where, sizeof(where), "%s/%s", dir, file) >= (int)sizeof(where))
                return error_set(err, ENAMETOOLONG, "%s: path too long", file);
        if (r < 0)
                return error_errno(err, r, "%s", where);
        return xml_parse(data, len, where, handler, err);
}

/* A folder below the root comes first; a brand of the host serves every root. */
static int open_folder(const struct root *root, const char *name, char *dir, size_t size, struct error *err)
{
        const struct root host = {.path = ""};
        char path[128];
        int fd;

        if (!*name || *name == '.' || strchr(name, '/') ||
            snprintf(path, sizeof(path), "%s/%s", ZONES_BRAND, name) >= (int)sizeof(path))
                return error_set(err, ENOENT, "%s: no such brand", name);
        fd = root_open_dir(root, path, NULL);
        if (fd >= 0) {
                if (root_path(root, path, dir, size) == 0)
                        return fd;
                close(fd);
                return error_set(err, ENAMETOOLONG, "%s: path too long", path);
        }
        if (fd == -ENOENT && root->path[0])
                fd = root_open_dir(&host, path, NULL);
        snprintf(dir, size, "%s", path);
        if (fd == -ENOENT || fd == -ENOTDIR)
                return error_set(err, ENOENT, "%s: no such brand", name);
        return fd < 0 ? error_errno(err, fd, "%s", path) : fd;
}

int brand_load(const struct root *root, const char *name, struct brand **ret, struct error *err)
{
        struct reader rd = {.name = name, .open = -1};
        const struct xml_handler config = {&rd, config_start, config_end, config_text};
        const struct xml_handler platform = {.data = &rd, .start = platform_start};
        _cleanup_(brand_freep) struct brand *brand = NULL;
        char dir[PATH_MAX];
        _cleanup_close_ int fd = open_folder(root, name, dir, sizeof(dir), err);
        int r;

        if (fd < 0)
                return fd;
        rd.brand = brand = calloc(1, sizeof(*brand));
        if (!brand || !(brand->name = strdup(name)))
                return error_nomem(err);
        r = load_file(fd, dir, "config.xml", &config, err);
        strbuf_free(&rd.text);
        if (r == 0)
                r = load_file(fd, dir, "platform.xml", &platform, err);
        if (r < 0)
                return r == -ENOENT ? -EINVAL : r;
        *ret = TAKE_PTR(brand);
        return 0;
}

static void free_mounts(struct brand_mount *m, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(m[i].special);
                free(m[i].directory);
                free(m[i].opt);
                free(m[i].type);
        }
        free(m);
}

static void free_resources(struct brand *b)
{
        for (size_t i = 0; i < b->n_res; i++) {
                for (size_t k = 0; k < b->res[i].n_prop; k++) {
                        free(b->res[i].prop[k].name);
                        free(b->res[i].prop[k].fixed_value);
                        free(b->res[i].prop[k].reason);
                }
                free(b->res[i].prop);
                free(b->res[i].name);
                free(b->res[i].reason);
        }
        free(b->res);
}

void brand_free(struct brand *b)
{
        if (!b)
                return;
        free(b->name);
        for (int i = 0; i < BRAND_TEXTS; i++)
                free(b->text[i]);
        free_resources(b);
        for (size_t i = 0; i < b->n_privilege; i++) {
                free(b->privilege[i].set);
                free(b->privilege[i].name);
                free(b->privilege[i].ip_type);
        }
        free(b->privilege);
        free_mounts(b->global_mount, b->n_global_mount);
        free_mounts(b->mount, b->n_mount);
        for (size_t i = 0; i < b->n_device; i++) {
                free(b->device[i].match);
                free(b->device[i].name);
        }
        free(b->device);
        for (size_t i = 0; i < b->n_symlink; i++) {
                free(b->symlink[i].source);
                free(b->symlink[i].target);
        }
        free(b->symlink);
        free(b);
}

void brand_freep(struct brand **brand)
{
        brand_free(*brand);
        *brand = NULL;
}

static int by_text(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the brands of one folder that load and are not in the list yet. */
static void list_folder(const struct root *root, const struct root *where, struct strv *names)
{
        char path[PATH_MAX];
        struct dirent *e;
        DIR *dir;

        if (root_path(where, ZONES_BRAND, path, sizeof(path)) < 0 || !(dir = opendir(path)))
                return;
        while ((e = readdir(dir))) {
                struct brand *brand;
                bool known = false;

                for (size_t i = 0; i < names->n && !known; i++)
                        known = strcmp(names->v[i], e->d_name) == 0;
                if (known || e->d_name[0] == '.' || brand_load(root, e->d_name, &brand, NULL) < 0)
                        continue;
                brand_free(brand);
                strv_add(names, e->d_name);
        }
        closedir(dir);
}

int brand_list(const struct root *root, char ***ret, struct error *err)
{
        const struct root host = {.path = ""};
        struct strv names = {0};

        list_folder(root, root, &names);
        if (root->path[0])
                list_folder(root, &host, &names);
        if (!names.failed && names.n == 0)
                names.failed = !(names.v = calloc(1, sizeof(char *)));
        if (names.failed) {
                strv_free(&names);
                return error_nomem(err);
        }
        qsort(names.v, names.n, sizeof(char *), by_text);
        *ret = names.v;
        return 0;
}

static const struct brand_resource *find_resource(const struct brand *b, const char *name)
{
        for (size_t i = 0; i < b->n_res; i++)
                if (strcmp(b->res[i].name, name) == 0)
                        return &b->res[i];
        return NULL;
}

static const struct brand_property *find_property(const struct brand_resource *res, const char *name)
{
        for (size_t i = 0; i < res->n_prop; i++)
                if (strcmp(res->prop[i].name, name) == 0)
                        return &res->prop[i];
        return NULL;
}

bool brand_allows(const struct brand *brand, const char *resource, const char *prop, const char **ret_reason)
{
        const struct brand_resource *res = find_resource(brand, resource);
        const struct brand_property *p = res && prop ? find_property(res, prop) : NULL;

        if (ret_reason)
                *ret_reason = NULL;
        if (brand->n_res == 0)
                return true;
        if (!res || !res->enabled) {
                if (res && ret_reason)
                        *ret_reason = res->reason;
                return false;
        }
        if (p && !p->enabled && ret_reason)
                *ret_reason = p->reason;
        return !prop || (p && p->enabled);
}

bool brand_is_machine(const struct brand *brand)
{
        const char *init = brand->text[BRAND_INITNAME], *slash = init ? strrchr(init, '/') : NULL;

        return init && strcmp(slash ? slash + 1 : init, "zhyve") == 0;
}

const char *brand_fixed(const struct brand *brand, const char *resource, const char *prop)
{
        const struct brand_resource *res = find_resource(brand, resource);
        const struct brand_property *p = res ? find_property(res, prop) : NULL;

        return p ? p->fixed_value : NULL;
}

char *brand_expand(const char *text, const char *zone, const char *zonepath, const char *user)
{
        struct strbuf b = {0};

        for (const char *p = text; *p; p++) {
                if (*p != '%') {
                        strbuf_putc(&b, *p);
                        continue;
                }
                switch (*++p) {
                case '%':
                        strbuf_putc(&b, '%');
                        break;
                case 'z':
                        strbuf_puts(&b, str_empty(zone));
                        break;
                case 'R':
                        strbuf_puts(&b, str_empty(zonepath));
                        break;
                case 'u':
                        strbuf_puts(&b, str_empty(user));
                        break;
                case 'Z':
                        strbuf_puts(&b, "global");
                        break;
                case '\0':
                        return strbuf_take(&b);
                default:
                        break;
                }
        }
        return strbuf_take(&b);
}

/*
 * Pools: /etc/zones/pools.conf says what stands for the pool in a volume's name.  One pool a line, "NAME KIND
 * WHERE"; # begins a comment; WHERE is the rest of the line.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "volume/internal.h"

#define POOLS_CONF     ZONES_ETC "/pools.conf"
#define POOLS_CONF_MAX (256 * 1024)
#define POOLS_DEFAULT  ZONES_VAR "/pools"
#define POOL_NAME_MAX  64

bool pool_part_valid(const char *part, size_t n)
{
        if (n == 0 || n > NAME_MAX - 8 || (n == 1 && part[0] == '.') ||
            (n == 2 && memcmp(part, "..", 2) == 0))
                return false;
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char)part[i];

                if (c >= 0x80 || (!isalnum(c) && !strchr("_-.:", c)) || c == '\0')
                        return false;
        }
        return part[0] != '-';
}

void pool_clear(struct pool *pool)
{
        free(pool->base);
        *pool = (struct pool){0};
}

/* Takes the next word off *line: NULL at its end. */
static char *next_word(char **line)
{
        char *word = *line + strspn(*line, " \t");
        size_t n = strcspn(word, " \t");

        if (n == 0)
                return NULL;
        *line = word + n + (word[n] != '\0');
        word[n] = '\0';
        return word;
}

/* What remains of the line, without the blanks around it. */
static char *rest_of_line(char *line)
{
        size_t n;

        line += strspn(line, " \t");
        n = strlen(line);
        while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
                line[--n] = '\0';
        return line;
}

/* A directory is absolute and says where it is without "..". */
static bool directory_valid(const char *where)
{
        if (where[0] != '/' || strlen(where) > PATH_MAX / 4 || !str_printable(where))
                return false;
        for (const char *p = where; *p; p += *p == '/') {
                size_t n = strcspn(p, "/");

                if (n == 2 && memcmp(p, "..", 2) == 0)
                        return false;
                p += n;
        }
        return true;
}

static bool dataset_valid(const char *where)
{
        if (strlen(where) > NAME_MAX)
                return false;
        for (const char *p = where;; p++) {
                size_t n = strcspn(p, "/");

                if (!pool_part_valid(p, n))
                        return false;
                p += n;
                if (!*p)
                        return true;
        }
}

struct entry {
        const char *name;
        enum volume_kind kind;
        char *where;
};

/* Reads one line; *ret_empty for a blank line or a comment. */
static int parse_line(char *line, struct entry *ret, bool *ret_empty, struct error *err)
{
        const char *kind;
        size_t n;

        line[strcspn(line, "#")] = '\0';
        ret->name = next_word(&line);
        *ret_empty = !ret->name;
        if (*ret_empty)
                return 0;
        n = strlen(ret->name);
        if (n > POOL_NAME_MAX || !pool_part_valid(ret->name, n))
                return error_set(err, EINVAL, "\"%.80s\" is no pool name", ret->name);
        kind = next_word(&line);
        if (!kind)
                return error_set(err, EINVAL, "pool %s has no kind; it is dir or zfs", ret->name);
        if (strcmp(kind, "dir") == 0)
                ret->kind = VOLUME_DIR;
        else if (strcmp(kind, "zfs") == 0)
                ret->kind = VOLUME_ZFS;
        else
                return error_set(err, EINVAL, "pool %s: unknown kind \"%.80s\"; it is dir or zfs", ret->name,
                                 kind);
        ret->where = rest_of_line(line);
        if (ret->kind == VOLUME_DIR && !directory_valid(ret->where))
                return error_set(err, EINVAL, "pool %s: \"%.200s\" is no absolute path of a directory",
                                 ret->name, ret->where);
        if (ret->kind == VOLUME_ZFS && !dataset_valid(ret->where))
                return error_set(err, EINVAL, "pool %s: \"%.200s\" is no name of a ZFS dataset", ret->name,
                                 ret->where);
        return 0;
}

/* What to do with an entry of pools.conf. */
typedef int entry_fn(const struct entry *e, void *arg, struct error *err);

/*
 * Calls fn for each pool in the text of pools.conf.  The whole text is read even when the pool was found, so
 * that a mistake is seen at once and not on the day when another pool is used.
 */
static int each_in_text(char *text, size_t len, entry_fn *fn, void *arg, struct error *err)
{
        char *next = text;

        if (memchr(text, '\0', len))
                return error_set(err, EINVAL, "%s: holds a NUL byte", POOLS_CONF);
        for (int number = 1; next; number++) {
                struct entry e = {0};
                char *line = next;
                bool empty;
                int r;

                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                r = parse_line(line, &e, &empty, err);
                if (r == 0 && !empty)
                        r = fn(&e, arg, err);
                if (r == -ENOMEM)
                        return r;
                if (r < 0) {
                        error_prefix(err, "%s: line %d", POOLS_CONF, number);
                        return r;
                }
        }
        return 0;
}

static int each_in_file(const struct root *root, entry_fn *fn, void *arg, struct error *err)
{
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX];
        size_t len;
        int r;

        if (root_path(root, POOLS_CONF, path, sizeof(path)) < 0)
                return error_set(err, ENAMETOOLONG, "%s: path too long", POOLS_CONF);
        r = fs_read_at(AT_FDCWD, path, POOLS_CONF_MAX, &text, &len);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_errno(err, r, "%s", path);
        return each_in_text(text, len, fn, arg, err);
}

struct wanted {
        const char *name;
        struct pool *pool;
};

static int take_wanted(const struct entry *e, void *arg, struct error *err)
{
        const struct wanted *w = arg;

        if (strcmp(e->name, w->name) != 0)
                return 0;
        if (w->pool->base)
                return error_set(err, EINVAL, "pool %s is defined twice", w->name);
        w->pool->base = strdup(e->where);
        w->pool->kind = e->kind;
        return w->pool->base ? 0 : error_nomem(err);
}

static int take_dir(const struct entry *e, void *arg, struct error *err)
{
        struct strv *dirs = arg;

        if (e->kind == VOLUME_DIR)
                strv_add(dirs, e->where);
        return dirs->failed ? error_nomem(err) : 0;
}

int pool_dirs(const struct root *root, struct strv *ret, struct error *err)
{
        return each_in_file(root, take_dir, ret, err);
}

int pool_find(const struct root *root, const char *name, struct pool *ret, struct error *err)
{
        char path[PATH_MAX], kstat[64 + POOL_NAME_MAX];
        struct stat st;
        int r;

        *ret = (struct pool){0};
        if (strlen(name) > POOL_NAME_MAX)
                return error_set(err, EINVAL, "%.80s...: the name of the pool is too long", name);
        r = each_in_file(root, take_wanted, &(struct wanted){name, ret}, err);
        if (r < 0)
                pool_clear(ret);
        if (r < 0 || ret->base)
                return r;
        /* The kernel lists imported pools here: no need to start zpool(8) on the way to a boot. */
        snprintf(kstat, sizeof(kstat), "/proc/spl/kstat/zfs/%s", name);
        if (root_path(root, kstat, path, sizeof(path)) == 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
                ret->kind = VOLUME_ZFS;
                ret->base = strdup(name);
        } else {
                ret->kind = VOLUME_DIR;
                if (asprintf(&ret->base, "%s/%s", POOLS_DEFAULT, name) < 0)
                        ret->base = NULL;
        }
        return ret->base ? 0 : error_nomem(err);
}

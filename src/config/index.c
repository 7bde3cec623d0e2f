/*
 * The index file; see index.h.  Reading and rewriting go over the text once, line by line: lines that are not
 * entries of ours (comments, malformed ones, unknown states) are left where they are.
 */
#include "config/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"

#define INDEX_NAME     "index"
#define INDEX_LOCK     "index.lock"
#define INDEX_MAX_SIZE (64u * 1024 * 1024)
#define INDEX_MAX_LINE (64 + 14 + 1024 + 36 + 4)
#define INDEX_FRESH    "global:installed:/\n"
#define LOCK_WAIT_MS   30000

/* One line, cut into its fields; the fields point into the text and are not terminated. */
struct line {
        const char *name, *path, *uuid;
        size_t name_len, path_len, uuid_len;
        int state;
};

static bool parse_state(const char *word, size_t len, int *ret)
{
        static const enum zone_state stored[] = {ZONE_CONFIGURED, ZONE_INCOMPLETE, ZONE_INSTALLED};

        for (size_t i = 0; i < ARRAY_SIZE(stored); i++) {
                const char *name = zone_state_name(stored[i]);

                if (strlen(name) == len && memcmp(name, word, len) == 0) {
                        *ret = (int)stored[i];
                        return true;
                }
        }
        return false;
}

/* False for anything that is not an entry of a zone: comments, global, nonsense. */
static bool parse_line(const char *text, size_t len, struct line *ret)
{
        const char *end = text + len, *p, *state;

        if (len == 0 || len > INDEX_MAX_LINE || *text == '#' || memchr(text, '\0', len) ||
            !(p = memchr(text, ':', len)))
                return false;
        *ret = (struct line){.name = text, .name_len = (size_t)(p - text)};
        state = p + 1;
        if (ret->name_len == 0 || ret->name_len >= ZONENAME_MAX ||
            !(p = memchr(state, ':', (size_t)(end - state))) ||
            !parse_state(state, (size_t)(p - state), &ret->state))
                return false;
        ret->path = ++p;
        if (p < end && *p == '"') {
                const char *close = memchr(p + 1, '"', (size_t)(end - p - 1));

                if (!close || (close + 1 < end && close[1] != ':'))
                        return false;
                ret->path = p + 1;
                ret->path_len = (size_t)(close - ret->path);
                p = close + 1;
        } else {
                const char *colon = memchr(p, ':', (size_t)(end - p));

                p = colon ? colon : end;
                ret->path_len = (size_t)(p - ret->path);
        }
        if (p < end)
                p++;
        ret->uuid = p;
        ret->uuid_len = (size_t)(end - p);
        return ret->uuid_len < UUID_TEXT && ret->path_len < 1024;
}

static bool name_is(const struct line *line, const char *name)
{
        return strlen(name) == line->name_len && memcmp(line->name, name, line->name_len) == 0;
}

static bool is_global(const struct line *line)
{
        return name_is(line, "global");
}

static int fill_entry(const struct line *line, struct index_entry *ret)
{
        *ret = (struct index_entry){.state = (enum zone_state)line->state};
        memcpy(ret->name, line->name, line->name_len);
        memcpy(ret->uuid, line->uuid, line->uuid_len);
        if (!uuid_valid(ret->uuid))
                ret->uuid[0] = '\0';
        ret->path = strndup(line->path, line->path_len);
        return ret->path ? 0 : -ENOMEM;
}

/* The text of the index; an absent file is "". */
static int read_index(const struct root *root, char **ret, size_t *ret_len, struct error *err)
{
        _cleanup_close_ int fd = root_open_dir(root, ZONES_ETC, NULL);
        int r;

        if (fd == -ENOENT)
                r = -ENOENT;
        else
                r = fd < 0 ? fd : fs_read_at(fd, INDEX_NAME, INDEX_MAX_SIZE, ret, ret_len);
        if (r == -ENOENT) {
                *ret_len = 0;
                *ret = strdup("");
                return *ret ? 0 : error_nomem(err);
        }
        return r < 0 ? error_errno(err, r, "%s%s/%s", root->path, ZONES_ETC, INDEX_NAME) : 0;
}

/* The next line after *p; false at the end.  The line is without its newline. */
static bool next_line(const char **p, const char *end, const char **ret, size_t *ret_len)
{
        const char *nl;

        if (*p >= end)
                return false;
        nl = memchr(*p, '\n', (size_t)(end - *p));
        *ret = *p;
        *ret_len = (size_t)((nl ? nl : end) - *p);
        *p = nl ? nl + 1 : end;
        return true;
}

int index_load(const struct root *root, struct index *ret, struct error *err)
{
        _cleanup_free_ char *data = NULL;
        struct index index = {0};
        const char *p, *text;
        size_t len, cap = 0, n;
        int r = read_index(root, &data, &len, err);

        if (r < 0)
                return r;
        for (p = data; next_line(&p, data + len, &text, &n);) {
                struct line line;

                if (!parse_line(text, n, &line) || is_global(&line))
                        continue;
                if (index.n == cap) {
                        struct index_entry *grown;

                        cap = cap ? cap * 2 : 64;
                        grown = reallocarray(index.entry, cap, sizeof(*grown));
                        if (!grown)
                                goto nomem;
                        index.entry = grown;
                }
                if (fill_entry(&line, &index.entry[index.n]) < 0)
                        goto nomem;
                index.n++;
        }
        *ret = index;
        return 0;
nomem:
        index_free(&index);
        return error_nomem(err);
}

void index_entry_clear(struct index_entry *entry)
{
        free(entry->path);
        entry->path = NULL;
}

void index_free(struct index *index)
{
        for (size_t i = 0; i < index->n; i++)
                index_entry_clear(&index->entry[i]);
        free(index->entry);
        *index = (struct index){0};
}

static int lookup(const struct root *root, const char *name, const char *uuid, struct index_entry *ret,
                  struct error *err)
{
        _cleanup_free_ char *data = NULL;
        const char *p, *text;
        size_t len, n, name_len = name ? strlen(name) : 0;
        int r = read_index(root, &data, &len, err);

        if (r < 0)
                return r;
        for (p = data; next_line(&p, data + len, &text, &n);) {
                struct line line;

                /* Most lines are of other zones: do not take them apart. */
                if (name && (n <= name_len || text[name_len] != ':' || memcmp(text, name, name_len) != 0))
                        continue;
                if (!parse_line(text, n, &line) || is_global(&line))
                        continue;
                if (name ? name_is(&line, name)
                         : line.uuid_len == strlen(uuid) && strncasecmp(line.uuid, uuid, line.uuid_len) == 0)
                        return fill_entry(&line, ret) < 0 ? error_nomem(err) : 0;
        }
        return error_set(err, ENOENT, "%s: No such zone configured", name ? name : uuid);
}

int index_lookup(const struct root *root, const char *name, struct index_entry *ret, struct error *err)
{
        return lookup(root, name, NULL, ret, err);
}

int index_lookup_uuid(const struct root *root, const char *uuid, struct index_entry *ret, struct error *err)
{
        if (!uuid_valid(uuid))
                return error_set(err, EINVAL, "illegal UUID value specified");
        return lookup(root, NULL, uuid, ret, err);
}

/* Is the shorter of the two the other, or a directory above it? */
static bool overlap(const char *a, size_t a_len, const char *b, size_t b_len)
{
        size_t n = a_len < b_len ? a_len : b_len;

        return n > 0 && memcmp(a, b, n) == 0 && (a_len == b_len || (a_len > n ? a : b)[n] == '/');
}

int index_lookup_overlap(const struct root *root, const char *path, const char *const *but,
                         struct index_entry *ret, struct error *err)
{
        _cleanup_free_ char *data = NULL;
        size_t len, n, path_len = strlen(path);
        const char *p, *text;
        int r = read_index(root, &data, &len, err);

        if (r < 0)
                return r;
        for (p = data; next_line(&p, data + len, &text, &n);) {
                struct line line;
                bool other = true;

                if (!parse_line(text, n, &line) || is_global(&line) ||
                    !overlap(line.path, line.path_len, path, path_len))
                        continue;
                for (const char *const *b = but; *b; b++)
                        other = other && !name_is(&line, *b);
                if (other)
                        return fill_entry(&line, ret) < 0 ? error_nomem(err) : 0;
        }
        return error_set(err, ENOENT, "%s: no zone has this zonepath", path);
}

static void put_line(struct strbuf *b, const char *name, int state, const char *path, const char *uuid)
{
        const char *quote = strchr(path, ':') ? "\"" : "";

        strbuf_printf(b, "%s:%s:%s%s%s:%s\n", name, zone_state_name((enum zone_state)state), quote, path,
                      quote, uuid);
}

enum change_kind {
        CHANGE_ADD,
        CHANGE_MODIFY,
        CHANGE_REMOVE,
};

struct change {
        enum change_kind kind;
        const char *name;
        int state; /* < 0: as it is */
        const char *path, *uuid, *new_name;
};

/* What a field of a line may hold, so that the line can be read again. */
static int check_change(const struct change *c, struct error *err)
{
        const char *name = c->new_name ? c->new_name : c->name;

        if (c->kind == CHANGE_REMOVE)
                return 0;
        if (!zone_name_valid(name))
                return error_set(err, EINVAL, "%s: Bogus zone name", name);
        if (c->path && (strlen(c->path) >= 1024 || strchr(c->path, '"') || !str_printable(c->path)))
                return error_set(err, EINVAL, "%s: zonepath cannot be kept in the index: %s", name, c->path);
        if (c->uuid && *c->uuid && !uuid_valid(c->uuid))
                return error_set(err, EINVAL, "%s: invalid UUID", c->uuid);
        if (c->state > (int)ZONE_INSTALLED)
                return error_set(err, EINVAL, "%s: Zone state is invalid for the requested operation", name);
        return 0;
}

/* The UUID rules: configured has none, every other state has one. */
static const char *rule_uuid(int state, const char *uuid, char made[UUID_TEXT])
{
        if (state == ZONE_CONFIGURED)
                return "";
        if (*uuid)
                return uuid;
        uuid_make(made);
        return made;
}

static int put_modified(struct strbuf *b, const struct change *c, const struct line *line)
{
        struct index_entry old;
        char made[UUID_TEXT];
        int state = c->state < 0 ? line->state : c->state;

        if (fill_entry(line, &old) < 0)
                return -ENOMEM;
        put_line(b, c->new_name ? c->new_name : old.name, state, c->path ? c->path : old.path,
                 rule_uuid(state, c->uuid ? c->uuid : old.uuid, made));
        index_entry_clear(&old);
        return 0;
}

/* Writes the changed text; *ret_found says whether the entry was there. */
static int apply(const struct change *c, const char *data, size_t len, struct strbuf *b, bool *ret_found,
                 struct error *err)
{
        const char *p = data, *text;
        char made[UUID_TEXT];
        size_t n;

        *ret_found = false;
        if (len == 0)
                strbuf_puts(b, INDEX_FRESH);
        while (next_line(&p, data + len, &text, &n)) {
                struct line line;
                bool entry = parse_line(text, n, &line);

                if (entry && c->new_name && name_is(&line, c->new_name) && strcmp(c->new_name, c->name) != 0)
                        return error_set(err, EEXIST, "%s: Zone name already in use", c->new_name);
                if (entry && name_is(&line, c->name)) {
                        *ret_found = true;
                        if (c->kind == CHANGE_ADD)
                                return error_set(err, EEXIST, "%s: Zone name already in use", c->name);
                        if (c->kind == CHANGE_MODIFY && put_modified(b, c, &line) < 0)
                                return error_nomem(err);
                        continue;
                }
                strbuf_add(b, text, n);
                strbuf_putc(b, '\n');
        }
        if (c->kind == CHANGE_ADD)
                put_line(b, c->name, c->state, str_empty(c->path),
                         rule_uuid(c->state, str_empty(c->uuid), made));
        return b->failed ? error_nomem(err) : 0;
}

static int update_locked(const struct root *root, const struct change *c, struct error *err)
{
        _cleanup_(strbuf_free) struct strbuf b = {0};
        _cleanup_free_ char *data = NULL;
        _cleanup_close_ int fd = -1;
        size_t len;
        bool found = false;
        int r = read_index(root, &data, &len, err);

        if (r == 0)
                r = apply(c, data, len, &b, &found, err);
        if (r < 0)
                return r;
        if (!found && c->kind == CHANGE_REMOVE)
                return 0;
        if (!found && c->kind == CHANGE_MODIFY)
                return error_set(err, ENOENT, "%s: Problem updating index file", c->name);
        /* A state that is written again (reboot loops, two commands) needs no new file. */
        if (len > 0 && b.len == len && memcmp(b.data, data, len) == 0)
                return 0;
        fd = root_make_dir(root, ZONES_ETC, 0755, err);
        if (fd < 0)
                return fd;
        r = fs_replace_at(fd, INDEX_NAME, b.data, b.len, 0644);
        return r < 0 ? error_errno(err, r, "%s%s/%s: Problem updating index file", root->path, ZONES_ETC,
                                   INDEX_NAME)
                     : 0;
}

static int update(const struct root *root, const struct change *c, struct error *err)
{
        _cleanup_close_ int lock = -1;
        _cleanup_close_ int run = -1;
        int r;

        /* The entry of the global zone never changes, and nobody is told. */
        if (strcmp(c->name, "global") == 0)
                return 0;
        r = check_change(c, err);
        if (r < 0)
                return r;
        run = root_make_dir(root, ZONES_RUN, 0700, err);
        if (run < 0)
                return run;
        lock = fs_lock_at(run, INDEX_LOCK, LOCK_WAIT_MS);
        if (lock < 0)
                return error_errno(err, lock, "%s%s/%s: Locking index file", root->path, ZONES_RUN,
                                   INDEX_LOCK);
        return update_locked(root, c, err);
}

int index_add(const struct root *root, const char *name, enum zone_state state, const char *path,
              const char *uuid, struct error *err)
{
        const struct change c = {CHANGE_ADD, name, (int)state, path, uuid, NULL};

        return update(root, &c, err);
}

int index_modify(const struct root *root, const char *name, int state, const char *path, const char *uuid,
                 const char *new_name, struct error *err)
{
        const struct change c = {CHANGE_MODIFY, name, state, path, uuid, new_name};

        return update(root, &c, err);
}

int index_remove(const struct root *root, const char *name, struct error *err)
{
        const struct change c = {.kind = CHANGE_REMOVE, .name = name};

        return update(root, &c, err);
}

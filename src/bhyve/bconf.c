/*
 * The configuration tree: nodes and values in the order of their creation, addressed by dotted names.  The
 * order is part of the interface, because config.dump prints it: a node stays where it was first mentioned, a
 * value that is set again moves to the end of its node.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"

#define NAME_MAX_BYTES 256 /* longest dotted name */
#define DEPTH_MAX      16  /* most references inside references, as in bhyve */
#define EXPANDED_MAX   (1024 * 1024)

struct bnode {
        char *name;
        char *value;   /* NULL: a node with children */
        bool referred; /* a value of the tree that this one was expanded from named it */
        struct bnode *prev, *next;
        struct bnode *first, *last;
};

struct bconf {
        struct bnode root;
        bool expanded;
};

struct bconf *bconf_new(void)
{
        return calloc(1, sizeof(struct bconf));
}

static void node_free(struct bnode *n)
{
        while (n->first) {
                struct bnode *child = n->first;

                n->first = child->next;
                node_free(child);
                free(child);
        }
        free(n->name);
        free(n->value);
}

void bconf_free(struct bconf *c)
{
        if (!c)
                return;
        node_free(&c->root);
        free(c);
}

void bconf_freep(struct bconf **c)
{
        bconf_free(*c);
}

static struct bnode *find_child(const struct bnode *parent, const char *name, size_t len)
{
        for (struct bnode *n = parent->first; n; n = n->next)
                if (strncmp(n->name, name, len) == 0 && n->name[len] == '\0')
                        return n;
        return NULL;
}

static void append(struct bnode *parent, struct bnode *n)
{
        n->prev = parent->last;
        n->next = NULL;
        *(parent->last ? &parent->last->next : &parent->first) = n;
        parent->last = n;
}

static void detach(struct bnode *parent, struct bnode *n)
{
        *(n->prev ? &n->prev->next : &parent->first) = n->next;
        *(n->next ? &n->next->prev : &parent->last) = n->prev;
}

static struct bnode *add_child(struct bnode *parent, const char *name, size_t len)
{
        struct bnode *n = calloc(1, sizeof(*n));

        if (!n)
                return NULL;
        n->name = strndup(name, len);
        if (!n->name) {
                free(n);
                return NULL;
        }
        append(parent, n);
        return n;
}

static bool name_valid(const char *name)
{
        size_t len = strlen(name);

        return len > 0 && len < NAME_MAX_BYTES && name[0] != '.' && name[len - 1] != '.' &&
               !strstr(name, "..") && str_printable(name) && !strchr(name, '=');
}

static int set_value(struct bnode *parent, const char *name, const char *value)
{
        struct bnode *n = find_child(parent, name, strlen(name));
        char *copy;

        if (n && !n->value)
                return -EINVAL; /* a node is not a value */
        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        if (!n)
                n = add_child(parent, name, strlen(name));
        else {
                detach(parent, n);
                append(parent, n);
        }
        if (!n) {
                free(copy);
                return -ENOMEM;
        }
        free(n->value);
        n->value = copy;
        return 0;
}

int bconf_set(struct bconf *c, const char *name, const char *value)
{
        struct bnode *parent = &c->root;
        const char *dot;

        if (!name_valid(name))
                return -EINVAL;
        for (; (dot = strchr(name, '.')); name = dot + 1) {
                size_t len = (size_t)(dot - name);
                struct bnode *n = find_child(parent, name, len);

                if (n && n->value)
                        return -EINVAL; /* a value is not a node */
                parent = n ? n : add_child(parent, name, len);
                if (!parent)
                        return -ENOMEM;
        }
        return set_value(parent, name, value);
}

int bconf_setf(struct bconf *c, const char *value, const char *name_fmt, ...)
{
        char name[NAME_MAX_BYTES];
        va_list ap;
        int n;

        va_start(ap, name_fmt);
        n = vsnprintf(name, sizeof(name), name_fmt, ap);
        va_end(ap);
        if (n < 0 || (size_t)n >= sizeof(name))
                return -EINVAL;
        return bconf_set(c, name, value);
}

static const struct bnode *find(const struct bconf *c, const char *name)
{
        const struct bnode *n = &c->root;

        while (n && *name) {
                size_t len = strcspn(name, ".");

                n = find_child(n, name, len);
                name += len;
                name += *name == '.';
        }
        return n;
}

bool bconf_is_referred_to(const struct bconf *c, const char *name)
{
        const struct bnode *n = find(c, name);

        return n && n->referred;
}

const char *bconf_get(const struct bconf *c, const char *name)
{
        const struct bnode *n = find(c, name);

        return n ? n->value : NULL;
}

const char *bconf_getf(const struct bconf *c, const char *name_fmt, ...)
{
        char name[NAME_MAX_BYTES];
        va_list ap;
        int n;

        va_start(ap, name_fmt);
        n = vsnprintf(name, sizeof(name), name_fmt, ap);
        va_end(ap);
        return n < 0 || (size_t)n >= sizeof(name) ? NULL : bconf_get(c, name);
}

const char *bconf_child(const struct bconf *c, const char *node, size_t i)
{
        const struct bnode *parent = find(c, node), *n;

        if (!parent)
                return NULL;
        for (n = parent->first; n && i > 0; n = n->next)
                i--;
        return n ? n->name : NULL;
}

int bconf_bool(const struct bconf *c, const char *name, bool def)
{
        static const char *const yes[] = {"true", "on", "yes", "1"};
        static const char *const no[] = {"false", "off", "no", "0"};
        const char *value = bconf_get(c, name);

        if (!value)
                return def;
        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                if (strcasecmp(value, yes[i]) == 0)
                        return true;
                if (strcasecmp(value, no[i]) == 0)
                        return false;
        }
        return -EINVAL;
}

static int each(const struct bnode *parent, const char *prefix,
                int (*fn)(const char *name, const char *value, void *arg), void *arg)
{
        for (const struct bnode *n = parent->first; n; n = n->next) {
                char name[NAME_MAX_BYTES];
                int r;

                if (snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", n->name) >=
                    NAME_MAX_BYTES)
                        return -ENAMETOOLONG;
                r = n->value ? fn(name, n->value, arg) : each(n, name, fn, arg);
                if (r < 0)
                        return r;
        }
        return 0;
}

int bconf_each(const struct bconf *c, int (*fn)(const char *name, const char *value, void *arg), void *arg)
{
        return each(&c->root, "", fn, arg);
}

/* ---- %(NAME) --------------------------------------------------------------------------------------------
 */

struct expansion {
        const struct bconf *from;
        struct bconf *to;
        struct strv referred; /* names that values mention; in the copy they may not be yet */
        struct error *err;
};

/* A password is nobody's business, not even a part of it. */
static const char *shown(const char *name, const char *text)
{
        const char *last = strrchr(name, '.');

        return strcmp(last ? last + 1 : name, "password") == 0 ? "***" : text;
}

static int expand(struct expansion *e, const char *name, const char *value, unsigned depth,
                  struct strbuf *out)
{
        if (depth > DEPTH_MAX)
                return error_set(e->err, ELOOP, "%s: too many references inside references", name);

        for (const char *p = value; *p; p++) {
                _cleanup_free_ char *reference = NULL;
                const char *end, *target;
                int r;

                if (*p == '\\' && p[1] != '\0') {
                        strbuf_putc(out, *++p);
                        continue;
                }
                if (*p != '%') {
                        strbuf_putc(out, *p);
                        continue;
                }
                end = p[1] == '(' ? strchr(p + 2, ')') : NULL;
                if (!end || end == p + 2)
                        return error_set(e->err, EINVAL, "%s: invalid reference in \"%s\"", name,
                                         shown(name, value));
                reference = strndup(p + 2, (size_t)(end - p - 2));
                if (!reference)
                        return error_nomem(e->err);
                target = bconf_get(e->from, reference);
                if (!target)
                        return error_set(e->err, EINVAL, "%s: \"%s\" refers to %s, which is not set", name,
                                         shown(name, value), shown(name, reference));
                strv_add(&e->referred, reference);
                r = expand(e, name, target, depth + 1, out);
                if (r < 0)
                        return r;
                if (out->len > EXPANDED_MAX)
                        return error_set(e->err, E2BIG, "%s: too long after expansion", name);
                p = end;
        }
        return 0;
}

static int expand_one(const char *name, const char *value, void *arg)
{
        struct expansion *e = arg;
        _cleanup_(strbuf_free) struct strbuf out = {0};
        int r;

        /* As in bhyve, a backslash is a quote only in a value that has something to expand. */
        if (strchr(value, '%') && !e->from->expanded) {
                strbuf_puts(&out, "");
                r = expand(e, name, value, 0, &out);
                if (r < 0)
                        return r;
                if (out.failed)
                        return error_nomem(e->err);
                value = out.data;
        }
        if (bconf_is_referred_to(e->from, name))
                strv_add(&e->referred, name);
        r = bconf_set(e->to, name, value);
        return r < 0 ? error_errno(e->err, r, "%s", name) : 0;
}

static void mark_referred(struct bconf *c, const char *name)
{
        struct bnode *n = &c->root;

        while (n && *name) {
                size_t len = strcspn(name, ".");

                n = find_child(n, name, len);
                name += len;
                name += *name == '.';
        }
        if (n)
                n->referred = true;
}

int bconf_expand(const struct bconf *c, struct bconf **ret, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *copy = bconf_new();
        struct expansion e = {.from = c, .to = copy, .err = err};
        int r;

        if (!copy)
                return error_nomem(err);
        r = bconf_each(c, expand_one, &e);
        for (size_t i = 0; r == 0 && i < e.referred.n; i++)
                mark_referred(copy, e.referred.v[i]);
        if (r == 0 && e.referred.failed)
                r = error_nomem(err);
        strv_free(&e.referred);
        if (r < 0)
                return r;
        copy->expanded = true;
        *ret = TAKE_PTR(copy);
        return 0;
}

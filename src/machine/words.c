/*
 * How attributes are read: exact names, first match wins, blanks around a value do not count, boolean words,
 * aliases, and families of numbered attributes (disk, disk0, disk1, ...).
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "machine/builder.h"

#define TEXT_FILE_MAX 4096 /* a password or an ssh key */

void problem(struct builder *b, const char *fmt, ...)
{
        char text[ERROR_TEXT_MAX];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        /* A finding is one line, whatever the configuration holds. */
        for (char *p = text; *p; p++)
                if ((unsigned char)*p < 0x20 || *p == 0x7f)
                        *p = '?';
        if (b->findings++ == 0)
                error_set(&b->first, EINVAL, "%s", text);
        if (b->problems && problems_add(b->problems, "%s", text) < 0)
                b->nomem = true;
}

const char *keep(struct builder *b, char *text)
{
        strv_consume(&b->keep, text);
        if (b->keep.failed) {
                b->nomem = true;
                return "";
        }
        return text;
}

const char *keepf(struct builder *b, const char *fmt, ...)
{
        va_list ap;
        char *text;
        int n;

        va_start(ap, fmt);
        n = vasprintf(&text, fmt, ap);
        va_end(ap);
        return keep(b, n < 0 ? NULL : text);
}

char *copy(struct builder *b, const char *text)
{
        char *t = strdup(text);

        if (!t)
                b->nomem = true;
        return t;
}

int word_bool(const char *word)
{
        static const char *const yes[] = {"true", "yes", "on", "1", NULL};
        static const char *const no[] = {"false", "no", "off", "0", NULL};

        return word_in(word, yes) ? 1 : word_in(word, no) ? 0 : -1;
}

bool word_in(const char *word, const char *const *list)
{
        for (; *list; list++)
                if (strcmp(word, *list) == 0)
                        return true;
        return false;
}

static const char *stripped(struct builder *b, const char *text)
{
        size_t n;

        while (isspace((unsigned char)*text))
                text++;
        n = strlen(text);
        while (n > 0 && isspace((unsigned char)text[n - 1]))
                n--;
        return text[n] ? keep(b, strndup(text, n)) : text;
}

/* Control characters would break every line and list that the value goes into. */
static const char *checked_value(struct builder *b, const char *name, const char *text)
{
        const char *value = stripped(b, text);

        if (str_printable(value))
                return value;
        problem(b, "attr %s: the value has a control character", name);
        return NULL;
}

static bool was_asked(const struct builder *b, const char *name)
{
        for (size_t i = 0; i < b->n_asked; i++)
                if (strcmp(b->asked[i], name) == 0)
                        return true;
        return false;
}

static void ask(struct builder *b, const char *name)
{
        if (b->n_asked < ARRAY_SIZE(b->asked) && !was_asked(b, name))
                b->asked[b->n_asked++] = name;
}

/* The attribute that this one looks like, capitals aside; NULL for one of the user's own, which is as good as
 * any. */
static const char *attr_meant(struct builder *b, const char *name)
{
        const char *family = keep(b, strndup(name, strcspn(name, "0123456789")));
        char *lower;

        if (was_asked(b, name) || was_asked(b, family))
                return NULL;
        lower = copy(b, name);
        for (char *p = lower; p && *p; p++)
                *p = (char)tolower((unsigned char)*p);
        return str_nearest(keep(b, lower), b->asked, b->n_asked);
}

void attrs_misspelled(struct builder *b)
{
        const struct resource *attr = NULL;

        while ((attr = config_next(b->cfg, "attr", attr))) {
                const char *name = stripped(b, str_empty(resource_get(attr, "name")));
                const char *meant = attr_meant(b, name);

                if (meant)
                        strv_addf(&b->m->doubtful, "attr %s: means nothing to brand %s; did you mean %s?",
                                  name, b->m->brand, meant);
        }
}

const char *attr_get(struct builder *b, const char *name)
{
        const char *text = config_attr(b->cfg, name);

        ask(b, name);
        return text ? checked_value(b, name, text) : NULL;
}

bool attr_bool(struct builder *b, const char *name, bool def)
{
        const char *value = attr_get(b, name);
        int on;

        if (!value)
                return def;
        on = word_bool(value);
        if (on < 0)
                problem(b, "Invalid value %s for boolean variable %s", value, name);
        return on < 0 ? def : on > 0;
}

const char *file_or_text(struct builder *b, const char *where, const char *text)
{
        char path[PATH_MAX], *data;
        int r;

        if (text[0] != '/' || root_path(b->root, text, path, sizeof(path)) < 0)
                return text;
        r = fs_read_at(AT_FDCWD, path, TEXT_FILE_MAX, &data, NULL);
        if (r == -ENOENT || r == -ENOTDIR || r == -EISDIR || r == -EINVAL) {
                /* Which text is not told: it may be a secret after all. */
                strv_addf(&b->m->doubtful, "%s: begins with / and names no file; the text itself is used",
                          where);
                return text;
        }
        if (r < 0) {
                problem(b, "%s: Could not read from %s: %s", where, text, strerror(-r));
                return text;
        }
        return stripped(b, keep(b, data));
}

void note_opt(struct builder *b, const char *name, const char *value)
{
        struct machine *m = b->m;
        struct member *grown = reallocarray(m->opt, m->n_opt + 1, sizeof(*grown));

        if (!grown) {
                b->nomem = true;
                return;
        }
        m->opt = grown;
        m->opt[m->n_opt].name = copy(b, name);
        m->opt[m->n_opt].value = copy(b, str_empty(value));
        m->n_opt++;
}

const char *alias_disk(const char *model, bool cd)
{
        if (strcmp(model, "virtio") == 0)
                return "virtio-blk";
        if (strcmp(model, "ahci") == 0)
                return cd ? "ahci-cd" : "ahci-hd";
        return model;
}

const char *alias_net(const char *model)
{
        static const char *const viona[] = {"virtio", "virtio-viona", "viona", NULL};

        return word_in(model, viona) ? "virtio-net-viona" : model;
}

/* The number after the family name, -1 for the plain name, -2 if the name is of no interest. */
static long family_number(const char *attr, const char *family)
{
        size_t n = strlen(family);
        long number = 0;

        if (strncmp(attr, family, n) != 0)
                return -2;
        if (!attr[n])
                return -1;
        for (const char *p = attr + n; *p; p++) {
                if (!isdigit((unsigned char)*p))
                        return -2;
                if (number < 100000000)
                        number = number * 10 + (*p - '0');
        }
        return number;
}

static void take_number(struct builder *b, struct numbered *n, unsigned i, const char *name,
                        const struct resource *attr)
{
        n->value[i] = checked_value(b, name, str_empty(resource_get(attr, "value")));
        if (n->value[i])
                n->order[n->n_order++] = i;
}

void attr_numbered(struct builder *b, struct numbered *n)
{
        const struct resource *attr = NULL;

        ask(b, n->name);
        while ((attr = config_next(b->cfg, "attr", attr))) {
                const char *name = stripped(b, str_empty(resource_get(attr, "name")));
                long i = family_number(name, n->name);

                if (i < 0)
                        continue;
                if (i >= (long)n->limit)
                        problem(b, "%s slot out of range (0-%u)", name, n->limit - 1);
                else if (n->value[i])
                        problem(b, "%s%ld appears more than once in configuration", n->name, i);
                else
                        take_number(b, n, (unsigned)i, name, attr);
        }
        attr = NULL;
        while (n->plain && (attr = config_next(b->cfg, "attr", attr))) {
                const char *name = stripped(b, str_empty(resource_get(attr, "name")));
                unsigned i = 0;

                if (family_number(name, n->name) != -1)
                        continue;
                while (i < n->limit && n->value[i])
                        i++;
                if (i == n->limit)
                        problem(b, "%s: no more available slots (%u at most)", n->name, n->limit);
                else
                        take_number(b, n, i, name, attr);
        }
}

const char *one_fact(struct builder *b, const char *where_a, const char *a, const char *where_b,
                     const char *b_value)
{
        if (a && b_value && strcmp(a, b_value) != 0)
                problem(b, "%s says %s, but %s says %s", where_a, a, where_b, b_value);
        return a ? a : b_value;
}

/* Reads one quoted part or escaped character at *text into word. */
static int shell_part(const char **text, struct strbuf *word)
{
        const char *p = *text;
        char quote = *p++;

        if (quote == '\\') {
                if (!*p)
                        return -EINVAL;
                strbuf_putc(word, *p++);
                *text = p;
                return 0;
        }
        for (; *p && *p != quote; p++) {
                if (quote == '"' && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
                        p++;
                strbuf_putc(word, *p);
        }
        if (!*p)
                return -EINVAL;
        strbuf_add(word, "", 0);
        *text = p + 1;
        return 0;
}

int shell_split(const char *text, struct strv *ret)
{
        struct strbuf word = {0};
        bool inside = false;
        int r = 0;

        while (*text && r == 0) {
                if (isspace((unsigned char)*text)) {
                        if (inside)
                                strv_consume(ret, strbuf_take(&word));
                        inside = false;
                        text++;
                        continue;
                }
                inside = true;
                if (strchr("'\"\\", *text))
                        r = shell_part(&text, &word);
                else
                        strbuf_putc(&word, *text++);
        }
        if (r == 0 && inside)
                strv_consume(ret, strbuf_take(&word));
        strbuf_free(&word);
        return r < 0 ? r : ret->failed ? -ENOMEM : 0;
}

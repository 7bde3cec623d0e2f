/* Keys, lists and quoted texts; see yaml.h. */
#include "cloudinit/yaml.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

/* The character at p and its length in bytes; 0 if it is not UTF-8. */
static size_t decode(const char *p, uint32_t *ret)
{
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        unsigned char c = (unsigned char)*p;
        size_t n = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;

        if (n == 0)
                return 0;
        *ret = n == 1 ? c : c & (0x7fU >> n);
        for (size_t i = 1; i < n; i++) {
                if (((unsigned char)p[i] & 0xc0) != 0x80)
                        return 0;
                *ret = *ret << 6 | ((unsigned char)p[i] & 0x3f);
        }
        if (*ret < least[n] || *ret > 0x10ffff || (*ret >= 0xd800 && *ret < 0xe000))
                return 0;
        return n;
}

/* Characters that YAML calls printable and that are no kind of line end. */
static bool plain(uint32_t c)
{
        return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0x2028) || (c >= 0x202a && c < 0xd800) ||
               (c >= 0xe000 && c < 0xfeff) || (c > 0xfeff && c < 0xfffe) || c >= 0x10000;
}

static void put_quoted(struct yaml *y, const char *text)
{
        strbuf_putc(&y->text, '"');
        while (*text) {
                uint32_t c;
                size_t n = decode(text, &c);

                if (n == 0) {
                        y->not_utf8 = true;
                        break;
                }
                if (c == '"' || c == '\\')
                        strbuf_printf(&y->text, "\\%c", (char)c);
                else if (c == '\n')
                        strbuf_puts(&y->text, "\\n");
                else if (c == '\t')
                        strbuf_puts(&y->text, "\\t");
                else if (!plain(c))
                        strbuf_printf(&y->text, "\\u%04x", c);
                else
                        strbuf_add(&y->text, text, n);
                text += n;
        }
        strbuf_putc(&y->text, '"');
}

void yaml_open(struct yaml *y, unsigned indent, const char *key)
{
        strbuf_printf(&y->text, "%*s%s:\n", (int)indent, "", key);
}

void yaml_open_text(struct yaml *y, unsigned indent, const char *key)
{
        strbuf_printf(&y->text, "%*s", (int)indent, "");
        put_quoted(y, key);
        strbuf_puts(&y->text, ":\n");
}

void yaml_word(struct yaml *y, unsigned indent, const char *key, const char *word)
{
        strbuf_printf(&y->text, "%*s%s: %s\n", (int)indent, "", key, word);
}

void yaml_text(struct yaml *y, unsigned indent, const char *key, const char *value)
{
        strbuf_printf(&y->text, "%*s%s: ", (int)indent, "", key);
        put_quoted(y, value);
        strbuf_putc(&y->text, '\n');
}

void yaml_item(struct yaml *y, unsigned indent, const char *value)
{
        strbuf_printf(&y->text, "%*s- ", (int)indent, "");
        put_quoted(y, value);
        strbuf_putc(&y->text, '\n');
}

void yaml_items(struct yaml *y, unsigned indent, const char *values, const char *separators)
{
        static const char blanks[] = " \t\r";

        for (const char *p = values; *p;) {
                size_t n = strcspn(p, separators), len = n;
                const char *from = p;
                _cleanup_free_ char *part = NULL;

                p += n + (p[n] != '\0');
                while (len > 0 && strchr(blanks, *from)) {
                        from++;
                        len--;
                }
                while (len > 0 && strchr(blanks, from[len - 1]))
                        len--;
                if (len == 0)
                        continue;
                part = strndup(from, len);
                if (part)
                        yaml_item(y, indent, part);
                else
                        y->text.failed = true;
        }
}

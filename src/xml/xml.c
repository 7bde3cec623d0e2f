/* A bounded XML reader; see xml.h. */
#include "xml/xml.h"

#include <errno.h>
#include <expat.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

struct reader {
        XML_Parser parser;
        const struct xml_handler *handler;
        const char *data;
        const char *where;
        struct error *err;
        unsigned depth;
        unsigned nodes;
        int result; /* of a handler: 0 to go on, > 0 stopped, < 0 failed */
};

static unsigned line_of(const struct reader *r)
{
        return (unsigned)XML_GetCurrentLineNumber(r->parser);
}

static void stop(struct reader *r, int result)
{
        r->result = result;
        XML_StopParser(r->parser, XML_FALSE);
}

static void refuse(struct reader *r, const char *why)
{
        if (r->result == 0)
                stop(r, error_set(r->err, EINVAL, "%s:%u: %s", r->where, line_of(r), why));
}

/* Errors of handlers get the place in front, so that handlers need not know it. */
static void handle(struct reader *r, int result)
{
        if (result < 0 && result != -ENOMEM)
                error_prefix(r->err, "%s:%u", r->where, line_of(r));
        if (result != 0)
                stop(r, result);
}

/*
 * With a DOCTYPE that names an external part, expat takes an unknown entity in an attribute for one that is
 * declared there, and hands the value over without it.  A value must not lose a piece in silence.
 */
static bool has_entity(const struct reader *r)
{
        const char *p = r->data + XML_GetCurrentByteIndex(r->parser);
        const char *end = p + XML_GetCurrentByteCount(r->parser);

        while ((p = memchr(p, '&', (size_t)(end - p)))) {
                size_t n = (size_t)(end - ++p);
                static const char *const known[] = {"#", "amp;", "lt;", "gt;", "quot;", "apos;"};
                bool found = false;

                for (size_t i = 0; i < ARRAY_SIZE(known) && !found; i++)
                        found = n >= strlen(known[i]) && memcmp(p, known[i], strlen(known[i])) == 0;
                if (!found)
                        return true;
        }
        return false;
}

static void on_start(void *data, const char *name, const char **attr)
{
        struct reader *r = data;

        /* Expat may still call back once after it was stopped. */
        if (r->result != 0)
                return;
        if (r->depth >= XML_MAX_DEPTH)
                return refuse(r, "elements are nested too deeply");
        if (has_entity(r))
                return refuse(r, "entities are not allowed");
        r->nodes++;
        for (size_t i = 0; attr[i]; i += 2)
                r->nodes++;
        if (r->nodes > XML_MAX_NODES)
                return refuse(r, "too many elements");
        handle(r, r->handler->start(r->handler->data, name, attr, r->depth++, line_of(r), r->err));
}

static void on_end(void *data, const char *name)
{
        struct reader *r = data;

        if (r->result != 0)
                return;
        r->depth--;
        if (r->handler->end)
                handle(r, r->handler->end(r->handler->data, name, r->depth, r->err));
}

static void on_text(void *data, const char *text, int len)
{
        struct reader *r = data;

        if (r->result == 0 && r->handler->text)
                handle(r, r->handler->text(r->handler->data, text, (size_t)len, r->err));
}

static void on_doctype(void *data, const char *name, const char *sysid, const char *pubid, int internal)
{
        (void)name;
        (void)sysid;
        (void)pubid;
        if (internal)
                refuse(data, "a document type definition inside the document is not allowed");
}

static void on_entity(void *data, const char *name, int is_parameter, const char *value, int len,
                      const char *base, const char *sysid, const char *pubid, const char *notation)
{
        (void)name;
        (void)is_parameter;
        (void)value;
        (void)len;
        (void)base;
        (void)sysid;
        (void)pubid;
        (void)notation;
        refuse(data, "entity declarations are not allowed");
}

static void on_skipped(void *data, const char *name, int is_parameter)
{
        (void)name;
        if (!is_parameter)
                refuse(data, "entities are not allowed");
}

static XML_Parser make_parser(struct reader *r)
{
        /* One encoding, so that what has_entity looks at is what expat reads. */
        XML_Parser p = XML_ParserCreate("UTF-8");

        if (!p)
                return NULL;
        r->parser = p;
        XML_SetUserData(p, r);
        XML_SetElementHandler(p, on_start, on_end);
        XML_SetCharacterDataHandler(p, on_text);
        XML_SetStartDoctypeDeclHandler(p, on_doctype);
        XML_SetEntityDeclHandler(p, on_entity);
        XML_SetSkippedEntityHandler(p, on_skipped);
        return p;
}

int xml_parse(const char *data, size_t len, const char *where, const struct xml_handler *handler,
              struct error *err)
{
        struct reader r = {.handler = handler, .data = data, .where = where, .err = err};
        enum XML_Error code;
        unsigned line;

        if (len > XML_MAX_SIZE)
                return error_set(err, EFBIG, "%s: larger than 4 MiB", where);
        if (len == 0)
                return error_set(err, EINVAL, "%s: Empty document", where);
        if (!make_parser(&r))
                return error_nomem(err);
        if (XML_Parse(r.parser, data, (int)len, 1) == XML_STATUS_OK) {
                XML_ParserFree(r.parser);
                return 0;
        }
        code = XML_GetErrorCode(r.parser);
        line = line_of(&r);
        XML_ParserFree(r.parser);
        if (r.result != 0)
                return r.result < 0 ? r.result : 0;
        if (code == XML_ERROR_NO_MEMORY)
                return error_nomem(err);
        return error_set(err, EINVAL, "%s:%u: %s", where, line, XML_ErrorString(code));
}

const char *xml_attr(const char **attr, const char *name)
{
        for (; attr[0]; attr += 2)
                if (strcmp(attr[0], name) == 0)
                        return attr[1];
        return NULL;
}

void xml_escape(struct strbuf *b, const char *text)
{
        for (const char *p = text; *p;) {
                size_t n = strcspn(p, "<>&\"\t\n\r");

                strbuf_add(b, p, n);
                p += n;
                switch (*p) {
                case '\0':
                        return;
                case '<':
                        strbuf_puts(b, "&lt;");
                        break;
                case '>':
                        strbuf_puts(b, "&gt;");
                        break;
                case '&':
                        strbuf_puts(b, "&amp;");
                        break;
                case '"':
                        strbuf_puts(b, "&quot;");
                        break;
                default:
                        /* A reader turns a bare newline or tab of an attribute into a blank. */
                        strbuf_printf(b, "&#%d;", *p);
                }
                p++;
        }
}

/*
 * Reading XML without its dangers: expat as a stream of elements, with bounds on size, depth and number of
 * nodes, and without entities.  Zone configurations and brand descriptions come from other systems and from
 * people, so a document that declares an entity, carries a DTD of its own or wants an external one is refused
 * with one line that names the file and the line.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"

#define XML_MAX_SIZE  (4u * 1024 * 1024)
#define XML_MAX_DEPTH 16
#define XML_MAX_NODES 200000 /* elements and attributes together */

struct xml_handler {
        void *data;
        /* attr is name, value, name, value, ..., NULL.  Return > 0 to stop reading, negative for an error. */
        int (*start)(void *data, const char *name, const char **attr, unsigned depth, unsigned line,
                     struct error *err);
        int (*end)(void *data, const char *name, unsigned depth, struct error *err); /* may be NULL */
        int (*text)(void *data, const char *text, size_t len, struct error *err);    /* may be NULL */
};

/*
 * Reads a document; where names it in messages ("FILE:LINE: TEXT", -EINVAL).  depth is 0 for the root
 * element.  start may stop the reading early, after which the rest of the document is not looked at: then
 * data may also be cut off, which is how the first kilobytes of a file tell what its root element says.
 */
int xml_parse(const char *data, size_t len, const char *where, const struct xml_handler *handler,
              struct error *err);

/* The value of an attribute, or NULL. */
const char *xml_attr(const char **attr, const char *name);

/* Appends text as attribute value or content: <>&", and control characters as references. */
void xml_escape(struct strbuf *b, const char *text);

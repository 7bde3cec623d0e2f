/* What zonecfg does outside a session: answers about brands and the schema, and the shells' completion. */
#pragma once

#include "zonecfg/session.h"

/* zonecfg -b BRAND resources|properties [RESOURCE] [--json]; returns the exit status. */
int cli_brand(struct session *s, const char *brand, int argc, char **argv);
/* zonecfg schema --json */
int cli_schema(struct session *s, int argc, char **argv);
/* zonecfg [-z ZONE] upgrade|downgrade [-a] [-n] [-V VERSION] */
int cli_convert(struct session *s, int argc, char **argv);
/* zonecfg help [TOPIC...] */
int cli_help(struct session *s, int argc, char **argv);
/* zonecfg [-z ZONE] --complete TEXT: the candidates, one a line. */
int cli_complete(struct session *s, const char *text);

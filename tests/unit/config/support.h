/* What the tests of the configuration share. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/root.h"
#include "config/config.h"
#include "config/edit.h"
#include "config/schema.h"

#define ZONE(inner) "<zone name=\"z\" zonepath=\"/z\" autoboot=\"false\">" inner "</zone>"

/* The text of tests/unit/config/data/NAME. */
char *data_file(const char *name);
/* Parses XML that must be good. */
struct config *parse(const char *xml);
/* A fresh directory as alternate root; removed by drop_root. */
void make_root(struct root *root);
void drop_root(struct root *root);
/* Writes DIR/NAME below the root, making DIR. */
void put_file(const struct root *root, const char *dir, const char *name, const char *text);

/* What create -t can begin from. */
#pragma once

#include "base/root.h"
#include "base/strv.h"

/*
 * Adds the templates and zones that there are, each by every word for it that config_load_template() takes;
 * in no order, and some twice.  Best effort: a directory that cannot be read has none.
 */
void templates_list(const struct root *root, struct strv *ret);

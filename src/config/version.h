/*
 * The version of a configuration: which dialect it is written in.
 *
 *   1  attributes, as on OmniOS and SmartOS: nothing in it that illumos does not know
 *   2  resources, as in RFD 121
 *
 * The DTD fixes the attribute "version" of the element zone, and other tools check documents against the DTD.
 * So version 1 has no mark at all, and version 2 has an attribute of our own, config-version="2", in a file
 * that those tools could not load anyway.  A file without the mark that holds additions of RFD 121 is of
 * version 2 as well: somebody wrote it by hand, or a script did.
 */
#pragma once

#include "base/error.h"
#include "config/config.h"

#define CONFIG_VERSION_ATTRIBUTES 1
#define CONFIG_VERSION_RESOURCES  2
#define CONFIG_VERSION_NEWEST     CONFIG_VERSION_RESOURCES

/* The version; -EINVAL for a mark that is none we know: "config-version 7: this zonecfg knows 1 and 2". */
int config_version(const struct config *cfg, struct error *err);
/* Sets the mark, or takes it away for version 1. */
int config_set_version(struct config *cfg, int version, struct error *err);
/* What version 1 has no words for, one line each: "device /dev/x: emulation, option".  0 or -ENOMEM. */
int config_additions(const struct config *cfg, struct problems *ret);

/* What the install and uninstall hooks share: their arguments, the zonepath, and the record of volumes. */
#pragma once

#include "base/error.h"
#include "base/root.h"
#include "base/strv.h"
#include "base/zone.h"

struct hook {
        struct root root;
        const char *zone;
        char zonepath[PATH_MAX]; /* on this host: the alternate root is in it */
};

/* Takes over -z and -R (the zonepath, with or without the alternate root in front). */
int hook_set_zone(struct hook *h, const char *zone, const char *zonepath, struct error *err);

/*
 * The record of volumes that install created, ZONEPATH/created-volumes, one name a line: uninstall destroys
 * these and no others.
 */
int record_load(int zonepath_fd, struct strv *ret, struct error *err);
int record_save(int zonepath_fd, const struct strv *names, struct error *err);
#define RECORD_FILE "created-volumes"

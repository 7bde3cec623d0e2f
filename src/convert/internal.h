/* What the two directions of a conversion share; see convert.h. */
#pragma once

#include "brand/brand.h"
#include "config/edit.h"
#include "convert/convert.h"
#include "machine/machine.h"

struct conversion {
        const struct root *root;
        const char *uuid;
        struct config *cfg;      /* as far as it has come */
        struct machine *machine; /* what cfg describes */
        char *before;            /* what must stay: see machine_text in convert.c */
        struct brand *brand;     /* NULL when there is no such folder: then it refuses nothing */
        size_t refused;          /* how much of cfg the brand does not have */
        int r;                   /* -ENOMEM ends everything */
};

/*
 * One step changes cfg, a copy of the configuration; d is a device of the machine, for the steps that take
 * one.  0 when it did something; -ENOENT when there is nothing to do, another error when it cannot be done.
 */
typedef int step_fn(const struct conversion *c, struct config *cfg, const struct machine_device *d);

/* Takes a step, or undoes it.  True when it was taken. */
bool step(struct conversion *c, step_fn *fn, const struct machine_device *d);
/* The same for every device of the machine as it was at the beginning. */
void step_devices(struct conversion *c, step_fn *fn);
/* The same from the last one on. */
void step_devices_back(struct conversion *c, step_fn *fn);

/* ---- attributes -------------------------------------------------------------------------------------- */

int attr_add(struct config *cfg, const char *name, const char *value);
int attr_remove(struct config *cfg, const char *name);
/* The value without blanks around it, in buf; NULL if there is none or it is too long. */
const char *attr_text(const struct config *cfg, const char *name, char *buf, size_t size);

/* ---- resources --------------------------------------------------------------------------------------- */

/* Sets or (value NULL) clears a property of a resource of which there is one at most. */
int only_set(struct config *cfg, const char *type, const char *prop, const char *value);
/* Position of the resource of a type whose key says value; -ENOENT. */
int find_by(const struct config *cfg, const char *type, const char *key, const char *value);

/* Does a lofs fs show a file or directory of the host at this path of the zone? */
bool shown_by_fs(const struct config *cfg, const char *path);

/*
 * The attribute of a kvm zone for a disk.  Such a zone counts its drives, and a serial number that is made of
 * the count need not be said; whether it is the same one shows when the step is judged.
 */
int kvm_disk_attr(struct config *cfg, const struct machine_device *d, bool say_serial);

void convert_upgrade(struct conversion *c);
void convert_downgrade(struct conversion *c);

/*
 * Where everything lives.  Every tool takes -R ROOT; all files of the zone tools are then below ROOT, and
 * nothing outside it is read or written (except /usr, which holds the engine).  Without -R, ROOT is "".
 *
 * The programs that a program starts (zoneadmd, brand hooks) are looked for below ROOT first, then in the
 * same place below /: a test installs into ROOT and runs what it installed.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define ZONES_ETC   "/etc/zones"     /* configurations, index (zones-tools.md 2.1) */
#define ZONES_RUN   "/run/zones"     /* doors, sockets, run-time state, locks; 0700 */
#define ZONES_BRAND "/usr/lib/brand" /* one folder a brand */
#define ZONES_LIB   "/usr/lib/zones" /* zoneadmd and its helpers */
#define ZONES_VAR   "/var/lib/zones" /* the embedded default directory pool */

/* Environment variable by which a program tells the programs it starts about -R. */
#define ZONES_ROOT_ENV "_ZONES_ROOT"

struct root {
        char path[PATH_MAX]; /* "" for /, else absolute, without a trailing slash */
};

/* Checks and takes over the argument of -R: "root path must be absolute: X", "... a directory: X". */
int root_set(struct root *root, const char *path, struct error *err);

/* From the environment (for hooks); an unset variable means /. */
int root_from_env(struct root *root, struct error *err);

/* Tells alternate roots apart in names and ids that the whole host shares (djb2: spread, not a secret). */
unsigned root_hash(const struct root *root);

/* root + path into buf; -ENAMETOOLONG if it does not fit. */
int root_path(const struct root *root, const char *path, char *buf, size_t size);

/* Opens root + path as a directory. */
int root_open_dir(const struct root *root, const char *path, struct error *err);

/* The same, made first if it is absent. */
int root_make_dir(const struct root *root, const char *path, unsigned mode, struct error *err);

/* Path of a program we start: root + path if that is an executable file, else path itself. */
int root_program(const struct root *root, const char *path, char *buf, size_t size);

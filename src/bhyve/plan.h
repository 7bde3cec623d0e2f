/*
 * The plan: what zoneadmd tells zhyve about the world outside its arguments, in the environment variable
 * ZHYVE_PLAN.  It is text, one fact a line, so that it can be read in a log:
 *
 *     plan 1                       first line: the version
 *     kvm 0                        1: accelerate with KVM
 *     engine 9                     descriptor of the engine's executable; absent: ENGINE_PATH
 *     qmp listen 10                QMP socket, "listen" or "connected"; absent: no QMP
 *     console listen               what the console's descriptor is, "listen" or "connected"
 *     paused                       start the guest paused
 *     fd KIND N PATH               descriptor N serves the need (KIND, PATH)
 *     net tap|stream N LINK        descriptor N is the link's end
 *     net user LINK                user-mode networking inside the engine, no descriptor
 *     pci HOST PATH                host device for a passthru, "0000:01:00.0 /dev/ppt0"
 *     mac ADDRESS                  of the first, second, .. network interface
 *     read PATH                    Landlock: may be read (also "execute", "write"); none at all: the default
 *
 * KIND is disk, disk-ro, rom, vars, console, socket, tty, dir, dir-ro, tpm or memory.  A path runs to the end
 * of its line, so it may hold blanks but no line break.
 */
#pragma once

#include "bhyve/bhyve.h"

#define ZHYVE_PLAN_ENV "ZHYVE_PLAN"
#define PLAN_MAX_BYTES (120 * 1024) /* one environment string may have 128 KiB */
#define PLAN_MAX_FDS   200

struct plan {
        struct engine_env env; /* run_dir and notices are not part of a plan */
        int engine_fd;         /* -1: by path */
        struct strv readable, executable, writable;

        /* What a parsed plan points into; the maker of a plan leaves them alone. */
        char *text;
        struct engine_fd *fds;
        const char **macs;
};

/* The caller frees *ret.  -EINVAL names what cannot be written (a line break in a path). */
int plan_format(const struct plan *plan, char **ret, struct error *err);
/* Refuses anything it does not understand.  Free with plan_free. */
int plan_parse(const char *text, struct plan *ret, struct error *err);
void plan_free(struct plan *plan);

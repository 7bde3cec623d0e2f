/*
 * The front end to the engine: bhyve(8) arguments in, QEMU arguments out.
 *
 * The arguments become a configuration tree first, the dotted variables of bhyve_config(5), exactly as
 * bhyve(8) does it: every option sets variables, -k reads them from a file, -o sets one, config.dump prints
 * them all.  The engine's arguments are made from the tree alone.
 *
 * The front end opens nothing: paths that the engine needs are asked for from an opener, which in a zone is a
 * table of inherited descriptors and on a plain host is open(2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strv.h"

/* Exit statuses of bhyve(8). */
enum bhyve_exit {
        BHYVE_EXIT_RESET = 0,
        BHYVE_EXIT_POWEROFF = 1,
        BHYVE_EXIT_HALT = 2,
        BHYVE_EXIT_TRIPLE_FAULT = 3,
        BHYVE_EXIT_ERROR = 4,
        BHYVE_EXIT_USAGE = 1,
        BHYVE_EXIT_BAD_VALUE = 64,
};

struct bconf; /* the tree */

struct bconf *bconf_new(void); /* NULL when out of memory */
void bconf_free(struct bconf *c);
void bconf_freep(struct bconf **c);
/* Sets a.b.c=value; a value that exists moves to the end of its node, as in bhyve.  -EINVAL, -ENOMEM. */
int bconf_set(struct bconf *c, const char *name, const char *value);
int bconf_setf(struct bconf *c, const char *value, const char *name_fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The raw value, or NULL. */
const char *bconf_get(const struct bconf *c, const char *name);
const char *bconf_getf(const struct bconf *c, const char *name_fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Booleans: true on yes 1 / false off no 0, any case; def when not set; -EINVAL when it is another word. */
int bconf_bool(const struct bconf *c, const char *name, bool def);
/* Calls fn for every variable in dump order with %(NAME) expanded. */
int bconf_each(const struct bconf *c, int (*fn)(const char *name, const char *value, void *arg), void *arg);

/*
 * Parses argv[1..) into the tree, defaults first.  Returns 0, or the exit status that bhyve(8) would end with
 * (BHYVE_EXIT_BAD_VALUE, BHYVE_EXIT_ERROR, BHYVE_EXIT_USAGE) with the text in err.
 */
int bhyve_parse(int argc, char *const *argv, struct bconf *ret, struct error *err);

/* A thing that the engine needs opened for it. */
enum need_kind {
        NEED_DISK, /* read-write image or block device */
        NEED_DISK_RO,
        NEED_ROM,     /* firmware, read-only */
        NEED_VARS,    /* UEFI variables, read-write */
        NEED_NET,     /* a link: path is its name */
        NEED_CONSOLE, /* /dev/zconsole: a stream socket held by zoneadmd */
        NEED_SOCKET,  /* a socket that the engine serves at a path inside the zone (com2=socket,PATH) */
        NEED_TTY,     /* a character device */
        NEED_DIR,     /* a directory shared by virtio-9p */
        NEED_VNC,     /* the screen: clients are handed over by QMP, nothing is opened */
        NEED_PCI,     /* a host PCI device (passthru) */
        NEED_TPM,     /* socket of a TPM emulator */
};

struct need {
        enum need_kind kind;
        char *path;   /* the text of the arguments */
        char *device; /* "pci.0.4.0" or "com1": where it is used, for messages */
        bool direct;  /* opened with O_DIRECT semantics by the engine */
};

struct needs {
        struct need *need;
        size_t n;
};

/* Lists everything the tree needs opened, in a fixed order. */
int bhyve_needs(const struct bconf *c, struct needs *ret, struct error *err);
void needs_free(struct needs *n);

/* Where the engine finds a need. */
struct engine_fd {
        enum need_kind kind;
        const char *path;
        int fd;
};

struct engine_env {
        const struct engine_fd *fd; /* descriptors by (kind, path); a need without one is opened by path */
        size_t n_fd;
        bool kvm;               /* accelerate; else TCG */
        int qmp_fd;             /* listening or connected stream socket for QMP; -1: none */
        bool qmp_listen;        /* qmp_fd is a listening socket */
        bool console_listen;    /* the console descriptor is a listening socket */
        const char *run_dir;    /* plain host: directory for sockets; NULL in a zone */
        bool paused;            /* start with -S */
        const char *const *mac; /* MAC address for the n-th NEED_NET */
        size_t n_mac;
};

/*
 * The engine's argument vector, argv[0] included.  What the engine cannot do is refused by name
 * ("pci.0.9.0: passthru needs vfio, which ..."), never ignored silently.
 */
int bhyve_to_engine(const struct bconf *c, const struct engine_env *env, struct strv *ret, struct error *err);

#define ENGINE_PATH "/usr/bin/qemu-system-x86_64"

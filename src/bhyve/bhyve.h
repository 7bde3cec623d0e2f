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
#include <stdio.h>

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
/* Calls fn for every variable in dump order, values as they were set (%(NAME) not expanded). */
int bconf_each(const struct bconf *c, int (*fn)(const char *name, const char *value, void *arg), void *arg);
/* The name of the i-th child of a node ("" is the root), or NULL: to walk "pci", "pci.0", ... */
const char *bconf_child(const struct bconf *c, const char *node, size_t i);
/*
 * A copy with every %(NAME) replaced; a reference to nothing is an error (bhyve warns and goes on).  Of a
 * tree that was made so, it is a plain copy: what looks like a reference there is text.
 */
int bconf_expand(const struct bconf *c, struct bconf **ret, struct error *err);
/* Did a value refer to this variable?  Of an expanded tree. */
bool bconf_is_referred_to(const struct bconf *c, const char *name);

/* Not exit statuses: a help text was asked for; print it and exit 0. */
enum bhyve_ask {
        BHYVE_ASK_USAGE = 256, /* -h */
        BHYVE_ASK_DEVICES,     /* -s help */
        BHYVE_ASK_LPC,         /* -l help */
};

/*
 * Parses argv[1..) into the tree, defaults first.  Returns 0, or the exit status that bhyve(8) would end with
 * (BHYVE_EXIT_BAD_VALUE, BHYVE_EXIT_ERROR, BHYVE_EXIT_USAGE) with the text in err (one line), or an
 * enum bhyve_ask.  Reads no file, so it is safe to call on arguments that come from a zone: -k is refused.
 */
int bhyve_parse(int argc, char *const *argv, struct bconf *ret, struct error *err);
/* Are these words options, each with its value, and nothing else?  -EINVAL with the first that is not. */
int bhyve_only_options(const struct strv *words, struct error *err);
/* The same as bhyve_parse() for a plain host, where -k FILE is read. */
int bhyve_parse_host(int argc, char *const *argv, struct bconf *ret, struct error *err);

/* An argument as it may be shown, with *** for a password in it; the caller frees it.  NULL: out of memory.
 */
char *bhyve_hide_passwords(const char *argument);

/* The text for an enum bhyve_ask; BHYVE_ASK_USAGE also goes with BHYVE_EXIT_USAGE. */
void bhyve_help(enum bhyve_ask what, FILE *f);

/* The number of virtual CPUs and their topology (bhyve-brand rules); -EINVAL with bhyve's own text. */
struct topology {
        unsigned cpus, sockets, cores, threads;
};
int bhyve_topology(const struct bconf *c, struct topology *ret, struct error *err);

/*
 * The kvm flavour: variables kvm.* describe a QEMU machine of the kvm brand (kvm.c).  kvm_check() finds what
 * they may not say; without any it is content.
 */
bool kvm_flavour(const struct bconf *c);
int kvm_check(const struct bconf *c, struct error *err);

/* True when a frame buffer has the option wait: the guest must not run before the first viewer is there, so
 * the engine is to be started paused, and let go once.  A guest that is held for a debugger or by -d waits
 * for them alone.  Of an expanded tree, as is the password. */
bool bhyve_waits_for_viewer(const struct bconf *c);
/* The password of the frame buffer, or NULL: set over QMP, for the engine only learns that there is one. */
const char *bhyve_screen_password(const struct bconf *c);

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
        NEED_DIR_RO,
        NEED_VNC,     /* the screen: clients are handed over by QMP, nothing is opened */
        NEED_PCI,     /* a host PCI device (passthru) */
        NEED_PCI_ROM, /* an image in the place of its expansion ROM; follows its NEED_PCI */
        NEED_TPM,     /* socket of a TPM emulator */
        NEED_MEMORY,  /* a disk in memory: path is "pci.0.4.0:MiB" */
};

struct need {
        enum need_kind kind;
        char *path;   /* the text of the arguments */
        char *device; /* "pci.0.4.0" or "com1": where it is used, for messages */
        bool direct;  /* opened with O_DIRECT semantics by the engine */
        bool own;     /* NEED_NET: the engine's own network, nothing of the host's */
        int net;      /* NEED_NET: number of the net resource that it is of, -1 if that is not said */
};

struct needs {
        struct need *need;
        size_t n;
};

/* Lists everything the tree needs opened, in a fixed order. */
int bhyve_needs(const struct bconf *c, struct needs *ret, struct error *err);
void needs_free(struct needs *n);

/* How a link reaches the engine. */
enum link_how {
        LINK_TAP,    /* fd is a tap device */
        LINK_STREAM, /* fd is a connected stream socket that carries Ethernet frames (passt) */
        LINK_USER,   /* no descriptor: the engine's own user-mode networking */
};

/* Where the engine finds a need. */
struct engine_fd {
        enum need_kind kind;
        const char *path;  /* the need's path */
        int fd;            /* -1 for LINK_USER, NEED_PCI, NEED_PCI_ROM, and where the path is to be shown */
        enum link_how how; /* NEED_NET */
        const char *host;  /* NEED_PCI: address of the host's device, "0000:01:00.0" */
};

struct engine_env {
        const struct engine_fd *fd; /* descriptors by (kind, path); a need without one is opened by path */
        size_t n_fd;
        bool kvm;               /* accelerate; else TCG */
        bool amd;               /* the host's processor is AMD's */
        int qmp_fd;             /* listening or connected stream socket for QMP; -1: none */
        bool qmp_listen;        /* qmp_fd is a listening socket */
        bool console_listen;    /* the console descriptor is a listening socket */
        const char *run_dir;    /* plain host: directory for sockets; NULL in a zone */
        bool paused;            /* start with -S */
        const char *const *mac; /* MAC address for the n-th NEED_NET */
        size_t n_mac;
        bool dry;                 /* only a question: nothing is looked at on the host */
        struct problems *notices; /* what was accepted without effect goes here; NULL: nowhere */
};

/*
 * Ids in the engine, which QMP clients may rely on: a device is "pci.B.S.F" as in the tree; its block node is
 * "pci.B.S.F-disk" (ahci: "pci.B.S.F-portN"), the file under it has "-file" appended; its netdev is
 * "pci.B.S.F-net"; serial lines are the chardevs "com1".."com4"; the monitor is "qmp".
 */

/*
 * The engine's argument vector, argv[0] included.  What the engine cannot do is refused by name
 * ("pci.0.9.0: passthru needs vfio, which ..."), never ignored silently.
 */
int bhyve_to_engine(const struct bconf *c, const struct engine_env *env, struct strv *ret, struct error *err);

/*
 * Can a zone have such a machine?  -EINVAL with what is none, -ENOTSUP with what this engine or a zone cannot
 * have although bhyve could; what will have no effect goes to notices (may be NULL).  Nothing on the host is
 * opened or looked at, and a device of the host is taken for given.
 */
int bhyve_check(const struct bconf *c, struct problems *notices, struct error *err);

/* Where a zone serves a screen that does not say where. */
#define BHYVE_VNC_SOCKET "/tmp/vm.vnc"

/* Where a zone serves a debugger: its network is empty, so -G's port is not one there. */
#define BHYVE_GDB_SOCKET "/tmp/vm.gdb"

/* A disk in memory, by the path of its need: an anonymous file that neither grows nor shrinks. */
int bhyve_memory_disk(const char *path, struct error *err);
int bhyve_memory_disk_size(const char *path, uint64_t *ret_bytes);

/*
 * Firmware.  The names of bhyve's firmware files stand for the host's own: those of CSM builds for SeaBIOS,
 * which the engine has built in, the others for OVMF.  Any other path is a firmware image of the user's.
 */
/* One of bhyve's names, whatever the directory: it stands for firmware of the engine and need not exist. */
bool bhyve_firmware_is_known(const char *bootrom);
/* -EINVAL: no firmware that the engine could use. */
int bhyve_firmware_check(const char *bootrom, struct error *err);
bool bhyve_firmware_is_uefi(const char *bootrom); /* NULL (no bootrom) is not */
/* The file that holds the code, or NULL when nothing needs to be opened (SeaBIOS). */
const char *bhyve_firmware_code(const char *bootrom);
/* The file that a fresh variable store is copied from, or NULL if the firmware is not known. */
const char *bhyve_firmware_vars(const char *bootrom);

/* What a line of the engine's standard error is, without its line end. */
enum engine_line {
        ENGINE_LINE_TEXT,         /* for people */
        ENGINE_LINE_NOISE,        /* for nobody */
        ENGINE_LINE_TRIPLE_FAULT, /* the reset that follows is a triple fault (TCG with "log cpu_reset") */
};
enum engine_line bhyve_engine_line(const char *line);
/* What is wrong, of such a line: without the program's name and the option that it repeats. */
const char *bhyve_engine_reason(const char *line);

/* "BHYVE-XXXX-XXXX-XXXX", the serial that a disk has by default, from the text of its path. */
#define DISK_SERIAL_MAX 21
void bhyve_disk_serial(const char *path, char ret[DISK_SERIAL_MAX]);

/* In a zone, a host device is DIR/ADDRESS, and the image of its ROM DIR/ADDRESS/rom. */
#define BHYVE_VFIO_DIR "/dev/vfio"
#define BHYVE_VFIO_ROM "rom"

#define ENGINE_PATH "/usr/bin/qemu-system-x86_64"

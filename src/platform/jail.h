/*
 * The virtual platform of a zone on Linux: namespaces, root, devices, limits, and a first process that waits
 * to become the zone's init.  Nothing here knows about configurations: a struct jail_spec says everything.
 *
 * Life: jail_create() leaves a process behind that is pid 1 of the zone, sits in its finished namespaces
 * and waits on a socket (the zone is "ready").  jail_start() sends it the program, its arguments and its
 * descriptors; it drops what is left of its rights and executes (the zone is "running").  jail_destroy()
 * kills whatever is in the zone and takes away what is outside of it (cgroups).  The waiting process ends by
 * itself when the other end of its socket closes, so a zoneadmd that dies half-way leaves no process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Ids of engines: JAIL_UID_BASE + zone id.  0x70000000 up is above what systemd gives to containers
 * (524288-1879048191) and below 2^31; see UIDS-GIDS of systemd. */
#define JAIL_UID_BASE  0x70000000u
#define JAIL_UID_COUNT 0x00100000u
/* A helper in a jail of its own has the id of its zone's engine and this: neither is the other's. */
#define JAIL_UID_HELPER JAIL_UID_COUNT

enum jail_mount_kind {
        JAIL_MOUNT_BIND,  /* source is a host path; recursive is never used */
        JAIL_MOUNT_TMPFS, /* options hold "size=50m,mode=0755" */
        JAIL_MOUNT_DEV,   /* the zone's /dev: a small tmpfs, filled from device and link, then read-only */
        JAIL_MOUNT_PROC,
};

struct jail_mount {
        enum jail_mount_kind kind;
        const char *source;  /* BIND: host path */
        const char *target;  /* path inside the zone; made if absent, resolved inside the zone root only */
        const char *options; /* TMPFS: size and mode */
        bool read_only;
        bool optional;   /* a missing source is not an error (/lib64 on some hosts) */
        bool zone_owned; /* TMPFS: belongs to the zone's uid */
};

/* What a program of the host needs to be executed: the first entries of an array of mounts. */
#define JAIL_SYSTEM_MOUNTS                                                                                   \
        JAIL_SYSTEM_MOUNT("/usr", false), JAIL_SYSTEM_MOUNT("/lib", false), JAIL_SYSTEM_MOUNT("/lib64", true)
#define JAIL_SYSTEM_MOUNT(path, may_lack)                                                                    \
        {                                                                                                    \
                .kind = JAIL_MOUNT_BIND, .source = (path), .target = (path), .read_only = true,              \
                .optional = (may_lack)                                                                       \
        }

struct jail_device {
        const char *path; /* host node, "/dev/null" */
        const char *name; /* name below the zone's /dev */
        bool zone_owned;  /* node belongs to the zone's uid, mode 0600 (for /dev/kvm); else root 0666 */
        bool optional;
};

struct jail_link {
        const char *source; /* text of the link */
        const char *target; /* where, inside the zone */
};

/* A limit that is 0 is not set. */
struct jail_limits {
        uint64_t memory_bytes; /* resident memory of everything in the zone */
        uint64_t swap_bytes;   /* swap on top of it; UINT64_MAX: none of a limit */
        uint64_t locked_bytes; /* RLIMIT_MEMLOCK */
        uint64_t pids;         /* tasks (lwps) */
        uint64_t cpu_cap;      /* hundredths of a CPU */
        uint64_t cpu_shares;   /* 1 share is the illumos default weight; mapped to cpu.shares/cpu.weight */
        uint64_t io_weight;    /* 1-1024, blkio/io weight */
        const char *cpus;      /* cpuset list, "0-1", NULL for all */
};

/* Which system calls the program of a jail begins with. */
enum jail_filter {
        JAIL_FILTER_INIT,          /* zhyve, which puts on the engine's own filter before its exec */
        JAIL_FILTER_INIT_WITH_TPM, /* the same for an engine with JAIL_ENGINE_TPM */
        JAIL_FILTER_SWTPM,
};

#define JAIL_NAME_MAX 80 /* with the NUL: a zone's name and what tells alternate roots apart */

struct jail_spec {
        const char *zone;     /* name of the jail: cgroup name, messages.  Two zones of the same name in two
                                 alternate roots need two names here */
        const char *hostname; /* uts name; NULL: the same */
        int root_fd;          /* directory that becomes / (O_PATH is enough) */
        bool root_writable;   /* false: / itself is mounted read-only, and only mounts can be writable */
        uid_t uid;            /* host uid and gid of the engine */
        const struct jail_mount *mount;
        size_t n_mount;
        const struct jail_device *device;
        size_t n_device;
        const struct jail_link *link;
        size_t n_link;
        struct jail_limits limits;
        bool member; /* a helper of the zone of this name: it joins the zone's control groups, which exist,
                        and has none of its own */
        bool weak_limits; /* true: a missing controller is a finding, not an error (doctor, default
                             limits); see jail_limits_check */
        const char *const
            *writable; /* Landlock: paths inside the zone that may be written, NULL-terminated */
        const char *const *readable; /* Landlock: paths that may be read and executed; NULL: /usr /lib /lib64
                                        /bin /dev /var/run/bhyve */
        bool no_seccomp;             /* only for the probe that checks each other wall on its own */
        bool no_landlock;            /* the same */
};

struct jail {
        pid_t pid; /* pid 1 of the zone, as the host sees it */
        int pidfd;
        int control; /* socket to the waiting process; -1 once started or adopted */
        char zone[JAIL_NAME_MAX];
        uid_t uid;
        bool member;             /* its control groups are another jail's */
        enum jail_filter filter; /* set before jail_start */
        uint64_t
            max_file; /* set before jail_start: bytes beyond which no file grows in the engine; 0: none */
};

/* Makes the platform.  On failure nothing is left behind. */
int jail_create(const struct jail_spec *spec, struct jail *ret, struct error *err);

enum jail_fd_kind {
        JAIL_FD_OPEN,     /* a file, socket or device: usable as it was opened */
        JAIL_FD_SHARE,    /* a directory from jail_share(), and what is below it */
        JAIL_FD_SHARE_RO, /* the same, only to be read */
};

struct jail_fd {
        int fd;     /* descriptor of the caller */
        int number; /* number it gets in the engine, >= 3 */
        enum jail_fd_kind kind;
};

#define JAIL_MAX_FDS       200   /* fewer than SCM_MAX_FD (253) */
#define JAIL_MAX_FD_NUMBER 511   /* highest number a descriptor can get in the engine */
#define JAIL_MAX_STRINGS   65536 /* bytes of argv and envp together: the long list goes through zhyve.args */

/*
 * Makes the waiting process the zone's init: program_fd (an executable opened by the caller) with argv and
 * envp and exactly these descriptors besides 0, 1 and 2, which are stdin from /dev/null and stdout and
 * stderr to log_fd.  Returns when the program is about to run or has failed to ("exec: ..."); the caller
 * keeps its descriptors.
 */
int jail_start(struct jail *jail, int program_fd, const char *const *argv, const char *const *envp,
               const struct jail_fd *fds, size_t n_fds, int log_fd, struct error *err);

/* Where the engine finds devices of the host: DIR/ADDRESS, in the form of a device's directory in sysfs. */
#define JAIL_VFIO_DIR     "/dev/vfio"
#define JAIL_VFIO_ROM     "rom" /* DIR/ADDRESS/rom, if there is one */
#define JAIL_VFIO_ROM_MAX (16 << 20)

struct jail_vfio {
        const char *address; /* "0000:01:00.0" */
        unsigned group;      /* its IOMMU group */
        int rom_fd;          /* a file to be copied; -1: none */
};

/* Puts devices of the host into a zone that has not been started. */
int jail_vfio(const struct jail *jail, const struct jail_vfio *dev, size_t n, struct error *err);
/* Lets its processes lock and pin that much memory (RLIM_INFINITY: any), in place of limits.locked_bytes. */
int jail_lock_memory(const struct jail *jail, uint64_t bytes, struct error *err);

/*
 * A directory of the host for the engine with this uid: a descriptor of a mount that is attached nowhere and
 * lives as long as the descriptor does.  In it the engine has the rights of the directory's owner and group;
 * no setuid, no devices, no programs, no links followed, no mounts below it.  -EOPNOTSUPP if the file system
 * or the host has no idmapped mounts.
 */
int jail_share(int dir_fd, uid_t uid, bool read_only, struct error *err);

/* Takes over a zone that a dead zoneadmd left running. */
int jail_adopt(const char *zone, pid_t pid, int pidfd, uid_t uid, struct jail *ret);

/* A descriptor of the zone's root directory as the zone sees it (its own mounts included). */
int jail_root(const struct jail *jail, struct error *err);

/*
 * Ends everything in the zone and removes its cgroups; works on a half-made or dead zone and when called
 * twice.  Waits until no process of the zone is left (at most a few seconds, then -EBUSY).
 */
int jail_destroy(struct jail *jail, struct error *err);
/* The same by name, for a zone whose processes nobody has a handle on. */
int jail_clean(const char *zone, struct error *err);
/*
 * The control group (a directory of the unified hierarchy) for processes that serve the zone from outside its
 * jail; made if absent.  jail_destroy() and jail_clean() end and remove them, too.
 */
int jail_helpers(const char *zone, struct error *err);
/* Closes the descriptors without touching the zone. */
void jail_release(struct jail *jail);

/* Changes the limits of an existing zone. */
int jail_set_limits(const char *zone, const struct jail_limits *limits, struct error *err);

/* Each limit that is wanted and that this host cannot enforce: "capped-cpu: cgroup controller cpu is
 * missing". */
int jail_limits_check(const struct jail_limits *limits, struct problems *ret, struct error *err);

/* What this host can and cannot give, for zoneadm doctor. */
struct jail_finding {
        const char *what; /* "seccomp", "landlock", "cgroup memory", ... */
        bool available;
        char detail[160]; /* "ABI 7", "v1 at /sys/fs/cgroup/memory", or why not */
};
int jail_findings(struct jail_finding *ret, size_t max, size_t *ret_n);

/* ---- seccomp and Landlock, called by zhyve as its last act before exec ------------------------------- */

#define JAIL_ENGINE_KVM      1u  /* the calls and ioctls that KVM needs on top of TCG's */
#define JAIL_ENGINE_VFIO     2u  /* devices of the host */
#define JAIL_ENGINE_TPM      4u  /* socketpair: the engine makes the data channel of its TPM itself */
#define JAIL_ENGINE_SHARE    8u  /* looking into directories */
#define JAIL_ENGINE_CHANGE   16u /* with SHARE: making, changing and removing what is in them */
#define JAIL_ENGINE_FEATURES 31u /* all of them; each combination has a filter of its own */

/*
 * Installs the engine's allow-list on this process: a call that is not on it fails with EPERM.  execve is on
 * it (the engine is executed next), fork and every socket(2) are not.  engine: bits of the above.
 */
int jail_seccomp(unsigned engine, struct error *err);
/* Installs the list for a process that serves strangers on sockets that it has: none can be made. */
int jail_seccomp_server(struct error *err);
/* Installs the list for a process that reads from one connection and writes to a pipe what it makes of it. */
int jail_seccomp_reader(struct error *err);
/*
 * Restricts this process to the paths, each with everything below it: readable files can be read and mapped,
 * executable ones executed too, writable ones also made and removed.  What is below /dev can be read, written
 * and controlled as its own modes allow when /dev is readable.  A path that is absent is left out.  Needs
 * no_new_privs.  Sockets of other domains, TCP and signals to the outside are closed as well where the
 * kernel's Landlock knows them.  In the shared directories among fds (by number) directories, files and
 * symbolic links can be had, no nodes, fifos or sockets be made.  0 when done, -EOPNOTSUPP when the kernel
 * has no Landlock.  Lists are NULL-terminated and may be NULL.
 */
int jail_landlock(const char *const *readable, const char *const *executable, const char *const *writable,
                  const struct jail_fd *fds, size_t n_fds, struct error *err);

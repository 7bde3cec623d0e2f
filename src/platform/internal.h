/*
 * What the files of the jail share and nobody else needs.  The parent (zoneadmd) prepares whatever takes host
 * paths, because only it stands in the host's mount namespace; the child does the rest from descriptors.
 */
#pragma once

#include "platform/jail.h"

#include <sys/stat.h>

/* ---- mounts.c ---------------------------------------------------------------------------------------- */

#define JAIL_MAX_MOUNTS  64
#define JAIL_MAX_DEVICES 64

struct mount_plan {
        int root;                             /* detached copy of the mount of the zone's root */
        int source[JAIL_MAX_MOUNTS];          /* detached copy of each bind source; -1: none */
        bool source_is_dir[JAIL_MAX_MOUNTS];  /* what its target has to be */
        struct stat device[JAIL_MAX_DEVICES]; /* what to make; st_mode 0: absent and optional */
};

/* Parent: opens and copies everything named by a host path. */
int mounts_prepare(const struct jail_spec *spec, struct mount_plan *ret, struct error *err);
void mounts_release(struct mount_plan *plan);
/* Child, in its new mount namespace: builds the tree, makes it / and lets go of the host's. */
int mounts_enter(const struct jail_spec *spec, const struct mount_plan *plan, struct error *err);

/* ---- cgroup.c ---------------------------------------------------------------------------------------- */

enum controller {
        CG_MEMORY,
        CG_PIDS,
        CG_CPU,
        CG_CPUSET,
        CG_IO,
        CG_CONTROLLERS,
};

/* Where this host keeps its controllers; found once for each process. */
struct cgroup_host {
        char v2[256];                 /* mount point of the unified hierarchy, "" if there is none */
        unsigned v2_controllers;      /* bits: those that v2 holds */
        char v1[CG_CONTROLLERS][256]; /* mount points; "" if there is none or v2 holds the controller */
};

const struct cgroup_host *cgroup_host(void);
/* The same from given texts, for tests: a mountinfo and the contents of v2's cgroup.controllers. */
void cgroup_host_parse(const char *mountinfo, const char *controllers, struct cgroup_host *ret);
const char *controller_name(enum controller c);

/* The cgroups of one zone; descriptors of their directories, -1 where it has none. */
struct cgroup {
        int v2;
        int v1[CG_CONTROLLERS];
        unsigned v2_controllers; /* enabled for this zone in v2 */
};

/*
 * Makes the zone's cgroup in v2, for killing and as far as v2 holds what is wanted, and in the v1 hierarchy
 * of each wanted controller.  A controller that cannot be had: its bit in *ret_missing.
 */
int cgroup_make(const char *zone, unsigned wanted, struct cgroup *ret, unsigned *ret_missing,
                struct error *err);
/* Can this host put a zone that has no limits into a group? */
bool cgroup_possible(void);
/* Opens what there is, makes nothing.  -ENOENT when there is nothing. */
int cgroup_open(const char *zone, struct cgroup *ret, struct error *err);
void cgroup_close(struct cgroup *cg);
/* Moves every process of the zone into the v1 groups made since it started. */
int cgroup_join_all(const struct cgroup *cg, struct error *err);
/* Kills whatever is in it. */
int cgroup_kill(const char *zone, struct error *err);
/* Removes it, waiting until timeout_ms for it to be empty; fine if there is none. */
int cgroup_remove(const char *zone, int timeout_ms, struct error *err);
/* The directory of a controller's group, v2 or v1; -1 if the zone is not in one. */
int cgroup_dir(const struct cgroup *cg, enum controller c);

/* ---- limits.c ---------------------------------------------------------------------------------------- */

unsigned limits_controllers(const struct jail_limits *limits);
/* Writes the limits; reset: also takes away those that are not set. */
int limits_apply(const struct cgroup *cg, const struct jail_limits *limits, bool reset, struct error *err);
/* The text for a limit whose controller is missing. */
int limits_missing(const struct jail_limits *limits, unsigned missing, struct problems *ret);

/* ---- child.c ----------------------------------------------------------------------------------------- */

enum message_kind {
        MESSAGE_FAILED, /* child: code and text; it ends */
        MESSAGE_READY,  /* child: no rights left, waiting */
        MESSAGE_START,  /* parent: struct start_message */
        MESSAGE_EXEC,   /* child: about to execute; end of file then means that it did */
};

struct message {
        uint32_t kind;
        int32_t code; /* FAILED: errno */
        char text[ERROR_TEXT_MAX];
};

/* Comes with the program, the log and the other descriptors, in this order, as SCM_RIGHTS. */
struct start_message {
        uint32_t kind;
        uint32_t n_fds, n_argv, n_envp;
        uint32_t has_log;
        uint32_t filter;
        uint64_t max_file; /* RLIMIT_FSIZE; 0: none */
        int32_t number[JAIL_MAX_FDS];
        uint8_t fd_kind[JAIL_MAX_FDS]; /* enum jail_fd_kind */
        uint32_t length;
        char strings[JAIL_MAX_STRINGS]; /* argv, then envp, each word with its NUL */
};

struct child {
        const struct jail_spec *spec;
        const struct mount_plan *plan;
        int control;
        int tasks[CG_CONTROLLERS]; /* v1 tasks files to join by; -1 where none */
};

_Noreturn void child_main(const struct child *child);

/* ---- rights.c ---------------------------------------------------------------------------------------- */

/* The host's /proc, which is out of reach when the rights are dropped. */
struct rights_proc {
        int self;     /* /proc/self */
        int sys_user; /* /proc/sys/user */
};

int rights_open_proc(struct rights_proc *ret, struct error *err);
/* Resource limits, session, umask, signals: what every program in a zone starts from. */
int rights_limits(const struct jail_limits *limits, struct error *err);
/* Becomes uid, for good and without any capability, in a user namespace of its own where the host has them.
 */
int rights_drop(uid_t uid, const struct rights_proc *proc, struct error *err);

/* ---- seccomp.c --------------------------------------------------------------------------------------- */

/* The filter that the first program starts with; INIT is wide: the union of the engines' and what zhyve does
 * before its exec. */
int seccomp_wrap(enum jail_filter filter, struct error *err);

/* ---- landlock.c -------------------------------------------------------------------------------------- */

/* The ABI number, 0 when the kernel has no Landlock. */
int landlock_abi(void);
struct landlock_paths {
        const char *const *readable, *const *executable, *const *writable; /* as for jail_landlock() */
        const struct jail_fd *fds; /* those that are shares count, by number */
        size_t n_fds;
        int program_fd; /* may be executed, wherever it lies; -1: none */
};
int landlock_restrict(const struct landlock_paths *paths, struct error *err);

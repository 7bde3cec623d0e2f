/*
 * The daemon of one zone: what its files share.  zoneadmd has one thread and one event loop; a file is a
 * role:
 *
 *   main.c       command line, one-daemon lock, becoming a daemon, going away
 *   door.c       the varlink server: connections, framing, replies
 *   request.c    the queue of commands, and which is allowed when
 *   boot.c       ready and boot: what happens on boot, in order
 *   halt.c       taking the zone down, and what follows when the hypervisor ends by itself
 *   platform.c   configuration and brand to namespaces, mounts, devices, limits
 *   media.c      what is attached for one boot only
 *   open.c       opens every disk, link, file and socket that the engine needs
 *   passthru.c   devices of the host
 *   pin.c        memory that is not to be swapped
 *   engine.c     sockets shared with the engine, its start, its death
 *   qmp.c        the engine's control channel: hostile input
 *   console.c    the zone's console: drained always, kept, shown to one client
 *   screen.c     the VNC socket: clients are accepted here and handed to the engine
 *   zone_sockets.c  sockets at paths inside the zone
 *   tpm.c        the TPM emulator beside the engine
 *   recover.c    finding the zone again after another zoneadmd was killed
 *   log.c        ZONEPATH/log/zone.log
 *   brake.c      how much is read from the engine in a given time
 */
#pragma once

#include <event2/event.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/root.h"
#include "base/strv.h"
#include "base/zone.h"
#include "bhyve/bhyve.h"
#include "brand/brand.h"
#include "config/config.h"
#include "platform/jail.h"
#include "runstate/runstate.h"

#define CONSOLE_KEEP   (64 * 1024) /* bytes of console output that are kept and shown on attach */
#define ENGINE_LOG_MAX (64 * 1024) /* bytes of the engine's stderr that are logged for each boot */
#define MAX_HELPERS    32          /* passt processes: one for each NIC, 16 is the most a machine has */
#define MAX_HELD_FDS   JAIL_MAX_FDS

struct daemon;
struct request;
struct door_peer;
struct console_peer;

/* What zoneadm boot attaches for one boot: -i, -c. */
enum media_kind {
        MEDIA_BOOT,
        MEDIA_CONFIG,
        MEDIA_KINDS,
};

struct brake {
        struct event *source, *timer;
        size_t allowance, used; /* bytes in a window of time, and of them in this one */
        long long window;
};

struct console {
        struct brake brake;
        int fd;                 /* connected to the engine's serial port; -1 without an engine */
        struct event *readable; /* on while connected, but for the brake: no reader stalls the guest */
        struct event *accept;
        struct console_peer *peer;  /* the one client, or NULL */
        size_t connections;         /* that client and those that have not said yet who they are */
        char *ring;                 /* the last CONSOLE_KEEP bytes */
        unsigned long long written; /* bytes ever put into the ring: position = written % CONSOLE_KEEP */
};

struct qmp {
        struct brake brake;
        int fd;
        struct event *readable;
        struct event *timer; /* for a greeting that is late, or for connecting again */
        char *data;
        size_t len;
        bool fresh;     /* the engine was started by this daemon and has not been ready yet */
        bool ready;     /* greeting seen and capabilities negotiated */
        bool late;      /* the greeting is late, and the log says so */
        time_t since;   /* when it became ready, on the monotonic clock */
        unsigned pause; /* seconds before the last attempt to connect again; 0: there was none */
        char
            shutdown[32]; /* reason of the SHUTDOWN event: "guest-reset", "guest-shutdown", ...; "" if none */
        bool guest_crashed; /* GUEST_PANICKED was seen */
        unsigned news;      /* events that were worth a line */
};

struct engine_log {
        struct brake brake;
        int fd; /* pipe from the engine's stderr */
        struct event *readable;
        size_t logged;
        char last[1024];   /* the line being read; between lines the one before it */
        size_t len;        /* of the line being read */
        bool triple_fault; /* the guest's reset is a triple fault */
};

struct daemon {
        struct root root;
        char zone[ZONENAME_MAX];
        char jail_name[ZONENAME_MAX + 16]; /* the zone's name; with a suffix when -R is in use */
        int lock_fd, run_dir;
        struct event_base *base;
        bool leaving; /* the loop ends as soon as nothing keeps it */

        /* What the index and the configuration said when the platform was made. */
        char uuid[UUID_TEXT];
        char zonepath[PATH_MAX]; /* with the alternate root in front */
        struct config *cfg;
        struct brand *brand;

        enum zone_state state;
        char aux[32];
        char reason[256]; /* why the zone stopped last */
        struct runstate record;

        int media[MEDIA_KINDS]; /* descriptors for the boot that is being made; -1: none */
        struct jail jail;       /* pid 0 when there is none */
        bool kvm;
        char acceleration[300];
        struct event *engine_exit;
        struct timespec started; /* when the engine was started, for the brake on reset loops */
        unsigned quick_resets;
        struct event *reboot_timer;
        struct engine_log engine_log;
        struct console console;
        struct qmp qmp;
        struct event *screen_accept;
        struct event *screen_timer; /* for the engine's answer, or until the next client is taken */
        long long screen_given;     /* the client that the engine was given and has not taken yet; 0: none */
        unsigned screen_late;       /* clients that it has not taken in time, since it did last */
        char screen[PATH_MAX + 16]; /* host path or TCP address of the VNC socket; "" without a screen */
        char *screen_password;      /* NULL: none */
        bool screen_waits;          /* the guest is to run when the first viewer is there */
        struct jail tpm;            /* the TPM emulator; pidfd -1 when there is none */
        struct event *tpm_event;
        int tpm_log; /* pipe from its stderr; -1: none, or another zoneadmd had it */
        pid_t helper[MAX_HELPERS];
        size_t n_helper;
        struct event *sigchld, *sigterm;

        struct event *door_accept;
        struct door_peer *peers;
        size_t n_peers;
        struct request *current; /* the command being carried out, waiting for the engine */
        struct request *queue;   /* commands that wait for it */
};

/* ---- main.c */
/* Ends the daemon when the zone is below ready and nobody is connected. */
void daemon_maybe_leave(struct daemon *d);

/* ---- door.c */
int door_open(struct daemon *d, struct error *err);
void door_close(struct daemon *d);
/* Takes connections that arrived while the door was being closed; returns how many. */
size_t door_accept_pending(struct daemon *d);
void door_reply(struct door_peer *peer, json_t *parameters); /* takes the reference */
void door_fail(struct door_peer *peer, const char *text);
void door_notice(struct door_peer *peer, const char *text);
/* Tells monitors; event is "state", "notice", "guest". */
void door_event(struct daemon *d, const char *event, const char *text);

/* ---- request.c */
enum verb {
        VERB_READY,
        VERB_BOOT,
        VERB_HALT,
        VERB_REBOOT,
        VERB_SHUTDOWN,
        VERB_UNINSTALLING,
};

struct request {
        struct request *next;
        enum verb verb;
        struct door_peer *peer; /* NULL when the caller has gone or the daemon itself asked */
        bool force, reboot;
        char *args;
        char *media[MEDIA_KINDS]; /* of a boot: paths, NULL for none */
        int timeout;              /* seconds */
        bool pressed;             /* of a shutdown: the guest's power button */
        struct event *timer;
};

/* Queues a command and works on the queue. */
void request_add(struct daemon *d, struct request *req);
/* The command being carried out is over: err NULL or without a code is success. */
void request_done(struct daemon *d, const char *message, const struct error *err);
/* Is the command being carried out a boot that waits for the engine? */
bool request_awaits_boot(const struct daemon *d);
/* The engine takes commands: one may have waited for that. */
void request_engine_ready(struct daemon *d);
/* A caller hung up: its commands go on, but nobody is told. */
void request_forget_peer(struct daemon *d, struct door_peer *peer);
/* A line for the caller of the current command and for the log. */
void request_notice(struct daemon *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- boot.c */
int zone_ready(struct daemon *d, enum zone_command cmd, struct error *err);
/* Starts the engine; the boot is complete when qmp.c says that the engine is up. */
int zone_boot(struct daemon *d, const char *args, struct error *err);
/* Called by qmp.c: the engine runs guest code. */
void zone_running(struct daemon *d);

/* ---- halt.c */
/* Takes everything down, whatever is there; state installed afterwards. */
int zone_halt(struct daemon *d, struct error *err);
/* The engine has ended by itself. */
void zone_engine_gone(struct daemon *d);
/* Sets state, record and aux together, and tells monitors. */
int zone_set_state(struct daemon *d, enum zone_state state, const char *aux, struct error *err);
/* Runs a pre- or poststatechange hook (zones-tools.md 3.4). */
int zone_statechange(struct daemon *d, bool pre, enum zone_state state, enum zone_command cmd,
                     struct error *err);

/* ---- media.c */
/* Opens what this boot attaches; nothing stays open on failure. */
int media_open(struct daemon *d, char *const path[MEDIA_KINDS], struct error *err);
/* The descriptor of a path in the hypervisor's arguments, which the caller owns; -ENOENT: not of these. */
int media_take(struct daemon *d, const char *path);
/* What the boot hook is told of them. */
void media_words(const struct daemon *d, struct strbuf *text);
void media_close(struct daemon *d);

/* ---- platform.c */
int platform_create(struct daemon *d, struct error *err);
/* ZONEPATH/root as the host sees it: inside, the same directory is mounted read-only. */
int platform_zone_root(struct daemon *d, struct error *err);

/* ---- engine.c */
int engine_start(struct daemon *d, struct error *err);
/* Connects to the sockets of an engine that runs already. */
int engine_reconnect(struct daemon *d, struct error *err);
/* To one of the sockets that the engine listens on: "console", "qmp". */
int engine_connect(struct daemon *d, const char *name, struct error *err);
void engine_close(struct daemon *d);
/* /run/zones/NAME.engine: sockets shared with the engine. */
int engine_dir(struct daemon *d, bool make, struct error *err);
/* Removes it, and the sockets inside the zone that it lists. */
void engine_remove_sockets(struct daemon *d);
void engine_reap_helpers(struct daemon *d, bool kill_them);
int engine_watch(struct daemon *d, struct error *err);

/* ---- qmp.c */
int qmp_attach(struct daemon *d, int fd, struct error *err); /* owns fd from here on */
/* To an engine that runs already; after a failure it is tried again, without end. */
int qmp_connect(struct daemon *d, struct error *err);
/* Somebody needs the channel: one that is to be opened again is now, not after the pause. */
void qmp_hasten(struct daemon *d);
void qmp_detach(struct daemon *d);
/* Sends a command without waiting; fd >= 0 travels along (getfd). */
int qmp_send(struct daemon *d, const char *command, json_t *arguments, int fd);
/* Sends a command whose answer goes to screen_answer(). */
int qmp_ask(struct daemon *d, long long id, const char *command, json_t *arguments);
/* Reads what is still in the socket of an engine that has gone. */
void qmp_drain(struct daemon *d);

/* ---- console.c */
int console_open(struct daemon *d, struct error *err);
void console_attach(struct daemon *d, int fd); /* owns fd */
void console_detach(struct daemon *d);
void console_notice(struct daemon *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Disconnects a client; with only_d only one that asked for it (zlogin -d). */
void console_disconnect(struct daemon *d, bool only_d);
/* Is there a client that asked to be disconnected at halt? */
bool console_leaves_on_halt(const struct daemon *d);
void console_close(struct daemon *d);
size_t console_accept_pending(struct daemon *d);

/* ---- screen.c */
/* Listens at a path inside the zone or at ADDRESS:PORT of the host; clients wait until screen_ready(). */
int screen_open(struct daemon *d, const char *where, struct error *err);
/* Takes password and wait from the arguments of the engine that is being started or was found. */
int screen_expect(struct daemon *d, const struct bconf *conf, struct error *err);
/* The engine takes commands: now it can be given clients. */
void screen_ready(struct daemon *d);
/* It has answered whether it took a client. */
void screen_answer(struct daemon *d, long long id, bool taken);
/* It takes none for now: clients wait. */
void screen_hold(struct daemon *d);
void screen_close(struct daemon *d);

/* ---- zone_sockets.c */
/* Listens on a socket at a path inside the zone. */
int zone_socket_listen(struct daemon *d, const char *path, struct error *err);
/* Where that is on the host: no symbolic link is left in it.  "" if it cannot be told. */
void zone_socket_place(struct daemon *d, const char *path, char *buf, size_t size);
void zone_sockets_remove(struct daemon *d, int engine);

/* ---- tpm.c */
/* Starts it; returns the engine's end of its control channel. */
int zone_tpm_start(struct daemon *d, struct error *err);
/* Watches the one that a dead zoneadmd started. */
void zone_tpm_adopt(struct daemon *d);
/* Ends it, if there is one. */
void zone_tpm_end(struct daemon *d);

/* ---- recover.c */
int recover(struct daemon *d, struct error *err);

/* ---- log.c */
void zone_log(struct daemon *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int engine_log_attach(struct daemon *d, int fd);
void engine_log_detach(struct daemon *d);
/* Reads what a dead engine left in the pipe. */
void engine_log_drain(struct daemon *d);

/* ---- brake.c */
/* The source is an event that is read whenever it can be; it must outlive the brake. */
void brake_open(struct brake *brake, struct event *source, size_t allowance);
/* Some of it was read: the source may now rest for a while. */
void brake_count(struct brake *brake, size_t bytes);
/* Rests that long after a read, whatever it brought: what comes meanwhile is read in one piece. */
void brake_rest(struct brake *brake, long usec);
void brake_close(struct brake *brake);

/* ---- sockets.c */
/* A listening Unix socket dir/name, mode 0600, in the place of whatever was there; one with a long name has
 * another one for a moment. */
#define SOCKET_UNNAMED ".zone-socket.new"
int socket_listen_at(int dir, const char *name, struct error *err);
int socket_connect_at(int dir, const char *name);
/* True if the other end of a connection is root. */
bool socket_peer_is_root(int fd);

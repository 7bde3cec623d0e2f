/*
 * The door of a zone: /run/zones/NAME.zoneadmd_door, a Unix stream socket that speaks the varlink wire format
 * (JSON objects, each followed by a NUL byte).  The interface is src/door/org.apiary.zone.varlink.  This
 * header is the client's side, used by zoneadm and zlogin, and the framing that both sides share.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/root.h"

#define DOOR_MAX_MESSAGE (256 * 1024) /* a longer message ends the connection */
#define DOOR_INTERFACE   "org.apiary.zone"

/* The sockets of a zone are /run/zones/NAME.SUFFIX. */
#define DOOR_SUFFIX    "zoneadmd_door"
#define CONSOLE_SUFFIX "console_sock"

/*
 * Connects to the door of a zone.  With start, a zoneadmd is started when none answers, and waited for.
 * Returns the descriptor; -ENOENT when no zoneadmd runs and start is false.
 */
int door_connect(const struct root *root, const char *zone, bool start, struct error *err);

/* Connects to one of the zone's sockets; -ENOENT when nobody listens there. */
int door_socket_connect(const struct root *root, const char *zone, const char *suffix, struct error *err);

/*
 * Calls METHOD ("Boot") with parameters (may be NULL; the reference is kept by the caller) and waits for the
 * reply.  A varlink error becomes err, with its "text" parameter.  *ret (may be NULL) gets the parameters.
 * Replies that carry "continues" are handed to progress (may be NULL).
 */
int door_call(int fd, const char *method, json_t *parameters, json_t **ret,
              void (*progress)(json_t *parameters, void *arg), void *arg, struct error *err);

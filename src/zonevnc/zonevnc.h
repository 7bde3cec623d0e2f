/*
 * zonevnc: the screen of a zone in one command, in a VNC viewer (relay.c), in the browser (web.c) or as a
 * picture (screenshot.c).  All of them are ordinary clients of the zone's VNC socket, which zoneadmd holds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/listen.h"
#include "base/root.h"

/* Connects to a screen: the path of a Unix socket, or ADDRESS:PORT. */
int screen_connect(const char *where);

/*
 * Relays TCP connections to the screen, any number of them, until a signal ends the process.  announce is
 * called with the address once it listens.
 */
int relay_serve(const struct listen_at *at, const char *where, void (*announce)(const char *address),
                struct error *err);

struct web_options {
        struct listen_at at;
        const char *certificate, *key; /* PEM files; NULL: no TLS */
};
/* Serves noVNC and the WebSocket that it speaks until a signal ends the process; prints the URL. */
int web_serve(const struct web_options *options, const char *where, struct error *err);

/* Saves what the screen shows as a PNG file ("-": standard output); password may be NULL. */
int screenshot_save(const char *where, const char *file, const char *password, struct error *err);

/* Where the screen of the zone is, which must be running; the caller frees it. */
int screen_find(const struct root *root, const char *zone, char **ret, struct error *err);
/* Returns when the zone has gone down for good, or its screen has; a reboot does not count. */
void screen_wait_gone(const struct root *root, const char *zone, const char *where);

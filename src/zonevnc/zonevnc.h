/*
 * zonevnc: the screen of a zone in one command, in a VNC viewer (relay.c), in the browser (web.c) or as a
 * picture (screenshot.c).  All of them are ordinary clients of the zone's VNC socket, which zoneadmd holds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/root.h"

/* Where to listen: a numeric address and a port; port 0 takes any that is free. */
struct listen_at {
        char address[64];
        uint16_t port;
};

/* "PORT", "ADDR:PORT", "[ADDR6]:PORT" or "[ADDR6]"; what is not said stays as it is. */
int listen_parse(const char *text, struct listen_at *ret, struct error *err);

/*
 * Relays TCP connections to the Unix socket at path, any number of them, until a signal ends the process.
 * announce is called with the address once it listens.
 */
int relay_serve(const struct listen_at *at, const char *path, void (*announce)(const char *address),
                struct error *err);

struct web_options {
        struct listen_at at;
        const char *certificate, *key; /* PEM files; NULL: no TLS */
        const char *zone;              /* for the page's title */
};
/* Serves noVNC and the WebSocket that it speaks until a signal ends the process; prints the URL. */
int web_serve(const struct web_options *options, const char *path, struct error *err);

/* Saves what the screen shows as a PNG file ("-": standard output). */
int screenshot_save(const char *path, const char *file, const char *password, struct error *err);

/* The path of the zone's VNC socket, which must be running; the caller frees it. */
int screen_path(const struct root *root, const char *zone, char **ret, struct error *err);
/* Returns when the zone has gone down for good; a reboot does not count. */
void screen_wait_gone(const struct root *root, const char *zone);

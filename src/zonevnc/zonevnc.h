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

/* Where connections to the screen come from. */
struct screens {
        const char *where;
        int helper;     /* a process that makes them, for one that has no right to; -1: none */
        uint32_t asked; /* the number of the last request to it */
};

int screens_connect(struct screens *screens);
/* Starts the helper: before there is anything that it should not have. */
int screens_separate(struct screens *screens, struct error *err);
/*
 * Gives up whatever is not needed for serving; files is the one directory that can be read from then on, as
 * the root (NULL: none).  Nothing happens without a helper.
 */
int screens_confine(const struct screens *screens, const char *files, struct error *err);
/*
 * The same for a child that reads what one screen sends, with the descriptors that it has: no file at all, no
 * terminal, and it ends with its parent.
 */
int screen_confine_reader(struct error *err);

/*
 * Relays TCP connections to the screen, any number of them, until a signal ends the process.  announce is
 * called with the address once it listens.
 */
int relay_serve(const struct listen_at *at, struct screens *screens, void (*announce)(const char *address),
                struct error *err);

struct web_options {
        struct listen_at at;
        const char *certificate, *key; /* PEM files; NULL: no TLS */
};
/* Can the two be used, and do they belong together?  -EINVAL and a text if not. */
int certificate_check(const char *certificate, const char *key, struct error *err);
/* Serves noVNC and the WebSocket that it speaks until a signal ends the process; prints the URL. */
int web_serve(const struct web_options *options, struct screens *screens, struct error *err);

/* Saves what the screen shows as a PNG file ("-": standard output); password may be NULL. */
int screenshot_save(const char *where, const char *file, const char *password, struct error *err);

/* Where the screen of the zone is, which must be running; the caller frees it. */
int screen_find(const struct root *root, const char *zone, char **ret, struct error *err);
/* Returns when the zone has gone down for good, or its screen has; a reboot does not count. */
void screen_wait_gone(const struct root *root, const char *zone, const char *where);

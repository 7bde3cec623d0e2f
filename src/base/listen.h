/* Where a TCP service listens: "PORT", "ADDRESS:PORT" and "[ADDRESS6]:PORT", numeric, and opening it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A numeric address and a port; port 0 takes any that is free. */
struct listen_at {
        char address[64];
        uint16_t port;
};

#define LISTEN_TEXT 96 /* bytes that hold "[ADDRESS6]:PORT" */

/*
 * "PORT", "ADDRESS:PORT", "[ADDRESS6]:PORT" or "[ADDRESS6]"; "localhost" is 127.0.0.1.  What is not said
 * stays as it is in *ret.
 */
int listen_parse(const char *text, struct listen_at *ret, struct error *err);

/* A listening socket, non-blocking; text, of LISTEN_TEXT bytes, gets the address with the port that it has.
 */
int listen_open(const struct listen_at *at, char *text, struct error *err);

/* Connects to such a place; any address ("0.0.0.0", "::") is reached over loopback. */
int listen_connect(const struct listen_at *at);

/*
 * Framing of varlink: a JSON object and a NUL byte.  Both sides of the door use these.
 */
#pragma once

#include <jansson.h>

#include "base/error.h"

/* Sends an object followed by NUL; the reference stays the caller's.  Blocks. */
int frame_send(int fd, const json_t *object);

/* A connection that is read by blocking: buffer of what was read past the last message. */
struct frame_reader {
        char *data;
        size_t len;
};

/* The next object; -ECONNRESET at the end of the stream, -EMSGSIZE beyond DOOR_MAX_MESSAGE, -EBADMSG. */
int frame_receive(int fd, struct frame_reader *reader, json_t **ret);
void frame_reader_free(struct frame_reader *reader);

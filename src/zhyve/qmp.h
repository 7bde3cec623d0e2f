/* A blocking-write, buffered-read QMP connection, for the programs of a plain host. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define QMP_LINE_MAX (1024 * 1024)
#define HOST_RUN_DIR "/run/bhyve" /* NAME.qmp for each machine that runs */

struct qmp {
        int fd;
        char *buf;
        size_t len;
};

/* Path of a machine's socket; -EINVAL for a name that is not one path component. */
int qmp_path(const char *vm, char *buf, size_t size, struct error *err);
/* Sends {"execute": command, "arguments": arguments}; takes the reference to arguments (NULL for none). */
int qmp_send(struct qmp *q, const char *command, json_t *arguments);
/* Reads once and keeps what came; -EPIPE at the end. */
int qmp_fill(struct qmp *q);
/* The next whole message, or NULL if there is none yet.  The caller owns it. */
json_t *qmp_next(struct qmp *q);
/* Sends and waits for the answer; events are passed over.  *ret is the "return" member. */
int qmp_call(struct qmp *q, const char *command, json_t *arguments, json_t **ret, struct error *err);
void qmp_close(struct qmp *q);

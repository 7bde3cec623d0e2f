/* QMP as lines of JSON; see qmp.h. */
#include "qmp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"

int qmp_path(const char *vm, char *buf, size_t size, struct error *err)
{
        if (!*vm || *vm == '.' || strchr(vm, '/') || !str_printable(vm))
                return error_set(err, EINVAL, "invalid machine name '%s'", vm);
        if ((size_t)snprintf(buf, size, HOST_RUN_DIR "/%s.qmp", vm) >= size)
                return error_set(err, ENAMETOOLONG, "machine name too long: %s", vm);
        return 0;
}

int qmp_send(struct qmp *q, const char *command, json_t *arguments)
{
        json_t *message = arguments ? json_pack("{s:s, s:o}", "execute", command, "arguments", arguments)
                                    : json_pack("{s:s}", "execute", command);
        _cleanup_free_ char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

        json_decref(message);
        return text ? fs_write_all(q->fd, text, strlen(text)) : -ENOMEM;
}

int qmp_fill(struct qmp *q)
{
        char *grown;
        ssize_t n;

        if (q->len >= QMP_LINE_MAX)
                return -EMSGSIZE;
        grown = realloc(q->buf, q->len + 4096);
        if (!grown)
                return -ENOMEM;
        q->buf = grown;
        do
                n = read(q->fd, q->buf + q->len, 4096);
        while (n < 0 && errno == EINTR);
        if (n <= 0)
                return n < 0 ? -errno : -EPIPE;
        q->len += (size_t)n;
        return 0;
}

json_t *qmp_next(struct qmp *q)
{
        char *end = q->len > 0 ? memchr(q->buf, '\n', q->len) : NULL;
        json_t *message;
        size_t used;

        if (!end)
                return NULL;
        used = (size_t)(end - q->buf) + 1;
        message = json_loadb(q->buf, used - 1, 0, NULL);
        memmove(q->buf, q->buf + used, q->len - used);
        q->len -= used;
        /* A line that is not JSON is as good as an empty message. */
        return message ? message : json_object();
}

int qmp_call(struct qmp *q, const char *command, json_t *arguments, json_t **ret, struct error *err)
{
        int r = qmp_send(q, command, arguments);

        while (r == 0) {
                json_t *message = qmp_next(q), *value;

                if (!message) {
                        r = qmp_fill(q);
                        continue;
                }
                value = json_object_get(message, "return");
                if (value) {
                        *ret = json_incref(value);
                        json_decref(message);
                        return 0;
                }
                value = json_object_get(json_object_get(message, "error"), "desc");
                if (value) {
                        r = error_set(err, EIO, "%s: %s", command, str_empty(json_string_value(value)));
                        json_decref(message);
                        return r;
                }
                json_decref(message);
        }
        return error_errno(err, r, "%s", command);
}

void qmp_close(struct qmp *q)
{
        if (q->fd >= 0)
                close(q->fd);
        free(q->buf);
        *q = (struct qmp){.fd = -1};
}

/* varlink framing; see frame.h. */
#include "door/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "door/door.h"

int frame_send(int fd, const json_t *object)
{
        _cleanup_free_ char *text = json_dumps(object, JSON_COMPACT);
        size_t done = 0, len;

        if (!text)
                return -ENOMEM;
        len = strlen(text) + 1;
        while (done < len) {
                ssize_t n = send(fd, text + done, len - done, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                done += (size_t)n;
        }
        return 0;
}

static int take_message(struct frame_reader *reader, json_t **ret)
{
        char *end = memchr(reader->data, '\0', reader->len);
        json_t *object;
        size_t used;

        if (!end)
                return -EAGAIN;
        used = (size_t)(end - reader->data);
        if (used > DOOR_MAX_MESSAGE)
                return -EMSGSIZE;
        object = json_loadb(reader->data, used, JSON_REJECT_DUPLICATES, NULL);
        reader->len -= used + 1;
        memmove(reader->data, end + 1, reader->len);
        if (!json_is_object(object)) {
                json_decref(object);
                return -EBADMSG;
        }
        *ret = object;
        return 0;
}

int frame_receive(int fd, struct frame_reader *reader, json_t **ret)
{
        for (;;) {
                ssize_t n;
                char *grown;
                int r = reader->data ? take_message(reader, ret) : -EAGAIN;

                if (r != -EAGAIN)
                        return r;
                if (reader->len > DOOR_MAX_MESSAGE)
                        return -EMSGSIZE;
                grown = realloc(reader->data, reader->len + 4096);
                if (!grown)
                        return -ENOMEM;
                reader->data = grown;
                n = read(fd, reader->data + reader->len, 4096);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -ECONNRESET;
                reader->len += (size_t)n;
        }
}

void frame_reader_free(struct frame_reader *reader)
{
        free(reader->data);
        *reader = (struct frame_reader){0};
}

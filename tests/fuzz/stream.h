/*
 * Streams for the targets that read sockets: the input after its first byte, in pieces whose sizes follow
 * from that byte.  A piece is a packet of a SOCK_SEQPACKET socket, so that each read sees exactly one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define STREAM_MAX   16384
#define STREAM_PIECE 4096 /* what the readers read at once */

/* A descriptor from which the bytes can be read; with seed 0 in as few pieces as there can be. */
static inline int stream_open(const uint8_t *data, size_t size, uint8_t seed)
{
        size_t least = size / 100 + 1; /* a socket's queue holds about 200 packets */
        unsigned random = seed;
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                exit(1);
        for (size_t done = 0, want; done < size; done += want) {
                random = random * 1103515245 + 12345;
                want = seed ? least + (random >> 16) % (seed * 4u) : STREAM_PIECE;
                if (want > STREAM_PIECE)
                        want = STREAM_PIECE;
                if (want > size - done)
                        want = size - done;
                if (send(pair[1], data + done, want, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)want)
                        exit(1);
        }
        close(pair[1]);
        return pair[0];
}

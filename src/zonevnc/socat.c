/*
 * socat SOCKET [PORT]: the small helper that the OmniOS brand has, with its name and its words: a Unix socket
 * made reachable by TCP, port 5900 unless told otherwise.  Like that one it listens on every address, because
 * that is what it is used for; zonevnc is the careful way.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/output.h"
#include "zonevnc/zonevnc.h"

static void announce(const char *address)
{
        printf("listening on %s\n", address);
        if (fflush(stdout) != 0)
                exit(1);
}

int main(int argc, char **argv)
{
        struct listen_at at = {.address = "0.0.0.0", .port = 5900};
        struct screens screens = {.where = argv[1], .helper = -1};
        struct error err = {0};
        struct stat st;

        output_guard("socat");
        if (argc < 2 || argc > 3 || argv[1][0] == '-') {
                FILE *to = argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr;

                fputs("usage: socat socket [port]\n", to);
                return to == stdout ? 0 : 2;
        }
        if (stat(argv[1], &st) < 0 || !S_ISSOCK(st.st_mode)) {
                fprintf(stderr, "socat: %s: not a socket; is the zone running?\n", argv[1]);
                return 1;
        }
        signal(SIGPIPE, SIG_IGN);
        if ((argc == 3 && listen_parse(argv[2], &at, &err) < 0) ||
            relay_serve(&at, &screens, announce, &err) < 0) {
                fprintf(stderr, "socat: %s\n", err.text);
                return 1;
        }
        return 0;
}

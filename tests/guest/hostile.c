/*
 * A zone's init in the place of zhyve and QEMU, which are in an attacker's hands: it has the descriptors that
 * the engine has and says on the control channel what its zone's name asks for.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define UP "{\"return\": {}}\n"

static void say(int fd, const char *text)
{
        if (write(fd, text, strlen(text)) < 0)
                _exit(1);
}

int main(void)
{
        static const char event[] = "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-panic\"}}\n";
        const char *plan = getenv("ZHYVE_PLAN"), *line = plan ? strstr(plan, "\nqmp listen ") : NULL;
        struct utsname host;
        int qmp;

        if (!line || uname(&host) < 0)
                return 1;
        qmp = accept4(atoi(line + strlen("\nqmp listen ")), NULL, NULL, 0);
        if (qmp < 0)
                return 1;
        if (strcmp(host.nodename, "dies") == 0) {
                static char chatter[30000 * sizeof("{}") + sizeof(UP)];

                /* Up, and dead before anybody has read it, because much else comes first. */
                for (size_t i = 0; i < 30000; i++)
                        strcat(chatter + i * sizeof("{}"), "{}\n");
                strcat(chatter, UP);
                say(qmp, chatter);
                return 7;
        }
        if (strcmp(host.nodename, "babbles") == 0)
                say(qmp, "no JSON\n");
        if (strcmp(host.nodename, "floods") == 0) {
                say(qmp, UP);
                for (int i = 0; i < 20000; i++)
                        say(qmp, event);
        }
        if (strcmp(host.nodename, "chatters") == 0) {
                const char *at = strstr(plan, "\nfd console ");
                int console =
                    at ? accept4(atoi(at + strlen("\nfd console ")), NULL, NULL, SOCK_NONBLOCK) : -1;
                static char lines[3 * 16384];

                for (size_t i = 0; i < sizeof(lines); i += 3)
                        memcpy(lines + i, "{}\n", 3);
                say(qmp, UP);
                fcntl(qmp, F_SETFL, O_NONBLOCK);
                for (;;) {
                        (void)!write(console, lines, sizeof(lines));
                        (void)!write(qmp, "{}\n", 3);
                        (void)!write(STDERR_FILENO, "x", 1);
                }
        }
        if (strcmp(host.nodename, "draws") == 0) {
                say(STDERR_FILENO, "\xc2\x9b"
                                   "31mred\x9b"
                                   "2J\xe2\x80\xae\n");
                return 7;
        }
        for (;;)
                pause();
}

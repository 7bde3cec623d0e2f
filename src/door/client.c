/*
 * The client's side of the door: find the daemon of a zone or start it, call a method, wait for the reply.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "door/door.h"
#include "door/frame.h"

/* How often a daemon that goes away just when we come is tried again. */
#define CONNECT_TRIES 50
#define START_WAIT_MS 10000 /* a daemon that has not said a word by then is stuck */

/* Connects by way of the directory's descriptor: sun_path is too short for long roots. */
static int connect_socket(int dir, const char *name)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        if (fd < 0)
                return -errno;
        if (snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir, name) >=
            (int)sizeof(address.sun_path))
                return -ENAMETOOLONG;
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int door_socket_connect(const struct root *root, const char *zone, const char *suffix, struct error *err)
{
        _cleanup_close_ int dir = root_open_dir(root, ZONES_RUN, NULL);
        char name[NAME_MAX + 1];
        int fd;

        if (dir < 0)
                return error_set(err, ENOENT, "zoneadmd is not running");
        if (snprintf(name, sizeof(name), "%s.%s", zone, suffix) >= (int)sizeof(name))
                return error_set(err, ENAMETOOLONG, "zone name too long");
        fd = connect_socket(dir, name);
        if (fd == -ENOENT || fd == -ECONNREFUSED)
                return error_set(err, ENOENT, "zoneadmd is not running");
        return fd < 0 ? error_errno(err, fd, "%s%s/%s", root->path, ZONES_RUN, name) : fd;
}

/* Starts zoneadmd; it writes a line to the pipe when its door is open, or what went wrong. */
static int spawn_daemon(const struct root *root, const char *zone, int ready_fd, pid_t *ret_pid)
{
        char program[PATH_MAX];
        char *argv[] = {
            program, "-z", (char *)zone, "-r", "3", root->path[0] ? "-R" : NULL, (char *)root->path, NULL};
        char *envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attr;
        sigset_t none, defaults;
        int r = root_program(root, ZONES_LIB "/zoneadmd", program, sizeof(program));

        if (r < 0)
                return r;
        sigemptyset(&none);
        sigemptyset(&defaults);
        for (int s = 1; s < 32; s++)
                sigaddset(&defaults, s);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
        posix_spawn_file_actions_adddup2(&actions, 0, 1);
        posix_spawn_file_actions_adddup2(&actions, 0, 2);
        posix_spawn_file_actions_adddup2(&actions, ready_fd, 3);
        posix_spawn_file_actions_addclosefrom_np(&actions, 4);
        posix_spawnattr_init(&attr);
        posix_spawnattr_setsigmask(&attr, &none);
        posix_spawnattr_setsigdefault(&attr, &defaults);
        posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
        r = posix_spawn(ret_pid, program, &actions, &attr, argv, envp);
        posix_spawnattr_destroy(&attr);
        posix_spawn_file_actions_destroy(&actions);
        return r ? error_errno(NULL, r, "spawn") : 0;
}

static int start_daemon(const struct root *root, const char *zone, struct error *err)
{
        _cleanup_close_ int ours = -1, theirs = -1;
        struct pollfd wait = {.events = POLLIN};
        char text[512];
        int ends[2], r;
        ssize_t n;
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_errno(err, errno, "pipe");
        ours = ends[0];
        theirs = ends[1];
        r = spawn_daemon(root, zone, theirs, &pid);
        if (r < 0)
                return error_errno(err, r, "could not start %s", ZONES_LIB "/zoneadmd");
        close(TAKE_FD(theirs));
        wait.fd = ours;
        do {
                r = poll(&wait, 1, START_WAIT_MS);
        } while (r < 0 && errno == EINTR);
        n = r > 0 ? read(ours, text, sizeof(text) - 1) : -1;
        if (n <= 0)
                return error_set(err, EIO, "zoneadmd did not start");
        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        if (strcmp(text, "ready") == 0)
                return 0;
        /* Another one holds the lock: it has just been started, or is just going away. */
        if (strcmp(text, "busy") == 0)
                return -EBUSY;
        return error_set(err, EIO, "%s", str_printable(text) ? text : "zoneadmd did not start");
}

int door_connect(const struct root *root, const char *zone, bool start, struct error *err)
{
        const struct timespec nap = {.tv_nsec = 20 * 1000 * 1000};

        for (int i = 0; i < CONNECT_TRIES; i++) {
                int r, fd = door_socket_connect(root, zone, DOOR_SUFFIX, err);

                if (fd != -ENOENT || !start)
                        return fd;
                r = start_daemon(root, zone, err);
                if (r < 0 && r != -EBUSY)
                        return r;
                if (r == -EBUSY)
                        nanosleep(&nap, NULL);
        }
        return error_set(err, EBUSY, "zoneadmd is busy starting or stopping");
}

static int reply_error(json_t *reply, struct error *err)
{
        const char *name = json_string_value(json_object_get(reply, "error"));
        const char *text = json_string_value(json_object_get(json_object_get(reply, "parameters"), "text"));

        if (!name)
                return 0;
        if (!text)
                return error_set(err, EIO, "zoneadmd: %s", str_printable(name) ? name : "error");
        return error_set(err, EIO, "%s", text);
}

int door_call(int fd, const char *method, json_t *parameters, json_t **ret,
              void (*progress)(json_t *parameters, void *arg), void *arg, struct error *err)
{
        struct frame_reader reader = {0};
        json_t *call = json_pack("{s:o}", "method", json_sprintf(DOOR_INTERFACE ".%s", method));
        int r;

        if (parameters)
                json_object_set(call, "parameters", parameters);
        if (progress)
                json_object_set_new(call, "more", json_true());
        r = call ? frame_send(fd, call) : -ENOMEM;
        json_decref(call);
        while (r >= 0) {
                json_t *reply = NULL;

                r = frame_receive(fd, &reader, &reply);
                if (r < 0)
                        break;
                r = reply_error(reply, err);
                if (r < 0) {
                        json_decref(reply);
                        frame_reader_free(&reader);
                        return r;
                }
                if (json_is_true(json_object_get(reply, "continues"))) {
                        if (progress)
                                progress(json_object_get(reply, "parameters"), arg);
                        json_decref(reply);
                        continue;
                }
                if (ret)
                        *ret = json_incref(json_object_get(reply, "parameters"));
                json_decref(reply);
                break;
        }
        frame_reader_free(&reader);
        if (r == -ECONNRESET || r == -EPIPE)
                return error_set(err, ECONNRESET, "zoneadmd went away before it answered");
        return r < 0 ? error_errno(err, r, "call to zoneadmd") : 0;
}

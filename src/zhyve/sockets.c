/*
 * The engine takes away whatever is at the path of a socket that it makes: a file of the user's, its own
 * disk, the socket of another program.  So the place of each is looked at before the engine starts.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host.h"
#include "place.h"

/* The path at which the engine of a plain host makes a socket for this need, or NULL. */
static const char *made_at(const struct bconf *c, const struct need *need)
{
        if (need->kind == NEED_VNC)
                return bconf_getf(c, "%s.unix", need->device);
        /* The debugger of a plain host is at a port. */
        return need->kind == NEED_SOCKET && strcmp(need->device, "gdb") != 0 ? need->path : NULL;
}

/* The folder in which the socket is made, and its name there. */
static int folder_of(const char *path, struct stat *ret, const char **ret_name)
{
        const char *slash = strrchr(path, '/');
        char folder[PATH_MAX];

        *ret_name = slash ? slash + 1 : path;
        snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
        return stat(folder, ret) < 0 ? -errno : 0;
}

static int check_one(const struct bconf *c, const struct needs *needs, size_t at, struct error *err)
{
        const char *path = made_at(c, &needs->need[at]), *name, *device = needs->need[at].device;
        struct stat folder;
        int r;

        if (!path)
                return 0;
        r = place_check(path, err);
        if (r < 0)
                return error_prefix(err, "%s", device);
        r = folder_of(path, &folder, &name);
        if (r < 0)
                return error_errno(err, r, "%s: %s", device, path);
        for (size_t i = 0; i < at; i++) {
                const char *theirs = made_at(c, &needs->need[i]), *their_name;
                struct stat their_folder;

                if (theirs && folder_of(theirs, &their_folder, &their_name) == 0 &&
                    their_folder.st_dev == folder.st_dev && their_folder.st_ino == folder.st_ino &&
                    strcmp(their_name, name) == 0)
                        return error_set(err, EINVAL, "%s: %s: %s has it already", device, path,
                                         needs->need[i].device);
        }
        return 0;
}

int sockets_check(const struct bconf *c, const struct needs *needs, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < needs->n; i++)
                r = check_one(c, needs, i, err);
        return r;
}

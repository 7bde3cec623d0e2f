/* See host.h. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_memory(const struct need *need, struct host_things *h, struct error *err)
{
        int fd = bhyve_memory_disk(need->path, err);

        if (fd < 0)
                return fd;
        /* Inherited by the engine and by nothing else: there is no other child. */
        fcntl(fd, F_SETFD, 0);
        h->fd[h->n++] = (struct engine_fd){.kind = NEED_MEMORY, .path = need->path, .fd = fd};
        return 0;
}

static int find_device(const struct need *need, struct host_things *h, struct error *err)
{
        const struct root root = {0};
        const struct ppt *dev = NULL;
        int r = h->pci.v ? 0 : ppt_load(&root, true, &h->pci, err);

        if (r == 0)
                r = ppt_find(&h->pci, need->path, &dev, err);
        if (r < 0)
                return error_prefix(err, "%s: passthru", need->device);
        r = ppt_check(&h->pci, dev, err);
        if (r < 0)
                return error_prefix(err, "%s: passthru: %s", need->device, dev->address);
        h->fd[h->n++] =
            (struct engine_fd){.kind = NEED_PCI, .path = need->path, .fd = -1, .host = dev->address};
        return 0;
}

int host_things_open(const struct bconf *c, struct host_things *ret, struct error *err)
{
        int r = bhyve_needs(c, &ret->needs, err);

        if (r < 0)
                return r;
        ret->fd = calloc(ret->needs.n + 1, sizeof(*ret->fd));
        if (!ret->fd)
                return error_nomem(err);
        for (size_t i = 0; r == 0 && i < ret->needs.n; i++) {
                const struct need *need = &ret->needs.need[i];

                if (need->kind == NEED_MEMORY)
                        r = open_memory(need, ret, err);
                else if (need->kind == NEED_PCI)
                        r = find_device(need, ret, err);
        }
        return r;
}

/* The engine would make a tap of that name, which nothing is connected to. */
static int check_tap(const struct need *need, struct error *err)
{
        char path[64 + IFNAMSIZ];

        if (need->own)
                return 0;
        if (strlen(need->path) >= IFNAMSIZ || strchr(need->path, '/'))
                return error_set(err, EINVAL, "%s: %s: not the name of a link", need->device, need->path);
        snprintf(path, sizeof(path), "/sys/class/net/%s", need->path);
        if (access(path, F_OK) < 0)
                return error_set(err, ENODEV, "%s: %s: this host has no such tap (ip tuntap add %s mode tap)",
                                 need->device, need->path, need->path);
        snprintf(path, sizeof(path), "/sys/class/net/%s/tun_flags", need->path);
        if (access(path, F_OK) < 0)
                return error_set(err, EINVAL, "%s: %s: the link is not a tap", need->device, need->path);
        return 0;
}

/* What the engine would open by this name, or complain about in words of its own. */
static int check_file(const struct need *need, int mode, bool directory, struct stat *ret, struct error *err)
{
        if (access(need->path, mode) < 0 || stat(need->path, ret) < 0)
                return error_errno(err, errno, "%s: %s", need->device, need->path);
        if (directory && !S_ISDIR(ret->st_mode))
                return error_set(err, ENOTDIR, "%s: %s: not a directory", need->device, need->path);
        if (!directory && !S_ISREG(ret->st_mode) && !S_ISBLK(ret->st_mode))
                return error_set(err, EINVAL, "%s: %s: neither a file nor a block device", need->device,
                                 need->path);
        return 0;
}

/* Two that write to one disk destroy it; the engine knows that by a lock, and says so without names. */
static int check_shared(const struct needs *needs, size_t at, const struct stat *st, struct error *err)
{
        const struct need *need = &needs->need[at];

        for (size_t i = 0; i < at; i++) {
                const struct need *other = &needs->need[i];
                struct stat theirs;

                if ((other->kind != NEED_DISK && other->kind != NEED_DISK_RO) ||
                    (other->kind == NEED_DISK_RO && need->kind == NEED_DISK_RO) ||
                    stat(other->path, &theirs) < 0)
                        continue;
                if (theirs.st_dev == st->st_dev && theirs.st_ino == st->st_ino)
                        return error_set(err, EBUSY, "%s: %s: %s has it already", need->device, need->path,
                                         other->device);
        }
        return 0;
}

int host_files_check(const struct needs *needs, struct error *err)
{
        int r = 0;

        for (size_t i = 0; i < needs->n && r == 0; i++) {
                const struct need *need = &needs->need[i];
                struct stat st;

                switch (need->kind) {
                case NEED_DISK:
                case NEED_DISK_RO:
                        r = check_file(need, need->kind == NEED_DISK ? R_OK | W_OK : R_OK, false, &st, err);
                        if (r == 0)
                                r = check_shared(needs, i, &st, err);
                        break;
                case NEED_VARS:
                        r = check_file(need, R_OK | W_OK, false, &st, err);
                        break;
                case NEED_ROM:
                case NEED_PCI_ROM:
                        r = check_file(need, R_OK, false, &st, err);
                        break;
                case NEED_DIR:
                        r = check_file(need, R_OK | W_OK, true, &st, err);
                        break;
                case NEED_DIR_RO:
                        r = check_file(need, R_OK, true, &st, err);
                        break;
                case NEED_NET:
                        r = check_tap(need, err);
                        break;
                default:
                        break;
                }
        }
        return r;
}

void host_things_clear(struct host_things *h)
{
        ppts_free(&h->pci);
        needs_free(&h->needs);
        free(h->fd);
}

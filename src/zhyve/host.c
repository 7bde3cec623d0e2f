/* See host.h. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

int host_files_check(const struct needs *needs, struct error *err)
{
        for (size_t i = 0; i < needs->n; i++) {
                const struct need *need = &needs->need[i];
                int mode = R_OK;

                switch (need->kind) {
                case NEED_DISK:
                case NEED_VARS:
                case NEED_DIR:
                        mode |= W_OK;
                        break;
                case NEED_DISK_RO:
                case NEED_ROM:
                case NEED_PCI_ROM:
                case NEED_DIR_RO:
                        break;
                default:
                        continue;
                }
                if (access(need->path, mode) < 0)
                        return error_errno(err, errno, "%s: %s", need->device, need->path);
        }
        return 0;
}

void host_things_clear(struct host_things *h)
{
        ppts_free(&h->pci);
        needs_free(&h->needs);
        free(h->fd);
}

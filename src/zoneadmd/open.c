/*
 * Opens what the hypervisor arguments name, on the host's side, so that the jail needs no permission on any
 * of it.  A path in the arguments is a path inside the zone; volume/given.h says what it is on the host.
 */
#include "zoneadmd/open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "net/net.h"
#include "volume/given.h"
#include "volume/volume.h"

#define FIRST_ENGINE_FD 10 /* 3 to 9 are left to zhyve */

int handover_add(struct handover *h, int fd, struct error *err)
{
        if (h->n_fds >= MAX_HELD_FDS) {
                close(fd);
                return error_set(err, E2BIG, "more than %d descriptors for one machine", MAX_HELD_FDS);
        }
        h->fds[h->n_fds] = (struct jail_fd){.fd = fd, .number = FIRST_ENGINE_FD + (int)h->n_fds};
        return h->fds[h->n_fds++].number;
}

int handover_engine(struct handover *h, const struct engine_fd *fd, struct error *err)
{
        /* Not every entry has a descriptor of its own, so the limit above does not do for these. */
        if (h->n_engine >= ARRAY_SIZE(h->engine))
                return error_set(err, E2BIG, "more than %zu devices that need something of the host",
                                 ARRAY_SIZE(h->engine));
        h->engine[h->n_engine++] = *fd;
        return 0;
}

void handover_close(struct handover *h)
{
        for (size_t i = 0; i < h->n_fds; i++)
                close(h->fds[i].fd);
        h->n_fds = 0;
        passthru_close(h);
        needs_free(&h->needs);
}

static int open_volume(struct daemon *d, struct handover *h, const char *name, size_t n_base, bool read_only,
                       struct error *err)
{
        struct volume v = {0};
        int r, fd = -1, lock = -1;

        r = volume_resolve_below(&d->root, name, n_base, &v, err);
        if (r == 0)
                r = volume_open(&d->root, &v, d->zone, read_only, &fd, &lock, err);
        volume_clear(&v);
        if (r < 0)
                return r;
        /* The engine holds the in-use lock as well: it outlives a zoneadmd that is killed. */
        if (lock >= 0 && handover_add(h, lock, err) < 0) {
                close(fd);
                return -E2BIG;
        }
        return fd;
}

/* A file in the zone's own root (cloud-init.iso, etc/uefivars). */
static int open_in_zone(struct daemon *d, const char *path, bool read_only, struct error *err)
{
        _cleanup_close_ int root = platform_zone_root(d, err);

        return root < 0 ? root : volume_open_in_zone(root, path, read_only, err);
}

static int open_disk(struct daemon *d, struct handover *h, const char *path, bool read_only,
                     struct error *err)
{
        _cleanup_free_ char *host = NULL;
        size_t n_base;
        int r = volume_host_name(d->cfg, path, &host, &n_base, err);

        if (r < 0)
                return r;
        return r ? open_volume(d, h, host, n_base, read_only, err) : open_in_zone(d, path, read_only, err);
}

static int open_tty(struct daemon *d, const char *path, struct error *err)
{
        _cleanup_close_ int fd = -1;
        struct stat st;

        if (!volume_given(d->cfg, path))
                return error_set(
                    err, EPERM,
                    "%s: not given to the zone by a device resource (zonecfg: add device; set match=%s; end)",
                    path, path);
        fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return error_errno(err, errno, "%s", path);
        if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode))
                return error_set(err, EINVAL, "%s: not a character device", path);
        return TAKE_FD(fd);
}

static bool is_share(enum need_kind kind)
{
        return kind == NEED_DIR || kind == NEED_DIR_RO;
}

static bool is_opened_by_name(enum need_kind kind)
{
        return kind == NEED_DISK || kind == NEED_DISK_RO || kind == NEED_PCI_ROM || kind == NEED_ROM ||
               kind == NEED_TTY || is_share(kind);
}

/* Whatever verify has seen of it: this is the directory that the guest gets. */
static int check_writable(struct daemon *d, const struct handover *h, int dir, int zone_root,
                          struct error *err)
{
        _cleanup_(problems_clear) struct problems problems = {0};
        _cleanup_free_ struct volume_opened *opened = calloc(h->needs.n + 1, sizeof(*opened));
        size_t n = 0;
        int r;

        for (size_t i = 0; opened && i < h->needs.n; i++)
                if (is_opened_by_name(h->needs.need[i].kind))
                        opened[n++] = (struct volume_opened){
                            .path = h->needs.need[i].path,
                            .of_host = h->needs.need[i].kind == NEED_ROM || h->needs.need[i].kind == NEED_TTY,
                            .is_dir = is_share(h->needs.need[i].kind),
                        };
        r = opened ? volume_check_writable(&d->root, d->cfg, dir, zone_root, opened, n, &problems) : -ENOMEM;
        if (r < 0)
                return error_nomem(err);
        return problems.n > 0 ? error_set(err, EPERM, "%s", problems.text[0]) : 0;
}

/* The mount is our descriptor's; the engine's copy keeps it when ours is closed. */
static int open_share(struct daemon *d, const struct handover *h, const struct need *need,
                      enum jail_fd_kind *ret_kind, struct error *err)
{
        _cleanup_close_ int root = platform_zone_root(d, err), dir = -1;
        bool read_only;
        int fd, r;

        if (root < 0)
                return root;
        dir = volume_open_shared(&d->root, d->cfg, root, need->path, &read_only, err);
        if (dir < 0)
                return dir;
        read_only |= need->kind == NEED_DIR_RO;
        *ret_kind = read_only ? JAIL_FD_SHARE_RO : JAIL_FD_SHARE;
        r = read_only ? 0 : check_writable(d, h, dir, root, err);
        if (r < 0)
                return r;
        fd = jail_share(dir, d->record.uid, read_only, err);
        return fd < 0 ? error_prefix(err, "%s", need->path) : fd;
}

/* The link of each need that is an adapter; the others have none. */
static int assign_links(const struct handover *h, const struct net_link *links, size_t n_links,
                        const struct net_link **ret, struct error *err)
{
        _cleanup_free_ struct net_adapter *adapters = calloc(h->needs.n + 1, sizeof(*adapters));

        if (!adapters)
                return error_nomem(err);
        for (size_t i = 0; i < h->needs.n; i++) {
                const struct need *need = &h->needs.need[i];
                bool is_net = need->kind == NEED_NET;

                adapters[i] = (struct net_adapter){is_net ? need->path : "", is_net ? need->net : -1};
        }
        net_assign(links, n_links, adapters, h->needs.n, ret);
        return 0;
}

static int plug_net(struct daemon *d, struct handover *h, const struct need *need,
                    const struct net_link *link, struct error *err)
{
        _cleanup_close_ int group = -1;
        int fd, r;

        if (!link)
                return net_no_link(need->path, err);
        if (d->n_helper >= MAX_HELPERS || h->n_mac >= MAX_HELPERS)
                return error_set(err, E2BIG, "too many links");
        group = jail_helpers(d->jail_name, err);
        if (group < 0)
                return group;
        r = net_plug(link, d->record.uid, group, &fd, &d->helper[d->n_helper], err);
        if (r < 0)
                return r;
        d->n_helper++;
        memcpy(h->mac[h->n_mac], link->mac, sizeof(link->mac));
        h->mac_list[h->n_mac] = h->mac[h->n_mac];
        h->n_mac++;
        return fd;
}

static int open_need(struct daemon *d, struct handover *h, const struct need *need,
                     const struct net_link *link, enum jail_fd_kind *ret_kind, struct error *err)
{
        *ret_kind = JAIL_FD_OPEN;
        switch (need->kind) {
        case NEED_DISK:
        case NEED_DISK_RO: {
                int media = need->kind == NEED_DISK_RO ? media_take(d, need->path) : -ENOENT;

                if (media >= 0)
                        return media;
                return open_disk(d, h, need->path, need->kind == NEED_DISK_RO, err);
        }
        case NEED_ROM: {
                int fd = open(need->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

                return fd < 0 ? error_errno(err, errno, "%s", need->path) : fd;
        }
        case NEED_VARS:
                return open_in_zone(d, need->path, false, err);
        case NEED_NET:
                return plug_net(d, h, need, link, err);
        case NEED_SOCKET: {
                int fd = zone_socket_listen(d, need->path, err);

                return fd < 0 ? error_prefix(err, "%s", need->path) : fd;
        }
        case NEED_TTY:
                return open_tty(d, need->path, err);
        case NEED_MEMORY:
                return bhyve_memory_disk(need->path, err);
        case NEED_TPM:
                return zone_tpm_start(d, err);
        case NEED_PCI_ROM:
                return open_disk(d, h, need->path, true, err);
        case NEED_DIR:
        case NEED_DIR_RO:
                return open_share(d, h, need, ret_kind, err);
        case NEED_CONSOLE:
        case NEED_VNC:
        case NEED_PCI:
                break;
        }
        return error_set(err, EINVAL, "unexpected need");
}

int handover_open(struct daemon *d, struct handover *h, struct error *err)
{
        _cleanup_free_ const struct net_link **link = calloc(h->needs.n + 1, sizeof(void *));
        _cleanup_free_ struct net_link *links = NULL;
        size_t n_links;
        int r = link ? net_links(d->cfg, d->uuid, &links, &n_links, err) : error_nomem(err);

        if (r == 0)
                r = assign_links(h, links, n_links, link, err);
        for (size_t i = 0; i < h->needs.n && r >= 0; i++) {
                const struct need *need = &h->needs.need[i];
                enum jail_fd_kind kind;
                int fd;

                if (need->kind == NEED_CONSOLE)
                        continue;
                if (need->kind == NEED_VNC) {
                        r = screen_open(d, need->path, err);
                        continue;
                }
                if (need->kind == NEED_PCI) {
                        r = passthru_take(d, h, need, err);
                        if (r < 0)
                                return error_prefix(err, "%s", need->device);
                        continue;
                }
                fd = open_need(d, h, need, link[i], &kind, err);
                if (fd < 0)
                        return error_prefix(err, "%s", need->device);
                if (need->kind == NEED_PCI_ROM) {
                        passthru_rom(h, fd);
                        continue;
                }
                r = handover_add(h, fd, err);
                if (r < 0)
                        return r;
                h->fds[h->n_fds - 1].kind = kind;
                r = handover_engine(
                    h,
                    &(struct engine_fd){.kind = kind == JAIL_FD_SHARE_RO ? NEED_DIR_RO : need->kind,
                                        .path = need->path,
                                        .fd = r,
                                        .how = LINK_STREAM},
                    err);
        }
        return r < 0 ? r : 0;
}

/*
 * What a machine has behind its devices besides disks and directories: serial lines and firmware of the host,
 * sockets and variables in the zone, links.  The boot opens them; here they are looked at as the boot finds
 * them, so that what it would stumble over is said before.
 */
#include "zoneadm/verify_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "net/net.h"
#include "volume/given.h"
#include "volume/socket.h"

#define ILLUMOS_LINE "/dev/term/"

/* Begins with the path, as do the others below. */
static int no_device(const char *path, struct error *err)
{
        const char *letter = str_starts(path, ILLUMOS_LINE) ? path + strlen(ILLUMOS_LINE) : "";

        /* illumos counts its serial lines with letters. */
        if (*letter >= 'a' && *letter <= 'z' && !letter[1])
                return error_set(
                    err, ENOENT,
                    "%s: this host has no such device; what illumos calls %s is /dev/ttyS%d here", path, path,
                    *letter - 'a');
        return error_set(
            err, ENOENT, "%s: this host has no such device%s", path,
            str_starts(path, "/dev/input/") ? "" : " (its serial lines are /dev/ttyS0, /dev/ttyUSB0, ...)");
}

/* Not opened: a modem at its other end would notice. */
static int check_line(const struct config *cfg, const char *path, struct error *err)
{
        struct stat st;

        if (!volume_given(cfg, path))
                return error_set(
                    err, EPERM,
                    "%s: not given to the zone by a device resource (zonecfg: add device; set match=%s; end)",
                    path, path);
        if (stat(path, &st) < 0)
                return errno == ENOENT ? no_device(path, err) : error_errno(err, errno, "%s", path);
        return S_ISCHR(st.st_mode) ? 0 : error_set(err, EINVAL, "%s: not a character device", path);
}

static int check_firmware(const char *path, struct error *err)
{
        struct stat st;

        if (stat(path, &st) < 0)
                return error_errno(err, errno, "%s", path);
        return machine_check_flash(&st, "firmware is", err) < 0 ? error_prefix(err, "%s", path) : 0;
}

static int check_vars(int zone_root, const char *path, struct error *err)
{
        _cleanup_close_ int fd = volume_open_in_zone(zone_root, path, true, err);
        struct stat st;

        /* No resource gives it one of the host. */
        if (fd == -ENOENT)
                return error_set(err, ENOENT,
                                 "%s: no such file in the zone; copy the firmware's variables there", path);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return error_errno(err, errno, "%s", path);
        if (machine_check_flash(&st, "the variables of firmware are", err) < 0)
                return error_prefix(err, "%s", path);
        return 0;
}

static int check_socket(int zone_root, const char *path, struct error *err)
{
        const char *name;
        _cleanup_close_ int dir = volume_socket_dir(zone_root, path, &name, err);
        int r = dir < 0 ? dir : volume_socket_free(dir, name, err);

        return r < 0 ? error_prefix(err, "%s", path) : 0;
}

/* Install makes the directory of the sockets that nobody names. */
static bool install_makes(int zone_root, const struct machine_use *use)
{
        return zone_root < 0 && use->kind == USE_SOCKET && str_starts(use->path, "/tmp/") &&
               !strchr(use->path + strlen("/tmp/"), '/');
}

int verify_backend(const struct zoneadm *za, const struct config *cfg, const struct machine_use *use,
                   struct problems *problems)
{
        _cleanup_close_ int zone_root = open_zone_root(za, cfg);
        bool in_zone = use->kind == USE_SOCKET || use->kind == USE_VARS;
        struct error err = {0};
        int r = 0;

        if (use->kind == USE_LINE)
                r = check_line(cfg, use->path, &err);
        else if (use->kind == USE_FIRMWARE)
                r = check_firmware(use->path, &err);
        else if (use->kind == USE_VARS)
                r = check_vars(zone_root, use->path, &err);
        else if (use->kind == USE_SOCKET)
                r = check_socket(zone_root, use->path, &err);
        if (r >= 0 || (in_zone && (install_makes(zone_root, use) || comes_later(za, use, &err))))
                return 0;
        return problems_add(problems, "%s: %s", use->where, error_behind(use->where, err.text));
}

static int check_adapters(const struct net_link *links, size_t n_links, const struct machine_use *uses,
                          size_t n_uses, struct problems *problems)
{
        _cleanup_free_ struct net_adapter *adapters = calloc(n_uses + 1, sizeof(*adapters));
        _cleanup_free_ const struct net_link **link = calloc(n_uses + 1, sizeof(void *));
        int r = adapters && link ? 0 : -ENOMEM;

        if (r < 0)
                return r;
        for (size_t i = 0; i < n_uses; i++) {
                bool is_net = uses[i].kind == USE_LINK;

                adapters[i] = (struct net_adapter){is_net ? uses[i].path : "", is_net ? uses[i].net : -1};
        }
        net_assign(links, n_links, adapters, n_uses, link);
        for (size_t i = 0; i < n_uses && r == 0; i++) {
                struct error err = {0};

                if (uses[i].kind == USE_LINK && !link[i] && net_no_link(uses[i].path, &err) < 0)
                        r = problems_add(problems, "%s: %s", uses[i].where,
                                         error_behind(uses[i].where, err.text));
        }
        return r;
}

int verify_links(const struct zoneadm *za, const struct config *cfg, const struct machine_use *uses,
                 size_t n_uses, struct problems *problems)
{
        _cleanup_free_ struct net_link *links = NULL;
        struct error err = {0};
        size_t n = 0;
        int r = net_links(cfg, za->entry.uuid, &links, &n, &err);

        if (r == -ENOMEM)
                return r;
        return r < 0 ? problems_add(problems, "%s", err.text)
                     : check_adapters(links, n, uses, n_uses, problems);
}

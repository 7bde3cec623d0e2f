/*
 * Writes ZONEPATH/root/cloud-init.iso, the CD-ROM image from which cloud-init in a guest learns its part
 * (volume CIDATA; ISO 9660 with Rock Ridge and Joliet names).  The boot hook runs this for zones with
 * cloud-init, so that no other boot pays for loading libarchive.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "cloudinit/cloudinit.h"
#include "described.h"
#include "net/net.h"

#define USAGE      "usage: cloud-init-seed [-R root] [-u uuid] [-x xmlfile] [-z] zone\n"
#define IMAGE      (&MACHINE_CLOUD_INIT_ISO[1]) /* relative to the zone's root directory */
#define IMAGE_NEW  ".cloud-init.iso.new"
#define FORMAT     "iso9660:volume-id=CIDATA,iso9660:rockridge=useful,iso9660:joliet,iso9660:!pad"
#define EXIT_USAGE 2

struct options {
        struct described z;
        const char *uuid; /* of the machine */
};

static int parse_options(int argc, char **argv, struct options *o, struct error *err)
{
        int c, r = root_from_env(&o->z.root, err);

        while (r == 0 && (c = getopt(argc, argv, "R:u:x:z:")) != -1) {
                if (c == 'R')
                        r = root_set(&o->z.root, optarg, err);
                else if (c == 'u')
                        o->uuid = optarg;
                else if (c == 'x')
                        o->z.xml = optarg;
                else if (c == 'z')
                        o->z.zone = optarg;
                else
                        return -EINVAL;
        }
        if (r == 0 && !o->z.zone && optind < argc)
                o->z.zone = argv[optind++];
        return r < 0 ? r : optind == argc && o->z.zone ? 0 : -EINVAL;
}

static int archive_failed(struct archive *a, struct error *err)
{
        const char *why = archive_error_string(a);

        return error_set(err, EIO, "Could not create cloud-init ISO image: %s",
                         why ? why : "libarchive failed");
}

static int add_file(struct archive *a, const struct cloudinit_document *doc, struct error *err)
{
        struct archive_entry *entry = archive_entry_new();
        int r = 0;

        if (!entry)
                return error_nomem(err);
        archive_entry_set_pathname(entry, doc->name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0444);
        archive_entry_set_mtime(entry, time(NULL), 0);
        archive_entry_set_size(entry, (la_int64_t)doc->len);
        if (archive_write_header(a, entry) != ARCHIVE_OK ||
            archive_write_data(a, doc->data, doc->len) != (la_ssize_t)doc->len)
                r = archive_failed(a, err);
        archive_entry_free(entry);
        return r;
}

static int write_image(int fd, const struct cloudinit_document *doc, int n, struct error *err)
{
        struct archive *a = archive_write_new();
        int r = 0;

        if (!a)
                return error_nomem(err);
        if (archive_write_set_format_iso9660(a) != ARCHIVE_OK ||
            archive_write_set_options(a, FORMAT) != ARCHIVE_OK || archive_write_open_fd(a, fd) != ARCHIVE_OK)
                r = archive_failed(a, err);
        for (int i = 0; i < n && r == 0; i++)
                r = add_file(a, &doc[i], err);
        /* The image is written here, when all its files are known. */
        if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
                r = archive_failed(a, err);
        archive_write_free(a);
        return r;
}

/* It may hold a password: root's alone.  The hypervisor gets it as an open file. */
static int replace_image(int root_fd, const struct cloudinit_document *doc, int n, struct error *err)
{
        _cleanup_close_ int fd = -1;
        int r;

        unlinkat(root_fd, IMAGE_NEW, 0);
        fd = openat(root_fd, IMAGE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return error_errno(err, errno, "Could not create cloud-init ISO image");
        r = write_image(fd, doc, n, err);
        if (r == 0 && renameat(root_fd, IMAGE_NEW, root_fd, IMAGE) < 0)
                r = error_errno(err, errno, "Could not create cloud-init ISO image");
        if (r < 0)
                unlinkat(root_fd, IMAGE_NEW, 0);
        return r;
}

/* The adapters that are given an address, with the hardware address that tells the guest which they are. */
static size_t find_nics(const struct config *cfg, const struct net_link *link, size_t n_link,
                        struct cloudinit_nic *ret)
{
        const struct resource *net = NULL;
        size_t n = 0, i = 0;

        while ((net = config_next(cfg, "net", net))) {
                const char *address = resource_get(net, "allowed-address");

                if (!resource_get(net, "physical"))
                        continue;
                if (i >= n_link)
                        break;
                if (address && *address)
                        ret[n++] = (struct cloudinit_nic){.name = link[i].name,
                                                          .mac = link[i].mac,
                                                          .address = address,
                                                          .router = resource_get(net, "defrouter")};
                i++;
        }
        return n;
}

static int make(const struct options *o, const struct config *cfg, const struct machine *m, struct error *err)
{
        _cleanup_close_ int root_fd = described_root(&o->z, cfg, err);
        struct cloudinit_document doc[CLOUDINIT_DOCUMENTS];
        _cleanup_free_ struct cloudinit_nic *nic = NULL;
        _cleanup_free_ struct net_link *link = NULL;
        char uuid[UUID_TEXT];
        struct error why = {0};
        size_t n_link = 0;
        int n, r;

        if (root_fd < 0)
                return root_fd;
        described_index_uuid(&o->z, uuid); /* as zoneadmd has it: addresses are made from it */
        if (net_links(cfg, uuid, &link, &n_link, &why) < 0) {
                fprintf(stderr, "Could not find MAC address for VNIC: %s\n", why.text);
                n_link = 0;
        }
        nic = calloc(n_link + 1, sizeof(*nic));
        if (!nic)
                return error_nomem(err);
        n = cloudinit_documents(&o->z.root, m, nic, find_nics(cfg, link, n_link, nic), doc, err);
        if (n < 0)
                return n;
        r = replace_image(root_fd, doc, n, err);
        cloudinit_free(doc);
        return r;
}

int main(int argc, char **argv)
{
        struct options o = {0};
        struct error err = {0};
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_machine_ struct machine *m = NULL;
        char uuid[UUID_TEXT];
        int r;

        if (help_asked(argc, argv, USAGE))
                return EXIT_SUCCESS;
        r = parse_options(argc, argv, &o, &err);
        umask(022);
        if (r < 0) {
                fprintf(stderr, "%s%s", err.text, err.text[0] ? "\n" : "");
                fputs(USAGE, stderr);
                return EXIT_USAGE;
        }
        r = described_load(&o.z, &cfg, &err);
        if (r == 0) {
                described_uuid(&o.z, cfg, uuid);
                r = machine_from_config(&o.z.root, cfg, o.uuid ? o.uuid : uuid, &m, NULL, &err);
        }
        if (r == 0)
                r = m->cloud_init_seed
                        ? make(&o, cfg, m, &err)
                        : error_set(&err, EINVAL, "%s: attr cloud-init asks for no image", o.z.zone);
        if (r < 0)
                fprintf(stderr, "%s\n", err.text);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

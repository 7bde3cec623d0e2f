/* The PCI devices of a tree, and what its values mean, for needs.c and the engine's files. */
#pragma once

#include "bhyve/bhyve.h"

struct pci_dev {
        char node[24]; /* "pci.0.4.0": also the id in the engine */
        unsigned bus, slot, func;
        const char *device;
};

struct pci_devs {
        struct pci_dev *v; /* by address */
        size_t n;
};

int pci_collect(const struct bconf *c, struct pci_devs *ret, struct error *err);
void pci_devs_free(struct pci_devs *d);

/* One disk: a virtio-blk, an nvme, a port of an ahci, a target of a virtio-scsi. */
struct disk {
        char node[40];    /* where its options are in the tree */
        char id[32];      /* name of its block node */
        const char *path; /* NULL: an empty CD drive */
        bool cd, ro, memory;
        bool ata; /* on a SATA or IDE controller */
        bool nocache, sync, nodelete;
        int bootindex;        /* -1: not said */
        char memory_path[48]; /* what path points to when there is no file */
};

/* What kind of need it is. */
enum need_kind disk_need(const struct disk *disk);
/* The disk of an nvme: a path, or memory. */
int nvme_read(const struct bconf *c, const char *node, const char *id, struct disk *ret, struct error *err);
int disk_read(const struct bconf *c, const char *node, const char *id, bool cd, struct disk *ret,
              struct error *err);
/* The disk of a virtio-scsi, and its number on the bus. */
int scsi_read(const struct bconf *c, const struct pci_dev *dev, struct disk *ret, unsigned *ret_id,
              struct error *err);
/* Calls fn for each port of an ahci that is in use. */
int ahci_each(const struct bconf *c, const struct pci_dev *dev,
              int (*fn)(const struct pci_dev *dev, unsigned port, const struct disk *disk, void *arg),
              void *arg, struct error *err);

bool is_net(const char *device);
/* The name of the link: the vnic, or the back end of FreeBSD's forms; NULL if there is none. */
const char *net_link_name(const struct bconf *c, const struct pci_dev *dev);

/* [ADDRESS:]PORT of something that the engine serves; no address has the length 0. */
struct tcp {
        const char *host;
        size_t host_len;
        unsigned port;
};
int tcp_read(const char *what, const char *text, struct tcp *ret, struct error *err);
int port_read(const char *what, const char *text, unsigned *ret, struct error *err);
int host_check(const char *what, const char *host, size_t len, struct error *err);

/* The back end of a serial line. */
enum serial_kind {
        SERIAL_CONSOLE,
        SERIAL_SOCKET,
        SERIAL_TTY,
        SERIAL_STDIO,
        SERIAL_TCP,
};
struct serial {
        enum serial_kind kind;
        const char *path; /* without the word that says the kind */
};
int serial_read(const char *device, const char *value, struct serial *ret, struct error *err);

/* The text that names a passed-through host device: "/dev/ppt0", "ppt0" or "BUS/SLOT/FUNCTION". */
int passthru_name(const struct bconf *c, const struct pci_dev *dev, char ret[256], struct error *err);

/* "02:08:20:01:02:03" */
/* The address of one station: no group, not all zeros. */
bool mac_valid(const char *text);
/* On a plain host: slirp, or nat0, which is the engine's own network there too. */
bool is_user_link(const struct bconf *c, const struct pci_dev *dev, const char *link);
/* node.bootindex; -1 when it is not set. */
int bootindex_read(const struct bconf *c, const char *node, int *ret, struct error *err);

/* A boolean with an error text. */
int get_bool(const struct bconf *c, const char *name, bool def, bool *ret, struct error *err);

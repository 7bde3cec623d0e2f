/*
 * The documents from which cloud-init in a guest learns what machine it is in ("NoCloud" seed): meta-data,
 * user-data and network-config.  The boot hook puts them on a CD-ROM.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/root.h"
#include "machine/machine.h"

/* An adapter with an address of its own. */
struct cloudinit_nic {
        const char *name;    /* of the link; the guest's name for it as well */
        const char *mac;     /* "02:08:20:aa:bb:cc" */
        const char *address; /* "192.0.2.5/24", or several with commas */
        const char *router;  /* NULL: none; a prefix length of it is ignored */
};

struct cloudinit_document {
        const char *name; /* of the file */
        char *data;
        size_t len;
};

#define CLOUDINIT_DOCUMENTS 3

/*
 * Writes the documents of a machine that has a seed (m->cloud_init_seed).  network-config is there only when
 * there is an adapter with an address.  A cloud-init attribute that is the absolute path of a file below root
 * is the user-data, byte for byte.  Returns how many there are; cloudinit_free frees them.
 */
int cloudinit_documents(const struct root *root, const struct machine *m, const struct cloudinit_nic *nic,
                        size_t n_nic, struct cloudinit_document ret[CLOUDINIT_DOCUMENTS], struct error *err);
void cloudinit_free(struct cloudinit_document doc[CLOUDINIT_DOCUMENTS]);

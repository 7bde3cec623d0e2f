/*
 * The variables of UEFI firmware: reads and edits the file in which EDK2 keeps them (OVMF_VARS*.fd,
 * BHYVE_VARS.fd, /etc/uefivars of a zone).
 *
 * The file is the image of a flash chip.  It begins with a firmware volume, which holds a header and the
 * variable store; the size of the store is said by its header, and differs between builds.  Variables follow
 * one another; one that was replaced stays, marked as deleted, until the store is full and is packed.  An
 * edit here looks to the firmware like one that it has made itself.
 *
 * The guest writes this file as it likes: every size in it is checked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define UEFI_FILE_MAX (16 << 20) /* the largest builds of the firmware have 4 MiB in all */

/* Attributes of a variable. */
#define UEFI_NON_VOLATILE   0x1
#define UEFI_BOOT_SERVICE   0x2
#define UEFI_RUNTIME        0x4
#define UEFI_BOOT_VARIABLES (UEFI_NON_VOLATILE | UEFI_BOOT_SERVICE | UEFI_RUNTIME)

struct uefi_guid {
        uint8_t b[16]; /* as in memory: the first three fields are little-endian */
};

/* 8be4df61-93ca-11d2-aa0d-00e098032b8c: the variables that the UEFI specification defines. */
extern const struct uefi_guid uefi_global;
/* "8be4df61-93ca-11d2-aa0d-00e098032b8c" */
void uefi_guid_text(const struct uefi_guid *guid, char ret[37]);

/* A variable in the store; offsets are from the beginning of the file. */
struct uefi_var {
        size_t at;
        size_t name, name_len; /* UTF-16LE with its NUL */
        size_t data, data_len;
        bool live; /* not deleted */
};

struct uefi_store {
        uint8_t *file;
        size_t len;
        size_t begin, end; /* where variables may be */
        size_t used;       /* where the next one goes */
        struct uefi_var *var;
        size_t n_var;
        bool changed; /* the file differs from what was read */
};

/*
 * Takes the contents of a file (the store owns it, even on failure).  -EINVAL: "not an EDK2 variable store:
 * REASON".
 */
int uefi_parse(void *file, size_t len, struct uefi_store *ret, struct error *err);
void uefi_clear(struct uefi_store *store);
#define _cleanup_uefi_ __attribute__((cleanup(uefi_clear)))

/* The live variable of this name (ASCII), or NULL. */
const struct uefi_var *uefi_find(const struct uefi_store *store, const struct uefi_guid *guid,
                                 const char *name);
/* Does a live variable have this vendor?  *ret_name gets the name, '?' for what is not ASCII, cut to size. */
bool uefi_var_name(const struct uefi_store *store, const struct uefi_var *var, const struct uefi_guid *guid,
                   char *ret_name, size_t size);

/*
 * Sets a variable; a new one gets these attributes, another keeps its own.  Nothing is done when it has this
 * value already.  -ENOSPC when it does not fit even into a packed store, which is then unchanged.
 */
int uefi_set(struct uefi_store *store, const struct uefi_guid *guid, const char *name, uint32_t attributes,
             const void *data, size_t len, struct error *err);

/* Deletes a variable; one that is not there is a success. */
int uefi_unset(struct uefi_store *store, const struct uefi_guid *guid, const char *name, struct error *err);

static inline uint16_t uefi_u16(const uint8_t *p)
{
        return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t uefi_u32(const uint8_t *p)
{
        return (uint32_t)uefi_u16(p) | (uint32_t)uefi_u16(p + 2) << 16;
}

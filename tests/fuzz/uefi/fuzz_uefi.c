/*
 * Feeds arbitrary bytes to the reader of UEFI variables and edits what it accepts: an edit must read back as
 * what was set, whatever state the guest left the store in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "uefi/bootlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_everything(const struct uefi_store *s)
{
        _cleanup_entries_ struct uefi_entries e = {0};

        if (uefi_entries_read(s, &e, NULL) < 0)
                return;
        for (size_t i = 0; i < e.n; i++)
                free(uefi_entry_value(&e.entry[i]));
}

static void check(struct uefi_store *s, const char *name, const void *value, size_t len)
{
        _cleanup_uefi_ struct uefi_store again = {0};
        const struct uefi_var *v;
        void *copy;

        if (uefi_set(s, &uefi_global, name, UEFI_BOOT_VARIABLES, value, len, NULL) < 0)
                return;
        copy = malloc(s->len);
        if (!copy)
                return;
        memcpy(copy, s->file, s->len);
        if (uefi_parse(copy, s->len, &again, NULL) < 0)
                abort();
        v = uefi_find(&again, &uefi_global, name);
        if (!v || v->data_len != len || memcmp(again.file + v->data, value, len) != 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct machine m = {0};
        _cleanup_uefi_ struct uefi_store s = {0};
        void *copy = malloc(size ? size : 1);

        if (!copy)
                return 0;
        memcpy(copy, data, size);
        if (uefi_parse(copy, size, &s, NULL) < 0)
                return 0;
        read_everything(&s);
        uefi_set_boot_order(&s, &m, "path0,boot1,shell,net0=http", NULL);
        uefi_set_boot_next(&s, &m, "boot2", NULL);
        uefi_set_boot_next(&s, &m, "firmware", NULL);
        check(&s, "BootOrder", "\1\0\2", 4);
        check(&s, "BootOrder", "\3", 2);
        check(&s, "Fresh", "0123456", 7);
        return 0;
}

/* Building a machine from a configuration, part by part; see machine.h. */
#include "machine/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "machine/builder.h"

static void free_members(struct member *m, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(m[i].name);
                free(m[i].value);
        }
        free(m);
}

static void free_boot_options(struct boot_option *o, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(o[i].name);
                free(o[i].kind);
                free(o[i].value);
        }
        free(o);
}

void machine_free(struct machine *m)
{
        if (!m)
                return;
        for (size_t i = 0; i < m->n_device; i++) {
                struct machine_device *d = &m->device[i];

                free(d->emulation);
                free(d->backend);
                free(d->where);
                strv_free(&d->option);
        }
        free(m->device);
        free_members(m->opt, m->n_opt);
        free_boot_options(m->boot_option, m->n_boot_option);
        strv_free(&m->smbios);
        strv_free(&m->extra);
        strv_free(&m->doubtful);
        for (size_t i = 0; i < ARRAY_SIZE(m->com); i++) {
                free(m->com[i]);
                free(m->com_where[i]);
        }
        char *const text[] = {m->zonepath,     m->brand,     m->ram,        m->vcpus,      m->bootrom,
                              m->vnc_password, m->bootorder, m->bootnext,   m->cloud_init, m->password,
                              m->sshkey,       m->resolvers, m->dns_domain, m->cpu,        m->rtc};
        for (size_t i = 0; i < ARRAY_SIZE(text); i++)
                free(text[i]);
        free(m);
}

void machine_freep(struct machine **m)
{
        machine_free(*m);
        *m = NULL;
}

const struct machine_device *machine_next(const struct machine *m, enum machine_role role,
                                          const struct machine_device *prev)
{
        for (size_t i = prev ? (size_t)(prev - m->device) + 1 : 0; i < m->n_device; i++)
                if (m->device[i].role == role)
                        return &m->device[i];
        return NULL;
}

int machine_add_boot_option(struct machine *m, const char *name, const char *kind, const char *value)
{
        struct boot_option *o = reallocarray(m->boot_option, m->n_boot_option + 1, sizeof(*o));

        if (!o)
                return -ENOMEM;
        m->boot_option = o;
        o += m->n_boot_option++;
        *o = (struct boot_option){strdup(name), strdup(kind), strdup(value)};
        return o->name && o->kind && o->value ? 0 : -ENOMEM;
}

bool machine_device_is_ide(const struct machine_device *d)
{
        return d->emulation && str_starts(d->emulation, "ide-");
}

static void build_bhyve(struct builder *b, const char *uuid)
{
        build_system(b, uuid);
        build_board(b);
        build_smbios(b);
        build_disks(b);
        build_nets(b);
        build_screen(b);
        build_passthru(b);
        build_virtfs(b);
        build_resources(b);
        shares_check(b);
        slots_assign(b);
        /* UEFI firmware is told by its variables (uefi/bootlist.h). */
        if (!b->m->uefi && b->m->bootorder && machine_boot_letters(b->m->bootorder))
                boot_letters_number(b, b->m->bootorder);
}

static void build(struct builder *b, const char *uuid)
{
        struct machine *m = b->m;

        snprintf(m->zonename, sizeof(m->zonename), "%s", str_empty(b->cfg->name));
        m->zonepath = copy(b, str_empty(config_global(b->cfg, "zonepath")));
        m->brand = copy(b, str_empty(config_global(b->cfg, "brand")));
        m->kvm = streq_null(m->brand, "kvm");
        if (m->kvm)
                build_kvm(b, uuid);
        else
                build_bhyve(b, uuid);
        disks_check_names(b);
        attrs_misspelled(b);
        if (b->keep.failed || m->smbios.failed || m->extra.failed || m->doubtful.failed)
                b->nomem = true;
        for (size_t i = 0; i < m->n_device; i++)
                if (m->device[i].option.failed)
                        b->nomem = true;
}

int machine_from_config(const struct root *root, const struct config *cfg, const char *uuid,
                        struct machine **ret, struct problems *problems, struct error *err)
{
        struct builder b = {.root = root, .cfg = cfg, .problems = problems};
        _cleanup_machine_ struct machine *m = calloc(1, sizeof(*m));

        if (!m)
                return error_nomem(err);
        b.m = m;
        build(&b, uuid);
        strv_free(&b.keep);
        if (b.nomem)
                return error_nomem(err);
        if (b.findings && !problems) {
                if (err)
                        *err = b.first;
                return -EINVAL;
        }
        *ret = TAKE_PTR(m);
        return 0;
}

/* The machine as a JSON object, for boot -j and whatever would otherwise parse text. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"
#include "machine/machine.h"

#define EFI_SHELL "7c04a583-9e3e-4f1c-ad65-e05268d0b4d1"

static const char *const role_names[] = {
    [ROLE_HOSTBRIDGE] = "hostbridge",
    [ROLE_LPC] = "lpc",
    [ROLE_CLOUD_INIT] = "cloudinit",
    [ROLE_MEDIA] = "media",
    [ROLE_CDROM] = "cdrom",
    [ROLE_BOOTDISK] = "bootdisk",
    [ROLE_DISK] = "disk",
    [ROLE_NET] = "net",
    [ROLE_FBUF] = "vnc",
    [ROLE_TABLET] = "tablet",
    [ROLE_PASSTHRU] = "ppt",
    [ROLE_VIRTFS] = "virtfs",
    [ROLE_RNG] = "rng",
    [ROLE_OTHER] = "other",
};

/* The slot in which each kind of device begins on this machine. */
static json_t *slots_json(const struct machine *m)
{
        const struct machine_device *cd = machine_next(m, ROLE_CDROM, NULL);

        if (m->kvm) /* the others follow from 3 on, one after the other */
                return json_pack("{s:i,s:i,s:i,s:i}", "hostbridge", 0, "lpc", 1, "cdrom", 1, "vnc", 2);
        return json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "hostbridge", 0, "lpc",
                         m->type == GUEST_WINDOWS ? 31 : 1, "cdrom",
                         cd && !cd->addr_fixed ? cd->addr.slot : 3, "bootdisk", 4, "disk", 5, "net", 6, "ppt",
                         9, "rng", 10, "virtfs", 11, "cloudinit", 29, "vnc", 30);
}

/* What bootorder and bootnext can name: devices by slot and function, and what the firmware knows of. */
static json_t *bootoptions_json(const struct machine *m)
{
        json_t *o = json_pack("{s:[s,s]}", "shell", "app", EFI_SHELL);

        for (size_t i = 0; i < m->n_device; i++) {
                const struct machine_device *d = &m->device[i];
                char name[32], place[16];

                if (!machine_boot_name(m, d, name, sizeof(name)))
                        continue;
                snprintf(place, sizeof(place), "%u.%u", d->addr.slot, d->addr.function);
                json_object_set_new(o, name, json_pack("[s,s]", "pci", place));
        }
        for (size_t i = 0; i < m->n_boot_option; i++) {
                const struct boot_option *b = &m->boot_option[i];

                json_object_set_new(o, b->name, json_pack("[s,s]", b->kind, b->value));
        }
        return o;
}

static json_t *words_json(const struct strv *v)
{
        json_t *a = json_array();

        for (size_t i = 0; i < v->n; i++)
                json_array_append_new(a, json_string(v->v[i]));
        return a;
}

static json_t *shown_json(const struct strv *v)
{
        json_t *a = json_array();

        for (size_t i = 0; i < v->n; i++) {
                _cleanup_free_ char *shown = bhyve_hide_passwords(v->v[i]);

                json_array_append_new(a, json_string(str_empty(shown)));
        }
        return a;
}

static json_t *devices_json(const struct machine *m)
{
        json_t *a = json_array();

        for (size_t i = 0; i < m->n_device; i++) {
                const struct machine_device *d = &m->device[i];
                char place[16];

                snprintf(place, sizeof(place), "%u:%u:%u", d->addr.bus, d->addr.slot, d->addr.function);
                json_array_append_new(a, json_pack("{s:s,s:s,s:s,s:s?,s:o,s:s}", "address", place, "role",
                                                   role_names[d->role], "emulation", d->emulation, "backend",
                                                   d->backend, "options", words_json(&d->option), "from",
                                                   d->where));
        }
        return a;
}

static json_t *opts_json(const struct machine *m)
{
        json_t *o = json_object();

        for (size_t i = 0; i < m->n_opt; i++)
                json_object_set_new(o, m->opt[i].name, json_string(m->opt[i].value));
        return o;
}

static json_t *arguments_json(const struct machine *m)
{
        struct strv v = {0};
        json_t *a = NULL;

        if (machine_to_bhyve(m, &v, NULL) == 0)
                a = shown_json(&v);
        strv_free(&v);
        return a;
}

/* Puts a.b.c=value into nested objects; a name that is a value already cannot have members as well. */
static int add_variable(const char *name, const char *value, void *arg)
{
        json_t *at = arg;

        for (;;) {
                size_t n = strcspn(name, ".");
                char *part = strndup(name, n);
                json_t *next = part ? json_object_get(at, part) : NULL;
                bool leaf = !name[n];

                if (part && leaf)
                        json_object_set_new(at, part,
                                            json_string(strcmp(part, "password") == 0 ? "***" : value));
                else if (part && !next)
                        json_object_set_new(at, part, next = json_object());
                free(part);
                if (leaf || !json_is_object(next))
                        return 0;
                at = next;
                name += n + 1;
        }
}

/* The variables of bhyve_config(5) that the arguments set; null if the front end does not take them. */
static json_t *config_json(const struct machine *m)
{
        _cleanup_(bconf_freep) struct bconf *tree = bconf_new();
        struct strv v = {0};
        json_t *o = json_object();

        strv_add(&v, "bhyve");
        if (!tree || machine_to_bhyve(m, &v, NULL) < 0 || bhyve_parse((int)v.n, v.v, tree, NULL) != 0 ||
            bconf_each(tree, add_variable, o) < 0) {
                json_decref(o);
                o = json_null();
        }
        strv_free(&v);
        return o;
}

char *machine_to_json(const struct machine *m)
{
        char *text;
        json_t *o = json_pack("{s:s,s:s,s:s+,s:s,s:s,s:I,s:i,s:s?,s:o,s:b,s:o,s:o,s:o,s:o,s:o}", "zonename",
                              m->zonename, "zonepath", m->zonepath, "zoneroot", m->zonepath, "/root", "brand",
                              m->brand, "uuid", m->uuid, "memory", (json_int_t)m->ram_bytes, "cpus",
                              (int)m->cpus, "bootrom", m->bootrom, "slots", slots_json(m), "uefi", m->uefi,
                              "bootoptions", bootoptions_json(m), "opts", opts_json(m), "devices",
                              devices_json(m), "arguments", arguments_json(m), "config", config_json(m));

        if (!o)
                return NULL;
        text = json_dumps(o, JSON_INDENT(2));
        json_decref(o);
        return text;
}

/*
 * Devices and the words they are made of, and the small families: host bridge, LPC bridge, cloud-init seed,
 * passthrough, random numbers.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "config/address.h"
#include "machine/builder.h"

struct machine_device *device_add(struct builder *b, enum machine_role role, const char *emulation,
                                  const char *backend, const char *where)
{
        static struct machine_device spare;
        struct machine *m = b->m;
        struct machine_device *grown = reallocarray(m->device, m->n_device + 1, sizeof(*grown)), *d;

        if (!grown) {
                b->nomem = true;
                strv_free(&spare.option);
                return &spare;
        }
        m->device = grown;
        d = &m->device[m->n_device++];
        *d = (struct machine_device){.role = role, .addr_dynamic = true};
        d->emulation = copy(b, emulation);
        d->backend = backend ? copy(b, backend) : NULL;
        d->where = copy(b, where);
        return d;
}

void device_options(struct machine_device *d, const char *list)
{
        while (*list) {
                size_t n = strcspn(list, ",");

                strv_addf(&d->option, "%.*s", (int)n, list);
                list += n + (list[n] != '\0');
        }
}

void device_place(struct machine_device *d, unsigned slot, unsigned function)
{
        d->addr = (struct pci_addr){.slot = (uint8_t)slot, .function = (uint8_t)function};
        d->addr_dynamic = false;
}

void device_pci_slot(struct builder *b, struct machine_device *d, const char *text)
{
        static const unsigned max[] = {255, 31, 7};
        unsigned part[3] = {0};
        const char *p = text;
        size_t n = 0;

        while (n < 3 && isdigit((unsigned char)*p)) {
                while (isdigit((unsigned char)*p) && part[n] < 1000)
                        part[n] = part[n] * 10 + (unsigned)(*p++ - '0');
                n++;
                if (*p != ':' || n == 3)
                        break;
                p++;
        }
        /* S, S:F or B:S:F: move the parts to bus, slot, function. */
        if (n == 2)
                part[2] = part[1];
        if (n < 3) {
                part[1] = part[0];
                part[0] = 0;
        }
        if (n == 0 || *p || p[-1] == ':' || part[0] > max[0] || part[1] > max[1] || part[2] > max[2]) {
                problem(b, "%s: pci-slot %s: S, S:F or B:S:F with B 0-255, S 0-31, F 0-7 is needed", d->where,
                        text);
                return;
        }
        d->addr = (struct pci_addr){(uint8_t)part[0], (uint8_t)part[1], (uint8_t)part[2]};
        d->addr_fixed = true;
        d->addr_dynamic = false;
}

static void build_hostbridge(struct builder *b)
{
        static const char *const models[] = {"amd", "netapp", "i440fx", "q35", NULL};
        const char *model = attr_get(b, "hostbridge");
        struct machine_device *d;

        if (!model)
                model = "i440fx";
        else if (strcmp(model, "intel") == 0)
                model = "netapp";
        note_opt(b, "hostbridge", model);
        if (!*model || strcmp(model, "none") == 0)
                return;
        if (!strchr(model, '=') && !word_in(model, models)) {
                problem(b,
                        "attr hostbridge %s: amd, intel, netapp, i440fx, q35, none or NAME=VALUE is needed",
                        model);
                return;
        }
        d = device_add(b, ROLE_HOSTBRIDGE, "hostbridge", NULL, "the host bridge");
        if (strchr(model, '='))
                device_options(d, model);
        else
                strv_addf(&d->option, "model=%s", model);
        device_place(d, 0, 0);
}

/* As on OmniOS, a file that is missing stands for the document that is made otherwise. */
static void check_user_data(struct builder *b, const char *value)
{
        char path[PATH_MAX];

        if (value[0] != '/' || root_path(b->root, value, path, sizeof(path)) < 0)
                return;
        if (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
                strv_addf(&b->m->doubtful, "attr cloud-init: %s: no such file; the default user-data is used",
                          value);
}

/* A host would look a name up; the guest gets it as it is, before it has a network to ask. */
static void check_seed_addresses(struct builder *b, const char *where, const char *list, bool own)
{
        struct address address;

        for (const char *p = str_empty(list); *p;) {
                const char *item = p;
                int n = (int)strcspn(item, ",");

                if (address_next(&p, &address) < 0)
                        strv_addf(&b->m->doubtful,
                                  "%s %.*s: cloud-init in the guest needs an address, not a name", where, n,
                                  item);
                else if (own && !memchr(item, '/', (size_t)n))
                        strv_addf(&b->m->doubtful,
                                  "%s %.*s: cloud-init in the guest needs to know its network: %.*s/BITS",
                                  where, n, item, n, item);
        }
}

static void build_cloud_init(struct builder *b)
{
        const char *value = attr_get(b, "cloud-init");
        struct machine *m = b->m;
        struct {
                const char *attr;
                char **field;
                bool file;
        } const more[] = {
            {"password", &m->password, true},
            {"sshkey", &m->sshkey, true},
            {"resolvers", &m->resolvers, false},
            {"dns-domain", &m->dns_domain, false},
        };

        note_opt(b, "cloud-init", value ? value : "off");
        if (!value || !*value || word_bool(value) == 0)
                return;
        m->cloud_init = copy(b, value);
        check_user_data(b, value);
        for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
                const char *text = attr_get(b, more[i].attr);

                if (text && more[i].file)
                        text = file_or_text(b, keepf(b, "attr %s", more[i].attr), text);
                if (text && *text)
                        *more[i].field = copy(b, text);
        }
        if (str_starts(value, "http://") || str_starts(value, "https://")) {
                if (strchr(value, ','))
                        problem(b, "attr cloud-init %s: a URL without a comma is needed", value);
                return;
        }
        m->cloud_init_seed = true;
        for (const struct resource *net = NULL; (net = config_next(b->cfg, "net", net));) {
                const char *link = str_empty(resource_get(net, "physical"));

                check_seed_addresses(b, keepf(b, "net %s: allowed-address", link),
                                     resource_get(net, "allowed-address"), true);
                check_seed_addresses(b, keepf(b, "net %s: defrouter", link), resource_get(net, "defrouter"),
                                     false);
        }
        check_seed_addresses(b, "attr resolvers", m->resolvers, false);
        struct machine_device *d =
            device_add(b, ROLE_CLOUD_INIT, "ahci-cd", MACHINE_CLOUD_INIT_ISO, "attr cloud-init");

        device_options(d, "ro,ser=CLOUD-INIT-0");
        device_place(d, 29, 0);
}

void build_board(struct builder *b)
{
        build_cloud_init(b);
        build_hostbridge(b);
        device_place(device_add(b, ROLE_LPC, "lpc", NULL, "the LPC bridge"),
                     b->m->type == GUEST_WINDOWS ? 31 : 1, 0);
        note_opt(b, "rng", attr_get(b, "rng") ? attr_get(b, "rng") : "off");
        if (attr_bool(b, "rng", false))
                device_place(device_add(b, ROLE_RNG, "virtio-rnd", NULL, "attr rng"), 10, 0);
}

static void passthru_add(struct builder *b, unsigned ppt, unsigned function)
{
        struct machine_device *d = device_add(b, ROLE_PASSTHRU, "passthru", keepf(b, "/dev/ppt%u", ppt),
                                              keepf(b, "attr ppt%u", ppt));

        d->index = ppt;
        device_place(d, 9, function);
        b->m->wired = true;
}

/* slotS, digits only; -1 if it is no such word. */
static long slot_word(const char *value)
{
        const char *p = value + 4;

        if (!str_starts(value, "slot") || !*p || strspn(p, "0123456789") != strlen(p))
                return -1;
        return strlen(p) > 4 ? 9999 : strtol(p, NULL, 10);
}

void build_passthru(struct builder *b)
{
        struct numbered ppt = {.name = "ppt", .limit = 8};
        unsigned next = 0;
        bool used[8] = {false};

        attr_numbered(b, &ppt);
        for (unsigned i = 0; i < ppt.limit; i++) {
                long slot = ppt.value[i] ? slot_word(ppt.value[i]) : -1;

                if (slot > 7)
                        problem(b, "ppt slot %ld out of range (0-7)", slot);
                else if (slot >= 0 && used[slot])
                        problem(b, "ppt slot %ld appears more than once", slot);
                else if (slot >= 0) {
                        used[slot] = true;
                        passthru_add(b, i, (unsigned)slot);
                } else if (ppt.value[i] && word_bool(ppt.value[i]) < 0)
                        problem(b, "attr ppt%u %s: a boolean word or slot0 to slot7 is needed", i,
                                ppt.value[i]);
        }
        for (unsigned i = 0; i < ppt.limit; i++) {
                if (!ppt.value[i] || word_bool(ppt.value[i]) != 1)
                        continue;
                while (next < 7 && used[next])
                        next++;
                /* Function 7 is only for those who ask for it. */
                if (next == 7) {
                        problem(b, "ppt: no more available slots (attr ppt%u)", i);
                        return;
                }
                used[next] = true;
                passthru_add(b, i, next);
        }
}

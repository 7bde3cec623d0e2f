/* The machine as bhyve(8) arguments, in OmniOS's order. */
#include <string.h>

#include "base/cleanup.h"
#include "machine/machine.h"

static void add_pair(struct strv *v, const char *option, const char *value)
{
        strv_add(v, option);
        strv_add(v, value);
}

static void add_options(struct strbuf *text, const struct machine_device *d)
{
        for (size_t i = 0; i < d->option.n; i++)
                strbuf_printf(text, ",%s", d->option.v[i]);
        if (d->boot)
                strbuf_printf(text, ",bootindex=%u", d->boot - 1);
}

static void add_device(struct strv *v, const struct machine_device *d)
{
        bool slot_only = d->role == ROLE_HOSTBRIDGE || d->role == ROLE_LPC;
        struct strbuf text = {0};

        if (d->addr.bus)
                strbuf_printf(&text, "%u:", d->addr.bus);
        strbuf_printf(&text, "%u", d->addr.slot);
        if (!slot_only)
                strbuf_printf(&text, ":%u", d->addr.function);
        strbuf_printf(&text, ",%s", d->emulation);
        /* A SCSI bus is given its disk by a word of its own. */
        if (d->backend)
                strbuf_printf(&text, ",%s%s", strcmp(d->emulation, "virtio-scsi") == 0 ? "target=" : "",
                              d->backend);
        add_options(&text, d);
        strv_add(v, "-s");
        strv_consume(v, strbuf_take(&text));
}

static void add_role(struct strv *v, const struct machine *m, enum machine_role role)
{
        const struct machine_device *d = NULL;

        while ((d = machine_next(m, role, d)))
                if (!machine_device_is_ide(d))
                        add_device(v, d);
}

/* The IDE drives of a kvm machine are the ports of one device, in their order. */
static void add_ide(struct strv *v, const struct machine *m)
{
        struct strbuf text = {0};

        for (size_t i = 0; i < m->n_device; i++) {
                const struct machine_device *d = &m->device[i];

                if (!machine_device_is_ide(d))
                        continue;
                strbuf_printf(&text, "%s,%s:%s", text.len ? "" : "1:1,ide", d->emulation + strlen("ide-"),
                              str_empty(d->backend));
                add_options(&text, d);
        }
        if (text.len == 0 && !text.failed)
                return;
        strv_add(v, "-s");
        strv_consume(v, strbuf_take(&text));
}

static void add_system(struct strv *v, const struct machine *m)
{
        if (m->type == GUEST_OPENBSD)
                strv_add(v, "-w");
        add_pair(v, "-U", m->uuid);
        strv_add(v, "-H");
        for (size_t i = 0; i < m->smbios.n; i++)
                add_pair(v, "-B", m->smbios.v[i]);
        add_pair(v, "-c", m->vcpus);
        add_pair(v, "-m", m->ram);
        if (m->bootrom) {
                strv_add(v, "-l");
                strv_addf(v, "bootrom,%s%s", m->bootrom, m->uefi ? "," MACHINE_UEFIVARS : "");
        }
}

static void add_com(struct strv *v, const struct machine *m, unsigned i)
{
        if (!m->com[i])
                return;
        strv_add(v, "-l");
        strv_addf(v, "com%u,%s", i + 1, m->com[i]);
}

static void add_switches(struct strv *v, const struct machine *m)
{
        if (m->priv_debug)
                add_pair(v, "-o", "privileges.debug=true");
        if (m->debug_persist)
                add_pair(v, "-o", "debug.persist=true");
        if (m->memreserve)
                add_pair(v, "-o", "memory.use_reservoir=true");
        for (size_t i = 0; i < m->extra.n; i++)
                strv_add(v, m->extra.v[i]);
}

/* What bhyve(8) has no words for: variables of our own, see src/bhyve/kvm.c. */
static void add_kvm(struct strv *v, const struct machine *m)
{
        strv_add(v, "-o");
        strv_addf(v, "kvm.cpu=%s", m->cpu);
        strv_add(v, "-o");
        strv_addf(v, "kvm.rtc=%s", m->rtc);
        for (size_t i = 0; i < m->extra.n; i++) {
                strv_add(v, "-o");
                strv_addf(v, "kvm.extra.%zu=%s", i, m->extra.v[i]);
        }
}

/* Whose link and address an adapter has cannot be seen from its place if the places are in another order. */
static void add_nets(struct strv *v, const struct machine *m)
{
        const struct machine_device *d = NULL;
        bool ordered = true;
        int n = 0;

        while ((d = machine_next(m, ROLE_NET, d)))
                ordered = ordered && d->net == n++;
        while (!ordered && (d = machine_next(m, ROLE_NET, d)))
                if (d->net >= 0) {
                        strv_add(v, "-o");
                        strv_addf(v, "pci.%u.%u.%u.zonecfg-net=%d", d->addr.bus, d->addr.slot,
                                  d->addr.function, d->net);
                }
}

/* A text with % is looked through for variables, and then a backslash is a quote. */
static void add_password(struct strv *v, const struct machine *m)
{
        const struct machine_device *screen = machine_next(m, ROLE_FBUF, NULL);
        struct strbuf text = {0};

        if (!screen || !m->vnc_password)
                return;
        strbuf_printf(&text, "pci.%u.%u.%u.password=", screen->addr.bus, screen->addr.slot,
                      screen->addr.function);
        for (const char *p = m->vnc_password; *p; p++)
                strbuf_printf(&text, "%s%c",
                              strchr(m->vnc_password, '%') && (*p == '%' || *p == '\\') ? "\\" : "", *p);
        strv_add(v, "-o");
        strv_consume(v, strbuf_take(&text));
}

static void add_all(struct strv *v, const struct machine *m, bool handed)
{
        static const enum machine_role storage[] = {ROLE_MEDIA, ROLE_CDROM, ROLE_BOOTDISK, ROLE_DISK,
                                                    ROLE_NET,   ROLE_FBUF,  ROLE_TABLET};

        add_role(v, m, ROLE_CLOUD_INIT);
        add_system(v, m);
        add_role(v, m, ROLE_HOSTBRIDGE);
        add_role(v, m, ROLE_LPC);
        for (unsigned i = 1; i < ARRAY_SIZE(m->com); i++)
                add_com(v, m, i);
        add_com(v, m, 0);
        if (m->tpm)
                add_pair(v, "-l", "tpm,swtpm," MACHINE_TPM);
        add_ide(v, m);
        for (size_t i = 0; i < ARRAY_SIZE(storage); i++)
                add_role(v, m, storage[i]);
        if (m->wired)
                strv_add(v, "-S");
        add_role(v, m, ROLE_PASSTHRU);
        add_role(v, m, ROLE_VIRTFS);
        add_role(v, m, ROLE_RNG);
        add_role(v, m, ROLE_OTHER);
        /* Before extra, whose words could end the options. */
        if (handed) {
                add_nets(v, m);
                add_password(v, m);
        }
        if (m->kvm)
                add_kvm(v, m);
        else
                add_switches(v, m);
}

int machine_to_bhyve(const struct machine *m, struct strv *ret, struct error *err)
{
        add_all(ret, m, false);
        strv_add(ret, m->zonename);
        return ret->failed ? error_nomem(err) : 0;
}

bool machine_wants_tpm(const struct machine *m)
{
        static const char *const words[] = {"tpm,", "-ltpm,", "tpm.path="};

        if (m->tpm)
                return true;
        for (size_t i = 0; i < m->extra.n; i++)
                for (size_t k = 0; k < ARRAY_SIZE(words); k++)
                        if (str_starts(m->extra.v[i], words[k]))
                                return true;
        return false;
}

int machine_to_zhyve(const struct machine *m, struct strv *ret, struct error *err)
{
        add_all(ret, m, true);
        strv_add(ret, m->zonename);
        return ret->failed ? error_nomem(err) : 0;
}

/*
 * zoneadm doctor: which of the protections and limits that zones can have this host can give, and for what
 * is missing, why.  Something missing is a finding, not a failure: scripts read --json.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accel/accel.h"
#include "base/cleanup.h"
#include "platform/jail.h"
#include "ppt/ppt.h"
#include "zoneadm/zoneadm.h"

#define MAX_FINDINGS 64

static void print_text(const struct accel *accel, const struct jail_finding *finding, size_t n)
{
        for (size_t i = 0; i < n; i++)
                printf("%-24s %-4s %s\n", finding[i].what, finding[i].available ? "yes" : "no",
                       finding[i].detail);
        printf("%-24s %-4s %s\n", "acceleration (KVM)", accel->kvm ? "yes" : "no",
               accel->kvm ? "a 64-bit guest ran" : accel->why);
        if (!accel->kvm)
                puts("Guests are emulated (TCG): slower, and outside of QEMU's security promise, so that "
                     "the jail\nis what holds them.");
}

static int print_json(const struct accel *accel, const struct jail_finding *finding, size_t n)
{
        json_t *list = json_array();
        json_t *all = json_pack("{s:{s:b, s:s}, s:o}", "acceleration", "kvm", accel->kvm, "why", accel->why,
                                "findings", list);
        int r;

        for (size_t i = 0; i < n; i++)
                json_array_append_new(list, json_pack("{s:s, s:b, s:s}", "what", finding[i].what, "available",
                                                      finding[i].available, "detail", finding[i].detail));
        r = all ? json_dumpf(all, stdout, JSON_INDENT(2)) : -1;
        json_decref(all);
        putchar('\n');
        return r;
}

/* Devices of the host that guests can be given. */
static void add_passthru(const struct root *root, struct jail_finding *finding, size_t *n)
{
        struct jail_finding *f = &finding[*n];
        struct ppts list = {0};
        struct error err = {0};
        size_t bound = 0;

        if (*n >= MAX_FINDINGS)
                return;
        ++*n;
        *f = (struct jail_finding){.what = "PCI passthrough"};
        if (ppt_load(root, false, &list, &err) < 0)
                snprintf(f->detail, sizeof(f->detail), "%.150s", err.text);
        else if (!ppt_iommu(&list))
                snprintf(f->detail, sizeof(f->detail), "%s", PPT_NO_IOMMU);
        else
                f->available = true;
        for (size_t i = 0; i < list.n; i++)
                bound += ppt_bound(&list.v[i]);
        if (f->available)
                snprintf(f->detail, sizeof(f->detail), "IOMMU; %zu devices bound to " PPT_DRIVER "%s", bound,
                         bound ? " (pptadm list)" : " (pptadm list -a shows what there is)");
        ppts_free(&list);
}

int verb_doctor(struct zoneadm *za, int argc, char *argv[])
{
        struct jail_finding finding[MAX_FINDINGS];
        struct accel accel = {0};
        struct error err = {0};
        bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
        size_t n = 0;
        int r;

        if (argc > 1 && !json)
                return strcmp(argv[1], "-?") == 0 ? usage_wanted("doctor") : usage_error("doctor");
        r = jail_findings(finding, ARRAY_SIZE(finding), &n);
        if (r < 0)
                error_errno(&err, r, "cannot look at this host");
        else
                r = accel_get(&za->root, &accel, &err);
        if (r < 0) {
                complain(NULL, "%s", err.text);
                return ZA_ERROR;
        }
        add_passthru(&za->root, finding, &n);
        if (json)
                r = print_json(&accel, finding, n);
        else
                print_text(&accel, finding, n);
        return r == 0 ? ZA_OK : ZA_ERROR;
}

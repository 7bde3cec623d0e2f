/*
 * Installs the filters that seccomp-gen made.  Two are in force at last, and QEMU's -sandbox makes a third:
 * a wide one for the zone's init from the moment it is executed, and the engine's own, put on by zhyve as its
 * last act.  The kernel answers for the calls that a filter always allows from a bitmap, so the number of
 * filters is not felt.
 */
#include "platform/internal.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "seccomp-filters.h"

static int install(const struct sock_filter *filter, size_t n, struct error *err)
{
        struct sock_fprog prog = {.len = (unsigned short)n, .filter = (struct sock_filter *)filter};

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
                return error_errno(err, errno, "seccomp");
        return 0;
}

int seccomp_wrap(enum jail_filter filter, struct error *err)
{
        switch (filter) {
        case JAIL_FILTER_INIT:
                return install(FILTER_INIT, ARRAY_SIZE(FILTER_INIT), err);
        case JAIL_FILTER_INIT_WITH_TPM:
                return install(FILTER_INIT_WITH_TPM, ARRAY_SIZE(FILTER_INIT_WITH_TPM), err);
        case JAIL_FILTER_SWTPM:
                return install(FILTER_SWTPM, ARRAY_SIZE(FILTER_SWTPM), err);
        }
        return error_set(err, EINVAL, "seccomp: unknown filter %d", (int)filter);
}

int jail_seccomp(unsigned engine, struct error *err)
{
        if (engine >= ARRAY_SIZE(FILTERS_ENGINE))
                return error_set(err, EINVAL, "seccomp: unknown engine %#x", engine);
        return install(FILTERS_ENGINE[engine].filter, FILTERS_ENGINE[engine].n, err);
}

int jail_seccomp_server(struct error *err)
{
        return install(FILTER_SERVER, ARRAY_SIZE(FILTER_SERVER), err);
}

int jail_seccomp_reader(struct error *err)
{
        return install(FILTER_READER, ARRAY_SIZE(FILTER_READER), err);
}

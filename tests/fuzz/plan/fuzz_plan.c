/* The plan that zhyve gets: what is accepted can be written again, and reads as the same plan. */
#include "../fuzz.h"

#include <errno.h>

#include "bhyve/plan.h"

static void check_facts(const struct plan *plan)
{
        for (size_t i = 0; i < plan->env.n_fd; i++) {
                const struct engine_fd *fd = &plan->env.fd[i];
                bool none = fd->kind == NEED_PCI || (fd->kind == NEED_NET && fd->how == LINK_USER);

                CLAIM(fd->path && *fd->path, "a source without a path");
                CLAIM((fd->fd < 0) == none, "descriptor %d for %s", fd->fd, fd->path);
                CLAIM(fd->kind != NEED_PCI || (fd->host && *fd->host), "%s: no host device", fd->path);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = fuzz_text(data, size), *first = NULL, *second = NULL;
        struct plan plan, again;
        struct error err = {0};

        if (plan_parse(text, &plan, &err) < 0) {
                CLAIM(err.code != 0 && *err.text, "refused without a reason");
                free(text);
                return 0;
        }
        check_facts(&plan);
        if (plan_format(&plan, &first, &err) == 0) {
                CLAIM(plan_parse(first, &again, &err) == 0, "%s\n%s", err.text, first);
                CLAIM(plan_format(&again, &second, &err) == 0, "%s\n%s", err.text, first);
                CLAIM(strcmp(first, second) == 0, "\n%s---\n%s", first, second);
                plan_free(&again);
        } else {
                CLAIM(err.code == E2BIG, "%s", err.text);
        }
        free(first);
        free(second);
        plan_free(&plan);
        free(text);
        return 0;
}

/* Writes and reads the plan; see plan.h for the format. */
#include "bhyve/plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/devices.h"

#define FD_MAX 65535

static const struct {
        enum need_kind kind;
        const char *name;
} kinds[] = {
    {NEED_DISK, "disk"},       {NEED_DISK_RO, "disk-ro"}, {NEED_ROM, "rom"},       {NEED_VARS, "vars"},
    {NEED_CONSOLE, "console"}, {NEED_SOCKET, "socket"},   {NEED_TTY, "tty"},       {NEED_DIR, "dir"},
    {NEED_DIR_RO, "dir-ro"},   {NEED_TPM, "tpm"},         {NEED_MEMORY, "memory"},
};

/* ---- writing --------------------------------------------------------------------------------------------
 */

static const char *kind_name(enum need_kind kind)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (kinds[i].kind == kind)
                        return kinds[i].name;
        return NULL;
}

static int format_fd(const struct engine_fd *fd, struct strbuf *out, struct error *err)
{
        const char *kind;

        if (!fd->path || !*fd->path || strchr(fd->path, '\n'))
                return error_set(err, EINVAL, "a path in the plan is empty or has a line break");
        switch (fd->kind) {
        case NEED_NET:
                if (fd->how == LINK_USER)
                        strbuf_printf(out, "net user %s\n", fd->path);
                else
                        strbuf_printf(out, "net %s %d %s\n", fd->how == LINK_TAP ? "tap" : "stream", fd->fd,
                                      fd->path);
                return 0;
        case NEED_PCI:
                strbuf_printf(out, "pci %s %s\n", str_empty(fd->host), fd->path);
                return 0;
        default:
                kind = kind_name(fd->kind);
                if (!kind)
                        return error_set(err, EINVAL, "%s: this kind of need has no place in a plan",
                                         fd->path);
                strbuf_printf(out, "fd %s %d %s\n", kind, fd->fd, fd->path);
                return 0;
        }
}

static int format_paths(const char *word, const struct strv *paths, struct strbuf *out, struct error *err)
{
        for (size_t i = 0; i < paths->n; i++) {
                if (strchr(paths->v[i], '\n'))
                        return error_set(err, EINVAL, "a path in the plan has a line break");
                strbuf_printf(out, "%s %s\n", word, paths->v[i]);
        }
        return 0;
}

int plan_format(const struct plan *plan, char **ret, struct error *err)
{
        _cleanup_(strbuf_free) struct strbuf out = {0};
        const struct engine_env *env = &plan->env;
        int r = 0;

        strbuf_printf(&out, "plan 1\nkvm %d\n", env->kvm);
        if (plan->engine_fd >= 0)
                strbuf_printf(&out, "engine %d\n", plan->engine_fd);
        if (env->qmp_fd >= 0)
                strbuf_printf(&out, "qmp %s %d\n", env->qmp_listen ? "listen" : "connected", env->qmp_fd);
        strbuf_printf(&out, "console %s\n", env->console_listen ? "listen" : "connected");
        if (env->paused)
                strbuf_puts(&out, "paused\n");
        for (size_t i = 0; r == 0 && i < env->n_fd; i++)
                r = format_fd(&env->fd[i], &out, err);
        for (size_t i = 0; i < env->n_mac; i++)
                strbuf_printf(&out, "mac %s\n", env->mac[i]);
        if (r == 0)
                r = format_paths("read", &plan->readable, &out, err);
        if (r == 0)
                r = format_paths("execute", &plan->executable, &out, err);
        if (r == 0)
                r = format_paths("write", &plan->writable, &out, err);
        if (r < 0)
                return r;
        if (out.len > PLAN_MAX_BYTES)
                return error_set(err, E2BIG, "the plan is larger than %d KiB", PLAN_MAX_BYTES / 1024);
        *ret = strbuf_take(&out);
        return *ret ? 0 : error_nomem(err);
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

/* Cuts the first word off *rest; NULL if there is none. */
static char *word(char **rest)
{
        char *start = *rest, *end;

        if (!start || !*start)
                return NULL;
        end = strchr(start, ' ');
        if (end)
                *end++ = '\0';
        *rest = end;
        return *start ? start : NULL;
}

static bool read_fd(const char *text, int *ret)
{
        char *end;
        unsigned long n;

        if (!text || !isdigit((unsigned char)*text))
                return false;
        n = strtoul(text, &end, 10);
        if (*end != '\0' || n > FD_MAX)
                return false;
        *ret = (int)n;
        return true;
}

static bool read_mode(const char *text, bool *ret_listen)
{
        if (!text || (strcmp(text, "listen") != 0 && strcmp(text, "connected") != 0))
                return false;
        *ret_listen = *text == 'l';
        return true;
}

static bool read_kind(const char *text, enum need_kind *ret)
{
        for (size_t i = 0; text && i < ARRAY_SIZE(kinds); i++)
                if (strcmp(kinds[i].name, text) == 0) {
                        *ret = kinds[i].kind;
                        return true;
                }
        return false;
}

/* fd, net and pci lines; rest is what follows the first word. */
static bool parse_source(struct plan *plan, const char *first, char *rest)
{
        struct engine_fd *fd = &plan->fds[plan->env.n_fd];
        const char *how;

        if (plan->env.n_fd == PLAN_MAX_FDS)
                return false;
        *fd = (struct engine_fd){.fd = -1};
        how = word(&rest);
        if (strcmp(first, "fd") == 0) {
                if (!read_kind(how, &fd->kind) || !read_fd(word(&rest), &fd->fd))
                        return false;
        } else if (strcmp(first, "pci") == 0) {
                fd->kind = NEED_PCI;
                if (!how)
                        return false;
                fd->host = how;
        } else {
                fd->kind = NEED_NET;
                if (!how)
                        return false;
                fd->how = strcmp(how, "user") == 0  ? LINK_USER
                          : strcmp(how, "tap") == 0 ? LINK_TAP
                                                    : LINK_STREAM;
                if (fd->how == LINK_STREAM && strcmp(how, "stream") != 0)
                        return false;
                if (fd->how != LINK_USER && !read_fd(word(&rest), &fd->fd))
                        return false;
        }
        if (!rest || !*rest)
                return false;
        fd->path = rest;
        plan->env.n_fd++;
        return true;
}

static bool parse_mac(struct plan *plan, const char *text)
{
        if (!text || !mac_valid(text) || plan->env.n_mac == PLAN_MAX_FDS)
                return false;
        plan->macs[plan->env.n_mac++] = text;
        return true;
}

static bool parse_path(struct strv *list, const char *path)
{
        if (!path || *path != '/')
                return false;
        strv_add(list, path);
        return true;
}

static bool parse_line(struct plan *plan, char *line)
{
        char *rest = line;
        const char *first = word(&rest);
        struct engine_env *env = &plan->env;

        if (!first)
                return false;
        if (strcmp(first, "kvm") == 0) {
                env->kvm = rest && *rest == '1';
                return rest && (*rest == '0' || *rest == '1') && rest[1] == '\0';
        }
        if (strcmp(first, "engine") == 0)
                return read_fd(rest, &plan->engine_fd);
        if (strcmp(first, "qmp") == 0)
                return read_mode(word(&rest), &env->qmp_listen) && read_fd(rest, &env->qmp_fd);
        if (strcmp(first, "console") == 0)
                return read_mode(rest, &env->console_listen);
        if (strcmp(first, "paused") == 0)
                return (env->paused = !rest);
        if (strcmp(first, "fd") == 0 || strcmp(first, "net") == 0 || strcmp(first, "pci") == 0)
                return parse_source(plan, first, rest);
        if (strcmp(first, "mac") == 0)
                return parse_mac(plan, rest);
        if (strcmp(first, "read") == 0)
                return parse_path(&plan->readable, rest);
        if (strcmp(first, "execute") == 0)
                return parse_path(&plan->executable, rest);
        return strcmp(first, "write") == 0 && parse_path(&plan->writable, rest);
}

static int parse_lines(struct plan *plan, struct error *err)
{
        char *line = plan->text, *next;

        for (unsigned number = 1; line && *line; number++, line = next) {
                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                if (number == 1 ? strcmp(line, "plan 1") != 0 : !parse_line(plan, line))
                        return error_set(err, EINVAL, "plan: line %u is not understood", number);
        }
        return 0;
}

int plan_parse(const char *text, struct plan *ret, struct error *err)
{
        struct plan plan = {.env = {.qmp_fd = -1}, .engine_fd = -1};
        int r;

        if (!str_starts(text, "plan 1\n"))
                return error_set(err, EINVAL, "plan: this is not a plan of version 1");
        if (strlen(text) > PLAN_MAX_BYTES)
                return error_set(err, E2BIG, "the plan is larger than %d KiB", PLAN_MAX_BYTES / 1024);
        plan.text = strdup(text);
        plan.fds = calloc(PLAN_MAX_FDS, sizeof(*plan.fds));
        plan.macs = calloc(PLAN_MAX_FDS, sizeof(*plan.macs));
        r = plan.text && plan.fds && plan.macs ? parse_lines(&plan, err) : error_nomem(err);
        if (r == 0 && (plan.readable.failed || plan.executable.failed || plan.writable.failed))
                r = error_nomem(err);
        if (r < 0) {
                plan_free(&plan);
                return r;
        }
        plan.env.fd = plan.fds;
        plan.env.mac = plan.macs;
        *ret = plan;
        return 0;
}

void plan_free(struct plan *plan)
{
        strv_free(&plan->readable);
        strv_free(&plan->executable);
        strv_free(&plan->writable);
        free(plan->text);
        free(plan->fds);
        free(plan->macs);
        plan->text = NULL;
        plan->fds = NULL;
        plan->macs = NULL;
}

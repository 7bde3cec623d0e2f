/*
 * zhyve: the first program of a zone.  It reads bhyve(8) arguments from zhyve.args, turns them into the
 * engine's arguments with the descriptors that the plan names, gives up what is left of its rights and
 * becomes the engine.  It opens nothing that the zone's machine is made of.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "bhyve/bhyve.h"
#include "bhyve/plan.h"
#include "nvlist/nvlist.h"
#include "platform/jail.h"

#define USAGE     "usage: zhyve [-a FILE] [-n]\n"
#define ARGS_PATH "/var/run/bhyve/zhyve.args"
#define ARGS_KEY  "zhyve_args"

static int fail(const struct error *err)
{
        fprintf(stderr, "zhyve: %s\n", err->text);
        return BHYVE_EXIT_ERROR;
}

static int read_args(const char *path, char ***ret, size_t *ret_n, struct error *err)
{
        _cleanup_free_ char *data = NULL;
        size_t len;
        int r;

        r = fs_read_at(AT_FDCWD, path, NVLIST_MAX_BYTES, &data, &len);
        if (r < 0)
                return error_errno(err, r, "%s", path);
        r = nvlist_unpack_strings(data, len, ARGS_KEY, ret, ret_n, err);
        if (r < 0)
                return error_prefix(err, "%s", path);
        if (*ret_n == 0) {
                nvlist_free(*ret);
                return error_set(err, EBADMSG, "%s: there are no arguments", path);
        }
        return 0;
}

static int make_engine_args(const char *path, struct plan *plan, struct strv *ret, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new();
        struct problems notices = {0};
        char **args;
        size_t n;
        int r;

        if (!conf)
                return error_nomem(err);
        r = read_args(path, &args, &n, err);
        if (r < 0)
                return r;
        r = bhyve_parse((int)n, args, conf, err);
        nvlist_free(args);
        if (r != 0)
                return r < BHYVE_ASK_USAGE ? -EINVAL
                                           : error_set(err, EINVAL, "the arguments only ask for help");

        plan->env.notices = &notices;
        plan->env.amd = __builtin_cpu_is("amd");
        r = bhyve_to_engine(conf, &plan->env, ret, err);
        for (size_t i = 0; i < notices.n; i++)
                fprintf(stderr, "zhyve: %s\n", notices.text[i]);
        problems_clear(&notices);
        plan->env.notices = NULL;
        return r;
}

static bool plan_has(const struct plan *plan, enum need_kind kind)
{
        for (size_t i = 0; i < plan->env.n_fd; i++)
                if (plan->env.fd[i].kind == kind)
                        return true;
        return false;
}

/* What the engine does besides running a machine, and the directories that it does it to. */
static unsigned find_shares(const struct engine_env *env, struct jail_fd *ret, size_t *ret_n)
{
        unsigned engine = 0;

        *ret_n = 0;
        for (size_t i = 0; i < env->n_fd; i++) {
                bool writable = env->fd[i].kind == NEED_DIR;

                if (!writable && env->fd[i].kind != NEED_DIR_RO)
                        continue;
                engine |= JAIL_ENGINE_SHARE | (writable ? JAIL_ENGINE_CHANGE : 0);
                ret[(*ret_n)++] = (struct jail_fd){
                    .fd = -1, .number = env->fd[i].fd, .kind = writable ? JAIL_FD_SHARE : JAIL_FD_SHARE_RO};
        }
        return engine;
}

/* From here on only the engine's files can be reached, and only the engine's system calls are left. */
static int give_up_rights(const struct plan *plan, struct error *err)
{
        static const char *const readable[] = {"/usr", "/lib", "/lib64", "/bin", "/etc", "/dev", NULL};
        static const char *const executable[] = {"/usr", "/lib", "/lib64", "/bin", NULL};
        static const char *const writable[] = {"/dev", "/tmp", NULL};
        bool said = plan->readable.n > 0 || plan->executable.n > 0 || plan->writable.n > 0;
        static const char *const none[] = {NULL};
        struct jail_fd share[PLAN_MAX_FDS];
        size_t n_share;
        unsigned engine = find_shares(&plan->env, share, &n_share);
        int r;

#define CHOOSE(list, def) (!said ? (def) : plan->list.n > 0 ? (const char *const *)plan->list.v : none)
        r = jail_landlock(CHOOSE(readable, readable), CHOOSE(executable, executable),
                          CHOOSE(writable, writable), share, n_share, err);
#undef CHOOSE
        if (r < 0 && r != -EOPNOTSUPP)
                return r;
        if (plan->env.kvm)
                engine |= JAIL_ENGINE_KVM;
        if (plan_has(plan, NEED_TPM))
                engine |= JAIL_ENGINE_TPM;
        if (plan_has(plan, NEED_PCI))
                engine |= JAIL_ENGINE_VFIO;
        return jail_seccomp(engine, err);
}

static int run(const char *path, bool print, struct error *err)
{
        _cleanup_(plan_free) struct plan plan = {0};
        _cleanup_(strv_free) struct strv args = {0};
        const char *text = getenv(ZHYVE_PLAN_ENV);
        char *const none[] = {NULL};
        int r;

        if (!text)
                return error_set(err, EINVAL, "%s is not set: zhyve is started by zoneadmd", ZHYVE_PLAN_ENV);
        r = plan_parse(text, &plan, err);
        if (r == 0)
                r = make_engine_args(path, &plan, &args, err);
        if (r < 0)
                return r;
        if (!args.v)
                return error_nomem(err);
        if (print) {
                for (size_t i = 0; i < args.n; i++)
                        puts(args.v[i]);
                return 0;
        }
        r = give_up_rights(&plan, err);
        if (r < 0)
                return r;
        if (plan.engine_fd >= 0)
                fexecve(plan.engine_fd, args.v, none);
        else
                execve(ENGINE_PATH, args.v, none);
        return error_errno(err, errno, "%s", ENGINE_PATH);
}

int main(int argc, char **argv)
{
        const char *path = ARGS_PATH;
        struct error err = {0};
        bool print = false;
        int opt;

        if (help_asked(argc, argv, USAGE))
                return 0;
        while ((opt = getopt(argc, argv, "a:n")) != -1) {
                switch (opt) {
                case 'a':
                        path = optarg;
                        break;
                case 'n':
                        print = true;
                        break;
                default:
                        fputs(USAGE, stderr);
                        return BHYVE_EXIT_ERROR;
                }
        }
        if (optind < argc) {
                fputs(USAGE, stderr);
                return BHYVE_EXIT_ERROR;
        }
        return run(path, print, &err) < 0 ? fail(&err) : 0;
}

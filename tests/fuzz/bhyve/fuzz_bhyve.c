/*
 * Arguments of bhyve(8), one a line, as a zone hands them to zhyve: whatever they are, they are refused with
 * a reason or become arguments of the engine, with descriptors for everything that they ask for and without.
 */
#include "../fuzz.h"

#include "bhyve/bhyve.h"

#define MAX_WORDS 256
#define MAX_NEEDS 512

static int count(const char *name, const char *value, void *arg)
{
        CLAIM(*name && value, "a variable without a name or value");
        (*(size_t *)arg)++;
        return 0;
}

/* Descriptors as zoneadmd would have them. */
static size_t provide(const struct needs *needs, struct engine_fd *fds)
{
        size_t n = needs->n < MAX_NEEDS ? needs->n : MAX_NEEDS;

        for (size_t i = 0; i < n; i++) {
                const struct need *need = &needs->need[i];
                bool net = need->kind == NEED_NET;

                CLAIM(need->path && need->device, "a need without a path or device");
                fds[i] = (struct engine_fd){
                    .kind = need->kind,
                    .path = need->path,
                    .fd = need->kind == NEED_PCI || (net && i % 3 == 0) ? -1 : 20 + (int)i,
                    .how = i % 3 == 0   ? LINK_USER
                           : i % 3 == 1 ? LINK_TAP
                                        : LINK_STREAM,
                    .host = need->kind == NEED_PCI ? "0000:0a:00.0" : NULL,
                };
        }
        return n;
}

/* The value of a file option ends at a comma that is not doubled; *rest is what follows. */
static bool next_option(const char **rest, const char **ret, size_t *ret_len)
{
        const char *p = *rest;

        if (!*p)
                return false;
        for (*ret = p; *p && (*p != ',' || p[1] == ','); p++)
                p += *p == ',';
        *ret_len = (size_t)(p - *ret);
        *rest = *p ? p + 1 : p;
        return true;
}

/* In a zone that was given everything it asks for, the engine opens no file or socket by its path. */
static void opens_nothing(const struct strv *args)
{
        for (size_t i = 0; i + 1 < args->n; i++) {
                const char *rest = args->v[i + 1], *option;
                size_t len;

                if (strcmp(args->v[i], "-vnc") == 0)
                        CLAIM(str_starts(rest, "none"), "-vnc %s", rest);
                if (strcmp(args->v[i], "-blockdev") != 0 && strcmp(args->v[i], "-chardev") != 0)
                        continue;
                while (next_option(&rest, &option, &len))
                        if (str_starts(option, "path=") || str_starts(option, "filename="))
                                CLAIM(str_starts(strchr(option, '='), "=/dev/fdset/"), "%s", args->v[i + 1]);
        }
}

static void translate(const struct bconf *conf, const struct engine_env *env)
{
        struct problems notices = {0};
        struct engine_env with = *env;
        struct strv args = {0};
        struct error err = {0};

        with.notices = &notices;
        if (bhyve_to_engine(conf, &with, &args, &err) < 0)
                CLAIM(err.code != 0 && *err.text, "refused without a reason");
        else
                CLAIM(args.n > 1 && strcmp(args.v[0], ENGINE_PATH) == 0, "no command line");
        if (err.code == 0 && !env->run_dir && env->n_fd < MAX_NEEDS && !kvm_flavour(conf))
                opens_nothing(&args);
        strv_free(&args);
        problems_clear(&notices);
}

static void use(const struct bconf *conf)
{
        static struct engine_fd fds[MAX_NEEDS];
        struct engine_env env = {.fd = fds, .kvm = true, .qmp_fd = 10, .qmp_listen = true};
        struct needs needs = {0};
        struct topology topology;
        size_t variables = 0;

        bconf_each(conf, count, &variables);
        CLAIM(variables > 0, "no variables");
        bhyve_topology(conf, &topology, NULL);
        kvm_check(conf, NULL);
        bhyve_waits_for_viewer(conf);
        bhyve_screen_password(conf);
        if (bhyve_needs(conf, &needs, NULL) == 0) {
                env.n_fd = provide(&needs, fds);
                translate(conf, &env);
                needs_free(&needs);
        }
        translate(conf, &(struct engine_env){.qmp_fd = -1, .run_dir = "/run/bhyve"});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = fuzz_text(data, size), *rest = text, *argv[MAX_WORDS + 1], *word;
        struct bconf *conf, *expanded = NULL;
        struct error err = {0};
        int argc = 0, r;

        while (argc < MAX_WORDS && (word = strsep(&rest, "\n")))
                argv[argc++] = word;
        argv[argc] = NULL;
        conf = bconf_new();
        r = conf && argc > 0 ? bhyve_parse(argc, argv, conf, &err) : -1;
        if (r == 0) {
                use(conf);
                if (bconf_expand(conf, &expanded, NULL) == 0)
                        bconf_free(expanded);
        } else if (r > 0 && r < BHYVE_ASK_USAGE) {
                CLAIM(*err.text, "refused without a reason");
        }
        bconf_free(conf);
        free(text);
        return 0;
}

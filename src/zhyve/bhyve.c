/*
 * bhyve(8) for a plain Linux host: the same arguments, devices and exit statuses, with QEMU behind them.  The
 * machine is known to bhyvectl(8) by a monitor socket in /run/bhyve while it runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "accel/accel.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/output.h"
#include "bhyve/bhyve.h"
#include "host.h"
#include "pin.h"
#include "place.h"
#include "qmp.h"
#include "supervise.h"

static int print_variable(const char *name, const char *value, void *arg)
{
        (void)arg;
        printf("%s=%s\n", name, value);
        return 0;
}

/* A machine without a UUID gets one that is the same at every start on this host. */
static int set_uuid(struct bconf *c, struct error *err)
{
        _cleanup_free_ char *host = NULL;
        uint8_t d[MD5_DIGEST_LENGTH];
        const char *name = bconf_get(c, "name");
        char text[40];
        size_t len = 0;
        MD5_CTX ctx;
        int r;

        if (bconf_get(c, "uuid"))
                return 0;
        (void)fs_read_at(AT_FDCWD, "/etc/machine-id", 4096, &host, &len); /* without one, by name alone */
        MD5Init(&ctx);
        MD5Update(&ctx, (const uint8_t *)str_empty(host), len);
        MD5Update(&ctx, (const uint8_t *)name, strlen(name));
        MD5Final(d, &ctx);
        snprintf(text, sizeof(text), "%02x%02x%02x%02x-%02x%02x-3%x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                 d[0], d[1], d[2], d[3], d[4], d[5], d[6] & 15, d[7], (d[8] & 0x3f) | 0x80, d[9], d[10],
                 d[11], d[12], d[13], d[14], d[15]);
        r = bconf_set(c, "uuid", text);
        return r < 0 ? error_errno(err, r, "uuid") : 0;
}

/* The socket by which bhyvectl reaches the engine; a path that answers belongs to a machine that runs. */
static int make_control(const char *vm, char *path, size_t size, struct error *err)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        _cleanup_close_ int fd = -1;
        int r;

        r = qmp_path(vm, address.sun_path, sizeof(address.sun_path), err);
        if (r < 0)
                return r;
        snprintf(path, size, "%s", address.sun_path);
        r = fs_mkdir_p(HOST_RUN_DIR, 0700);
        if (r < 0)
                return error_errno(err, r, HOST_RUN_DIR);
        r = place_check(path, err);
        if (r == -EADDRINUSE)
                return error_set(err, EBUSY, "%s: a machine of this name is running", vm);
        if (r < 0)
                return r;
        unlink(address.sun_path);

        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4) < 0)
                return error_errno(err, errno, "%s", address.sun_path);
        chmod(address.sun_path, 0600);
        return TAKE_FD(fd);
}

static bool has_kvm(void)
{
        struct root root = {0};
        struct accel accel;

        return accel_get(&root, &accel, NULL) == 0 && accel.kvm;
}

static int build_args(const struct bconf *c, int qmp, int control, bool kvm, struct strv *args,
                      struct error *err)
{
        _cleanup_(host_things_clear) struct host_things host = {0};
        struct problems notices = {0};
        struct engine_env env = {.kvm = kvm,
                                 .amd = __builtin_cpu_is("amd"),
                                 .qmp_fd = qmp,
                                 .run_dir = HOST_RUN_DIR,
                                 .paused = bhyve_waits_for_viewer(c),
                                 .notices = &notices};
        int r = host_things_open(c, &host, err);

        env.fd = host.fd;
        env.n_fd = host.n;
        if (r == 0)
                r = bhyve_to_engine(c, &env, args, err);
        if (r == 0)
                r = host_files_check(&host.needs, err);
        if (r == 0)
                r = sockets_check(c, &host.needs, err);

        for (size_t i = 0; i < notices.n; i++)
                fprintf(stderr, "bhyve: %s\n", notices.text[i]);
        problems_clear(&notices);
        if (r < 0)
                return r;
        strv_add(args, "-chardev");
        strv_addf(args, "socket,id=control,fd=%d,server=on,wait=off", control);
        strv_add(args, "-mon");
        strv_add(args, "chardev=control,mode=control");
        return args->failed ? error_nomem(err) : 0;
}

static int run_machine(const struct bconf *c, struct error *err)
{
        _cleanup_(strv_free) struct strv args = {0};
        struct supervised s = {.vnc_password = bhyve_screen_password(c),
                               .cont_at_first_viewer = bhyve_waits_for_viewer(c)};
        struct topology topology;
        char path[128];
        int pair[2], control, r;

        r = bhyve_topology(c, &topology, err);
        if (r < 0)
                return r;
        s.cpus = topology.cpus;
        if (bconf_child(c, "vcpu", 0)) {
                r = pin_check(c, err);
                if (r < 0)
                        return r;
                s.pins = c;
        }
        control = make_control(bconf_get(c, "name"), path, sizeof(path), err);
        if (control < 0)
                return control;
        s.kvm = has_kvm();
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) {
                r = error_errno(err, errno, "socketpair");
        } else {
                s.qmp = pair[0];
                s.engine_qmp = pair[1];
                r = build_args(c, pair[1], control, s.kvm, &args, err);
                if (r == 0)
                        r = supervise(&s, args.v, err);
        }
        unlink(path);
        return r;
}

int main(int argc, char **argv)
{
        _cleanup_(bconf_freep) struct bconf *c = bconf_new(), *plain = NULL;
        struct error err = {0};
        int r, dump;

        output_guard("bhyve");
        if (!c)
                return BHYVE_EXIT_ERROR;
        if (argc == 2 && strcmp(argv[1], "--help") == 0)
                r = BHYVE_ASK_USAGE;
        else
                r = bhyve_parse_host(argc, argv, c, &err);
        if (r >= BHYVE_ASK_USAGE) {
                bhyve_help((enum bhyve_ask)r, stdout);
                return 0;
        }
        if (r != 0) {
                fprintf(stderr, "bhyve: %s\n", err.text);
                if (r == BHYVE_EXIT_USAGE)
                        bhyve_help(BHYVE_ASK_USAGE, stderr);
                return r;
        }
        dump = bconf_bool(c, "config.dump", false);
        if (dump > 0) {
                bconf_each(c, print_variable, NULL);
                return 1;
        }
        r = dump < 0 ? error_set(&err, EINVAL, "Invalid value %s for boolean variable config.dump",
                                 bconf_get(c, "config.dump"))
                     : bconf_expand(c, &plain, &err);
        if (r == 0)
                r = set_uuid(plain, &err);
        if (r == 0)
                r = run_machine(plain, &err);
        if (r < 0) {
                fprintf(stderr, "bhyve: %s\n", err.text);
                return BHYVE_EXIT_ERROR;
        }
        return r;
}

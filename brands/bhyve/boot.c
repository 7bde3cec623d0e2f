/*
 * The boot hook: turns the configuration of a zone into bhyve(8) arguments and leaves them in the zone, where
 * zhyve finds them (var/run/bhyve/zhyve.args, a packed nvlist).  With -t it only shows them, which needs no
 * privilege and no configured zone.  It also prepares what the machine boots from: the variables of UEFI
 * firmware and the seed image of cloud-init.  It is on the path of every boot: it links little and reads
 * little.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"
#include "described.h"
#include "firmware.h"
#include "nvlist/nvlist.h"
#include "seed.h"
#include "show.h"

#define USAGE      "usage: boot [-S] [-t] [-j] [-R root] [-x xmlfile] [-z] zone\n"
#define ARGS_DIR   "var/run/bhyve"
#define ARGS_FILE  "zhyve.args"
#define ARGS_KEY   "zhyve_args"
#define EXIT_USAGE 2

struct options {
        bool sysboot; /* OmniOS reserves memory when the host boots; there is nothing to reserve here */
        bool test, json;
        struct described z;
};

static int parse_options(int argc, char **argv, struct options *o, struct error *err)
{
        int c, r = root_from_env(&o->z.root, err);

        while (r == 0 && (c = getopt(argc, argv, "Stjx:z:R:")) != -1) {
                if (c == 'S')
                        o->sysboot = true;
                else if (c == 't')
                        o->test = true;
                else if (c == 'j')
                        o->json = true;
                else if (c == 'x')
                        o->z.xml = optarg;
                else if (c == 'z')
                        o->z.zone = optarg;
                else if (c == 'R')
                        r = root_set(&o->z.root, optarg, err);
                else
                        return -EINVAL;
        }
        if (r == 0 && !o->z.zone && optind < argc)
                o->z.zone = argv[optind++];
        return r < 0 ? r : optind == argc && o->z.zone ? 0 : -EINVAL;
}

/* What zoneadmd attaches for this boot only: boot, config or both, with a comma between them. */
static int attach_media(struct machine *m, struct error *err)
{
        const char *text = getenv("_ZONE_MEDIA");
        int r = 0;

        if (!text)
                return 0;
        if (str_starts(text, "boot"))
                r = machine_attach_boot_media(m, err);
        if (r == 0 && strstr(text, "config"))
                r = machine_attach_config_disk(m, err);
        return r;
}

static int build(const struct options *o, const struct config *cfg, struct machine **ret, struct error *err)
{
        struct problems problems = {0};
        char uuid[UUID_TEXT];
        int r;

        described_uuid(&o->z, cfg, uuid);
        r = machine_from_config(&o->z.root, cfg, uuid, ret, &problems, err);
        /* All but the last are said here; the last is the error that ends the program. */
        for (size_t i = 0; r == 0 && i + 1 < problems.n; i++)
                fprintf(stderr, "%s\n", problems.text[i]);
        if (r == 0 && problems.n > 0)
                r = error_set(err, EINVAL, "%s", problems.text[problems.n - 1]);
        problems_clear(&problems);
        if (r == 0)
                r = attach_media(*ret, err);
        return r < 0 ? r : machine_check_arguments(*ret, err);
}

static int show(const struct options *o, const struct config *cfg, const struct machine *m, struct error *err)
{
        struct strv args = {0};
        int r;

        if (o->json) {
                _cleanup_free_ char *text = machine_to_json(m);

                return !text || puts(text) < 0 || fflush(stdout) < 0 ? error_nomem(err) : 0;
        }
        r = show_arguments(&o->z, cfg, m, &args, err);
        for (size_t i = 0; r == 0 && i < args.n; i++)
                puts(args.v[i]);
        strv_free(&args);
        return r == 0 && fflush(stdout) < 0 ? error_errno(err, errno, "standard output") : r;
}

/* The group of the zone's engine, which reads the arguments; -1: ours. */
static gid_t zone_group(void)
{
        const char *text = getenv("_ZONE_GID");
        char *end;
        unsigned long gid;

        if (!text || !*text)
                return (gid_t)-1;
        gid = strtoul(text, &end, 10);
        return *end || gid >= UINT32_MAX ? (gid_t)-1 : (gid_t)gid;
}

static int open_args_dir(int root_fd, gid_t group, struct error *err)
{
        int r = fs_mkdir_in_root(root_fd, "var", 0755), fd;

        fd = r < 0 ? r : fs_open_in_root(root_fd, "var/run", O_RDONLY | O_DIRECTORY, 0);
        if (fd == -ENOENT) {
                r = fs_mkdir_in_root(root_fd, "var/run", 0755);
                fd = r < 0 ? r : fs_open_in_root(root_fd, "var/run", O_RDONLY | O_DIRECTORY, 0);
        }
        if (fd < 0)
                return error_errno(err, fd, "var/run in the zone");
        r = mkdirat(fd, "bhyve", 0750) < 0 && errno != EEXIST ? -errno : 0;
        close(fd);
        fd = r < 0 ? r : fs_open_in_root(root_fd, ARGS_DIR, O_RDONLY | O_DIRECTORY, 0);
        if (fd < 0)
                return error_errno(err, fd, "%s in the zone", ARGS_DIR);
        if (fchmod(fd, 0750) < 0 || (group != (gid_t)-1 && fchown(fd, (uid_t)-1, group) < 0)) {
                r = error_errno(err, errno, "%s in the zone", ARGS_DIR);
                close(fd);
                return r;
        }
        return fd;
}

static int write_args(int root_fd, const struct strv *args, struct error *err)
{
        gid_t group = zone_group();
        _cleanup_close_ int dir = open_args_dir(root_fd, group, err);
        _cleanup_free_ void *data = NULL;
        size_t len;
        int r;

        if (dir < 0)
                return dir;
        r = nvlist_pack_strings(ARGS_KEY, (const char *const *)args->v, args->n, NVLIST_NATIVE, &data, &len);
        if (r < 0)
                return error_errno(err, r, "%s", ARGS_FILE);
        r = fs_replace_volatile_at(dir, ARGS_FILE, data, len, 0440);
        if (r == 0 && group != (gid_t)-1 &&
            fchownat(dir, ARGS_FILE, (uid_t)-1, group, AT_SYMLINK_NOFOLLOW) < 0)
                r = -errno;
        return r < 0 ? error_errno(err, r, "%s/%s in the zone", ARGS_DIR, ARGS_FILE) : 0;
}

static int leave_args(const struct options *o, const struct config *cfg, const struct machine *m,
                      struct problems *notes, struct error *err)
{
        const char *running = getenv("_ZONE_ROOT");
        _cleanup_close_ int root_fd = described_root(&o->z, cfg, err), run_fd = -1;
        struct strv args = {0};
        int r;

        if (root_fd < 0)
                return root_fd;
        /* /proc/PID/root: the zone as it sees itself, with its own mounts. */
        if (running && *running) {
                run_fd = open(running, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (run_fd < 0)
                        return error_set(err, errno, "Could not find zone root %s", running);
        }
        r = machine_check_engine(m, NULL, err);
        if (r == 0)
                r = machine_fits_host(m, err);
        if (r == 0 && m->uefi)
                r = firmware_prepare(&o->z, root_fd, cfg, m, notes, err);
        if (r < 0)
                return r;
        strv_add(&args, "bhyve");
        r = machine_to_zhyve(m, &args, err);
        if (r == 0)
                r = write_args(run_fd >= 0 ? run_fd : root_fd, &args, err);
        strv_free(&args);
        return r == 0 ? seed_prepare(&o->z, root_fd, m, notes, err) : r;
}

/* The machine is shown with what its firmware knows of; damaged variables keep nobody from looking. */
static int show_machine(const struct options *o, const struct config *cfg, struct machine *m,
                        struct problems *notes, struct error *err)
{
        struct error why = {0};

        if (o->json && m->uefi && firmware_boot_options(&o->z, cfg, m, &why) < 0)
                problems_add(notes, "%s", why.text);
        return show(o, cfg, m, err);
}

int main(int argc, char **argv)
{
        struct options o = {0};
        struct error err = {0};
        struct problems notes = {0};
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_machine_ struct machine *m = NULL;
        int r;

        if (help_asked(argc, argv, USAGE))
                return EXIT_SUCCESS;
        r = parse_options(argc, argv, &o, &err);
        umask(022);
        if (r < 0) {
                fprintf(stderr, "%s%s", err.text, err.text[0] ? "\n" : "");
                fputs(USAGE, stderr);
                return EXIT_USAGE;
        }
        r = described_load(&o.z, &cfg, &err);
        if (r == 0)
                r = build(&o, cfg, &m, &err);
        if (r == 0 && !o.sysboot)
                r = o.test || o.json ? show_machine(&o, cfg, m, &notes, &err)
                                     : leave_args(&o, cfg, m, &notes, &err);
        /* An error comes first: its line is what zoneadmd repeats.  The rest is for the zone's log. */
        if (r < 0 && err.text[0])
                fprintf(stderr, "%s\n", err.text);
        for (size_t i = 0; i < notes.n; i++)
                fprintf(stderr, "%s\n", notes.text[i]);
        problems_clear(&notes);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

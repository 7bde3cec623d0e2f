/*
 * The boot hook: turns the configuration of a zone into bhyve(8) arguments and leaves them in the zone, where
 * zhyve finds them (var/run/bhyve/zhyve.args, a packed nvlist).  With -t it only shows them, which needs no
 * privilege and no configured zone.  It is on the path of every boot: it links little and reads little.
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
#include "config/index.h"
#include "machine/machine.h"
#include "nvlist/nvlist.h"

#define ARGS_DIR      "var/run/bhyve"
#define ARGS_FILE     "zhyve.args"
#define ARGS_KEY      "zhyve_args"
#define VARS_TEMPLATE "/usr/share/OVMF/OVMF_VARS_4M.fd"
#define VARS_MAX      (16 << 20)
#define EXIT_USAGE    2

struct options {
        bool test, json;
        const char *xml, *zone;
        struct root root;
};

static int parse_options(int argc, char **argv, struct options *o, struct error *err)
{
        int c, r = root_from_env(&o->root, err);

        while (r == 0 && (c = getopt(argc, argv, "tjx:z:R:")) != -1) {
                if (c == 't')
                        o->test = true;
                else if (c == 'j')
                        o->json = true;
                else if (c == 'x')
                        o->xml = optarg;
                else if (c == 'z')
                        o->zone = optarg;
                else if (c == 'R')
                        r = root_set(&o->root, optarg, err);
                else
                        return -EINVAL;
        }
        if (r == 0 && !o->zone && optind < argc)
                o->zone = argv[optind++];
        return r < 0 ? r : optind == argc && o->zone ? 0 : -EINVAL;
}

static int load(const struct options *o, struct config **ret, struct error *err)
{
        const char *snapshot = getenv("_ZONE_SNAPSHOT");
        char path[PATH_MAX];
        int r;

        if (!zone_name_valid(o->zone))
                return error_set(err, EINVAL, "%s: not a zone name", o->zone);
        if (o->xml || (snapshot && *snapshot)) {
                snprintf(path, sizeof(path), "%s", o->xml ? o->xml : snapshot);
        } else {
                char name[sizeof(ZONES_ETC) + ZONENAME_MAX + 8];

                snprintf(name, sizeof(name), ZONES_ETC "/%s.xml", o->zone);
                if (root_path(&o->root, name, path, sizeof(path)) < 0)
                        return error_set(err, ENAMETOOLONG, "%s: path too long", name);
        }
        if (access(path, F_OK) < 0)
                return error_set(err, ENOENT, "Cannot find zone XML file at %s", path);
        r = config_load_file(path, ret, err);
        if (r < 0)
                return error_prefix(err, "Could not parse %s", path);
        if (!streq_null((*ret)->name, o->zone))
                return error_set(err, EINVAL, "Zone name %s does not match XML file %s", o->zone,
                                 str_empty((*ret)->name));
        return 0;
}

/* The persistent root directory of the zone, ZONEPATH/root. */
static int open_zone_root(const struct options *o, const struct config *cfg, struct error *err)
{
        char path[PATH_MAX], full[PATH_MAX];
        int fd;

        snprintf(path, sizeof(path), "%s/root", str_empty(config_global(cfg, "zonepath")));
        if (root_path(&o->root, path, full, sizeof(full)) < 0)
                return error_set(err, ENAMETOOLONG, "%s: path too long", path);
        fd = open(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? error_set(err, errno, "Could not find zone root %s", full) : fd;
}

/* The UUID that the index or the zone itself knows; "" if neither does. */
static void find_uuid(const struct options *o, const struct config *cfg, char ret[UUID_TEXT])
{
        struct index_entry entry = {0};
        _cleanup_close_ int root_fd = -1, fd = -1;
        _cleanup_free_ char *text = NULL;

        ret[0] = '\0';
        if (*str_empty(config_global(cfg, "uuid")) || *str_empty(config_attr(cfg, "uuid")))
                return; /* the configuration says it itself */
        if (index_lookup(&o->root, o->zone, &entry, NULL) == 0) {
                memcpy(ret, entry.uuid, UUID_TEXT);
                index_entry_clear(&entry);
        }
        if (ret[0])
                return;
        root_fd = open_zone_root(o, cfg, NULL);
        fd = root_fd < 0 ? -1 : fs_open_in_root(root_fd, "etc/uuid", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
        if (fd < 0 || fs_read_fd(fd, 64, &text, NULL) < 0)
                return;
        text[strcspn(text, " \t\r\n")] = '\0';
        if (uuid_valid(text))
                memcpy(ret, text, UUID_TEXT);
}

static int build(const struct options *o, const struct config *cfg, struct machine **ret, struct error *err)
{
        struct problems problems = {0};
        char uuid[UUID_TEXT];
        int r;

        find_uuid(o, cfg, uuid);
        r = machine_from_config(&o->root, cfg, uuid, ret, &problems, err);
        /* All but the last are said here; the last is the error that ends the program. */
        for (size_t i = 0; r == 0 && i + 1 < problems.n; i++)
                fprintf(stderr, "%s\n", problems.text[i]);
        if (r == 0 && problems.n > 0)
                r = error_set(err, EINVAL, "%s", problems.text[problems.n - 1]);
        problems_clear(&problems);
        return r < 0 ? r : machine_check_arguments(*ret, err);
}

static int show(const struct machine *m, bool json, struct error *err)
{
        struct strv args = {0};
        int r;

        if (json) {
                _cleanup_free_ char *text = machine_to_json(m);

                return !text || puts(text) < 0 || fflush(stdout) < 0 ? error_nomem(err) : 0;
        }
        r = machine_to_bhyve(m, &args, err);
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

/* The UEFI variables of a machine that has none yet come from the firmware's template. */
static int make_uefivars(int root_fd, struct error *err)
{
        _cleanup_close_ int etc = -1;
        _cleanup_free_ char *data = NULL;
        struct stat st;
        size_t len;
        int r = fs_mkdir_in_root(root_fd, "etc", 0755);

        etc = r < 0 ? r : fs_open_in_root(root_fd, "etc", O_RDONLY | O_DIRECTORY, 0);
        if (etc < 0)
                return error_errno(err, etc, "etc in the zone");
        if (fstatat(etc, "uefivars", &st, AT_SYMLINK_NOFOLLOW) == 0)
                return S_ISREG(st.st_mode)
                           ? 0
                           : error_set(err, EINVAL, "%s in the zone: not a regular file", MACHINE_UEFIVARS);
        r = fs_read_at(AT_FDCWD, VARS_TEMPLATE, VARS_MAX, &data, &len);
        if (r < 0)
                return error_set(err, r, "Could not find template UEFI variables file at %s", VARS_TEMPLATE);
        r = fs_replace_at(etc, "uefivars", data, len, 0600);
        return r < 0 ? error_errno(err, r, "%s in the zone", MACHINE_UEFIVARS) : 0;
}

static int leave_args(const struct options *o, const struct config *cfg, const struct machine *m,
                      struct error *err)
{
        const char *running = getenv("_ZONE_ROOT");
        _cleanup_close_ int root_fd = open_zone_root(o, cfg, err), run_fd = -1;
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
        r = machine_fits_host(m, err);
        if (r == 0 && m->uefi)
                r = make_uefivars(root_fd, err);
        if (r < 0)
                return r;
        strv_add(&args, "bhyve");
        r = machine_to_zhyve(m, &args, err);
        if (r == 0)
                r = write_args(run_fd >= 0 ? run_fd : root_fd, &args, err);
        strv_free(&args);
        return r;
}

int main(int argc, char **argv)
{
        struct options o = {0};
        struct error err = {0};
        _cleanup_config_ struct config *cfg = NULL;
        _cleanup_machine_ struct machine *m = NULL;
        int r = parse_options(argc, argv, &o, &err);

        umask(022);
        if (r < 0) {
                fprintf(stderr, "%s%s", err.text, err.text[0] ? "\n" : "");
                fprintf(stderr, "usage: boot [-t] [-j] [-R root] [-x xmlfile] [-z] zone\n");
                return EXIT_USAGE;
        }
        r = load(&o, &cfg, &err);
        if (r == 0)
                r = build(&o, cfg, &m, &err);
        if (r == 0)
                r = o.test || o.json ? show(m, o.json, &err) : leave_args(&o, cfg, m, &err);
        if (r < 0)
                fprintf(stderr, "%s\n", err.text);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

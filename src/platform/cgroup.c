/*
 * The zone's control groups: zones/NAME.zone in the unified hierarchy and, for controllers that a host still
 * has in version 1, the same below each of those.  (The suffix keeps a zone called "tasks" or "memory.max"
 * from meeting the kernel's own files.)  The unified group is made on every host that has one, controllers or
 * not, because it kills and counts what is in it.
 *
 * Processes that serve a zone from outside its jail have a group of their own, NAME.helpers, without limits.
 *
 * "zones" lies at the top, where systemd leaves groups alone that it did not make.  It is removed with its
 * last zone, and only ever holds zones.
 */
#include "platform/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define FOLDER        "zones"
#define MAX_MOUNTINFO (4u << 20)
#define MAX_PROCS     (1u << 20)
#define TOP_RETRIES   16 /* "zones" may be removed by another zoneadmd while we make a zone in it */

static const struct {
        const char *v2, *v1;
} NAMES[CG_CONTROLLERS] = {
    [CG_MEMORY] = {"memory", "memory"}, [CG_PIDS] = {"pids", "pids"}, [CG_CPU] = {"cpu", "cpu"},
    [CG_CPUSET] = {"cpuset", "cpuset"}, [CG_IO] = {"io", "blkio"},
};

const char *controller_name(enum controller c)
{
        return NAMES[c].v2;
}

/* Is word one of the words of list?  Any of the separators ends a word. */
static bool has_word(const char *list, const char *word, const char *separators)
{
        size_t n = strlen(word);

        while (*list) {
                size_t len = strcspn(list, separators);

                if (len == n && memcmp(list, word, n) == 0)
                        return true;
                list += len;
                list += *list != '\0';
        }
        return false;
}

/* "... MOUNTPOINT OPTIONS TAGS - TYPE SOURCE SUPEROPTIONS": field 5 and the part behind the dash. */
static void parse_mount(char *line, struct cgroup_host *host)
{
        char *dash = strstr(line, " - "), *rest = line, *point = NULL, *type, *super;

        if (!dash)
                return;
        *dash = '\0';
        for (int i = 0; i < 5; i++)
                point = strsep(&rest, " ");
        rest = dash + 3;
        type = strsep(&rest, " ");
        strsep(&rest, " ");
        super = strsep(&rest, " ");
        if (!point || !type || strlen(point) >= sizeof(host->v2) || strchr(point, '\\'))
                return;
        if (strcmp(type, "cgroup2") == 0 && !host->v2[0])
                memcpy(host->v2, point, strlen(point) + 1);
        for (int i = 0; super && strcmp(type, "cgroup") == 0 && i < CG_CONTROLLERS; i++)
                if (has_word(super, NAMES[i].v1, ",") && !host->v1[i][0])
                        memcpy(host->v1[i], point, strlen(point) + 1);
}

void cgroup_host_parse(const char *mountinfo, const char *controllers, struct cgroup_host *ret)
{
        char line[1024];

        memset(ret, 0, sizeof(*ret));
        for (const char *p = mountinfo; *p;) {
                size_t n = strcspn(p, "\n");

                if (n < sizeof(line)) {
                        memcpy(line, p, n);
                        line[n] = '\0';
                        parse_mount(line, ret);
                }
                p += n;
                p += *p != '\0';
        }
        for (int i = 0; i < CG_CONTROLLERS; i++)
                if (ret->v2[0] && has_word(controllers, NAMES[i].v2, " \n")) {
                        ret->v2_controllers |= 1u << i;
                        ret->v1[i][0] = '\0';
                }
}

const struct cgroup_host *cgroup_host(void)
{
        static struct cgroup_host host;
        static bool known;
        _cleanup_free_ char *mounts = NULL, *controllers = NULL;
        _cleanup_close_ int fd = -1;
        char path[sizeof(host.v2) + 32];

        if (known)
                return &host;
        fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fs_read_fd(fd, MAX_MOUNTINFO, &mounts, NULL) < 0)
                return &host;
        cgroup_host_parse(mounts, "", &host);
        if (host.v2[0]) {
                snprintf(path, sizeof(path), "%s/cgroup.controllers", host.v2);
                if (fs_read_at(AT_FDCWD, path, 4096, &controllers, NULL) == 0)
                        cgroup_host_parse(mounts, controllers, &host);
        }
        known = true;
        return &host;
}

static int group_name(const char *zone, const char *suffix, char ret[NAME_MAX + 1], struct error *err)
{
        if (*zone == '\0' || *zone == '.' || strchr(zone, '/') || strlen(zone) >= JAIL_NAME_MAX)
                return error_set(err, EINVAL, "%s: not a name for a cgroup", zone);
        snprintf(ret, NAME_MAX + 1, "%s%s", zone, suffix);
        return 0;
}

static int folder_name(const char *zone, char ret[NAME_MAX + 1], struct error *err)
{
        return group_name(zone, ".zone", ret, err);
}

/* The group of the zone's helpers, which are not in its jail. */
static int helpers_name(const char *zone, char ret[NAME_MAX + 1])
{
        return group_name(zone, ".helpers", ret, NULL);
}

static int open_dir(int at, const char *path)
{
        int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

        return fd < 0 ? -errno : fd;
}

static int write_file(int dir, const char *name, const char *text)
{
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* Opens zones/ below a hierarchy, making it if asked. */
static int open_top(const char *mount, bool make)
{
        _cleanup_close_ int root = open_dir(AT_FDCWD, mount);

        if (root < 0)
                return root;
        if (make && mkdirat(root, FOLDER, 0755) < 0 && errno != EEXIST)
                return -errno;
        return open_dir(root, FOLDER);
}

/* A version 1 cpuset is empty when made, and can hold nobody until it has what its parent has. */
static int fill_cpuset(int parent, int dir)
{
        static const char *const files[] = {"cpuset.mems", "cpuset.cpus"};

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                _cleanup_free_ char *have = NULL, *given = NULL;
                int r = fs_read_at(dir, files[i], 4096, &have, NULL);

                if (r == 0 && have[0] != '\0' && have[0] != '\n')
                        continue;
                if (r == 0)
                        r = fs_read_at(parent, files[i], 4096, &given, NULL);
                if (r == 0)
                        r = write_file(dir, files[i], given);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int fill_cpusets(const char *mount, int top, int dir)
{
        _cleanup_close_ int root = open_dir(AT_FDCWD, mount);
        int r = root < 0 ? root : fill_cpuset(root, top);

        return r < 0 ? r : fill_cpuset(top, dir);
}

/* Makes and opens mount/zones/NAME.zone. */
static int make_group(const char *mount, const char *name)
{
        int fd = -ENOENT;

        for (int i = 0; i < TOP_RETRIES && fd == -ENOENT; i++) {
                _cleanup_close_ int top = open_top(mount, true);

                fd = top;
                if (top < 0)
                        continue;
                if (mkdirat(top, name, 0755) < 0 && errno != EEXIST) {
                        fd = -errno;
                        continue;
                }
                fd = open_dir(top, name);
        }
        return fd;
}

static int enable(const char *path, enum controller c)
{
        _cleanup_close_ int dir = open_dir(AT_FDCWD, path);
        _cleanup_free_ char *have = NULL;
        char word[32];

        if (dir < 0)
                return dir;
        if (fs_read_at(dir, "cgroup.subtree_control", 4096, &have, NULL) == 0 &&
            has_word(have, NAMES[c].v2, " \n"))
                return 0;
        snprintf(word, sizeof(word), "+%s", NAMES[c].v2);
        return write_file(dir, "cgroup.subtree_control", word);
}

/* Only what is wanted is switched on: a controller costs every process of the host a little. */
static unsigned enable_v2(const struct cgroup_host *host, unsigned wanted)
{
        char top[sizeof(host->v2) + sizeof(FOLDER) + 1];
        unsigned done = 0;

        snprintf(top, sizeof(top), "%s/%s", host->v2, FOLDER);
        for (int i = 0; i < CG_CONTROLLERS; i++)
                if ((wanted & host->v2_controllers & 1u << i) && enable(host->v2, i) == 0 &&
                    enable(top, i) == 0)
                        done |= 1u << i;
        return done;
}

static void cgroup_init(struct cgroup *cg)
{
        cg->v2 = -1;
        cg->v2_controllers = 0;
        for (int i = 0; i < CG_CONTROLLERS; i++)
                cg->v1[i] = -1;
}

static int make_v1(const struct cgroup_host *host, enum controller c, const char *name)
{
        _cleanup_close_ int fd = make_group(host->v1[c], name);
        int r;

        if (fd >= 0 && c == CG_CPUSET) {
                _cleanup_close_ int top = open_top(host->v1[c], false);

                r = top < 0 ? top : fill_cpusets(host->v1[c], top, fd);
                if (r < 0)
                        return r;
        }
        return TAKE_FD(fd);
}

int cgroup_make(const char *zone, unsigned wanted, struct cgroup *ret, unsigned *ret_missing,
                struct error *err)
{
        const struct cgroup_host *host = cgroup_host();
        char name[NAME_MAX + 1];
        int r = folder_name(zone, name, err);

        cgroup_init(ret);
        *ret_missing = 0;
        if (r < 0)
                return r;
        if (host->v2[0]) {
                ret->v2 = make_group(host->v2, name);
                if (ret->v2 < 0)
                        return error_errno(err, ret->v2, "cgroup %s/%s/%s", host->v2, FOLDER, name);
                ret->v2_controllers = enable_v2(host, wanted);
        } else if (host->v1[CG_PIDS][0]) {
                wanted |= 1u << CG_PIDS; /* some group has to say which processes are the zone's */
        }
        for (int i = 0; i < CG_CONTROLLERS; i++) {
                if (!(wanted & 1u << i) || (ret->v2_controllers & 1u << i))
                        continue;
                if (!host->v1[i][0]) {
                        *ret_missing |= 1u << i;
                        continue;
                }
                ret->v1[i] = make_v1(host, i, name);
                if (ret->v1[i] < 0) {
                        r = error_errno(err, ret->v1[i], "cgroup %s/%s/%s", host->v1[i], FOLDER, name);
                        cgroup_close(ret);
                        return r;
                }
        }
        return 0;
}

bool cgroup_possible(void)
{
        return cgroup_host()->v2[0] || cgroup_host()->v1[CG_PIDS][0];
}

static int open_group(const char *mount, const char *name)
{
        _cleanup_close_ int top = mount[0] ? open_top(mount, false) : -ENOENT;

        return top < 0 ? top : open_dir(top, name);
}

int cgroup_open(const char *zone, struct cgroup *ret, struct error *err)
{
        const struct cgroup_host *host = cgroup_host();
        char name[NAME_MAX + 1];
        bool any;
        int r = folder_name(zone, name, err);

        cgroup_init(ret);
        if (r < 0)
                return r;
        ret->v2 = open_group(host->v2, name);
        any = ret->v2 >= 0;
        for (int i = 0; i < CG_CONTROLLERS; i++) {
                ret->v1[i] = open_group(host->v1[i], name);
                any = any || ret->v1[i] >= 0;
        }
        if (ret->v2 >= 0) {
                _cleanup_free_ char *have = NULL;

                if (fs_read_at(ret->v2, "cgroup.controllers", 4096, &have, NULL) == 0)
                        for (int i = 0; i < CG_CONTROLLERS; i++)
                                if (has_word(have, NAMES[i].v2, " \n"))
                                        ret->v2_controllers |= 1u << i;
        }
        return any ? 0 : error_set(err, ENOENT, "zone %s has no cgroup", zone);
}

void cgroup_close(struct cgroup *cg)
{
        cleanup_close(&cg->v2);
        for (int i = 0; i < CG_CONTROLLERS; i++)
                cleanup_close(&cg->v1[i]);
}

int cgroup_dir(const struct cgroup *cg, enum controller c)
{
        return cg->v2_controllers & 1u << c ? cg->v2 : cg->v1[c];
}

/* Calls f for each process in the group; returns how many there are, or the first failure. */
static int each_process(int dir, int (*f)(int dir, pid_t pid, const void *arg), const void *arg)
{
        _cleanup_free_ char *text = NULL;
        int n = 0, r = fs_read_at(dir, "cgroup.procs", MAX_PROCS, &text, NULL);
        char *p = text, *end;

        if (r < 0)
                return r;
        for (;; n++) {
                long pid = strtol(p, &end, 10);

                if (end == p || pid <= 0)
                        return n;
                p = end;
                r = f(dir, (pid_t)pid, arg);
                if (r < 0)
                        return r;
        }
}

/* Moving a process takes the kernel 10 ms and more, even to where it is already. */
static bool is_member(int dir, const char *pid)
{
        _cleanup_free_ char *members = NULL;

        return fs_read_at(dir, "cgroup.procs", MAX_PROCS, &members, NULL) == 0 &&
               has_word(members, pid, "\n");
}

static int join_one(int dir, pid_t pid, const void *arg)
{
        const struct cgroup *cg = arg;
        char text[16];

        (void)dir;
        snprintf(text, sizeof(text), "%d", (int)pid);
        for (int i = 0; i < CG_CONTROLLERS; i++) {
                bool there = cg->v1[i] < 0 || is_member(cg->v1[i], text);
                int r = there ? 0 : write_file(cg->v1[i], "cgroup.procs", text);

                if (r < 0 && r != -ESRCH)
                        return r;
        }
        return 0;
}

int cgroup_join_all(const struct cgroup *cg, struct error *err)
{
        int from = cg->v2 >= 0 ? cg->v2 : cg->v1[CG_PIDS];
        int r = from < 0 ? -ENOENT : each_process(from, join_one, cg);

        return r < 0 ? error_errno(err, r, "joining cgroups") : 0;
}

static int is_process(int dir, pid_t pid, const void *arg)
{
        (void)dir;
        return pid == *(const pid_t *)arg ? -EEXIST : 0;
}

/* By pidfd, and only if the process is still listed once we hold on to it: a number may have a new owner. */
static int kill_one(int dir, pid_t pid, const void *arg)
{
        _cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);

        (void)arg;
        if (fd >= 0 && each_process(dir, is_process, &pid) == -EEXIST)
                (void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
        return 0;
}

static int kill_group(int dir)
{
        int r = write_file(dir, "cgroup.kill", "1");

        /* Kernels before 5.14 and version 1 have no such file. */
        if (r == -ENOENT || r == -EACCES || r == -EPERM) {
                r = each_process(dir, kill_one, NULL);
                r = r > 0 ? 0 : r;
        }
        return r;
}

static void kill_helpers(const char *zone)
{
        char name[NAME_MAX + 1];
        _cleanup_close_ int dir = helpers_name(zone, name) < 0 ? -1 : open_group(cgroup_host()->v2, name);

        if (dir >= 0)
                kill_group(dir);
}

int cgroup_kill(const char *zone, struct error *err)
{
        struct cgroup cg;
        int r = cgroup_open(zone, &cg, NULL);

        kill_helpers(zone);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return error_errno(err, r, "cgroup of zone %s", zone);
        if (cg.v2 >= 0)
                r = kill_group(cg.v2);
        for (int i = 0; i < CG_CONTROLLERS; i++)
                if (r == 0 && cg.v1[i] >= 0)
                        r = kill_group(cg.v1[i]);
        cgroup_close(&cg);
        return r < 0 ? error_errno(err, r, "killing zone %s", zone) : 0;
}

static int remove_group(const char *mount, const char *name, int *budget_ms)
{
        const struct timespec nap = {.tv_nsec = 1000000};
        _cleanup_close_ int root = mount[0] ? open_dir(AT_FDCWD, mount) : -ENOENT;
        _cleanup_close_ int top = root < 0 ? root : open_dir(root, FOLDER);

        if (top < 0)
                return top == -ENOENT ? 0 : top;
        while (unlinkat(top, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
                if (errno != EBUSY || (*budget_ms)-- <= 0)
                        return -errno;
                nanosleep(&nap, NULL);
        }
        /* Fails while another zone is in it, as it should. */
        (void)unlinkat(root, FOLDER, AT_REMOVEDIR);
        return 0;
}

int cgroup_remove(const char *zone, int timeout_ms, struct error *err)
{
        const struct cgroup_host *host = cgroup_host();
        char name[NAME_MAX + 1];
        int first, r = folder_name(zone, name, err);

        if (r < 0)
                return r;
        first = remove_group(host->v2, name, &timeout_ms);
        for (int i = 0; i < CG_CONTROLLERS; i++) {
                r = remove_group(host->v1[i], name, &timeout_ms);
                if (first == 0)
                        first = r;
        }
        r = helpers_name(zone, name);
        if (r == 0)
                r = remove_group(host->v2, name, &timeout_ms);
        if (first == 0)
                first = r;
        return first < 0 ? error_errno(err, first, "removing the cgroups of zone %s", zone) : 0;
}

int jail_helpers(const char *zone, struct error *err)
{
        const struct cgroup_host *host = cgroup_host();
        char name[NAME_MAX + 1];
        int fd = helpers_name(zone, name);

        if (fd == 0)
                fd = host->v2[0] ? make_group(host->v2, name) : -EOPNOTSUPP;
        return fd < 0 ? error_errno(err, fd, "cgroup of the zone's helpers in the unified hierarchy") : fd;
}

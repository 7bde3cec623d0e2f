/* The run-time record of a zone, /run/zones/NAME.state; see runstate.h. */
#include "runstate/runstate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/strv.h"

#define RECORD_MAX 4096 /* a record is about 300 bytes; more is not ours */
#define SUFFIX     ".state"

static int record_name(const char *zone, char *buf, size_t size)
{
        int n = snprintf(buf, size, "%s" SUFFIX, zone);

        return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* The id of this boot of the host: records of an earlier one describe processes that cannot exist. */
static void read_boot_id(char ret[UUID_TEXT])
{
        _cleanup_free_ char *text = NULL;

        ret[0] = '\0';
        if (fs_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 128, &text, NULL) < 0)
                return;
        snprintf(ret, UUID_TEXT, "%.36s", text);
}

unsigned long long process_start(pid_t pid)
{
        _cleanup_free_ char *text = NULL;
        char path[64];
        const char *p;

        snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        if (fs_read_at(AT_FDCWD, path, 4096, &text, NULL) < 0)
                return 0;
        /* Field 2 is the command in parentheses and may hold anything: count from the last one. */
        p = strrchr(text, ')');
        for (int field = 2; p && field < 22; field++) {
                p = strchr(p + 1, ' ');
        }
        return p ? strtoull(p + 1, NULL, 10) : 0;
}

/* A process that has exited but not been waited for still has a stat file: Z and X are not alive. */
static bool process_runs(pid_t pid)
{
        _cleanup_free_ char *text = NULL;
        char path[64];
        const char *p;

        snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        if (fs_read_at(AT_FDCWD, path, 4096, &text, NULL) < 0)
                return false;
        p = strrchr(text, ')');
        return p && p[1] == ' ' && p[2] != 'Z' && p[2] != 'X';
}

static void take_text(json_t *object, const char *key, char *buf, size_t size)
{
        const char *text = json_string_value(json_object_get(object, key));

        snprintf(buf, size, "%s", text ? text : "");
}

/* A number within its bounds; an absent one is 0.  A pid cut to 32 bits would be somebody else's. */
static bool take_number(json_t *object, const char *key, json_int_t max, json_int_t *ret)
{
        *ret = json_integer_value(json_object_get(object, key));
        return *ret >= 0 && *ret <= max;
}

static bool take_numbers(json_t *object, struct runstate *ret)
{
        json_int_t id, pid, start, uid, tpm_pid, tpm_start;

        if (!take_number(object, "id", INT_MAX, &id) || !take_number(object, "pid", INT_MAX, &pid) ||
            !take_number(object, "start", INT64_MAX, &start) ||
            !take_number(object, "uid", UINT32_MAX, &uid) ||
            !take_number(object, "tpm_pid", INT_MAX, &tpm_pid) ||
            !take_number(object, "tpm_start", INT64_MAX, &tpm_start))
                return false;
        ret->id = (unsigned)id;
        ret->pid = (pid_t)pid;
        ret->start = (unsigned long long)start;
        ret->uid = (uid_t)uid;
        ret->tpm_pid = (pid_t)tpm_pid;
        ret->tpm_start = (unsigned long long)tpm_start;
        return true;
}

/* Words of an engine, perhaps cut in the middle of a character: JSON takes nothing that is not UTF-8. */
static json_t *text_value(const char *text)
{
        json_t *value = json_string(text);
        char plain[sizeof(((struct runstate *)NULL)->reason)];

        if (value)
                return value;
        snprintf(plain, sizeof(plain), "%s", text);
        for (char *p = plain; *p; p++)
                if ((unsigned char)*p >= 0x80)
                        *p = '?';
        return json_string(plain);
}

static int record_parse(const char *text, size_t len, struct runstate *ret)
{
        json_t *object = json_loadb(text, len, 0, NULL);
        char state[32];
        int r = -EBADMSG;

        if (!json_is_object(object))
                goto out;
        *ret = (struct runstate){0};
        take_text(object, "state", state, sizeof(state));
        if (zone_state_parse(state) < 0)
                goto out;
        ret->state = (enum zone_state)zone_state_parse(state);
        if (!take_numbers(object, ret))
                goto out;
        take_text(object, "aux", ret->aux, sizeof(ret->aux));
        take_text(object, "boot_id", ret->boot_id, sizeof(ret->boot_id));
        take_text(object, "reason", ret->reason, sizeof(ret->reason));
        take_text(object, "cpus", ret->cpus, sizeof(ret->cpus));
        r = 0;
out:
        json_decref(object);
        return r;
}

int runstate_load(const struct root *root, const char *zone, struct runstate *ret)
{
        _cleanup_close_ int dir = root_open_dir(root, ZONES_RUN, NULL);
        _cleanup_free_ char *text = NULL;
        char name[NAME_MAX + 1], boot_id[UUID_TEXT];
        size_t len;
        int r;

        if (dir < 0)
                return dir;
        r = record_name(zone, name, sizeof(name));
        if (r == 0)
                r = fs_read_at(dir, name, RECORD_MAX, &text, &len);
        if (r == 0)
                r = record_parse(text, len, ret);
        if (r < 0)
                return r;
        read_boot_id(boot_id);
        return strcmp(boot_id, ret->boot_id) == 0 ? 0 : -ENOENT;
}

int runstate_save(const struct root *root, const char *zone, const struct runstate *rs, struct error *err)
{
        _cleanup_close_ int dir = root_make_dir(root, ZONES_RUN, 0700, err);
        _cleanup_free_ char *text = NULL;
        char name[NAME_MAX + 1], boot_id[UUID_TEXT];
        json_t *object;
        int r;

        if (dir < 0)
                return dir;
        r = record_name(zone, name, sizeof(name));
        if (r < 0)
                return error_errno(err, r, "%s", zone);
        read_boot_id(boot_id);
        object = json_pack("{s:s, s:s, s:i, s:I, s:I, s:I, s:s, s:o, s:s, s:I, s:I}", "state",
                           zone_state_name(rs->state), "aux", rs->aux, "id", (int)rs->id, "pid",
                           (json_int_t)rs->pid, "start", (json_int_t)rs->start, "uid", (json_int_t)rs->uid,
                           "boot_id", boot_id, "reason", text_value(rs->reason), "cpus", rs->cpus, "tpm_pid",
                           (json_int_t)rs->tpm_pid, "tpm_start", (json_int_t)rs->tpm_start);
        text = object ? json_dumps(object, JSON_COMPACT) : NULL;
        json_decref(object);
        if (!text)
                return error_nomem(err);
        r = fs_replace_volatile_at(dir, name, text, strlen(text), 0600);
        return r < 0 ? error_errno(err, r, "%s%s/%s", root->path, ZONES_RUN, name) : 0;
}

int runstate_remove(const struct root *root, const char *zone)
{
        _cleanup_close_ int dir = root_open_dir(root, ZONES_RUN, NULL);
        char name[NAME_MAX + 1];

        if (dir < 0)
                return dir == -ENOENT ? 0 : dir;
        if (record_name(zone, name, sizeof(name)) < 0)
                return -ENAMETOOLONG;
        return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

bool runstate_alive(const struct runstate *rs, int *ret_pidfd)
{
        _cleanup_close_ int pidfd = -1;

        if (rs->pid <= 0)
                return false;
        /* The pidfd first, the check after it: then the pid cannot change hands in between. */
        pidfd = (int)syscall(SYS_pidfd_open, rs->pid, 0);
        if (pidfd < 0 || process_start(rs->pid) != rs->start || !process_runs(rs->pid))
                return false;
        if (ret_pidfd)
                *ret_pidfd = TAKE_FD(pidfd);
        return true;
}

enum zone_state runstate_current(const struct root *root, const char *zone, enum zone_state index_state,
                                 struct runstate *ret)
{
        struct runstate rs = {0};

        if (runstate_load(root, zone, &rs) < 0)
                return index_state;
        if (ret)
                *ret = rs;
        /* pid 0: the platform is only being made.  A dead process: not cleaned up yet. */
        if (rs.pid == 0)
                return index_state;
        return runstate_alive(&rs, NULL) ? rs.state : ZONE_DOWN;
}

int runstate_new_id(const struct root *root, unsigned *ret_id, struct error *err)
{
        _cleanup_close_ int dir = root_make_dir(root, ZONES_RUN, 0700, err), lock = -1;
        _cleanup_free_ char *text = NULL;
        char line[64], boot_id[UUID_TEXT], known[UUID_TEXT] = "";
        unsigned id = 0;
        int r;

        if (dir < 0)
                return dir;
        lock = fs_lock_at(dir, "zoneid.lock", 5000);
        if (lock < 0)
                return error_errno(err, lock, "%s%s/zoneid.lock", root->path, ZONES_RUN);
        read_boot_id(boot_id);
        if (fs_read_at(dir, "zoneid", sizeof(line), &text, NULL) == 0 &&
            (sscanf(text, "%u %36s", &id, known) != 2 || strcmp(known, boot_id) != 0))
                id = 0;
        id++;
        snprintf(line, sizeof(line), "%u %s\n", id, boot_id);
        r = fs_replace_volatile_at(dir, "zoneid", line, strlen(line), 0600);
        if (r < 0)
                return error_errno(err, r, "%s%s/zoneid", root->path, ZONES_RUN);
        *ret_id = id;
        return 0;
}

int runstate_list(const struct root *root, char ***ret)
{
        int fd = root_open_dir(root, ZONES_RUN, NULL);
        struct strv names = {0};
        struct dirent *entry;
        DIR *dir;

        if (fd < 0 && fd != -ENOENT)
                return fd;
        dir = fd >= 0 ? fdopendir(fd) : NULL;
        while (dir && (entry = readdir(dir))) {
                size_t n = strlen(entry->d_name), suffix = strlen(SUFFIX);

                if (n > suffix && entry->d_name[0] != '.' && strcmp(entry->d_name + n - suffix, SUFFIX) == 0)
                        strv_addf(&names, "%.*s", (int)(n - suffix), entry->d_name);
        }
        if (dir)
                closedir(dir);
        if (!names.v)
                names.v = calloc(1, sizeof(*names.v));
        if (names.failed || !names.v) {
                strv_free(&names);
                return -ENOMEM;
        }
        *ret = names.v;
        return 0;
}

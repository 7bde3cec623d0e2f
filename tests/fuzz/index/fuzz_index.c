/*
 * The index in any state: it loads, each of its zones can be found, and changes leave the lines of others as
 * they are.  It is kept in a scratch folder, in memory where the host has /dev/shm.
 */
#include "../fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/tree.h"
#include "config/index.h"

#define UUID "6f0c4b4e-1d8f-4d1b-9a53-1c1f4e0a7d11"

static struct root root;
static int etc = -1;

static void remove_scratch(void)
{
        tree_remove_at(AT_FDCWD, root.path, NULL);
}

static void make_scratch(void)
{
        char path[PATH_MAX];
        const char *base = getenv("TMPDIR");

        if (!base)
                base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(path, sizeof(path), "%.1000s/apiary-fuzz.XXXXXX", base);
        if (!mkdtemp(path) || root_set(&root, path, NULL) < 0) {
                perror(path);
                exit(1);
        }
        atexit(remove_scratch);
        etc = root_make_dir(&root, ZONES_ETC, 0755, NULL);
        if (etc < 0)
                exit(1);
}

static void write_index(const uint8_t *data, size_t size)
{
        int fd = openat(etc, "index", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        if (fd < 0 || fs_write_all(fd, data, size) < 0)
                exit(1);
        close(fd);
}

static bool of_zone(const char *line, size_t len, const char *name)
{
        size_t n = strlen(name);

        return len > n && memcmp(line, name, n) == 0 && line[n] == ':';
}

/* The next line that is not of either zone; false at the end. */
static bool next_other(const char **p, const char *end, const char *a, const char *b, const char **ret,
                       size_t *ret_len)
{
        while (*p < end) {
                const char *nl = memchr(*p, '\n', (size_t)(end - *p));

                *ret = *p;
                *ret_len = (size_t)((nl ? nl : end) - *p);
                *p = nl ? nl + 1 : end;
                if (!of_zone(*ret, *ret_len, a) && !of_zone(*ret, *ret_len, b))
                        return true;
        }
        return false;
}

/* All lines but those of zones a and b are what they were; an empty index has got its line for global. */
static void check_others(const char *old, size_t old_len, const char *a, const char *b)
{
        const char *fresh = "global:installed:/\n", *p, *q, *x, *y;
        char *now = NULL;
        size_t len, n, m;
        bool more;

        CLAIM(fs_read_at(etc, "index", 1 << 20, &now, &len) == 0, "the index is gone");
        p = old_len ? old : fresh;
        old_len = old_len ? old_len : strlen(fresh);
        for (const char *end = p + old_len, *now_end = (q = now) + len;;) {
                more = next_other(&p, end, a, b, &x, &n);
                CLAIM(next_other(&q, now_end, a, b, &y, &m) == more, "lines lost or made:\n%s", now);
                if (!more)
                        break;
                CLAIM(n == m && memcmp(x, y, n) == 0, "a line of another zone changed:\n%s", now);
        }
        free(now);
}

/* A zone of the index is moved, renamed and removed. */
static void check_changes(const uint8_t *data, size_t size, const char *name)
{
        const char *path = "/zones/a:b";
        struct index_entry e = {0};
        struct error err = {0};
        int r;

        r = index_modify(&root, name, ZONE_INSTALLED, path, NULL, NULL, &err);
        CLAIM(r == 0 || !zone_name_valid(name), "%s", err.text);
        check_others((const char *)data, size, name, name);
        if (r == 0) {
                CLAIM(index_lookup(&root, name, &e, &err) == 0, "%s", err.text);
                CLAIM(e.state == ZONE_INSTALLED && strcmp(e.path, path) == 0 && uuid_valid(e.uuid),
                      "%s: not what was set", name);
                index_entry_clear(&e);
        }
        if (index_modify(&root, name, -1, NULL, UUID, "renamed-by-fuzz", NULL) == 0) {
                CLAIM(index_lookup(&root, "renamed-by-fuzz", &e, &err) == 0, "%s", err.text);
                index_entry_clear(&e);
        }
        check_others((const char *)data, size, name, "renamed-by-fuzz");
        CLAIM(index_remove(&root, name, &err) == 0, "%s", err.text);
        CLAIM(index_remove(&root, "renamed-by-fuzz", &err) == 0, "%s", err.text);
        check_others((const char *)data, size, name, "renamed-by-fuzz");
        CLAIM(index_lookup(&root, name, &e, NULL) < 0, "%s is still there", name);
}

static void check_add(const uint8_t *data, size_t size)
{
        struct index_entry e = {0};
        struct error err = {0};

        if (index_add(&root, "added", ZONE_CONFIGURED, "/zones/added", NULL, NULL) < 0)
                return;
        check_others((const char *)data, size, "added", "added");
        CLAIM(index_lookup(&root, "added", &e, &err) == 0, "%s", err.text);
        CLAIM(strcmp(e.path, "/zones/added") == 0, "%s", e.path);
        index_entry_clear(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct index index;
        struct error err = {0};

        if (etc < 0)
                make_scratch();
        if (size > 16384)
                return 0;
        write_index(data, size);
        CLAIM(index_load(&root, &index, &err) == 0, "%s", err.text);
        for (size_t i = 0; i < index.n; i++) {
                struct index_entry e = {0};

                CLAIM(index_lookup(&root, index.entry[i].name, &e, &err) == 0, "%s", err.text);
                index_entry_clear(&e);
                if (!index.entry[i].uuid[0])
                        continue;
                CLAIM(index_lookup_uuid(&root, index.entry[i].uuid, &e, &err) == 0, "%s", err.text);
                index_entry_clear(&e);
        }
        check_add(data, size);
        write_index(data, size);
        if (index.n > 0)
                check_changes(data, size, index.entry[index.n - 1].name);
        index_free(&index);
        return 0;
}

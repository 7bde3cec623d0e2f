/* See support.h. */
#include "support.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"

char *data_file(const char *name)
{
        char path[512], *text;

        snprintf(path, sizeof(path), "%s/%s", DATA_DIR, name);
        assert_int_equal(fs_read_at(AT_FDCWD, path, 1 << 20, &text, NULL), 0);
        return text;
}

struct config *parse(const char *xml)
{
        struct error err = {0};
        struct config *cfg = NULL;

        if (config_parse_xml(xml, strlen(xml), "test", &cfg, &err) < 0)
                fail_msg("%s", err.text);
        return cfg;
}

void make_root(struct root *root)
{
        char dir[] = "/tmp/apiary-unit.XXXXXX";

        assert_non_null(mkdtemp(dir));
        assert_int_equal(root_set(root, dir, NULL), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

void drop_root(struct root *root)
{
        nftw(root->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void put_file(const struct root *root, const char *dir, const char *name, const char *text)
{
        int fd = root_make_dir(root, dir, 0755, NULL);

        assert_true(fd >= 0);
        assert_int_equal(fs_replace_volatile_at(fd, name, text, strlen(text), 0644), 0);
        close(fd);
}

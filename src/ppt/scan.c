/* Reads what sysfs says about PCI devices. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "ppt/ppt.h"

#define MAX_DEVICES 4096
#define MAX_VALUE   64   /* bytes of an attribute of sysfs that we read */
#define HEADER_TYPE 0x0e /* where it is in configuration space (PCI Local Bus 3.0, 6.1) */

static int read_hex(int dir, const char *name, unsigned long *ret)
{
        _cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
        char text[MAX_VALUE], *end;
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = read(fd, text, sizeof(text) - 1);
        if (n < 0)
                return -errno;
        text[n] = '\0';
        *ret = strtoul(text, &end, 16);
        return end == text || (*end && *end != '\n') ? -EBADMSG : 0;
}

/* The header type, whose highest bit says only that the device has several functions. */
static int read_header(int dir, uint8_t *ret)
{
        _cleanup_close_ int fd = openat(dir, "config", O_RDONLY | O_CLOEXEC);
        uint8_t type;
        ssize_t n = fd < 0 ? -1 : pread(fd, &type, 1, HEADER_TYPE);

        if (n < 0)
                return -errno;
        *ret = type & 0x7f;
        return n == 1 ? 0 : -EBADMSG;
}

/* The last part of where a link leads, "" if there is no link; a longer one is cut, not taken for none. */
static int read_link(int dir, const char *name, char *buf, size_t size)
{
        char target[PATH_MAX];
        ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);
        const char *last;

        *buf = '\0';
        if (n < 0)
                return errno == ENOENT ? 0 : -errno;
        target[n] = '\0';
        last = strrchr(target, '/');
        last = last ? last + 1 : target;
        n = (ssize_t)strnlen(last, size - 1);
        memcpy(buf, last, (size_t)n);
        buf[n] = '\0';
        return 0;
}

static int read_device(int devices, const char *address, struct ppt *ret, struct error *err)
{
        _cleanup_close_ int dir = openat(devices, address, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        static const char *const names[] = {"vendor",           "device",   "subsystem_vendor",
                                            "subsystem_device", "revision", "class"};
        unsigned long value[ARRAY_SIZE(names)];
        char driver[sizeof(ret->driver)] = "", group[16] = "", *end;
        uint8_t header = 0;
        int r = dir < 0 ? -errno : 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
                r = read_hex(dir, names[i], &value[i]);
        if (r == 0)
                r = read_header(dir, &header);
        if (r == 0)
                r = read_link(dir, "driver", driver, sizeof(driver));
        if (r == 0)
                r = read_link(dir, "iommu_group", group, sizeof(group));
        /* A device may be unplugged while we look. */
        if (r < 0)
                return r == -ENOENT || r == -ENODEV ? 0 : error_errno(err, r, "PCI device %s", address);
        *ret = (struct ppt){.vendor = (uint16_t)value[0],
                            .device = (uint16_t)value[1],
                            .subvendor = (uint16_t)value[2],
                            .subdevice = (uint16_t)value[3],
                            .revision = (uint8_t)value[4],
                            .class = (uint32_t)value[5],
                            .header = header,
                            .group = -1,
                            .number = -1};
        memcpy(ret->address, address, strlen(address) + 1);
        memcpy(ret->driver, driver, sizeof(driver));
        if (isdigit((unsigned char)*group)) {
                unsigned long n = strtoul(group, &end, 10);

                if (*end == '\0' && n <= INT_MAX)
                        ret->group = (int)n;
        }
        return 1;
}

static int by_address(const void *a, const void *b)
{
        const struct ppt *x = a, *y = b;
        size_t nx = strlen(x->address), ny = strlen(y->address);

        /* A domain of five digits comes after all of four. */
        return nx != ny ? (nx < ny ? -1 : 1) : strcmp(x->address, y->address);
}

static int add(struct ppts *list, const struct ppt *dev, struct error *err)
{
        struct ppt *grown = reallocarray(list->v, list->n + 1, sizeof(*grown));

        if (!grown)
                return error_nomem(err);
        list->v = grown;
        list->v[list->n++] = *dev;
        return 0;
}

static bool is_address(const char *name)
{
        return strlen(name) < PPT_ADDRESS_MAX && strspn(name, "0123456789abcdef:.") == strlen(name) &&
               strchr(name, ':');
}

int ppt_scan(int sysfs, struct ppts *ret, struct error *err)
{
        int fd = openat(sysfs, "bus/pci/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        struct ppts list = {0};
        struct dirent *e;
        DIR *dir;

        *ret = (struct ppts){0};
        if (fd < 0)
                return errno == ENOENT ? 0 : error_errno(err, errno, "/sys/bus/pci/devices");
        dir = fdopendir(fd);
        if (!dir) {
                close(fd);
                return error_nomem(err);
        }
        while (r >= 0 && (e = readdir(dir))) {
                struct ppt dev;

                if (!is_address(e->d_name))
                        continue;
                r = list.n >= MAX_DEVICES ? error_set(err, E2BIG, "more than %d PCI devices", MAX_DEVICES)
                                          : read_device(fd, e->d_name, &dev, err);
                if (r > 0)
                        r = add(&list, &dev, err);
        }
        closedir(dir);
        if (r < 0) {
                ppts_free(&list);
                return r;
        }
        if (list.n > 0)
                qsort(list.v, list.n, sizeof(*list.v), by_address);
        *ret = list;
        return 0;
}

void ppts_free(struct ppts *list)
{
        free(list->v);
        *list = (struct ppts){0};
}

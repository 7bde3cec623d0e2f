/*
 * Making a disk larger than it is, in every way that the kernel has: its size, or what it takes of the file
 * system behind its end.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEYOND (64ll << 20) /* where the disk of the test has long ended */
#define MUCH   (4ll << 20)

static int outcome(long r)
{
        return r < 0 ? errno : 0;
}

static int allocate(int mode)
{
        return outcome(fallocate(DISK_NUMBER, mode, BEYOND, MUCH));
}

static int write_beyond(void)
{
        return outcome(pwrite(DISK_NUMBER, "x", 1, BEYOND));
}
static int truncate_up(void)
{
        return outcome(ftruncate(DISK_NUMBER, BEYOND));
}
static int allocate_beyond(void)
{
        return allocate(0);
}
static int allocate_unseen(void)
{
        return allocate(FALLOC_FL_KEEP_SIZE);
}
static int zero_beyond(void)
{
        return allocate(FALLOC_FL_ZERO_RANGE);
}
static int zero_unseen(void)
{
        return allocate(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE);
}
static int insert(void)
{
        return outcome(fallocate(DISK_NUMBER, FALLOC_FL_INSERT_RANGE, 0, MUCH));
}
static int write_within(void)
{
        return outcome(pwrite(DISK_NUMBER, "x", 1, 0));
}
static int punch_hole(void)
{
        return outcome(fallocate(DISK_NUMBER, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
}
static int zero_within(void)
{
        return outcome(fallocate(DISK_NUMBER, FALLOC_FL_ZERO_RANGE, 0, 4096));
}
static int allocate_within(void)
{
        return outcome(fallocate(DISK_NUMBER, 0, 0, 4096));
}

const struct attempt DISK_ATTEMPTS[] = {
    {"disk-write-within", write_within, false},
    {"disk-punch-hole", punch_hole, false},
    {"disk-zero-within", zero_within, false},
    {"disk-allocate-within", allocate_within, false},
    {"disk-write-beyond", write_beyond, false},
    {"disk-truncate-up", truncate_up, false},
    {"disk-allocate-beyond", allocate_beyond, false},
    {"disk-allocate-unseen", allocate_unseen, false},
    {"disk-zero-beyond", zero_beyond, false},
    {"disk-zero-unseen", zero_unseen, false},
    {"disk-insert", insert, false},
    {0},
};

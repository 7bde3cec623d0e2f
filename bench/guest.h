/*
 * What the benchmarks that boot the boot-sector guest share: a zone started, its console, the first byte that
 * the guest says, and the size of a process.  A benchmark that cannot go on says why and exits 1.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/root.h"

_Noreturn void guest_die(const char *what);

/* In a child: notices and the engine's remarks are not what is measured. */
void guest_quiet(void);

/* Runs `zoneadm -R ROOT -z ZONE VERB`; without `wait` the caller reaps it. */
void guest_zoneadm(const struct root *root, const char *zone, const char *verb, bool wait);

/* Boots an installed zone: milliseconds from the exec of zoneadm to the guest's first byte; the console is
 * the caller's to close. */
double guest_boot_zone(const struct root *root, const char *zone, int *ret_console);

/* Reads a serial line until the guest's first byte; notices, [LIKE THIS], are zoneadmd's. */
void guest_await_letter(int fd);

/* The process at the other end of a socket, and the proportional set size of a process in KiB. */
pid_t guest_peer(int fd);
long guest_pss_kib(pid_t pid);

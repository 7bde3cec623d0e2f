/*
 * Sizes as zone tools write them (zones-tools.md 6 and 1.11): a number, fractions allowed, optional blanks,
 * then K, M, G or T in either case, powers of 1024.  The numbers are bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* "1.5G" to bytes; a bare number is bytes.  -EINVAL, -ERANGE. */
int size_parse(const char *text, uint64_t *ret_bytes);

/*
 * As bhyve -m reads it: digits, after 0x hexadecimal and after another 0 octal ones, and at most one of b k m
 * g t p e in either case, with a b behind it or not (2gb); without a letter, a number below 1 MiB means MiB.
 * -EINVAL, -ERANGE.
 */
int size_parse_ram(const char *text, uint64_t *ret_bytes);

/* Bytes to the form that info prints: "1.5G", "512M", "1000"; rounded as zonecfg rounds.  buf >= 24. */
void size_format(uint64_t bytes, char *buf, size_t size);

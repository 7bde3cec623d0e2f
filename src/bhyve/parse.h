/* Between the files of the option parser.  Functions return 0 or the exit status of bhyve(8). */
#pragma once

#include "bhyve/bhyve.h"

/* Sets and turns a failure into the status: a name that cannot be set is a bad value. */
int parse_set(struct bconf *c, struct error *err, const char *value, const char *name_fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Records the text and returns the status. */
int parse_fail(struct error *err, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "k=v,flag,.." below a node: flag becomes k=true; empty words are skipped.  NULL is no options. */
int parse_words(struct bconf *c, const char *node, const char *words, struct error *err);

int parse_slot(struct bconf *c, const char *arg, struct error *err);   /* -s */
int parse_lpc(struct bconf *c, const char *arg, struct error *err);    /* -l */
int parse_smbios(struct bconf *c, const char *arg, struct error *err); /* -B */
int parse_cpus(struct bconf *c, const char *arg, struct error *err);   /* -c */
int parse_gdb(struct bconf *c, const char *arg, struct error *err);    /* -G */
int parse_fwcfg(struct bconf *c, const char *arg, struct error *err);  /* -f */
int parse_pin(struct bconf *c, const char *arg, struct error *err);    /* -p */
int parse_numa(struct bconf *c, const char *arg, struct error *err);   /* -n */
int parse_variable(struct bconf *c, const char *arg);                  /* -o; -EINVAL, -ENOMEM */
int parse_device(struct bconf *c, const char *node, const char *device, const char *words, struct error *err);
bool device_known(const char *device);

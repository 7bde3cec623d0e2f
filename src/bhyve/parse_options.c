/* Options with a grammar of their own: -B, -c, -f, -G, -l, -n, -p. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "bhyve/parse.h"

/* ---- -B -------------------------------------------------------------------------------------------------
 */

struct smbios_word {
        const char *word; /* as -B spells it */
        const char *key;  /* as the tree spells it */
        const char *types;
};

static const struct smbios_word smbios_words[] = {
    {"manufacturer", "manufacturer", "123"},
    {"product", "product_name", "12"},
    {"version", "version", "0123"},
    {"serial", "serial_number", "123"},
    {"sku", "sku", "13"},
    {"family", "family_name", "1"},
    {"vendor", "vendor", "0"},
    {"date", "release_date", "0"},
    {"asset", "asset_tag", "23"},
    {"location", "location", "2"},
};
static const char *const smbios_nodes[] = {"bios", "system", "board", "chassis"};

static int set_smbios(struct bconf *c, char type, const char *word, size_t len, struct error *err)
{
        const char *eq = memchr(word, '=', len);
        _cleanup_free_ char *value = NULL;
        size_t key;

        if (!eq)
                return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid SMBIOS configuration: '%.*s'", (int)len,
                                  word);
        key = (size_t)(eq - word);
        value = strndup(eq + 1, len - key - 1);
        if (!value)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");

        if (type == '1' && key == 4 && memcmp(word, "uuid", 4) == 0)
                return bconf_get(c, "uuid") ? 0 : parse_set(c, err, value, "uuid");
        for (size_t i = 0; i < ARRAY_SIZE(smbios_words); i++) {
                const struct smbios_word *w = &smbios_words[i];

                if (strlen(w->word) == key && memcmp(w->word, word, key) == 0 && strchr(w->types, type))
                        return parse_set(c, err, value, "%s.%s", smbios_nodes[type - '0'], w->key);
        }
        return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid SMBIOS configuration: type %c has no '%.*s'",
                          type, (int)key, word);
}

int parse_smbios(struct bconf *c, const char *arg, struct error *err)
{
        char type = arg[0];

        if (type < '0' || type > '3' || arg[1] != ',')
                return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid SMBIOS configuration: '%s'", arg);
        for (const char *p = arg + 1; *p == ',';) {
                size_t len = strcspn(++p, ",");
                int r = len > 0 ? set_smbios(c, type, p, len, err)
                                : parse_fail(err, BHYVE_EXIT_BAD_VALUE,
                                             "invalid SMBIOS configuration: '%s': an empty word", arg);

                if (r != 0)
                        return r;
                p += len;
        }
        return 0;
}

/* ---- -c, -p, -n -----------------------------------------------------------------------------------------
 */

static int set_cpu_word(struct bconf *c, const char *word, size_t len, struct error *err)
{
        static const char *const keys[] = {"cpus", "sockets", "cores", "threads"};
        _cleanup_free_ char *text = strndup(word, len);
        char *eq;

        if (!text)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
        eq = strchr(text, '=');
        if (!eq)
                return parse_set(c, err, text, "cpus");
        *eq = '\0';
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (strcmp(text, keys[i]) == 0)
                        return parse_set(c, err, eq + 1, "%s", text);
        return -1;
}

int parse_cpus(struct bconf *c, const char *arg, struct error *err)
{
        static const char *const all[] = {"sockets", "cores", "threads", "cpus"};

        if (*arg == '\0') {
                for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
                        int r = parse_set(c, err, "1", "%s", all[i]);

                        if (r != 0)
                                return r;
                }
                return 0;
        }
        for (const char *p = arg; p;) {
                size_t len = strcspn(p, ",");
                int r = set_cpu_word(c, p, len, err);

                if (r < 0)
                        return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid cpu topology '%s'", arg);
                if (r > 0)
                        return r;
                p = p[len] ? p + len + 1 : NULL;
        }
        return 0;
}

int parse_pin(struct bconf *c, const char *arg, struct error *err)
{
        const char *rest = arg, *old;
        char key[32], list[256];
        uint64_t vcpu, host;

        if (!number_take(&rest, 0xffff, &vcpu) || *rest++ != ':' || !number_parse(rest, 4095, &host))
                return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid vcpu pinning '%s'", arg);
        snprintf(key, sizeof(key), "vcpu.%u.cpuset", (unsigned)vcpu);
        old = bconf_get(c, key);
        if ((size_t)snprintf(list, sizeof(list), "%s%s%u", str_empty(old), old ? "," : "", (unsigned)host) >=
            sizeof(list))
                return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "vcpu %u is pinned to too many cpus",
                                  (unsigned)vcpu);
        return parse_set(c, err, list, "%s", key);
}

int parse_numa(struct bconf *c, const char *arg, struct error *err)
{
        const char *rest = str_starts(arg, "id=") ? arg + 3 : "";
        char node[32];
        uint64_t id;

        if (!number_take(&rest, 255, &id) || (*rest != ',' && *rest != '\0'))
                return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid NUMA domain '%s'", arg);
        snprintf(node, sizeof(node), "domains.%u", (unsigned)id);
        return parse_words(c, node, rest, err);
}

/* ---- -f, -G, -l -----------------------------------------------------------------------------------------
 */

int parse_fwcfg(struct bconf *c, const char *arg, struct error *err)
{
        const char *name = str_starts(arg, "name=") ? arg + 5 : arg;
        size_t len = strcspn(name, ",");
        const char *source = name + len + (name[len] == ',');
        const char *key = str_starts(source, "string=") ? "string"
                          : str_starts(source, "file=") ? "file"
                                                        : NULL;
        _cleanup_free_ char *text = NULL;
        unsigned n = 0;
        int r;

        if (len == 0 || len > 55 || !key)
                return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid fwcfg item '%s'", arg);
        text = strndup(name, len);
        if (!text)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
        /* Names of items have dots and slashes, so the items are numbered. */
        while (bconf_getf(c, "fwcfg.%u.name", n))
                n++;
        r = parse_set(c, err, text, "fwcfg.%u.name", n);
        return r != 0 ? r : parse_set(c, err, strchr(source, '=') + 1, "fwcfg.%u.%s", n, key);
}

int parse_gdb(struct bconf *c, const char *arg, struct error *err)
{
        const char *colon;
        int r = 0;

        if (*arg == 'w') {
                r = parse_set(c, err, "true", "gdb.wait");
                arg++;
        }
        colon = strrchr(arg, ':');
        if (r == 0 && colon && colon > arg) {
                _cleanup_free_ char *address = strndup(arg, (size_t)(colon - arg));

                if (!address)
                        return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
                r = parse_set(c, err, address, "gdb.address");
        }
        return r != 0 ? r : parse_set(c, err, colon ? colon + 1 : arg, "gdb.port");
}

/* bootrom,FILE[,VARS] */
static int set_bootrom(struct bconf *c, const char *conf, struct error *err)
{
        size_t len = strcspn(conf, ",");
        _cleanup_free_ char *file = strndup(conf, len);
        int r;

        if (!file)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
        r = parse_set(c, err, file, "bootrom");
        if (r != 0 || conf[len] == '\0')
                return r;
        return parse_set(c, err, conf + len + 1, "bootvars");
}

/* tpm,TYPE,PATH[,version=V] */
static int set_tpm(struct bconf *c, const char *conf, struct error *err)
{
        size_t type_len = strcspn(conf, ",");
        const char *path = conf + type_len + (conf[type_len] == ',');
        size_t path_len = strcspn(path, ",");
        _cleanup_free_ char *type = strndup(conf, type_len), *name = strndup(path, path_len);
        int r;

        if (!type || !name)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
        r = parse_set(c, err, type, "tpm.type");
        if (r == 0)
                r = parse_set(c, err, name, "tpm.path");
        return r != 0 ? r : parse_words(c, "tpm", path + path_len, err);
}

int parse_lpc(struct bconf *c, const char *arg, struct error *err)
{
        const char *conf = strchr(arg, ',');

        if (strcmp(arg, "help") == 0)
                return BHYVE_ASK_LPC;
        if (strcmp(arg, "pc-testdev") == 0)
                return parse_set(c, err, "true", "lpc.pc-testdev");
        if (conf && conf[1] != '\0') {
                conf++;
                if (str_starts(arg, "bootrom,"))
                        return set_bootrom(c, conf, err);
                if (str_starts(arg, "tpm,"))
                        return set_tpm(c, conf, err);
                if (strcmp(arg, "fwcfg,bhyve") == 0 || strcmp(arg, "fwcfg,qemu") == 0)
                        return parse_set(c, err, conf, "lpc.fwcfg");
                if (str_starts(arg, "com") && arg[3] >= '1' && arg[3] <= '4' && arg[4] == ',')
                        return parse_set(c, err, conf, "lpc.com%c.path", arg[3]);
        }
        return parse_fail(err, BHYVE_EXIT_BAD_VALUE, "invalid lpc device configuration '%s'", arg);
}

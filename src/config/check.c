/*
 * What a single value may be, by type; see schema.h.  The texts are those of zonecfg where it has one.  What
 * concerns several properties of a resource together is in rules.c.
 */
#include "config/schema.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/size.h"
#include "base/strv.h"
#include "base/zone.h"
#include "config/check.h"

#define VLAN_MAX 4094 /* 802.1Q: 4095 is reserved */

/* Length of the UTF-8 sequence at s, 0 if it is not one (overlong forms and surrogates included). */
static size_t utf8_length(const unsigned char *s)
{
        size_t n = s[0] < 0x80   ? 1
                   : s[0] < 0xc2 ? 0
                   : s[0] < 0xe0 ? 2
                   : s[0] < 0xf0 ? 3
                   : s[0] < 0xf5 ? 4
                                 : 0;

        for (size_t i = 1; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        if (n == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0)))
                return 0;
        if (n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90)))
                return 0;
        if (n == 3 && s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe)
                return 0; /* U+FFFE and U+FFFF are not XML characters */
        return n;
}

int check_text(const char *name, const char *value, bool lines, struct error *err)
{
        const unsigned char *p = (const unsigned char *)value;

        if (strlen(value) >= CONFIG_VALUE_MAX)
                return error_set(err, E2BIG, "%s: value is longer than %d bytes", name, CONFIG_VALUE_MAX - 1);
        while (*p) {
                size_t n = utf8_length(p);

                if (n == 0)
                        return error_set(err, EILSEQ, "%s: value is not UTF-8 text", name);
                if ((*p < 0x20 && (!lines || !strchr("\t\n\r", *p))) || *p == 0x7f)
                        return error_set(err, EINVAL, "%s: value holds a control character", name);
                p += n;
        }
        return 0;
}

int check_uint(const char *text, int base, uint64_t *ret)
{
        char *end;
        unsigned long long n;

        if (!isdigit((unsigned char)text[0]))
                return -EINVAL;
        errno = 0;
        n = strtoull(text, &end, base);
        if (*end)
                return -EINVAL;
        if (errno == ERANGE)
                return -ERANGE;
        *ret = n;
        return 0;
}

int check_ncpus(const char *text, unsigned *ret_min, unsigned *ret_max)
{
        char *end;
        unsigned long lo, hi;

        if (!isdigit((unsigned char)*text))
                return -EINVAL;
        lo = hi = strtoul(text, &end, 10);
        if (*end == '-' && isdigit((unsigned char)end[1]))
                hi = strtoul(end + 1, &end, 10);
        if (*end)
                return -EINVAL;
        if (lo < 1 || hi < lo || hi > 1000000)
                return -ERANGE;
        *ret_min = (unsigned)lo;
        *ret_max = (unsigned)hi;
        return 0;
}

int check_decimal(const char *text, uint64_t *ret_hundredths)
{
        uint64_t whole = 0, thousandths = 0, place = 100;
        const char *p = text;

        if (!isdigit((unsigned char)*p) && !(*p == '.' && isdigit((unsigned char)p[1])))
                return -EINVAL;
        for (; isdigit((unsigned char)*p); p++) {
                whole = whole * 10 + (uint64_t)(*p - '0');
                if (whole > 1000000)
                        return -ERANGE;
        }
        if (*p == '.')
                for (p++; isdigit((unsigned char)*p); p++, place /= 10)
                        thousandths += place * (uint64_t)(*p - '0');
        if (*p)
                return -EINVAL;
        *ret_hundredths = whole * 100 + (thousandths + 5) / 10;
        return *ret_hundredths > 0 ? 0 : -ERANGE;
}

int check_mac(const char *text, unsigned char ret[6])
{
        const char *p = text;

        for (int i = 0; i < 6; i++) {
                unsigned n = 0, digits = 0;

                for (; isxdigit((unsigned char)*p) && digits < 2; p++, digits++)
                        n = n * 16 + (unsigned)(isdigit((unsigned char)*p)
                                                    ? *p - '0'
                                                    : tolower((unsigned char)*p) - 'a' + 10);
                if (digits == 0 || *p != (i < 5 ? ':' : '\0'))
                        return -EINVAL;
                p++;
                ret[i] = (unsigned char)n;
        }
        return 0;
}

int check_pci_slot(const char *text, unsigned ret[3])
{
        static const unsigned limit[3] = {255, 31, 7};
        unsigned part[3] = {0}, n = 0;
        const char *p = text;

        for (;; p++) {
                unsigned digits = 0, v = 0;

                for (; isdigit((unsigned char)*p) && digits < 3; p++, digits++)
                        v = v * 10 + (unsigned)(*p - '0');
                if (digits == 0 || n == 3)
                        return -EINVAL;
                part[n++] = v;
                if (*p != ':')
                        break;
        }
        if (*p)
                return -EINVAL;
        ret[0] = n == 3 ? part[0] : 0;
        ret[1] = n == 3 ? part[1] : part[0];
        ret[2] = n == 3 ? part[2] : n == 2 ? part[1] : 0;
        for (int i = 0; i < 3; i++)
                if (ret[i] > limit[i])
                        return -ERANGE;
        return 0;
}

static bool host_name(const char *text)
{
        size_t label = 0;

        if (strlen(text) > 255)
                return false;
        for (const char *p = text; *p; p++) {
                if (*p == '.' ? label == 0 : !isalnum((unsigned char)*p) && (*p != '-' || label == 0))
                        return false;
                label = *p == '.' ? 0 : label + 1;
                if (label > 63)
                        return false;
        }
        /* All digits and dots is an address that went wrong, not a name. */
        return *text && strspn(text, "0123456789.") != strlen(text);
}

/* Only an address of one's own needs to say which others are its neighbours. */
static int check_address(const char *text, bool own, struct error *err)
{
        char host[256];
        size_t n = strcspn(text, "/");
        const char *prefix = text[n] ? text + n + 1 : NULL;
        unsigned char addr[16];
        uint64_t bits = 0;

        if (n == 0 || n >= sizeof(host))
                return error_set(err, EINVAL, "%s: bogus host name or network address syntax", text);
        memcpy(host, text, n);
        host[n] = '\0';
        if (inet_pton(AF_INET6, host, addr) == 1) {
                if (!prefix && !own)
                        return 0;
                if (!prefix)
                        return error_set(err, EINVAL, "%s: IPv6 addresses require /prefix-length suffix.",
                                         text);
                if (check_uint(prefix, 10, &bits) < 0 || bits > 128)
                        return error_set(err, EINVAL, "%s: IPv6 address prefix lengths must be 0 - 128.",
                                         text);
                return 0;
        }
        if (inet_pton(AF_INET, host, addr) == 1) {
                if (prefix && (check_uint(prefix, 10, &bits) < 0 || bits > 32))
                        return error_set(err, EINVAL, "%s: IPv4 address prefix lengths must be 0 - 32.",
                                         text);
                return 0;
        }
        if (prefix || !host_name(host))
                return error_set(err, EINVAL, "%s: bogus host name or network address syntax", text);
        return 0;
}

static int check_addresses(const char *text, struct error *err)
{
        char one[256];

        for (const char *p = text;; p++) {
                size_t n = strcspn(p, ",");
                int r;

                if (n >= sizeof(one))
                        return error_set(err, EINVAL, "%s: bogus host name or network address syntax", text);
                memcpy(one, p, n);
                one[n] = '\0';
                r = check_address(one, true, err);
                if (r < 0)
                        return r;
                p += n;
                if (!*p)
                        return 0;
        }
}

static bool has_dots(const char *path)
{
        const char *last = strrchr(path, '/');

        return strstr(path, "/./") || strstr(path, "/../") || strcmp(last, "/.") == 0 ||
               strcmp(last, "/..") == 0;
}

/*
 * Hooks of brands get it in a command line, and people write it in theirs: what a shell would take for
 * something else is not in it.  Two zones must not have one directory by two spellings.
 */
static int check_zonepath(const char *path, struct error *err)
{
        for (const unsigned char *p = (const unsigned char *)path; *p; p++)
                if (*p < 0x80 && !isalnum(*p) && !strchr("/._-+@:,= ", *p))
                        return error_set(
                            err, EINVAL,
                            "zonepath %s: '%c' cannot be in it: letters, digits, blanks and /._-+@:,= can",
                            path, *p);
        if (has_dots(path))
                return error_set(err, EINVAL, "zonepath %s: must not hold . or ..", path);
        return 0;
}

static int check_path(const struct property_def *prop, const char *value, struct error *err)
{
        bool zonepath = strcmp(prop->name, "zonepath") == 0;

        if (value[0] != '/' && zonepath)
                return error_set(err, EINVAL, "%s is not an absolute path.", value);
        if (value[0] != '/')
                return error_set(err, EINVAL, "%s %s is not an absolute path.", prop->name, value);
        if (zonepath && strspn(value, "/") == strlen(value))
                return error_set(err, EINVAL, "/ is not allowed as a zonepath.");
        if (strlen(value) >= CONFIG_PATH_MAX)
                return error_set(err, ENAMETOOLONG, "%s: path is longer than %d bytes", prop->name,
                                 CONFIG_PATH_MAX - 1);
        if (strcmp(prop->name, "dir") == 0 && has_dots(value))
                return error_set(err, EINVAL, "dir %s: must not hold . or ..", value);
        return zonepath ? check_zonepath(value, err) : 0;
}

static int check_hostid(const char *value, struct error *err)
{
        const char *digits = value[0] == '0' && (value[1] | 0x20) == 'x' ? value + 2 : value;
        size_t n = strlen(digits);

        if (n > 8)
                return error_set(err, EINVAL, "hostid string is too large: %s", value);
        if (n == 0 || strspn(digits, "0123456789abcdefABCDEF") != n || strcasecmp(digits, "ffffffff") == 0)
                return error_set(err, EINVAL, "hostid: Specified property is invalid");
        return 0;
}

static int check_fs_types(const char *name, const char *value, struct error *err)
{
        size_t item = 0;

        if (strlen(value) >= 1024)
                return error_set(err, E2BIG, "%s: Argument list too long", name);
        for (const char *p = value;; p++) {
                if (isalnum((unsigned char)*p) || *p == '-')
                        item++;
                else if ((*p && *p != ',') || item == 0)
                        return error_set(err, EINVAL, "%s: Specified property is invalid", name);
                else
                        item = 0;
                if (!*p)
                        return 0;
        }
}

static int check_auths(const char *name, const char *value, struct error *err)
{
        static const char *const known[] = {"login", "manage", "clonefrom", "config"};

        for (const char *p = value;; p++) {
                size_t n = strcspn(p, ","), i = 0;

                while (i < ARRAY_SIZE(known) && (strlen(known[i]) != n || strncmp(known[i], p, n) != 0))
                        i++;
                if (i == ARRAY_SIZE(known))
                        return error_set(err, EINVAL,
                                         "%s: '%.*s' is none of login, manage, clonefrom, config", name,
                                         (int)n, p);
                p += n;
                if (!*p)
                        return 0;
        }
}

static int check_link_name(const char *value, struct error *err)
{
        if (strchr(value, ':'))
                return error_set(err, EINVAL,
                                 "%s: physical interface name required; logical interface name not allowed",
                                 value);
        if (!isalnum((unsigned char)value[0]) || strlen(value) > 31 ||
            value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")])
                return error_set(err, EINVAL, "%s: invalid physical interface name", value);
        return 0;
}

static int check_word(const struct property_def *prop, const char *value, struct error *err)
{
        static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        size_t n = strspn(value, word), len = strlen(value);

        switch (prop->type) {
        case TYPE_ATTR_NAME:
                if (n == 0)
                        return error_set(err, EINVAL,
                                         "Invalid attr name %s: must start with an alpha-numeric character.",
                                         value);
                for (const char *p = value; *p; p++)
                        if (!strchr(word, *p) && !strchr("-._", *p))
                                return error_set(err, EINVAL,
                                                 "Invalid attr name %s: can only contain alpha-numeric "
                                                 "characters, plus '-', '.' and '_'.",
                                                 value);
                return len < 256 ? 0 : error_set(err, E2BIG, "%s: name is longer than 255 bytes", prop->name);
        case TYPE_RCTL_NAME:
                if (!str_starts(value, "zone.") || len < 6 || len > 255 ||
                    value[5 + strspn(value + 5, "abcdefghijklmnopqrstuvwxyz-")])
                        return error_set(err, EINVAL, "'%s' is not a valid zone rctl name.", value);
                return 0;
        case TYPE_DATASET:
                if (n == 0 || len > 255 || value[len - 1] == '/' || strstr(value, "//") ||
                    strpbrk(value, "@%\"#") || strchr(value, ' '))
                        return error_set(err, EINVAL, "dataset: name invalid");
                return 0;
        case TYPE_FSTYPE:
                if (len == 0 || len > 15 || strchr(value, '/') || strcmp(value, ".") == 0 ||
                    strcmp(value, "..") == 0)
                        return error_set(err, EINVAL, "\"%s\" is not a valid type.", value);
                return 0;
        case TYPE_ZONE_NAME:
                if (!zone_name_valid(value))
                        return error_set(err, EINVAL, "%s: Bogus zone name", value);
                return 0;
        default:
                /* A brand is a folder: no slash, no leading dot. */
                if (n == 0 || len > 63 || strchr(value, '/'))
                        return error_set(err, EINVAL, "%s: invalid brand name", value);
                return 0;
        }
}

static int check_enum(const struct property_def *prop, const char *value, struct error *err)
{
        size_t n = 0;

        for (; prop->values[n]; n++)
                if (strcmp(prop->values[n], value) == 0)
                        return 0;
        /* All enumerations of the table have two members. */
        return error_set(err, EINVAL, "%s value must be '%s' or '%s'.", prop->name, prop->values[0],
                         prop->values[1]);
}

static int out_of_range(const struct property_def *prop, struct error *err)
{
        return error_set(err, ERANGE, "%s property is out of range.", prop->name);
}

static int check_number(const struct property_def *prop, const char *value, struct error *err)
{
        unsigned lo, hi;
        uint64_t n;

        switch (prop->type) {
        case TYPE_UINT:
                return check_uint(value, 10, &n) < 0 ? out_of_range(prop, err) : 0;
        case TYPE_VLAN:
                if (check_uint(value, 10, &n) < 0 || n > VLAN_MAX)
                        return error_set(err, ERANGE, "%s property is out of range: %s is not in 0-%d.",
                                         prop->name, value, VLAN_MAX);
                return 0;
        case TYPE_NCPUS:
                return check_ncpus(value, &lo, &hi) < 0 ? out_of_range(prop, err) : 0;
        case TYPE_DECIMAL:
                return check_decimal(value, &n) < 0 ? out_of_range(prop, err) : 0;
        default:
                if (size_parse(value, &n) < 0)
                        return error_set(err, EINVAL,
                                         "A non-negative number with a required scale suffix "
                                         "(K, M, G or T) was expected\nhere.");
                return 0;
        }
}

int schema_check(const struct property_def *prop, const char *value, struct error *err)
{
        unsigned char mac[6];
        unsigned slot[3];
        int r = check_text(prop->name, value, prop->type == TYPE_STRING, err);

        if (r < 0)
                return r;
        switch (prop->type) {
        case TYPE_STRING:
                return 0;
        case TYPE_BOOLEAN:
        case TYPE_ENUM:
                return check_enum(prop, value, err);
        case TYPE_UINT:
        case TYPE_VLAN:
        case TYPE_NCPUS:
        case TYPE_DECIMAL:
        case TYPE_SIZE:
                return check_number(prop, value, err);
        case TYPE_PATH:
                return check_path(prop, value, err);
        case TYPE_ADDRESS:
        case TYPE_ROUTER:
                return check_address(value, prop->type == TYPE_ADDRESS, err);
        case TYPE_ADDRESSES:
                return check_addresses(value, err);
        case TYPE_MAC:
                if (check_mac(value, mac) < 0)
                        return error_set(err, EINVAL, "%s: invalid MAC address", value);
                if (mac[0] & 1 || memcmp(mac, "\0\0\0\0\0", sizeof(mac)) == 0)
                        return error_set(err, EINVAL,
                                         "%s: invalid MAC address: it is that of a group, or of nobody",
                                         value);
                return 0;
        case TYPE_PCISLOT:
                if (check_pci_slot(value, slot) < 0)
                        return error_set(err, EINVAL,
                                         "%s: invalid pci-slot: slot (0-31), slot:function (0-7) or "
                                         "bus:slot:function was expected",
                                         value);
                return 0;
        case TYPE_UUID:
                if (!uuid_valid(value))
                        return error_set(err, EINVAL, "%s: invalid UUID", value);
                if (strspn(value, "0-") == strlen(value))
                        return error_set(err, EINVAL, "%s: invalid UUID: it is that of nobody", value);
                return 0;
        case TYPE_HOSTID:
                return check_hostid(value, err);
        case TYPE_FSTYPES:
                return check_fs_types(prop->name, value, err);
        case TYPE_AUTHS:
                return check_auths(prop->name, value, err);
        case TYPE_NAME:
                return check_link_name(value, err);
        case TYPE_FSTYPE:
        case TYPE_RCTL_NAME:
        case TYPE_DATASET:
        case TYPE_ATTR_NAME:
        case TYPE_ZONE_NAME:
        case TYPE_BRAND_NAME:
                return check_word(prop, value, err);
        }
        return -EINVAL;
}

/* zonecfg parses basic and signal, and refuses them: they make no sense for a zone. */
static int check_rctl_value(const struct complex *value, struct error *err)
{
        const char *priv = complex_get(value, "priv");
        const char *limit = complex_get(value, "limit");
        const char *action = complex_get(value, "action");
        uint64_t n;

        if (strcmp(priv, "privileged") != 0 || (strcmp(action, "none") != 0 && strcmp(action, "deny") != 0) ||
            check_uint(limit, 0, &n) < 0)
                return error_set(err, EINVAL, "Invalid rctl value specification");
        return 0;
}

int schema_check_tuple(const struct property_def *prop, const struct complex *value, struct error *err)
{
        char names[4][16];
        size_t n = schema_members(prop, names, 4);

        for (size_t i = 0; i < value->n; i++) {
                const char *name = value->member[i].name;
                size_t k = 0;
                int r;

                while (k < n && strcmp(names[k], name) != 0)
                        k++;
                if (k == n)
                        return error_set(err, EINVAL, "%s: no such member of %s", name, prop->name);
                for (size_t before = 0; before < i; before++)
                        if (strcmp(value->member[before].name, name) == 0)
                                return error_set(err, EINVAL, "%s already specified", name);
                r = check_text(prop->name, value->member[i].value, strcmp(name, "value") == 0, err);
                if (r < 0)
                        return r;
        }
        for (size_t k = 0; k < n; k++)
                if (!complex_get(value, names[k]))
                        return error_set(err, EINVAL, "%s not specified", names[k]);
        if (strcmp(prop->members, "priv,limit,action") == 0)
                return check_rctl_value(value, err);
        return *complex_get(value, "name") ? 0 : error_set(err, EINVAL, "name not specified");
}

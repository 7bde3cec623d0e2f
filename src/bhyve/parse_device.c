/*
 * -s: a PCI address, the name of a device model, and words in a grammar that each model has for itself, which
 * become variables below pci.BUS.SLOT.FUNCTION.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "bhyve/parse.h"

#define PORTS_MAX 32 /* ports of an AHCI controller */

typedef int device_parser(struct bconf *c, const char *node, const char *words, struct error *err);

/* One word of a list, without its comma; the parser may write into it.  Words count from 0. */
typedef int word_parser(struct bconf *c, const char *node, unsigned n, char *word, struct error *err);

static int each_word(struct bconf *c, const char *node, const char *words, word_parser *parse,
                     struct error *err)
{
        for (unsigned n = 0; *words; n++) {
                size_t len = strcspn(words, ",");
                _cleanup_free_ char *word = strndup(words, len);
                int r;

                if (!word)
                        return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
                r = parse(c, node, n, word, err);
                if (r != 0)
                        return r;
                words += len;
                words += *words == ',';
        }
        return 0;
}

/* The first word goes to node.key, the others are name=value. */
static int first_word(struct bconf *c, const char *node, const char *key, const char *words,
                      struct error *err)
{
        size_t len = strcspn(words, ",");
        _cleanup_free_ char *first = strndup(words, len);
        int r = 0;

        if (!first)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
        if (len > 0)
                r = parse_set(c, err, first, "%s.%s", node, key);
        return r != 0 ? r : parse_words(c, node, words + len, err);
}

static int words_only(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return parse_words(c, node, words, err);
}

static int path_and_words(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return first_word(c, node, "path", words, err);
}

static int amd_hostbridge(struct bconf *c, const char *node, const char *words, struct error *err)
{
        int r = parse_set(c, err, "0x1022", "%s.pcireg.vendor", node);

        if (r == 0)
                r = parse_set(c, err, "0x7432", "%s.pcireg.device", node);
        return r != 0 ? r : parse_words(c, node, words, err);
}

/* vendor= and device= are registers; the variable device has the name of the model. */
static int hostbridge_word(struct bconf *c, const char *node, unsigned n, char *word, struct error *err)
{
        (void)n;
        if (str_starts(word, "vendor="))
                return parse_set(c, err, word + 7, "%s.pcireg.vendor", node);
        if (str_starts(word, "device="))
                return parse_set(c, err, word + 7, "%s.pcireg.device", node);
        return parse_words(c, node, word, err);
}

static int hostbridge(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return each_word(c, node, words, hostbridge_word, err);
}

/* nvme: PATH or ram=MiB first. */
static int nvme(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return str_starts(words, "ram=") ? parse_words(c, node, words, err)
                                         : first_word(c, node, "path", words, err);
}

/* virtio-scsi: words, or on FreeBSD the path of a CTL device first. */
static int virtio_scsi(struct bconf *c, const char *node, const char *words, struct error *err)
{
        size_t word = strcspn(words, ",");
        unsigned targets = 0;

        /* Each would be the value of the one variable, and the last of them the only disk. */
        for (const char *p = words; *p; p += strcspn(p, ","), p += *p == ',')
                targets += str_starts(p, "target=");
        if (targets > 1)
                return parse_fail(err, BHYVE_EXIT_ERROR,
                                  "%s: virtio-scsi: %u targets; a controller has one here, so give each a "
                                  "controller of its own",
                                  node, targets);
        return memchr(words, '=', word) ? parse_words(c, node, words, err)
                                        : first_word(c, node, "dev", words, err);
}

static int ahci_port(struct bconf *c, const char *node, unsigned port, const char *type, const char *words,
                     struct error *err)
{
        char child[96];
        int r;

        snprintf(child, sizeof(child), "%s.port.%u", node, port);
        r = parse_set(c, err, type, "%s.type", child);
        return r != 0 ? r : first_word(c, child, "path", words, err);
}

static int ahci_hd(struct bconf *c, const char *node, const char *words, struct error *err)
{
        int r = parse_set(c, err, "ahci", "%s.device", node);

        return r != 0 ? r : ahci_port(c, node, 0, "hd", words, err);
}

static int ahci_cd(struct bconf *c, const char *node, const char *words, struct error *err)
{
        int r = parse_set(c, err, "ahci", "%s.device", node);

        return r != 0 ? r : ahci_port(c, node, 0, "cd", words, err);
}

/* The length of one port's words: up to the next ",hd:" or ",cd:". */
static size_t port_words(const char *words)
{
        const char *hd = strstr(words, ",hd:"), *cd = strstr(words, ",cd:");
        const char *end = !hd || (cd && cd < hd) ? cd : hd;

        return end ? (size_t)(end - words) : strlen(words);
}

/* hd:PATH[,word..],cd:PATH.. : a port each. */
static int ahci(struct bconf *c, const char *node, const char *words, struct error *err)
{
        for (unsigned port = 0; *words; port++) {
                size_t len = port_words(words);
                _cleanup_free_ char *one = strndup(words, len);
                const char *type;
                int r;

                if (!one)
                        return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
                type = str_starts(one, "hd:") ? "hd" : str_starts(one, "cd:") ? "cd" : NULL;
                if (!type || port >= PORTS_MAX)
                        return parse_fail(err, BHYVE_EXIT_ERROR, "%s: invalid ahci port '%s'", node, one);
                r = ahci_port(c, node, port, type, one + 3, err);
                if (r != 0)
                        return r;
                words += len;
                words += *words == ',';
        }
        return 0;
}

static int viona(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return first_word(c, node, "vnic", words, err);
}

/* The back ends that FreeBSD names in the first word; anything else is an illumos VNIC. */
static const char *freebsd_backend(const char *word)
{
        static const char *const prefixes[] = {"tap", "vmnet", "netgraph", "netmap", "vale", "slirp"};

        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
                size_t len = strlen(prefixes[i]);

                if (strncmp(word, prefixes[i], len) == 0 &&
                    (word[len] == '\0' || word[len] == ',' || word[len] == ':' ||
                     isdigit((unsigned char)word[len])))
                        return prefixes[i];
        }
        return NULL;
}

static int net(struct bconf *c, const char *node, const char *words, struct error *err)
{
        const char *backend = freebsd_backend(words);
        int r;

        if (backend) {
                r = parse_set(c, err, backend, "%s.type", node);
                return r != 0 ? r : first_word(c, node, "backend", words, err);
        }
        r = parse_set(c, err, "dlpi", "%s.backend", node);
        if (r == 0)
                r = parse_set(c, err, "dlpi", "%s.type", node);
        return r != 0 ? r : first_word(c, node, "vnic", words, err);
}

/* NAME=PATH: ends the name where it ends and returns the path. */
static int name_and_path(char *word, const char *node, const char *what, char **ret_path, struct error *err)
{
        char *path = strchr(word, '=');

        if (!path || path == word || path[1] == '\0')
                return parse_fail(err, BHYVE_EXIT_ERROR, "%s: invalid %s '%s': it is NAME=PATH", node, what,
                                  word);
        *path = '\0';
        *ret_path = path + 1;
        return 0;
}

static int virtio_9p(struct bconf *c, const char *node, const char *words, struct error *err)
{
        size_t len = strcspn(words, ",");
        _cleanup_free_ char *share = strndup(words, len);
        char *path = NULL;
        int r;

        if (!share)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");
        r = name_and_path(share, node, "share", &path, err);
        if (r == 0)
                r = parse_set(c, err, share, "%s.sharename", node);
        if (r == 0)
                r = parse_set(c, err, path, "%s.path", node);
        return r != 0 ? r : parse_words(c, node, words + len, err);
}

static int console_port(struct bconf *c, const char *node, unsigned n, char *word, struct error *err)
{
        char *path = NULL;
        int r = name_and_path(word, node, "port", &path, err);

        if (r == 0)
                r = parse_set(c, err, word, "%s.port.%u.name", node, n);
        return r != 0 ? r : parse_set(c, err, path, "%s.port.%u.path", node, n);
}

/* NAME=PATH[,NAME=PATH..] */
static int virtio_console(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return each_word(c, node, words, console_port, err);
}

/* illumos: /dev/pptN.  FreeBSD: pptN, BUS/SLOT/FUNCTION or pciBUS:SLOT:FUNCTION. */
static int passthru(struct bconf *c, const char *node, const char *words, struct error *err)
{
        static const char *const keys[] = {"bus", "slot", "func"};
        static const unsigned max[] = {255, 31, 7};
        bool pci = str_starts(words, "pci"), fits = true;
        const char *p = pci ? words + 3 : words;
        int r = 0;

        if (*words == '/')
                return first_word(c, node, "path", words, err);
        if (str_starts(words, "ppt"))
                return first_word(c, node, "pptdev", words, err);
        for (size_t i = 0; r == 0 && fits && i < ARRAY_SIZE(keys); i++) {
                uint64_t n;
                char number[4];

                fits = (i == 0 || *p++ == (pci ? ':' : '/')) && number_take(&p, max[i], &n);
                if (!fits)
                        break;
                snprintf(number, sizeof(number), "%u", (unsigned)n);
                r = parse_set(c, err, number, "%s.%s", node, keys[i]);
        }
        if (!fits || (r == 0 && *p != '\0' && *p != ','))
                return parse_fail(err, BHYVE_EXIT_ERROR, "%s: invalid host device '%s'", node, words);
        return r != 0 ? r : parse_words(c, node, p, err);
}

/* [rfb=|tcp=]ADDRESS:PORT is an address; a word without = and without colon is a flag. */
static int fbuf_word(struct bconf *c, const char *node, unsigned n, char *word, struct error *err)
{
        (void)n;
        if (str_starts(word, "rfb=") || str_starts(word, "tcp="))
                return parse_set(c, err, word + 4, "%s.tcp", node);
        if (!strchr(word, '=') && strchr(word, ':'))
                return parse_set(c, err, word, "%s.tcp", node);
        return parse_words(c, node, word, err);
}

static int fbuf(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return each_word(c, node, words, fbuf_word, err);
}

static int xhci_port(struct bconf *c, const char *node, unsigned n, char *word, struct error *err)
{
        return parse_set(c, err, word, "%s.slot.%u.device", node, n + 1);
}

/* tablet[,..]: what is plugged into ports 1, 2, .. */
static int xhci(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return each_word(c, node, words, xhci_port, err);
}

/* uart: everything is the path, commas included. */
static int uart(struct bconf *c, const char *node, const char *words, struct error *err)
{
        return *words ? parse_set(c, err, words, "%s.path", node) : 0;
}

static const struct {
        const char *name;
        device_parser *parse;
} devices[] = {
    {"ahci", ahci},
    {"ahci-cd", ahci_cd},
    {"ahci-hd", ahci_hd},
    {"amd_hostbridge", amd_hostbridge},
    {"e1000", net},
    {"fbuf", fbuf},
    {"hda", words_only},
    {"hostbridge", hostbridge},
    {"ide", ahci},
    {"lpc", words_only},
    {"nvme", nvme},
    {"passthru", passthru},
    {"uart", uart},
    {"virtio-9p", virtio_9p},
    {"virtio-blk", path_and_words},
    {"virtio-console", virtio_console},
    {"virtio-input", path_and_words},
    {"virtio-net", net},
    {"virtio-net-viona", viona},
    {"virtio-rnd", words_only},
    {"virtio-scsi", virtio_scsi},
    {"xhci", xhci},
};

bool device_known(const char *device)
{
        for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
                if (strcmp(devices[i].name, device) == 0)
                        return true;
        return false;
}

int parse_device(struct bconf *c, const char *node, const char *device, const char *words, struct error *err)
{
        int r = parse_set(c, err, device, "%s.device", node);

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(devices); i++)
                if (strcmp(devices[i].name, device) == 0)
                        return devices[i].parse(c, node, words, err);
        return r;
}

/* [BUS:]SLOT[:FUNCTION] at the beginning of an argument; false if it is none. */
static bool parse_address(const char *text, size_t len, unsigned address[3])
{
        unsigned number[3], n = 0;
        const char *p = text, *end = text + len;

        while (p < end && n < 3) {
                char *stop;
                unsigned long v;

                if (!isdigit((unsigned char)*p))
                        return false;
                v = strtoul(p, &stop, 10);
                if (v > 255)
                        return false;
                number[n++] = (unsigned)v;
                p = stop;
                if (p < end && (*p++ != ':' || p == end))
                        return false;
        }
        if (n == 0 || p != end)
                return false;
        address[0] = n == 3 ? number[0] : 0;
        address[1] = n == 3 ? number[1] : number[0];
        address[2] = n == 1 ? 0 : number[n - 1];
        return address[1] <= 31 && address[2] <= 7;
}

int parse_slot(struct bconf *c, const char *arg, struct error *err)
{
        size_t len = strcspn(arg, ","), name_len;
        _cleanup_free_ char *device = NULL;
        const char *name;
        unsigned a[3];
        char node[32];

        if (strcmp(arg, "help") == 0)
                return BHYVE_ASK_DEVICES;
        if (arg[len] == '\0' || !parse_address(arg, len, a)) {
                _cleanup_free_ char *shown = bhyve_hide_passwords(arg);

                return parse_fail(err, BHYVE_EXIT_ERROR, "Invalid PCI slot info field \"%s\"",
                                  str_empty(shown));
        }
        name = arg + len + 1;
        name_len = strcspn(name, ",");
        device = strndup(name, name_len);
        if (!device)
                return parse_fail(err, BHYVE_EXIT_ERROR, "out of memory");

        snprintf(node, sizeof(node), "pci.%u.%u.%u", a[0], a[1], a[2]);
        if (bconf_getf(c, "%s.device", node))
                return parse_fail(err, BHYVE_EXIT_ERROR, "pci slot %u:%u:%u already occupied!", a[0], a[1],
                                  a[2]);
        if (!device_known(device))
                return parse_fail(err, BHYVE_EXIT_ERROR, "pci slot %u:%u:%u: unknown device \"%s\"", a[0],
                                  a[1], a[2], device);
        name += name_len;
        return parse_device(c, node, device, *name ? name + 1 : name, err);
}

/* The variable store: reading what firmware and guests leave, and edits that the firmware understands. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "uefi/bootlist.h"

#define HEADER 0x48
#define FIRST  (HEADER + 28)
#define SHELL  "\x83\xa5\x04\x7c\x3e\x9e\x1c\x4f\xad\x65\xe0\x52\x68\xd0\xb4\xd1"

/* ---- making stores: the format as the EDK2 sources and real files have it, written apart from the reader --
 */

static uint8_t file[1 << 16];
static size_t at, end;

static void put(size_t where, uint64_t value, int bytes)
{
        for (int i = 0; i < bytes; i++)
                file[where + (size_t)i] = (uint8_t)(value >> (8 * i));
}

static void fix_sum(void)
{
        uint16_t sum = 0;

        put(50, 0, 2);
        for (size_t i = 0; i < HEADER; i += 2)
                sum = (uint16_t)(sum + (file[i] | file[i + 1] << 8));
        put(50, (uint16_t)-sum, 2);
}

/* An empty store with room for so many bytes of variables. */
static void begin(size_t room)
{
        memset(file, 0xff, sizeof(file));
        memset(file, 0, HEADER);
        memcpy(file + 16, "\x8d\x2b\xf1\xff\x96\x76\x8b\x4c\xa9\x85\x27\x47\x07\x5b\x4f\x50", 16);
        put(32, sizeof(file), 8);
        memcpy(file + 40, "_FVH", 4);
        put(44, 0x4feff, 4);
        put(48, HEADER, 2);
        put(55, 2, 1);
        put(56, 1, 4);
        put(60, sizeof(file), 4);
        fix_sum();
        memcpy(file + HEADER, "\x78\x2c\xf3\xaa\x7b\x94\x9a\x43\xa1\x80\x2e\x14\x4e\xc3\x77\x92", 16);
        put(HEADER + 16, room + 28, 4);
        memcpy(file + HEADER + 20, "\x5a\xfe\0\0\0\0\0\0", 8);
        at = FIRST;
        end = FIRST + room;
}

static void variable(uint8_t state, const char *name, const void *data, size_t len)
{
        size_t n = 2 * (strlen(name) + 1);

        memset(file + at, 0, 60 + n);
        put(at, 0x55aa, 2);
        put(at + 2, state, 1);
        put(at + 4, 7, 4);
        put(at + 36, n, 4);
        put(at + 40, len, 4);
        memcpy(file + at + 44, uefi_global.b, 16);
        for (size_t i = 0; name[i]; i++)
                file[at + 60 + 2 * i] = (uint8_t)name[i];
        memcpy(file + at + 60 + n, data, len);
        at = (at + 60 + n + len + 3) & ~(size_t)3;
}

/* BootXXXX with a description of two letters and this device path, to which the end node is added. */
static void entry(unsigned number, unsigned attributes, const char *path, size_t len)
{
        uint8_t data[256] = {0};
        char name[16];

        data[0] = (uint8_t)attributes;
        data[1] = (uint8_t)(attributes >> 8);
        data[4] = (uint8_t)(len + 4);
        memcpy(data + 6, "A\0B\0\0\0", 6);
        memcpy(data + 12, path, len);
        memcpy(data + 12 + len, "\x7f\xff\x04\0", 4);
        snprintf(name, sizeof(name), "Boot%04X", number);
        variable(0x3f, name, data, 16 + len);
}

#define ENTRY(number, attributes, path) entry(number, attributes, path, sizeof(path) - 1)
#define ROOT_NODE                       "\x02\x01\x0c\0\xd0\x41\x03\x0a\0\0\0\0"
#define PCI_NODE(slot, function)        "\x01\x01\x06\0" function slot
#define FILE_NODE(c)                    "\x04\x04\x0a\0\\\0" c "\0\0\0"
#define URI_NODE                        "\x03\x18\x04\0"

static struct uefi_store parsed(void)
{
        struct uefi_store s;
        struct error err = {0};
        void *copy = malloc(sizeof(file));

        assert_non_null(copy);
        memcpy(copy, file, sizeof(file));
        if (uefi_parse(copy, sizeof(file), &s, &err) < 0)
                fail_msg("%s", err.text);
        return s;
}

static int parse_len(size_t len, struct error *err)
{
        struct uefi_store s;
        void *copy = malloc(len ? len : 1);

        assert_non_null(copy);
        memcpy(copy, file, len);
        int r = uefi_parse(copy, len, &s, err);
        if (r == 0)
                uefi_clear(&s);
        return r;
}

/* The firmware reads the file anew: so do we. */
static struct uefi_store again(const struct uefi_store *s)
{
        memcpy(file, s->file, s->len);
        return parsed();
}

/* Bytes of a variable as hexadecimal digits; "-" if it is not there. */
static const char *hex(const struct uefi_store *s, const char *name)
{
        static char text[256];
        const struct uefi_var *v = uefi_find(s, &uefi_global, name);

        if (!v)
                return "-";
        text[0] = '\0';
        for (size_t i = 0; i < v->data_len && i < 100; i++)
                sprintf(text + 2 * i, "%02x", s->file[v->data + i]);
        return text;
}

/* ---- a machine: boot disk 4:0, cdrom0 3:0, disk1 5:1, net0 6:0 ----------------------------------------- */

#define ATTR(n, v) "<attr name=\"" n "\" type=\"string\" value=\"" v "\"/>"
static struct machine *machine(void)
{
        static const char xml[] =
            "<zone name=\"t\" zonepath=\"/zones/t\" autoboot=\"false\" brand=\"bhyve\" "
            "ip-type=\"exclusive\">" ATTR("bootrom", "BHYVE") ATTR("bootdisk", "a/b") ATTR("cdrom", "/c.iso")
                ATTR("disk1", "a/d") "<disk path=\"a/e\"/><network physical=\"nat0\"/></zone>";
        static const struct root root = {""};
        _cleanup_config_ struct config *cfg = NULL;
        struct machine *m = NULL;
        struct error err = {0};

        if (config_parse_xml(xml, strlen(xml), "test", &cfg, &err) < 0 ||
            machine_from_config(&root, cfg, "11111111-2222-3333-4444-555555555555", &m, NULL, &err) < 0)
                fail_msg("%s", err.text);
        return m;
}

/* What firmware makes of that machine, and an operating system with two entries. */
static void usual_entries(void)
{
        begin(0x4000);
        variable(0x3c, "BootOrder", "\0\0", 2);
        ENTRY(0, 0x109, "\x04\x06\x14\0\x21\xaa\x2c\x46\x14\x76\x03\x45\x83\x6e\x8a\xb6\xf4\x66\x23\x31");
        ENTRY(1, 1, ROOT_NODE PCI_NODE("\x03", "\0") "\x03\x12\x0a\0\0\0\xff\xff\0\0");
        ENTRY(2, 1, ROOT_NODE PCI_NODE("\x04", "\0"));
        ENTRY(3, 1, ROOT_NODE PCI_NODE("\x06", "\0"));
        ENTRY(4, 1, ROOT_NODE PCI_NODE("\x06", "\0") "\x03\x0d\x04\0");
        ENTRY(5, 1, ROOT_NODE PCI_NODE("\x06", "\0") URI_NODE);
        ENTRY(6, 1, "\x04\x06\x14\0" SHELL);
        ENTRY(7, 1, FILE_NODE("d"));
        ENTRY(8, 1, FILE_NODE("e"));
        ENTRY(9, 0, ROOT_NODE PCI_NODE("\x05", "\x01"));
        ENTRY(10, 1, ROOT_NODE PCI_NODE("\x02", "\0") PCI_NODE("\x04", "\0"));
        variable(0x3f, "BootOrder", "\0\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\10\0", 18);
}

static void test_kinds(void **state)
{
        (void)state;
        usual_entries();
        _cleanup_uefi_ struct uefi_store s = parsed();
        _cleanup_entries_ struct uefi_entries e = {0};
        static const struct {
                const char *kind, *value;
        } want[] = {{"app", "462caa21-7614-4503-836e-8ab6f4662331"},
                    {"pci", "3.0"},
                    {"pci", "4.0"},
                    {"pci", "6.0"},
                    {"pci", "6.0"},
                    {"http", "6.0"},
                    {"app", "7c04a583-9e3e-4f1c-ad65-e05268d0b4d1"},
                    {"path", "\\d"},
                    {"path", "\\e"},
                    {"pci", "5.1"},
                    {"pci", "4.0 behind a bridge"}};

        assert_int_equal(uefi_entries_read(&s, &e, NULL), 0);
        assert_int_equal(e.n, ARRAY_SIZE(want));
        for (size_t i = 0; i < e.n; i++) {
                _cleanup_free_ char *value = uefi_entry_value(&e.entry[i]);

                assert_int_equal(e.entry[i].number, i);
                assert_string_equal(e.entry[i].description, "AB");
                assert_string_equal(uefi_kind_name(e.entry[i].kind), want[i].kind);
                assert_string_equal(value, want[i].value);
        }
        assert_true(e.entry[0].hidden);
        assert_false(e.entry[9].active);
        assert_int_equal(e.n_order, 9);
        assert_int_equal(e.next, -1);
}

static void test_order(void **state)
{
        (void)state;
        _cleanup_machine_ struct machine *m = machine();
        static const struct {
                const char *list, *order;
        } want[] = {
            {"path0,bootdisk,cdrom0", "07000200010000000300040005000600"
                                      "0800"},
            {"cdrom,path", "0100070000000200030004000500060008"
                           "00"},
            {"net0", "030004000000010002000500060007000800"},
            {"ndc", "030004000100070002000000050006000800"},
            {"c", "070002000000010003000400050006000800"},
            {"net=http,bootdisk", "050002000000010003000400060007000800"},
            {"net0=pxe", "030004000000010002000500060007000800"},
            {"shell,boot2,path1,shell", "060002000800000001000300040005000700"},
            /* Asked for, not asked for, never heard of, without an entry that counts. */
            {"disk7,boot77,bootdisk,nonsense,disk1,boot0,boot9", "020000000100030004000500060007000800"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
                usual_entries();
                _cleanup_uefi_ struct uefi_store s = parsed();

                assert_int_equal(uefi_set_boot_order(&s, m, want[i].list, NULL), 0);
                assert_true(s.changed);
                _cleanup_uefi_ struct uefi_store reread = again(&s);
                assert_string_equal(hex(&reread, "BootOrder"), want[i].order);
                /* The old value stays in the flash, with the bits cleared that say that it is deleted. */
                assert_int_equal(reread.n_var, 14);
                /* The same again is no change, so that a boot writes nothing. */
                assert_int_equal(uefi_set_boot_order(&reread, m, want[i].list, NULL), 0);
                assert_false(reread.changed);
        }
}

static void test_nothing_left(void **state)
{
        (void)state;
        _cleanup_machine_ struct machine *m = machine();
        struct error err = {0};

        begin(0x1000);
        _cleanup_uefi_ struct uefi_store s = parsed();
        assert_int_equal(uefi_set_boot_order(&s, m, "path0,bootdisk,cdrom0", &err), -ENOENT);
        assert_string_equal(err.text, "the firmware has no boot entry for path0,bootdisk,cdrom0 yet");
        assert_int_equal(uefi_set_boot_next(&s, m, "shell", NULL), -ENOENT);
        assert_false(s.changed);
}

static void test_next(void **state)
{
        (void)state;
        _cleanup_machine_ struct machine *m = machine();

        usual_entries();
        _cleanup_uefi_ struct uefi_store s = parsed();
        assert_int_equal(uefi_set_boot_next(&s, m, "shell", NULL), 0);
        _cleanup_uefi_ struct uefi_store a = again(&s);
        assert_string_equal(hex(&a, "BootNext"), "0600");
        assert_int_equal(uefi_set_boot_next(&a, m, "net0", NULL), 0);
        _cleanup_uefi_ struct uefi_store b = again(&a);
        assert_string_equal(hex(&b, "BootNext"), "0300");
        assert_string_equal(hex(&b, "BootOrder"), "000001000200030004000500060007000800");
        assert_int_equal(uefi_set_boot_next(&b, m, "d", NULL), 0);
        _cleanup_uefi_ struct uefi_store d = again(&b);
        assert_string_equal(hex(&d, "BootNext"), "0100");
}

/* An entry of our own, out of the order and of the menus, and taken away again without a trace. */
static void test_media(void **state)
{
        (void)state;
        const struct machine_device cd = {.addr = {.slot = 2, .function = 1}};

        usual_entries();
        _cleanup_uefi_ struct uefi_store s = parsed();
        assert_int_equal(uefi_set_boot_media(&s, NULL, NULL), 0);
        assert_false(s.changed);
        assert_int_equal(uefi_set_boot_media(&s, &cd, NULL), 0);
        _cleanup_uefi_ struct uefi_store a = again(&s);
        _cleanup_entries_ struct uefi_entries e = {0};
        assert_int_equal(uefi_entries_read(&a, &e, NULL), 0);
        assert_int_equal(e.n, 12);
        assert_int_equal(e.next, 0xfffe);
        assert_int_equal(e.n_order, 9);
        assert_int_equal(e.entry[11].number, 0xfffe);
        assert_true(e.entry[11].hidden);
        assert_int_equal(e.entry[11].slot, 2);
        assert_int_equal(e.entry[11].function, 1);
        assert_string_equal(e.entry[11].description, "Apiary: media of one boot");
        /* Once more, as after a halt that came before the firmware: the same entry. */
        assert_int_equal(uefi_set_boot_media(&a, &cd, NULL), 0);
        assert_false(a.changed);
        assert_int_equal(uefi_set_boot_media(&a, NULL, NULL), 0);
        _cleanup_uefi_ struct uefi_store b = again(&a);
        assert_string_equal(hex(&b, "BootFFFE"), "-");
        assert_string_equal(hex(&b, "BootNext"), "-");
        assert_string_equal(hex(&b, "BootOrder"), "000001000200030004000500060007000800");
}

/* A choice that somebody else has made meanwhile stays, and so does an entry of that number. */
static void test_media_among_others(void **state)
{
        (void)state;
        const struct machine_device cd = {.addr = {.slot = 28}};

        usual_entries();
        ENTRY(0xfffe, 1, FILE_NODE("f"));
        _cleanup_uefi_ struct uefi_store s = parsed();
        assert_int_equal(uefi_set_boot_media(&s, &cd, NULL), 0);
        assert_string_equal(hex(&s, "BootNext"), "fdff");
        assert_int_equal(uefi_set(&s, &uefi_global, "BootNext", UEFI_BOOT_VARIABLES, "\6", 2, NULL), 0);
        assert_int_equal(uefi_set_boot_media(&s, NULL, NULL), 0);
        assert_string_equal(hex(&s, "BootFFFD"), "-");
        assert_string_not_equal(hex(&s, "BootFFFE"), "-");
        assert_string_equal(hex(&s, "BootNext"), "0600");
}

static void test_firmware(void **state)
{
        (void)state;
        _cleanup_machine_ struct machine *m = machine();

        begin(0x1000);
        variable(0x3f, "OsIndications", "\x04\0\0\0\0\0\0\x80", 8);
        _cleanup_uefi_ struct uefi_store s = parsed();
        assert_int_equal(uefi_set_boot_next(&s, m, "firmware", NULL), 0);
        _cleanup_uefi_ struct uefi_store a = again(&s);
        assert_string_equal(hex(&a, "OsIndications"), "0500000000000080");
}

static void test_new_variable(void **state)
{
        (void)state;
        begin(0x1000);
        variable(0x3f, "X", "odd", 3);
        _cleanup_uefi_ struct uefi_store s = parsed();
        assert_int_equal(uefi_set(&s, &uefi_global, "BootNext", UEFI_BOOT_VARIABLES, "\1\2", 2, NULL), 0);
        /* At the next multiple of four, and byte for byte what the firmware would write. */
        uint8_t old[sizeof(file)];

        memcpy(old, file, sizeof(file));
        variable(0x3f, "BootNext", "\1\2", 2);
        assert_memory_equal(s.file, file, sizeof(file));
        /* An old value has the bits of both states cleared, one after the other. */
        assert_int_equal(uefi_set(&s, &uefi_global, "X", 0, "even", 4, NULL), 0);
        assert_int_equal(s.file[FIRST + 2], 0x3c);
        assert_memory_equal(s.file + FIRST + 3, old + FIRST + 3, 60);
        /* It keeps its attributes. */
        assert_int_equal(s.file[uefi_find(&s, &uefi_global, "X")->at + 4], 7);
}

static void test_replacing(void **state)
{
        (void)state;
        begin(0x1000);
        variable(0x3e, "A", "old", 3);
        variable(0x3f, "A", "new", 3);
        variable(0x3e, "B", "kept", 4);
        variable(0x7f, "C", "unfinished", 10);
        _cleanup_uefi_ struct uefi_store s = parsed();
        assert_string_equal(hex(&s, "A"), "6e6577");
        assert_string_equal(hex(&s, "B"), "6b657074");
        assert_string_equal(hex(&s, "C"), "-");
}

static void test_full(void **state)
{
        (void)state;
        struct error err = {0};

        begin(400);
        variable(0x3f, "Keep", "1234567", 7);
        variable(0x3c, "Gone", "1234567", 7);
        while (end - at >= 80)
                variable(0x3f, "A", "xx", 2);
        variable(0x3f, "B", "", 0);
        _cleanup_uefi_ struct uefi_store s = parsed();
        /* Room only where deleted ones were. */
        assert_int_equal(uefi_set(&s, &uefi_global, "New", 7, "abcd", 4, &err), 0);
        _cleanup_uefi_ struct uefi_store a = again(&s);
        assert_string_equal(hex(&a, "New"), "61626364");
        assert_string_equal(hex(&a, "Keep"), "31323334353637");
        assert_string_equal(hex(&a, "Gone"), "-");
        /* And none at all. */
        uint8_t before[sizeof(file)];
        memcpy(before, a.file, a.len);
        a.changed = false;
        assert_int_equal(uefi_set(&a, &uefi_global, "Big", 7, before, 300, &err), -ENOSPC);
        assert_string_equal(err.text, "no room for Big in the firmware's variables");
        assert_memory_equal(before, a.file, a.len);
        assert_false(a.changed);
}

static void test_dirty_flash(void **state)
{
        (void)state;
        begin(0x400);
        variable(0x3f, "A", "a", 1);
        /* Firmware can only clear bits: what is not erased cannot hold a variable. */
        file[at + 100] = 0;
        _cleanup_uefi_ struct uefi_store s = parsed();
        assert_int_equal(uefi_set(&s, &uefi_global, "B", 7, "b", 1, NULL), 0);
        for (size_t i = s.used; i < s.end; i++)
                assert_int_equal(s.file[i], 0xff);
        _cleanup_uefi_ struct uefi_store a = again(&s);
        assert_string_equal(hex(&a, "A"), "61");
        assert_string_equal(hex(&a, "B"), "62");
}

static void refused(const char *why, size_t len)
{
        struct error err = {0};
        char text[128];

        snprintf(text, sizeof(text), "not an EDK2 variable store: %s", why);
        assert_int_equal(parse_len(len, &err), -EINVAL);
        assert_string_equal(err.text, text);
}

static void test_bad_headers(void **state)
{
        (void)state;
        begin(0x1000);
        for (size_t len = 0; len < 100; len++)
                refused("the file is too short", len);
        refused("the volume is larger than the file", sizeof(file) - 1);
        file[41] = 'X';
        refused("no volume of variables", sizeof(file));
        begin(0x1000);
        file[60] ^= 1;
        refused("the volume's checksum is wrong", sizeof(file));
        begin(0x1000);
        put(48, 0xfffe, 2);
        refused("the volume is larger than the file", sizeof(file));
        begin(0x1000);
        file[HEADER] = 0x16;
        refused("its variables are not of the authenticated form", sizeof(file));
        begin(0x1000);
        file[HEADER + 20] = 0xff;
        refused("it is not formatted", sizeof(file));
        begin(sizeof(file));
        refused("the store is larger than the volume", sizeof(file));
        begin(0x1000);
        put(HEADER + 16, 27, 4);
        refused("the store is larger than the volume", sizeof(file));
}

/* Variables begin at multiples of four: the last one of such a store would end behind it, aligned. */
static void test_odd_size(void **state)
{
        (void)state;
        for (size_t odd = 1; odd < 4; odd++) {
                begin(2 * 64 + odd);
                variable(0x3f, "A", "", 0);
                variable(0x3f, "B", "xyz", odd);
                assert_true(at > end);
                refused("the size of the store is no multiple of 4", sizeof(file));
        }
}

static void test_bad_variables(void **state)
{
        (void)state;
        static const uint32_t sizes[] = {0x1000, 0x7fffffff, 0xfffffffe, 0xffffffff};

        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
                for (size_t field = 36; field <= 40; field += 4) {
                        begin(0x1000);
                        variable(0x3f, "A", "a", 1);
                        size_t bad = at;
                        variable(0x3f, "B", "b", 1);
                        put(bad + field, sizes[i], 4);
                        _cleanup_uefi_ struct uefi_store s = parsed();

                        assert_string_equal(hex(&s, "A"), "61");
                        assert_string_equal(hex(&s, "B"), "-");
                        assert_int_equal(uefi_set(&s, &uefi_global, "A", 7, "x", 1, NULL), 0);
                        _cleanup_uefi_ struct uefi_store a = again(&s);
                        assert_string_equal(hex(&a, "A"), "78");
                }
}

static void test_bad_entries(void **state)
{
        (void)state;
        begin(0x1000);
        variable(0x3f, "Boot0000", "", 0);
        variable(0x3f, "Boot0001",
                 "\1\0\0\0\xff\xff"
                 "A\0\0\0",
                 10); /* path longer than all */
        variable(0x3f, "Boot0002",
                 "\1\0\0\0\0\0"
                 "A\0B\0",
                 10); /* no end of the text */
        variable(0x3f, "Boot0003",
                 "\1\0\0\0\4\0"
                 "\0\0\1\1\0\0",
                 12); /* a node of no length */
        variable(0x3f, "Boot0004",
                 "\1\0\0\0\4\0"
                 "\0\0\1\1\4\0",
                 12); /* PCI without place */
        variable(0x3f, "Boot0005",
                 "\1\0\0\0\4\0"
                 "\x1b\0\x00\xd8\0\0\x7f\xff\4\0",
                 16); /* text to print */
        variable(0x3f, "Boot00zz",
                 "\1\0\0\0\4\0"
                 "\0\0\x7f\xff\4\0",
                 12);
        variable(0x3f, "BootOrder", "\5\0\5\0\1", 5);
        variable(0x3f, "BootNext", "\5", 1);
        _cleanup_uefi_ struct uefi_store s = parsed();
        _cleanup_entries_ struct uefi_entries e = {0};

        assert_int_equal(uefi_entries_read(&s, &e, NULL), 0);
        assert_int_equal(e.n, 1);
        assert_int_equal(e.entry[0].number, 5);
        assert_string_equal(e.entry[0].description, "?\xef\xbf\xbd");
        assert_int_equal(e.n_order, 1);
        assert_int_equal(e.next, -1);
}

static int collect(const char *name, const struct uefi_entry *e, void *arg)
{
        strbuf_printf(arg, "%s=%u ", name, e->number);
        return 0;
}

static void test_names(void **state)
{
        (void)state;
        _cleanup_machine_ struct machine *m = machine();
        struct strbuf text = {0};

        usual_entries();
        _cleanup_uefi_ struct uefi_store s = parsed();
        _cleanup_entries_ struct uefi_entries e = {0};
        assert_int_equal(uefi_entries_read(&s, &e, NULL), 0);
        assert_int_equal(uefi_each_name(&e, m, collect, &text), 0);
        assert_string_equal(text.data, "boot1=1 cdrom0=1 boot2=2 bootdisk=2 boot3=3 net0=3 boot4=4 net0=4 "
                                       "boot5=5 net0=http=5 boot6=6 shell=6 boot7=7 path0=7 boot8=8 path1=8 "
                                       "boot10=10 ");
        strbuf_free(&text);
}

/* Devices of resources have the numbers that attributes leave. */
static void test_device_names(void **state)
{
        (void)state;
        _cleanup_machine_ struct machine *m = machine();
        const struct machine_device *d = machine_boot_device(m, "disk0");

        assert_non_null(d);
        assert_string_equal(d->backend, "/dev/zvol/rdsk/a/e");
        assert_string_equal(machine_boot_device(m, "disk1")->backend, "/dev/zvol/rdsk/a/d");
        assert_null(machine_boot_device(m, "disk2"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_kinds),
            cmocka_unit_test(test_order),
            cmocka_unit_test(test_nothing_left),
            cmocka_unit_test(test_next),
            cmocka_unit_test(test_firmware),
            cmocka_unit_test(test_new_variable),
            cmocka_unit_test(test_replacing),
            cmocka_unit_test(test_full),
            cmocka_unit_test(test_dirty_flash),
            cmocka_unit_test(test_bad_headers),
            cmocka_unit_test(test_odd_size),
            cmocka_unit_test(test_bad_variables),
            cmocka_unit_test(test_bad_entries),
            cmocka_unit_test(test_names),
            cmocka_unit_test(test_device_names),
            cmocka_unit_test(test_media),
            cmocka_unit_test(test_media_among_others),
        };

        return cmocka_run_group_tests_name("uefi", tests, NULL, NULL);
}

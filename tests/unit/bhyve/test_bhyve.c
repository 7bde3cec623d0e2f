/* Options, values and refusals of bhyve(8): the texts and exit statuses that scripts see. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "bhyve/bhyve.h"

/* Parses the words of a line (separated by single blanks, '' for an empty one). */
static int parse(const char *line, struct bconf **ret, struct error *err)
{
        char *copy = strdup(line), *words[128], *rest = copy;
        int n = 0, r;

        assert_non_null(copy);
        words[n++] = "bhyve";
        while (rest && n < 127) {
                words[n++] = strsep(&rest, " ");
                if (strcmp(words[n - 1], "''") == 0)
                        words[n - 1] = "";
        }
        words[n] = NULL;
        *ret = bconf_new();
        r = bhyve_parse(n, words, *ret, err);
        free(copy);
        return r;
}

static void assert_parse_fails(const char *line, int status, const char *text)
{
        _cleanup_(bconf_freep) struct bconf *conf = NULL;
        struct error err = {0};

        assert_int_equal(parse(line, &conf, &err), status);
        assert_string_equal(err.text, text);
}

static void assert_variable(const char *line, const char *name, const char *value)
{
        _cleanup_(bconf_freep) struct bconf *conf = NULL;
        struct error err = {0};

        if (parse(line, &conf, &err) != 0)
                print_error("%s: %s\n", line, err.text);
        assert_int_equal(err.code, 0);
        if (value)
                assert_string_equal(str_empty(bconf_get(conf, name)), value);
        else
                assert_null(bconf_get(conf, name));
}

static int build(const char *line, const struct engine_env *env, struct strv *args, struct error *err)
{
        _cleanup_(bconf_freep) struct bconf *conf = NULL;

        assert_int_equal(parse(line, &conf, err), 0);
        return bhyve_to_engine(conf, env, args, err);
}

static const struct engine_env host = {.qmp_fd = -1, .run_dir = "/run/bhyve"};
static const struct engine_env zone = {.qmp_fd = -1};

static void assert_refused(const char *line, const struct engine_env *env, const char *text)
{
        _cleanup_(strv_free) struct strv args = {0};
        struct error err = {0};

        assert_true(build(line, env, &args, &err) < 0);
        assert_string_equal(err.text, text);
        assert_int_equal(args.n, 0);
}

/* True if the engine's arguments hold this one. */
static bool has(const char *line, const struct engine_env *env, const char *word)
{
        _cleanup_(strv_free) struct strv args = {0};
        struct error err = {0};

        if (build(line, env, &args, &err) < 0)
                print_error("%s: %s\n", line, err.text);
        assert_int_equal(err.code, 0);
        for (size_t i = 0; i < args.n; i++)
                if (strcmp(args.v[i], word) == 0)
                        return true;
        return false;
}

static void bad_values_exit_with_64(void **state)
{
        (void)state;
        assert_parse_fails("-m 0 vm", 64, "invalid memsize '0'");
        assert_parse_fails("-m 1X vm", 64, "invalid memsize '1X'");
        assert_parse_fails("-c cpu=2 vm", 64, "invalid cpu topology 'cpu=2'");
        assert_parse_fails("-o x vm", 64, "invalid configuration option 'x'");
        assert_parse_fails("-o x= vm", 64, "invalid configuration option 'x='");
        assert_parse_fails("-o a..b=1 vm", 64, "invalid configuration option 'a..b=1'");
        assert_parse_fails("-l com5,/dev/x vm", 64, "invalid lpc device configuration 'com5,/dev/x'");
        assert_parse_fails("-l com1 vm", 64, "invalid lpc device configuration 'com1'");
        assert_parse_fails("-B 4,x=y vm", 64, "invalid SMBIOS configuration: '4,x=y'");
        assert_parse_fails("-B 1,vendor=y vm", 64, "invalid SMBIOS configuration: type 1 has no 'vendor'");
        assert_parse_fails("-B 1 vm", 64, "invalid SMBIOS configuration: '1'");
        assert_parse_fails("-B 1, vm", 64, "invalid SMBIOS configuration: '1,': an empty word");
        assert_parse_fails("-B 1,sku=a,,serial=b vm", 64,
                           "invalid SMBIOS configuration: '1,sku=a,,serial=b': an empty word");
        assert_parse_fails("-B 1,sku=a, vm", 64, "invalid SMBIOS configuration: '1,sku=a,': an empty word");
        assert_parse_fails("-f x vm", 64, "invalid fwcfg item 'x'");
        assert_parse_fails("-n id=0x1,size=1M vm", 64, "invalid NUMA domain 'id=0x1,size=1M'");
        assert_parse_fails("-n id=256 vm", 64, "invalid NUMA domain 'id=256'");
        assert_parse_fails("-p -0:1 vm", 64, "invalid vcpu pinning '-0:1'");
        assert_parse_fails("-p 0:1x vm", 64, "invalid vcpu pinning '0:1x'");
}

static void bad_slots_exit_with_4(void **state)
{
        (void)state;
        assert_parse_fails("-s 3:0,floppy vm", 4, "pci slot 0:3:0: unknown device \"floppy\"");
        assert_parse_fails("-s 3,virtio-rnd -s 0:3:0,hda vm", 4, "pci slot 0:3:0 already occupied!");
        assert_parse_fails("-s 32,hda vm", 4, "Invalid PCI slot info field \"32,hda\"");
        assert_parse_fails("-s 12:8,virtio-net-viona,v vm", 4,
                           "Invalid PCI slot info field \"12:8,virtio-net-viona,v\"");
        assert_parse_fails("-s 3 vm", 4, "Invalid PCI slot info field \"3\"");
        assert_parse_fails("-s 3:,hda vm", 4, "Invalid PCI slot info field \"3:,hda\"");
        assert_parse_fails("-s 3,passthru,+1/0/0 vm", 4, "pci.0.3.0: invalid host device '+1/0/0'");
        assert_parse_fails("-s 3,passthru,1/32/0 vm", 4, "pci.0.3.0: invalid host device '1/32/0'");
        assert_parse_fails("-s 5,virtio-scsi,target=0:/a,ro,target=1:/b vm", 4,
                           "pci.0.5.0: virtio-scsi: 2 targets; a controller has one here, so give each a "
                           "controller of its own");
        assert_parse_fails("-s -3,hda vm", 4, "Invalid PCI slot info field \"-3,hda\"");
}

static void wrong_usage_exits_with_1(void **state)
{
        (void)state;
        assert_parse_fails("-m 1G", 1, "the name of the machine is missing");
        assert_parse_fails("a b", 1, "b: more than one name");
        assert_parse_fails("-z vm", 1, "-z: unknown option or missing value");
}

static void a_zone_reads_no_file(void **state)
{
        (void)state;
        assert_parse_fails(
            "-k /etc/shadow vm", 4,
            "-k /etc/shadow: a zone's machine is described by its configuration, not by a file");
}

static void help_is_asked_for(void **state)
{
        static const struct {
                const char *line;
                int ask;
        } table[] = {{"-h", BHYVE_ASK_USAGE}, {"-s help", BHYVE_ASK_DEVICES}, {"-l help", BHYVE_ASK_LPC}};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_(bconf_freep) struct bconf *conf = NULL;

                assert_int_equal(parse(table[i].line, &conf, NULL), table[i].ask);
        }
}

static void options_set_the_variables_of_bhyve_config(void **state)
{
        (void)state;
        assert_variable("vm", "memory.size", "256M");
        assert_variable("-A vm", "acpi_tables", "true");
        assert_variable("-w vm", "x86.strictmsr", "false");
        assert_variable("-W vm", "virtio_msix", "false");
        assert_variable("-S vm", "memory.wired", "true");
        assert_variable("-u vm", "rtc.use_localtime", "false");
        assert_variable("-c 2,sockets=1 vm", "cpus", "2");
        assert_variable("-c 2,sockets=1 vm", "threads", NULL);
        assert_variable("-c '' vm", "threads", "1");
        assert_variable("-p 1:3 -p 1:5 vm", "vcpu.1.cpuset", "3,5");
        assert_variable("-G w:1234 vm", "gdb.wait", "true");
        assert_variable("-G 10.0.0.1:1234 vm", "gdb.address", "10.0.0.1");
        assert_variable("-G :1234 vm", "gdb.address", NULL);
        assert_variable("-U u -B 1,uuid=v vm", "uuid", "u");
        assert_variable("-B 1,uuid=v vm", "uuid", "v");
        assert_variable("-l com2,tcp=a:1,b vm", "lpc.com2.path", "tcp=a:1,b");
        assert_variable("-o name=other vm", "name", "vm");
}

static void devices_set_the_variables_of_bhyve_config(void **state)
{
        (void)state;
        assert_variable("-s 4,virtio-blk,/a,ro vm", "pci.0.4.0.ro", "true");
        assert_variable("-s 4,ahci-cd,/a vm", "pci.0.4.0.device", "ahci");
        assert_variable("-s 4,ahci,hd:/a,ser=x,cd:/b vm", "pci.0.4.0.port.1.path", "/b");
        assert_variable("-s 4,ahci,hd:/a,ser=x,cd:/b vm", "pci.0.4.0.port.0.ser", "x");
        assert_variable("-s 4,e1000,igb2 vm", "pci.0.4.0.backend", "dlpi");
        assert_variable("-s 4,e1000,igb2 vm", "pci.0.4.0.vnic", "igb2");
        assert_variable("-s 4,virtio-net,tap3 vm", "pci.0.4.0.type", "tap");
        assert_variable("-s 4,virtio-net,tap3 vm", "pci.0.4.0.vnic", NULL);
        assert_variable("-s 4,virtio-net,tapestry0 vm", "pci.0.4.0.vnic", "tapestry0");
        assert_variable("-s 9,passthru,2/0/1 vm", "pci.0.9.0.func", "1");
        assert_variable("-s 9,passthru,pci2:0:1,rom=/r vm", "pci.0.9.0.rom", "/r");
        assert_variable("-s 9,passthru,/dev/ppt0 vm", "pci.0.9.0.path", "/dev/ppt0");
        assert_variable("-s 9,fbuf,rfb=1.2.3.4:5900 vm", "pci.0.9.0.tcp", "1.2.3.4:5900");
        assert_variable("-s 9,fbuf,vga=off,unix=/tmp/x,wait vm", "pci.0.9.0.wait", "true");
        assert_variable("-s 9,xhci,tablet vm", "pci.0.9.0.slot.1.device", "tablet");
        assert_variable("-s 9,amd_hostbridge vm", "pci.0.9.0.pcireg.vendor", "0x1022");
}

static int collect(const char *name, const char *value, void *arg)
{
        strbuf_printf(arg, "%s=%s ", name, value);
        return 0;
}

static void a_value_that_is_set_again_moves_to_the_end_of_its_node(void **state)
{
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new();
        _cleanup_(strbuf_free) struct strbuf text = {0};

        (void)state;
        assert_int_equal(bconf_set(conf, "a.x", "1"), 0);
        assert_int_equal(bconf_set(conf, "b", "2"), 0);
        assert_int_equal(bconf_set(conf, "a.y", "3"), 0);
        assert_int_equal(bconf_set(conf, "a.x", "4"), 0);
        bconf_each(conf, collect, &text);
        assert_string_equal(text.data, "a.y=3 a.x=4 b=2 ");
}

static void a_node_is_not_a_value(void **state)
{
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new();

        (void)state;
        assert_int_equal(bconf_set(conf, "a.x", "1"), 0);
        assert_int_equal(bconf_set(conf, "a", "1"), -EINVAL);
        assert_int_equal(bconf_set(conf, "a.x.y", "1"), -EINVAL);
        assert_null(bconf_get(conf, "a"));
        assert_null(bconf_get(conf, "a.x.y"));
        assert_null(bconf_get(conf, "a.z"));
}

static void booleans_have_eight_words(void **state)
{
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new();

        (void)state;
        bconf_set(conf, "yes", "On");
        bconf_set(conf, "no", "FALSE");
        bconf_set(conf, "other", "maybe");
        assert_int_equal(bconf_bool(conf, "yes", false), 1);
        assert_int_equal(bconf_bool(conf, "no", true), 0);
        assert_int_equal(bconf_bool(conf, "unset", true), 1);
        assert_int_equal(bconf_bool(conf, "other", true), -EINVAL);
}

static void references_are_expanded(void **state)
{
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new(), *plain = NULL, *none = NULL;
        struct error err = {0};

        (void)state;
        bconf_set(conf, "a", "%(b)/x");
        bconf_set(conf, "b", "/y");
        bconf_set(conf, "c", "\\%(b)%(a)");
        bconf_set(conf, "d", "back\\slash");
        assert_int_equal(bconf_expand(conf, &plain, &err), 0);
        assert_string_equal(bconf_get(plain, "a"), "/y/x");
        assert_string_equal(bconf_get(plain, "c"), "%(b)/y/x");
        assert_string_equal(bconf_get(plain, "d"), "back\\slash");

        bconf_set(conf, "e", "%(nothing)");
        assert_int_equal(bconf_expand(conf, &none, &err), -EINVAL);
        assert_string_equal(err.text, "e: \"%(nothing)\" refers to nothing, which is not set");
        bconf_set(conf, "e", "%(e)");
        assert_int_equal(bconf_expand(conf, &none, &err), -ELOOP);
        bconf_set(conf, "e", "100%");
        assert_int_equal(bconf_expand(conf, &none, &err), -EINVAL);
}

static void a_tree_is_expanded_once(void **state)
{
        _cleanup_(bconf_freep) struct bconf *conf = bconf_new(), *plain = NULL, *again = NULL;
        struct error err = {0};

        (void)state;
        bconf_set(conf, "a", "100\\%%(c)");
        bconf_set(conf, "c", "x");
        bconf_set(conf, "d", "y");
        assert_int_equal(bconf_expand(conf, &plain, &err), 0);
        assert_string_equal(bconf_get(plain, "a"), "100%x");
        assert_int_equal(bconf_expand(plain, &again, &err), 0);
        assert_string_equal(bconf_get(again, "a"), "100%x");
        /* Who referred to whom is still known. */
        assert_true(bconf_is_referred_to(again, "c"));
        assert_false(bconf_is_referred_to(again, "d"));
        assert_false(bconf_is_referred_to(again, "nothing"));
}

static void the_topology_is_the_product_or_is_refused(void **state)
{
        (void)state;
        assert_true(has("-c sockets=2,cores=4,threads=2 vm", &zone,
                        "cpus=16,sockets=2,cores=4,threads=2,maxcpus=16"));
        assert_true(has("-c 4 vm", &zone, "cpus=4,sockets=4,cores=1,threads=1,maxcpus=4"));
        assert_refused("-c 4,cores=3 vm", &zone,
                       "Topology (4 sockets, 3 cores, 1 threads) does not match 4 vCPUs");
        assert_refused("-c 0 vm", &zone, "Invalid value for cpus: '0'");
        assert_refused("-c sockets=65535,cores=2 vm", &zone, "Computed number of vCPUs too high: 131070");
        assert_refused("-c 300 vm", &zone, "300 vCPUs requested but only 255 available");
}

static void the_slots_of_the_board_are_refused_by_name(void **state)
{
        (void)state;
        assert_refused("-s 0,hostbridge,model=i440fx -s 1,virtio-rnd vm", &zone,
                       "pci.0.1.0: virtio-rnd: slot 1 belongs to the ISA bridge (lpc) of the i440fx board");
        assert_refused("-s 0,hostbridge,model=q35 -s 31:3,virtio-rnd vm", &zone,
                       "pci.0.31.3: virtio-rnd: slot 31 belongs to the ISA bridge (lpc) of the q35 board");
        assert_refused("-s 0,hostbridge -s 0:1,virtio-rnd vm", &zone,
                       "pci.0.0.1: virtio-rnd: slot 0 belongs to the host bridge of the i440fx board");
        assert_refused("-s 0,hostbridge,model=intel vm", &zone,
                       "hostbridge: unknown model 'intel' (it is one of amd, i440fx, netapp, q35)");
        assert_refused("-s 1:2:0,virtio-rnd vm", &zone,
                       "pci.1.2.0: virtio-rnd: the board has only PCI bus 0");
        assert_refused("-s 5,hostbridge vm", &zone,
                       "pci.0.5.0: hostbridge: the board has one host bridge, at 0:0");
}

static void a_host_bridge_without_a_board_takes_the_board_that_fits(void **state)
{
        (void)state;
        assert_true(has("-s 0,hostbridge -s 31,lpc -s 1,virtio-rnd vm", &zone,
                        "virtio-rng-pci,id=pci.0.1.0,bus=pcie.0,addr=0x1,rng=pci.0.1.0-rng"));
        assert_true(has("-s 0,hostbridge -s 1,lpc -s 31,virtio-rnd vm", &zone,
                        "virtio-rng-pci,id=pci.0.31.0,bus=pci.0,addr=0x1f,rng=pci.0.31.0-rng"));
}

static void the_place_of_the_lpc_bridge_chooses_the_board_when_no_model_does(void **state)
{
        static const char q35[] = "virtio-rng-pci,id=pci.0.4.0,bus=pcie.0,addr=0x4,rng=pci.0.4.0-rng";
        static const char i440fx[] = "virtio-rng-pci,id=pci.0.4.0,bus=pci.0,addr=0x4,rng=pci.0.4.0-rng";

        (void)state;
        assert_true(has("-s 0,hostbridge -s 31,lpc -s 4,virtio-rnd vm", &zone, q35));
        assert_true(has("-s 31,lpc -s 4,virtio-rnd vm", &zone, q35));
        assert_true(has("-s 0,amd_hostbridge -s 1,lpc -s 4,virtio-rnd vm", &zone, i440fx));
        assert_true(has("-s 4,virtio-rnd vm", &zone, i440fx));
        /* The slot of the bridge is no reason to refuse a device. */
        assert_true(has("-s 31,lpc -s 31:1,virtio-rnd -s 4,virtio-rnd vm", &zone, i440fx));
        assert_true(has("-s 0,hostbridge,model=i440fx -s 31,lpc -s 4,virtio-rnd vm", &zone, i440fx));
}

static void threads_of_a_core_are_said_in_the_words_of_the_processor(void **state)
{
        struct engine_env amd = {.qmp_fd = -1, .kvm = true, .amd = true};
        struct engine_env intel = {.qmp_fd = -1, .kvm = true};

        (void)state;
        assert_true(has("-c 2 vm", &zone, "max,la57=off"));
        assert_true(has("-c cores=2 vm", &amd, "host"));
        /* An emulated AMD processor has no threads. */
        assert_true(has("-c threads=2 vm", &zone, "max,la57=off,vendor=GenuineIntel"));
        assert_true(has("-c threads=2 vm", &intel, "host"));
        assert_true(has("-c threads=2 -x vm", &amd, "host,x2apic=on,topoext=on"));
}

static void the_mode_of_the_local_apic_is_what_was_said(void **state)
{
        const struct engine_env kvm = {.qmp_fd = -1, .kvm = true};

        (void)state;
        assert_true(has("-a vm", &kvm, "host,x2apic=off"));
        assert_true(has("-x vm", &kvm, "host,x2apic=on"));
        /* Unsaid, the guest chooses. */
        assert_true(has("vm", &kvm, "host"));
}

static void a_scsi_disk_has_the_options_of_a_disk(void **state)
{
        static const char disk[] =
            "driver=raw,node-name=pci.0.4.0-disk,file=pci.0.4.0-disk-file,discard=ignore,"
            "read-only=on";
        _cleanup_(bconf_freep) struct bconf *conf = NULL;
        struct needs needs;

        (void)state;
        assert_true(has("-s 4,virtio-scsi,target=3:/a,ro,nodelete vm", &host, disk));
        assert_int_equal(parse("-s 4,virtio-scsi,target=3:/a,ro,nodelete vm", &conf, NULL), 0);
        assert_int_equal(bhyve_needs(conf, &needs, NULL), 0);
        assert_int_equal(needs.n, 1);
        assert_int_equal(needs.need[0].kind, NEED_DISK_RO);
        assert_string_equal(needs.need[0].path, "/a");
        needs_free(&needs);
}

static void two_adapters_on_one_link_have_an_end_each(void **state)
{
        static const struct engine_fd fds[] = {
            {.kind = NEED_NET, .path = "nat0", .fd = 21, .how = LINK_STREAM},
            {.kind = NEED_NET, .path = "nat0", .fd = 22, .how = LINK_STREAM},
        };
        static const char two[] = "-s 4,virtio-net,nat0 -s 5,e1000,nat0 vm";
        struct engine_env env = {.qmp_fd = -1, .fd = fds, .n_fd = ARRAY_SIZE(fds)};

        (void)state;
        assert_true(has(two, &env, "stream,id=pci.0.4.0-net,server=off,addr.type=fd,addr.str=21"));
        assert_true(has(two, &env, "stream,id=pci.0.5.0-net,server=off,addr.type=fd,addr.str=22"));
        env.n_fd = 1;
        assert_refused(two, &env, "pci.0.5.0: the zone has no link nat0");
}

static void a_hole_at_function_0_is_filled(void **state)
{
        (void)state;
        assert_true(
            has("-s 5:1,virtio-rnd vm", &zone, "pci-testdev,id=hole.5,bus=pci.0,addr=0x5,multifunction=on"));
        assert_false(
            has("-s 5:0,virtio-rnd vm", &zone, "pci-testdev,id=hole.5,bus=pci.0,addr=0x5,multifunction=on"));
        assert_true(has("-s 5:0,hda -s 5:1,virtio-rnd vm", &zone,
                        "intel-hda,id=pci.0.5.0,bus=pci.0,addr=0x5,multifunction=on"));
}

static void csm_boots_in_the_order_of_the_slots(void **state)
{
        static const char line[] = "-s 7,ahci-cd,/c -s 4,virtio-blk,/a -s 5,virtio-blk,/b,bootindex=9 vm";

        (void)state;
        assert_true(has(line, &host,
                        "virtio-blk-pci,id=pci.0.5.0,bus=pci.0,addr=0x5,drive=pci.0.5.0-disk,"
                        "serial=BHYVE-97AA-0BB1-88B5,bootindex=0"));
        assert_true(has(line, &host,
                        "virtio-blk-pci,id=pci.0.4.0,bus=pci.0,addr=0x4,drive=pci.0.4.0-disk,"
                        "serial=BHYVE-0639-767F-3E9E,bootindex=1"));
        assert_true(
            has(line, &host,
                "ide-cd,bus=pci.0.7.0.0,drive=pci.0.7.0-port0,serial=BHYVE-C840-EB25-86C1,bootindex=2"));
}

static void a_guest_can_tell_its_shared_directories_apart(void **state)
{
        (void)state;
        assert_true(has("-s 11,virtio-9p,1234567890123456789012345678901=/a vm", &host,
                        "virtio-9p-pci,id=pci.0.11.0,bus=pci.0,addr=0xb,fsdev=pci.0.11.0-fs,mount_tag="
                        "1234567890123456789012345678901"));
        assert_refused("-s 11,virtio-9p,12345678901234567890123456789012=/a vm", &host,
                       "pci.0.11.0: virtio-9p: the name '12345678901234567890123456789012' is longer than 31 "
                       "characters");
        assert_refused("-s 11,virtio-9p,www=/a -s 12,virtio-9p,www=/b,ro vm", &host,
                       "pci.0.11.0 and pci.0.12.0: virtio-9p: both shares are named 'www'");
}

static void what_the_engine_tells_apart_by_name_has_one_name_each(void **state)
{
        (void)state;
        assert_refused("-s 14,virtio-console,p=/tmp/a,p=/tmp/b vm", &host,
                       "pci.0.14.0: virtio-console: it has a port that is named 'p' already");
        assert_refused("-s 13,virtio-console,p=/tmp/a -s 14,virtio-console,q=/tmp/c,p=/tmp/b vm", &host,
                       "pci.0.14.0: virtio-console: pci.0.13.0 has a port that is named 'p' already");
        assert_true(has("-s 13,virtio-console,p=/tmp/a -s 14,virtio-console,q=/tmp/c vm", &host,
                        "virtserialport,bus=pci.0.14.0.0,nr=1,chardev=pci.0.14.0-port0,name=q"));
        assert_refused("-f opt/x,string=1 -f opt/y,string=1 -f opt/x,string=2 vm", &host,
                       "fwcfg.0 and fwcfg.2: both items are named 'opt/x'");
}

static void memory_is_read_as_bhyve_reads_it(void **state)
{
        (void)state;
        assert_true(has("-m 010M vm", &host, "size=8M"));
        assert_true(has("-m 0x200 vm", &host, "size=512M"));
        assert_parse_fails("-m 09M vm", 64, "invalid memsize '09M'");
}

static void a_serial_line_is_called_by_its_device(void **state)
{
        (void)state;
        assert_refused("-s 14,uart,stdio vm", &zone,
                       "pci.0.14.0: stdio: not in a zone; use /dev/zconsole or socket,PATH");
        assert_refused("-s 14,uart,/dev/zconsole vm", &host,
                       "pci.0.14.0: /dev/zconsole: this is not a zone, it has no console");
        assert_refused("-s 14,uart,tcp=:1 vm", &host, "pci.0.14.0: invalid address ':1': it is ADDRESS:PORT");
}

static void a_device_of_the_host_is_found_where_the_jail_has_it(void **state)
{
        static const char line[] = "-S -s 9,passthru,2/0/1,rom=/roms/card vm";
        static const struct engine_fd fd = {
            .kind = NEED_PCI, .path = "2/0/1", .fd = -1, .host = "0000:02:00.1"};
        const struct engine_env jail = {.qmp_fd = -1, .fd = &fd, .n_fd = 1},
                                plain = {.qmp_fd = -1, .fd = &fd, .n_fd = 1, .run_dir = "/run/bhyve"};

        (void)state;
        assert_true(has(line, &jail,
                        "vfio-pci,id=pci.0.9.0,bus=pci.0,addr=0x9,sysfsdev=/dev/vfio/0000:02:00.1,"
                        "romfile=/dev/vfio/0000:02:00.1/rom"));
        assert_true(has(line, &plain,
                        "vfio-pci,id=pci.0.9.0,bus=pci.0,addr=0x9,host=0000:02:00.1,romfile=/roms/card"));
        /* VFIO pins the guest's memory; the engine's own would be more than a zone may lock. */
        assert_false(has(line, &jail, "mem-lock=on"));
        assert_true(has(line, &plain, "mem-lock=on"));
}

static void a_rom_is_needed_after_its_device(void **state)
{
        _cleanup_(bconf_freep) struct bconf *conf = NULL;
        struct needs needs = {0};
        struct error err = {0};

        (void)state;
        assert_int_equal(parse("-s 9,passthru,2/0/1,rom=/roms/card -s 10,passthru,/dev/ppt0 vm", &conf, &err),
                         0);
        assert_int_equal(bhyve_needs(conf, &needs, &err), 0);
        assert_int_equal(needs.n, 3);
        assert_int_equal(needs.need[0].kind, NEED_PCI);
        assert_string_equal(needs.need[0].path, "2/0/1");
        assert_int_equal(needs.need[1].kind, NEED_PCI_ROM);
        assert_string_equal(needs.need[1].path, "/roms/card");
        assert_int_equal(needs.need[2].kind, NEED_PCI);
        assert_string_equal(needs.need[2].path, "/dev/ppt0");
        needs_free(&needs);
}

static void what_a_zone_cannot_have_is_refused_by_name(void **state)
{
        (void)state;
        assert_refused("-l com1,stdio vm", &zone,
                       "com1: stdio: not in a zone; use /dev/zconsole or socket,PATH");
        assert_refused("-l com2,socket,/tmp/x vm", &zone, "com2: the zone was not given the socket /tmp/x");
        assert_refused("-l com1,/dev/zconsole vm", &host,
                       "com1: /dev/zconsole: this is not a zone, it has no console");
        assert_refused("-s 6,virtio-net-viona,vnic0 vm", &zone, "pci.0.6.0: the zone has no link vnic0");
        assert_refused("-s 11,virtio-9p,www=/data vm", &zone,
                       "pci.0.11.0: virtio-9p: the zone was not given the directory /data");
        assert_refused("-s 9,passthru,/dev/ppt0 vm", &zone,
                       "pci.0.9.0: passthru: the machine was not given the host device /dev/ppt0");
        assert_refused("-G 1234 vm", &zone, "gdb: the zone was not given the socket /tmp/vm.gdb");
        assert_refused("-p 0:1 vm", &zone,
                       "vcpu.N.cpuset: CPUs of the host are not a machine's to choose; a zone has "
                       "dedicated-cpu");
}

static void what_the_engine_cannot_do_is_refused_by_name(void **state)
{
        (void)state;
        assert_refused(
            "-s 4,ahci-hd,/a,ro vm", &host,
            "pci.0.4.0.port.0: a read-only SATA disk cannot be had from this engine; use virtio-blk");
        assert_refused("-s 4,virtio-net,netgraph,path=x vm", &host,
                       "pci.0.4.0: netgraph is FreeBSD's; name a tap");
        assert_refused("-l com1,/dev/nmdm0A vm", &host,
                       "com1: /dev/nmdm0A: null-modem devices are FreeBSD's; use socket,PATH");
        assert_refused("-s 4,virtio-scsi,/dev/cam/ctl vm", &host,
                       "pci.0.4.0: virtio-scsi: FreeBSD's CTL is not on this host; use target=[ID:]PATH");
        assert_refused("-l tpm,passthru,/dev/tpm0 vm", &host,
                       "tpm: type 'passthru': only swtpm,SOCKET can be had here");
        assert_refused("-K klingon vm", &host, "keyboard.layout: there is no layout 'klingon'");
        assert_refused("-s 4,fbuf,tcp=127.0.0.1:80 vm", &host,
                       "pci.0.4.0: fbuf: port 80: the engine serves screens from port 5900");
        assert_refused("-s 4,fbuf,w=5000 vm", &host, "pci.0.4.0: fbuf: invalid w '5000' (at most 1920)");
        assert_refused("-s 4,fbuf -s 5,fbuf vm", &host, "pci.0.5.0: fbuf: there is one at pci.0.4.0 already");
}

static void bad_values_of_devices_are_refused(void **state)
{
        (void)state;
        assert_refused("-s 4,virtio-blk,/a,sectorsize=1000 vm", &host,
                       "pci.0.4.0: invalid sectorsize '1000'");
        assert_refused("-s 4,virtio-blk,/a,sectorsize=4096/512 vm", &host,
                       "pci.0.4.0: invalid sectorsize '4096/512'");
        assert_refused("-s 4,virtio-blk vm", &host, "pci.0.4.0: the path is missing");
        assert_refused("-s 4,virtio-blk,/a,ro=perhaps vm", &host,
                       "Invalid value perhaps for boolean variable pci.0.4.0.ro");
        assert_refused("-l com1,socket,/tmp/a,wait vm", &host,
                       "com1: invalid socket '/tmp/a,wait': it is an absolute path with nothing after it");
        assert_refused("-o pci.0.4.0.device=zip vm", &host, "pci slot 0:4:0: unknown device \"zip\"");
        assert_refused("-o pci.0.04.0.device=hda vm", &host, "pci.0.04: not a PCI address");
        assert_refused("-o memory.size=much vm", &host, "invalid memsize 'much'");
}

static void a_comma_in_a_value_stays_in_the_value(void **state)
{
        (void)state;
        assert_true(has("-o bios.vendor=Acme,Inc -s 4,virtio-rnd vm", &zone, "type=0,vendor=Acme,,Inc"));
}

static void memory_is_rounded_up_to_mebibytes_at_any_size(void **state)
{
        (void)state;
        assert_true(has("-m 1048577B vm", &zone, "size=2M"));
        assert_true(has("-m 18446744073709551615 vm", &zone, "size=17592186044416M"));
}

static void a_disk_has_the_serial_that_bhyve_gives_it(void **state)
{
        char serial[DISK_SERIAL_MAX];

        (void)state;
        /* MD5 of "/dev/zvol/rdsk/data/omnios/hdd-bloody" is 7d0c47701d605afa.. */
        bhyve_disk_serial("/dev/zvol/rdsk/data/omnios/hdd-bloody", serial);
        assert_string_equal(serial, "BHYVE-7D0C-4770-1D60");
}

static void names_of_firmware_stand_for_the_hosts(void **state)
{
        (void)state;
        assert_false(bhyve_firmware_is_uefi(NULL));
        assert_false(bhyve_firmware_is_uefi("/usr/share/bhyve/firmware/BHYVE_RELEASE_CSM.fd"));
        assert_false(bhyve_firmware_is_uefi("/usr/share/bhyve/uefi-csm-rom.bin"));
        assert_true(bhyve_firmware_is_uefi("/usr/share/bhyve/firmware/BHYVE.fd"));
        assert_null(bhyve_firmware_code("/x/BHYVE_CSM.fd"));
        assert_string_equal(bhyve_firmware_code("/x/BHYVE_RELEASE.fd"), "/usr/share/OVMF/OVMF_CODE_4M.fd");
        assert_string_equal(bhyve_firmware_vars("/x/uefi-rom.bin"), "/usr/share/OVMF/OVMF_VARS_4M.fd");
        assert_string_equal(bhyve_firmware_code("/own/firmware.fd"), "/own/firmware.fd");
        assert_null(bhyve_firmware_vars("/own/firmware.fd"));
        assert_string_equal(bhyve_firmware_vars("/usr/share/OVMF/OVMF_CODE_4M.ms.fd"),
                            "/usr/share/OVMF/OVMF_VARS_4M.ms.fd");
}

static void what_has_no_effect_is_said(void **state)
{
        _cleanup_(strv_free) struct strv args = {0};
        struct problems notices = {0};
        struct engine_env env = zone;
        struct error err = {0};

        (void)state;
        env.notices = &notices;
        assert_int_equal(build("-o memory.use_reservoir=true vm", &env, &args, &err), 0);
        assert_int_equal(notices.n, 1);
        assert_string_equal(notices.text[0], "memory.use_reservoir: has no effect on this host");
        problems_clear(&notices);
}

static void a_screen_can_hold_the_guest_back(void **state)
{
        _cleanup_(bconf_freep) struct bconf *with = NULL, *without = NULL;

        (void)state;
        assert_int_equal(parse("-s 30,fbuf,unix=/tmp/x,wait vm", &with, NULL), 0);
        assert_int_equal(parse("-s 30,fbuf,unix=/tmp/x vm", &without, NULL), 0);
        assert_true(bhyve_waits_for_viewer(with));
        assert_false(bhyve_waits_for_viewer(without));
}

static void what_waits_for_somebody_else_is_not_let_go_by_a_viewer(void **state)
{
        static const char *const held[] = {"-d", "-G w1234"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
                _cleanup_(bconf_freep) struct bconf *conf = NULL;
                char line[64];

                snprintf(line, sizeof(line), "-s 30,fbuf,unix=/tmp/x,wait %s vm", held[i]);
                assert_int_equal(parse(line, &conf, NULL), 0);
                assert_false(bhyve_waits_for_viewer(conf));
                assert_true(has(line, &host, "-S"));
        }
}

static void the_reason_of_a_line_comes_without_what_it_repeats(void **state)
{
        (void)state;
        assert_string_equal(bhyve_engine_reason("qemu-system-x86_64: -device ide-hd,bus=pci.0.4.0.0: the "
                                                "size: not this one"),
                            "the size: not this one");
        assert_string_equal(bhyve_engine_reason("qemu-system-x86_64: -k: "), "-k: ");
        assert_string_equal(bhyve_engine_reason("qemu-system-x86_64: no memory"), "no memory");
        assert_string_equal(bhyve_engine_reason("zhyve: x: y"), "zhyve: x: y");
}

static void of_the_engines_lines_only_those_for_people_are_shown(void **state)
{
        static const char *const noise[] = {
            "CPU Reset (CPU 1)",
            "EAX=00000000 EBX=00000000 ECX=00000000 EDX=00060fb1",
            "R8 =0000000000000000 R9 =0000000000000000",
            "ES =0000 00000000 0000ffff 00009300",
            "XMM00=0000000000000000 0000000000000000 XMM01=0000000000000000 0000000000000000",
            ("qemu-system-x86_64: -chardev socket,id=qmp,fd=11,server=on,wait=off: info: QEMU waiting for "
             "connection on: disconnected:unix:/run/zones/z.engine/qmp,server=on"),
        };
        static const char *const text[] = {
            "", "=", "A=1", "Triple faults", "qemu-system-x86_64: no such file", "GUEST_NAME=web1"};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(noise); i++)
                assert_int_equal(bhyve_engine_line(noise[i]), ENGINE_LINE_NOISE);
        for (size_t i = 0; i < ARRAY_SIZE(text); i++)
                assert_int_equal(bhyve_engine_line(text[i]), ENGINE_LINE_TEXT);
        assert_int_equal(bhyve_engine_line("Triple fault"), ENGINE_LINE_TRIPLE_FAULT);
}

static void a_screen_that_does_not_say_where_is_served_where_a_zone_has_it(void **state)
{
        static const char *const words[][2] = {{"20,fbuf", "/tmp/vm.vnc"},
                                               {"20,fbuf,w=800", "/tmp/vm.vnc"},
                                               {"20,fbuf,tcp=127.0.0.1:5901", "127.0.0.1:5901"},
                                               {"20,fbuf,unix=/x", "/x"}};

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                char *argv[] = {(char *)"bhyve", (char *)"-s", (char *)words[i][0], (char *)"vm"};
                struct bconf *conf = bconf_new();
                struct needs needs;

                assert_int_equal(bhyve_parse(4, argv, conf, NULL), 0);
                assert_int_equal(bhyve_needs(conf, &needs, NULL), 0);
                assert_int_equal(needs.n, 1);
                assert_string_equal(needs.need[0].path, words[i][1]);
                needs_free(&needs);
                bconf_free(conf);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_screen_that_does_not_say_where_is_served_where_a_zone_has_it),
            cmocka_unit_test(bad_values_exit_with_64),
            cmocka_unit_test(bad_slots_exit_with_4),
            cmocka_unit_test(wrong_usage_exits_with_1),
            cmocka_unit_test(a_zone_reads_no_file),
            cmocka_unit_test(help_is_asked_for),
            cmocka_unit_test(options_set_the_variables_of_bhyve_config),
            cmocka_unit_test(devices_set_the_variables_of_bhyve_config),
            cmocka_unit_test(a_value_that_is_set_again_moves_to_the_end_of_its_node),
            cmocka_unit_test(a_node_is_not_a_value),
            cmocka_unit_test(booleans_have_eight_words),
            cmocka_unit_test(references_are_expanded),
            cmocka_unit_test(a_tree_is_expanded_once),
            cmocka_unit_test(the_topology_is_the_product_or_is_refused),
            cmocka_unit_test(the_slots_of_the_board_are_refused_by_name),
            cmocka_unit_test(a_host_bridge_without_a_board_takes_the_board_that_fits),
            cmocka_unit_test(the_place_of_the_lpc_bridge_chooses_the_board_when_no_model_does),
            cmocka_unit_test(threads_of_a_core_are_said_in_the_words_of_the_processor),
            cmocka_unit_test(the_mode_of_the_local_apic_is_what_was_said),
            cmocka_unit_test(a_scsi_disk_has_the_options_of_a_disk),
            cmocka_unit_test(what_the_engine_tells_apart_by_name_has_one_name_each),
            cmocka_unit_test(memory_is_read_as_bhyve_reads_it),
            cmocka_unit_test(a_serial_line_is_called_by_its_device),
            cmocka_unit_test(two_adapters_on_one_link_have_an_end_each),
            cmocka_unit_test(a_hole_at_function_0_is_filled),
            cmocka_unit_test(csm_boots_in_the_order_of_the_slots),
            cmocka_unit_test(a_guest_can_tell_its_shared_directories_apart),
            cmocka_unit_test(what_a_zone_cannot_have_is_refused_by_name),
            cmocka_unit_test(what_the_engine_cannot_do_is_refused_by_name),
            cmocka_unit_test(bad_values_of_devices_are_refused),
            cmocka_unit_test(a_comma_in_a_value_stays_in_the_value),
            cmocka_unit_test(memory_is_rounded_up_to_mebibytes_at_any_size),
            cmocka_unit_test(a_disk_has_the_serial_that_bhyve_gives_it),
            cmocka_unit_test(names_of_firmware_stand_for_the_hosts),
            cmocka_unit_test(the_reason_of_a_line_comes_without_what_it_repeats),
            cmocka_unit_test(what_has_no_effect_is_said),
            cmocka_unit_test(a_screen_can_hold_the_guest_back),
            cmocka_unit_test(what_waits_for_somebody_else_is_not_let_go_by_a_viewer),
            cmocka_unit_test(a_device_of_the_host_is_found_where_the_jail_has_it),
            cmocka_unit_test(a_rom_is_needed_after_its_device),
            cmocka_unit_test(of_the_engines_lines_only_those_for_people_are_shown),
        };

        return cmocka_run_group_tests_name("bhyve", tests, NULL, NULL);
}

/* verify: all findings at once, each with its place, and what the two brands allow. */
#include "support.h"

#include <stdio.h>
#include <time.h>

#include "base/strv.h"

/* An alternate root that has the brands of the tree. */
static int setup(void **state)
{
        static const char *const brands[] = {"bhyve", "kvm"};
        static const char *const files[] = {"config.xml", "platform.xml"};
        struct root *root = calloc(1, sizeof(*root));

        make_root(root);
        for (size_t i = 0; i < ARRAY_SIZE(brands); i++)
                for (size_t k = 0; k < ARRAY_SIZE(files); k++) {
                        char from[512], dir[128];
                        char *text;

                        snprintf(from, sizeof(from), "../../../../brands/%s/%s", brands[i], files[k]);
                        text = data_file(from);
                        snprintf(dir, sizeof(dir), ZONES_BRAND "/%s", brands[i]);
                        put_file(root, dir, files[k], text);
                        free(text);
                }
        *state = root;
        return 0;
}

static int teardown(void **state)
{
        drop_root(*state);
        free(*state);
        return 0;
}

static void findings(const struct root *root, const char *xml, struct problems *ret)
{
        _cleanup_config_ struct config *cfg = parse(xml);
        struct error err = {0};

        *ret = (struct problems){0};
        if (config_verify(root, cfg, ret, &err) < 0)
                fail_msg("%s", err.text);
}

#define BHYVE(attrs, inner)                                                                                  \
        "<zone name='z' zonepath='/z' autoboot='false' brand='bhyve' ip-type='exclusive' " attrs ">" inner   \
        "</zone>"

static void real_configurations_have_nothing_to_complain_of(void **state)
{
        _cleanup_free_ char *rfd = data_file("rfd121.xml");
        struct problems p;

        findings(*state, rfd, &p);
        for (size_t i = 0; i < p.n; i++)
                print_message("%s\n", p.text[i]);
        assert_int_equal(p.n, 0);
        findings(*state, BHYVE("", "<attr name='ram' type='string' value='2G'/><network physical='nat0'/>"),
                 &p);
        assert_int_equal(p.n, 0);
}

static void security_flags_that_lie_within_each_other_are_good(void **state)
{
        static const char *const flags[] = {
            "default='aslr' lower='none' upper='all'",
            "default='aslr,noexecstack' lower='aslr'",
            "upper='none'",
            "lower='aslr' upper='aslr,noexecstack' default='aslr'",
            "lower='aslr'",
            "default='all,!aslr' upper='forbidnullmap,noexecstack'",
            /* What the host's default is, is not known here. */
            "default='default,noexecstack' lower='aslr' upper='aslr'",
        };
        struct problems p;

        for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
                char xml[512];

                snprintf(xml, sizeof(xml), BHYVE("", "<security-flags %s/>"), flags[i]);
                findings(*state, xml, &p);
                if (p.n > 0)
                        fail_msg("%s: %s", flags[i], p.text[0]);
        }
}

/* A configuration and the fault that must be among those found. */
static const struct {
        const char *xml, *message;
} faults[] = {
    {"<zone name='z' brand='bhyve' ip-type='exclusive'/>", "zonepath not specified"},
    {"<zone name='z' zonepath='/z'/>", "brand not specified"},
    {"<zone name='z' zonepath='/z' brand='none'/>", "brand: Zone z uses non-existent brand \"none\"."},
    {"<zone name='z' zonepath='z' brand='bhyve' ip-type='exclusive'/>",
     "zonepath: z is not an absolute path."},
    {"<zone name='z' zonepath='/' brand='bhyve' ip-type='exclusive'/>",
     "zonepath: / is not allowed as a zonepath."},
    {"<zone name='z' zonepath='/z' brand='bhyve'/>",
     "ip-type must be 'exclusive' when brand is 'bhyve'; set ip-type=exclusive"},
    {BHYVE("bootargs='-s'", ""), "global: bootargs is not available in brand bhyve: the arguments of "
                                 "the hypervisor come from the "
                                 "configuration; attr extra adds to them"},
    {BHYVE("hostid='1234'", ""), "global: hostid is not available in brand bhyve: a guest has no host "
                                 "identifier; smbios and uuid identify it"},
    {BHYVE("fs-allowed='ufs'", ""),
     "global: fs-allowed is not available in brand bhyve: the guest mounts its own file systems, the "
     "zone mounts none"},
    {BHYVE("limitpriv='default,!!'", ""), "limitpriv: invalid privilege: !!"},
    {BHYVE("limitpriv='default,file_dac_raed'", ""), "limitpriv: invalid privilege: file_dac_raed"},
    {BHYVE("limitpriv='default,!file_dac_raed'", ""), "limitpriv: invalid privilege: !file_dac_raed"},
    {BHYVE("limitpriv='default,,sys_time'", ""),
     "limitpriv: invalid privilege: an empty word in 'default,,sys_time'"},
    {BHYVE("", "<filesystem directory='/../../etc' special='/b' type='lofs'/>"),
     "fs /../../etc: dir /../../etc: must not hold . or .."},
    {BHYVE("limitpriv='none'", ""), "limitpriv: Required privilege is missing: proc_exec"},
    {BHYVE("limitpriv='none,proc_exec,sys_mount,-sys_mount'", ""),
     "limitpriv: Required privilege is missing: sys_mount"},
    {BHYVE("limitpriv='basic'", ""), "limitpriv: Required privilege is missing: sys_mount"},
    {BHYVE("",
           "<attr name='ram' type='string' value='1G'/><filesystem directory='/a' special='/b' type='lofs'>"
           "<fsoption name=''/></filesystem>"),
     "fs /a: options: the items of a list cannot be empty (clear options)"},
    {BHYVE("", "<capped-memory guest='x'/>"),
     "capped-memory: guest=x: A non-negative number with a required scale suffix (K, M, G or T) was expected "
     "here."},
    {BHYVE("limitpriv='default,PRIV_SYS_DEVICES'", ""),
     "limitpriv: Specified privilege is prohibited: sys_devices"},
    {BHYVE("limitpriv='default,sys_devices'", ""),
     "limitpriv: Specified privilege is prohibited: sys_devices"},
    {BHYVE("limitpriv='default,-proc_exec'", ""), "limitpriv: Required privilege is missing: proc_exec"},
    {BHYVE("", "<dataset name='tank/z'/>"),
     "dataset tank/z is not available in brand bhyve: a ZFS file system cannot be handed to a guest; "
     "use a volume with disk or device"},
    {BHYVE("", "<network physical='n0' address='10.0.0.1'/>"),
     "net: address cannot be specified for an exclusive IP type"},
    {BHYVE("", "<network physical='n0' defrouter='10.0.0.1'/>"),
     "net: defrouter for n0 cannot be specified without allowed-address for an exclusive IP type"},
    {BHYVE("", "<network physical='n0' vlan-id='x'/>"),
     "net n0: vlan-id property is out of range: x is not in 0-4094."},
    {BHYVE("", "<network physical='n0' vlan='3'/>"),
     "net n0: vlan has no effect without virtual; use vlan-id or set virtual"},
    {BHYVE("", "<network physical='n0' virtual='v0' vlan='3' vlan-id='4'/>"),
     "net n0: vlan=3 and vlan-id=4 contradict each other; keep one of them"},
    {BHYVE("", "<network physical='n0' mac-addr='1:2:3:4:5:6'/>"),
     "net n0: mac-addr 1:2:3:4:5:6 is a group address; the first byte must be even"},
    {BHYVE("", "<network physical='n0' mac-addr='2:0:0:0:0:A'/>"
               "<network physical='n1' mac-addr='02:00:00:00:00:0a'/>"),
     "mac-addr 02:00:00:00:00:0a is used twice: by net n0 and by net n1"},
    {BHYVE("", "<network physical='n0' virtual='v'/><network physical='n1' virtual='v'/>"),
     "virtual v is used twice: by net n0 and by net n1"},
    {BHYVE("", "<network physical='n0' pci-slot='6'/><device match='/dev/a' pci-slot='0:6:0'/>"),
     "pci-slot 0:6:0 is used twice: by net n0 and by device /dev/a"},
    {BHYVE("", "<disk path='/dev/a'/><device match='/dev/a'/>"),
     "/dev/a is used twice: by disk /dev/a and by device /dev/a"},
    {BHYVE("", "<device match='/dev/a'/><device match='/dev/a'/>"),
     "device: A device resource with the match '/dev/a' already exists."},
    {BHYVE("", "<disk path='a' boot='true'/><device match='b' boot='true'/>"),
     "device b: boot is true for disk a already; only one disk can be the boot disk"},
    {BHYVE("", "<disk path='a' boot='perhaps'/>"), "disk a: boot value must be 'true' or 'false'."},
    {BHYVE("", "<rctl name='zone.max-lwps'/>"), "rctl zone.max-lwps: no value specified"},
    {BHYVE("", "<rctl name='zone.max-lwps'><rctl-value priv='basic' limit='1' action='deny'/></rctl>"),
     "rctl zone.max-lwps: value: Invalid rctl value specification"},
    {BHYVE("", "<rctl name='zone.max-swap'>"
               "<rctl-value priv='privileged' limit='1024' action='deny'/></rctl>"),
     "capped-memory: swap value is too small.  It must be at least 50M."},
    {BHYVE("", "<pset ncpu_min='1' ncpu_max='1'/><rctl name='zone.cpu-shares'>"
               "<rctl-value priv='privileged' limit='10' action='none'/></rctl>"),
     "rctl zone.cpu-shares and dedicated-cpu are incompatible."},
    {BHYVE("", "<pset ncpu_min='1' ncpu_max='1'/><rctl name='zone.cpu-cap'>"
               "<rctl-value priv='privileged' limit='10' action='deny'/></rctl>"),
     "rctl zone.cpu-cap and the dedicated-cpu are incompatible."},
    {BHYVE("scheduling-class='FX'", "<rctl name='zone.cpu-shares'>"
                                    "<rctl-value priv='privileged' limit='10' action='none'/></rctl>"),
     "WARNING: rctl zone.cpu-shares and scheduling-class=FX are incompatible"},
    {BHYVE("pool='p'", "<pset ncpu_min='1' ncpu_max='1'/>"),
     "pool: A persistent pool is incompatible with the dedicated-cpu resource."},
    {BHYVE("", "<pset ncpu_min='5' ncpu_max='1'/>"), "dedicated-cpu: ncpus property is out of range."},
    {BHYVE("", "<attr name='a' type='uint' value='x'/>"), "attr a: invalid attr value for type=uint"},
    {BHYVE("", "<security-flags upper='wings'/>"), "security-flags: upper: unknown flag wings"},
    {BHYVE("", "<security-flags default='none' lower='aslr' upper='all'/>"),
     "security-flags: lower has aslr and default has not; default must lie between lower and upper"},
    {BHYVE("", "<security-flags default='aslr,noexecstack' upper='all,-noexecstack'/>"),
     "security-flags: default has noexecstack and upper has not; default must lie between lower and "
     "upper"},
    {BHYVE("", "<security-flags lower='aslr,forbidnullmap' upper='forbidnullmap'/>"),
     "security-flags: lower has aslr and upper has not; default must lie between lower and upper"},
    {BHYVE("scheduling-class='BOGUS'", ""), "scheduling-class: 'BOGUS' is none of TS, IA, FSS, FX, RT"},
    {BHYVE("", "<network physical='nat0' virtual='a' global-nic='b'/>"),
     "net nat0: virtual=a is made on physical, but global-nic=b names another link; clear global-nic"},
    {BHYVE("", "<network physical='n0'><linkprop name='allowed-ips' value='10.0.0.2,10.0.0.300'/></network>"),
     "net n0: linkprop allowed-ips: 10.0.0.300 is no address"},
    {BHYVE("", "<network physical='n0' allowed-address='10.0.0.2/24,10.0.0.3/24'>"
               "<linkprop name='allowed-ips' value='10.0.0.2'/></network>"),
     "net n0: allowed-address 10.0.0.3/24 is not among linkprop allowed-ips"},
    {BHYVE("", "<network physical='n0' allowed-address='fe80::1/64'>"
               "<linkprop name='allowed-ips' value='10.0.0.0/8,fe80::8000/113'/></network>"),
     "net n0: allowed-address fe80::1/64 is not among linkprop allowed-ips"},
    {BHYVE("", "<smbios type='1'/>"), "smbios 1: field not specified"},
    {BHYVE("", "<lpc bootrom='x'><net-attr name='' value='y'/></lpc>"), "lpc: property: name not specified"},
};

static void links_that_agree_are_no_finding(void **state)
{
        static const char *const nets[] = {
            "<network physical='br0' virtual='a' global-nic='br0'/>",
            "<network physical='n0' allowed-address='10.0.0.2/24,host'>"
            "<linkprop name='allowed-ips' value='10.0.0.2, 10.0.0.9'/></network>",
            "<network physical='n0' allowed-address='10.1.2.3/24,2001:db8::7/64'>"
            "<linkprop name='allowed-ips' value='2001:DB8:0::/65,10.1.0.0/15'/></network>",
        };

        for (size_t i = 0; i < ARRAY_SIZE(nets); i++) {
                char xml[512];
                struct problems p;

                snprintf(xml, sizeof(xml), BHYVE("", "%s"), nets[i]);
                findings(*state, xml, &p);
                if (p.n > 0)
                        fail_msg("%s: %s", nets[i], p.text[0]);
        }
}

static void privileges_of_every_system_are_names(void **state)
{
        static const char *const lists[] = {
            "",
            "default",
            "default,-file_link_any,-net_access,-proc_fork,-proc_info,-proc_session",
            "default,dtrace_proc,dtrace_user,proc_lock_memory,!sys_smb",
            "basic,proc_exec,PRIV_SYS_MOUNT,sys_fs_import",
            "all,-sys_share",
            "zone,hyprlofs_control,proc_secflags,proc_meminfo,win_dga"};

        for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
                _cleanup_free_ char *xml = NULL;
                struct problems problems = {0};

                assert_true(asprintf(&xml,
                                     "<zone name='z' zonepath='/z' brand='bhyve' ip-type='exclusive' "
                                     "limitpriv='%s'/>",
                                     lists[i]) > 0);
                findings(*state, xml, &problems);
                if (problems.n > 0)
                        fail_msg("%s: %s", lists[i], problems.text[0]);
                problems_clear(&problems);
        }
}

static void each_fault_is_found(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
                struct problems p;
                bool found = false;

                findings(*state, faults[i].xml, &p);
                for (size_t k = 0; k < p.n; k++)
                        found = found || strcmp(p.text[k], faults[i].message) == 0;
                for (size_t k = 0; k < p.n && !found; k++)
                        print_message("got: %s\n", p.text[k]);
                if (!found)
                        fail_msg("not found: %s", faults[i].message);
                problems_clear(&p);
        }
}

static void all_faults_are_found_at_once(void **state)
{
        struct problems p;

        findings(*state,
                 "<zone name='z' zonepath='z' brand='kvm' hostid='zz'><network physical='a b'/>"
                 "<dataset name='tank/'/><attr name='a' type='t' value='x'/></zone>",
                 &p);
        assert_in_range(p.n, 8, 12);
        problems_clear(&p);
}

static void a_brand_can_be_added_as_a_folder(void **state)
{
        struct root *root = *state;
        struct problems p;

        put_file(
            root, ZONES_BRAND "/tiny", "config.xml",
            "<brand name='tiny'><initname>/sbin/init</initname>"
            "<resource name='zone' enabled='true'><property name='zonename' enabled='true'/>"
            "<property name='zonepath' enabled='true'/><property name='brand' enabled='true'/></resource>"
            "<resource name='attr' enabled='false' reason='no attributes here'/></brand>");
        put_file(root, ZONES_BRAND "/tiny", "platform.xml",
                 "<platform name='tiny' allow-exclusive-ip='false'/>");
        findings(root, "<zone name='z' zonepath='/z' brand='tiny'/>", &p);
        assert_int_equal(p.n, 0);
        findings(root,
                 "<zone name='z' zonepath='/z' brand='tiny' ip-type='exclusive'>"
                 "<attr name='a' type='string' value='b'/></zone>",
                 &p);
        assert_int_equal(p.n, 3);
        assert_string_equal(p.text[0], "ip-type cannot be 'exclusive' when brand is 'tiny'.");
        assert_string_equal(p.text[1], "global: ip-type is not available in brand tiny");
        assert_string_equal(p.text[2], "attr a is not available in brand tiny: no attributes here");
        problems_clear(&p);
}

static void two_thousand_resources_are_quick(void **state)
{
        struct strbuf b = {0};
        _cleanup_free_ char *text = NULL;
        _cleanup_config_ struct config *cfg = NULL;
        struct problems p = {0};
        struct timespec from, to;
        double ms;

        strbuf_puts(&b, "<zone name='z' zonepath='/z' brand='bhyve' ip-type='exclusive'>");
        for (int i = 0; i < 1000; i++) {
                strbuf_printf(&b, "<attr name='a%d' type='string' value='v'/>", i);
                strbuf_printf(&b, "<disk path='/dev/d%d'/>", i);
        }
        strbuf_puts(&b, "</zone>");
        text = strbuf_take(&b);
        clock_gettime(CLOCK_MONOTONIC, &from);
        cfg = parse(text);
        assert_int_equal(config_verify(*state, cfg, &p, NULL), 0);
        clock_gettime(CLOCK_MONOTONIC, &to);
        assert_int_equal(p.n, 0);
        ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
        print_message("2,000 resources parsed and verified: %.1f ms\n", ms);
        assert_true(ms < 500);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
            T(real_configurations_have_nothing_to_complain_of),
            T(privileges_of_every_system_are_names),
            T(each_fault_is_found),
            T(links_that_agree_are_no_finding),
            T(security_flags_that_lie_within_each_other_are_good),
            T(all_faults_are_found_at_once),
            T(a_brand_can_be_added_as_a_folder),
            T(two_thousand_resources_are_quick),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

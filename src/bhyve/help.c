/* The texts of -h, -s help and -l help. */
#include "base/cleanup.h"
#include "bhyve/bhyve.h"

static const char *const option_help[][2] = {
    {"-a", "local apic in xAPIC mode (the default)"},
    {"-A", "create ACPI tables"},
    {"-B type,key=value,...", "SMBIOS texts: 0 BIOS, 1 system, 2 board, 3 chassis"},
    {"-c [[cpus=]n][,sockets=n][,cores=n][,threads=n]", "virtual CPUs and their topology"},
    {"-C", "include guest memory in core files"},
    {"-d", "wait at boot until the first CPU is resumed"},
    {"-D", "destroy on power-off"},
    {"-e", "exit on access to I/O ports that nothing answers"},
    {"-f name,string=text|file=path", "add an item to fwcfg"},
    {"-G [w][address:]port", "serve a debugger; w waits for it before the guest runs"},
    {"-h", "this help"},
    {"-H", "yield the CPU on HLT"},
    {"-k file", "read variables from a file"},
    {"-K layout", "keyboard layout"},
    {"-l help|device[,conf]", "LPC device"},
    {"-m size[K|M|G|T]", "memory size"},
    {"-n id=n,size=n,cpus=list", "NUMA domain"},
    {"-o variable=value", "set one variable"},
    {"-p vcpu:hostcpu", "pin a virtual CPU"},
    {"-P", "leave the guest on PAUSE"},
    {"-s help|[bus:]slot[:function],device[,conf]", "PCI device"},
    {"-S", "lock guest memory"},
    {"-u", "the clock keeps UTC"},
    {"-U uuid", "UUID of the machine"},
    {"-w", "ignore unknown MSRs"},
    {"-W", "virtio with MSI instead of MSI-X"},
    {"-x", "local apic in x2APIC mode"},
    {"-Y", "no MP table"},
};

static const char *const lpc_help[] = {"bootrom", "com1",  "com2",       "com3",
                                       "com4",    "fwcfg", "pc-testdev", "tpm"};

static const char *const device_help[] = {
    "ahci",
    "ahci-cd",
    "ahci-hd",
    "amd_hostbridge",
    "e1000",
    "fbuf",
    "hda",
    "hostbridge",
    "ide",
    "lpc",
    "nvme",
    "passthru",
    "uart",
    "virtio-9p",
    "virtio-blk",
    "virtio-console",
    "virtio-input",
    "virtio-net",
    "virtio-net-viona",
    "virtio-rnd",
    "virtio-scsi",
    "xhci",
};

void bhyve_help(enum bhyve_ask what, FILE *f)
{
        switch (what) {
        case BHYVE_ASK_USAGE:
                fputs("Usage: bhyve [option]... name\n", f);
                for (size_t i = 0; i < ARRAY_SIZE(option_help); i++)
                        fprintf(f, "  %s\n        %s\n", option_help[i][0], option_help[i][1]);
                break;
        case BHYVE_ASK_LPC:
                for (size_t i = 0; i < ARRAY_SIZE(lpc_help); i++)
                        fprintf(f, "%s\n", lpc_help[i]);
                break;
        case BHYVE_ASK_DEVICES:
                for (size_t i = 0; i < ARRAY_SIZE(device_help); i++)
                        fprintf(f, "%s\n", device_help[i]);
                break;
        }
}

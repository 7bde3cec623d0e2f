/* Between the files that make the engine's arguments. */
#pragma once

#include "bhyve/bhyve.h"
#include "bhyve/devices.h"

struct boot_entry {
        char id[32];
        int bootindex; /* -1: not said */
};

/* One run of bhyve_to_engine(). */
struct build {
        const struct bconf *c; /* expanded */
        const struct engine_env *env;
        struct strv *out;
        struct error *err;

        bool kvm;  /* the kvm flavour, see kvm.c */
        bool zone; /* in a zone: nothing may listen, nothing is found by looking around */
        bool q35;
        bool uefi;
        const char *bus;
        struct pci_devs devs;

        struct boot_entry *boot; /* bootable devices by address */
        size_t n_boot;

        size_t n_net;         /* links seen so far */
        bool set_added[256];  /* env->fd[i] was announced with -add-fd */
        bool link_taken[256]; /* env->fd[i] is an adapter's */
};

/* Adds "OPTION" and the text, which is emptied. */
int emit(struct build *b, const char *option, struct strbuf *text);
/* ",KEY=VALUE" with every comma of the value doubled, as the engine wants it. */
void put_value(struct strbuf *text, const char *key, const char *value);
/* The value alone. */
void put_escaped(struct strbuf *text, const char *value);
/* "DRIVER,id=..,bus=..,addr=.." of a PCI device. */
void put_device(struct build *b, struct strbuf *text, const char *driver, const struct pci_dev *dev);
/* Options that all virtio devices share. */
int put_virtio(struct build *b, struct strbuf *text);
/* ",bootindex=N" if the block node or device takes part in booting. */
void put_bootindex(struct build *b, struct strbuf *text, const char *id);
void notice(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The descriptor for a need, or NULL: then it is opened by path. */
const struct engine_fd *find_fd(const struct build *b, enum need_kind kind, const char *path);
/* The name under which the engine opens it: "/dev/fdset/N", announced once, or the path. */
int file_name(struct build *b, enum need_kind kind, const char *path, char ret[4096]);

int check_known(struct build *b);      /* known.c */
bool smbios_has(const char *variable); /* smbios.c: is it one of its texts? */
int emit_domains(struct build *b);     /* numa.c */
int emit_fwcfg(struct build *b);       /* fwcfg.c */
/* A socket that others connect to, held outside in a zone (serial.c). */
int emit_socket(struct build *b, const char *id, enum need_kind kind, const char *path, bool listen,
                bool wait);
bool is_board(const struct pci_dev *dev);                  /* the board has it already (place.c) */
int place_devices(struct build *b);                        /* board, collisions (place.c) */
int boot_collect(struct build *b);                         /* boot order (boot.c) */
int emit_placeholders(struct build *b);                    /* place.c */
int emit_board(struct build *b);                           /* machine, firmware, CPU, memory */
int emit_smbios(struct build *b);                          /* smbios.c */
int emit_serial_lines(struct build *b);                    /* serial.c */
int emit_uart(struct build *b, const struct pci_dev *dev); /* serial.c */
int emit_console_ports(struct build *b, const struct pci_dev *dev);
int emit_disk_node(struct build *b, const struct disk *disk); /* disk.c */
int put_disk(struct build *b, struct strbuf *text, const struct disk *disk, const char *serial);
int emit_virtio_blk(struct build *b, const struct pci_dev *dev);
int emit_nvme(struct build *b, const struct pci_dev *dev);
int emit_ahci(struct build *b, const struct pci_dev *dev);
int emit_virtio_scsi(struct build *b, const struct pci_dev *dev);
int emit_net(struct build *b, const struct pci_dev *dev);  /* net.c */
int emit_fbuf(struct build *b, const struct pci_dev *dev); /* screen.c */
/* Its two halves: the device, and where viewers come in. */
int emit_screen_device(struct build *b, const struct pci_dev *dev);
int emit_screen_server(struct build *b, const struct pci_dev *dev);
int emit_xhci(struct build *b, const struct pci_dev *dev);
int emit_other(struct build *b, const struct pci_dev *dev); /* other.c: rnd, 9p, hda, passthru, input */
int emit_tpm(struct build *b);

int emit_device(struct build *b, const struct pci_dev *dev); /* engine.c: any of the above */
void doubt_cpu_model(struct build *b, const char *cpu);      /* models.c */
void emit_kvm_cpu(struct build *b);                          /* kvm.c */
int emit_kvm_devices(struct build *b);
int emit_ide(struct build *b, const struct pci_dev *dev);

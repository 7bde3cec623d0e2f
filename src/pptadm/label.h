/* What people call a PCI device. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* "VENDOR DEVICE" from the host's pci.ids; "" if it does not know the device or the host has no such file. */
void pci_label(uint16_t vendor, uint16_t device, char *buf, size_t size);

/* What the engine's flash can hold. */
#pragma once

#define FLASH_SECTOR 4096      /* its size is a multiple of this */
#define FLASH_MAX    (8 << 20) /* all of it, firmware and variables */

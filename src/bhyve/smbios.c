/* SMBIOS texts: bhyve's variables to the engine's -smbios, a type each. */
#include <string.h>

#include "base/cleanup.h"
#include "bhyve/engine.h"

static const struct {
        unsigned type;
        const char *variable, *key;
} texts[] = {
    {0, "bios.vendor", "vendor"},          {0, "bios.version", "version"},
    {0, "bios.release_date", "date"},      {1, "system.manufacturer", "manufacturer"},
    {1, "system.product_name", "product"}, {1, "system.version", "version"},
    {1, "system.serial_number", "serial"}, {1, "system.sku", "sku"},
    {1, "system.family_name", "family"},   {2, "board.manufacturer", "manufacturer"},
    {2, "board.product_name", "product"},  {2, "board.version", "version"},
    {2, "board.serial_number", "serial"},  {2, "board.asset_tag", "asset"},
    {2, "board.location", "location"},     {3, "chassis.manufacturer", "manufacturer"},
    {3, "chassis.version", "version"},     {3, "chassis.serial_number", "serial"},
    {3, "chassis.asset_tag", "asset"},     {3, "chassis.sku", "sku"},
};

bool smbios_has(const char *variable)
{
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (strcmp(texts[i].variable, variable) == 0)
                        return true;
        return false;
}

int emit_smbios(struct build *b)
{
        for (unsigned type = 0; type <= 3; type++) {
                struct strbuf text = {0};
                size_t empty;
                int r;

                strbuf_printf(&text, "type=%u", type);
                empty = text.len;
                for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                        const char *value = bconf_get(b->c, texts[i].variable);

                        if (texts[i].type == type && value)
                                put_value(&text, texts[i].key, value);
                }
                if (text.len == empty) {
                        strbuf_free(&text);
                        continue;
                }
                r = emit(b, "-smbios", &text);
                if (r < 0)
                        return r;
        }
        return 0;
}

/*
 * Configurations as JSON: whatever is accepted comes out as JSON that is accepted and the same, and saves as
 * XML that loads as the same configuration.
 */
#include "../fuzz.h"

#include "config/edit.h"

static void check_json(const struct config *cfg)
{
        char *json = config_to_json(cfg);
        struct config *again = NULL;
        struct error err = {0};
        int r;

        CLAIM(json, "a configuration without a JSON form");
        r = config_from_json(json, strlen(json), &again, &err);
        CLAIM(r == 0, "%s\n%s", err.text, json);
        CLAIM(config_equal(cfg, again), "%s", json);
        config_free(again);
        free(json);
}

static void check_xml(const struct config *cfg)
{
        char *xml = config_to_xml(cfg);
        struct config *again = NULL;
        struct error err = {0};
        int r;

        if (!xml)
                return;
        r = config_parse_xml(xml, strlen(xml), "saved", &again, &err);
        CLAIM(r == 0, "%s\n%s", err.text, xml);
        CLAIM(config_equal(cfg, again), "%s", xml);
        config_free(again);
        free(xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct config *cfg = NULL;
        struct error err = {0};

        if (config_from_json((const char *)data, size, &cfg, &err) < 0) {
                CLAIM(err.code != 0 && *err.text, "refused without a reason");
                return 0;
        }
        check_json(cfg);
        check_xml(cfg);
        config_free(cfg);
        return 0;
}

/*
 * Zone configurations from other systems: whatever loads can be printed in every form, and saves as a
 * document that loads as the same configuration.
 */
#include "../fuzz.h"

#include "config/edit.h"

static void check_saved(const struct config *cfg)
{
        char *saved = config_to_xml(cfg), *again;
        struct config *loaded = NULL;
        struct error err = {0};
        int r;

        if (!saved)
                return;
        r = config_parse_xml(saved, strlen(saved), "saved", &loaded, &err);
        CLAIM(r == 0, "%s\n%s", err.text, saved);
        again = config_to_xml(loaded);
        CLAIM(config_equal(cfg, loaded), "%s---\n%s", saved, again ? again : "");
        CLAIM(!again || strcmp(saved, again) == 0, "%s---\n%s", saved, again);
        free(again);
        free(saved);
        config_free(loaded);
}

/*
 * A file may say what zonecfg would refuse or write in another way ("/zones//a"), and so may its JSON; what
 * is accepted stays as it is from then on.
 */
static void check_json(const struct config *cfg)
{
        char *json = config_to_json(cfg), *second = NULL;
        struct config *loaded = NULL, *again = NULL;
        struct error err = {0};

        CLAIM(json, "a configuration without a JSON form");
        if (config_from_json(json, strlen(json), &loaded, NULL) == 0) {
                second = config_to_json(loaded);
                CLAIM(second, "%s", json);
                CLAIM(config_from_json(second, strlen(second), &again, &err) == 0, "%s\n%s", err.text,
                      second);
                CLAIM(config_equal(loaded, again), "%s", second);
        }
        config_free(loaded);
        config_free(again);
        free(second);
        free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct config *cfg = NULL, *copy;
        struct error err = {0};

        if (config_parse_xml((const char *)data, size, "fuzz", &cfg, &err) < 0) {
                CLAIM(err.code != 0 && *err.text, "refused without a reason");
                return 0;
        }
        check_saved(cfg);
        check_json(cfg);
        copy = config_copy(cfg);
        CLAIM(!copy || config_equal(cfg, copy), "a copy differs");
        config_free(copy);
        free(config_info(cfg, NULL, NULL, 0));
        free(config_export(cfg, NULL));
        config_free(cfg);
        return 0;
}

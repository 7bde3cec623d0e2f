/*
 * Parsing and verifying a configuration of many resources: a net, a device, an attribute and an fs in
 * turn, each with properties, as no zone has but a program could write.  Prints the median and the quartiles
 * in milliseconds.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "config/config.h"
#include "measure.h"

#define RUNS_MAX 1000

static char *document(int n)
{
        struct strbuf b = {0};

        strbuf_puts(&b,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<zone name=\"big\" zonepath=\"/zones/big\" "
                    "autoboot=\"false\" brand=\"bhyve\" ip-type=\"exclusive\">\n");
        for (int i = 0; i < n; i++) {
                switch (i % 4) {
                case 0:
                        strbuf_printf(&b,
                                      "  <network physical=\"net%d\" mac-addr=\"02:08:20:00:%02x:%02x\">\n"
                                      "    <net-attr name=\"mtu\" value=\"9000\"/>\n  </network>\n",
                                      i, i >> 8 & 255, i & 255);
                        break;
                case 1:
                        strbuf_printf(&b,
                                      "  <device match=\"/dev/zvol/rdsk/tank/disk%d\" "
                                      "emulation=\"virtio-blk\" pci-slot=\"%d:%d:%d\">\n"
                                      "    <option name=\"nocache\" value=\"\"/>\n  </device>\n",
                                      i, 1 + i / 248, i / 8 % 31 + 1, i / 4 % 2);
                        break;
                case 2:
                        strbuf_printf(&b, "  <attr name=\"note%d\" type=\"string\" value=\"text %d\"/>\n", i,
                                      i);
                        break;
                default:
                        strbuf_printf(&b,
                                      "  <filesystem special=\"/export/%d\" directory=\"/data/%d\" "
                                      "type=\"lofs\">\n    <fsoption name=\"ro\"/>\n  </filesystem>\n",
                                      i, i);
                }
        }
        strbuf_puts(&b, "</zone>\n");
        return strbuf_take(&b);
}

/* One run; the problems that verify finds would be the same each time, and there must be none. */
static int run(const struct root *root, const char *text, double *ret_ms)
{
        _cleanup_config_ struct config *cfg = NULL;
        struct problems problems = {0};
        struct error err = {0};
        double start = now_ms();
        int r = config_parse_xml(text, strlen(text), "bench", &cfg, &err);

        if (r == 0)
                r = config_verify(root, cfg, &problems, &err);
        *ret_ms = now_ms() - start;
        if (r < 0 || problems.n > 0)
                fprintf(stderr, "bench-config: %s\n", problems.n ? problems.text[0] : err.text);
        r = r < 0 || problems.n > 0 ? -1 : 0;
        problems_clear(&problems);
        return r;
}

int main(int argc, char **argv)
{
        int n = argc > 2 ? atoi(argv[2]) : 0, runs = argc > 3 ? atoi(argv[3]) : 0;
        _cleanup_free_ char *text = n > 0 ? document(n) : NULL;
        double ms[RUNS_MAX];
        struct root root;

        if (!text || runs < 1 || runs > RUNS_MAX || root_set(&root, argv[1], NULL) < 0) {
                fputs("usage: bench-config ROOT RESOURCES RUNS\n", stderr);
                return 2;
        }
        for (int i = 0; i < runs; i++)
                if (run(&root, text, &ms[i]) < 0)
                        return 1;
        printf("%.2f %.2f %.2f\n", quantile(ms, runs, 0.5), quantile(ms, runs, 0.25),
               quantile(ms, runs, 0.75));
        return 0;
}

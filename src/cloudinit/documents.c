/* What the guest is told: who it is, who may log in, and how it reaches its network; see cloudinit.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "cloudinit/cloudinit.h"
#include "cloudinit/yaml.h"

#define USER_DATA_MAX (1 << 20)
#define IFNAME_MAX    15 /* what Linux takes as the name of an interface */

static void meta_data(struct yaml *y, const struct machine *m)
{
        yaml_text(y, 0, "instance-id", m->uuid);
        yaml_text(y, 0, "local-hostname", m->zonename);
}

static void user_data(struct yaml *y, const struct machine *m)
{
        strbuf_puts(&y->text, "#cloud-config\n");
        if (m->password) {
                yaml_open(y, 0, "chpasswd");
                yaml_word(y, 2, "expire", "false");
        }
        yaml_word(y, 0, "disable_root", "false");
        yaml_text(y, 0, "hostname", m->zonename);
        if (m->password)
                yaml_text(y, 0, "password", m->password);
        if (m->sshkey) {
                yaml_open(y, 0, "ssh_authorized_keys");
                yaml_items(y, 0, m->sshkey, "\n");
        }
        if (m->password)
                yaml_word(y, 0, "ssh_pwauth", "true");
        if (m->sshkey) {
                yaml_open(y, 0, "users");
                yaml_item(y, 0, "default");
                yaml_text(y, 0, "- name", "root");
                yaml_open(y, 2, "ssh_authorized_keys");
                yaml_items(y, 2, m->sshkey, "\n");
        }
}

/* Resolvers are a matter of the machine: they are told with its first adapter. */
static void nameservers(struct yaml *y, const struct machine *m)
{
        if (!m->resolvers && !m->dns_domain)
                return;
        yaml_open(y, 4, "nameservers");
        if (m->resolvers) {
                yaml_open(y, 6, "addresses");
                yaml_items(y, 6, m->resolvers, ",");
        }
        if (m->dns_domain) {
                yaml_open(y, 6, "search");
                yaml_items(y, 6, m->dns_domain, ",");
        }
}

static void routes(struct yaml *y, const char *router)
{
        _cleanup_free_ char *address = strndup(router, strcspn(router, "/"));

        if (!address) {
                y->text.failed = true;
                return;
        }
        yaml_open(y, 4, "routes");
        yaml_text(y, 4, "- to", strchr(address, ':') ? "::/0" : "0.0.0.0/0");
        yaml_text(y, 6, "via", address);
}

static void network_config(struct yaml *y, const struct machine *m, const struct cloudinit_nic *nic, size_t n)
{
        yaml_open(y, 0, "ethernets");
        for (size_t i = 0; i < n; i++) {
                yaml_open_text(y, 2, nic[i].name);
                yaml_open(y, 4, "addresses");
                yaml_items(y, 4, nic[i].address, ",");
                yaml_open(y, 4, "match");
                yaml_text(y, 6, "macaddress", nic[i].mac);
                if (i == 0)
                        nameservers(y, m);
                if (nic[i].router)
                        routes(y, nic[i].router);
                if (strlen(nic[i].name) <= IFNAME_MAX)
                        yaml_text(y, 4, "set-name", nic[i].name);
        }
        yaml_word(y, 0, "version", "2");
}

static int finish(struct yaml *y, const char *name, struct cloudinit_document *ret, struct error *err)
{
        bool not_utf8 = y->not_utf8;
        size_t len = y->text.len;
        char *data = strbuf_take(&y->text);

        *y = (struct yaml){0};
        if (!data)
                return error_nomem(err);
        *ret = (struct cloudinit_document){.name = name, .data = data, .len = len};
        return not_utf8 ? error_set(err, EINVAL, "cloud-init %s: a value is not UTF-8 text", name) : 0;
}

/* 1 if the attribute names a file, which then is the document. */
static int read_user_data(const struct root *root, const struct machine *m, struct cloudinit_document *ret,
                          struct error *err)
{
        char path[PATH_MAX];
        int r;

        if (m->cloud_init[0] != '/' || root_path(root, m->cloud_init, path, sizeof(path)) < 0)
                return 0;
        r = fs_read_at(AT_FDCWD, path, USER_DATA_MAX, &ret->data, &ret->len);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        ret->name = "user-data";
        return r < 0 ? error_errno(err, r, "Could not read from %s", m->cloud_init) : 1;
}

int cloudinit_documents(const struct root *root, const struct machine *m, const struct cloudinit_nic *nic,
                        size_t n_nic, struct cloudinit_document ret[CLOUDINIT_DOCUMENTS], struct error *err)
{
        struct yaml y = {0};
        int r;

        memset(ret, 0, CLOUDINIT_DOCUMENTS * sizeof(*ret));
        meta_data(&y, m);
        r = finish(&y, "meta-data", &ret[0], err);
        if (r == 0)
                r = read_user_data(root, m, &ret[1], err);
        if (r == 0) {
                user_data(&y, m);
                r = finish(&y, "user-data", &ret[1], err);
        }
        if (r >= 0 && n_nic > 0) {
                network_config(&y, m, nic, n_nic);
                r = finish(&y, "network-config", &ret[2], err);
        }
        if (r < 0) {
                cloudinit_free(ret);
                return r;
        }
        return n_nic > 0 ? 3 : 2;
}

void cloudinit_free(struct cloudinit_document doc[CLOUDINIT_DOCUMENTS])
{
        for (size_t i = 0; i < CLOUDINIT_DOCUMENTS; i++)
                free(doc[i].data);
        memset(doc, 0, CLOUDINIT_DOCUMENTS * sizeof(*doc));
}

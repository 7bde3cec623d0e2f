/*
 * Whether a certificate and its key can serve, asked before the server is made: libwebsockets says of both,
 * and of a port that is taken, only that there is no server.
 */
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "zonevnc/zonevnc.h"

static void context_free(SSL_CTX **context)
{
        SSL_CTX_free(*context);
}

static void key_free(EVP_PKEY **key)
{
        EVP_PKEY_free(*key);
}

/* Nobody is there to type a passphrase. */
static int no_passphrase(char *buffer, int size, int writing, void *arg)
{
        (void)buffer;
        (void)size;
        (void)writing;
        *(bool *)arg = true;
        return -1;
}

static int read_key(const char *path, EVP_PKEY **ret, struct error *err)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        bool locked = false;

        if (!f)
                return error_errno(err, errno, "%s", path);
        *ret = PEM_read_PrivateKey(f, NULL, no_passphrase, &locked);
        if (*ret)
                return 0;
        return error_set(err, EINVAL,
                         locked ? "%s: the private key has a passphrase; one without is needed"
                                : "%s: not a private key in PEM form",
                         path);
}

int certificate_check(const char *certificate, const char *key, struct error *err)
{
        _cleanup_(context_free) SSL_CTX *context = SSL_CTX_new(TLS_server_method());
        _cleanup_(key_free) EVP_PKEY *private = NULL;
        _cleanup_fclose_ FILE *f = fopen(certificate, "re");
        int r;

        if (!f)
                return error_errno(err, errno, "%s", certificate);
        if (!context)
                return error_nomem(err);
        if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
                return error_set(err, EINVAL, "%s: not a certificate in PEM form that can be used",
                                 certificate);
        r = read_key(key, &private, err);
        if (r < 0)
                return r;
        if (X509_check_private_key(SSL_CTX_get0_certificate(context), private) != 1)
                return error_set(err, EINVAL, "certificate and key are no pair: %s, %s", certificate, key);
        return 0;
}

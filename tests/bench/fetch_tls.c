#include "tests/bench/fetch_tls.h"

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum { KEY_BITS = 2048, DAY = 24 * 3600 };

static struct {
    EVP_PKEY *authority, *leaf;
    X509 *ca;
    long serial;
} made;

static int add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, made.ca ? made.ca : cert, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    int ok = e && X509_add_ext(cert, e, -1);
    X509_EXTENSION_free(e);
    return ok;
}

/* A certificate of key for name, signed by the authority; the authority's own when alt is NULL. */
static X509 *certificate(const char *name, const char *alt, EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;
    int ok = subject && X509_set_version(cert, 2) &&
             ASN1_INTEGER_set(X509_get_serialNumber(cert), ++made.serial) &&
             X509_gmtime_adj(X509_getm_notBefore(cert), -DAY) &&
             X509_gmtime_adj(X509_getm_notAfter(cert), DAY) && X509_set_pubkey(cert, key) &&
             X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                        (const unsigned char *)name, -1, -1, 0) &&
             X509_set_issuer_name(cert, made.ca ? X509_get_subject_name(made.ca) : subject) &&
             add_extension(cert, NID_basic_constraints, alt ? "CA:FALSE" : "critical,CA:TRUE") &&
             (!alt || add_extension(cert, NID_subject_alt_name, alt)) &&
             X509_sign(cert, made.authority, EVP_sha256());

    if (ok)
        return cert;
    X509_free(cert);
    return NULL;
}

static int on_name(SSL *ssl, int *alert, void *arg)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    char alt[300];

    (void)alert, (void)arg;
    if (!name)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    snprintf(alt, sizeof alt, "DNS:%s", name);
    X509 *cert = certificate(name, alt, made.leaf);
    int ok = cert && SSL_use_certificate(ssl, cert) && SSL_use_PrivateKey(ssl, made.leaf);
    X509_free(cert);
    return ok ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

SSL_CTX *fetch_tls_new(X509 **ca)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    made.authority = EVP_RSA_gen(KEY_BITS);
    made.leaf = EVP_RSA_gen(KEY_BITS);
    made.ca = made.authority ? certificate("huiying bench", NULL, made.authority) : NULL;
    if (!ctx || !made.leaf || !made.ca)
        return NULL;
    SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    *ca = made.ca;
    return ctx;
}

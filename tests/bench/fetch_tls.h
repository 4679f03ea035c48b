/* tests/bench/fetch_tls.h - certificates made as they are asked for, by an authority that nobody
 * but the benchmark trusts. */
#ifndef HUIYING_BENCH_FETCH_TLS_H
#define HUIYING_BENCH_FETCH_TLS_H

#include <openssl/ssl.h>

/* A server's context; *ca receives the authority's certificate. NULL on failure. */
SSL_CTX *fetch_tls_new(X509 **ca);

#endif

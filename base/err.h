/* base/err.h - the error codes that every room returns. */
#ifndef HUIYING_BASE_ERR_H
#define HUIYING_BASE_ERR_H

/* Functions return 0 or one of these negative codes. They never replace errno. */
enum err {
    ERR_NOMEM = -1,       /* memory is exhausted */
    ERR_IO = -2,          /* the disk or a descriptor failed; errno is logged where it happened */
    ERR_SYNTAX = -3,      /* input does not have the form asked for */
    ERR_LIMIT = -4,       /* input or state would pass a stated limit */
    ERR_AGAIN = -5,       /* nothing now; call again later */
    ERR_NOTFOUND = -6,    /* no such thing */
    ERR_EXISTS = -7,      /* already there, and different */
    ERR_REFUSED = -8,     /* understood, and not allowed */
    ERR_STALE = -9,       /* epoch, version or fence is older than ours */
    ERR_CLOSED = -10,     /* the peer or the queue is closed */
    ERR_CORRUPT = -11,    /* stored or framed bytes contradict themselves */
    ERR_UNSUPPORTED = -12,/* well formed, but nothing here does it */
    ERR_TIMEOUT = -13,    /* the time allowed has passed */
    ERR_INVALID = -14,    /* an argument is outside its documented range */
    ERR_NET = -15,        /* name look-up, connection or TLS failed */
    ERR_REUSED = -16,     /* an idempotency key that was another request's */
    ERR_DENIED = -17      /* not with these credentials, or without a right that they lack */
};

/* Stable English slug ("not-found") of a code, for logs and JSON; "ok" for 0. Never NULL. */
const char *err_name(int err);

/* Chinese-first text of a code for people ("找不到 not found"). Never NULL. */
const char *err_text(int err);

#endif

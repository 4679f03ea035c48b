#define _GNU_SOURCE
#include "daemon/http/hasher.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/queue.h"
#include "base/utf8.h"

enum { LEAST = 10 /* code points */ };

struct job {
    bool make;
    size_t n;
    char password[HASHER_PASSWORD];
    char hash[crypto_pwhash_STRBYTES];
    hasher_done *done;
    void *arg;
};

struct hasher {
    struct queue *jobs;
    pthread_t thread;
    atomic_bool stopping;
};

static int make(struct job *j)
{
    return crypto_pwhash_str(j->hash, j->password, j->n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE)
               ? ERR_NOMEM
               : 0;
}

static int check(struct job *j)
{
    if (j->hash[0])
        return crypto_pwhash_str_verify(j->hash, j->password, j->n) ? ERR_REFUSED : 0;
    make(j); /* nobody to be: it takes as long */
    return ERR_REFUSED;
}

static void work(struct hasher *h, struct job *j)
{
    int err = ERR_CLOSED;

    if (!atomic_load(&h->stopping))
        err = j->make ? make(j) : check(j);
    j->done(j->arg, err, j->make && !err ? j->hash : NULL);
    sodium_memzero(j, sizeof *j);
    free(j);
}

static void *run(void *arg)
{
    struct hasher *h = arg;
    void *job;

    pthread_setname_np(pthread_self(), "hasher");
    while (queue_take(h->jobs, &job, 1, -1) > 0)
        work(h, job);
    return NULL;
}

struct hasher *hasher_start(void)
{
    struct hasher *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    atomic_init(&h->stopping, false);
    h->jobs = queue_new(HASHER_WAITING);
    if (!h->jobs || pthread_create(&h->thread, NULL, run, h)) {
        queue_free(h->jobs);
        free(h);
        return NULL;
    }
    return h;
}

void hasher_stop(struct hasher *h)
{
    if (!h)
        return;
    atomic_store(&h->stopping, true);
    queue_close(h->jobs);
    pthread_join(h->thread, NULL);
    queue_free(h->jobs);
    free(h);
}

static int ask(struct hasher *h, bool make, struct str password, const char *hash,
               hasher_done *done, void *arg)
{
    struct job *j = NULL;

    if (password.n > HASHER_PASSWORD || strlen(hash) >= sizeof j->hash)
        return ERR_LIMIT;
    j = calloc(1, sizeof *j);
    if (!j)
        return ERR_NOMEM;
    j->make = make;
    j->n = password.n;
    if (password.n)
        memcpy(j->password, password.p, password.n);
    memcpy(j->hash, hash, strlen(hash) + 1);
    j->done = done;
    j->arg = arg;
    int err = queue_try_push(h->jobs, j);
    if (err) {
        sodium_memzero(j, sizeof *j);
        free(j);
    }
    return err;
}

int hasher_make(struct hasher *h, struct str password, hasher_done *done, void *arg)
{
    return ask(h, true, password, "", done, arg);
}

int hasher_check(struct hasher *h, struct str password, const char *hash, hasher_done *done,
                 void *arg)
{
    return ask(h, false, password, hash, done, arg);
}

/* What stands at the head of every list of passwords that were found out, as a beginning; what is
 * shorter than LEAST is refused anyway. */
static const char *const common[] = {
    "1234567890", "0123456789", "0987654321", "9876543210", "123123123",  "1q2w3e4r5t",
    "1qaz2wsx3e", "qwertyuiop", "qwerty1234", "qwerty12345", "qazwsxedc", "asdfghjkl",
    "zxcvbnm123", "password",   "passw0rd",   "p@ssw0rd",   "admin12345", "admin123456",
    "administra", "woaini1314", "woaini520",  "iloveyou",   "abc1234567", "abcd123456",
    "abcdefghij", "a123456789", "aa12345678", "aa123456",   "letmein",    "welcome",
    "111222333",  "147258369",  "1357924680", "5201314",    "huiying",    "changeme",
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts(struct str text, const char *with)
{
    size_t n = strlen(with);

    for (size_t i = 0; i < n && i < text.n; i++)
        if (lower(text.p[i]) != lower(with[i]))
            return false;
    return text.n >= n;
}

/* Fewer than five different bytes: 1111111111, abababab… */
static bool monotonous(struct str text)
{
    bool seen[256] = {false};
    int different = 0;

    for (size_t i = 0; i < text.n; i++) {
        different += !seen[(unsigned char)text.p[i]];
        seen[(unsigned char)text.p[i]] = true;
    }
    return different < 5;
}

/* A common password with a few characters behind it is no better. */
static bool is_common(struct str password)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (starts(password, common[i]) && password.n < strlen(common[i]) + 5)
            return true;
    return monotonous(password);
}

const char *hasher_objection(struct str password, const char *account)
{
    size_t points = 0;

    for (size_t i = 0; i < password.n; i++)
        points += ((unsigned char)password.p[i] & 0xc0) != 0x80;
    if (!utf8_valid(password) || memchr(password.p ? password.p : "", '\0', password.n))
        return "密码应为 UTF-8 文字 (a password is UTF-8 text)";
    if (points < LEAST)
        return "密码至少 10 个字符 (a password has at least 10 characters)";
    if (password.n > HASHER_PASSWORD)
        return "密码至多 512 字节 (a password has at most 512 bytes)";
    if (is_common(password) || (starts(password, account) &&
                                password.n < strlen(account) + 8))
        return "密码太常见，或与账号名相近 (a common password, or one like the account's name)";
    return NULL;
}

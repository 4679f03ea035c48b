/* Commands to sources under an idempotency key: what became of each is kept as the outcomes of
 * commands to concerns are, so that a restart changes nothing of the answer. */
#include <stdio.h>
#include <xxhash.h>

#include "base/err.h"
#include "daemon/batch_state.h"

/* Outcomes in a row that are the same are kept as a letter and their number. */
static const struct {
    char letter;
    int err;
} letters[] = {{'a', 0},
               {'e', ERR_EXISTS},
               {'i', ERR_INVALID},
               {'l', ERR_LIMIT},
               {'n', ERR_NOTFOUND},
               {'r', ERR_REFUSED}};
enum { LETTERS = sizeof letters / sizeof letters[0], REQUEST = 16 };

/* No key that a client may send holds a blank: those of commands to concerns are others. */
static void name(const char *key, char out[static STORE_KEY_MAX])
{
    XXH128_hash_t hash = XXH3_128bits(key, strlen(key));

    snprintf(out, STORE_KEY_MAX, "sources %016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
}

static char letter_of(int err)
{
    for (size_t i = 0; i < LETTERS; i++)
        if (letters[i].err == err)
            return letters[i].letter;
    return '\0';
}

/* The request's hash, then the outcomes. False when there is no room for them: such a motley list
 * is done again, and says what is there. */
static bool write(char *out, size_t size, uint64_t request, const int *each, size_t n)
{
    int at = snprintf(out, size, "%016llx", (unsigned long long)request);

    for (size_t i = 0, run; i < n; i += run) {
        char letter = letter_of(each[i]);
        for (run = 1; i + run < n && each[i + run] == each[i]; run++)
            ;
        at += snprintf(out + at, size - (size_t)at, "%c%zu", letter, run);
        if (!letter || (size_t)at >= size)
            return false;
    }
    return true;
}

/* ERR_INVALID when they are not the outcomes of n sources of this request. */
static int read(struct str kept, uint64_t request, int *each, size_t n)
{
    char hash[REQUEST + 1];
    size_t at = REQUEST, done = 0;

    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)request);
    if (kept.n < REQUEST || memcmp(kept.p, hash, REQUEST) != 0)
        return ERR_INVALID;
    while (at < kept.n) {
        size_t which = 0, digits = at + 1;
        long long run;
        while (which < LETTERS && letters[which].letter != kept.p[at])
            which++;
        for (at = digits; at < kept.n && kept.p[at] >= '0' && kept.p[at] <= '9'; at++)
            ;
        if (which == LETTERS || str_int((struct str){kept.p + digits, at - digits}, 1,
                                        (long long)(n - done), &run))
            return ERR_INVALID;
        while (run--)
            each[done++] = letters[which].err;
    }
    return done == n ? 0 : ERR_INVALID;
}

int batch_sources_once(struct batch *b, const struct batch_once *once, enum batch_source_act act,
                       const struct source *sources, size_t n, int *each, int *status)
{
    struct store_command done = {.at = b->now}, before;

    *status = 0;
    name(once->key, done.key);
    if (batch_state_done(b, str_from(done.key), &before)) {
        *status = read(str_from(before.reason), once->request, each, n);
        return 0;
    }
    int err = batch_sources(b, act, sources, n, each);
    if (!err && write(done.reason, sizeof done.reason, once->request, each, n))
        b->commands[b->ncommands++] = done;
    return err;
}

/* Commands under an idempotency key, to concerns and to sources: what became of each is kept, with
 * a hash of what was asked for, so that a restart changes nothing of the answer. */
#include <stdio.h>
#include <xxhash.h>

#include "base/err.h"
#include "daemon/ledger/batch_state.h"

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

/* Whose it is stands before the key, so that nobody's key finds or spends another's; the word
 * before that and the blank are the ledger's own. */
static void name(const char *room, uint64_t person, struct str receiver, struct str key,
                 char out[static STORE_KEY_MAX])
{
    char text[SLUG_MAX + STORE_KEY_MAX + 1]; /* no receiver's name holds a slash */
    int n = snprintf(text, sizeof text, "%.*s/%.*s", STR_ARG(receiver), STR_ARG(key));
    XXH128_hash_t hash = XXH3_128bits(text, (size_t)n);

    snprintf(out, STORE_KEY_MAX, "%s %016llx %016llx%016llx", room, (unsigned long long)person,
             (unsigned long long)hash.high64, (unsigned long long)hash.low64);
}

bool batch_repeated(const struct batch *b)
{
    return b->repeated;
}

int batch_state_done(struct batch *b, const char *key, struct store_command *out)
{
    for (size_t i = 0; i < b->ncommands; i++)
        if (!strcmp(b->commands[i].key, key)) {
            *out = b->commands[i];
            return 0;
        }
    return store_command(b->conf.store, key, out);
}

/* Older programs kept the bare key, a unit's with the unit before it, and not what was asked for:
 * it is this command's if what it did was done to this concern. */
static int done_before(struct batch *b, const struct command *c, struct store_command *out)
{
    char key[SLUG_MAX + STORE_KEY_MAX + 1];
    struct event first;

    snprintf(key, sizeof key, "%.*s%s%.*s", STR_ARG(c->receiver.n ? c->by : STR_NONE),
             c->receiver.n ? "/" : "", STR_ARG(c->key));
    int err = strlen(key) < STORE_KEY_MAX ? store_command(b->conf.store, key, out) : ERR_NOTFOUND;
    if (err || !out->seq)
        return err;
    int n = store_events_after(b->conf.store, out->seq - 1, &first, 1);
    if (n < 0)
        return n;
    return n && (first.concern == c->concern || batch_regroups(c)) ? 0 : ERR_NOTFOUND;
}

int batch_state_command_done(struct batch *b, const struct command *c, struct store_command *keep,
                             int *status, uint64_t *seq)
{
    struct store_command before;

    *keep = (struct store_command){.at = b->now};
    name("command", c->person, c->receiver, c->key, keep->key);
    snprintf(keep->reason, sizeof keep->reason, "%016llx", (unsigned long long)command_request(c));
    int err = batch_state_done(b, keep->key, &before);
    bool other = !err && strcmp(before.reason, keep->reason) != 0;
    if (err == ERR_NOTFOUND)
        err = done_before(b, c, &before);
    if (!err) {
        *status = other ? ERR_REUSED : before.status;
        *seq = other ? 0 : before.seq;
    }
    return err;
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

/* ERR_REUSED when they are not the outcomes of n sources of this request. */
static int read(struct str kept, uint64_t request, int *each, size_t n)
{
    char hash[REQUEST + 1];
    size_t at = REQUEST, done = 0;

    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)request);
    if (kept.n < REQUEST || memcmp(kept.p, hash, REQUEST) != 0)
        return ERR_REUSED;
    while (at < kept.n) {
        size_t which = 0, digits = at + 1;
        long long run;
        while (which < LETTERS && letters[which].letter != kept.p[at])
            which++;
        for (at = digits; at < kept.n && kept.p[at] >= '0' && kept.p[at] <= '9'; at++)
            ;
        if (which == LETTERS || str_int((struct str){kept.p + digits, at - digits}, 1,
                                        (long long)(n - done), &run))
            return ERR_REUSED;
        while (run--)
            each[done++] = letters[which].err;
    }
    return done == n ? 0 : ERR_REUSED;
}

/* Older programs kept it without the person, who may be another one. */
static int sources_done_before(struct batch *b, const struct batch_once *once, int *each, size_t n)
{
    XXH128_hash_t hash = XXH3_128bits(once->key, strlen(once->key));
    struct store_command before;
    char key[STORE_KEY_MAX];

    snprintf(key, sizeof key, "sources %016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
    int err = store_command(b->conf.store, key, &before);
    if (!err && read(str_from(before.reason), once->request, each, n))
        err = ERR_NOTFOUND;
    return err;
}

int batch_sources_once(struct batch *b, const struct batch_once *once, enum batch_source_act act,
                       const struct source *sources, size_t n, int *each, int *status)
{
    struct store_command done = {.at = b->now}, before;

    *status = 0;
    name("sources", once->person, STR_NONE, str_from(once->key), done.key);
    int err = batch_state_done(b, done.key, &before);
    if (!err)
        *status = read(str_from(before.reason), once->request, each, n);
    else if (err == ERR_NOTFOUND)
        err = sources_done_before(b, once, each, n);
    b->repeated = !err;
    if (err != ERR_NOTFOUND)
        return err;
    err = batch_sources(b, act, sources, n, each);
    if (!err && write(done.reason, sizeof done.reason, once->request, each, n))
        b->commands[b->ncommands++] = done;
    return err;
}

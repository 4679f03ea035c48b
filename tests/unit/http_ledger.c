#include "tests/unit/http_ledger.h"

#include <stdio.h>

#include "base/err.h"
#include "tests/unit/http_fixture.h"

struct http_held http_held = {.lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER};

static void copy(char *to, size_t size, struct str from)
{
    snprintf(to, size, "%.*s", STR_ARG(from));
}

int ledger_command(struct ledger *l, const struct command *command, ledger_done *done, void *arg)
{
    if (l->refuse)
        return l->refuse;
    pthread_mutex_lock(&http_held.lock);
    http_held.done = done;
    http_held.arg = arg;
    http_held.act = command->act;
    http_held.concern = command->concern;
    copy(http_held.url, sizeof http_held.url, command->url);
    copy(http_held.by, sizeof http_held.by, command->by);
    copy(http_held.key, sizeof http_held.key, command->key);
    pthread_cond_signal(&http_held.came);
    pthread_mutex_unlock(&http_held.lock);
    return 0;
}

int ledger_mark(struct ledger *l, const struct store_mark *mark, ledger_done *done, void *arg)
{
    (void)l;
    (void)mark;
    (void)done;
    (void)arg;
    return ERR_CLOSED;
}

int ledger_redact(struct ledger *l, const unsigned char ident[STORE_IDENT], ledger_done *done,
                  void *arg)
{
    (void)l, (void)ident;
    done(arg, 0, NULL, 0);
    return 0;
}

int ledger_erase(struct ledger *l, const struct batch_erasure *what, ledger_done *done, void *arg)
{
    (void)l;
    done(arg, what->concern == 12 ? 0 : ERR_NOTFOUND, NULL, what->concern);
    return 0;
}

int ledger_correct(struct ledger *l, const struct batch_correction *what, ledger_done *done,
                   void *arg)
{
    (void)l, (void)what;
    done(arg, 0, NULL, 0);
    return 0;
}

int ledger_survey(struct ledger *l, uint64_t concern, uint16_t round, bool solved,
                  ledger_done *done, void *arg)
{
    (void)l, (void)concern, (void)round, (void)solved;
    done(arg, 0, NULL, 0);
    return 0;
}

void ledger_sign(struct ledger *l, const struct ledger_signs *signs)
{
    l->signs = *signs;
}

/* Stored as it is: what batch_access() refuses is not played here. */
int ledger_access(struct ledger *l, const struct batch_access *access, ledger_done *done, void *arg)
{
    struct store_batch b = {.accounts = &access->account, .naccounts = 1};
    struct trail_row row;

    if (access->act >= BATCH_TOKEN_ADD)
        b = (struct store_batch){.tokens = &access->token, .ntokens = 1};
    if (l->signs.sign(arg, &row)) {
        b.trail = &row;
        b.ntrail = 1;
    }
    done(arg, store_commit(http_town.store, &b), NULL, 0);
    return 0;
}

int ledger_share(struct ledger *l, const struct store_shared *rows, size_t n, ledger_done *done,
                 void *arg)
{
    (void)l;
    done(arg, store_commit(http_town.store, &(struct store_batch){.shared = rows, .nshared = n}),
         NULL, 0);
    return 0;
}

int ledger_trail(struct ledger *l, const struct trail_row *row, ledger_done *done, void *arg)
{
    struct store_batch b = {.trail = row, .ntrail = 1};

    if (l->refuse)
        return l->refuse;
    int err = store_commit(http_town.store, &b);
    if (done)
        done(arg, err, NULL, 0);
    return 0;
}

/* Concern 12, of any page but one without a topic. */
int ledger_register(struct ledger *l, struct str url, const struct desk_page *page,
                    ledger_done *done, void *arg)
{
    (void)l, (void)url;
    if (page->topic.n)
        done(arg, 0, NULL, 12);
    else
        done(arg, ERR_INVALID, "没有事项 (no topic)", 0);
    return 0;
}

int ledger_sources(struct ledger *l, enum ledger_source_act act, const struct source *sources,
                   size_t count, const struct ledger_once *once, ledger_sources_done *done,
                   void *arg)
{
    (void)once;
    if (l->refuse)
        return l->refuse;
    pthread_mutex_lock(&http_held.lock);
    http_held.sources_done = done;
    http_held.arg = arg;
    http_held.source_act = act;
    http_held.nsources = count;
    for (size_t i = 0; i < count && i < 4; i++)
        copy(http_held.ids[i], SLUG_MAX, str_from(sources[i].id));
    pthread_cond_signal(&http_held.came);
    pthread_mutex_unlock(&http_held.lock);
    return 0;
}

void ledger_counters(struct ledger *l, struct ledger_counters *out)
{
    (void)l;
    *out = (struct ledger_counters){.commits = 7};
}

void http_wait_for_command(void)
{
    pthread_mutex_lock(&http_held.lock);
    while (!http_held.done && !http_held.sources_done)
        pthread_cond_wait(&http_held.came, &http_held.lock);
    pthread_mutex_unlock(&http_held.lock);
}

void http_finish_command(int status, const char *reason, uint64_t seq)
{
    http_held.done(http_held.arg, status, reason, seq);
    http_held.done = NULL;
}

void ledger_source(struct ledger *l, uint32_t source, struct ledger_source *out)
{
    *out = source == 1 ? l->source : (struct ledger_source){0};
}

void http_finish_sources(int status, const char *reason, const int *each)
{
    ledger_sources_done *done = http_held.sources_done;

    http_held.sources_done = NULL;
    done(http_held.arg, status, reason, each, each ? http_held.nsources : 0);
}

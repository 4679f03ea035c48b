/* Replies that the ledger itself publishes: their texts to the store, and what they promise. */
#include <sodium.h>

#include "base/err.h"
#include "classifiers/promise.h"
#include "daemon/ledger/batch_state.h"

static struct str words_of(const struct batch *b, const struct desk_text *t)
{
    return (struct str){b->changes.words.data + t->off, t->n};
}

static void fill(const struct batch *b, const struct desk_text *t, struct store_publication *out)
{
    static const enum store_publication_act acts[] = {
        [DESK_TEXT_DRAFTED] = STORE_PUBLICATION_DRAFT,
        [DESK_TEXT_PUBLISHED] = STORE_PUBLICATION_PUBLISH,
        [DESK_TEXT_DROPPED] = STORE_PUBLICATION_DROP,
        [DESK_TEXT_BLANKED] = STORE_PUBLICATION_BLANK,
    };

    *out = (struct store_publication){.act = acts[t->act], .seq = t->seq, .concern = t->concern,
                                      .round = t->round};
    if (t->act == DESK_TEXT_PUBLISHED) {
        out->edition = t->edition;
        out->published = b->now;
        memcpy(out->unit, desk_concern(b->desk, t->concern)->unit, SLUG_MAX);
    }
    if (t->act != DESK_TEXT_DRAFTED)
        return;
    out->text = words_of(b, t);
    out->drafted = b->now;
    crypto_hash_sha256(out->hash, (const unsigned char *)out->text.p, out->text.n);
}

const struct store_publication *batch_texts_list(struct batch *b)
{
    struct store_publication *list = arena_alloc(b->arena, b->changes.ntexts + 1, sizeof *list);

    for (size_t i = 0; list && i < b->changes.ntexts; i++)
        fill(b, &b->changes.texts[i], &list[i]);
    return list;
}

struct wanted {
    struct batch *b;
    uint64_t seq;
    struct str text;
};

static int take(void *arg, const struct store_publication *p)
{
    struct wanted *w = arg;

    if (p->seq == w->seq)
        w->text = arena_str(w->b->arena, p->text);
    return p->seq == w->seq && !w->text.p ? ERR_NOMEM : 0;
}

/* What was approved may have been written in this very batch. */
static int find(struct batch *b, const struct desk_text *published, struct str *text)
{
    struct wanted w = {.b = b, .seq = published->seq};
    int err = 0;

    for (size_t i = 0; i < b->changes.ntexts && !w.text.n; i++) {
        const struct desk_text *t = &b->changes.texts[i];
        if (t->act == DESK_TEXT_DRAFTED && t->seq == published->seq)
            w.text = words_of(b, t);
    }
    if (!w.text.n)
        err = store_publications(b->conf.store, published->concern, take, &w);
    *text = w.text;
    return err;
}

int batch_texts_promise(struct batch *b)
{
    size_t n = b->changes.ntexts;
    int err = 0;

    for (size_t i = 0; i < n && !err; i++) {
        struct verdict_promise promises[VERDICT_PROMISES];
        struct desk_text t = b->changes.texts[i];
        struct str text;
        if (t.act != DESK_TEXT_PUBLISHED)
            continue;
        err = find(b, &t, &text);
        if (!err)
            err = desk_promise(b->desk, t.concern, promises, promise_find(text, b->now, promises),
                               b->now, b->now, &b->changes);
    }
    return err;
}

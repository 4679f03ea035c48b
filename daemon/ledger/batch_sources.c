/* What polls and operators do to sources themselves. */
#include <stdlib.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/ledger/batch_state.h"
#include "feeds/fetch/address.h"
#include "feeds/people/ident.h"

static const char FEW_AUTHORS[] =
    "只有一两个人在此发帖，不是公共版面 (the page of one or two people, no public board)";
static const char GONE[] = "信源已停办：410 (410 Gone)";

static uint64_t hash_validators(const struct fetched *meta)
{
    uint64_t h = meta->etag ? XXH3_64bits(meta->etag, strlen(meta->etag)) : 0;

    return meta->last_modified
               ? XXH3_64bits_withSeed(meta->last_modified, strlen(meta->last_modified), h + 1)
               : h;
}

/* From now on it is something else than it was; one that was put to rest while a poll of it was
 * under way is what it was put to. */
static int become(struct batch *b, struct batch_touched *t, enum event_type type)
{
    bool read = type == EVENT_SOURCE_SILENT || type == EVENT_SOURCE_RESTORED ||
                type == EVENT_SOURCE_QUARANTINED;

    t->becomes |= !read || t->entry.state != STORE_SOURCE_PAUSED;
    return batch_state_event(b, t->source, type);
}

/* It stops being polled. */
static int stop(struct batch *b, struct batch_touched *t, enum store_source_state state,
                enum event_type type, const char *reason)
{
    t->entry.state = (uint8_t)state;
    t->reason = reason;
    t->write = true;
    return batch_state_deed(b, BATCH_DROP, t->source) ? become(b, t, type) : ERR_NOMEM;
}

int batch_sources_quarantine(struct batch *b, uint32_t source)
{
    return stop(b, batch_state_touch(b, source), STORE_SOURCE_QUARANTINED,
                EVENT_SOURCE_QUARANTINED, FEW_AUTHORS);
}

int batch_skipped(struct batch *b, const struct fetched *meta)
{
    batch_next_answered(b, meta);
    return batch_state_event(b, meta->source, EVENT_SOURCE_SKIPPED);
}

static int died(struct batch *b, struct batch_touched *t, const struct fetched *meta,
                const char *death)
{
    bool told = t->entry.failures != 0;

    t->entry.failures += t->entry.failures < UINT16_MAX;
    t->entry.validators = 0;
    t->body = NULL;
    t->death = death;
    t->at = meta->at;
    t->write = true;
    return told ? 0 : become(b, t, EVENT_SOURCE_QUARANTINED);
}

/* No feed, or nothing selected. */
static int struck(struct batch *b, struct batch_touched *t)
{
    if (t->entry.strikes == STORE_SILENT)
        return 0;
    t->write = true;
    return ++t->entry.strikes == STORE_SILENT ? become(b, t, EVENT_SOURCE_SILENT) : 0;
}

static bool is_silent(const struct verdicts *v)
{
    return !v->count && (str_is(v->format, item_format_name(FEED_UNKNOWN)) ||
                         str_is(v->format, item_format_name(FEED_BOARD)));
}

static int spoke(struct batch *b, struct batch_touched *t, const struct fetched *meta,
                 const struct verdicts *v, uint32_t fresh)
{
    uint64_t validators = hash_validators(meta);
    bool restored = t->entry.failures || (t->entry.strikes == STORE_SILENT && !is_silent(v));
    int err = 0;

    if (fresh || t->entry.failures || !t->entry.known || validators != t->entry.validators)
        t->write = true;
    t->body = meta;
    t->death = NULL;
    t->entry.failures = 0;
    t->entry.validators = validators;
    if (is_silent(v)) {
        err = struck(b, t);
    } else if (t->entry.strikes) {
        t->entry.strikes = 0;
        t->write = true;
    }
    return !err && restored ? become(b, t, EVENT_SOURCE_RESTORED) : err;
}

/* An address that carries somebody's share token or log-in is followed, but never kept. */
static bool carries_person(struct str url)
{
    struct buf clean = BUF_INIT;
    bool changed = false, page = ident_clean(url, &clean, &changed);

    buf_free(&clean);
    return !page || changed;
}

/* Is another source of this batch moving there? */
static bool is_awaited(const struct batch *b, const struct batch_touched *t, struct str url)
{
    for (size_t i = 0; i < b->ntouched; i++)
        if (&b->touched[i] != t && str_eq(b->touched[i].moved_to, url))
            return true;
    return false;
}

/* Its publisher has said for three polls that it is elsewhere now. */
static int moved(struct batch *b, struct batch_touched *t, const char *to)
{
    const struct source *s = roster_get(b->conf.roster, t->source);
    struct address a;
    uint32_t other;

    if (t->moved_to.n || address_parse(to, &a))
        return 0;
    struct str url = arena_str(b->arena, str_from(a.url));
    address_clear(&a);
    if (!url.p)
        return ERR_NOMEM;
    if (str_is(url, s->url) || source_refusal(url) || carries_person(url) ||
        (roster_find_url(b->conf.roster, url, &other) && other != t->source) ||
        is_awaited(b, t, url))
        return 0;
    struct batch_deed *deed = batch_state_deed(b, BATCH_MOVE, t->source);
    if (!deed)
        return ERR_NOMEM;
    deed->url = url.p;
    t->moved_from = str_from(s->url);
    t->moved_to = url;
    t->write = true;
    return batch_state_event(b, t->source, EVENT_SOURCE_MOVED);
}

static int teach(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                 uint32_t fresh)
{
    struct batch_deed *deed = batch_state_deed(b, BATCH_LEARN, meta->source);

    if (!deed)
        return ERR_NOMEM;
    deed->lesson.hints = v->hints;
    deed->lesson.fresh = fresh;
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].published > deed->lesson.newest && v->list[i].published <= meta->at)
            deed->lesson.newest = v->list[i].published;
    return 0;
}

int batch_sources_polled(struct batch *b, const struct fetched *meta, const struct verdicts *v,
                         const char *death, uint32_t fresh)
{
    struct batch_touched *t = batch_state_touch(b, meta->source);
    int err = 0;

    if (meta->outcome == FETCH_GONE && meta->status == 410)
        return stop(b, t, STORE_SOURCE_RETIRED, EVENT_SOURCE_RETIRED, GONE);
    if (death)
        err = died(b, t, meta, death);
    else if (v)
        err = spoke(b, t, meta, v, fresh);
    else if (meta->outcome == FETCH_UNCHANGED && t->entry.strikes)
        err = struck(b, t);
    if (!err && meta->moved_to)
        err = moved(b, t, meta->moved_to);
    if (!err && v)
        err = teach(b, meta, v, fresh);
    return err;
}

size_t batch_sources_rows(struct batch *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->ntouched; i++) {
        struct batch_touched *t = &b->touched[i];
        if (!t->write)
            continue;
        struct store_source *row = &b->rows[n++];
        *row = (struct store_source){
            .id = str_from(roster_get(b->conf.roster, t->source)->id),
            .failures = t->entry.failures,
            .reason = str_from(t->death ? t->death : t->reason),
            .state = t->entry.state,
            .strikes = t->entry.strikes,
            .owed = t->entry.unread,
            .owed_first = t->entry.unread_first,
            .moved_from = t->moved_from,
            .moved_to = t->moved_to,
            .moved_at = t->moved_to.n ? b->now : 0,
            .since = t->becomes ? b->now : 0,
            .keep = (t->moved_to.n ? 0 : STORE_KEEP_MOVE) | (t->becomes ? 0 : STORE_KEEP_SINCE),
        };
        if (t->body) {
            row->etag = str_from(t->body->etag);
            row->last_modified = str_from(t->body->last_modified);
            row->polled = t->body->at;
        } else if (t->death) {
            /* The bytes that killed a worker must be fetched again, so their validators are not
             * kept; and a first poll that came to nothing was none. */
            row->polled = t->entry.known ? t->at : 0;
            row->quarantine_until = t->at + batch_quarantine(t->entry.failures);
        } else {
            row->keep |= STORE_KEEP_POLL;
        }
        t->entry.known = true;
    }
    return n;
}

/* Is there, or is there to be, a source of this id or normal address? */
static bool is_taken(struct batch *b, const struct source *s, const char *url)
{
    uint64_t keys[2] = {XXH3_64bits(s->id, strlen(s->id)), XXH3_64bits(url, strlen(url))};
    uint32_t index;

    if (roster_find(b->conf.roster, str_from(s->id), &index) ||
        roster_find_url(b->conf.roster, str_from(url), &index))
        return true;
    for (size_t i = 0; i < b->nadds; i++)
        if (b->add_keys[i][0] == keys[0] || b->add_keys[i][1] == keys[1])
            return true;
    memcpy(b->add_keys[b->nadds], keys, sizeof keys);
    return false;
}

static int add_one(struct batch *b, const struct source *s)
{
    struct address a;

    if (!s->id || !*s->id || strlen(s->id) >= SLUG_MAX || !s->url || address_parse(s->url, &a))
        return ERR_INVALID;
    bool taken = is_taken(b, s, a.url);
    address_clear(&a);
    if (source_refusal(str_from(s->url)))
        return ERR_REFUSED;
    if (taken)
        return ERR_EXISTS;
    if (roster_count(b->conf.roster) + b->nadds >= ROSTER_MAX)
        return ERR_LIMIT;
    struct batch_deed *deed = batch_state_deed(b, BATCH_ROSTER_ADD, 0);
    if (!deed)
        return ERR_NOMEM;
    deed->add = s;
    b->adds[b->nadds++] = s;
    return desk_source(b->desk, str_from(s->id), EVENT_SOURCE_ADDED, b->now, &b->changes);
}

static int remove_one(struct batch *b, struct batch_touched *t)
{
    if (t->entry.configured)
        return ERR_REFUSED;
    for (size_t i = 0; i < b->nremoves; i++)
        if (str_is(b->removes[i], roster_get(b->conf.roster, t->source)->id))
            return 0;
    b->removes[b->nremoves++] = str_from(roster_get(b->conf.roster, t->source)->id);
    t->write = false;
    return batch_state_deed(b, BATCH_ROSTER_REMOVE, t->source)
               ? batch_state_event(b, t->source, EVENT_SOURCE_REMOVED)
               : ERR_NOMEM;
}

static int pause_one(struct batch *b, struct batch_touched *t)
{
    return t->entry.state == STORE_SOURCE_ACTIVE
               ? stop(b, t, STORE_SOURCE_PAUSED, EVENT_SOURCE_PAUSED, NULL)
               : 0;
}

static int resume_one(struct batch *b, struct batch_touched *t)
{
    if (t->entry.state == STORE_SOURCE_ACTIVE && !t->entry.failures)
        return 0;
    t->entry.state = STORE_SOURCE_ACTIVE;
    t->entry.failures = 0;
    t->death = t->reason = NULL;
    t->write = true;
    return batch_state_deed(b, BATCH_RESUME, t->source) ? become(b, t, EVENT_SOURCE_RESUMED)
                                                        : ERR_NOMEM;
}

static int poll_one(struct batch *b, struct batch_touched *t)
{
    if (t->entry.state != STORE_SOURCE_ACTIVE)
        return ERR_REFUSED;
    return batch_state_deed(b, BATCH_SOON, t->source) ? 0 : ERR_NOMEM;
}

int batch_sources(struct batch *b, enum batch_source_act act, const struct source *sources,
                  size_t n, int *each)
{
    static int (*const acts[])(struct batch *, struct batch_touched *) = {
        [BATCH_SOURCE_REMOVE] = remove_one,
        [BATCH_SOURCE_PAUSE] = pause_one,
        [BATCH_SOURCE_RESUME] = resume_one,
        [BATCH_SOURCE_POLL] = poll_one,
    };

    for (size_t i = 0; i < n; i++) {
        uint32_t index;
        if (act == BATCH_SOURCE_ADD)
            each[i] = add_one(b, &sources[i]);
        else if (!roster_find(b->conf.roster, str_from(sources[i].id), &index))
            each[i] = ERR_NOTFOUND;
        else
            each[i] = acts[act](b, batch_state_touch(b, index));
        if (each[i] == ERR_NOMEM)
            return ERR_NOMEM;
    }
    return 0;
}

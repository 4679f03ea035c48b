/* Pages of items: read once for their text, then looked at for the reply and for being gone. */
#include "base/clock.h"
#include "base/err.h"
#include "daemon/ledger/batch_state.h"

enum { TRIES_MAX = 5 };
#define HOUR (3600 * INT64_C(1000))
#define GONE_AGAIN (HOUR / 2) /* between the first 404 and the one that counts */
#define FAILED_AGAIN (HOUR / 6) /* doubling, up to a day for as long as an answer is owed */

static bool has_detail(const struct source *s)
{
    const struct board_spec *spec = source_board(s);

    return spec && (spec->detail_text.n || spec->detail_reply.n || spec->detail_title.n ||
                    spec->detail_time.n);
}

bool batch_reads_pages(const struct source *s)
{
    return s->full_text || has_detail(s);
}

/* Residents' boards, where a reply is waited for and a post may be taken back. */
static bool is_watched(const struct source *s)
{
    return s->kind == SOURCE_BOARD || has_detail(s);
}

static void put_page(struct batch *b, const struct store_page *page)
{
    b->pages[b->npages++] = *page;
}

void batch_pages_want(struct batch *b, const struct source *s, const struct store_item *item,
                      bool first, bool history)
{
    struct store_page page = {.due = b->now,
                              .kind = first ? STORE_PAGE_BASELINE : STORE_PAGE_TEXT};

    if (!item->link.n || history)
        return;
    if (!batch_reads_pages(s)) {
        if (!item->concern || !is_watched(s))
            return;
        page.kind = STORE_PAGE_WATCH;
        page.due = b->now + HOUR;
    }
    memcpy(page.ident, item->ident, STORE_IDENT);
    put_page(b, &page);
}

void batch_pages_watch(struct batch *b, const struct store_item *item, uint64_t content)
{
    struct store_page page = {.due = b->now + HOUR, .kind = STORE_PAGE_WATCH, .content = content};

    memcpy(page.ident, item->ident, STORE_IDENT);
    put_page(b, &page);
}

int batch_forget_page(struct batch *b, const unsigned char ident[STORE_IDENT])
{
    struct store_page page = {.drop = true};

    memcpy(page.ident, ident, STORE_IDENT);
    put_page(b, &page);
    return 0;
}

void batch_defer_page(struct batch *b, const struct store_page *page, int64_t due)
{
    struct store_page later = {.due = due,
                               .content = page->content,
                               .tries = page->tries,
                               .gone = page->gone,
                               .kind = page->kind};

    memcpy(later.ident, page->ident, STORE_IDENT);
    put_page(b, &later);
}

struct found {
    struct arena *arena;
    struct store_page page;
};

static int take_page(void *arg, const struct store_page *page)
{
    struct found *f = arg;

    f->page = *page;
    f->page.source = arena_str(f->arena, page->source);
    f->page.link = arena_str(f->arena, page->link);
    f->page.title = arena_str(f->arena, page->title);
    return f->page.source.p && f->page.link.p && f->page.title.p ? 0 : ERR_NOMEM;
}

/* An item of a first poll is history unless its page tells a date that is younger. */
static bool is_history(const struct fetched *meta, const struct source *s,
                       const struct store_page *page, int64_t published)
{
    if (!published)
        return page->kind == STORE_PAGE_BASELINE;
    return published < meta->at - s->since;
}

/* What the page says takes the place of what the list gave; the list's hash stays, or the list
 * would look like an edit at every poll. */
static int reread(struct batch *b, const struct fetched *meta, const struct source *s,
                  struct store_page *page, const struct verdict *v)
{
    bool first_time = page->kind == STORE_PAGE_TEXT || page->kind == STORE_PAGE_BASELINE;
    struct store_item *item;
    int err = batch_items_again(b, page->ident, &item);

    if (err)
        return err;
    item->source = page->source;
    item->concern = page->concern;
    batch_items_fill(b, v, item);
    item->link = page->link;
    item->content = page->item_content;
    if (!item->title.n)
        item->title = page->title;
    if (!item->published)
        item->published = page->published;
    struct verdict told = batch_items_told(item, v);
    if (item->concern) {
        err = desk_update(b->desk, item->concern, &told, b->now, &b->changes);
    } else if (v->ntags && (first_time || !page->raised)) {
        struct desk_origin from = batch_items_origin(
            b, s, is_history(meta, s, page, item->published));
        b->elsewhere += v->elsewhere;
        told.link = page->link;
        told.published = item->published;
        err = desk_item(b->desk, &told, &from, b->now, &b->changes, &item->concern);
    }
    page->content = v->content;
    page->concern = item->concern;
    return err;
}

/* When it is looked at next, by what became of the concern. */
static void settle_page(struct batch *b, const struct source *s, struct store_page *page)
{
    const struct concern *c = page->concern ? desk_concern(b->desk, page->concern) : NULL;
    int64_t wait = HOUR;

    if (page->kind == STORE_PAGE_TEXT || page->kind == STORE_PAGE_BASELINE)
        page->tries = 0;
    for (uint32_t i = 0; i < page->tries && wait < CLOCK_DAY; i++)
        wait *= 2;
    page->tries++;
    if (!page->concern || !is_watched(s) || page->kind == STORE_PAGE_LAST) {
        page->drop = true;
    } else if (c && c->state != CONCERN_CLOSED) {
        page->kind = STORE_PAGE_WATCH;
        page->due = b->now + (wait < CLOCK_DAY ? wait : CLOCK_DAY);
    } else {
        page->kind = STORE_PAGE_LAST;
        page->due = b->now + CLOCK_DAY;
    }
}

static int was_read(struct batch *b, const struct fetched *meta, const struct source *s,
                    struct store_page *page, const struct verdicts *v)
{
    const struct verdict *one = v && v->count ? &v->list[0] : NULL;
    int err = 0;

    page->gone = 0;
    if (one && one->content != page->content)
        err = reread(b, meta, s, page, one);
    if (!err && one && page->concern && (one->reply.n || one->reply_url.n)) {
        struct verdict told = *one;
        told.link = page->link; /* the reply is on the item's page */
        err = desk_reply(b->desk, page->concern, &told, page->source, b->now, &b->changes);
    }
    settle_page(b, s, page);
    return err;
}

/* Gone once may be a mistake of the server's; twice in a row its text goes, and the answer is still
 * owed. */
static int was_gone(struct batch *b, struct store_page *page)
{
    page->gone++;
    page->due = b->now + GONE_AGAIN;
    if (page->gone < 2)
        return 0;
    page->drop = true;
    memcpy(b->blanks[b->nblanks++], page->ident, STORE_IDENT);
    return page->concern ? desk_withdraw(b->desk, page->concern, page->source, b->now, &b->changes)
                         : 0;
}

static void has_failed(struct batch *b, const struct source *s, struct store_page *page)
{
    bool text = page->kind == STORE_PAGE_TEXT || page->kind == STORE_PAGE_BASELINE;

    int64_t wait = FAILED_AGAIN;

    page->tries++;
    for (uint32_t i = 0; i < page->tries && wait < CLOCK_DAY; i++)
        wait *= 2;
    page->due = b->now + (wait < CLOCK_DAY ? wait : CLOCK_DAY);
    if (text && page->tries >= TRIES_MAX) /* the list's words stay */
        settle_page(b, s, page);
    else if (!text && page->kind == STORE_PAGE_LAST)
        page->drop = true;
}

int batch_page(struct batch *b, const struct fetched *meta, const struct verdicts *v,
               const char *death, const unsigned char ident[STORE_IDENT])
{
    const struct source *s = roster_get(b->conf.roster, meta->source);
    struct found found = {.arena = b->arena};

    b->rules_judged = v ? event_rules_number(v->rules) : 0;
    int err = store_page(b->conf.store, ident, take_page, &found);

    if (err == ERR_NOTFOUND || batch_items_find(b, ident)) /* edited just now: asked again */
        return 0;
    if (err)
        return err;
    if (!roster_live(b->conf.roster, meta->source) &&
        !str_is(found.page.source, BATCH_REGISTERED))
        return batch_forget_page(b, ident);
    switch (meta->outcome) {
    case FETCH_BODY:
        if (death)
            has_failed(b, s, &found.page);
        else if (!v && batch_reads_pages(s))
            return 0; /* found no worker: it is asked again */
        else
            err = was_read(b, meta, s, &found.page, v);
        break;
    case FETCH_UNCHANGED: err = was_read(b, meta, s, &found.page, NULL); break;
    case FETCH_GONE: err = was_gone(b, &found.page); break;
    case FETCH_REFUSED: found.page.drop = true; break;
    /* FETCH_DISALLOWED too: robots.txt may be out of reach for an hour, or change. */
    default: has_failed(b, s, &found.page); break;
    }
    if (!err)
        put_page(b, &found.page);
    return err;
}

/* How each kind of row is read, counted and written. */
#include "base/err.h"
#include "store/backend.h"
#include "store/codec.h"
#include "store/transfer_state.h"

static int take_item(void *arg, const struct store_item *item)
{
    struct transfer *t = arg;
    struct store_item copy = *item;
    int err;

    buf_add(&t->bytes, item->ident, STORE_IDENT);
    codec_item(item, &t->bytes);
    err = transfer_count(t, TRANSFER_ITEMS);
    if (err || !t->to)
        return err;
    struct str *const strings[] = {&copy.source, &copy.link, &copy.title, &copy.text, &copy.topic,
                                   &copy.region, &copy.proposed};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        *strings[i] = transfer_str(t, *strings[i], &err);
    copy.update = false;
    copy.aliases[0] = copy.aliases[1] = 0;
    return err ? err : transfer_put(t, TRANSFER_ITEMS, &copy);
}

/* By number: in the copy they have the same order, and none is left out. */
static int walk_items(struct transfer *t)
{
    uint64_t number = 0, there = 0;
    struct store_counts counts;
    int err = store_counts(t->from, &counts);

    while (!err && number < counts.items) {
        err = store_numbered(t->from, ++number, take_item, t);
        there += !err;
        err = err == ERR_NOTFOUND ? 0 : err; /* forgotten */
    }
    return err ? err : there == counts.items - counts.forgotten ? 0 : ERR_CORRUPT;
}

static int fill_items(struct transfer *t, struct store_batch *b, size_t n)
{
    b->items = (const struct store_item *)t->rows.data;
    b->nitems = n;
    return 0;
}

static int take_alias(void *arg, const struct store_alias *alias)
{
    struct transfer *t = arg;

    buf_add_u64(&t->bytes, alias->alias);
    buf_add(&t->bytes, alias->ident, STORE_IDENT);
    int err = transfer_count(t, TRANSFER_ALIASES);
    return err ? err : transfer_put(t, TRANSFER_ALIASES, alias);
}

static int walk_aliases(struct transfer *t)
{
    return t->from->backend->each_alias(t->from, take_alias, t);
}

static int fill_aliases(struct transfer *t, struct store_batch *b, size_t n)
{
    b->aliases = (const struct store_alias *)t->rows.data;
    b->naliases = n;
    return 0;
}

static int take_page(void *arg, const struct store_page *page)
{
    struct transfer *t = arg;

    buf_add(&t->bytes, page->ident, STORE_IDENT);
    codec_page(page, &t->bytes);
    int err = transfer_count(t, TRANSFER_PAGES);
    return err ? err : transfer_put(t, TRANSFER_PAGES, page);
}

static int page_of(void *arg, const struct store_item *item)
{
    struct transfer *t = arg;
    int err = store_page(t->from, item->ident, take_page, t);

    return err == ERR_NOTFOUND ? 0 : err;
}

static int walk_pages(struct transfer *t)
{
    struct store_counts counts;
    int err = store_counts(t->from, &counts);

    for (uint64_t number = 1; !err && number <= counts.items; number++) {
        err = store_numbered(t->from, number, page_of, t);
        err = err == ERR_NOTFOUND ? 0 : err;
    }
    return err;
}

static int fill_pages(struct transfer *t, struct store_batch *b, size_t n)
{
    b->pages = (const struct store_page *)t->rows.data;
    b->npages = n;
    return 0;
}

static int take_mark(void *arg, const struct store_mark *mark)
{
    struct transfer *t = arg;

    buf_add(&t->bytes, mark->ident, STORE_IDENT);
    buf_add_u8(&t->bytes, mark->aspect);
    codec_mark(mark, &t->bytes);
    int err = transfer_count(t, TRANSFER_MARKS);
    return err ? err : transfer_put(t, TRANSFER_MARKS, mark);
}

static int walk_marks(struct transfer *t)
{
    return store_each_mark(t->from, NULL, 0, take_mark, t);
}

static int fill_marks(struct transfer *t, struct store_batch *b, size_t n)
{
    b->marks = (const struct store_mark *)t->rows.data;
    b->nmarks = n;
    return 0;
}

static int take_concern(void *arg, const struct concern *c)
{
    struct transfer *t = arg;
    struct concern copy = *c;
    int err;

    codec_concern(c, &t->bytes);
    buf_add_u8(&t->bytes, c->reply_url != NULL);
    buf_add_str(&t->bytes, str_from(c->reply_url));
    err = transfer_count(t, TRANSFER_CONCERNS);
    if (err || !t->to)
        return err;
    /* An empty str of the arena is no string. */
    if (c->reply_url)
        copy.reply_url = *c->reply_url
                             ? (char *)transfer_str(t, str_from(c->reply_url), &err).p
                             : arena_alloc(t->arena, 1, 1);
    return err ? err : transfer_put(t, TRANSFER_CONCERNS, &copy);
}

static int walk_concerns(struct transfer *t)
{
    return store_each_concern(t->from, INT64_MIN, take_concern, t);
}

static int fill_concerns(struct transfer *t, struct store_batch *b, size_t n)
{
    const struct concern *rows = (const struct concern *)t->rows.data;
    const struct concern **list = arena_alloc(t->arena, n, sizeof *list);

    for (size_t i = 0; list && i < n; i++)
        list[i] = &rows[i];
    b->concerns = list;
    b->nconcerns = n;
    return list ? 0 : ERR_NOMEM;
}

static int take_reply(void *arg, const struct store_reply *reply)
{
    struct transfer *t = arg;

    buf_add_u64(&t->bytes, reply->concern);
    codec_reply(reply, &t->bytes);
    int err = transfer_count(t, TRANSFER_REPLIES);
    return err ? err : transfer_put(t, TRANSFER_REPLIES, reply);
}

static int reply_of(void *arg, const struct concern *c)
{
    struct transfer *t = arg;

    return store_replies(t->from, c->id, take_reply, t);
}

static int walk_replies(struct transfer *t)
{
    return store_each_concern(t->from, INT64_MIN, reply_of, t);
}

static int fill_replies(struct transfer *t, struct store_batch *b, size_t n)
{
    b->replies = (const struct store_reply *)t->rows.data;
    b->nreplies = n;
    return 0;
}

static int take_source(void *arg, const struct store_source *src)
{
    struct transfer *t = arg;
    struct store_source copy = *src;
    int err;

    buf_add_lstr(&t->bytes, src->id);
    codec_source(src, &t->bytes);
    codec_source_poll(src, &t->bytes);
    codec_source_move(src, &t->bytes);
    codec_source_time(src->moved_at, &t->bytes);
    codec_source_time(src->since, &t->bytes);
    err = transfer_count(t, TRANSFER_SOURCES);
    if (err || !t->to)
        return err;
    struct str *const strings[] = {&copy.id, &copy.etag, &copy.last_modified, &copy.reason,
                                   &copy.moved_from, &copy.moved_to};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        *strings[i] = transfer_str(t, *strings[i], &err);
    copy.keep = 0;
    return err ? err : transfer_put(t, TRANSFER_SOURCES, &copy);
}

static int walk_sources(struct transfer *t)
{
    return store_each_source(t->from, take_source, t);
}

static int fill_sources(struct transfer *t, struct store_batch *b, size_t n)
{
    b->sources = (const struct store_source *)t->rows.data;
    b->nsources = n;
    return 0;
}

/* Few: each has a batch of its own. */
static int take_added(void *arg, const struct source *source)
{
    struct transfer *t = arg;
    const struct source *list[] = {source};

    codec_added(source, &t->bytes);
    int err = transfer_count(t, TRANSFER_ADDED);
    if (err || !t->to)
        return err;
    return store_commit(t->to, &(struct store_batch){.adds = list, .nadds = 1});
}

static int walk_added(struct transfer *t)
{
    return store_each_added(t->from, take_added, t);
}

static int take_arrivals(void *arg, const struct burst_row *row)
{
    struct transfer *t = arg;

    buf_add_lstr(&t->bytes, str_from(row->topic));
    buf_add_u64(&t->bytes, (uint64_t)row->step);
    buf_add_u32(&t->bytes, row->count);
    int err = transfer_count(t, TRANSFER_ARRIVALS);
    return err ? err : transfer_put(t, TRANSFER_ARRIVALS, row);
}

static int walk_arrivals(struct transfer *t)
{
    return store_each_arrivals(t->from, take_arrivals, t);
}

static int fill_arrivals(struct transfer *t, struct store_batch *b, size_t n)
{
    b->arrivals = (const struct burst_row *)t->rows.data;
    b->narrivals = n;
    return 0;
}

static int take_cursor(void *arg, const struct store_cursor *cursor)
{
    struct transfer *t = arg;

    buf_add_lstr(&t->bytes, str_from(cursor->unit));
    buf_add_lstr(&t->bytes, str_from(cursor->receiver));
    buf_add_u64(&t->bytes, cursor->unitseq);
    int err = transfer_count(t, TRANSFER_CURSORS);
    return err ? err : transfer_put(t, TRANSFER_CURSORS, cursor);
}

static int walk_cursors(struct transfer *t)
{
    return t->from->backend->each_cursor(t->from, take_cursor, t);
}

static int fill_cursors(struct transfer *t, struct store_batch *b, size_t n)
{
    b->cursors = (const struct store_cursor *)t->rows.data;
    b->ncursors = n;
    return 0;
}

static int take_command(void *arg, const struct store_command *command)
{
    struct transfer *t = arg;

    buf_add_lstr(&t->bytes, str_from(command->key));
    codec_command(command, &t->bytes);
    int err = transfer_count(t, TRANSFER_COMMANDS);
    return err ? err : transfer_put(t, TRANSFER_COMMANDS, command);
}

static int walk_commands(struct transfer *t)
{
    return t->from->backend->each_command(t->from, take_command, t);
}

static int fill_commands(struct transfer *t, struct store_batch *b, size_t n)
{
    b->commands = (const struct store_command *)t->rows.data;
    b->ncommands = n;
    return 0;
}

const struct transfer_row_kind transfer_kinds[TRANSFER_KINDS] = {
    [TRANSFER_META] = {"meta", sizeof(struct transfer_numbers), transfer_events_meta,
                       transfer_events_fill_meta},
    [TRANSFER_EVENTS] = {"events", sizeof(struct event), transfer_events_walk,
                         transfer_events_fill},
    [TRANSFER_NOTES] = {"notes", 0, transfer_events_none, NULL}, /* beside their events */
    [TRANSFER_ITEMS] = {"items", sizeof(struct store_item), walk_items, fill_items},
    [TRANSFER_ALIASES] = {"aliases", sizeof(struct store_alias), walk_aliases, fill_aliases},
    [TRANSFER_PAGES] = {"pages", sizeof(struct store_page), walk_pages, fill_pages},
    [TRANSFER_MARKS] = {"marks", sizeof(struct store_mark), walk_marks, fill_marks},
    [TRANSFER_CONCERNS] = {"concerns", sizeof(struct concern), walk_concerns, fill_concerns},
    [TRANSFER_REPLIES] = {"replies", sizeof(struct store_reply), walk_replies, fill_replies},
    [TRANSFER_PUBLICATIONS] = {"publications", sizeof(struct store_publication),
                               transfer_texts_publications, transfer_texts_fill_publications},
    [TRANSFER_SURVEYS] = {"surveys", sizeof(struct store_survey), transfer_texts_surveys,
                          transfer_texts_fill_surveys},
    [TRANSFER_CORRECTIONS] = {"corrections", sizeof(struct store_correction),
                              transfer_texts_corrections, transfer_texts_fill_corrections},
    [TRANSFER_SOURCES] = {"sources", sizeof(struct store_source), walk_sources, fill_sources},
    [TRANSFER_ADDED] = {"added", 0, walk_added, NULL},
    [TRANSFER_ARRIVALS] = {"arrivals", sizeof(struct burst_row), walk_arrivals, fill_arrivals},
    [TRANSFER_CURSORS] = {"cursors", sizeof(struct store_cursor), walk_cursors, fill_cursors},
    [TRANSFER_COMMANDS] = {"commands", sizeof(struct store_command), walk_commands,
                           fill_commands},
    [TRANSFER_ACCOUNTS] = {"accounts", sizeof(struct account), transfer_access_accounts,
                           transfer_access_fill_accounts},
    [TRANSFER_TOKENS] = {"tokens", sizeof(struct account_token), transfer_access_tokens,
                         transfer_access_fill_tokens},
    [TRANSFER_TRAIL] = {"trail", sizeof(struct trail_row), transfer_access_trail,
                        transfer_access_fill_trail},
    [TRANSFER_SHARED] = {"shared", 0, transfer_access_shared, NULL},
    [TRANSFER_OUTBOX] = {"outbox", 0, transfer_events_outbox, NULL},
};

/* What concerns are about, in the words of an item each: for a list, of the rows in sight. */
#include "base/err.h"
#include "base/log.h"
#include "base/utf8.h"
#include "daemon/http/json_out.h"
#include "daemon/http/reply.h"
#include "daemon/routes/query.h"
#include "daemon/routes/routes.h"

enum { MOST = 50, ITEMS_MOST = 50, WORDS_MOST = 80 /* code points */ };

static size_t cut_at(struct str text)
{
    size_t at = 0;

    for (int n = 0; at < text.n && n < WORDS_MOST; n++)
        utf8_next(text, &at);
    return at;
}

/* The latest whose words are kept: a later one is looked at no more. */
static int take_words(void *arg, const struct store_item *item)
{
    struct buf *words = arg;
    struct str text = item->title.n ? item->title : item->text;

    if (!words->len)
        buf_add_str(words, (struct str){text.p, cut_at(text)});
    return 0;
}

/* Nothing is said of what there is not, or what the caller may not read. */
static int put_headline(struct exchange *x, uint64_t id, struct buf *b, size_t *told)
{
    struct store *reader = x->side->reader;
    struct buf words = BUF_INIT;
    struct concern c = {0};
    char text[24];
    int err = store_concern(reader, id, &c);

    if (err)
        return err == ERR_NOTFOUND ? 0 : err;
    bool own = query_own(x, &c);
    concern_clear(&c);
    if (!own)
        return 0;
    err = store_concern_items(reader, id, 1, take_words, &words);
    if (!err && !words.len) /* the latest one's are gone */
        err = store_concern_items(reader, id, ITEMS_MOST, take_words, &words);
    if (!err && words.len) {
        concern_format_id(id, text);
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_text(b, "id", text);
        json_out_str(b, "words", buf_str(&words));
        buf_add_char(b, '}');
        ++*told;
    }
    err = err ? err : buf_ok(&words) ? 0 : ERR_NOMEM;
    buf_free(&words);
    return err;
}

/* "c1,c2": the numbers, or -1 when it is no such list. */
static int read_ids(const char *text, uint64_t out[static MOST])
{
    int n = 0;

    for (const char *at = text; at && *at; n++) {
        size_t length = strcspn(at, ",");
        if (n == MOST || !(out[n] = concern_parse_id((struct str){at, length})))
            return -1;
        at += length + (at[length] == ',');
    }
    return n;
}

enum MHD_Result routes_headlines(struct exchange *x)
{
    struct buf b = BUF_INIT;
    uint64_t ids[MOST];
    size_t told = 0;
    int err = 0, n = read_ids(exchange_query(x, "ids"), ids);

    if (n < 0)
        return reply_problem(x, 400, "query",
                             "ids 应为至多 50 个事项编号，逗号分开 (ids is up to 50 ids: c1,c2)");
    buf_add_char(&b, '{');
    json_out_name(&b, "items");
    buf_add_char(&b, '[');
    for (int i = 0; i < n && !err; i++)
        err = put_headline(x, ids[i], &b, &told);
    buf_add_text(&b, "]}");
    if (err) {
        buf_free(&b);
        return reply_error(x, err, NULL);
    }
    if (told) /* as found.c has it */
        log_info("items.read", "headlines=%zu", told);
    return reply_json(x, &b);
}

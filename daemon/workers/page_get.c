#include "daemon/workers/page_get.h"

#include <stdlib.h>

#include "base/err.h"
#include "feeds/source/spec.h"

enum { WAIT_MS = 120000 };

static int take(struct fetched *f, struct page_got *got, struct page_refusal *refusal)
{
    if (f->outcome != FETCH_BODY) {
        *refusal = (struct page_refusal){f->outcome, f->status, f->problem};
        return ERR_REFUSED;
    }
    got->body = f->body;
    got->mime = f->mime;
    got->url = f->final_url;
    f->body = (struct buf)BUF_INIT;
    f->mime = f->final_url = NULL;
    return 0;
}

int page_get(const struct fetch_conf *conf, const struct source *s, const char *url,
             struct queue *out, struct page_got *got, struct page_refusal *refusal)
{
    struct source page = *s;
    struct roster *roster = roster_new();
    struct fetch *fetch = NULL;
    struct fetched *f = NULL;
    uint32_t index;

    *got = (struct page_got){0};
    page.url = url ? (char *)url : s->url;
    int err = roster ? roster_add(roster, &page, &index) : ERR_NOMEM;
    if (!err && (!(fetch = fetch_new(conf, roster, out)) || fetch_run(fetch)))
        err = ERR_IO;
    if (!err) {
        fetch_soon(fetch, index);
        int n = queue_take(out, (void **)&f, 1, WAIT_MS);
        err = n == 1 ? take(f, got, refusal) : n ? n : ERR_TIMEOUT;
    }
    fetch_fetched_free(f);
    fetch_stop(fetch);
    roster_free(roster);
    return err;
}

void page_got_clear(struct page_got *got)
{
    buf_free(&got->body);
    free(got->mime);
    free(got->url);
    *got = (struct page_got){0};
}

const char *page_get_first(const struct source *s, const json_t *list)
{
    const json_t *item;
    size_t i;

    if (!s->full_text && !(s->extras && spec_has_detail(&s->extras->board)))
        return NULL;
    json_array_foreach(json_object_get(list, "items"), i, item) {
        const char *url = json_string_value(json_object_get(item, "url"));
        if (url && json_is_true(json_object_get(item, "kept")) && !source_refusal(str_from(url)))
            return url;
    }
    return NULL;
}

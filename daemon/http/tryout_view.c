#include "daemon/http/tryout_view.h"

#include <stdlib.h>

#include "daemon/http/json_out.h"

enum { PROBLEMS_MAX = 100 };

static void add_problems(struct buf *b, const struct problems *problems)
{
    size_t n = problems_count(problems);

    json_out_name(b, "problems");
    buf_add_char(b, '[');
    for (size_t i = 0; i < n && i < PROBLEMS_MAX; i++) {
        const char *file, *text;
        int line;
        problems_get(problems, i, &file, &line, &text);
        json_out_next(b);
        buf_add_char(b, '{');
        json_out_or_null(b, "line", line);
        json_out_text(b, "detail", text);
        buf_add_char(b, '}');
    }
    buf_add_char(b, ']');
}

/* A page that did not come, or on which a worker died. */
static void add_refusal(struct buf *b, const struct tryout_found *found)
{
    const struct page_refusal *why = &found->refusal;

    if (!why->problem && !found->death) {
        json_out_null(b, "refused");
        return;
    }
    json_out_name(b, "refused");
    buf_add_char(b, '{');
    json_out_text(b, "outcome", found->death ? "death" : fetch_outcome_name(why->outcome));
    json_out_or_null(b, "status", why->status);
    json_out_text(b, "detail", found->death ? found->death : why->problem);
    buf_add_char(b, '}');
}

static void add_page(struct buf *b, const char *name, const json_t *page)
{
    char *text = page ? json_dumps(page, JSON_COMPACT) : NULL;

    if (!text) {
        json_out_null(b, name);
        return;
    }
    json_out_name(b, name);
    buf_add_text(b, text);
    free(text);
}

void tryout_view(struct buf *b, const struct tryout_found *found)
{
    buf_add_char(b, '{');
    json_out_text(b, "id", found->source ? found->source->id : NULL);
    add_problems(b, found->problems);
    add_refusal(b, found);
    add_page(b, "list", found->list);
    add_page(b, "detail", found->detail);
    buf_add_char(b, '}');
}

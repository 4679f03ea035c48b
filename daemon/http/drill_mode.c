#include "daemon/http/drill_mode.h"

#include <string.h>

#include "base/drill.h"

static const char NO_NET[] = "演练中不访问网络 (a drill asks the net for nothing)";
static const char NO_PUBLIC[] =
    "这是演练，不收公众意见，请到正式网站办理 (this is a drill and takes nothing from the public: please "
    "use the real site)";

static const struct {
    const char *method, *path, *why;
} closed[] = {
    {"GET", "/survey/{id}", NO_PUBLIC},
    {"POST", "/survey/{id}", NO_PUBLIC},
    {"GET", "/correct/{id}", NO_PUBLIC},
    {"POST", "/correct/{id}", NO_PUBLIC},
    {"POST", "/api/v1/register", NO_NET},
    {"POST", "/api/v1/sources", NO_NET},
    {"POST", "/api/v1/sources/try", NO_NET},
    {"POST", "/api/v1/sources/{source}/poll", NO_NET},
};

const char *drill_mode_refusal(const char *method, const char *path)
{
    for (size_t i = 0; drill_on() && i < sizeof closed / sizeof *closed; i++)
        if (!strcmp(closed[i].method, method) && !strcmp(closed[i].path, path))
            return closed[i].why;
    return NULL;
}

static const char TITLE[] = "<title>", HEAD_END[] = "</head>", BODY[] = "<body";
static const char ROBOTS[] = "<meta name=\"robots\" content=\"noindex, nofollow\">\n";
static const char BANNER[] =
    "\n<aside class=\"drill\" id=\"drill\" aria-label=\"演练 drill\"><strong>演练 DRILL</strong> "
    "重放录制的一天，不是真实的警讯和办理情况。"
    "<span lang=\"en\">A recorded day is replayed: nothing here is real.</span></aside>";

/* Past the next such mark, whose end is at `end` if it is not 0; SIZE_MAX: there is none. */
static size_t past(struct str s, const char *mark, char end, size_t from)
{
    size_t at = from == SIZE_MAX ? from : str_find(s, str_from(mark), from);

    if (at == SIZE_MAX)
        return at;
    at += strlen(mark);
    const char *close = end ? memchr(s.p + at, end, s.n - at) : NULL;
    return !end ? at : close ? (size_t)(close - s.p) + 1 : SIZE_MAX;
}

void drill_mode_mark(struct buf *html)
{
    struct str s = buf_str(html);
    struct buf out = BUF_INIT;
    size_t title = past(s, TITLE, '\0', 0), head = past(s, HEAD_END, '\0', title),
           body = past(s, BODY, '>', head);

    if (!drill_on() || !buf_ok(html) || body == SIZE_MAX)
        return;
    head -= sizeof HEAD_END - 1;
    buf_add(&out, s.p, title);
    buf_add_text(&out, DRILL_MARK);
    buf_add(&out, s.p + title, head - title);
    buf_add_text(&out, ROBOTS);
    buf_add(&out, s.p + head, body - head);
    buf_add_text(&out, BANNER);
    buf_add(&out, s.p + body, s.n - body);
    buf_free(html);
    *html = out;
}

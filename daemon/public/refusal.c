#include "daemon/public/refusal.h"

#include "daemon/http/access.h"
#include "daemon/http/html_out.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/routes/routes.h"

/* What is wrong, and what to do about it (NULL: the ways on say it). */
static const struct {
    unsigned status;
    const char *zh, *en, *next_zh, *next_en;
} titles[] = {
    {400, "请求有误", "The request is wrong", "请检查网址，或从下面的页面重新开始。",
     "Check the address, or start again from a page below."},
    {401, "需要登录", "Log in first", NULL, NULL},
    {403, "这一页不对您开放", "This page is not open to you", NULL, NULL},
    {404, "没有这一页", "There is no such page", NULL, NULL},
    {405, "这个网址不能这样打开", "This address is not opened like this", "请从下面的页面进入。",
     "Start from a page below."},
    {409, "现在不能办理", "This cannot be done as things stand",
     "没有办成。情况可能已经变了，请回到那一页看看。",
     "Nothing was done. Things may have changed: look at the page again."},
    {413, "内容过大", "Too much was sent", "没有办成，请回到那一页重新填写。",
     "Nothing was done: fill in the page again."},
    {422, "没有办成", "Nothing was done", "请回到那一页，重新填写再提交。",
     "Go back to the page, fill it in again and send it."},
    {429, "请稍后再来", "Come back later", "这一次没有计入，过后可以再提交。",
     "This one was not counted and may be sent again later."},
    {500, "本站出了错", "Something failed here", "请稍后再试；仍不行，请告诉页面下方的联系人。",
     "Try again later; if that does not help, tell the contact below."},
    {503, "暂时不能办理", "Not available just now", "请稍后再试。", "Try again later."},
};
enum { TITLES = sizeof titles / sizeof *titles };

static const struct {
    unsigned status; /* 0: of each */
    const char *path, *zh, *en;
} ways[] = {
    {401, "login", "登录", "Log in"},
    {403, "login", "我的页面，或换账号登录", "My pages, or another account"},
    {0, "ledger", "回应公示", "Public ledger"},
    {401, "desk.html", "值班台", "Duty desk"},
    {403, "desk.html", "值班台", "Duty desk"},
    {404, "desk.html", "值班台", "Duty desk"},
    {404, "login", "登录", "Log in"},
};

static size_t find(unsigned status)
{
    size_t i = 0;

    while (i < TITLES && titles[i].status != status)
        i++;
    return i;
}

bool refusal_wanted(const struct exchange *x, unsigned status)
{
    return x->browsed && find(status) < TITLES;
}

static void put_way(struct frame *f, const char *path, const char *text)
{
    buf_add_text(f->b, "<li>");
    frame_link(f, path, str_from(text));
    buf_add_text(f->b, "</li>\n");
}

/* Back to the page itself where that may help: to its form, or without what was asked of it. */
static void put_ways(struct frame *f, unsigned status, const char *own)
{
    const struct route *route = f->x->route;
    bool again = status == 400 || (route && strcmp(route->method, "POST") == 0 && status != 404);

    buf_add_text(f->b, "<ul>\n");
    if (again && own && strcmp(own, "ledger") != 0)
        put_way(f, own, frame_say(f, "回到那一页重来", "Back to the page, to try again"));
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (!ways[i].status || ways[i].status == status)
            put_way(f, ways[i].path, frame_say(f, ways[i].zh, ways[i].en));
    buf_add_text(f->b, "</ul>\n");
}

/* Where the English of "zh (en)" or "zh en" begins, with its space; 0: there is one language. */
static size_t find_english(struct str text)
{
    size_t at = text.n, depth = 0;

    while (at && text.n && text.p[text.n - 1] == ')') {
        depth += text.p[--at] == ')';
        depth -= text.p[at] == '(';
        if (!depth)
            return at && text.p[at - 1] == ' ' ? at - 1 : 0;
    }
    while (at && (unsigned char)text.p[at - 1] < 0x80)
        at--;
    return at < text.n && text.p[at] == ' ' ? at : 0;
}

/* A page in English says the English alone. */
static void put_detail(struct frame *f, const char *detail)
{
    struct str text = str_from(detail);
    size_t at = find_english(text);
    struct str en = {text.p + at, at ? text.n - at : 0};

    buf_add_text(f->b, "<p role=\"alert\">");
    html_out_str(f->b, f->english && at ? STR_NONE : (struct str){text.p, at ? at : text.n});
    if (!f->english)
        buf_add_text(f->b, "<span lang=\"en\">");
    else if (en.n > 2 && en.p[1] == '(')
        en = (struct str){en.p + 2, en.n - 3};
    html_out_str(f->b, en);
    buf_add_text(f->b, f->english ? "</p>\n" : "</span></p>\n");
}

/* The page at this address, without the "/"; NULL: none is read there. */
static const char *own_page(const struct exchange *x, struct buf *path)
{
    if (!x->route || !access_find("GET", x->route->path))
        return NULL;
    reply_put_path(x, path);
    buf_add_char(path, '\0');
    return buf_ok(path) && path->data[0] && path->data[1] ? path->data + 1 : NULL;
}

enum MHD_Result refusal_send(struct exchange *x, const struct refusal *why)
{
    size_t at = find(why->status);
    bool closed = x->access && access_may(x->access, ACCESS_PUBLIC) == ACCESS_NEVER;
    struct buf b = BUF_INIT, path = BUF_INIT;
    const char *own = own_page(x, &path);
    struct frame f;

    frame_read(x, &b, "/", &f); /* however deep the address is */
    f.sends = true;             /* nothing here is worth a script */
    f.area = closed ? frame_say(&f, "办理", "For staff") : NULL;
    frame_begin(&f, str_from(frame_say(&f, titles[at].zh, titles[at].en)), own ? own : "ledger");
    if (why->detail)
        put_detail(&f, why->detail);
    if (titles[at].next_zh)
        buf_addf(&b, "<p>%s</p>\n", frame_say(&f, titles[at].next_zh, titles[at].next_en));
    if (why->wait_ms) {
        buf_add_text(&b, "<p>");
        frame_put_wait(&f, why->wait_ms);
        buf_add_text(&b, "</p>\n");
    }
    put_ways(&f, why->status, own);
    buf_free(&path);
    frame_end(&f);
    return reply_form_header(x, why->status, &b, "Allow", why->allow, why->wait_ms);
}

/* 登录 without a script, for the pages that need none: a form whose token belongs to a cookie that
 * goes with it, so that no other site can log a browser in as somebody else. */
#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/http/figures.h"
#include "daemon/http/hasher.h"
#include "daemon/http/html_out.h"
#include "daemon/http/reply.h"
#include "daemon/public/frame.h"
#include "daemon/routes/form.h"
#include "daemon/routes/routes.h"
#include "daemon/routes/session.h"

enum { NONCE = 16, NONCE_TEXT = 2 * NONCE + 1, TOKEN_TEXT = 2 * 16 + 1 };

static const char *cookie_name(struct exchange *x)
{
    static const char *const names[2][2] = {
        {"huiying-form", "__Host-huiying-form"},
        {"huiying-drill-form", "__Host-huiying-drill-form"}};

    return names[drill_on()][x->side->http->conf.config->site != NULL];
}

static void token_of(struct exchange *x, const char *nonce, char out[static TOKEN_TEXT])
{
    static const char purpose[] = "log in ";
    unsigned char token[TOKEN_TEXT / 2];
    crypto_generichash_state state;

    crypto_generichash_init(&state, store_hash_key(x->side->reader), 16, sizeof token);
    crypto_generichash_update(&state, (const unsigned char *)purpose, sizeof purpose);
    crypto_generichash_update(&state, (const unsigned char *)nonce, strlen(nonce));
    crypto_generichash_final(&state, token, sizeof token);
    sodium_bin2hex(out, TOKEN_TEXT, token, sizeof token);
}

/* The form was sent from the page that was given with this cookie. */
static bool is_ours(struct exchange *x)
{
    const char *nonce = MHD_lookup_connection_value(x->conn, MHD_COOKIE_KIND, cookie_name(x));
    struct str token = form_member(buf_str(&x->body), "token");
    char made[TOKEN_TEXT];

    if (!nonce || strlen(nonce) != NONCE_TEXT - 1 || token.n != TOKEN_TEXT - 1 ||
        form_is_foreign(exchange_header(x, "Sec-Fetch-Site")))
        return false;
    token_of(x, nonce, made);
    return sodium_memcmp(made, token.p, token.n) == 0;
}

static void put_input(struct frame *f, const char *name, const char *type, const char *fill,
                      const char *label)
{
    buf_addf(f->b,
             "<p><label>%s<br><input name=\"%s\" type=\"%s\" autocomplete=\"%s\" required "
             "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"%d\"></label></p>\n",
             label, name, type, fill, (int)HASHER_PASSWORD);
}

static void put_form(struct frame *f, const char *nonce)
{
    char token[TOKEN_TEXT];

    token_of(f->x, nonce, token);
    buf_add_text(f->b, "<form method=\"post\" action=\"");
    frame_href(f, "login");
    buf_add_text(f->b, "\">\n");
    buf_addf(f->b, "<input type=\"hidden\" name=\"token\" value=\"%s\">\n", token);
    put_input(f, "account", "text", "username", frame_say(f, "账号", "Account"));
    put_input(f, "password", "password", "current-password", frame_say(f, "密码", "Password"));
    buf_addf(f->b, "<p><button>%s</button></p>\n</form>\n", frame_say(f, "登录", "Log in"));
}

/* A unit's own stands in the public ledger, too. */
static void put_own(struct frame *f, const struct caller *c)
{
    char path[SLUG_MAX + 32];

    if (!*c->unit)
        return;
    snprintf(path, sizeof path, "ledger?state=open&unit=%s", c->unit);
    buf_add_text(f->b, "<li>");
    frame_link(f, path, str_from(frame_say(f, "本单位未办结的事项", "Open matters of the unit")));
    buf_add_text(f->b, "</li>\n");
}

/* What each may read without a script, and the way out. */
static void put_inside(struct frame *f, const struct caller *c)
{
    static const struct {
        const char *path, *zh, *en;
    } places[] = {{"/overview", "总览", "Overview"},
                  {"/reports/daily", "每日信息参阅", "The day's brief"},
                  {"/reports/month/{month}", "月度通报", "The month's report"}};
    char month[FIGURES_MONTH], path[64];

    buf_addf(f->b, "<p>%s%s</p>\n<ul>\n", frame_say(f, "已登录：", "Logged in: "), c->name);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *hole = strchr(places[i].path, '{');
        if (access_may(access_find("GET", places[i].path), c->role) == ACCESS_NEVER)
            continue;
        snprintf(path, sizeof path, "%.*s%s",
                 hole ? (int)(hole - places[i].path) - 1 : (int)sizeof path, places[i].path + 1,
                 hole ? figures_month(statistics_month(clock_now()), month) : "");
        buf_add_text(f->b, "<li>");
        frame_link(f, path, str_from(frame_say(f, places[i].zh, places[i].en)));
        buf_add_text(f->b, "</li>\n");
    }
    put_own(f, c);
    buf_add_text(f->b, "</ul>\n<form method=\"post\" action=\"");
    frame_href(f, "logout");
    buf_addf(f->b,
             "\">\n<input type=\"hidden\" name=\"token\" value=\"%s\">\n"
             "<p><button>%s</button></p>\n</form>\n",
             c->session.csrf, frame_say(f, "退出登录", "Log out"));
}

/* What became of a form, and what to do next. */
struct said {
    unsigned status;
    const char *zh, *en;
    int64_t wait_ms; /* 0: at once */
};

static void put_said(struct frame *f, const struct said *s)
{
    buf_addf(f->b, "<p role=\"alert\"><strong>%s</strong></p>\n", frame_say(f, s->zh, s->en));
    if (!s->wait_ms)
        return;
    buf_add_text(f->b, "<p>");
    frame_put_wait(f, s->wait_ms);
    buf_addf(f->b, " %s</p>\n",
             frame_say(f, "忘了密码，请找管理员重设（huiying accounts passwd）。",
                       "Whoever forgot the password asks the administrator for a new one (huiying "
                       "accounts passwd)."));
}

static enum MHD_Result show(struct exchange *x, const struct said *said)
{
    unsigned char raw[NONCE];
    char nonce[NONCE_TEXT];
    struct buf b = BUF_INIT, cookie = BUF_INIT;
    struct frame f;

    randombytes_buf(raw, sizeof raw);
    const char *had = MHD_lookup_connection_value(x->conn, MHD_COOKIE_KIND, cookie_name(x));
    sodium_bin2hex(nonce, sizeof nonce, raw, sizeof raw);
    /* The form in another tab goes on being good. */
    if (had && strlen(had) == NONCE_TEXT - 1 && strspn(had, "0123456789abcdef") == NONCE_TEXT - 1)
        memcpy(nonce, had, sizeof nonce);
    frame_read(x, &b, "", &f);
    f.area = frame_say(&f, "办理", "For staff");
    f.cookies = true;
    frame_begin(&f, str_from(frame_say(&f, "登录", "Log in")), "login");
    if (said->zh)
        put_said(&f, said);
    if (x->caller.cookie) {
        put_inside(&f, &x->caller);
    } else {
        put_form(&f, nonce);
        caller_put_cookie(x->side->http, cookie_name(x), nonce, &cookie);
    }
    frame_end(&f);
    enum MHD_Result result = reply_form_header(x, said->status, &b, "Set-Cookie", cookie.data,
                                               said->wait_ms);
    buf_free(&cookie);
    return result;
}

enum MHD_Result routes_login_page(struct exchange *x)
{
    return show(x, &(struct said){.status = 200});
}

static enum MHD_Result refuse(struct exchange *x)
{
    return show(x, &(struct said){401, "账号或密码不对，请重新填写。",
                                  "Account or password is wrong: fill in the form again.", 0});
}

static enum MHD_Result later(struct exchange *x, int64_t wait_ms)
{
    return show(x, &(struct said){429, "尝试过多，此账号暂不能登录。",
                                  "Too many attempts: this account cannot log in for now.",
                                  wait_ms});
}

static enum MHD_Result fail(struct exchange *x, int err)
{
    return show(x, &(struct said){reply_status(err), "暂时不能办理，没有办成：请稍后再试。",
                                  "This cannot be done now: try again later.", 0});
}

static enum MHD_Result out_of_date(struct exchange *x)
{
    return show(x, &(struct said){422, x->caller.cookie
                                           ? "表单已过期，没有办成：请在下面再试一次。"
                                           : "表单已过期，没有登录：请在下面重新填写；仍不行时，请允许本站保存 "
                                             "Cookie。",
                                  x->caller.cookie
                                      ? "The form was out of date and nothing was done: try again "
                                        "below."
                                      : "The form was out of date: fill it in again below. If that "
                                        "does not help, let this site keep a cookie.", 0});
}

/* To the page itself, shown as before; 303, so that loading it again sends nothing. */
static enum MHD_Result go_on(struct exchange *x, const char *cookie, bool forget)
{
    char to[48];
    struct frame f;

    frame_read(x, NULL, "", &f);
    snprintf(to, sizeof to, "/login%s%s%s%s%s", f.lang ? "?lang=" : "", f.lang ? f.lang : "",
             f.type ? f.lang ? "&" : "?" : "", f.type ? "type=" : "", f.type ? f.type : "");
    return reply_see_other(x, to, cookie, forget);
}

static enum MHD_Result welcome(struct exchange *x, const struct caller *c, const char *cookie)
{
    (void)c;
    return go_on(x, cookie, false);
}

static const struct session_voice page = {welcome, refuse, later, fail};

enum MHD_Result routes_login_form(struct exchange *x)
{
    struct buf account = BUF_INIT, password = BUF_INIT;
    enum MHD_Result result;

    if (!x->pending && !is_ours(x))
        return out_of_date(x);
    int err = form_decode(form_member(buf_str(&x->body), "account"), &account);
    err = err ? err : form_decode(form_member(buf_str(&x->body), "password"), &password);
    struct str name = str_trim(buf_str(&account));
    bool fits = !err && name.n && name.n < SLUG_MAX && password.len <= HASHER_PASSWORD;
    if (err == ERR_NOMEM)
        result = fail(x, err);
    else if (!fits)
        result = refuse(x);
    else
        result = session_log_in(x, name, buf_str(&password), &page);
    if (password.data)
        sodium_memzero(password.data, password.cap);
    buf_free(&account);
    buf_free(&password);
    return result;
}

enum MHD_Result routes_logout_form(struct exchange *x)
{
    struct str token = form_member(buf_str(&x->body), "token");
    const char *own = x->caller.session.csrf;
    struct buf cookie = BUF_INIT;
    enum MHD_Result result;

    if (!x->caller.cookie || token.n != strlen(own) || sodium_memcmp(token.p, own, token.n) != 0)
        return out_of_date(x);
    if (!exchange_traced(x, &result))
        return result;
    session_log_out(x, &cookie);
    /* No script runs here that could forget what a page with one kept of a session that ended. */
    result = buf_ok(&cookie) ? go_on(x, cookie.data, true) : fail(x, ERR_NOMEM);
    buf_free(&cookie);
    return result;
}

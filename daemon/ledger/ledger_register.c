/* 交办: pages that people point to are asked for here and admitted when they have come. Who asked
 * waits; what is under way when the daemon stops was not accepted. */
#define _GNU_SOURCE
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "base/queue.h"
#include "daemon/ledger/ledger_state.h"
#include "feeds/fetch/address.h"
#include "feeds/people/ident.h"

/* Numbers of pages that are asked for here: those of ledger_pages.c have no such bit. */
#define REGISTERED (UINT64_C(1) << 63)
#define LOST_AFTER (600 * INT64_C(1000)) /* real ms: an outcome this late will not come */

/* What another leader asked for may come here yet: none of its numbers is given again. */
static void number_pages(struct ledger *l)
{
    uint64_t first;

    randombytes_buf(&first, sizeof first);
    l->page_number = l->registered = first >> 2;
}

/* A source that is polled never and stands in no list: what politeness, guards and the worker need
 * to know of a page that belongs to none. */
int ledger_register_open(struct ledger *l)
{
    struct source guest = {.id = (char *)BATCH_REGISTERED,
                           .name = "交办",
                           .url = "https://registered.invalid/",
                           .kind = SOURCE_BOARD,
                           .zone_minutes = 480,
                           .full_text = true};
    int err = roster_add(l->roster, &guest, &l->guest);

    number_pages(l);
    if (err == ERR_EXISTS) { /* a source of that name, which keeps it */
        guest.id = "registered.page";
        err = roster_add(l->roster, &guest, &l->guest);
    }
    if (!err)
        err = source_table_grow(l->sources, roster_count(l->roster));
    if (!err)
        roster_remove(l->roster, l->guest);
    return err;
}

uint32_t ledger_guest(const struct ledger *l)
{
    return l->guest;
}

struct message *ledger_register_message(struct str url, const struct desk_page *page)
{
    struct message *m = calloc(1, sizeof *m);
    char *at = m ? malloc(url.n + page->topic.n + page->by.n + page->note.n + 4) : NULL;

    if (!at) {
        free(m);
        return NULL;
    }
    m->kind = MESSAGE_REGISTER;
    m->strings = at;
    m->url = ledger_ask_pack(&at, url);
    m->asked.page.topic = ledger_ask_pack(&at, page->topic);
    m->asked.page.by = ledger_ask_pack(&at, page->by);
    m->asked.page.note = ledger_ask_pack(&at, page->note);
    return m;
}

int ledger_register(struct ledger *l, struct str url, const struct desk_page *page,
                    ledger_done *done, void *arg)
{
    struct message *m = ledger_register_message(url, page);

    return m ? ledger_ask_hand_over(l, m, done, arg) : ERR_NOMEM;
}

static void end(struct message *m, int status, const char *reason, uint64_t concern)
{
    m->done(m->arg, status, reason, concern);
    arena_free(m->arena);
    ledger_message_free(m);
}

static int take_concern(void *arg, const struct store_item *item)
{
    *(uint64_t *)arg = item->concern;
    return 0;
}

static struct message **free_place(struct ledger *l)
{
    int64_t now = clock_mono();

    for (size_t i = 0; i < LEDGER_REGISTERING; i++) {
        struct message **place = &l->registering[i];
        if (*place && now - (*place)->since >= LOST_AFTER) {
            end(*place, ERR_TIMEOUT, NULL, 0);
            *place = NULL;
        }
        if (!*place)
            return place;
    }
    return NULL;
}

static bool web_address(const char *url)
{
    struct address a;
    bool is = address_parse(url, &a) == 0;

    address_clear(&a);
    return is;
}

/* 0 when its outcome will come, or *concern has the page already; else why not. */
static int ask(struct ledger *l, struct message *m, const char **reason, uint64_t *concern)
{
    struct fetch_page page = {.source = l->guest, .kind = FETCH_PAGE_ITEM, .url = m->url.p};
    struct message **place = free_place(l);

    m->arena = arena_new();
    m->asked.link = m->arena ? ident_link(m->arena, STR_NONE, m->url) : STR_NONE;
    if (drill_on()) {
        *reason = "演练中不读取网页 (a drill reads no page)";
        return ERR_REFUSED;
    }
    *reason = source_refusal(m->url);
    if (!*reason && (!m->asked.link.n || !web_address(m->url.p)))
        *reason = "应为一条内容的公开网址，如 https://例.中国/1.html (the public web address of one page is "
                  "expected)";
    if (*reason)
        return ERR_INVALID;
    batch_register_ident(l->store, m->asked.link, m->asked.ident);
    int err = store_item(l->store, m->asked.ident, take_concern, concern);
    if (err ? err != ERR_NOTFOUND : *concern != 0)
        return err;
    *reason = "等着读取的网页太多，请稍后再试 (too many pages wait: try again later)";
    if (!place || !*l->fetch)
        return ERR_AGAIN;
    page.number = m->number = REGISTERED | ++l->registered;
    err = fetch_page(*l->fetch, &page);
    if (err)
        return err == ERR_NOMEM ? err : ERR_AGAIN;
    m->since = clock_mono();
    *place = m;
    return 0;
}

int ledger_register_take(struct ledger *l, struct message **messages, int n)
{
    int kept = 0;

    for (int i = 0; i < n; i++) {
        struct message *m = messages[i];
        const char *reason = NULL;
        uint64_t concern = 0;
        if (m->kind != MESSAGE_REGISTER) {
            messages[kept++] = m;
            continue;
        }
        int err = ask(l, m, &reason, &concern);
        if (err)
            end(m, err, reason, 0);
        if (err || !concern)
            continue;
        m->registered.concern = concern; /* nothing is to be read */
        m->asked.link = STR_NONE;
        arena_free(m->arena);
        m->arena = NULL;
        messages[kept++] = m;
    }
    return kept;
}

int ledger_register_known(struct ledger *l, struct message *m)
{
    int err = batch_register_known(l->batch, &m->asked.page, &m->registered);

    m->status = m->registered.status;
    m->reason = m->registered.reason;
    m->seq = m->registered.concern;
    return err;
}

static struct message **find(struct ledger *l, const struct fetched *f)
{
    uint64_t number = f && f->page && (f->page->number & REGISTERED) ? f->page->number : 0;

    for (size_t i = 0; i < LEDGER_REGISTERING && number; i++)
        if (l->registering[i] && l->registering[i]->number == number)
            return &l->registering[i];
    return NULL;
}

bool ledger_register_build(struct ledger *l, const struct message *poll, int *err)
{
    struct message **place = find(l, poll->meta);
    bool registered = poll->meta->page && (poll->meta->page->number & REGISTERED);

    *err = place ? batch_register(l->batch, poll->meta, poll->verdicts, poll->death,
                                  &(*place)->asked, &(*place)->registered)
                 : 0;
    if (place && !*err) {
        (*place)->status = (*place)->registered.status;
        ledger_trace(l, *place);
    }
    return registered;
}

void ledger_register_done(struct ledger *l, const struct fetched *f, int err)
{
    struct message **place = find(l, f);

    if (!place)
        return;
    const struct batch_registered *r = &(*place)->registered;
    if (err)
        end(*place, err, NULL, 0);
    else
        end(*place, r->status, r->reason, r->concern);
    *place = NULL;
}

void ledger_register_close(struct ledger *l)
{
    for (size_t i = 0; i < LEDGER_REGISTERING; i++)
        if (l->registering[i])
            end(l->registering[i], ERR_CLOSED, NULL, 0);
}

#include "tests/bench/yardstick.h"

#include <hs.h>
#include <jansson.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "base/err.h"
#include "tests/bench/duties.h"

struct yardstick {
    hs_database_t *db;
    hs_scratch_t *scratch;
    sqlite3 *sql;
    sqlite3_stmt *seen, *insert, *event, *outbox;
    void *zmq, *pub;
    long long matched, seq;
    struct duties *duties; /* NULL: none */
    char **waiting;        /* with duties: bodies to publish after the commit */
    size_t nwaiting;
};

enum { WAITING_MAX = 4096 };

struct item {
    xmlChar *title, *link, *guid, *date, *description, *text;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *count)
{
    (void)id, (void)from, (void)to, (void)flags;
    ++*(int *)count;
    return 0;
}

static int open_matcher(struct yardstick *y, const struct yardstick_conf *c)
{
    unsigned *flags = calloc(c->nterms, sizeof *flags), *ids = calloc(c->nterms, sizeof *ids);
    hs_compile_error_t *error = NULL;

    for (size_t i = 0; flags && ids && i < c->nterms; i++)
        ids[i] = (unsigned)i;
    int err = hs_compile_multi(c->terms, flags, ids, (unsigned)c->nterms, HS_MODE_BLOCK, NULL,
                               &y->db, &error);
    free(flags);
    free(ids);
    return err || hs_alloc_scratch(y->db, &y->scratch) ? ERR_INVALID : 0;
}

static int open_store(struct yardstick *y, const char *dir)
{
    char path[256];

    snprintf(path, sizeof path, "%s/yardstick.db", dir);
    if (sqlite3_open(path, &y->sql) ||
        sqlite3_exec(y->sql,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE items(guid TEXT PRIMARY KEY, link TEXT, title TEXT, text TEXT,"
                     " date TEXT, matched INTEGER);"
                     "CREATE TABLE events(seq INTEGER PRIMARY KEY, guid TEXT, body TEXT);"
                     "CREATE TABLE outbox(unit TEXT, unitseq INTEGER, seq INTEGER,"
                     " PRIMARY KEY(unit, unitseq)) WITHOUT ROWID;",
                     NULL, NULL, NULL) ||
        sqlite3_prepare_v2(y->sql, "SELECT 1 FROM items WHERE guid=?", -1, &y->seen, NULL) ||
        sqlite3_prepare_v2(y->sql, "INSERT INTO items VALUES(?,?,?,?,?,?)", -1, &y->insert, NULL) ||
        sqlite3_prepare_v2(y->sql, "INSERT INTO events VALUES(?,?,?)", -1, &y->event, NULL) ||
        sqlite3_prepare_v2(y->sql, "INSERT INTO outbox VALUES('unit',?,?)", -1, &y->outbox, NULL))
        return ERR_IO;
    return 0;
}

static int open_pub(struct yardstick *y, const struct yardstick_conf *c)
{
    int one = 1, unlimited = 0;

    y->zmq = zmq_ctx_new();
    y->pub = zmq_socket(y->zmq, ZMQ_PUB);
    zmq_setsockopt(y->pub, ZMQ_CURVE_SERVER, &one, sizeof one);
    zmq_setsockopt(y->pub, ZMQ_CURVE_SECRETKEY, c->server->secret_key, KEY_TEXT);
    zmq_setsockopt(y->pub, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    if (zmq_bind(y->pub, c->endpoint))
        return ERR_NET;
    /* The subscriber says that it has joined only once it gets something. */
    fd_set set;
    struct timeval wait;
    do {
        zmq_send(y->pub, "head", 4, 0);
        FD_ZERO(&set);
        FD_SET(c->ready_fd, &set);
        wait = (struct timeval){0, 20000};
    } while (select(c->ready_fd + 1, &set, NULL, NULL, &wait) == 0);
    return 0;
}

static xmlChar *child_text(xmlNode *item, const char *name)
{
    for (xmlNode *n = item->children; n; n = n->next)
        if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name))
            return xmlNodeGetContent(n);
    return xmlStrdup((const xmlChar *)"");
}

static xmlChar *html_text(const xmlChar *html)
{
    htmlDocPtr doc = htmlReadMemory((const char *)html, xmlStrlen(html), NULL, "UTF-8",
                                    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                        HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    xmlChar *text = root ? xmlNodeGetContent(root) : xmlStrdup((const xmlChar *)"");

    xmlFreeDoc(doc);
    return text;
}

static void bind_texts(sqlite3_stmt *s, const xmlChar *const *texts, int n)
{
    for (int i = 0; i < n; i++)
        sqlite3_bind_text(s, i + 1, (const char *)texts[i], -1, SQLITE_STATIC);
}

static void send(struct yardstick *y, char *body)
{
    zmq_send(y->pub, "concern/unit/topic", 18, ZMQ_SNDMORE);
    zmq_send(y->pub, body, strlen(body), 0);
    free(body);
}

static int publish(struct yardstick *y, const struct item *it, int hits)
{
    json_t *event = json_pack("{s:s,s:s,s:s,s:I,s:{s:s,s:i}}", "specversion", "1.0", "type",
                              "item.matched", "source", "/yardstick", "seq",
                              (json_int_t)++y->seq, "data", "guid", (const char *)it->guid,
                              "hits", hits);
    char *body = json_dumps(event, JSON_COMPACT);
    int err = body ? 0 : ERR_NOMEM;

    json_decref(event);
    if (err)
        return err;
    sqlite3_bind_int64(y->event, 1, y->seq);
    sqlite3_bind_text(y->event, 2, (const char *)it->guid, -1, SQLITE_STATIC);
    sqlite3_bind_text(y->event, 3, body, -1, SQLITE_STATIC);
    if (sqlite3_step(y->event) != SQLITE_DONE)
        err = ERR_IO;
    sqlite3_reset(y->event);
    if (!y->duties) {
        send(y, body);
        return err;
    }
    sqlite3_bind_int64(y->outbox, 1, y->seq);
    sqlite3_bind_int64(y->outbox, 2, y->seq);
    if (sqlite3_step(y->outbox) != SQLITE_DONE)
        err = ERR_IO;
    sqlite3_reset(y->outbox);
    if (y->nwaiting < WAITING_MAX)
        y->waiting[y->nwaiting++] = body;
    else
        err = ERR_LIMIT;
    return err;
}

/* Masked before anything is kept; the GUID becomes a hash in hexadecimal, in a place of its own. */
static int do_duties(struct yardstick *y, struct item *it)
{
    unsigned char hash[DUTIES_HASH];
    size_t hits = 0, title = (size_t)xmlStrlen(it->title), text = (size_t)xmlStrlen(it->text);
    int err = duties_mask(y->duties, (char *)it->title, title);

    if (!err)
        err = duties_mask(y->duties, (char *)it->text, text);
    if (!err)
        err = duties_find(y->duties, (char *)it->title, title, &hits);
    if (!err)
        err = duties_find(y->duties, (char *)it->text, text, &hits);
    duties_hash((char *)it->guid, (size_t)xmlStrlen(it->guid), hash);
    xmlChar *hex = xmlMalloc(2 * sizeof hash + 1);
    if (!hex)
        return ERR_NOMEM;
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf((char *)hex + 2 * i, 3, "%02x", hash[i]);
    xmlFree(it->guid);
    it->guid = hex;
    return err;
}

static int keep_item(struct yardstick *y, const struct item *it)
{
    const xmlChar *row[] = {it->guid, it->link, it->title, it->text, it->date};
    int hits = 0, err = 0;

    hs_scan(y->db, (const char *)it->title, (unsigned)xmlStrlen(it->title), 0, y->scratch, on_match,
            &hits);
    hs_scan(y->db, (const char *)it->text, (unsigned)xmlStrlen(it->text), 0, y->scratch, on_match,
            &hits);
    bind_texts(y->insert, row, 5);
    sqlite3_bind_int(y->insert, 6, hits);
    if (sqlite3_step(y->insert) != SQLITE_DONE)
        err = ERR_IO;
    sqlite3_reset(y->insert);
    if (!err && hits) {
        y->matched++;
        err = publish(y, it, hits);
    }
    return err;
}

static int take_item(struct yardstick *y, xmlNode *node)
{
    struct item it = {child_text(node, "title"),   child_text(node, "link"),
                      child_text(node, "guid"),    child_text(node, "pubDate"),
                      child_text(node, "description"), NULL};

    it.text = html_text(it.description);
    int err = y->duties ? do_duties(y, &it) : 0;
    sqlite3_bind_text(y->seen, 1, (const char *)it.guid, -1, SQLITE_STATIC);
    int known = sqlite3_step(y->seen) == SQLITE_ROW;
    sqlite3_reset(y->seen);
    if (!known && !err)
        err = keep_item(y, &it);
    xmlChar *all[] = {it.title, it.link, it.guid, it.date, it.description, it.text};
    for (size_t i = 0; i < 6; i++)
        xmlFree(all[i]);
    return err;
}

static int take_feed(struct yardstick *y, const struct buf *body)
{
    xmlDoc *doc = xmlReadMemory(body->data, (int)body->len, NULL, NULL, XML_PARSE_NONET);
    xmlNode *channel = doc ? xmlDocGetRootElement(doc)->children : NULL;
    int err = doc ? 0 : ERR_SYNTAX;

    while (channel && channel->type != XML_ELEMENT_NODE)
        channel = channel->next;
    sqlite3_exec(y->sql, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (xmlNode *n = channel ? channel->children : NULL; n && !err; n = n->next)
        if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, "item"))
            err = take_item(y, n);
    if (sqlite3_exec(y->sql, "COMMIT", NULL, NULL, NULL))
        err = ERR_IO;
    for (size_t i = 0; i < y->nwaiting; i++)
        send(y, y->waiting[i]);
    y->nwaiting = 0;
    xmlFreeDoc(doc);
    return err;
}

struct yardstick *yardstick_open(const struct yardstick_conf *conf)
{
    struct yardstick *y = calloc(1, sizeof *y);

    if (!y)
        return NULL;
    if (conf->duties && (!(y->duties = duties_new()) ||
                         !(y->waiting = calloc(WAITING_MAX, sizeof *y->waiting))))
        goto fail;
    if (!open_matcher(y, conf) && !open_store(y, conf->dir) && !open_pub(y, conf))
        return y;
fail:
    yardstick_close(y);
    return NULL;
}

long long yardstick_run(struct yardstick *y, const struct buf *bodies, size_t n)
{
    int err = 0;

    for (size_t i = 0; i < n && !err; i++)
        err = take_feed(y, &bodies[i]);
    return err ? err : y->matched;
}

void yardstick_close(struct yardstick *y)
{
    sqlite3_finalize(y->seen);
    sqlite3_finalize(y->insert);
    sqlite3_finalize(y->event);
    sqlite3_finalize(y->outbox);
    sqlite3_close(y->sql);
    if (y->pub)
        zmq_close(y->pub);
    if (y->zmq)
        zmq_ctx_term(y->zmq);
    hs_free_scratch(y->scratch);
    hs_free_database(y->db);
    duties_free(y->duties);
    free(y->waiting);
    free(y);
}

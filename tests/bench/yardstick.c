#include "tests/bench/yardstick.h"

#include <hs.h>
#include <jansson.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "base/err.h"

struct pipeline {
    hs_database_t *db;
    hs_scratch_t *scratch;
    sqlite3 *sql;
    sqlite3_stmt *seen, *insert, *event;
    void *zmq, *pub;
    long long matched, seq;
};

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

static int open_matcher(struct pipeline *p, const struct yardstick_conf *c)
{
    unsigned *flags = calloc(c->nterms, sizeof *flags), *ids = calloc(c->nterms, sizeof *ids);
    hs_compile_error_t *error = NULL;

    for (size_t i = 0; flags && ids && i < c->nterms; i++)
        ids[i] = (unsigned)i;
    int err = hs_compile_multi(c->terms, flags, ids, (unsigned)c->nterms, HS_MODE_BLOCK, NULL,
                               &p->db, &error);
    free(flags);
    free(ids);
    return err || hs_alloc_scratch(p->db, &p->scratch) ? ERR_INVALID : 0;
}

static int open_store(struct pipeline *p, const char *dir)
{
    char path[256];

    snprintf(path, sizeof path, "%s/yardstick.db", dir);
    if (sqlite3_open(path, &p->sql) ||
        sqlite3_exec(p->sql,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE items(guid TEXT PRIMARY KEY, link TEXT, title TEXT, text TEXT,"
                     " date TEXT, matched INTEGER);"
                     "CREATE TABLE events(seq INTEGER PRIMARY KEY, guid TEXT, body TEXT);",
                     NULL, NULL, NULL) ||
        sqlite3_prepare_v2(p->sql, "SELECT 1 FROM items WHERE guid=?", -1, &p->seen, NULL) ||
        sqlite3_prepare_v2(p->sql, "INSERT INTO items VALUES(?,?,?,?,?,?)", -1, &p->insert, NULL) ||
        sqlite3_prepare_v2(p->sql, "INSERT INTO events VALUES(?,?,?)", -1, &p->event, NULL))
        return ERR_IO;
    return 0;
}

static int open_pub(struct pipeline *p, const struct yardstick_conf *c)
{
    int one = 1, unlimited = 0;

    p->zmq = zmq_ctx_new();
    p->pub = zmq_socket(p->zmq, ZMQ_PUB);
    zmq_setsockopt(p->pub, ZMQ_CURVE_SERVER, &one, sizeof one);
    zmq_setsockopt(p->pub, ZMQ_CURVE_SECRETKEY, c->server->secret_key, KEY_TEXT);
    zmq_setsockopt(p->pub, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    if (zmq_bind(p->pub, c->endpoint))
        return ERR_NET;
    /* The subscriber says that it has joined only once it gets something. */
    fd_set set;
    struct timeval wait;
    do {
        zmq_send(p->pub, "head", 4, 0);
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

static int publish(struct pipeline *p, const struct item *it, int hits)
{
    json_t *event = json_pack("{s:s,s:s,s:s,s:I,s:{s:s,s:i}}", "specversion", "1.0", "type",
                              "item.matched", "source", "/yardstick", "seq",
                              (json_int_t)++p->seq, "data", "guid", (const char *)it->guid,
                              "hits", hits);
    char *body = json_dumps(event, JSON_COMPACT);
    int err = body ? 0 : ERR_NOMEM;

    json_decref(event);
    if (err)
        return err;
    sqlite3_bind_int64(p->event, 1, p->seq);
    sqlite3_bind_text(p->event, 2, (const char *)it->guid, -1, SQLITE_STATIC);
    sqlite3_bind_text(p->event, 3, body, -1, SQLITE_STATIC);
    if (sqlite3_step(p->event) != SQLITE_DONE)
        err = ERR_IO;
    sqlite3_reset(p->event);
    zmq_send(p->pub, "concern/unit/topic", 18, ZMQ_SNDMORE);
    zmq_send(p->pub, body, strlen(body), 0);
    free(body);
    return err;
}

static int take_item(struct pipeline *p, xmlNode *node)
{
    struct item it = {child_text(node, "title"),   child_text(node, "link"),
                      child_text(node, "guid"),    child_text(node, "pubDate"),
                      child_text(node, "description"), NULL};
    const xmlChar *row[5];
    int hits = 0, err = 0;

    it.text = html_text(it.description);
    sqlite3_bind_text(p->seen, 1, (const char *)it.guid, -1, SQLITE_STATIC);
    int known = sqlite3_step(p->seen) == SQLITE_ROW;
    sqlite3_reset(p->seen);
    if (!known) {
        hs_scan(p->db, (const char *)it.title, (unsigned)xmlStrlen(it.title), 0, p->scratch,
                on_match, &hits);
        hs_scan(p->db, (const char *)it.text, (unsigned)xmlStrlen(it.text), 0, p->scratch, on_match,
                &hits);
        row[0] = it.guid, row[1] = it.link, row[2] = it.title, row[3] = it.text, row[4] = it.date;
        bind_texts(p->insert, row, 5);
        sqlite3_bind_int(p->insert, 6, hits);
        if (sqlite3_step(p->insert) != SQLITE_DONE)
            err = ERR_IO;
        sqlite3_reset(p->insert);
        if (!err && hits) {
            p->matched++;
            err = publish(p, &it, hits);
        }
    }
    xmlChar *all[] = {it.title, it.link, it.guid, it.date, it.description, it.text};
    for (size_t i = 0; i < 6; i++)
        xmlFree(all[i]);
    return err;
}

static int take_feed(struct pipeline *p, const struct buf *body)
{
    xmlDoc *doc = xmlReadMemory(body->data, (int)body->len, NULL, NULL, XML_PARSE_NONET);
    xmlNode *channel = doc ? xmlDocGetRootElement(doc)->children : NULL;
    int err = doc ? 0 : ERR_SYNTAX;

    while (channel && channel->type != XML_ELEMENT_NODE)
        channel = channel->next;
    sqlite3_exec(p->sql, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (xmlNode *n = channel ? channel->children : NULL; n && !err; n = n->next)
        if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, "item"))
            err = take_item(p, n);
    if (sqlite3_exec(p->sql, "COMMIT", NULL, NULL, NULL))
        err = ERR_IO;
    xmlFreeDoc(doc);
    return err;
}

long long yardstick_run(const struct yardstick_conf *conf, const struct buf *bodies, size_t n)
{
    struct pipeline p = {0};
    int err = open_matcher(&p, conf);

    if (!err)
        err = open_store(&p, conf->dir);
    if (!err)
        err = open_pub(&p, conf);
    for (size_t i = 0; i < n && !err; i++)
        err = take_feed(&p, &bodies[i]);
    sqlite3_finalize(p.seen);
    sqlite3_finalize(p.insert);
    sqlite3_finalize(p.event);
    sqlite3_close(p.sql);
    if (p.pub)
        zmq_close(p.pub);
    if (p.zmq)
        zmq_ctx_term(p.zmq);
    hs_free_scratch(p.scratch);
    hs_free_database(p.db);
    return err ? err : p.matched;
}

/* Rows "feed bytes to typed items" and "item HTML to text": each beside what libxml2 takes for
 * less, its SAX2 events thrown away and its HTML tree, in the same run and on the same bytes. */
#define _GNU_SOURCE
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

#include "base/buf.h"
#include "feeds/formats/parse.h"
#include "feeds/text/htmltext.h"
#include "tests/bench/corpus.h"

enum { FEEDS = 60, ROUNDS = 7 };

struct load {
    struct buf bodies[FEEDS];
    size_t bytes, items;
};

/* Escaped HTML as one CDATA section; nothing else of it is a reference. */
static void to_cdata(const struct buf *in, struct buf *out)
{
    static const struct {
        struct str from, to;
    } words[] = {{{"&lt;", 4}, {"<", 1}}, {{"&gt;", 4}, {">", 1}},
                 {{"\n<description>", 14}, {"\n<description><![CDATA[", 23}},
                 {{"</description></item>", 21}, {"]]></description></item>", 24}}};

    for (size_t i = 0; i < in->len;) {
        struct str rest = {in->data + i, in->len - i};
        size_t k = 0;
        while (k < 4 && !str_starts(rest, words[k].from))
            k++;
        if (k < 4)
            buf_add_str(out, words[k].to);
        else
            buf_add_char(out, in->data[i]);
        i += k < 4 ? words[k].from.n : 1;
    }
}

static void to_gb18030(const struct buf *in, struct buf *out)
{
    iconv_t cd = iconv_open("GB18030", "UTF-8");
    size_t declared = str_find(buf_str(in), STR("?>"), 0), left = in->len - declared;
    char *from = in->data + declared;

    buf_add_text(out, "<?xml version=\"1.0\" encoding=\"GB18030\"");
    char *to = buf_reserve(out, 2 * in->len), *start = to;
    size_t room = 2 * in->len;
    if (cd == (iconv_t)-1 || !to || iconv(cd, &from, &left, &to, &room) == (size_t)-1)
        exit(1);
    out->len += (size_t)(to - start);
    iconv_close(cd);
}

static void fill(struct load *load, void (*change)(const struct buf *in, struct buf *out))
{
    *load = (struct load){.items = FEEDS * CORPUS_ITEMS};
    for (size_t i = 0; i < FEEDS; i++) {
        struct buf plain = BUF_INIT;
        corpus_feed(i, 100, &plain);
        if (change)
            change(&plain, &load->bodies[i]);
        else
            buf_add_str(&load->bodies[i], buf_str(&plain));
        load->bytes += load->bodies[i].len;
        buf_free(&plain);
    }
}

static void empty(struct load *load)
{
    for (size_t i = 0; i < FEEDS; i++)
        buf_free(&load->bodies[i]);
}

/* Returns items. */
static size_t ours(const struct load *load)
{
    size_t items = 0;

    for (size_t i = 0; i < FEEDS; i++) {
        struct parse_request req = {.body = buf_str(&load->bodies[i]), .now = 1};
        struct feed *feed;
        if (parse_feed(&req, &feed) || feed->nproblems)
            exit(1);
        items += feed->nitems;
        item_feed_free(feed);
    }
    return items;
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int nns, const xmlChar **nss, int count, int defaulted, const xmlChar **list)
{
    (void)prefix, (void)uri, (void)nns, (void)nss, (void)count, (void)defaulted, (void)list;
    *(size_t *)ctx += strcmp((const char *)name, "item") == 0;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)ctx, (void)name, (void)prefix, (void)uri;
}

static void on_text(void *ctx, const xmlChar *text, int n)
{
    (void)ctx, (void)text, (void)n;
}

static size_t sax(const struct load *load)
{
    xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC, .startElementNs = on_start,
                             .endElementNs = on_end, .characters = on_text, .cdataBlock = on_text};
    size_t items = 0;

    for (size_t i = 0; i < FEEDS; i++)
        if (xmlSAXUserParseMemory(&handler, &items, load->bodies[i].data, (int)load->bodies[i].len))
            exit(1);
    return items;
}

static size_t html_text(const struct load *load)
{
    struct buf text = BUF_INIT;
    struct htmltext out = {.text = &text};
    size_t done = 0;

    for (size_t i = 0; i < FEEDS; i++) {
        buf_reset(&text);
        if (htmltext_read(buf_str(&load->bodies[i]), &out))
            exit(1);
        done += text.len > 0;
    }
    buf_free(&text);
    return done;
}

static size_t html_tree(const struct load *load)
{
    size_t done = 0;

    for (size_t i = 0; i < FEEDS; i++) {
        const struct buf *body = &load->bodies[i];
        htmlDocPtr doc = htmlReadMemory(body->data, (int)body->len, NULL, "UTF-8",
                                        HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
        xmlChar *text = doc ? xmlNodeGetContent(xmlDocGetRootElement(doc)) : NULL;
        done += text != NULL;
        xmlFree(text);
        xmlFreeDoc(doc);
    }
    return done;
}

/* Best of the rounds, contestants in turn, in CPU seconds. */
static void measure(const struct load *load, size_t (*run[])(const struct load *), size_t n,
                    size_t want, double *best)
{
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < n; i++) {
            struct timespec a, b;
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
            size_t done = run[i](load);
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
            double s = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
            if (done != want)
                exit(1);
            best[i] = round && best[i] < s ? best[i] : s;
        }
}

static void descriptions(const struct buf *in, struct buf *out)
{
    struct buf cdata = BUF_INIT;
    size_t at = 0, end;

    to_cdata(in, &cdata);
    buf_add_text(out, "<html><body>");
    while ((at = str_find(buf_str(&cdata), STR("<![CDATA["), at)) != (size_t)-1) {
        end = str_find(buf_str(&cdata), STR("]]>"), at);
        buf_add(out, cdata.data + at + 9, end - at - 9);
        at = end;
    }
    buf_free(&cdata);
}

static double mega(const struct load *load, double seconds)
{
    return (double)load->bytes / 1e6 / seconds;
}

static void print(const char *row, const char *input, double value, const char *yardstick,
                  double other, double floor)
{
    printf("{\"row\":\"%s\",\"input\":\"%s\",\"value\":%.0f,\"yardstick\":{\"%s\":%.0f},"
           "\"ratio\":%.2f,\"floor\":%.1f}\n",
           row, input, value, yardstick, other, value / other, floor);
    fflush(stdout);
}

int main(void)
{
    size_t (*feed_runs[])(const struct load *) = {ours, sax};
    size_t (*html_runs[])(const struct load *) = {html_text, html_tree};
    double best[2], utf8;
    struct load load;

    fill(&load, NULL);
    measure(&load, feed_runs, 2, load.items, best);
    utf8 = (double)load.items / best[0];
    print("feed-to-items, MB/s", "UTF-8, escaped HTML", mega(&load, best[0]),
          "raw libxml2 SAX2, MB/s", mega(&load, best[1]), 1.5);
    empty(&load);
    fill(&load, to_cdata);
    measure(&load, feed_runs, 2, load.items, best);
    print("feed-to-items, MB/s", "UTF-8, CDATA", mega(&load, best[0]), "raw libxml2 SAX2, MB/s",
          mega(&load, best[1]), 0.7);
    empty(&load);
    fill(&load, to_gb18030);
    measure(&load, feed_runs, 1, load.items, best);
    print("feed-to-items, items/s", "GB18030, escaped HTML", (double)load.items / best[0],
          "UTF-8, items/s", utf8, 0.7);
    empty(&load);
    fill(&load, descriptions);
    measure(&load, html_runs, 2, FEEDS, best);
    print("html-to-text, MB/s", "UTF-8", mega(&load, best[0]), "htmlReadMemory, MB/s",
          mega(&load, best[1]), 5);
    empty(&load);
    return 0;
}

#include "feeds/pages/board.h"

#include <libxml/tree.h>

#include "base/err.h"
#include "feeds/pages/pick.h"
#include "feeds/pages/selector.h"
#include "feeds/pages/tree.h"
#include "feeds/people/people.h"
#include "feeds/people/prune.h"
#include "feeds/text/decode.h"

struct board {
    struct draft *d;
    struct pick pick;
    struct selector *item, *next;
    struct people *people;
    const struct pick_watch *watch;
};

static int compile(struct board *b)
{
    const struct board_spec *spec = b->d->req->board;
    const struct str parts[PICK_PARTS] = {
        [PICK_TITLE] = spec->title, [PICK_LINK] = spec->link, [PICK_TIME] = spec->time,
        [PICK_TEXT] = spec->text, [PICK_REPLY] = spec->reply,
        [PICK_REPLY_TIME] = spec->reply_time, [PICK_REPLY_UNIT] = spec->reply_unit};
    int err = pick_init(&b->pick, b->d, parts);

    if (!err)
        err = pick_compile(&b->pick, spec->item, &b->item);
    if (!err)
        err = pick_compile(&b->pick, spec->next, &b->next);
    return err || b->item ? err : ERR_SYNTAX;
}

static bool read_item(void *arg, xmlNode *item)
{
    struct board *b = arg;
    struct draft *d = b->d;

    if (item->type != XML_ELEMENT_NODE)
        return true;
    if (!draft_begin(d, (int)xmlGetLineNo(item)))
        return false;
    if (b->watch)
        b->watch->before(b->watch->arg, d, item);
    pick_item(&b->pick, item);
    people_post(b->people, item);
    /* A row with nothing in it but a date or tags is a heading of the table, not a post. */
    if (!d->item.title.n && !d->item.text.n)
        d->open = false;
    draft_end(d);
    if (b->watch)
        b->watch->after(b->watch->arg, &b->pick);
    return !d->failed;
}

static void read_head(struct board *b, xmlNode *root)
{
    struct feed *f = b->d->feed;
    xmlNode *title = tree_find(root, "title");

    if (title && title->children && title->children->content) {
        struct str text = str_from((const char *)title->children->content);
        f->title = decode_is_clean(text) ? draft_line(b->d, text) : STR_NONE;
    }
    pick_base(&b->pick, root);
    f->language = draft_line(b->d, tree_attribute(root, "lang"));
    f->home_url = draft_link(b->d, STR_NONE, b->d->req->url);
}

/* A last page often links to itself. */
static void read_next(struct board *b, xmlNode *root)
{
    struct feed *f = b->d->feed;
    struct str next = pick_link(&b->pick, b->next, root);

    if (!str_eq(next, f->home_url))
        f->next_url = next;
}

int board_parse(struct draft *d, struct str html, const struct pick_watch *watch)
{
    struct board b = {.d = d, .watch = watch};
    int err = compile(&b);
    xmlDocPtr doc = err ? NULL : tree_build(d, html);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    if (root) {
        b.people = people_new();
        prune_authors(root, d->req->zone_minutes, d->req->now, b.people);
        read_head(&b, root);
        selector_each(b.item, root, read_item, &b);
        read_next(&b, root);
        d->feed->few_authors = people_few(b.people);
        people_free(b.people);
    }
    if (doc)
        xmlFreeDoc(doc);
    selector_free(b.item);
    selector_free(b.next);
    pick_clear(&b.pick);
    if (d->failed)
        return ERR_NOMEM;
    if (!err && d->feed->nitems == 0) {
        draft_problem(d, 0, "版块的选择器没有找到任何条目 (the board's selectors find no item)");
        err = ERR_SYNTAX;
    }
    if (!err)
        d->feed->format = FEED_BOARD;
    return err;
}

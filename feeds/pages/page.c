#include "feeds/pages/page.h"

#include <libxml/tree.h>

#include "base/err.h"
#include "feeds/pages/extract.h"
#include "feeds/pages/pick.h"
#include "feeds/pages/tree.h"
#include "feeds/people/prune.h"

static int compile(struct pick *p, struct draft *d)
{
    static const struct board_spec none;
    const struct board_spec *spec = d->req->board ? d->req->board : &none;
    const struct str parts[PICK_PARTS] = {
        [PICK_TITLE] = spec->detail_title, [PICK_TIME] = spec->detail_time,
        [PICK_TEXT] = spec->detail_text, [PICK_REPLY] = spec->detail_reply,
        [PICK_REPLY_TIME] = spec->detail_reply_time, [PICK_REPLY_UNIT] = spec->detail_reply_unit};

    return pick_init(p, d, parts);
}

/* Extraction goes last, since it takes the tree apart. */
static void read_page(struct pick *p, xmlNode *root)
{
    struct draft *d = p->d;

    if (!draft_begin(d, 0))
        return;
    pick_base(p, root);
    d->feed->language = draft_line(d, tree_attribute(root, "lang"));
    d->item.url = draft_link(d, STR_NONE, d->req->url);
    pick_item(p, root);
    if (!d->item.title.n)
        d->item.title = extract_title(d, root);
    if (!d->item.published)
        d->item.published = extract_date(d, root);
    xmlNode *main = d->item.text.n ? NULL : extract_main(d, root, d->item.title);
    if (main)
        pick_content(p, main);
    /* A title alone is what every page has. */
    if (!d->item.text.n)
        d->open = false;
    d->feed->title = d->item.title;
    d->feed->home_url = d->item.url;
    draft_end(d);
}

int page_parse(struct draft *d, struct str html, const struct pick_watch *watch)
{
    struct pick p;
    int err = compile(&p, d);
    xmlDocPtr doc = err ? NULL : tree_build(d, html);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    if (root) {
        prune_authors(root, d->req->zone_minutes, d->req->now, NULL);
        if (watch)
            watch->before(watch->arg, d, root);
        read_page(&p, root);
        if (watch)
            watch->after(watch->arg, &p);
    }
    if (doc)
        xmlFreeDoc(doc);
    pick_clear(&p);
    if (d->failed)
        return ERR_NOMEM;
    if (!err && d->feed->nitems == 0) {
        draft_problem(d, 0, "网页没有正文 (the page has no main text)");
        err = ERR_SYNTAX;
    }
    if (!err)
        d->feed->format = FEED_ARTICLE;
    return err;
}

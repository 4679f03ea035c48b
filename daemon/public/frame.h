/* daemon/public/frame.h - what the pages for the public have in common: no script, cookie or third
 * party; Chinese, or English by ?lang=en; large type by ?type=large. Links carry both along. */
#ifndef HUIYING_DAEMON_PUBLIC_FRAME_H
#define HUIYING_DAEMON_PUBLIC_FRAME_H

#include "daemon/http/exchange.h"

struct frame {
    struct exchange *x;
    struct buf *b;
    bool english, large;
    bool cookies; /* it sets one, and does not say otherwise */
    const char *area; /* what the page belongs to; NULL: the public ledger */
    const char *up; /* from the page's folder to that of the ledger: "" or "../" … */
};

/* What the request asks for. `up` leads from its address to "/", as relative links need it. */
void frame_read(struct exchange *x, struct buf *b, const char *up, struct frame *out);
/* One of the two, as the page speaks. */
const char *frame_say(const struct frame *f, const char *zh, const char *en);
/* Up to the heading, with the menu; `own` is the page's own address from "/" for the switches of
 * language and type, with its query ("ledger?topic=x") or without. */
void frame_begin(struct frame *f, struct str title, const char *own);
void frame_end(struct frame *f);
/* The address of another page of ours for an attribute, from "/" ("ledger/c1"), escaped. */
void frame_href(struct frame *f, const char *path);
/* <a href="…">text</a> with both escaped. */
void frame_link(struct frame *f, const char *path, struct str text);
/* <dt>name</dt><dd> … the caller closes with frame_close_fact(). */
void frame_fact(struct frame *f, const char *zh, const char *en);
void frame_close_fact(struct frame *f);
/* A list of table headings; pairs of texts, ended by NULL. */
void frame_headings(struct frame *f, const char *const (*names)[2], size_t n);
/* Send it: 200, or 503 without memory. Takes b. */
enum MHD_Result frame_send(struct frame *f);

#endif

/* daemon/public/frame.h - what the pages for the public have in common: whole without a script, no
 * cookie or third party; Chinese, or English by ?lang=en; large type by ?type=large. Links carry
 * along what was asked for, "zh" and "normal" too: it is a choice over what the next page has kept
 * of an earlier one. No language is guessed of a browser, so that all who ask get the same bytes.
 * The ledger's own, which send nothing, have a script for reading aloud. */
#ifndef HUIYING_DAEMON_PUBLIC_FRAME_H
#define HUIYING_DAEMON_PUBLIC_FRAME_H

#include "daemon/http/exchange.h"

struct frame {
    struct exchange *x;
    struct buf *b;
    bool english, large;
    const char *lang, *type; /* as chosen; NULL: nothing was */
    bool sends;   /* it has a form that is sent: no script comes near it */
    bool cookies; /* it sets one, and does not say otherwise */
    bool brief;   /* it is to be one sheet of paper */
    bool charts;  /* its tables are drawn by Chart.js where a script runs */
    const char *area; /* what the page belongs to; NULL: the public ledger */
    size_t told; /* bytes above the time at which it is made, after frame_end() */
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
/* "Try again in 5 min." */
void frame_put_wait(struct frame *f, int64_t wait_ms);
/* <dt>name</dt><dd> … the caller closes with frame_close_fact(). */
void frame_fact(struct frame *f, const char *zh, const char *en);
void frame_close_fact(struct frame *f);
/* A list of table headings; pairs of texts, ended by NULL. */
void frame_headings(struct frame *f, const char *const (*names)[2], size_t n);
/* Send it: 200, or 503 without memory. Takes b. */
enum MHD_Result frame_send(struct frame *f);
/* Post/Redirect/Get: 303 to this page of ours, from "/", shown as before, with ?done=1: to load it
 * again sends nothing. */
enum MHD_Result frame_done(struct exchange *x, const char *path);
/* Is it asked for like that? */
bool frame_is_done(struct exchange *x);
/* The same with the tag of what it tells, whatever that follows from: encoding_same(). */
enum MHD_Result frame_send_same(struct frame *f);

#endif

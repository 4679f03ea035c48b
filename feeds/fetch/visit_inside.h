/* feeds/fetch/visit_inside.h - a visit in being: what the part that begins and ends it (visit.c)
 * shares with the part that is on the way (visit_way.c). */
#ifndef HUIYING_FEEDS_VISIT_INSIDE_H
#define HUIYING_FEEDS_VISIT_INSIDE_H

#include <stddef.h>

#include "feeds/fetch/visit.h"

#define VISIT_NO_MEMORY "内存不足 (out of memory)"
#define VISIT_SLOW_DOWN "服务器要求放慢 (the server asks to slow down)"

struct visit {
    struct politeness_turn turn;
    struct visit_room *room;
    struct visit *older, *newer;
    uint32_t source;
    struct fetch_page *asked;     /* NULL: the source's own address */
    const struct source *src;     /* as it was at the beginning */
    char *home;                   /* the domain of src->url when it has headers, else NULL */
    struct address page;   /* what is wanted, after redirects */
    struct address robots; /* url != NULL: its origin's robots.txt comes first, redirected */
    int hops, robots_hops;
    bool detoured;         /* a hop was not permanent */
    char *moved;           /* where the permanent ones before any such led; NULL: there were none */
    struct sockaddr_storage *at; /* NULL: not looked up; thousands wait and few are asked */
    size_t nat, next;
    int64_t due, late;    /* ms on clock_now(); late -1: no request has had its turn */
    int64_t begun, spent; /* ms on the wire of this request; of all requests */
    bool whole;           /* validators are not to be sent */
    bool soon;            /* polled again while a connection could be kept */
    bool conditional;     /* one was, with the request under way */
    int64_t delay; /* ms that the page's robots.txt asks for between requests */
};

/* The visit whose place in a queue this is. */
struct visit *visit_of(struct politeness_turn *turn);
/* Queue for the page, or for the robots.txt that must be read first; it may end here. */
void visit_ask(struct visit *v, bool ahead);
/* Queue for this address; without memory it ends here. */
void visit_queue(struct visit *v, const struct address *to, bool ahead);
/* Give the domain back; the visit goes on elsewhere or ends. */
void visit_leave(struct visit *v, bool asked);
/* It ends and its outcome goes out; r (may be NULL) is where status, body and headers come from. */
void visit_end(struct visit *v, enum fetch_outcome outcome, const char *problem,
               struct transfer_result *r);
/* A poll ends without outcome, to be tried again after `pause` real ms. */
void visit_postpone(struct visit *v, int64_t pause);

#endif

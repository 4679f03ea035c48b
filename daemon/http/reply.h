/* daemon/http/reply.h - answers of the API: JSON, problems (RFC 9457), and the headers all
 * carry. */
#ifndef HUIYING_DAEMON_HTTP_REPLY_H
#define HUIYING_DAEMON_HTTP_REPLY_H

#include "daemon/http/exchange.h"

struct kept_body;

/* The media type of the API's answers. */
extern const char reply_json_mime[];

/* Queue a response with the headers that every answer carries, and release it. */
enum MHD_Result reply_send(struct exchange *x, unsigned status, struct MHD_Response *response);

/* A response with the text in body, which no cache keeps; its memory is taken over (body is empty
 * after). NULL without memory. */
struct MHD_Response *reply_from(struct buf *body, const char *mime);
/* Retry-After, when there is a wait (ms); the response may be NULL. */
void reply_add_wait(struct MHD_Response *response, int64_t wait_ms);

/* Append the address asked for, put together anew from its route; nothing without one. */
void reply_put_path(const struct exchange *x, struct buf *b);

/* 304 with x->etag. */
enum MHD_Result reply_not_modified(struct exchange *x);

/* Answer 200 with the JSON text in body, whose memory is taken over (body is empty after). A body
 * that ran out of memory becomes 503. */
enum MHD_Result reply_json(struct exchange *x, struct buf *body);

/* The same with the tag of what it tells from its `from`-th byte on: before that is the time. */
enum MHD_Result reply_json_same(struct exchange *x, struct buf *body, size_t from);

/* The same with a kept body of whatever type, which is let go when it is sent; NULL becomes 503. */
enum MHD_Result reply_kept(struct exchange *x, struct kept_body *body);

/* The same with a Set-Cookie header (NULL: without). */
enum MHD_Result reply_json_cookie(struct exchange *x, struct buf *body, const char *cookie);

/* The same for a text of another type. All these are sent as gzip to who takes it, when they are
 * long. */
enum MHD_Result reply_text(struct exchange *x, struct buf *body, const char *mime);

/* The same for a page that has no script: it may ask the daemon itself by a form. */
enum MHD_Result reply_page(struct exchange *x, struct buf *body);
/* The same for one that is read aloud, too: its script asks for nothing. */
enum MHD_Result reply_reading(struct exchange *x, struct buf *body);

/* 200 with bytes to be saved under `name` (letters, digits, ".", "-"); never kept, nor packed. */
enum MHD_Result reply_file(struct exchange *x, struct buf *body, const char *mime,
                           const char *name);

/* A plain page with a form that asks the daemon itself; status 200 or another. */
enum MHD_Result reply_form(struct exchange *x, unsigned status, struct buf *body);

/* The same with a header of its own (value NULL: without), and with Retry-After as reply_later()
 * has it (0: without). */
enum MHD_Result reply_form_header(struct exchange *x, unsigned status, struct buf *body,
                                  const char *name, const char *value, int64_t wait_ms);
/* 303 to an address of ours, with a Set-Cookie header (NULL: without). `forget`: the browser drops
 * what pages of ours kept in it (Clear-Site-Data), texts that were typed and how they are shown. */
enum MHD_Result reply_see_other(struct exchange *x, const char *to, const char *cookie,
                                bool forget);

/* application/problem+json {"type","title","status","code","detail","instance"} (RFC 9457). The
 * type is "urn:huiying:problem:CODE", `instance` the address asked for, of a known form only.
 * `detail` is "zh (en)" text, never something the client sent; may be NULL. A browser gets a page
 * instead (refusal.h), of these and of what follows from them here. */
enum MHD_Result reply_problem(struct exchange *x, unsigned status, const char *code,
                              const char *detail);
/* The members of such a document onto an open object: what reply_problem() sends, and what a
 * list gives for each of its refused entries. */
void reply_problem_members(struct buf *b, unsigned status, const char *code, const char *detail);
/* Answer with the JSON text in body (taken over) as a problem. */
enum MHD_Result reply_problem_body(struct exchange *x, unsigned status, struct buf *body);
/* The same for an ERR_* of a lower floor, whose own text stands where there is no detail, or an
 * empty one. */
enum MHD_Result reply_error(struct exchange *x, int err, const char *detail);
/* 401: who is this? */
enum MHD_Result reply_unauthorized(struct exchange *x, const char *detail);
/* The caller's role may not: 401 when nobody is logged in, 403 to others, and to guests, who cannot
 * log in either. */
enum MHD_Result reply_not_role(struct exchange *x);
/* 403: the caller is confined to its unit's own, and this is another's. */
enum MHD_Result reply_not_own(struct exchange *x);
/* 429 with Retry-After, in whole seconds. */
enum MHD_Result reply_later(struct exchange *x, int64_t wait_ms, const char *code,
                            const char *detail);
/* The same until the hour of the clock ends, in which no more is taken. */
enum MHD_Result reply_next_hour(struct exchange *x, const char *detail);
/* 405 with the Allow header. */
enum MHD_Result reply_not_allowed(struct exchange *x, const char *allow);

/* HTTP status of an ERR_*; 200 for 0. */
unsigned reply_status(int err);

#endif

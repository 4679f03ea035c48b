/* daemon/http/reply.h - answers of the API: JSON, problems (RFC 9457), and the headers all
 * carry. */
#ifndef HUIYING_DAEMON_HTTP_REPLY_H
#define HUIYING_DAEMON_HTTP_REPLY_H

#include "daemon/http/exchange.h"

struct kept_body;

/* Queue a response with the headers that every answer carries, and release it. */
enum MHD_Result reply_send(struct exchange *x, unsigned status, struct MHD_Response *response);

/* 304 with x->etag. */
enum MHD_Result reply_not_modified(struct exchange *x);

/* Answer 200 with the JSON text in body, whose memory is taken over (body is empty after). A body
 * that ran out of memory becomes 503. */
enum MHD_Result reply_json(struct exchange *x, struct buf *body);

/* The same with a kept body, which is let go when it is sent; NULL becomes 503. */
enum MHD_Result reply_kept(struct exchange *x, struct kept_body *body);

/* The same with a Set-Cookie header (NULL: without). */
enum MHD_Result reply_json_cookie(struct exchange *x, struct buf *body, const char *cookie);

/* The same for a text of another type. All these are sent as gzip to who takes it, when they are
 * long. */
enum MHD_Result reply_text(struct exchange *x, struct buf *body, const char *mime);

/* The same for a page that has no script: it may ask the daemon itself by a form. */
enum MHD_Result reply_page(struct exchange *x, struct buf *body);

/* A plain page with a form that asks the daemon itself; status 200 or another. */
enum MHD_Result reply_form(struct exchange *x, unsigned status, struct buf *body);

/* The same with a Set-Cookie header (NULL: without). */
enum MHD_Result reply_form_cookie(struct exchange *x, unsigned status, struct buf *body,
                                  const char *cookie);
/* 303 to an address of ours, likewise. */
enum MHD_Result reply_see_other(struct exchange *x, const char *to, const char *cookie);

/* application/problem+json {"type","title","status","code","detail","instance"} (RFC 9457). The
 * type is "urn:huiying:problem:CODE", `instance` the address asked for, of a known form only.
 * `detail` is "zh (en)" text, never something the client sent; may be NULL. */
enum MHD_Result reply_problem(struct exchange *x, unsigned status, const char *code,
                              const char *detail);
/* The members of such a document onto an open object: what reply_problem() sends, and what a
 * list gives for each of its refused entries. */
void reply_problem_members(struct buf *b, unsigned status, const char *code, const char *detail);
/* Answer with the JSON text in body (taken over) as a problem. */
enum MHD_Result reply_problem_body(struct exchange *x, unsigned status, struct buf *body);
/* The same for an ERR_* of a lower floor. */
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
/* 405 with the Allow header. */
enum MHD_Result reply_not_allowed(struct exchange *x, const char *allow);

/* HTTP status of an ERR_*; 200 for 0. */
unsigned reply_status(int err);

#endif

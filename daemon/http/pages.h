/* daemon/http/pages.h - the dashboard's files, read once at start and served from memory. */
#ifndef HUIYING_DAEMON_HTTP_PAGES_H
#define HUIYING_DAEMON_HTTP_PAGES_H

#include "daemon/http/exchange.h"

struct pages;

/* Read the known files under dir (logged when one is missing): NULL on failure. */
struct pages *pages_load(const char *dir);
void pages_free(struct pages *p);
/* The i-th file that is served, by its path in dashboard/; NULL past the last. */
const char *pages_at(size_t i);
/* Which of them an address ("/desk.html", "/" is index.html) names, or ERR_NOTFOUND. */
int pages_find(struct str address);
/* Answer with that one, or 304 when the client has it. */
enum MHD_Result pages_serve(const struct pages *p, struct exchange *x, int page);

#endif

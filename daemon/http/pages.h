/* daemon/http/pages.h - the dashboard's files, read once at start and served from memory. */
#ifndef HUIYING_DAEMON_HTTP_PAGES_H
#define HUIYING_DAEMON_HTTP_PAGES_H

#include "daemon/http/exchange.h"

struct pages;

/* Read the known files under dir (logged when one is missing): NULL on failure. `chart` is where
 * Chart.js lies, served as /vendor/chart.js; NULL, or logged once when it cannot be read: that
 * address is a 404 and the pages do without. */
struct pages *pages_load(const char *dir, const char *chart);
void pages_free(struct pages *p);
/* The i-th file that is served, by its path in dashboard/; NULL past the last. */
const char *pages_at(size_t i);
/* Which of them an address ("/desk.html", "/" is index.html) names, or ERR_NOTFOUND. */
int pages_find(struct str address);
/* Is Chart.js there? */
bool pages_have_chart(const struct pages *p);
/* Answer with that one, or 304 when the client has it. */
enum MHD_Result pages_serve(const struct pages *p, struct exchange *x, int page);

#endif

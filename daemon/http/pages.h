/* daemon/http/pages.h - the dashboard's files, read once at start and served from memory. */
#ifndef HUIYING_DAEMON_HTTP_PAGES_H
#define HUIYING_DAEMON_HTTP_PAGES_H

#include "daemon/http/exchange.h"

struct pages;

/* Read the known files under dir (logged when one is missing): NULL on failure. */
struct pages *pages_load(const char *dir);
void pages_free(struct pages *p);
/* Answer with the file of an address ("/" is index.html), or 304 when the client has it. */
enum MHD_Result pages_serve(const struct pages *p, struct exchange *x, const char *path);

#endif

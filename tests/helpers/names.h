/* tests/helpers/names.h - a name server on loopback (UDP) that knows a table of A records. */
#ifndef HUIYING_TESTS_NAMES_H
#define HUIYING_TESTS_NAMES_H

#include <stddef.h>

struct names;

struct names_record {
    const char *name;
    const char *addresses[3]; /* IPv4; NULL ends */
};

/* Names not in the table do not exist; one that stands there twice is answered by its first row
 * once, and then by its second. The table must outlive it. */
struct names *names_start(const struct names_record *records, size_t n);
/* Never answer for this name; before anything is asked. It must outlive the server. */
void names_silence(struct names *s, const char *name);
/* "127.0.0.1:PORT", for fetch_conf.dns_servers. */
const char *names_server(const struct names *s);
size_t names_asked(struct names *s);
void names_stop(struct names *s);

#endif

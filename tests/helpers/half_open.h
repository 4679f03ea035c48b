/* tests/helpers/half_open.h - a TCP proxy on loopback that can fall silent without closing: what a
 * cable that was pulled looks like from both ends. A thread of its own. */
#ifndef HUIYING_TESTS_HALF_OPEN_H
#define HUIYING_TESTS_HALF_OPEN_H

#include <stdbool.h>

struct half_open;

/* Forward to a tcp://127.0.0.1:PORT endpoint; aborts when it cannot. */
struct half_open *half_open_new(const char *endpoint);
void half_open_free(struct half_open *h);
const char *half_open_endpoint(const struct half_open *h);
/* While mute, bytes are left where they are and new connections wait. */
void half_open_mute(struct half_open *h, bool mute);
/* End the connections that are open now. */
void half_open_cut(struct half_open *h);

#endif

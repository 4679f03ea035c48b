/* alerts/bus/bus_mail.h - letters from other threads to the bus thread, with an eventfd to wake
 * it. */
#ifndef HUIYING_ALERTS_BUS_MAIL_H
#define HUIYING_ALERTS_BUS_MAIL_H

#include "alerts/event.h"

enum bus_letter_kind { LETTER_RESULT, LETTER_ACKED, LETTER_REACHED };

struct bus_letter {
    enum bus_letter_kind kind;
    struct bus_letter *next;
    uint64_t tag, number; /* RESULT: tag and seq; ACKED: unitseq in number */
    int status;
    char *reason; /* owned; NULL: none */
    char unit[SLUG_MAX], receiver[SLUG_MAX];
};

struct bus_mail;

/* NULL when memory or descriptors are exhausted. */
struct bus_mail *bus_mail_new(void);
void bus_mail_free(struct bus_mail *m);
/* Copy a letter in and wake the reader; a letter that finds no memory is logged and lost, as if the
 * line had cut. Any thread. */
void bus_mail_post(struct bus_mail *m, const struct bus_letter *letter);
/* Wake the reader without a letter. Any thread, never blocks. */
void bus_mail_ring(struct bus_mail *m);
/* All letters in order, for bus_mail_discard() one by one; quiets the descriptor. */
struct bus_letter *bus_mail_take(struct bus_mail *m);
void bus_mail_discard(struct bus_letter *letter);
int bus_mail_fd(const struct bus_mail *m);

#endif

#include "daemon/cluster/obey.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/cluster/handover.h"
#include "daemon/cluster/remote_text.h"
#include "daemon/ledger/ledger.h"

static void tell_fetch(struct fetch *f, const struct letter *l)
{
    switch (l->kind) {
    case LETTER_SOON: fetch_soon(f, l->source); break;
    case LETTER_HOLD: fetch_quarantine(f, l->source, l->until); break;
    case LETTER_FORGET: fetch_forget(f, l->source); break;
    case LETTER_WHOLE: fetch_whole(f, l->source); break;
    case LETTER_LEARN: fetch_learn(f, l->source, &l->lesson); break;
    case LETTER_ADD: /* with what the store says of the source */
    case LETTER_DROP:
    case LETTER_PAGE:  /* left to who holds its slot */
    case LETTER_PARTS: /* of one machine alone */
        break;
    }
}

/* The letter may be of who leads no longer, and the store knows better. */
bool obey_gather(struct obey_sources *s, const struct roster *roster, struct ledger *ledger,
                 struct str text)
{
    struct remote_letter l;
    int err = remote_text_read_letter(text, roster, ledger_guest(ledger), &l);
    bool moves = !err && (l.letter.kind == LETTER_ADD || l.letter.kind == LETTER_DROP) && *l.id;

    if (!err && l.letter.kind == LETTER_PAGE)
        fetch_page_free(l.letter.page);
    for (size_t i = 0; moves && i < s->count; i++)
        if (!strcmp(s->ids[i], l.id))
            return false;
    if (moves && s->count < OBEY_MAX)
        memcpy(s->ids[s->count++], l.id, sizeof l.id);
    else if (moves)
        s->again = true;
    return !moves;
}

int obey_letter(const struct roster *roster, struct ledger *ledger, struct fetch *f,
                struct str text)
{
    struct remote_letter l;
    int slot = -1, err = remote_text_read_letter(text, roster, ledger_guest(ledger), &l);

    if (err) {
        log_warn("cluster.letter", "err=%s", err_name(err));
    } else if (l.letter.kind == LETTER_PAGE) { /* early versions name the page, not its slot */
        slot = (int)(l.letter.page ? handover_slot(l.letter.page->url) : l.slot);
        fetch_page_free(l.letter.page);
    } else if (l.there) {
        tell_fetch(f, &l.letter);
    }
    return slot;
}

bool obey_listens(const struct obey_sources *s)
{
    return clock_mono() >= s->rest;
}

void obey_reread(struct obey_sources *s, struct node *node, struct ledger *ledger, int64_t lease)
{
    int64_t now = clock_mono();
    struct node_part part;

    node_part(node, &part);
    bool another = part.leaders != s->leaders, due = s->once_more && now >= s->once_more;
    if (!s->again && !another && !due) {
        if (s->count == 1)
            s->again = ledger_reread_source(ledger, str_from(s->ids[0])) != 0;
        if (s->count <= 1) {
            s->count = 0;
            return;
        }
    }
    if (another || due)
        s->once_more = another ? now + lease : 0;
    s->again = ledger_reread_sources(ledger, s->ids, s->count) != 0;
    s->count = 0;
    s->leaders = part.leaders;
    int64_t end = clock_mono();
    s->rest = end + (end - now);
}

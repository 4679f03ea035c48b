/* Published replies in the memory twin. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/memory/memory.h"

struct memory_publication *memory_stage_publications(const struct store_batch *b)
{
    struct memory_publication *staged = calloc(b->npublications + 1, sizeof *staged);

    for (size_t i = 0; staged && i < b->npublications; i++) {
        staged[i].p = b->publications[i];
        staged[i].p.text = STR_NONE;
        if (buf_add_str(&staged[i].text, b->publications[i].text)) {
            memory_unstage_publications(staged, b->npublications);
            return NULL;
        }
    }
    return staged;
}

void memory_unstage_publications(struct memory_publication *staged, size_t n)
{
    for (size_t i = 0; staged && i < n; i++)
        buf_free(&staged[i].text);
    free(staged);
}

static size_t find(const struct memory_state *m, uint64_t seq)
{
    size_t i = 0;

    while (i < m->npublications && m->publications[i].p.seq != seq)
        i++;
    return i;
}

static void publish(struct memory_state *m, const struct store_publication *as)
{
    for (size_t i = 0; i < m->npublications; i++) {
        struct store_publication *p = &m->publications[i].p;
        if (p->seq == as->seq) {
            p->edition = as->edition;
            p->published = as->published;
            memcpy(p->unit, as->unit, sizeof p->unit);
        } else if (p->concern == as->concern && p->round == as->round && p->edition &&
                   p->edition < as->edition) {
            buf_free(&m->publications[i].text);
        }
    }
}

static void drop(struct memory_state *m, const struct store_publication *p)
{
    size_t at = find(m, p->seq);

    if (at == m->npublications)
        return;
    buf_free(&m->publications[at].text);
    if (p->act == STORE_PUBLICATION_BLANK || m->publications[at].p.edition)
        return;
    m->npublications--;
    memmove(&m->publications[at], &m->publications[at + 1],
            (m->npublications - at) * sizeof *m->publications);
}

void memory_apply_publications(struct memory_state *m, struct memory_publication *staged, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (staged[i].p.act == STORE_PUBLICATION_PUBLISH)
            publish(m, &staged[i].p);
        else if (staged[i].p.act != STORE_PUBLICATION_DRAFT)
            drop(m, &staged[i].p);
        else {
            m->publications[m->npublications++] = staged[i];
            staged[i].text = (struct buf)BUF_INIT;
        }
    }
}

int memory_publications(struct store *s, uint64_t concern,
                        int (*each)(void *arg, const struct store_publication *p), void *arg)
{
    struct memory_state *m = memory_lock(s);
    struct arena *arena = arena_new();
    struct store_publication *list = calloc(m->npublications + 1, sizeof *list);
    int err = arena && list ? 0 : ERR_NOMEM;
    size_t n = 0;

    for (size_t i = 0; i < m->npublications && !err; i++) {
        const struct memory_publication *from = &m->publications[i];
        if (from->p.concern != concern)
            continue;
        list[n] = from->p;
        list[n].text = arena_str(arena, buf_str(&from->text));
        err = list[n++].text.p ? 0 : ERR_NOMEM;
    }
    memory_unlock(m);
    for (size_t i = n > STORE_PUBLICATIONS_MAX ? n - STORE_PUBLICATIONS_MAX : 0; i < n && !err; i++)
        err = each(arg, &list[i]);
    arena_free(arena);
    free(list);
    return err;
}

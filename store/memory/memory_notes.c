/* Notes of the memory twin. */
#include <stdlib.h>

#include "base/err.h"
#include "store/memory/memory.h"

struct memory_note *memory_stage_notes(const struct store_batch *b)
{
    struct memory_note *staged = calloc(b->nnotes + 1, sizeof *staged);

    for (size_t i = 0; staged && i < b->nnotes; i++) {
        staged[i].seq = b->notes[i].seq;
        if (buf_add_str(&staged[i].text, b->notes[i].text)) {
            memory_unstage_notes(staged, b->nnotes);
            return NULL;
        }
    }
    return staged;
}

void memory_unstage_notes(struct memory_note *staged, size_t n)
{
    for (size_t i = 0; staged && i < n; i++)
        buf_free(&staged[i].text);
    free(staged);
}

void memory_apply_notes(struct memory_state *m, struct memory_note *staged, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        m->notes[m->nnotes++] = staged[i];
        staged[i].text = (struct buf)BUF_INIT;
    }
}

static struct memory_note *find(struct memory_state *m, uint64_t seq)
{
    for (size_t i = 0; i < m->nnotes; i++)
        if (m->notes[i].seq == seq)
            return m->notes[i].text.len ? &m->notes[i] : NULL;
    return NULL;
}

int memory_note(struct store *s, uint64_t seq, struct buf *out)
{
    struct memory_state *m = memory_lock(s);
    const struct memory_note *note = find(m, seq);
    int err = note ? buf_add_str(out, buf_str(&note->text)) : ERR_NOTFOUND;

    memory_unlock(m);
    return err;
}

int memory_drop_note(struct store *s, uint64_t seq)
{
    struct memory_state *m = memory_lock(s);
    struct memory_note *note = find(m, seq);

    if (note)
        buf_free(&note->text);
    memory_unlock(m);
    return note ? 0 : ERR_NOTFOUND;
}

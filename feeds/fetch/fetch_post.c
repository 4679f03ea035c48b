/* What any thread may say to the fetch thread, and ask of it. */
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "feeds/fetch/fetch_inside.h"

static void tell(const struct fetch *f, const struct letter *letter)
{
    const struct fetch_shared *s = f->room.conf->shared;

    if (s && s->tell)
        s->tell(s->arg, letter);
}

static int post(struct fetch *f, const struct letter *letter)
{
    bool known = letter->source < roster_count(f->roster) ||
                 (letter->kind == LETTER_PAGE && letter->source == FETCH_NO_SOURCE);
    int err = known ? letters_post(f->letters, letter) : ERR_INVALID;

    if (err)
        log_error("fetch.letter", "kind=%d error=%s", (int)letter->kind, err_name(err));
    else
        loop_wake(f->loop);
    if (!err && letter->kind != LETTER_PAGE)
        tell(f, letter);
    return err;
}

void fetch_add(struct fetch *f, uint32_t source)
{
    post(f, &(struct letter){.kind = LETTER_ADD, .source = source});
}

void fetch_drop(struct fetch *f, uint32_t source)
{
    post(f, &(struct letter){.kind = LETTER_DROP, .source = source});
}

void fetch_soon(struct fetch *f, uint32_t source)
{
    post(f, &(struct letter){.kind = LETTER_SOON, .source = source});
}

void fetch_quarantine(struct fetch *f, uint32_t source, int64_t until)
{
    post(f, &(struct letter){.kind = LETTER_HOLD, .source = source, .until = until});
}

void fetch_whole(struct fetch *f, uint32_t source)
{
    post(f, &(struct letter){.kind = LETTER_WHOLE, .source = source});
}

void fetch_forget(struct fetch *f, uint32_t source)
{
    post(f, &(struct letter){.kind = LETTER_FORGET, .source = source});
}

void fetch_learn(struct fetch *f, uint32_t source, const struct fetch_lesson *lesson)
{
    post(f, &(struct letter){.kind = LETTER_LEARN, .source = source, .lesson = *lesson});
}

int fetch_page(struct fetch *f, const struct fetch_page *page)
{
    const struct fetch_shared *s = f->room.conf->shared;
    struct fetch_page *copy = fetch_page_copy(page);

    if (copy && s && s->tell && !fetch_is_held(f, page->url)) {
        s->tell(s->arg,
                &(struct letter){.kind = LETTER_PAGE, .source = page->source, .page = copy});
        fetch_page_free(copy);
        return 0;
    }
    int err = copy ? waitlist_enter(f->pages, copy) : ERR_NOMEM;

    if (!err) {
        err = post(f, &(struct letter){.kind = LETTER_PAGE, .source = page->source, .page = copy});
        if (err)
            waitlist_leave(f->pages, copy);
    }
    if (err)
        fetch_page_free(copy);
    return err;
}

void fetch_parts_free(struct fetch_parts *parts)
{
    if (!parts)
        return;
    free(parts->list);
    free(parts->rests);
    free(parts);
}

int fetch_begin_parts(struct fetch *f, struct fetch_parts **parts)
{
    struct letter letter = {.kind = LETTER_PARTS, .source = FETCH_NO_SOURCE, .parts = *parts};

    *parts = NULL;
    f->told++;
    if (!letters_post(f->letters, &letter)) {
        loop_wake(f->loop);
        return 0;
    }
    f->obeyed++;
    fetch_parts_free(letter.parts);
    return ERR_NOMEM;
}

bool fetch_part(const struct fetch *f, unsigned part, uint64_t *held)
{
    bool done = f->told == f->obeyed;

    *held = f->begun[part % FETCH_PARTS];
    return done;
}

bool fetch_is_held(const struct fetch *f, const char *url)
{
    const struct fetch_shared *s = f->room.conf->shared;

    return !s || s->held(s->arg, s->part(s->arg, url)) != 0;
}

void fetch_note(struct fetch *f, uint32_t source, const char *note)
{
    rounds_note(f->rounds, source, note);
}

void fetch_state(struct fetch *f, uint32_t source, struct fetch_state *out)
{
    rounds_state(f->rounds, source, out);
}

void fetch_counters(struct fetch *f, struct fetch_counters *out)
{
    *out = (struct fetch_counters){.waiting_pages = waitlist_count(f->pages)};
    rounds_counters(f->rounds, out);
}

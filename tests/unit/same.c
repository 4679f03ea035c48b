#define _GNU_SOURCE
#include "tests/unit/same.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static FILE *begin(char **text, size_t *n)
{
    FILE *f = open_memstream(text, n);

    assert_non_null(f);
    return f;
}

static void compare(char *a, char *b)
{
    assert_string_equal(a, b);
    free(a);
    free(b);
}

#define NUMBER(of, name) fprintf(f, #name " %" PRId64 "\n", (int64_t)(of)->name)
#define TEXT(of, name) fprintf(f, #name " %s\n", (of)->name)

static char *event_text(const struct event *e)
{
    char *text;
    size_t n;
    FILE *f = begin(&text, &n);

    NUMBER(e, seq), NUMBER(e, at), NUMBER(e, type), NUMBER(e, concern);
    TEXT(e, topic), TEXT(e, source), TEXT(e, unit), TEXT(e, region);
    NUMBER(e, grade), NUMBER(e, act), NUMBER(e, due), NUMBER(e, items);
    NUMBER(e, rules), NUMBER(e, previous);
    TEXT(e, by), TEXT(e, to);
    NUMBER(e, other), NUMBER(e, before), NUMBER(e, after), NUMBER(e, round), NUMBER(e, code);
    NUMBER(e, noted), NUMBER(e, percent), NUMBER(e, late);
    NUMBER(e, likeness.by), NUMBER(e, likeness.score), NUMBER(e, likeness.shared);
    for (size_t i = 0; i < e->naudience; i++)
        TEXT(&e->audience[i], unit), NUMBER(&e->audience[i], unitseq);
    assert_int_equal(fclose(f), 0);
    return text;
}

void same_event(const struct event *a, const struct event *b)
{
    compare(event_text(a), event_text(b));
}

static void print_clock(FILE *f, const struct concern_clock *k)
{
    TEXT(k, rule);
    NUMBER(k, act), NUMBER(k, started), NUMBER(k, due), NUMBER(k, met), NUMBER(k, stage);
    NUMBER(k, level), NUMBER(k, provisional), NUMBER(k, shelved);
}

static void print_party(FILE *f, const struct concern_party *p)
{
    TEXT(p, unit);
    NUMBER(p, lead), NUMBER(p, state), NUMBER(p, told), NUMBER(p, accepted), NUMBER(p, answered);
}

static void print_heat(FILE *f, const struct heat *h)
{
    NUMBER(h, at), NUMBER(h, rate), NUMBER(h, span), NUMBER(h, effect), NUMBER(h, before);
    NUMBER(h, items);
    for (size_t i = 0; i < HEAT_SPANS; i++)
        NUMBER(h, counts[i]);
}

static char *concern_text(const struct concern *c)
{
    char *text;
    size_t n;
    FILE *f = begin(&text, &n);

    NUMBER(c, id), NUMBER(c, state), NUMBER(c, grade), NUMBER(c, proposed), NUMBER(c, request);
    TEXT(c, topic), TEXT(c, unit), TEXT(c, region);
    NUMBER(c, opened), NUMBER(c, accepted), NUMBER(c, answered), NUMBER(c, assessed);
    NUMBER(c, updated), NUMBER(c, due), NUMBER(c, extended), NUMBER(c, extension_asked);
    NUMBER(c, round), NUMBER(c, misses), NUMBER(c, outcome), NUMBER(c, scope);
    NUMBER(c, article), NUMBER(c, dismissal), NUMBER(c, merged), NUMBER(c, registered);
    NUMBER(c, related), NUMBER(c, emergency);
    NUMBER(c, draft), TEXT(c, drafter), NUMBER(c, draft_person), NUMBER(c, edition);
    NUMBER(c, late_items);
    NUMBER(c, nlate_sources), NUMBER(c, late_sources[0]), NUMBER(c, late_sources[1]);
    NUMBER(c, kind), NUMBER(c, items);
    fprintf(f, "reply_url %s\n", c->reply_url ? c->reply_url : "-");
    print_heat(f, &c->heat);
    for (size_t i = 0; i < c->nparties; i++)
        print_party(f, &c->parties[i]);
    for (size_t i = 0; i < c->nclocks; i++)
        print_clock(f, &c->clocks[i]);
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        NUMBER(c, sketch[i]);
    for (size_t i = 0; i < VERDICT_TRAITS; i++)
        NUMBER(c, traits[i]);
    assert_int_equal(fclose(f), 0);
    return text;
}

void same_concern(const struct concern *a, const struct concern *b)
{
    compare(concern_text(a), concern_text(b));
}

#include "alerts/bus/shelf.h"

#include <stdlib.h>

#include "alerts/event.h"

enum { PLACES = 128, ENDS = 64 };

struct label {
    uint64_t round, unitseq;
    char unit[SLUG_MAX];
};

struct shelf {
    uint64_t round;
    struct {
        struct label label;
        struct buf message;
    } places[PLACES];
    struct label ends[ENDS];
};

struct shelf *shelf_new(void)
{
    struct shelf *s = calloc(1, sizeof *s);

    if (s)
        s->round = 1;
    return s;
}

void shelf_free(struct shelf *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < PLACES; i++)
        buf_free(&s->places[i].message);
    free(s);
}

void shelf_clear(struct shelf *s)
{
    s->round++;
}

static size_t hash(const char *unit)
{
    uint32_t h = 2166136261u;

    for (; *unit; unit++)
        h = (h ^ (unsigned char)*unit) * 16777619u;
    return h;
}

static bool is(const struct shelf *s, const struct label *l, const char *unit, uint64_t unitseq)
{
    return l->round == s->round && l->unitseq == unitseq && strcmp(l->unit, unit) == 0;
}

static struct label label(const struct shelf *s, const char *unit, uint64_t unitseq)
{
    struct label l = {.round = s->round, .unitseq = unitseq};

    memcpy(l.unit, unit, strlen(unit) + 1);
    return l;
}

/* Neighbours of one unit do not push each other out. */
static size_t place_of(const char *unit, uint64_t unitseq)
{
    return (hash(unit) + unitseq) % PLACES;
}

struct str shelf_find(const struct shelf *s, const char *unit, uint64_t unitseq)
{
    size_t at = place_of(unit, unitseq);

    return is(s, &s->places[at].label, unit, unitseq) ? buf_str(&s->places[at].message) : STR_NONE;
}

struct buf *shelf_place(struct shelf *s, const char *unit, uint64_t unitseq)
{
    size_t at = place_of(unit, unitseq);

    s->places[at].label = label(s, unit, unitseq);
    buf_reset(&s->places[at].message);
    return &s->places[at].message;
}

void shelf_end(struct shelf *s, const char *unit, uint64_t unitseq)
{
    s->ends[hash(unit) % ENDS] = label(s, unit, unitseq);
}

bool shelf_ended(const struct shelf *s, const char *unit, uint64_t unitseq)
{
    return is(s, &s->ends[hash(unit) % ENDS], unit, unitseq);
}

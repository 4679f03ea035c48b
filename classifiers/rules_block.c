#define _GNU_SOURCE
#include "classifiers/rules_block.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/utf8.h"
#include "classifiers/matcher.h"

const char block_magic[8] = "HYRULES";

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static const size_t checked_from = offsetof(struct block_header, ntopics);

static bool span_fits(const struct rules *r, struct block_span s, size_t element)
{
    return s.off % 8 == 0 && s.off >= sizeof *r->head && s.off <= r->size &&
           s.count <= (r->size - s.off) / element;
}

static bool text_fits(const struct rules *r, struct block_text t)
{
    uint32_t n = r->head->strings.count;

    return t.off < n && t.n < n - t.off && r->strings[t.off + t.n] == 0 &&
           utf8_valid(block_str(r, t));
}

static bool range_fits(uint32_t first, uint32_t count, uint32_t all)
{
    return first <= all && count <= all - first;
}

static bool check_set(const struct rules *r, const struct block_set *s)
{
    bool fits = text_fits(r, s->id) && text_fits(r, s->zh) && text_fits(r, s->en) &&
                text_fits(r, s->role) && text_fits(r, s->grade) &&
                s->ndeadlines <= RULES_DEADLINES_MAX &&
                range_fits(s->first_pattern, s->npatterns, r->head->patterns.count) &&
                s->threshold > 0 && s->threshold < 1;

    for (uint32_t i = 0; fits && i < s->ndeadlines; i++)
        fits = text_fits(r, s->deadlines[i]);
    return fits;
}

static bool check_sets(const struct rules *r)
{
    const struct block_header *h = r->head;

    if (h->ntopics > h->sets.count || h->sets.count - h->ntopics != BLOCK_CUES)
        return false;
    for (uint32_t i = 0; i < h->sets.count; i++)
        if (!check_set(r, &r->sets[i]))
            return false;
    for (uint32_t i = 0; i < h->patterns.count; i++) {
        const struct block_pattern *p = &r->patterns[i];
        if (p->set >= h->sets.count || p->ngroups == 0 || p->ngroups > BLOCK_PATTERN_GROUPS ||
            p->within > BLOCK_WITHIN_MAX || !(p->weight > 0 && p->weight < 100) ||
            !range_fits(p->first_group, p->ngroups, h->groups.count))
            return false;
    }
    for (uint32_t i = 0; i < h->groups.count; i++) {
        uint32_t p = r->groups[i].pattern;
        if (p >= h->patterns.count || i < r->patterns[p].first_group ||
            i - r->patterns[p].first_group >= r->patterns[p].ngroups)
            return false;
    }
    return true;
}

static bool check_use(const struct block_header *h, const struct block_use *u)
{
    if (u->field > BLOCK_TEXT || !(u->weight > 0 && u->weight < 100))
        return false;
    if (u->what == BLOCK_PLACE)
        return u->target < h->places.count;
    if (u->what > BLOCK_PLACE || u->set >= h->sets.count)
        return false;
    return u->what != BLOCK_GROUP || u->target < h->groups.count;
}

static bool check_terms(const struct rules *r)
{
    const struct block_header *h = r->head;

    for (uint32_t i = 0; i < h->terms.count; i++)
        if (!text_fits(r, r->terms[i].text) ||
            !range_fits(r->terms[i].first_use, r->terms[i].nuses, h->uses.count))
            return false;
    for (uint32_t i = 0; i < h->uses.count; i++)
        if (!check_use(h, &r->uses[i]))
            return false;
    for (uint32_t i = 0; i < h->places.count; i++) {
        uint32_t n = r->places[i].code.n;
        if (!text_fits(r, r->places[i].code) || !text_fits(r, r->places[i].name) ||
            (n != 6 && n != 9 && n != 12))
            return false;
    }
    for (uint32_t i = 0; i < h->bycode.count; i++)
        if (r->bycode[i] >= h->places.count)
            return false;
    for (uint32_t i = 0; i < h->notbefore.count; i++)
        if (!text_fits(r, r->notbefore[i]))
            return false;
    return matcher_check(r->matcher, h->matcher.count, h->terms.count);
}

/* Set the section pointers; false when a section leaves the block. */
static bool find_sections(struct rules *r)
{
    const struct block_header *h = r->head;
    const char *base = (const char *)h;

    if (!span_fits(r, h->strings, 1) || !span_fits(r, h->sets, sizeof *r->sets) ||
        !span_fits(r, h->patterns, sizeof *r->patterns) ||
        !span_fits(r, h->groups, sizeof *r->groups) || !span_fits(r, h->terms, sizeof *r->terms) ||
        !span_fits(r, h->uses, sizeof *r->uses) || !span_fits(r, h->places, sizeof *r->places) ||
        !span_fits(r, h->bycode, sizeof *r->bycode) ||
        !span_fits(r, h->notbefore, sizeof *r->notbefore) || !span_fits(r, h->matcher, 1))
        return false;
    r->strings = base + h->strings.off;
    r->sets = (const void *)(base + h->sets.off);
    r->patterns = (const void *)(base + h->patterns.off);
    r->groups = (const void *)(base + h->groups.off);
    r->terms = (const void *)(base + h->terms.off);
    r->uses = (const void *)(base + h->uses.off);
    r->places = (const void *)(base + h->places.off);
    r->bycode = (const void *)(base + h->bycode.off);
    r->notbefore = (const void *)(base + h->notbefore.off);
    r->matcher = base + h->matcher.off;
    return true;
}

static bool check_head(const struct rules *r)
{
    const struct block_header *h = r->head;

    if (r->size < sizeof *h || memcmp(h->magic, block_magic, sizeof h->magic) != 0 ||
        h->version != BLOCK_VERSION || h->header_size != sizeof *h || h->size != r->size)
        return false;
    return XXH3_64bits((const char *)h + checked_from, r->size - checked_from) == h->checksum;
}

struct rules *rules_map(int fd)
{
    struct rules *r = calloc(1, sizeof *r);
    struct stat st;
    void *map = MAP_FAILED;
    int seals = fcntl(fd, F_GET_SEALS);

    if (!r || seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) || st.st_size <= 0 ||
        st.st_size > UINT32_MAX)
        goto fail;
    r->size = (size_t)st.st_size;
    map = mmap(NULL, r->size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        goto fail;
    r->head = map;
    if (!check_head(r) || !find_sections(r) || !check_sets(r) || !check_terms(r))
        goto fail;
    snprintf(r->version, sizeof r->version, "%016llx", (unsigned long long)r->head->checksum);
    r->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (r->fd < 0)
        goto fail;
    return r;
fail:
    if (map != MAP_FAILED)
        munmap(map, r->size);
    free(r);
    return NULL;
}

struct rules *block_seal(struct str block)
{
    struct block_header h;
    struct rules *r = NULL;
    int fd = memfd_create("huiying-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return NULL;
    memcpy(&h, block.p, sizeof h);
    h.checksum = XXH3_64bits(block.p + checked_from, block.n - checked_from);
    struct str rest = {block.p + sizeof h, block.n - sizeof h};
    if (!file_write_all(fd, (struct str){(const char *)&h, sizeof h}) &&
        !file_write_all(fd, rest) && !fcntl(fd, F_ADD_SEALS, SEALS))
        r = rules_map(fd);
    close(fd);
    return r;
}

void rules_free(struct rules *r)
{
    if (!r)
        return;
    munmap((void *)r->head, r->size);
    close(r->fd);
    free(r);
}

int rules_fd(const struct rules *r)
{
    return r->fd;
}

const char *rules_version(const struct rules *r)
{
    return r->version;
}

size_t rules_topics(const struct rules *r)
{
    return r->head->ntopics;
}

struct rules_topic rules_topic(const struct rules *r, size_t i)
{
    const struct block_set *s = &r->sets[i];
    struct rules_topic t = {.id = block_str(r, s->id),
                            .name_zh = block_str(r, s->zh),
                            .name_en = block_str(r, s->en),
                            .role = block_str(r, s->role),
                            .grade = block_str(r, s->grade),
                            .ndeadlines = s->ndeadlines};

    for (uint32_t k = 0; k < s->ndeadlines; k++)
        t.deadlines[k] = block_str(r, s->deadlines[k]);
    return t;
}

int rules_find(const struct rules *r, struct str id)
{
    for (uint32_t i = 0; i < r->head->ntopics; i++)
        if (str_eq(block_str(r, r->sets[i].id), id))
            return (int)i;
    return -1;
}

int64_t block_place_find(const struct rules *r, struct str code)
{
    uint32_t low = 0, high = r->head->bycode.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2, place = r->bycode[middle];
        int order = str_order(block_str(r, r->places[place].code), code);
        if (!order)
            return place;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

struct str rules_region_name(const struct rules *r, struct str code)
{
    int64_t place = block_place_find(r, code);

    return place < 0 ? STR_NONE : block_str(r, r->places[place].name);
}

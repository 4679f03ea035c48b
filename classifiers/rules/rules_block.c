#define _GNU_SOURCE
#include "classifiers/rules/rules_block.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/file.h"

const char block_magic[8] = "HYRULES";
const char *const block_grades[] = {"ordinary", "larger", "major", "grave", NULL};

static const size_t checked_from = offsetof(struct block_header, ntopics);

static bool span_fits(const struct rules *r, struct block_span s, size_t element)
{
    return s.off % 8 == 0 && s.off >= sizeof *r->head && s.off <= r->size &&
           s.count <= (r->size - s.off) / element;
}

/* Set the section pointers; false when a section leaves the block. */
static bool find_sections(struct rules *r)
{
    const struct block_header *h = r->head;
    const char *base = (const char *)h;

    const struct {
        struct block_span span;
        size_t size;
        size_t to; /* the pointer's place in struct rules */
    } sections[] = {
        {h->strings, 1, offsetof(struct rules, strings)},
        {h->sets, sizeof *r->sets, offsetof(struct rules, sets)},
        {h->scopes, sizeof *r->scopes, offsetof(struct rules, scopes)},
        {h->codes, sizeof *r->codes, offsetof(struct rules, codes)},
        {h->roots, sizeof *r->roots, offsetof(struct rules, roots)},
        {h->nodes, sizeof *r->nodes, offsetof(struct rules, nodes)},
        {h->patterns, sizeof *r->patterns, offsetof(struct rules, patterns)},
        {h->groups, sizeof *r->groups, offsetof(struct rules, groups)},
        {h->regexes, sizeof *r->regexes, offsetof(struct rules, regexes)},
        {h->terms, sizeof *r->terms, offsetof(struct rules, terms)},
        {h->uses, sizeof *r->uses, offsetof(struct rules, uses)},
        {h->named, 1, offsetof(struct rules, named)},
        {h->places, sizeof *r->places, offsetof(struct rules, places)},
        {h->bycode, sizeof *r->bycode, offsetof(struct rules, bycode)},
        {h->notbefore, sizeof *r->notbefore, offsetof(struct rules, notbefore)},
        {h->streets, sizeof *r->streets, offsetof(struct rules, streets)},
        {h->buckets, sizeof *r->buckets, offsetof(struct rules, buckets)},
        {h->tails, sizeof *r->tails, offsetof(struct rules, tails)},
        {h->ends, sizeof *r->ends, offsetof(struct rules, ends)},
        {h->matcher, 1, offsetof(struct rules, matcher)},
        {h->model, 1, offsetof(struct rules, model)},
    };

    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (!span_fits(r, sections[i].span, sections[i].size))
            return false;
        const char *start = base + sections[i].span.off;
        memcpy((char *)r + sections[i].to, &start, sizeof start);
    }
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

    if (!r || !file_sealed(fd) || fstat(fd, &st) || st.st_size <= 0 || st.st_size > UINT32_MAX)
        goto fail;
    r->size = (size_t)st.st_size;
    map = mmap(NULL, r->size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        goto fail;
    r->head = map;
    if (!check_head(r) || !find_sections(r) || !block_check(r))
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

static struct rules *seal(struct str head, struct str rest)
{
    struct rules *r = NULL;
    int fd = memfd_create("huiying-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return NULL;
    if (!file_write_all(fd, head) && !file_write_all(fd, rest) && !file_seal(fd))
        r = rules_map(fd);
    close(fd);
    return r;
}

struct rules *block_seal(struct str block)
{
    struct block_header h;

    memcpy(&h, block.p, sizeof h);
    h.checksum = XXH3_64bits(block.p + checked_from, block.n - checked_from);
    return seal((struct str){(const char *)&h, sizeof h},
                (struct str){block.p + sizeof h, block.n - sizeof h});
}

int rules_write(const struct rules *r, struct buf *out)
{
    return buf_add(out, r->head, r->size);
}

struct rules *rules_read(struct str block)
{
    return seal(block, STR_NONE);
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
                            .grade = str_from(block_grades[s->grade]),
                            .ndeadlines = s->ndeadlines,
                            .assess = s->assess != 0,
                            .learned = s->learned != 0,
                            .no_emergency = s->no_emergency != 0};

    for (uint32_t k = 0; k < s->ndeadlines; k++)
        t.deadlines[k] = block_str(r, s->deadlines[k]);
    return t;
}

size_t rules_terms(const struct rules *r)
{
    return (size_t)r->head->terms.count + r->head->regexes.count;
}

struct str rules_term(const struct rules *r, size_t i)
{
    uint32_t terms = r->head->terms.count;

    return block_str(r, i < terms ? r->terms[i].text : r->regexes[i - terms].written);
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

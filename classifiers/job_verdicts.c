/* A worker's verdicts on the wire. What is read back is not trusted: a worker has parsed hostile
 * bytes. */
#include "classifiers/job.h"

#include "base/err.h"
#include "base/utf8.h"
#include "classifiers/rules/rules_block.h"

enum { MAGIC = 0x36564A48, PROMISE_WORKDAYS = 250 };

static uint32_t float_bits(float f)
{
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static void write_tags(const struct verdict_tag *tags, size_t n, struct buf *out)
{
    buf_add_u32(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        buf_add_lstr(out, tags[i].topic);
        buf_add_u32(out, float_bits(tags[i].score));
        buf_add_u8(out, tags[i].model);
        buf_add_lstr(out, tags[i].grade);
        buf_add_u32(out, (uint32_t)tags[i].nhits);
        for (size_t k = 0; k < tags[i].nhits; k++) {
            buf_add_lstr(out, tags[i].hits[k].term);
            buf_add_u32(out, tags[i].hits[k].start);
            buf_add_u32(out, tags[i].hits[k].end);
        }
    }
}

/* Without the zeroes at their end. */
static void write_traits(const struct verdict *v, struct buf *out)
{
    uint8_t n = 0;

    while (n < VERDICT_TRAITS && v->traits[n])
        n++;
    buf_add_u8(out, n);
    for (size_t i = 0; i < n; i++)
        buf_add_u32(out, v->traits[i]);
}

static void write_verdict(const struct verdict *v, struct buf *out)
{
    buf_add_lstr(out, v->identity);
    buf_add_lstr(out, v->alt_link);
    buf_add_u64(out, v->alt_content);
    buf_add_lstr(out, v->link);
    buf_add_lstr(out, v->title);
    buf_add_lstr(out, v->text);
    buf_add_u64(out, (uint64_t)v->published);
    buf_add_u64(out, (uint64_t)v->modified);
    buf_add_u8(out, v->loose);
    buf_add_u64(out, v->content);
    buf_add_u8(out, (uint8_t)v->kind);
    buf_add_u8(out, (uint8_t)v->request);
    write_tags(v->tags, v->ntags, out);
    write_tags(v->proposed, v->nproposed, out);
    buf_add_u32(out, float_bits(v->doubt));
    buf_add_u32(out, (uint32_t)v->nregions);
    for (size_t i = 0; i < v->nregions; i++) {
        buf_add_lstr(out, v->regions[i].code);
        buf_add_lstr(out, v->regions[i].name);
    }
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        buf_add_u32(out, v->sketch[i]);
    write_traits(v, out);
    buf_add_lstr(out, v->reply);
    buf_add_lstr(out, v->reply_unit);
    buf_add_lstr(out, v->reply_url);
    buf_add_u64(out, (uint64_t)v->reply_time);
    buf_add_u8(out, v->npromises);
    for (size_t i = 0; i < v->npromises; i++) {
        buf_add_u64(out, (uint64_t)v->promises[i].due);
        buf_add_u32(out, v->promises[i].workdays);
    }
    buf_add_u8(out, v->elsewhere);
    buf_add_u32(out, v->limits);
}

static void write_feed(const struct verdicts *v, struct buf *out)
{
    buf_add_u64(out, (uint64_t)v->hints.ttl);
    buf_add_u64(out, (uint64_t)v->hints.update_period);
    buf_add_u32(out, v->hints.skip_hours);
    buf_add_u8(out, v->hints.skip_days);
    buf_add_lstr(out, v->next_url);
    buf_add_u8(out, v->few_authors);
}

int job_write_verdicts(const struct verdicts *v, struct buf *out)
{
    size_t start = out->len;

    buf_add_u32(out, MAGIC);
    buf_add_lstr(out, v->rules);
    buf_add_lstr(out, v->format);
    buf_add_lstr(out, v->encoding);
    buf_add_u32(out, (uint32_t)v->nproblems);
    for (size_t i = 0; i < v->nproblems; i++)
        buf_add_lstr(out, v->problems[i]);
    write_feed(v, out);
    buf_add_u32(out, (uint32_t)v->count);
    for (size_t i = 0; i < v->count && buf_ok(out); i++)
        write_verdict(&v->list[i], out);
    if (buf_ok(out) && out->len - start <= JOB_FRAME_MAX)
        return 0;
    out->len = start;
    return buf_ok(out) ? ERR_LIMIT : ERR_NOMEM;
}

/* A reader that also owns what it reads. `bad` and `nomem` latch; reads then yield nothing. */
struct intake {
    struct buf_reader r;
    struct arena *arena;
    bool nomem;
};

static struct str take_text(struct intake *in, size_t max)
{
    struct str s = buf_read_lstr(&in->r);

    if (s.n > max || !utf8_valid(s) || (s.n && memchr(s.p, 0, s.n))) {
        in->r.bad = true;
        return STR_NONE;
    }
    struct str copy = arena_str(in->arena, s);
    in->nomem |= !copy.p;
    return copy;
}

/* A count of things of at least `least` bytes each, and room for them. */
static void *take_list(struct intake *in, size_t max, size_t least, size_t size, size_t *n)
{
    uint32_t count = buf_read_u32(&in->r);

    *n = 0;
    if (in->r.bad || count > max || count > in->r.left / least) {
        in->r.bad = true;
        return NULL;
    }
    if (!count)
        return NULL;
    void *list = arena_alloc(in->arena, count, size);
    if (list)
        *n = count;
    else
        in->nomem = in->r.bad = true;
    return list;
}

static bool is_slug(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '-'))
            return false;
    return s.n != 0;
}

static bool is_grade(struct str s)
{
    for (size_t i = 0; block_grades[i]; i++)
        if (str_is(s, block_grades[i]))
            return true;
    return false;
}

static bool is_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 6 || s.n == 9 || s.n == 12;
}

/* Offsets lie in title + '\n' + text and split no code point. */
static bool offset_fits(const struct verdict *v, uint32_t at)
{
    if (at <= v->title.n)
        return at == v->title.n || ((unsigned char)v->title.p[at] & 0xC0) != 0x80;
    at -= (uint32_t)v->title.n + 1;
    return at == v->text.n || (at < v->text.n && ((unsigned char)v->text.p[at] & 0xC0) != 0x80);
}

/* A number of 0-1. */
static float take_share(struct intake *in)
{
    uint32_t bits = buf_read_u32(&in->r);
    float share;

    memcpy(&share, &bits, sizeof share);
    in->r.bad |= !(share >= 0 && share <= 1);
    return share;
}

static void take_tag(struct intake *in, const struct verdict *v, struct verdict_tag *tag)
{
    tag->topic = take_text(in, 64);
    tag->score = take_share(in);
    uint8_t model = buf_read_u8(&in->r);
    in->r.bad |= model > 1;
    tag->model = model == 1;
    tag->grade = take_text(in, 16);
    in->r.bad |= !is_grade(tag->grade);
    in->r.bad |= !is_slug(tag->topic);
    tag->hits = take_list(in, VERDICT_HITS_MAX, 12, sizeof *tag->hits, &tag->nhits);
    for (size_t i = 0; i < tag->nhits && !in->r.bad; i++) {
        tag->hits[i].term = take_text(in, 1024);
        tag->hits[i].start = buf_read_u32(&in->r);
        tag->hits[i].end = buf_read_u32(&in->r);
        if (tag->hits[i].start >= tag->hits[i].end || !offset_fits(v, tag->hits[i].start) ||
            !offset_fits(v, tag->hits[i].end))
            in->r.bad = true;
    }
}

static struct verdict_tag *take_tags(struct intake *in, const struct verdict *v, size_t *n)
{
    struct verdict_tag *tags = take_list(in, VERDICT_TAGS_MAX, 17, sizeof *tags, n);

    for (size_t i = 0; i < *n && !in->r.bad; i++)
        take_tag(in, v, &tags[i]);
    return tags;
}

static void take_promises(struct intake *in, struct verdict *v)
{
    v->npromises = buf_read_u8(&in->r);
    in->r.bad |= v->npromises > VERDICT_PROMISES;
    for (size_t i = 0; i < v->npromises && !in->r.bad; i++) {
        struct verdict_promise *p = &v->promises[i];
        p->due = (int64_t)buf_read_u64(&in->r);
        uint32_t workdays = buf_read_u32(&in->r);
        in->r.bad |= p->due < 0 || workdays > PROMISE_WORKDAYS || !p->due == !workdays;
        p->workdays = (uint16_t)workdays;
    }
}

static bool take_flag(struct intake *in)
{
    uint8_t flag = buf_read_u8(&in->r);

    in->r.bad |= flag > 1;
    return flag == 1;
}

static void take_verdict(struct intake *in, struct verdict *v)
{
    v->identity = take_text(in, VERDICT_LINK_MAX);
    v->alt_link = take_text(in, VERDICT_LINK_MAX);
    v->alt_content = buf_read_u64(&in->r);
    v->link = take_text(in, VERDICT_LINK_MAX);
    v->title = take_text(in, VERDICT_TITLE_MAX);
    v->text = take_text(in, VERDICT_TEXT_MAX);
    v->published = (int64_t)buf_read_u64(&in->r);
    v->modified = (int64_t)buf_read_u64(&in->r);
    v->loose = take_flag(in);
    v->content = buf_read_u64(&in->r);
    uint8_t kind = buf_read_u8(&in->r), request = buf_read_u8(&in->r);
    if (kind > VERDICT_RAISED || request > REQUEST_REPORT || in->r.bad) {
        in->r.bad = true;
        return;
    }
    v->kind = (enum verdict_kind)kind;
    v->request = (enum verdict_request)request;
    v->tags = take_tags(in, v, &v->ntags);
    v->proposed = take_tags(in, v, &v->nproposed);
    for (size_t i = 0; i < v->nproposed; i++)
        in->r.bad |= !v->proposed[i].model;
    v->doubt = take_share(in);
    v->regions = take_list(in, VERDICT_REGIONS_MAX, 8, sizeof *v->regions, &v->nregions);
    for (size_t i = 0; i < v->nregions && !in->r.bad; i++) {
        v->regions[i].code = take_text(in, 12);
        v->regions[i].name = take_text(in, 256);
        in->r.bad |= !is_code(v->regions[i].code);
    }
    for (size_t i = 0; i < VERDICT_SKETCH; i++)
        v->sketch[i] = buf_read_u32(&in->r);
    size_t n = buf_read_u8(&in->r);
    in->r.bad |= n > VERDICT_TRAITS;
    for (size_t i = 0; i < n && !in->r.bad; i++) {
        v->traits[i] = buf_read_u32(&in->r);
        in->r.bad |= !v->traits[i]; /* zero ends them */
    }
    v->reply = take_text(in, VERDICT_TEXT_MAX);
    v->reply_unit = take_text(in, VERDICT_TITLE_MAX);
    v->reply_url = take_text(in, VERDICT_LINK_MAX);
    v->reply_time = (int64_t)buf_read_u64(&in->r);
    take_promises(in, v);
    v->elsewhere = take_flag(in);
    v->limits = buf_read_u32(&in->r);
}

static int64_t take_span(struct intake *in)
{
    int64_t ms = (int64_t)buf_read_u64(&in->r);

    in->r.bad |= ms < 0;
    return ms;
}

static void take_feed(struct intake *in, struct verdicts *v)
{
    v->hints.ttl = take_span(in);
    v->hints.update_period = take_span(in);
    v->hints.skip_hours = buf_read_u32(&in->r);
    v->hints.skip_days = buf_read_u8(&in->r);
    v->next_url = take_text(in, VERDICT_LINK_MAX);
    uint8_t few = buf_read_u8(&in->r);
    in->r.bad |= few > 1 || v->hints.skip_hours >> 24 || v->hints.skip_days >> 7;
    v->few_authors = few == 1;
}

int job_read_verdicts(struct str payload, struct verdicts **out)
{
    enum { VERDICT_LEAST = 150 };
    struct verdicts *v = verdict_new();
    struct intake in = {{payload.p, payload.n, false}, v ? v->arena : NULL, false};

    if (!v)
        return ERR_NOMEM;
    if (buf_read_u32(&in.r) != MAGIC)
        in.r.bad = true;
    v->rules = take_text(&in, 16);
    v->format = take_text(&in, 16);
    v->encoding = take_text(&in, 64);
    v->problems = take_list(&in, VERDICT_PROBLEMS_MAX, 4, sizeof *v->problems, &v->nproblems);
    for (size_t i = 0; i < v->nproblems && !in.r.bad; i++)
        v->problems[i] = take_text(&in, 1024);
    if (!in.r.bad)
        take_feed(&in, v);
    v->list = take_list(&in, VERDICT_COUNT_MAX, VERDICT_LEAST, sizeof *v->list, &v->count);
    for (size_t i = 0; i < v->count && !in.r.bad; i++)
        take_verdict(&in, &v->list[i]);
    if (in.nomem || in.r.bad || in.r.left) {
        verdict_free(v);
        return in.nomem ? ERR_NOMEM : ERR_CORRUPT;
    }
    *out = v;
    return 0;
}

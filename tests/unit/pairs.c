#include "tests/unit/pairs.h"

#include "base/clock.h"
#include "base/file.h"
#include "tests/unit/paths.h"
#include "tests/unit/units_text.h"

static struct str field(struct str *line)
{
    const char *tab = memchr(line->p, '\t', line->n);
    size_t n = tab ? (size_t)(tab - line->p) : line->n;
    struct str out = {line->p, n};

    line->p += n + (tab != NULL);
    line->n -= n + (tab != NULL);
    return out;
}

static void read_post(struct str line, struct pairs_post *p)
{
    long long day;

    p->set = field(&line);
    p->kind = field(&line);
    p->matter = field(&line);
    assert_int_equal(str_int(field(&line), 0, 365, &day), 0);
    p->day = day;
    p->place = field(&line);
    p->title = field(&line);
    p->text = field(&line);
}

/* Kind and history are other tests', and so is whether a topic takes a post: here each would open a
 * concern of its own, as of `huiying group`. */
static void judge_post(const struct judged *by, struct pairs_post *p)
{
    const struct judge_context board = {.kind = SOURCE_BOARD, .region = p->place};

    assert_int_equal(judge_text(by->judge, p->title, p->text, 0, &board, by->arena, &p->v), 0);
    assert_int_equal(judge_likeness(by->judge, &board, &p->v), 0);
    p->v.kind = VERDICT_RAISED;
    if (!p->v.ntags) {
        p->any = (struct verdict_tag){.topic = rules_topic(by->rules, 0).id};
        p->v.tags = &p->any;
        p->v.ntags = 1;
    }
}

void pairs_read(struct pairs *p, const char *path)
{
    char whole[4096];

    assert_true(p->nfiles < PAIRS_FILES);
    struct buf *data = &p->data[p->nfiles++];
    assert_int_equal(file_read(paths_source(path, whole), 1 << 20, data), 0);
    struct str all = buf_str(data);
    while (all.n) {
        const char *end = memchr(all.p, '\n', all.n);
        struct str line = {all.p, end ? (size_t)(end - all.p) : all.n};
        assert_true(p->n < PAIRS_POSTS);
        read_post(line, &p->posts[p->n]);
        judge_post(&p->by, &p->posts[p->n++]);
        all.n -= line.n + (end != NULL);
        all.p += line.n + (end != NULL);
    }
}

int pairs_set_up(struct pairs *p)
{
    struct problems *problems = problems_new();
    char rules[4096], calendars[4096];

    p->units = units_text("coordinator: unit\nunits: [{id: unit, name: {zh: 承办单位}}]\n", problems);
    p->deadlines = deadline_load(paths_source("rules/deadlines.yaml", rules),
                                 paths_source("rules/calendars", calendars), problems);
    problems_print(problems, stderr);
    problems_free(problems);
    return !judged_set_up(&p->by, "rules") && p->units && p->deadlines ? 0 : -1;
}

int pairs_tear_down(struct pairs *p)
{
    desk_changes_free(&p->changes);
    judged_tear_down(&p->by);
    units_free(p->units);
    deadline_free(p->deadlines);
    for (size_t i = 0; i < p->nfiles; i++)
        buf_free(&p->data[i]);
    return 0;
}

struct desk *pairs_desk(const struct pairs *p, struct desk_conf *conf)
{
    *conf = (struct desk_conf){.units = p->units, .deadlines = p->deadlines,
                               .rules = p->by.rules, .group_window = 30 * CLOCK_DAY};
    struct desk *d = desk_new(conf, 0);

    assert_non_null(d);
    return d;
}

uint64_t pairs_put(struct pairs *p, struct desk *d, const struct pairs_post *post)
{
    const struct desk_origin from = {.source = 1, .place = post->place};
    int64_t now = clock_days(2026, 3, 2) * CLOCK_DAY + post->day * CLOCK_DAY;
    uint64_t concern;

    desk_changes_reset(&p->changes);
    assert_int_equal(desk_item(d, &post->v, &from, now, &p->changes, &concern), 0);
    return concern;
}

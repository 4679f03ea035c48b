/* The codec between daemon and worker: what is written is read, what is damaged is refused. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "classifiers/job.h"

static struct verdicts *sample(void)
{
    struct verdicts *v = verdict_new();

    assert_non_null(v);
    v->rules = STR("0123456789abcdef");
    v->format = STR("board");
    v->encoding = STR("gb18030");
    v->problems = arena_alloc(v->arena, 1, sizeof *v->problems);
    v->nproblems = 1;
    v->problems[0] = STR("line 3: bad date");
    v->list = arena_alloc(v->arena, 2, sizeof *v->list);
    v->count = 2;
    struct verdict *one = &v->list[0];
    one->identity = STR("guid");
    one->link = STR("https://a.example/1");
    one->title = STR("讨薪");
    one->text = STR("老板欠薪");
    one->published = -5;
    one->modified = 6;
    one->loose = true;
    one->content = UINT64_MAX;
    one->kind = VERDICT_RAISED;
    one->request = REQUEST_REPORT;
    one->tags = arena_alloc(v->arena, 1, sizeof *one->tags);
    one->ntags = 1;
    one->tags[0].topic = STR("wage-arrears");
    one->tags[0].score = 0.75f;
    one->tags[0].grade = STR("major");
    one->limits = 3;
    one->elsewhere = true;
    one->proposed = arena_alloc(v->arena, 1, sizeof *one->proposed);
    one->nproposed = 1;
    one->proposed[0] = (struct verdict_tag){.topic = STR("housing"), .score = 0.5f,
                                            .grade = STR("ordinary"), .model = true};
    one->doubt = 0.5f;
    one->tags[0].hits = arena_alloc(v->arena, 2, sizeof *one->tags[0].hits);
    one->tags[0].nhits = 2;
    one->tags[0].hits[0] = (struct verdict_hit){STR("讨薪"), 0, 6};
    one->tags[0].hits[1] = (struct verdict_hit){STR("欠薪"), 13, 19};
    one->regions = arena_alloc(v->arena, 1, sizeof *one->regions);
    one->nregions = 1;
    one->regions[0] = (struct verdict_region){STR("110000"), STR("北京市")};
    one->sketch[3] = 77;
    one->reply = STR("已办结");
    one->reply_unit = STR("人社局");
    one->reply_url = STR("https://a.example/r");
    one->reply_time = 99;
    v->list[1].identity = STR("second");
    return v;
}

static void round_trip(void **state)
{
    struct verdicts *v = sample(), *back = NULL;
    struct buf first = BUF_INIT, second = BUF_INIT;

    (void)state;
    assert_int_equal(job_write_verdicts(v, &first), 0);
    assert_int_equal(job_read_verdicts(buf_str(&first), &back), 0);
    assert_int_equal(back->count, 2);
    assert_int_equal(back->list[0].published, -5);
    assert_true(back->list[0].tags[0].score == 0.75f);
    assert_true(str_is(back->list[0].tags[0].grade, "major"));
    assert_int_equal(back->list[0].limits, 3);
    assert_true(back->list[0].elsewhere && !back->list[1].elsewhere);
    assert_true(back->list[0].loose && !back->list[1].loose);
    assert_int_equal(back->list[0].nproposed, 1);
    assert_true(back->list[0].proposed[0].model && !back->list[0].tags[0].model);
    assert_true(back->list[0].doubt == 0.5f);
    assert_true(str_is(back->list[0].tags[0].hits[1].term, "欠薪"));
    assert_int_equal(back->list[0].tags[0].hits[1].end, 19);
    assert_true(str_is(back->list[0].regions[0].name, "北京市"));
    assert_int_equal(back->list[0].sketch[3], 77);
    assert_true(str_is(back->list[0].reply_unit, "人社局"));
    assert_int_equal(back->list[0].kind, VERDICT_RAISED);
    assert_int_equal(back->list[0].request, REQUEST_REPORT);
    assert_int_equal(job_write_verdicts(back, &second), 0);
    assert_true(str_eq(buf_str(&first), buf_str(&second)));
    for (size_t cut = 0; cut < first.len; cut++) {
        struct verdicts *none = NULL;
        assert_int_equal(job_read_verdicts((struct str){first.data, cut}, &none), ERR_CORRUPT);
    }
    buf_free(&first);
    buf_free(&second);
    verdict_free(v);
    verdict_free(back);
}

/* Each of these is a lie that a taken-over worker could tell. */
static void lies_are_refused(void **state)
{
    (void)state;
    for (int lie = 0; lie < 13; lie++) {
        struct verdicts *v = sample(), *back = NULL;
        struct verdict *one = &v->list[0];
        struct buf out = BUF_INIT;
        switch (lie) {
        case 0: one->tags[0].hits[0].end = 4; break;    /* inside a character */
        case 1: one->tags[0].hits[0].end = 4000; break; /* past the text */
        case 2: one->tags[0].hits[0].start = 6; break;  /* empty */
        case 3: one->tags[0].score = 2; break;
        case 4: one->tags[0].score = __builtin_nanf(""); break;
        case 5: one->tags[0].topic = STR("Wage Arrears"); break;
        case 6: one->regions[0].code = STR("11000x"); break;
        case 7: one->title = STR("\xFF\xFE"); break;
        case 8: one->kind = (enum verdict_kind)7; break;
        case 9: one->request = (enum verdict_request)9; break;
        case 10: one->text = (struct str){"a\0b", 3}; break;
        case 11: one->proposed[0].model = false; break; /* a rule that only proposes */
        case 12: one->doubt = -1; break;
        }
        assert_int_equal(job_write_verdicts(v, &out), 0);
        assert_int_equal(job_read_verdicts(buf_str(&out), &back), ERR_CORRUPT);
        buf_free(&out);
        verdict_free(v);
    }
}

/* Zero ends the list of traits, and is none of them. */
static void no_trait_is_zero(void **state)
{
    (void)state;
    static const unsigned char trait[] = {0xEF, 0xBE, 0xAD, 0xDE};
    struct verdicts *v = sample(), *back = NULL;
    struct buf out = BUF_INIT;

    memset(v->list[0].traits, 0, sizeof v->list[0].traits);
    v->list[0].traits[0] = 0xDEADBEEF;
    v->list[0].traits[1] = 5;
    assert_int_equal(job_write_verdicts(v, &out), 0);
    assert_int_equal(job_read_verdicts(buf_str(&out), &back), 0);
    verdict_free(back);
    char *at = memmem(out.data, out.len, trait, sizeof trait);
    assert_non_null(at);
    memset(at, 0, sizeof trait);
    assert_int_equal(job_read_verdicts(buf_str(&out), &back), ERR_CORRUPT);
    buf_free(&out);
    verdict_free(v);
}

static void random_damage(void **state)
{
    struct verdicts *v = sample();
    struct buf out = BUF_INIT;
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    assert_int_equal(job_write_verdicts(v, &out), 0);
    for (int turn = 0; turn < 50000; turn++) {
        size_t n = rand() % 4 ? out.len : (size_t)rand() % (out.len + 1);
        char *copy = malloc(n ? n : 1);
        struct verdicts *back = NULL;
        memcpy(copy, out.data, n);
        for (int k = rand() % 6; k >= 0 && n; k--)
            copy[(size_t)rand() % n] = rand() % 2 ? (char)rand() : (char)0xFF;
        int err = job_read_verdicts((struct str){copy, n}, &back);
        if (err) {
            assert_int_equal(err, ERR_CORRUPT);
            assert_null(back);
        } else { /* what is taken can be written and is then the same */
            struct buf again = BUF_INIT;
            assert_int_equal(job_write_verdicts(back, &again), 0);
            assert_true(str_eq((struct str){copy, n}, buf_str(&again)));
            buf_free(&again);
        }
        verdict_free(back);
        free(copy);
    }
    buf_free(&out);
    verdict_free(v);
}

static void jobs(void **state)
{
    struct job job = {.op = JOB_CLASSIFY,
                      .kind = SOURCE_OFFICIAL,
                      .url = STR("https://a.example/"),
                      .mime = STR("text/html"),
                      .region = STR("110000"),
                      .home = STR("430100"),
                      .body = {"a\0b", 3},
                      .board = {.item = STR("li.post"), .reply_unit = STR(".unit")},
                      .zone_minutes = -480,
                      .now = INT64_MIN};
    struct job back;
    struct buf out = BUF_INIT;

    (void)state;
    assert_int_equal(job_write(&job, &out), 0);
    struct buf_reader r = {out.data, out.len, false};
    assert_int_equal(buf_read_u32(&r), out.len - 4);
    struct str payload = {out.data + 4, out.len - 4};
    assert_int_equal(job_read(payload, &back), 0);
    assert_int_equal(back.op, JOB_CLASSIFY);
    assert_int_equal(back.kind, SOURCE_OFFICIAL);
    assert_true(str_eq(back.body, job.body));
    assert_true(str_eq(back.region, job.region));
    assert_true(str_eq(back.home, job.home));
    assert_true(str_is(back.board.item, "li.post"));
    assert_true(str_is(back.board.reply_unit, ".unit"));
    assert_int_equal(back.board.title.n, 0);
    assert_int_equal(back.zone_minutes, -480);
    assert_int_equal(back.now, INT64_MIN);
    for (size_t cut = 0; cut < payload.n; cut++)
        assert_int_equal(job_read((struct str){payload.p, cut}, &back), ERR_CORRUPT);
    out.data[4] = JOB_OPS;
    assert_int_equal(job_read(payload, &back), ERR_CORRUPT);
    job.body.n = JOB_FRAME_MAX; /* not read: the size alone is too much */
    size_t before = out.len;
    assert_int_equal(job_write(&job, &out), ERR_LIMIT);
    assert_int_equal(out.len, before);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(no_trait_is_zero),
        cmocka_unit_test(random_damage),
        cmocka_unit_test(jobs),
    };
    return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}

#include "tests/unit/batch_bench.h"

#include <stdio.h>

#include "tests/unit/unit.h"

void batch_bench_add(struct batch_bench *t, const char *id, enum source_kind kind)
{
    char url[64];
    uint32_t index;

    snprintf(url, sizeof url, "http://%s.example/", id);
    struct source s = {.id = (char *)id, .name = (char *)id, .url = url, .kind = (uint8_t)kind};
    assert_int_equal(roster_add(t->roster, &s, &index), 0);
    t->count++;
    assert_int_equal(source_table_grow(t->table, t->count), 0);
}

void batch_bench_open(struct batch_bench *t)
{
    *t = (struct batch_bench){.now = 1800000000000};
    snprintf(t->office.id, sizeof t->office.id, "office");
    t->office.parent = -1;
    t->units = (struct units){.list = &t->office, .count = 1};
    t->config.home_region = (char *)"350199";
    t->roster = roster_new();
    t->table = source_table_new();
    assert_int_equal(store_open("memory:", &t->store), 0);
    const struct desk_conf conf = {.units = &t->units};
    t->desk = desk_new(&conf, 0);
    t->batch = batch_new(&(struct batch_conf){&t->config, t->roster, t->store, t->table});
    assert_non_null(t->batch);
}

void batch_bench_close(struct batch_bench *t)
{
    batch_free(t->batch);
    desk_free(t->desk);
    store_close(t->store);
    source_table_free(t->table);
    roster_free(t->roster);
}

void batch_bench_begin(struct batch_bench *t)
{
    const struct batch_bounds bounds = {.polls = 4, .items = 4, .sources = 4};

    assert_int_equal(batch_begin(t->batch, t->desk, t->now, &bounds), 0);
}

void batch_bench_commit(struct batch_bench *t)
{
    struct store_batch out;

    if (batch_finish(t->batch, &out))
        assert_int_equal(store_commit(t->store, &out), 0);
    batch_applied(t->batch);
}

/* libFuzzer entry: terms and a text made of bytes against a naive search; or damaged tables. */
#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/property.h"
#include "tests/unit/naive_match.h"

enum { TERMS = 48, TEXT = 2000 };

static uint32_t character(uint8_t byte)
{
    static const uint32_t cps[] = {0x5DE5, 0x8D44, 'a', 0x62D6, '1', 0x6B20, ' ', 0x20001};

    return byte < 8 ? cps[byte] : byte < 16 ? 0x4E00u + byte : 0x4E00u + byte * 77u;
}

/* A byte says how many terms, one before each how long; the rest is the text. */
static void compare(const uint8_t *data, size_t size)
{
    static uint32_t cps[TERMS][MATCHER_TERM_MAX], text[TEXT];
    static struct naive naive;
    static struct buf tables;
    struct matcher_term terms[TERMS];
    size_t n = 0, length = 0, at = 1;

    for (size_t count = data[0] % TERMS; n < count && at < size; n++) {
        size_t len = 1 + data[at++] % MATCHER_TERM_MAX;
        len = len < size - at ? len : size - at;
        if (!len)
            break;
        for (size_t i = 0; i < len; i++)
            cps[n][i] = character(data[at++]);
        terms[n] = (struct matcher_term){cps[n], len};
    }
    while (at < size && length < TEXT)
        text[length++] = character(data[at++]);
    buf_reset(&tables);
    must(!matcher_build(terms, n, &tables));
    must(matcher_check(tables.data, tables.len, n));
    must(!naive_differs(&naive, tables.data, terms, n, text, length));
}

/* Bytes are put, three for each, at places of good tables; what is then accepted must be safe. */
static void damage(const uint8_t *data, size_t size)
{
    static const uint32_t cps[] = {0x5DE5, 0x8D44, 0x62D6, 'a', 0x5DE5, 0x6B20, 0x5DE5, 0x5DE5};
    static const struct matcher_term terms[] = {{cps, 2},     {cps + 1, 2}, {cps, 3}, {cps, 1},
                                                {cps + 1, 6}, {cps, 8},     {cps, 2}, {cps + 3, 1}};
    enum { N = sizeof terms / sizeof *terms };
    struct matcher_hits hits = {0};
    struct buf tables = BUF_INIT;
    uint32_t text[64];

    must(!matcher_build(terms, N, &tables));
    for (size_t i = 0; i < 64; i++)
        text[i] = cps[i % 8];
    for (; size >= 3; data += 3, size -= 3)
        tables.data[(data[0] | (size_t)data[1] << 8) % tables.len] = (char)data[2];
    if (matcher_check(tables.data, tables.len, N))
        must(!matcher_scan(tables.data, text, 64, &hits));
    for (size_t i = 0; i < hits.n; i++)
        must(hits.list[i].term < N && hits.list[i].end <= 64);
    free(hits.list);
    buf_free(&tables);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (data[0] & 1)
        damage(data + 1, size - 1);
    else
        compare(data + 1, size - 1);
    return 0;
}

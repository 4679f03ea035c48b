#include "tests/bench/duties.h"

#include <hs.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/problems.h"
#include "classifiers/rules/rules_block.h"

static const char *const personal[] = {
    "1[3-9][0-9]{9}",                               /* mobile */
    "0[0-9]{2,3}-?[0-9]{7,8}",                      /* land-line */
    "[0-9]{17}[0-9Xx]",                             /* identity */
    "[0-9]{16,19}",                                 /* card */
    "[A-Za-z0-9._-]+@[A-Za-z0-9-]+\\.[A-Za-z]{2,}", /* mail */
    "[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新][A-Z][A-Z0-9]{5,6}",
    "[0-9]+(号楼|单元|栋|幢|室|号院)",
    "(联系人|投诉人|姓名|记者|我叫|本人叫|通讯员)[：: ]?[\\x{4e00}-\\x{9fff}]{2,3}",
    "[\\x{4e00}-\\x{9fff}](先生|女士|师傅|老师|阿姨)",
    "@[A-Za-z0-9_\\x{4e00}-\\x{9fff}]{2,20}",
    "回复 ?[A-Za-z0-9_\\x{4e00}-\\x{9fff}]{1,16}[:：]",
    "[A-Za-z0-9_\\x{4e00}-\\x{9fff}]{1,16} ?发表于",
};
enum { PERSONAL = sizeof personal / sizeof *personal };

struct hit {
    unsigned term;
    unsigned long long end;
};

struct duties {
    hs_database_t *masks, *terms;
    hs_scratch_t *scratch;
    struct hit *hits;
    size_t nhits, cap;
    char *text; /* that is being masked */
};

static int compile_masks(struct duties *d)
{
    unsigned flags[PERSONAL], ids[PERSONAL];
    hs_compile_error_t *error = NULL;

    for (unsigned i = 0; i < PERSONAL; i++) {
        flags[i] = HS_FLAG_UTF8 | HS_FLAG_SOM_LEFTMOST;
        ids[i] = i;
    }
    int rc = hs_compile_multi(personal, flags, ids, PERSONAL, HS_MODE_BLOCK, NULL, &d->masks,
                              &error);
    if (rc)
        fprintf(stderr, "duties: %s\n", error ? error->message : "?");
    hs_free_compile_error(error);
    return rc ? ERR_INVALID : 0;
}

static int compile_terms(struct duties *d, const struct rules *r)
{
    size_t n = r->head->terms.count;
    const char **texts = calloc(n, sizeof *texts);
    unsigned *flags = calloc(n, sizeof *flags), *ids = calloc(n, sizeof *ids);
    size_t *lengths = calloc(n, sizeof *lengths);
    hs_compile_error_t *error = NULL;
    int rc = HS_NOMEM;

    for (unsigned i = 0; texts && flags && ids && lengths && i < n; i++) {
        struct str text = block_str(r, r->terms[i].text);
        texts[i] = text.p;
        lengths[i] = text.n;
        ids[i] = i;
    }
    if (texts && flags && ids && lengths)
        rc = hs_compile_lit_multi(texts, flags, ids, lengths, (unsigned)n, HS_MODE_BLOCK, NULL,
                                  &d->terms, &error);
    hs_free_compile_error(error);
    free(texts);
    free(flags);
    free(ids);
    free(lengths);
    return rc ? ERR_INVALID : 0;
}

struct duties *duties_new(void)
{
    struct problems *problems = problems_new();
    struct duties *d = calloc(1, sizeof *d);

    rules_set_shipped(HUIYING_SRCDIR "/rules");
    struct rules *r = problems ? rules_compile(HUIYING_SRCDIR "/rules", problems) : NULL;
    bool good = d && r && !compile_masks(d) && !compile_terms(d, r) &&
                !hs_alloc_scratch(d->masks, &d->scratch) &&
                !hs_alloc_scratch(d->terms, &d->scratch);
    rules_free(r);
    problems_free(problems);
    if (good)
        return d;
    duties_free(d);
    return NULL;
}

void duties_free(struct duties *d)
{
    if (!d)
        return;
    hs_free_scratch(d->scratch);
    hs_free_database(d->masks);
    hs_free_database(d->terms);
    free(d->hits);
    free(d);
}

static int hide(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                void *arg)
{
    struct duties *d = arg;

    (void)id, (void)flags;
    memset(d->text + from, '*', to - from);
    return 0;
}

int duties_mask(struct duties *d, char *p, size_t n)
{
    d->text = p;
    return hs_scan(d->masks, p, (unsigned)n, 0, d->scratch, hide, d) ? ERR_INVALID : 0;
}

static int keep(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                void *arg)
{
    struct duties *d = arg;

    (void)from, (void)flags;
    if (d->nhits == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 256;
        struct hit *more = realloc(d->hits, cap * sizeof *more);
        if (!more)
            return 1;
        d->hits = more;
        d->cap = cap;
    }
    d->hits[d->nhits++] = (struct hit){id, to};
    return 0;
}

int duties_find(struct duties *d, const char *p, size_t n, size_t *hits)
{
    d->nhits = 0;
    int rc = hs_scan(d->terms, p, (unsigned)n, 0, d->scratch, keep, d);
    *hits += d->nhits;
    return rc ? ERR_NOMEM : 0;
}

void duties_hash(const char *p, size_t n, unsigned char out[static DUTIES_HASH])
{
    static const unsigned char key[16] = "of the bench";

    crypto_generichash(out, DUTIES_HASH, (const unsigned char *)p, n, key, sizeof key);
}

/* The gazetteer: files of places and divisions, and the words that stand in their way. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <xxhash.h>

#include "classifiers/match/matcher_tables.h"
#include "classifiers/regions/regions.h"
#include "classifiers/rules/draft.h"

static const struct conf_key text_key = {.forms = CONF_TEXT};
static const struct conf_key place_keys[] = {
    {.name = "code", .forms = CONF_TEXT, .required = true},
    {.name = "name", .forms = CONF_TEXT, .required = true},
    {.name = "aliases", .forms = CONF_LIST, .element = &text_key},
    {0},
};
static const struct conf_key place_key = {.forms = CONF_MAP, .keys = place_keys};
static const struct conf_key behind_keys[] = {
    {.name = "why", .forms = CONF_TEXT, .required = true},
    {.name = "names", .forms = CONF_TEXT, .required = true},
    {0},
};
static const struct conf_key behind_key = {.forms = CONF_MAP, .keys = behind_keys};
static const struct conf_key file_keys[] = {
    {.name = "places", .forms = CONF_LIST, .element = &place_key},
    {.name = "divisions", .forms = CONF_TEXT},
    {.name = "behind_parent", .forms = CONF_LIST, .element = &behind_key},
    {.name = "no_places", .forms = CONF_TEXT},
    {.name = "not_before", .forms = CONF_LIST, .element = &text_key},
    {.name = "not_before_full", .forms = CONF_LIST, .element = &text_key},
    {0},
};

enum { ALIASES = 4 };

struct reader { /* of one text with words between blanks */
    struct draft *d;
    const struct conf_node *node;
    struct str rest;
    struct str code; /* of the line's division, six digits */
};

bool regions_is_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n == 6 || s.n == 9 || s.n == 12;
}

static bool take_word(struct reader *in, struct str *word)
{
    size_t at = 0, end;

    while (at < in->rest.n && (in->rest.p[at] == ' ' || in->rest.p[at] == '\n'))
        at++;
    for (end = at; end < in->rest.n && in->rest.p[end] != ' ' && in->rest.p[end] != '\n';)
        end++;
    *word = (struct str){in->rest.p + at, end - at};
    in->rest = (struct str){in->rest.p + end, in->rest.n - end};
    return word->n != 0;
}

static bool take_line(struct str *text, struct str *line)
{
    const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;

    *line = (struct str){text->p, end ? (size_t)(end - text->p) : text->n};
    *text = (struct str){text->p + line->n + (end != NULL), text->n - line->n - (end != NULL)};
    return line->n || text->n;
}

static bool grow_places(struct draft *d)
{
    size_t cap = d->codes_known.cap ? d->codes_known.cap * 2 : 4096;
    uint32_t *slots = calloc(cap, sizeof *slots);

    if (!slots)
        return false;
    for (size_t i = 0; i < d->places.n; i++) {
        struct str code = DRAFT_AT(d, places, struct draft_place, i)->code;
        size_t k = XXH3_64bits(code.p, code.n) & (cap - 1);
        while (slots[k])
            k = (k + 1) & (cap - 1);
        slots[k] = (uint32_t)i + 1;
    }
    free(d->codes_known.list);
    d->codes_known.list = slots;
    d->codes_known.cap = cap;
    return true;
}

/* A new place, or NULL: its code is known already (the older stays), or memory ended. */
static struct draft_place *add_place(struct draft *d, const struct conf_node *at, struct str code,
                                     struct str name)
{
    if (d->places.n * 2 >= d->codes_known.cap && !grow_places(d)) {
        d->nomem = true;
        return NULL;
    }
    uint32_t *slots = d->codes_known.list;
    size_t k = code.n ? XXH3_64bits(code.p, code.n) & (d->codes_known.cap - 1) : 0;
    for (; slots[k]; k = (k + 1) & (d->codes_known.cap - 1)) {
        const struct draft_place *old = DRAFT_AT(d, places, struct draft_place, slots[k] - 1);
        if (!str_eq(old->code, code))
            continue;
        /* A town may give a shipped place more aliases, under the same name. */
        if (!str_eq(old->name, name))
            conf_problem(d->problems, at, "区划代码 %.*s 重复，另有名称 “%.*s” (duplicate "
                                          "division code under another name)",
                         STR_ARG(old->code), STR_ARG(old->name));
        return NULL;
    }
    struct draft_place *p = draft_more(d, &d->places, sizeof *p);
    if (!p)
        return NULL;
    slots[k] = (uint32_t)d->places.n;
    *p = (struct draft_place){arena_str(d->arena, code), arena_str(d->arena, name)};
    d->nomem |= !p->code.p || !p->name.p;
    return p;
}

static struct block_use use_of(const struct draft *d, enum block_name name)
{
    return (struct block_use){.target = d->places.n ? (uint32_t)d->places.n - 1 : 0,
                              .what = BLOCK_PLACE, .set = name, .weight = 1};
}

static void load_place(struct draft *d, const struct conf_node *node)
{
    const struct conf_node *code = conf_get(node, "code"), *name = conf_get(node, "name");
    const struct conf_node *aliases = conf_get(node, "aliases");

    if (code && !regions_is_code(conf_text(code)))
        conf_problem(d->problems, code, "区划代码 “%.*s” 应为 6、9 或 12 位数字 "
                                        "(a division code has 6, 9 or 12 digits)",
                     STR_ARG(conf_text(code)));
    if (!add_place(d, code ? code : node, conf_text(code), conf_text(name)))
        return;
    if (conf_text(name).n)
        draft_add_text(d, name, conf_text(name), use_of(d, NAME_OWN));
    for (size_t i = 0; i < conf_count(aliases); i++)
        if (conf_text(conf_at(aliases, i)).n)
            draft_add_text(d, conf_at(aliases, i), conf_text(conf_at(aliases, i)),
                           use_of(d, NAME_OWN));
}

static void tell_line(const struct reader *in, struct str word)
{
    conf_problem(in->d->problems, in->node,
                 "divisions: “%.*s” 处应为 “代码 名称 [三位代码 街道名称]…” (expected \"CODE NAME "
                 "[THREE-DIGITS STREET]...\")", STR_ARG(word));
}

/* Cut the last "=alias" off the word; empty: it has none. */
static struct str take_alias(struct str *name)
{
    size_t at = name->n;

    while (at && name->p[at - 1] != '=')
        at--;
    struct str alias = at ? (struct str){name->p + at, name->n - at} : STR_NONE;
    name->n = at ? at - 1 : name->n;
    return alias;
}

static bool ends_with(struct str s, const char *end)
{
    size_t n = strlen(end);

    return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

/* Without the kind of division at its end; empty when under two characters would be left. */
static struct str short_name(struct str name, const char *const kinds[])
{
    for (; *kinds; kinds++)
        if (ends_with(name, *kinds)) {
            name.n -= strlen(*kinds);
            return name.n >= 2 * strlen("长") ? name : STR_NONE;
        }
    return STR_NONE;
}

static void note_bit(struct draft *d, struct draft_list *list, uint32_t bit)
{
    uint32_t *one = draft_more(d, list, sizeof *one);

    if (one)
        *one = bit;
}

static void add_street_name(struct draft *d, struct str name, uint32_t bare)
{
    uint64_t hash = 0;

    if (!name.n)
        return;
    d->nomem |= fold_text(name, SIZE_MAX, &d->fold) != 0;
    if (d->nomem || d->fold.n < 2 || d->fold.n > BLOCK_STREET_MAX)
        return;
    struct block_street *s = draft_more(d, &d->streets, sizeof *s);
    for (size_t i = d->fold.n; i-- > 0;) {
        hash = regions_hash(hash, d->fold.cp[i]);
        if (!bare && i + 2 == d->fold.n)
            note_bit(d, &d->street_tails,
                     matcher_pair_hash(d->fold.cp[i], d->fold.cp[i + 1]) >> (32 - BLOCK_TAIL_BITS));
        else if (!bare && i + 2 < d->fold.n)
            note_bit(d, &d->street_ends, regions_end(hash));
    }
    note_bit(d, &d->street_ends, regions_whole(hash));
    if (s)
        *s = (struct block_street){hash, (uint32_t)d->places.n - 1, bare};
}

static bool add_street(struct reader *in, struct str digits, struct str name)
{
    static const char *const kinds[] = {"镇", "乡", NULL};
    char code[9];
    struct str whole = {code, sizeof code}, alias = take_alias(&name);

    if (digits.n != 3 || !name.n)
        return false;
    memcpy(code, in->code.p, 6);
    memcpy(code + 6, digits.p, 3);
    if (!regions_is_code(whole))
        return false;
    if (add_place(in->d, in->node, whole, name)) {
        add_street_name(in->d, name, 0);
        add_street_name(in->d, alias, 0);
        add_street_name(in->d, short_name(name, kinds), 1);
        add_street_name(in->d, short_name(alias, kinds), 1);
    }
    return true;
}

/* 湘西 and 湘西州; of 芷江侗族自治县 芷江县, and 芷江 from that. */
static void add_division(struct reader *in, struct str name)
{
    static const char *const kinds[] = {"新区", "林区", "地区", "自治县", "自治旗", "市",
                                        "区",   "县",   "旗",   "盟",     NULL};
    struct draft *d = in->d;
    struct str aliases[ALIASES], plain;
    size_t n = 0;

    while (n < ALIASES && (aliases[n] = take_alias(&name)).n)
        n++;
    if (!add_place(d, in->node, in->code, name))
        return;
    draft_add_shared(d, in->node, name, use_of(d, NAME_FULL));
    plain = short_name(name, kinds);
    if (plain.n && !ends_with(plain, "族"))
        draft_add_shared(d, in->node, plain, use_of(d, NAME_ALIAS));
    for (size_t i = 0; i < n; i++) {
        plain = short_name(aliases[i], kinds);
        draft_add_shared(d, in->node, aliases[i], use_of(d, plain.n ? NAME_FULL : NAME_ALIAS));
        if (plain.n)
            draft_add_shared(d, in->node, plain, use_of(d, NAME_ALIAS));
    }
}

static void load_divisions(struct draft *d, const struct conf_node *node)
{
    struct str text = conf_text(node), line, name, digits;
    char code[6];

    while (take_line(&text, &line)) {
        struct reader in = {d, node, line, STR_NONE};
        if (!take_word(&in, &digits))
            continue;
        memset(code, '0', sizeof code);
        if (digits.n == 4 || digits.n == 6)
            memcpy(code, digits.p, digits.n);
        in.code = (struct str){code, sizeof code};
        if ((digits.n != 4 && digits.n != 6) || !regions_is_code(in.code) ||
            !take_word(&in, &name)) {
            tell_line(&in, digits);
            continue;
        }
        add_division(&in, name);
        while (take_word(&in, &digits))
            if (!take_word(&in, &name) || !add_street(&in, digits, name)) {
                tell_line(&in, digits);
                break;
            }
    }
}

static void load_words(struct draft *d, const struct conf_node *list, struct draft_list *words)
{
    for (size_t i = 0; i < conf_count(list); i++) {
        struct str *s = draft_more(d, words, sizeof *s);
        if (s)
            *s = arena_str(d->arena, conf_text(conf_at(list, i)));
    }
}

void draft_load_places(struct draft *d, const char *path)
{
    struct conf_doc *doc = conf_load(path, file_keys, d->problems);
    const struct conf_node *root = conf_root(doc), *places = conf_get(root, "places"),
                           *behind = conf_get(root, "behind_parent");
    struct reader in = {d, conf_get(root, "no_places"), conf_text(conf_get(root, "no_places")),
                        STR_NONE};
    struct str word;

    for (size_t i = 0; i < conf_count(places); i++)
        load_place(d, conf_at(places, i));
    load_divisions(d, conf_get(root, "divisions"));
    while (take_word(&in, &word))
        draft_add_shared(d, in.node, word, use_of(d, NAME_NONE));
    for (size_t i = 0; i < conf_count(behind); i++) {
        in.rest = conf_text(conf_get(conf_at(behind, i), "names"));
        while (take_word(&in, &word)) {
            struct str *s = draft_more(d, &d->behind, sizeof *s);
            if (s)
                *s = arena_str(d->arena, word);
        }
    }
    load_words(d, conf_get(root, "not_before"), &d->notbefore);
    load_words(d, conf_get(root, "not_before_full"), &d->notfull);
    conf_free(doc);
}

void draft_mark_behind(struct draft *d)
{
    for (size_t i = 0; i < d->behind.n; i++) {
        int64_t term = draft_find_term(d, *DRAFT_AT(d, behind, struct str, i));
        size_t u = term < 0 ? 0 : DRAFT_AT(d, terms, struct draft_term, term)->last_use;
        while (u) {
            struct draft_use *use = DRAFT_AT(d, uses, struct draft_use, u - 1);
            if (use->use.what == BLOCK_PLACE &&
                (use->use.set == NAME_FULL || use->use.set == NAME_ALIAS))
                use->use.set = NAME_BEHIND;
            u = use->previous;
        }
    }
}

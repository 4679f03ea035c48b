/* Regular expressions of rules: folded as texts are, asked for what they spell out, and refused
 * when they would look for what no term may. */
#include <stdlib.h>

#include "base/utf8.h"
#include "classifiers/match/matcher.h"
#include "classifiers/rules/draft.h"
#include "classifiers/rules/rules_regex.h"

enum { NEEDS_MAX = 64, REGEXES_MAX = 4000 };

/* A pattern's code points, and where one stands among its brackets. */
struct pattern {
    const uint32_t *cp;
    size_t n, at;
    int depth;      /* of ( */
    bool choice;    /* | outside of all brackets */
    uint32_t run[MATCHER_TERM_MAX]; /* literals in a row */
    size_t nrun;
};

typedef void (*run_fn)(void *arg, const struct pattern *p);

/* One code point of the pattern as texts have it; what folds to an operator is not one. */
static void fold_one(struct draft *d, struct str one, bool escaped, struct buf *out)
{
    struct fold f = FOLD_INIT;
    char bytes[4];

    d->nomem |= fold_text(one, SIZE_MAX, &f) != 0;
    for (size_t i = 0; i < f.n; i++) {
        if (f.cp[i] < 0x80 && !fold_is_latin(f.cp[i]) && !escaped)
            buf_add_char(out, '\\');
        buf_add(out, bytes, utf8_put(f.cp[i], bytes));
    }
    fold_free(&f);
}

/* ASCII is left to the pattern (it ignores case); the ends of a range stay what they are. */
static void fold_pattern(struct draft *d, struct str text, struct buf *out)
{
    bool escaped = false, class = false;

    for (size_t at = 0, next; at < text.n; at = next) {
        next = at;
        uint32_t cp = utf8_next(text, &next);
        bool range = class && at && next < text.n &&
                     (text.p[at - 1] == '-' || text.p[next] == '-');
        if (cp >= 0x80 && !range)
            fold_one(d, (struct str){text.p + at, next - at}, escaped, out);
        else
            buf_add(out, text.p + at, next - at);
        if (!escaped && (cp == '[' || cp == ']'))
            class = cp == '[';
        escaped = cp == '\\' && !escaped;
    }
}

static void end_run(struct pattern *p, run_fn fn, void *arg)
{
    if (p->nrun)
        fn(arg, p);
    p->nrun = 0;
}

static uint32_t here(const struct pattern *p)
{
    return p->at < p->n ? p->cp[p->at] : 0;
}

static void skip_to(struct pattern *p, uint32_t end)
{
    while (p->at < p->n && p->cp[p->at] != end)
        p->at++;
    p->at += p->at < p->n;
}

static void skip_class(struct pattern *p)
{
    p->at += here(p) == '^';
    p->at += here(p) == ']';
    while (p->at < p->n && p->cp[p->at] != ']') {
        if (p->cp[p->at] == '\\')
            p->at++;
        else if (p->cp[p->at] == '[' && p->at + 1 < p->n && p->cp[p->at + 1] == ':')
            skip_to(p, ':');
        p->at++;
    }
    p->at++;
}

static void add_literal(struct pattern *p, uint32_t cp, run_fn fn, void *arg)
{
    if (p->nrun == MATCHER_TERM_MAX)
        end_run(p, fn, arg);
    p->run[p->nrun++] = cp;
}

static void read_escape(struct pattern *p, run_fn fn, void *arg)
{
    uint32_t cp = here(p);

    p->at++;
    if (!fold_is_latin(cp | 0x20) || cp >= 0x80) {
        add_literal(p, cp, fn, arg);
        return;
    }
    end_run(p, fn, arg);
    if (here(p) == '{' && strchr("xopPNgk", (int)cp))
        skip_to(p, '}');
}

static void read_open(struct pattern *p, run_fn fn, void *arg)
{
    end_run(p, fn, arg);
    p->depth++;
    if (here(p) != '?')
        return;
    p->at++;
    if (here(p) == '<' || here(p) == 'P' || here(p) == '\'') { /* (?<name> and lookbehind */
        uint32_t close = here(p) == '\'' ? '\'' : '>';
        p->at++;
        if (here(p) == '=' || here(p) == '!')
            p->at++;
        else
            skip_to(p, close);
        return;
    }
    while (p->at < p->n && !strchr(":=!>|)", (int)(p->cp[p->at] < 0x80 ? p->cp[p->at] : 'a')))
        p->at++;
    if (here(p) != ')')
        p->at++;
}

/* What may be repeated is not part of a run when it may also be absent. */
static void read_quantifier(struct pattern *p, uint32_t cp, run_fn fn, void *arg)
{
    bool optional = cp == '?' || cp == '*' || (cp == '{' && (here(p) == '0' || here(p) == ','));

    if (optional && p->nrun)
        p->nrun--;
    end_run(p, fn, arg);
    if (cp == '{')
        skip_to(p, '}');
    p->at += here(p) == '?' || here(p) == '+';
}

/* Tell fn of every row of literals, with the depth at which it stands. */
static void each_run(struct pattern *p, run_fn fn, void *arg)
{
    while (p->at < p->n) {
        uint32_t cp = p->cp[p->at++];
        if (cp == '\\') {
            read_escape(p, fn, arg);
        } else if (cp == '(') {
            read_open(p, fn, arg);
        } else if (cp == '[') {
            end_run(p, fn, arg);
            skip_class(p);
        } else if (cp == '?' || cp == '*' || cp == '+' || cp == '{') {
            read_quantifier(p, cp, fn, arg);
        } else if (cp == ')' || cp == '|' || cp == '.' || cp == '^' || cp == '$') {
            end_run(p, fn, arg);
            p->choice |= cp == '|' && p->depth == 0;
            p->depth -= cp == ')' && p->depth > 0;
        } else {
            add_literal(p, cp, fn, arg);
        }
    }
    end_run(p, fn, arg);
}

struct finding {
    struct draft *d;
    const struct conf_node *at;
    const struct regex *regex;
    uint32_t best[MATCHER_TERM_MAX]; /* longest run that every match holds */
    size_t nbest;
    bool refused;
};

static void tell_refused(struct finding *f, const struct refuse_hit *why)
{
    if (!f->refused)
        conf_problem(f->d->problems, f->at, "正则里的词不收：%.*s (refused term in a regex: %.*s)",
                     STR_ARG(why->zh), STR_ARG(why->en));
    f->refused = true;
}

static void look_at_run(void *arg, const struct pattern *p)
{
    struct finding *f = arg;
    const uint32_t *cp = p->run;
    size_t n = p->nrun;
    struct refuse_hit why;

    if (refuse_check(f->d->refuse, cp, n, false, &why))
        tell_refused(f, &why);
    /* Only Chinese at its ends: a Latin one may be half of a word. */
    while (n && !fold_is_han(cp[0]))
        cp++, n--;
    while (n && !fold_is_han(cp[n - 1]))
        n--;
    if (p->depth == 0 && n > f->nbest) {
        memcpy(f->best, cp, n * sizeof *cp);
        f->nbest = n;
    }
}

static bool finds(void *arg, const uint32_t *cp, size_t n)
{
    const struct finding *f = arg;
    size_t start, end;

    return regex_try(f->regex, cp, n, &start, &end) == REGEX_FOUND && start == 0 && end == n;
}

static void derive_need(struct finding *f, bool choice, struct block_use use)
{
    struct buf text = BUF_INIT;
    char bytes[4];

    for (size_t i = 0; i < f->nbest; i++)
        buf_add(&text, bytes, utf8_put(f->best[i], bytes));
    if (choice || f->nbest < 2)
        conf_problem(f->d->problems, f->at,
                     "正则没有每次必现的两字词，请用 needs 写明 (this regex spells out no two "
                     "characters that every match holds: list some under \"needs\")");
    else if (!f->refused)
        draft_add_shared(f->d, f->at, buf_str(&text), use);
    buf_free(&text);
}

static void add_needs(struct draft *d, const struct conf_node *needs, struct block_use use)
{
    if (draft_empty_list(d, needs))
        return;
    if (conf_count(needs) > NEEDS_MAX)
        conf_problem(d->problems, needs, "needs 最多 %d 个词 (at most %d terms)", NEEDS_MAX,
                     NEEDS_MAX);
    for (size_t i = 0; i < conf_count(needs) && i < NEEDS_MAX; i++)
        if (conf_text(conf_at(needs, i)).n)
            draft_add_text(d, conf_at(needs, i), conf_text(conf_at(needs, i)), use);
}

/* Compiled once here only to be checked. */
static void check_regex(struct finding *f, struct str folded, const struct conf_node *needs,
                        struct block_use use)
{
    struct fold cps = FOLD_INIT;
    struct pattern p = {0};
    struct refuse_hit why;

    cps.cp = calloc(folded.n + 1, sizeof *cps.cp);
    if (!cps.cp) {
        f->d->nomem = true;
        return;
    }
    for (size_t at = 0; at < folded.n;)
        cps.cp[cps.n++] = utf8_next(folded, &at);
    p.cp = cps.cp;
    p.n = cps.n;
    each_run(&p, look_at_run, f);
    if (!f->refused && refuse_any(f->d->refuse, finds, f, &why))
        tell_refused(f, &why);
    if (needs)
        add_needs(f->d, needs, use);
    else
        derive_need(f, p.choice, use);
    fold_free(&cps);
}

void draft_add_regex(struct draft *d, const struct conf_node *form, uint32_t node,
                     struct block_use use)
{
    const struct conf_node *at = conf_get(form, "regex");
    struct str text = conf_text(at);
    struct draft_regex *x = draft_more(d, &d->regexes, sizeof *x);
    struct buf folded = BUF_INIT, why = BUF_INIT;
    bool empty = false;

    if (!x || !text.n)
        return;
    fold_pattern(d, text, &folded);
    *x = (struct draft_regex){arena_str(d->arena, text), arena_str(d->arena, buf_str(&folded)),
                              node};
    struct finding f = {.d = d, .at = at};
    struct regex *regex = NULL;
    if (text.n > REGEX_BYTES_MAX || d->regexes.n > REGEXES_MAX)
        conf_problem(d->problems, at, "正则最长 %d 字节，全部最多 %d 条 (a regex has at most %d bytes, "
                                      "and there are at most %d)",
                     REGEX_BYTES_MAX, REGEXES_MAX, REGEX_BYTES_MAX, REGEXES_MAX);
    else if (str_find(text, STR("(*"), 0) != (size_t)-1)
        conf_problem(d->problems, at, "正则不可用 (*…) (verbs \"(*…)\" are not allowed)");
    else if (!(regex = regex_new(x->folded, &empty, &why)))
        conf_problem(d->problems, at, empty ? "正则会匹配空文本 (this regex matches empty text)"
                                            : "正则写错，第 %.*s (regex error at character %.*s)",
                     STR_ARG(buf_str(&why)), STR_ARG(buf_str(&why)));
    f.regex = regex;
    if (regex)
        check_regex(&f, x->folded, conf_get(form, "needs"), use);
    regex_free(regex);
    buf_free(&folded);
    buf_free(&why);
}

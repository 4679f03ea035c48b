#include "feeds/text/tag.h"

struct kind {
    const char *name;
    unsigned flags;
};

/* Sorted by name. */
static const struct kind kinds[] = {
    {"address", TAG_BLOCK}, {"area", TAG_VOID}, {"article", TAG_BLOCK}, {"aside", TAG_BLOCK},
    {"audio", TAG_DROP}, {"base", TAG_VOID}, {"blockquote", TAG_BLOCK}, {"body", TAG_OPTIONAL},
    {"br", TAG_BREAK | TAG_VOID}, {"button", TAG_DROP}, {"canvas", TAG_DROP},
    {"center", TAG_BLOCK}, {"col", TAG_VOID}, {"dd", TAG_BLOCK | TAG_OPTIONAL},
    {"div", TAG_BLOCK}, {"dl", TAG_BLOCK}, {"dt", TAG_BLOCK | TAG_OPTIONAL},
    {"embed", TAG_VOID}, {"fieldset", TAG_BLOCK}, {"figcaption", TAG_BLOCK},
    {"figure", TAG_BLOCK}, {"footer", TAG_BLOCK}, {"form", TAG_BLOCK}, {"h1", TAG_BLOCK},
    {"h2", TAG_BLOCK}, {"h3", TAG_BLOCK}, {"h4", TAG_BLOCK}, {"h5", TAG_BLOCK},
    {"h6", TAG_BLOCK}, {"head", TAG_DROP}, {"header", TAG_BLOCK},
    {"hr", TAG_BREAK | TAG_VOID}, {"html", TAG_OPTIONAL}, {"iframe", TAG_DROP | TAG_RAW},
    {"img", TAG_VOID}, {"input", TAG_VOID}, {"li", TAG_BLOCK | TAG_OPTIONAL},
    {"link", TAG_VOID}, {"main", TAG_BLOCK}, {"math", TAG_DROP}, {"meta", TAG_VOID},
    {"nav", TAG_BLOCK}, {"noframes", TAG_DROP | TAG_RAW}, {"object", TAG_DROP},
    {"ol", TAG_BLOCK}, {"option", TAG_OPTIONAL}, {"p", TAG_BLOCK | TAG_OPTIONAL},
    {"param", TAG_VOID}, {"pre", TAG_BLOCK}, {"script", TAG_DROP | TAG_RAW},
    {"section", TAG_BLOCK}, {"select", TAG_DROP}, {"source", TAG_VOID},
    {"style", TAG_DROP | TAG_RAW}, {"svg", TAG_DROP}, {"table", TAG_BLOCK},
    {"tbody", TAG_OPTIONAL}, {"td", TAG_CELL | TAG_OPTIONAL},
    {"template", TAG_DROP}, {"textarea", TAG_DROP | TAG_RAW}, {"tfoot", TAG_OPTIONAL},
    {"th", TAG_CELL | TAG_OPTIONAL}, {"thead", TAG_OPTIONAL},
    {"title", TAG_DROP | TAG_RAW}, {"tr", TAG_BLOCK | TAG_OPTIONAL}, {"track", TAG_VOID},
    {"ul", TAG_BLOCK}, {"video", TAG_DROP}, {"wbr", TAG_VOID}, {"xmp", TAG_DROP | TAG_RAW},
};

static bool letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

unsigned tag_kind(struct str name, uint64_t *key)
{
    char low[12] = {0};
    size_t n = name.n < 11 ? name.n : 11;
    size_t first = 0, last = sizeof kinds / sizeof *kinds;

    for (size_t i = 0; i < n; i++)
        low[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 32) : name.p[i];
    memcpy(key, low, sizeof *key);
    switch (*key) { /* half of all tags */
    case 'p': return TAG_BLOCK | TAG_OPTIONAL;
    case 'a':
    case 'b':
    case 's' | 'p' << 8 | 'a' << 16 | (uint64_t)'n' << 24: return 0;
    case 'b' | 'r' << 8: return TAG_BREAK | TAG_VOID;
    case 'd' | 'i' << 8 | 'v' << 16: return TAG_BLOCK;
    case 'i' | 'm' << 8 | 'g' << 16: return TAG_VOID;
    default: break;
    }
    while (first < last && name.n < 11) {
        size_t middle = (first + last) / 2;
        int order = strcmp(low, kinds[middle].name);
        if (order == 0)
            return kinds[middle].flags;
        if (order < 0)
            last = middle;
        else
            first = middle + 1;
    }
    return 0;
}

/* Offset of the '>' that ends the tag which is open at i; s.n when there is none. A quote that
 * never closes counts as an ordinary character from then on. */
static size_t find_end(struct tag_scan *scan, struct str s, size_t i)
{
    for (; i < s.n; i++) {
        char c = s.p[i];
        if (c == '>')
            return i;
        if ((c != '"' && c != '\'') || scan->dead[c == '\''])
            continue;
        if (s.p[i - 1] != '=' && !space(s.p[i - 1]))
            continue;
        const char *close = memchr(s.p + i + 1, c, s.n - i - 1);
        if (close)
            i = (size_t)(close - s.p);
        else
            scan->dead[c == '\''] = true;
    }
    return s.n;
}

static bool read_other(struct str s, struct tag *tag)
{
    size_t end;

    if (str_starts(s, STR("<!--"))) {
        end = str_find(s, STR("-->"), 2);
        end = end == (size_t)-1 ? s.n : end + 3;
    } else if (str_starts(s, STR("<![CDATA["))) {
        end = str_find(s, STR("]]>"), 9);
        end = end == (size_t)-1 ? s.n : end + 3;
    } else {
        const char *gt = memchr(s.p, '>', s.n);
        end = gt ? (size_t)(gt - s.p) + 1 : s.n;
    }
    tag->whole = (struct str){s.p, end};
    return true;
}

bool tag_read(struct tag_scan *scan, struct str s, struct tag *tag)
{
    *tag = (struct tag){0};
    if (s.n < 2)
        return false;
    if (s.p[1] == '!' || s.p[1] == '?')
        return read_other(s, tag);
    size_t i = 1;
    tag->end = s.p[1] == '/';
    i += tag->end;
    if (i >= s.n || !letter(s.p[i]))
        return tag->end && i < s.n && s.p[i] == '>' ? read_other(s, tag) : false;
    size_t start = i;
    while (i < s.n && s.p[i] != '>' && s.p[i] != '/' && !space(s.p[i]))
        i++;
    tag->name = (struct str){s.p + start, i - start};
    size_t end = find_end(scan, s, i);
    tag->closed = end > i && s.p[end - 1] == '/';
    tag->attributes = (struct str){s.p + i, end - i - tag->closed};
    tag->whole = (struct str){s.p, end < s.n ? end + 1 : s.n};
    tag->kind = tag_kind(tag->name, &tag->key);
    return true;
}

bool tag_attribute(struct str *rest, struct str *name, struct str *value, struct str *whole)
{
    const char *p = rest->p, *end = p + rest->n;

    while (p < end && (space(*p) || *p == '/'))
        p++;
    const char *start = p;
    while (p < end && !space(*p) && *p != '=' && *p != '/')
        p++;
    if (p == start && p < end)
        p++; /* a lone '=' */
    *name = (struct str){start, (size_t)(p - start)};
    *value = STR_NONE;
    const char *after = p;
    while (after < end && space(*after))
        after++;
    if (after < end && *after == '=' && p > start) {
        p = after + 1;
        while (p < end && space(*p))
            p++;
        if (p < end && (*p == '"' || *p == '\'')) {
            const char *close = memchr(p + 1, *p, (size_t)(end - p) - 1);
            const char *stop = close ? close : end;
            *value = (struct str){p + 1, (size_t)(stop - p) - 1};
            p = close ? close + 1 : end;
        } else {
            const char *bare = p;
            while (p < end && !space(*p))
                p++;
            *value = (struct str){bare, (size_t)(p - bare)};
        }
    }
    if (whole)
        *whole = (struct str){start, (size_t)(p - start)};
    *rest = (struct str){p, (size_t)(end - p)};
    return name->n > 0;
}

size_t tag_raw_end(struct str s, struct str name)
{
    for (size_t i = 0; i < s.n;) {
        const char *lt = memchr(s.p + i, '<', s.n - i);
        if (!lt)
            break;
        i = (size_t)(lt - s.p);
        if (s.n - i > name.n + 1 && s.p[i + 1] == '/' &&
            str_eq_nocase((struct str){s.p + i + 2, name.n}, name)) {
            const char *gt = memchr(lt, '>', s.n - i);
            return gt ? (size_t)(gt - s.p) + 1 : s.n;
        }
        i++;
    }
    return s.n;
}

#include "feeds/person.h"

#include <stdint.h>

/* Words that mark an author wherever they stand in a class-like value, after it was cut at
 * hyphens, underscores and changes of case ("post-author", "p_authorName"). */
static const char *const marks[] = {
    "author",   "authors",  "authi",    "byline",   "vcard",    "avatar",   "avatars",  "avtar",
    "username", "nickname", "nick",     "uname",    "userinfo", "usercard", "userface", "userhead",
    "userpic",  "usericon", "userlink", "username2", "userid",  "uid",      "poster",   "postauthor",
    "favatar",  "louzhu",   "lzname",   "zuozhe",   "commenter", "postedby", "postuser", "writer",
    "reporter", "authorname", "authorinfo", "hcard", "profile", "signature", "handle",  "faceimg",
    "screenname", "realname", "memberinfo", "membername", "authoravatar", "useravatar", "xingming",
};

/* Two words in a row that together mark one; the first alone does not ("user-comment" stays). */
static const struct {
    const char *first, *second;
} pairs[] = {
    {"user", "name"},   {"user", "info"},   {"user", "link"},  {"user", "id"},   {"user", "face"},
    {"user", "icon"},   {"user", "head"},   {"user", "card"},  {"user", "pic"},  {"user", "photo"},
    {"user", "img"},    {"user", "level"},  {"user", "title"}, {"user", "nick"}, {"user", "box"},
    {"by", "line"},     {"h", "card"},      {"v", "card"},     {"posted", "by"}, {"post", "user"},
    {"post", "by"},     {"member", "name"}, {"member", "info"}, {"screen", "name"}, {"real", "name"},
    {"nick", "name"},   {"head", "img"},    {"lz", "name"},    {"member", "link"}, {"user", "profile"},
    {"created", "by"},  {"sign", "off"},    {"submitted", "by"}, {"user", "url"}, {"head", "pic"},
};

/* Whole values. */
static const char *const exact[] = {"user", "users", "creator", "dc:creator", "article:author", "me",
                                    "username", "member", "lz", "fn", "n", "person", "owner"};

static const char *const segments[] = {
    "u",      "user",    "users",  "people",   "profile", "profiles", "member", "members", "space",
    "author", "authors", "uid",    "userinfo", "home",    "blogger",  "i",      "n",       "usercenter",
};

static const char *const parameters[] = {
    "uid", "userid", "user_id", "user", "username", "author", "authorid", "author_id", "openid",
    "unionid", "memberid", "member_id", "mid_user", "nickname", "from_uid", "fromuid", "from_user",
    "touid", "suid", "hostuid", "host_uid", "authoruid", "u_id", "account", "account_id", "email",
    "mobile", "phone", "sessionid", "session_id", "phpsessid", "jsessionid", "aspsessionid",
    "share_token", "sharetoken", "share_from", "share_source", "share_medium", "share_id",
    "share_uid", "shareuid", "share_user", "sharer", "sharer_id", "shareuserid", "share", "sharefrom",
    "from", "fromid", "wxfrom", "wx_from", "isappinstalled", "nsukey", "wxshare_count", "weixin_from",
    "fbclid", "gclid", "yclid", "msclkid", "spm", "spm_id_from", "vd_source", "unique_k", "_hsenc",
    "_hsmi", "mc_eid", "mc_cid", "igshid", "invite", "invite_code", "inviter", "invitecode", "ref_src",
    "xhsshare", "xsec_token", "apptime", "token", "access_token", "ticket", "app_uid", "bd_vid",
    "sudaref", "display_name", "cuid", "zuid", "muid", "imei", "idfa", "device_id", "deviceid",
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool listed(struct str s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((list[i][0] | 32) == (s.n ? s.p[0] | 32 : 0) && str_eq_nocase(s, str_from(list[i])))
            return true;
    return false;
}

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool paired(struct str first, struct str second)
{
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (str_eq_nocase(first, str_from(pairs[i].first)) &&
            str_eq_nocase(second, str_from(pairs[i].second)))
            return true;
    return false;
}

/* One blank-free token of a class-like value. */
static bool token_marks(struct str t)
{
    struct str before = STR_NONE;

    if (listed(t, exact, COUNT(exact)) || listed(t, marks, COUNT(marks)))
        return true;
    for (size_t i = 0; i < t.n;) {
        size_t start = i;
        while (i < t.n && (upper(t.p[i]) || lower(t.p[i])) &&
               !(i > start && upper(t.p[i]) && lower(t.p[i - 1])))
            i++;
        struct str word = {t.p + start, i - start};
        if (word.n && (listed(word, marks, COUNT(marks)) || paired(before, word)))
            return true;
        before = word.n ? word : before;
        i += i == start;
    }
    return str_find(t, STR("楼主"), 0) != (size_t)-1 || str_find(t, STR("作者"), 0) != (size_t)-1;
}

static bool value_marks(struct str v)
{
    for (size_t i = 0; i < v.n;) {
        size_t start = i;
        while (i < v.n && v.p[i] != ' ' && !(v.p[i] >= '\t' && v.p[i] <= '\r'))
            i++;
        if (i > start && token_marks((struct str){v.p + start, i - start}))
            return true;
        i += i == start;
    }
    return false;
}

bool person_attribute(struct str name, struct str value)
{
    static const char *const kinds[] = {"class", "id", "rel", "itemprop", "property", "role", "name"};

    if (str_eq_nocase(name, STR("href")))
        return person_address(value);
    if (!listed(name, kinds, COUNT(kinds)))
        return false;
    return value.n < 1024 && value_marks(value);
}

bool person_element(struct str name)
{
    static const char *const names[] = {"address", "author", "creator"};

    return listed(name, names, COUNT(names));
}

bool person_attribute_dropped(struct str name)
{
    if (name.n < 5 || !str_eq_nocase((struct str){name.p, 5}, STR("data-")))
        return listed(name, (const char *const[]){"author", "uid", "username", "user", "nick"}, 5);
    struct str rest = {name.p + 5, name.n - 5};
    return value_marks(rest) || str_find(rest, STR("user"), 0) != (size_t)-1;
}

bool person_segment(struct str s)
{
    return listed(s, segments, COUNT(segments));
}

bool person_parameter(struct str name)
{
    if (name.n > 4 && str_eq_nocase((struct str){name.p, 4}, STR("utm_")))
        return true;
    return listed(name, parameters, COUNT(parameters));
}

/* "space-uid-123", "space-username-x", "uid-5", "home-uid-5.html": a file name with a person. */
static bool segment_names(struct str s)
{
    static const char *const parts[] = {"space-uid-", "space-username-", "uid-", "uid_", "uid=",
                                        "user-", "member-", "profile-", "suid-"};

    if (s.n > 1 && s.p[0] == '@')
        return true;
    for (size_t i = 0; i < COUNT(parts); i++) {
        size_t n = strlen(parts[i]);
        if (s.n > n && str_eq_nocase((struct str){s.p, n}, str_from(parts[i])))
            return true;
    }
    return false;
}

static bool scheme_is(struct str url, const char *scheme)
{
    size_t n = strlen(scheme);

    return url.n >= n && str_eq_nocase((struct str){url.p, n}, str_from(scheme));
}

/* home.php?mod=space, ?uid=…: an address that is a profile by its query. */
static bool query_names(struct str path, struct str query)
{
    size_t only = 0, others = 0;

    if (str_find(query, STR("mod=space"), 0) != (size_t)-1)
        return true;
    for (size_t i = 0; i < query.n;) {
        const char *amp = memchr(query.p + i, '&', query.n - i);
        size_t end = amp ? (size_t)(amp - query.p) : query.n;
        struct str one = {query.p + i, end - i};
        const char *eq = one.n ? memchr(one.p, '=', one.n) : NULL;
        struct str name = {one.p, eq ? (size_t)(eq - one.p) : one.n};
        if (listed(name, (const char *const[]){"uid", "userid", "user_id", "username", "authorid"}, 5))
            only++;
        else if (one.n)
            others++;
        i = end + 1;
    }
    return only && !others && (path.n < 2 || str_find(path, STR("space"), 0) != (size_t)-1 ||
                               str_find(path, STR("user"), 0) != (size_t)-1 ||
                               str_find(path, STR("home"), 0) != (size_t)-1 ||
                               str_find(path, STR("profile"), 0) != (size_t)-1);
}

bool person_address(struct str url)
{
    url = str_trim(url);
    if (scheme_is(url, "mailto:") || scheme_is(url, "xmpp:") || scheme_is(url, "tencent:") ||
        scheme_is(url, "weixin:") || scheme_is(url, "sms:"))
        return true;
    size_t authority = str_find(url, STR("//"), 0);
    size_t at = 0;
    if (authority != (size_t)-1 && authority < 10) {
        at = authority + 2;
        while (at < url.n && url.p[at] != '/' && url.p[at] != '?' && url.p[at] != '#')
            at++;
    }
    size_t stop = at;
    while (stop < url.n && url.p[stop] != '?' && url.p[stop] != '#')
        stop++;
    struct str path = {url.p + at, stop - at};
    struct str query = stop < url.n ? (struct str){url.p + stop + 1, url.n - stop - 1} : STR_NONE;
    struct str last = STR_NONE, before = STR_NONE;
    for (size_t i = 0; i <= path.n;) {
        const char *slash = i < path.n ? memchr(path.p + i, '/', path.n - i) : NULL;
        size_t end = slash ? (size_t)(slash - path.p) : path.n;
        if (end > i) {
            before = last;
            last = (struct str){path.p + i, end - i};
        }
        i = end + 1;
    }
    return segment_names(last) || person_segment(before) || query_names(path, query);
}

bool person_label(struct str t)
{
    static const char *const cues[] = {"楼主", "作者", "发帖人", "发布人", "网友", "发帖者", "留言人",
                                       "作 者", "来信人", "投诉人", "姓名", "昵称", "用户名", "记者",
                                       "编辑", "责任编辑", "by ", "By ", "BY ", "author", "Author"};

    t = str_trim(t);
    if (t.n > 96)
        return false;
    for (size_t i = 0; i < COUNT(cues); i++) {
        struct str cue = str_from(cues[i]);
        if (!str_starts(t, cue))
            continue;
        struct str rest = str_trim((struct str){t.p + cue.n, t.n - cue.n});
        if (cue.p[cue.n - 1] == ' ' || str_starts(rest, STR(":")) || str_starts(rest, STR("：")))
            return true;
    }
    return false;
}

static bool mail_char(char c)
{
    return upper(c) || lower(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           c == '+';
}

bool person_mail(struct str t)
{
    for (size_t i = 1; i + 1 < t.n; i++) {
        if (t.p[i] != '@' || !mail_char(t.p[i - 1]))
            continue;
        size_t j = i + 1;
        while (j < t.n && mail_char(t.p[j]))
            j++;
        if (j > i + 2 && memchr(t.p + i + 2, '.', j - i - 2) && t.p[i + 1] != '.')
            return true;
    }
    return false;
}

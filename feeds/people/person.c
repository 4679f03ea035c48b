#include "feeds/people/person.h"

#include <stdint.h>

/* A word with its length, so that lists are searched by length first. */
#define W(text) {text, sizeof(text) - 1}

/* Words that mark an author wherever they stand in a class-like value, after it was cut at
 * hyphens, underscores and changes of case ("post-author", "p_authorName"). */
static const struct str marks[] = {
    W("author"), W("authors"), W("authi"), W("byline"), W("vcard"), W("avatar"), W("avatars"),
    W("avtar"), W("username"), W("nickname"), W("nick"), W("uname"), W("userinfo"), W("usercard"),
    W("userface"), W("userhead"), W("userpic"), W("usericon"), W("userlink"), W("username2"),
    W("userid"), W("uid"), W("poster"), W("postauthor"), W("favatar"), W("louzhu"), W("lzname"),
    W("zuozhe"), W("commenter"), W("postedby"), W("postuser"), W("writer"), W("reporter"),
    W("authorname"), W("authorinfo"), W("hcard"), W("profile"), W("signature"), W("handle"),
    W("faceimg"), W("screenname"), W("realname"), W("memberinfo"), W("membername"),
    W("authoravatar"), W("useravatar"), W("xingming"), W("pstatus"),
};

/* Two words in a row that together mark one; the first alone does not ("user-comment" stays). */
static const struct {
    const char *first, *second;
} pairs[] = {
    {"user", "name"},   {"user", "info"},   {"user", "link"},  {"user", "id"},   {"user", "face"},
    {"user", "icon"},   {"user", "head"},   {"user", "card"},  {"user", "pic"},  {"user", "photo"},
    {"user", "img"},    {"user", "level"},  {"user", "title"}, {"user", "nick"}, {"user", "box"},
    {"by", "line"},     {"h", "card"},      {"v", "card"},     {"posted", "by"}, {"post", "user"},
    {"post", "by"},     {"member", "name"}, {"member", "info"},
    {"screen", "name"}, {"real", "name"},
    {"nick", "name"},   {"head", "img"},    {"lz", "name"},    {"member", "link"},
    {"user", "profile"},
    {"created", "by"},  {"sign", "off"},    {"submitted", "by"}, {"user", "url"}, {"head", "pic"},
};

/* Whole values. */
static const struct str exact[] = {
    W("user"), W("users"), W("creator"), W("dc:creator"), W("article:author"), W("me"),
    W("username"), W("member"), W("lz"), W("fn"), W("n"), W("person"), W("owner"),
};

static const struct str segments[] = {
    W("u"), W("user"), W("users"), W("people"), W("profile"), W("profiles"), W("member"),
    W("members"), W("space"), W("author"), W("authors"), W("uid"), W("userinfo"), W("home"),
    W("blogger"), W("i"), W("n"), W("usercenter"), W("avatar"), W("avatars"),
};

static const struct str parameters[] = {
    W("uid"), W("userid"), W("user_id"), W("user"), W("username"), W("author"), W("authorid"),
    W("author_id"), W("openid"), W("unionid"), W("memberid"), W("member_id"), W("mid_user"),
    W("nickname"), W("from_uid"), W("fromuid"), W("from_user"), W("touid"), W("suid"),
    W("hostuid"), W("host_uid"), W("authoruid"), W("u_id"), W("account"), W("account_id"),
    W("email"), W("mobile"), W("phone"), W("sessionid"), W("session_id"), W("phpsessid"),
    W("jsessionid"), W("aspsessionid"), W("share_token"), W("sharetoken"), W("share_from"),
    W("share_source"), W("share_medium"), W("share_id"), W("share_uid"), W("shareuid"),
    W("share_user"), W("sharer"), W("sharer_id"), W("shareuserid"), W("share"), W("sharefrom"),
    W("from"), W("fromid"), W("wxfrom"), W("wx_from"), W("isappinstalled"), W("nsukey"),
    W("wxshare_count"), W("weixin_from"), W("fbclid"), W("gclid"), W("yclid"), W("msclkid"),
    W("spm"), W("spm_id_from"), W("vd_source"), W("unique_k"), W("_hsenc"), W("_hsmi"),
    W("mc_eid"), W("mc_cid"), W("igshid"), W("invite"), W("invite_code"), W("inviter"),
    W("invitecode"), W("ref_src"), W("xhsshare"), W("xsec_token"), W("apptime"), W("token"),
    W("access_token"), W("ticket"), W("app_uid"), W("bd_vid"), W("sudaref"), W("display_name"),
    W("cuid"), W("zuid"), W("muid"), W("imei"), W("idfa"), W("device_id"), W("deviceid"),
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

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

    if (str_among_nocase(t, exact, COUNT(exact)) || str_among_nocase(t, marks, COUNT(marks)))
        return true;
    for (size_t i = 0; i < t.n;) {
        size_t start = i;
        while (i < t.n && (upper(t.p[i]) || lower(t.p[i])) &&
               !(i > start && upper(t.p[i]) && lower(t.p[i - 1])))
            i++;
        struct str word = {t.p + start, i - start};
        if (word.n && (str_among_nocase(word, marks, COUNT(marks)) || paired(before, word)))
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
    static const struct str kinds[] = {W("class"), W("id"), W("rel"), W("itemprop"),
                                       W("property"), W("role"), W("name")};

    if (str_eq_nocase(name, STR("href")))
        return person_address(value);
    if (name.n < 2 || name.n > 8)
        return false;
    if (!str_among_nocase(name, kinds, COUNT(kinds)))
        return false;
    return value.n < 1024 && value_marks(value);
}

bool person_element(struct str name)
{
    static const struct str names[] = {W("address"), W("author"), W("creator")};

    return str_among_nocase(name, names, COUNT(names));
}

bool person_attribute_dropped(struct str name)
{
    static const struct str bare[] = {W("author"), W("uid"), W("username"), W("user"), W("nick")};

    if (name.n && !memchr("adunADUN", name.p[0], 8))
        return false;
    if (name.n < 5 || !str_eq_nocase((struct str){name.p, 5}, STR("data-")))
        return str_among_nocase(name, bare, COUNT(bare));
    struct str rest = {name.p + 5, name.n - 5};
    return value_marks(rest) || str_find(rest, STR("user"), 0) != (size_t)-1;
}

bool person_segment(struct str s)
{
    return str_among_nocase(s, segments, COUNT(segments));
}

bool person_parameter(struct str name)
{
    if (name.n > 4 && str_eq_nocase((struct str){name.p, 4}, STR("utm_")))
        return true;
    return str_among_nocase(name, parameters, COUNT(parameters));
}

bool person_file(struct str s)
{
    static const struct str parts[] = {W("space-uid-"), W("space-username-"), W("uid-"), W("uid_"),
                                       W("uid="), W("user-"), W("member-"), W("profile-"),
                                       W("suid-"), W("%40")};

    if (s.n > 1 && s.p[0] == '@')
        return true;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (s.n > parts[i].n && (s.p[0] | 32) == (parts[i].p[0] | 32) &&
            str_eq_nocase((struct str){s.p, parts[i].n}, parts[i]))
            return true;
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
    static const struct str ids[] = {W("uid"), W("userid"), W("user_id"), W("username"),
                                     W("authorid")};
    size_t only = 0, others = 0;

    if (str_find(query, STR("mod=space"), 0) != (size_t)-1)
        return true;
    for (size_t i = 0; i < query.n;) {
        const char *amp = memchr(query.p + i, '&', query.n - i);
        size_t end = amp ? (size_t)(amp - query.p) : query.n;
        struct str one = {query.p + i, end - i};
        const char *eq = one.n ? memchr(one.p, '=', one.n) : NULL;
        struct str name = {one.p, eq ? (size_t)(eq - one.p) : one.n};
        if (str_among_nocase(name, ids, COUNT(ids)))
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
    return person_file(last) || person_segment(before) || query_names(path, query);
}

bool person_label(struct str t)
{
    static const char *const cues[] = {"楼主",   "作者",   "发帖人", "发布人",   "网友", "发帖者",
                                       "写信人", "留言者", "提问人", "咨询人", "举报人", "反映人",
                                       "诉求人", "联系人", "留言人", "作 者",  "来信人", "投诉人",   "姓名", "昵称",
                                       "用户名", "记者",   "编辑",   "责任编辑", "by ",  "By ",
                                       "BY ",    "author", "Author"};

    static const struct str seams[] = {W(":"), W("："), W("|"), W("｜"), W("︱"), W("丨")};

    t = str_trim(t);
    if (t.n > 96)
        return false;
    for (size_t i = 0; i < COUNT(cues); i++) {
        struct str cue = str_from(cues[i]);
        if (!str_starts(t, cue))
            continue;
        struct str rest = str_trim((struct str){t.p + cue.n, t.n - cue.n});
        if (cue.p[cue.n - 1] == ' ')
            return true;
        for (size_t k = 0; k < COUNT(seams); k++)
            if (str_starts(rest, seams[k]))
                return true;
    }
    return false;
}

bool person_cue(struct str label)
{
    static const struct str cues[] = {
        W("来信人"), W("来信人姓名"), W("写信人"), W("发信人"), W("寄信人"), W("留言人"), W("留言者"),
        W("留言人姓名"), W("发帖人"), W("发帖者"), W("发表人"), W("发布人"), W("发布者"), W("投诉人"),
        W("举报人"), W("提问人"), W("提问者"), W("咨询人"), W("咨询者"), W("反映人"), W("诉求人"),
        W("申请人"), W("提交人"), W("求助人"), W("建议人"), W("姓名"), W("真实姓名"), W("昵称"),
        W("网名"), W("网友"), W("网友昵称"), W("用户"), W("用户名"), W("会员"), W("作者"), W("楼主"),
        W("署名"), W("联系人"), W("联系电话"), W("联系方式"), W("联系手机"), W("手机"), W("手机号"),
        W("手机号码"), W("电子邮箱"), W("电子邮件"), W("邮箱"), W("E-mail"), W("Email"), W("QQ"),
        W("通讯地址"), W("联系地址"), W("家庭住址"), W("住址"), W("身份证号"), W("身份证号码"),
        W("证件号码"), W("记者"), W("编辑"), W("责任编辑")};

    return str_among_nocase(label, cues, COUNT(cues));
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

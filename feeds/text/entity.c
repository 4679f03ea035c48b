#include "feeds/text/entity.h"

#include <stdlib.h>

#include "feeds/text/decode.h"
#include "feeds/text/decode_tables.h"

struct entity {
    const char *name;
    uint32_t cp;
};

/* HTML 4's names and the punctuation that HTML 5 added, in byte order. */
static const struct entity entities[] = {
    {"AElig", 198}, {"AMP", 38}, {"Aacute", 193}, {"Acirc", 194}, {"Agrave", 192}, {"Alpha", 913},
    {"Aring", 197}, {"Atilde", 195}, {"Auml", 196}, {"Beta", 914}, {"COPY", 169}, {"Ccedil", 199},
    {"Chi", 935}, {"Dagger", 8225}, {"Delta", 916}, {"ETH", 208}, {"Eacute", 201}, {"Ecirc", 202},
    {"Egrave", 200}, {"Epsilon", 917}, {"Eta", 919}, {"Euml", 203}, {"GT", 62}, {"Gamma", 915},
    {"Hat", 94}, {"Iacute", 205}, {"Icirc", 206}, {"Igrave", 204}, {"Iota", 921}, {"Iuml", 207},
    {"Kappa", 922}, {"LT", 60}, {"Lambda", 923}, {"Mu", 924}, {"NewLine", 10}, {"Ntilde", 209},
    {"Nu", 925}, {"OElig", 338}, {"Oacute", 211}, {"Ocirc", 212}, {"Ograve", 210}, {"Omega", 937},
    {"Omicron", 927}, {"Oslash", 216}, {"Otilde", 213}, {"Ouml", 214}, {"Phi", 934}, {"Pi", 928},
    {"Prime", 8243}, {"Psi", 936}, {"QUOT", 34}, {"REG", 174}, {"Rho", 929}, {"Scaron", 352},
    {"Sigma", 931}, {"THORN", 222}, {"TRADE", 8482}, {"Tab", 9}, {"Tau", 932}, {"Theta", 920},
    {"Uacute", 218}, {"Ucirc", 219}, {"Ugrave", 217}, {"Upsilon", 933}, {"Uuml", 220},
    {"Xi", 926}, {"Yacute", 221}, {"Yuml", 376}, {"Zeta", 918}, {"aacute", 225}, {"acirc", 226},
    {"acute", 180}, {"aelig", 230}, {"agrave", 224}, {"alefsym", 8501}, {"alpha", 945},
    {"amp", 38}, {"and", 8743}, {"ang", 8736}, {"apos", 39}, {"aring", 229}, {"ast", 42},
    {"asymp", 8776}, {"atilde", 227}, {"auml", 228}, {"bdquo", 8222}, {"beta", 946},
    {"bigstar", 9733}, {"blank", 9251}, {"brvbar", 166}, {"bsol", 92},
    {"bull", 8226}, {"cap", 8745}, {"ccedil", 231}, {"cedil", 184}, {"cent", 162},
    {"check", 10003}, {"chi", 967}, {"cir", 9675}, {"circ", 710}, {"clubs", 9827}, {"colon", 58},
    {"comma", 44}, {"commat", 64}, {"cong", 8773}, {"copy", 169}, {"crarr", 8629}, {"cup", 8746},
    {"curren", 164}, {"dArr", 8659}, {"dagger", 8224}, {"darr", 8595}, {"dash", 8208},
    {"deg", 176}, {"delta", 948}, {"diams", 9830}, {"divide", 247}, {"dollar", 36},
    {"eacute", 233}, {"ecirc", 234}, {"egrave", 232}, {"empty", 8709}, {"emsp", 8195},
    {"ensp", 8194}, {"epsilon", 949}, {"equals", 61}, {"equiv", 8801}, {"eta", 951}, {"eth", 240},
    {"euml", 235}, {"euro", 8364}, {"excl", 33}, {"exist", 8707}, {"fnof", 402}, {"forall", 8704},
    {"frac12", 189}, {"frac14", 188}, {"frac34", 190}, {"frasl", 8260}, {"gamma", 947},
    {"ge", 8805}, {"grave", 96}, {"gt", 62}, {"hArr", 8660}, {"half", 189}, {"harr", 8596},
    {"hearts", 9829}, {"hellip", 8230}, {"horbar", 8213}, {"hyphen", 8208}, {"iacute", 237},
    {"icirc", 238}, {"iexcl", 161}, {"igrave", 236}, {"image", 8465}, {"infin", 8734},
    {"int", 8747}, {"iota", 953}, {"iquest", 191}, {"isin", 8712}, {"iuml", 239}, {"kappa", 954},
    {"lArr", 8656}, {"lambda", 955}, {"lang", 9001}, {"laquo", 171}, {"larr", 8592},
    {"lbrace", 123}, {"lbrack", 91}, {"lceil", 8968}, {"lcub", 123}, {"ldquo", 8220},
    {"ldquor", 8222}, {"le", 8804}, {"lfloor", 8970}, {"lowast", 8727}, {"lowbar", 95},
    {"loz", 9674}, {"lpar", 40}, {"lrm", 8206}, {"lsaquo", 8249}, {"lsqb", 91}, {"lsquo", 8216},
    {"lsquor", 8218}, {"lt", 60}, {"macr", 175}, {"mdash", 8212}, {"micro", 181}, {"middot", 183},
    {"minus", 8722}, {"mu", 956}, {"nabla", 8711}, {"nbsp", 160}, {"ndash", 8211}, {"ne", 8800},
    {"ni", 8715}, {"not", 172}, {"notin", 8713}, {"nsub", 8836}, {"ntilde", 241}, {"nu", 957},
    {"num", 35}, {"numsp", 8199}, {"oacute", 243}, {"ocirc", 244}, {"oelig", 339},
    {"ograve", 242}, {"oline", 8254}, {"omega", 969}, {"omicron", 959}, {"oplus", 8853},
    {"or", 8744}, {"ordf", 170}, {"ordm", 186}, {"oslash", 248}, {"otilde", 245},
    {"otimes", 8855}, {"ouml", 246}, {"para", 182}, {"part", 8706}, {"percnt", 37},
    {"period", 46}, {"permil", 8240}, {"perp", 8869}, {"phi", 966}, {"phone", 9742}, {"pi", 960},
    {"piv", 982}, {"plus", 43}, {"plusmn", 177}, {"pound", 163}, {"prime", 8242}, {"prod", 8719},
    {"prop", 8733}, {"psi", 968}, {"puncsp", 8200}, {"quest", 63}, {"quot", 34}, {"rArr", 8658},
    {"radic", 8730}, {"rang", 9002}, {"raquo", 187}, {"rarr", 8594}, {"rbrace", 125},
    {"rbrack", 93}, {"rceil", 8969}, {"rcub", 125}, {"rdquo", 8221}, {"rdquor", 8221},
    {"real", 8476}, {"reg", 174}, {"rfloor", 8971}, {"rho", 961}, {"rlm", 8207}, {"rpar", 41},
    {"rsaquo", 8250}, {"rsqb", 93}, {"rsquo", 8217}, {"rsquor", 8217}, {"sbquo", 8218},
    {"scaron", 353}, {"sdot", 8901}, {"sect", 167}, {"semi", 59}, {"shy", 173}, {"sigma", 963},
    {"sigmaf", 962}, {"sim", 8764}, {"sol", 47}, {"spades", 9824}, {"square", 9633},
    {"star", 9734}, {"starf", 9733}, {"sub", 8834}, {"sube", 8838}, {"sum", 8721}, {"sup", 8835},
    {"sup1", 185}, {"sup2", 178}, {"sup3", 179}, {"supe", 8839}, {"szlig", 223}, {"tau", 964},
    {"there4", 8756}, {"theta", 952}, {"thetasym", 977}, {"thinsp", 8201}, {"thorn", 254},
    {"tilde", 732}, {"times", 215}, {"trade", 8482}, {"triangle", 9653}, {"uArr", 8657},
    {"uacute", 250}, {"uarr", 8593}, {"ucirc", 251}, {"ugrave", 249}, {"uml", 168},
    {"upsih", 978}, {"upsilon", 965}, {"uuml", 252}, {"verbar", 124}, {"vert", 124},
    {"weierp", 8472}, {"xi", 958}, {"yacute", 253}, {"yen", 165}, {"yuml", 255}, {"zeta", 950},
    {"zwj", 8205}, {"zwnj", 8204},
};

static int by_name(const void *key, const void *member)
{
    const struct str *name = key;
    const struct entity *e = member;
    int order = strncmp(name->p, e->name, name->n);

    return order ? order : e->name[name->n] ? -1 : 0;
}

uint32_t entity_named(struct str name)
{
    if (!name.n || name.n > 8)
        return 0;
    const struct entity *e = bsearch(&name, entities, sizeof entities / sizeof *entities,
                                     sizeof *entities, by_name);
    return e ? e->cp : 0;
}

static int digit(char c, unsigned base)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return base == 16 && (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* HTML Standard, numeric character reference end state: C1 numbers mean windows-1252. */
static size_t numeric(struct str s, uint32_t *cp)
{
    unsigned base = s.n > 2 && (s.p[2] | 32) == 'x' ? 16 : 10;
    size_t start = base == 16 ? 3 : 2, i = start;
    uint32_t v = 0;

    for (; i < s.n && digit(s.p[i], base) >= 0; i++)
        if (v <= 0x10FFFF)
            v = v * base + (uint32_t)digit(s.p[i], base);
    if (i == start)
        return 0;
    if (v >= 0x80 && v < 0xA0)
        v = decode_windows_1252[v - 0x80];
    *cp = v && decode_allowed(v) ? v : v == 0x0D ? 0x0A : 0;
    return i + (i < s.n && s.p[i] == ';');
}

/* The few that make up nearly all references in feeds. */
static size_t common(struct str s, uint32_t *cp)
{
    if (s.n >= 4 && s.p[2] == 't' && s.p[3] == ';' && (s.p[1] == 'l' || s.p[1] == 'g'))
        return *cp = s.p[1] == 'l' ? '<' : '>', 4;
    if (s.n >= 5 && memcmp(s.p, "&amp;", 5) == 0)
        return *cp = '&', 5;
    if (s.n >= 6 && memcmp(s.p, "&quot;", 6) == 0)
        return *cp = '"', 6;
    if (s.n >= 6 && memcmp(s.p, "&nbsp;", 6) == 0)
        return *cp = 0xA0, 6;
    return 0;
}

size_t entity_read(struct str s, uint32_t *cp)
{
    size_t i = common(s, cp);

    if (i)
        return i;
    i = 1;
    *cp = 0;
    if (s.n < 3 || s.p[0] != '&')
        return 0;
    if (s.p[1] == '#')
        return numeric(s, cp);
    while (i < s.n && i < 12 && ((s.p[i] | 32) >= 'a' ? (s.p[i] | 32) <= 'z'
                                                      : s.p[i] >= '0' && s.p[i] <= '9'))
        i++;
    *cp = entity_named((struct str){s.p + 1, i - 1});
    if (!*cp)
        return 0;
    if (i < s.n && s.p[i] == ';')
        return i + 1;
    return i < s.n && s.p[i] == '=' ? 0 : i;
}

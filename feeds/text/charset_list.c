#include "feeds/text/charset.h"

#include "feeds/text/charset_list.h"
#include "feeds/text/decode_tables.h"

/* Labels of the WHATWG Encoding Standard, §4.2, with those that Chinese servers also use. */
const struct charset charset_list[] = {
    {"UTF-8", DECODE_UTF8, NULL,
     "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"},
    {"gb18030", DECODE_GB18030, NULL, "gb18030"},
    {"GBK", DECODE_GB18030, NULL,
     "gbk gb2312 chinese csgb2312 csiso58gb231280 gb_2312 gb_2312-80 iso-ir-58 x-gbk cp936 "
     "936"},
    {"Big5", DECODE_BIG5, NULL, "big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950"},
    {"UTF-16LE", DECODE_UTF16LE, NULL,
     "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le"},
    {"UTF-16BE", DECODE_UTF16BE, NULL, "unicodefffe utf-16be"},
    {"windows-1252", DECODE_SINGLE, decode_windows_1252,
     "windows-1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 latin1 l1 "
     "ascii us-ascii ansi_x3.4-1968 cp1252 x-cp1252 cp819 ibm819 iso-ir-100 csisolatin1 "
     "x-user-defined"},
    {"windows-1250", DECODE_SINGLE, decode_windows_1250, "windows-1250 cp1250 x-cp1250"},
    {"windows-1251", DECODE_SINGLE, decode_windows_1251, "windows-1251 cp1251 x-cp1251"},
    {"windows-1253", DECODE_SINGLE, decode_windows_1253, "windows-1253 cp1253 x-cp1253"},
    {"windows-1254", DECODE_SINGLE, decode_windows_1254,
     "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 "
     "iso_8859-9:1989 latin5 l5 csisolatin5 iso-ir-148"},
    {"windows-1255", DECODE_SINGLE, decode_windows_1255, "windows-1255 cp1255 x-cp1255"},
    {"windows-1256", DECODE_SINGLE, decode_windows_1256, "windows-1256 cp1256 x-cp1256"},
    {"windows-1257", DECODE_SINGLE, decode_windows_1257, "windows-1257 cp1257 x-cp1257"},
    {"windows-1258", DECODE_SINGLE, decode_windows_1258, "windows-1258 cp1258 x-cp1258"},
    {"windows-874", DECODE_SINGLE, decode_windows_874,
     "windows-874 tis-620 iso-8859-11 iso8859-11 iso885911 dos-874"},
    {"ISO-8859-2", DECODE_SINGLE, decode_iso_8859_2,
     "iso-8859-2 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 latin2 l2 csisolatin2 "
     "iso-ir-101"},
    {"ISO-8859-3", DECODE_SINGLE, decode_iso_8859_3,
     "iso-8859-3 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 latin3 l3 csisolatin3 "
     "iso-ir-109"},
    {"ISO-8859-4", DECODE_SINGLE, decode_iso_8859_4,
     "iso-8859-4 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 latin4 l4 csisolatin4 "
     "iso-ir-110"},
    {"ISO-8859-5", DECODE_SINGLE, decode_iso_8859_5,
     "iso-8859-5 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 cyrillic csisolatincyrillic "
     "iso-ir-144"},
    {"ISO-8859-6", DECODE_SINGLE, decode_iso_8859_6,
     "iso-8859-6 iso-8859-6-e iso-8859-6-i iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987 "
     "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-ir-127"},
    {"ISO-8859-7", DECODE_SINGLE, decode_iso_8859_7,
     "iso-8859-7 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 greek greek8 "
     "csisolatingreek ecma-118 elot_928 iso-ir-126 sun_eu_greek"},
    {"ISO-8859-8", DECODE_SINGLE, decode_iso_8859_8,
     "iso-8859-8 iso-8859-8-e iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 csiso88598e "
     "csisolatinhebrew hebrew iso-ir-138 visual"},
    {"ISO-8859-8-I", DECODE_SINGLE, decode_iso_8859_8, "iso-8859-8-i csiso88598i logical"},
    {"ISO-8859-10", DECODE_SINGLE, decode_iso_8859_10,
     "iso-8859-10 iso8859-10 iso885910 latin6 l6 csisolatin6 iso-ir-157"},
    {"ISO-8859-13", DECODE_SINGLE, decode_iso_8859_13, "iso-8859-13 iso8859-13 iso885913"},
    {"ISO-8859-14", DECODE_SINGLE, decode_iso_8859_14, "iso-8859-14 iso8859-14 iso885914"},
    {"ISO-8859-15", DECODE_SINGLE, decode_iso_8859_15,
     "iso-8859-15 iso8859-15 iso885915 iso_8859-15 latin9 l9 csisolatin9"},
    {"ISO-8859-16", DECODE_SINGLE, decode_iso_8859_16, "iso-8859-16"},
    {"KOI8-R", DECODE_SINGLE, decode_koi8_r, "koi8-r koi8 koi koi8_r cskoi8r"},
    {"KOI8-U", DECODE_SINGLE, decode_koi8_u, "koi8-u koi8-ru"},
    {"IBM866", DECODE_SINGLE, decode_ibm866, "ibm866 866 cp866 csibm866"},
    {"macintosh", DECODE_SINGLE, decode_macintosh, "macintosh mac csmacintosh x-mac-roman"},
    {"x-mac-cyrillic", DECODE_SINGLE, decode_mac_cyrillic, "x-mac-cyrillic x-mac-ukrainian"},
    {"EUC-JP", DECODE_EUC_JP, NULL, "euc-jp cseucpkdfmtjapanese x-euc-jp"},
    {"Shift_JIS", DECODE_SHIFT_JIS, NULL,
     "shift_jis shift-jis sjis csshiftjis ms932 ms_kanji windows-31j x-sjis"},
    {"EUC-KR", DECODE_EUC_KR, NULL,
     "euc-kr cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 "
     "ksc_5601 windows-949"},
    {"ISO-2022-JP", DECODE_ISO_2022_JP, NULL, "iso-2022-jp csiso2022jp"},
    {"replacement", DECODE_REPLACEMENT, NULL,
     "replacement csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr"},
    {NULL, DECODE_UTF8, NULL, ""},
};

const struct charset *charset_find(struct str label)
{
    label = str_trim(label);
    for (const struct charset *cs = charset_list; label.n && cs->name; cs++)
        for (const char *at = cs->labels; *at;) {
            size_t n = strcspn(at, " ");
            if (str_eq_nocase(label, (struct str){at, n}))
                return cs;
            at += n + (at[n] == ' ');
        }
    return NULL;
}

bool charset_refused(const struct charset *cs)
{
    return cs->kind == DECODE_REPLACEMENT;
}

struct str charset_name(const struct charset *cs)
{
    return str_from(cs->name);
}

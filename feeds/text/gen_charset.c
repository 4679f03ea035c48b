/* feeds/text/gen_charset.c - run at build time: writes the decoding tables of feeds/text/decode.c.
 *
 * The worker may not open iconv's modules, so the tables are made here from the C library's and
 * corrected where it differs from the WHATWG Encoding Standard's indexes. */
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct patch {
    uint16_t bytes;
    uint16_t code;
};

/* GB18030 pairs for which the Standard keeps private-use code points, and the full-width blank. */
static const struct patch gb_patches[] = {
    {0xa3a0, 0x3000}, {0xfe51, 0xe816}, {0xfe52, 0xe817}, {0xfe53, 0xe818},
    {0xfe6c, 0xe831}, {0xfe76, 0xe83b}, {0xfe91, 0xe855},
};

/* Four-byte sequences (as linear pointers) that the C library lost to the 2022 edition. */
static const struct {
    uint16_t first, last, code;
} gb4_patches[] = {{7457, 7457, 0xe7c7}, {19057, 19064, 0x9fb4}, {39076, 39085, 0xfe10}};

/* Big5: where the Standard's index is not the C library's BIG5-HKSCS. */
static const struct patch big5_patches[] = {
    {0x8e69, 0x7bb8}, {0x8e6f, 0x7c06}, {0x8e7e, 0x7cce}, {0x8eab, 0x7dd2}, {0x8eb4, 0x7e1d},
    {0x8ecd, 0x8005}, {0x8ed0, 0x8028}, {0x8f57, 0x83c1}, {0x8f69, 0x84a8}, {0x8f6e, 0x840f},
    {0x8fcb, 0x89a6}, {0x8fcc, 0x89a9}, {0x8ffe, 0x8d77}, {0x906d, 0x90fd}, {0x907a, 0x92b9},
    {0x90dc, 0x975c}, {0x90f1, 0x97ff}, {0x91bf, 0x9f16}, {0x9244, 0x8503}, {0x92af, 0x5159},
    {0x92b0, 0x515b}, {0x92b1, 0x515d}, {0x92b2, 0x515e}, {0x92c8, 0x936e}, {0x92d1, 0x7479},
    {0x9447, 0x6d67}, {0x94ca, 0x799b}, {0x95d9, 0x9097}, {0x9644, 0x975d}, {0x96ed, 0x701e},
    {0x96fc, 0x5b28}, {0x9b76, 0x7201}, {0x9b78, 0x77d7}, {0x9b7b, 0x7e87}, {0x9bc6, 0x99d6},
    {0x9bde, 0x91d4}, {0x9bec, 0x60de}, {0x9bf6, 0x6fb6}, {0x9c42, 0x8f36}, {0x9c53, 0x4fbb},
    {0x9c62, 0x71df}, {0x9c68, 0x9104}, {0x9c6b, 0x9df0}, {0x9c77, 0x83cf}, {0x9cbc, 0x5c10},
    {0x9cbd, 0x79e3}, {0x9cd0, 0x5a67}, {0x9d57, 0x8f0b}, {0x9d5a, 0x7b51}, {0x9dc4, 0x62d0},
    {0x9ea9, 0x6062}, {0x9eef, 0x75f9}, {0x9efd, 0x6c4a}, {0x9f60, 0x9b2e}, {0x9f66, 0x9f17},
    {0x9fcb, 0x50ed}, {0x9fd8, 0x5f0c}, {0xa063, 0x880f}, {0xa077, 0x62ce}, {0xa0d5, 0x7468},
    {0xa0df, 0x7162}, {0xa0e4, 0x7250}, {0xa145, 0x2027}, {0xa14e, 0xfe51}, {0xa15a, 0x2574},
    {0xa1c2, 0xaf}, {0xa1c3, 0xffe3}, {0xa1c5, 0x2cd}, {0xa1e3, 0xff5e}, {0xa1f2, 0x2295},
    {0xa1f3, 0x2299}, {0xa1fe, 0xff0f}, {0xa240, 0xff3c}, {0xa241, 0x2215}, {0xa242, 0xfe68},
    {0xa244, 0xffe5}, {0xa246, 0xffe0}, {0xa247, 0xffe1}, {0xa2cc, 0x5341}, {0xa2ce, 0x5345},
    {0xa3c0, 0x2400}, {0xa3c1, 0x2401}, {0xa3c2, 0x2402}, {0xa3c3, 0x2403}, {0xa3c4, 0x2404},
    {0xa3c5, 0x2405}, {0xa3c6, 0x2406}, {0xa3c7, 0x2407}, {0xa3c8, 0x2408}, {0xa3c9, 0x2409},
    {0xa3ca, 0x240a}, {0xa3cb, 0x240b}, {0xa3cc, 0x240c}, {0xa3cd, 0x240d}, {0xa3ce, 0x240e},
    {0xa3cf, 0x240f}, {0xa3d0, 0x2410}, {0xa3d1, 0x2411}, {0xa3d2, 0x2412}, {0xa3d3, 0x2413},
    {0xa3d4, 0x2414}, {0xa3d5, 0x2415}, {0xa3d6, 0x2416}, {0xa3d7, 0x2417}, {0xa3d8, 0x2418},
    {0xa3d9, 0x2419}, {0xa3da, 0x241a}, {0xa3db, 0x241b}, {0xa3dc, 0x241c}, {0xa3dd, 0x241d},
    {0xa3de, 0x241e}, {0xa3df, 0x241f}, {0xa3e0, 0x2421}, {0xa3e1, 0x20ac}, {0xc6cf, 0x5ef4},
    {0xc6d3, 0x65e0}, {0xc6d5, 0x7676}, {0xc6d7, 0x96b6}, {0xc6de, 0x3003}, {0xc6df, 0x4edd},
    {0xfa5f, 0x5029}, {0xfa66, 0x507d}, {0xfabd, 0x5305}, {0xfac5, 0x5344}, {0xfad5, 0x537f},
    {0xfb48, 0x5605}, {0xfbb8, 0x5a77}, {0xfbf3, 0x5e75}, {0xfbf9, 0x5ed0}, {0xfc4f, 0x5f58},
    {0xfc6c, 0x60a4}, {0xfcb9, 0x6490}, {0xfce2, 0x6674}, {0xfcf1, 0x675e}, {0xfdb7, 0x6c9c},
    {0xfdb8, 0x6e1d}, {0xfdbb, 0x6e2f}, {0xfdf1, 0x716e}, {0xfe52, 0x732a}, {0xfe6f, 0x745c},
    {0xfeaa, 0x74e9}, {0xfedd, 0x7809},
};

static const struct {
    const char *symbol, *from;
} singles[] = {
    {"windows_1250", "CP1250"},   {"windows_1251", "CP1251"},   {"windows_1252", "CP1252"},
    {"windows_1253", "CP1253"},   {"windows_1254", "CP1254"},   {"windows_1257", "CP1257"},
    {"windows_874", "CP874"},     {"iso_8859_2", "ISO-8859-2"}, {"iso_8859_5", "ISO-8859-5"},
    {"iso_8859_7", "ISO-8859-7"}, {"iso_8859_15", "ISO-8859-15"}, {"koi8_r", "KOI8-R"},
    {"windows_1255", "CP1255"},   {"windows_1256", "CP1256"},   {"windows_1258", "CP1258"},
    {"iso_8859_3", "ISO-8859-3"}, {"iso_8859_4", "ISO-8859-4"}, {"iso_8859_6", "ISO-8859-6"},
    {"iso_8859_8", "ISO-8859-8"}, {"iso_8859_10", "ISO-8859-10"},
    {"iso_8859_13", "ISO-8859-13"}, {"iso_8859_14", "ISO-8859-14"},
    {"iso_8859_16", "ISO-8859-16"}, {"koi8_u", "KOI8-U"},       {"ibm866", "IBM866"},
    {"macintosh", "MACINTOSH"},   {"mac_cyrillic", "MAC-UK"},
};

/* Single bytes where the Standard's index is not the C library's. */
static const struct {
    const char *symbol;
    unsigned char byte;
    uint16_t code;
} single_patches[] = {
    {"koi8_u", 0xae, 0x45e}, {"koi8_u", 0xbe, 0x40e}, {"mac_cyrillic", 0xff, 0x20ac},
    {"windows_1255", 0xca, 0x5ba}, {"macintosh", 0xdb, 0x20ac},
};

static iconv_t open_from(const char *from)
{
    iconv_t cd = iconv_open("UTF-32LE", from);

    if (cd == (iconv_t)-1) {
        fprintf(stderr, "gen_charset: the C library has no %s\n", from);
        exit(1);
    }
    return cd;
}

/* The one code point of a byte sequence; 0 when it has none or two. */
static uint32_t decode(iconv_t cd, const unsigned char *bytes, size_t n)
{
    uint32_t code[4] = {0};
    char *in = (char *)bytes, *out = (char *)code;
    size_t left = sizeof code;

    iconv(cd, NULL, NULL, NULL, NULL);
    if (iconv(cd, &in, &n, &out, &left) == (size_t)-1 || n)
        return 0;
    iconv(cd, NULL, NULL, &out, &left);
    return left == sizeof code - sizeof *code ? code[0] : 0;
}

static uint32_t patched(const struct patch *list, size_t n, unsigned bytes, uint32_t code)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].bytes == bytes)
            return list[i].code;
    return code;
}

static void open_table(const char *type, const char *name, unsigned size)
{
    printf("\nconst %s decode_%s[%u] = {", type, name, size);
}

static void entry(size_t i, uint32_t code)
{
    printf("%s%u,", i % 16 ? "" : "\n", (unsigned)code);
}

static void write_gb18030(void)
{
    iconv_t cd = open_from("GB18030");
    size_t i = 0;

    open_table("uint16_t", "gb2", 126 * 190);
    for (unsigned lead = 0x81; lead < 0xff; lead++)
        for (unsigned trail = 0x40; trail < 0xff; trail++) {
            unsigned char b[2] = {(unsigned char)lead, (unsigned char)trail};
            if (trail != 0x7f)
                entry(i++, patched(gb_patches, sizeof gb_patches / sizeof *gb_patches,
                                   lead << 8 | trail, decode(cd, b, 2)));
        }
    puts("};");
    open_table("uint16_t", "gb4", 39420);
    for (unsigned p = 0; p < 39420; p++) {
        unsigned char b[4] = {(unsigned char)(0x81 + p / 12600),
                              (unsigned char)(0x30 + p / 1260 % 10),
                              (unsigned char)(0x81 + p / 10 % 126),
                              (unsigned char)(0x30 + p % 10)};
        uint32_t code = decode(cd, b, 4);
        for (size_t k = 0; k < sizeof gb4_patches / sizeof *gb4_patches; k++)
            if (p >= gb4_patches[k].first && p <= gb4_patches[k].last)
                code = gb4_patches[k].code + p - gb4_patches[k].first;
        entry(p, code);
    }
    puts("};");
    iconv_close(cd);
}

static void write_big5(void)
{
    iconv_t cd = open_from("BIG5-HKSCS");
    size_t i = 0;

    open_table("uint32_t", "big5", 126 * 157);
    for (unsigned lead = 0x81; lead < 0xff; lead++)
        for (unsigned trail = 0x40; trail < 0xff; trail++) {
            unsigned char b[2] = {(unsigned char)lead, (unsigned char)trail};
            if (trail < 0x7f || trail > 0xa0)
                entry(i++, patched(big5_patches, sizeof big5_patches / sizeof *big5_patches,
                                   lead << 8 | trail, decode(cd, b, 2)));
        }
    puts("};");
    iconv_close(cd);
}

/* Rows of leads over rows of trails, behind a fixed byte where one is given. */
static void write_pairs(const char *symbol, const char *from, unsigned before,
                        const unsigned char *leads, const unsigned char *trails)
{
    iconv_t cd = open_from(from);
    unsigned across = 0, down = 0;
    size_t i = 0;

    for (const unsigned char *t = trails; *t; t += 2)
        across += t[1] - t[0] + 1u;
    for (const unsigned char *l = leads; *l; l += 2)
        down += l[1] - l[0] + 1u;
    open_table("uint16_t", symbol, across * down);
    for (; *leads; leads += 2)
        for (unsigned lead = leads[0]; lead <= leads[1]; lead++)
            for (const unsigned char *t = trails; *t; t += 2)
                for (unsigned trail = t[0]; trail <= t[1]; trail++) {
                    unsigned char b[3] = {(unsigned char)before, (unsigned char)lead,
                                          (unsigned char)trail};
                    uint32_t code = before ? decode(cd, b, 3) : decode(cd, b + 1, 2);
                    entry(i++, code < 0x10000 ? code : 0);
                }
    puts("};");
    iconv_close(cd);
}

/* The upper half; bytes that the old code page leaves open below 0xa0 are C1 controls. */
static void write_single(const char *symbol, const char *from)
{
    iconv_t cd = open_from(from);

    open_table("uint16_t", symbol, 128);
    for (unsigned byte = 0x80; byte < 0x100; byte++) {
        unsigned char b = (unsigned char)byte;
        uint32_t code = decode(cd, &b, 1);
        for (size_t k = 0; k < sizeof single_patches / sizeof *single_patches; k++)
            if (byte == single_patches[k].byte && !strcmp(symbol, single_patches[k].symbol))
                code = single_patches[k].code;
        entry(byte - 0x80, code ? code : byte < 0xa0 ? byte : 0xfffd);
    }
    puts("};");
    iconv_close(cd);
}

int main(void)
{
    puts("/* Written by feeds/text/gen_charset.c. */\n#include \"feeds/text/decode_tables.h\"");
    write_gb18030();
    write_big5();
    static const unsigned char euc[] = {0xa1, 0xfe, 0};
    write_pairs("jis0208", "EUC-JP-MS", 0, euc, euc);
    write_pairs("jis0212", "EUC-JP-MS", 0x8f, euc, euc);
    write_pairs("shift_jis", "CP932", 0, (const unsigned char[]){0x81, 0x9f, 0xe0, 0xfc, 0},
                (const unsigned char[]){0x40, 0x7e, 0x80, 0xfc, 0});
    write_pairs("euc_kr", "UHC", 0, (const unsigned char[]){0x81, 0xfe, 0},
                (const unsigned char[]){0x41, 0xfe, 0});
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        write_single(singles[i].symbol, singles[i].from);
    return fflush(stdout) || ferror(stdout);
}

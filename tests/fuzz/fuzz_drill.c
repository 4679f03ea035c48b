/* libFuzzer target: a drill's file. Its hash is set right first, where its head has one, or nothing
 * behind the head would ever be read. What is read is written and read again as the same. */
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/drill/drill_file.h"

enum { HASH = 32, HEX = 2 * HASH };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_hash(char *text, size_t size)
{
    static const char member[] = "\"blake2b\":\"";
    const char *end = memchr(text, '\n', size);
    size_t head = end ? (size_t)(end - text) : size, body = end ? head + 1 : size;
    size_t at = str_find((struct str){text, head}, STR("\"blake2b\":\""), 0);
    unsigned char hash[HASH];
    char hex[HEX + 1];

    if (at == SIZE_MAX || head - at < sizeof member - 1 + HEX)
        return;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text + body, size - body, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    memcpy(text + at + sizeof member - 1, hex, HEX);
}

static void write_again(const struct drill_file *f, struct problems *problems)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;

    if (drill_file_write(f, &once))
        abort();
    struct drill_file *again = drill_file_parse(buf_str(&once), "again", problems);
    if (!again || drill_file_write(again, &twice) || !str_eq(buf_str(&once), buf_str(&twice)))
        abort();
    drill_file_free(again);
    buf_free(&once);
    buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problems *problems = problems_new();
    char *text = malloc(size + 1);

    if (!problems || !text || sodium_init() < 0)
        abort();
    if (size)
        memcpy(text, data, size);
    set_hash(text, size);
    struct drill_file *f = drill_file_parse((struct str){text, size}, "file", problems);
    if (!f == !problems_count(problems))
        abort();
    if (f)
        write_again(f, problems);
    drill_file_free(f);
    problems_free(problems);
    free(text);
    return 0;
}

/* The audit trail: written out a row a line, and checked, from such a file or from the daemon. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "daemon/cli/client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/human.h"
#include "daemon/cli/lines.h"
#include "store/trail.h"

/* A row that has to be there, with its hash. */
struct end {
    uint64_t seq; /* 0: none */
    unsigned char hash[TRAIL_HASH];
};

/* What is known of a chain so far. */
struct verdict {
    struct trail_check check;
    struct end ends[2]; /* as the daemon keeps it, and as somebody noted it */
    unsigned long long line; /* of a file */
    const char *file;
    uint64_t rows, faults;
    bool drill;   /* it is a drill's: the chain says so, or could not where it is not whole */
    bool claimed; /* a line before the chain says so */
};

/* The first line of what a drill's daemon gives. */
static const char DRILL_HEAD[] = "{\"drill\":true,\"note\":\"" DRILL_MARK
                                 "演练的审计记录，不是真实的 (of a drill, not real)\"}";

static void tell(struct verdict *v, const char *what, uint64_t from, uint64_t seq)
{
    v->faults++;
    if (from < seq)
        cli_error("%s: %llu–%llu: %s", v->file, (unsigned long long)from,
                  (unsigned long long)seq - 1, what);
    else
        cli_error("%s: %llu: %s", v->file, (unsigned long long)seq, what);
}

static bool copy_text(const json_t *object, const char *name, char *out, size_t size)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    size_t n = json_string_length(value);

    if (!text || n >= size || strlen(text) != n)
        return false;
    memcpy(out, text, n + 1);
    return true;
}

static bool read_hash(const char *hex, unsigned char hash[static TRAIL_HASH])
{
    size_t n;

    return strlen(hex) == 2 * TRAIL_HASH &&
           sodium_hex2bin(hash, TRAIL_HASH, hex, 2 * TRAIL_HASH, NULL, &n, NULL) == 0 &&
           n == TRAIL_HASH;
}

/* The time stands there twice, for people and exactly; both are what was hashed, or neither. */
static bool read_row(const json_t *object, struct trail_row *row)
{
    const json_t *seq = json_object_get(object, "seq"), *ms = json_object_get(object, "at_ms");
    int64_t said;

    *row = (struct trail_row){.at = json_integer_value(ms),
                              .seq = (uint64_t)json_integer_value(seq)};
    return json_object_size(object) == 8 && json_is_integer(seq) && json_is_integer(ms) &&
           json_integer_value(seq) > 0 && copy_text(object, "who", row->who, sizeof row->who) &&
           copy_text(object, "role", row->role, sizeof row->role) &&
           copy_text(object, "act", row->act, sizeof row->act) &&
           copy_text(object, "target", row->target, sizeof row->target) &&
           read_hash(human_text(object, "hash", NULL), row->hash) &&
           clock_parse(str_from(human_text(object, "at", NULL)), &said) == 0 &&
           said / 1000 == row->at / 1000;
}

static void check_ends(struct verdict *v, const struct trail_row *row)
{
    for (size_t i = 0; i < 2; i++)
        if (v->ends[i].seq == row->seq && memcmp(v->ends[i].hash, row->hash, TRAIL_HASH) != 0)
            tell(v, "与记下的散列不符 (not the row that was noted)", row->seq, row->seq);
}

static void check_row(struct verdict *v, const json_t *object)
{
    static const char *const faults[] = {
        [TRAIL_CHANGED] = "被改动 (changed)",
        [TRAIL_MISSING] = "缺失 (missing)",
        [TRAIL_ORDER] = "次序不对，或重复 (out of order, or repeated)",
    };
    struct trail_row row;
    uint64_t from;

    v->rows++;
    if (!read_row(object, &row)) {
        v->faults++;
        cli_error_at(v->file, (int)v->line,
                     "不是审计记录的一行，或被改动 (no row of the audit trail, or changed)");
        if (row.seq > v->check.seq) {
            v->check.seq = row.seq;
            v->check.unknown = !read_hash(human_text(object, "hash", NULL), v->check.hash);
        }
        return;
    }
    enum trail_fault fault = trail_check(&v->check, &row, &from);
    if (fault != TRAIL_SOUND)
        tell(v, faults[fault], from, row.seq);
    check_ends(v, &row);
    v->drill = v->drill || strcmp(row.act, TRAIL_DRILL) == 0;
    if (v->claimed && !v->drill && row.seq == 1)
        tell(v, "第一行说是演练，链里没有 (the first line says that it is a drill's, the chain does not)",
             row.seq, row.seq);
}

/* Rows at the end that nothing comes after to betray. */
static void check_tail(struct verdict *v)
{
    uint64_t last = v->ends[0].seq > v->ends[1].seq ? v->ends[0].seq : v->ends[1].seq;

    if (v->check.seq < last)
        tell(v, "缺失 (missing)", v->check.seq + 1, last + 1);
}

static int read_after(const struct cli_args *args, uint64_t *after)
{
    const char *text = cli_value(args, "after");
    long long n = 0;

    if (text && str_int(str_from(text), 0, INT64_MAX, &n)) {
        cli_error("--after 应为行号 (--after is a row's seq)");
        return EX_USAGE;
    }
    *after = (uint64_t)n;
    return EX_OK;
}

/* Every row past `after` from the daemon; *head, the last one that it keeps, and *drill are there
 * first. */
static int walk(uint64_t after, void (*each)(void *arg, const json_t *row), void *arg,
                struct end *head, bool *drill)
{
    struct client *c = client_open();
    int status = c ? EX_OK : EX_UNAVAILABLE;
    bool more = true, first = true;

    while (!status && more) {
        struct buf path = BUF_INIT;
        json_t *page = NULL;
        const json_t *row;
        size_t i;
        buf_addf(&path, "/api/v1/audit?limit=1000&after=%llu", (unsigned long long)after);
        buf_add_char(&path, '\0');
        status = buf_ok(&path) ? client_get(c, path.data, &page) : EX_OSERR;
        const json_t *end = json_object_get(page, "head");
        if (!status && first)
            head->seq = (uint64_t)json_integer_value(json_object_get(end, "seq"));
        if (!status && first && !read_hash(human_text(end, "hash", NULL), head->hash))
            status = EX_PROTOCOL;
        *drill = human_drill(page);
        first = false;
        json_array_foreach(json_object_get(page, "items"), i, row) {
            each(arg, row);
            after = (uint64_t)json_integer_value(json_object_get(row, "seq"));
        }
        more = json_is_string(json_object_get(page, "next_cursor"));
        json_decref(page);
        buf_free(&path);
    }
    client_close(c);
    return status;
}

struct export {
    bool drill, begun;
};

static void print_head(struct export *e)
{
    if (e->drill && !e->begun)
        cli_printf("%s\n", DRILL_HEAD);
    e->begun = true;
}

static void print_row(void *arg, const json_t *row)
{
    print_head(arg);
    cli_json(row);
}

int commands_audit_export(const struct cli_args *args)
{
    struct end head = {0};
    struct export e = {.drill = false};
    uint64_t after;
    int status = read_after(args, &after);

    status = status ? status : walk(after, print_row, &e, &head, &e.drill);
    if (!status)
        print_head(&e); /* there was no row */
    return status;
}

static void verify_row(void *arg, const json_t *row)
{
    check_row(arg, row);
}

static int verify_file(struct verdict *v)
{
    struct lines in;
    struct str line;
    int status = lines_open(&in, v->file);

    if (status)
        return status;
    while (lines_next(&in, &line)) {
        json_t *row = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
        v->line = (unsigned long long)in.number;
        if (!v->rows && !v->claimed && json_object_size(row) == 2 && human_drill(row))
            v->claimed = true;
        else
            check_row(v, row);
        json_decref(row);
    }
    return lines_close(&in);
}

/* "SEQ:HASH" as `audit verify` printed it. */
static int read_end(const char *text, struct end *end)
{
    struct str s = str_from(text);
    size_t colon = str_find(s, STR(":"), 0);
    long long n = 0;

    if (colon == (size_t)-1 || str_int((struct str){s.p, colon}, 0, INT64_MAX, &n) ||
        !read_hash(text + colon + 1, end->hash)) {
        cli_error("--end 应为 行号:散列，如上次所记 (--end is SEQ:HASH as was noted)");
        return EX_USAGE;
    }
    end->seq = (uint64_t)n;
    return EX_OK;
}

static int say(const struct verdict *v)
{
    char hex[2 * TRAIL_HASH + 1];

    if (v->faults) {
        cli_error("%s%s: 共 %llu 处不对 (faults in all)", v->drill ? DRILL_MARK : "", v->file,
                  (unsigned long long)v->faults);
        return EX_DATAERR;
    }
    if (v->drill)
        cli_printf(DRILL_MARK "这是演练的审计记录，不是真实的 (the trail of a drill, not real)\n");
    cli_printf("%llu 行，没有改动、缺失或错序 (rows, none changed, missing or out of order)\n",
               (unsigned long long)v->rows);
    sodium_bin2hex(hex, sizeof hex, v->check.hash, TRAIL_HASH);
    cli_printf("%llu:%s\n", (unsigned long long)v->check.seq, hex);
    return EX_OK;
}

int commands_audit_verify(const struct cli_args *args)
{
    struct verdict v = {.file = args->count ? args->rest[0] : "audit"};
    const char *end = cli_value(args, "end");
    uint64_t after;
    int status = read_after(args, &after);

    if (!status && end)
        status = read_end(end, &v.ends[1]);
    if (status)
        return status;
    v.check.seq = after;
    v.check.unknown = after > 0;
    status = args->count ? verify_file(&v) : walk(after, verify_row, &v, &v.ends[0], &v.claimed);
    if (status)
        return status;
    v.drill = v.drill || (v.claimed && after > 0);
    check_tail(&v);
    return say(&v);
}

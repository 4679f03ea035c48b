#include "alerts/bus/bus_wire.h"

#include <inttypes.h>
#include <jansson.h>

#include "alerts/command_json.h"
#include "base/clock.h"
#include "base/drill.h"
#include "base/err.h"
#include "base/member.h"

enum field_kind { FIELD_NUMBER, FIELD_TEXT, FIELD_SLUG };

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    size_t max; /* bytes of a text */
    bool required;
};

#define AT(member) offsetof(struct wire_request, member)

static const struct field hello_fields[] = {
    {"receiver", FIELD_SLUG, AT(receiver), SLUG_MAX - 1, true},
    {"epoch", FIELD_TEXT, AT(epoch), 128, false},
    {"last", FIELD_NUMBER, AT(last), 0, false},
    {"credit", FIELD_NUMBER, AT(credit), 0, false},
    {0},
};
static const struct field ack_fields[] = {{"unitseq", FIELD_NUMBER, AT(unitseq), 0, true}, {0}};
static const struct field credit_fields[] = {{"add", FIELD_NUMBER, AT(add), 0, true}, {0}};
static const struct field command_fields[] = {
    {"key", FIELD_TEXT, AT(key), WIRE_KEY_MAX, true},
    {"act", FIELD_TEXT, AT(act_name), 16, true},
    {"concern", FIELD_TEXT, AT(concern_name), 24, true},
    {0},
};
static const struct field events_fields[] = {
    {"from", FIELD_NUMBER, AT(from), 0, true},
    {"to", FIELD_NUMBER, AT(to), 0, true},
    {0},
};
static const struct field canary_fields[] = {{"number", FIELD_NUMBER, AT(number), 0, true}, {0}};
static const struct field no_fields[] = {{0}};

static const struct {
    const char *name;
    const struct field *fields;
} ops[WIRE_OPS] = {
    [WIRE_HELLO] = {"hello", hello_fields},       [WIRE_ACK] = {"ack", ack_fields},
    [WIRE_CREDIT] = {"credit", credit_fields},    [WIRE_COMMAND] = {"command", command_fields},
    [WIRE_EVENTS] = {"events", events_fields},    [WIRE_PING] = {"ping", no_fields},
    [WIRE_SNAPSHOT] = {"snapshot", no_fields},    [WIRE_CANARY] = {"canary", canary_fields},
};

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

/* Receiver names are file-name like, so that no free text enters by them. */
static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (i && (c == '-' || c == '_' || c == '.'))))
            return false;
    }
    return s.n > 0;
}

static int read_field(const json_t *doc, const struct field *f, struct wire_request *out,
                      const char **reason)
{
    const json_t *value = json_object_get(doc, f->name);
    char *to = (char *)out + f->offset;

    if (!value && !f->required)
        return 0;
    if (f->kind == FIELD_NUMBER) {
        *reason = "缺少数字成员或不是非负整数 (a whole number >= 0 is missing)";
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return ERR_SYNTAX;
        *(uint64_t *)(void *)to = (uint64_t)json_integer_value(value);
        return 0;
    }
    *reason = "缺少文本成员、过长或含空白 (a text member is missing, too long or holds blanks)";
    if (!json_is_string(value))
        return ERR_SYNTAX;
    struct str text = member_str(value);
    if (text.n > f->max)
        return ERR_LIMIT;
    if (f->kind == FIELD_SLUG ? !is_name(text) : !is_plain(text))
        return ERR_SYNTAX;
    *(struct str *)(void *)to = text;
    return 0;
}

static int find_op(const json_t *doc, struct wire_request *out)
{
    const char *name = json_string_value(json_object_get(doc, "op"));

    for (int i = 0; name && i < WIRE_OPS; i++)
        if (strcmp(name, ops[i].name) == 0) {
            out->op = (enum wire_op)i;
            return 0;
        }
    return ERR_UNSUPPORTED;
}

static int read_command(struct wire_request *out, const json_t *doc, const char **reason)
{
    int act = command_find(out->act_name);

    *reason = "没有这种操作 act (no such act)";
    if (act < 0)
        return ERR_UNSUPPORTED;
    out->command.act = (enum command_act)act;
    out->command.concern = concern_parse_id(out->concern_name);
    *reason = "concern 应如 c12 (concern has the form c12)";
    if (!out->command.concern)
        return ERR_SYNTAX;
    *reason = "key 不能为空 (key must not be empty)";
    return out->key.n ? command_json_read(doc, NULL, &out->command, reason) : ERR_SYNTAX;
}

int bus_wire_parse(struct str body, struct wire_request *out, const char **reason)
{
    int err;

    memset(out, 0, sizeof *out);
    *reason = "消息过长 (message too long)";
    if (body.n > WIRE_REQUEST_MAX)
        return ERR_CORRUPT;
    *reason = "不是 JSON 对象 (not a JSON object)";
    json_t *doc = json_loadb(body.p ? body.p : "", body.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(doc)) {
        json_decref(doc);
        return ERR_CORRUPT;
    }
    *reason = "未知的 op (unknown op)";
    err = find_op(doc, out);
    for (const struct field *f = ops[out->op].fields; !err && f->name; f++)
        err = read_field(doc, f, out, reason);
    if (!err && out->op == WIRE_COMMAND)
        err = read_command(out, doc, reason);
    if (out->key.n)
        memcpy(out->asked, out->key.p, out->key.n);
    if (err) {
        json_decref(doc);
        return err;
    }
    out->doc = doc;
    return 0;
}

void bus_wire_clear(struct wire_request *r)
{
    json_decref(r->doc);
    r->doc = NULL;
}

void bus_wire_welcome(struct buf *out, const char *epoch, uint64_t head, const char *unit,
                      uint64_t resume, bool snapshot, int64_t heartbeat)
{
    buf_reset(out);
    buf_add_text(out, "{\"op\":\"welcome\",\"epoch\":");
    buf_add_json(out, str_from(epoch));
    buf_addf(out, ",\"head\":%" PRIu64 ",\"unit\":", head);
    buf_add_json(out, str_from(unit));
    buf_addf(out, ",\"resume\":%" PRIu64 ",\"snapshot\":%s,\"heartbeat\":%" PRId64 "%s}", resume,
             snapshot ? "true" : "false", heartbeat, drill_on() ? ",\"drill\":true" : "");
}

void bus_wire_acked(struct buf *out, uint64_t unitseq)
{
    buf_reset(out);
    buf_addf(out, "{\"op\":\"acked\",\"unitseq\":%" PRIu64 "}", unitseq);
}

void bus_wire_result(struct buf *out, struct str key, int status, const char *reason, uint64_t seq)
{
    buf_reset(out);
    buf_add_text(out, "{\"op\":\"result\",\"key\":");
    buf_add_json(out, key);
    if (status == ERR_REUSED) /* a refusal, that no later try will change */
        buf_addf(out, ",\"status\":\"%s\",\"code\":\"%s\"", err_name(ERR_REFUSED),
                 err_name(status));
    else
        buf_addf(out, ",\"status\":\"%s\"", err_name(status));
    if (reason) {
        buf_add_text(out, ",\"reason\":");
        buf_add_json(out, str_from(reason));
    }
    buf_addf(out, ",\"seq\":%" PRIu64 "}", seq);
}

void bus_wire_pong(struct buf *out, uint64_t head, bool live)
{
    buf_reset(out);
    buf_addf(out, "{\"op\":\"pong\",\"head\":%" PRIu64 ",\"live\":%s}", head,
             live ? "true" : "false");
}

static void add_number(struct buf *out, const char *name, uint64_t value)
{
    buf_addf(out, ",\"%s\":%" PRIu64, name, value);
}

static void add_text(struct buf *out, const char *name, const char *value)
{
    if (!*value)
        return;
    buf_addf(out, ",\"%s\":", name);
    buf_add_json(out, str_from(value));
}

void bus_wire_error(struct buf *out, const char *reason, const char *key)
{
    buf_reset(out);
    buf_add_text(out, "{\"op\":\"error\",\"reason\":");
    buf_add_json(out, str_from(reason));
    add_text(out, "key", key ? key : "");
    buf_add_char(out, '}');
}

void bus_wire_events_end(struct buf *out, uint64_t to)
{
    buf_reset(out);
    buf_addf(out, "{\"op\":\"events-end\",\"to\":%" PRIu64 "}", to);
}

static void add_time(struct buf *out, const char *name, int64_t at)
{
    char text[CLOCK_TEXT];

    if (at)
        add_text(out, name, clock_format(at, text));
}

void bus_wire_canary(struct buf *out, uint64_t number)
{
    buf_reset(out);
    buf_addf(out, "{\"op\":\"canary\",\"number\":%" PRIu64 "}", number);
}

void bus_wire_snapshot(struct buf *out, const char *epoch, const struct wire_snapshot *s)
{
    buf_reset(out);
    buf_add_text(out, "{\"op\":\"snapshot\"");
    add_text(out, "epoch", epoch);
    add_number(out, "seq", s->seq);
    if (s->of_unit)
        add_number(out, "unitseq", s->unitseq);
    buf_add_char(out, '}');
}

void bus_wire_snapshot_end(struct buf *out, const struct wire_snapshot *s)
{
    buf_reset(out);
    buf_add_text(out, "{\"op\":\"snapshot-end\"");
    add_number(out, "seq", s->seq);
    if (s->of_unit)
        add_number(out, "unitseq", s->unitseq);
    add_number(out, "count", s->count);
    buf_add_char(out, '}');
}

static void add_clocks(struct buf *out, const struct concern *c)
{
    bool first = true;

    buf_add_text(out, ",\"clocks\":[");
    for (size_t i = 0; i < c->nclocks; i++) {
        if (c->clocks[i].met)
            continue;
        buf_addf(out, "%s{\"act\":\"%s\"", first ? "" : ",", event_act_name(c->clocks[i].act));
        add_time(out, "due", c->clocks[i].due);
        buf_add_char(out, '}');
        first = false;
    }
    buf_add_char(out, ']');
}

void bus_wire_concern(struct buf *out, const struct concern *c, struct str brief)
{
    buf_reset(out);
    buf_addf(out, "{\"op\":\"concern\",\"concern\":{\"concern\":\"c%" PRIu64 "\"", c->id);
    add_text(out, "state", concern_state_name(c->state));
    add_text(out, "topic", c->topic);
    add_text(out, "unit", c->unit);
    add_text(out, "grade", event_grade_name(c->grade));
    add_text(out, "region", c->region);
    add_time(out, "opened", c->opened);
    add_time(out, "accepted", c->accepted);
    add_time(out, "due", c->due);
    add_number(out, "items", c->items);
    add_number(out, "sources", c->sources);
    add_clocks(out, c);
    if (brief.n) {
        buf_add_text(out, ",\"item\":");
        buf_add_str(out, brief);
    }
    buf_add_text(out, "}}");
}

int bus_wire_event(struct buf *out, const struct event *e, const struct event_home *home,
                   uint64_t unitseq, struct str brief, const char *topic)
{
    buf_reset(out);
    buf_add_text(out, "{\"op\":\"event\",");
    if (topic) {
        buf_add_text(out, "\"topic\":");
        buf_add_json(out, str_from(topic));
        buf_add_char(out, ',');
    }
    buf_add_text(out, "\"event\":");
    int err = event_write_addressed(e, home, unitseq, brief, out);
    buf_add_char(out, '}');
    return err ? err : buf_ok(out) ? 0 : ERR_NOMEM;
}

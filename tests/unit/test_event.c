#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "alerts/concern.h"
#include "alerts/event.h"
#include "base/clock.h"
#include "base/err.h"

#define EPOCH "0f8fad5b-d9cb-469f-a165-70867728950e"

static bool is_text(const json_t *v)
{
    return json_is_string(v) && json_string_length(v) > 0;
}

/* CloudEvents 1.0.2 §2: required attributes are non-empty strings, names are a-z0-9, a time is
 * RFC 3339, and a content type has a slash. */
static const char *fault(json_t *e)
{
    static const char *const required[] = {"specversion", "id", "source", "type"};
    static const char *const optional[] = {"subject", "datacontenttype", "dataschema", "time"};
    const char *key;
    json_t *value;
    int64_t ms;

    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!is_text(json_object_get(e, required[i])))
            return required[i];
    if (strcmp(json_string_value(json_object_get(e, "specversion")), "1.0") != 0)
        return "specversion";
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
        value = json_object_get(e, optional[i]);
        if (value && !json_is_null(value) && !is_text(value))
            return optional[i];
    }
    value = json_object_get(e, "time");
    if (is_text(value) && clock_parse(str_from(json_string_value(value)), &ms))
        return "time";
    value = json_object_get(e, "datacontenttype");
    if (is_text(value) && !strchr(json_string_value(value), '/'))
        return "datacontenttype";
    if (json_object_get(e, "data") && json_object_get(e, "data_base64"))
        return "data";
    json_object_foreach(e, key, value)
    {
        if (strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(key) &&
            strcmp(key, "data_base64") != 0)
            return key;
        if (strcmp(key, "data") != 0 && (json_is_object(value) || json_is_array(value) ||
                                         json_is_real(value)))
            return key;
        if (json_is_integer(value) && json_integer_value(value) > INT32_MAX)
            return key;
    }
    return NULL;
}

static struct event sample(void)
{
    struct event e = {.seq = 17, .at = 1767250800000, .type = EVENT_REMINDED, .concern = 12,
                      .topic = "wage-arrears", .unit = "hr", .region = "330105",
                      .grade = GRADE_MAJOR, .act = ACT_REPLY, .due = 1767423600000, .items = 3,
                      .percent = 80};

    return e;
}

static json_t *written(const struct event *e, uint64_t unitseq, struct str brief)
{
    struct buf out = BUF_INIT;
    json_error_t error;

    assert_int_equal(event_write_json(e, EPOCH, unitseq, brief, &out), 0);
    assert_null(memchr(out.data, '\n', out.len));
    json_t *json = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("%s in %.*s", error.text, (int)out.len, out.data);
    buf_free(&out);
    return json;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "(none)";
}

static void writes_cloudevents(void **state)
{
    struct event e = sample();
    json_t *json = written(&e, 5, STR("{\"title\":\"a\"}"));
    json_t *data = json_object_get(json, "data");
    (void)state;

    assert_null(fault(json));
    assert_string_equal(text_at(json, "id"), EPOCH "/17");
    assert_string_equal(text_at(json, "source"), "/huiying/" EPOCH);
    assert_string_equal(text_at(json, "type"), "huiying.concern.reminded");
    assert_string_equal(text_at(json, "time"), "2026-01-01T15:00:00+08:00");
    assert_string_equal(text_at(json, "subject"), "concerns/c12");
    assert_string_equal(text_at(json, "datacontenttype"), "application/json");
    assert_string_equal(text_at(json, "epoch"), EPOCH);
    assert_int_equal(json_integer_value(json_object_get(json, "seq")), 17);
    assert_int_equal(json_integer_value(json_object_get(json, "unitseq")), 5);
    assert_string_equal(text_at(data, "concern"), "c12");
    assert_string_equal(text_at(data, "topic"), "wage-arrears");
    assert_string_equal(text_at(data, "unit"), "hr");
    assert_string_equal(text_at(data, "grade"), "major");
    assert_string_equal(text_at(data, "region"), "330105");
    assert_string_equal(text_at(data, "due"), "2026-01-03T15:00:00+08:00");
    assert_string_equal(text_at(data, "act"), "reply");
    assert_int_equal(json_integer_value(json_object_get(data, "items")), 3);
    assert_int_equal(json_integer_value(json_object_get(data, "percent")), 80);
    assert_null(json_object_get(data, "late"));
    assert_string_equal(text_at(json_object_get(data, "item"), "title"), "a");
    json_decref(json);
}

static void an_event_of_a_source_names_it_alone(void **state)
{
    struct event e = {.seq = 3, .at = 1767250800000, .type = EVENT_SOURCE_SILENT,
                      .act = ACT_NONE, .source = "daily"};
    char topic[2 * SLUG_MAX + 16];
    json_t *json = written(&e, 0, STR_NONE);
    (void)state;

    assert_null(fault(json));
    assert_string_equal(text_at(json, "type"), "huiying.source.silent");
    assert_string_equal(text_at(json, "subject"), "sources/daily");
    assert_int_equal(json_object_size(json_object_get(json, "data")), 1);
    assert_string_equal(text_at(json_object_get(json, "data"), "source"), "daily");
    assert_int_equal(event_pub_topic(&e, "office", topic), 12);
    assert_string_equal(topic, "source/daily");
    json_decref(json);
}

static void leaves_out_what_does_not_apply(void **state)
{
    (void)state;
    for (int type = 0; type < EVENT_TYPES; type++) {
        struct event e = sample();
        e.type = (enum event_type)type;
        memcpy(e.to, "hr", 3);
        e.region[0] = '\0';
        e.act = ACT_NONE;
        e.late = true;
        json_t *json = written(&e, 0, STR_NONE), *data = json_object_get(json, "data");
        assert_null(fault(json));
        assert_null(json_object_get(json, "unitseq"));
        assert_null(json_object_get(data, "region"));
        assert_null(json_object_get(data, "act"));
        assert_null(json_object_get(data, "item"));
        assert_int_equal(json_object_get(data, "percent") != NULL, type == EVENT_REMINDED);
        assert_int_equal(json_is_true(json_object_get(data, "late")),
                         type == EVENT_ACCEPTED || type == EVENT_ANSWERED ||
                             type == EVENT_PROMISE_KEPT);
        json_decref(json);
    }
}

static void what_a_person_did_is_told(void **state)
{
    struct event e = sample();
    json_t *json, *data;
    (void)state;

    e.percent = 0; /* a person's 催办 */
    memcpy(e.by, "office", 7);
    e.round = 1;
    e.noted = true;
    json = written(&e, 0, STR_NONE);
    data = json_object_get(json, "data");
    assert_null(json_object_get(data, "percent"));
    assert_string_equal(text_at(data, "by"), "office");
    assert_int_equal(json_integer_value(json_object_get(data, "round")), 2);
    assert_true(json_is_true(json_object_get(data, "noted")));
    json_decref(json);
    e.type = EVENT_PROGRESS;
    e.act = ACT_FIRST_INFO;
    json = written(&e, 0, STR_NONE);
    assert_true(json_is_false(json_object_get(json_object_get(json, "data"), "late")));
    json_decref(json);
    for (uint32_t open = 0; open < 2; open++) { /* 办结, with assisting units or without */
        e.type = EVENT_CLOSED;
        e.before = 2 * open;
        e.after = open;
        json = written(&e, 0, STR_NONE);
        data = json_object_get(json, "data");
        assert_int_equal(json_object_get(data, "after") != NULL, open);
        assert_int_equal(json_integer_value(json_object_get(data, "before")), 2 * open);
        json_decref(json);
    }
}

static void rules_are_told_by_version(void **state)
{
    struct event e = {.seq = 4, .at = 1767250800000, .type = EVENT_RULES_LOADED, .act = ACT_NONE,
                      .rules = UINT64_C(0xf00000000000000a), .previous = 1, .items = 23};
    char topic[2 * SLUG_MAX + 16], text[EVENT_RULES_TEXT];
    (void)state;

    json_t *json = written(&e, 2, STR_NONE), *data = json_object_get(json, "data");
    assert_null(fault(json));
    assert_string_equal(text_at(json, "type"), "huiying.rules.loaded");
    assert_string_equal(text_at(json, "subject"), "rules/f00000000000000a");
    assert_string_equal(text_at(data, "version"), "f00000000000000a");
    assert_string_equal(text_at(data, "previous"), "0000000000000001");
    assert_int_equal(json_integer_value(json_object_get(data, "topics")), 23);
    assert_int_equal(json_object_size(data), 3);
    json_decref(json);
    event_pub_topic(&e, "office", topic);
    assert_string_equal(topic, "rules");
    assert_true(event_rules_number(str_from(event_rules_text(e.rules, text))) == e.rules);
    assert_true(event_rules_number(STR("f00000000000000")) == 0);
    assert_true(event_rules_number(STR("F00000000000000a")) == 0);
}

static void names_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_TYPES; i++) {
        assert_int_equal(event_type_find(str_from(event_type_name((enum event_type)i))), i);
        assert_true(*event_type_zh((enum event_type)i) < 0 || *event_type_zh((enum event_type)i));
    }
    for (int i = 0; i <= ACT_NONE; i++)
        assert_int_equal(event_act_find(str_from(event_act_name((enum act)i))), i);
    for (int i = 0; i <= GRADE_GRAVE; i++)
        assert_int_equal(event_grade_find(str_from(event_grade_name((enum grade)i))), i);
    for (int i = 0; i < CONCERN_STATES; i++)
        assert_int_equal(concern_state_find(str_from(concern_state_name((enum concern_state)i))),
                         i);
    assert_int_equal(event_type_find(STR("opened")), -1);
    assert_int_equal(event_grade_find(STR("")), -1);
    assert_string_equal(event_type_zh(EVENT_ESCALATED), "督办");
    assert_string_equal(event_act_zh(ACT_ACCEPT), "签收");
}

static void ids_are_strict(void **state)
{
    static const char *const wrong[] = {"", "c", "c0", "c01", "12", "c-1", "c1 ", "C1", "c+1",
                                        "c99999999999999999999"};
    char text[24];
    (void)state;

    assert_int_equal(concern_format_id(18, text), 3);
    assert_string_equal(text, "c18");
    assert_true(concern_parse_id(STR("c18")) == 18);
    concern_format_id(UINT64_MAX, text);
    assert_string_equal(text, "c18446744073709551615");
    assert_true(concern_parse_id(STR("c9223372036854775807")) == INT64_MAX);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_true(concern_parse_id(str_from(wrong[i])) == 0);
}

static void pub_topic(void **state)
{
    struct event e = sample();
    char out[2 * SLUG_MAX + 16];
    (void)state;

    assert_int_equal(event_pub_topic(&e, "coord", out), strlen("concern/coord/wage-arrears"));
    assert_string_equal(out, "concern/coord/wage-arrears");
}

static void check_samples(const char *data, const char *name, bool good, size_t *seen)
{
    char path[4096];
    json_error_t error;
    json_t *root, *test;
    size_t i, n = 0;

    snprintf(path, sizeof path, "%s/cloudevents/json/%s", data, name);
    root = json_load_file(path, 0, &error);
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "tests"), i, test)
    {
        const char *wrong = fault(json_object_get(test, "event"));
        if ((wrong == NULL) != good)
            print_message("[  NOTE    ] %s: %s\n", text_at(test, "id"), wrong ? wrong : "passes");
        else
            ++*seen;
        n++;
    }
    if (good)
        assert_int_equal(*seen, n);
    json_decref(root);
}

/* The checker above is only worth something when it tells published good and bad events apart. */
static void checker_knows_good_from_bad(void **state)
{
    const char *data = getenv("HUIYING_TEST_DATA");
    size_t valid = 0, invalid = 0;
    (void)state;

    if (!data)
        skip();
    check_samples(data, "valid-events.json", true, &valid);
    check_samples(data, "invalid-events.json", false, &invalid);
    print_message("[  NOTE    ] %zu valid, %zu invalid told rightly\n", valid, invalid);
    assert_true(valid >= 10);
    assert_true(invalid >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_cloudevents),
        cmocka_unit_test(an_event_of_a_source_names_it_alone),
        cmocka_unit_test(leaves_out_what_does_not_apply),
        cmocka_unit_test(what_a_person_did_is_told),
        cmocka_unit_test(rules_are_told_by_version),
        cmocka_unit_test(names_round_trip),
        cmocka_unit_test(ids_are_strict),
        cmocka_unit_test(pub_topic),
        cmocka_unit_test(checker_knows_good_from_bad),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}

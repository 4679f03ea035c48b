#include "classifiers/verdict.h"

#include <stdlib.h>

struct verdicts *verdict_new(void)
{
    struct verdicts *v = NULL;
    struct arena *arena = arena_new();

    if (arena && (v = arena_alloc(arena, 1, sizeof *v)))
        v->arena = arena;
    else
        arena_free(arena);
    return v;
}

void verdict_free(struct verdicts *v)
{
    if (v)
        arena_free(v->arena); /* v itself lies in it */
}

const char *verdict_kind_name(enum verdict_kind kind)
{
    return kind == VERDICT_RAISED ? "raised" : "reported";
}

static const struct {
    const char *name, *zh;
} requests[] = {
    [REQUEST_ENQUIRY] = {"enquiry", "咨询"},      [REQUEST_HELP] = {"help", "求助"},
    [REQUEST_SUGGESTION] = {"suggestion", "建议"}, [REQUEST_COMPLAINT] = {"complaint", "投诉"},
    [REQUEST_REPORT] = {"report", "举报"},
};

const char *verdict_request_name(enum verdict_request request)
{
    return requests[request].name;
}

const char *verdict_request_zh(enum verdict_request request)
{
    return requests[request].zh;
}

int verdict_kind_find(struct str name)
{
    for (int kind = VERDICT_REPORTED; kind <= VERDICT_RAISED; kind++)
        if (str_is(name, verdict_kind_name((enum verdict_kind)kind)))
            return kind;
    return -1;
}

int verdict_request_find(struct str name)
{
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        if (str_is(name, requests[i].name))
            return (int)i;
    return -1;
}

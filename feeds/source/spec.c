#include "feeds/source/spec.h"

#include <stdlib.h>

#include "base/err.h"
#include "feeds/pages/selector.h"

#define SELECTOR(key)                                                                              \
    {                                                                                              \
        .name = (key), .forms = CONF_TEXT,                                                         \
        .expect = "选择器，如 div.post > a@href (a selector such as div.post > a@href)"            \
    }

const struct conf_key spec_select_keys[] = {
    SELECTOR("item"),       SELECTOR("title"),      SELECTOR("link"), SELECTOR("time"),
    SELECTOR("text"),       SELECTOR("reply"),      SELECTOR("reply_time"),
    SELECTOR("reply_unit"), SELECTOR("next"),       {0},
};

const struct conf_key spec_detail_keys[] = {
    SELECTOR("title"), SELECTOR("time"),       SELECTOR("text"),
    SELECTOR("reply"), SELECTOR("reply_time"), SELECTOR("reply_unit"), {0},
};

#define OFFSET(member) offsetof(struct board_spec, member)

/* Where each selector of the maps goes, in the order of the schemas. */
static const size_t in_select[] = {OFFSET(item),  OFFSET(title),      OFFSET(link),
                                   OFFSET(time),  OFFSET(text),       OFFSET(reply),
                                   OFFSET(reply_time), OFFSET(reply_unit), OFFSET(next)};
static const size_t in_detail[] = {OFFSET(detail_title), OFFSET(detail_time),
                                   OFFSET(detail_text),  OFFSET(detail_reply),
                                   OFFSET(detail_reply_time), OFFSET(detail_reply_unit)};

static const struct map {
    const char *name;
    const struct conf_key *keys;
    const size_t *offsets;
} maps[] = {{"select", spec_select_keys, in_select}, {"detail", spec_detail_keys, in_detail}};

static struct str *place(const struct board_spec *spec, size_t offset)
{
    return (struct str *)((char *)spec + offset);
}

static int load_map(const struct map *m, const struct conf_node *node, struct board_spec *spec,
                    struct problems *problems)
{
    for (size_t i = 0; m->keys[i].name; i++) {
        const struct conf_node *value = conf_get(node, m->keys[i].name);
        struct str text = conf_text(value), *to = place(spec, m->offsets[i]);
        const char *problem = NULL;
        if (!text.n)
            continue;
        if (selector_check(text, &problem))
            conf_problem(problems, value, "%s.%s: 选择器 “%.*s”：%s", m->name, m->keys[i].name,
                         STR_ARG(text), problem ? problem : "写法不对 (not a selector)");
        char *copy = strndup(text.p, text.n);
        if (!copy)
            return ERR_NOMEM;
        free((char *)to->p);
        *to = (struct str){copy, text.n};
    }
    return 0;
}

int spec_load(const struct conf_node *select, const struct conf_node *detail,
              struct board_spec *spec, struct problems *problems)
{
    int err = load_map(&maps[0], select, spec, problems);

    return err ? err : load_map(&maps[1], detail, spec, problems);
}

void spec_clear(struct board_spec *spec)
{
    for (size_t m = 0; m < sizeof maps / sizeof *maps; m++)
        for (size_t i = 0; maps[m].keys[i].name; i++)
            free((char *)place(spec, maps[m].offsets[i])->p);
    *spec = (struct board_spec){0};
}

void spec_write(const struct board_spec *spec, struct buf *out)
{
    for (size_t m = 0; m < sizeof maps / sizeof *maps; m++) {
        bool any = false;
        for (size_t i = 0; maps[m].keys[i].name; i++) {
            struct str text = *place(spec, maps[m].offsets[i]);
            if (!text.n)
                continue;
            if (!any)
                buf_addf(out, "%s:\n", maps[m].name);
            any = true;
            buf_addf(out, "  %s: ", maps[m].keys[i].name);
            buf_add_json(out, text);
            buf_add_char(out, '\n');
        }
    }
}

bool spec_has_detail(const struct board_spec *spec)
{
    for (size_t i = 0; spec_detail_keys[i].name; i++)
        if (place(spec, in_detail[i])->n)
            return true;
    return false;
}

#include "daemon/config/source_json.h"

#include "base/err.h"
#include "daemon/http/json_out.h"

/* Keys whose values are not text in JSON. */
static bool is_bare(struct str key)
{
    static const char *const bare[] = {"full_text", "pages"};

    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        if (str_is(key, bare[i]))
            return true;
    return false;
}

static void write_map(struct buf *b, const struct conf_node *map, bool secrets)
{
    buf_add_char(b, '{');
    for (size_t i = 0; i < conf_count(map); i++) {
        const struct conf_node *value = conf_at(map, i);
        struct str key = conf_key_at(map, i);
        if (!secrets && (str_is(key, "headers") || str_is(key, "proxy")))
            continue;
        json_out_next(b);
        buf_add_json(b, key);
        buf_add_char(b, ':');
        if (conf_is(value, CONF_MAP))
            write_map(b, value, true);
        else if (is_bare(key))
            buf_add_str(b, conf_text(value));
        else
            buf_add_json(b, conf_text(value));
    }
    buf_add_char(b, '}');
}

int source_json_write(const struct source *s, bool secrets, struct buf *out)
{
    struct problems *problems = problems_new();
    struct buf yaml = BUF_INIT;
    int err = problems ? source_write(s, &yaml) : ERR_NOMEM;
    struct conf_doc *doc =
        err ? NULL : conf_parse("source", buf_str(&yaml), source_keys, problems);

    if (!err && !doc)
        err = ERR_NOMEM;
    if (!err)
        write_map(out, conf_root(doc), secrets);
    conf_free(doc);
    buf_free(&yaml);
    problems_free(problems);
    return err ? err : buf_ok(out) ? 0 : ERR_NOMEM;
}

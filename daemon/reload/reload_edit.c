/* A topic's text from the page, in the place of its file: a load of the rules in force with it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "daemon/reload/reload_state.h"

static const char suffix[] = ".yaml";
/* Of a new topic whose text does not say which: what is wrong with it is told of this file. */
static const char nameless[] = "new";

/* The folder's, with the edits whatever its files say: where nobody's block is kept yet. */
static int read_folder(struct reload *r, bool edited, struct buf *pack)
{
    struct topic_edits edits = {.list = NULL};
    int err = rules_pack_write(r->conf.config, r->conf.config->rules_dir, pack);

    if (!err && edited)
        err = topic_edits_read(r->reader, STORE_SHARED_EDITS, &edits);
    if (!err && edited)
        err = topic_edits_lay(&edits, pack, NULL);
    topic_edits_clear(&edits);
    return err;
}

void reload_edit_in_force(struct reload *r, const struct reload_read *read)
{
    bool edited = read ? topic_edits_count(&read->edits) > 0 : *r->laid;

    buf_free(&r->force);
    r->force = (struct buf)BUF_INIT;
    int err = read ? buf_add_str(&r->force, buf_str(&read->pack))
                   : read_folder(r, edited, &r->force);
    if (err) { /* it is read anew when it is asked for */
        log_warn("rules.force", "err=%s", err_name(err));
        buf_free(&r->force);
        r->force = (struct buf)BUF_INIT;
    }
    if (read && edited)
        rules_pack_name(buf_str(&read->pack), r->laid);
    else if (read)
        r->laid[0] = '\0';
}

int reload_edit_force(struct reload *r, struct buf *pack)
{
    if (!r->conf.among && r->force.len)
        return buf_add_str(pack, buf_str(&r->force));
    int err = r->conf.among ? town_rules_pack(r->reader, pack) : ERR_NOTFOUND;
    return err == ERR_NOTFOUND ? read_folder(r, r->conf.among || *r->laid, pack) : err;
}

int reload_edit_known(struct reload *r, struct reload_read *read)
{
    int err = r->conf.among ? town_rules_name(r->reader, read->base) : 0;

    return err ? err : topic_edits_read(r->reader, STORE_SHARED_EDITS, &read->edits);
}

int reload_edit_keep(struct reload *r, const struct topic_edits *edits)
{
    struct store_shared row;
    struct buf text = BUF_INIT;
    int err = topic_edits_count(edits) ? topic_edits_write(edits, &text) : 0;

    topic_edits_row(STORE_SHARED_EDITS, buf_str(&text), &row);
    if (!err)
        err = reload_town_share(r, &row, 1);
    buf_free(&text);
    return err;
}

/* All of it of one moment. */
static int read_base(struct reload *r, struct reload_read *read)
{
    char name[RULES_PACK_NAME];
    int err = reload_edit_known(r, read);

    if (!err)
        err = reload_edit_force(r, &read->pack);
    rules_pack_name(buf_str(&read->pack), name);
    if (!err && *read->base && *r->pack && strcmp(read->base, r->pack) != 0)
        err = ERR_STALE; /* everybody's, and not in force here yet */
    return err ? err : *read->base && strcmp(name, read->base) ? ERR_AGAIN : 0;
}

static void note_folder(void *arg, const struct rulebook_view *view)
{
    buf_add_text(arg, view->where.folder);
    buf_add_char(arg, '\0');
}

/* What is shown of it has to be what is changed: a file that was changed and not loaded is not. */
static int file_in_force(struct reload *r, struct str topic, struct str pack,
                         struct problems *problems, struct buf *file)
{
    struct buf folder = BUF_INIT, text = BUF_INIT;

    rulebook_look(r->conf.book, note_folder, &folder);
    int err = buf_ok(&folder) ? rules_topic_file(folder.data, topic, file, &text) : ERR_NOMEM;
    if (!err && !str_eq(rules_pack_topic(pack, buf_str(file)), buf_str(&text))) {
        buf_add_char(file, '\0');
        problems_add(problems, buf_ok(file) ? file->data : "", 0,
                     "这个文件改过而没有装载：先装载规则文件 (this file was changed and not loaded: load the "
                     "rule files first)");
        err = ERR_INVALID;
    }
    buf_free(&folder);
    buf_free(&text);
    return err;
}

/* A new one's has its name, which no other has yet. */
static int new_file(struct str id, struct str pack, struct problems *problems, struct buf *file)
{
    if (id.n)
        buf_add_str(file, id);
    else
        buf_add_text(file, nameless);
    buf_add_text(file, suffix);
    if (!buf_ok(file))
        return ERR_NOMEM;
    if (!rules_pack_topic(pack, buf_str(file)).p)
        return 0;
    problems_add(problems, nameless, 0, "已有事项文件 %.*s%s，改它，或换一个 id (there is such a file "
                 "already: change that, or say another id)", STR_ARG(id), suffix);
    return ERR_INVALID;
}

/* What the file was before anybody changed its topic stays what it was. */
static int put(const struct reload_request *q, struct str file, struct str topic,
               struct reload_read *read)
{
    struct topic_edit before;
    bool again = topic_edits_of_file(&read->edits, file, &before);
    struct topic_edit one = {.topic = topic, .file = file, .text = buf_str(&q->text),
                             .was = again ? before.was
                                          : rules_pack_topic(buf_str(&read->pack), file),
                             .by = str_from(q->name), .at = clock_now()};
    int err = 0;

    if (str_eq(one.was, one.text))
        topic_edits_drop(&read->edits, file);
    else
        err = topic_edits_put(&read->edits, &one);
    return err ? err : rules_pack_put_topic(&read->pack, file, one.text);
}

static int edit(struct reload *r, const struct reload_request *q, struct problems *problems,
                struct reload_read *read)
{
    struct buf id = BUF_INIT, file = BUF_INIT;
    int err = rules_topic_id(buf_str(&q->text), &id);

    if (err == ERR_NOTFOUND) /* which is wrong, and told when it is compiled */
        err = buf_add_str(&id, buf_str(&q->topic));
    if (!err)
        err = q->topic.len ? file_in_force(r, buf_str(&q->topic), buf_str(&read->pack), problems,
                                         &file)
                           : new_file(buf_str(&id), buf_str(&read->pack), problems, &file);
    if (!err)
        err = put(q, buf_str(&file), buf_str(&id), read);
    buf_free(&id);
    buf_free(&file);
    return err;
}

/* One that is not in force, for its file was in the way at the start, is forgotten alone. */
static int restore(const struct reload_request *q, struct reload_read *read)
{
    struct str file = buf_str(&q->text);
    struct topic_edit one;
    int err = 0;

    if (!(file.n ? topic_edits_of_file(&read->edits, file, &one)
                 : topic_edits_of_topic(&read->edits, buf_str(&q->topic), &one)))
        return ERR_NOTFOUND;
    if (str_eq(rules_pack_topic(buf_str(&read->pack), one.file), one.text))
        err = rules_pack_put_topic(&read->pack, one.file, one.was);
    topic_edits_drop(&read->edits, one.file);
    return err;
}

/* Others that were kept and are not in force would come in force unasked. */
static int check_others(const struct reload_read *read, struct problems *problems)
{
    int err = 0;

    for (size_t i = 0; i < topic_edits_count(&read->edits); i++) {
        struct topic_edit one;
        topic_edits_get(&read->edits, i, &one);
        if (str_eq(rules_pack_topic(buf_str(&read->pack), one.file), one.text))
            continue;
        problems_add(problems, one.file.p, 0, "页面上对它的改动现在不在用，先还原它 (its change on the page is "
                     "not in force now: take that back first)");
        err = ERR_INVALID;
    }
    return err;
}

int reload_edit_read(struct reload *r, const struct reload_request *q, struct problems *problems,
                     struct reload_read *read)
{
    const struct lint lint = {.now = clock_now()};
    const struct rulebook_where own = read->where;
    bool restores = q->order.verb == RELOAD_RESTORE;
    int err = read_base(r, read);

    if (!err)
        err = restores ? restore(q, read) : edit(r, q, problems, read);
    if (!err && !restores)
        err = check_others(read, problems);
    if (!err)
        err = reload_town_read(r, buf_str(&read->pack), &lint, problems, read);
    if (!r->conf.among && !topic_edits_count(&read->edits))
        read->where = own;
    return err;
}

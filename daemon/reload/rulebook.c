#include "daemon/reload/rulebook.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct rule_set {
    struct rules *rules;
    struct town *town;
    struct rule_set *with; /* whose the rules are; NULL: its own */
    bool owned;
    atomic_int holders;
    uint64_t mark;
};

struct rulebook {
    pthread_mutex_t lock;
    struct rule_set *set;
    char *folder, *places, *refused_folder;
    struct problems *refused;
    int64_t since, refused_at;
    struct rulebook_stage staged, denied;
    int unread;
};

struct rule_set *rule_set_new(struct rules **rules, struct town **town, bool owned)
{
    struct rule_set *set = calloc(1, sizeof *set);

    if (!set)
        return NULL;
    set->rules = *rules;
    set->town = *town;
    set->owned = owned;
    atomic_init(&set->holders, 1);
    randombytes_buf(&set->mark, sizeof set->mark);
    if (owned) {
        *rules = NULL;
        *town = NULL;
    }
    return set;
}

struct rule_set *rule_set_move(struct rule_set *with, struct town **town)
{
    struct rule_set *set = rule_set_new(&with->rules, town, false);

    if (!set)
        return NULL;
    set->with = rule_set_hold(with->with ? with->with : with);
    *town = NULL;
    return set;
}

struct rule_set *rule_set_hold(struct rule_set *set)
{
    atomic_fetch_add(&set->holders, 1);
    return set;
}

void rule_set_release(struct rule_set *set)
{
    if (!set || atomic_fetch_sub(&set->holders, 1) > 1)
        return;
    if (set->owned)
        rules_free(set->rules);
    if (set->owned || set->with)
        town_free(set->town);
    rule_set_release(set->with);
    free(set);
}

uint64_t rule_set_mark(const struct rule_set *set)
{
    return set->mark;
}

const struct rules *rule_set_rules(const struct rule_set *set)
{
    return set->rules;
}

const struct town *rule_set_town(const struct rule_set *set)
{
    return set->town;
}

static char *copy(const char *text)
{
    return strdup(text ? text : "");
}

struct rulebook *rulebook_new(struct rules *first, struct town *town,
                              const struct rulebook_where *where)
{
    struct rulebook *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    b->set = rule_set_new(&first, &town, false);
    b->folder = copy(where->folder);
    b->places = copy(where->places);
    b->since = clock_now();
    if (!b->set || !b->folder || !b->places) {
        free(b->folder);
        free(b->places);
        rule_set_release(b->set);
        free(b);
        return NULL;
    }
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void rulebook_free(struct rulebook *b)
{
    if (!b)
        return;
    rule_set_release(b->set);
    problems_free(b->refused);
    free(b->folder);
    free(b->places);
    free(b->refused_folder);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

struct rule_set *rulebook_hold(struct rulebook *b)
{
    pthread_mutex_lock(&b->lock);
    struct rule_set *set = rule_set_hold(b->set);
    pthread_mutex_unlock(&b->lock);
    return set;
}

/* With the lock held. A name that memory is short for is shown as it was. */
static void set_path(char **to, const char *path)
{
    char *kept = copy(path);

    if (!kept)
        return;
    free(*to);
    *to = kept;
}

void rulebook_adopt(struct rulebook *b, struct rule_set *set, const struct rulebook_where *where)
{
    struct rule_set *old = NULL;

    pthread_mutex_lock(&b->lock);
    if (set != b->set) {
        old = b->set;
        b->set = rule_set_hold(set);
        b->since = clock_now();
    }
    set_path(&b->folder, where->folder);
    set_path(&b->places, where->places);
    problems_free(b->refused);
    b->refused = NULL;
    pthread_mutex_unlock(&b->lock);
    rule_set_release(old);
}

void rulebook_refuse(struct rulebook *b, const char *folder, struct problems **problems)
{
    pthread_mutex_lock(&b->lock);
    problems_free(b->refused);
    b->refused = *problems;
    *problems = NULL;
    set_path(&b->refused_folder, folder);
    b->refused_at = clock_now();
    pthread_mutex_unlock(&b->lock);
}

void rulebook_stage(struct rulebook *b, const struct rulebook_stage *stage)
{
    static const struct rulebook_stage none = {.stage = ""};

    pthread_mutex_lock(&b->lock);
    b->staged = stage ? *stage : none;
    b->denied = none;
    pthread_mutex_unlock(&b->lock);
}

void rulebook_deny(struct rulebook *b, const struct rulebook_stage *denied)
{
    pthread_mutex_lock(&b->lock);
    b->denied = *denied;
    b->staged = (struct rulebook_stage){.stage = ""};
    pthread_mutex_unlock(&b->lock);
}

void rulebook_unread(struct rulebook *b, int err)
{
    pthread_mutex_lock(&b->lock);
    b->unread = err;
    pthread_mutex_unlock(&b->lock);
}

void rulebook_look(struct rulebook *b, void (*look)(void *arg, const struct rulebook_view *view),
                   void *arg)
{
    pthread_mutex_lock(&b->lock);
    const struct rulebook_view view = {b->set->rules,
                                       {b->folder, b->places},
                                       b->since,
                                       b->refused,
                                       b->refused_folder,
                                       b->refused_at,
                                       *b->staged.stage ? &b->staged : NULL,
                                       *b->denied.stage ? &b->denied : NULL,
                                       b->unread};
    look(arg, &view);
    pthread_mutex_unlock(&b->lock);
}

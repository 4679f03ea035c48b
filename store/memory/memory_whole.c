/* What a transfer needs of the memory twin. Nobody writes meanwhile, and nothing changes hands. */
#include "base/err.h"
#include "store/memory/memory.h"

int memory_each_alias(struct store *s, int (*each)(void *arg, const struct store_alias *alias),
                      void *arg)
{
    const struct memory_state *m = ((struct memory *)s)->state;
    int err = 0;

    for (size_t i = 0; i < m->naliases && !err; i++) {
        struct store_alias alias = {.alias = m->aliases[i].alias};
        memcpy(alias.ident, m->items[m->aliases[i].item].item.ident, STORE_IDENT);
        err = each(arg, &alias);
    }
    return err;
}

int memory_each_cursor(struct store *s, int (*each)(void *arg, const struct store_cursor *cursor),
                       void *arg)
{
    const struct memory_state *m = ((struct memory *)s)->state;
    int err = 0;

    for (size_t i = 0; i < m->ncursors && !err; i++)
        err = each(arg, &m->cursors[i]);
    return err;
}

int memory_each_command(struct store *s,
                        int (*each)(void *arg, const struct store_command *command), void *arg)
{
    const struct memory_state *m = ((struct memory *)s)->state;
    int err = 0;

    for (size_t i = 0; i < m->ncommands && !err; i++)
        err = each(arg, &m->commands[i]);
    return err;
}

int memory_adopt(struct store *s, const struct store *other)
{
    memcpy(s->epoch, other->epoch, sizeof s->epoch);
    memcpy(s->hash_key, other->hash_key, sizeof s->hash_key);
    return 0;
}

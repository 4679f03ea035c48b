#include "daemon/cluster/letterbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct letter {
    struct letter *next;
    int slot;
    size_t n;
    char text[];
};

struct letterbox {
    pthread_mutex_t lock;
    struct letter *first, **end;
    size_t count;
};

struct letterbox *letterbox_new(void)
{
    struct letterbox *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    pthread_mutex_init(&o->lock, NULL);
    o->end = &o->first;
    return o;
}

void letterbox_free(struct letterbox *o)
{
    if (!o)
        return;
    letterbox_sent(o, o->count);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

int letterbox_put(struct letterbox *o, struct str text, int slot)
{
    struct letter *l = malloc(sizeof *l + text.n);

    if (!l)
        return ERR_NOMEM;
    *l = (struct letter){.slot = slot, .n = text.n};
    if (text.n)
        memcpy(l->text, text.p, text.n);
    pthread_mutex_lock(&o->lock);
    *o->end = l;
    o->end = &l->next;
    o->count++;
    pthread_mutex_unlock(&o->lock);
    return 0;
}

size_t letterbox_first(struct letterbox *o, struct letterbox_item *out, size_t max)
{
    size_t n = 0;

    pthread_mutex_lock(&o->lock);
    for (struct letter *l = o->first; l && n < max; l = l->next)
        out[n++] = (struct letterbox_item){{l->text, l->n}, l->slot};
    pthread_mutex_unlock(&o->lock);
    return n;
}

void letterbox_sent(struct letterbox *o, size_t n)
{
    pthread_mutex_lock(&o->lock);
    for (; n && o->first; n--, o->count--) {
        struct letter *l = o->first;
        o->first = l->next;
        free(l);
    }
    if (!o->first)
        o->end = &o->first;
    pthread_mutex_unlock(&o->lock);
}

size_t letterbox_unsent(struct letterbox *o)
{
    pthread_mutex_lock(&o->lock);
    size_t n = o->count;
    pthread_mutex_unlock(&o->lock);
    return n;
}

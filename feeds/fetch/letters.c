#include "feeds/fetch/letters.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/err.h"

struct pile {
    struct letter *list;
    size_t n, cap;
};

struct letters {
    pthread_mutex_t lock;
    struct pile in; /* under lock */
    bool closed;    /* ditto */
    struct pile read;
};

struct letters *letters_new(void)
{
    struct letters *l = calloc(1, sizeof *l);

    if (l && pthread_mutex_init(&l->lock, NULL)) {
        free(l);
        return NULL;
    }
    return l;
}

void letters_free(struct letters *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->in.n; i++) {
        if (l->in.list[i].kind == LETTER_PAGE)
            fetch_page_free(l->in.list[i].page);
        if (l->in.list[i].kind == LETTER_PARTS)
            fetch_parts_free(l->in.list[i].parts);
    }
    free(l->in.list);
    free(l->read.list);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static int push(struct pile *p, const struct letter *letter)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 16;
        struct letter *more = reallocarray(p->list, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        p->list = more;
        p->cap = cap;
    }
    p->list[p->n++] = *letter;
    return 0;
}

int letters_post(struct letters *l, const struct letter *letter)
{
    pthread_mutex_lock(&l->lock);
    int err = push(&l->in, letter);
    pthread_mutex_unlock(&l->lock);
    return err;
}

void letters_close(struct letters *l)
{
    pthread_mutex_lock(&l->lock);
    l->closed = true;
    pthread_mutex_unlock(&l->lock);
}

bool letters_read(struct letters *l, struct letter **list, size_t *n)
{
    pthread_mutex_lock(&l->lock);
    struct pile spare = l->read;
    spare.n = 0;
    l->read = l->in;
    l->in = spare;
    bool go = !l->closed;
    pthread_mutex_unlock(&l->lock);
    *list = l->read.list;
    *n = l->read.n;
    return go;
}

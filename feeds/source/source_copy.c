#include <stdlib.h>

#include "feeds/source/source.h"

/* Where copies go: with `to` NULL it only counts what they need. */
struct packer {
    char *to;
    size_t used;
};

static void *pack(struct packer *p, const void *from, size_t size, size_t align)
{
    p->used = (p->used + align - 1) & ~(align - 1);
    char *at = p->to ? p->to + p->used : NULL;

    p->used += size;
    return at && size ? memcpy(at, from, size) : at;
}

static char *pack_text(struct packer *p, const char *text)
{
    return text ? pack(p, text, strlen(text) + 1, 1) : NULL;
}

/* A board spec is nothing but texts. */
static void pack_board(struct packer *p, const struct board_spec *from, struct board_spec *to)
{
    const struct str *in = (const struct str *)from;
    struct str *out = (struct str *)to;

    for (size_t i = 0; i < sizeof *from / sizeof *in; i++) {
        char *copy = in[i].n ? pack(p, in[i].p, in[i].n, 1) : NULL;
        if (out)
            out[i] = (struct str){copy, in[i].n};
    }
}

static struct source_extras *pack_extras(struct packer *p, const struct source_extras *from)
{
    struct source_extras *to = pack(p, from, sizeof *from, _Alignof(max_align_t));
    size_t n = 0;

    while (from->headers && from->headers[n])
        n++;
    char **headers = from->headers ? pack(p, from->headers, (n + 1) * sizeof *headers,
                                          _Alignof(char *))
                                   : NULL;
    for (size_t i = 0; i < n; i++) {
        char *copy = pack_text(p, from->headers[i]);
        if (headers)
            headers[i] = copy;
    }
    char *proxy = pack_text(p, from->proxy);
    pack_board(p, &from->board, to ? &to->board : NULL);
    if (to) {
        to->headers = headers;
        to->proxy = proxy;
    }
    return to;
}

static struct source *pack_source(struct packer *p, const struct source *from, const char *url)
{
    struct source *to = pack(p, from, sizeof *from, _Alignof(max_align_t));
    struct source_extras *extras = from->extras ? pack_extras(p, from->extras) : NULL;
    char *id = pack_text(p, from->id), *name = pack_text(p, from->name);
    char *region = pack_text(p, from->region), *category = pack_text(p, from->category);

    url = pack_text(p, url ? url : from->url);
    if (to) {
        to->extras = extras;
        to->id = id;
        to->name = name;
        to->url = (char *)url;
        to->region = region;
        to->category = category;
    }
    return to;
}

struct source *source_copy(const struct source *s, const char *url)
{
    struct packer p = {0};

    pack_source(&p, s, url);
    p.to = malloc(p.used);
    p.used = 0;
    return p.to ? pack_source(&p, s, url) : NULL;
}

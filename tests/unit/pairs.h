/* tests/unit/pairs.h - posts of our own wording, judged by the shipped rules, for a desk to take.
 *
 * tests/data/pairs*.tsv: set, kind, matter, day, place, title, text. Every two posts of a set are a
 * pair; they belong together when they name the same matter. */
#ifndef HUIYING_TESTS_PAIRS_H
#define HUIYING_TESTS_PAIRS_H

#include "alerts/desk/desk.h"
#include "tests/unit/judged.h"

enum { PAIRS_POSTS = 1400, PAIRS_FILES = 11 };

struct pairs_post {
    struct str set, kind, matter, place, title, text;
    int64_t day;
    struct verdict v;
    struct verdict_tag any;
};

struct pairs {
    struct judged by;
    struct units *units;
    struct deadlines *deadlines;
    struct buf data[PAIRS_FILES];
    struct pairs_post posts[PAIRS_POSTS]; /* of all files, in their order */
    size_t nfiles, n;
    struct changes changes;
};

/* Without a post yet: 0 or -1, as cmocka's set-up. */
int pairs_set_up(struct pairs *p);
int pairs_tear_down(struct pairs *p);
/* Add the posts of a file of the source tree. */
void pairs_read(struct pairs *p, const char *path);
/* Of one unit; it refers to *conf. */
struct desk *pairs_desk(const struct pairs *p, struct desk_conf *conf);
/* The concern that the desk puts it to. */
uint64_t pairs_put(struct pairs *p, struct desk *d, const struct pairs_post *post);

#endif

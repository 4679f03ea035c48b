/* base/conf_node.h - the tree between conf.c, which reads it, and conf_check.c, which checks it. */
#ifndef HUIYING_BASE_CONF_NODE_H
#define HUIYING_BASE_CONF_NODE_H

#include "base/conf.h"

struct conf_node {
    const char *file;
    int line, column;
    enum conf_form form; /* CONF_TEXT, CONF_LIST or CONF_MAP */
    bool quoted;
    struct str text;
    size_t count;
    struct conf_node *values;
    struct conf_node *keys; /* CONF_MAP: as text nodes, with their lines */
    int64_t number;         /* what the check read for INT, DURATION, DATE, BOOL */
    double decimal;
    bool valid; /* number or decimal is set */
};

/* Check a tree against a root table, and set the numbers of valid scalars. */
void conf_check(struct conf_node *root, const struct conf_key *keys, struct problems *problems);

#endif

/* base/conf.h - YAML files checked against a schema table, every problem at once. */
#ifndef HUIYING_BASE_CONF_H
#define HUIYING_BASE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/problems.h"
#include "base/str.h"

/* What a value may be; a key may allow several forms (CONF_TEXT | CONF_LIST). */
enum conf_form {
    CONF_TEXT = 1 << 0,     /* any scalar, not empty */
    CONF_INT = 1 << 1,      /* whole number in [min, max] */
    CONF_NUMBER = 1 << 2,   /* decimal number in [min, max] */
    CONF_BOOL = 1 << 3,     /* true / false */
    CONF_DURATION = 1 << 4, /* 500ms, 30s, 5m, 48h, 7d; conf_int() gives ms, in [min, max] ms */
    CONF_SLUG = 1 << 5,     /* a-z, 0-9, '-', beginning with a letter, <= 64 bytes: an id */
    CONF_CHOICE = 1 << 6,   /* one of `choices` */
    CONF_URL = 1 << 7,      /* http:// or https:// with a host */
    CONF_LIST = 1 << 8,     /* sequence; its elements follow `element` */
    CONF_MAP = 1 << 9,      /* mapping; its keys follow `keys`, or any key when `keys` is NULL, the
                               values then following `element` */
    CONF_DATE = 1 << 10     /* YYYY-MM-DD that exists; conf_int() gives days since 1970 */
};

struct conf_key {
    const char *name;                /* NULL ends a table, and in `element` is unused */
    unsigned forms;                  /* conf_form bits */
    bool required;
    const struct conf_key *keys;     /* CONF_MAP: its table */
    const struct conf_key *element;  /* CONF_LIST, or CONF_MAP of free keys: form of each */
    const char *const *choices;      /* CONF_CHOICE: NULL-ended */
    double min, max;                 /* both 0: no bounds */
    const char *expect; /* optional "zh (en)" for the message instead of a derived one */
};

struct conf_doc;
struct conf_node; /* borrowed from its document */

/* Load path (<= 16 MiB, one YAML document, no aliases) whose root is a map with the table `keys`.
 * Unknown key (nearest known name is offered), duplicate key, wrong form, value out of bounds and
 * missing required key each become a problem "FILE:LINE", all of them in one pass. Returns the
 * document even when values are wrong, so that callers can add problems of their own; NULL only
 * when nothing could be read (a problem says why). Any thread. */
struct conf_doc *conf_load(const char *path, const struct conf_key *keys,
                           struct problems *problems);
/* The same from memory; `name` stands for the file in messages. */
struct conf_doc *conf_parse(const char *name, struct str text, const struct conf_key *keys,
                            struct problems *problems);
void conf_free(struct conf_doc *doc);
const struct conf_node *conf_root(const struct conf_doc *doc);

/* All accept node == NULL and values of the wrong form, and then return the "absent" value, so
 * that reading goes on after a problem was noted. */
const struct conf_node *conf_get(const struct conf_node *map, const char *key);
/* LIST, MAP or TEXT (any scalar). */
bool conf_is(const struct conf_node *node, enum conf_form form);
struct str conf_text(const struct conf_node *node);              /* STR_NONE; ends in NUL */
/* A copy of it, or of what stands for none or an empty one; the caller's. NULL: no memory. */
char *conf_copy(const struct conf_node *node, const char *absent);
int64_t conf_int(const struct conf_node *node, int64_t absent);  /* INT, DURATION, DATE */
double conf_number(const struct conf_node *node, double absent);
bool conf_bool(const struct conf_node *node, bool absent);
size_t conf_count(const struct conf_node *list_or_map);
const struct conf_node *conf_at(const struct conf_node *list_or_map, size_t i); /* value */
struct str conf_key_at(const struct conf_node *map, size_t i);                  /* its key */
/* For messages of the caller's own checks. */
const char *conf_file(const struct conf_node *node);
int conf_line(const struct conf_node *node);
int conf_column(const struct conf_node *node); /* code points, from 1; 0: absent */

/* problems_add_at() a node's place. */
#define conf_problem(problems, node, ...) \
    problems_add_at((problems), conf_file(node), conf_line(node), conf_column(node), __VA_ARGS__)

#endif

/* tests/unit/parsed.h - feeds of tests/data/feeds and others as parse_feed() reads them, and what
 * they must hold; what is not so fails the test. */
#ifndef HUIYING_TESTS_PARSED_H
#define HUIYING_TESTS_PARSED_H

#include "feeds/formats/parse.h"

/* Of board.html. */
extern const struct board_spec parsed_board;

/* Read at noon on 2023-07-26, +08:00; `err` is what parse_feed() returns. item_feed_free() it. */
struct feed *parsed(struct str body, const char *mime, const struct board_spec *spec, int err);
struct feed *parsed_file(const char *name, const struct board_spec *spec);
/* want: RFC 3339, +08:00. */
void parsed_time(int64_t ms, const char *want);
/* None of the people planted in the files is in what is written of it. */
void parsed_without_people(const struct feed *feed);

#endif

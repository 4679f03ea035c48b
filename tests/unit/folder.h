/* tests/unit/folder.h - a folder of rules that a test writes, beside the shipped ones. */
#ifndef HUIYING_TESTS_FOLDER_H
#define HUIYING_TESTS_FOLDER_H

#include <stdbool.h>

#include "base/problems.h"
#include "tests/unit/scratch.h"

/* How a topic begins that has nothing wrong: four lines, the rest are a test's own. */
#define HEAD "id: water\nname: {zh: 停水, en: Water}\nunit: water\ndeadlines: [ordinary-48h]\n"

extern char folder[SCRATCH_PATH];

/* For cmocka: make it, empty; remove it with all that is in it. */
int folder_set_up(void **state);
int folder_tear_down(void **state);
/* Write a file of its folder `dir` ("topics", "lists"). */
void folder_put(const char *dir, const char *name, const char *text);
/* Is there a problem at this line that holds these words? */
bool folder_told(const struct problems *p, int line, const char *words);

#endif

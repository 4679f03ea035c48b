/* tests/unit/scratch.h - files and folders of a test's own, made where TMPDIR says. */
#ifndef HUIYING_TESTS_SCRATCH_H
#define HUIYING_TESTS_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { SCRATCH_PATH = 4096 };

static inline void scratch_name(char path[static SCRATCH_PATH], const char *word)
{
    const char *folder = getenv("TMPDIR");

    snprintf(path, SCRATCH_PATH, "%s/huiying-%s-XXXXXX", folder ? folder : P_tmpdir, word);
}

/* An empty folder with this word in its name: 0, or -1. */
static inline int scratch_folder(char path[static SCRATCH_PATH], const char *word)
{
    scratch_name(path, word);
    return mkdtemp(path) ? 0 : -1;
}

/* A file with this text, the word in its name: 0, or -1. */
static inline int scratch_file(char path[static SCRATCH_PATH], const char *word, const char *text)
{
    scratch_name(path, word);
    int fd = mkstemp(path);
    return fd < 0 || close(fd) || file_replace(path, str_from(text), 0600) ? -1 : 0;
}

/* The folder with all that is in it: 0, or what rm says. */
static inline int scratch_remove(const char *folder)
{
    char command[SCRATCH_PATH + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#endif

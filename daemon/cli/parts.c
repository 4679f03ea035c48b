#define _GNU_SOURCE
#include "daemon/cli/parts.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "daemon/cli/commands.h"
#include "store/address.h"

static const char LOCK[] = ".lock";

char *parts_beside(const char *file, const char *suffix)
{
    char *out = NULL;

    return asprintf(&out, "sqlite:%s.%s-%ld", file, suffix, (long)getpid()) < 0 ? NULL : out;
}

/* "FILE.part-PID.lock" or "FILE.restoring-PID.lock", which the store of that name holds as long as
 * its process lives; of one that does not live here. */
static bool is_left(const char *name)
{
    static const char *const marks[] = {".part-", ".restoring-"};
    size_t n = strlen(name), end = sizeof LOCK - 1;

    if (n < end || strcmp(name + n - end, LOCK) != 0)
        return false;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = strstr(name, marks[i]);
        const char *digits = at ? at + strlen(marks[i]) : name;
        struct str pid = {digits, strspn(digits, "0123456789")};
        long long number;
        if (at && pid.p + pid.n == name + n - end && !str_int(pid, 2, INT_MAX, &number))
            return kill((pid_t)number, 0) && errno == ESRCH;
    }
    return false;
}

static void sweep(const char *folder, const char *name)
{
    char *address;
    int n = (int)(strlen(name) - (sizeof LOCK - 1));

    if (asprintf(&address, "sqlite:%s/%.*s", folder, n, name) < 0)
        return;
    address_erase(address); /* what cannot be erased is there the next time */
    free(address);
}

void parts_sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *e;

    while (dir && (e = readdir(dir)))
        if (is_left(e->d_name))
            sweep(folder, e->d_name);
    if (dir)
        closedir(dir);
}

int parts_room(const char *file)
{
    char *copy = strdup(file);
    const char *folder = copy ? dirname(copy) : file, *wrong = NULL;
    struct stat st;

    if (stat(folder, &st))
        wrong = "没有这个文件夹，请先建好 (no such folder: make it first)";
    else if (!S_ISDIR(st.st_mode))
        wrong = "应为文件夹 (expected a folder)";
    else if (access(folder, W_OK))
        wrong = "这个文件夹不可写 (this folder may not be written)";
    if (wrong)
        cli_error("%s: %s", folder, wrong);
    free(copy);
    return wrong ? EX_CANTCREAT : 0;
}

int parts_source(const char *file)
{
    struct stat st;

    if (stat(file, &st)) {
        cli_error("%s: 没有此文件 (no such file)", file);
        return EX_NOINPUT;
    }
    if (S_ISDIR(st.st_mode)) {
        cli_error("%s: 是文件夹，应为库文件 (a folder; expected the file of a store)", file);
        return EX_NOINPUT;
    }
    return 0;
}

/* What may follow the words typed so far: the shell's completion asks the table itself. */
#include <string.h>

#include "daemon/cli/commands.h"

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The length of the i-th word of a command's name, and where it is; 0: it has no such word. */
static size_t word_of(const char *name, int i, const char **at)
{
    for (; i > 0 && *name; i--) {
        name += strcspn(name, " ");
        name += *name == ' ';
    }
    *at = name;
    return strcspn(name, " ");
}

static bool has_words(const char *name, char *const *words, int n)
{
    const char *at;

    for (int i = 0; i < n; i++)
        if (word_of(name, i, &at) != strlen(words[i]) || strncmp(at, words[i], strlen(words[i])))
            return false;
    return true;
}

/* The n-th word of a command whose first n are these; 0: it has none, or is another command. */
static size_t next_word(const struct cli_command *c, char *const *words, int n, const char **at)
{
    return has_words(c->name, words, n) ? word_of(c->name, n, at) : 0;
}

/* Each once, though a group's commands need not stand together. */
static void print_words(char *const *words, int n, const char *prefix)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        const char *at, *other;
        size_t length = next_word(c, words, n, &at);
        bool told = !length || !begins(at, prefix);
        for (const struct cli_command *e = cli_commands; e < c && !told; e++)
            told = next_word(e, words, n, &other) == length && !memcmp(at, other, length);
        if (!told)
            cli_printf("%.*s\n", (int)length, at);
    }
}

/* The command that the words name, and how many of them do. */
static const struct cli_command *find(char *const *words, int n, int *used)
{
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        const char *at;
        int own = word_of(c->name, 1, &at) ? 2 : 1;
        if (own <= n && has_words(c->name, words, own)) {
            *used = own;
            return c;
        }
    }
    return NULL;
}

static void print_options(const struct cli_command *c, const char *prefix)
{
    for (const struct cli_option *o = c->options; o && o->name; o++)
        if (begins(o->name, prefix + 2))
            cli_printf("--%s\n", o->name);
    if (begins("help", prefix + 2))
        cli_print(STR("--help\n"));
}

int commands_complete(const struct cli_args *args)
{
    int n = args->count - 1, used = 0;
    const char *last = args->rest[n];
    const struct cli_command *c = find(args->rest, n, &used);

    if (c && begins(last, "--"))
        print_options(c, last);
    else if (!c)
        print_words(args->rest, n, last);
    return EX_OK;
}

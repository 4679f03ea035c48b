#include "daemon/cli/cli.h"

#include "build-config.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/utf8.h"

void cli_error(const char *format, ...)
{
    va_list ap;

    fputs("huiying: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
}

void cli_error_at(const char *file, int line, const char *format, ...)
{
    va_list ap;

    fprintf(stderr, "huiying: %s:", strcmp(file, "-") == 0 ? "<stdin>" : file);
    if (line > 0)
        fprintf(stderr, "%d:", line);
    fputc(' ', stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
}

static void output_failed(void)
{
    if (errno == EPIPE)
        _exit(128 + SIGPIPE);
    cli_error("写不出结果 (cannot write): %s", strerror(errno));
    _exit(EX_IOERR);
}

void cli_print(struct str text)
{
    if (text.n && fwrite(text.p, 1, text.n, stdout) != text.n)
        output_failed();
}

void cli_printf(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    int n = vprintf(format, ap);
    va_end(ap);
    if (n < 0)
        output_failed();
}

void cli_json(const struct json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT);
    cli_print(STR("\n"));
}

void cli_flush(void)
{
    if (fflush(stdout) || ferror(stdout))
        output_failed();
}

void cli_pad(struct buf *line, struct str text, int width)
{
    buf_add_str(line, text);
    for (int at = utf8_width(text); at < width; at++)
        buf_add_char(line, ' ');
}

const char *cli_value(const struct cli_args *args, const char *name)
{
    for (int i = 0; args->command->options && args->command->options[i].name; i++)
        if (strcmp(args->command->options[i].name, name) == 0)
            return args->values[i];
    return NULL;
}

const char *cli_file(const struct cli_args *args, int i)
{
    return i < args->count ? args->rest[i] : "-";
}

int cli_read(const char *file, size_t max, struct buf *out)
{
    int err = file_read(file, max, out);

    if (!err)
        return 0;
    cli_error_at(file, 0, "%s", err_text(err));
    return err == ERR_LIMIT ? EX_DATAERR : err == ERR_NOMEM ? EX_OSERR : EX_NOINPUT;
}

static void show_options(const struct cli_option *options)
{
    static const struct cli_option common[] = {
        {"help", NULL, "显示帮助并退出 (show this help and exit)"},
        {"version", NULL, "显示版本并退出 (show the version and exit)"},
        {0},
    };
    const struct cli_option *const lists[] = {options, common};

    cli_printf("\n选项 Options:\n");
    for (size_t k = 0; k < 2; k++) {
        for (const struct cli_option *o = lists[k]; o && o->name; o++) {
            struct buf line = BUF_INIT;
            struct buf name = BUF_INIT;
            buf_addf(&name, "  --%s%s%s", o->name, o->argument ? " " : "",
                     o->argument ? o->argument : "");
            cli_pad(&line, buf_str(&name), 24);
            buf_addf(&line, " %s\n", o->help);
            cli_print(buf_str(&line));
            buf_free(&name);
            buf_free(&line);
        }
    }
}

static int show_help(const struct cli_command *c)
{
    cli_printf("用法 Usage: huiying %s%s%s\n%s\n", c->name, c->usage[0] ? " " : "", c->usage,
               c->help);
    show_options(c->options);
    cli_flush();
    return EX_OK;
}

static int show_version(void)
{
    cli_printf("huiying (回应) %s\n", PACKAGE_VERSION);
    cli_flush();
    return EX_OK;
}

/* "feeds" of "feeds list"; empty where a name is one word. */
static struct str group_of(const struct cli_command *c)
{
    const char *space = strchr(c->name, ' ');

    return space ? (struct str){c->name, (size_t)(space - c->name)} : STR("");
}

/* All commands, or those of one group. */
static int show_commands(const struct cli_command *table, const char *group)
{
    cli_printf("用法 Usage: huiying %s%sCOMMAND [OPTION]... [ARGUMENT]...\n"
               "公众关切的发现、交办与回应 (finds public concerns and follows them to an answer)\n\n"
               "命令 Commands:\n",
               group, *group ? " " : "");
    for (const struct cli_command *c = table; c->name; c++) {
        if (*group && !str_is(group_of(c), group))
            continue;
        struct buf line = BUF_INIT;
        buf_add_text(&line, "  ");
        cli_pad(&line, str_from(c->name), 14);
        buf_addf(&line, " %s\n", c->help);
        cli_print(buf_str(&line));
        buf_free(&line);
    }
    show_options(NULL);
    cli_printf("\n`huiying COMMAND --help` 说明各命令 (explains each command)。\n"
               "$HUIYING_SOCKET 指定服务的套接字 (names the daemon's socket)。\n");
    cli_flush();
    return EX_OK;
}

static int usage_error(const struct cli_command *c, const char *what)
{
    cli_error("%s: %s", c->name, what);
    fprintf(stderr, "用法 Usage: huiying %s %s\n试试 Try `huiying %s --help`\n", c->name, c->usage,
            c->name);
    return EX_USAGE;
}

/* Names of files are bytes; all else goes into JSON and addresses, where it would be left out. */
static int check_values(const struct cli_args *args)
{
    const struct str paths[] = {STR("FILE"), STR("DIR"), STR("PAGE"), STR("PROGRAM")};

    for (const struct cli_option *o = args->command->options; o && o->name; o++) {
        const char *value = args->values[o - args->command->options];
        if (!value || utf8_valid(str_from(value)) ||
            str_among_nocase(str_from(o->argument), paths, sizeof paths / sizeof *paths))
            continue;
        cli_error("--%s: 应为 UTF-8 (expected UTF-8)", o->name);
        return EX_DATAERR;
    }
    return EX_OK;
}

enum { KEY_CHARACTERS = 40, WORDS = 64 };

/* getopt would take the next word as its value: "--keys", and what that may be shortened to. */
static bool awaits_value(const struct cli_command *c, const char *word)
{
    if (strncmp(word, "--", 2) != 0)
        return false;
    for (const struct cli_option *o = c->options; o && o->name; o++)
        if (o->argument && strncmp(o->name, word + 2, strlen(word + 2)) == 0)
            return true;
    return false;
}

/* A public key is 40 characters of Z85 (ZeroMQ RFC 32), of which the hyphen is one: a key that
 * begins with it is no option, so it goes behind a "--", where getopt takes words as they stand.
 * Returns them in the order for getopt: argv, or `ordered`. */
static char **keys_last(const struct cli_command *c, int *argc, char **argv,
                        char *ordered[static WORDS + 2])
{
    static char end[] = "--";
    char *behind[WORDS];
    int n = 0, keys = 0;

    if (!strstr(c->usage, "PUBLICKEY") || *argc > WORDS)
        return argv;
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            return argv;
        if (strlen(argv[i]) == KEY_CHARACTERS && argv[i][0] == '-' && argv[i][1] != '-')
            behind[keys++] = argv[i];
        else
            ordered[n++] = argv[i];
    }
    if (!keys || awaits_value(c, ordered[n - 1]))
        return argv;
    ordered[n++] = end;
    memcpy(ordered + n, behind, (size_t)keys * sizeof *behind);
    n += keys;
    ordered[n] = NULL;
    *argc = n;
    return ordered;
}

/* argv[0] is the last word of the command's name. */
static int run_command(const struct cli_command *c, int argc, char **argv)
{
    struct option longs[CLI_OPTIONS + 3] = {0};
    struct cli_args args = {.command = c};
    char *ordered[WORDS + 2];
    int n = 0, got;

    argv = keys_last(c, &argc, argv, ordered);
    for (; c->options && c->options[n].name && n < CLI_OPTIONS; n++)
        longs[n] = (struct option){c->options[n].name,
                                   c->options[n].argument ? required_argument : no_argument, NULL,
                                   n};
    longs[n] = (struct option){"help", no_argument, NULL, CLI_OPTIONS};
    longs[n + 1] = (struct option){"version", no_argument, NULL, CLI_OPTIONS + 1};
    optind = 0;
    opterr = 0;
    while ((got = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
        if (got == CLI_OPTIONS)
            return show_help(c);
        if (got == CLI_OPTIONS + 1)
            return show_version();
        if (got == ':')
            return usage_error(c, "选项缺少值 (an option lacks its value)");
        if (got == '?')
            return usage_error(c, "没有这个选项 (unknown or ambiguous option)");
        args.values[got] = optarg ? optarg : "";
    }
    args.rest = argv + optind;
    args.count = argc - optind;
    if (args.count < c->least)
        return usage_error(c, "参数不足 (an argument is missing)");
    if (args.count > c->most)
        return usage_error(c, "参数过多 (too many arguments)");
    int status = check_values(&args);
    if (!status)
        status = c->run(&args);
    cli_flush();
    return status;
}

/* Words of the name that argv begins with, or 0 when it is another command. */
static int words_matched(const char *name, int argc, char **argv)
{
    const char *space = strchr(name, ' ');

    if (!space)
        return argc > 0 && strcmp(argv[0], name) == 0 ? 1 : 0;
    struct str group = {name, (size_t)(space - name)};
    return argc > 1 && str_is(group, argv[0]) && strcmp(space + 1, argv[1]) == 0 ? 2 : 0;
}

static bool is_group(const struct cli_command *table, const char *word)
{
    for (const struct cli_command *c = table; c->name; c++)
        if (*word && str_is(group_of(c), word))
            return true;
    return false;
}

int cli_run(const struct cli_command *table, int argc, char **argv)
{
    /* Workers and sockets report a peer that left by EPIPE; output_failed() does for stdout. */
    signal(SIGPIPE, SIG_IGN);
    for (const struct cli_command *c = table; c->name; c++) {
        int words = words_matched(c->name, argc - 1, argv + 1);
        if (words)
            return run_command(c, argc - words, argv + words);
    }
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0)
        return show_commands(table, "");
    if (is_group(table, word) && argc > 2 && strcmp(argv[2], "--help") == 0)
        return show_commands(table, word);
    if (strcmp(word, "--version") == 0)
        return show_version();
    if (!word[0])
        cli_error("缺少命令 (a command is missing)");
    else if (is_group(table, word))
        cli_error("%s: 缺少或没有这个子命令 (its second word is missing or unknown)\n"
                  "试试 Try `huiying %s --help`",
                  word, word);
    else
        cli_error("%s: 没有这个命令 (no such command)", word);
    if (!is_group(table, word))
        fputs("试试 Try `huiying --help`\n", stderr);
    return EX_USAGE;
}

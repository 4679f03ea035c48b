/* daemon/cli/listen.h - the two ways that `huiying listen` receives. */
#ifndef HUIYING_DAEMON_CLI_LISTEN_H
#define HUIYING_DAEMON_CLI_LISTEN_H

#include <jansson.h>

#include "base/buf.h"
#include "daemon/cli/carry.h"

struct listen {
    const char *topic;    /* NULL: any */
    const char *unit, *receiver, *keys; /* bus only */
    const char *endpoints; /* of it, a comma between two; NULL: the daemon's own */
    bool since_given;
    bool drill;           /* meant for drills (演练), and for nothing else */
    bool told;            /* that it is one */
    uint64_t since;
    uint64_t left;        /* events until it ends by itself; UINT64_MAX: never */
    const struct carrier *carrier; /* NULL: events are printed; bus only */
    void *carrier_arg;
};

/* --exec: the event's JSON on its standard input, HUIYING_EVENT_* in its environment; delivered
 * when it leaves with 0 within the limit. It is alone in a process group, which ends with it. */
struct listen_exec {
    const char *topic; /* NULL: any */
    char **argv;      /* ends in NULL; argv[0] is looked for in PATH */
    int64_t limit;    /* ms */
    int child;
    int64_t kill_at;
    bool told;        /* that it is late */
    bool missed;      /* told that it cannot be run, and not seen to run since */
    uint64_t unitseq;
};
extern const struct carrier listen_exec_carrier;

/* Can the program be run, looked for in PATH when it has no slash, as execvp() does? 0, or the
 * errno of why not: ENOENT, or EACCES of what is there and is no program. */
int listen_exec_look(const char *program);

enum listen_step { LISTEN_PRINT, LISTEN_REPEATED, LISTEN_GAP, LISTEN_OTHER };

/* What a bus event is to a receiver that has shown *last (a unitseq), when *known; else to one
 * that knows nothing. Moves *last when it is the next event, or the first. Pure. */
enum listen_step listen_judge(const json_t *event, uint64_t *last, bool *known);

/* Print one event as one line and flush. True when that was the last one wanted. */
bool listen_print(struct listen *l, struct str json);

/* What was greeted by, or an event of it, shows whether it is a drill: told once. 0, or EX_CONFIG
 * after the reason was told: what acts on alerts, or sends them on to people, does not do so for a
 * drill unless it is meant for one, and what is meant for drills must not take a real alert away
 * from whom it is for. */
int listen_greeted(struct listen *l, const json_t *message);

int listen_http(struct listen *l);
int listen_bus(struct listen *l);

#endif

/* alerts/deadlines/deadline.h - deadline rules: how long a unit has for which act, on what basis,
 * and which of them a concern has. */
#ifndef HUIYING_ALERTS_DEADLINE_H
#define HUIYING_ALERTS_DEADLINE_H

#include "alerts/deadlines/calendar.h"
#include "alerts/event.h"
#include "classifiers/verdict.h"
#include "feeds/source/source.h"

enum {
    DEADLINE_RULES_MAX = 100,
    DEADLINE_CHOICES_MAX = 100,   /* rows of `choose` */
    DEADLINE_CLOCKS_MAX = 8,      /* rules of one row; of one concern */
    DEADLINE_ESCALATIONS_MAX = 8
};

/* What a clock starts at. */
enum deadline_trigger {
    DEADLINE_FOUND,      /* 发现; of one that comes with a grade: when that was proposed or decided */
    DEADLINE_DISPATCHED, /* 派单 */
    DEADLINE_ACCEPTED,   /* 签收 */
    DEADLINE_ASSESSED    /* 研判 */
};

struct deadline_rule {
    char id[SLUG_MAX];
    bool workdays;  /* clock: workday, else wall */
    int64_t amount; /* ms for wall, days for workday */
    enum act act;   /* what is required */
    enum deadline_trigger trigger;
    bool by_grade;    /* every concern of `grade` and above has it, besides what is chosen */
    enum grade grade;
    bool emergency;   /* of those only a 突发事件 */
    char *basis;    /* 文号 or rule, zh */
};

/* A row of `choose`: what it names must fit; what it does not name fits. */
struct deadline_choice {
    unsigned kinds;    /* bits by enum source_kind; 0: any */
    unsigned requests; /* bits by enum verdict_request; 0: any */
    enum grade grade;  /* and above */
    char (*topics)[SLUG_MAX];
    size_t ntopics; /* 0: any */
    uint16_t rules[DEADLINE_CLOCKS_MAX]; /* indices; of one act the one preferred stands first */
    size_t nrules;
    int line;
};

/* When an answered concern is reopened by itself (重开). */
struct deadline_reopen {
    uint32_t answers;      /* 回访: at least so many, 0: never */
    uint32_t percent;      /* of which so many of a hundred say 还没有 */
    int64_t survey_within; /* ms after the answer */
    uint32_t items;        /* 后续来帖: at least so many that raise it again, 0: never */
    uint32_t sources;      /* from so many, at most CONCERN_LATE_SOURCES */
    int64_t posts_within;  /* ms after the answer */
};

struct deadlines {
    struct deadline_rule *list;
    size_t count;
    struct deadline_choice *choices; /* the most specific first (see deadline_choose()) */
    size_t nchoices;
    int64_t escalation[DEADLINE_ESCALATIONS_MAX]; /* ms after due: 督办 up the tree, rising */
    size_t nescalations;
    struct deadline_reopen reopen;
    int64_t office_close; /* ms since midnight; 17:30 unless configured */
    struct calendar *calendar;
    char *path; /* of deadlines.yaml */
};

/* Load deadlines.yaml and the calendars beside it. NULL when problems were added. */
struct deadlines *deadline_load(const char *path, const char *calendar_dir,
                                struct problems *problems);
void deadline_free(struct deadlines *d);
const struct deadline_rule *deadline_find(const struct deadlines *d, struct str id);

/* What a concern's clocks are chosen by. */
struct deadline_case {
    enum source_kind kind; /* of the source that it was found at */
    enum verdict_request request;
    enum grade grade;
    bool no_emergency; /* it is no 突发事件, however grave */
    struct str topic;
    const struct str *own; /* rules that the topic lists; "chosen": what the table says */
    size_t nown;
};

/* The rules that hold: for each act the only one that the topic lists; of several the one that the
 * most specific row of the table naming one of them prefers, else the first listed; of an act that
 * the topic does not list none, but when it lists "chosen" (or nothing) what the most specific row
 * naming one says. Besides, every rule by_grade that deadline_by_grade(). More specific is a
 * row with topics, then one with requests, then with source kinds, then with the higher grade, then
 * the one that stands first. Returns how many, in the order of acts. Any thread. */
size_t deadline_choose(const struct deadlines *d, const struct deadline_case *what,
                       const struct deadline_rule *out[static DEADLINE_CLOCKS_MAX]);
/* The rule holds for every concern of this grade: it is by_grade, of this grade or a lower one, and
 * not of emergencies alone when this is none. */
bool deadline_by_grade(const struct deadline_rule *rule, enum grade grade, bool no_emergency);
/* Some row fits every concern and has a rule for the reply. */
bool deadline_has_default(const struct deadlines *d);

/* Due instant (ms) of a clock that starts at `from`. */
int64_t deadline_due(const struct deadlines *d, const struct deadline_rule *rule, int64_t from,
                     bool *provisional);

const char *deadline_trigger_name(enum deadline_trigger trigger); /* found … */

/* Append {"rule","act","act_zh","clock","seconds","workdays","starts","grade","emergency",
 * "basis"}: of seconds and workdays the one that its clock does not count is null, and so is the
 * grade of a rule that is chosen. */
int deadline_write_rule(const struct deadline_rule *rule, struct buf *out);

/* Append {"rule","from","due","clock","act","basis","provisional"}. */
int deadline_write_json(const struct deadlines *d, const struct deadline_rule *rule, int64_t from,
                        struct buf *out);

#endif

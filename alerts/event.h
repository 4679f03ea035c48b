/* alerts/event.h - the ledger's events and their public form, CloudEvents 1.0. */
#ifndef HUIYING_ALERTS_EVENT_H
#define HUIYING_ALERTS_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { SLUG_MAX = 65, REGION_MAX = 13, AUDIENCE_MAX = 16 }; /* with the NUL */

enum event_type {
    EVENT_OPENED,     /* 发现: a concern exists */
    EVENT_JOINED,     /* 归并: another item of the same matter */
    EVENT_DISPATCHED, /* 派单 */
    EVENT_ACCEPTED,   /* 签收 */
    EVENT_REMINDED,   /* 催办: 50 % or 80 % of a clock has run; before: so many seconds ago, when it
                         is told late; code: EVENT_SKIPPED_* that it stands for, too */
    EVENT_OVERDUE,    /* 超期; code: the same */
    EVENT_ESCALATED,  /* 督办: `to` is told of it, `after` is how often by now, up the tree */
    EVENT_ANSWERED,   /* 答复; of an assisting unit (`by`) the act is none and it stays open */
    EVENT_CLOSED,     /* 办结; before: units that answered, after: assisting ones that had not */
    EVENT_UPDATED,    /* 更正: its item was edited, and says something else now */
    EVENT_WITHDRAWN,  /* 撤下: an item is gone from its source; the answer is still owed */
    /* Of a source; concern is 0. */
    EVENT_SOURCE_ADDED,       /* 添加信源 */
    EVENT_SOURCE_REMOVED,     /* 移除信源 */
    EVENT_SOURCE_PAUSED,      /* 暂停信源 */
    EVENT_SOURCE_RESUMED,     /* 恢复轮询 */
    EVENT_SOURCE_SILENT,      /* 信源无声: at two polls in a row no feed, or nothing selected */
    EVENT_SOURCE_RESTORED,    /* 信源复声: after SILENT, or after the deaths of QUARANTINED */
    EVENT_SOURCE_MOVED,       /* 信源迁址: polled at another address from now on */
    EVENT_SOURCE_RETIRED,     /* 信源停办: 410 Gone */
    EVENT_SOURCE_QUARANTINED, /* 信源隔离: a worker died on it, or it is one or two people's page */
    /* Of the rules; concern is 0, source empty. */
    EVENT_RULES_LOADED, /* 更换规则: what is judged from now on is judged by these */
    /* Of a concern. (New ones stand at the end: a type is stored as its number.) */
    EVENT_PROPOSED,   /* 级别建议: heat or a rule proposes a higher grade; waits for 研判 */
    EVENT_ASSESSED,   /* 研判: the coordinator has decided the grade; before: bit n - 1 is set: its
                         criterion n was ticked */
    EVENT_PROGRESS,   /* 阶段性答复: first information is published; stays open */
    EVENT_DECLINED,   /* 退单: `by` says that it is not its to answer */
    EVENT_REASSIGNED, /* 改派: the coordinator gives it to `to` */
    EVENT_HANDED_ON,  /* 转派: `by` gives it to `to`, below it in the tree */
    EVENT_ASSISTED,   /* 协办: `to` has to help */
    EVENT_EXTENSION_ASKED, /* 申请延期 */
    EVENT_EXTENDED,   /* 延期: approved; due is the new time, the original one keeps counting */
    EVENT_RETURNED,   /* 退回重办: the reply does not answer */
    EVENT_DISMISSAL_ASKED, /* 拟无需回应: waits for the coordinator; code: enum dismissal */
    EVENT_DISMISSED,  /* 无需回应: confirmed; code: enum dismissal */
    EVENT_DENIED,     /* 不予同意: what `to` had asked for (退单, 延期, 无需回应) is denied, or what
                         it had written (审签; act: ACT_REPLY) */
    EVENT_MERGED,     /* 并单: into `other`, whose JOINED names it in turn; items: that went along */
    EVENT_SPLIT,      /* 拆分: some of its items are `other` now, whose OPENED names it in turn */
    EVENT_MOVED,      /* 移出: items were moved to `other`, whose JOINED names it in turn */
    EVENT_REOPENED,   /* 重开: a new round */
    EVENT_REGISTERED, /* 交办: a page that a person or a higher office pointed to */
    EVENT_REPLY_CHECKED, /* 核对答复: the reply's page was read */
    EVENT_REPLY_GONE, /* 答复撤下: the reply's page is gone */
    EVENT_PROMISED,   /* 承诺: the reply promises a date (due) */
    EVENT_PROMISE_KEPT, /* 承诺兑现 */
    EVENT_SURVEYED,   /* 回访: before: not yet, after: solved, of the answers so far */
    EVENT_EFFECT,     /* 成效: arrivals in the 72 h before and after the reply */
    EVENT_RECOMPUTED, /* 时限重算: the year's holidays were published; due is the new time */
    EVENT_HANDED_OUT, /* 转有关机构: to a listed body outside, with its public channel */
    /* Of a topic's arrivals; concern is 0. */
    EVENT_BURST,      /* 突增: before: expected, after: seen, in so many hours (`items`) */
    /* Of a unit (`to`); concern is 0. */
    EVENT_UNIT_OFFLINE, /* 单位离线: no receiver of it is heard, or answers canaries */
    EVENT_UNIT_ONLINE,  /* 单位上线 */
    /* Of the calendars; concern is 0. */
    EVENT_CALENDAR_MISSING, /* 日历未备: `before` is the year, which begins in 60 days or less */
    /* Of a concern. */
    EVENT_DRAFTED,    /* 送审: a reply that the ledger itself shall publish waits for 审签 */
    EVENT_PUBLISHED,  /* 审签: it is published; after: its edition, from 1 */
    EVENT_ERASED,     /* 抹去: texts of it are taken out for good; before: how many items' */
    /* Of a source; concern is 0. */
    EVENT_SOURCE_SKIPPED, /* 结果搁置: what another machine judged of a poll never got committed */
    EVENT_TYPES
};

enum { EVENT_SKIPPED_HALF = 1, EVENT_SKIPPED_MOST = 2 }; /* reminders that were never told: the
                                                            program was down as they came due */

enum act { /* stored as numbers: new ones stand at the end */
    ACT_ACCEPT,
    ACT_FIRST_INFO,
    ACT_BRIEFING,
    ACT_REPLY,
    ACT_NONE,
    ACT_ASSESS, /* 研判, the coordinator's */
    ACT_PROMISE, /* 承诺兑现: what the published reply promised by a date */
    ACTS
};

enum grade { GRADE_ORDINARY, GRADE_LARGER, GRADE_MAJOR, GRADE_GRAVE }; /* 一般 较大 重大 特别重大 */

enum emergency { /* 突发事件, as 研判 says it; stored as numbers */
    EMERGENCY_UNSAID, /* as it was: as its topic has it */
    EMERGENCY_YES,
    EMERGENCY_NO,
    EMERGENCY_MERGED, /* nobody has said: what was merged into it was one, and grave */
    EMERGENCIES
};

enum dismissal { /* 无需回应: why there is nothing to answer */
    DISMISSAL_NONE,
    DISMISSAL_ADVERTISEMENT, /* 广告 */
    DISMISSAL_ELSEWHERE,     /* 外地 */
    DISMISSAL_OLD_NEWS,      /* 旧闻 */
    DISMISSAL_NOTICE,        /* 官方通告: nobody raised it */
    DISMISSALS
};

enum proposal { /* EVENT_PROPOSED: why */
    PROPOSAL_NONE,
    PROPOSAL_HEAT, /* 热度: before: distinct sources, after: arrivals an hour, rounded up */
    PROPOSAL_RULE, /* 规则: an item meets a condition of its topic's `grades:` */
    PROPOSALS
};

enum reopening { /* REOPENED: why */
    REOPENING_NONE,   /* a person did */
    REOPENING_SURVEY, /* 回访: too many said 还没有; before: not yet, after: solved */
    REOPENING_POSTS,  /* 后续来帖: raised again after the answer; before: distinct sources, after:
                         items */
    REOPENINGS
};

enum event_loss { /* REPLY_GONE: how */
    LOSS_NONE,
    LOSS_GONE,    /* its address answers 404 or 410 */
    LOSS_CHANGED, /* something else stands there */
    LOSSES
};

enum erasure { /* ERASED: why */
    ERASURE_NONE,
    ERASURE_PERSONAL, /* 个人信息: it tells of a person */
    ERASURE_WRONG,    /* 内容有误: it is not true */
    ERASURE_SECRET,   /* 依法不公开: the law forbids its being public */
    ERASURE_ASKED,    /* 本人申请: who wrote it asked for it */
    ERASURES
};

enum event_like { /* why an item joined */
    LIKE_NONE,
    LIKE_COPY,   /* nearly the same text */
    LIKE_MATTER, /* the same matter in other words */
    LIKE_HAND,   /* an operator put it there */
    LIKES
};

struct event_likeness {
    uint8_t by;     /* enum event_like */
    uint8_t score;  /* 0-100 */
    uint8_t shared; /* slots of the sketch, or traits, that are the same */
};

struct event_audience {
    char unit[SLUG_MAX];
    uint64_t unitseq; /* gap-free per unit, from 1 */
};

/* Ids, codes and counts only: never item text, title or link (law 6). */
struct event {
    uint64_t seq;     /* of the ledger, from 1, no gaps */
    int64_t at;       /* ms */
    enum event_type type;
    uint64_t concern; /* number: the seq of its EVENT_OPENED; shown as "c123"; 0: of a source or
                         of the rules */
    char topic[SLUG_MAX];
    char source[SLUG_MAX];   /* id: whose event it is, or whose page answered or was withdrawn */
    char unit[SLUG_MAX];     /* responsible; "" of a source */
    char region[REGION_MAX]; /* division code, or "" */
    enum grade grade;
    enum act act;            /* the clock concerned; ACT_NONE when none */
    int64_t due;             /* ms: of that clock, or of the reply */
    uint32_t items;          /* in the concern, this event included; of RULES_LOADED: topics; of
                                UNIT_OFFLINE: canaries that it left unanswered; of BURST: hours */
    uint64_t rules, previous; /* RULES_LOADED: versions, see event_rules_number(); `rules` of BURST:
                                 event_term_code() of the term that surges in the topic; else 0 */
    char by[SLUG_MAX];       /* unit whose act it is; "": the program, or who sits at its socket */
    char to[SLUG_MAX];       /* unit that the act names, or "" */
    uint64_t other;          /* another concern that it names, or 0 */
    uint32_t before, after;  /* counts, see the types above */
    uint16_t round;          /* of the concern: 0 is the first, each 重开 begins another */
    uint8_t code;            /* why, see the types above: enum dismissal, or of REOPENED
                                enum reopening, or of REPLY_GONE
                                enum event_loss, or of ERASED
                                enum erasure, or of ANSWERED
                                scope_code(); 0 none */
    bool noted;              /* a note belongs to it (store_note()) */
    uint8_t percent;         /* EVENT_REMINDED: 50 or 80; 0 when a person did; else 0 */
    struct event_likeness likeness; /* JOINED: why */
    bool late;               /* ACCEPTED, PROGRESS, ANSWERED, PROMISE_KEPT: after its due time */
    struct event_audience audience[AUDIENCE_MAX]; /* who gets it on the bus: nobody when the item
                                                     came with its answer */
    size_t naudience;
};

const char *event_type_name(enum event_type type); /* "huiying.concern.opened",
                                                      "huiying.source.silent" … */
const char *event_type_zh(enum event_type type);   /* 发现 … */
int event_type_find(struct str name);              /* or -1 */
const char *event_act_name(enum act act);          /* accept, first-info, briefing, reply, none,
                                                      assess, promise */
const char *event_act_zh(enum act act);            /* 签收 … */
int event_act_find(struct str name);
const char *event_grade_name(enum grade grade);    /* ordinary larger major grave */
const char *event_grade_zh(enum grade grade);
int event_grade_find(struct str name);
const char *event_like_name(enum event_like like); /* none, copy, matter, hand */

const char *event_proposal_name(enum proposal code); /* heat, rule; "" of NONE */

const char *event_dismissal_name(enum dismissal code); /* advertisement …; "" of NONE */
const char *event_dismissal_zh(enum dismissal code);
int event_dismissal_find(struct str name);
const char *event_reopening_name(enum reopening code); /* survey, posts; "" of NONE */
const char *event_reopening_zh(enum reopening code);
const char *event_loss_name(enum event_loss loss); /* gone, changed; "" of NONE */
const char *event_loss_zh(enum event_loss loss);
const char *event_erasure_name(enum erasure code); /* personal, wrong, secret, asked; "" of NONE */
const char *event_erasure_zh(enum erasure code);
int event_erasure_find(struct str name); /* or -1; "" is none */

/* A version of the rules (rules_version()) as the number that its 16 hex digits are, which is how
 * it is kept; 0 when the text is none, and stands for an unknown one. */
uint64_t event_rules_number(struct str version);
enum { EVENT_RULES_TEXT = 17 }; /* its text, with the NUL */
const char *event_rules_text(uint64_t number, char out[static EVENT_RULES_TEXT]); /* out */

/* What stands for a term of the rules in events, which hold no words: never 0. */
uint64_t event_term_code(struct str term);

/* Append the event as one CloudEvents 1.0 JSON object without line breaks: specversion, id
 * ("EPOCH/SEQ"), source ("/huiying/EPOCH"), type, time, subject ("concerns/c123", "sources/ID",
 * "topics/ID", "units/ID", "calendars/YEAR" or "rules/VERSION"), datacontenttype, the extensions
 * `epoch`, `seq` and (for a receiver's unit) `unitseq`, and `data` {concern, source, topic, unit,
 * grade, region, due, act, items, percent, level, late, by, to, other, round, code, before, after,
 * criteria, skipped, reached, noted, why {by, score, shared}} with members that do not apply left
 * out: of a source there is only `source`, of a unit `unit` and `missed`, of a burst {topic, term,
 * hours, before, after}, of a calendar {year}, of the rules {version, previous, topics}. `unitseq`
 * 0 leaves it out. `brief` (may be empty) is a JSON object put into data as "item": the masked
 * title, excerpt and link that only a unit's own ROUTER session may carry. 0 or ERR_NOMEM. */
int event_write_json(const struct event *e, const char *epoch, uint64_t unitseq, struct str brief,
                     struct buf *out);

/* Whose events they are. */
struct event_home {
    const char *epoch; /* of the ledger */
    const char *site;  /* "https://HOST" under which people find its concerns; NULL: nowhere */
};
/* The same with, where there is a site and a concern, its `address` "https://HOST/#cN". */
int event_write_addressed(const struct event *e, const struct event_home *home, uint64_t unitseq,
                          struct str brief, struct buf *out);

/* PUB topic of an event: "concern/UNIT/TOPIC", "source/ID", "topic/ID", "unit/ID", "calendar/YEAR"
 * or "rules". Returns bytes written (out >= 2*SLUG_MAX+16). */
size_t event_pub_topic(const struct event *e, const char *unit, char *out);

#endif

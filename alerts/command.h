/* alerts/command.h - what units, operators and coordinators can ask of a concern. The bus, the HTTP
 * API and the CLI all read their requests by the table of forms; which state allows an act, and to
 * whom, is in steps.c. */
#ifndef HUIYING_ALERTS_COMMAND_H
#define HUIYING_ALERTS_COMMAND_H

#include "alerts/event.h"
#include "classifiers/verdict.h"
#include "alerts/desk/scope.h"

enum command_act {
    COMMAND_ACCEPT,    /* 签收 */
    COMMAND_ANSWER,    /* 答复: url of the published reply, scope (none: in full); of one that is
                          withheld no url, and the article relied on */
    COMMAND_ASSESS,    /* 研判: grade, note, which criteria of that grade are met, whether it is an
                          emergency (none: as it was) */
    COMMAND_DISPATCH,  /* 派单: units, the first leads (主办), the others assist (协办); none: by
                          the routes */
    COMMAND_PROGRESS,  /* 阶段性答复: url, step (none: first information) */
    COMMAND_DECLINE,   /* 退单: note says why */
    COMMAND_REASSIGN,  /* 改派: units[0] leads from now on */
    COMMAND_HAND_ON,   /* 转派: units[0], below one's own */
    COMMAND_ASSIST,    /* 协办: units are added */
    COMMAND_REMIND,    /* 催办 */
    COMMAND_EXTEND,    /* 延期: until, note: asked for by a unit, approved at once when the
                          coordinator says it */
    COMMAND_APPROVE,   /* 同意 what is asked for: an extension, a dismissal; 审签 of a `draft` */
    COMMAND_DENY,      /* 不予同意 the same, or a 退单: note */
    COMMAND_RETURN,    /* 退回重办: the reply does not answer; note */
    COMMAND_DISMISS,   /* 无需回应: code; asked for by a unit, confirmed when the coordinator says
                          it */
    COMMAND_HAND_OUT,  /* 转有关机构: url of the public channel of a listed body, note says why */
    COMMAND_CLOSE,     /* 办结 of what was answered in parts */
    COMMAND_REOPEN,    /* 重开: note */
    COMMAND_MERGE,     /* 并单: into `other` */
    COMMAND_SPLIT,     /* 拆分: items (ids) become a concern of their own */
    COMMAND_MOVE,      /* 移出: items (ids) go to `other` */
    COMMAND_DRAFT,     /* 拟答复送审: text, which the ledger itself publishes after 审签 (approve);
                          of one that it has published already, a correction */
    COMMAND_ACTS
};

enum command_member {
    MEMBER_URL = 1,
    MEMBER_NOTE = 2,
    MEMBER_UNITS = 4,
    MEMBER_GRADE = 8,
    MEMBER_UNTIL = 16,
    MEMBER_CODE = 32,
    MEMBER_OTHER = 64,
    MEMBER_ITEMS = 128,
    MEMBER_SCOPE = 256,
    MEMBER_ARTICLE = 512,
    MEMBER_TEXT = 1024,
    MEMBER_DRAFT = 2048,
    MEMBER_CRITERIA = 4096,
    MEMBER_STEP = 8192,
    MEMBER_EMERGENCY = 16384,
};

enum { COMMAND_UNITS = 8, COMMAND_ITEMS = 50, COMMAND_IDENT = 16, COMMAND_CRITERIA = 32 };

struct concern;

/* What is stored of the items that a command names, which the ledger looks up. Sketches are of the
 * item that was found first. */
struct command_found {
    size_t items; /* of those named, each once, that are the concern's own */
    uint32_t sketches[COMMAND_ITEMS][VERDICT_SKETCH]; /* of each of them, the first found first */
    bool first;   /* the concern's first item is among them */
    uint32_t rest[VERDICT_SKETCH]; /* of those that stay */
    uint32_t sources, rest_sources; /* distinct ones, of them and of those that stay */
    uint32_t joint_sources; /* of the other concern with them, or with all of this one (并单) */
    const struct concern *was; /* that went into this one and began with the first of them, as the
                                  merge closed it; NULL: none is known. Borrowed */
};

struct command {
    enum command_act act;
    uint64_t concern;
    struct str by;      /* unit id, or the coordinator's; empty: the local operator (Unix socket) */
    bool grouping;      /* in the name of none: of one who only groups. No request can say it */
    struct str url;
    struct str note;    /* what a person wrote; passes gate_text() before anything is done */
    struct str key;     /* idempotency key, <= 128 bytes; may be empty. It is this person's and
                           receiver's own */
    struct str receiver; /* of the bus that asks, by name; empty: another way */
    struct str units[COMMAND_UNITS]; /* ids */
    size_t nunits;
    bool graded;        /* grade is given */
    enum grade grade;
    bool stepped;       /* step is given */
    enum act step;      /* of PROGRESS, what was published: ACT_FIRST_INFO, _BRIEFING, _PROMISE */
    uint32_t criteria;  /* of that grade's: bit n - 1 is number n of grades.yaml; 0: none */
    enum emergency emergency; /* of ASSESS */
    int64_t until;      /* ms; 0: not given */
    enum dismissal code;
    uint64_t other;     /* concern's number; 0: not given */
    unsigned char items[COMMAND_ITEMS][COMMAND_IDENT]; /* idents */
    size_t nitems;
    const struct command_found *found; /* borrowed; NULL: nothing was looked up */
    bool scoped;        /* scope is given */
    enum scope scope;
    enum scope_article article;
    struct str text;    /* of a reply; passes gate_reply() before anything is done */
    uint64_t person;    /* who acts: an account, an OS user at the socket, a unit's key, see
                           command_person(); 0: not known. No request can say it of itself */
    enum reopening why; /* of REOPEN: a rule did, which no request can say of itself */
    uint64_t draft;     /* the text that is approved or denied: seq of its EVENT_DRAFTED; 0: none */
};

enum command_seat { COMMAND_ACCOUNT, COMMAND_OS_USER, COMMAND_KEY };
/* A number for a person by what is known of him: the account's or unit's id, or the user's number.
 * Never 0. */
uint64_t command_person(enum command_seat seat, struct str id);
/* A number for what is asked for, and in whose name: act, concern and all members as they were
 * read, so that the same words in another order are the same. Not of who asks, nor of the key. */
uint64_t command_request(const struct command *c);

/* How an act is asked for. */
struct command_form {
    const char *name;   /* "hand-on": of the HTTP path, the bus's member act and the CLI's verb */
    const char *zh;
    unsigned may, must; /* MEMBER_*; what it must have it may have */
};
const struct command_form *command_form(enum command_act act);
int command_find(struct str name); /* or -1 */
/* Check what is there against the form: 0, or ERR_INVALID with *reason a static "zh (en)" text. */
int command_check(const struct command *c, const char **reason);

#endif

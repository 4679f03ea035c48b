/* daemon/cli/bridge.h - a unit's alerts into a chat group or a mailbox, or the day's brief into a
 * mailbox. What goes out names matter, place, unit, grade, due time and the concern's address:
 * never an item's title, text or link. */
#ifndef HUIYING_DAEMON_CLI_BRIDGE_H
#define HUIYING_DAEMON_CLI_BRIDGE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/conf.h"
#include "daemon/cli/carry.h"

enum bridge_form { BRIDGE_WECOM, BRIDGE_DINGTALK, BRIDGE_FEISHU, BRIDGE_JSON, BRIDGE_MAIL };

/* A bridge's file, read. Texts are borrowed from doc or the secrets. */
struct bridge {
    struct conf_doc *doc;
    const char *unit, *receiver, *keys, *address;
    struct buf endpoints;               /* of the bus at several machines, as `listen --endpoint`
                                           has them; empty: the daemon here says where */
    const struct conf_node *types;      /* of events; NULL: the usual ones */
    enum bridge_form form;
    struct buf url, secret, password;   /* each ends in NUL; secrets are wiped */
    const char *from, *user, *ca_file;
    const struct conf_node *to;
    bool plain;                         /* mail without TLS */
    bool brief;                         /* 每日信息参阅, no alerts: unit is NULL */
    bool drill;                         /* meant for drills (演练), and for nothing else */
    int64_t at;                         /* of the brief: ms after midnight in UTC+8 */
    const char *cursor;                 /* the file that knows the last day sent; NULL: default */
    int64_t timeout;                    /* ms */
    struct carrier carrier;
    struct bridge_send *send;
};

/* Read FILE: 0, or the exit status after all problems were told. bridge_clear() it in any case. */
int bridge_read(struct bridge *b, const char *file);
void bridge_clear(struct bridge *b);

/* Whether this type is handed on. */
bool bridge_wants(const struct bridge *b, const json_t *event);

/* Append the lines of one event. `concern` (may be NULL) is the daemon's view of it, of which only
 * names of topic, unit and region are read. */
void bridge_notice_lines(const json_t *event, const json_t *concern, const char *address,
                         struct buf *out);
/* Its first line, without line break: 督办 · 重大 · 拖欠工资; a drill's begins with DRILL_MARK. */
void bridge_notice_title(const json_t *event, const json_t *concern, struct buf *out);
/* A copy with the members of data that may leave, `address`, and `notice`: its title with ids for
 * names, for who shows a text alone and nothing of what marks a drill. NULL: no memory. */
json_t *bridge_notice_event(const json_t *event, const char *address);

/* A webhook's body and, where it is signed so, what is appended to its address. `now` is in ms.
 * 0 or ERR_NOMEM. */
int bridge_post_body(const struct bridge *b, json_t *const *events, size_t n, struct str text,
                     int64_t now, struct buf *body);
int bridge_post_query(const struct bridge *b, int64_t now, struct buf *url);
/* "sha256=…" of a body, for the preset json. */
void bridge_post_signature(const struct bridge *b, struct str body, struct buf *out);
/* What the service said with status 200: 0 or the code of its refusal. */
long bridge_post_verdict(const struct bridge *b, struct str answer);
/* A whole mail (RFC 5322). The same `id` (of the characters of a Message-ID) is the same mail,
 * tried again. */
void bridge_mail(const struct bridge *b, const char *id, struct str title, struct str text,
                 int64_t now, struct buf *out);

/* The carrier's functions; arg is the bridge. bridge_send_open() first: 0 or ERR_NOMEM. */
int bridge_send_open(struct bridge *b);
void bridge_send_close(struct bridge *b);
int bridge_send_start(void *arg, json_t *const *events, size_t n);
int bridge_send_turn(void *arg, int64_t *after);
/* Begin a mail, as bridge_send_start() does; bridge_send_turn() ends it. */
int bridge_send_mail(struct bridge *b, const char *id, struct str title, struct str text);
/* Rest until the delivery under way goes on, at most ms. */
void bridge_send_wait(struct bridge *b, int ms);

/* Mail the daemon's 每日信息参阅 once a day for as long as the process lives: its exit status. A day
 * counts as sent once the server took the mail, and is then in the cursor's file; a crash between
 * the two sends the same Message-ID again. Days that passed meanwhile are not made up for: the last
 * report that is due goes out. The first run begins with the next one. */
int bridge_brief(struct bridge *b);

#endif

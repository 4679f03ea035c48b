/* classifiers/job.h - what the daemon asks a worker, what it answers, and their frames. */
#ifndef HUIYING_CLASSIFIERS_JOB_H
#define HUIYING_CLASSIFIERS_JOB_H

#include "base/buf.h"
#include "classifiers/judge.h"
#include "feeds/formats/parse.h"

enum job_op {
    JOB_POLL,     /* body -> verdicts in the codec below */
    JOB_PARSE,    /* body -> JSON Feed text (huiying parse) */
    JOB_CLASSIFY, /* one JSON line -> one JSON line (huiying classify) */
    JOB_OPML, /* a list of feeds -> what opml_write_json() says, ERR_SYNTAX too; url: its base */
    JOB_DISCOVER, /* a page -> what discover_write_json() says */
    JOB_PAGE,     /* the page of one item -> verdicts, as JOB_POLL */
    JOB_EXTRACT,  /* the page of one item -> JSON Feed text (huiying extract) */
    JOB_TRY,      /* a board's list page -> what its selectors find beside it, JSON (feeds try) */
    JOB_TRY_PAGE, /* the same for the page of one item */
    JOB_REPLY,    /* the page of a published reply -> verdicts, as JOB_PAGE */
    JOB_OPS
};

struct job {
    enum job_op op;
    enum source_kind kind;
    struct str url, mime, region, home, body;
    struct str title; /* PAGE: masked, for a page that has none; else empty */
    struct board_spec board; /* board.item.n == 0: none */
    int zone_minutes;
    int64_t now;
};

/* Frames on the worker's socket: u32 length (of what follows, <= JOB_FRAME_MAX), then for a request
 * the job's fields, for an answer i32 err and payload. Integers are little-endian. */
enum { JOB_FRAME_MAX = 64 * 1024 * 1024 };

/* Append a whole request frame: 0, ERR_LIMIT or ERR_NOMEM. */
int job_write(const struct job *job, struct buf *out);
/* Read a request's payload (without its length); job points into it: 0 or ERR_CORRUPT. */
int job_read(struct str payload, struct job *job);

/* Append an answer's payload for a POLL or PAGE. */
int job_write_verdicts(const struct verdicts *v, struct buf *out);
/* Read it. The worker is not trusted: every length, enum and UTF-8 is checked. 0, ERR_CORRUPT or
 * ERR_NOMEM. */
int job_read_verdicts(struct str payload, struct verdicts **out);

#endif

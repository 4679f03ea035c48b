-- The ledger, its state and the items: version 1. A change is a numbered step in migrate.c.
-- Times are milliseconds since 1970 in UTC. Enumerations are the integers of alerts/event.h,
-- alerts/concern.h and classifiers/verdict.h. No column can hold who wrote something.

CREATE TABLE meta (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    epoch     TEXT NOT NULL,
    hash_key  BLOB NOT NULL,
    head      INTEGER NOT NULL DEFAULT 0, -- seq of the last event
    published INTEGER NOT NULL DEFAULT 0, -- seq up to which PUB has gone out
    items     INTEGER NOT NULL DEFAULT 0,
    concerns  INTEGER NOT NULL DEFAULT 0,
    open      INTEGER NOT NULL DEFAULT 0,
    overdue   INTEGER NOT NULL DEFAULT 0,
    clean     INTEGER NOT NULL DEFAULT 1  -- 0 while a writer has changed something
) STRICT;

-- The append-only ledger. `audience` is a list of (unit, unitseq): see row.c.
CREATE TABLE events (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    type     INTEGER NOT NULL,
    concern  INTEGER NOT NULL,
    topic    TEXT NOT NULL,
    unit     TEXT NOT NULL,
    region   TEXT NOT NULL,
    grade    INTEGER NOT NULL,
    act      INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    items    INTEGER NOT NULL,
    percent  INTEGER NOT NULL,
    late     INTEGER NOT NULL,
    audience BLOB NOT NULL
) STRICT;
CREATE INDEX events_concern ON events (concern);

-- What each unit receives, gap-free per unit, and how far that has come. Step 2 packs the outbox.
CREATE TABLE outbox (
    unit    TEXT NOT NULL,
    unitseq INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (unit, unitseq)
) STRICT, WITHOUT ROWID;
CREATE TABLE units (
    unit TEXT PRIMARY KEY,
    head INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE cursors (
    unit     TEXT NOT NULL,
    receiver TEXT NOT NULL,
    unitseq  INTEGER NOT NULL,
    PRIMARY KEY (unit, receiver)
) STRICT, WITHOUT ROWID;

CREATE TABLE concerns (
    id        INTEGER PRIMARY KEY,
    state     INTEGER NOT NULL,
    overdue   INTEGER NOT NULL, -- counts as overdue in meta
    grade     INTEGER NOT NULL,
    request   INTEGER NOT NULL,
    topic     TEXT NOT NULL,
    unit      TEXT NOT NULL,
    region    TEXT NOT NULL,
    opened    INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    accepted  INTEGER NOT NULL,
    answered  INTEGER NOT NULL,
    due       INTEGER NOT NULL,
    items     INTEGER NOT NULL,
    sources   INTEGER NOT NULL,
    reply_url TEXT,
    sketch    BLOB
) STRICT;
-- The page of open concerns must cost the same beside a million closed ones: state 2 is closed.
CREATE INDEX concerns_open_due ON concerns (due) WHERE state < 2;
CREATE INDEX concerns_open_unit ON concerns (unit, due) WHERE state < 2;
CREATE INDEX concerns_due ON concerns (due);
CREATE INDEX concerns_opened ON concerns (opened);
CREATE INDEX concerns_closed ON concerns (updated) WHERE state = 2;

CREATE TABLE clocks (
    concern     INTEGER NOT NULL,
    idx         INTEGER NOT NULL,
    rule        TEXT NOT NULL,
    act         INTEGER NOT NULL,
    started     INTEGER NOT NULL,
    due         INTEGER NOT NULL,
    met         INTEGER NOT NULL, -- 0: running
    stage       INTEGER NOT NULL,
    provisional INTEGER NOT NULL,
    PRIMARY KEY (concern, idx)
) STRICT, WITHOUT ROWID;

-- Items stay, so that a copy is known again; their words do not. `words` is the row of texts_short,
-- or minus the row of texts_long, that holds title and text; NULL: dropped, or there were none.
CREATE TABLE items (
    id        INTEGER PRIMARY KEY,
    ident     BLOB NOT NULL,
    content   INTEGER NOT NULL,
    concern   INTEGER NOT NULL,
    words     INTEGER,
    expires   INTEGER NOT NULL,
    found     INTEGER NOT NULL,
    published INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    request   INTEGER NOT NULL,
    source    TEXT NOT NULL,
    link      TEXT NOT NULL,
    topic     TEXT NOT NULL,
    region    TEXT NOT NULL,
    sketch    BLOB
) STRICT;
CREATE UNIQUE INDEX items_ident ON items (ident);
CREATE INDEX items_concern ON items (concern, found) WHERE concern != 0;
CREATE INDEX items_expiry ON items (expires) WHERE words IS NOT NULL;

-- secure_delete zeroes a deleted cell, but not the copy that an earlier rebalancing of its page
-- left behind. So live words are never moved: rows are only appended, overwritten in place by
-- zeroes of the same length, and deleted at the left end, far from any live one
-- (see sqlite_words.c).
CREATE TABLE texts_short (
    id    INTEGER PRIMARY KEY,
    title ANY NOT NULL,
    text  ANY NOT NULL
) STRICT;
CREATE TABLE texts_long (
    id    INTEGER PRIMARY KEY,
    title ANY NOT NULL,
    text  ANY NOT NULL
) STRICT;

CREATE TABLE sources (
    id               TEXT PRIMARY KEY,
    etag             TEXT NOT NULL,
    last_modified    TEXT NOT NULL,
    polled           INTEGER NOT NULL,
    quarantine_until INTEGER NOT NULL,
    failures         INTEGER NOT NULL,
    reason           TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE commands (
    key    TEXT PRIMARY KEY,
    status INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX commands_at ON commands (at);

/* The steps to today's schema. What a step says is never changed again: files were made by it. */
#include "store/sqlite/migrate.h"

#include <assert.h>

#include "alerts/event.h"

static const char schema[] =
#include "store/sqlite/schema.inc"
    ;

/* The outbox had a row an event; now a row holds the seqs of several (see sqlite_outbox.c). */
static const char packed_outbox[] =
    "CREATE TABLE outbox_packed (\n"
    "    unit TEXT NOT NULL,\n"
    "    last INTEGER NOT NULL, -- unitseq of the last one of seqs\n"
    "    seqs TEXT NOT NULL,    -- rising, a space between two\n"
    "    PRIMARY KEY (unit, last)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "INSERT INTO outbox_packed SELECT unit, unitseq, CAST(seq AS TEXT) FROM outbox;\n"
    "DROP TABLE outbox;\n"
    "ALTER TABLE outbox_packed RENAME TO outbox;\n";

/* Sources that come, go and change; pages of items; items known again under another identity. The
 * key of aliases holds 24 bits of its source above 40 of the alias: what one source gives lies
 * together, and a batch of it touches a page or two of the table. */
static const char living_sources[] =
    "ALTER TABLE events ADD COLUMN source TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE sources ADD COLUMN state INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE sources ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE sources ADD COLUMN moved_from TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE sources ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';\n"
    "CREATE TABLE added (\n"
    "    id        TEXT PRIMARY KEY,\n"
    "    name      TEXT NOT NULL,\n"
    "    url       TEXT NOT NULL,\n"
    "    kind      INTEGER NOT NULL,\n"
    "    interval  INTEGER NOT NULL,\n"
    "    least     INTEGER NOT NULL,\n"
    "    most      INTEGER NOT NULL,\n"
    "    since     INTEGER NOT NULL,\n"
    "    zone      INTEGER NOT NULL,\n"
    "    full_text INTEGER NOT NULL,\n"
    "    region    TEXT NOT NULL,\n"
    "    category  TEXT NOT NULL,\n"
    "    extras    BLOB NOT NULL -- see definition.c\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE aliases (\n"
    "    alias INTEGER PRIMARY KEY,\n"
    "    item  INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE TABLE pages (\n"
    "    ident   BLOB PRIMARY KEY,\n"
    "    due     INTEGER NOT NULL,\n"
    "    content INTEGER NOT NULL,\n"
    "    tries   INTEGER NOT NULL,\n"
    "    gone    INTEGER NOT NULL,\n"
    "    kind    INTEGER NOT NULL\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE INDEX pages_due ON pages (due);\n";

/* Versions of the rules (numbers: see event.h), and what people say of verdicts. */
static const char rules_and_marks[] =
    "ALTER TABLE meta ADD COLUMN rules INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE events ADD COLUMN rules INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE events ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE items ADD COLUMN rules INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE items ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;\n"
    "CREATE TABLE marks (\n"
    "    ident  BLOB NOT NULL,\n"
    "    aspect INTEGER NOT NULL,\n"
    "    value  INTEGER NOT NULL,\n"
    "    topic  TEXT NOT NULL,\n"
    "    rules  INTEGER NOT NULL,\n"
    "    at     INTEGER NOT NULL,\n"
    "    PRIMARY KEY (ident, aspect)\n"
    ") STRICT, WITHOUT ROWID;\n";

/* Items whose words were replaced or dropped before their time: who keeps an index of them follows
 * this (see sqlite_tail.c). */
static const char touched_words[] =
    "CREATE TABLE touched (\n"
    "    seq  INTEGER PRIMARY KEY,\n"
    "    item INTEGER NOT NULL\n"
    ") STRICT;\n";

/* The model's second opinion. Few items are in doubt: their index is small. */
static const char second_opinion[] =
    "ALTER TABLE items ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE items ADD COLUMN proposed TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE items ADD COLUMN by_model INTEGER NOT NULL DEFAULT 0;\n"
    "CREATE INDEX items_doubt ON items (doubt) WHERE doubt > 0 AND words IS NOT NULL;\n";

/* Concerns with a life of more steps than three: what an event or a concern has besides the columns
 * (see rest.h), the words of notes, and who besides the lead has to do with a concern. An open one
 * is one that is not closed (state 2), whatever states there are. */
static const char whole_life[] =
    "ALTER TABLE events ADD COLUMN rest BLOB;\n"
    "ALTER TABLE concerns ADD COLUMN rest BLOB;\n"
    "ALTER TABLE clocks ADD COLUMN level INTEGER NOT NULL DEFAULT 0;\n"
    "DROP INDEX concerns_open_due;\n"
    "DROP INDEX concerns_open_unit;\n"
    "CREATE INDEX concerns_open_due ON concerns (due) WHERE state != 2;\n"
    "CREATE INDEX concerns_open_unit ON concerns (unit, due) WHERE state != 2;\n";

/* Whether a unit's receivers were last told to be out of reach. */
static const char unit_lines[] =
    "ALTER TABLE units ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;\n";

/* Units that assist in a concern, found as its lead is; what people wrote with their commands. A
 * note is only appended, and dropped by zeroes of its length in place (see sqlite_words.c). */
static const char parties_and_notes[] =
    "CREATE TABLE parties (\n"
    "    concern INTEGER NOT NULL,\n"
    "    unit    TEXT NOT NULL,\n"
    "    due     INTEGER NOT NULL, -- of the concern\n"
    "    open    INTEGER NOT NULL, -- it is not closed\n"
    "    PRIMARY KEY (concern, unit)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE INDEX parties_open ON parties (unit, due, concern) WHERE open = 1;\n"
    "CREATE TABLE notes (\n"
    "    seq  INTEGER PRIMARY KEY,\n"
    "    text ANY NOT NULL\n"
    ") STRICT;\n";

/* What was overdue was 督办 with it, once: that is not told again. */
static const char levels_told[] = "UPDATE clocks SET level = 1 WHERE stage = 3 AND level = 0;\n";

/* Concerns that are found again in other words, and why an item joined one (row.c packs it). */
static const char likeness[] =
    "ALTER TABLE concerns ADD COLUMN traits BLOB;\n"
    "ALTER TABLE events ADD COLUMN likeness INTEGER NOT NULL DEFAULT 0;\n";

/* Items of a topic (empty: of any) in an hour: what is usual of it is learned from them. */
static const char arrivals[] =
    "CREATE TABLE arrivals (\n"
    "    step  INTEGER NOT NULL, -- hours since 1970 in UTC+8\n"
    "    topic TEXT NOT NULL,\n"
    "    count INTEGER NOT NULL,\n"
    "    PRIMARY KEY (step, topic)\n"
    ") STRICT, WITHOUT ROWID;\n";

/* The pages of published replies, read again on a schedule; clocks of what replies promise (act 6),
 * which run when their concern is closed. */
static const char replies[] =
    "CREATE TABLE replies (\n"
    "    concern   INTEGER PRIMARY KEY,\n"
    "    due       INTEGER NOT NULL, -- 0: it is read no more\n"
    "    address   INTEGER NOT NULL,\n"
    "    since     INTEGER NOT NULL,\n"
    "    checked   INTEGER NOT NULL,\n"
    "    published INTEGER NOT NULL,\n"
    "    content   INTEGER NOT NULL,\n"
    "    sketch    BLOB,\n"
    "    step      INTEGER NOT NULL,\n"
    "    tries     INTEGER NOT NULL,\n"
    "    strikes   INTEGER NOT NULL,\n"
    "    state     INTEGER NOT NULL,\n"
    "    edited    INTEGER NOT NULL,\n"
    "    untitled  INTEGER NOT NULL,\n"
    "    title     TEXT NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX replies_due ON replies (due) WHERE due > 0;\n"
    "CREATE INDEX clocks_promised ON clocks (concern) WHERE act = 6 AND met = 0;\n";

/* Answers by how far they are published; those before this were published in full (type 7 is
 * EVENT_ANSWERED, act 3 ACT_REPLY). */
static const char scopes[] =
    "ALTER TABLE meta ADD COLUMN answers_full INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN answers_summary INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN answers_withheld INTEGER NOT NULL DEFAULT 0;\n"
    "UPDATE meta SET answers_full = (SELECT count(*) FROM events WHERE type = 7 AND act = 3);\n";

/* Who may use the API. A row of accounts stays when its account is disabled. */
static const char accounts[] =
    "CREATE TABLE accounts (\n"
    "    name     TEXT PRIMARY KEY,\n"
    "    role     INTEGER NOT NULL,\n"
    "    unit     TEXT NOT NULL,\n"
    "    hash     TEXT NOT NULL, -- of the password\n"
    "    created  INTEGER NOT NULL,\n"
    "    changed  INTEGER NOT NULL,\n"
    "    disabled INTEGER NOT NULL\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE tokens (\n"
    "    hash    BLOB PRIMARY KEY,\n"
    "    account TEXT NOT NULL,\n"
    "    role    INTEGER NOT NULL,\n"
    "    unit    TEXT NOT NULL,\n"
    "    created INTEGER NOT NULL,\n"
    "    expires INTEGER NOT NULL\n"
    ") STRICT, WITHOUT ROWID;\n";

/* Who did what, each row chained to the one before (see trail.h). */
static const char trail[] =
    "CREATE TABLE trail (\n"
    "    seq    INTEGER PRIMARY KEY,\n"
    "    at     INTEGER NOT NULL,\n"
    "    who    TEXT NOT NULL,\n"
    "    role   TEXT NOT NULL,\n"
    "    act    TEXT NOT NULL,\n"
    "    target TEXT NOT NULL,\n"
    "    hash   BLOB NOT NULL\n"
    ") STRICT;\n"
    "ALTER TABLE meta ADD COLUMN trail INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN trail_hash BLOB NOT NULL DEFAULT "
    "x'0000000000000000000000000000000000000000000000000000000000000000';\n";

/* The next page of a list that is to be read yet: twice its depth, and 1 of a first poll. */
static const char owed_pages[] =
    "ALTER TABLE sources ADD COLUMN owed INTEGER NOT NULL DEFAULT 0;\n";

/* Replies that the ledger itself publishes. Their texts are only appended, and dropped by zeroes in
 * place (see sqlite_words.c); what is known of them lies apart, for it changes. */
static const char publications[] =
    "CREATE TABLE publications (\n"
    "    seq       INTEGER PRIMARY KEY,\n"
    "    concern   INTEGER NOT NULL,\n"
    "    round     INTEGER NOT NULL,\n"
    "    edition   INTEGER NOT NULL, -- 0: it waits for its approval\n"
    "    unit      TEXT NOT NULL,    -- that answers by it\n"
    "    drafted   INTEGER NOT NULL,\n"
    "    published INTEGER NOT NULL,\n"
    "    hash      BLOB NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX publications_concern ON publications (concern, seq);\n"
    "CREATE TABLE publication_texts (\n"
    "    seq  INTEGER PRIMARY KEY,\n"
    "    text ANY NOT NULL\n"
    ") STRICT;\n";

/* What people said of replies, and what reopened concerns: those before this a person did (type 37
 * is EVENT_REOPENED). */
static_assert(EVENT_REOPENED == 37, "as the step below counts them");
static const char surveys[] =
    "CREATE TABLE surveys (\n"
    "    concern INTEGER NOT NULL,\n"
    "    round   INTEGER NOT NULL,\n"
    "    solved  INTEGER NOT NULL,\n"
    "    not_yet INTEGER NOT NULL,\n"
    "    hour    INTEGER NOT NULL,\n"
    "    in_hour INTEGER NOT NULL,\n"
    "    PRIMARY KEY (concern, round)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "ALTER TABLE meta ADD COLUMN reopened_hand INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN reopened_survey INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN reopened_posts INTEGER NOT NULL DEFAULT 0;\n"
    "UPDATE meta SET reopened_hand = (SELECT count(*) FROM events WHERE type = 37);\n";

/* As many pages of replies as a concern was given, each with its address. Those before this were of
 * the latest round, which is packed: they count as of the first. */
static const char reply_pages[] =
    "CREATE TABLE reply_pages (\n"
    "    concern   INTEGER NOT NULL,\n"
    "    address   INTEGER NOT NULL,\n"
    "    round     INTEGER NOT NULL,\n"
    "    due       INTEGER NOT NULL, -- 0: it is read no more\n"
    "    since     INTEGER NOT NULL,\n"
    "    checked   INTEGER NOT NULL,\n"
    "    published INTEGER NOT NULL,\n"
    "    content   INTEGER NOT NULL,\n"
    "    sketch    BLOB,\n"
    "    step      INTEGER NOT NULL,\n"
    "    tries     INTEGER NOT NULL,\n"
    "    strikes   INTEGER NOT NULL,\n"
    "    state     INTEGER NOT NULL,\n"
    "    edited    INTEGER NOT NULL,\n"
    "    untitled  INTEGER NOT NULL,\n"
    "    title     TEXT NOT NULL,\n"
    "    url       TEXT NOT NULL,\n"
    "    PRIMARY KEY (concern, address)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "INSERT INTO reply_pages SELECT r.concern, r.address, 0, r.due, r.since, r.checked, "
    "r.published, r.content, r.sketch, r.step, r.tries, r.strikes, r.state, r.edited, r.untitled, "
    "r.title, c.reply_url FROM replies r JOIN concerns c ON c.id = r.concern "
    "WHERE c.reply_url != '';\n"
    "DROP TABLE replies;\n"
    "CREATE INDEX reply_pages_due ON reply_pages (due) WHERE due > 0;\n";

/* What people ask to be corrected or erased, by count; that of concern 0 has the sums. */
static const char corrections[] =
    "CREATE TABLE corrections (\n"
    "    concern INTEGER NOT NULL,\n"
    "    wish    INTEGER NOT NULL,\n"
    "    reason  INTEGER NOT NULL,\n"
    "    waiting INTEGER NOT NULL,\n"
    "    granted INTEGER NOT NULL,\n"
    "    refused INTEGER NOT NULL,\n"
    "    since   INTEGER NOT NULL,\n"
    "    decided INTEGER NOT NULL,\n"
    "    hour    INTEGER NOT NULL,\n"
    "    in_hour INTEGER NOT NULL,\n"
    "    PRIMARY KEY (concern, wish, reason)\n"
    ") STRICT, WITHOUT ROWID;\n";

/* Marks that a concern's dismissal made, to be taken back when it is reopened. Those before this
 * stay as if a person had made them. */
static const char marks_of_concerns[] =
    "ALTER TABLE marks ADD COLUMN concern INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE marks ADD COLUMN was INTEGER NOT NULL DEFAULT 0;\n";

/* What all machines of a town go by. */
static const char shared[] =
    "CREATE TABLE shared (\n"
    "    kind  INTEGER NOT NULL,\n"
    "    name  TEXT NOT NULL,\n"
    "    at    INTEGER NOT NULL,\n"
    "    value BLOB NOT NULL,\n"
    "    PRIMARY KEY (kind, name)\n"
    ") STRICT;\n";

/* The few open concerns of a higher grade, beside any number of ordinary ones (grade 0). */
static_assert(GRADE_ORDINARY == 0, "as the step below counts them");
static const char graver[] =
    "CREATE INDEX concerns_open_graver ON concerns (due) WHERE state != 2 AND grade > 0;\n";

/* Old items go (store/forget.h), and the aliases that led to them. */
static const char forgetting[] =
    "ALTER TABLE meta ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN forgotten_before INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN forget_at INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN forget_round INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE meta ADD COLUMN sweep_at INTEGER NOT NULL DEFAULT -9223372036854775808;\n"
    "ALTER TABLE meta ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;\n";

/* Since when a source is what it is. What the events of before tell is read once: all but those
 * that only say that a source moved. */
static_assert(EVENT_SOURCE_PAUSED == 13 && EVENT_SOURCE_RESTORED == 16 &&
                  EVENT_SOURCE_MOVED == 17 && EVENT_SOURCE_RETIRED == 18 &&
                  EVENT_SOURCE_QUARANTINED == 19,
              "as the step below names them");
static const char standing_since[] =
    "ALTER TABLE sources ADD COLUMN moved_at INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE sources ADD COLUMN since INTEGER NOT NULL DEFAULT 0;\n"
    "UPDATE sources SET since = e.at FROM (SELECT source, max(at) AS at FROM events "
    "WHERE type BETWEEN 13 AND 19 AND type != 17 GROUP BY source) AS e "
    "WHERE e.source = sources.id;\n"
    "UPDATE sources SET moved_at = e.at FROM (SELECT source, max(at) AS at FROM events "
    "WHERE type = 17 GROUP BY source) AS e WHERE e.source = sources.id AND moved_to != '';\n";

const struct migrate_step migrate_steps[] = {{1, schema},
                                             {2, packed_outbox},
                                             {3, living_sources},
                                             {4, rules_and_marks},
                                             {5, touched_words},
                                             {6, second_opinion},
                                             {7, whole_life},
                                             {8, unit_lines},
                                             {9, parties_and_notes},
                                             {10, levels_told},
                                             {11, likeness},
                                             {12, arrivals},
                                             {13, replies},
                                             {14, scopes},
                                             {15, accounts},
                                             {16, trail},
                                             {17, owed_pages},
                                             {18, publications},
                                             {19, surveys},
                                             {20, reply_pages},
                                             {21, corrections},
                                             {22, marks_of_concerns},
                                             {23, shared},
                                             {24, graver},
                                             {25, forgetting},
                                             {26, standing_since}};
const size_t migrate_count = sizeof migrate_steps / sizeof migrate_steps[0];

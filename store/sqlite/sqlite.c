#include "store/sqlite/sqlite.h"

#include "base/err.h"
#include "base/log.h"

#define SQLITE_SOURCE                                                                              \
    "id, etag, last_modified, polled, quarantine_until, failures, reason, state, "                 \
    "strikes, moved_from, moved_to, owed, moved_at, since"
#define SQLITE_ADDED                                                                               \
    "id, name, url, kind, interval, least, most, since, zone, full_text, region, "                 \
    "category, extras"
#define SQLITE_ITEM                                                                                \
    "SELECT ident, content, concern, expires, found, published, kind, request, source, link, "     \
    "topic, region, sketch, rules, marked, doubt, proposed, by_model, "                            \
    "coalesce(s.title, l.title), "                                                                 \
    "coalesce(s.text, l.text), items.id FROM items "                                               \
    "LEFT JOIN texts_short s ON s.id = words LEFT JOIN texts_long l ON l.id = -words"
#define SQLITE_WORDS_OF                                                                            \
    "items.id, expires, coalesce(s.title, l.title, ''), coalesce(s.text, l.text, '')"
#define SQLITE_WORDS_JOIN                                                                          \
    "LEFT JOIN texts_short s ON s.id = words LEFT JOIN texts_long l ON l.id = -words"
#define SQLITE_WORDS "SELECT 0, " SQLITE_WORDS_OF " FROM items " SQLITE_WORDS_JOIN
#define SQLITE_PAGE                                                                                \
    "p.ident, due, p.content, tries, gone, p.kind, source, link, "                                 \
    "coalesce(s.title, l.title, ''), concern, items.content, published, "                          \
    "topic != '' AND items.kind = 1 FROM pages p "                                                 \
    "JOIN items ON items.ident = p.ident "                                                         \
    "LEFT JOIN texts_short s ON s.id = words LEFT JOIN texts_long l ON l.id = -words"
#define SQLITE_ACCOUNT "name, role, unit, hash, created, changed, disabled"
#define SQLITE_TRAIL "seq, at, who, role, act, target, hash"
#define SQLITE_TOKEN "hash, account, role, unit, created, expires"
#define SQLITE_REPLY                                                                               \
    "concern, due, address, since, checked, published, content, sketch, step, tries, strikes, "    \
    "state, edited, untitled, title, round, url"

#define SQLITE_CORRECTION                                                                          \
    "concern, wish, reason, waiting, granted, refused, since, decided, hour, in_hour"

static const char *const texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN",
    [SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_META] = "SELECT head, published, items, concerns, open, overdue, rules, answers_full, "
                 "answers_summary, answers_withheld, reopened_hand, reopened_survey, "
                 "reopened_posts, trail, trail_hash, forgotten, forgotten_before, forget_at, "
                 "forget_round, sweep_at, swept FROM meta",
    [SQL_SET_META] = "UPDATE meta SET head = ?, published = ?, items = ?, concerns = ?, open = ?, "
                     "overdue = ?, rules = ?, answers_full = ?, answers_summary = ?, "
                     "answers_withheld = ?, reopened_hand = ?, reopened_survey = ?, "
                     "reopened_posts = ?, trail = ?, trail_hash = ?, forgotten = ?, "
                     "forgotten_before = ?, forget_at = ?, forget_round = ?, sweep_at = ?, "
                     "swept = ?, clean = 0",
    [SQL_SET_CLEAN] = "UPDATE meta SET clean = 1",
    [SQL_EVENT_ADD] = "INSERT INTO events (" ROW_EVENT ") "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_OUTBOX_ADD] = "INSERT INTO outbox (unit, last, seqs) VALUES (?, ?, ?)",
    [SQL_UNIT_SET] = "INSERT INTO units (unit, head) VALUES (?, ?) "
                     "ON CONFLICT DO UPDATE SET head = excluded.head",
    [SQL_UNIT_LINE] = "INSERT INTO units (unit, head, offline) VALUES (?, 0, ?) "
                      "ON CONFLICT DO UPDATE SET offline = excluded.offline",
    [SQL_ARRIVALS_SET] = "INSERT OR REPLACE INTO arrivals (step, topic, count) VALUES (?, ?, ?)",
    [SQL_ARRIVALS_CUT] = "DELETE FROM arrivals WHERE step < ?",
    [SQL_EACH_ARRIVALS] = "SELECT step, topic, count FROM arrivals WHERE (step, topic) > (?, ?) "
                          "ORDER BY step, topic LIMIT ?",
    [SQL_SURVEY_SET] = "INSERT OR REPLACE INTO surveys (concern, round, solved, not_yet, hour, "
                       "in_hour) VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_CORRECTION_SET] = "INSERT OR REPLACE INTO corrections (" SQLITE_CORRECTION ") "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_CORRECTIONS] = "SELECT " SQLITE_CORRECTION " FROM corrections "
                        "WHERE (concern, wish, reason) >= (?, ?, ?) "
                        "ORDER BY concern, wish, reason LIMIT ?",
    [SQL_SHARED_SET] = "INSERT OR REPLACE INTO shared (kind, name, at, value) VALUES (?, ?, ?, ?)",
    [SQL_SHARED_CUT] = "DELETE FROM shared WHERE kind = ? AND name = ?",
    [SQL_SHARED] = "SELECT name, at, value FROM shared WHERE kind = ? AND name = ?",
    [SQL_EACH_SHARED] = "SELECT name, at, value FROM shared WHERE kind = ? ORDER BY name",
    [SQL_SURVEY] = "SELECT concern, round, solved, not_yet, hour, in_hour FROM surveys "
                   "WHERE concern = ? AND round = ?",
    [SQL_PUBLICATION_ADD] = "INSERT INTO publications (seq, concern, round, edition, unit, "
                            "drafted, published, hash) VALUES (?, ?, ?, 0, '', ?, 0, ?)",
    [SQL_PUBLICATION_TEXT] = "INSERT INTO publication_texts (seq, text) VALUES (?, ?)",
    [SQL_PUBLICATION_SET] = "UPDATE publications SET edition = ?, unit = ?, published = ? "
                            "WHERE seq = ?",
    [SQL_PUBLICATION_CUT] = "DELETE FROM publications WHERE seq = ? AND edition = 0",
    [SQL_PUBLICATION_BLANK] = "UPDATE publication_texts SET text = "
                              "zeroblob(length(CAST(text AS BLOB))) "
                              "WHERE seq = ? AND typeof(text) = 'text'",
    [SQL_PUBLICATIONS_BLANK] = "UPDATE publication_texts SET text = "
                               "zeroblob(length(CAST(text AS BLOB))) WHERE typeof(text) = 'text' "
                               "AND seq IN (SELECT seq FROM publications WHERE concern = ? AND "
                               "round = ? AND edition > 0 AND edition < ?)",
    [SQL_PUBLICATIONS] = "SELECT p.seq, concern, round, edition, unit, drafted, published, hash, "
                         "iif(typeof(text) = 'text', text, '') FROM publications p "
                         "LEFT JOIN publication_texts t ON t.seq = p.seq WHERE concern = ? "
                         "ORDER BY p.seq DESC LIMIT ?",
    [SQL_NOTE_ADD] = "INSERT INTO notes (seq, text) VALUES (?, ?)",
    [SQL_NOTE] = "SELECT text FROM notes WHERE seq = ? AND typeof(text) = 'text'",
    [SQL_NOTE_BLANK] = "UPDATE notes SET text = zeroblob(length(CAST(text AS BLOB))) "
                       "WHERE seq = ? AND typeof(text) = 'text'",
    [SQL_PARTY_ADD] = "INSERT OR REPLACE INTO parties (concern, unit, due, open) "
                      "VALUES (?, ?, ?, ?)",
    [SQL_PARTIES_CUT] = "DELETE FROM parties WHERE concern = ?",
    [SQL_CONCERN_OLD] = "SELECT state, overdue, rest IS NOT NULL FROM concerns WHERE id = ?",
    [SQL_CONCERN_ADD] = "INSERT INTO concerns (" ROW_CONCERN ") " ROW_CONCERN_VALUES
                        " ON CONFLICT (id) DO NOTHING",
    [SQL_CONCERN_SET] = "INSERT OR REPLACE INTO concerns (" ROW_CONCERN ") " ROW_CONCERN_VALUES,
    [SQL_CLOCK_SET] = "INSERT OR REPLACE INTO clocks (" ROW_CLOCK ") "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_CLOCKS_CUT] = "DELETE FROM clocks WHERE concern = ? AND idx >= ?",
    [SQL_ITEM_ADD] = "INSERT INTO items (ident, content, concern, words, expires, found, "
                     "published, kind, request, source, link, topic, region, sketch, "
                     "rules, marked, doubt, proposed, by_model, id) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_ITEM_SET] = "UPDATE items SET ident = ?1, content = ?2, concern = ?3, words = ?4, "
                     "expires = ?5, found = ?6, published = ?7, kind = ?8, request = ?9, "
                     "source = ?10, link = ?11, topic = ?12, region = ?13, sketch = ?14, "
                     "rules = ?15, marked = ?16, doubt = ?17, proposed = ?18, by_model = ?19 "
                     "WHERE id = ?20",
    [SQL_ITEM_FIND] = "SELECT id, words, marked FROM items WHERE ident = ?",
    [SQL_ITEM_REDACT] = "UPDATE items SET words = NULL, link = '', sketch = NULL, "
                        "marked = marked | 4 WHERE id = ?",
    [SQL_SHORT_ADD] = "INSERT INTO texts_short (title, text) VALUES (?, ?)",
    [SQL_LONG_ADD] = "INSERT INTO texts_long (title, text) VALUES (?, ?)",
    [SQL_SHORT_BLANK] = "UPDATE texts_short SET title = zeroblob(length(CAST(title AS BLOB))), "
                        "text = zeroblob(length(CAST(text AS BLOB))) WHERE id = ?",
    [SQL_LONG_BLANK] = "UPDATE texts_long SET title = zeroblob(length(CAST(title AS BLOB))), "
                       "text = zeroblob(length(CAST(text AS BLOB))) WHERE id = ?",
    [SQL_SHORT_HEAD] = "SELECT id, typeof(text) = 'blob' FROM texts_short ORDER BY id LIMIT ?",
    [SQL_LONG_HEAD] = "SELECT id, typeof(text) = 'blob' FROM texts_long ORDER BY id LIMIT ?",
    [SQL_SHORT_CUT] = "DELETE FROM texts_short WHERE id < ?",
    [SQL_LONG_CUT] = "DELETE FROM texts_long WHERE id < ?",
    [SQL_EXPIRED] = "SELECT id, words FROM items WHERE words IS NOT NULL AND expires <= ? "
                    "ORDER BY expires, id LIMIT ?",
    [SQL_ITEM_WORDLESS] = "UPDATE items SET words = NULL, sketch = iif(concern, sketch, NULL) "
                          "WHERE id = ?",
    [SQL_FORGETTABLE] =
        "SELECT id, found < ?2, found < ?2 AND published < ?2 AND published > 0 AND concern = 0 "
        "AND words IS NULL AND marked = 8 "
        "AND NOT EXISTS (SELECT 1 FROM pages p WHERE p.ident = items.ident) "
        "AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.ident = items.ident), published "
        "FROM items WHERE id > ?1 ORDER BY id LIMIT ?3",
    [SQL_FORGET] = "DELETE FROM items WHERE id = ?",
    [SQL_SWEEP_END] = "SELECT alias FROM aliases WHERE alias >= ? ORDER BY alias LIMIT 1 OFFSET ?",
    [SQL_SWEEP] = "DELETE FROM aliases WHERE alias >= ? AND alias < ? AND "
                  "NOT EXISTS (SELECT 1 FROM items WHERE id = item)",
    [SQL_COMMANDS_CUT] = "DELETE FROM commands WHERE at <= ?",
    [SQL_ALIAS_SET] = "INSERT OR REPLACE INTO aliases (alias, item) VALUES (?, ?)",
    [SQL_SEEN_AS] = "SELECT content, concern, topic != '', kind, request, marked, ident "
                    "FROM aliases JOIN items ON items.id = item WHERE alias = ?",
    [SQL_PAGE_SET] = "INSERT OR REPLACE INTO pages (ident, due, content, tries, gone, kind) "
                     "VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_PAGE_CUT] = "DELETE FROM pages WHERE ident = ?",
    [SQL_PAGE] = "SELECT " SQLITE_PAGE " WHERE p.ident = ?",
    [SQL_PAGES_DUE] = "SELECT " SQLITE_PAGE " WHERE p.due <= ? ORDER BY p.due LIMIT ?",
    [SQL_NEXT_PAGE] = "SELECT min(due) FROM pages",
    [SQL_REPLY_SET] = "INSERT OR REPLACE INTO reply_pages (" SQLITE_REPLY ") "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_REPLY_CUT] = "DELETE FROM reply_pages WHERE concern = ? AND address = ?",
    [SQL_REPLIES] = "SELECT " SQLITE_REPLY " FROM reply_pages WHERE concern = ? "
                    "ORDER BY since, address LIMIT ?",
    [SQL_REPLIES_DUE] = "SELECT " SQLITE_REPLY " FROM reply_pages WHERE due > 0 AND due <= ? "
                        "ORDER BY due LIMIT ?",
    [SQL_NEXT_REPLY] = "SELECT min(due) FROM reply_pages WHERE due > 0",
    [SQL_ACCOUNT_SET] = "INSERT OR REPLACE INTO accounts (" SQLITE_ACCOUNT ") "
                        "VALUES (?, ?, ?, ?, ?, ?, ?)",
    [SQL_ACCOUNT] = "SELECT " SQLITE_ACCOUNT " FROM accounts WHERE name = ?",
    [SQL_EACH_ACCOUNT] = "SELECT " SQLITE_ACCOUNT " FROM accounts ORDER BY name",
    [SQL_TOKEN_SET] = "INSERT OR REPLACE INTO tokens (" SQLITE_TOKEN ") "
                      "VALUES (?, ?, ?, ?, ?, ?)",
    [SQL_TOKEN_CUT] = "DELETE FROM tokens WHERE hash = ?",
    [SQL_TOKENS_CUT] = "DELETE FROM tokens WHERE account = ?",
    [SQL_TOKEN] = "SELECT " SQLITE_TOKEN " FROM tokens WHERE hash = ?",
    [SQL_EACH_TOKEN] = "SELECT " SQLITE_TOKEN " FROM tokens ORDER BY account, created, hash",
    [SQL_TRAIL_ADD] = "INSERT INTO trail (" SQLITE_TRAIL ") VALUES (?, ?, ?, ?, ?, ?, ?)",
    [SQL_TRAIL_AFTER] = "SELECT " SQLITE_TRAIL " FROM trail WHERE seq > ? ORDER BY seq LIMIT ?",
    [SQL_ADDED_SET] = "INSERT OR REPLACE INTO added (" SQLITE_ADDED ") "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_ADDED_CUT] = "DELETE FROM added WHERE id = ?",
    [SQL_SOURCE_CUT] = "DELETE FROM sources WHERE id = ?",
    [SQL_EACH_ADDED] = "SELECT " SQLITE_ADDED " FROM added WHERE id > ? ORDER BY id LIMIT ?",
    [SQL_SOURCE] = "SELECT " SQLITE_SOURCE " FROM sources WHERE id = ?",
    [SQL_SOURCE_SET] =
        "INSERT INTO sources (" SQLITE_SOURCE ") VALUES (?1, iif(?12 & 1, '', ?2), "
        "iif(?12 & 1, '', ?3), iif(?12 & 1, 0, ?4), ?5, ?6, ?7, ?8, ?9, "
        "iif(?12 & 2, '', ?10), iif(?12 & 2, '', ?11), ?13, iif(?12 & 2, 0, ?14), "
        "iif(?12 & 4, 0, ?15)) ON CONFLICT DO UPDATE SET "
        "etag = iif(?12 & 1, etag, ?2), last_modified = iif(?12 & 1, last_modified, ?3), "
        "polled = iif(?12 & 1, polled, ?4), quarantine_until = ?5, failures = ?6, reason = ?7, "
        "state = ?8, strikes = ?9, moved_from = iif(?12 & 2, moved_from, ?10), "
        "moved_to = iif(?12 & 2, moved_to, ?11), owed = ?13, "
        "moved_at = iif(?12 & 2, moved_at, ?14), since = iif(?12 & 4, since, ?15)",
    [SQL_CURSOR_SET] = "INSERT INTO cursors (unit, receiver, unitseq) VALUES (?, ?, ?) "
                       "ON CONFLICT DO UPDATE SET unitseq = max(unitseq, excluded.unitseq)",
    [SQL_COMMAND_SET] = "INSERT OR REPLACE INTO commands (key, status, seq, at, reason) "
                        "VALUES (?, ?, ?, ?, ?)",
    [SQL_SEEN] = "SELECT content, concern, topic != '', kind, request, marked FROM items "
                 "WHERE ident = ?",
    [SQL_UNIT_HEAD] = "SELECT head FROM units WHERE unit = ?",
    [SQL_CURSOR] = "SELECT unitseq FROM cursors WHERE unit = ? AND receiver = ?",
    [SQL_COMMAND] = "SELECT key, status, seq, at, reason FROM commands WHERE key = ?",
    [SQL_EVENTS_AFTER] = "SELECT " ROW_EVENT " FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
    [SQL_OUTBOX_AFTER] = "SELECT last, seqs FROM outbox WHERE unit = ? AND last > ? ORDER BY last",
    [SQL_EVENT] = "SELECT " ROW_EVENT " FROM events WHERE seq = ?",
    [SQL_CONCERN_EVENTS] = "SELECT " ROW_EVENT " FROM events WHERE concern = ? AND seq > ? "
                           "ORDER BY seq LIMIT ?",
    [SQL_EACH_CONCERN] = "SELECT id FROM concerns WHERE state != 2 UNION ALL "
                         "SELECT id FROM concerns WHERE state = 2 AND updated >= ?1 "
                         "UNION ALL SELECT id FROM concerns WHERE +state = 2 AND +updated < ?1 AND "
                         "id IN (SELECT concern FROM clocks WHERE act = 6 AND met = 0) ORDER BY 1",
    [SQL_EACH_SOURCE] = "SELECT " SQLITE_SOURCE " FROM sources WHERE id > ? ORDER BY id LIMIT ?",
    [SQL_EACH_UNIT] = "SELECT unit, head, offline FROM units WHERE unit > ? ORDER BY unit LIMIT ?",
    [SQL_CONCERN] = "SELECT " ROW_CONCERN " FROM concerns WHERE id = ?",
    [SQL_CLOCKS] = "SELECT " ROW_CLOCK " FROM clocks WHERE concern = ? ORDER BY idx",
    [SQL_CONCERN_ITEMS] = SQLITE_ITEM " WHERE concern = ? AND concern != 0 "
                          "ORDER BY found DESC, items.id DESC LIMIT ?",
    [SQL_MOVE_ALL] = "UPDATE items SET concern = ? WHERE concern = ? AND concern != 0",
    [SQL_MOVE_ONE] = "UPDATE items SET concern = ? WHERE concern = ? AND ident = ?",
    [SQL_MEMBERS] = "SELECT ident, found, items.id, source, sketch FROM items WHERE concern = ? "
                    "AND concern != 0 AND (found, items.id) > (?, ?) ORDER BY found, items.id "
                    "LIMIT ?",
    [SQL_ITEM] = SQLITE_ITEM " WHERE ident = ?",
    [SQL_NUMBERED] = SQLITE_ITEM " WHERE items.id = ?",
    [SQL_TOUCH] = "INSERT INTO touched (item) VALUES (?)",
    [SQL_TOUCHED_CUT] = "DELETE FROM touched WHERE seq <= (SELECT max(seq) FROM touched) - ?",
    [SQL_TOUCHED_SPAN] = "SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM touched",
    [SQL_WORDS_AFTER] = SQLITE_WORDS " WHERE items.id > ? ORDER BY items.id LIMIT ?",
    [SQL_WORDS_TOUCHED] = "SELECT seq, " SQLITE_WORDS_OF " FROM touched "
                          "JOIN items ON items.id = touched.item " SQLITE_WORDS_JOIN
                          " WHERE seq > ? ORDER BY seq LIMIT ?",
    [SQL_EACH_TEXT] = SQLITE_ITEM " WHERE words IS NOT NULL AND (expires, items.id) > (?, ?) "
                      "ORDER BY expires, items.id LIMIT ?",
    [SQL_EACH_DOUBT] = SQLITE_ITEM " WHERE doubt > 0 AND words IS NOT NULL AND NOT EXISTS "
                       "(SELECT 1 FROM marks m WHERE m.ident = items.ident AND m.aspect <= 1) "
                       "ORDER BY doubt DESC, items.id DESC LIMIT ?",
    [SQL_TEXTS] = "SELECT count(*) FROM items WHERE words IS NOT NULL",
    [SQL_MARK_SET] = "INSERT OR REPLACE INTO marks (ident, aspect, value, topic, rules, at, "
                     "concern, was) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_MARK_DROP] = "DELETE FROM marks WHERE ident = ? AND aspect = ?",
    [SQL_MARKED_REQUEST] = "UPDATE items SET request = ?, marked = (marked & ~1) | ? "
                           "WHERE ident = ?",
    [SQL_MARKED_KIND] = "UPDATE items SET kind = ?, marked = (marked & ~2) | ? WHERE ident = ?",
    [SQL_EACH_MARK] =
        "SELECT m.ident, aspect, value, m.topic, m.rules, at, source, items.topic, "
        "coalesce(s.title, l.title), coalesce(s.text, l.text), coalesce(kind, 0), "
        "coalesce(request, 0), m.concern, was FROM marks m "
        "LEFT JOIN items ON items.ident = m.ident "
        "LEFT JOIN texts_short s ON s.id = words LEFT JOIN texts_long l ON l.id = -words "
        "WHERE (m.ident, aspect) >= (?, ?) ORDER BY m.ident, aspect LIMIT ?",
};

int sqlite_failure(struct sqlite *q, int rc)
{
    log_error("store.sqlite", "code=%d writer=%d", sqlite3_extended_errcode(q->db),
              q->base.writer);
    switch (rc & 0xff) {
    case SQLITE_NOMEM: return ERR_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_CORRUPT;
    default: return ERR_IO;
    }
}

sqlite3_stmt *sqlite_bind(struct sqlite *q, enum sqlite_sql id, struct row_binder *b)
{
    if (!q->kept[id] && sqlite3_prepare_v3(q->db, texts[id], -1, SQLITE_PREPARE_PERSISTENT,
                                           &q->kept[id], NULL) != SQLITE_OK)
        sqlite_failure(q, sqlite3_errcode(q->db));
    *b = (struct row_binder){.statement = q->kept[id]};
    return b->statement;
}

int sqlite_next(struct sqlite *q, struct row_binder *b, struct row *row)
{
    int rc = b->rc ? b->rc : sqlite3_step(b->statement);

    if (rc == SQLITE_ROW) {
        *row = (struct row){.statement = b->statement};
        return 1;
    }
    int err = 0;
    if (rc == SQLITE_CONSTRAINT && sqlite3_extended_errcode(q->db) == SQLITE_CONSTRAINT_UNIQUE)
        err = ERR_EXISTS;
    else if (rc != SQLITE_DONE)
        err = sqlite_failure(q, rc);
    sqlite3_reset(b->statement);
    return err;
}

void sqlite_done(struct row_binder *b)
{
    sqlite3_reset(b->statement);
}

int sqlite_run(struct sqlite *q, struct row_binder *b)
{
    struct row row;
    int err = sqlite_next(q, b, &row);

    return err > 0 ? ERR_CORRUPT : err;
}

int sqlite_do(struct sqlite *q, enum sqlite_sql id)
{
    struct row_binder b;

    return sqlite_bind(q, id, &b) ? sqlite_run(q, &b) : ERR_IO;
}

const struct backend sqlite_backend = {
    .batch_items = 4000,
    .close = sqlite_close_store,
    .reader = sqlite_open_reader,
    .commit = sqlite_commit_batch,
    .seen = sqlite_seen,
    .seen_as = sqlite_seen_as,
    .head = sqlite_head,
    .unit_head = sqlite_unit_head,
    .published = sqlite_published,
    .rules = sqlite_rules,
    .cursor = sqlite_cursor,
    .events_after = sqlite_events_after,
    .unit_events_after = sqlite_unit_events_after,
    .command = sqlite_command,
    .note = sqlite_note,
    .drop_note = sqlite_drop_note,
    .survey = sqlite_survey,
    .corrections = sqlite_corrections,
    .each_shared = sqlite_each_shared,
    .publications = sqlite_publications,
    .each_concern = sqlite_each_concern,
    .concerns_of = sqlite_concerns_of,
    .each_source = sqlite_each_source,
    .each_unit = sqlite_each_unit,
    .each_added = sqlite_each_added,
    .source = sqlite_source,
    .account = sqlite_account,
    .token = sqlite_token,
    .each_account = sqlite_each_account,
    .each_token = sqlite_each_token,
    .trail_after = sqlite_trail_after,
    .trail_head = sqlite_trail_head,
    .replies_due = sqlite_replies_due,
    .replies = sqlite_replies,
    .next_reply = sqlite_next_reply,
    .pages_due = sqlite_pages_due,
    .page = sqlite_page,
    .item = sqlite_item,
    .numbered = sqlite_numbered,
    .words_after = sqlite_words_after,
    .each_text = sqlite_each_text,
    .each_doubt = sqlite_each_doubt,
    .texts = sqlite_texts,
    .each_mark = sqlite_each_mark,
    .each_arrivals = sqlite_each_arrivals,
    .next_page = sqlite_next_page,
    .concerns = sqlite_concerns,
    .concern = sqlite_concern,
    .concern_items = sqlite_concern_items,
    .each_member = sqlite_each_member,
    .concern_events = sqlite_concern_events,
    .counts = sqlite_counts,
    .each_alias = sqlite_each_alias,
    .each_cursor = sqlite_each_cursor,
    .each_command = sqlite_each_command,
    .adopt = sqlite_adopt,
    .expire = sqlite_expire_words,
    .forget = sqlite_forget,
    .residue = sqlite_residue,
};

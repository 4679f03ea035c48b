/* What store check finds, and that copies are whole: of a ledger that a real desk wrote. A little
 * longer than others: the faults are one table. */
#define _GNU_SOURCE
#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "store/copy.h"
#include "store/sqlite/migrate.h"
#include "tests/unit/same.h"
#include "tests/unit/store_samples.h"
#include "tests/unit/town_ledger.h"

enum { STEPS = 40 };

struct fixture {
    char *folder, *path, *address, *other;
    struct town_ledger town;
};

static char *join(const char *a, const char *b)
{
    char *out = NULL;

    assert_true(asprintf(&out, "%s%s", a, b) > 0);
    return out;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->folder = samples_folder();
    f->path = join(f->folder, "/ledger.db");
    f->address = join("sqlite:", f->path);
    f->other = join(f->folder, "/backup.db");
    town_ledger_open(&f->town, f->address, 20261122);
    for (int i = 0; i < STEPS; i++)
        assert_int_equal(town_ledger_step(&f->town), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    samples_remove(f->folder);
    free(f->folder);
    free(f->path);
    free(f->address);
    free(f->other);
    free(f);
    return 0;
}

static void sql(const char *path, const char *text)
{
    sqlite3 *db;
    char *wrong = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &wrong) != SQLITE_OK)
        fail_msg("%s: %s", text, wrong);
    sqlite3_close(db);
}

static int64_t number(const char *path, const char *text)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    int64_t value = -1;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
    if (sqlite3_step(st) == SQLITE_ROW)
        value = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return value;
}

static void note(void *arg, const struct audit_finding *f)
{
    buf_addf(arg, "%s (%s): %s\n", f->zh, f->en, f->row);
}

static void ignore(void *arg, const struct audit_finding *f)
{
    print_error("%s (%s): %s\n", f->zh, f->en, f->row);
    (void)arg;
}

static const struct copy_watch quiet = {.audit = {.found = ignore}};

static void is_sound(const char *path, struct audit_result *r)
{
    struct audit_watch watch = {.found = ignore};

    assert_int_equal(audit_file(path, &watch, r), 0);
    assert_int_equal(r->findings, 0);
}

static bool holds(const char *path, const char *needle)
{
    struct buf raw = BUF_INIT;

    assert_int_equal(file_read(path, SIZE_MAX >> 1, &raw), 0);
    bool found = str_find(buf_str(&raw), str_from(needle), 0) != (size_t)-1;
    buf_free(&raw);
    return found;
}

static void a_sound_store_is_sound(void **state)
{
    struct fixture *f = *state;
    struct audit_result live, closed;
    struct store_counts n;

    is_sound(f->path, &live); /* while its writer has it open */
    assert_int_equal(store_counts(f->town.store, &n), 0);
    assert_true(n.events > 100 && n.overdue > 0 && n.open < n.concerns);
    assert_int_equal(live.events, n.events);
    assert_int_equal(live.items, n.items);
    assert_int_equal(live.concerns, n.concerns);
    assert_true(live.units >= 3);
    town_ledger_close(&f->town);
    is_sound(f->path, &closed);
    assert_memory_equal(&live, &closed, sizeof live);
    assert_int_equal(chmod(f->path, 0400) || chmod(f->folder, 0500), 0);
    is_sound(f->path, &closed); /* from a medium that cannot be written */
    chmod(f->folder, 0700);
}

/* Each promise broken by itself is found, and named with its row. */
static void what_is_wrong_is_found(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *sql, *wanted;
    } faults[] = {
        {"DELETE FROM events WHERE seq = 30", "(a gap in the ledger's events): seq 31 after 29"},
        {"UPDATE meta SET head = head + 1", "the head that is kept"},
        {"UPDATE meta SET published = head + 1", "the PUB cursor is past the head"},
        {"UPDATE meta SET items = items - 1", "the count of items is wrong"},
        {"UPDATE meta SET open = open + 1", "the counts of concerns are wrong"},
        {"UPDATE meta SET epoch = 'x'", "the store's identity is wrong"},
        {"UPDATE units SET head = head + 1 WHERE unit = 'hr'",
         "(a unit's head is not that of its events): hr"},
        {"DELETE FROM units WHERE unit = 'health'",
         "(a unit's head is not that of its events): health"},
        {"DELETE FROM outbox WHERE unit = 'hr' AND last = (SELECT min(last) FROM outbox WHERE "
         "unit = 'hr')", "(the outbox has a gap or a row that cannot be read): hr"},
        {"UPDATE outbox SET seqs = '1 x' WHERE unit = 'hr' AND last = (SELECT min(last) FROM "
         "outbox WHERE unit = 'hr')", "(the outbox has a gap or a row that cannot be read): hr"},
        {"UPDATE outbox SET seqs = '3' WHERE unit = 'health' AND last = (SELECT max(last) FROM "
         "outbox WHERE unit = 'health')", "(the outbox is not what the events say): health"},
        {"UPDATE events SET audience = x'00' WHERE seq = 20", "(a gap in a unit's sequence)"},
        {"UPDATE events SET type = 99 WHERE seq = 20", "(an event that cannot be read): seq 20"},
        {"UPDATE events SET concern = 999999 WHERE seq = 20",
         "(an event of a concern that is not open yet): seq 20 c999999"},
        {"UPDATE events SET type = 1 WHERE seq = (SELECT min(id) FROM concerns)",
         "(an event of a concern that was never opened)"},
        {"UPDATE concerns SET state = 0 WHERE state = 2",
         "(a concern's state is not what its"},
        {"UPDATE concerns SET items = items + 1 WHERE id = (SELECT max(id) FROM concerns)",
         "(a concern's state is not what its events say): c"},
        {"UPDATE concerns SET unit = 'city' WHERE id = (SELECT max(id) FROM concerns)",
         "(a concern is not what its last event says): c"},
        {"DELETE FROM concerns WHERE id = (SELECT max(id) FROM concerns)",
         "(a concern was opened and is not there): c"},
        {"UPDATE concerns SET overdue = 1 - overdue WHERE id = (SELECT max(id) FROM concerns)",
         "(a concern's mark of being overdue"},
        {"UPDATE clocks SET stage = 3 WHERE stage = 0",
         "(a clock is overdue without its event): c"},
        {"UPDATE clocks SET concern = 999999 WHERE concern = (SELECT max(id) FROM concerns)",
         "(a clock of no concern): concern 999999"},
        {"DELETE FROM clocks WHERE idx = 0 AND concern = (SELECT max(id) FROM concerns)",
         "(a concern's clocks have a gap): c"},
        {"UPDATE cursors SET unitseq = 999999 WHERE unit = 'hr'",
         "(a receiver's cursor is past its unit's head): hr desk 999999"},
        {"INSERT INTO commands VALUES ('k', 0, 999999, 1, '')",
         "(a command's event is past the head)"},
        {"UPDATE items SET concern = 999999 WHERE id = 3",
         "(an item's concern does not exist): item 3"},
        {"UPDATE items SET words = 999999 WHERE id = 3",
         "(an item's words are not there): item 3"},
        {"UPDATE items SET words = 1 WHERE id = 3",
         "(two items have the same words): words 1"},
        {"UPDATE items SET words = NULL WHERE id = 3",
         "(words are left of no item): texts_short id 3"},
        {"DELETE FROM items WHERE id = 3",
         "(an alias of no item)"},
        {"INSERT INTO pages VALUES (x'00', 1, 1, 1, 1, 1)",
         "(a page of no item): page 00"},
        {"INSERT INTO marks VALUES (x'00', 1, 1, '', 1, 1, 0, 0)",
         "(a mark of no item): mark 00 1"},
        {"INSERT INTO parties VALUES (999999, 'hr', 1, 1)",
         "(an assisting unit's row is not its concern's): c999999 hr"},
        {"INSERT INTO parties SELECT id, 'moon', due + 1, state != 2 FROM concerns LIMIT 1",
         "(an assisting unit's row is not its concern's): c"},
        {"INSERT INTO notes VALUES (999999, 'x')", "(a note of no event): note 999999"},
        {"INSERT INTO tokens VALUES (x'00', 'ghost', 1, 'hr', 1, 1)",
         "(a token of no account, or of a disabled one): token of ghost"},
        {"INSERT INTO accounts VALUES ('odd', 1, '', '', 1, 1, 1)",
         "(an account's role and unit do not fit): account odd"},
        {"UPDATE trail SET who = 'wang' WHERE seq = 2",
         "(a row of the audit trail was changed): row 2"},
        {"UPDATE trail SET at = at + 1 WHERE seq = 3",
         "(a row of the audit trail was changed): row 3"},
        {"DELETE FROM trail WHERE seq IN (2, 3)",
         "(rows of the audit trail are missing): row 2 to 3"},
        {"DELETE FROM trail WHERE seq = 1", "(rows of the audit trail are missing): row 1 to 1"},
        {"DELETE FROM trail WHERE seq = 4",
         "(the audit trail does not end as was kept): row 3, kept 4"},
        /* two rows in each other's place */
        {"UPDATE trail SET seq = -seq WHERE seq IN (2, 3); UPDATE trail SET seq = 5 + seq "
         "WHERE seq < 0", "(a row of the audit trail was changed): row 2"},
        /* one that was changed together with its hash is betrayed by the next */
        {"UPDATE trail SET who = 'wang', hash = zeroblob(32) WHERE seq = 2",
         "(a row of the audit trail was changed): row 3"},
    };
    const struct trail_row rows[4] = {{.at = 1, .role = "socket", .act = "account.add"},
                                      {.at = 2, .who = "li", .role = "unit", .act = "login"},
                                      {.at = 3, .role = "socket", .act = "rules.load"},
                                      {.at = 4, .who = "li", .role = "unit", .act = "logout"}};
    struct store_batch trail = {.trail = rows, .ntrail = 4};
    struct audit_result r;
    size_t missed = 0;

    assert_int_equal(store_commit(f->town.store, &trail), 0);
    is_sound(f->path, &r);
    town_ledger_close(&f->town);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct buf raw = BUF_INIT, told = BUF_INIT;
        struct audit_watch watch = {.found = note, .arg = &told};
        assert_int_equal(file_read(f->path, SIZE_MAX >> 1, &raw), 0);
        assert_int_equal(file_replace(f->other, buf_str(&raw), 0600), 0);
        sql(f->other, faults[i].sql);
        assert_int_equal(audit_file(f->other, &watch, &r), 0);
        buf_add_char(&told, '\0');
        if (!r.findings || !strstr(told.data, faults[i].wanted)) {
            print_error("%s\n%s", faults[i].sql, told.data);
            missed++;
        }
        buf_free(&raw);
        buf_free(&told);
    }
    assert_int_equal(missed, 0);
}

static void files_that_are_none(void **state)
{
    struct fixture *f = *state;
    struct buf told = BUF_INIT;
    struct audit_watch watch = {.found = note, .arg = &told};
    struct audit_result r;
    char text[64];

    town_ledger_close(&f->town);
    assert_int_equal(audit_file(f->other, &watch, &r), ERR_NOTFOUND);
    assert_int_equal(file_replace(f->other, STR("<rss>no database at all, not even nearly</rss>"),
                                  0600), 0);
    assert_int_equal(audit_file(f->other, &watch, &r), ERR_CORRUPT);
    snprintf(text, sizeof text, "PRAGMA user_version = %d",
             migrate_steps[migrate_count - 1].version + 1);
    sql(f->path, text);
    assert_int_equal(audit_file(f->path, &watch, &r), ERR_STALE);
    assert_int_equal(copy_backup(f->path, f->other, &quiet, &r), ERR_EXISTS);
    unlink(f->other);
    assert_int_equal(copy_backup(f->path, f->other, &quiet, &r), ERR_STALE);
    assert_int_equal(access(f->other, F_OK), -1);
    buf_free(&told);
}

/* A page of nonsense in the middle of the file. */
static void damage_is_told(void **state)
{
    struct fixture *f = *state;
    struct buf told = BUF_INIT;
    struct copy_watch watch = {.audit = {.found = note, .arg = &told}};
    struct audit_result r;
    struct copy_restored restored;

    town_ledger_close(&f->town);
    FILE *file = fopen(f->path, "r+e");
    int64_t page = number(f->path, "SELECT rootpage FROM sqlite_schema WHERE name = 'concerns'");
    assert_int_equal(fseek(file, (long)(page - 1) * 4096, SEEK_SET), 0);
    for (int i = 0; i < 4096; i++)
        fputc(0x5a, file);
    fclose(file);
    int err = audit_file(f->path, &watch.audit, &r);
    assert_true(err == ERR_CORRUPT || (err == 0 && r.findings));
    assert_int_equal(copy_backup(f->path, f->other, &watch, &r), ERR_CORRUPT);
    buf_add_char(&told, '\0');
    assert_non_null(strstr(told.data, "the file's structure is damaged"));
    assert_int_equal(copy_restore(f->path, f->other, &watch, &restored), ERR_CORRUPT);
    assert_int_equal(access(f->other, F_OK), -1);
    buf_free(&told);
}

struct writer {
    struct town_ledger *town;
    atomic_bool stop;
    atomic_int commits;
};

static void *write_on(void *arg)
{
    struct writer *w = arg;

    while (!w->stop) {
        assert_int_equal(town_ledger_step(w->town), 0);
        w->commits++;
    }
    return NULL;
}

/* Each backup that is taken while the ledger is written is a beginning of that ledger. */
static void backups_under_load_are_prefixes(void **state)
{
    struct fixture *f = *state;
    struct writer w = {.town = &f->town};
    struct audit_result r[5];
    struct event a, b;
    struct stat st;
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, write_on, &w), 0);
    for (int i = 0; i < 5; i++) {
        char *to = NULL;
        assert_true(asprintf(&to, "%s.%d", f->other, i) > 0);
        for (int before = w.commits; w.commits < before + 3;)
            usleep(1000);
        assert_int_equal(copy_backup(f->path, to, &quiet, &r[i]), 0);
        assert_int_equal(stat(to, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        free(to);
    }
    w.stop = true;
    pthread_join(thread, NULL);
    for (int i = 0; i < 5; i++) {
        char *address = NULL;
        struct store *copy;
        assert_true(asprintf(&address, "sqlite:%s.%d", f->other, i) > 0);
        assert_true(r[i].events > (i ? r[i - 1].events : 0));
        assert_int_equal(store_open(address, &copy), 0);
        assert_string_equal(store_epoch(copy), store_epoch(f->town.store));
        assert_int_equal(store_head(copy), r[i].events);
        for (uint64_t seq = 0; seq < r[i].events; seq++) {
            assert_int_equal(store_events_after(copy, seq, &a, 1), 1);
            assert_int_equal(store_events_after(f->town.store, seq, &b, 1), 1);
            same_event(&a, &b);
        }
        store_close(copy);
        free(address);
    }
    town_ledger_close(&f->town);
}

/* Nothing is beside a backup, and what has expired is not in it. */
static void backups_hold_no_expired_text(void **state)
{
    struct fixture *f = *state;
    struct audit_result r;
    char *part = join("ls ", f->folder);

    /* The town lived in spring: by today's clock all its texts are to go. */
    assert_true(store_texts(f->town.store) == f->town.items);
    assert_int_equal(copy_backup(f->path, f->other, &quiet, &r), 0);
    assert_int_equal(r.texts, 0);
    assert_int_equal(r.items, f->town.items);
    for (unsigned i = 0; i < f->town.items; i++) {
        char text[32];
        snprintf(text, sizeof text, "text %u.", i);
        assert_false(holds(f->other, text));
    }
    town_ledger_close(&f->town);
    FILE *list = popen(part, "re");
    char name[256];
    int others = 0;
    while (fgets(name, sizeof name, list))
        others += strncmp(name, "backup.db", 9) == 0;
    pclose(list);
    assert_int_equal(others, 1);
    free(part);
}

/* The ledger writes more meanwhile than the WAL may grow: the copy is begun anew, and given up. */
static void hurry(void *arg, size_t done, size_t total)
{
    (void)done;
    (void)total;
    assert_int_equal(town_ledger_step(arg), 0);
}

static void the_wal_stays_bounded(void **state)
{
    struct fixture *f = *state;
    struct copy_watch watch = {.step = hurry, .audit = {.found = ignore}, .arg = &f->town,
                               .wal_most = 4096};
    struct audit_result r;

    while (number(f->path, "PRAGMA page_count") < 600)
        assert_int_equal(town_ledger_step(&f->town), 0);
    assert_int_equal(copy_backup(f->path, f->other, &watch, &r), ERR_AGAIN);
    assert_int_equal(access(f->other, F_OK), -1);
    watch.wal_most = 0;
    assert_int_equal(copy_backup(f->path, f->other, &watch, &r), 0);
    town_ledger_close(&f->town);
}

static void restoring_begins_a_new_epoch(void **state)
{
    struct fixture *f = *state;
    struct audit_result r;
    struct copy_restored done;
    struct store *s;
    char epoch[STORE_EPOCH], *kept;
    unsigned char key[16];

    assert_int_equal(copy_backup(f->path, f->other, &quiet, &r), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(town_ledger_step(&f->town), 0);
    uint64_t head = store_head(f->town.store), cursor = store_cursor(f->town.store, "hr", "desk");
    snprintf(epoch, sizeof epoch, "%s", store_epoch(f->town.store));
    memcpy(key, store_hash_key(f->town.store), sizeof key);
    assert_int_equal(copy_restore(f->other, f->path, &quiet, &done), ERR_REFUSED);
    assert_int_equal(store_head(f->town.store), head);
    town_ledger_close(&f->town);

    assert_int_equal(copy_restore(f->other, f->path, &quiet, &done), 0);
    assert_non_null(done.kept);
    assert_int_equal(store_open(f->address, &s), 0);
    assert_string_equal(store_epoch(s), done.epoch);
    assert_string_not_equal(store_epoch(s), epoch);
    assert_memory_equal(store_hash_key(s), key, sizeof key);
    assert_int_equal(store_head(s), r.events);
    assert_in_range(store_cursor(s, "hr", "desk"), 1, cursor);
    store_close(s);
    kept = join("sqlite:", done.kept);
    assert_int_equal(store_open(kept, &s), 0);
    assert_string_equal(store_epoch(s), epoch);
    assert_int_equal(store_head(s), head);
    store_close(s);
    free(kept);
    free(done.kept);
}

/* The daemon died: what its WAL holds is in what is kept. */
static void restoring_keeps_what_a_crash_left(void **state)
{
    struct fixture *f = *state;
    struct audit_result r;
    struct copy_restored done;
    struct store *s;
    char *wal = join(f->path, "-wal"), *kept;
    struct buf raw = BUF_INIT, raw_wal = BUF_INIT;

    assert_int_equal(copy_backup(f->path, f->other, &quiet, &r), 0);
    assert_int_equal(town_ledger_step(&f->town), 0);
    uint64_t head = store_head(f->town.store);
    assert_int_equal(file_read(f->path, SIZE_MAX >> 1, &raw), 0);
    assert_int_equal(file_read(wal, SIZE_MAX >> 1, &raw_wal), 0);
    town_ledger_close(&f->town);
    assert_int_equal(file_replace(f->path, buf_str(&raw), 0600), 0);
    assert_int_equal(file_replace(wal, buf_str(&raw_wal), 0600), 0);
    assert_int_equal(copy_restore(f->other, f->path, &quiet, &done), 0);
    assert_int_equal(access(wal, F_OK), -1);
    assert_int_equal(store_open(f->address, &s), 0);
    assert_int_equal(store_head(s), r.events);
    store_close(s);
    kept = join("sqlite:", done.kept);
    assert_int_equal(store_open(kept, &s), 0);
    assert_int_equal(store_head(s), head);
    store_close(s);
    free(kept);
    free(done.kept);
    free(wal);
    buf_free(&raw);
    buf_free(&raw_wal);
}

/* A page that is split leaves a copy of what it gives away: the links of items whose neighbours
 * grew are looked for in the whole file. */
static void redacted_items_leave_no_trace(void **state)
{
    struct fixture *f = *state;
    enum { N = 400, GONE = 80 };
    struct store_item *items = calloc(N, sizeof *items);
    static char links[N][64], texts[N][64];
    unsigned char redacts[GONE][STORE_IDENT];
    char *wal = join(f->path, "-wal");
    struct store *s = f->town.store;

    for (unsigned i = 0; i < N; i++) {
        items[i] = samples_item(1000 + i, "");
        snprintf(links[i], sizeof *links, "https://board.example/kanari-%04u.html", i);
        snprintf(texts[i], sizeof *texts, "kanarienvogel %04u!", i);
        items[i].link = str_from(links[i]);
        items[i].text = str_from(texts[i]);
        items[i].found = f->town.now;
        items[i].expires = f->town.now + CLOCK_DAY;
    }
    for (unsigned i = 0; i < N; i += 50)
        assert_int_equal(store_commit(s, &(struct store_batch){.items = items + i, .nitems = 50}),
                         0);
    /* Corrections and edits make rows longer, all over the table. */
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < N; i += 3 - round) {
            items[i].update = true;
            items[i].region = round ? STR("350199001002") : STR("350199");
            items[i].proposed = round > 1 ? STR("social-insurance-and-relief") : STR("transport");
            assert_int_equal(store_commit(s, &(struct store_batch){.items = &items[i],
                                                                   .nitems = 1}), 0);
        }
    for (unsigned i = 0; i < GONE; i++)
        memcpy(redacts[i], items[5 * i].ident, STORE_IDENT);
    struct store_batch gone = {.redacts = redacts, .nredacts = GONE};
    sqlite3 *reader;
    assert_int_equal(sqlite3_open_v2(f->path, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT 1 FROM items LIMIT 1", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(store_commit(s, &gone), 0);
    assert_true(store_expire(s, f->town.now, 1) >= 0);
    assert_true(store_residue(s)); /* the reader may look at them still */
    sqlite3_close(reader);
    assert_true(store_expire(s, f->town.now, 1) >= 0);
    assert_false(store_residue(s));
    for (unsigned i = 0; i < N; i += 5) {
        if (holds(f->path, links[i]) || holds(f->path, texts[i]) || holds(wal, links[i]))
            fail_msg("%s is still there", links[i]);
    }
    assert_true(holds(f->path, links[8]));
    free(items);
    free(wal);
    town_ledger_close(&f->town);
}

/* Written by an earlier version: its structure alone can be looked at, and a restore brings it up
 * to date. */
static void older_backups_are_brought_up_to_date(void **state)
{
    struct fixture *f = *state;
    struct audit_watch watch = {.found = ignore};
    struct audit_result r;
    struct copy_restored done;
    sqlite3 *db;

    town_ledger_close(&f->town);
    assert_int_equal(sqlite3_open(f->other, &db), SQLITE_OK);
    assert_int_equal(migrate_run(db, migrate_steps, migrate_count - 1), 0);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO meta (one, epoch, hash_key) VALUES (1, "
                                  "'01234567-89ab-cdef-0123-456789abcdef', zeroblob(16))", NULL,
                                  NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(audit_file(f->other, &watch, &r), 0);
    assert_true(r.older && !r.findings);
    assert_int_equal(copy_restore(f->other, f->path, &quiet, &done), 0);
    assert_int_equal(number(f->path, "PRAGMA user_version"),
                     migrate_steps[migrate_count - 1].version);
    is_sound(f->path, &r);
    assert_false(r.older);
    assert_int_equal(r.events, 0);
    is_sound(done.kept, &r);
    assert_int_equal(r.items, f->town.items);
    free(done.kept);
}

/* The disk of the backup is full: nothing is left there, and the ledger goes on. */
static void a_full_disk_leaves_no_backup(void **state)
{
    struct fixture *f = *state;
    struct rlimit before, small;
    struct audit_result r;
    char *list = join("ls ", f->folder), name[256];

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 200 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(copy_backup(f->path, f->other, &quiet, &r), ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    FILE *names = popen(list, "re");
    while (fgets(name, sizeof name, names))
        assert_int_equal(strncmp(name, "ledger.db", 9), 0);
    pclose(names);
    free(list);
    assert_int_equal(town_ledger_step(&f->town), 0);
    assert_int_equal(copy_backup(f->path, f->other, &quiet, &r), 0);
    town_ledger_close(&f->town);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(a_sound_store_is_sound),
        EACH(what_is_wrong_is_found),
        EACH(files_that_are_none),
        EACH(damage_is_told),
        EACH(backups_under_load_are_prefixes),
        EACH(backups_hold_no_expired_text),
        EACH(redacted_items_leave_no_trace),
        EACH(the_wal_stays_bounded),
        EACH(older_backups_are_brought_up_to_date),
        EACH(a_full_disk_leaves_no_backup),
        EACH(restoring_begins_a_new_epoch),
        EACH(restoring_keeps_what_a_crash_left),
    };
    return cmocka_run_group_tests_name("store-copy", tests, NULL, NULL);
}

/* What store check finds in a ledger that a real desk wrote. A little longer than others: the
 * faults are one table. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "store/copy.h"
#include "store/sqlite/migrate.h"
#include "tests/unit/town_file.h"

static void note(void *arg, const struct audit_finding *f)
{
    buf_addf(arg, "%s (%s): %s\n", f->zh, f->en, f->row);
}

static void a_sound_store_is_sound(void **state)
{
    struct town_file *f = *state;
    struct audit_result live, closed;
    struct store_counts n;

    town_file_sound(f->file.path, &live); /* while its writer has it open */
    assert_int_equal(store_counts(f->town.store, &n), 0);
    assert_true(n.events > 100 && n.overdue > 0 && n.open < n.concerns);
    assert_int_equal(live.events, n.events);
    assert_int_equal(live.items, n.items);
    assert_int_equal(live.concerns, n.concerns);
    assert_true(live.units >= 3);
    town_ledger_close(&f->town);
    town_file_sound(f->file.path, &closed);
    assert_memory_equal(&live, &closed, sizeof live);
    assert_int_equal(chmod(f->file.path, 0400) || chmod(f->file.folder, 0500), 0);
    town_file_sound(f->file.path, &closed); /* from a medium that cannot be written */
    chmod(f->file.folder, 0700);
}

/* Each promise broken by itself is found, and named with its row. */
static void what_is_wrong_is_found(void **state)
{
    struct town_file *f = *state;
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
    town_file_sound(f->file.path, &r);
    town_ledger_close(&f->town);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct buf raw = BUF_INIT, told = BUF_INIT;
        struct audit_watch watch = {.found = note, .arg = &told};
        assert_int_equal(file_read(f->file.path, SIZE_MAX >> 1, &raw), 0);
        assert_int_equal(file_replace(f->other, buf_str(&raw), 0600), 0);
        sqlite_file_sql(f->other, faults[i].sql);
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
    struct town_file *f = *state;
    struct buf told = BUF_INIT;
    struct copy_watch watch = {.audit = {.found = note, .arg = &told}};
    struct audit_result r;
    char text[64];

    town_ledger_close(&f->town);
    assert_int_equal(audit_file(f->other, &watch.audit, &r), ERR_NOTFOUND);
    assert_int_equal(file_replace(f->other, STR("<rss>no database at all, not even nearly</rss>"),
                                  0600), 0);
    assert_int_equal(audit_file(f->other, &watch.audit, &r), ERR_CORRUPT);
    snprintf(text, sizeof text, "PRAGMA user_version = %d",
             migrate_steps[migrate_count - 1].version + 1);
    sqlite_file_sql(f->file.path, text);
    assert_int_equal(audit_file(f->file.path, &watch.audit, &r), ERR_STALE);
    assert_int_equal(copy_backup(f->file.path, f->other, &watch, &r), ERR_EXISTS);
    unlink(f->other);
    assert_int_equal(copy_backup(f->file.path, f->other, &watch, &r), ERR_STALE);
    assert_int_equal(access(f->other, F_OK), -1);
    buf_free(&told);
}

/* A page of nonsense in the middle of the file. */
static void damage_is_told(void **state)
{
    struct town_file *f = *state;
    struct buf told = BUF_INIT;
    struct copy_watch watch = {.audit = {.found = note, .arg = &told}};
    struct audit_result r;
    struct copy_restored restored;

    town_ledger_close(&f->town);
    FILE *file = fopen(f->file.path, "r+e");
    int64_t page = sqlite_file_sql(f->file.path,
                                   "SELECT rootpage FROM sqlite_schema WHERE name = 'concerns'");
    assert_int_equal(fseek(file, (long)(page - 1) * 4096, SEEK_SET), 0);
    for (int i = 0; i < 4096; i++)
        fputc(0x5a, file);
    fclose(file);
    int err = audit_file(f->file.path, &watch.audit, &r);
    assert_true(err == ERR_CORRUPT || (err == 0 && r.findings));
    assert_int_equal(copy_backup(f->file.path, f->other, &watch, &r), ERR_CORRUPT);
    buf_add_char(&told, '\0');
    assert_non_null(strstr(told.data, "the file's structure is damaged"));
    assert_int_equal(copy_restore(f->file.path, f->other, &watch, &restored), ERR_CORRUPT);
    assert_int_equal(access(f->other, F_OK), -1);
    buf_free(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOWN_FILE_TEST(a_sound_store_is_sound),
        TOWN_FILE_TEST(what_is_wrong_is_found),
        TOWN_FILE_TEST(files_that_are_none),
        TOWN_FILE_TEST(damage_is_told),
    };
    return cmocka_run_group_tests_name("store-audit", tests, NULL, NULL);
}

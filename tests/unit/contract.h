/* tests/unit/contract.h - the promises of store.h, tested on every backend: each test has a store
 * of its own in memory, in a file and in Redis (one server for all tests of a program, which
 * refuses whatever does not stay on one hash slot). */
#ifndef HUIYING_TESTS_CONTRACT_H
#define HUIYING_TESTS_CONTRACT_H

#include "tests/unit/unit.h"

#include "base/err.h"
#include "store/store.h"
#include "tests/unit/store_samples.h"

struct contract {
    char *folder; /* NULL: none of its own */
    char *address;
    struct store *store; /* NULL: there is no redis-server */
};

/* Of a group: start and end its Redis. */
int contract_begin(void **state);
int contract_end(void **state);
/* Of a test: *state is its struct contract. */
int contract_memory(void **state);
int contract_sqlite(void **state);
int contract_redis(void **state);
int contract_close(void **state);
/* The store under test; skips, saying so, where there is no redis-server. */
struct store *contract_store(void **state);

#define ALL(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, contract_memory, contract_close),                       \
        cmocka_unit_test_setup_teardown(test, contract_sqlite, contract_close),                   \
        cmocka_unit_test_setup_teardown(test, contract_redis, contract_close)
#define CONTRACT_RUN(name, tests)                                                                 \
    cmocka_run_group_tests_name(name, tests, contract_begin, contract_end)

#endif

/* Hosts the bus on a ledger in memory for programs from outside.
 *   bus_server KEYS_DIR PUB_ENDPOINT UNITS_ENDPOINT EPOCH
 * It says "ready", then does one line of standard input after the other, answering "ok N":
 *   add TOPIC UNIT COUNT   commit COUNT events: N is the new head
 *   reload                 read the keys directory again
 *   counters               N is the messages published
 * and stops at the end of input. With --keys DIR STEM it makes a key pair and ends. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/bus/keys.h"
#include "tests/helpers/memory_ledger.h"

static uint64_t perform(struct memory_ledger *m, struct bus *b, const char *line)
{
    struct bus_counters n;
    char topic[SLUG_MAX], unit[SLUG_MAX];
    unsigned count;

    if (sscanf(line, "add %64s %64s %u", topic, unit, &count) == 3)
        return memory_ledger_add_many(m, topic, unit, count);
    if (strncmp(line, "reload", 6) == 0)
        bus_reload_keys(b);
    bus_counters(b, &n);
    return n.published;
}

int main(int argc, char **argv)
{
    char line[256];

    if (argc == 4 && strcmp(argv[1], "--keys") == 0)
        return keys_ensure(argv[2], argv[3]) ? 1 : 0;
    if (argc != 5)
        return 64;
    struct memory_ledger *m = memory_ledger_new();
    struct bus_ledger face = memory_ledger_face(m);
    struct bus_conf conf = {.pub_endpoint = argv[2],
                            .units_endpoint = argv[3],
                            .keys_dir = argv[1],
                            .epoch = argv[4]};
    struct bus *b = bus_start(&conf, &face);
    if (!b) {
        memory_ledger_free(m);
        return 1;
    }
    memory_ledger_attach(m, b);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        printf("ok %" PRIu64 "\n", perform(m, b, line));
        fflush(stdout);
    }
    memory_ledger_attach(m, NULL);
    bus_stop(b);
    memory_ledger_free(m);
    return 0;
}

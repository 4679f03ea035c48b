#include "tests/unit/http_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/http/socket.h"
#include "tests/unit/units_text.h"

enum { WAIT_MS = 60000, OPENED = 1700000000 };

struct http_town http_town;

static void health(void *arg, struct http_health *out)
{
    (void)arg;
    *out = (struct http_health){.workers_live = 2};
}

struct event http_event(uint64_t seq, enum event_type type, uint64_t concern, const char *topic,
                        const char *unit)
{
    struct event e = {.seq = seq, .at = (OPENED + (int64_t)seq) * 1000, .type = type,
                      .concern = concern, .act = ACT_REPLY, .due = (OPENED + 172800) * 1000LL,
                      .items = 1, .naudience = 1};

    snprintf(e.topic, SLUG_MAX, "%s", topic);
    snprintf(e.unit, SLUG_MAX, "%s", unit);
    snprintf(e.audience[0].unit, SLUG_MAX, "%s", unit);
    e.audience[0].unitseq = seq;
    return e;
}

static struct concern make_concern(uint64_t id, const char *topic)
{
    struct concern c = {.id = id, .opened = (OPENED + (int64_t)id) * 1000,
                        .due = (OPENED + 172800 + (int64_t)id) * 1000, .items = 2, .sources = 1,
                        .nclocks = 1};

    snprintf(c.topic, SLUG_MAX, "%s", topic);
    snprintf(c.unit, SLUG_MAX, "labour-office");
    snprintf(c.clocks[0].rule, SLUG_MAX, "ordinary-48h");
    c.clocks[0].act = ACT_REPLY;
    c.clocks[0].started = c.opened;
    c.clocks[0].due = c.due;
    return c;
}

static void fill_store(void)
{
    struct event events[3];
    struct concern concerns[3];
    const struct concern *list[3];
    struct store_item items[2] = {
        {.ident = {1}, .source = STR("board"), .title = STR("欠薪 \"<script>\" \\ \t"),
         .text = STR("求助"), .link = STR("https://example.cn/1"), .topic = STR("wage-arrears"),
         .concern = 1, .kind = VERDICT_RAISED, .found = OPENED * 1000LL,
         .published = OPENED * 1000LL, .expires = INT64_MAX},
        {.ident = {2}, .source = STR("board"), .topic = STR("wage-arrears"), .concern = 1,
         .found = OPENED * 1000LL - 1, .expires = INT64_MAX},
    };

    for (uint64_t i = 0; i < 3; i++) {
        const char *topic = i == 1 ? "epidemic" : "wage-arrears";
        events[i] = http_event(i + 1, EVENT_OPENED, i + 1, topic, "labour-office");
        concerns[i] = make_concern(i + 1, topic);
        list[i] = &concerns[i];
    }
    struct store_batch batch = {.events = events, .nevents = 3, .concerns = list, .nconcerns = 3,
                                .items = items, .nitems = 2};
    assert_int_equal(store_commit(http_town.store, &batch), 0);
}

static struct units *load_units(struct problems *problems)
{
    static const char text[] = "coordinator: town-hall\n"
                               "units:\n"
                               "  - {id: town-hall, name: {zh: 镇政府}}\n"
                               "  - id: labour-office\n"
                               "    name: {zh: 劳动保障所, en: Labour office}\n"
                               "    parent: town-hall\n"
                               "    roles: [labour]\n"
                               "  - {id: culture, name: {zh: 文化站}, parent: town-hall}\n";

    return units_text(text, problems);
}

static struct town answering;

int http_setup(void **state)
{
    const char *src = getenv("srcdir");
    struct problems *problems = problems_new();

    (void)state;
    http_town = (struct http_town){0};
    http_town.source = (struct source){.id = (char *)"board", .name = (char *)"留言板",
                                  .url = (char *)"http://example.cn/", .kind = SOURCE_BOARD};
    snprintf(http_town.socket, sizeof http_town.socket, "/tmp/huiying-http-%d.sock", (int)getpid());
    snprintf(http_town.dashboard, sizeof http_town.dashboard, "%s/dashboard", src ? src : "..");
    snprintf(http_town.rules, sizeof http_town.rules, "%s/rules", src ? src : "..");
    answering = (struct town){.units = load_units(problems)};
    http_town.config = (struct config){
        .operator_name = (char *)"镇政务公开办", .place_name = (char *)"青石镇",
        .home_region = (char *)"371621", .http = (char *)"127.0.0.1:0",
        .socket_path = http_town.socket, .dashboard_dir = http_town.dashboard,
        .town = &answering,
        .rules = rules_compile(http_town.rules, problems)};
    problems_print(problems, stderr);
    problems_free(problems);
    assert_non_null(http_town.config.rules);
    assert_non_null(answering.units);
    assert_int_equal(store_open("memory:", &http_town.store), 0);
    fill_store();
    uint32_t index;
    http_town.roster = roster_new();
    assert_int_equal(roster_add(http_town.roster, &http_town.source, &index), 0);
    http_town.book = rulebook_new(http_town.config.rules, &answering,
                                  &(struct rulebook_where){http_town.rules, NULL});
    assert_non_null(http_town.book);
    http_town.statistics = statistics_start(http_town.store);
    assert_non_null(http_town.statistics);
    struct http_conf conf = {.config = &http_town.config, .roster = http_town.roster,
                             .writer = http_town.store,
                             .shown = store_head(http_town.store),
                             .ledger = &http_town.ledger,
                             .rules = http_town.book,
                             .statistics = http_town.statistics,
                             .health = health};
    http_town.http = http_start(&conf);
    return http_town.http ? 0 : -1;
}

int http_teardown(void **state)
{
    (void)state;
    http_stop(http_town.http);
    statistics_stop(http_town.statistics);
    store_close(http_town.store);
    roster_free(http_town.roster);
    rulebook_free(http_town.book);
    rules_free(http_town.config.rules);
    units_free(answering.units);
    assert_int_equal(access(http_town.socket, F_OK), -1);
    return 0;
}

int http_connect(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_port(http_town.http)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

void http_send(int fd, const char *text, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* refused early: the answer tells */
        text += sent;
        n -= (size_t)sent;
    }
}

/* Read until `until` was seen (NULL: until the peer closes). Ends in NUL. */
void http_read_until(int fd, const char *until, struct buf *out)
{
    int64_t end = clock_mono() + WAIT_MS;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char *to = buf_reserve(out, 4097);
        ssize_t n = poll(&p, 1, 1000) > 0 ? recv(fd, to, 4096, 0) : 1;
        if (p.revents && n > 0)
            out->len += (size_t)n;
        out->data[out->len] = '\0';
        if (n <= 0 || (until && strstr(out->data, until)))
            return;
        if (clock_mono() > end)
            fail_msg("no \"%s\" in: %s", until ? until : "end", out->data);
    }
}

/* One exchange on the socket (local) or TCP; the status, and the whole answer in out. */
int http_ask(bool local, const char *head, const char *body, struct buf *out)
{
    int fd = local ? socket_connect_unix(http_town.socket) : http_connect();
    struct buf request = BUF_INIT;
    int status = 0;

    assert_true(fd >= 0);
    buf_addf(&request, "%s\r\nConnection: close\r\n", head);
    if (!strstr(head, "Host:"))
        buf_addf(&request, "Host: localhost:%u\r\n", (unsigned)http_port(http_town.http));
    if (body)
        buf_addf(&request, "Content-Length: %zu\r\n", strlen(body));
    buf_addf(&request, "\r\n%s", body ? body : "");
    http_send(fd, request.data, request.len);
    buf_reset(out);
    http_read_until(fd, NULL, out);
    buf_free(&request);
    close(fd);
    if (out->len > 12)
        status = (int)strtol(out->data + 9, NULL, 10);
    return status;
}

json_t *http_json(const struct buf *answer)
{
    const char *body = strstr(answer->data, "\r\n\r\n");
    json_t *root = body ? json_loads(body + 4, 0, NULL) : NULL;

    if (!root)
        fail_msg("no JSON in: %s", answer->data);
    return root;
}

const char *http_text_at(const json_t *object, const char *a, const char *b)
{
    object = json_object_get(object, a);
    return json_string_value(b ? json_object_get(object, b) : object);
}

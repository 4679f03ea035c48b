#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alerts/event.h"
#include "base/err.h"
#include "base/file.h"
#include "daemon/http/html_out.h"
#include "daemon/http/json_out.h"
#include "daemon/http/socket.h"
#include "daemon/routes/query.h"

static void hosts_are_loopback_with_our_port(void **state)
{
    static const struct {
        const char *host;
        bool ok;
    } cases[] = {
        {"localhost:8420", true},       {"127.0.0.1:8420", true},  {"[::1]:8420", true},
        {"LOCALHOST:8420", true},       {"localhost", false},      {"localhost:8421", false},
        {"localhost.evil.cn:8420", false}, {"evil.cn:8420", false},
        {"127.0.0.1.nip.io:8420", false},
        {"", false},                    {"localhost:", false},     {"localhost:8420:8420", false},
        {"[::1]8420", false},           {"127.0.0.2:8420", false}, {"localhost:+8420", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (query_host(cases[i].host, 8420, NULL) != cases[i].ok)
            fail_msg("%s", cases[i].host);
    }
    assert_true(query_host("localhost", 80, NULL));
}

static void parameters_are_strict(void **state)
{
    static const char *const choices[] = {"open", "closed", NULL};
    char long_id[SLUG_MAX + 1];
    uint64_t n = 7, id = 0;
    int64_t key = 0;

    (void)state;
    assert_int_equal(query_choice("closed", choices), 1);
    assert_int_equal(query_choice("clos", choices), -1);
    assert_true(query_slug(NULL) && query_slug("wage-arrears"));
    assert_false(query_slug("") || query_slug("a b") || query_slug("欠薪") || query_slug("a%"));
    memset(long_id, 'a', sizeof long_id);
    long_id[SLUG_MAX] = '\0';
    assert_false(query_slug(long_id));
    long_id[SLUG_MAX - 1] = '\0';
    assert_true(query_slug(long_id));

    assert_int_equal(query_number(NULL, 0, 9, &n), 0);
    assert_int_equal(n, 7);
    assert_int_equal(query_number("9", 0, 9, &n), 0);
    assert_int_equal(n, 9);
    assert_int_equal(query_number("10", 0, 9, &n), ERR_SYNTAX);
    assert_int_equal(query_number("9x", 0, 9, &n), ERR_SYNTAX);

    assert_int_equal(query_cursor("-1700000000000.12", 0, &key, &id), 0);
    assert_true(key == INT64_C(-1700000000000) && id == 12);
    assert_int_equal(query_cursor("5.", 0, &key, &id), ERR_SYNTAX);
    assert_int_equal(query_cursor("5", 0, &key, &id), ERR_SYNTAX);
    assert_int_equal(query_cursor("5.0", 0, &key, &id), ERR_SYNTAX);
    assert_int_equal(query_cursor("n-5.3", 'n', &key, &id), 0);
    assert_true(key == -5 && id == 3);
    assert_int_equal(query_cursor("n-5.3", 'd', &key, &id), ERR_SYNTAX);
    assert_int_equal(query_cursor("-5.3", 'd', &key, &id), ERR_SYNTAX);
    assert_int_equal(query_cursor("", 'd', &key, &id), ERR_SYNTAX);
    assert_int_equal(query_cursor("n-5.3", 0, &key, &id), ERR_SYNTAX);
}

static void json_members_are_separated_and_escaped(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_add_char(&b, '{');
    json_out_text(&b, "a", "</script>\"\\\n");
    json_out_null(&b, "b");
    json_out_name(&b, "c");
    buf_add_char(&b, '[');
    for (int i = 0; i < 2; i++) {
        json_out_next(&b);
        buf_add_text(&b, "{}");
    }
    buf_add_char(&b, ']');
    json_out_time(&b, "t", 0);
    json_out_time(&b, "u", 1);
    json_out_int(&b, "i", -5);
    json_out_bool(&b, "y", true);
    buf_add_text(&b, "}");
    buf_add_char(&b, '\0');
    assert_string_equal(b.data, "{\"a\":\"</script>\\\"\\\\\\n\",\"b\":null,\"c\":[{},{}],"
                                "\"t\":null,\"u\":\"1970-01-01T08:00:00+08:00\","
                                "\"i\":-5,\"y\":true}");
    buf_free(&b);
}

/* A folder whose path alone is longer than a sun_path, with a short way to clean it up. */
static char *deep_folder(void)
{
    char *dir = malloc(1024);
    const char *tmp = getenv("TMPDIR");
    size_t n = (size_t)snprintf(dir, 1024, "%s/huiying-socket-%d", tmp ? tmp : "/tmp",
                                (int)getpid());

    for (int i = 0; i < 6; i++)
        n += (size_t)snprintf(dir + n, 1024 - n, "/%s", "a-folder-of-thirty-two-bytes-xxx");
    assert_int_equal(file_make_dirs(dir), 0);
    return dir;
}

static void pages_escape_what_is_put_into_them(void **state)
{
    static const unsigned char bytes[] = {0, 0xab, 0x7f};
    struct buf b = BUF_INIT;
    (void)state;

    html_out_paragraphs(&b, STR("\n<b>\"a\" & 'b'</b>\r\n\n二"));
    assert_true(str_is(buf_str(&b), "<p>&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;</p>\n"
                                    "<p>二</p>\n"));
    buf_reset(&b);
    html_out_time(&b, 1767250800000);
    html_out_hex(&b, bytes, sizeof bytes);
    assert_true(str_is(buf_str(&b), "2026-01-01 15:0000ab7f"));
    buf_free(&b);
}

static void remove_folder(char *dir)
{
    for (int i = 0; i < 7; i++) {
        assert_int_equal(rmdir(dir), 0);
        *strrchr(dir, '/') = '\0';
    }
    free(dir);
}

static void sockets_work_in_deep_folders(void **state)
{
    char *dir = deep_folder(), path[1100], longest[1300];
    struct stat st;

    (void)state;
    snprintf(path, sizeof path, "%s/huiying.sock", dir);
    assert_true(strlen(path) > 200);
    int server = socket_listen_unix(path);
    assert_true(server >= 0);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    int client = socket_connect_unix(path);
    assert_true(client >= 0);

    assert_int_equal(socket_listen_unix(path), ERR_EXISTS); /* it is answered */
    close(client);
    close(server);
    assert_int_equal(socket_connect_unix(path), ERR_REFUSED);
    server = socket_listen_unix(path); /* what a killed daemon leaves is replaced */
    assert_true(server >= 0);
    close(server);
    unlink(path);
    assert_int_equal(socket_connect_unix(path), ERR_NOTFOUND);

    int plain = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(socket_listen_unix(path), ERR_EXISTS); /* never unlinks a file */
    assert_int_equal(access(path, F_OK), 0);
    close(plain);
    unlink(path);
    snprintf(longest, sizeof longest, "%s/%0120d", dir, 1);
    assert_int_equal(socket_listen_unix(longest), ERR_LIMIT);
    assert_int_equal(socket_listen_unix("/nonexistent-folder/x.sock"), ERR_NOTFOUND);
    remove_folder(dir);
}

static void tcp_is_loopback_only(void **state)
{
    uint16_t port = 0, again = 0;
    char text[32];

    (void)state;
    assert_int_equal(socket_listen_tcp("0.0.0.0:0", &port), ERR_REFUSED);
    assert_int_equal(socket_listen_tcp("192.168.1.1:80", &port), ERR_REFUSED);
    assert_int_equal(socket_listen_tcp("127.0.0.1", &port), ERR_SYNTAX);
    assert_int_equal(socket_listen_tcp("127.0.0.1:99999", &port), ERR_SYNTAX);
    int fd = socket_listen_tcp("127.0.0.1:0", &port);
    assert_true(fd >= 0 && port > 0);
    snprintf(text, sizeof text, "localhost:%u", (unsigned)port);
    assert_int_equal(socket_listen_tcp(text, &again), ERR_EXISTS);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_loopback_with_our_port),
        cmocka_unit_test(parameters_are_strict),
        cmocka_unit_test(json_members_are_separated_and_escaped),
        cmocka_unit_test(pages_escape_what_is_put_into_them),
        cmocka_unit_test(sockets_work_in_deep_folders),
        cmocka_unit_test(tcp_is_loopback_only),
    };
    return cmocka_run_group_tests_name("http_parts", tests, NULL, NULL);
}

/* libFuzzer target: a selector up to the first NUL or line's end, and the page that it is tried on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "feeds/formats/parse.h"
#include "feeds/pages/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char page[] = "<table id=t><tr class='a b'><td>1<td x=y>2</table><ul><li>3</ul>";
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t n = end ? (size_t)(end - data) : size;
    struct board_spec spec = {.item = {"*", 1}};
    const char *problem = NULL;
    struct feed *feed;

    spec.title = spec.text = spec.next = (struct str){(const char *)data, n};
    int err = selector_check(spec.title, &problem);
    if (err != 0 && !(err == ERR_SYNTAX && problem))
        abort();
    struct parse_request req = {.board = &spec, .now = 1, .max_items = 20};
    req.body = end && n + 1 < size ? (struct str){(const char *)end + 1, size - n - 1}
                                   : (struct str){page, sizeof page - 1};
    err = parse_feed(&req, &feed);
    if (err != 0 && err != ERR_SYNTAX)
        abort();
    item_feed_free(feed);
    return 0;
}

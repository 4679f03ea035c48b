/* libFuzzer entry: the first line is the address, the rest a robots.txt. A reduced robots.txt must
 * answer as the whole one does. */
#include <stdint.h>
#include <stdlib.h>

#include "feeds/fetch/robots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str url = {(const char *)data, 0}, text = STR_NONE;
    struct buf small = BUF_INIT;
    double delay, again;

    while (url.n < size && data[url.n] != '\n')
        url.n++;
    if (url.n < size)
        text = (struct str){(const char *)data + url.n + 1, size - url.n - 1};
    bool allowed = robots_allowed(text, STR("huiying"), url, &delay);
    if (robots_reduce(text, STR("huiying"), &small) == 0 &&
        (robots_allowed(buf_str(&small), STR("huiying"), url, &again) != allowed ||
         again != delay))
        abort();
    buf_free(&small);
    return 0;
}

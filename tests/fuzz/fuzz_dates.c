/* libFuzzer target: any text as a date; what is read lies where dates do, and reads back. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "feeds/text/dates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int64_t now = INT64_C(1690344000000);
    struct str text = {(const char *)data, size};
    char written[CLOCK_TEXT];
    int64_t ms = 0, again = 0;
    int err = dates_parse(text, 480, now, &ms);

    if (err) {
        if (err != ERR_SYNTAX)
            abort();
        return 0;
    }
    if (ms < now - INT64_C(10000) * 366 * CLOCK_DAY || ms > INT64_C(7300000000000))
        abort();
    if (ms >= 0 && (dates_parse(str_from(clock_format(ms, written)), 480, now, &again) ||
                    again / 1000 != ms / 1000))
        abort();
    return 0;
}

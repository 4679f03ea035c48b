#include "feeds/fetch/retry_after.h"

#include <curl/curl.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/str.h"

int64_t retry_after_ms(const char *retry_after, const char *date)
{
    const int64_t day = CLOCK_DAY / 1000;
    long long seconds;

    if (!retry_after)
        return 0;
    if (str_int(str_from(retry_after), 0, INT64_C(1) << 40, &seconds)) {
        int64_t until = curl_getdate(retry_after, NULL);
        int64_t from = date ? curl_getdate(date, NULL) : clock_now() / 1000;
        if (until < 0 || from < 0)
            return 0;
        seconds = until - from;
    }
    return (seconds < 0 ? 0 : seconds > day ? day : seconds) * 1000;
}

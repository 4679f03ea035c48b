#include "base/clock.h"

#include <stdbool.h>
#include <time.h>

#include "base/err.h"

/* Readings within INSTANT ms are of one instant; a machine too busy for that gives its last. */
enum { INSTANT = 100, TRIES = 10 };

/* Set once before threads start; read everywhere after. */
static int64_t scaled_start, scaled_from;
static int scaled_rate = 1;

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_now(void)
{
    int64_t wall = read_clock(CLOCK_REALTIME);

    return scaled_start ? scaled_start + (wall - scaled_from) * scaled_rate : wall;
}

int64_t clock_mono(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_boot(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

void clock_both(int64_t *now, int64_t *mono)
{
    int64_t before;
    int tries = 0;

    do {
        before = clock_mono();
        *now = clock_now();
        *mono = clock_mono();
    } while (*mono - before > INSTANT && ++tries < TRIES);
}

void clock_set_rate(int64_t start, int rate)
{
    scaled_from = read_clock(CLOCK_REALTIME);
    scaled_start = start;
    scaled_rate = rate;
}

int clock_rate(void)
{
    return scaled_rate;
}

int clock_wait_ms(int64_t when)
{
    int64_t left = (when - clock_now() + scaled_rate - 1) / scaled_rate;

    return left < 0 ? 0 : left > 1000 ? 1000 : (int)left;
}

void clock_sleep(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that
 * the leap day is the last day of the year. */
int64_t clock_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void clock_date(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

static char *put_digits(char *to, int value, int width, char after)
{
    for (int i = width; i-- > 0; value /= 10)
        to[i] = (char)('0' + value % 10);
    to[width] = after;
    return to + width + 1;
}

/* The first and the last instant of the years 0 to 9999 in China, ms. */
#define FIRST (INT64_C(-62167219200000) - CLOCK_CHINA)
#define LAST (INT64_C(253402300799999) - CLOCK_CHINA)

/* By hand: two of these stand in every published event, and printf costs five times as much. */
char *clock_format(int64_t ms, char out[static CLOCK_TEXT])
{
    ms = ms < FIRST ? FIRST : ms > LAST ? LAST : ms;
    int64_t t = ms + CLOCK_CHINA;
    int64_t days = t / CLOCK_DAY - (t % CLOCK_DAY < 0);
    int second = (int)((t - days * CLOCK_DAY) / 1000);
    int y, m, d;

    clock_date(days, &y, &m, &d);
    char *to = put_digits(out, y, 4, '-');
    to = put_digits(to, m, 2, '-');
    to = put_digits(to, d, 2, 'T');
    to = put_digits(to, second / 3600, 2, ':');
    to = put_digits(to, second / 60 % 60, 2, ':');
    to = put_digits(to, second % 60, 2, '+');
    memcpy(to, "08:00", sizeof "08:00");
    return out;
}

/* Fixed-width decimal field at *p; advances. */
static bool digits(struct str *s, size_t width, int *out)
{
    int v = 0;

    if (s->n < width)
        return false;
    for (size_t i = 0; i < width; i++) {
        int c = s->p[i] - '0';
        if (c < 0 || c > 9)
            return false;
        v = v * 10 + c;
    }
    s->p += width;
    s->n -= width;
    *out = v;
    return true;
}

static bool literal(struct str *s, const char *any)
{
    if (!s->n || !strchr(any, s->p[0]))
        return false;
    s->p++;
    s->n--;
    return true;
}

static bool date_exists(int y, int m, int d)
{
    int yy, mm, dd;

    if (m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    clock_date(clock_days(y, m, d), &yy, &mm, &dd);
    return mm == m && dd == d;
}

int clock_parse(struct str s, int64_t *ms)
{
    int y, mo, d, h, mi, se, zh = 0, zm = 0, fraction = 0;
    int sign = 1;

    if (!digits(&s, 4, &y) || !literal(&s, "-") || !digits(&s, 2, &mo) || !literal(&s, "-") ||
        !digits(&s, 2, &d) || !literal(&s, "Tt ") || !digits(&s, 2, &h) || !literal(&s, ":") ||
        !digits(&s, 2, &mi) || !literal(&s, ":") || !digits(&s, 2, &se))
        return ERR_SYNTAX;
    if (literal(&s, ".")) {
        int digit, scale = 100;
        if (!digits(&s, 1, &digit))
            return ERR_SYNTAX;
        do {
            fraction += digit * scale;
            scale /= 10;
        } while (digits(&s, 1, &digit));
    }
    if (!literal(&s, "Zz")) {
        sign = s.n && s.p[0] == '-' ? -1 : 1;
        if (!literal(&s, "+-") || !digits(&s, 2, &zh) || !literal(&s, ":") || !digits(&s, 2, &zm))
            return ERR_SYNTAX;
    }
    if (s.n || !date_exists(y, mo, d) || h > 23 || mi > 59 || se > 60 || zh > 23 || zm > 59)
        return ERR_SYNTAX;
    *ms = clock_days(y, mo, d) * CLOCK_DAY + (h * 3600 + mi * 60 + se) * INT64_C(1000) + fraction -
          sign * (zh * 60 + zm) * INT64_C(60000);
    return 0;
}

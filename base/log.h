/* base/log.h - one line a fact, key=value, to standard error (the journal keeps it). */
#ifndef HUIYING_BASE_LOG_H
#define HUIYING_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines above this level are dropped. Any thread; default LOG_INFO. */
void log_set_level(enum log_level level);

/* Write `time=… level=… event=EVENT FORMAT…` as one write(2). EVENT is a stable dotted name
 * ("worker.killed"); FORMAT is key=value pairs, values without spaces or quoted by the caller.
 * Control bytes are written as '?'. Never pass an item's text or title, an author, a secret.
 * Any thread. Log once, where the context is known. */
void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif

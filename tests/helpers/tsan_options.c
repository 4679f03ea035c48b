/* libzmq is not built with ThreadSanitizer, which would take its pipes for races (tests/tsan.supp);
 * to look away is faster than to suppress each. */
const char *__tsan_default_options(void);

const char *__tsan_default_options(void)
{
    return "ignore_noninstrumented_modules=1";
}

/* libFuzzer entry: any bytes as a worker's answer and as a job. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "classifiers/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str payload = {(const char *)data, size};
    struct verdicts *v = NULL;
    struct buf again = BUF_INIT;
    struct job job;

    if (!job_read_verdicts(payload, &v) &&
        (job_write_verdicts(v, &again) || !str_eq(payload, buf_str(&again))))
        abort();
    job_read(payload, &job);
    verdict_free(v);
    buf_free(&again);
    return 0;
}

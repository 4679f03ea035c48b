#include "classifiers/job.h"

#include "base/err.h"

/* The selectors in wire order. */
static const size_t selectors[] = {
    offsetof(struct board_spec, item),  offsetof(struct board_spec, title),
    offsetof(struct board_spec, link),  offsetof(struct board_spec, time),
    offsetof(struct board_spec, text),  offsetof(struct board_spec, reply),
    offsetof(struct board_spec, reply_time), offsetof(struct board_spec, reply_unit),
    offsetof(struct board_spec, next), offsetof(struct board_spec, detail_title),
    offsetof(struct board_spec, detail_time), offsetof(struct board_spec, detail_text),
    offsetof(struct board_spec, detail_reply), offsetof(struct board_spec, detail_reply_time),
    offsetof(struct board_spec, detail_reply_unit),
};

enum { SELECTORS = sizeof selectors / sizeof *selectors };

static struct str *selector(const struct board_spec *board, size_t i)
{
    return (struct str *)((char *)board + selectors[i]);
}

int job_write(const struct job *job, struct buf *out)
{
    size_t start = out->len, size;
    struct str fields[] = {job->url, job->mime, job->region, job->home, job->title, job->body};
    uint32_t length;

    size = 64 + 4 * SELECTORS;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        size += 4 + fields[i].n;
    for (size_t i = 0; i < SELECTORS; i++)
        size += selector(&job->board, i)->n;
    if (size > JOB_FRAME_MAX)
        return ERR_LIMIT;
    buf_add_u32(out, 0);
    buf_add_u8(out, (uint8_t)job->op);
    buf_add_u8(out, (uint8_t)job->kind);
    buf_add_u32(out, (uint32_t)job->zone_minutes);
    buf_add_u64(out, (uint64_t)job->now);
    for (size_t i = 0; i < SELECTORS; i++)
        buf_add_lstr(out, *selector(&job->board, i));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        buf_add_lstr(out, fields[i]);
    if (!buf_ok(out)) {
        out->len = start;
        return ERR_NOMEM;
    }
    length = (uint32_t)(out->len - start - 4);
    for (size_t i = 0; i < 4; i++)
        out->data[start + i] = (char)(length >> (8 * i));
    return 0;
}

int job_read(struct str payload, struct job *job)
{
    struct buf_reader r = {payload.p, payload.n, false};
    struct str *fields[] = {&job->url,  &job->mime,  &job->region,
                            &job->home, &job->title, &job->body};

    *job = (struct job){0};
    uint8_t op = buf_read_u8(&r), kind = buf_read_u8(&r);
    job->zone_minutes = (int32_t)buf_read_u32(&r);
    job->now = (int64_t)buf_read_u64(&r);
    for (size_t i = 0; i < SELECTORS; i++)
        *selector(&job->board, i) = buf_read_lstr(&r);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        *fields[i] = buf_read_lstr(&r);
    if (r.bad || r.left || op >= JOB_OPS || kind > SOURCE_OFFICIAL)
        return ERR_CORRUPT;
    job->op = (enum job_op)op;
    job->kind = (enum source_kind)kind;
    return 0;
}

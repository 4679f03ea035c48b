/* A worker that misbehaves as the job's body says, inside the real sandbox: what a taken-over
 * huiying-worker could try. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "classifiers/job.h"
#include "daemon/workers/sandbox.h"
#include "daemon/workers/worker.h"

extern char **environ;
static char seen_descriptors[256];

static void crash(struct buf *out)
{
    (void)out;
    volatile uintptr_t nowhere = 16; /* raise() would need a call that the filter kills on */
    *(int *)nowhere = 1;
}

static void spin(struct buf *out)
{
    for (volatile unsigned long n = 0;; n++)
        if (n == 0 && out->len == 0)
            continue;
}

/* Touches what it takes: only resident memory is somebody's memory. Volatile, or a compiler may
 * leave out memory that nobody reads. */
static void eat(struct buf *out)
{
    for (size_t total = 0; total < (size_t)2 << 30; total += 1 << 20) {
        char *volatile p = malloc(1 << 20);
        if (!p)
            _exit(WORKER_EXIT_MEMORY);
        memset(p, 1, 1 << 20);
    }
    buf_add_text(out, "ate 2 GiB");
}

static void open_file(struct buf *out)
{
    buf_add_text(out, open("/etc/passwd", O_RDONLY) < 0 ? "refused" : "opened");
}

static void open_socket(struct buf *out)
{
    buf_add_text(out, socket(AF_INET, SOCK_STREAM, 0) < 0 ? "refused" : "opened");
}

static void run_code(struct buf *out)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    buf_add_text(out, p == MAP_FAILED ? "refused" : "mapped");
}

static void start_program(struct buf *out)
{
    char *const argv[] = {(char *)"true", NULL};

    execve("/bin/true", argv, NULL);
    buf_add_text(out, "refused");
}

static void tell_inheritance(struct buf *out)
{
    buf_add_text(out, seen_descriptors);
    for (char **e = environ; *e; e++)
        if (strncmp(*e, "ASAN_OPTIONS", 12))
            buf_addf(out, " %s", *e);
}

static void vanish(struct buf *out)
{
    (void)out;
    _exit(3);
}

static const struct {
    const char *name;
    void (*run)(struct buf *);
} deeds[] = {
    {"crash", crash},       {"spin", spin},          {"eat", eat},
    {"open", open_file},    {"socket", open_socket}, {"code", run_code},
    {"exec", start_program}, {"inherit", tell_inheritance}, {"vanish", vanish},
};

/* Which descriptors are open, as "0 1 2 3 ". */
static void see_descriptors(void)
{
    for (int fd = 0; fd < 1024; fd++) {
        size_t n = strlen(seen_descriptors);
        if (fcntl(fd, F_GETFD) >= 0 && n < sizeof seen_descriptors - 8)
            snprintf(seen_descriptors + n, sizeof seen_descriptors - n, "%d ", fd);
    }
}

int main(void)
{
    char request[65536];

    see_descriptors();
    if (sandbox_enter(WORKER_MEMORY))
        return WORKER_EXIT_SANDBOX;
    for (;;) {
        struct buf out = BUF_INIT, frame = BUF_INIT;
        struct job job;
        ssize_t n = read(WORKER_SOCKET, request, sizeof request);
        if (n < 4 || job_read((struct str){request + 4, (size_t)n - 4}, &job))
            _exit(0);
        sandbox_allow_cpu(WORKER_CPU_MS);
        for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
            if (str_is(job.body, deeds[i].name))
                deeds[i].run(&out);
        sandbox_allow_cpu(0);
        buf_add_u32(&frame, (uint32_t)out.len + 4);
        buf_add_u32(&frame, 0);
        buf_add_str(&frame, buf_str(&out));
        if (file_write_all(WORKER_SOCKET, buf_str(&frame)))
            _exit(0);
        buf_free(&out);
        buf_free(&frame);
    }
}

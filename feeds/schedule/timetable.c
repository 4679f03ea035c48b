#define _GNU_SOURCE
#include "feeds/schedule/timetable.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/log.h"

enum { CHUNK = 4096, CHUNKS = TIMETABLE_MAX / CHUNK, HEAD = 4096, VERSION = 1, NONE = -1 };
#define CHUNK_BYTES ((size_t)CHUNK * sizeof(struct timetable_entry))

static const char magic[8] = "hyTimes";

static_assert(sizeof(struct timetable_entry) == 112, "the file's entries have this size");
static_assert(CHUNK * sizeof(struct timetable_entry) % 65536 == 0, "chunks begin on a page");

/* The file's first page. `undo` is the entry that is being changed, as it was. */
struct head {
    char magic[8];
    uint32_t version, entry;
    atomic_uint changing; /* place + 1, 0 none */
    struct timetable_entry undo;
};

struct timetable {
    int fd; /* NONE: memory alone */
    struct head *head;
    struct timetable_entry *chunks[CHUNKS]; /* never moved */
    uint32_t count;                         /* places that are or were in use */
    uint32_t *unused;                       /* stack of free places among them */
    size_t nunused, cap_unused;
    uint32_t *index; /* place + 1 by key, open addressing; NULL: settled */
    size_t index_size;
    unsigned char *claimed; /* a bit a place, until settled */
    uint32_t kept; /* places that the file had */
};

static uint32_t checksum(const struct timetable_entry *e)
{
    struct timetable_entry plain = *e;

    plain.check = 0;
    return (uint32_t)XXH3_64bits(&plain, sizeof plain);
}

static struct timetable_entry *at(const struct timetable *t, uint32_t place)
{
    return &t->chunks[place / CHUNK][place % CHUNK];
}

static void *map(int fd, size_t offset, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   fd == NONE ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd,
                   fd == NONE ? 0 : (off_t)offset);

    return p == MAP_FAILED ? NULL : p;
}

/* Room is taken on the disk before it is mapped: a full disk would otherwise kill the process at
 * its next store. What the disk has no room for lives in memory. */
static int add_chunk(struct timetable *t)
{
    size_t n = t->count / CHUNK, offset = HEAD + n * CHUNK_BYTES;
    void *p = NULL;

    if (n == CHUNKS)
        return ERR_LIMIT;
    int err = t->fd == NONE ? 0 : posix_fallocate(t->fd, (off_t)offset, (off_t)CHUNK_BYTES);
    if (err)
        log_warn("timetable.grow", "errno=%d", err);
    p = map(err ? NONE : t->fd, offset, CHUNK_BYTES);
    if (!p)
        return ERR_NOMEM;
    t->chunks[n] = p;
    return 0;
}

static int push_unused(struct timetable *t, uint32_t place)
{
    if (t->nunused == t->cap_unused) {
        size_t cap = t->cap_unused ? 2 * t->cap_unused : 64;
        uint32_t *more = reallocarray(t->unused, cap, sizeof *more);
        if (!more)
            return ERR_NOMEM;
        t->unused = more;
        t->cap_unused = cap;
    }
    t->unused[t->nunused++] = place;
    return 0;
}

/* The place of key in the index, or where it would go. */
static uint32_t *find(struct timetable *t, uint64_t key)
{
    size_t i = (size_t)key & (t->index_size - 1);

    while (t->index[i] && at(t, t->index[i] - 1)->key != key)
        i = (i + 1) & (t->index_size - 1);
    return &t->index[i];
}

/* Look at all entries, forget the damaged ones and index the others. */
static int read_entries(struct timetable *t)
{
    uint32_t damaged = 0;

    for (t->index_size = 64; t->index_size < 2 * (size_t)t->count; t->index_size *= 2)
        ;
    t->index = calloc(t->index_size, sizeof *t->index);
    t->claimed = calloc(t->count / 8 + 1, 1);
    if (!t->index || !t->claimed)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < t->count; i++) {
        struct timetable_entry *e = at(t, i);
        if (!e->key)
            continue;
        uint32_t *place = find(t, e->key);
        if (e->check != checksum(e) || *place) {
            memset(e, 0, sizeof *e);
            damaged++;
        } else {
            *place = i + 1;
        }
    }
    if (damaged)
        log_warn("timetable.damaged", "entries=%u", damaged);
    for (uint32_t i = t->count; i-- > 0;)
        if (!at(t, i)->key && push_unused(t, i))
            return ERR_NOMEM;
    return 0;
}

/* A process was killed while it changed an entry: put the old one back. */
static void undo(struct timetable *t)
{
    uint32_t place = t->head->changing;

    if (place && place <= t->count && t->head->undo.check == checksum(&t->head->undo))
        *at(t, place - 1) = t->head->undo;
    t->head->changing = 0;
}

static bool head_good(const struct head *h)
{
    return memcmp(h->magic, magic, sizeof magic) == 0 && h->version == VERSION &&
           h->entry == sizeof(struct timetable_entry);
}

/* Map what the file has: ERR_CORRUPT when it is none of ours, ERR_IO. */
static int map_file(struct timetable *t)
{
    struct stat st;

    /* The whole of it, for the holes that a full disk left once. */
    if (fstat(t->fd, &st) || posix_fallocate(t->fd, 0, st.st_size < HEAD ? HEAD : st.st_size))
        return ERR_IO;
    t->head = map(t->fd, 0, HEAD);
    if (!t->head)
        return ERR_NOMEM;
    if (!head_good(t->head))
        return ERR_CORRUPT;
    size_t chunks = st.st_size < HEAD ? 0 : ((size_t)st.st_size - HEAD) / CHUNK_BYTES;
    for (size_t i = 0; i < chunks && i < CHUNKS; i++) {
        t->chunks[i] = map(t->fd, HEAD + i * CHUNK_BYTES, CHUNK_BYTES);
        if (!t->chunks[i])
            return ERR_NOMEM;
        t->count += CHUNK;
    }
    undo(t);
    return 0;
}

static void unmap(struct timetable *t)
{
    for (size_t i = 0; i < CHUNKS && t->chunks[i]; i++) {
        munmap(t->chunks[i], CHUNK_BYTES);
        t->chunks[i] = NULL;
    }
    if (t->head)
        munmap(t->head, HEAD);
    t->head = NULL;
    t->count = 0;
}

static int open_file(struct timetable *t, const char *path)
{
    struct stat st;

    t->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (t->fd < 0 || flock(t->fd, LOCK_EX | LOCK_NB) || fstat(t->fd, &st)) {
        log_warn("timetable.open", "errno=%d", errno);
        return ERR_IO;
    }
    int err = map_file(t);
    if (err != ERR_CORRUPT)
        return err;
    if (st.st_size)
        log_warn("timetable.damaged", "head=1");
    unmap(t);
    if (ftruncate(t->fd, 0) || posix_fallocate(t->fd, 0, HEAD) ||
        !(t->head = map(t->fd, 0, HEAD)))
        return ERR_IO;
    memcpy(t->head->magic, magic, sizeof magic);
    t->head->version = VERSION;
    t->head->entry = sizeof(struct timetable_entry);
    return 0;
}

struct timetable *timetable_open(const char *path)
{
    struct timetable *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->fd = NONE;
    if (path && open_file(t, path)) {
        unmap(t);
        if (t->fd >= 0)
            close(t->fd);
        t->fd = NONE;
        log_warn("timetable.without", "due times will not survive a restart");
    }
    if (!t->head)
        t->head = map(NONE, 0, HEAD);
    t->kept = t->count;
    if (!t->head || read_entries(t)) {
        timetable_close(t);
        return NULL;
    }
    return t;
}

void timetable_close(struct timetable *t)
{
    if (!t)
        return;
    unmap(t);
    if (t->fd >= 0)
        close(t->fd);
    free(t->unused);
    free(t->index);
    free(t->claimed);
    free(t);
}

static void mark_claimed(struct timetable *t, uint32_t place)
{
    if (t->claimed && place < t->kept)
        t->claimed[place / 8] |= (unsigned char)(1 << place % 8);
}

static int take_place(struct timetable *t, uint32_t *place)
{
    if (t->nunused) {
        *place = t->unused[--t->nunused];
        return 0;
    }
    int err = t->count % CHUNK ? 0 : add_chunk(t);
    if (!err)
        *place = t->count++;
    return err;
}

int timetable_claim(struct timetable *t, uint64_t key, uint32_t *place, bool *found)
{
    uint32_t *known = t->index && t->kept ? find(t, key) : NULL;

    *found = known && *known;
    if (*found) {
        *place = *known - 1;
        mark_claimed(t, *place);
        return 0;
    }
    int err = take_place(t, place);
    if (err)
        return err;
    mark_claimed(t, *place);
    struct timetable_entry *e = timetable_begin(t, *place);
    *e = (struct timetable_entry){.key = key};
    timetable_end(t, *place);
    return 0;
}

void timetable_settle(struct timetable *t)
{
    for (uint32_t i = t->kept; t->claimed && i-- > 0;)
        if (at(t, i)->key && !(t->claimed[i / 8] & 1 << i % 8))
            timetable_release(t, i);
    free(t->index);
    free(t->claimed);
    t->index = NULL;
    t->claimed = NULL;
}

void timetable_release(struct timetable *t, uint32_t place)
{
    struct timetable_entry *e = at(t, place);

    /* Half of it gone, its checksum is wrong: what is to be forgotten is. */
    memset(e, 0, sizeof *e);
    /* Without memory the place is lost until the next start. */
    push_unused(t, place);
}

const struct timetable_entry *timetable_at(const struct timetable *t, uint32_t place)
{
    return at(t, place);
}

struct timetable_entry *timetable_begin(struct timetable *t, uint32_t place)
{
    struct timetable_entry *e = at(t, place);

    t->head->undo = *e;
    t->head->undo.check = checksum(e);
    /* What a killed process has stored stays stored, in this order. */
    atomic_store_explicit(&t->head->changing, place + 1, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst);
    return e;
}

void timetable_end(struct timetable *t, uint32_t place)
{
    struct timetable_entry *e = at(t, place);

    e->check = checksum(e);
    atomic_store_explicit(&t->head->changing, 0, memory_order_release);
}

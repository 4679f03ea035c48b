#include "tests/helpers/fault_vfs.h"

#include "tests/helpers/vfs_shim.h"

static struct {
    bool armed, lasting;
    long pass, failed;
    int code;
} plan;

#define CALL(f, method, ...) vfs_shim_real(f)->pMethods->method(vfs_shim_real(f), __VA_ARGS__)

static int failing(void)
{
    if (!plan.armed || plan.pass-- > 0)
        return SQLITE_OK;
    if (!plan.lasting && plan.failed)
        return SQLITE_OK;
    plan.failed++;
    return plan.code;
}

/* A disk that fills up may take a part of a write. */
static int do_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int rc = failing();

    if (rc && n > 1)
        CALL(f, xWrite, p, n / 2, at);
    return rc ? rc : CALL(f, xWrite, p, n, at);
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = failing();
    return rc ? rc : CALL(f, xTruncate, size);
}

static int do_sync(sqlite3_file *f, int flags)
{
    int rc = failing();
    return rc ? rc : CALL(f, xSync, flags);
}

int fault_vfs_install(void)
{
    static const struct vfs_shim shim = {
        .name = "fault", .write = do_write, .truncate = do_truncate, .sync = do_sync};

    return vfs_shim_install(&shim);
}

void fault_vfs_arm(long pass, int code, bool lasting)
{
    plan.armed = true;
    plan.lasting = lasting;
    plan.pass = pass;
    plan.failed = 0;
    plan.code = code;
}

long fault_vfs_disarm(void)
{
    plan.armed = false;
    return plan.failed;
}

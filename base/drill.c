#include "base/drill.h"

/* Set once before threads start; read everywhere after. */
static bool drilling;

void drill_set(bool on)
{
    drilling = on;
}

bool drill_on(void)
{
    return drilling;
}

const char *drill_mark(void)
{
    return drilling ? DRILL_MARK : "";
}

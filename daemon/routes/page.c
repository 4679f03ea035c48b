#include "daemon/http/pages.h"
#include "daemon/routes/routes.h"

enum MHD_Result routes_page(struct exchange *x)
{
    return pages_serve(x->side->http->pages, x, x->page);
}

#include "daemon/routes/body.h"

#include "base/member.h"
#include "daemon/http/exchange.h"

json_t *body_read(struct exchange *x)
{
    return x->body.len ? json_loadb(x->body.data, x->body.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

bool body_text(const json_t *object, const char *name, size_t max, struct str *out)
{
    const json_t *value = json_object_get(object, name);

    *out = member_str(value);
    return (!value || json_is_string(value)) && out->n <= max &&
           !(out->n && memchr(out->p, '\0', out->n));
}

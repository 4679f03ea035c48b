#define _GNU_SOURCE
#include "daemon/config/config_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config/config_paths.h"
#include "feeds/fetch/address.h"

enum { SPACING_MAX = 24 * 3600 * 1000 };

const struct conf_key config_fetch_domain_keys[] = {
    {"name", CONF_TEXT, true, NULL, NULL, NULL, 0, 0,
     "可注册域名，如 example.gov.cn (a registrable domain)"},
    {"spacing", CONF_DURATION, true, NULL, NULL, NULL, 0, SPACING_MAX, NULL},
    {0},
};

/* The domain to which politeness is owed for a host of this name; NULL: it is no host. */
static char *domain_of(struct str name)
{
    struct address a;
    char *url = NULL, *domain = NULL;

    if (asprintf(&url, "http://%.*s/", STR_ARG(name)) < 0)
        return NULL;
    if (!address_parse(url, &a)) {
        domain = strdup(a.domain);
        address_clear(&a);
    }
    free(url);
    return domain;
}

static void read_domain(struct fetch_domain *out, const struct conf_node *entry,
                        struct problems *problems)
{
    struct str name = conf_text(conf_get(entry, "name"));
    char *domain = domain_of(name);

    out->spacing = conf_int(conf_get(entry, "spacing"), 1000);
    if (!domain)
        conf_problem(problems, entry, "domains: “%.*s” 不是域名 (not a domain)", STR_ARG(name));
    else if (strlen(domain) != name.n || strncasecmp(domain, name.p, name.n))
        conf_problem(problems, entry,
                     "domains: “%.*s” 不是可注册域名，应写 %s (not a registrable domain; write %s)",
                     STR_ARG(name), domain, domain);
    /* Of a repeated one only the first would hold. */
    out->name = domain ? domain : strdup("");
}

static void read_domains(struct config *c, const struct conf_node *list,
                         struct problems *problems)
{
    size_t n = conf_count(list);

    c->domains = calloc(n + 1, sizeof *c->domains);
    for (size_t i = 0; c->domains && i < n; i++) {
        read_domain(&c->domains[i], conf_at(list, i), problems);
        for (size_t k = 0; c->domains[i].name && k < i; k++)
            if (strcmp(c->domains[k].name, c->domains[i].name) == 0)
                conf_problem(problems, conf_at(list, i), "domains: “%s” 重复 (listed twice)",
                             c->domains[i].name);
        if (!c->domains[i].name)
            return;
    }
}

void config_fetch_read(struct config *c, const struct conf_node *root, struct problems *problems)
{
    const struct conf_node *ca = conf_get(root, "ca_file");
    struct str path = conf_text(ca);

    c->domain_spacing = conf_int(conf_get(root, "domain_spacing"), 1000);
    read_domains(c, conf_get(root, "domains"), problems);
    if (path.n)
        c->ca_file = config_paths_of(c, path);
    if (c->ca_file && access(c->ca_file, R_OK))
        conf_problem(problems, ca, "ca_file: 读不到 (cannot be read)");
}

void config_fetch_free(struct config *c)
{
    for (struct fetch_domain *d = c->domains; d && d->name; d++)
        free((char *)d->name);
    free(c->domains);
    free(c->ca_file);
}

#include "daemon/config/config_cluster.h"

const struct conf_key config_cluster_keys[] = {
    {"node", CONF_SLUG, true, NULL, NULL, NULL, 0, 0,
     "本机的名字，每台不同 (this machine's name, another one on each)"},
    {"lease", CONF_DURATION, false, NULL, NULL, NULL, 500, 60000,
     "500ms 至 60s，默认 5s (500ms to 60s, 5s when absent)"},
    {"replicas", CONF_INT, false, NULL, NULL, NULL, 0, 8, NULL},
    {0},
};

void config_cluster_read(struct config *c, const struct conf_node *cluster,
                         struct problems *problems)
{
    struct str store = c->store ? str_from(c->store) : STR_NONE;

    c->node = conf_text(conf_get(cluster, "node")).p;
    c->replicas = (unsigned)conf_int(conf_get(cluster, "replicas"), 0);
    c->lease = conf_int(conf_get(cluster, "lease"), 5000);
    if (cluster && store.n && !str_starts(store, STR("redis")))
        conf_problem(problems, cluster,
                     "cluster: store 应在 Redis 中 (expected a store in Redis, redis://…)");
}

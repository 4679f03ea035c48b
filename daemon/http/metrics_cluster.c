#include "daemon/http/metrics_cluster.h"

#include "daemon/cluster/node.h"
#include "daemon/http/metrics_out.h"

void metrics_cluster_write(const struct http_conf *conf, struct buf *out)
{
    struct http_health n = {.lag = -1};
    struct node_part part;

    if (!conf->node)
        return;
    node_part(conf->node, &part);
    if (conf->health)
        conf->health(conf->arg, &n);
    metrics_out_one(out, "huiying_cluster_machines", METRICS_GAUGE, "在用的机器 (living machines)",
                    part.machines);
    metrics_out_one(out, "huiying_cluster_failing", METRICS_GAUGE,
                    "Redis 是否不接受本机的续期 (1 while Redis takes no beat of this machine)",
                    part.failing != 0);
    metrics_out_one(out, "huiying_cluster_leads", METRICS_GAUGE,
                    "本机是否主节点 (1 while this machine leads)", conf->leads);
    metrics_out_family(out, "huiying_cluster_leader", METRICS_GAUGE,
                       "本机所知的主节点 (who leads, as this machine knows)");
    metrics_out_count(out, "huiying_cluster_leader", "node", part.leader, 1);
    metrics_out_one(out, "huiying_redis_replicas", METRICS_GAUGE,
                    "Redis 在线的副本 (replicas of Redis that are online)", part.replicas);
    metrics_out_one(out, "huiying_redis_replicas_needed", METRICS_GAUGE,
                    "提交须送达的副本数 (replicas that a commit waits for)", conf->config->replicas);
    metrics_out_family(out, "huiying_cluster_lag_seconds", METRICS_GAUGE,
                       "跟随落后的时间，主节点为 0 (age of what a machine that follows shows)");
    metrics_out_real(out, "huiying_cluster_lag_seconds", n.lag > 0 ? (double)n.lag / 1000 : 0);
}

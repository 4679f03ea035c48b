/* daemon/config/config.h - huiying.yaml and the files it names, loaded whole or not at all. */
#ifndef HUIYING_DAEMON_CONFIG_H
#define HUIYING_DAEMON_CONFIG_H

#include "alerts/bus/presence.h"
#include "base/conf.h"
#include "classifiers/rules/rules.h"
#include "daemon/config/town.h"
#include "daemon/drill/drill_file.h"
#include "feeds/fetch/fetch.h"
#include "feeds/source/source.h"

/* Paths are absolute or relative to the working directory, already resolved against the folder of
 * huiying.yaml. Everything is owned by the config. */
struct config {
    struct conf_doc *doc;
    char *path;
    char *operator_name, *operator_contact; /* for the user agent and the pages */
    char *place_name;                       /* 青石镇: who the pages speak for */
    char *home_region;                      /* division code */
    char *store;                            /* "sqlite:PATH", "redis://…", "redis+unix:…" */
    const char *node;                       /* this machine's name among several; NULL: alone */
    int64_t lease;                          /* ms, with several */
    unsigned replicas;                      /* of Redis, that must have what is committed */
    char *cache;                            /* folder of what can be made anew */
    char *http;                             /* "127.0.0.1:8420" */
    char *site;                             /* "https://HOST[:PORT]" under which a TLS proxy serves
                                               the same; NULL: this machine only */
    char *public_url;                       /* the same, or "http://" and http */
    char *socket_path;                      /* Unix socket of the API */
    char *bus_pub, *bus_units;              /* tcp://127.0.0.1:8421, :8422 */
    struct presence_times presence;         /* see bus.h */
    uint64_t snapshot_after;
    char *keys_dir, *rules_dir, *dashboard_dir;
    char *chart_js; /* the file of Chart.js, which need not be there */
    char *places;                           /* its own gazetteer file, or "" */
    bool rules_two;                         /* a load of rules needs a second person */
    char *worker_path;                      /* huiying-worker */
    char *user_agent;                       /* "huiying/0.1.0 (+contact; operator)" */
    const char **allow;                     /* NULL-ended CIDRs the address guard lets pass */
    int workers;
    int demonstration_rate;                 /* 1: none; 60: the clock runs 60 times as fast */
    char *drill_path;
    struct drill_file *drill;               /* NULL: in earnest; else a drill over this day */
    int64_t drill_until;                    /* clock_mono() at which its texts are to go */
    int drill_speed;                        /* how many times as fast as it was */
    int64_t domain_spacing;                 /* ms */
    struct fetch_domain *domains;           /* with spacings of their own; ended by a NULL name */
    char *ca_file;                          /* PEM: authorities trusted; NULL: the system's */
    char *timetable;                        /* file in it; NULL: none */
    int64_t unmatched_keep, matched_keep;   /* text retention, ms */
    int64_t items_keep;                     /* items, ms; 0: for ever */
    bool backtest;                          /* unmatched texts stay longer, for rules backtest */
    struct sources sources;
    struct town_paths town_paths;
    struct town *town;                      /* both of it are there once the config is loaded */
    struct rules *rules;
};

/* Load path and all it names. Every problem of every file is added, then NULL is returned. */
struct config *config_load(const char *path, struct problems *problems);
/* The same, and its problems on stderr. */
struct config *config_load_told(const char *path);
void config_free(struct config *c);

/* Folder of shipped data (rules, dashboard) for programs of the build tree or installed (under a
 * DESTDIR too); static. */
const char *config_datadir(void);
/* Where a sibling program of the running one lives ("huiying-worker"), build tree or installed.
 * Returns out. */
char *config_program(const char *name, char *out, size_t size);

#endif

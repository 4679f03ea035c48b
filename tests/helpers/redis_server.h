/* tests/helpers/redis_server.h - a redis-server of one's own, on a Unix socket in a folder. */
#ifndef HUIYING_TESTS_REDIS_SERVER_H
#define HUIYING_TESTS_REDIS_SERVER_H

#include <stdbool.h>

struct redis_server;

/* Is there a redis-server to be run? */
bool redis_server_there(void);
/* A port that nobody has, as text. */
void redis_server_free_port(char out[static 8]);
/* Start it and wait until it answers; what is in the folder from before is loaded. More options as
 * "--name value" words, ended by NULL; with none it keeps everything at once (appendfsync always).
 * It ends with its parent. NULL when it does not start. */
struct redis_server *redis_server_start(const char *folder, const char *const *options);
const char *redis_server_socket(const struct redis_server *s);
/* Signal it: SIGSTOP, SIGCONT. */
void redis_server_signal(struct redis_server *s, int signal);
/* One command of up to 8 words: its answer as text, free() it; NULL when there is none. */
char *redis_server_say(const struct redis_server *s, const char *const *words);
/* Kill it (as a crash does) and wait for its end. Harmless on NULL. */
void redis_server_kill(struct redis_server *s);

#endif

/* daemon/http/socket.h - the listening and connecting ends of the API, at any path length. */
#ifndef HUIYING_DAEMON_HTTP_SOCKET_H
#define HUIYING_DAEMON_HTTP_SOCKET_H

#include <stdint.h>

/* A sun_path holds 108 bytes, a folder may be deeper: the folder is opened and the name reached
 * through /proc/self/fd (Linux). Only the last component is then limited (about 80 bytes). */
enum { SOCKET_ALIAS = 108 };

/* Open path's folder and write the short name of path to out: the folder's descriptor, which must
 * stay open while out is used; ERR_NOTFOUND or ERR_LIMIT. */
int socket_alias(const char *path, char out[static SOCKET_ALIAS]);

/* Listen at path with mode 0600, in place of a socket that nobody answers: descriptor, or
 * ERR_EXISTS (another daemon answers, or it is no socket), ERR_NOTFOUND (no folder), ERR_LIMIT,
 * ERR_IO. */
int socket_listen_unix(const char *path);

/* Connect, blocking: descriptor, or ERR_NOTFOUND, ERR_REFUSED (nobody answers), ERR_LIMIT,
 * ERR_IO. */
int socket_connect_unix(const char *path);

/* Listen on "127.0.0.1:PORT", "[::1]:PORT" or "localhost:PORT"; any other host is ERR_REFUSED:
 * the API knows no accounts and is for this machine. Port 0 takes a free one. *port receives the
 * port. Descriptor, or ERR_SYNTAX, ERR_REFUSED, ERR_EXISTS (port taken), ERR_IO. */
int socket_listen_tcp(const char *address, uint16_t *port);

#endif

/* base/file.h - whole files in, whole files out. */
#ifndef HUIYING_BASE_FILE_H
#define HUIYING_BASE_FILE_H

#include <sys/types.h>

#include "base/buf.h"

/* Append the file at path ("-": standard input) to out, at most max bytes: 0, ERR_NOTFOUND,
 * ERR_IO, ERR_LIMIT or ERR_NOMEM. */
int file_read(const char *path, size_t max, struct buf *out);
/* Where systemd put a credential of this name for us (systemd.exec(5), LoadCredential=): a path for
 * the caller to free, or NULL when there is none, or the name is a path. */
char *file_credential(const char *name);
/* Replace path by data through a synced temporary and rename, so that readers and crashes see
 * the old or the new whole: 0 or ERR_IO. */
int file_replace(const char *path, struct str data, mode_t mode);
/* Create dir and its parents (mode 0700 for new ones), so that they outlast a power cut: 0 or
 * ERR_IO. */
int file_make_dirs(const char *dir);
/* Make the file at path (mode 0600) unless it is there, and hold it as long as *fd is open, which
 * no program that is run inherits: 0; ERR_REFUSED (another one holds it, of this process or not);
 * ERR_IO. *fd is -1 then. */
int file_lock(const char *path, int *fd);
/* Write all of data to a blocking descriptor: 0 or ERR_IO. */
int file_write_all(int fd, struct str data);

/* Nobody can change this memfd (MFD_ALLOW_SEALING, nowhere mapped for writing) any more. The kernel
 * refuses with EBUSY while it holds a page for a moment, as when it makes pages large: tried again
 * for a second. 0 or ERR_IO. */
int file_seal(int fd);
bool file_sealed(int fd);

/* Once, before threads start: let this process open as many files as the system allows it; each
 * transfer and each connection kept takes one. Never fails. */
void file_raise_limit(void);

#endif

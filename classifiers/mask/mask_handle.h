/* classifiers/mask/mask_handle.h - what the masker knows of accounts' names. As in mask_scan.h. */
#ifndef HUIYING_CLASSIFIERS_MASK_HANDLE_H
#define HUIYING_CLASSIFIERS_MASK_HANDLE_H

#include "classifiers/mask/mask_scan.h"

enum { HANDLE_LONGEST = 30 }; /* code points of a name */

extern const char *const handle_greetings[]; /* what follows a name in an opening; NULL-ended */
extern struct scan_list handle_opening, handle_closing; /* the quotes around one */

/* Byte after an account's name as boards make them (letters and at least three digits), else 0. */
size_t handle_account_end(const struct scan *s, size_t i);

#endif

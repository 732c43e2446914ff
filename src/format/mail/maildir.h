/* SPDX-License-Identifier: Apache-2.0 */
/* maildir.h: what the name of a message's file in a Maildir says of the message. */
#ifndef SPOOR_FORMAT_MAIL_MAILDIR_H
#define SPOOR_FORMAT_MAIL_MAILDIR_H

#include "format/node.h"

enum { MAILDIR_FLAGS_MAX = 40 };
/* The flags of a file in cur, new or tmp of a Maildir; 0 for any other. The words are static. */
size_t maildir_flags(const struct node *n, const char *flag[MAILDIR_FLAGS_MAX]);

#endif

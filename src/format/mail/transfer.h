/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.h: transfer encodings of mail. All take what is broken: they decode what is there and pass over what is none. */
#ifndef SPOOR_FORMAT_MAIL_TRANSFER_H
#define SPOOR_FORMAT_MAIL_TRANSFER_H

#include "base/memory.h"

/* The value of a hex digit, or -1. */
int transfer_hex(char c);
/* RFC 2045 6.8. Other characters are passed over; padding ends a run, and a further run may follow. True: it held such or ended inside a quantum. */
bool transfer_base64(struct buffer *out, const char *text, size_t length);
/* RFC 2045 6.7. True: it held a '=' that is no escape. */
bool transfer_quoted_printable(struct buffer *out, const char *text, size_t length);
/* The Q form of encoded words (RFC 2047 4.2). */
void transfer_q(struct buffer *out, const char *text, size_t length);
/* Lines of uuencode behind the "begin" line, up to "end" or the first line that is none. Returns the bytes taken. */
size_t transfer_uu(struct buffer *out, const char *text, size_t length);
/* Lines of yEnc behind "=ybegin" (and "=ypart"), up to "=yend". Returns the bytes taken. */
size_t transfer_yenc(struct buffer *out, const char *text, size_t length);

#endif

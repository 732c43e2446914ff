/* SPDX-License-Identifier: Apache-2.0 */
/* rtf.h: the RTF texts of Outlook's messages. */
#ifndef SPOOR_FORMAT_MAIL_RTF_H
#define SPOOR_FORMAT_MAIL_RTF_H

#include "base/memory.h"

/* Compressed RTF ([MS-OXRTFCP]): appends at most `most` bytes. True: it is damaged or cut. */
bool rtf_expand(const uint8_t *bytes, size_t length, size_t most, struct buffer *out);

#endif

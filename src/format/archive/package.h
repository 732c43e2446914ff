/* SPDX-License-Identifier: Apache-2.0 */
/* package.h: a file that Windows' object packager wrapped into a document. */
#ifndef SPOOR_FORMAT_ARCHIVE_PACKAGE_H
#define SPOOR_FORMAT_ARCHIVE_PACKAGE_H

#include "base/memory.h"

struct package { const uint8_t *name; size_t name_length; const uint8_t *data; size_t length; };        /* borrowed; name: in the ANSI code page of who made it */
/* bytes: behind the length that an OLE stream has in front. False: no packaged file. */
bool package_read(const uint8_t *bytes, size_t length, struct package *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* rescue_map.h: what ddrescue says of a raw image. */
#ifndef SPOOR_FORMAT_IMAGE_RESCUE_MAP_H
#define SPOOR_FORMAT_IMAGE_RESCUE_MAP_H

#include "format/format.h"

bool rescue_map_is(struct source *s);
/* Adds to `bad` all ranges of a disk of `size` bytes that the map does not call read. */
void rescue_map_read(struct source *map, uint64_t size, struct range_map *bad, struct reporter *report);

#endif

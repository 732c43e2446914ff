/* SPDX-License-Identifier: Apache-2.0 */
/* setting.h: the value that a text gives to a name, whatever the text is: NAME=value, NAME: value, <NAME>value, "NAME": "value", a list below NAME:, --name value. */
#ifndef SPOOR_BASE_SETTING_H
#define SPOOR_BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>

/* The next place behind *at (0 at first) where the name (any ASCII case) has a value; *value lies in the text. A name of one letter counts behind "?" or "&" only, one that begins with "-"
 * behind a blank. False: none is left. */
bool setting_next(const char *text, size_t length, size_t *at, const char *name, size_t name_length, const char **value, size_t *value_length);

#endif

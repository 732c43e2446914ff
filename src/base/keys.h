/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h: what opens locked volumes: memory for secrets, and the list of keys that a responder gives.
 *
 * A list is text, one key a line; empty lines and lines that begin with '#' are left out:
 *   password:TEXT    a passphrase or password, everything to the end of the line
 *   recovery:DIGITS  BitLocker recovery password, 48 digits in eight groups
 *   bek:PATH         BitLocker external key file (start-up or recovery key)
 *   file:PATH        key file: its whole content is the passphrase
 *   hex:DIGITS       raw key: the volume's own key, or a passphrase that is no text
 * Read, it is a run of entries: u8 kind, u32 length, bytes (recovery: digits only; bek, file: content). */
#ifndef SPOOR_BASE_KEYS_H
#define SPOOR_BASE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that is zeroed, kept out of core files and of children, and out of swap where the limit on locked memory allows. secret_free wipes it; NULL is fine. */
void *secret_new(size_t size);
void secret_free(void *secret, size_t size);

enum key_kind { KEY_PASSWORD = 1, KEY_RECOVERY, KEY_BEK, KEY_FILE, KEY_RAW };
struct key { enum key_kind kind; const uint8_t *bytes; size_t length; };

/* Parses `text` into `to`. NULL: good, *length bytes were written. Else what is wrong, in English without any of the list's own text, and *line (from 1). Opens the files that lines name. */
const char *keys_parse(const char *text, size_t text_length, uint8_t *to, size_t most, size_t *length, unsigned *line);
/* The next entry from *at; false at the end (or where the run is broken). */
bool keys_next(const uint8_t *bytes, size_t length, size_t *at, struct key *k);
const char *key_kind_name(enum key_kind kind);           /* "password", "recovery", "bek", "file", "hex" */
/* A BitLocker recovery password, 48 digits, as the 16 bytes it stands for; false: a group of six is no multiple of 11, or too large. */
bool recovery_bytes(const uint8_t *digits, size_t length, uint8_t out[16]);

#endif

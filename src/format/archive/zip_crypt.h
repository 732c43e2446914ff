/* SPDX-License-Identifier: Apache-2.0 */
/* zip_crypt.h: encrypted members of a zip: traditional encryption and WinZip's AES. */
#ifndef SPOOR_FORMAT_ARCHIVE_ZIP_CRYPT_H
#define SPOOR_FORMAT_ARCHIVE_ZIP_CRYPT_H

#include "base/keys.h"
#include "format/format.h"

/* What the headers say. aes: 0 traditional; 1, 2, 3: AES of 128, 192, 256 bits. check: of traditional encryption, the last byte of its head. method: of what is encrypted. */
struct zip_lock { uint8_t aes, check; uint16_t method; };
enum { ZIP_LOCK_HEAD_MOST = 18, ZIP_LOCK_TAIL_MOST = 10 };
size_t zip_lock_head(const struct zip_lock *l);         /* bytes in front of the content */
size_t zip_lock_tail(const struct zip_lock *l);         /* bytes behind it */
/* Does the password fit? `head`: zip_lock_head bytes. Of wrong ones 1 in 256 fits traditional encryption, 1 in 65,536 AES. AES costs 1,000 turns of PBKDF2. */
bool zip_lock_fits(const struct zip_lock *l, const uint8_t *head, const uint8_t *password, size_t password_length);
/* Decrypts the content in place: bytes are the member as it lies there, with head and tail (length >= both). False: AES, and the authentication code is wrong. */
bool zip_lock_open(const struct zip_lock *l, const uint8_t *password, size_t password_length, uint8_t *bytes, size_t length);

/* The passwords that the responder gave (--keys), asked for once; numbers are those of the list, from 1. right: the last that opened a member, set by who found out. */
struct zip_passwords { struct key_ring *ring; struct key_answer *answer; unsigned right, work; };
enum { ZIP_WORK_MAX = 20000 };                          /* tries for one archive */
/* The next one that fits, the right one first; 0: none is left. after: the one that was given before, 0: none. */
unsigned zip_password_next(struct zip_passwords *p, struct source *archive, const struct zip_lock *l, const uint8_t *head, unsigned after);
bool zip_password_get(struct zip_passwords *p, struct source *archive, unsigned number, struct key *k);
void zip_passwords_close(struct zip_passwords *p);

#endif

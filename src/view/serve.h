/* SPDX-License-Identifier: Apache-2.0 */
/* serve.h: a view of evidence, mounted with FUSE: read-only, for whoever runs it. */
#ifndef SPOOR_VIEW_SERVE_H
#define SPOOR_VIEW_SERVE_H

#include "cli/session.h"

/* Mounts what the operands of `s` name at `directory` and serves it until it is unmounted or a signal comes. The session has begun and has no engine yet. The exit status. */
int view_serve(struct session *s, const char *directory);

#endif

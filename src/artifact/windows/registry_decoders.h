/* SPDX-License-Identifier: Apache-2.0 */
/* registry_decoders.h: decoders that need code, one file a family; registry.tsv names them. */
#ifndef SPOOR_ARTIFACT_WINDOWS_REGISTRY_DECODERS_H
#define SPOOR_ARTIFACT_WINDOWS_REGISTRY_DECODERS_H

#include "artifact/windows/registry.h"

/* registry_exec.c */
void registry_decode_shimcache(struct registry *g);
void registry_decode_userassist(struct registry *g);
void registry_decode_bam(struct registry *g);
/* registry_mru.c */
void registry_decode_mru(struct registry *g);
void registry_decode_mruitems(struct registry *g);
void registry_decode_mruprogram(struct registry *g);
void registry_decode_numbered(struct registry *g);
void registry_decode_shellbag(struct registry *g);
void registry_decode_officemru(struct registry *g);
void registry_decode_trustrecord(struct registry *g);
void registry_decode_typedurls(struct registry *g);
/* registry_account.c */
void registry_decode_samuser(struct registry *g);
void registry_decode_samname(struct registry *g);
void registry_decode_samgroup(struct registry *g);
void registry_decode_profile(struct registry *g);
/* registry_system.c */
void registry_decode_devicetimes(struct registry *g);
void registry_decode_mounteddevices(struct registry *g);
void registry_decode_startupapproved(struct registry *g);
void registry_decode_task(struct registry *g);
void registry_decode_tasktree(struct registry *g);
void registry_decode_screenconnect(struct registry *g);

#endif

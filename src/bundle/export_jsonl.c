/* SPDX-License-Identifier: Apache-2.0 */
/* export_jsonl.c: events as spoor's own records, in the order of time; the one format that loses nothing. */
#include "bundle/bundle.h"

extern const struct exporter export_jsonl;
const struct exporter export_jsonl = { "jsonl", "spoor's own records, nothing lost", "jsonl", false, NULL, record_to_json, NULL };

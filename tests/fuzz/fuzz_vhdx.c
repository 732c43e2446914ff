/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_vhdx: see image_harness.h. */
#define IMAGE_FORMAT "vhdx"
#include "image_harness.h"

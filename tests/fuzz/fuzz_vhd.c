/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_vhd: see image_harness.h. */
#define IMAGE_FORMAT "vhd"
#include "image_harness.h"

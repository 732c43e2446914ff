/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_vmdk: see image_harness.h. */
#define IMAGE_FORMAT "vmdk"
#include "image_harness.h"

/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_qcow2: see image_harness.h. */
#define IMAGE_FORMAT "qcow2"
#include "image_harness.h"

/* SPDX-License-Identifier: Apache-2.0 */
/* spoor-worker.c: nursery and workers: the processes that parse evidence, and the only ones that link what parses it. */
#include "triage/pass.h"

int main(void)
{
	return worker_main(&pass_function);
}

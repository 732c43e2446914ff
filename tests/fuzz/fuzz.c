/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.c: the program of all fuzz targets: which one it is, and what libFuzzer asks of it. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static const struct fuzz_target targets[] = {
#define TARGET(symbol, runner, ...) { .name = #symbol, .run = runner, __VA_ARGS__ },
#include "tests/fuzz/targets.def"
#undef TARGET
};
static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	const char *slash = strrchr((*argv)[0], '/'), *name = slash ? slash + 1 : (*argv)[0];
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		if (!strncmp(name, "fuzz_", 5) && !strcmp(name + 5, targets[i].name))
			target = &targets[i];
	if (!target) {
		fprintf(stderr, "%s: call it by the name of a target: fuzz_%s, ...\n", name, targets[0].name);
		exit(2);
	}
	text_warm_up();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	target->run(target, data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size = LLVMFuzzerMutate(data, size, max);
	if (target->repair && seed % 4)
		target->repair(target, data, size);
	return size;
}

void fuzz_refuse(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

uint64_t fuzz_number(const uint8_t **data, size_t *size, size_t length)
{
	uint64_t v = 0;
	for (size_t i = 0; i < length && *size; i++, ++*data, --*size)
		v |= (uint64_t)**data << 8 * i;
	return v;
}

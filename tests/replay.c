/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay - the main() of a fuzz target that was built without the fuzzer
 *
 * Passes every file of the target's seed folder to LLVMFuzzerTestOneInput():
 * tests/fuzz_NAME reads tests/seeds/NAME in $srcdir. Files named on the command
 * line are read instead, as by libFuzzer, for example to repeat a crash.
 */
#include "config.h"

#include <dirent.h>
#include <stdint.h>

#include "policy/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns new, exactly as large as the file, so that AddressSanitizer finds a
 * read past its end. */
static uint8_t *
read_all(FILE *file, size_t *size)
{
	size_t room = 4096, n;
	uint8_t *data = xmalloc(room);

	*size = 0;
	while ((n = fread(data + *size, 1, room - *size, file)) > 0) {
		*size += n;
		if (*size == room)
			data = xrealloc(data, room *= 2);
	}
	return xrealloc(data, *size);
}

static int
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	size_t size;
	bool failed;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	/* Printed first, so that a crash shows its input. */
	printf("%s\n", path);
	fflush(stdout);
	data = read_all(file, &size);
	failed = ferror(file) != 0;
	fclose(file);
	if (failed)
		fprintf(stderr, "%s: cannot be read\n", path);
	else
		LLVMFuzzerTestOneInput(data, size);
	free(data);
	return failed ? -1 : 0;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Returns how many files of the folder were replayed, -1 if one failed. */
static int
replay_folder(const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, is_visible, alphasort), done = 0;

	if (n < 0) {
		perror(folder);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char path[1024];

		snprintf(path, sizeof(path), "%s/%s", folder,
		    list[i]->d_name);
		free(list[i]);
		if (done != -1)
			done = replay_file(path) == 0 ? done + 1 : -1;
	}
	free(list);
	return done;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *name = strstr(argv[0], "fuzz_");
	char folder[512];
	int done;

	for (int i = 1; i < argc; i++)
		if (replay_file(argv[i]) < 0)
			return EXIT_FAILURE;
	if (argc > 1)
		return EXIT_SUCCESS;
	if (name == NULL) {
		fprintf(stderr, "%s: not named fuzz_NAME\n", argv[0]);
		return EXIT_FAILURE;
	}
	snprintf(folder, sizeof(folder), "%s/tests/seeds/%s",
	    srcdir == NULL ? "." : srcdir, name + strlen("fuzz_"));
	done = replay_folder(folder);
	if (done == 0)
		fprintf(stderr, "%s: no seeds\n", folder);
	return done > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

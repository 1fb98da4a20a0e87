/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * folder - the files of one test: a temporary folder, a file of the sources
 */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <sys/stat.h>

#include <unistd.h>

#include "tests/cases.h"

/* The caller removes it with folder_remove(). */
struct folder {
	char path[64];
};

static inline void
folder_create(struct folder *f)
{
	snprintf(f->path, sizeof(f->path), "/tmp/enforcetls-test.XXXXXX");
	if (mkdtemp(f->path) == NULL)
		fail_msg("mkdtemp: no folder for tests");
}

static inline void
folder_remove(const struct folder *f)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", f->path);
	if (system(command) != 0)
		fail_msg("%s failed", command);
}

static inline const char *
folder_path(const struct folder *f, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%.190s", f->path, name);
	return out;
}

/* Writes n bytes to a file with mode 0644, whatever the umask is. */
static inline void
folder_write(const struct folder *f, const char *name, const char *text,
    size_t n)
{
	char path[256];
	FILE *out = fopen(folder_path(f, name, path), "w");

	if (out == NULL || fwrite(text, 1, n, out) != n || fclose(out) != 0 ||
	    chmod(path, 0644) != 0)
		fail_msg("%s cannot be written", path);
}

/* Writes the string; \001 becomes a NUL. */
static inline void
folder_write_text(const struct folder *f, const char *name, const char *text)
{
	size_t n = strlen(text);
	char *copy = strdup(text);

	for (size_t i = 0; i < n; i++)
		if (copy[i] == '\001')
			copy[i] = '\0';
	folder_write(f, name, copy, n);
	free(copy);
}

/* Writes a program that runs the text as a shell script. */
static inline void
folder_write_program(const struct folder *f, const char *name,
    const char *script)
{
	static const char first[] = "#!/bin/sh\n";
	size_t size = sizeof(first) + strlen(script);
	char path[256], *text = malloc(size);

	if (text == NULL)
		fail_msg("no memory");
	snprintf(text, size, "%s%s", first, script);
	folder_write_text(f, name, text);
	free(text);
	if (chmod(folder_path(f, name, path), 0755) != 0)
		fail_msg("chmod");
}

/* Returns new: the text of a file of the sources; goes with free(). */
static inline char *
source_text(const char *name)
{
	const char *folder = getenv("srcdir");
	char path[512];
	FILE *in;
	char *text = calloc(1, 1 << 17);

	snprintf(path, sizeof(path), "%s/%s", folder == NULL ? "." : folder,
	    name);
	in = fopen(path, "r");
	if (in == NULL || text == NULL ||
	    fread(text, 1, (1 << 17) - 1, in) == 0 || fclose(in) != 0)
		fail_msg("%s cannot be read", path);
	return text;
}
#endif

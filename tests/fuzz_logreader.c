/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the files of a decision log. The first octet chooses what the
 * rest is: the log alone, a rotated file, a compressed one. A line has no
 * newline; what cannot be read to its end is an error, and the reader comes to
 * an end.
 */
#include "config.h"

#include <sys/stat.h>

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "conf/audit/logreader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/dev/shm/fuzz_logreader.XXXXXX";

static void
remove_folder(void)
{
	rmdir(folder);
}

static void
put_file(const char *path, const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static void
read_lines(const char *path)
{
	struct err e = { .text = "" };
	struct logreader *reader = logreader_open(path, true, 0, &e);
	struct logline line;
	unsigned failures = 0;

	assert(reader != NULL);
	for (;;) {
		if (lines_next(logreader_lines(reader), &line, &e)) {
			assert(slice_find(line.text, '\n') == line.text.n);
			assert(line.file != NULL && line.number > 0);
		} else if (e.text[0] == '\0')
			break;
		else
			assert(++failures <= 2);
	}
	logreader_close(&reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const endings[] = { "", ".1", ".1.gz",
		"-20260331.gz", ".1.xz", ".1.zst" };
	static bool made;
	char path[64], file[96];

	if (!made && mkdtemp(folder) == NULL)
		abort();
	if (!made)
		atexit(remove_folder);
	made = true;
	if (size == 0)
		return 0;
	snprintf(path, sizeof(path), "%s/log", folder);
	snprintf(file, sizeof(file), "%s%s", path, endings[data[0] % COUNT_OF(endings)]);
	put_file(path, data, 0);
	put_file(file, data + 1, size - 1);
	read_lines(path);
	unlink(file);
	unlink(path);
	return 0;
}

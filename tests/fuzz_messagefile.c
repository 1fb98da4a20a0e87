/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a message in a file: its Received fields are parts of it, in
 * their order, and a file that is refused has a reason. */
#include "config.h"

#include <sys/mman.h>

#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include "conf/base/messagefile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE = 100 };

static void
put_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("message", MFD_CLOEXEC);

	if (fd < 0 || dup2(fd, MESSAGE) < 0 ||
	    write(MESSAGE, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(4096);
	struct messagefile message = { NULL, 0 };
	struct err e = { .text = "" };
	size_t bytes = 0;

	put_file(data, size);
	if (messagefile_read("/proc/self/fd/100", a, &message, &e) == 0)
		for (size_t i = 0; i < message.received_count; i++)
			bytes += message.received[i].n + sizeof("Received");
	else
		assert(e.text[0] != '\0');
	assert(bytes <= size + 1);
	close(MESSAGE);
	arena_destroy(&a);
	return 0;
}

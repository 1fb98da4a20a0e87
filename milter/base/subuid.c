/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/base/subuid.h"

/* Reads a number that after ends; *at is moved behind it. */
static bool
subuid_number(const char **at, char after, uint64_t *out)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*out = strtoull(*at, &end, 10);
	if (errno != 0 || *end != after)
		return false;
	*at = end + 1;
	return true;
}

/* Whether "NAME:FIRST:COUNT" has uid. */
static bool
subuid_line_has(const char *line, uid_t uid)
{
	const char *at = line + strcspn(line, ":");
	uint64_t first, count;

	if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
		return false;
	if (*at++ != ':' || !subuid_number(&at, ':', &first) ||
	    !subuid_number(&at, '\0', &count))
		return true;
	return uid >= first && uid - first < count;
}

bool
subuid_hands_out(const char *path, uid_t uid)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool has = false;

	if (in == NULL)
		return errno != ENOENT;
	while (!has && getline(&line, &size, in) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		has = subuid_line_has(line, uid);
	}
	has = has || ferror(in) != 0;
	free(line);
	fclose(in);
	return has;
}

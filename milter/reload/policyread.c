/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <unistd.h>

#include "milter/reload/policyread.h"
#include "conf/base/archive.h"
#include "conf/file/read.h"
#include "milter/log/log.h"

struct policy_read
policyread(struct filesource *source, const char *path,
    struct problems *problems)
{
	struct archive_writer *writer = archive_begin(source);
	struct policy_read read = { .archive = -1 };

	read.policy = policy_read_from(archive_recorder(writer), path,
	    problems);
	read.archive = archive_end(&writer,
	    read.policy == NULL ? NULL : read.policy->digest, &read.e);
	return read;
}

void
policyread_clear(struct policy_read *read)
{
	policy_destroy(&read->policy);
	policy_destroy(&read->before);
	if (read->archive >= 0)
		close(read->archive);
	read->archive = -1;
}

void
policyread_log(const struct problems *problems)
{
	for (size_t i = 0; i < problems_count(problems); i++) {
		const struct problem *problem = problems_get(problems, i);
		const char *file = problem->file, *text = problem->text;
		char line[16] = "";

		/* A problem of the whole file has no line. */
		if (problem->line != 0)
			snprintf(line, sizeof(line), ":%u", problem->line);
		if (problem->severity == SEVERITY_ERROR)
			log_error("%s%s: %s", file, line, text);
		else
			log_warning("%s%s: %s", file, line, text);
	}
}

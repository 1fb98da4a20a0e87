/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a sendmail.cf, and as settings of its command line: each value is
 * of a line that there is. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "conf/sendmail/sendmail_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_lines(const struct sendmail_cf *cf, unsigned last)
{
	for (size_t i = 0; i < cf->option_count; i++)
		assert(cf->options[i].line <= last &&
		    cf->options[i].value.p != NULL);
	for (size_t i = 0; i < cf->daemon_count; i++)
		assert(cf->daemons[i].line <= last &&
		    cf->daemons[i].name.p != NULL);
	for (size_t i = 0; i < cf->class_count; i++)
		assert(cf->classes[i].line > 0 && cf->classes[i].line <= last &&
		    cf->classes[i].name.n > 0);
	for (size_t i = 0; i < cf->map_count; i++)
		assert(cf->maps[i].line > 0 && cf->maps[i].line <= last &&
		    cf->maps[i].type.n > 0);
	for (size_t i = 0; i < cf->mailer_count; i++)
		assert(cf->mailers[i].line > 0 && cf->mailers[i].line <= last &&
		    cf->mailers[i].path.n > 0);
	for (size_t i = 0; i < cf->filter_count; i++)
		assert(cf->filters[i].line > 0 && cf->filters[i].line <= last &&
		    sendmail_cf_filter(cf, cf->filters[i].name) ==
		    &cf->filters[i]);
	for (size_t i = 0; i < cf->rule_count; i++)
		assert(cf->rules[i].ruleset < cf->ruleset_count);
	for (size_t i = 0; i < cf->problem_count; i++)
		assert(cf->problems[i].line <= last);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size }, line;
	struct arena *a = arena_create(4096);
	struct slice rest = text;
	struct sendmail_cf cf;
	unsigned last = 0;

	while (slice_next(&rest, '\n', &line))
		last++;
	sendmail_line_read(text, a, &cf);
	check_lines(&cf, last);
	for (rest = text; slice_next(&rest, '\n', &line); )
		if (slice_starts(line, SLICE("O ")))
			sendmail_cf_override(&cf, slice_from(line, 2));
	check_lines(&cf, last);
	arena_destroy(&a);
	return 0;
}

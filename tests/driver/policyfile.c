/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "tests/driver/policyfile.h"
#include "tests/driver/world.h"

static bool
has_mode(struct slice text)
{
	struct slice line;

	while (slice_next(&text, '\n', &line))
		if (slice_starts(slice_trim(line), SLICE("mode")))
			return true;
	return false;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Writes text with the port of each listener in place of $PORT_NAME. */
static void
put_text(FILE *f, struct slice text)
{
	static const struct slice mark = { "$PORT_", 6 };

	for (size_t i = 0; i < text.n; i++) {
		struct slice name = slice_from(text, i + mark.n);
		size_t n = 0;

		if (!slice_starts(slice_from(text, i), mark)) {
			fputc(text.p[i], f);
			continue;
		}
		while (n < name.n && is_word(name.p[n]))
			n++;
		fprintf(f, "%u", world_port(slice_head(name, n)));
		i += mark.n + n - 1;
	}
}

int
policyfile_write(const char *path, struct slice text,
    const struct surroundings *around, struct err *e)
{
	const struct passwd *me = getpwuid(geteuid());
	char temporary[512];
	FILE *f;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	f = fopen(temporary, "w");
	if (f == NULL)
		return err_errno(e, "%s", temporary);
	fprintf(f, "format = 1;\n");
	if (!has_mode(text))
		fprintf(f, "mode = \"enforce\";\n");
	fprintf(f, "milter = { listen = \"unix:%s/milter.sock\"; "
	    "mta = \"%s\"; };\n", around->folder, around->mta);
	if (memmem(text.p, text.n, "postfix_version", 15) == NULL)
		fprintf(f, "map = { postfix_version = \"3.7\"; };\n");
	if (around->decisions != NULL)
		fprintf(f, "log = { decisions = \"%s\"; };\n",
		    around->decisions);
	else
		fprintf(f, "log = { decisions = \"%s/decisions.jsonl\"; };\n",
		    around->folder);
	fprintf(f, "control = { listen = \"unix:%s/control.sock\"; };\n",
	    around->folder);
	fprintf(f, "state = \"%s\";\nuser = \"%s\";\n", around->folder,
	    me != NULL ? me->pw_name : "root");
	put_text(f, text);
	if (fclose(f) != 0 || rename(temporary, path) < 0)
		return err_errno(e, "%s", path);
	return 0;
}

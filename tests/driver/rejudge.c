/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/driver/rejudge.h"
#include "conf/file/read.h"
#include "conf/audit/logreader.h"
#include "policy/audit/whatif.h"
#include "tests/driver/policyfile.h"

static struct policy *
read_policy(const struct caller *c, const struct policy_text *text,
    struct err *e)
{
	struct surroundings around = { .folder = c->folder, .mta = c->mta };
	struct problems *problems;
	struct policy *policy;
	char path[512];

	snprintf(path, sizeof(path), "%s/enforcetls.conf", c->folder);
	if (policyfile_write(path, text->text, &around, e) < 0)
		return NULL;
	problems = problems_create();
	policy = policy_read(path, problems);
	problems_destroy(&problems);
	if (policy == NULL)
		err_set(e, "a policy of the script does not load");
	return policy;
}

/* Passes the lines that were written under the policy to what-if. Returns how
 * many. */
static size_t
feed(const struct caller *c, const struct policy *policy, struct whatif *w,
    struct err *e)
{
	struct logreader *reader;
	struct logline line;
	char path[512];
	size_t fed = 0;

	snprintf(path, sizeof(path), "%s/decisions.jsonl", c->folder);
	e->text[0] = '\0';
	reader = logreader_open(path, false, 0, e);
	if (reader == NULL)
		return 0;
	while (lines_next(logreader_lines(reader), &line, e)) {
		if (memmem(line.text.p, line.text.n, policy->digest, 64) ==
		    NULL)
			continue;
		whatif_line(w, line.text);
		fed++;
	}
	logreader_close(&reader);
	whatif_end(w);
	return fed;
}

static void
print_change(const struct whatif_row *row, void *data)
{
	const struct play *p = data;

	if (row->newly_refused + row->newly_passed > 0)
		fprintf(stderr, "%s: %s: judged again, %s of %s: newly "
		    "refused %llu, newly passed %llu; no change expected\n",
		    p->script->path, p->how, hop_name(row->hop), row->partner,
		    (unsigned long long)row->newly_refused,
		    (unsigned long long)row->newly_passed);
}

/* Returns whether an answer changed, or -1 and e. */
static int
judge_one(const struct caller *c, const struct play *p,
    const struct policy_text *text, size_t *fed, struct err *e)
{
	struct policy *policy = read_policy(c, text, e);
	struct whatif_totals totals;
	struct play shown = *p;
	struct whatif *w;

	if (policy == NULL)
		return -1;
	w = whatif_create(policy);
	*fed += feed(c, policy, w, e);
	totals = whatif_totals(w);
	whatif_each(w, print_change, &shown);
	whatif_destroy(&w);
	policy_destroy(&policy);
	if (e->text[0] != '\0')
		return -1;
	return totals.newly_refused + totals.newly_passed > 0;
}

int
rejudge_log(const struct caller *c, const struct play *p, struct err *e)
{
	size_t fed = 0;
	int changes = 0;

	for (const struct policy_text *text = p->script->policies;
	    text != NULL; text = text->next) {
		int found = judge_one(c, p, text, &fed, e);

		if (found < 0)
			return -1;
		changes += found;
	}
	if (fed == 0 && json_array_size(p->records) > 0)
		return err_set(e, "no line of the log names a policy of the "
		    "script");
	return changes;
}

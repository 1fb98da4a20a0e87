/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <jansson.h>

#include "conf/change.h"
#include "conf/cmd/decided.h"
#include "conf/cmd/explained.h"
#include "conf/cmd/progress.h"
#include "conf/statetext.h"
#include "policy/audit/logreader.h"
#include "policy/audit/recorded.h"
#include "policy/notice.h"

enum { RECORDS = 1000 };

/* What is looked for, and what was found. */
struct search {
	struct slice wanted;            /* a reference, or a queue id */
	struct arena *arena;
	struct recorded *list[RECORDS];
	size_t count;
	bool incomplete;                /* a file could not be read whole */
};

bool
decided_is_asked(const struct invocation *invocation)
{
	return invocation->argc >= 2 && invocation->argv[1][0] != '-';
}

static bool
is_wanted(const json_t *record, struct slice wanted)
{
	static const char *const keys[] = { "ref", "queue_id" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *value = json_object_get(record, keys[i]);

		if (json_is_string(value) &&
		    slice_eq(slice_of(json_string_value(value)), wanted))
			return true;
	}
	return false;
}

/* Nine hundred and ninety-nine lines in a thousand need no parsing. */
static bool
may_be_wanted(struct slice line, struct slice wanted)
{
	return memmem(line.p, line.n, wanted.p, wanted.n) != NULL;
}

static void
look_at(struct search *s, struct slice line)
{
	struct recorded *found;
	json_t *record;

	if (s->count == RECORDS || !may_be_wanted(line, s->wanted))
		return;
	record = json_loadb(line.p, line.n, 0, NULL);
	if (record != NULL && is_wanted(record, s->wanted)) {
		found = arena_alloc(s->arena, sizeof(*found));
		if (recorded_read(record, s->arena, found))
			s->list[s->count++] = found;
	}
	json_decref(record);
}

static int
search_log(struct invocation *invocation, const struct policy *policy,
    struct search *s, struct err *e)
{
	struct slice log = policy->settings.decisions, line;
	struct logreader *reader;
	struct progress *bar;
	char path[4096];

	if (log.n == 0 || log.n >= sizeof(path))
		return err_set(e, "no decision log is kept: set "
		    "log.decisions");
	snprintf(path, sizeof(path), "%.*s", SLICE_ARGS(log));
	reader = logreader_open(path, true, 0, e);
	if (reader == NULL)
		return -1;
	bar = progress_begin(invocation->err);
	for (;;) {
		if (logreader_next(reader, &line, e))
			look_at(s, line);
		else if (e->text[0] == '\0')
			break;
		else {
			fprintf(invocation->err, "enforcetls: %s: %s\n",
			    e->file, e->text);
			s->incomplete = true;
		}
		progress_step(bar, reader);
	}
	progress_end(&bar);
	logreader_close(&reader);
	return 0;
}

/* The record's rule as it is today; NULL when the policy has changed. */
static const struct rule *
rule_of(const struct policy *policy, const struct recorded *r)
{
	struct slice known_as;

	if (!slice_eq(slice_of(policy->digest), r->policy) ||
	    r->decision.partner.p == NULL)
		return NULL;
	return change_rule(policy, r->decision.partner, r->decision.hop,
	    &known_as, NULL);
}

/* "enforcetls.conf:42" back into a place. */
static struct place
place_of(struct slice text, struct arena *a)
{
	size_t at = slice_rfind(text, ':');
	long line = 0;

	if (at == text.n)
		return (struct place){ NULL, 0 };
	slice_int(slice_from(text, at + 1), 0, 1000000000, &line);
	return (struct place){ arena_string(a, slice_head(text, at)),
		(unsigned)line };
}

static const char *
text_or_null(struct arena *a, struct slice text)
{
	char shown[600];

	if (text.p == NULL)
		return NULL;
	slice_show(text, shown, sizeof(shown));
	return arena_string(a, slice_of(shown));
}

/* One recipient: the records of one reference. */
static void
gather(const struct policy *policy, struct search *s, size_t first,
    struct explained *x)
{
	struct recorded *r = s->list[first];
	struct arena *a = s->arena;
	char *when = arena_alloc(a, STATETEXT_TIME);

	statetext_show_time(r->time, when);
	x->attempt = &r->attempt;
	x->mta = dialect_name(r->attempt.dialect);
	x->when = when;
	x->outcome = outcome_name(r->outcome);
	x->told = text_or_null(a, r->reply);
	x->ruling.list = arena_array(a, s->count, sizeof(struct decision));
	x->ruling.listener = r->listener;
	x->ruling.applied = ACTION_PASS;
	if (!slice_eq(slice_of(policy->digest), r->policy))
		x->note = "the policy has changed since: names and rules are "
		    "shown as they were recorded, checks are not";
	for (size_t i = first; i < s->count; i++) {
		struct recorded *other = s->list[i];
		struct decision *d;

		if (!slice_eq(other->attempt.ref, r->attempt.ref))
			continue;
		d = &x->ruling.list[x->ruling.count++];
		*d = other->decision;
		d->rule = rule_of(policy, other);
		d->place = place_of(other->rule_text, a);
		if (d->applied > x->ruling.applied) {
			x->ruling.applied = d->applied;
			x->ruling.speaks = d;
		}
	}
	x->enforced = x->ruling;
	if (x->note == NULL)
		x->name_count = explanation_names(policy, x->attempt, a,
		    &x->names);
}

static void
print_for_partner(const struct explained *x, const struct policy *policy,
    FILE *out)
{
	const struct decision *d = x->ruling.speaks;
	const struct macros *m = &x->attempt->macros;
	const char *url = text_or_null(x->arena, policy->settings.help_url);
	enum reason reason;

	if (d == NULL && x->ruling.count > 0)
		d = &x->ruling.list[0];
	reason = d == NULL ? REASON_UNSET : d->finding.reason;
	fprintf(out, "On %s your server %s tried to send mail\n"
	    "  from %s\n  to   %s\n", x->when,
	    text_or_null(x->arena, macros_get(m, MACRO_CLIENT_ADDR)),
	    text_or_null(x->arena, macros_get(m, MACRO_MAIL_ADDR)),
	    text_or_null(x->arena, x->attempt->recipient));
	if (x->told != NULL)
		fprintf(out, "and was told\n  %s\n", x->told);
	fprintf(out, "\n%s\n%s\n\nReference: %s\n", notice_problem(reason),
	    notice_remedy(reason),
	    text_or_null(x->arena, x->attempt->ref));
	if (url != NULL)
		fprintf(out, "%s\n", url);
}

static bool
is_first_of_ref(const struct search *s, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (slice_eq(s->list[i]->attempt.ref, s->list[at]->attempt.ref))
			return false;
	return true;
}

enum answer
decided_explain(struct invocation *invocation, const struct policy *policy,
    struct arena *a)
{
	struct search *s = arena_alloc(a, sizeof(*s));
	bool for_partner = false;
	struct err e;

	for (int i = 2; i < invocation->argc; i++) {
		if (strcmp(invocation->argv[i], "--for-partner") != 0)
			return command_misused(invocation, "a reference "
			    "stands alone, or with --for-partner");
		for_partner = true;
	}
	s->wanted = slice_of(invocation->argv[1]);
	s->arena = a;
	if (s->wanted.n == 0 || search_log(invocation, policy, s, &e) < 0) {
		fprintf(invocation->err, "enforcetls: %s\n",
		    s->wanted.n == 0 ? "no reference was given" : e.text);
		return ANSWER_CANNOT;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct explained x = { .policy = policy, .arena = a };

		if (!is_first_of_ref(s, i))
			continue;
		if (i > 0)
			putc('\n', invocation->out);
		gather(policy, s, i, &x);
		if (for_partner)
			print_for_partner(&x, policy, invocation->out);
		else
			explained_print(&x, invocation);
	}
	if (s->count > 0)
		return ANSWER_GOOD;
	fprintf(invocation->err, "enforcetls: no decision on record has the "
	    "reference or queue id %s\n", text_or_null(a, s->wanted));
	return s->incomplete ? ANSWER_CANNOT : ANSWER_FINDINGS;
}

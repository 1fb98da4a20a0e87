/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/effective.h"
#include "conf/screen/paint.h"
#include "conf/show/print_credential.h"
#include "conf/show/print_json.h"
#include "conf/show/print_partner.h"
#include "conf/show/rule_stage.h"
#include "conf/show/times.h"
#include "conf/state/statetext.h"
#include "policy/base/text.h"
#include "policy/staging.h"

enum { DAY = 86400, NEED = 600 };

json_t *
print_partner_json(const struct partner *partner, struct slice name)
{
	json_t *o = json_object();

	json_object_set_new(o, "partner", jsontext_exact(name));
	json_object_set_new(o, "place", place_to_json(partner->place));
	json_object_set_new(o, "owner", jsontext_exact(partner->owner));
	json_object_set_new(o, "contact", jsontext_exact(partner->contact));
	json_object_set_new(o, "rules", json_array());
	return o;
}

/* The stage after this one that a rule for hop may have; UNSET: it has the
 * last. */
static enum stage
print_partner_next_stage(enum stage stage, enum hop hop)
{
	for (unsigned next = stage + 1u; next < STAGE_COUNT; next++)
		if (stage_is_for((enum stage)next, hop))
			return (enum stage)next;
	return STAGE_UNSET;
}

/* What the evidence lacks for the next stage, in words; "" for nothing. */
static void
print_partner_obstacles(const struct print_partner *p,
    const struct stage_evidence *evidence, int64_t since, struct text *t)
{
	long long wanted = (long long)((p->now - since) / DAY);

	if (evidence->first == 0)
		text_join(t, "; ", "the log has no record of this demand");
	else if (evidence->first > since)
		text_join(t, "; ", "on record: %lld of %lld days",
		    (long long)((p->now - evidence->first) / DAY), wanted);
	if (evidence->records < PRINT_PARTNER_MESSAGES)
		text_join(t, "; ", "judged: %llu of %d recipients",
		    (unsigned long long)evidence->records,
		    PRINT_PARTNER_MESSAGES);
	if (evidence->unclean > 0)
		text_join(t, "; ", "%llu did not pass, most of client %s (%s)",
		    (unsigned long long)evidence->unclean,
		    evidence->worst_count == 0 ? "-"
		    : evidence->worst[0].client, evidence->worst_count == 0
		    ? "-" : evidence->worst[0].reason);
	if (evidence->lost > 0)
		text_join(t, "; ", "records lost: %llu",
		    (unsigned long long)evidence->lost);
}

static json_t *
print_partner_next(const struct print_partner *p, const struct rule *rule,
    enum stage stage, const struct stage_evidence *evidence, int64_t since)
{
	enum stage next = print_partner_next_stage(stage, rule->hop);
	char words[NEED];
	struct text t;

	if (next == STAGE_UNSET)
		return json_null();
	if (since == 0)
		return json_pack("{s:s,s:n}", "stage", stage_name(next),
		    "missing");
	text_init(&t, words, sizeof(words));
	if (rule->hop == HOP_OUTBOUND)
		text_add(&t, "the decision log has no evidence of outbound "
		    "hops: stage --force sets it");
	else if (evidence != NULL)
		print_partner_obstacles(p, evidence, since, &t);
	text_end(&t);
	return json_pack("{s:s,s:o}", "stage", stage_name(next), "missing",
	    evidence == NULL && rule->hop != HOP_OUTBOUND ? json_null()
	    : jsontext_shown(slice_of(words)));
}

static json_t *
print_partner_exception(const struct print_partner *p,
    const struct exception *x)
{
	const char *not = effective_exception_not(p->policy, x);
	json_t *o = json_object();

	json_object_set_new(o, "id", jsontext_exact(x->id));
	json_object_set_new(o, "floor", json_string(level_name(x->floor)));
	json_object_set_new(o, "key", jsontext_exact(x->key));
	json_object_set_new(o, "from", time_to_json(x->from));
	json_object_set_new(o, "until", time_to_json(x->until));
	json_object_set_new(o, "begins_later", json_boolean(x->from > p->now));
	json_object_set_new(o, "void_because", not == NULL ? json_null()
	    : json_string(not));
	return o;
}

/* The exceptions from the rule that have not ended. */
static json_t *
print_partner_exceptions(const struct print_partner *p, struct slice name,
    enum hop hop)
{
	json_t *list = json_array();
	size_t count = p->state == NULL ? 0 : p->state->exception_count;

	for (size_t i = 0; i < count; i++) {
		const struct exception *x = &p->state->exceptions[i];

		if (x->hop == hop && x->until > p->now &&
		    slice_eq(x->partner, name))
			json_array_append_new(list,
			    print_partner_exception(p, x));
	}
	return list;
}

/* The map's answers for outbound are not recorded one by one. */
static json_t *
print_partner_mail(const struct print_partner *p, struct slice name,
    enum hop hop)
{
	struct partner_count count = partner_mail_of(p->mail, name, hop);

	if (p->mail == NULL)
		return json_null();
	return json_pack("{s:I,s:I,s:I,s:I,s:o}",
	    "passed", (json_int_t)count.passed,
	    "failed", (json_int_t)count.failed,
	    "undecided", (json_int_t)count.undecided,
	    "exempt", (json_int_t)count.exempt,
	    "last", time_to_json(count.last));
}

void
print_partner_add_rule(const struct print_partner *p, json_t *partner,
    const struct rule *rule, const struct stage_evidence *evidence,
    int64_t since)
{
	struct slice name = jsontext_at(partner, "partner");
	struct stage_effect effect;
	char need[NEED];
	json_t *o = json_object();
	bool by_tool;

	stages_effect(p->state, p->policy, rule, &effect);
	by_tool = effect.entry != NULL && effect.void_because == NULL &&
	    effect.entry->stage == effect.stage;
	demand_show(&rule->demand, need, sizeof(need));
	json_object_set_new(o, "hop", json_string(hop_name(rule->hop)));
	json_object_set_new(o, "need", jsontext_exact(slice_of(need)));
	json_object_set_new(o, "rule", place_to_json(rule->place));
	json_object_set_new(o, "stage", json_string(stage_name(effect.stage)));
	json_object_set_new(o, "by_tool", json_boolean(by_tool));
	json_object_set_new(o, "since", by_tool
	    ? time_to_json(effect.entry->since) : json_null());
	json_object_set_new(o, "kept", rule_stage_kept_json(&effect));
	json_object_set_new(o, "mail_30d", print_partner_mail(p, name,
	    rule->hop));
	json_object_set_new(o, "exceptions", print_partner_exceptions(p, name,
	    rule->hop));
	json_object_set_new(o, "credentials", p->use == NULL ? json_null()
	    : print_credentials_json(partner_use_of(p->use, name, rule->hop),
		&p->totals, p->now));
	json_object_set_new(o, "next", print_partner_next(p, rule,
	    effect.stage, evidence, since));
	json_array_append_new(json_object_get(partner, "rules"), o);
}

/* A time of an answer, in local time; "-" when it is none. */
static const char *
print_partner_time(const json_t *o, const char *key, char out[TIMES_TEXT])
{
	int64_t time;

	return statetext_time(jsontext_at(o, key), &time)
	    ? times_show(time, out) : "-";
}

static void
print_partner_rule_mail(const json_t *mail, bool outbound, FILE *out)
{
	char when[TIMES_TEXT];
	long long exempt = jsontext_number(mail, "exempt");

	if (!json_is_object(mail))
		return;
	fprintf(out, "            30 days: %lld passed, %lld failed, %lld "
	    "undecided", (long long)jsontext_number(mail, "passed"),
	    (long long)jsontext_number(mail, "failed"),
	    (long long)jsontext_number(mail, "undecided"));
	if (exempt > 0)
		fprintf(out, ", %lld exempt", exempt);
	if (jsontext_at(mail, "last").p != NULL)
		fprintf(out, "; last seen %s", print_partner_time(mail, "last",
		    when));
	fputs(outbound ? " (routes at RCPT; see queue)\n" : "\n", out);
}

static void
print_partner_one_exception(const json_t *x, FILE *out)
{
	char id[64], key[300], from[TIMES_TEXT], until[TIMES_TEXT];

	fprintf(out, "            exception %s: at least %s",
	    show_member(x, "id", id, sizeof(id)), jsontext_at(x, "floor").p);
	if (jsontext_at(x, "key").p != NULL)
		fprintf(out, " for %s", show_member(x, "key", key,
		    sizeof(key)));
	if (json_is_true(json_object_get(x, "begins_later")))
		fprintf(out, ", not in force before %s,",
		    print_partner_time(x, "from", from));
	fprintf(out, " until %s\n", print_partner_time(x, "until", until));
	if (jsontext_at(x, "void_because").p != NULL)
		fprintf(out, "                has no effect now: %s\n",
		    jsontext_at(x, "void_because").p);
}

static void
print_partner_rule_stage(const json_t *rule, FILE *out)
{
	const json_t *kept = json_object_get(rule, "kept");
	char need[NEED], when[TIMES_TEXT];

	fputs("            stage ", out);
	paint(out, paint_of_stage(jsontext_at(rule, "stage").p),
	    jsontext_at(rule, "stage").p);
	if (json_is_true(json_object_get(rule, "by_tool")))
		fprintf(out, " since %s\n", print_partner_time(rule, "since",
		    when));
	else
		fputs(", as in the policy file\n", out);
	if (json_is_object(kept))
		fprintf(out, "            and stage %s for what the row "
		    "demanded before: %s\n", jsontext_at(kept, "stage").p,
		    show_member(kept, "need", need, sizeof(need)));
}

static void
print_partner_rule(const json_t *rule, bool whole, FILE *out)
{
	static const char indent[] = "            ";
	const json_t *credentials = json_object_get(rule, "credentials");
	const json_t *next = json_object_get(rule, "next"), *x;
	struct slice missing = jsontext_at(next, "missing");
	bool outbound = slice_eq(jsontext_at(rule, "hop"), SLICE("outbound"));
	char need[NEED];
	size_t i;

	fprintf(out, "  %-9s %s\n", jsontext_at(rule, "hop").p,
	    show_member(rule, "need", need, sizeof(need)));
	print_partner_rule_stage(rule, out);
	print_partner_rule_mail(json_object_get(rule, "mail_30d"), outbound,
	    out);
	if (whole)
		print_credentials(credentials, indent, out);
	else
		print_credentials_idle(credentials, NULL, indent, out);
	json_array_foreach(json_object_get(rule, "exceptions"), i, x)
		print_partner_one_exception(x, out);
	if (missing.p == NULL)
		return;
	fprintf(out, "            next stage %s: %s\n",
	    jsontext_at(next, "stage").p, missing.n == 0
	    ? "the log shows that it is safe" : missing.p);
}

void
print_partner_text(const json_t *partner, bool whole, FILE *out)
{
	const json_t *rule;
	char name[128], place[300], contact[200];
	size_t i;

	fprintf(out, "%s (%s)", show_member(partner, "partner", name,
	    sizeof(name)), show_member(partner, "place", place,
	    sizeof(place)));
	if (jsontext_at(partner, "contact").n > 0)
		fprintf(out, ", contact %s", show_member(partner, "contact",
		    contact, sizeof(contact)));
	fputc('\n', out);
	json_array_foreach(json_object_get(partner, "rules"), i, rule)
		print_partner_rule(rule, whole, out);
}

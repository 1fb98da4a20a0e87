/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/outbound/outbound.h"
#include "policy/base/text.h"
#include "policy/outbound/tlsdemand.h"
#include "policy/outbound/tlsstrength.h"

/* What the least of all Postfix versions knows. */
enum { OLDEST_POSTFIX = 304 };

/* A key, and the rows that speak for it. */
struct hearing {
	const struct policy *policy;
	int64_t now;
	const struct rule *assumed;     /* taken as acting; or NULL */
	const struct outbound_key *key;
	struct outbound_row speaks;
	struct outbound_row other;
	struct outbound_row rollout;
};

static const char *const whys[] = {
	[OUTBOUND_WHY_UNSET] = "internal error",
	[OUTBOUND_WHY_PARENT] = "Postfix asks on for a parent domain; the "
				"first answer had suffixes in it",
	[OUTBOUND_WHY_BAD_KEY] = "this is nothing that mail is sent to",
	[OUTBOUND_WHY_LOG_ONLY] = "mode is log-only: no rule acts",
	[OUTBOUND_WHY_NO_RULE] = "no rule covers it",
	[OUTBOUND_WHY_ROLLOUT] = "the rule's stage is below defer",
	[OUTBOUND_WHY_ASKS_NOTHING] = "the rule's level is none",
	[OUTBOUND_WHY_EXCEPTION] = "an exception leaves no more of the rule",
	[OUTBOUND_WHY_RULE] = "the rule asks it",
	[OUTBOUND_WHY_BOTH_RULES] = "two rules ask it together",
	[OUTBOUND_WHY_PUBLISHED] = "the destination publishes it",
	[OUTBOUND_WHY_MERGED] = "the rule and what the destination publishes "
				"ask it together",
	[OUTBOUND_WHY_PUBLISHED_FAILED] = "what the destination publishes "
					  "could not be learnt",
	[OUTBOUND_WHY_CONFLICT] = "no policy text can ask it",
};

const char *
outbound_why_text(enum outbound_why why)
{
	return whys[why];
}

static enum outbound_form
outbound_form_of(struct slice raw, bool is_key, const struct outbound_key *key)
{
	if (raw.n == 0)
		return OUTBOUND_BAD;
	if (raw.p[0] == '.')
		return OUTBOUND_PARENT;
	if (!is_key)
		return OUTBOUND_BAD;
	if (key->host.kind != KEY_NONE)
		return OUTBOUND_HOST;
	/* Anything else that is no host could hide a destination that the
	 * table does cover, in a spelling we cannot read. */
	return slice_find(raw, '/') < raw.n ? OUTBOUND_PATH : OUTBOUND_BAD;
}

void
outbound_key_read(struct slice raw, struct outbound_key *out)
{
	bool is_key = key_from_nexthop(raw, &out->key, NULL) == 0;
	bool brackets;

	if (!is_key)
		out->key = (struct key){ .kind = KEY_NONE };
	if (out->key.kind == KEY_DOMAIN || out->key.kind == KEY_LITERAL)
		out->host = out->key;
	else if (!key_nexthop_host(raw, &out->host, &brackets))
		out->host = (struct key){ .kind = KEY_NONE };
	out->form = outbound_form_of(raw, is_key, out);
}

static bool
outbound_acts(const struct hearing *hearing, const struct rule *rule)
{
	const struct rule *assumed = hearing->assumed;

	return policy_rule_acts(hearing->policy, rule) ||
	    (assumed != NULL && rule->partner == assumed->partner);
}

static const struct exception *
outbound_find_exception(const struct hearing *hearing, const struct row *row)
{
	struct slice name = row->partner->name;

	return policy_exception(hearing->policy,
	    row->partner->rules[HOP_OUTBOUND], name.p == NULL ? row->key
	    : name, row->key, hearing->now);
}

/* The first row that covers name with a rule that acts. */
static void
outbound_find_speaker(struct hearing *hearing, enum key_kind kind,
    struct slice name, bool any, struct outbound_row *speaker)
{
	struct row rows[TABLE_ROWS];
	size_t count = policy_rows(hearing->policy, HOP_OUTBOUND, kind, name,
	    any, rows);

	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = rows[i].partner->rules[HOP_OUTBOUND];

		if (outbound_acts(hearing, rule)) {
			*speaker = (struct outbound_row){ rule,
				outbound_find_exception(hearing, &rows[i]),
				rows[i] };
			return;
		}
		if (hearing->rollout.rule == NULL)
			hearing->rollout = (struct outbound_row){ rule, NULL,
				rows[i] };
	}
}

static void
outbound_hear(const struct policy *policy, const struct outbound_key *key,
    int64_t now, const struct rule *assumed, struct hearing *out)
{
	struct outbound_row covering = { 0 };

	out->policy = policy;
	out->now = now;
	out->assumed = assumed;
	out->speaks = out->other = out->rollout = covering;
	out->key = key;
	if (key->form == OUTBOUND_BAD || key->form == OUTBOUND_PARENT)
		return;
	/* A key that is its own host is found among the host's rows. */
	if (key->form == OUTBOUND_PATH || key->key.kind == KEY_NEXTHOP)
		outbound_find_speaker(out, KEY_NEXTHOP, key_slice(&key->key),
		    true, &out->speaks);
	if (key->form != OUTBOUND_HOST)
		return;
	/* "*" is for everything that no row speaks for. */
	outbound_find_speaker(out, key->host.kind, key_slice(&key->host),
	    out->speaks.rule == NULL, &covering);
	if (out->speaks.rule == NULL)
		out->speaks = covering;
	else if (covering.rule != out->speaks.rule)
		out->other = covering;
}

static struct slice
outbound_host_of(const struct hearing *hearing)
{
	if (hearing->key->form != OUTBOUND_HOST)
		return SLICE_NONE;
	return key_slice(&hearing->key->host);
}

/* What one rule asks, or what an exception leaves of it. */
static const char *
outbound_asked_by(const struct outbound_row *row, struct slice host,
    struct tlspolicy *out)
{
	struct demand floor;

	if (row->exception == NULL)
		return tlsdemand_policy(&row->rule->demand, host, out);
	/* Nothing of it but the level: *out borrows nothing from floor. */
	floor = exception_demand(row->exception);
	return tlsdemand_policy(&floor, host, out);
}

/* What the rules that speak ask together. NULL, or why it cannot be said.
 * There is one that speaks. */
static const char *
outbound_asked(const struct hearing *hearing, struct tlspolicy *out)
{
	struct slice host = outbound_host_of(hearing);
	bool two = hearing->other.rule != NULL;
	struct tlspolicy first, second;
	const char *problem;

	problem = outbound_asked_by(&hearing->speaks, host, two ? &first : out);
	if (problem == NULL && two)
		problem = outbound_asked_by(&hearing->other, host, &second);
	if (problem == NULL && two)
		problem = tlsstrength_merge(&first, &second, false, out);
	if (problem == NULL && out->open && out->level == TLS_LEVEL_SECURE &&
	    (host.p == NULL || hearing->key->host.kind == KEY_LITERAL))
		problem = "an address has no name to check: give names or "
			  "fingerprints";
	return problem;
}

static void
outbound_say_temp(struct outbound_answer *out, enum outbound_why why,
    const char *problem)
{
	const struct rule *rule = out->speaks.rule;
	char name[64];
	struct text t;

	out->kind = OUTBOUND_TEMP;
	out->why = why;
	out->problem = problem;
	/* Postfix logs 200 of it. */
	text_init(&t, out->text, 501);
	text_add(&t, "TEMP ");
	if (why == OUTBOUND_WHY_CONFLICT && rule != NULL) {
		slice_show(rule->partner->name, name, sizeof(name));
		text_add(&t, "rule of %s, line %u: ", name, rule->place.line);
	}
	text_add(&t, "%s", problem);
	out->n = text_length(&t);
}

static void
outbound_say_notfound(struct outbound_answer *out, enum outbound_why why)
{
	static const char notfound[] = "NOTFOUND ";

	out->kind = OUTBOUND_NOTFOUND;
	out->why = why;
	out->n = sizeof(notfound) - 1;
	memcpy(out->text, notfound, sizeof(notfound));
}

static bool
outbound_say_policy(struct outbound_answer *out, enum outbound_why why,
    const struct tlspolicy *policy, int version)
{
	size_t n = tlspolicy_write(policy, version, out->text + 3,
	    LIMIT_POLICY_TEXT + 1);

	if (n == 0)
		return false;
	memcpy(out->text, "OK ", 3);
	out->kind = OUTBOUND_OK;
	out->why = why;
	out->n = n + 3;
	return true;
}

/* Nothing of ours is asked: what the destination published passes as it is,
 * for a Postfix of this version. */
static void
outbound_say_published(const struct settings *settings,
    const struct outbound_question *question, struct slice host, int version,
    enum outbound_why why, struct outbound_answer *out)
{
	enum publication publication = question->publication;
	struct tlspolicy policy;

	if (settings->published.p == NULL)
		publication = PUBLICATION_NONE;
	if (publication == PUBLICATION_TEXT) {
		if (!tlspolicy_parse(question->published, host, &policy))
			publication = PUBLICATION_FAILED;
		else if (policy.level == TLS_LEVEL_NONE)
			publication = PUBLICATION_NONE;
		else if (outbound_say_policy(out, OUTBOUND_WHY_PUBLISHED,
			     &policy, version))
			return;
		else
			publication = PUBLICATION_FAILED;
	}
	if (publication == PUBLICATION_NONE)
		outbound_say_notfound(out, why);
	else if (settings->published_failure == PUBLISHED_IGNORE)
		outbound_say_notfound(out, OUTBOUND_WHY_PUBLISHED_FAILED);
	else
		outbound_say_temp(out, OUTBOUND_WHY_PUBLISHED_FAILED,
		    "the published policy could not be learnt");
}

static enum outbound_why
outbound_why_asked(const struct outbound_answer *out)
{
	if (out->speaks.exception != NULL || out->other.exception != NULL)
		return OUTBOUND_WHY_EXCEPTION;
	return out->other.rule != NULL ? OUTBOUND_WHY_BOTH_RULES
				       : OUTBOUND_WHY_RULE;
}

static bool
outbound_overrides_published(const struct outbound_row *row)
{
	return row->exception != NULL && row->exception->override_published;
}

/* A rule asks: the stronger of it and of what was published. A failure to
 * learn that leaves the rule as it is. */
static void
outbound_say_asked(const struct policy *policy,
    const struct outbound_question *question, const struct tlspolicy *asks,
    int version, struct outbound_answer *out)
{
	struct tlspolicy published, both;
	enum outbound_why why = outbound_why_asked(out);
	const char *problem = NULL;

	if (policy->settings.published.p != NULL &&
	    question->publication == PUBLICATION_TEXT &&
	    !outbound_overrides_published(&out->speaks) &&
	    !outbound_overrides_published(&out->other)) {
		if (!tlspolicy_parse(question->published, asks->host,
			&published))
			problem = "the published policy cannot be read";
		else
			problem = tlsstrength_merge(asks, &published, true,
			    &both);
		if (problem == NULL) {
			asks = &both;
			why = OUTBOUND_WHY_MERGED;
		}
	}
	if (problem == NULL && !outbound_say_policy(out, why, asks, version))
		problem = "the policy text is too long";
	if (problem != NULL)
		outbound_say_temp(out, OUTBOUND_WHY_CONFLICT, problem);
}

/* An exception leaves nothing to ask, which may not fall below what was
 * published and could not be learnt. */
static bool
outbound_must_learn(const struct settings *settings,
    const struct outbound_question *question, const struct tlspolicy *asks,
    const struct outbound_answer *out)
{
	return asks->level == TLS_LEVEL_MAY &&
	    settings->published.p != NULL &&
	    question->publication == PUBLICATION_FAILED &&
	    settings->published_failure == PUBLISHED_DEFER &&
	    !outbound_overrides_published(&out->speaks) &&
	    !outbound_overrides_published(&out->other);
}

static void
outbound_decide(const struct policy *policy,
    const struct outbound_question *question, const struct hearing *hearing,
    struct outbound_answer *out)
{
	const struct settings *settings = &policy->settings;
	int version = question->postfix_version != 0
	    ? question->postfix_version : settings->postfix_version;
	enum outbound_why why = OUTBOUND_WHY_NO_RULE;
	struct tlspolicy asks;
	const char *problem;

	if (version < OLDEST_POSTFIX)
		version = OLDEST_POSTFIX;
	if (hearing->speaks.rule == NULL) {
		if (hearing->rollout.rule != NULL)
			why = OUTBOUND_WHY_ROLLOUT;
	} else if (settings->mode == MODE_LOG_ONLY) {
		why = OUTBOUND_WHY_LOG_ONLY;
	} else if ((problem = outbound_asked(hearing, &asks)) != NULL) {
		outbound_say_temp(out, OUTBOUND_WHY_CONFLICT, problem);
		return;
	} else if (asks.level != TLS_LEVEL_MAY ||
	    (outbound_why_asked(out) == OUTBOUND_WHY_EXCEPTION &&
		!outbound_must_learn(settings, question, &asks, out))) {
		outbound_say_asked(policy, question, &asks, version, out);
		return;
	} else {
		why = OUTBOUND_WHY_ASKS_NOTHING;
	}
	outbound_say_published(settings, question, outbound_host_of(hearing),
	    version, why, out);
}

void
outbound_answer(const struct policy *policy,
    const struct outbound_question *question, struct outbound_answer *out)
{
	struct outbound_question asked_now = *question;
	struct hearing hearing;

	outbound_hear(policy, &question->key, question->now, NULL, &hearing);
	/* Only a host's policy is published. */
	if (hearing.key->form != OUTBOUND_HOST)
		asked_now.publication = PUBLICATION_NONE;
	out->speaks = hearing.speaks;
	out->other = hearing.other;
	out->rollout = hearing.rollout;
	out->problem = NULL;
	switch (hearing.key->form) {
	case OUTBOUND_PARENT:
		outbound_say_notfound(out, OUTBOUND_WHY_PARENT);
		return;
	case OUTBOUND_BAD:
		/* What no rule asks about never waits, in any mode. */
		if (policy->settings.mode == MODE_LOG_ONLY ||
		    !table_has_hop(policy->table, HOP_OUTBOUND))
			outbound_say_notfound(out, OUTBOUND_WHY_BAD_KEY);
		else
			outbound_say_temp(out, OUTBOUND_WHY_BAD_KEY,
			    "the next hop cannot be read");
		return;
	case OUTBOUND_HOST:
	case OUTBOUND_PATH:
		outbound_decide(policy, &asked_now, &hearing, out);
		return;
	}
}

void
outbound_rows(const struct policy *policy, const struct outbound_key *key,
    int64_t now, struct outbound_row *speaks, struct outbound_row *other)
{
	struct hearing hearing;

	outbound_hear(policy, key, now, NULL, &hearing);
	*speaks = hearing.speaks;
	*other = hearing.other;
}

bool
outbound_covers(const struct policy *policy, const struct rule *rule,
    const struct outbound_key *nexthop, int64_t now)
{
	struct hearing hearing;
	struct tlspolicy want, have;

	if (rule->demand.level == LEVEL_NONE)
		return true;
	outbound_hear(policy, nexthop, now, rule, &hearing);
	if (hearing.speaks.rule == NULL ||
	    outbound_asked(&hearing, &have) != NULL)
		return false;
	return tlsdemand_policy(&rule->demand, outbound_host_of(&hearing),
		   &want) == NULL &&
	    tlsstrength_covers(&have, &want);
}

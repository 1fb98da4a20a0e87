/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/outbound.h"
#include "policy/base/text.h"
#include "policy/outbound/tlsdemand.h"
#include "policy/outbound/tlsstrength.h"

/* The oldest Postfix that answers are written for: the first with every level
 * (FACTS 78). */
enum { OLDEST_POSTFIX = 211 };

/* The size of a reason to defer. */
enum { TEMP_TEXT = 501 };

/* A key, and the rows found for it: see struct outbound_answer. What is above
 * key is set before the look-up. */
struct lookup {
	const struct policy *policy;
	int64_t now;
	const struct rule *assumed;     /* acts whatever its stage, with the
	                                 * demand below; or NULL */
	const struct demand *assumed_demand;
	const struct outbound_key *key;
	struct outbound_row acting;
	struct outbound_row second;
	struct outbound_row rollout;
};

static const char *const whys[] = {
	[OUTBOUND_WHY_UNSET] = "internal error",
	[OUTBOUND_WHY_PARENT] = "Postfix looks up a parent domain; the first "
				"answer already included suffixes",
	[OUTBOUND_WHY_BAD_KEY] = "no mail is sent to this",
	[OUTBOUND_WHY_LOG_ONLY] = "mode is log-only: no rule acts",
	[OUTBOUND_WHY_PAUSED] = "outbound is paused: no rule acts",
	[OUTBOUND_WHY_NO_RULE] = "no rule covers it",
	[OUTBOUND_WHY_ROLLOUT] = "the rule's stage is below defer",
	[OUTBOUND_WHY_ASKS_NOTHING] = "the rule's level is none",
	[OUTBOUND_WHY_EXCEPTION] = "an exception lowers what the rule requires",
	[OUTBOUND_WHY_UNLISTED] = "no row names this route: unlisted_routes "
				  "decides",
	[OUTBOUND_WHY_RULE] = "the rule requires it",
	[OUTBOUND_WHY_BOTH_RULES] = "two rules together require it",
	[OUTBOUND_WHY_PUBLISHED] = "the destination's published policy "
	    "requires it",
	[OUTBOUND_WHY_MERGED] = "the rule and the destination's published "
				"policy together require it",
	[OUTBOUND_WHY_PUBLISHED_FAILED] = "the destination's published policy "
					  "could not be looked up",
	[OUTBOUND_WHY_CONFLICT] = "no policy text can express it",
};

const char *
outbound_why_text(enum outbound_why why)
{
	assert((size_t)why < COUNT_OF(whys));
	return whys[why];
}

/* Whether a demand of this rule acts whatever its stage. */
static bool
outbound_assumes(const struct lookup *found, const struct rule *rule)
{
	return found->assumed != NULL &&
	    found->assumed->partner == rule->partner;
}

static const struct exception *
outbound_find_exception(const struct lookup *found, const struct row *row)
{
	struct slice name = row->partner->name;

	return policy_exception(found->policy,
	    row->partner->rules[HOP_OUTBOUND], name.p == NULL ? row->key
	    : name, row->key, found->now);
}

static void
outbound_add_term(struct outbound_row *out, const struct term *term)
{
	assert(out->term_count < POLICY_TERMS);
	out->terms[out->term_count++] = *term;
}

/* Adds what acts of the rule to *acting, and what does not act yet to
 * *rollout. */
static void
outbound_add_terms(const struct lookup *found, const struct rule *rule,
    struct outbound_row *acting, struct outbound_row *rollout)
{
	struct term terms[POLICY_TERMS];
	size_t count = policy_terms(found->policy, rule, terms);

	bool assumed = outbound_assumes(found, rule);

	for (size_t i = 0; i < count; i++)
		if (term_acts(&terms[i]) ||
		    (assumed && terms[i].demand == found->assumed_demand))
			outbound_add_term(acting, &terms[i]);
		else
			outbound_add_term(rollout, &terms[i]);
	/* No term has the floor of an exception: it is what the exception of
	 * this row makes of them. */
	if (assumed && acting->term_count == 0)
		for (size_t i = 0; i < count; i++)
			outbound_add_term(acting, &terms[i]);
}

/* Writes the first row that covers name with a rule that acts to *out, and
 * notes the first one that does not act yet. */
static void
outbound_find_acting(struct lookup *found, enum key_kind kind,
    struct slice name, bool any, struct outbound_row *out)
{
	struct row rows[TABLE_ROWS];
	size_t count = policy_rows(found->policy, HOP_OUTBOUND, kind, name,
	    any, rows);

	for (size_t i = 0; i < count; i++) {
		struct outbound_row acting = {
			.rule = rows[i].partner->rules[HOP_OUTBOUND],
			.row = rows[i] };
		struct outbound_row rollout = acting;

		outbound_add_terms(found, acting.rule, &acting, &rollout);
		if (rollout.term_count > 0 && found->rollout.rule == NULL)
			found->rollout = rollout;
		if (acting.term_count == 0)
			continue;
		*out = acting;
		out->exception = outbound_find_exception(found, &rows[i]);
		return;
	}
}

static void
outbound_look_up(const struct outbound_key *key, struct lookup *out)
{
	struct outbound_row of_host = { 0 };

	out->key = key;
	if (key->form == OUTBOUND_FORM_BAD || key->form == OUTBOUND_FORM_PARENT)
		return;
	/* A key that is its own host is found among the host's rows. A path is
	 * a next hop too. */
	if (key->key.kind == KEY_NEXTHOP)
		outbound_find_acting(out, KEY_NEXTHOP, key_slice(&key->key),
		    true, &out->acting);
	if (key->form != OUTBOUND_FORM_HOST)
		return;
	/* "*" covers what no other row does, and what crosses a wire. */
	outbound_find_acting(out, key->host.kind, key_slice(&key->host),
	    out->acting.rule == NULL && !key->on_host, &of_host);
	if (out->acting.rule == NULL)
		out->acting = of_host;
	else if (of_host.rule != out->acting.rule)
		out->second = of_host;
}

static struct slice
outbound_host_of(const struct lookup *found)
{
	if (found->key->form != OUTBOUND_FORM_HOST)
		return SLICE_NONE;
	return key_slice(&found->key->host);
}

struct demand
outbound_row_demand(const struct outbound_row *row, size_t i)
{
	assert(i < row->term_count);
	if (row->exception == NULL ||
	    row->exception->floor > row->terms[i].demand->level)
		return *row->terms[i].demand;
	return exception_demand(row->exception);
}

/* What acts of one row as a TLS policy. NULL, or why no policy text can express
 * it. */
static const char *
outbound_row_policy(const struct outbound_row *row, struct slice host,
    struct tlspolicy *out)
{
	struct demand demand = outbound_row_demand(row, 0);
	const char *problem = tlsdemand_policy(&demand, host, out);

	for (size_t i = 1; problem == NULL && i < row->term_count; i++) {
		struct tlspolicy first = *out, next;

		demand = outbound_row_demand(row, i);
		problem = tlsdemand_policy(&demand, host, &next);
		if (problem == NULL)
			problem = tlsstrength_merge(&first, &next, false, out);
	}
	return problem;
}

/* The demands of all rows that act, of which there is at least one. NULL, or
 * why no policy text can express them. */
static const char *
outbound_rules_policy(const struct lookup *found, struct tlspolicy *out)
{
	struct slice host = outbound_host_of(found);
	bool two = found->second.rule != NULL;
	struct tlspolicy first, second;
	const char *problem;

	assert(found->acting.rule != NULL);
	problem = outbound_row_policy(&found->acting, host, two ? &first : out);
	if (problem == NULL && two)
		problem = outbound_row_policy(&found->second, host, &second);
	if (problem == NULL && two)
		problem = tlsstrength_merge(&first, &second, false, out);
	if (problem == NULL && out->any_proof &&
	    out->level == TLS_LEVEL_SECURE &&
	    (host.p == NULL || found->key->host.kind == KEY_LITERAL))
		problem = "an address has no name to check: set names or "
			  "fingerprints";
	return problem;
}

struct slice
outbound_row_name(const struct outbound_row *row)
{
	assert(row->rule != NULL);
	return row->rule->partner->name.p != NULL ? row->rule->partner->name
						  : row->row.key;
}

static void
outbound_answer_temp(struct outbound_answer *out, enum outbound_why why,
    const char *problem)
{
	const struct rule *rule = out->acting.rule;
	char name[64];
	struct text t;

	out->kind = OUTBOUND_TEMP;
	out->why = why;
	out->problem = problem;
	/* Postfix logs the first 200 octets. */
	text_init(&t, out->text, TEMP_TEXT);
	text_add(&t, "TEMP ");
	if (why == OUTBOUND_WHY_CONFLICT && rule != NULL) {
		slice_show(outbound_row_name(&out->acting), name,
		    sizeof(name));
		text_add(&t, "rule of %s, line %u: ", name, rule->place.line);
	}
	text_add(&t, "%s", problem);
	out->n = text_length(&t);
}

static void
outbound_answer_notfound(struct outbound_answer *out, enum outbound_why why)
{
	static const char notfound[] = "NOTFOUND ";

	out->kind = OUTBOUND_NOTFOUND;
	out->why = why;
	out->n = sizeof(notfound) - 1;
	memcpy(out->text, notfound, sizeof(notfound));
}

static bool
outbound_answer_policy(struct outbound_answer *out, enum outbound_why why,
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

/* No rule demands anything: the answer is the published policy as it is, for a
 * Postfix of this version. */
static void
outbound_answer_published(const struct settings *settings,
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
		else if (outbound_answer_policy(out, OUTBOUND_WHY_PUBLISHED,
			     &policy, version))
			return;
		else
			publication = PUBLICATION_FAILED;
	}
	if (publication == PUBLICATION_NONE)
		outbound_answer_notfound(out, why);
	else if (settings->published_failure == PUBLISHED_IGNORE)
		outbound_answer_notfound(out, OUTBOUND_WHY_PUBLISHED_FAILED);
	else
		outbound_answer_temp(out, OUTBOUND_WHY_PUBLISHED_FAILED,
		    "the published policy could not be looked up");
}

static enum outbound_why
outbound_why_rule(const struct outbound_answer *out)
{
	if (out->acting.exception != NULL || out->second.exception != NULL)
		return OUTBOUND_WHY_EXCEPTION;
	return out->second.rule != NULL ? OUTBOUND_WHY_BOTH_RULES
				       : OUTBOUND_WHY_RULE;
}

static bool
outbound_overrides_published(const struct outbound_answer *out)
{
	const struct exception *a = out->acting.exception;
	const struct exception *b = out->second.exception;

	return (a != NULL && a->override_published) ||
	    (b != NULL && b->override_published);
}

/* The server name that the rules ask for; absent: none of them sets it. */
static struct slice
outbound_server_name_of(const struct outbound_answer *out)
{
	struct slice name = SLICE_NONE;

	if (out->acting.rule != NULL)
		name = out->acting.rule->servername;
	if (name.p == NULL && out->second.rule != NULL)
		name = out->second.rule->servername;
	return name;
}

/*
 * Adds the name that Postfix sends to the server (SNI), without which many a
 * hoster's server shows another certificate. What the certificate must contain
 * is checked all the same. By default it is sent only where names are checked:
 * a pinned certificate may be the one that is shown without it, and for dane
 * Postfix itself sends one. An address is no server name (RFC 6066 section
 * 3).
 */
static bool
outbound_add_server_name(const struct outbound_answer *out,
    const struct key *host, struct tlspolicy *policy)
{
	struct slice name = outbound_server_name_of(out);

	if (name.p == NULL && policy->level == TLS_LEVEL_SECURE &&
	    (host->kind == KEY_DOMAIN || host->kind == KEY_SUFFIX))
		name = SLICE("hostname");
	if (name.p == NULL || slice_eq(name, SLICE("none")) ||
	    (policy->level != TLS_LEVEL_ENCRYPT &&
		policy->level != TLS_LEVEL_SECURE &&
		policy->level != TLS_LEVEL_FINGERPRINT))
		return true;
	return tlspolicy_add_server_name(name, policy);
}

/* A rule demands wanted: the answer meets that and the published policy. When
 * the look-up of that failed, it meets the rule alone. */
static void
outbound_answer_rule(const struct policy *policy,
    const struct outbound_question *question, const struct tlspolicy *wanted,
    int version, enum outbound_why why, struct outbound_answer *out)
{
	struct tlspolicy published, both = *wanted;
	const char *problem = NULL;

	if (policy->settings.published.p != NULL &&
	    question->publication == PUBLICATION_TEXT &&
	    !outbound_overrides_published(out)) {
		if (!tlspolicy_parse(question->published, wanted->host,
			&published))
			problem = "the published policy cannot be read";
		else
			problem = tlsstrength_merge(wanted, &published, true,
			    &both);
		why = OUTBOUND_WHY_MERGED;
	}
	if (problem == NULL && (!outbound_add_server_name(out,
	    &question->key.host, &both) ||
	    !outbound_answer_policy(out, why, &both, version)))
		problem = "the policy text is too long";
	if (problem != NULL)
		outbound_answer_temp(out, OUTBOUND_WHY_CONFLICT, problem);
}

/* Whether an exception that lowers the rule to nothing has to wait for the
 * published policy: the answer may not be weaker than that, and its look-up
 * failed. */
static bool
outbound_needs_published(const struct settings *settings,
    const struct outbound_question *question, const struct tlspolicy *wanted,
    const struct outbound_answer *out)
{
	return wanted->level == TLS_LEVEL_MAY &&
	    settings->published.p != NULL &&
	    question->publication == PUBLICATION_FAILED &&
	    settings->published_failure == PUBLISHED_DEFER &&
	    !outbound_overrides_published(out);
}

/* Whether the next hop is a route, which an administrator wrote (a domain alone
 * may be a recipient's), and no row names it. A row of its host, or "*", does
 * not name it, so it counts only if it acts: one that is being rolled out
 * removes no protection. */
static bool
outbound_is_unlisted(const struct policy *policy, const struct lookup *found)
{
	const struct outbound_key *key = found->key;

	return key->form == OUTBOUND_FORM_HOST && !key->on_host &&
	    key->key.kind != KEY_DOMAIN && key->key.kind != KEY_SUFFIX &&
	    table_has_hop(policy->table, HOP_OUTBOUND) &&
	    found->acting.rule == NULL &&
	    !slice_eq(found->rollout.row.key, key_slice(&key->key));
}

/* false when the settings ask nothing of a route that no row names, or what
 * its host publishes has to be known first. */
static bool
outbound_answer_unlisted(const struct policy *policy,
    const struct outbound_question *question, int version,
    struct outbound_answer *out)
{
	const struct settings *settings = &policy->settings;
	struct tlspolicy wanted;

	if (policy_mode(policy, HOP_OUTBOUND, question->now) == MODE_LOG_ONLY)
		return false;
	switch (settings->unlisted_routes) {
	case UNLISTED_LOG:
		return false;
	case UNLISTED_ENCRYPT:
		if (settings->published.p != NULL &&
		    question->publication == PUBLICATION_FAILED &&
		    settings->published_failure == PUBLISHED_DEFER)
			return false;
		tlspolicy_init(&wanted, key_slice(&question->key.host));
		wanted.level = TLS_LEVEL_ENCRYPT;
		outbound_answer_rule(policy, question, &wanted, version,
		    OUTBOUND_WHY_UNLISTED, out);
		return true;
	case UNLISTED_DEFER:
		break;
	}
	outbound_answer_temp(out, OUTBOUND_WHY_UNLISTED,
	    "no row names this route (unlisted_routes)");
	return true;
}

/* The answer for a next hop that can be read. */
static void
outbound_decide(const struct policy *policy,
    const struct outbound_question *question, const struct lookup *found,
    struct outbound_answer *out)
{
	const struct settings *settings = &policy->settings;
	int version = question->postfix_version != 0
	    ? question->postfix_version : settings->postfix_version;
	enum outbound_why why = OUTBOUND_WHY_NO_RULE;
	struct tlspolicy wanted;
	const char *problem;

	if (version < OLDEST_POSTFIX)
		version = OLDEST_POSTFIX;
	if (out->unlisted &&
	    outbound_answer_unlisted(policy, question, version, out))
		return;
	if (found->acting.rule == NULL) {
		if (found->rollout.rule != NULL)
			why = OUTBOUND_WHY_ROLLOUT;
	} else if (policy_mode(policy, HOP_OUTBOUND, question->now) ==
	    MODE_LOG_ONLY) {
		why = policy->settings.mode == MODE_LOG_ONLY
		    ? OUTBOUND_WHY_LOG_ONLY : OUTBOUND_WHY_PAUSED;
	} else if ((problem = outbound_rules_policy(found, &wanted)) != NULL) {
		outbound_answer_temp(out, OUTBOUND_WHY_CONFLICT, problem);
		return;
	} else if (wanted.level != TLS_LEVEL_MAY ||
	    (outbound_why_rule(out) == OUTBOUND_WHY_EXCEPTION &&
		!outbound_needs_published(settings, question, &wanted, out))) {
		outbound_answer_rule(policy, question, &wanted, version,
		    outbound_why_rule(out), out);
		return;
	} else {
		why = OUTBOUND_WHY_ASKS_NOTHING;
	}
	outbound_answer_published(settings, question, outbound_host_of(found),
	    version, why, out);
}

void
outbound_answer(const struct policy *policy,
    const struct outbound_question *question, struct outbound_answer *out)
{
	struct outbound_question asked = *question;
	struct lookup found = { .policy = policy, .now = question->now };

	outbound_look_up(&question->key, &found);
	/* Only a host's policy is published. */
	if (found.key->form != OUTBOUND_FORM_HOST)
		asked.publication = PUBLICATION_NONE;
	out->acting = found.acting;
	out->second = found.second;
	out->rollout = found.rollout;
	out->problem = NULL;
	out->unlisted = outbound_is_unlisted(policy, &found);
	switch (found.key->form) {
	case OUTBOUND_FORM_PARENT:
		outbound_answer_notfound(out, OUTBOUND_WHY_PARENT);
		return;
	case OUTBOUND_FORM_BAD:
		/* Without an outbound rule in force no mail waits. */
		if (policy_mode(policy, HOP_OUTBOUND, question->now) ==
			MODE_LOG_ONLY ||
		    !table_has_hop(policy->table, HOP_OUTBOUND))
			outbound_answer_notfound(out, OUTBOUND_WHY_BAD_KEY);
		else
			outbound_answer_temp(out, OUTBOUND_WHY_BAD_KEY,
			    "the next hop cannot be read");
		return;
	case OUTBOUND_FORM_HOST:
	case OUTBOUND_FORM_PATH:
		outbound_decide(policy, &asked, &found, out);
		return;
	}
}

void
outbound_rows(const struct policy *policy, const struct outbound_key *key,
    int64_t now, struct outbound_row *acting, struct outbound_row *second)
{
	struct lookup found = { .policy = policy, .now = now };

	outbound_look_up(key, &found);
	*acting = found.acting;
	*second = found.second;
}

bool
outbound_covers(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, const struct outbound_key *nexthop,
    int64_t now)
{
	struct lookup found = { .policy = policy, .now = now,
		.assumed = rule, .assumed_demand = demand };
	struct tlspolicy want, have;

	if (demand->level == LEVEL_NONE)
		return true;
	outbound_look_up(nexthop, &found);
	if (nexthop->on_host)
		return found.acting.rule != NULL;
	if (found.acting.rule == NULL ||
	    outbound_rules_policy(&found, &have) != NULL)
		return false;
	return tlsdemand_policy(demand, outbound_host_of(&found), &want) ==
	    NULL &&
	    tlsstrength_covers(&have, &want);
}

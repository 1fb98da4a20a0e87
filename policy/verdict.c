/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/verdict.h"
#include "policy/evidence/measure.h"
#include "policy/names/domain.h"

static const struct finding pass = { VERDICT_PASS, REASON_OK };
static const struct finding unknown = { VERDICT_UNDECIDED,
	REASON_EVIDENCE_MISSING };

static struct finding
verdict_fail(enum reason reason)
{
	return (struct finding){ VERDICT_FAIL, reason };
}

static struct finding
verdict_check_level(const struct demand *demand,
    const struct evidence *evidence ATTR_UNUSED)
{
	/* A demand that nobody filled in is a bug, and must not pass. */
	if (demand->level == LEVEL_UNSET)
		return (struct finding){ VERDICT_UNDECIDED, REASON_UNSET };
	return pass;
}

static struct finding
verdict_check_tls(const struct demand *demand ATTR_UNUSED,
    const struct evidence *evidence)
{
	switch (evidence->tls) {
	case PROOF_PRESENT:
		return pass;
	case PROOF_ABSENT:
		return verdict_fail(REASON_PLAINTEXT);
	case PROOF_UNKNOWN:
		break;
	}
	return unknown;
}

static struct finding
verdict_check_floor(enum floor floor, const struct demand *demand,
    const struct evidence *evidence)
{
	int value;

	if (demand->floor[floor] == 0)
		return pass;
	if (!measure_floor(floor, evidence, &value))
		return unknown;
	if (value < demand->floor[floor])
		return verdict_fail(floor_reason(floor));
	return pass;
}

static struct finding
verdict_check_verified(const struct evidence *evidence)
{
	switch (evidence->verified) {
	case PROOF_PRESENT:
		return pass;
	case PROOF_ABSENT:
		return verdict_fail(REASON_PEER_NOT_VERIFIED);
	case PROOF_UNKNOWN:
		break;
	}
	return unknown;
}

/* A host name of a certificate is plain ASCII. A name that IDNA would map to it
 * is another name (RFC 9525 section 6.3). */
static bool
verdict_is_plain_host(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		    c == '_'))
			return false;
	}
	return s.n > 0 && s.p[s.n - 1] != '.';
}

bool
verdict_is_name(struct slice wanted, struct slice text)
{
	struct domain name;

	return verdict_is_plain_host(text) && domain_from(text, &name) &&
	    domain_covers(wanted, domain_slice(&name));
}

/* One list of a group against one fact. An empty list asks for nothing. */
static struct finding
verdict_check_words(const struct words *words, const struct fact *fact,
    bool (*matches)(struct slice wanted, struct slice text))
{
	if (words->count == 0)
		return pass;
	switch (fact->proof) {
	case PROOF_UNKNOWN:
		return unknown;
	case PROOF_ABSENT:
		return verdict_fail(REASON_IDENTITY_MISMATCH);
	case PROOF_PRESENT:
		for (size_t i = 0; i < words->count; i++)
			if (matches(words->list[i], fact->text))
				return pass;
		break;
	}
	return verdict_fail(REASON_IDENTITY_MISMATCH);
}

static struct finding
verdict_check_clients(const struct peer_group *group,
    const struct netaddr *client)
{
	if (group->client_count == 0)
		return pass;
	if (client->family == 0)
		return unknown;
	if (netrange_any(group->clients, group->client_count, client))
		return pass;
	return verdict_fail(REASON_IDENTITY_MISMATCH);
}

/* Who sent nothing at all is not somebody else: missing is the reason then. */
static struct finding
verdict_check_present(const struct words *words, const struct fact *fact,
    bool (*matches)(struct slice wanted, struct slice text),
    enum reason missing)
{
	if (words->count > 0 && fact->proof == PROOF_ABSENT)
		return verdict_fail(missing);
	return verdict_check_words(words, fact, matches);
}

/* A fingerprint by another digest neither is nor is not the one that the rule
 * has, which is always SHA-256. */
static struct finding
verdict_check_fingerprints(const struct peer_group *group,
    const struct fact *fact)
{
	if (group->fingerprints.count > 0 && fact->proof == PROOF_PRESENT &&
	    !slice_starts(fact->text, SLICE("sha256:")))
		return unknown;
	return verdict_check_words(&group->fingerprints, fact, slice_eq);
}

/* The worse of two findings; a when both are equally bad. */
static struct finding
verdict_worse(struct finding a, struct finding b)
{
	static const int badness[] = { [VERDICT_PASS] = 0,
		[VERDICT_UNDECIDED] = 1, [VERDICT_FAIL] = 2 };

	return badness[b.verdict] > badness[a.verdict] ? b : a;
}

static struct finding
verdict_check_group(const struct peer_group *group,
    const struct evidence *evidence)
{
	struct finding f = pass;

	if (!peer_group_is_proof(group) && group->client_count == 0)
		return verdict_fail(REASON_IDENTITY_MISMATCH);
	if (peer_group_needs_certificate(group))
		f = verdict_worse(f, verdict_check_verified(evidence));
	f = verdict_worse(f, verdict_check_present(&group->logins,
	    &evidence->login, slice_eq, REASON_LOGIN_MISSING));
	f = verdict_worse(f, verdict_check_present(&group->names,
	    &evidence->peer, verdict_is_name, REASON_NAME_MISSING));
	f = verdict_worse(f, verdict_check_present(&group->subjects,
	    &evidence->subject, slice_eq, REASON_NAME_MISSING));
	f = verdict_worse(f,
	    verdict_check_words(&group->issuers, &evidence->issuer, slice_eq));
	f = verdict_worse(f,
	    verdict_check_fingerprints(group, &evidence->fingerprint));
	return verdict_worse(f,
	    verdict_check_clients(group, &evidence->client));
}

/* How near a group came to a pass. Of two that fail, a verified peer with the
 * wrong name helps an administrator more than no peer at all. */
static int
verdict_nearness(struct finding f)
{
	switch (f.verdict) {
	case VERDICT_PASS:
		return 3;
	case VERDICT_UNDECIDED:
		return 2;
	case VERDICT_FAIL:
		break;
	}
	return f.reason == REASON_IDENTITY_MISMATCH ||
		f.reason == REASON_NAME_MISSING ? 1 : 0;
}

static struct finding
verdict_check_groups(const struct demand *demand,
    const struct evidence *evidence)
{
	struct finding best = verdict_check_group(&demand->peers[0], evidence);

	for (size_t i = 1; i < demand->peer_count; i++) {
		struct finding f =
		    verdict_check_group(&demand->peers[i], evidence);

		if (verdict_nearness(f) > verdict_nearness(best))
			best = f;
	}
	return best;
}

static struct finding
verdict_check_peer(const struct demand *demand, const struct evidence *evidence)
{
	if (demand->peer_count > 0)
		return verdict_check_groups(demand, evidence);
	if (demand->level < LEVEL_VERIFY)
		return pass;
	if (demand->any_peer)
		return verdict_check_verified(evidence);
	/* Outbound: a probe and an MTA compare the name with the next hop. */
	if (evidence->source == SOURCE_PROBE ||
	    evidence->source == SOURCE_MAIL_LOG)
		return verdict_check_verified(evidence);
	return verdict_fail(REASON_IDENTITY_MISMATCH);
}

static const struct {
	const char *name;
	struct finding (*run)(const struct demand *demand,
	    const struct evidence *evidence);
} checks[CHECK_COUNT] = {
	[CHECK_LEVEL] = { "level", verdict_check_level },
	[CHECK_TLS] = { "encrypted", verdict_check_tls },
	[CHECK_PEER] = { "peer", verdict_check_peer },
};

bool
check_is_floor(enum check check, enum floor *out)
{
	if (check < CHECK_FLOOR || check >= CHECK_PEER)
		return false;
	*out = (enum floor)(check - CHECK_FLOOR);
	return true;
}

const char *
check_name(enum check check)
{
	enum floor floor;

	assert(check < CHECK_COUNT);
	if (check_is_floor(check, &floor))
		return floor_name(floor);
	return checks[check].name;
}

struct finding
verdict_check(enum check check, const struct demand *demand,
    const struct evidence *evidence)
{
	enum floor floor;

	assert(check < CHECK_COUNT);
	/* Level none asks for nothing; CHECK_LEVEL refuses level unset. */
	if (demand->level == LEVEL_NONE)
		return pass;
	if (check_is_floor(check, &floor))
		return verdict_check_floor(floor, demand, evidence);
	return checks[check].run(demand, evidence);
}

struct finding
verdict_decide(const struct demand *demand, const struct evidence *evidence)
{
	struct finding f = pass;

	assert(demand != NULL && evidence != NULL);
	for (unsigned i = 0; i < CHECK_COUNT; i++)
		f = verdict_worse(f,
		    verdict_check((enum check)i, demand, evidence));
	return f;
}

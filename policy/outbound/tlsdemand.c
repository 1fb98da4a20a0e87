/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/tlsdemand.h"

static const char *
tlsdemand_add_names(const struct words *names, struct tlspolicy *out)
{
	for (size_t i = 0; i < names->count; i++) {
		/* Postfix would take a host called "hostname" for its word
		 * that matches any name. */
		if (matchname_is_word(names->list[i]))
			return "a name is a keyword of Postfix";
		if (!matchnames_add(&out->match, names->list[i]))
			return "too many names";
	}
	return NULL;
}

static bool
tlsdemand_is_sha256(struct slice fingerprint)
{
	if (fingerprint.n != 7 + 64 ||
	    !slice_starts(fingerprint, SLICE("sha256:")))
		return false;
	for (size_t i = 7; i < fingerprint.n; i++)
		if (memchr("0123456789abcdef", fingerprint.p[i], 16) == NULL)
			return false;
	return true;
}

static const char *
tlsdemand_add_fingerprints(const struct words *fingerprints,
    struct tlspolicy *out)
{
	for (size_t i = 0; i < fingerprints->count; i++) {
		if (!tlsdemand_is_sha256(fingerprints->list[i]))
			return "a fingerprint is not SHA-256";
		if (!matchnames_add(&out->match, fingerprints->list[i]))
			return "too many fingerprints";
	}
	return NULL;
}

/* Adds a group; a Postfix policy has either names or digests. */
static const char *
tlsdemand_add_group(const struct peer_group *group, struct tlspolicy *out)
{
	bool names = group->names.count > 0;
	enum tls_level level =
	    names ? TLS_LEVEL_SECURE : TLS_LEVEL_FINGERPRINT;

	if (names == (group->fingerprints.count > 0) ||
	    group->subjects.count > 0 || group->issuers.count > 0 ||
	    group->logins.count > 0 || group->client_count > 0)
		return "Postfix can check names or fingerprints, not this";
	if (out->level != TLS_LEVEL_UNSET && out->level != level)
		return "names and fingerprints together";
	out->level = level;
	return names ? tlsdemand_add_names(&group->names, out)
		     : tlsdemand_add_fingerprints(&group->fingerprints, out);
}

static const char *
tlsdemand_identity_from(const struct demand *demand, struct tlspolicy *out)
{
	if (demand->dane) {
		out->level = TLS_LEVEL_DANE_ONLY;
		return demand->peer_count > 0
		    ? "names or fingerprints together with dane" : NULL;
	}
	assert(demand->peer_count == 0 || demand->peers != NULL);
	for (size_t i = 0; i < demand->peer_count; i++) {
		const char *problem =
		    tlsdemand_add_group(&demand->peers[i], out);

		if (problem != NULL)
			return problem;
	}
	if (demand->peer_count > 0)
		return NULL;
	out->level = TLS_LEVEL_SECURE;
	out->any_proof = true;
	matchnames_add(&out->match, SLICE("nexthop"));
	matchnames_add(&out->match, SLICE("dot-nexthop"));
	return NULL;
}

static const char *
tlsdemand_ask_version(int value, struct tlspolicy *out)
{
	out->protocols = tlspolicy_protocols((enum tls_version)value);
	return out->protocols == 0 ? "no such TLS version" : NULL;
}

static const char *
tlsdemand_ask_grade(int value, struct tlspolicy *out)
{
	out->grade = (enum grade)value;
	return NULL;
}

#define TLSDEMAND_REFUSAL(id, name, ...) \
	[id] = "Postfix cannot check " name,

static const char *const refusals[] = { FLOORS(TLSDEMAND_REFUSAL) };

/* What has no function here is refused. */
static const char *(*const asks[FLOOR_COUNT])(int value,
    struct tlspolicy *out) = {
	[FLOOR_TLS] = tlsdemand_ask_version,
	[FLOOR_GRADE] = tlsdemand_ask_grade,
};

static const char *
tlsdemand_add_floors(const struct demand *demand, struct tlspolicy *out)
{
	for (unsigned i = 0; i < FLOOR_COUNT; i++) {
		const char *problem;

		if (demand->floor[i] == 0)
			continue;
		problem = asks[i] == NULL ? refusals[i] :
		    asks[i](demand->floor[i], out);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

const char *
tlsdemand_policy(const struct demand *demand, struct slice host,
    struct tlspolicy *out)
{
	const char *problem;

	tlspolicy_init(out, host);
	problem = tlsdemand_add_floors(demand, out);
	if (problem != NULL)
		return problem;
	switch (demand->level) {
	case LEVEL_UNSET:
		return "the rule has no level";
	case LEVEL_NONE:
		out->level = TLS_LEVEL_MAY;
		return NULL;
	case LEVEL_ENCRYPT:
		out->level = TLS_LEVEL_ENCRYPT;
		return demand->dane || demand->peer_count > 0
		    ? "the identity of the peer needs level verify" : NULL;
	case LEVEL_VERIFY:
		return tlsdemand_identity_from(demand, out);
	}
	return "the rule has no level";
}

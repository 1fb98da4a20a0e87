/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/file/enforceable.h"
#include "policy/evidence/dialect.h"
#include "policy/staging.h"

/* Whether the field is given and, for a flag, true. */
static bool
enforceable_is_set(const struct draft *d, enum rule_field field)
{
	if (field == FIELD_ANY_PEER)
		return d->rule.demand.any_peer;
	if (field == FIELD_DANE)
		return d->rule.demand.dane;
	return node_is_given(d->field[field]);
}

/* Reports a field that the hop or level cannot have; false when it is set. */
static bool
enforceable_refuse(struct read_context *r, const struct draft *d,
    enum rule_field field, const char *why)
{
	if (!enforceable_is_set(d, field))
		return true;
	assert(node_is_given(d->field[field]));
	section_error(r, d->field[field], "%s", why);
	return false;
}

static bool
enforceable_refuse_all(struct read_context *r, const struct draft *d,
    const enum rule_field *fields, size_t count, const char *why)
{
	bool good = true;

	for (size_t i = 0; i < count; i++)
		good = enforceable_refuse(r, d, fields[i], why) && good;
	return good;
}

#define REFUSE_ALL(r, d, fields, why) \
	enforceable_refuse_all(r, d, fields, COUNT_OF(fields), why)

/* The fields that identify the peer, and need level verify. */
static const enum rule_field proofs[] = { FIELD_NAMES, FIELD_SUBJECTS,
	FIELD_ISSUERS, FIELD_FINGERPRINTS, FIELD_CERTIFICATES, FIELD_LOGINS,
	FIELD_ANY_PEER, FIELD_DANE };

static bool
enforceable_refuse_floor(struct read_context *r, const struct draft *d,
    unsigned floor, const char *why)
{
	return enforceable_refuse(r, d, (enum rule_field)(FIELD_FLOOR + floor),
	    why);
}

/* Reports the floors that the hop cannot be asked. */
static bool
enforceable_check_floors(struct read_context *r, const struct draft *d,
    enum hop hop)
{
	bool good = true;

	for (unsigned i = 0; i < FLOOR_COUNT; i++) {
		const char *why = floor_refusal((enum floor)i, hop);

		if (why != NULL)
			good = enforceable_refuse_floor(r, d, i, why) && good;
	}
	return good;
}

static bool
enforceable_check_level_none(struct read_context *r, const struct draft *d)
{
	static const enum rule_field others[] = { FIELD_PEERS, FIELD_CLIENTS };
	const char *why = "level \"none\" asks nothing, so this is never "
	    "checked: remove it";
	bool good = REFUSE_ALL(r, d, proofs, why);

	for (unsigned i = 0; i < FLOOR_COUNT; i++)
		good = enforceable_refuse_floor(r, d, i, why) && good;
	return REFUSE_ALL(r, d, others, why) && good;
}

static bool
enforceable_check_level_encrypt(struct read_context *r, const struct draft *d)
{
	const struct demand *demand = &d->rule.demand;
	bool good = REFUSE_ALL(r, d, proofs, "this is checked only with level "
	    "= \"verify\"");

	for (size_t i = 0; i < demand->peer_count; i++)
		if (peer_group_is_proof(&demand->peers[i])) {
			section_error(r, d->field[FIELD_PEERS], "the peer's "
			    "identity is checked only with level = \"verify\"");
			return false;
		}
	return good;
}

static bool
enforceable_check_earlier(struct read_context *r, const struct draft *d)
{
	static const enum rule_field others[] = { FIELD_PEERS, FIELD_CLIENTS };
	const char *why = "the evidence of earlier hops is their Received "
	    "fields, which do not prove this";
	bool good = REFUSE_ALL(r, d, proofs, why);

	good = REFUSE_ALL(r, d, others, why) && good;
	good = enforceable_check_floors(r, d, HOP_EARLIER) && good;
	if (d->rule.demand.level == LEVEL_VERIFY) {
		section_error(r, d->field[FIELD_LEVEL], "earlier takes only "
		    "\"none\" or \"encrypt\"");
		return false;
	}
	return good;
}

static bool
enforceable_check_outbound(struct read_context *r, const struct draft *d)
{
	static const enum rule_field inward[] = { FIELD_SUBJECTS,
		FIELD_ISSUERS, FIELD_LOGINS, FIELD_CLIENTS, FIELD_ANY_PEER };
	static const enum rule_field ways[] = { FIELD_NAMES,
		FIELD_FINGERPRINTS, FIELD_CERTIFICATES, FIELD_DANE };
	enum rule_field first = FIELD_COUNT;
	bool good = REFUSE_ALL(r, d, inward, "the MTA's TLS client cannot "
	    "check this: outbound takes names, fingerprints or dane");

	good = enforceable_check_floors(r, d, HOP_OUTBOUND) && good;
	good = enforceable_refuse(r, d, FIELD_PEERS,
		   "outbound takes one identity: write names, fingerprints or "
		   "dane without a group") &&
	    good;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		if (!enforceable_is_set(d, ways[i]))
			continue;
		/* These two are one list. */
		if (first < FIELD_COUNT && !(first == FIELD_FINGERPRINTS &&
			ways[i] == FIELD_CERTIFICATES)) {
			section_error(r, d->field[ways[i]], "outbound takes "
			    "one of names, fingerprints and dane; %s is "
			    "already set", node_name(d->field[first]));
			good = false;
		}
		first = ways[i];
	}
	return good;
}

static bool
enforceable_sends_fingerprint(const struct dialect *dialect)
{
	return dialect->sends[MACRO_CERT_FP] || dialect->sends[MACRO_CERT_MD5];
}

/* The MTA is recognised by its macros: warns of each that sends no fingerprint.
 */
static void
enforceable_warn_of_mtas(struct read_context *r, struct node at)
{
	for (unsigned i = 0; i < MTA_COUNT; i++) {
		const struct dialect *dialect = dialect_of((enum mta)i);

		if (dialect_is_known(dialect) &&
		    !enforceable_sends_fingerprint(dialect))
			section_warning(r, at, "%s reports no fingerprint "
			    "to a milter: with %s this is never proven",
			    dialect->title, dialect->title);
	}
}

/* Whether the MTA sends the fingerprints that the rule has at this node. */
static bool
enforceable_check_mta(struct read_context *r, struct node at)
{
	const struct settings *settings = &r->policy->settings;
	const struct dialect *dialect = dialect_of(settings->mta);

	if (settings_recognise_mta(settings)) {
		enforceable_warn_of_mtas(r, at);
		return true;
	}
	if (enforceable_sends_fingerprint(dialect))
		return true;
	section_error(r, at, "%s reports no fingerprint to a milter "
	    "(milter.mta = \"%s\"): use names, subjects or logins",
	    dialect->title, dialect->setting);
	return false;
}

/* The same for the keys that list them, of which a rule may have both. */
static bool
enforceable_check_pins(struct read_context *r, struct node fingerprints,
    struct node certificates)
{
	bool good = !node_is_given(fingerprints) ||
	    enforceable_check_mta(r, fingerprints);

	return (!node_is_given(certificates) ||
	    enforceable_check_mta(r, certificates)) && good;
}

static bool
enforceable_refuse_clients_alone(struct read_context *r, struct node at)
{
	section_error(r, at, "a client's address proves no identity: with "
	    "level \"verify\", clients also need names, subjects, issuers, "
	    "fingerprints or logins");
	return false;
}

/* A group whose other keys were refused has been reported already. */
static bool
enforceable_check_group(struct read_context *r, struct node at,
    const struct peer_group *group)
{
	struct node clients = node_key(at, "clients");

	if (node_is_given(clients) && node_count(at) == 1)
		return enforceable_refuse_clients_alone(r, clients);
	if (!enforceable_check_pins(r, node_key(at, "fingerprints"),
		node_key(at, "certificates")))
		return false;
	return peer_group_is_proof(group);
}

static bool
enforceable_check_peers(struct read_context *r, const struct draft *d)
{
	struct node at = d->field[FIELD_PEERS];
	bool good = true;

	for (size_t i = 0; i < d->rule.demand.peer_count; i++)
		good = enforceable_check_group(r, node_member(at, i),
			   &d->rule.demand.peers[i]) &&
		    good;
	return good;
}

static bool
enforceable_check_direct(struct read_context *r, const struct draft *d)
{
	bool proof = false;

	for (unsigned i = 0; i < FIELD_PEER_COUNT; i++)
		proof = proof ||
		    (i != FIELD_CLIENTS && node_is_given(d->field[i]));
	if (!proof)
		return enforceable_refuse_clients_alone(r,
		    d->field[FIELD_CLIENTS]);
	if (!enforceable_check_pins(r, d->field[FIELD_FINGERPRINTS],
		d->field[FIELD_CERTIFICATES]))
		return false;
	return peer_group_is_proof(&d->direct);
}

static struct node
enforceable_first_direct(const struct draft *d)
{
	for (unsigned i = 0; i < FIELD_PEER_COUNT; i++)
		if (node_is_given(d->field[i]))
			return d->field[i];
	return NODE_NONE;
}

/* Inbound, entry: level verify needs an identity, and only one kind of it. */
static bool
enforceable_check_identity(struct read_context *r, const struct draft *d)
{
	struct node first = enforceable_first_direct(d);
	bool direct = node_is_given(first);
	bool peers = node_is_given(d->field[FIELD_PEERS]);

	if (direct && peers) {
		section_error(r, first, "%s cannot be used together with "
		    "peers: put it into one of their groups", node_name(first));
		return false;
	}
	if ((direct || peers) && d->rule.demand.any_peer) {
		section_error(r, d->field[FIELD_ANY_PEER], "any_peer and %s "
		    "contradict each other", direct ? node_name(first) :
		    "peers");
		return false;
	}
	if (d->rule.demand.level != LEVEL_VERIFY)
		return true;
	if (!direct && !peers && !d->rule.demand.any_peer) {
		section_error(r, d->at, "level \"verify\" without identity: "
		    "any certificate of any authority that the MTA trusts "
		    "would be accepted. Set names, subjects, issuers, "
		    "fingerprints or logins; or any_peer = true");
		return false;
	}
	return peers ? enforceable_check_peers(r, d) :
	    !direct || enforceable_check_direct(r, d);
}

static bool
enforceable_check_inward(struct read_context *r, const struct draft *d,
    enum hop hop)
{
	bool good = enforceable_refuse(r, d, FIELD_DANE,
	    "dane is about the next hop: it belongs in outbound");

	good = enforceable_check_floors(r, d, hop) && good;
	return good && enforceable_check_identity(r, d);
}

bool
enforceable_demand(struct read_context *r, const struct draft *d, enum hop hop)
{
	bool good = true;

	assert(hop < HOP_COUNT);
	if (!node_is_given(d->field[FIELD_LEVEL])) {
		section_error(r, d->at, "level is missing: \"none\", "
		    "\"encrypt\" or \"verify\"");
		good = false;
	}
	if (d->rule.demand.level == LEVEL_NONE)
		return enforceable_check_level_none(r, d) && good;
	switch (hop) {
	case HOP_INBOUND:
	case HOP_ENTRY:
		good = enforceable_check_inward(r, d, hop) && good;
		break;
	case HOP_EARLIER:
		return enforceable_check_earlier(r, d) && good;
	case HOP_OUTBOUND:
		good = enforceable_check_outbound(r, d) && good;
		break;
	case HOP_COUNT:
		return false;
	}
	if (good && d->rule.demand.level == LEVEL_ENCRYPT)
		good = enforceable_check_level_encrypt(r, d);
	return good;
}

static bool
enforceable_check_stage(struct read_context *r, const struct draft *d,
    enum hop hop)
{
	enum stage stage = d->rule.stage;
	char words[STAGE_LIST];
	struct text list;

	if (!node_is_given(d->field[FIELD_STAGE])) {
		section_error(r, d->at, "stage is missing: start with "
		    "\"log-only\"");
		return false;
	}
	/* An unknown stage has been reported already. */
	if (stage == STAGE_UNSET || stage_is_for(stage, hop))
		return true;
	text_init(&list, words, sizeof(words));
	stage_list_for(hop, &list);
	section_error(r, d->field[FIELD_STAGE], "%s cannot %s: it takes %s",
	    hop_name(hop), stage_name(stage), words);
	return false;
}

static bool
enforceable_check_servername(struct read_context *r, const struct draft *d,
    enum hop hop)
{
	if (hop != HOP_OUTBOUND)
		return enforceable_refuse(r, d, FIELD_SERVERNAME, "servername "
		    "is sent to the next hop: it belongs in outbound");
	if (d->rule.demand.level == LEVEL_NONE)
		return enforceable_refuse(r, d, FIELD_SERVERNAME, "level "
		    "\"none\" asks nothing, so this is never sent: remove "
		    "it");
	if (d->rule.demand.dane)
		return enforceable_refuse(r, d, FIELD_SERVERNAME, "with dane "
		    "the MTA sends the name of the TLSA records: remove it");
	return true;
}

static bool
enforceable_has_clients(const struct draft *d)
{
	for (size_t i = 0; i < d->rule.demand.peer_count; i++)
		if (d->rule.demand.peers[i].client_count > 0)
			return true;
	return d->direct.client_count > 0;
}

bool
enforceable_rule(struct read_context *r, const struct draft *d, enum hop hop)
{
	bool good = enforceable_check_stage(r, d, hop);

	if (hop != HOP_INBOUND && hop != HOP_ENTRY)
		good = enforceable_refuse(r, d, FIELD_ACKNOWLEDGE,
			   "acknowledge_rfc3207 is for inbound and entry "
			   "only") &&
		    good;
	if (hop != HOP_INBOUND)
		good = enforceable_refuse(r, d, FIELD_ELSEWHERE,
			   "elsewhere is about the partner's senders: it "
			   "belongs in inbound") &&
		    good;
	else if (d->rule.elsewhere == ELSEWHERE_LOG &&
	    !enforceable_has_clients(d)) {
		section_error(r, d->field[FIELD_ELSEWHERE], "elsewhere needs "
		    "clients: add them to the rule");
		good = false;
	}
	good = enforceable_check_servername(r, d, hop) && good;
	if (d->rule.never_below > d->rule.demand.level &&
	    d->rule.demand.level != LEVEL_UNSET) {
		section_error(r, d->field[FIELD_NEVER_BELOW], "is stricter "
		    "than the rule itself, whose level is \"%s\"",
		    level_name(d->rule.demand.level));
		good = false;
	}
	return good;
}

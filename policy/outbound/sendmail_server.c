/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/sendmail_server.h"
#include "policy/base/text.h"
#include "policy/evidence/evidence.h"
#include "policy/names/domain.h"
#include "policy/outbound/tlspolicy.h"
#include "policy/reason.h"

/* The fields of a key, in their order. */
enum server_field {
	FIELD_DOMAIN,
	FIELD_SERVER,
	FIELD_VERIFY,
	FIELD_VERSION,
	FIELD_BITS,
	FIELD_CIPHER,
	FIELD_NAME,
	FIELD_FINGERPRINT,
	FIELD_COUNT
};

/* The fields that are macros. */
static const struct {
	enum server_field field;
	enum macro macro;
} macros_of[] = {
	{ FIELD_VERIFY, MACRO_VERIFY },
	{ FIELD_VERSION, MACRO_TLS_VERSION },
	{ FIELD_BITS, MACRO_CIPHER_BITS },
	{ FIELD_CIPHER, MACRO_CIPHER },
	{ FIELD_FINGERPRINT, MACRO_CERT_FP },
};

static bool
server_cut_fields(struct slice key, struct slice fields[FIELD_COUNT])
{
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		if (!slice_next(&key, '/', &fields[i]))
			return false;
		fields[i] = slice_trim(fields[i]);
	}
	return key.n == 0;
}

/*
 * Sendmail expands a macro that is not set to an empty text (FACTS 89). A key
 * has neither address nor version, without which a missing macro proves
 * nothing: both are filled in, and the address is removed from the evidence.
 */
static void
server_gather(const struct slice fields[FIELD_COUNT], struct arena *a,
    struct evidence *out)
{
	struct macros m = { { { NULL, 0 } } };
	struct domain name;

	m.value[MACRO_CLIENT_ADDR] = SLICE("0.0.0.0");
	m.value[MACRO_MTA_VERSION] = SLICE("8");
	for (size_t i = 0; i < COUNT_OF(macros_of); i++)
		if (fields[macros_of[i].field].n > 0)
			m.value[macros_of[i].macro] =
			    fields[macros_of[i].field];
	evidence_from_macros(&m, MTA_SENDMAIL, a, out);
	out->client.family = 0;
	if (out->tls != PROOF_PRESENT)
		return;
	/* A CN does not name a server (RFC 9525 section 2). */
	out->peer = (struct fact){ PROOF_ABSENT, SLICE_NONE };
	if (domain_from(fields[FIELD_NAME], &name))
		out->peer = (struct fact){ PROOF_PRESENT,
			arena_copy(a, domain_slice(&name)) };
}

/* Sendmail writes a server that it was given by address with the brackets. */
static void
server_read_key(struct slice name, struct arena *a, struct outbound_key *out)
{
	if (name.n == 0 || name.p[0] != '[')
		name = slice_of(arena_printf(a, "[%.*s]", SLICE_ARGS(name)));
	outbound_key_read(name, out);
}

/* Whether the server was given by its address, which only a route does, and no
 * row is about the mail. A name may be that of an MX host. */
static bool
server_is_unlisted(const struct outbound_key *host, const struct nexthop *hop)
{
	return host->key.kind == KEY_LITERAL && !host->on_host &&
	    hop->kind == OUTBOUND_NOTFOUND;
}

/*
 * Whether the server is on this host, whoever chose its name. A name below
 * localhost may be that of an MX host, whose address a DNS server gives: not
 * every resolver keeps RFC 6761 section 6.3.
 */
static bool
server_is_here(const struct outbound_key *host)
{
	return host->on_host && (host->host.kind == KEY_LITERAL ||
	    slice_eq(key_slice(&host->host), SLICE("localhost")));
}

/*
 * The rows of the recipient's domain, and those of the server, which may be a
 * relay with a row of its own. Mail to a server on this host crosses no wire:
 * a row that names the server decides alone, and "*" does not apply.
 */
static void
server_judge_both(const struct policy *policy,
    const struct slice fields[FIELD_COUNT], int64_t now, struct arena *a,
    struct sendmail_server *answer)
{
	struct nexthop *out = &answer->hop;
	struct evidence evidence;
	/* {verify} is TRUSTED when Sendmail itself checked TLSA records
	 * (FACTS 90). */
	struct nexthop_proof proof = { &evidence,
		slice_eq(fields[FIELD_VERIFY], SLICE("TRUSTED")) };
	struct outbound_key domain, host;
	struct nexthop server;

	server_gather(fields, a, &evidence);
	server_read_key(fields[FIELD_SERVER], a, &host);
	nexthop_judge(policy, &host, now, &proof, a, &server);
	if (host.on_host && server.kind == OUTBOUND_OK) {
		*out = server;
		return;
	}
	outbound_key_read(fields[FIELD_DOMAIN], &domain);
	domain.on_host = server_is_here(&host);
	nexthop_judge(policy, &domain, now, &proof, a, out);
	nexthop_merge(out, &server);
	answer->server = fields[FIELD_SERVER];
	answer->encrypted = evidence.tls == PROOF_PRESENT;
	answer->unlisted = server_is_unlisted(&host, out);
}

static void
server_write_finding(const struct nexthop *hop, struct text *t)
{
	char name[64];

	assert(hop->judged_by.rule != NULL);
	if (hop->finding.verdict == VERDICT_PASS) {
		text_add(t, "OK good");
		return;
	}
	slice_show(outbound_row_name(&hop->judged_by), name, sizeof(name));
	text_add(t, "OK wait %s by rule of %s",
	    reason_name(hop->finding.reason), name);
}

/* What unlisted_routes makes wait; NULL: nothing. */
static const char *
server_unlisted_problem(const struct settings *settings,
    const struct sendmail_server *server)
{
	if (!server->unlisted)
		return NULL;
	switch (settings->unlisted_routes) {
	case UNLISTED_LOG:
		return NULL;
	case UNLISTED_ENCRYPT:
		return server->encrypted ? NULL :
		    "OK wait plaintext, and no row names this route";
	case UNLISTED_DEFER:
		break;
	}
	return "OK wait no row names this route";
}

static void
server_write_answer(const struct settings *settings,
    struct sendmail_server *out)
{
	const char *problem = server_unlisted_problem(settings, out);
	struct text t;

	text_init(&t, out->text, sizeof(out->text));
	if (problem != NULL) {
		out->hop.kind = OUTBOUND_OK;
		text_add(&t, "%s", problem);
		out->n = text_length(&t);
		return;
	}
	switch (out->hop.kind) {
	case OUTBOUND_OK:
		server_write_finding(&out->hop, &t);
		break;
	case OUTBOUND_NOTFOUND:
		text_add(&t, "NOTFOUND ");
		break;
	case OUTBOUND_TEMP:
		text_add(&t, "TEMP the next hop cannot be read");
		break;
	}
	out->n = text_length(&t);
}

void
sendmail_server_judge(const struct policy *policy, struct slice key,
    int64_t now, struct arena *a, struct sendmail_server *out)
{
	struct slice fields[FIELD_COUNT];

	out->unlisted = out->encrypted = false;
	out->hop.kind = OUTBOUND_NOTFOUND;
	out->hop.finding =
	    (struct finding){ VERDICT_UNDECIDED, REASON_UNSET };
	if (policy_mode(policy, HOP_OUTBOUND, now) != MODE_LOG_ONLY &&
	    table_has_hop(policy->table, HOP_OUTBOUND)) {
		if (server_cut_fields(key, fields))
			server_judge_both(policy, fields, now, a, out);
		else
			out->hop.kind = OUTBOUND_TEMP;
	}
	server_write_answer(&policy->settings, out);
}

/* The sts map. */

/* Adds one name; false when it matches any name, or none. */
static bool
server_add_sts_name(struct slice token, struct slice host, struct text *t)
{
	bool below = slice_ieq(token, SLICE("dot-nexthop"));

	if (matchname_is_any(token))
		return false;
	if (matchname_is_word(token))
		token = host;
	text_join(t, ":", "%s%.*s", below ? "." : "", SLICE_ARGS(token));
	return token.n > 0;
}

/* The names of policy, separated by colons; false when one cannot be
 * written. */
static bool
server_add_sts_names(const struct tlspolicy *policy, struct slice host,
    struct text *t)
{
	for (unsigned i = 0; i < policy->match.n; i++)
		if (!server_add_sts_name(policy->match.list[i], host, t))
			return false;
	return true;
}

void
sendmail_server_sts(const struct outbound_key *key,
    struct outbound_answer *answer)
{
	char list[OUTBOUND_ANSWER_SIZE];
	struct tlspolicy policy;
	struct text names, t;
	bool good;

	if (answer->kind != OUTBOUND_OK)
		return;
	if (key->form != OUTBOUND_FORM_HOST ||
	    !tlspolicy_parse((struct slice){ answer->text + 3,
		answer->n - 3 }, key_slice(&key->host), &policy) ||
	    policy.level != TLS_LEVEL_SECURE) {
		answer->kind = OUTBOUND_NOTFOUND;
		answer->n = 9;
		memcpy(answer->text, "NOTFOUND ", 9);
		return;
	}
	text_init(&names, list, sizeof(list));
	good = server_add_sts_names(&policy, key_slice(&key->host), &names);
	/* policy borrows from the text that is overwritten here. */
	text_init(&t, answer->text, sizeof(answer->text));
	text_add(&t, "OK secure match=%s servername=hostname", list);
	if (!good || names.cut || t.cut) {
		answer->kind = OUTBOUND_TEMP;
		text_init(&t, answer->text, sizeof(answer->text));
		text_add(&t, "TEMP no names to check");
	}
	answer->n = text_length(&t);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/outbound/sendmail_server.h"
#include "policy/base/text.h"
#include "policy/evidence/evidence.h"
#include "policy/names/domain.h"
#include "policy/outbound/tlspolicy.h"

/* What stands between the slashes of a key, in that order. */
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

/* Where a field goes before the macros are judged. */
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

/* Sendmail expands a macro that is not set to nothing (FACTS 89). */
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
	/* The CN is no name of a server (RFC 9525 section 2). */
	out->peer = (struct fact){ PROOF_ABSENT, SLICE_NONE };
	if (domain_from(fields[FIELD_NAME], &name))
		out->peer = (struct fact){ PROOF_PRESENT,
			arena_copy(a, domain_slice(&name)) };
}

/* What a rule asks, with the next hop's own names where it gives none. */
static struct demand
server_demand_of(const struct outbound_row *row, const struct key *host,
    struct arena *a)
{
	struct demand d = row->exception == NULL
	    ? row->rule->demand : exception_demand(row->exception);
	struct peer_group *own;
	struct slice *names;

	if (d.level != LEVEL_VERIFY || d.dane || d.peer_count > 0)
		return d;
	own = arena_alloc(a, sizeof(*own));
	names = arena_array(a, 2, sizeof(*names));
	names[0] = arena_copy(a, key_slice(host));
	names[1] = slice_of(arena_printf(a, ".%.*s",
	    SLICE_ARGS(key_slice(host))));
	own->names = (struct words){ names, 2 };
	d.peers = own;
	d.peer_count = 1;
	return d;
}

/* {verify} is TRUSTED when Sendmail itself checked TLSA records
 * (FACTS 90). */
static struct finding
server_judge_dane(struct demand d, const struct evidence *evidence,
    struct slice verify)
{
	if (!slice_eq(verify, SLICE("TRUSTED")))
		return (struct finding){ VERDICT_FAIL, REASON_DANE_REQUIRED };
	d.level = LEVEL_ENCRYPT;
	d.dane = false;
	return verdict_decide(&d, evidence);
}

/* Judges one row; a failure stays what it is, whatever is judged after. */
static void
server_judge_row(const struct outbound_row *row, const struct key *host,
    const struct evidence *evidence, struct slice verify, struct arena *a,
    struct sendmail_server *out)
{
	struct demand d;
	struct finding finding;

	if (row->rule == NULL || (out->kind == OUTBOUND_OK &&
	    out->finding.verdict != VERDICT_PASS))
		return;
	d = server_demand_of(row, host, a);
	finding = d.dane ? server_judge_dane(d, evidence, verify)
			 : verdict_decide(&d, evidence);
	out->kind = OUTBOUND_OK;
	out->finding = finding;
	out->speaks = *row;
}

/* Everything that speaks for one key; false when it cannot be read. */
static bool
server_judge_key(const struct policy *policy, struct slice key, int64_t now,
    const struct evidence *evidence, struct slice verify, struct arena *a,
    struct sendmail_server *out)
{
	struct outbound_row speaks, other;
	struct key host;

	switch (outbound_rows(policy, key, now, &host, &speaks, &other)) {
	case OUTBOUND_HOST:
		server_judge_row(&speaks, &host, evidence, verify, a, out);
		server_judge_row(&other, &host, evidence, verify, a, out);
		return true;
	case OUTBOUND_BAD:
	case OUTBOUND_PARENT:
	case OUTBOUND_PATH:
		break;
	}
	return false;
}

/* The recipient's domain and the server, which may be a relay with a row of
 * its own. A key that cannot be read may hide a rule. */
static void
server_judge_both(const struct policy *policy,
    const struct slice fields[FIELD_COUNT], int64_t now, struct arena *a,
    struct sendmail_server *out)
{
	struct slice verify = fields[FIELD_VERIFY];
	struct slice server = slice_of(arena_printf(a, "[%.*s]",
	    SLICE_ARGS(fields[FIELD_SERVER])));
	struct evidence evidence;
	bool read;

	server_gather(fields, a, &evidence);
	read = server_judge_key(policy, fields[FIELD_DOMAIN], now, &evidence,
	    verify, a, out);
	read =
	    server_judge_key(policy, server, now, &evidence, verify, a, out) &&
	    read;
	if (!read && (out->kind != OUTBOUND_OK ||
	    out->finding.verdict == VERDICT_PASS))
		out->kind = OUTBOUND_TEMP;
}

static void
server_say_judged(const struct sendmail_server *out, struct text *t)
{
	char name[64];

	if (out->finding.verdict == VERDICT_PASS) {
		text_add(t, "OK good");
		return;
	}
	slice_show(out->speaks.rule->partner->name.p != NULL
		? out->speaks.rule->partner->name : out->speaks.row.key,
	    name, sizeof(name));
	text_add(t, "OK wait %s by rule of %s",
	    reason_name(out->finding.reason), name);
}

static void
server_say(struct sendmail_server *out)
{
	struct text t;

	text_init(&t, out->text, sizeof(out->text));
	switch (out->kind) {
	case OUTBOUND_OK:
		server_say_judged(out, &t);
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

	out->kind = OUTBOUND_NOTFOUND;
	out->finding = (struct finding){ VERDICT_UNDECIDED, REASON_UNSET };
	if (policy->settings.mode != MODE_LOG_ONLY &&
	    table_has_hop(policy->table, HOP_OUTBOUND)) {
		if (server_cut_fields(key, fields))
			server_judge_both(policy, fields, now, a, out);
		else
			out->kind = OUTBOUND_TEMP;
	}
	server_say(out);
}

/* ---- the sts map ---- */

/* Adds one name; false when it stands for any name, or for none. */
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

/* The names of policy, separated by colons; false when one cannot be said. */
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
sendmail_server_sts(struct slice key, struct outbound_answer *answer)
{
	char list[OUTBOUND_ANSWER];
	struct tlspolicy policy;
	struct text names, t;
	struct key host;
	bool brackets, good;

	if (answer->kind != OUTBOUND_OK)
		return;
	if (!key_nexthop_host(key, &host, &brackets) ||
	    !tlspolicy_parse((struct slice){ answer->text + 3,
		answer->n - 3 }, key_slice(&host), &policy) ||
	    policy.level != TLS_LEVEL_SECURE) {
		answer->kind = OUTBOUND_NOTFOUND;
		answer->n = 9;
		memcpy(answer->text, "NOTFOUND ", 9);
		return;
	}
	text_init(&names, list, sizeof(list));
	good = server_add_sts_names(&policy, key_slice(&host), &names);
	/* What policy borrows is written over from here on. */
	text_init(&t, answer->text, sizeof(answer->text));
	text_add(&t, "OK secure match=%s servername=hostname", list);
	if (!good || names.cut || t.cut) {
		answer->kind = OUTBOUND_TEMP;
		text_init(&t, answer->text, sizeof(answer->text));
		text_add(&t, "TEMP no names to check");
	}
	answer->n = text_length(&t);
}

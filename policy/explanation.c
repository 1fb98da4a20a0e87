/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdarg.h>

#include "policy/explanation.h"

enum { PHRASES = 768, SHOWN = 200 };

/* A sentence that grows by phrases. */
struct phrases {
	char text[PHRASES];
	size_t n;
};

static void say(struct phrases *p, const char *between, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

static void
say(struct phrases *p, const char *between, const char *format, ...)
{
	va_list args;
	int more;

	if (p->n > 0 && p->n < PHRASES - 1) {
		more = snprintf(p->text + p->n, PHRASES - p->n, "%s", between);
		p->n += more < 0 ? 0 : (size_t)more;
	}
	if (p->n >= PHRASES - 1)
		return;
	va_start(args, format);
	more = vsnprintf(p->text + p->n, PHRASES - p->n, format, args);
	va_end(args);
	p->n += more < 0 ? 0 : (size_t)more;
	if (p->n > PHRASES - 1) {
		memcpy(p->text + PHRASES - 4, "...", 4);
		p->n = PHRASES - 1;
	}
}

static const char *
keep(const struct phrases *p, struct arena *a)
{
	return arena_string(a, (struct slice){ p->text, p->n });
}

/* Names */

static size_t
names_for(const struct policy *policy, enum hop hop,
    const struct destinations *names, struct arena *a,
    struct explained_name *out)
{
	if (!table_has_hop(policy->table, hop))
		return 0;
	for (size_t i = 0; i < names->count; i++) {
		struct row rows[TABLE_ROWS];
		struct row *kept;

		out[i].hop = hop;
		out[i].name = names->list[i];
		out[i].count = recipient_rows(policy, hop, &names->list[i],
		    rows);
		kept = arena_array(a, out[i].count + 1, sizeof(*kept));
		memcpy(kept, rows, out[i].count * sizeof(*kept));
		out[i].rows = kept;
	}
	return names->count;
}

size_t
explanation_names(const struct policy *policy, const struct attempt *attempt,
    struct arena *a, struct explained_name **out)
{
	struct destinations to, from;
	struct explained_name *list = arena_array(a,
	    (size_t)HOP_COUNT * DESTINATIONS, sizeof(*list));
	size_t n;

	destinations_of_recipient(attempt, &policy->settings, a, &to);
	destinations_of_sender(attempt, a, &from);
	n = names_for(policy, HOP_INBOUND, &from, a, list);
	n += names_for(policy, HOP_ENTRY, &to, a, list + n);
	n += names_for(policy, HOP_EARLIER, &to, a, list + n);
	n += names_for(policy, HOP_OUTBOUND, &to, a, list + n);
	*out = list;
	return n;
}

/* Steps */

static bool
is_asked(enum check check, const struct demand *demand)
{
	if (demand->level == LEVEL_NONE)
		return false;
	switch (check) {
	case CHECK_LEVEL:
		return demand->level == LEVEL_UNSET;
	case CHECK_TLS:
		return true;
	case CHECK_VERSION:
		return demand->min_tls != TLS_NONE;
	case CHECK_BITS:
		return demand->min_bits > 0;
	case CHECK_GRADE:
		return demand->min_grade != GRADE_NONE;
	case CHECK_PEER:
		return demand->level == LEVEL_VERIFY || demand->peer_count > 0;
	case CHECK_COUNT:
		break;
	}
	return true;
}

/* What is asked of the peer is all of the demand but its floors. */
static const char *
show_peer_demand(const struct demand *demand, struct arena *a)
{
	struct demand peer = *demand;
	char text[PHRASES];

	peer.min_tls = TLS_NONE;
	peer.min_bits = 0;
	peer.min_grade = GRADE_NONE;
	demand_show(&peer, text, sizeof(text));
	return arena_string(a, slice_of(text));
}

static const char *
show_wanted(enum check check, const struct demand *demand, struct arena *a)
{
	switch (check) {
	case CHECK_LEVEL:
		return level_name(demand->level);
	case CHECK_TLS:
		return "TLS";
	case CHECK_VERSION:
		return arena_printf(a, "TLS %s or later",
		    tls_version_name(demand->min_tls));
	case CHECK_BITS:
		return arena_printf(a, "%d bits or more", demand->min_bits);
	case CHECK_GRADE:
		return arena_printf(a, "grade %s or better",
		    grade_name(demand->min_grade));
	case CHECK_PEER:
		return show_peer_demand(demand, a);
	case CHECK_COUNT:
		break;
	}
	return "";
}

static void
say_fact(struct phrases *p, const char *what, const struct fact *fact)
{
	char shown[SHOWN];

	if (fact->proof == PROOF_PRESENT) {
		slice_show(fact->text, shown, sizeof(shown));
		say(p, ", ", "%s \"%s\"", what, shown);
	} else {
		say(p, ", ", fact->proof == PROOF_ABSENT ? "no %s" :
		    "%s not known", what);
	}
}

static bool
asks_for(const struct demand *demand, size_t offset)
{
	for (size_t i = 0; i < demand->peer_count; i++) {
		const struct words *words = (const void *)
		    ((const char *)&demand->peers[i] + offset);

		if (words->count > 0)
			return true;
	}
	return false;
}

static bool
asks_clients(const struct demand *demand)
{
	for (size_t i = 0; i < demand->peer_count; i++)
		if (demand->peers[i].client_count > 0)
			return true;
	return false;
}

static const char *
show_verified(enum proof verified)
{
	switch (verified) {
	case PROOF_PRESENT:
		return "certificate verified";
	case PROOF_ABSENT:
		return "no verified certificate";
	case PROOF_UNKNOWN:
		break;
	}
	return "not known whether verified";
}

static const char *
show_peer(const struct demand *demand, const struct evidence *e,
    struct arena *a)
{
	static const struct {
		size_t asked, fact;
		const char *what;
	} facts[] = {
		{ offsetof(struct peer_group, names),
		    offsetof(struct evidence, peer), "name" },
		{ offsetof(struct peer_group, subjects),
		    offsetof(struct evidence, subject), "subject" },
		{ offsetof(struct peer_group, issuers),
		    offsetof(struct evidence, issuer), "issuer" },
		{ offsetof(struct peer_group, fingerprints),
		    offsetof(struct evidence, fingerprint), "fingerprint" },
		{ offsetof(struct peer_group, logins),
		    offsetof(struct evidence, login), "login" },
	};
	struct phrases p = { .n = 0 };
	char client[64];

	say(&p, "", "%s", show_verified(e->verified));
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (asks_for(demand, facts[i].asked))
			say_fact(&p, facts[i].what, (const void *)
			    ((const char *)e + facts[i].fact));
	if (asks_clients(demand))
		say(&p, ", ", "client %s", e->client.family == 0 ?
		    "not known" : netaddr_show(&e->client, client,
		    sizeof(client)));
	return keep(&p, a);
}

static const char *
show_tls(enum proof tls)
{
	switch (tls) {
	case PROOF_PRESENT:
		return "TLS";
	case PROOF_ABSENT:
		return "plaintext";
	case PROOF_UNKNOWN:
		break;
	}
	return "not known";
}

static const char *
show_text(struct slice text, struct arena *a)
{
	char shown[SHOWN];

	if (text.n == 0)
		return "not known";
	slice_show(text, shown, sizeof(shown));
	return arena_string(a, slice_of(shown));
}

static const char *
show_came(enum check check, const struct demand *demand,
    const struct evidence *e, struct arena *a)
{
	switch (check) {
	case CHECK_LEVEL:
		return "";
	case CHECK_TLS:
		return show_tls(e->tls);
	case CHECK_VERSION:
		return show_text(e->version_text, a);
	case CHECK_BITS:
		return e->bits == 0 ? "not known" :
		    arena_printf(a, "%d bits", e->bits);
	case CHECK_GRADE:
		return show_text(e->cipher, a);
	case CHECK_PEER:
		return show_peer(demand, e, a);
	case CHECK_COUNT:
		break;
	}
	return "";
}

size_t
explanation_steps(const struct demand *demand,
    const struct evidence *evidence, struct arena *a,
    struct explained_step out[CHECK_COUNT])
{
	size_t n = 0;

	for (unsigned i = 0; i < CHECK_COUNT; i++) {
		enum check check = (enum check)i;

		if (!is_asked(check, demand))
			continue;
		out[n].check = check;
		out[n].finding = verdict_check(check, demand, evidence);
		out[n].wanted = show_wanted(check, demand, a);
		out[n].came = show_came(check, demand, evidence, a);
		n++;
	}
	return n;
}

/* The smallest change */

static struct fact
fact_of(struct slice text)
{
	return (struct fact){ PROOF_PRESENT, text };
}

/* A host name that a pattern covers. */
static struct slice
host_of(struct slice pattern, struct arena *a)
{
	if (pattern.n == 0 || pattern.p[0] != '.')
		return pattern;
	return slice_of(arena_printf(a, "host%.*s", SLICE_ARGS(pattern)));
}

/* Mends one list of a group if the judge misses it; says so. */
static void
mend_words(const struct words *words, struct fact *fact, const char *what,
    struct arena *a, struct phrases *p)
{
	char shown[SHOWN];
	struct slice text;

	if (words->count == 0)
		return;
	for (size_t i = 0; i < words->count; i++)
		if (fact->proof == PROOF_PRESENT &&
		    slice_eq(words->list[i], fact->text))
			return;
	text = host_of(words->list[0], a);
	slice_show(words->list[0], shown, sizeof(shown));
	say(p, ", ", "%s %s%s", what, shown, words->count > 1 ?
	    " (or another that is listed)" : "");
	*fact = fact_of(text);
}

/* The group that fails least: a peer that is nearly right is told what it
 * lacks, not what somebody else would need. */
static const struct peer_group *
nearest_group(const struct demand *demand, const struct evidence *e)
{
	for (size_t i = 0; i < demand->peer_count; i++) {
		struct demand one = *demand;

		one.peers = &demand->peers[i];
		one.peer_count = 1;
		if (verdict_check(CHECK_PEER, &one, e).reason ==
		    REASON_IDENTITY_MISMATCH)
			return &demand->peers[i];
	}
	return &demand->peers[0];
}

static void
mend_verified(struct evidence *e, struct phrases *p)
{
	if (e->verified == PROOF_PRESENT)
		return;
	e->verified = PROOF_PRESENT;
	say(p, ", ", "a client certificate that the MTA verifies");
}

static bool
name_is_listed(const struct words *names, const struct evidence *e)
{
	struct peer_group group = { .names = *names };
	struct demand demand = { .level = LEVEL_VERIFY, .peers = &group,
		.peer_count = 1 };
	struct evidence verified = *e;

	verified.verified = PROOF_PRESENT;
	return verdict_check(CHECK_PEER, &demand, &verified).verdict ==
	    VERDICT_PASS;
}

static void
mend_peer(const struct demand *demand, struct evidence *e, struct arena *a,
    struct phrases *p)
{
	const struct peer_group *group;
	char shown[64];

	if (demand->peer_count == 0) {
		mend_verified(e, p);
		return;
	}
	group = nearest_group(demand, e);
	if (peer_group_needs_certificate(group))
		mend_verified(e, p);
	if (group->names.count > 0 && !name_is_listed(&group->names, e))
		mend_words(&group->names, &e->peer, "with the name", a, p);
	mend_words(&group->subjects, &e->subject, "with the subject", a, p);
	mend_words(&group->issuers, &e->issuer, "issued by", a, p);
	mend_words(&group->fingerprints, &e->fingerprint,
	    "with the fingerprint", a, p);
	mend_words(&group->logins, &e->login, "a login as", a, p);
	if (group->client_count > 0 && !netrange_any(group->clients,
	    group->client_count, &e->client)) {
		say(p, ", ", "from an address in %s", netrange_show(
		    &group->clients[0], shown, sizeof(shown)));
		e->client = group->clients[0].base;
	}
}

static void
mend(enum check check, const struct demand *demand, struct evidence *e,
    struct arena *a, struct phrases *p)
{
	switch (check) {
	case CHECK_TLS:
		e->tls = PROOF_PRESENT;
		say(p, ", ", "TLS (the client has to use STARTTLS)");
		break;
	case CHECK_VERSION:
		e->version = demand->min_tls;
		e->version_text = slice_of(tls_version_name(e->version));
		say(p, ", ", "TLS %s or later",
		    tls_version_name(demand->min_tls));
		break;
	case CHECK_BITS:
		e->bits = demand->min_bits;
		say(p, ", ", "a cipher of %d bits or more", demand->min_bits);
		break;
	case CHECK_GRADE:
		e->cipher = SLICE("TLS_AES_256_GCM_SHA384");
		say(p, ", ", "a cipher of grade %s or better",
		    grade_name(demand->min_grade));
		break;
	case CHECK_PEER:
		mend_peer(demand, e, a, p);
		break;
	case CHECK_LEVEL:
	case CHECK_COUNT:
		break;
	}
}

/* What an administrator may do instead, when the peer is right after all. */
static void
say_alternative(const struct decision *d, struct phrases *p)
{
	const struct fact *peer = &d->proof->peer;
	char shown[SHOWN];

	if (d->finding.reason != REASON_IDENTITY_MISMATCH ||
	    peer->proof != PROOF_PRESENT || d->rule->place.file == NULL)
		return;
	slice_show(peer->text, shown, sizeof(shown));
	say(p, "; ", "or, if %s is theirs, add it to the rule at %s:%u", shown,
	    d->rule->place.file, d->rule->place.line);
}

static const char *
missing_sentinel(const struct attempt *attempt, enum hop hop)
{
	if (!macros_has(&attempt->macros, MACRO_CLIENT_ADDR))
		return "{client_addr}";
	if (!macros_has(&attempt->macros, MACRO_MTA_VERSION))
		return "v";
	if (hop == HOP_INBOUND &&
	    !macros_has(&attempt->macros, MACRO_MAIL_ADDR))
		return "{mail_addr}";
	return NULL;
}

static const char *
change_of_demand(const struct attempt *attempt, const struct decision *d,
    struct arena *a)
{
	struct evidence e = *d->proof;
	struct phrases p = { .n = 0 };
	const char *missing = missing_sentinel(attempt, d->hop);

	if (d->finding.verdict == VERDICT_UNDECIDED && missing != NULL)
		return arena_printf(a, "the MTA has to send the macro %s: "
		    "without it nothing is proven", missing);
	for (unsigned i = 0; i < CHECK_COUNT; i++) {
		enum check check = (enum check)i;

		if (verdict_check(check, &d->rule->demand, &e).verdict !=
		    VERDICT_PASS)
			mend(check, &d->rule->demand, &e, a, &p);
	}
	if (verdict_decide(&d->rule->demand, &e).verdict != VERDICT_PASS)
		return "nothing that this hop can prove";
	say_alternative(d, &p);
	return keep(&p, a);
}

static const char *
change_of_route(const struct attempt *attempt, const struct decision *d,
    struct arena *a)
{
	char shown[SHOWN], partner[80];

	slice_show(macros_get(&attempt->macros, MACRO_RCPT_HOST), shown,
	    sizeof(shown));
	slice_show(d->partner, partner, sizeof(partner));
	return arena_printf(a, "mail to it is routed to %s, which no row "
	    "covers as strictly: give %s next_hops = [ \"%s\" ]", shown,
	    partner, shown);
}

const char *
explanation_change(const struct attempt *attempt,
    const struct decision *decision, struct arena *a)
{
	const struct decision *d = decision;

	if (d->finding.verdict == VERDICT_PASS)
		return NULL;
	if (d->finding.reason == REASON_ROUTE_UNCOVERED)
		return change_of_route(attempt, d, a);
	if (d->finding.reason == REASON_DESTINATION_UNKNOWN)
		return "a recipient address with a domain that can be read";
	if (d->finding.reason == REASON_TLS_REQUIRED_NO)
		return "a message without the header TLS-Required: no";
	if (d->rule != NULL && d->proof != NULL)
		return change_of_demand(attempt, d, a);
	if (d->hop == HOP_INBOUND && d->rule == NULL)
		return "the MTA has to send MAIL, or the macro {mail_addr}";
	return "the header of the message, which the MTA was not asked for "
	    "in this session";
}

const char *
explanation_exempt(enum exempt exempt)
{
	switch (exempt) {
	case EXEMPT_NONE:
		return NULL;
	case EXEMPT_POSTMASTER:
		return "postmaster of a served domain must be reachable "
		    "(RFC 5321 section 4.5.1)";
	case EXEMPT_LOCAL_CLIENT:
		return "the client is in local_clients: it crossed no wire";
	case EXEMPT_REINJECT:
		return "an after-queue filter on this host brings it back";
	case EXEMPT_SUBMISSION:
		return "sendmail(1) on this host: it crossed no hop";
	case EXEMPT_JUDGED_RELAY:
		return "the relay before us runs enforcetls and judged it";
	case EXEMPT_ELSEWHERE:
		return "the client is none of the rule's, and elsewhere is "
		    "\"log\"";
	}
	return "not known why";
}

const char *
explanation_reason(enum reason reason)
{
	static const struct {
		enum reason reason;
		const char *text;
	} texts[] = {
		{ REASON_OK, "all that was asked is proven" },
		{ REASON_PLAINTEXT, "the hop was not encrypted" },
		{ REASON_VERSION_TOO_LOW, "the TLS version is below the "
		    "floor" },
		{ REASON_CIPHER_TOO_WEAK, "the cipher is below the floor" },
		{ REASON_PEER_NOT_VERIFIED, "the MTA did not verify a "
		    "certificate of the peer, nor a login" },
		{ REASON_IDENTITY_MISMATCH, "the peer is verified, but is "
		    "none of those the rule names" },
		{ REASON_EVIDENCE_MISSING, "the MTA did not say what is "
		    "needed to decide" },
		{ REASON_DESTINATION_UNKNOWN, "no domain could be read from "
		    "the recipient" },
		{ REASON_ROUTE_UNCOVERED, "the mail leaves by a route that "
		    "no row covers as strictly" },
		{ REASON_TLS_REQUIRED_NO, "the message asks the MTA to leave "
		    "its TLS policy out" },
		{ REASON_EARLIER_UNKNOWN, "a Received field does not say "
		    "whether its hop was encrypted" },
		{ REASON_NO_RULE, "no rule asks anything" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].reason == reason)
			return texts[i].text;
	return reason_name(reason);
}

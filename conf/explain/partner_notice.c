/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <jansson.h>
#include <netdb.h>
#include <unistd.h>

#include "conf/explain/partner_notice.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"
#include "policy/reason.h"

enum { WORDS = 1024, SHOWN = 200 };

/* The decision that the partner has to read of: the one applied, else the first
 * that did not pass; NULL when all passed. */
static const struct decision *
notice_not_passed(const struct explained *x)
{
	const struct ruling *ruling = &x->ruling;

	if (ruling->strictest != NULL &&
	    ruling->strictest->finding.verdict != VERDICT_PASS)
		return ruling->strictest;
	for (size_t i = 0; i < ruling->count; i++)
		if (ruling->list[i].finding.verdict != VERDICT_PASS)
			return &ruling->list[i];
	return NULL;
}

static const char *
notice_text(struct arena *a, struct slice text)
{
	char shown[3 * SHOWN];

	if (text.p == NULL)
		return NULL;
	slice_show(text, shown, sizeof(shown));
	return arena_string(a, slice_of(shown));
}

static const char *
notice_sender(const struct explained *x)
{
	struct slice sender = macros_get(&x->request->macros,
	    MACRO_MAIL_ADDR);

	if (sender.p == NULL)
		sender = x->request->sender;
	return sender.n == 0 ? "<>" : notice_text(x->arena, sender);
}

/* This host by its own name, as complete as it is known. */
static const char *
notice_host_by_kernel(struct arena *a)
{
	struct addrinfo hints = { .ai_flags = AI_CANONNAME }, *found = NULL;
	char name[256] = "";
	const char *whole = NULL;

	if (gethostname(name, sizeof(name) - 1) < 0 || name[0] == '\0')
		return NULL;
	if (strchr(name, '.') == NULL &&
	    getaddrinfo(name, NULL, &hints, &found) == 0 && found != NULL)
		whole = notice_text(a, slice_of(found->ai_canonname));
	if (found != NULL)
		freeaddrinfo(found);
	return whole != NULL ? whole : notice_text(a, slice_of(name));
}

/* This host as its MTA greets with: that is in the partner's log. The host may
 * have another name of its own. */
static const char *
notice_our_host(const struct explained *x)
{
	struct slice name = macros_get(&x->request->macros, MACRO_HOSTNAME);

	return name.n > 0 ? notice_text(x->arena, name)
	    : notice_host_by_kernel(x->arena);
}

/* What their server showed. */

static void
notice_add_fact(struct text *t, const char *label, const struct fact *fact)
{
	char shown[SHOWN];

	if (fact->proof != PROOF_PRESENT)
		return;
	slice_show(fact->text, shown, sizeof(shown));
	text_join(t, ", ", "%s \"%s\"", label, shown);
}

static const char *
notice_verified(const struct evidence *e)
{
	switch (e->verified) {
	case PROOF_PRESENT:
		return "a client certificate that we verified";
	case PROOF_ABSENT:
		return "no client certificate that we could verify";
	case PROOF_UNKNOWN:
		break;
	}
	return "it is not known whether a certificate was verified";
}

/* In one phrase; NULL when nothing was measured. Who was never asked for a
 * certificate is not blamed for having none. */
static const char *
notice_showed(const struct evidence *e, bool asked, struct arena *a)
{
	char words[WORDS], shown[SHOWN];
	struct text t;

	if (e == NULL || e->tls == PROOF_UNKNOWN)
		return NULL;
	text_init(&t, words, sizeof(words));
	if (e->tls == PROOF_ABSENT)
		text_add(&t, "no encryption");
	else if (e->version_text.p == NULL)
		text_add(&t, "TLS");
	else {
		slice_show(e->version_text, shown, sizeof(shown));
		text_add(&t, "%s", shown);
	}
	if (e->cipher.p != NULL) {
		slice_show(e->cipher, shown, sizeof(shown));
		text_add(&t, " with %s", shown);
	}
	if (e->tls == PROOF_PRESENT && (asked || e->verified == PROOF_PRESENT))
		text_join(&t, ", ", "%s", notice_verified(e));
	notice_add_fact(&t, "common name", &e->peer);
	notice_add_fact(&t, "subject", &e->subject);
	notice_add_fact(&t, "issuer", &e->issuer);
	notice_add_fact(&t, "fingerprint", &e->fingerprint);
	notice_add_fact(&t, "login", &e->login);
	return text_copy(&t, a);
}

/* What ours asks of it. */

static void
notice_add_words(struct text *t, const char *label, const struct words *words)
{
	char shown[SHOWN];

	for (size_t i = 0; i < words->count; i++) {
		slice_show(words->list[i], shown, sizeof(shown));
		if (i == 0)
			text_join(t, ", ", "%s %s", label, shown);
		else
			text_add(t, " or %s", shown);
	}
}

static void
notice_add_group(struct text *t, const struct peer_group *group,
    enum level level)
{
	char words[WORDS];
	struct text one;

	text_init(&one, words, sizeof(words));
	if (level == LEVEL_VERIFY && peer_group_needs_certificate(group))
		text_add(&one, "a client certificate that we can verify");
	notice_add_words(&one, "with the common name", &group->names);
	notice_add_words(&one, "with the subject", &group->subjects);
	notice_add_words(&one, "issued by", &group->issuers);
	notice_add_words(&one, "with the fingerprint", &group->fingerprints);
	notice_add_words(&one, "a login as", &group->logins);
	if (group->client_count > 0)
		text_join(&one, ", ", "from an address that we agreed on");
	text_end(&one);
	text_join(t, "; or ", "%s", words);
}

static const char *
notice_peer(const struct demand *demand, struct arena *a)
{
	char words[WORDS];
	struct text t;

	text_init(&t, words, sizeof(words));
	for (size_t i = 0; i < demand->peer_count; i++)
		notice_add_group(&t, &demand->peers[i], demand->level);
	if (demand->peer_count == 0)
		text_add(&t, "a client certificate that we can verify");
	return text_copy(&t, a);
}

static const char *
notice_wanted(const struct explained_step *step, const struct demand *demand,
    struct arena *a)
{
	if (step->check == CHECK_TLS)
		return "an encrypted connection (STARTTLS)";
	if (step->check == CHECK_PEER)
		return notice_peer(demand, a);
	return step->wanted;
}

static bool
notice_has(const json_t *list, const char *wanted)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (slice_eq(jsontext_at(one, "wanted"), slice_of(wanted)))
			return true;
	return false;
}

/* All that the rules asked of this session, each thing once, and whether it was
 * there. */
static json_t *
notice_demands(const struct explained *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->ruling.count; i++) {
		const struct decision *d = &x->ruling.list[i];
		struct explained_step steps[CHECK_COUNT];
		size_t n = 0;

		/* The other hops are not the partner's. */
		if ((d->hop == HOP_INBOUND || d->hop == HOP_ENTRY) &&
		    d->rule != NULL && d->proof != NULL)
			n = explanation_steps(d->demand, d->proof, x->arena,
			    steps);
		for (size_t k = 0; k < n; k++) {
			const char *wanted = notice_wanted(&steps[k],
			    d->demand, x->arena);

			if (!notice_has(list, wanted))
				json_array_append_new(list, json_pack(
				    "{s:s,s:b}", "wanted", wanted, "met",
				    steps[k].finding.verdict == VERDICT_PASS));
		}
	}
	return list;
}

static const struct evidence *
notice_evidence(const struct explained *x)
{
	for (size_t i = 0; i < x->ruling.count; i++)
		if (x->ruling.list[i].proof != NULL)
			return x->ruling.list[i].proof;
	return NULL;
}

static bool
notice_asks_certificate(const struct explained *x)
{
	for (size_t i = 0; i < x->ruling.count; i++)
		if (x->ruling.list[i].rule != NULL &&
		    x->ruling.list[i].demand->level == LEVEL_VERIFY)
			return true;
	return false;
}

/* Why the certificate was not verified; TLS_CAUSE_UNKNOWN: not known, or it is
 * not what d is about. */
static enum tls_cause
notice_cause(const struct explained *x, const struct decision *d)
{
	const struct explained_cause *c = d == NULL ? NULL
	    : x->causes[d - x->ruling.list];

	return c == NULL ? TLS_CAUSE_UNKNOWN : c->cause;
}

static const char *
notice_problem(const struct decision *d, enum tls_cause cause)
{
	if (d == NULL)
		return NULL;
	return tls_cause_problem(cause) != NULL ? tls_cause_problem(cause)
	    : reason_problem(d->finding.reason);
}

static const char *
notice_remedy(const struct decision *d, enum tls_cause cause)
{
	if (d == NULL)
		return NULL;
	return tls_cause_remedy(cause) != NULL ? tls_cause_remedy(cause)
	    : reason_remedy(d->finding.reason);
}

json_t *
partner_notice_json(const struct explained *x)
{
	const struct macros *m = &x->request->macros;
	const struct decision *d = notice_not_passed(x);
	const struct settings *s = &x->policy->settings;
	enum tls_cause cause = notice_cause(x, d);
	struct arena *a = x->arena;

	return json_pack("{s:s,s:s,s:s?,s:s?,s:s,s:s?,s:s,s:s?,s:s?,s:o,s:s?,"
	    "s:s?,s:s?,s:s?,s:s?}",
	    "ref", x->ref, "when", x->when,
	    "client", notice_text(a, macros_get(m, MACRO_CLIENT_ADDR)),
	    "server", notice_our_host(x), "sender", notice_sender(x),
	    "recipient", notice_text(a, x->request->recipient),
	    "outcome", x->outcome, "told", x->reply,
	    "showed", notice_showed(notice_evidence(x),
		notice_asks_certificate(x), a),
	    "demands", notice_demands(x),
	    "problem", notice_problem(d, cause),
	    "remedy", notice_remedy(d, cause),
	    "cause", cause == TLS_CAUSE_UNKNOWN ? NULL
		: tls_cause_name(cause),
	    "contact_us", notice_text(a, s->contact_us),
	    "help_url", notice_text(a, s->help_url));
}

static void
notice_print_attempt(const json_t *o, FILE *out)
{
	const char *client = jsontext_at(o, "client").p;
	const char *server = jsontext_at(o, "server").p;
	const char *recipient = jsontext_at(o, "recipient").p;
	const char *reply = jsontext_at(o, "told").p;

	fprintf(out, "On %s your server %s tried to send mail\n"
	    "  from %s\n  to   %s\n", jsontext_at(o, "when").p,
	    client == NULL ? "" : client, jsontext_at(o, "sender").p,
	    recipient == NULL ? "" : recipient);
	if (server != NULL)
		fprintf(out, "through our server %s\n", server);
	if (reply != NULL)
		fprintf(out, "and got this reply\n  %s\n", reply);
	else
		fprintf(out, "which was %s.\n", slice_eq(
		    jsontext_at(o, "outcome"), SLICE("aborted"))
		    ? "not finished" : "accepted");
}

static void
notice_print_demands(const json_t *o, FILE *out)
{
	const json_t *demands = json_object_get(o, "demands"), *one;
	size_t i;

	if (jsontext_at(o, "showed").p != NULL)
		fprintf(out, "\nYour server showed: %s.\n",
		    jsontext_at(o, "showed").p);
	if (json_array_size(demands) > 0)
		fputs("All that we ask of it:\n", out);
	json_array_foreach(demands, i, one)
		fprintf(out, "  %-8s %s\n", json_is_true(json_object_get(one,
		    "met")) ? "was met" : "missing",
		    jsontext_at(one, "wanted").p);
}

void
partner_notice_print(json_t *o, FILE *out)
{
	const char *problem = jsontext_at(o, "problem").p;
	const char *remedy = jsontext_at(o, "remedy").p;

	notice_print_attempt(o, out);
	fprintf(out, "\n%s%s%s\n", problem == NULL
	    ? "Nothing was wrong with the connection." : problem,
	    remedy == NULL ? "" : "\n", remedy == NULL ? "" : remedy);
	notice_print_demands(o, out);
	fprintf(out, "\nReference: %s\n", jsontext_at(o, "ref").p);
	if (jsontext_at(o, "contact_us").p != NULL)
		fprintf(out, "Contact: %s\n", jsontext_at(o, "contact_us").p);
	if (jsontext_at(o, "help_url").p != NULL)
		fprintf(out, "%s\n", jsontext_at(o, "help_url").p);
}

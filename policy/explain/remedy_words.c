/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/explain/remedy_words.h"
#include "policy/base/text.h"
#include "policy/evidence/dialect.h"
#include "policy/staging.h"

/* A name from a certificate, escaped, is up to four times as long. */
enum { SHOWN = 4 * LIMIT_MACRO + 8, WORDS = 2 * SHOWN };

/* As the policy file has it: slice_show() escapes as libconfig reads it. */
static void
words_add_quoted(struct text *t, struct slice value)
{
	char shown[SHOWN];

	slice_show(value, shown, sizeof(shown));
	text_add(t, "\"%s\"", shown);
}

static void
words_add_tls(struct text *t, int least)
{
	if (least == 0)
		text_add(t, "TLS");
	else
		floor_add_remedy(FLOOR_TLS, least, t);
}

static void
words_add_place(struct text *t, const struct place *place)
{
	text_add(t, "%s:%u", place->file == NULL ? "?" : place->file,
	    place->line);
}

static void
words_add_certificate(struct text *t,
    const struct remedy_step *step ATTR_UNUSED, enum mta mta)
{
	text_add(t, "a client certificate that the MTA asks for and verifies "
	    "(%s)",
	    dialect_of(mta)->certificate_setting);
}

/* "to "postfix" or "sendmail", whichever the MTA is" */
static void
words_add_mtas(struct text *t)
{
	const char *between = "to ";

	for (unsigned i = 0; i < MTA_COUNT; i++) {
		if (!dialect_is_known(dialect_of((enum mta)i)))
			continue;
		text_add(t, "%s\"%s\"", between,
		    dialect_of((enum mta)i)->setting);
		between = " or ";
	}
	text_add(t, ", whichever the MTA is");
}

static void
words_add_mta(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	text_add(t, "set milter.mta ");
	if (step->text.p != NULL) {
		text_add(t, "= ");
		words_add_quoted(t, step->text);
	} else
		words_add_mtas(t);
	if (step->text.p == NULL && step->shown.p == NULL)
		text_add(t, ", and let it send the macro v");
	text_add(t, ": it is not recognised");
	if (step->shown.p != NULL) {
		text_add(t, " by its macro v, ");
		words_add_quoted(t, step->shown);
	}
}

/* "add X to KEY of the rule at F:L", of a peer that is to be accepted. */
static void
words_add_to_rule(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	text_add(t, "add ");
	words_add_quoted(t, step->text);
	text_add(t, " to %s of the rule at ", step->key);
	words_add_place(t, &step->place);
}

static void
words_add_next_hop(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	char shown[256];

	text_add(t, "no row covers the next hop ");
	words_add_quoted(t, step->text);
	slice_show(step->shown, shown, sizeof(shown));
	if (step->more) {
		text_add(t, " as strictly: list it with the profile of %s, as "
		    "at ", shown);
		words_add_place(t, &step->place);
		return;
	}
	text_add(t, " as strictly: give %s next_hops = [ ", shown);
	words_add_quoted(t, step->text);
	text_add(t, " ]");
}

static void
words_add_raise(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	char shown[256];

	slice_show(step->shown, shown, sizeof(shown));
	text_add(t, "%s, which has the next hop, must ask as much in its "
	    "outbound rule at ", shown);
	words_add_place(t, &step->place);
	slice_show(step->text, shown, sizeof(shown));
	text_add(t, ": %s", shown);
}

/* A word of a shell. */
static void
words_add_word(struct text *t, struct slice word)
{
	char shown[256];

	slice_show(word, shown, sizeof(shown));
	text_byte(t, '\'');
	for (const char *p = shown; *p != '\0'; p++)
		if (*p == '\'')
			text_slice(t, SLICE("'\\''"));
		else
			text_byte(t, *p);
	text_byte(t, '\'');
}

/* While it lasts, no row covers the route. */
static void
words_add_end(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	text_add(t, "enforcetls exception end %.*s, by which less is asked on "
	    "that route", SLICE_ARGS(step->text));
}

/* What keeps the mail back is not what the file has. */
static void
words_add_stage(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	text_add(t, "enforcetls stage ");
	words_add_word(t, step->rule->partner->name);
	text_add(t, " %s %s --reason WHY: the stage was set for what the rule "
	    "at ", hop_name(step->rule->hop),
	    stage_name((enum stage)step->value));
	words_add_place(t, &step->rule->place);
	text_add(t, " demanded then, and that goes on acting until a stage is "
	    "set for what it demands now");
}

static void
words_add_macro(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	enum macro macro = step->macro;

	text_add(t, "the MTA must send the macro %s%s", macro_name(macro),
	    macro == MACRO_CLIENT_ADDR || macro == MACRO_MTA_VERSION
	    ? ": without it nothing is proven" : "");
}

static void
words_add_relay_tls(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	text_slice(t, slice_of("the own relay "));
	if (step->text.p != NULL)
		text_add(t, "%.*s ", SLICE_ARGS(step->text));
	text_add(t, "must send it on with ");
	words_add_tls(t, step->value);
}

static void
words_add_identity(struct text *t, const struct remedy_step *step,
    enum mta mta)
{
	text_add(t, "names, subjects or logins in place of fingerprints in "
	    "the rule at ");
	words_add_place(t, &step->place);
	if (dialect_is_known(dialect_of(mta)))
		text_add(t, ": %s reports no fingerprint to a milter",
		    dialect_of(mta)->title);
	else
		text_add(t, ": not every MTA reports one to a milter");
}

static void
words_add_starttls(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	words_add_tls(t, step->value);
	text_add(t, " (the client must use STARTTLS)");
}

static void
words_add_floor(struct text *t, const struct remedy_step *step,
    enum mta mta ATTR_UNUSED)
{
	floor_add_remedy(step->floor, step->value, t);
}

/* How a step begins. A step of a certificate goes on where the step before is
 * one too: "a client certificate that the MTA verifies, with the common name".
 */
static const struct step_words {
	const char *alone;              /* before the text, if it has one */
	const char *further;            /* after another about a certificate */
	/* Steps with more than a text; alone is NULL then. */
	void (*add)(struct text *t, const struct remedy_step *step,
	    enum mta mta);
} rows[REMEDY_COUNT] = {
	[REMEDY_TLS] = { .add = words_add_starttls },
	[REMEDY_FLOOR] = { .add = words_add_floor },
	[REMEDY_CERTIFICATE] = { .add = words_add_certificate },
	[REMEDY_MACRO] = { .add = words_add_macro },
	[REMEDY_RELAY_TLS] = { .add = words_add_relay_tls },
	[REMEDY_MTA] = { .add = words_add_mta },
	[REMEDY_IDENTITY] = { .add = words_add_identity },
	[REMEDY_ADD] = { .add = words_add_to_rule },
	[REMEDY_NEXT_HOP] = { .add = words_add_next_hop },
	[REMEDY_RAISE] = { .add = words_add_raise },
	[REMEDY_STAGE] = { .add = words_add_stage },
	[REMEDY_END] = { .add = words_add_end },
	[REMEDY_SMARTHOSTS] = { .alone = "smarthosts with every relay through "
	    "which this site sends, each with a row that demands as much, or "
	    "[ ] if it sends directly: the MTA showed no route, as for mail "
	    "from sendmail(1)" },
	[REMEDY_SHORT_SUBJECT] = { .alone =
	    "a certificate whose subject is shorter than 255 octets" },
	[REMEDY_NAME] = { .alone = "a certificate with the common name ",
	    .further = "with the common name " },
	[REMEDY_SUBJECT] = { .alone = "a certificate with the subject ",
	    .further = "with the subject " },
	[REMEDY_ISSUER] = { .alone = "a certificate issued by ",
	    .further = "issued by " },
	[REMEDY_FINGERPRINT] = { .alone =
	    "a certificate with the fingerprint ",
	    .further = "with the fingerprint " },
	[REMEDY_LOGIN] = { .alone = "a login as " },
	[REMEDY_ADDRESS] = { .alone = "from an address in " },
	[REMEDY_RECIPIENT] = { .alone =
	    "a recipient address with a domain that can be read" },
	[REMEDY_NO_TLS_REQUIRED] = { .alone =
	    "a message without the header field TLS-Required: no" },
	[REMEDY_READABLE] = { .alone = "a sender, recipients and next hops "
	    "that can be read" },
	[REMEDY_NO_FIELDS] = { .alone = "a message without header fields "
	    "named X-Enforcetls" },
	[REMEDY_FEWER] = { .alone = "fewer recipients in one message, or a "
	    "higher milter.max_recipients" },
	[REMEDY_FINISH] = { .alone = "fewer messages that the client has open "
	    "at once" },
	[REMEDY_CHANGES] = { .alone = "the MTA must make the changes that it "
	    "offered to milters; its log has the reason why it did not" },
	[REMEDY_LOAD] = { .alone = "a policy file that can be loaded: "
	    "enforcetls check shows what is wrong with it" },
	[REMEDY_RUN] = { .alone = "enforcetlsd must be running" },
	[REMEDY_ASK] = { .alone = "the MTA must ask its clients for a "
	    "certificate ({verify} is NOT: it did not ask this one)" },
	[REMEDY_DIGEST] = { .alone = "the MTA must report fingerprints by "
	    "sha256 (confCERT_FINGERPRINT_ALGORITHM)" },
	[REMEDY_DIRECT] = { .alone = "mail by a listener that is not "
	    "\"proxied\": the TLS there is that of the proxy and proves "
	    "nothing" },
	[REMEDY_NEW_SESSION] = { .alone = "a new session: in this one the "
	    "daemon did not request the message header" },
	[REMEDY_SHORT_ROUTE] = { .alone = "a shorter list of next hops for "
	    "this recipient in the MTA's routes" },
	[REMEDY_RELAY_FIELD] = { .alone = "the own relay must show in its "
	    "Received field how its client connected (Postfix: "
	    "smtpd_tls_received_header = yes)" },
	[REMEDY_JUDGED] = { .alone = "run enforcetlsd on the own relay, and "
	    "set judged = true for it in own_relays" },
};

static bool
words_are_of_certificate(enum remedy_what what)
{
	return what == REMEDY_CERTIFICATE || rows[what].further != NULL;
}

/* A row's words with its text. */
static void
words_add_row(struct text *t, const struct remedy_step *step, bool further)
{
	const struct step_words *row = &rows[step->what];
	char shown[SHOWN];

	text_slice(t, slice_of(further && row->further != NULL ? row->further
	    : row->alone));
	if (step->text.p != NULL) {
		slice_show(step->text, shown, sizeof(shown));
		if (step->what == REMEDY_NAME && shown[0] == '.')
			text_slice(t, SLICE("of a host below "));
		text_slice(t, slice_of(shown));
	}
	if (step->more)
		text_add(t, " (or another that is listed)");
	if (step->what == REMEDY_NAME)
		text_add(t, " (the CN; a milter does not see alternative "
		    "names)");
}

/* All steps that make one group, as the policy file has it. */
static void
words_add_group(struct text *t, const struct remedy_way *way)
{
	text_add(t, "add a group to peers of the rule at ");
	words_add_place(t, &way->steps[0].place);
	text_add(t, ": {");
	for (size_t i = 0; i < way->count &&
	    way->steps[i].what == REMEDY_GROUP; i++) {
		text_add(t, " %s = [ ", way->steps[i].key);
		words_add_quoted(t, way->steps[i].text);
		text_add(t, " ];");
	}
	text_add(t, " }%s", way->steps[0].more ? ""
	    : " (keys beside peers move into a group of their own)");
}

/* What else an addition to a rule that has its keys from a profile does. */
static void
words_add_profile(struct text *t, const struct rule *rule)
{
	if (rule->of_profile)
		text_add(t, " (this is in a profile, so every partner that "
		    "uses it would accept this peer: for one partner alone, "
		    "write the whole list in its own rule)");
	if (rule->inherits_identity)
		text_add(t, " (with what its profile has there, which this "
		    "replaces)");
}

static void
words_add_way(struct text *t, const struct remedy_way *way, enum mta mta)
{
	if (way->count > 0 && way->steps[0].what == REMEDY_GROUP)
		words_add_group(t, way);
	for (size_t i = 0; i < way->count; i++) {
		const struct remedy_step *step = &way->steps[i];

		if (step->what == REMEDY_GROUP)
			continue;
		if (i > 0 && (step->what == REMEDY_STAGE ||
			step->what == REMEDY_END))
			text_add(t, ", and then ");
		else if (i > 0)
			text_add(t, ", ");
		if (rows[step->what].alone != NULL)
			words_add_row(t, step, i > 0 &&
			    words_are_of_certificate(way->steps[i - 1].what));
		else
			rows[step->what].add(t, step, mta);
	}
}

static bool
words_accept_peer(const struct remedy_way *way)
{
	return way->count > 0 && (way->steps[0].what == REMEDY_ADD ||
		way->steps[0].what == REMEDY_GROUP);
}

const char *
remedy_words(const struct remedy *remedy, enum mta mta, struct arena *a)
{
	char words[WORDS];
	struct text t;

	text_init(&t, words, sizeof(words));
	for (size_t i = 0; i < remedy->count; i++) {
		const struct remedy_way *way = &remedy->ways[i];

		if (i > 0)
			text_add(&t, "; or");
		if (words_accept_peer(way))
			text_add(&t, "%sif this peer is theirs, ",
			    i > 0 ? ", " : "");
		else if (i > 0)
			text_add(&t, " ");
		words_add_way(&t, way, mta);
		if (words_accept_peer(way))
			words_add_profile(&t, way->steps[0].rule);
	}
	if (remedy->count == 0)
		text_add(&t, "nothing: this hop cannot prove what the rule "
		    "asks");
	return text_copy(&t, a);
}

const char *
remedy_of(const struct policy *policy, const struct request *request,
    const struct decision *decision, struct arena *a)
{
	struct remedy remedy;

	if (decision->finding.verdict == VERDICT_PASS)
		return NULL;
	remedy_find(policy, request, decision, a, &remedy);
	return remedy_words(&remedy, request->mta, a);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "conf/tool/simulate.h"
#include "conf/base/amount.h"
#include "conf/syntax/nearest.h"
#include "policy/base/text.h"
#include "policy/evidence/dialect.h"
#include "policy/names/address.h"

/* When neither --mta, the policy file nor a given v names one: the MTA in
 * widest use. */
static const enum mta assumed_mta = MTA_POSTFIX;

/* "postfix, sendmail or auto" */
static void
simulate_mta_words(char *out, size_t size)
{
	struct text t;

	text_init(&t, out, size);
	for (unsigned i = MTA_UNKNOWN + 1; i < MTA_COUNT; i++)
		text_join(&t, ", ", "%s", dialect_of((enum mta)i)->setting);
	text_add(&t, " or %s", dialect_of(MTA_UNKNOWN)->setting);
}

static int
simulate_take_mta(struct simulation *s, const char *value, struct err *e)
{
	char shown[64], words[128];

	if (dialect_from_setting(slice_of(value), &s->mta)) {
		s->mta_assumed = false;
		return 0;
	}
	slice_show(slice_of(value), shown, sizeof(shown));
	simulate_mta_words(words, sizeof(words));
	return err_set(e, "--mta %s: %s", shown, words);
}

static void
simulate_set_macro(struct simulation *s, enum macro which,
    struct slice value)
{
	s->request.macros.value[which] = value;
	s->given[which] = true;
}

/* "NAME=VALUE"; "NAME=" is present and empty, "NAME" alone is absent. */
static int
simulate_take_macro(struct simulation *s, const char *value, struct err *e)
{
	struct slice text = slice_of(value);
	size_t equals = slice_find(text, '=');
	struct slice name = slice_head(text, equals);
	struct nearest nearest;
	enum macro which;
	char shown[64], names[MACRO_COUNT][32];

	if (macro_from(name, &which)) {
		simulate_set_macro(s, which, equals == text.n ? SLICE_NONE :
		    slice_from(text, equals + 1));
		return 0;
	}
	nearest_init(&nearest, name);
	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		struct slice known = slice_of(macro_name((enum macro)i));

		if (known.p[0] == '{')
			known = slice_head(slice_from(known, 1), known.n - 2);
		snprintf(names[i], sizeof(names[i]), "%.*s",
		    SLICE_ARGS(known));
		nearest_offer(&nearest, names[i]);
	}
	slice_show(name, shown, sizeof(shown));
	return err_set(e, "--macro %s: not a macro that the daemon "
	    "requests%s%s",
	    shown, nearest.best == NULL ? "" : "; did you mean ",
	    nearest.best == NULL ? "" : nearest.best);
}

static int
simulate_take_at(struct simulation *s, const char *value, struct err *e)
{
	time_t when;

	if (amount_date(slice_of(value), &when, e) < 0)
		return -1;
	/* A date without a time is the whole day: its last second. */
	s->request.now = when - (strchr(value, 'T') == NULL ? 1 : 0);
	s->now_assumed = false;
	return 0;
}

int
simulate_take(struct simulation *s, enum simulate_option option,
    const char *value, struct err *e)
{
	s->any_option = true;
	switch (option) {
	case SIMULATE_MTA:
		return simulate_take_mta(s, value, e);
	case SIMULATE_SENDER:
		s->request.sender = slice_of(value);
		break;
	case SIMULATE_RCPT:
		s->request.recipient = slice_of(value);
		break;
	case SIMULATE_RCPT_HOST:
		simulate_set_macro(s, MACRO_RCPT_HOST, slice_of(value));
		break;
	case SIMULATE_MACRO:
		return simulate_take_macro(s, value, e);
	case SIMULATE_AT:
		return simulate_take_at(s, value, e);
	}
	return 0;
}

/* Fills in a macro that was not given; NULL: the MTA does not send it. */
static void
simulate_assume(struct simulation *s, enum macro which, const char *value)
{
	assert(which < MACRO_COUNT && s->arena != NULL);
	if (s->given[which] || value == NULL)
		return;
	s->request.macros.value[which] = slice_of(arena_string(s->arena,
	    slice_of(value)));
	s->assumed[which] = true;
}

/* The address as an MTA resolves it: brackets off, lower case. */
static const char *
simulate_resolved(struct simulation *s, struct slice address)
{
	char *text;

	if (slice_starts(address, SLICE("<")) &&
	    slice_ends(address, SLICE(">")))
		address = slice_head(slice_from(address, 1), address.n - 2);
	text = arena_string(s->arena, address);
	for (size_t i = 0; i < address.n; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
	return text;
}

static void
simulate_assume_destination(struct simulation *s)
{
	struct address address;

	simulate_assume(s, MACRO_RCPT_ADDR,
	    simulate_resolved(s, s->request.recipient));
	if (!address_cut(s->request.recipient, &address))
		return;
	/* Postfix adds myorigin; Sendmail gives a local part to "local". */
	simulate_assume(s, MACRO_RCPT_HOST, address.domain.p == NULL ? "" :
	    arena_string(s->arena, address.domain));
	if (address.domain.p == NULL)
		simulate_assume(s, MACRO_RCPT_MAILER, "local");
}

/* The macros that this MTA always sends with TLS. */
static void
simulate_assume_tls(struct simulation *s, const struct dialect *dialect)
{
	const struct macros *m = &s->request.macros;

	if (macros_get(m, MACRO_TLS_VERSION).n == 0)
		return;
	for (const struct macro_value *sent = dialect->sent_with_tls;
	     sent->value != NULL; sent++)
		simulate_assume(s, sent->macro, sent->value);
}

/* Whether something in policy is found by the name of a listener. */
static bool
simulate_needs_daemon_name(const struct policy *policy)
{
	for (size_t i = 0; i < policy->settings.listener_count; i++)
		if (policy->settings.listeners[i].daemon_name.p != NULL)
			return true;
	for (size_t i = 0; i < policy->service_count; i++)
		for (size_t k = 0; k < policy->services[i].place_count; k++)
			if (policy->services[i].places[k].port == 0)
				return true;
	return false;
}

static void
simulate_assume_session(struct simulation *s, const struct policy *policy)
{
	const struct settings *settings = &policy->settings;
	const struct dialect *dialect = dialect_of(s->mta);
	char version[32];

	dialect->show_version(settings, version, sizeof(version));
	simulate_assume(s, MACRO_MTA_VERSION, version);
	simulate_assume(s, MACRO_CLIENT_ADDR, "203.0.113.1");
	simulate_assume(s, MACRO_CLIENT_PORT, "40000");
	simulate_assume(s, MACRO_DAEMON_ADDR, "203.0.113.25");
	simulate_assume(s, MACRO_DAEMON_PORT, "25");
	/* An MTA always sends it: without one every listener that is known by
	 * name would be possible. */
	if (simulate_needs_daemon_name(policy))
		simulate_assume(s, MACRO_DAEMON_NAME, "mx");
	simulate_assume(s, MACRO_MAIL_ADDR,
	    simulate_resolved(s, s->request.sender));
	simulate_assume_destination(s);
	simulate_assume(s, MACRO_RCPT_MAILER, dialect->mailer);
	simulate_assume_tls(s, dialect);
}

void
simulate_init(struct simulation *s)
{
	*s = (struct simulation){ .mta_assumed = true, .now_assumed = true };
}

int
simulate_check(const struct simulation *s, struct err *e)
{
	bool sender = s->request.sender.p != NULL;
	bool recipient = s->request.recipient.n > 0;

	if (sender && recipient)
		return 0;
	return err_set(e, "%s missing%s", sender ? "--rcpt is" : recipient
	    ? "--sender is" : "--sender and --rcpt are", sender ? ""
	    : "; '' or '<>' is the null sender");
}

void
simulate_complete(struct simulation *s, const struct policy *policy,
    struct arena *a)
{
	struct request *request = &s->request;

	assert(request->sender.p != NULL && request->recipient.n > 0);
	if (request->sender.n == 0)
		request->sender = SLICE("<>");
	s->arena = a;
	if (s->now_assumed)
		request->now = time(NULL);
	if (s->mta_assumed)
		s->mta = policy->settings.mta;
	if (s->mta == MTA_UNKNOWN && !s->given[MACRO_MTA_VERSION])
		s->mta = assumed_mta;
	simulate_assume_session(s, policy);
	request->mta = dialect_recognise(s->mta, &request->macros);
	request->ref = SLICE("explain");
	request->can_hold = true;
	request->can_tag = true;
	request->sends_headers = true;
	request->can_wait = true;
}

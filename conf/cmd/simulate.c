/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <time.h>

#include "conf/cmd/simulate.h"
#include "conf/base/amount.h"
#include "conf/syntax/nearest.h"
#include "policy/evidence/evidence.h"
#include "policy/names/address.h"

/* While the arguments are read. */
struct reading_args {
	struct arena *arena;
	struct simulation *out;
	bool typed[MACRO_COUNT];        /* also when typed as absent */
	bool has_at;
};

static const struct {
	const char *name;
	enum mta mta;
} mtas[] = {
	{ "auto", MTA_AUTO },
	{ "postfix", MTA_POSTFIX },
	{ "sendmail", MTA_SENDMAIL },
};

const char *
simulate_mta_name(enum mta mta)
{
	for (size_t i = 0; i < COUNT_OF(mtas); i++)
		if (mtas[i].mta == mta)
			return mtas[i].name;
	return "auto";
}

static int
simulate_take_mta(struct reading_args *args, const char *value, struct err *e)
{
	char shown[64];

	for (size_t i = 0; i < COUNT_OF(mtas); i++)
		if (strcmp(mtas[i].name, value) == 0) {
			args->out->mta = mtas[i].mta;
			args->out->mta_assumed = false;
			return 0;
		}
	slice_show(slice_of(value), shown, sizeof(shown));
	return err_set(e, "--mta %s: postfix, sendmail or auto", shown);
}

static int
simulate_take_sender(struct reading_args *args, const char *value,
    struct err *e ATTR_UNUSED)
{
	args->out->request.sender = slice_of(value);
	return 0;
}

static int
simulate_take_rcpt(struct reading_args *args, const char *value,
    struct err *e ATTR_UNUSED)
{
	args->out->request.recipient = slice_of(value);
	return 0;
}

static void
simulate_set_macro(struct reading_args *args, enum macro which,
    struct slice value)
{
	args->out->request.macros.value[which] = value;
	args->typed[which] = true;
}

static int
simulate_take_rcpt_host(struct reading_args *args, const char *value,
    struct err *e ATTR_UNUSED)
{
	simulate_set_macro(args, MACRO_RCPT_HOST, slice_of(value));
	return 0;
}

/* NAME=VALUE; NAME= is present and empty; NAME alone is not sent at all. */
static int
simulate_take_macro(struct reading_args *args, const char *value, struct err *e)
{
	struct slice text = slice_of(value);
	size_t equals = slice_find(text, '=');
	struct slice name = slice_head(text, equals);
	struct nearest nearest;
	enum macro which;
	char shown[64];

	if (macro_from(name, &which)) {
		simulate_set_macro(args, which, equals == text.n ? SLICE_NONE :
		    slice_from(text, equals + 1));
		return 0;
	}
	nearest_init(&nearest, name);
	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		struct slice known = slice_of(macro_name((enum macro)i));

		if (known.p[0] == '{')
			known = slice_head(slice_from(known, 1), known.n - 2);
		nearest_offer(&nearest, arena_string(args->arena, known));
	}
	slice_show(name, shown, sizeof(shown));
	return err_set(e, "--macro %s: not a macro that is asked for%s%s",
	    shown, nearest.best == NULL ? "" : "; did you mean ",
	    nearest.best == NULL ? "" : nearest.best);
}

static int
simulate_take_at(struct reading_args *args, const char *value, struct err *e)
{
	time_t when;

	if (amount_date(slice_of(value), &when, e) == -1)
		return -1;
	/* A date is a whole day: its last second. */
	args->out->request.now = when -
	    (strchr(value, 'T') == NULL ? 1 : 0);
	args->has_at = true;
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct reading_args *args, const char *value,
	    struct err *e);
} options[] = {
	{ "--mta", simulate_take_mta },
	{ "--sender", simulate_take_sender },
	{ "--rcpt", simulate_take_rcpt },
	{ "--rcpt-host", simulate_take_rcpt_host },
	{ "--macro", simulate_take_macro },
	{ "--at", simulate_take_at },
};

/* "--name value" or "--name=value"; *i is left at the last word used. */
static int
simulate_take_option(struct reading_args *args,
    const struct invocation *invocation, int *i, struct err *e)
{
	struct slice word = slice_of(invocation->argv[*i]);
	struct slice name = slice_head(word, slice_find(word, '='));
	struct nearest nearest;
	const char *value;
	char shown[64];

	nearest_init(&nearest, name);
	for (size_t k = 0; k < COUNT_OF(options); k++) {
		nearest_offer(&nearest, options[k].name);
		if (!slice_eq(slice_of(options[k].name), name))
			continue;
		value = name.n < word.n ? word.p + name.n + 1 :
		    invocation->argv[++*i];
		if (value == NULL)
			return err_set(e, "%s wants a value", options[k].name);
		return options[k].take(args, value, e);
	}
	slice_show(name, shown, sizeof(shown));
	return err_set(e, "there is no option %s%s%s", shown,
	    nearest.best == NULL ? "" : ": did you mean ",
	    nearest.best == NULL ? "" : nearest.best);
}

/* What the MTA always says, when it was not typed. */
static void
simulate_assume(struct reading_args *args, enum macro which, const char *value)
{
	struct simulation *out = args->out;

	if (args->typed[which] || value == NULL)
		return;
	out->request.macros.value[which] = slice_of(arena_string(args->arena,
	    slice_of(value)));
	out->assumed[which] = true;
}

/* The address as an MTA resolves it: brackets off, lower case. */
static const char *
simulate_resolved(struct reading_args *args, struct slice typed)
{
	char *text;

	if (typed.n >= 2 && typed.p[0] == '<' && typed.p[typed.n - 1] == '>')
		typed = slice_head(slice_from(typed, 1), typed.n - 2);
	text = arena_string(args->arena, typed);
	for (size_t i = 0; i < typed.n; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
	return text;
}

static void
simulate_assume_destination(struct reading_args *args)
{
	struct address address;

	simulate_assume(args, MACRO_RCPT_ADDR,
	    simulate_resolved(args, args->out->request.recipient));
	if (!address_cut(args->out->request.recipient, &address))
		return;
	/* Postfix adds myorigin, Sendmail hands a local part to "local". */
	simulate_assume(args, MACRO_RCPT_HOST, address.domain.p == NULL ? "" :
	    arena_string(args->arena, address.domain));
	if (address.domain.p == NULL)
		simulate_assume(args, MACRO_RCPT_MAILER, "local");
}

/* What only Sendmail sends, and always once TLS is on. */
static void
simulate_assume_sendmail_tls(struct reading_args *args)
{
	const struct macros *m = &args->out->request.macros;

	if (macros_get(m, MACRO_TLS_VERSION).n == 0)
		return;
	simulate_assume(args, MACRO_VERIFY, "NO");
	simulate_assume(args, MACRO_CERT_SUBJECT, "");
	simulate_assume(args, MACRO_CERT_ISSUER, "");
	simulate_assume(args, MACRO_CN_SUBJECT, "");
	simulate_assume(args, MACRO_CN_ISSUER, "");
}

static void
simulate_assume_session(struct reading_args *args,
    const struct settings *settings)
{
	struct simulation *out = args->out;
	bool sendmail = out->mta == MTA_SENDMAIL;
	char version[32];

	snprintf(version, sizeof(version), "Postfix %d.%d.0",
	    settings->postfix_version / 100, settings->postfix_version % 100);
	simulate_assume(args, MACRO_MTA_VERSION,
	    sendmail ? "8.17.1.9" : version);
	simulate_assume(args, MACRO_CLIENT_ADDR, "203.0.113.1");
	simulate_assume(args, MACRO_CLIENT_PORT, "40000");
	simulate_assume(args, MACRO_DAEMON_ADDR, "203.0.113.25");
	simulate_assume(args, MACRO_DAEMON_PORT, "25");
	simulate_assume(args, MACRO_MAIL_ADDR,
	    simulate_resolved(args, out->request.sender));
	simulate_assume_destination(args);
	simulate_assume(args, MACRO_RCPT_MAILER, sendmail ? "esmtp" : "smtp");
	if (sendmail)
		simulate_assume_sendmail_tls(args);
}

int
simulate_from(const struct invocation *invocation,
    const struct settings *settings, struct arena *a, struct simulation *out,
    struct err *e)
{
	struct reading_args args = { .arena = a, .out = out };

	*out = (struct simulation){ .mta = settings->mta, .mta_assumed = true };
	for (int i = 1; i < invocation->argc; i++)
		if (simulate_take_option(&args, invocation, &i, e) == -1)
			return -1;
	if (out->request.sender.p == NULL)
		return err_set(e, "--sender is missing; '' or '<>' is the "
		    "null sender");
	if (out->request.sender.n == 0)
		out->request.sender = SLICE("<>");
	if (out->request.recipient.n == 0)
		return err_set(e, "--rcpt is missing");
	if (!args.has_at)
		out->request.now = time(NULL);
	out->now_assumed = !args.has_at;
	if (out->mta == MTA_AUTO && !args.typed[MACRO_MTA_VERSION])
		out->mta = MTA_POSTFIX;
	simulate_assume_session(&args, settings);
	out->request.dialect = dialect_of(out->mta, &out->request.macros);
	out->request.ref = SLICE("explain");
	out->request.can_hold = true;
	out->request.can_tag = true;
	out->request.sends_headers = true;
	return 0;
}

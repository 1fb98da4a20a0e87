/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the table of MTAs: each row is known wherever an MTA is named, and a
 * macro that an MTA leaves out never makes anything pass. */
#include "config.h"

#include "policy/audit/recorded.h"
#include "policy/evidence/dialect.h"
#include "policy/evidence/evidence.h"
#include "policy/verdict.h"
#include "tests/reading.h"

#define FOR_EACH_MTA(i) \
	for (enum mta i = MTA_UNKNOWN; i < MTA_COUNT; i++)

static void
every_row_is_whole_and_alone(void **state ATTR_UNUSED)
{
	FOR_EACH_MTA(mta) {
		const struct dialect *d = dialect_of(mta);

		want_that(d->name, "has all its functions", d->read_verified &&
		    d->read_names && d->read_login && d->needs_mail &&
		    d->show_version);
		want_that(d->name, "has all its texts", d->setting &&
		    d->source && d->title && d->mailer && d->sent_with_tls);
		want_that(d->name, "is known, or the careful one",
		    dialect_is_known(d) == (mta != MTA_UNKNOWN));
		FOR_EACH_MTA(other) {
			const struct dialect *o = dialect_of(other);

			if (mta == other)
				continue;
			want_that(d->name, "has names of its own",
			    strcmp(d->setting, o->setting) != 0 &&
				strcmp(d->name, o->name) != 0 &&
				strcmp(d->source, o->source) != 0);
		}
	}
}

static void
every_setting_word_is_read_back(void **state ATTR_UNUSED)
{
	char text[256], came[1024];
	struct policy *policy;
	struct folder f;

	folder_create(&f);
	FOR_EACH_MTA(mta) {
		const char *word = dialect_of(mta)->setting;
		enum mta typed;

		snprintf(text, sizeof(text), TOP "milter = { listen = "
		    "\"unix:/run/s\"; mta = \"%s\"; };\n", word);
		folder_write_text(&f, "t.conf", text);
		folder_read(&f, "t.conf", &policy, came, sizeof(came));
		want_text(word, "problems", came, "");
		want_number(word, "mta", policy->settings.mta, mta);
		policy_destroy(&policy);
		want_text(word, "the word", dialect_setting_word(mta), word);
		want_that(word, "is taken by --mta",
		    dialect_from_setting(slice_of(word), &typed));
		want_number(word, "--mta", typed, mta);
	}
	assert_null(dialect_setting_word(MTA_COUNT));
	folder_remove(&f);
}

/* A demand that the named MTA cannot prove is an error. */
static void
fingerprints_need_an_mta_that_sends_them(void **state ATTR_UNUSED)
{
	char text[512], came[1024];
	struct policy *policy;
	struct folder f;

	folder_create(&f);
	FOR_EACH_MTA(mta) {
		const struct dialect *d = dialect_of(mta);
		bool sends = d->sends[MACRO_CERT_FP] ||
		    d->sends[MACRO_CERT_MD5] || mta == MTA_UNKNOWN;

		snprintf(text, sizeof(text), TOP "milter = { listen = "
		    "\"unix:/m\"; mta = \"%s\"; };\npartners = ( { name = "
		    "\"p\"; domains = [ \"p.example\" ]; inbound = { level = "
		    "\"verify\"; fingerprints = [ \"sha256:abababababababab"
		    "abababababababababababababababababababababababab\" ]; "
		    "stage = \"defer\"; }; } );\n", d->setting);
		folder_write_text(&f, "t.conf", text);
		folder_read(&f, "t.conf", &policy, came, sizeof(came));
		want_number(came, "loads", policy != NULL, sends);
		want_number(came, "has a problem", came[0] != '\0',
		    !sends || mta == MTA_UNKNOWN);
		policy_destroy(&policy);
	}
	folder_remove(&f);
}

/* The macros that explain fills in are recognised as those of that MTA. */
static void
every_row_recognises_itself(void **state ATTR_UNUSED)
{
	struct settings settings = { .postfix_version = 307 };

	FOR_EACH_MTA(mta) {
		const struct dialect *d = dialect_of(mta);
		struct macros m = { 0 };
		char version[64];

		if (!dialect_is_known(d))
			continue;
		d->show_version(&settings, version, sizeof(version));
		m.value[MACRO_MTA_VERSION] = slice_of(version);
		want_number(d->name, "by its v", dialect_by_version(&m), mta);
		for (const struct macro_value *sent = d->sent_with_tls;
		     sent->value != NULL; sent++)
			want_that(macro_name(sent->macro), "is one it sends",
			    d->sends[sent->macro]);
	}
}

/* mail_name and mail_version are settings of Postfix, v one of Sendmail: the
 * shape decides, and what has none is the careful row's. */
static void
the_shape_decides_not_the_word(void **state ATTR_UNUSED)
{
	/* clang-format off */
	static const struct {
		const char *v;
		enum macro also;
		const char *value;      /* NULL: no other macro */
		enum mta wanted;
	} cases[] = {
		{ "Postfix 3.7.11", MACRO_VERIFY, "OK", MTA_POSTFIX },
		{ "Postfix 3.8-20221007", 0, NULL, MTA_POSTFIX },
		{ "Postcow 3.7.11", 0, NULL, MTA_POSTFIX },
		{ "Mail Service 3.10.13", 0, NULL, MTA_POSTFIX },
		{ "Postcow 3.7.11", MACRO_CERT_SUBJECT, "mx1.bank.example",
		    MTA_POSTFIX },
		{ "Postcow 3.7.11", MACRO_CERT_SUBJECT, "/CN=mx1.bank.example",
		    MTA_UNKNOWN },
		{ "Postcow 3.7.11", MACRO_VERIFY, "FAIL", MTA_UNKNOWN },
		{ "Postcow 3.7.11", MACRO_CN_SUBJECT, "x", MTA_UNKNOWN },
		{ "Postcow 3.7.11", MACRO_CERT_FP, "x", MTA_UNKNOWN },
		{ "Postcow", 0, NULL, MTA_UNKNOWN },
		{ "3.7.11", 0, NULL, MTA_UNKNOWN },
		{ " 3.7.11", 0, NULL, MTA_UNKNOWN },
		{ "Postcow 3", 0, NULL, MTA_UNKNOWN },
		{ "Other 1.0", 0, NULL, MTA_UNKNOWN },
		{ "8.17.1.9", 0, NULL, MTA_SENDMAIL },
		{ "Mailer 8.17.1.9", 0, NULL, MTA_SENDMAIL },
		{ "8.", 0, NULL, MTA_UNKNOWN },
		{ "Mailer", 0, NULL, MTA_UNKNOWN },
		{ "", 0, NULL, MTA_UNKNOWN },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct macros m = { 0 };

		if (cases[i].value != NULL)
			m.value[cases[i].also] = slice_of(cases[i].value);
		m.value[MACRO_MTA_VERSION] = slice_of(cases[i].v);
		want_number(cases[i].v, "mta", dialect_by_version(&m),
		    cases[i].wanted);
	}
}

static void
every_record_word_is_read_back(void **state ATTR_UNUSED)
{
	FOR_EACH_MTA(mta) {
		struct evidence e = { .source = SOURCE_MACROS, .mta = mta };
		const char *word = evidence_source(&e);
		struct evidence back = { 0 };
		enum mta read;

		want_that(word, "is a source",
		    evidence_set_source(&back, slice_of(word)));
		want_number(word, "source", back.source, SOURCE_MACROS);
		want_number(word, "its mta", back.mta, mta);
		want_that(dialect_of(mta)->name, "is on record",
		    dialect_from_name(slice_of(dialect_of(mta)->name), &read));
		want_number(dialect_of(mta)->name, "mta", read, mta);
	}
}

/* Whether the page has the word as a literal. */
static void
want_mention(const char *page, const char *text, const char *word)
{
	char literal[64], label[128];
	const char *at = text;
	size_t n;

	n = (size_t)snprintf(literal, sizeof(literal), "Ql %s", word);
	while ((at = strstr(at, literal)) != NULL && at[n] != ' ' &&
	    at[n] != '\n')
		at += n;
	snprintf(label, sizeof(label), "%s in %s", word, page);
	want_that(label, "is mentioned", at != NULL);
}

static void
every_row_is_in_the_manual(void **state ATTR_UNUSED)
{
	char *file = source_text("conf/enforcetls.conf.5");
	char *command = source_text("conf/enforcetls.1");
	char *daemon = source_text("milter/enforcetlsd.8");

	FOR_EACH_MTA(mta) {
		const struct dialect *d = dialect_of(mta);

		want_mention("enforcetls.conf.5", file, d->setting);
		want_mention("enforcetls.1", command, d->setting);
		want_mention("enforcetlsd.8", daemon, d->name);
		want_mention("enforcetlsd.8", daemon, d->source);
	}
	for (enum macro macro = 0; macro < MACRO_COUNT; macro++)
		want_mention("enforcetlsd.8", daemon, macro_name(macro));
	free(file);
	free(command);
	free(daemon);
}

/* A client with every macro, as each MTA sends them. */
static const struct {
	const char *label;
	const char *version;
	const char *subject;
} sessions[] = {
	{ "Postfix", "Postfix 3.7.11", "mx1.bank.example" },
	{ "Sendmail", "8.17.1.9", "/CN=mx1.bank.example" },
	{ "neither", "Other 1.0", "/CN=mx1.bank.example" },
};

static struct macros
whole_session(size_t i, const char *verify)
{
	struct macros m = { 0 };

	m.value[MACRO_MTA_VERSION] = slice_of(sessions[i].version);
	m.value[MACRO_CLIENT_ADDR] = SLICE("192.0.2.7");
	m.value[MACRO_TLS_VERSION] = SLICE("TLSv1.3");
	m.value[MACRO_CIPHER] = SLICE("TLS_AES_256_GCM_SHA384");
	m.value[MACRO_CIPHER_BITS] = SLICE("256");
	m.value[MACRO_VERIFY] = slice_of(verify);
	m.value[MACRO_CERT_SUBJECT] = slice_of(sessions[i].subject);
	m.value[MACRO_CERT_ISSUER] = SLICE("/CN=CA");
	m.value[MACRO_CN_SUBJECT] = SLICE("mx1.bank.example");
	m.value[MACRO_CERT_FP] = SLICE("");
	m.value[MACRO_AUTH_TYPE] = SLICE("PLAIN");
	m.value[MACRO_AUTH_AUTHEN] = SLICE("smith");
	m.value[MACRO_MAIL_ADDR] = SLICE("a@bank.example");
	return m;
}

static enum verdict
verdict_of(enum mta setting, const struct macros *m,
    const struct demand *demand)
{
	struct arena *a = arena_create(256);
	enum verdict verdict;
	struct evidence e;

	evidence_from_macros(m, dialect_recognise(setting, m), a, &e);
	verdict = verdict_decide(demand, &e).verdict;
	arena_destroy(&a);
	return verdict;
}

/* Leaves out each macro. If the MTA has no {verify}, a {verify} comes from
 * milter_macro_defaults: then only its "no" counts. */
static void
want_no_pass_without(enum mta setting, size_t session, const char *verify,
    const struct demand *demand)
{
	struct macros whole = whole_session(session, verify);
	enum verdict before = verdict_of(setting, &whole, demand);
	const struct dialect *d =
	    dialect_of(dialect_recognise(setting, &whole));
	bool has_verify = !dialect_is_known(d) || d->sends[MACRO_VERIFY];

	for (enum macro left = 0; left < MACRO_COUNT; left++) {
		struct macros m = whole;
		enum verdict now;

		if (left == MACRO_VERIFY && !has_verify)
			continue;
		m.value[left] = SLICE_NONE;
		now = verdict_of(setting, &m, demand);
		if (now == VERDICT_PASS && before != VERDICT_PASS)
			fail_msg("%s as %s, {verify}=%s: passes without %s",
			    sessions[session].label,
			    dialect_of(setting)->setting, verify,
			    macro_name(left));
	}
}

static const struct slice names[] = { { "mx1.bank.example", 16 } };
static const struct slice logins[] = { { "smith", 5 } };
static const struct peer_group by_name = { .names = { names, 1 } };
static const struct peer_group by_login = { .logins = { logins, 1 } };

static const struct demand demands[] = {
	{ .level = LEVEL_ENCRYPT },
	{ .level = LEVEL_ENCRYPT,
	    .floor = { [FLOOR_TLS] = TLS_1_2, [FLOOR_BITS] = 128 } },
	{ .level = LEVEL_VERIFY, .any_peer = true },
	{ .level = LEVEL_VERIFY, .peers = &by_name, .peer_count = 1 },
	{ .level = LEVEL_VERIFY, .peers = &by_login, .peer_count = 1 },
};

static void
no_missing_macro_makes_anything_pass(void **state ATTR_UNUSED)
{
	static const char *const verify[] = { "OK", "FAIL", "NO", "" };

	FOR_EACH_MTA(setting)
		for (size_t s = 0; s < COUNT_OF(sessions); s++)
			for (size_t v = 0; v < COUNT_OF(verify); v++)
				for (size_t d = 0; d < COUNT_OF(demands); d++)
					want_no_pass_without(setting, s,
					    verify[v], &demands[d]);
}

/* The row of an unknown MTA: without v, or without {verify}, no peer is
 * proven. */
static void
an_unknown_mta_proves_no_peer_by_absence(void **state ATTR_UNUSED)
{
	static const enum macro needed[] = { MACRO_CLIENT_ADDR,
		MACRO_MTA_VERSION, MACRO_TLS_VERSION, MACRO_VERIFY };
	struct macros m = whole_session(2, "OK");

	want_number("all came", "verdict",
	    verdict_of(MTA_UNKNOWN, &m, &demands[2]), VERDICT_PASS);
	for (size_t i = 1; i < COUNT_OF(needed); i++) {
		m = whole_session(2, "OK");
		m.value[needed[i]] = SLICE_NONE;
		want_that(macro_name(needed[i]), "is needed",
		    verdict_of(MTA_UNKNOWN, &m, &demands[2]) != VERDICT_PASS);
	}
	m = (struct macros){ 0 };
	want_number("nothing came", "verdict",
	    verdict_of(MTA_UNKNOWN, &m, &demands[0]), VERDICT_UNDECIDED);
}

/* Whether an MTA that is not known sends the macros of TLS is not known:
 * without them it is undecided, which never bounces. */
static void
an_unknown_mta_proves_no_plaintext_by_absence(void **state ATTR_UNUSED)
{
	struct macros m = { 0 };

	m.value[MACRO_CLIENT_ADDR] = SLICE("192.0.2.7");
	m.value[MACRO_MTA_VERSION] = SLICE("Other 1.0");
	want_number("not known", "verdict",
	    verdict_of(MTA_UNKNOWN, &m, &demands[0]), VERDICT_UNDECIDED);
	want_number("named", "verdict",
	    verdict_of(MTA_POSTFIX, &m, &demands[0]), VERDICT_FAIL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_row_is_whole_and_alone),
	cmocka_unit_test(every_setting_word_is_read_back),
	cmocka_unit_test(fingerprints_need_an_mta_that_sends_them),
	cmocka_unit_test(every_row_recognises_itself),
	cmocka_unit_test(the_shape_decides_not_the_word),
	cmocka_unit_test(an_unknown_mta_proves_no_plaintext_by_absence),
	cmocka_unit_test(every_record_word_is_read_back),
	cmocka_unit_test(every_row_is_in_the_manual),
	cmocka_unit_test(no_missing_macro_makes_anything_pass),
	cmocka_unit_test(an_unknown_mta_proves_no_peer_by_absence),
};

RUN_TESTS(tests)

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/vocabulary.h"

static const struct word hops[] = {
	{ "inbound", HOP_INBOUND },
	{ "entry", HOP_ENTRY },
	{ "earlier", HOP_EARLIER },
	{ "outbound", HOP_OUTBOUND },
};

static const struct word levels[] = {
	{ "none", LEVEL_NONE },
	{ "encrypt", LEVEL_ENCRYPT },
	{ "verify", LEVEL_VERIFY },
};

static const struct word modes[] = {
	{ "enforce", MODE_ENFORCE },
	{ "log-only", MODE_LOG_ONLY },
};

static const struct word verdicts[] = {
	{ "undecided", VERDICT_UNDECIDED },
	{ "pass", VERDICT_PASS },
	{ "fail", VERDICT_FAIL },
};

static const struct word actions[] = {
	{ "pass", ACTION_PASS },
	{ "tag", ACTION_TAG },
	{ "hold", ACTION_HOLD },
	{ "defer", ACTION_DEFER },
	{ "reject", ACTION_REJECT },
};

static const struct word exempts[] = {
	{ "postmaster", EXEMPT_POSTMASTER },
	{ "local-client", EXEMPT_LOCAL_CLIENT },
	{ "reinject", EXEMPT_REINJECT },
	{ "local-submission", EXEMPT_SUBMISSION },
	{ "judged-relay", EXEMPT_JUDGED_RELAY },
	{ "elsewhere", EXEMPT_ELSEWHERE },
};

static const struct word found_bys[] = {
	{ "client", FOUND_BY_CLIENT },
	{ "login", FOUND_BY_LOGIN },
	{ "certificate", FOUND_BY_CERTIFICATE },
	{ "listener", FOUND_BY_LISTENER },
};

static const struct word elsewheres[] = {
	{ "judge", ELSEWHERE_JUDGE },
	{ "log", ELSEWHERE_LOG },
};

static const struct word outcomes[] = {
	{ "accepted", OUTCOME_ACCEPTED },
	{ "refused", OUTCOME_REFUSED },
	{ "aborted", OUTCOME_ABORTED },
};

static const struct word grades[] = {
	{ "medium", GRADE_MEDIUM },
	{ "high", GRADE_HIGH },
};

static const struct word versions[] = {
	{ "1.0", TLS_1_0 },
	{ "1.1", TLS_1_1 },
	{ "1.2", TLS_1_2 },
	{ "1.3", TLS_1_3 },
};

static const struct word mta_versions[] = {
	{ "SSLv2", TLS_SSL2 },
	{ "SSLv3", TLS_SSL3 },
	{ "TLSv1", TLS_1_0 },
	{ "TLSv1.0", TLS_1_0 },
	{ "TLSv1.1", TLS_1_1 },
	{ "TLSv1.2", TLS_1_2 },
	{ "TLSv1.3", TLS_1_3 },
	{ "TLS1.0", TLS_1_0 },
	{ "TLS1.1", TLS_1_1 },
	{ "TLS1.2", TLS_1_2 },
	{ "TLS1.3", TLS_1_3 },
	{ "TLS1_0", TLS_1_0 },
	{ "TLS1_1", TLS_1_1 },
	{ "TLS1_2", TLS_1_2 },
	{ "TLS1_3", TLS_1_3 },
};

const char *
vocabulary_name(const struct vocabulary *v, int value)
{
	assert(v->count > 0);
	for (size_t i = 0; i < v->count; i++)
		if (v->words[i].value == value)
			return v->words[i].name;
	return v->unset;
}

bool
vocabulary_value(const struct vocabulary *v, struct slice name, int *out)
{
	assert(out != NULL);
	for (size_t i = 0; i < v->count; i++)
		if (slice_eq(slice_of(v->words[i].name), name)) {
			*out = v->words[i].value;
			return true;
		}
	return false;
}

const char *
vocabulary_word(const struct vocabulary *v, unsigned n)
{
	return n < v->count ? v->words[n].name : NULL;
}

VOCABULARY_DEFINE(hop, hops, "unset")
VOCABULARY_DEFINE(level, levels, "unset")
VOCABULARY_DEFINE(mode, modes, "unset")
VOCABULARY_DEFINE(verdict, verdicts, "undecided")
VOCABULARY_DEFINE(action, actions, "unset")
VOCABULARY_DEFINE(exempt, exempts, NULL)
VOCABULARY_DEFINE(found_by, found_bys, NULL)
VOCABULARY_DEFINE(elsewhere, elsewheres, "unset")
VOCABULARY_DEFINE(outcome, outcomes, "unset")
VOCABULARY_DEFINE(grade, grades, "")
VOCABULARY_DEFINE(tls_version, versions, "")

bool
tls_version_from_mta(struct slice name, enum tls_version *out)
{
	for (size_t i = 0; i < COUNT_OF(mta_versions); i++)
		if (slice_ieq(slice_of(mta_versions[i].name), name)) {
			*out = (enum tls_version)mta_versions[i].value;
			return true;
		}
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/logfilter.h"
#include "policy/audit/recorded.h"
#include "policy/base/jsontext.h"

bool
logfilter_may_want(const struct logfilter *filter, struct slice line)
{
	int64_t when = recorded_line_time(line);

	return when == 0 || (when >= filter->since &&
	    (filter->until == 0 || when <= filter->until));
}

bool
logfilter_is_decision(const json_t *record)
{
	return jsontext_at(record, "hop").p != NULL &&
	    jsontext_at(record, "verdict").p != NULL;
}

static bool
logfilter_is_from(const struct logfilter *filter, const json_t *record)
{
	struct netaddr client;

	return netaddr_from(jsontext_at(record, "client_addr"), &client) &&
	    netrange_has(&filter->client, &client);
}

/* Whether the text of a record is name, in clear or as its code. */
static bool
logfilter_is_name(const struct logfilter *filter, struct slice text,
    struct slice name)
{
	char code[SHORTENING_TEXT];
	struct text t;

	if (slice_ieq(text, name))
		return true;
	if (filter->hashed == NULL || text.n == 0 || text.p[0] != '[')
		return false;
	text_init(&t, code, sizeof(code));
	shortening_add(filter->hashed, name, &t);
	return slice_ieq(text, text_so_far(&t));
}

static bool
logfilter_is_about(const struct logfilter *filter, const json_t *record)
{
	static const char *const keys[] = { "sender", "recipient", "rcpt_addr",
		"login", "claimed_login" };

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (logfilter_is_name(filter, jsontext_at(record, keys[i]),
		    filter->address))
			return true;
	return false;
}

static bool
logfilter_is_of_partner(const struct logfilter *filter, const json_t *record)
{
	struct slice partner = slice_of(filter->partner);

	/* Of a row without a name it is the key, which may be an address. */
	return slice_ieq(jsontext_at(record, "partner"), partner) ||
	    (slice_find(partner, '@') < partner.n && logfilter_is_name(filter,
		jsontext_at(record, "partner"), partner));
}

/* Whether the recipient was refused, by whichever decision. */
static bool
logfilter_was_refused(const json_t *record)
{
	enum action applied;

	return action_from(jsontext_at(record, "applied"), &applied) &&
	    applied >= ACTION_DEFER;
}

/* An exempt recipient and one that an exception covers will pass then, too. */
static bool
logfilter_will_be_refused(const json_t *record)
{
	return !slice_eq(jsontext_at(record, "verdict"), SLICE("pass")) &&
	    !logfilter_was_refused(record) &&
	    jsontext_at(record, "partner").p != NULL &&
	    jsontext_at(record, "exempt").p == NULL &&
	    jsontext_at(record, "exception").p == NULL;
}

bool
logfilter_wants(const struct logfilter *filter, const json_t *record)
{
	int64_t when = recorded_time(jsontext_at(record, "time").p);

	assert(filter != NULL);
	if (when < filter->since ||
	    (filter->until != 0 && when > filter->until))
		return false;
	if (!logfilter_is_decision(record))
		return true;
	if (filter->partner != NULL &&
	    !logfilter_is_of_partner(filter, record))
		return false;
	if (filter->address.p != NULL && !logfilter_is_about(filter, record))
		return false;
	if (filter->has_hop && !slice_eq(jsontext_at(record, "hop"),
		slice_of(hop_name(filter->hop))))
		return false;
	if (filter->has_client && !logfilter_is_from(filter, record))
		return false;
	if (filter->failed && slice_eq(jsontext_at(record, "verdict"),
		SLICE("pass")))
		return false;
	if (filter->refused && !(logfilter_was_refused(record) &&
	    recorded_keeps_back(record)))
		return false;
	return !filter->would_refuse || logfilter_will_be_refused(record);
}

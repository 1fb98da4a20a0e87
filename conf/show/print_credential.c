/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/print_credential.h"
#include "conf/show/print_json.h"
#include "conf/show/times.h"
#include "conf/state/statetext.h"
#include "policy/base/text.h"

enum { DAY = 86400, WIDTH = 80, VALUE = 700, WORDS = 200 };

json_t *
print_days_left(int64_t ends, int64_t now)
{
	if (ends == 0)
		return json_null();
	return json_integer(ends >= now ? (ends - now) / DAY
	    : -1 - (now - ends) / DAY);
}

void
print_days_left_words(const json_t *days, struct text *out)
{
	long long n = (long long)json_integer_value(days);

	if (!json_is_integer(days))
		return;
	if (n < 0)
		text_join(out, ", ", "ended");
	else
		text_join(out, ", ", "ends in %lld day%s", n, text_plural(n));
}

static json_t *
print_credential_json(const struct credentials *credentials, size_t i,
    const struct usage_totals *totals, int64_t now)
{
	const struct credential *c = credentials_get(credentials, i);
	long days;
	enum credential_state state = credentials_state(credentials, i,
	    totals->first, &days);
	json_t *o = json_object();

	json_object_set_new(o, "kind",
	    json_string(credential_kind_name(c->kind)));
	json_object_set_new(o, "value", jsontext_exact(c->text));
	json_object_set_new(o, "state",
	    json_string(credential_state_name(state)));
	json_object_set_new(o, "last", time_to_json(c->last));
	json_object_set_new(o, "messages_30d", jsontext_count(c->messages));
	json_object_set_new(o, "on_record",
	    json_boolean(credentials_on_record(credentials)));
	json_object_set_new(o, "days_on_record", json_integer(days));
	json_object_set_new(o, "days_left", print_days_left(c->ends, now));
	return o;
}

json_t *
print_credentials_json(const struct credentials *credentials,
    const struct usage_totals *totals, int64_t now)
{
	json_t *list = json_array();

	for (size_t i = 0; i < credentials_count(credentials); i++)
		json_array_append_new(list, print_credential_json(credentials,
		    i, totals, now));
	return list;
}

/* Why the log does not show whether one of this kind was used. */
static const char *
print_credential_unknown(const json_t *c)
{
	enum credential_kind kind;

	if (!credential_kind_from(jsontext_at(c, "kind"), &kind))
		return "not on record";
	switch (kind) {
	case CREDENTIAL_LOGIN:
		return "the log does not have whole login names";
	case CREDENTIAL_FINGERPRINT:
		return "the MTA does not show SHA-256 fingerprints";
	case CREDENTIAL_NAME:
	case CREDENTIAL_SUBJECT:
		return "the log does not have the certificate";
	case CREDENTIAL_CLIENT:
	case CREDENTIAL_KINDS:
		break;
	}
	return "the log does not have the client's address";
}

/* How it stands with a credential. */
static void
print_credential_words(const json_t *c, struct text *t)
{
	long long days = (long long)jsontext_number(c, "days_on_record");
	long long messages = (long long)jsontext_number(c, "messages_30d");
	enum credential_state state;
	char when[TIMES_TEXT];
	int64_t last = 0;

	if (!credential_state_from(jsontext_at(c, "state"), &state) ||
	    state == CREDENTIAL_UNKNOWN)
		text_add(t, "unknown: %s", print_credential_unknown(c));
	else if (state == CREDENTIAL_USED)
		text_add(t, "%lld message%s in 30 days", messages,
		    text_plural(messages));
	else if (!json_is_true(json_object_get(c, "on_record")))
		text_add(t, "not seen in the %lld day%s that the log covers, "
		    "like all of the row", days, text_plural(days));
	else if (state == CREDENTIAL_UNUSED)
		text_add(t, "not used in 30 days");
	else
		text_add(t, "not seen in the %lld day%s that the row is on "
		    "record", days, text_plural(days));
	if (statetext_time(jsontext_at(c, "last"), &last))
		text_add(t, ", last used %s", times_show(last, when));
	print_days_left_words(json_object_get(c, "days_left"), t);
}

/* Adds a part, on a new line where it is too long. Returns the columns of the
 * line. */
static size_t
print_credential_part(const char *part, size_t used, const char *indent,
    FILE *out)
{
	if (used + strlen(part) + 2 > WIDTH) {
		fprintf(out, "\n%s    %s", indent, part);
		return strlen(indent) + 4 + strlen(part);
	}
	fprintf(out, " %s", part);
	return used + 1 + strlen(part);
}

/* On one line, or on as many as it needs. */
static void
print_credential(const json_t *c, const char *owner, const char *indent,
    FILE *out)
{
	char value[VALUE], words[WORDS];
	struct text t;
	size_t used;

	show_member(c, "value", value, sizeof(value));
	text_init(&t, words, sizeof(words));
	print_credential_words(c, &t);
	used = (size_t)fprintf(out, "%s%s%s%s", indent,
	    owner == NULL ? "" : owner, owner == NULL ? "" : ": ",
	    jsontext_at(c, "kind").p);
	used = print_credential_part(value, used, indent, out);
	fputc(':', out);
	print_credential_part(words, used + 1, indent, out);
	fputc('\n', out);
}

void
print_credentials(const json_t *list, const char *indent, FILE *out)
{
	const json_t *c;
	size_t i;

	json_array_foreach(list, i, c)
		print_credential(c, NULL, indent, out);
}

size_t
print_credentials_idle(const json_t *list, const char *owner,
    const char *indent, FILE *out)
{
	const json_t *c;
	size_t i, count = 0;

	json_array_foreach(list, i, c) {
		struct slice state = jsontext_at(c, "state");

		if (slice_eq(state, SLICE("used")) ||
		    slice_eq(state, SLICE("unknown")) || (owner == NULL &&
		    !json_is_true(json_object_get(c, "on_record"))))
			continue;
		print_credential(c, owner, indent, out);
		count++;
	}
	return count;
}

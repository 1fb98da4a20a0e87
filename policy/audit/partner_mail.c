/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "policy/audit/partner_mail.h"
#include "policy/audit/logfilter.h"
#include "policy/audit/recorded.h"
#include "policy/base/jsontext.h"

/* The numbers of a rule, in its array. */
enum { PASSED, FAILED, UNDECIDED, EXEMPT, LAST, NUMBERS };

struct partner_mail {
	json_t *hops[HOP_COUNT];        /* owns; partner to its numbers */
	const struct shortening *hashed;        /* borrows; NULL: no key */
};

static json_t *
partner_mail_entry(struct partner_mail *mail, enum hop hop, const char *partner)
{
	json_t *entry = json_object_get(mail->hops[hop], partner);

	if (entry != NULL)
		return entry;
	entry = json_array();
	for (unsigned i = 0; i < NUMBERS; i++)
		json_array_append_new(entry, json_integer(0));
	json_object_set_new(mail->hops[hop], partner, entry);
	return entry;
}

static unsigned
partner_mail_number(const json_t *record)
{
	enum verdict verdict;

	if (json_is_string(json_object_get(record, "exempt")))
		return EXEMPT;
	if (!verdict_from(jsontext_at(record, "verdict"), &verdict))
		return UNDECIDED;
	switch (verdict) {
	case VERDICT_PASS:
		return PASSED;
	case VERDICT_FAIL:
		return FAILED;
	case VERDICT_UNDECIDED:
		break;
	}
	return UNDECIDED;
}

static void
partner_mail_count(struct partner_mail *mail, const json_t *record,
    int64_t since)
{
	const char *partner = jsontext_at(record, "partner").p;
	int64_t when = recorded_time(jsontext_at(record, "time").p);
	json_t *entry, *number;
	enum hop hop;

	if (partner == NULL || when < since ||
	    !hop_from(jsontext_at(record, "hop"), &hop))
		return;
	entry = partner_mail_entry(mail, hop, partner);
	number = json_array_get(entry, partner_mail_number(record));
	json_integer_set(number, json_integer_value(number) + 1);
	number = json_array_get(entry, LAST);
	if (when > json_integer_value(number))
		json_integer_set(number, when);
}

struct partner_mail *
partner_mail_read(struct lines *log, int64_t since, struct err *e)
{
	struct partner_mail *mail = xcalloc(1, sizeof(*mail));
	struct logfilter filter = { .since = since };
	struct logline line;

	for (unsigned i = 0; i < HOP_COUNT; i++)
		mail->hops[i] = json_object();
	while (lines_next(log, &line, e)) {
		json_t *record;

		if (!logfilter_may_want(&filter, line.text))
			continue;
		record = json_loadb(line.text.p, line.text.n, 0, NULL);
		partner_mail_count(mail, record, since);
		json_decref(record);
	}
	if (e->text[0] != '\0')
		partner_mail_free(&mail);
	return mail;
}

void
partner_mail_free(struct partner_mail **mail)
{
	if (*mail == NULL)
		return;
	for (unsigned i = 0; i < HOP_COUNT; i++)
		json_decref((*mail)->hops[i]);
	free(*mail);
	*mail = NULL;
}

static struct partner_count
partner_mail_under(const struct partner_mail *mail, struct slice partner,
    enum hop hop)
{
	const json_t *entry = json_object_getn(mail->hops[hop], partner.p,
	    partner.n);
	json_int_t number[NUMBERS];

	for (unsigned i = 0; i < NUMBERS; i++)
		number[i] = json_integer_value(json_array_get(entry, i));
	return (struct partner_count){ (uint64_t)number[PASSED],
		(uint64_t)number[FAILED], (uint64_t)number[UNDECIDED],
		(uint64_t)number[EXEMPT], number[LAST] };
}

static struct partner_count
partner_mail_sum(struct partner_count a, struct partner_count b)
{
	return (struct partner_count){ a.passed + b.passed,
		a.failed + b.failed, a.undecided + b.undecided,
		a.exempt + b.exempt, a.last > b.last ? a.last : b.last };
}

void
partner_mail_use_key(struct partner_mail *mail,
    const struct shortening *hashed)
{
	mail->hashed = hashed;
}

struct partner_count
partner_mail_of(const struct partner_mail *mail, struct slice partner,
    enum hop hop)
{
	struct partner_count count;
	char code[SHORTENING_TEXT];
	struct text t;

	assert(hop < HOP_COUNT);
	if (mail == NULL || partner.p == NULL)
		return (struct partner_count){ .last = 0 };
	count = partner_mail_under(mail, partner, hop);
	if (mail->hashed == NULL || slice_find(partner, '@') == partner.n)
		return count;
	text_init(&t, code, sizeof(code));
	shortening_add_text(mail->hashed, partner, &t);
	return partner_mail_sum(count,
	    partner_mail_under(mail, text_so_far(&t), hop));
}

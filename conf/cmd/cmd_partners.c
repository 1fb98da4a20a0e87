/* SPDX-License-Identifier: BSD-2-Clause */
/* partners - how it stands with every partner, or with one */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "conf/base/addresskey.h"
#include "conf/file/named_partner.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/show/print_partner.h"
#include "conf/tool/apply_change.h"

enum {
	DAY = 86400,
	MAIL_DAYS = 30,
	EVIDENCE_DAYS = 14,             /* what stage asks for by itself */
	NEED = 600,                     /* the log cuts a demand there */
	/* So many are listed even if their rules judged no mail. */
	LISTED = 100
};

struct partners_call {
	struct invocation *invocation;
	struct policy *policy;          /* owns */
	struct state *state;            /* owns */
	struct partner_mail *mail;      /* owns; NULL: not known */
	struct partner_use *use;        /* owns */
	bool one;                       /* a partner was named */
	struct shortening hashed;       /* FULL: its key is not known */
	struct print_partner print;
	bool all;                       /* --all */
	const char *key;                /* by which the partner was named; NULL:
	                                 * by its name, or all are listed */
	json_t *list;                   /* owns */
	uint64_t others;                /* without mail, not listed */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "all", NULL, 'a', "those that had no mail, too" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
partners_take_option(void *data, int option ATTR_UNUSED,
    struct err *e ATTR_UNUSED)
{
	struct partners_call *call = data;

	call->all = true;
	return 0;
}

/* What records have that have codes: the demand, in need, and the partner, in
 * partner, which is an address where a row without a name has one as key. */
static void
partners_hash_question(const struct shortening *hashed,
    const struct demand *demand, char need[NEED], char partner[SHORTENING_TEXT],
    struct stage_question *question)
{
	struct text t;

	question->need_hashed = (struct slice){ need,
		demand_show_shortened(demand, hashed, need, NEED) };
	if (slice_find(question->partner, '@') == question->partner.n)
		return;
	text_init(&t, partner, SHORTENING_TEXT);
	shortening_add_text(hashed, question->partner, &t);
	question->partner_hashed = text_so_far(&t);
}

/* What the log has of a rule. false: it cannot be read, which is reported. */
static bool
partners_read_evidence(const struct partners_call *call,
    const struct rule *rule, struct slice name, int64_t since,
    struct stage_evidence *out)
{
	char need[NEED], need_hashed[NEED], partner[SHORTENING_TEXT];
	struct stage_question question = { .partner = name, .hop = rule->hop,
		.need = { need, demand_show(&rule->demand, need,
		    sizeof(need)) }, .since = since };
	struct err e;
	struct logwalk *log = logwalk_open(call->policy->settings.decisions,
	    0, &e);
	bool read;

	if (call->hashed.form == ADDRESSES_HASHED)
		partners_hash_question(&call->hashed, &rule->demand,
		    need_hashed, partner, &question);
	read = log != NULL && stage_evidence_read(logwalk_lines(log),
	    &question, out, &e) == 0;
	logwalk_close(&log);
	if (!read)
		command_failed(call->invocation, &e);
	return read;
}

static bool
partners_had_mail(const struct partners_call *call,
    const struct partner *partner, struct slice name)
{
	for (unsigned h = 0; h < HOP_COUNT; h++)
		if (partner->rules[h] != NULL &&
		    partner_mail_of(call->mail, name, (enum hop)h).last > 0)
			return true;
	return false;
}

static void
partners_add(struct partners_call *call, const struct partner *partner,
    struct slice name, bool with_evidence)
{
	int64_t since = !with_evidence ? 0
	    : call->print.now - (int64_t)EVIDENCE_DAYS * DAY;
	json_t *o = print_partner_json(partner, name);

	for (unsigned h = 0; h < HOP_COUNT; h++) {
		const struct rule *rule = partner->rules[h];
		struct stage_evidence evidence;
		bool known;

		if (rule == NULL)
			continue;
		known = with_evidence && rule->hop != HOP_OUTBOUND &&
		    partners_read_evidence(call, rule, name, since,
			&evidence);
		print_partner_add_rule(&call->print, o, rule,
		    known ? &evidence : NULL, since);
	}
	json_array_append_new(call->list, o);
}

static bool
partners_has_rule(const struct partner *partner)
{
	for (unsigned h = 0; h < HOP_COUNT; h++)
		if (partner->rules[h] != NULL)
			return true;
	return false;
}

/* Lists it if its rules judged mail, or if all are listed. */
static void
partners_consider(struct partners_call *call, const struct partner *partner,
    struct slice name)
{
	if (!partners_has_rule(partner))
		return;
	if (call->all || partners_had_mail(call, partner, name))
		partners_add(call, partner, name, false);
	else
		call->others++;
}

/* A line of a table that names only a profile: its key is its name. */
static bool
partners_consider_row(const struct table *table ATTR_UNUSED,
    const struct row *row, void *data)
{
	if (row->partner->name.p == NULL)
		partners_consider(data, row->partner, row->key);
	return true;
}

/* Reads when the credentials of those in call->use were last used. What is not
 * known is reported. */
static void
partners_read_use(struct partners_call *call)
{
	int64_t since = call->print.now - (int64_t)CREDENTIAL_READ_DAYS * DAY;
	struct listed_logins *logins;
	struct logwalk *log = NULL;
	struct usage *usage;
	struct err e;

	if (call->mail == NULL)
		return;
	if (partner_use_is_empty(call->use)) {
		call->print.use = call->use;
		return;
	}
	logins = call->hashed.form != ADDRESSES_HASHED ? NULL
	    : listed_logins_create(call->policy, &call->hashed);
	usage = usage_create(logins, partner_use_take, call->use);
	log = logwalk_open(call->policy->settings.decisions, since, &e);
	if (log != NULL && usage_read(usage, logwalk_lines(log), since,
		&e) == 0) {
		call->print.totals = usage_end(usage);
		call->print.use = call->use;
	} else
		fprintf(call->invocation->err, "enforcetls: the last use of "
		    "credentials is not known: %s\n", e.text);
	logwalk_close(&log);
	usage_destroy(&usage);
	listed_logins_destroy(&logins);
}

/* Notes the credentials of those that will be listed. Lines of a table that
 * share a profile share its credentials, too: none of them is noted. */
static void
partners_note_all(struct partners_call *call)
{
	const struct table *table = call->policy->table;

	for (size_t i = 0; i < table_partners(table); i++) {
		const struct partner *p = table_partner(table, (unsigned)i);

		if (p->name.p != NULL && (call->all ||
		    partners_had_mail(call, p, p->name)))
			partner_use_add(call->use, p, p->name);
	}
}

static void
partners_list(struct partners_call *call)
{
	const struct table *table = call->policy->table;

	call->all = call->all || table_keys(table) <= LISTED;
	partners_note_all(call);
	partners_read_use(call);
	for (size_t i = 0; i < table_partners(table); i++) {
		const struct partner *p = table_partner(table, (unsigned)i);

		if (p->name.p != NULL)
			partners_consider(call, p, p->name);
	}
	table_each(table, partners_consider_row, call);
}

static void
partners_print(const struct partners_call *call)
{
	FILE *out = call->invocation->out;
	const json_t *partner;
	char name[128], key[300];
	size_t i;

	if (call->key != NULL) {
		slice_show(slice_of(call->key), key, sizeof(key));
		fprintf(out, "%s is a key of %s\n", key, show_member(
		    json_array_get(call->list, 0), "partner", name,
		    sizeof(name)));
	}
	json_array_foreach(call->list, i, partner)
		print_partner_text(partner, call->one, out);
	if (call->others > 0)
		fprintf(out, "%llu more, whose rules judged no mail in %d days "
		    "(--all lists them)\n", (unsigned long long)call->others,
		    MAIL_DAYS);
}

static void
partners_answer(struct partners_call *call)
{
	json_t *o;

	if (!call->invocation->json) {
		partners_print(call);
		return;
	}
	o = json_object();
	json_object_set(o, "partners", call->list);
	json_object_set_new(o, "others", jsontext_count(call->others));
	json_object_set_new(o, "named_by_key", call->key == NULL ? json_null()
	    : jsontext_exact(slice_of(call->key)));
	print_json(o, JSONTEXT_LINE, call->invocation->out);
	json_decref(o);
}

/* How much mail the rules judged. What is not known is reported. */
static void
partners_read_mail(struct partners_call *call)
{
	int64_t since = call->print.now - (int64_t)MAIL_DAYS * DAY;
	struct err e;
	struct logwalk *log = logwalk_open(call->policy->settings.decisions,
	    since, &e);

	if (log != NULL)
		call->mail = partner_mail_read(logwalk_lines(log), since, &e);
	logwalk_close(&log);
	if (call->mail == NULL)
		command_not_known(call->invocation, "how much mail the rules "
		    "judged", &e);
	else if (addresskey_known(&call->policy->settings, &call->hashed))
		partner_mail_use_key(call->mail, &call->hashed);
	call->print.mail = call->mail;
}

static enum exit_status
partners_run(struct partners_call *call)
{
	char **words = call->invocation->words;
	struct named_partner one = { .partner = NULL };
	struct err e;

	if (call->invocation->word_count == 1) {
		if (named_partner_find(call->policy, slice_of(words[0]), &one,
			&e) < 0)
			return command_failed(call->invocation, &e);
		if (one.by_key)
			call->key = words[0];
	}
	partners_read_mail(call);
	call->list = json_array();
	call->use = partner_use_create(call->print.now,
	    call->hashed.form == ADDRESSES_HASHED ? &call->hashed : NULL);
	call->one = one.partner != NULL;
	if (call->one) {
		partner_use_add(call->use, one.partner, one.name);
		partners_read_use(call);
		partners_add(call, one.partner, one.name, true);
	} else
		partners_list(call);
	partners_answer(call);
	return STATUS_GOOD;
}

enum exit_status
cmd_partners(struct invocation *invocation)
{
	struct partners_call call = { .invocation = invocation };
	enum exit_status status;

	if (!command_read(invocation, options, partners_take_option, &call,
		&status))
		return status;
	if (invocation->word_count > 1)
		return command_misused(invocation, "takes one partner at "
		    "most");
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	call.state = command_apply_state(invocation, call.policy);
	call.print = (struct print_partner){ .policy = call.policy,
		.state = call.state, .now = state_now(call.state,
		    time(NULL)) };
	status = partners_run(&call);
	json_decref(call.list);
	partner_use_destroy(&call.use);
	partner_mail_free(&call.mail);
	state_destroy(&call.state);
	policy_destroy(&call.policy);
	return status;
}

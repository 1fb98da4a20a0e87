/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "conf/show/print_json.h"
#include "conf/show/print_queue.h"
#include "conf/show/times.h"
#include "conf/state/statetext.h"

/* An exception ends after a day, if the policy allows so much. */
enum { DAY = 86400, MINUTE = 60, COMMAND = 2048 };

void
print_queue_word(struct text *t, struct slice word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@%+=:,-";
	bool simple = word.n > 0, ascii = true;

	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];

		simple = simple && strchr(plain, c) != NULL && c != '\0';
		ascii = ascii && c >= 0x20 && c < 0x7f;
	}
	if (simple) {
		text_slice(t, word);
		return;
	}
	text_add(t, ascii ? "'" : "$'");
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];

		if (c < 0x20 || c >= 0x7f)
			text_add(t, "\\x%02x", c);
		else if (c == '\'')
			text_add(t, ascii ? "'\\''" : "\\'");
		else
			text_add(t, c == '\\' && !ascii ? "\\\\" : "%c", c);
	}
	text_byte(t, '\'');
}

/* The end of an exception as --until takes it: a whole minute, local time. */
static void
print_queue_until(const struct print_queue *p, char out[TIMES_TEXT])
{
	int64_t longest = (int64_t)p->policy->settings.exception_longest;
	time_t until = (time_t)(p->now + (longest < DAY ? longest : DAY));
	struct tm tm;

	until -= until % MINUTE;
	if (localtime_r(&until, &tm) == NULL ||
	    strftime(out, TIMES_TEXT, "%Y-%m-%dT%H:%M", &tm) == 0)
		out[0] = '\0';
}

/* Why no exception lets the mail pass; NULL: one can. */
static const char *
print_queue_no_exception(const struct print_queue *p,
    const struct waiting_group *group)
{
	const struct rule *rule = group->row.rule;

	if (group->kind == WAITING_MAP)
		return "start the daemon, or see why the map does not answer";
	if (group->unsure.p != NULL)
		return "find out where the MTA sends it: enforcetls map "
		    "NEXTHOP prints the rule of a next hop";
	if (group->kind == WAITING_OTHER || rule == NULL)
		return "no rule that acts covers it: see main.cf, other "
		    "policy maps, and unlisted_routes";
	if (group->floor == LEVEL_UNSET)
		return "the reason is not known to be one of TLS";
	if (group->row.exception != NULL &&
	    group->row.exception->floor <= group->floor)
		return "an exception is in force: the next attempt delivers "
		    "it";
	if (group->floor < policy_least(p->policy, rule))
		return "an exception may not go so low: exceptions."
		    "allow_plaintext or never_below of the rule forbids it";
	if (slice_eq(group->row.row.key, SLICE("*")))
		return "no exception can be granted for \"*\": add a row for "
		    "the destination";
	return NULL;
}

/* The command that lets the mail pass for a day. */
static json_t *
print_queue_exception(const struct print_queue *p,
    const struct waiting_group *group)
{
	char command[COMMAND], until[TIMES_TEXT];
	struct text t;

	if (print_queue_no_exception(p, group) != NULL)
		return json_null();
	text_init(&t, command, sizeof(command));
	text_add(&t, "enforcetls ");
	if (p->config != NULL) {
		text_add(&t, "-c ");
		print_queue_word(&t, slice_of(p->config));
		text_byte(&t, ' ');
	}
	text_add(&t, "exception add ");
	print_queue_word(&t, group->partner);
	print_queue_until(p, until);
	text_add(&t, " outbound --floor %s --until %s --owner ",
	    level_name(group->floor), until);
	print_queue_word(&t, slice_of(p->owner));
	if (policy_is_for_all(p->policy, group->row.rule) &&
	    group->row.rule->partner->name.p != NULL) {
		text_add(&t, " --key ");
		print_queue_word(&t, group->row.row.key);
	}
	text_add(&t, " --reason 'mail waits in the queue'");
	/* Half a command must not be run. */
	return t.cut ? json_null() : jsontext_exact(text_so_far(&t));
}

static json_t *
print_queue_lacked(const struct waiting_group *group)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < LACK_COUNT; i++) {
		json_t *o;

		if (group->lacked[i] == 0)
			continue;
		o = json_object();
		json_object_set_new(o, "what",
		    json_string(lack_name((enum lack)i)));
		json_object_set_new(o, "meaning",
		    json_string(lack_text((enum lack)i)));
		json_object_set_new(o, "recipients",
		    jsontext_count(group->lacked[i]));
		json_object_set_new(o, "example",
		    jsontext_exact(group->example[i]));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
print_queue_mail(const struct waiting_group *group)
{
	json_t *list = json_array();

	for (const struct waiting_mail *m = group->mail; m != NULL;
	     m = m->next) {
		json_t *o = json_object();

		json_object_set_new(o, "queue_id", jsontext_exact(m->id));
		json_object_set_new(o, "arrival", time_to_json(m->arrival));
		json_object_set_new(o, "sender", jsontext_exact(m->sender));
		json_object_set_new(o, "recipient",
		    jsontext_exact(m->recipient));
		json_object_set_new(o, "reason", jsontext_exact(
			m->reason.p != NULL ? m->reason : m->other_reason));
		json_array_append_new(list, o);
	}
	return list;
}

/* The earlier of two times, of which 0 is none. */
static int64_t
print_queue_earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* When the first of the mail is given up. */
static int64_t
print_queue_end(const struct print_queue *p, const struct waiting_group *group)
{
	int64_t mail = 0, bounce = 0;

	if (p->mail_lifetime > 0 && group->oldest > 0)
		mail = group->oldest + p->mail_lifetime;
	if (p->bounce_lifetime > 0 && group->oldest_bounce > 0)
		bounce = group->oldest_bounce + p->bounce_lifetime;
	return print_queue_earlier(mail, bounce);
}

json_t *
print_queue_group(const struct print_queue *p,
    const struct waiting_group *group)
{
	const struct exception *x = group->row.exception;
	const char *no = print_queue_no_exception(p, group);
	json_t *o = json_object();

	assert(p->policy != NULL && p->owner != NULL);
	json_object_set_new(o, "waits_for",
	    json_string(waiting_kind_name(group->kind)));
	json_object_set_new(o, "partner", jsontext_exact(group->partner));
	json_object_set_new(o, "unsure", jsontext_exact(group->unsure));
	json_object_set_new(o, "rule", group->row.rule == NULL ? json_null()
	    : place_to_json(group->row.rule->place));
	json_object_set_new(o, "messages", jsontext_count(group->messages));
	json_object_set_new(o, "recipients",
	    jsontext_count(group->recipients));
	json_object_set_new(o, "since", time_to_json(print_queue_earlier(
	    group->oldest, group->oldest_bounce)));
	json_object_set_new(o, "tried_until",
	    time_to_json(print_queue_end(p, group)));
	json_object_set_new(o, "lacked", print_queue_lacked(group));
	json_object_set_new(o, "exception", x == NULL ? json_null()
	    : jsontext_exact(x->id));
	json_object_set_new(o, "exception_command",
	    print_queue_exception(p, group));
	json_object_set_new(o, "no_exception", no == NULL ? json_null()
	    : json_string(no));
	json_object_set_new(o, "mail", print_queue_mail(group));
	return o;
}

/* What the mail does, for one message or for several. */
static const char *
print_queue_verb(const json_t *group, bool one)
{
	struct slice kind = jsontext_at(group, "waits_for");

	if (slice_eq(kind, SLICE("maybe")))
		return "may wait for the outbound rule";
	if (slice_eq(kind, SLICE("unsure")))
		return one ? "waits for TLS by a rule that is not known"
		    : "wait for TLS by a rule that is not known";
	if (slice_eq(kind, SLICE("rule")))
		return one ? "waits for the outbound rule"
		    : "wait for the outbound rule";
	if (slice_eq(kind, SLICE("map")))
		return one ? "waits because the policy map failed"
		    : "wait because the policy map failed";
	return one ? "waits for TLS that no rule asks for"
	    : "wait for TLS that no rule asks for";
}

/* "WHEN (HOW LONG WORDS)" for a member; nothing when it is null. */
static void
print_queue_time(const json_t *group, const char *key, int64_t now,
    const char *before, const char *after, FILE *out)
{
	char when[TIMES_TEXT], span[TIMES_TEXT];
	int64_t time;

	if (!statetext_time(jsontext_at(group, key), &time))
		return;
	fprintf(out, "    %s %s (%s%s)\n", before, times_show(time, when),
	    times_show_span(time > now ? time - now : now - time, span),
	    after);
}

static void
print_queue_each_lack(const json_t *group, FILE *out)
{
	const json_t *lack;
	char example[300];
	size_t i;

	json_array_foreach(json_object_get(group, "lacked"), i, lack)
		fprintf(out, "    %lld: %s\n        such as \"%s\"\n",
		    (long long)jsontext_number(lack, "recipients"),
		    jsontext_at(lack, "meaning").p, show_member(lack,
			"example", example, sizeof(example)));
}

static void
print_queue_each_mail(const json_t *group, FILE *out)
{
	const json_t *mail;
	char id[64], sender[200], recipient[200], when[TIMES_TEXT];
	int64_t time;
	size_t i;

	json_array_foreach(json_object_get(group, "mail"), i, mail)
		fprintf(out, "    %s  %s  <%s> -> <%s>\n", show_member(mail,
			"queue_id", id, sizeof(id)),
		    statetext_time(jsontext_at(mail, "arrival"), &time)
		    ? times_show(time, when) : "-",
		    show_member(mail, "sender", sender, sizeof(sender)),
		    show_member(mail, "recipient", recipient,
			sizeof(recipient)));
}

void
print_queue_text(const json_t *group, int64_t now, bool with_mail, FILE *out)
{
	long long messages = jsontext_number(group, "messages");
	long long recipients = jsontext_number(group, "recipients");
	bool named = jsontext_at(group, "partner").p != NULL;
	bool unsure = jsontext_at(group, "unsure").p != NULL;
	char partner[128], rule[300], why[500];

	fprintf(out, "%s: %lld message%s to %lld recipient%s %s",
	    named ? show_member(group, "partner", partner, sizeof(partner))
	    : unsure ? "some partner" : "no partner", messages,
	    messages == 1 ? "" : "s", recipients, recipients == 1 ? "" : "s",
	    print_queue_verb(group, messages == 1));
	if (jsontext_at(group, "rule").p != NULL)
		fprintf(out, " (%s)", show_member(group, "rule", rule,
			sizeof(rule)));
	fputc('\n', out);
	if (unsure)
		fprintf(out, "    %s\n",
		    show_member(group, "unsure", why, sizeof(why)));
	print_queue_time(group, "since", now, "since", "", out);
	print_queue_each_lack(group, out);
	print_queue_time(group, "tried_until", now, "tried until", " left",
	    out);
	if (jsontext_at(group, "exception_command").p != NULL)
		fprintf(out, "    this exception lets it pass:\n    %s\n",
		    jsontext_at(group, "exception_command").p);
	else if (jsontext_at(group, "no_exception").p != NULL)
		fprintf(out, "    %s\n",
		    jsontext_at(group, "no_exception").p);
	if (with_mail)
		print_queue_each_mail(group, out);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* services - who sends through this server, and which row covers it */
#include "config.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/addresskey.h"
#include "conf/base/amount.h"
#include "conf/file/named_partner.h"
#include "conf/file/read.h"
#include "conf/show/logwalk.h"
#include "conf/services/print_application.h"
#include "conf/show/print_credential.h"
#include "conf/show/print_partner.h"
#include "conf/services/print_proposal.h"
#include "conf/show/times.h"
#include "conf/tool/command.h"

enum { DAY = 86400, SERVICES_DAYS = 30 };

struct services_call {
	struct invocation *invocation;
	int64_t now, since;             /* seconds since 1970 */
	bool all;                       /* --all */
	bool unlisted;                  /* --unlisted */
	struct policy *policy;          /* owns */
	struct state *state;            /* owns */
	const struct service *one;      /* of a name; NULL: all */
	char **logs;                    /* those that were named */
	int log_count;
	struct shortening hashed;
	struct listed_logins *logins;   /* owns; or NULL */
	struct applications *applications;      /* owns */
	struct credentials **credentials;       /* owns; one for each service;
	                                         * NULL: none */
	struct usage_totals totals;
};

/* clang-format off */
static const struct command_option options[] = {
	{ "since", "30d", 's', "only mail of the last so many days" },
	{ "unlisted", NULL, 'u', "propose rows for what no row covers" },
	{ "all", NULL, 'a', "strangers, who bring mail for us, as well" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
services_take_option(void *data, int option, struct err *e)
{
	struct services_call *call = data;
	uint64_t ms;

	switch (option) {
	case 's':
		if (amount_duration(slice_of(optarg), &ms, e) < 0)
			return -1;
		call->since = call->now - (int64_t)(ms / 1000);
		break;
	case 'u':
		call->unlisted = true;
		break;
	case 'a':
		call->all = true;
		break;
	}
	return 0;
}

/* Reading */

static void
services_take(const struct usage_recipient *recipient, void *data)
{
	struct services_call *call = data;

	applications_take(call->applications, recipient);
	for (size_t i = 0; i < call->policy->service_count; i++)
		if (call->credentials[i] != NULL)
			credentials_take(call->credentials[i], recipient);
}

/* How far back the log is read: credentials need more than is listed. */
static int64_t
services_read_since(const struct services_call *call)
{
	int64_t since = call->now - (int64_t)CREDENTIAL_READ_DAYS * DAY;

	return call->unlisted || since > call->since ? call->since : since;
}

/* Takes walk. NULL: it could not be opened, and e is filled. */
static int
services_read_walk(const struct services_call *call, struct logwalk *walk,
    struct usage *usage, struct err *e)
{
	int result;

	if (walk == NULL)
		return -1;
	result = usage_read(usage, logwalk_lines(walk),
	    services_read_since(call), e);
	logwalk_close(&walk);
	return result;
}

static int
services_read(struct services_call *call, struct err *e)
{
	struct usage *usage = usage_create(call->logins, services_take, call);
	int64_t since = services_read_since(call);
	int result = 0;

	for (int i = 0; i < call->log_count && result == 0; i++)
		result = services_read_walk(call, logwalk_open_file(
		    call->logs[i], since, e), usage, e);
	if (call->log_count == 0)
		result = services_read_walk(call, logwalk_open(
		    call->policy->settings.decisions, since, e), usage, e);
	call->totals = usage_end(usage);
	usage_destroy(&usage);
	return result;
}

static void
services_begin(struct services_call *call)
{
	const struct policy *policy = call->policy;

	call->applications = applications_create(policy, call->since,
	    call->all);
	call->credentials = xcalloc(policy->service_count + 1,
	    sizeof(struct credentials *));
	for (size_t i = 0; i < policy->service_count; i++)
		call->credentials[i] = call->unlisted ? NULL
		    : credentials_of_service(policy, &policy->services[i],
			call->now);
	if (addresskey_known(&policy->settings, &call->hashed))
		call->logins = listed_logins_create(policy, &call->hashed);
}

static void
services_end(struct services_call *call)
{
	for (size_t i = 0; call->credentials != NULL &&
	     i < call->policy->service_count; i++)
		credentials_destroy(&call->credentials[i]);
	free(call->credentials);
	applications_destroy(&call->applications);
	listed_logins_destroy(&call->logins);
	state_destroy(&call->state);
	policy_destroy(&call->policy);
}

/* The answer */

/* Whether an application is listed. */
static bool
services_lists(const struct services_call *call,
    const struct application *app)
{
	if (call->unlisted)
		return app->uncovered > 0;
	return call->one == NULL ||
	    app->covered[call->one - call->policy->services] > 0;
}

static json_t *
services_applications(const struct services_call *call)
{
	const struct application *const *list;
	size_t count = applications_rank(call->applications, &list);
	json_t *out = json_array();

	for (size_t i = 0; i < count; i++)
		if (services_lists(call, list[i]))
			json_array_append_new(out, print_application_json(
			    call->policy, list[i], call->now));
	return out;
}

static json_t *
services_service(const struct services_call *call, size_t i)
{
	const struct service *service = &call->policy->services[i];
	struct print_partner p = { .policy = call->policy,
		.state = call->state, .now = call->now };
	json_t *o = print_partner_json(service->partner,
	    service->partner->name);
	char finds[2000];
	struct text t;

	print_partner_add_rule(&p, o, service->partner->rules[HOP_INBOUND],
	    NULL, 0);
	text_init(&t, finds, sizeof(finds));
	service_add(service, &t);
	text_end(&t);
	json_object_set_new(o, "found_by", jsontext_shown(slice_trim(
	    text_so_far(&t))));
	json_object_set_new(o, "is_listener",
	    json_boolean(service->listener != NULL));
	json_object_set_new(o, "credentials", print_credentials_json(
	    call->credentials[i], &call->totals, call->now));
	return o;
}

static json_t *
services_services(const struct services_call *call)
{
	json_t *out = json_array();

	for (size_t i = 0; i < call->policy->service_count; i++)
		if (call->one == NULL ||
		    call->one == &call->policy->services[i])
			json_array_append_new(out, services_service(call, i));
	return out;
}

/* The rows as a text for the policy file. */
static json_t *
services_proposal(const struct services_call *call, size_t *count)
{
	struct arena *a = arena_create(16384);
	const struct application *const *list;
	size_t applications = applications_rank(call->applications, &list);
	struct proposal *rows;
	size_t left, size;
	char *text;
	FILE *out = open_memstream(&text, &size);
	json_t *o;

	if (out == NULL)
		abort();
	*count = proposals_make(call->policy, list, applications, a, &rows,
	    &left);
	print_proposals(call->policy, rows, *count, left, call->now,
	    out);
	fclose(out);
	o = json_stringn(text, size);
	free(text);
	arena_destroy(&a);
	return o;
}

static json_t *
services_json(const struct services_call *call, size_t *proposed)
{
	json_t *o = json_object();

	json_object_set_new(o, "since", time_to_json(call->since));
	json_object_set_new(o, "log_first", time_to_json(call->totals.first));
	json_object_set_new(o, "lost", jsontext_count(call->totals.lost));
	json_object_set_new(o, "applications", services_applications(call));
	json_object_set_new(o, "recipients_of_others",
	    jsontext_count(applications_others(call->applications)));
	if (call->unlisted)
		json_object_set_new(o, "proposal", services_proposal(call,
		    proposed));
	else
		json_object_set_new(o, "services", services_services(call));
	return o;
}

static void
services_print_idle(const json_t *services, FILE *out)
{
	const json_t *service;
	char *text, name[128];
	size_t i, size, count = 0;
	FILE *idle = open_memstream(&text, &size);

	if (idle == NULL)
		abort();
	json_array_foreach(services, i, service)
		count += print_credentials_idle(json_object_get(service,
		    "credentials"), show_member(service, "partner", name,
		    sizeof(name)), "  ", idle);
	fclose(idle);
	if (count > 0)
		fprintf(out, "Listed, and not in use:\n%s", text);
	free(text);
}

static void
services_print_one(const json_t *service, FILE *out)
{
	const json_t *credentials = json_object_get(service, "credentials");
	char finds[2000];

	print_partner_text(service, true, out);
	if (jsontext_at(service, "found_by").n > 0)
		fprintf(out, "  found by  %s\n", show_member(service,
		    "found_by", finds, sizeof(finds)));
	print_credentials(credentials, "    ", out);
}

static void
services_print(const struct services_call *call, json_t *o, FILE *out)
{
	const json_t *services = json_object_get(o, "services");
	const json_t *list = json_object_get(o, "applications");
	long long others = (long long)jsontext_number(o,
	    "recipients_of_others");

	if (call->one != NULL)
		services_print_one(json_array_get(services, 0), out);
	if (json_array_size(list) == 0)
		fputs("No application is on record.\n", out);
	print_applications(list, out);
	if (others > 0)
		fprintf(out, "and %lld recipient%s of more applications: %d "
		    "are listed at most\n", others, text_plural(others),
		    APPLICATIONS);
	if (call->one == NULL)
		services_print_idle(services, out);
}

/* What the answer cannot show, on standard error. */
static void
services_print_notes(const struct services_call *call)
{
	const struct settings *settings = &call->policy->settings;
	FILE *err = call->invocation->err;
	char when[TIMES_TEXT];

	if (settings_scope(settings, call->now) != SCOPE_ALL)
		fputs("enforcetls: note: what no row covers is not recorded "
		    "(log.scope), so applications may be missing\n", err);
	if (settings->served_domains.count == 0)
		fputs("enforcetls: note: without served_domains it is not "
		    "known who sends to others through us: only sessions by "
		    "a service, a login or a listener are listed\n", err);
	if (call->totals.first > call->since)
		fprintf(err, "enforcetls: note: the log begins at %s\n",
		    times_show(call->totals.first, when));
	if (call->totals.lost > 0)
		fprintf(err, "enforcetls: note: %llu records of the log are "
		    "lost: what is not seen may have been used\n",
		    (unsigned long long)call->totals.lost);
	if (call->totals.skipped > 0)
		fprintf(err, "enforcetls: note: %llu lines of the log cannot "
		    "be read\n", (unsigned long long)call->totals.skipped);
}

static enum exit_status
services_answer(const struct services_call *call)
{
	size_t proposed = 0;
	json_t *o = services_json(call, &proposed);

	services_print_notes(call);
	if (call->invocation->json)
		print_json(o, JSONTEXT_LINE, call->invocation->out);
	else if (call->unlisted)
		fputs(jsontext_at(o, "proposal").p, call->invocation->out);
	else
		services_print(call, o, call->invocation->out);
	json_decref(o);
	return proposed > 0 ? STATUS_FINDINGS : STATUS_GOOD;
}

static enum exit_status
services_run(struct services_call *call)
{
	struct err e;

	services_begin(call);
	if (services_read(call, &e) < 0)
		return command_failed(call->invocation, &e);
	return services_answer(call);
}

/* The first word is the name of a service or a log. false: neither, which is
 * reported. */
static bool
services_take_words(struct services_call *call)
{
	struct invocation *invocation = call->invocation;
	const struct policy *policy = call->policy;
	const char *word = invocation->words[0];
	char shown[128];

	call->logs = invocation->words;
	call->log_count = invocation->word_count;
	if (word == NULL)
		return true;
	for (size_t i = 0; i < policy->service_count; i++)
		if (slice_ieq(policy->services[i].partner->name,
			slice_of(word)))
			call->one = &policy->services[i];
	if (call->one != NULL) {
		call->logs++;
		call->log_count--;
		return true;
	}
	if (access(word, F_OK) == 0)
		return true;
	slice_show(slice_of(word), shown, sizeof(shown));
	fprintf(invocation->err, "enforcetls: %s is no service, no listener "
	    "with a rule and no log: `enforcetls check` lists them\n", shown);
	return false;
}

enum exit_status
cmd_services(struct invocation *invocation)
{
	struct services_call call = { .invocation = invocation,
		.now = time(NULL) };
	enum exit_status status;

	call.since = call.now - (int64_t)SERVICES_DAYS * DAY;
	if (!command_read(invocation, options, services_take_option, &call,
		&status))
		return status;
	if (call.all && call.unlisted)
		return command_misused(invocation, "takes --all or "
		    "--unlisted");
	call.policy = command_policy_in_force(invocation);
	if (call.policy == NULL)
		return STATUS_FAILED;
	call.state = command_apply_state(invocation, call.policy);
	status = !services_take_words(&call) ? STATUS_FAILED
	    : call.one != NULL && call.unlisted
	    ? command_misused(invocation, "a service is no application "
		"without a row: --unlisted takes no name")
	    : services_run(&call);
	services_end(&call);
	return status;
}

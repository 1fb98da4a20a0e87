/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/driver/play_unit.h"
#include "conf/file/read.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/judge.h"
#include "policy/judge/record.h"
#include "tests/driver/policyfile.h"

/* The most recipients and header fields of one message in a script. */
enum { WAITING = 32, RECEIVED = 16 };

/* A recipient that is judged again at the end of its message. */
struct waiting {
	const struct request *request;
	unsigned number;                /* of its statement */
};

struct unit {
	const char *folder;
	enum mta mta;
	struct policy *policy;          /* owns */
	unsigned refs;
	enum action applied;            /* the strictest of the accepted */
	struct reply reply;             /* of a refusal that must wait */
	struct slice sender;            /* as typed */
	struct waiting waiting[WAITING];
	size_t waiting_count;
};

struct unit *
unit_create(const char *folder, enum mta mta)
{
	struct unit *u = xcalloc(1, sizeof(*u));

	u->folder = folder;
	u->mta = mta;
	return u;
}

void
unit_destroy(struct unit **unit)
{
	if (*unit == NULL)
		return;
	policy_destroy(&(*unit)->policy);
	free(*unit);
	*unit = NULL;
}

int
unit_load(struct unit *unit, const struct policy_text *policy, struct err *e)
{
	struct surroundings around = { .folder = unit->folder,
		.mta = dialect_of(unit->mta)->setting };
	struct problems *problems;
	char path[512];

	snprintf(path, sizeof(path), "%s/unit.conf", unit->folder);
	if (policyfile_write(path, policy->text, &around, e) < 0)
		return -1;
	policy_destroy(&unit->policy);
	problems = problems_create();
	unit->policy = policy_read(path, problems);
	if (unit->policy == NULL) {
		problems_print(problems, stderr);
		err_set(e, "policy %.*s does not load",
		    SLICE_ARGS(policy->name));
	}
	problems_destroy(&problems);
	return unit->policy == NULL ? -1 : 0;
}

static int
reload(struct play *p, const struct policy_text *policy, struct err *e)
{
	return unit_load(p->data, policy, e);
}

static int
mail(struct play *p, const struct step *s, struct err *e ATTR_UNUSED)
{
	struct unit *u = p->data;

	u->applied = ACTION_PASS;
	u->reply = (struct reply){ 0 };
	u->sender = slice_of(s->words[0]);
	u->waiting_count = 0;
	return 0;
}

static void
attempt_of(struct play *p, const struct step *s, struct request *out)
{
	struct unit *u = p->data;
	const struct client *c = &p->session->client;

	*out = (struct request){ 0 };
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		out->macros.value[i] = world_get(&p->world,
		    macro_name((enum macro)i));
	out->mta = dialect_recognise(u->mta, &out->macros);
	out->sender = u->sender;
	out->recipient = slice_of(s->words[0]);
	out->ref = slice_of(arena_printf(p->arena, "U%u", ++u->refs));
	out->can_hold = !c->offered || (c->actions & 0x20) != 0;
	out->can_tag = !c->offered || (c->actions & 0x01) != 0;
	out->sends_headers = true;
	out->can_wait = true;
}

static void
got_reply(const struct reply *reply, struct got *got)
{
	got->what = reply->action == ACTION_REJECT ? ANSWERED_REJECT
	    : ANSWERED_DEFER;
	snprintf(got->code, sizeof(got->code), "%s", reply->code);
	snprintf(got->enhanced, sizeof(got->enhanced), "%s",
	    reply->enhanced);
	snprintf(got->text, sizeof(got->text), "%s", reply->text);
}

/* Adds the records as the daemon writes them, parsed again. */
static void
keep_records(struct play *p, const struct request *request,
    const struct ruling *ruling, unsigned number)
{
	struct unit *u = p->data;
	struct record record = { .request = request,
		.outcome = OUTCOME_ACCEPTED, .listener = ruling->listener,
		.mode = u->policy->settings.mode,
		.policy_digest = u->policy->digest };
	static char line[LIMIT_DECISION + 128];

	for (size_t i = 0; i < ruling->count; i++) {
		size_t n;

		record.decision = &ruling->list[i];
		record.applied = ruling->applied;
		record.reply = ruling->reply.action == ACTION_UNSET ? NULL
		    : &ruling->reply;
		n = record_json(&record, line, LIMIT_DECISION);
		n += record_chain(NULL, line + n, sizeof(line) - n);
		play_add_record(p, json_loadb(line, n, 0, NULL), number);
	}
}

/* The action on a message whose recipients are accepted. */
static void
note_applied(struct unit *u, const struct ruling *ruling)
{
	if (ruling->applied >= ACTION_DEFER && ruling->applied > u->applied)
		u->reply = ruling->reply;
	if (ruling->applied > u->applied)
		u->applied = ruling->applied;
}

static int
rcpt(struct play *p, const struct step *s, struct got *got,
    struct err *e ATTR_UNUSED)
{
	struct unit *u = p->data;
	struct request *request = arena_alloc(p->arena, sizeof(*request));
	struct ruling ruling = { 0 };

	attempt_of(p, s, request);
	judge_recipient(u->policy, request, p->arena, &ruling);
	keep_records(p, request, &ruling, p->number);
	got->what = ANSWERED_ACCEPT;
	if (ruling.applied == ACTION_UNSET)
		return err_set(e, "the ruling applies nothing at all");
	if (ruling.applied >= ACTION_DEFER && !ruling.at_end) {
		got_reply(&ruling.reply, got);
		return 0;
	}
	note_applied(u, &ruling);
	if (!ruling.wants_headers)
		return 0;
	if (u->waiting_count == WAITING)
		return err_set(e, "too many recipients");
	u->waiting[u->waiting_count++] = (struct waiting){ request,
		p->number };
	return 0;
}

/* The value of a script's header field if it has that name; else absent. */
static struct slice
value_of(struct slice field, struct slice name)
{
	size_t colon = slice_find(field, ':');

	if (colon == field.n || !slice_ieq(slice_head(field, colon), name))
		return SLICE_NONE;
	return slice_trim(slice_from(field, colon + 1));
}

static void
judge_header(struct play *p)
{
	struct unit *u = p->data;
	struct slice received[RECEIVED];
	struct header_evidence header = { .received = { .bodies = received } };

	for (size_t i = 0; i < p->header_count; i++) {
		struct slice field = p->headers[i]->text;
		struct slice body = value_of(field, SLICE("Received"));

		if (body.p != NULL && header.received.count < RECEIVED)
			received[header.received.count++] = body;
		if (slice_ieq(value_of(field, SLICE("TLS-Required")),
			SLICE("no")))
			header.tls_required_no = true;
	}
	for (size_t i = 0; i < u->waiting_count; i++) {
		struct waiting *w = &u->waiting[i];
		struct ruling ruling = { 0 };

		judge_at_end(u->policy, w->request, &header,
		    p->arena, &ruling);
		keep_records(p, w->request, &ruling, w->number);
		note_applied(u, &ruling);
	}
	u->waiting_count = 0;
}

static int
message(struct play *p, struct got *got, struct err *e)
{
	struct unit *u = p->data;

	judge_header(p);
	switch (u->applied) {
	case ACTION_PASS:
		got->what = ANSWERED_ACCEPT;
		return 0;
	case ACTION_TAG:
		got->what = ANSWERED_TAG;
		return 0;
	case ACTION_HOLD:
		got->what = ANSWERED_HOLD;
		return 0;
	case ACTION_DEFER:
	case ACTION_REJECT:
		got_reply(&u->reply, got);
		return 0;
	case ACTION_UNSET:
	case ACTION_COUNT:
		break;
	}
	return err_set(e, "nothing was applied");
}

static int
end(struct play *p ATTR_UNUSED, size_t wanted ATTR_UNUSED,
    struct err *e ATTR_UNUSED)
{
	return 0;
}

const struct player unit_player = {
	.way = WAY_UNIT,
	.mail = mail,
	.rcpt = rcpt,
	.message = message,
	.reload = reload,
	.end = end,
};

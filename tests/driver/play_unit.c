/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <unistd.h>

#include "tests/driver/play_unit.h"
#include "conf/file/read.h"
#include "conf/snapshot.h"
#include "milter/base/loop.h"
#include "milter/base/refid.h"
#include "milter/log/decisionlog.h"
#include "milter/session/message.h"
#include "milter/session/negotiate.h"
#include "policy/evidence/dialect.h"
#include "tests/driver/policyfile.h"

enum { STOP_MS = 60000 };               /* until the log is written, at most */

struct unit {
	const char *folder;
	enum mta mta;
	struct message *message;        /* owns; NULL between messages */
	char log[512];                  /* its path */
	size_t log_read;                /* octets of it */
};

struct unit *
unit_create(const char *folder, enum mta mta, struct err *e)
{
	struct unit *u = xcalloc(1, sizeof(*u));

	u->folder = folder;
	u->mta = mta;
	snprintf(u->log, sizeof(u->log), "%s/unit.jsonl", folder);
	unlink(u->log);
	refid_init(loop_wall_ms());
	if (decisionlog_start(slice_of(u->log), 0, e) == 0)
		return u;
	free(u);
	return NULL;
}

void
unit_destroy(struct unit **unit)
{
	message_abandon(&(*unit)->message);
	decisionlog_stop(STOP_MS);
	snapshot_clear();
	free(*unit);
	*unit = NULL;
}

int
unit_load(struct unit *unit, const struct policy_text *text, struct err *e)
{
	struct surroundings around = { .folder = unit->folder,
		.mta = dialect_of(unit->mta)->setting };
	struct problems *problems;
	struct policy *policy;
	char path[512];

	snprintf(path, sizeof(path), "%s/unit.conf", unit->folder);
	if (policyfile_write(path, text->text, &around, e) < 0)
		return -1;
	problems = problems_create();
	policy = policy_read(path, problems);
	if (policy == NULL) {
		problems_print(problems, stderr);
		err_set(e, "policy %.*s does not load",
		    SLICE_ARGS(text->name));
	}
	problems_destroy(&problems);
	if (policy == NULL)
		return -1;
	snapshot_publish(policy, NULL);
	return 0;
}

static int
reload(struct play *p, const struct policy_text *policy, struct err *e)
{
	return unit_load(p->data, policy, e);
}

/* What a session agrees on with an MTA that offers all, or with this one. */
static unsigned
agreed_with(const struct client *c)
{
	unsigned agreed = AGREED_HEADERS | AGREED_MAIL | AGREED_SYMBOLS |
	    AGREED_CLEAN | AGREED_DATA;

	if (!c->offered || (c->actions & 0x20) != 0)
		agreed |= AGREED_HOLD;
	if (!c->offered || (c->actions & 0x01) != 0)
		agreed |= AGREED_TAG;
	return agreed;
}

static int
mail(struct play *p, const struct step *s, struct err *e ATTR_UNUSED)
{
	struct unit *u = p->data;
	char *words[WORDS + 1] = { NULL };

	for (size_t i = 0; i < WORDS && s->words[i] != NULL; i++)
		words[i] = arena_string(p->arena, slice_of(s->words[i]));
	message_abandon(&u->message);
	u->message = message_begin(p->number,
	    agreed_with(&p->session->client));
	message_mail(u->message, words);
	return 0;
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

static void
read_macros(struct play *p, struct macros *out)
{
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		out->value[i] = world_get(&p->world,
		    macro_name((enum macro)i));
}

static int
rcpt(struct play *p, const struct step *s, struct got *got,
    struct err *e ATTR_UNUSED)
{
	struct unit *u = p->data;
	const struct reply *refusal;
	struct macros macros;

	read_macros(p, &macros);
	if (u->message == NULL)
		u->message = message_begin(p->number,
		    agreed_with(&p->session->client));
	refusal = message_recipient(u->message, &macros,
	    slice_of(s->words[0]));
	got->what = ANSWERED_ACCEPT;
	if (refusal != NULL)
		got_reply(refusal, got);
	return 0;
}

static void
show_headers(struct play *p)
{
	struct unit *u = p->data;

	for (size_t i = 0; i < p->header_count; i++) {
		struct slice field = p->headers[i]->text;
		size_t colon = slice_find(field, ':');

		message_field(u->message, slice_head(field, colon),
		    slice_trim(slice_from(field, colon + 1)));
	}
}

/* DATA; then the end, unless DATA was refused or a proxy hides it. */
static int
message(struct play *p, struct got *got, struct err *e ATTR_UNUSED)
{
	struct unit *u = p->data;
	struct ending ending;
	struct macros macros;
	struct slice queue_id;

	read_macros(p, &macros);
	queue_id = macros_get(&macros, MACRO_QUEUE_ID);
	assert(u->message != NULL);
	got->what = ANSWERED_ACCEPT;
	message_data(u->message, queue_id, &ending);
	if (ending.refusal == NULL && world_has_proxy(&p->world)) {
		message_abandon(&u->message);
		return 0;
	}
	if (ending.refusal == NULL) {
		show_headers(p);
		message_end(u->message, &ending);
	}
	if (ending.refusal != NULL)
		got_reply(ending.refusal, got);
	else if (ending.hold != NULL)
		got->what = ANSWERED_HOLD;
	else if (ending.tag_count > 0)
		got->what = ANSWERED_TAG;
	message_finish(&u->message, &ending, queue_id);
	return 0;
}

static int
abandon(struct play *p, bool always ATTR_UNUSED, struct err *e ATTR_UNUSED)
{
	struct unit *u = p->data;

	message_abandon(&u->message);
	return 0;
}

/* The log is complete when it is stopped. */
static int
end(struct play *p, size_t wanted ATTR_UNUSED, struct err *e)
{
	struct unit *u = p->data;

	message_abandon(&u->message);
	decisionlog_stop(STOP_MS);
	if (play_read_records(p, u->log, &u->log_read, e) < 0)
		return -1;
	return decisionlog_start(slice_of(u->log), 0, e);
}

const struct player unit_player = {
	.way = WAY_UNIT,
	.mail = mail,
	.rcpt = rcpt,
	.message = message,
	.abort = abandon,
	.reload = reload,
	.end = end,
};

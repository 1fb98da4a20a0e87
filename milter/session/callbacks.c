/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdatomic.h>

#include "milter/session/callbacks.h"
#include "conf/snapshot.h"
#include "milter/base/refid.h"
#include "milter/session/answer.h"
#include "milter/session/drain.h"
#include "milter/session/negotiate.h"
#include "milter/session/session.h"
#include "milter/session/symbols.h"

/* Set when a policy is loaded, read when a session begins. */
static atomic_uint needs_in_force;

void
callbacks_want(unsigned needs)
{
	atomic_store(&needs_in_force, needs);
}

/* After drain_close() the session's message may not be touched. typed is a
 * recipient, or absent at DATA and at the end of a message. */
static sfsistat
callbacks_too_late(SMFICTX *ctx, struct slice typed)
{
	const struct session *session = smfi_getpriv(ctx);
	struct macros macros;
	struct reply reply;

	symbols_read(ctx, &macros);
	if (session == NULL)
		return answer_reply(ctx, message_too_late(refid_next(), 0,
		    &macros, typed, &reply));
	return answer_reply(ctx, message_too_late(session->number,
	    session->agreed, &macros, typed, &reply));
}

/* The session of ctx. When libmilter has none, a new one: after a QUIT that
 * keeps the connection there is no second negotiation, so nothing counts as
 * agreed. */
static struct session *
callbacks_session_of(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL) {
		session = session_create(0);
		smfi_setpriv(ctx, session);
	}
	return session;
}

/* Without a policy nothing is negotiated. That answers no command of a client:
 * the MTA goes on without us and takes its default action. */
static sfsistat
callbacks_agree(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    struct agreement *out)
{
	struct snapshot *snapshot = snapshot_take();

	if (snapshot == NULL)
		return SMFIS_REJECT;
	negotiate_choose(&snapshot_policy(snapshot)->settings,
	    atomic_load(&needs_in_force), actions, steps, out);
	snapshot_drop(&snapshot);
	if ((out->agreed & AGREED_SYMBOLS) != 0) {
		smfi_setsymlist(ctx, SMFIM_ENVRCPT, symbols_list());
		if ((out->agreed & AGREED_DATA) != 0)
			smfi_setsymlist(ctx, SMFIM_DATA, symbols_at_data());
	}
	smfi_setpriv(ctx, session_create(out->agreed));
	return SMFIS_CONTINUE;
}

static sfsistat
callbacks_on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long f2 ATTR_UNUSED, unsigned long f3 ATTR_UNUSED,
    unsigned long *wanted_actions, unsigned long *wanted_steps,
    unsigned long *wanted_f2, unsigned long *wanted_f3)
{
	struct agreement agreement = { .actions = 0 };
	sfsistat status;

	if (!drain_enter())
		return SMFIS_REJECT;
	status = callbacks_agree(ctx, actions, steps, &agreement);
	drain_leave();
	*wanted_actions = agreement.actions;
	*wanted_steps = agreement.steps;
	*wanted_f2 = *wanted_f3 = 0;
	return status;
}

static sfsistat
callbacks_on_mail(SMFICTX *ctx, char **argv)
{
	struct session *session;

	if (!drain_enter())
		return SMFIS_NOREPLY;
	session = callbacks_session_of(ctx);
	session_move(session, EVENT_MAIL);
	if (session->message != NULL)
		message_mail(session->message, argv);
	drain_leave();
	return SMFIS_NOREPLY;
}

static sfsistat
callbacks_decide_recipient(SMFICTX *ctx, struct slice typed)
{
	struct session *session = callbacks_session_of(ctx);
	struct macros macros;

	symbols_read(ctx, &macros);
	session_move_rcpt(session, macros_get(&macros, MACRO_QUEUE_ID));
	/* A session ends with its close, so every RCPT has a message. */
	assert(session->message != NULL);
	return answer_reply(ctx, message_recipient(session->message, &macros,
	    typed));
}

static sfsistat
callbacks_on_rcpt(SMFICTX *ctx, char **argv)
{
	sfsistat status;

	if (!drain_enter())
		return callbacks_too_late(ctx, slice_of(argv[0]));
	status = callbacks_decide_recipient(ctx, slice_of(argv[0]));
	drain_leave();
	return status;
}

/* A refusal ends the message: libmilter shows no abort after it
 * (FACTS 111). */
static sfsistat
callbacks_decide_data(SMFICTX *ctx)
{
	struct session *session = callbacks_session_of(ctx);
	struct message *message = session->message;
	struct ending ending;
	sfsistat status;

	if (message == NULL)
		return SMFIS_CONTINUE;
	message_data(message, symbols_queue_id(ctx), &ending);
	if (ending.refusal == NULL)
		return SMFIS_CONTINUE;
	status = answer_reply(ctx, ending.refusal);
	message = session_take_message(session);
	message_finish(&message, &ending, SLICE_NONE);
	return status;
}

static sfsistat
callbacks_on_data(SMFICTX *ctx)
{
	sfsistat status;

	if (!drain_enter())
		return callbacks_too_late(ctx, SLICE_NONE);
	status = callbacks_decide_data(ctx);
	drain_leave();
	return status;
}

static sfsistat
callbacks_on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *session;

	if (!drain_enter())
		return SMFIS_NOREPLY;
	session = callbacks_session_of(ctx);
	session_move(session, EVENT_HEADER);
	if (session->message != NULL)
		message_field(session->message, slice_of(name),
		    slice_of(value));
	drain_leave();
	return SMFIS_NOREPLY;
}

static sfsistat
callbacks_end_message(SMFICTX *ctx)
{
	struct message *message =
	    session_take_message(callbacks_session_of(ctx));
	struct ending ending;
	sfsistat status;

	if (message == NULL)
		return SMFIS_CONTINUE;
	message_end(message, &ending);
	if (ending.refusal == NULL && !answer_make_changes(ctx, &ending))
		message_end_failed(message, &ending);
	status = answer_reply(ctx, ending.refusal);
	message_finish(&message, &ending, symbols_queue_id(ctx));
	return status;
}

static sfsistat
callbacks_on_end(SMFICTX *ctx)
{
	sfsistat status;

	if (!drain_enter())
		return callbacks_too_late(ctx, SLICE_NONE);
	status = callbacks_end_message(ctx);
	drain_leave();
	return status;
}

static sfsistat
callbacks_on_abort(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL || !drain_enter())
		return SMFIS_CONTINUE;
	session_move(session, EVENT_ABORT);
	drain_leave();
	return SMFIS_CONTINUE;
}

static sfsistat
callbacks_on_close(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_CONTINUE;
	smfi_setpriv(ctx, NULL);
	if (!drain_enter()) {
		/* The process ends; the message is already recorded. */
		session_forget(&session);
		return SMFIS_CONTINUE;
	}
	session_destroy(&session);
	drain_leave();
	return SMFIS_CONTINUE;
}

int
callbacks_register(struct err *e)
{
	static char name[] = "enforcetlsd";
	struct smfiDesc filter = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = 0,
		.xxfi_envfrom = callbacks_on_mail,
		.xxfi_envrcpt = callbacks_on_rcpt,
		.xxfi_data = callbacks_on_data,
		.xxfi_header = callbacks_on_header,
		.xxfi_eom = callbacks_on_end,
		.xxfi_abort = callbacks_on_abort,
		.xxfi_close = callbacks_on_close,
		.xxfi_negotiate = callbacks_on_negotiate,
	};

	symbols_init();
	if (smfi_register(filter) != MI_SUCCESS)
		return err_set(e, "libmilter does not know this program's "
		    "version of it");
	return 0;
}

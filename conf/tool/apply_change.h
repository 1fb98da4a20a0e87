/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apply_change - a change of the state, made by the daemon or without it
 */
#ifndef CONF_TOOL_APPLY_CHANGE_H
#define CONF_TOOL_APPLY_CHANGE_H

#include "conf/state/change.h"
#include "conf/tool/command.h"

/*
 * Sends the change to the daemon; when none listens, makes it in this process,
 * as root after becoming the service user, so that the daemon can write the
 * files later. Prints the outcome, as text or as JSON with ok, id, already,
 * waits (with acts_until, approve_until and approve_command), daemon (whether
 * the daemon made it) and error. STATUS_FINDINGS when the
 * change was refused, STATUS_FAILED when a daemon did not answer in time: it
 * may have made the change.
 */
enum exit_status apply_change(struct invocation *invocation,
    const struct policy *policy, const struct change *change);

/* The same; the answer has the text in in_force, what is so by the change. */
enum exit_status apply_change_in_force(struct invocation *invocation,
    const struct policy *policy, const struct change *change, char *text);

/* How the answer to a change is printed. */
struct apply_change_telling {
	/* Adds members to the answer of one that was made. */
	void (*add)(json_t *answer, void *data);
	void *data;
	command_print_fn *print;
};

/* The same, with an answer of its own for a change that was made. */
enum exit_status apply_change_telling(struct invocation *invocation,
    const struct policy *policy, const struct change *change,
    const struct apply_change_telling *telling);

/* Prints of an answer that waits for another person's approval who can give it,
 * until when and how. Otherwise prints nothing. */
void apply_change_print_waiting(const json_t *answer, FILE *out);

/* Reads the state of the policy's settings, and reports a damaged one. Returns
 * new; goes with state_destroy(). NULL when it cannot be read, which is
 * reported. */
struct state *apply_change_read_state(struct invocation *invocation,
    const struct policy *policy);
#endif

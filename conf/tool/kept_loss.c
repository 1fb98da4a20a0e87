/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <unistd.h>

#include "conf/tool/kept_loss.h"
#include "conf/file/read.h"
#include "conf/loss.h"
#include "conf/state/kept.h"
#include "conf/tool/service_user.h"

/* The kept policy of the place, in *out, which is new; NULL: there is none, and
 * none was. -1 with e filled: it cannot be read. */
static int
kept_loss_read(const struct state_place *place, struct policy **out,
    struct err *e)
{
	struct archive *archive = NULL;
	int fd = -1;
	enum statefile found = kept_read(place, &archive, &fd, e);

	*out = NULL;
	if (found == STATEFILE_GOOD) {
		*out = policy_restore(archive, e);
		archive_close(&archive);
		close(fd);
		return *out == NULL ? -1 : 0;
	}
	/* One is missing that the marker has. */
	return found == STATEFILE_NONE && e->text[0] == '\0' ? 0 : -1;
}

/* The policy in force and its state, both new, read as the user who owns them.
 * *in_force is NULL where none was ever kept. */
static int
kept_loss_open(struct invocation *invocation, const struct policy *policy,
    struct policy **in_force, struct state **state, struct err *e)
{
	struct state_place place = place_of(&policy->settings);
	struct unix_user_before before;
	enum control_reach reach;
	int result = 0;

	*in_force = command_running_policy(invocation, &reach, e);
	if (*in_force == NULL && reach != CONTROL_NO_DAEMON)
		return -1;
	if (service_user_enter(policy, &before, e) < 0)
		result = -1;
	else if (*in_force == NULL)
		result = kept_loss_read(&place, in_force, e);
	if (result == 0 && *in_force != NULL) {
		*state = state_read(&place, e);
		result = *state == NULL ? -1 : 0;
	}
	unix_user_leave(&before);
	return result;
}

int
kept_loss_find(struct invocation *invocation, const struct policy *policy,
    int64_t clock, json_t **difference, struct err *e)
{
	struct policy *in_force = NULL;
	struct state *state = NULL;
	struct difference *d;
	int result = kept_loss_open(invocation, policy, &in_force, &state, e);

	*difference = NULL;
	if (result == 0 && in_force != NULL) {
		state_apply(state, in_force);
		in_force->overlay = &state->overlay;
		d = difference_make(in_force, policy, state_now(state, clock));
		if (difference_losses(d) > 0)
			*difference = loss_json(d);
		difference_destroy(&d);
	}
	state_destroy(&state);
	policy_destroy(&in_force);
	return result;
}

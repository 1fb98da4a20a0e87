/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "conf/tool/kept_loss.h"
#include "conf/file/read.h"
#include "conf/kept_place.h"
#include "conf/loss.h"
#include "conf/state/kept.h"
#include "conf/tool/service_user.h"

/* Restores the policy of an archive, which it closes with fd. NULL with e
 * filled. */
static struct policy *
kept_loss_restore(struct archive *archive, int fd, struct err *e)
{
	struct policy *policy = policy_restore(archive, e);

	archive_close(&archive);
	close(fd);
	return policy;
}

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
		*out = kept_loss_restore(archive, fd, e);
		return *out == NULL ? -1 : 0;
	}
	/* One is missing that the marker has. */
	return found == STATEFILE_NONE && e->text[0] == '\0' ? 0 : -1;
}

/* The same where the file at path names another folder by now. */
static int
kept_loss_read_last(const struct kept_place *last, const char *path,
    struct policy **out, struct err *e)
{
	struct archive *archive = NULL;
	struct err why;
	int fd;

	if (kept_place_open_last(last, path, &archive, &fd, &why) < 0)
		return err_set(e, "the last policy in force was kept in %s, "
		    "and cannot be read there: %s", last->folder, why.text);
	*out = kept_loss_restore(archive, fd, e);
	return *out == NULL ? -1 : 0;
}

/* Reads it from where the note says that it was kept. *place becomes that. */
static int
kept_loss_look(const char *config, struct state_place *place,
    struct kept_place *last, struct policy **out, struct err *e)
{
	/* As the daemon writes it. */
	char *path = realpath(config, NULL);
	enum statefile found;
	int result = -1;

	if (path == NULL)
		return err_file(e, config);
	found = kept_place_moved(path, place, last, e);
	if (found == STATEFILE_GOOD) {
		result = kept_loss_read_last(last, path, out, e);
		if (result == 0)
			*place = place_of(&(*out)->settings);
		place->folder = last->folder;
	} else if (found == STATEFILE_NONE)
		result = kept_loss_read(place, out, e);
	free(path);
	return result;
}

/* The policy in force and its state, both new, read as the user who owns them.
 * *in_force is NULL where none was ever kept. */
static int
kept_loss_open(struct invocation *invocation, const struct policy *policy,
    struct policy **in_force, struct state **state, struct err *e)
{
	struct state_place place = place_of(&policy->settings);
	struct unix_user_before before;
	struct kept_place last;
	enum control_reach reach;
	int result = 0;

	*in_force = command_running_policy(invocation, &reach, e);
	if (*in_force == NULL && reach != CONTROL_NO_DAEMON)
		return -1;
	if (service_user_enter(policy, &before, e) < 0)
		result = -1;
	else if (*in_force == NULL)
		result = kept_loss_look(invocation->config, &place, &last,
		    in_force, e);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/tool/service_user.h"
#include "conf/base/readers.h"

int
service_user_become(const struct policy *policy, struct err *e)
{
	struct unix_user user;
	char shown[80];

	if (geteuid() != 0)
		return 0;
	if (unix_user_find(policy->settings.user, &user))
		return unix_user_assume(&user, e);
	slice_show(policy->settings.user, shown, sizeof(shown));
	return err_set(e, "there is no user %s, who owns the state", shown);
}

/* The owner of the folder, who may do all there; NULL: not known. */
static const struct passwd *
service_user_owner(const char *folder)
{
	struct stat st;

	return stat(folder, &st) == 0 ? getpwuid(st.st_uid) : NULL;
}

/* Root was denied what the policy's user is: the folder is somebody else's. */
static void
service_user_name_both(const struct policy *policy, struct err *e)
{
	const char *folder = policy->settings.state.p;
	const struct passwd *owner = service_user_owner(folder);
	struct err cause = *e;
	char user[80];

	slice_show_line(policy->settings.user, user, sizeof(user));
	if (owner == NULL || slice_eq(slice_of(owner->pw_name),
	    policy->settings.user))
		return;
	err_kind(e, EACCES, "%s; the folder belongs to %s, and user of the "
	    "policy is %s, as whom root acts there: chown -R %s %s, or name "
	    "%s as user", cause.text, owner->pw_name, user, user, folder,
	    owner->pw_name);
}

/* Whether e is that the state is closed to a caller who is not root. For root,
 * e then has what is known of the folder's owner. */
static bool
service_user_is_denied(const struct policy *policy, struct err *e)
{
	if (e->number != EACCES || policy->settings.state.p == NULL)
		return false;
	if (getuid() == 0)
		service_user_name_both(policy, e);
	return getuid() != 0;
}

void
service_user_name_readers(const struct policy *policy, struct err *e)
{
	const char *folder = policy->settings.state.p;
	char path[SETTINGS_PATH + 16], who[READERS_TEXT];
	struct err cause = *e;

	if (!service_user_is_denied(policy, e))
		return;
	snprintf(path, sizeof(path), "%s/state.conf", folder);
	readers_of(EACCES, path, who);
	if (strstr(cause.text, folder) != NULL)
		err_kind(e, EACCES, "%s%s", cause.text, who);
	else
		err_kind(e, EACCES, "%s, in %s%s", cause.text, folder, who);
}

void
service_user_name_writers(const struct policy *policy, struct err *e)
{
	const char *folder = policy->settings.state.p;
	const struct passwd *owner;
	struct err cause = *e;

	if (!service_user_is_denied(policy, e))
		return;
	owner = service_user_owner(folder);
	err_kind(e, EACCES, "%s; only root%s%s may change it", cause.text,
	    owner == NULL || owner->pw_uid == 0 ? "" : " and ",
	    owner == NULL || owner->pw_uid == 0 ? "" : owner->pw_name);
}

int
service_user_enter(const struct policy *policy, struct unix_user_before *before,
    struct err *e)
{
	struct unix_user user;
	struct stat st;

	assert(policy->settings.state.p != NULL);
	*before = (struct unix_user_before){ .entered = false };
	if (geteuid() != 0)
		return 0;
	if (!unix_user_find(policy->settings.user, &user)) {
		if (stat(policy->settings.state.p, &st) < 0)
			return 0;
		user = (struct unix_user){ .uid = st.st_uid,
			.gid = st.st_gid };
	}
	return unix_user_enter(&user, before, e);
}

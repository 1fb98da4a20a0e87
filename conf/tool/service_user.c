/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/tool/service_user.h"

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

/* Whose members may read the state; NULL: nobody's. */
static const struct group *
service_user_group(const char *folder)
{
	char path[SETTINGS_PATH + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/state.conf", folder);
	if (stat(path, &st) == 0)
		return (st.st_mode & S_IRGRP) != 0 ? getgrgid(st.st_gid) : NULL;
	return stat(folder, &st) == 0 && (st.st_mode & S_IXGRP) != 0
	    ? getgrgid(st.st_gid) : NULL;
}

void
service_user_name_readers(const struct policy *policy, struct err *e)
{
	const char *folder = policy->settings.state.p;
	const struct group *group;
	struct err cause = *e;
	bool named;

	if (e->number != EACCES || folder == NULL)
		return;
	group = service_user_group(folder);
	named = strstr(cause.text, folder) != NULL;
	err_kind(e, EACCES, "%s%s%s: run it as root%s%s", cause.text,
	    named ? "" : ", in ", named ? "" : folder, group == NULL ? ""
	    : " or as a member of the group ", group == NULL ? ""
	    : group->gr_name);
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

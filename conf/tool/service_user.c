/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
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

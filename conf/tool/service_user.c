/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/tool/service_user.h"
#include "policy/base/arena.h"

static const struct passwd *
service_user_find(const struct policy *policy, char name[64])
{
	slice_show(policy->settings.user, name, 64);
	return getpwnam(name);
}

static int
service_user_change(const char *name, uid_t uid, gid_t gid, struct err *e)
{
	if ((name == NULL ? setgroups(0, NULL) : initgroups(name, gid)) < 0 ||
	    setegid(gid) < 0 || seteuid(uid) < 0)
		return err_errno(e, "becoming %s", name == NULL
		    ? "the owner of the state folder" : name);
	return 0;
}

int
service_user_become(const struct policy *policy, struct err *e)
{
	char name[64];
	const struct passwd *pw;

	if (geteuid() != 0)
		return 0;
	pw = service_user_find(policy, name);
	if (pw == NULL)
		return err_set(e, "there is no user %s, who owns the state",
		    name);
	return service_user_change(name, pw->pw_uid, pw->pw_gid, e);
}

static int
service_user_enter_as(const struct policy *policy, struct err *e)
{
	char name[64];
	const struct passwd *pw = service_user_find(policy, name);
	struct stat st;

	assert(policy->settings.state.p != NULL);
	if (pw != NULL)
		return service_user_change(name, pw->pw_uid, pw->pw_gid, e);
	if (stat(policy->settings.state.p, &st) < 0)
		return 0;
	return service_user_change(NULL, st.st_uid, st.st_gid, e);
}

int
service_user_enter(const struct policy *policy, struct service_user *before,
    struct err *e)
{
	*before = (struct service_user){ .entered = false };
	if (geteuid() != 0)
		return 0;
	before->entered = true;
	before->gid = getegid();
	before->groups = xcalloc(NGROUPS_MAX, sizeof(*before->groups));
	before->count = getgroups(NGROUPS_MAX, before->groups);
	if (before->count < 0)
		err_errno(e, "getgroups");
	else if (service_user_enter_as(policy, e) == 0)
		return 0;
	service_user_leave(before);
	return -1;
}

void
service_user_leave(struct service_user *before)
{
	if (!before->entered)
		return;
	/* Going on as half of each would be worse than the end. */
	if (seteuid(0) < 0 || setegid(before->gid) < 0 ||
	    (before->count >= 0 &&
	    setgroups((size_t)before->count, before->groups) < 0))
		abort();
	free(before->groups);
	*before = (struct service_user){ .entered = false };
}

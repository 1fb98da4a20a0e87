/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#include "conf/base/unix_user.h"
#include "policy/base/arena.h"

bool
unix_user_find(struct slice name, struct unix_user *out)
{
	const struct passwd *found;
	int n = snprintf(out->name, sizeof(out->name), "%.*s",
	    SLICE_ARGS(name));

	if (n < 0 || (size_t)n >= sizeof(out->name))
		return false;
	found = getpwnam(out->name);
	if (found == NULL)
		return false;
	out->uid = found->pw_uid;
	out->gid = found->pw_gid;
	return true;
}

int
unix_user_assume(const struct unix_user *user, struct err *e)
{
	if (geteuid() != 0 || user->uid == 0)
		return 0;
	/* The user comes last: only root may set groups. */
	if ((user->name[0] == '\0' ? setgroups(0, NULL)
		: initgroups(user->name, user->gid)) < 0 ||
	    setegid(user->gid) < 0 || seteuid(user->uid) < 0)
		return err_errno(e, "cannot become user %s (uid %lu)",
		    user->name, (unsigned long)user->uid);
	return 0;
}

int
unix_user_enter(const struct unix_user *user, struct unix_user_before *before,
    struct err *e)
{
	*before = (struct unix_user_before){ .entered = false };
	if (geteuid() != 0 || user->uid == 0)
		return 0;
	before->entered = true;
	before->gid = getegid();
	before->groups = xcalloc(NGROUPS_MAX, sizeof(*before->groups));
	before->count = getgroups(NGROUPS_MAX, before->groups);
	if (before->count < 0)
		err_errno(e, "getgroups");
	else if (unix_user_assume(user, e) == 0)
		return 0;
	unix_user_leave(before);
	return -1;
}

void
unix_user_leave(struct unix_user_before *before)
{
	if (!before->entered)
		return;
	/* Going on as half of each would be worse than the end. */
	if (seteuid(0) < 0 || setegid(before->gid) < 0 ||
	    (before->count >= 0 &&
	    setgroups((size_t)before->count, before->groups) < 0))
		abort();
	free(before->groups);
	*before = (struct unix_user_before){ .entered = false };
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#include "milter/base/privileges.h"
#include "policy/base/arena.h"

int
privileges_find(struct slice user, struct unix_user *out, struct err *e)
{
	const struct passwd *found;
	int n;

	*out = (struct unix_user){ .uid = geteuid(), .gid = getegid() };
	if (geteuid() != 0)
		return 0;
	n = snprintf(out->name, sizeof(out->name), "%.*s", SLICE_ARGS(user));
	if (n < 0 || (size_t)n >= sizeof(out->name))
		return err_set(e, "the name of the user is too long");
	found = getpwnam(out->name);
	if (found == NULL)
		return err_set(e, "there is no user \"%s\": make one, or set "
		    "`user` in the configuration", out->name);
	out->uid = found->pw_uid;
	out->gid = found->pw_gid;
	return 0;
}

int
privileges_group(struct slice group, gid_t *out, struct err *e)
{
	const struct group *found;
	char name[64];
	int n;

	*out = (gid_t)-1;
	if (group.p == NULL)
		return 0;
	n = snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(group));
	found = n < 0 || (size_t)n >= sizeof(name) ? NULL : getgrnam(name);
	if (found == NULL)
		return err_kind(e, EINVAL, "there is no group \"%s\"", name);
	*out = found->gr_gid;
	return 0;
}

int
privileges_enter(const struct unix_user *user, struct privileges_before *before,
    struct err *e)
{
	*before = (struct privileges_before){ .entered = false };
	if (geteuid() != 0 || user->uid == 0)
		return 0;
	before->entered = true;
	before->gid = getegid();
	before->groups = xcalloc(NGROUPS_MAX, sizeof(*before->groups));
	before->count = getgroups(NGROUPS_MAX, before->groups);
	if (before->count < 0 || initgroups(user->name, user->gid) < 0 ||
	    setegid(user->gid) < 0 || seteuid(user->uid) < 0)
		return err_errno(e, "cannot become user %s for a moment",
		    user->name);
	return 0;
}

void
privileges_leave(struct privileges_before *before)
{
	if (!before->entered)
		return;
	/* Going on as half of each would be worse than the end. */
	if (seteuid(0) < 0 || setegid(before->gid) < 0 ||
	    (before->count >= 0 &&
	    setgroups((size_t)before->count, before->groups) < 0))
		abort();
	free(before->groups);
	*before = (struct privileges_before){ .entered = false };
}

int
privileges_drop(const struct unix_user *user, struct err *e)
{
	if (geteuid() != 0 || user->uid == 0)
		return 0;
	if (initgroups(user->name, user->gid) < 0 ||
	    setgid(user->gid) < 0 || setuid(user->uid) < 0)
		return err_errno(e, "cannot become user %s", user->name);
	if (setuid(0) == 0 || geteuid() == 0 || getuid() != user->uid ||
	    getegid() != user->gid)
		return err_set(e, "became user %s, but could become root "
		    "again", user->name);
	return 0;
}

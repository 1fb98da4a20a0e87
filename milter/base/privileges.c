/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

#include "milter/base/privileges.h"

int
privileges_find(struct slice user, struct unix_user *out, struct err *e)
{
	char shown[80];

	*out = (struct unix_user){ .uid = geteuid(), .gid = getegid() };
	if (geteuid() != 0 || unix_user_find(user, out))
		return 0;
	slice_show(user, shown, sizeof(shown));
	return err_set(e, "there is no user \"%s\": make one, or set `user` in "
	    "the configuration", shown);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "milter/base/privileges.h"

int
privileges_find(struct slice user, struct identity *out, struct err *e)
{
	const struct passwd *found;
	int n;

	*out = (struct identity){ .uid = geteuid(), .gid = getegid() };
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
privileges_drop(const struct identity *identity, struct err *e)
{
	if (geteuid() != 0 || identity->uid == 0)
		return 0;
	if (initgroups(identity->name, identity->gid) < 0 ||
	    setgid(identity->gid) < 0 || setuid(identity->uid) < 0)
		return err_errno(e, "cannot become user %s", identity->name);
	if (setuid(0) == 0 || geteuid() == 0 || getuid() != identity->uid ||
	    getegid() != identity->gid)
		return err_set(e, "became user %s, but could become root "
		    "again", identity->name);
	return 0;
}

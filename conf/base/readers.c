/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/readers.h"
#include "policy/base/text.h"

/* What is closed to the caller: a file, or a folder before it. */
struct readers_closed {
	struct stat st;
	mode_t owner, group;            /* the permissions that open it */
};

static bool
readers_is_closed(const char *path, int mode, struct readers_closed *out)
{
	if (faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0)
		return false;
	out->owner = mode == R_OK ? S_IRUSR : S_IXUSR;
	out->group = mode == R_OK ? S_IRGRP : S_IXGRP;
	return stat(path, &out->st) == 0;
}

/* The first on the way that is. */
static bool
readers_find_closed(const char *path, struct readers_closed *out)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(part))
		return false;
	memcpy(part, path, n + 1);
	for (size_t i = 1; i < n; i++) {
		if (path[i] != '/')
			continue;
		part[i] = '\0';
		if (readers_is_closed(part, X_OK, out))
			return true;
		part[i] = '/';
	}
	return readers_is_closed(part, R_OK, out);
}

const char *
readers_of(int number, const char *path, char out[READERS_TEXT])
{
	struct readers_closed closed;
	const struct group *group;
	const struct passwd *owner;
	struct text t;

	out[0] = '\0';
	if (number != EACCES || !readers_find_closed(path, &closed))
		return out;
	group = (closed.st.st_mode & closed.group) == 0 ? NULL
	    : getgrgid(closed.st.st_gid);
	owner = closed.st.st_uid == 0 ||
	    (closed.st.st_mode & closed.owner) == 0 ? NULL
	    : getpwuid(closed.st.st_uid);
	text_init(&t, out, READERS_TEXT);
	text_add(&t, "; only root");
	if (owner != NULL)
		text_add(&t, "%s%s", group == NULL ? " and " : ", ",
		    owner->pw_name);
	if (group != NULL)
		text_add(&t, " and members of the group %s", group->gr_name);
	text_add(&t, " may read it");
	return out;
}

const char *
readers_message(const struct err *e, char out[READERS_MESSAGE])
{
	char who[READERS_TEXT];

	snprintf(out, READERS_MESSAGE, "%s%s%s%s", e->file,
	    e->file[0] == '\0' ? "" : ": ", e->text,
	    readers_of(e->number, e->file, who));
	return out;
}

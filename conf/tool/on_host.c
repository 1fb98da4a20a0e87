/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/tool/on_host.h"
#include "conf/file/toplevel.h"
#include "conf/tool/service_user.h"
#include "policy/base/arena.h"

/* Whether it is a folder, as far as we may see; false with errno: it is
 * none. */
static bool
on_host_has_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno != ENOENT && errno != ENOTDIR && errno != ELOOP;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode);
}

static void
on_host_warn_of_state(const struct policy *policy, const char *path,
    struct problems *problems)
{
	char folder[512], user[80], advice[700];
	int number = errno;
	struct stat st;

	slice_show_line(policy->settings.state, folder, sizeof(folder));
	slice_show_line(policy->settings.user, user, sizeof(user));
	/* A file, or a link to nothing. */
	if (lstat(policy->settings.state.p, &st) == 0)
		snprintf(advice, sizeof(advice), "name a folder");
	else
		snprintf(advice, sizeof(advice), "mount it, or make it with "
		    "`install -d -o %s -m 0750 %s`", user, folder);
	problems_add(problems, SEVERITY_WARNING, path, 0, "state: %s: %s: no "
	    "exception, stage or pause can be set, and the policy in force is "
	    "not kept; %s", folder, strerror(number), advice);
}

/* Whether the file need not name this state folder itself. */
static bool
on_host_is_default_state(const struct policy *policy)
{
	struct arena *a = arena_create(4096);
	struct settings defaults;
	bool is;

	toplevel_defaults(a, &defaults);
	is = slice_eq(policy->settings.state, defaults.state);
	arena_destroy(&a);
	return is;
}

static void
on_host_review_state(const struct policy *policy, const char *path,
    bool is_used, struct problems *problems)
{
	if ((is_used || !on_host_is_default_state(policy)) &&
	    !on_host_has_folder(policy->settings.state.p))
		on_host_warn_of_state(policy, path, problems);
}

static void
on_host_review_log(const struct policy *policy, const char *path,
    struct problems *problems)
{
	struct slice log = policy->settings.decisions;
	struct arena *a = arena_create(1024);
	char shown[512];
	const char *folder;

	if (log.p != NULL) {
		folder = arena_string(a, slice_head(log,
		    slice_rfind(log, '/') + 1));
		if (!on_host_has_folder(folder)) {
			slice_show_line(slice_of(folder), shown,
			    sizeof(shown));
			problems_add(problems, SEVERITY_WARNING, path, 0,
			    "log.decisions: %s: %s: the daemon does not start "
			    "without this folder", shown, strerror(errno));
		}
	}
	arena_destroy(&a);
}

static void
on_host_review_group(const char *section, struct slice group,
    const char *path, struct problems *problems)
{
	struct arena *a = arena_create(256);
	char shown[80];

	if (group.p != NULL && getgrnam(arena_string(a, group)) == NULL) {
		slice_show(group, shown, sizeof(shown));
		problems_add(problems, SEVERITY_WARNING, path, 0,
		    "%s.group: there is no group %s: the daemon does not "
		    "start until it is made", section, shown);
	}
	arena_destroy(&a);
}

static void
on_host_review_users(const struct policy *policy, const char *path,
    struct problems *problems)
{
	const struct settings *s = &policy->settings;
	struct unix_user user;
	char shown[80];

	if (!unix_user_find(s->user, &user)) {
		slice_show(s->user, shown, sizeof(shown));
		problems_add(problems, SEVERITY_WARNING, path, 0,
		    "user: there is no user %s: started by root, the "
		    "daemon ends at once until it is made", shown);
	}
	on_host_review_group("milter", s->milter.group, path, problems);
	on_host_review_group("map", s->map_shared.group, path, problems);
	on_host_review_group("control", s->control_shared.group, path,
	    problems);
}

void
on_host_review(const struct policy *policy, const char *path, bool is_used,
    struct problems *problems)
{
	struct unix_user_before before;
	struct err e;

	if (is_used)
		on_host_review_users(policy, path, problems);
	/* Who may not become that user looks as the one they are. */
	if (service_user_enter(policy, &before, &e) >= 0) {
		on_host_review_state(policy, path, is_used, problems);
		if (is_used)
			on_host_review_log(policy, path, problems);
	}
	unix_user_leave(&before);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/reload/startup.h"
#include "conf/file/read.h"
#include "conf/departed.h"
#include "conf/file/salvage.h"
#include "conf/kept_place.h"
#include "conf/loss.h"
#include "conf/state/kept.h"
#include "conf/state/state.h"
#include "milter/base/privileges.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "milter/reload/diskcheck.h"
#include "milter/reload/lossguard.h"
#include "milter/reload/reloader.h"
#include "policy/base/text.h"

/* The kept policy, and the state for both. */
struct startup {
	struct state_place place;
	struct state_place disk;        /* where the policy on disk has its
	                                 * state; the same, unless moved */
	bool moved;                     /* the file names another state folder
	                                 * than the one that it was kept in */
	struct kept_place last;         /* that one */
	uid_t owner;                    /* of its folder, for a broken file */
	struct policy_read kept;        /* owns */
	bool same;                      /* it is that on disk */
	bool put_back;                  /* it was not the last one in force */
	bool departs;                   /* the state has what only it has a
	                                 * partner for, and may end that */
	struct state *states[2];        /* owns; of the kept one, of the disk */
};

static const char unseen[] = "a loss at this start could not be seen";

static void
startup_report_unseen(const char *why)
{
	log_warning("%s: %s", why, unseen);
	warning_set(WARNING_KEPT_UNSEEN, "%s: %s", why, unseen);
}

/* Restores the policy of an archive that differs from what is on disk. */
static void
startup_restore(struct startup *s, struct archive *archive)
{
	struct err e;

	s->kept.policy = policy_restore(archive, &e);
	if (s->kept.policy == NULL)
		startup_report_unseen(e.text);
}

/* Whether the two archives have the same first line. */
static bool
startup_is_same(const struct archive *kept, int disk)
{
	char head[ARCHIVE_HEAD];

	return disk >= 0 && pread(disk, head, sizeof(head), 0) ==
	    (ssize_t)sizeof(head) && slice_eq(archive_head(kept),
	    (struct slice){ head, sizeof(head) });
}

/* Whether the last policy in force is to be read from the folder that the note
 * names, because the file on disk names another one, where it is not. */
static bool
startup_has_moved(struct startup *s, struct err *e)
{
	enum statefile found = kept_place_moved(reloader_path(), &s->disk,
	    &s->last, e);

	if (found != STATEFILE_GOOD && found != STATEFILE_NONE)
		startup_report_unseen(e->text);
	return found == STATEFILE_GOOD;
}

/* Opens the policy that was in force last. As kept_read(). */
static enum statefile
startup_open_kept(struct startup *s, struct archive **archive, struct err *e)
{
	char why[sizeof(e->text) + STATE_PATH + 80];

	if (!startup_has_moved(s, e))
		return kept_read(&s->disk, archive, &s->kept.archive, e);
	if (kept_place_open_last(&s->last, reloader_path(), archive,
		&s->kept.archive, e) == 0) {
		s->moved = true;
		e->text[0] = '\0';
		return STATEFILE_GOOD;
	}
	snprintf(why, sizeof(why), "the last policy in force was kept in %s, "
	    "and cannot be read there: %s", s->last.folder, e->text);
	startup_report_unseen(why);
	return kept_read(&s->disk, archive, &s->kept.archive, e);
}

/* The place of the state under which the kept policy was in force. */
static void
startup_set_place(struct startup *s)
{
	struct settings *settings = &s->kept.policy->settings;

	if (!s->moved)
		return;
	settings->state = slice_of(arena_string(
	    table_arena(s->kept.policy->table), slice_of(s->last.folder)));
	s->place = place_of(settings);
}

static void
startup_read_states(struct startup *s)
{
	struct err unused;

	if (s->kept.policy == NULL)
		return;
	startup_set_place(s);
	s->states[0] = state_read(&s->place, &unused);
	s->states[1] = state_read(&s->disk, &unused);
}

/* Reads what was kept, and the state. */
static void
startup_read(struct startup *s, const struct policy_read *disk)
{
	struct archive *archive = NULL;
	struct err e;
	enum statefile found = startup_open_kept(s, &archive, &e);

	if (e.text[0] != '\0')
		startup_report_unseen(e.text);
	if (found == STATEFILE_GOOD) {
		s->put_back = e.text[0] != '\0';
		s->same = startup_is_same(archive, disk->archive);
		if (!s->same)
			startup_restore(s, archive);
	} else
		s->kept.archive = -1;
	archive_close(&archive);
	startup_read_states(s);
}

/* The same as the user who owns the folder. */
static void
startup_read_as_user(struct startup *s, const struct policy_read *disk)
{
	struct unix_user user;
	struct unix_user_before before;
	struct err e;

	/* What is wrong with the user is said when the sockets are bound. */
	if (privileges_find(disk->policy->settings.user, &user, &e) < 0)
		return;
	if (unix_user_enter(&user, &before, &e) < 0)
		startup_report_unseen(e.text);
	else
		startup_read(s, disk);
	unix_user_leave(&before);
}

static void
startup_apply(struct state *state, struct policy *policy)
{
	if (state == NULL)
		return;
	state_apply(state, policy);
	policy->overlay = &state->overlay;
}

/* more: how much the policy on disk asks that the one which runs does not. */
static void
startup_report_loss(struct difference *difference, size_t more)
{
	size_t count = difference_losses(difference);
	char digest[DIGEST_TEXT + 1], not_yet[120] = "";

	loss_digest(difference, digest);
	if (more > 0)
		snprintf(not_yet, sizeof(not_yet), "; what it asks more (keys "
		    "and settings: %zu) is not in force either", more);
	log_error("the policy on disk asks less than the one that was in force "
	    "before this start, which runs: %zu loss%s, digest %s%s; take it "
	    "with `enforcetls reload --allow-loss %s --reason WHY`, or correct "
	    "the files and reload", count, count == 1 ? "" : "es", digest,
	    not_yet, digest);
	lossguard_log(difference);
	warning_set(WARNING_KEPT_RUNS, "the policy on disk asks less than the "
	    "one that was in force before the start, which runs: %zu loss%s%s; "
	    "take it with `enforcetls reload --allow-loss %s --reason WHY`, or "
	    "correct the files and reload", count, count == 1 ? "" : "es",
	    not_yet, digest);
}

/* The kept one is old: to run it would take away what has come since. */
static void
startup_report_put_back(struct difference *difference, size_t more)
{
	log_warning("the policy on disk runs: it asks less than policy.kept, "
	    "which was put back, and more elsewhere (keys and settings: %zu)",
	    more);
	lossguard_log(difference);
}

/* What old asks and new does not. */
static size_t
startup_count_losses(const struct policy *old, const struct policy *new,
    int64_t now)
{
	struct difference *d = difference_make(old, new, now);
	size_t losses = difference_losses(d);

	difference_destroy(&d);
	return losses;
}

/* Whether the kept policy runs, because that on disk is a loss, which is
 * reported then. */
static bool
startup_prefers_kept(struct startup *s, struct policy *disk, int64_t clock)
{
	int64_t now = state_now(s->states[0], clock);
	struct difference *difference;
	size_t more;
	bool runs;

	startup_apply(s->states[0], s->kept.policy);
	startup_apply(s->states[1], disk);
	difference = difference_make(s->kept.policy, disk, now);
	runs = difference_losses(difference) > 0;
	if (runs) {
		more = startup_count_losses(disk, s->kept.policy, now);
		runs = !s->put_back || more == 0;
		if (runs)
			startup_report_loss(difference, more);
		else
			startup_report_put_back(difference, more);
	} else
		s->departs = departed_any(s->states[1], s->kept.policy, disk,
		    now) && departed_may_end(s->kept.policy, disk, now);
	difference_destroy(&difference);
	s->kept.policy->overlay = disk->overlay = NULL;
	return runs;
}

static struct listen
startup_copy_socket(const struct listen *from, struct arena *a)
{
	return (struct listen){ .spec = arena_copy(a, from->spec),
		.group = arena_copy(a, from->group),
		.socket_mode = from->socket_mode };
}

static struct listen *
startup_copy_sockets(const struct listen *from, size_t count, struct arena *a)
{
	struct listen *list = arena_array(a, count, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = startup_copy_socket(&from[i], a);
	return list;
}

/* The kept policy names them, too; root's file decides. The state folder of one
 * that it has left behind is read and written as the user alone. */
static void
startup_set_from_disk(const struct startup *from, const struct settings *disk)
{
	struct arena *a = table_arena(from->kept.policy->table);
	struct settings *s = &from->kept.policy->settings;

	s->user = arena_copy(a, disk->user);
	if (!from->moved)
		s->state = slice_of(arena_string(a, disk->state));
	s->milter = startup_copy_socket(&disk->milter, a);
	s->map_shared = startup_copy_socket(&disk->map_shared, a);
	s->maps = startup_copy_sockets(disk->maps, disk->map_count, a);
	s->map_count = disk->map_count;
	s->control_shared = startup_copy_socket(&disk->control_shared, a);
	s->controls = startup_copy_sockets(disk->controls,
	    disk->control_count, a);
	s->control_count = disk->control_count;
}

/* The losses were reported before. */
static void
startup_report_moved(const struct startup *s)
{
	if (s->moved)
		log_warning("the state in %s goes on as well, and the decision "
		    "log of that policy: the policy on disk names the folder "
		    "%s", s->last.folder, s->disk.folder);
}

bool
startup_choose(struct policy_read *read, int64_t clock)
{
	struct startup s = { .place = place_of(&read->policy->settings),
		.disk = place_of(&read->policy->settings),
		.kept = { .archive = -1 } };
	bool is_kept;

	startup_read_as_user(&s, read);
	is_kept = s.same;
	if (s.kept.policy != NULL &&
	    startup_prefers_kept(&s, read->policy, clock)) {
		struct policy_read disk = *read;

		startup_set_from_disk(&s, &disk.policy->settings);
		startup_report_moved(&s);
		*read = s.kept;
		s.kept = disk;
		is_kept = true;
		diskcheck_refuse();
	} else if (s.departs) {
		read->before = s.kept.policy;
		s.kept.policy = NULL;
	}
	state_destroy(&s.states[0]);
	state_destroy(&s.states[1]);
	policyread_clear(&s.kept);
	return is_kept;
}

/* Restores the policy of the archive, which must be what was kept of the main
 * file at path. */
static int
startup_restore_of(struct startup *s, struct archive *archive,
    const char *path, struct err *e)
{
	struct err put_back;

	if (strcmp(archive_main(archive), path) != 0)
		return err_set(e, "the policy in %s is that of %s",
		    s->place.folder, archive_main(archive));
	s->kept.policy = policy_restore(archive, e);
	if (s->kept.policy == NULL)
		return -1;
	/* The folder may have been moved since. */
	s->kept.policy->settings.state = slice_of(arena_string(
	    table_arena(s->kept.policy->table), slice_of(s->place.folder)));
	s->place = place_of(&s->kept.policy->settings);
	if (!kept_is_marked(&s->place, archive, &put_back))
		startup_report_unseen(put_back.text);
	return 0;
}

/* Reads the kept policy; e->text is "" when there is none. */
static int
startup_read_kept(struct startup *s, const char *path, struct err *e)
{
	struct archive *archive;
	int result;

	if (s->moved ? kept_place_open_last(&s->last, path, &archive,
	    &s->kept.archive, e) < 0 : kept_read(&s->place, &archive,
	    &s->kept.archive, e) != STATEFILE_GOOD) {
		s->kept.archive = -1;
		return -1;
	}
	result = startup_restore_of(s, archive, path, e);
	archive_close(&archive);
	return result;
}

/* The same as the owner of the folder: whose it is, no file can tell. */
static int
startup_read_kept_as_owner(struct startup *s, const char *path, struct err *e)
{
	struct unix_user_before before;
	struct unix_user owner = { .name = "" };
	struct stat st;
	int result;

	e->text[0] = '\0';
	if (stat(s->place.folder, &st) < 0)
		return -1;
	s->owner = owner.uid = st.st_uid;
	owner.gid = st.st_gid;
	if (unix_user_enter(&owner, &before, e) < 0)
		return -1;
	result = startup_read_kept(s, path, e);
	unix_user_leave(&before);
	return result;
}

/* Whether root may become the user that the kept policy names: only the one
 * who could write it anyhow, as whom it was read. */
static int
startup_check_user(const struct startup *s, struct err *e)
{
	const struct settings *settings = &s->kept.policy->settings;
	struct unix_user user;
	char shown[80];

	if (geteuid() != 0)
		return 0;
	if (privileges_find(settings->user, &user, e) < 0)
		return -1;
	if (s->owner == user.uid)
		return 0;
	slice_show(settings->user, shown, sizeof(shown));
	return err_set(e, "the policy in %s names the user %s, who does not "
	    "own that folder", s->place.folder, shown);
}

/* Whether the note of the policy file at path says that the last policy was
 * kept elsewhere. It is read as the owner of the folder of notes, and leads to
 * folders of the same user alone: no other user's old policy runs for it. */
static bool
startup_is_elsewhere(struct startup *s, const char *path)
{
	struct unix_user owner = { .name = "" };
	struct unix_user_before before;
	enum statefile found;
	struct stat st;
	struct err e;

	if (!kept_place_owner(&owner.uid, &owner.gid) ||
	    unix_user_enter(&owner, &before, &e) < 0)
		return false;
	found = kept_place_moved(path, &s->disk, &s->last, &e);
	unix_user_leave(&before);
	if (found != STATEFILE_GOOD && found != STATEFILE_NONE)
		log_warning("%s: where the last policy was kept is not known",
		    e.text);
	return found == STATEFILE_GOOD && stat(s->last.folder, &st) == 0 &&
	    st.st_uid == owner.uid;
}

/* Reads the policy that was kept of the file at path, from where the note says
 * or else from where the file does. e->text is "" when there is none. */
static int
startup_find_kept(struct startup *s, const char *path, struct err *e)
{
	s->moved = startup_is_elsewhere(s, path);
	if (s->moved) {
		s->place.folder = s->last.folder;
		if (startup_read_kept_as_owner(s, path, e) == 0)
			return 0;
		log_warning("the last policy in force was kept in %s, and "
		    "cannot be read there: %s", s->last.folder, e->text);
		policyread_clear(&s->kept);
		s->place = s->disk;
		s->moved = false;
	}
	return startup_read_kept_as_owner(s, path, e);
}

/* In the journal the errors stand before it. */
static void
startup_report_broken(const char *path, const struct problems *problems)
{
	size_t count = problems_errors(problems);
	char list[WARNING_TEXT];
	struct text text;

	text_init(&text, list, sizeof(list));
	for (size_t i = 0; i < problems_count(problems); i++) {
		const struct problem *p = problems_get(problems, i);

		if (p->severity != SEVERITY_ERROR)
			continue;
		text_join(&text, "; ", "%s", p->file == NULL ? path : p->file);
		/* A problem of the whole file has no line. */
		if (p->line != 0)
			text_add(&text, ":%u", p->line);
		text_add(&text, ": %s", p->text);
	}
	text_end(&text);
	/* `status` would escape them. */
	for (char *quote = list; (quote = strchr(quote, '"')) != NULL;)
		*quote = '\'';
	log_error("%s has %zu error%s and is not in force: the policy that was "
	    "in force before this start runs; correct the files and reload",
	    path, count, count == 1 ? "" : "s");
	warning_set(WARNING_KEPT_RUNS, "%s has %zu error%s, and the policy "
	    "that was in force before the start runs; correct the files and "
	    "reload: %s", path, count, count == 1 ? "" : "s", list);
}

bool
startup_restore_for(const char *path, const struct problems *problems,
    struct policy_read *read)
{
	struct arena *a = arena_create(1024);
	struct startup s = { .kept = { .archive = -1 } };
	struct err e;
	bool done;

	assert(read->policy == NULL && problems_errors(problems) > 0);
	s.place.folder = salvage_state(path, a);
	s.disk = s.place;
	done = startup_find_kept(&s, path, &e) == 0 &&
	    startup_check_user(&s, &e) == 0;
	if (done) {
		startup_report_broken(path, problems);
		startup_report_moved(&s);
		*read = s.kept;
		read->binds_as_user = !salvage_confirms_sockets(path,
		    &read->policy->settings);
	} else {
		if (e.text[0] != '\0')
			log_error("%s: it cannot run instead", e.text);
		policyread_clear(&s.kept);
	}
	arena_destroy(&a);
	return done;
}

/* Whether no other daemon runs over that folder: the state is that one's
 * then. */
static int
startup_end_alone(const struct policy_read *read, struct err *e)
{
	struct state_place place = place_of(&read->policy->settings);
	int lock = kept_lock(&place, e), result;

	if (lock < 0)
		return -1;
	result = lossguard_end_departed(read->before, read->policy, NULL, e);
	close(lock);
	return result;
}

void
startup_end_departed(struct policy_read *read)
{
	struct err e;

	if (read->before == NULL)
		return;
	if (startup_end_alone(read, &e) < 0) {
		log_error("%s: they would act again if the name came back; "
		    "`enforcetls state` lists them", e.text);
		warning_set(WARNING_KEPT_UNSEEN, "%s: they would act again if "
		    "the name came back; `enforcetls state` lists them",
		    e.text);
	}
	policy_destroy(&read->before);
}

void
startup_is_over(void)
{
	warning_clear(WARNING_KEPT_UNSEEN);
	warning_clear(WARNING_KEPT_RUNS);
}

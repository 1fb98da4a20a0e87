/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/wait.h>

#include "conf/state/statetext.h"
#include "policy/staging.h"
#include "tests/state.h"

static struct policy *policy;

/* A folder with one exception, E1, and one stage, from log-only to defer. */
static void
fill(const struct folder *f)
{
	struct change grant = state_grant();
	struct change climb = { .kind = CHANGE_STAGE,
		.partner = SLICE("bank"), .hop = HOP_ENTRY,
		.stage = STAGE_DEFER, .reason = SLICE("clean") };
	char id[CHANGE_ID];

	want_text("fill", "refusal", state_make(f, policy, &grant, STATE_T,
		id), "");
	want_text("fill", "id", id, "E1");
	want_text("fill", "refusal", state_make(f, policy, &climb, STATE_T,
		id), "");
}

/* "HEALTH generation exceptions stages: PARTNER/HOP=STAGE ...; damage" */
static void
show_at(const struct state_place *place, char *out, size_t size)
{
	static const char *const healths[] = { "damaged", "fresh", "good" };
	struct err e;
	struct state *state = state_read(place, &e);
	size_t n;

	if (state == NULL) {
		snprintf(out, size, "unreadable");
		return;
	}
	n = (size_t)snprintf(out, size, "%s g%lu x%zu",
	    healths[state->health], state->generation,
	    state->exception_count);
	for (size_t i = 0; i < state->stage_count; i++)
		n += (size_t)snprintf(out + n, size - n, " %.*s/%s=%s",
		    SLICE_ARGS(state->stages[i].partner),
		    hop_name(state->stages[i].hop),
		    stage_name(state->stages[i].stage));
	if (state->health == STATE_DAMAGED)
		snprintf(out + n, size - n, "; %s", state->damage.text);
	state_destroy(&state);
}

static void
show(const struct folder *f, char *out, size_t size)
{
	show_at(STATE_AT(f->path), out, size);
}

static const struct {
	const char *label;
	const char *damage;             /* a shell command in the folder */
	const char *wanted;
} damages[] = {
	{ "nothing", ":", "good g2 x1 bank/entry=defer" },
	{ "state gone", "rm state.conf", "damaged g2 x0 bank/entry=defer; "
	    "state.conf is missing, but its history exists" },
	{ "all gone", "rm state.conf history.jsonl", "fresh g0 x0" },
	{ "history gone", "rm history.jsonl", "good g2 x1 bank/entry=defer" },
	{ "history empty", ": >history.jsonl",
	    "good g2 x1 bank/entry=defer" },
	{ "state empty", ": >state.conf", "damaged g2 x0 bank/entry=defer; it "
	    "does not begin like a state file" },
	{ "state cut", "truncate -s -20 state.conf", "damaged g2 x0 "
	    "bank/entry=defer; its digest does not match: it was truncated or "
	    "edited by hand" },
	{ "cut within its first line", "truncate -s 40 state.conf",
	    "damaged g2 x0 bank/entry=defer; its first line cannot be read" },
	{ "edited by hand", "sed -i 's/inbound/entry/' state.conf",
	    "damaged g2 x0 bank/entry=defer; its digest does not match: it was "
	    "truncated or edited by hand" },
	{ "of another format", "sed -i '1s/state 1/state 2/' state.conf",
	    "damaged g2 x0 bank/entry=defer; it does not begin like a state "
	    "file" },
	{ "NUL bytes, as after a crash", "truncate -s 0 state.conf; "
	    "truncate -s 400 state.conf", "damaged g2 x0 bank/entry=defer; it "
	    "does not begin like a state file" },
	{ "an older one put back", "cp old state.conf", "damaged g2 x0 "
	    "bank/entry=defer; state.conf is older than its history" },
	{ "cut off between record and act",
	    "cp state.conf state.conf.new; cp old state.conf",
	    "good g2 x1" },
	{ "gone, while a change was interrupted", "mv state.conf "
	    "state.conf.new", "damaged g2 x0 bank/entry=defer; state.conf is "
	    "missing, but its history exists" },
	{ "a symbolic link", "mv state.conf s; ln -s s state.conf",
	    "damaged g2 x0 bank/entry=defer; state.conf is a symbolic "
	    "link" },
	{ "a folder", "rm state.conf; mkdir state.conf", "damaged g2 x0 "
	    "bank/entry=defer; state.conf is not a regular file" },
	{ "a pipe", "rm state.conf; mkfifo state.conf", "damaged g2 x0 "
	    "bank/entry=defer; state.conf is not a regular file" },
	{ "open to everybody", "chmod o+w state.conf", "damaged g2 x0 "
	    "bank/entry=defer; state.conf is writable for users other than its "
	    "owner" },
	{ "open history", "chmod g+w history.jsonl", "damaged g0 x0; "
	    "history.jsonl is writable for users other than its owner" },
	{ "folder open to everybody", "chmod o+w .", "unreadable" },
	{ "half a line of history", "printf '{\"ti' >>history.jsonl",
	    "good g2 x1 bank/entry=defer" },
	/* The unreadable line may have raised the stage: reject is the highest
	 * stage that is named. */
	{ "history damaged too", "sed 's/\"stage\":\"defer\"/"
	    "\"stage\":\"reject\"/' history.jsonl >>history.jsonl; "
	    "echo x >>history.jsonl; tail -1 good >>history.jsonl; "
	    "rm state.conf", "damaged g2 x0 bank/entry=reject; state.conf is "
	    "missing, but its history exists" },
	{ "last line cut off", "truncate -s -10 history.jsonl; rm state.conf",
	    "damaged g1 x0; state.conf is missing, but its history exists" },
};

static void
test_damage(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(damages); i++) {
		struct folder f;
		char command[1024], came[1024];

		folder_create(&f);
		fill(&f);
		/* The state before the last change. */
		snprintf(command, sizeof(command), "cd %s && cp history.jsonl "
		    "good && { %s; } 2>/dev/null", f.path, damages[i].damage);
		if (strstr(damages[i].damage, "cp old") != NULL) {
			struct change down = { .kind = CHANGE_STAGE,
				.partner = SLICE("bank"), .hop = HOP_ENTRY,
				.stage = STAGE_DEFER, .reason = SLICE("x") };
			char id[CHANGE_ID];

			folder_remove(&f);
			folder_create(&f);
			state_make(&f, policy, &(struct change){
				.kind = CHANGE_GRANT, .partner = SLICE("bank"),
				.hop = HOP_INBOUND, .floor = LEVEL_ENCRYPT,
				.until = STATE_T + STATE_DAY,
				.owner = SLICE("a"), .reason = SLICE("b") },
			    STATE_T, id);
			snprintf(command, sizeof(command),
			    "cd %s && cp state.conf old", f.path);
			assert_int_equal(system(command), 0);
			want_text(damages[i].label, "refusal",
			    state_make(&f, policy, &down, STATE_T, id), "");
			snprintf(command, sizeof(command), "cd %s && { %s; }",
			    f.path, damages[i].damage);
		}
		assert_int_equal(system(command), 0);
		show(&f, came, sizeof(came));
		want_text(damages[i].label, "state", came, damages[i].wanted);
		folder_remove(&f);
	}
}

/* A file of another owner is not read; only root can make one. */
static void
test_owner(void **unused ATTR_UNUSED)
{
	struct folder f;
	char path[256], came[512];

	if (geteuid() != 0)
		skip();
	folder_create(&f);
	fill(&f);
	assert_int_equal(chown(folder_path(&f, "state.conf", path), 12345,
	    12345), 0);
	show(&f, came, sizeof(came));
	want_text("of another user", "state", came, "damaged g2 x0 "
	    "bank/entry=defer; state.conf does not belong to the folder's "
	    "owner");
	folder_remove(&f);
}

/* A damaged file is not overwritten; after a repair changes work again. */
static void
test_repair(void **unused ATTR_UNUSED)
{
	struct actor actor = { .uid = 7, .reason = SLICE("disk"),
		.clock = STATE_T + 100 };
	struct change grant = state_grant();
	struct folder f;
	struct err e = { .line = 0 };
	char came[512], id[CHANGE_ID], path[256];

	folder_create(&f);
	fill(&f);
	want_number("a good one", "is not repaired",
	    state_repair(STATE_AT(f.path), &actor, false, &e), -1);
	want_text("a good one", "refusal", e.text, "it is not damaged");
	folder_write_text(&f, "state.conf", "rubbish\n");
	want_that("damaged", "a change is refused", strstr(state_make(&f,
	    policy, &grant, STATE_T + 50, id), "enforcetls state repair") !=
	    NULL);
	want_number("repair", "done",
	    state_repair(STATE_AT(f.path), &actor, false, &e), 0);
	show(&f, came, sizeof(came));
	want_text("repaired", "state", came, "good g3 x0 bank/entry=defer");
	want_that("repaired", "the damaged file is kept", access(
	    folder_path(&f, "state.conf.damaged", path), F_OK) == 0);
	want_text("repaired", "refusal", state_make(&f, policy, &grant,
	    STATE_T + 200, id), "");
	want_text("repaired", "id", id, "E4");
	folder_remove(&f);
}

/* The time that is seen is saved once a minute, and when an exception ends. */
static void
want_remembered(const struct folder *f, int64_t end)
{
	struct state *state;
	struct err e;

	want_number("30 s later", "nothing to remember",
	    state_remember(STATE_AT(f->path), STATE_T + 30, &e), 0);
	state = state_read(STATE_AT(f->path), &e);
	want_number("30 s later", "seen", (long)(state->seen - STATE_T), 0);
	state_destroy(&state);
	want_number("a second before its end", "remembered",
	    state_remember(STATE_AT(f->path), end - 1, &e), 0);
	/* Not a minute later, but an exception has ended. */
	want_number("at its end", "remembered",
	    state_remember(STATE_AT(f->path), end, &e), 0);
}

/* The state has seen end, and then 9,000 seconds more. */
static void
want_no_way_back(struct state *state, int64_t end)
{
	want_number("clock back a year", "now", (long)(state_now(state,
	    STATE_T - 365 * STATE_DAY) - end), 0);
	state->made_ms -= INT64_C(5000) * 1000;
	want_number("clock back, 5,000 s ago", "now goes on",
	    (long)(state_now(state, STATE_T) - end), 5000);
	want_number("clock right, 5,000 s ago", "the clock",
	    (long)(state_now(state, end + 9000) - end), 9000);
	want_number("and back at once, before anything is saved",
	    "the time does not", (long)(state_now(state, STATE_T) - end),
	    9000);
	state_apply(state, policy);
	want_that("clock back a year", "it stays ended", exceptions_find(
	    state->overlay.exceptions, SLICE("bank"), HOP_INBOUND,
	    SLICE("bank.example"), LEVEL_NONE, state_now(state, STATE_T)) ==
	    NULL);
}

/* Another reading of the folder takes the time from the one before it. */
static void
want_counted_on(const struct folder *f, int64_t end)
{
	struct err e;
	struct state *first = state_read(STATE_AT(f->path), &e),
	    *again = state_read(STATE_AT(f->path), &e);

	first->made_ms -= INT64_C(7000) * 1000;
	state_inherit_time(again, first);
	want_number("clock back, read again after 7,000 s", "now goes on",
	    (long)(state_now(again, STATE_T) - end), 7000);
	state_destroy(&first);
	state_destroy(&again);
}

/* The same where a clock had shown the time. */
static void
want_inherited(const struct folder *f, const struct state *state, int64_t end)
{
	struct err e;
	struct state *again = state_read(STATE_AT(f->path), &e);

	want_number("read again", "now is what is on disk",
	    (long)(state_now(again, STATE_T) - end), 0);
	again->seen--;
	state_inherit_time(again, state);
	want_number("the time was set back on disk", "now follows",
	    (long)(state_now(again, STATE_T) - end), -1);
	again->seen++;
	state_inherit_time(again, state);
	want_number("read again in a daemon", "now does not go back",
	    (long)(state_now(again, STATE_T) - end), 9000);
	state_destroy(&again);
}

/* A clock that was years ahead for a moment has no lasting effect. */
static void
want_put_right(const struct folder *f, struct change *grant, int64_t end)
{
	struct actor actor = { .uid = 7, .reason = SLICE("clock"),
		.clock = end + 60 };
	char id[CHANGE_ID], came[512];
	struct err e;

	want_number("2090", "remembered", state_remember(STATE_AT(f->path),
	    INT64_C(3800000000), &e), 0);
	want_number("put right", "with clock", state_repair(STATE_AT(f->path),
	    &actor, true, &e), 0);
	show(f, came, sizeof(came));
	want_text("put right", "state", came, "good g5 x0");
	grant->until = end + STATE_DAY;
	want_text("put right", "refusal", state_make(f, policy, grant,
	    end + 120, id), "");
}

/* An ended exception stays ended if the clock goes back, for readers and
 * writers. */
static void
test_clock(void **unused ATTR_UNUSED)
{
	struct change grant = state_grant();
	int64_t end = grant.until;
	struct state *state;
	char id[CHANGE_ID];
	struct folder f;
	struct err e;

	folder_create(&f);
	want_text("clock", "refusal", state_make(&f, policy, &grant, STATE_T,
	    id), "");
	want_remembered(&f, end);
	state = state_read(STATE_AT(f.path), &e);
	want_no_way_back(state, end);
	want_counted_on(&f, end);
	want_inherited(&f, state, end);
	state_destroy(&state);
	want_that("clock back", "a grant up to a time that was seen is refused",
	    strstr(state_make(&f, policy, &grant, STATE_T, id),
	    "the latest time that the state has seen") != NULL);
	want_put_right(&f, &grant, end);
	folder_remove(&f);
}

/* Thirty days after its end an exception is only in the history. */
static void
test_ended(void **unused ATTR_UNUSED)
{
	struct change first = state_grant(), later = state_grant();
	struct folder f;
	char id[CHANGE_ID], came[512];

	folder_create(&f);
	later.until = first.until + 60 * STATE_DAY;
	want_text("first", "refusal", state_make(&f, policy, &first, STATE_T,
		id), "");
	want_text("29 days", "refusal", state_make(&f, policy, &later,
	    first.until + 29 * STATE_DAY, id), "");
	show(&f, came, sizeof(came));
	want_text("after 29 days", "state", came, "good g2 x2");
	/* Otherwise the second gives it already. */
	later.hop = HOP_OUTBOUND;
	want_text("31 days", "refusal", state_make(&f, policy, &later,
	    first.until + 31 * STATE_DAY, id), "");
	show(&f, came, sizeof(came));
	want_text("after 31 days", "state", came, "good g3 x2");
	folder_remove(&f);
}

/* Fifty changes at once: none is lost, and every id is unique. */
static void
test_many(void **unused ATTR_UNUSED)
{
	enum { MANY = 50 };
	struct change grant = state_grant();
	struct folder f;
	struct state *state;
	struct err e;
	char id[CHANGE_ID];
	int failed = 0;

	folder_create(&f);
	for (int i = 0; i < MANY; i++) {
		pid_t pid = fork();

		/* None gives what another one does. */
		grant.from = STATE_T + (int64_t)i * 60;
		grant.until = grant.from + 60;
		if (pid == 0)
			_exit(state_make(&f, policy, &grant, STATE_T,
			    id)[0] == '\0' ? 0 : 1);
		assert_int_not_equal(pid, -1);
	}
	for (int i = 0; i < MANY; i++) {
		int status = 0;

		wait(&status);
		failed += status != 0;
	}
	want_number("fifty at once", "failures", failed, 0);
	state = state_read(STATE_AT(f.path), &e);
	want_number("fifty at once", "exceptions",
	    (long)state->exception_count, MANY);
	want_number("fifty at once", "generation", (long)state->generation,
	    MANY);
	for (size_t i = 0; i < state->exception_count; i++)
		for (size_t k = 0; k < i; k++)
			want_that("fifty at once", "ids differ", !slice_eq(
			    state->exceptions[i].id,
			    state->exceptions[k].id));
	state_destroy(&state);
	folder_remove(&f);
}

/* The time that stands in the way is named, and how to set it back. */
static void
test_a_later_time_seen_is_named(void **unused ATTR_UNUSED)
{
	struct change grant = state_grant();
	char id[CHANGE_ID];
	const char *came;
	struct folder f;
	struct err e;

	folder_create(&f);
	fill(&f);
	assert_int_equal(state_remember(STATE_AT(f.path),
	    STATE_T + 5 * STATE_DAY, &e), 0);
	grant.until = STATE_T + 2 * STATE_DAY;
	came = state_make(&f, policy, &grant, STATE_T + STATE_DAY, id);
	want_that(came, "names the time",
	    strstr(came, "2026-03-06T00:00:00Z") != NULL);
	want_that(came, "names the remedy",
	    strstr(came, "state repair --clock") != NULL);
	/* What is past for the clock, too, is only past. */
	grant.until = STATE_T + STATE_DAY / 2;
	want_text("past", "refusal", state_make(&f, policy, &grant,
	    STATE_T + STATE_DAY, id), "its end is in the past");
	folder_remove(&f);
}

/* The stage stays when the file has another one, and is not for a level that
 * the row did not have then; a renamed partner has no overlay. test_stages.c
 * has the rest. */
static const struct {
	const char *label;
	const char *from, *to;          /* edited in the policy */
	enum stage wanted;
	bool excepted;
} edits[] = {
	{ "as it was", "x", "x", STAGE_DEFER, true },
	{ "other stage", "stage = \"log-only\"", "stage = \"tag\"",
	    STAGE_DEFER, true },
	{ "other level", "entry = { level = \"encrypt\"",
	    "entry = { level = \"none\"", STAGE_LOG_ONLY, true },
	{ "renamed", "name = \"bank\"", "name = \"sparkasse\"",
	    STAGE_LOG_ONLY, false },
};

static void
test_overlay(void **unused ATTR_UNUSED)
{
	struct folder f;
	struct err e;

	folder_create(&f);
	fill(&f);
	for (size_t i = 0; i < COUNT_OF(edits); i++) {
		char text[4096];
		const char *at = strstr(STATE_POLICY, edits[i].from);
		struct policy *edited;
		struct state *state;
		const struct rule *rule;

		snprintf(text, sizeof(text), "%.*s%s%s",
		    (int)(at - STATE_POLICY), STATE_POLICY, edits[i].to,
		    at + strlen(edits[i].from));
		edited = state_policy(&f, text);
		state = state_read(STATE_AT(f.path), &e);
		state_apply(state, edited);
		edited->overlay = &state->overlay;
		rule = table_partner(edited->table, 0)->rules[HOP_ENTRY];
		want_text(edits[i].label, "stage",
		    stage_name(overlay_stage(&state->overlay, rule)),
		    stage_name(edits[i].wanted));
		rule = table_partner(edited->table, 0)->rules[HOP_INBOUND];
		want_that(edits[i].label, "excepted as it should be",
		    (policy_exception(edited, rule, rule->partner->name,
		    SLICE("bank.example"), STATE_T + 5) != NULL) ==
		    edits[i].excepted);
		state_destroy(&state);
		policy_destroy(&edited);
	}
	folder_remove(&f);
}

/* Texts with unusual bytes are read back unchanged. */
static void
test_odd_bytes(void **unused ATTR_UNUSED)
{
	static const char odd[] = "q\"uo\\te ; } @include \"x\" # \xc3\xa9";
	struct change grant = state_grant();
	struct folder f;
	struct state *state;
	struct err e;
	char id[CHANGE_ID];

	grant.reason = slice_of(odd);
	folder_create(&f);
	want_text("odd bytes", "refusal", state_make(&f, policy, &grant,
	    STATE_T, id), "");
	state = state_read(STATE_AT(f.path), &e);
	want_number("odd bytes", "health", state->health, STATE_GOOD);
	want_that("odd bytes", "the reason is the same",
	    slice_eq(state->exceptions[0].reason, slice_of(odd)));
	state_destroy(&state);
	folder_remove(&f);
}

/* A full disk, simulated by a limit on the size of files: nothing changes. */
static void
test_full_disk(void **unused ATTR_UNUSED)
{
	struct folder f;
	char command[512], before[512], after[512];

	if (geteuid() != 0)
		skip();
	folder_create(&f);
	snprintf(command, sizeof(command),
	    "mount -t tmpfs -o size=64k,mode=0755 none %s 2>/dev/null",
	    f.path);
	if (system(command) != 0) {
		folder_remove(&f);
		skip();
	}
	fill(&f);
	show(&f, before, sizeof(before));
	snprintf(command, sizeof(command), "dd if=/dev/zero of=%s/full "
	    "bs=1k 2>/dev/null", f.path);
	if (system(command) == 0)
		fail_msg("the disk did not fill");
	for (int i = 0; i < 3; i++) {
		struct change grant = state_grant();
		char id[CHANGE_ID];

		grant.hop = HOP_OUTBOUND;
		want_that("full disk", "is reported", strstr(state_make(&f,
		    policy, &grant, STATE_T, id), "No space left") != NULL);
		show(&f, after, sizeof(after));
		want_text("full disk", "state", after, before);
	}
	snprintf(command, sizeof(command), "umount %s", f.path);
	want_number("full disk", "umount", system(command), 0);
	folder_remove(&f);
}

/* With a marker beside the log, in a folder with s/ for the state. */
static const struct {
	const char *label;
	const char *damage;             /* a shell command */
	const char *wanted;             /* a prefix */
} losses[] = {
	{ "nothing", ":", "good g2 x1 bank/entry=defer" },
	{ "the folder", "rm -r s", "damaged g2 x0 bank/entry=defer; it is "
	    "missing, but " },
	{ "all files", "rm s/*", "damaged g2 x0 bank/entry=defer; it is "
	    "missing, but " },
	{ "the text", ": >s/state.conf", "damaged g2 x0 bank/entry=defer; it "
	    "does not begin like a state file" },
	{ "text and history", ": >s/state.conf; rm s/history.jsonl",
	    "damaged g2 x0 bank/entry=defer; it does not begin" },
	{ "an older one", "rm s/*; cp older/* s", "damaged g2 x0 "
	    "bank/entry=defer; an older one was put back: it is generation 1, "
	    "and " },
	{ "an open folder", "chmod g+w s", "damaged g2 x0 bank/entry=defer; "
	    "state folder " },
	{ "an open history", "chmod g+w s/history.jsonl", "damaged g2 x0 "
	    "bank/entry=defer; history.jsonl is writable" },
	{ "the marker", "rm log.state", "good g2 x1 bank/entry=defer" },
	{ "the marker's text", "echo x >>log.state",
	    "good g2 x1 bank/entry=defer" },
	{ "all but half of the marker", "rm s/*; echo x >>log.state",
	    "damaged g0 x0; it is missing, and " },
	{ "everything", "rm s/* log.state", "fresh g0 x0" },
	{ "a newer one", "cp older.state log.state",
	    "good g2 x1 bank/entry=defer" },
};

static struct state_place
marked_place(const struct folder *f, char path[512])
{
	struct state_place place = { .folder = folder_path(f, "s", path) };

	snprintf(place.marker, sizeof(place.marker), "%s/log.state", f->path);
	return place;
}

static void
in_folder(const struct folder *f, const char *what)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd %s && { %s; }", f->path, what);
	want_number(what, "status", system(command), 0);
}

static void
fill_marked(const struct folder *f, const struct state_place *place)
{
	struct change grant = state_grant(), climb = { .kind = CHANGE_STAGE,
		.partner = SLICE("bank"), .hop = HOP_ENTRY,
		.stage = STAGE_DEFER, .reason = SLICE("r") };
	struct actor actor = { .reason = SLICE("r"), .losses = loss_count,
		.clock = STATE_T };
	struct change_made made;
	struct err e;

	in_folder(f, "mkdir s");
	if (change_make(place, policy, &grant, &actor, &made, &e) < 0)
		fail_msg("%s", e.text);
	in_folder(f, "cp -a s older; cp log.state older.state || :");
	if (change_make(place, policy, &climb, &actor, &made, &e) < 0)
		fail_msg("%s", e.text);
}

static void
test_loss(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(losses); i++) {
		const char *wanted = losses[i].wanted;
		struct folder f;
		char path[512], came[1024];
		struct state_place place;

		folder_create(&f);
		place = marked_place(&f, path);
		fill_marked(&f, &place);
		in_folder(&f, losses[i].damage);
		show_at(&place, came, sizeof(came));
		if (strncmp(came, wanted, strlen(wanted)) != 0)
			fail_msg("%s: came %s, wanted %s", losses[i].label,
			    came, wanted);
		folder_remove(&f);
	}
}

/* A lost state is repaired from its marker, and refuses changes until then. */
static void
test_loss_repaired(void **unused ATTR_UNUSED)
{
	struct actor actor = { .reason = SLICE("r"), .losses = loss_count,
		.clock = STATE_T + 9 };
	struct change grant = state_grant();
	struct folder f;
	char path[512], came[1024];
	struct state_place place;
	struct change_made made;
	struct err e;

	folder_create(&f);
	place = marked_place(&f, path);
	fill_marked(&f, &place);
	in_folder(&f, "rm s/*");
	want_number("lost", "change", change_make(&place, policy, &grant,
	    &actor, &made, &e), -1);
	want_that("lost", "asks for a repair",
	    strstr(e.text, "repair it first") != NULL);
	want_number("lost", "repair", state_repair(&place, &actor, false, &e),
	    0);
	show_at(&place, came, sizeof(came));
	want_text("repaired", "state", came, "good g3 x0 bank/entry=defer");
	want_number("repaired", "change", change_make(&place, policy, &grant,
	    &actor, &made, &e), 0);
	folder_remove(&f);
}

/* A marker that could not be written does not stop a change, and is written
 * later. */
static void
test_marker_is_kept(void **unused ATTR_UNUSED)
{
	struct folder f;
	char path[512];
	struct state_place place;
	struct state *state;
	struct err e;

	folder_create(&f);
	place = marked_place(&f, path);
	in_folder(&f, "mkdir log.state.new");
	fill_marked(&f, &place);
	state = state_read(&place, &e);
	want_number("in the way", "kept", state_keep_marker(&place, state,
	    &e), -1);
	in_folder(&f, "rmdir log.state.new");
	want_number("no more", "kept", state_keep_marker(&place, state, &e),
	    0);
	want_number("again", "kept", state_keep_marker(&place, state, &e), 0);
	state_destroy(&state);
	in_folder(&f, "rm s/*");
	state = state_read(&place, &e);
	want_number("lost", "stages", (long)state->stage_count, 1);
	state_destroy(&state);
	folder_remove(&f);
}

static const struct {
	const char *label;
	struct slice state, log;
	const char *marker;
} places[] = {
	{ "no log", SLICE("/s"), SLICE_NONE, "" },
	{ "a log", SLICE("/s"), SLICE("/l/log"), "/l/log.state" },
	{ "in the state folder", SLICE("/s"), SLICE("/s/log"), "" },
	{ "below it", SLICE("/s/"), SLICE("/s/l/log"), "" },
	{ "a name that begins so", SLICE("/s"), SLICE("/state/log"),
	    "/state/log.state" },
};

static void
test_places(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		struct settings settings = { .state = places[i].state,
			.decisions = places[i].log };
		struct state_place place = place_of(&settings);

		want_text(places[i].label, "marker", place.marker,
		    places[i].marker);
	}
}

static struct folder shared;

static int
set_up(void **unused ATTR_UNUSED)
{
	umask(022);
	folder_create(&shared);
	policy = state_policy(&shared, STATE_POLICY);
	return 0;
}

static int
take_down(void **unused ATTR_UNUSED)
{
	policy_destroy(&policy);
	folder_remove(&shared);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_damage),
	cmocka_unit_test(test_owner),
	cmocka_unit_test(test_repair),
	cmocka_unit_test(test_clock),
	cmocka_unit_test(test_ended),
	cmocka_unit_test(test_many),
	cmocka_unit_test(test_a_later_time_seen_is_named),
	cmocka_unit_test(test_overlay),
	cmocka_unit_test(test_odd_bytes),
	cmocka_unit_test(test_full_disk),
	cmocka_unit_test(test_loss),
	cmocka_unit_test(test_loss_repaired),
	cmocka_unit_test(test_marker_is_kept),
	cmocka_unit_test(test_places),
};

RUN_TESTS_WITH(tests, set_up, take_down)

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A change of the state that is interrupted at any of its steps: the program is
 * killed, the disk is full or broken, no descriptor is left. The state is read
 * afterwards; what was answered "done" is in it, what is in it is recorded, and
 * nothing else is gone.
 *
 * The calls that change files are defined here, in front of those of the C
 * library, and count.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "policy/base/text.h"
#include "tests/state.h"

enum { ANN = 1001, BOB = 1002, STEPS = 200, SHOWN = 2048 };

#define EYES "exceptions = { allow_plaintext = true; four_eyes = true; };\n"

enum fault {
	KILLED_BEFORE,
	KILLED_AFTER,
	KILLED_HALFWAY,                 /* of what is written */
	NO_ROOM,                        /* from then on */
	NO_ROOM_ONCE,
	BROKEN_DISK,                    /* from then on */
	NO_DESCRIPTOR
};

static const char *const faults[] = { "killed before", "killed after",
	"killed halfway", "no room", "no room once", "broken disk",
	"no descriptor" };

/* The fault of this process. */
static struct {
	bool armed;
	enum fault fault;
	long at, step;                  /* it comes at that step */
	bool came;
} plan;

/* Counts a step. Whether the fault is now. */
static bool
fault_is_now(void)
{
	bool lasts = plan.fault == NO_ROOM || plan.fault == BROKEN_DISK;

	if (!plan.armed)
		return false;
	plan.step++;
	if (plan.step != plan.at && !(lasts && plan.came))
		return false;
	plan.came = true;
	return true;
}

static void
fault_kill(void)
{
	raise(SIGKILL);
}

/* Makes the call, unless the fault comes: room says whether it needs room on
 * the disk, descriptor whether it opens one. */
static long
fault_call(bool room, bool descriptor, long number, long a, long b, long c,
    long d)
{
	long result;

	if (!fault_is_now())
		return syscall(number, a, b, c, d);
	switch (plan.fault) {
	case KILLED_HALFWAY:
	case KILLED_BEFORE:
		fault_kill();
		break;
	case KILLED_AFTER:
		result = syscall(number, a, b, c, d);
		fault_kill();
		return result;
	case NO_ROOM:
	case NO_ROOM_ONCE:
		if (!room)
			return syscall(number, a, b, c, d);
		errno = ENOSPC;
		return -1;
	case BROKEN_DISK:
		errno = EIO;
		return -1;
	case NO_DESCRIPTOR:
		if (!descriptor)
			return syscall(number, a, b, c, d);
		errno = EMFILE;
		return -1;
	}
	errno = EIO;
	return -1;
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	/* A full disk takes a part. */
	if (plan.armed && plan.step + 1 == plan.at && n > 1 &&
	    (plan.fault == KILLED_HALFWAY || plan.fault == NO_ROOM)) {
		ssize_t wrote = syscall(SYS_write, fd, bytes, n / 2);

		if (plan.fault == KILLED_HALFWAY)
			fault_kill();
		plan.step++;
		plan.came = true;
		return wrote;
	}
	return fault_call(true, false, SYS_write, fd, (long)bytes, (long)n, 0);
}

/* Nothing waits for the disk here. */
int
fsync(int fd)
{
	return (int)fault_call(true, false, SYS_fcntl, fd, F_GETFD, 0, 0);
}

/* Nor for a descriptor. */
int
nanosleep(const struct timespec *time ATTR_UNUSED,
    struct timespec *left ATTR_UNUSED)
{
	return 0;
}

int
ftruncate(int fd, off_t size)
{
	return (int)fault_call(false, false, SYS_ftruncate, fd, size, 0, 0);
}

int
renameat(int from, const char *old, int to, const char *new)
{
	return (int)fault_call(true, false, SYS_renameat, from, (long)old, to,
	    (long)new);
}

int
openat(int folder, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list rest;

	va_start(rest, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(rest, mode_t);
	va_end(rest);
	return (int)fault_call((flags & O_CREAT) != 0, true, SYS_openat, folder,
	    (long)path, flags, (long)mode);
}

/* What is done */

static struct folder shared, folder;
static struct policy *policy, *eyes;
static struct state_place place;
static char state_folder[256];

struct operation {
	const char *label;
	uid_t person;
	bool four_eyes;                 /* under a policy with four_eyes */
	const char *event;              /* that the history has then */
	struct change change;
};

static const struct operation operations[] = {
	{ "grant", ANN, false, "grant", { .kind = CHANGE_GRANT,
		.partner = SLICE("bank"), .hop = HOP_OUTBOUND,
		.floor = LEVEL_ENCRYPT, .until = STATE_T + 9 * STATE_DAY,
		.owner = SLICE("me"), .reason = SLICE("why") } },
	{ "end", ANN, false, "end", { .kind = CHANGE_END,
		.id = SLICE("E1") } },
	{ "stage", ANN, false, "stage", { .kind = CHANGE_STAGE, .force = true,
		.partner = SLICE("bank"), .hop = HOP_ENTRY,
		.stage = STAGE_REJECT, .reason = SLICE("why") } },
	{ "pause", ANN, false, "pause", { .kind = CHANGE_PAUSE,
		.hop = HOP_OUTBOUND, .lasts = 3600,
		.reason = SLICE("why") } },
	{ "approve", BOB, true, "approve", { .kind = CHANGE_APPROVE,
		.id = SLICE("asked") } },
};

/* The state that all begin from: something of everything. */
static const struct operation before[] = {
	{ "E1", ANN, false, "grant", { .kind = CHANGE_GRANT,
		.partner = SLICE("bank"), .hop = HOP_INBOUND,
		.floor = LEVEL_ENCRYPT, .until = STATE_T + 5 * STATE_DAY,
		.owner = SLICE("me"), .reason = SLICE("why") } },
	{ "stage", ANN, false, "stage", { .kind = CHANGE_STAGE, .force = true,
		.partner = SLICE("bank"), .hop = HOP_ENTRY,
		.stage = STAGE_DEFER, .reason = SLICE("why") } },
	{ "pause", ANN, false, "pause", { .kind = CHANGE_PAUSE,
		.hop = HOP_INBOUND, .lasts = 3600, .reason = SLICE("why") } },
	{ "asked", ANN, true, "ask", { .kind = CHANGE_GRANT,
		.id = SLICE("asked"), .partner = SLICE("bank"),
		.hop = HOP_OUTBOUND, .floor = LEVEL_NONE,
		.until = STATE_T + 5 * STATE_DAY, .owner = SLICE("me"),
		.reason = SLICE("why") } },
};

static bool
make(const struct operation *op, struct err *e)
{
	struct actor actor = { .uid = op->person, .person = op->person,
		.reason = op->change.reason, .clock = STATE_T,
		.losses = loss_count };
	struct change_made made;

	return change_make(&place, op->four_eyes ? eyes : policy, &op->change,
	    &actor, &made, e) == 0;
}

/* The files of the state, as they were. */
struct saved {
	const char *name;
	char text[16384];
	size_t n;
};

static struct saved saved[] = { { .name = "state/state.conf" },
	{ .name = "state/history.jsonl" }, { .name = "decisions.state" } };

static size_t
read_text(const char *name, char *out, size_t size)
{
	char path[256];
	FILE *in = fopen(folder_path(&folder, name, path), "r");
	size_t n = in == NULL ? 0 : fread(out, 1, size - 1, in);

	if (in != NULL)
		fclose(in);
	out[n] = '\0';
	return n;
}

static void
save(void)
{
	for (size_t i = 0; i < COUNT_OF(saved); i++)
		saved[i].n = read_text(saved[i].name, saved[i].text,
		    sizeof(saved[i].text));
}

static void
restore(void)
{
	static const char *const left[] = { "state/state.conf.new",
		"state/state.conf.draft", "decisions.state.new" };
	char path[256];

	for (size_t i = 0; i < COUNT_OF(left); i++)
		unlink(folder_path(&folder, left[i], path));
	for (size_t i = 0; i < COUNT_OF(saved); i++)
		folder_write(&folder, saved[i].name, saved[i].text,
		    saved[i].n);
}

/* What the state says, without when it was written. */
static void
show(char out[SHOWN])
{
	struct err e;
	struct state *state = state_read(&place, &e);
	struct text t;

	if (state == NULL)
		fail_msg("it cannot be read: %s", e.text);
	text_init(&t, out, SHOWN);
	text_add(&t, "%s", state->health == STATE_DAMAGED
	    ? state->damage.text : "good");
	for (size_t i = 0; i < state->exception_count; i++)
		/* A change that was interrupted has used its number. */
		text_add(&t, " %c-%lld", state->exceptions[i].id.p[0],
		    (long long)(state->exceptions[i].until - STATE_T));
	for (size_t i = 0; i < state->stage_count; i++)
		text_add(&t, " %.*s=%d", SLICE_ARGS(state->stages[i].partner),
		    state->stages[i].stage);
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		text_add(&t, " p%lld", state->pauses[hop].until == 0 ? 0LL
		    : (long long)(state->pauses[hop].until - STATE_T));
	for (size_t i = 0; i < state->pending_count; i++)
		text_add(&t, " %c%s", state->pending[i].id.p[0],
		    state->pending[i].approved != 0 ? " approved" : "");
	text_end(&t);
	state_destroy(&state);
}

/* How often the history has the event. */
static size_t
count_recorded(const char *event)
{
	char text[16384], word[64];
	size_t count = 0;

	read_text("state/history.jsonl", text, sizeof(text));
	snprintf(word, sizeof(word), "\"event\":\"%s\"", event);
	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		count++;
	return count;
}

enum outcome_of { DONE, REFUSED, NOT_REACHED, KILLED };

/* Makes the change in a process of its own, with the fault at that step. */
static enum outcome_of
make_with(const struct operation *op, enum fault fault, long at)
{
	pid_t pid = fork();
	int status = 0;

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct err e;
		bool done;

		plan.fault = fault;
		plan.at = at;
		plan.armed = true;
		done = make(op, &e);
		_exit(!plan.came ? NOT_REACHED : done ? DONE : REFUSED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? (enum outcome_of)WEXITSTATUS(status)
	    : KILLED;
}

/* What is promised of one fault; old and new are what the state shows without
 * the change, and with it. */
static void
check(const struct operation *op, const char *label, enum outcome_of outcome,
    size_t recorded, const char *old, const char *new)
{
	char came[SHOWN];
	struct err e = { .line = 0 };

	show(came);
	if (strcmp(came, old) != 0 && strcmp(came, new) != 0)
		fail_msg("%s: came \"%s\", wanted \"%s\" or \"%s\"", label,
		    came, old, new);
	if (outcome == DONE)
		want_text(label, "answered as done", came, new);
	if (strcmp(came, new) == 0)
		want_number(label, "recorded",
		    (long)count_recorded(op->event), (long)recorded + 1);
	/* The next attempt finds nothing in its way. */
	if (strcmp(came, new) == 0)
		return;
	if (!make(op, &e))
		fail_msg("%s: then %s", label, e.text);
	show(came);
	want_text(label, "the next attempt", came, new);
}

/* Every step of one change, with one fault. Returns how many there are. */
static long
walk(const struct operation *op, enum fault fault, const char *old,
    const char *new)
{
	size_t recorded;
	char label[200];

	restore();
	recorded = count_recorded(op->event);
	for (long at = 1; at < STEPS; at++) {
		enum outcome_of outcome;

		restore();
		outcome = make_with(op, fault, at);
		if (outcome == NOT_REACHED)
			return at - 1;
		snprintf(label, sizeof(label), "%s, %s, step %ld", op->label,
		    faults[fault], at);
		check(op, label, outcome, recorded, old, new);
	}
	return STEPS;
}

static void
test_each_step(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(operations); i++) {
		const struct operation *op = &operations[i];
		char old[SHOWN], new[SHOWN];
		struct err e;

		restore();
		show(old);
		want_that(op->label, "is refused without a fault",
		    make(op, &e));
		show(new);
		want_that(op->label, "changes nothing", strcmp(old, new) != 0);
		for (size_t fault = 0; fault < COUNT_OF(faults); fault++) {
			long steps = walk(op, (enum fault)fault, old, new);

			want_that(op->label, "has steps",
			    steps >= 10 && steps < STEPS);
		}
	}
}

/* Attempt after attempt is interrupted at the same step, such as by a watchdog
 * or a file that nobody may replace. */
static void
test_twice_at_each_step(void **unused ATTR_UNUSED)
{
	static const enum fault twice[] = { KILLED_BEFORE, BROKEN_DISK };
	const struct operation *op = &operations[0];
	char old[SHOWN], new[SHOWN], label[200], came[SHOWN];
	struct err e;

	restore();
	show(old);
	want_that(op->label, "is made", make(op, &e));
	show(new);
	for (size_t i = 0; i < COUNT_OF(twice); i++)
		for (long at = 1; at < STEPS; at++) {
			restore();
			make_with(op, twice[i], at);
			show(came);
			/* It is in force by now, and is not made again. */
			if (strcmp(came, new) == 0)
				break;
			if (make_with(op, twice[i], at) == NOT_REACHED)
				break;
			snprintf(label, sizeof(label), "twice %s, step %ld",
			    faults[twice[i]], at);
			check(op, label, KILLED, count_recorded(op->event) - 1,
			    old, new);
		}
}

static int
set_up(void **unused ATTR_UNUSED)
{
	struct err e;

	folder_create(&shared);
	folder_create(&folder);
	policy = state_policy(&shared, STATE_POLICY);
	eyes = state_policy(&shared, EYES STATE_POLICY);
	place.folder = folder_path(&folder, "state", state_folder);
	folder_path(&folder, "decisions.state", place.marker);
	if (mkdir(state_folder, 0750) != 0)
		fail_msg("%s cannot be made", state_folder);
	for (size_t i = 0; i < COUNT_OF(before); i++)
		if (!make(&before[i], &e))
			fail_msg("%s: %s", before[i].label, e.text);
	save();
	return 0;
}

static int
take_down(void **unused ATTR_UNUSED)
{
	policy_destroy(&policy);
	policy_destroy(&eyes);
	folder_remove(&folder);
	folder_remove(&shared);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_each_step),
	cmocka_unit_test(test_twice_at_each_step),
};

RUN_TESTS_WITH(tests, set_up, take_down)

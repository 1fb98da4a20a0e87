/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What persons do at the same moment with exceptions.four_eyes: one comes
 * first, and in every order nothing passes that two did not want.
 */
#include "config.h"

#include <sys/wait.h>
#include <unistd.h>

#include "conf/state/pending.h"
#include "tests/state.h"

enum { ANN = 1001, BOB = 1002, CAROL = 1003, ROUNDS = 8, AT_ONCE = 4 };

#define EYES "exceptions = { allow_plaintext = true; four_eyes = true; };\n"

static struct folder shared, folder;
static struct policy *policy;

/* What became of a change, as the exit status of who made it. */
enum came { DONE, ALREADY, WAITS, REFUSED };

/* A change and who makes it. */
struct step {
	uid_t person;
	struct change change;
};

static enum came
make(const struct step *step)
{
	struct actor actor = { .uid = step->person, .person = step->person,
		.reason = step->change.reason, .clock = STATE_T,
		.losses = loss_count };
	struct change_made made;
	struct err e;

	if (change_make(STATE_AT(folder.path), policy, &step->change, &actor,
		&made, &e) < 0)
		return REFUSED;
	return made.already ? ALREADY : made.waits ? WAITS : DONE;
}

/* Waits for the word, which is the end of the file, and makes the change. */
static pid_t
begin(const struct step *step, const int word[2])
{
	pid_t pid = fork();
	char unused;

	assert_int_not_equal(pid, -1);
	if (pid != 0)
		return pid;
	close(word[1]);
	while (read(word[0], &unused, 1) > 0)
		;
	_exit((int)make(step));
}

/* Makes all changes at the same moment, each in a process of its own. */
static void
make_at_once(const struct step *steps, size_t count, enum came *out)
{
	pid_t pids[AT_ONCE];
	int word[2];

	want_between("steps", (long long)count, 1, AT_ONCE);
	assert_int_equal(pipe(word), 0);
	for (size_t i = 0; i < count; i++)
		pids[i] = begin(&steps[i], word);
	close(word[0]);
	close(word[1]);
	for (size_t i = 0; i < count; i++) {
		int status = 0;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		want_that("a change", "ends", WIFEXITED(status));
		out[i] = (enum came)WEXITSTATUS(status);
	}
}

static size_t
count_of(enum came outcome, const enum came *came, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += came[i] == outcome;
	return n;
}

/* To plaintext, so that one person never may. */
static struct step
asks(uid_t person)
{
	struct step step = { person, state_grant() };

	step.change.floor = LEVEL_NONE;
	return step;
}

static struct step
approves(uid_t person, const char *id)
{
	return (struct step){ person, { .kind = CHANGE_APPROVE,
		.id = slice_of(id) } };
}

static struct step
ends(uid_t person, const char *id)
{
	return (struct step){ person, { .kind = CHANGE_END,
		.id = slice_of(id) } };
}

/* Returns new; goes with state_destroy(). */
static struct state *
state_now_on_disk(void)
{
	struct err e;
	struct state *state = state_read(STATE_AT(folder.path), &e);

	assert_non_null(state);
	want_that("the state", "is good", state->health == STATE_GOOD);
	return state;
}

/* How many exceptions are in force, of which one may have any end. */
static size_t
in_force(void)
{
	struct state *state = state_now_on_disk();
	size_t count = 0;

	for (size_t i = 0; i < state->exception_count; i++)
		count += state->exceptions[i].until > state->seen;
	state_destroy(&state);
	return count;
}

/* How often the history has this event. */
static size_t
recorded(const char *event)
{
	char line[8192], word[64], path[256];
	FILE *in = fopen(folder_path(&folder, "history.jsonl", path), "r");
	size_t count = 0;

	assert_non_null(in);
	snprintf(word, sizeof(word), "\"event\":\"%s\"", event);
	while (fgets(line, sizeof(line), in) != NULL)
		count += strstr(line, word) != NULL;
	fclose(in);
	return count;
}

static void
test_two_approve_at_once(void **unused ATTR_UNUSED)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct step first = asks(ANN);
		const struct step steps[] = { approves(BOB, "E1"),
			approves(CAROL, "E1"), approves(ANN, "E1"),
			approves(0, "E1") };
		enum came came[COUNT_OF(steps)];

		folder_create(&folder);
		want_number("asked", "outcome", make(&first), WAITS);
		make_at_once(steps, COUNT_OF(steps), came);
		want_number("one of two", "approves",
		    (long)count_of(DONE, came, 2), 1);
		want_number("the other one", "is late",
		    (long)count_of(ALREADY, came, 2), 1);
		want_that("who asked", "did not", came[2] != DONE);
		want_that("root", "did not", came[3] != DONE);
		want_number("approved", "recorded", (long)recorded("approve"),
		    1);
		want_number("approved", "in force", (long)in_force(), 1);
		folder_remove(&folder);
	}
}

/* Whoever comes first: it does not act afterwards. */
static void
test_end_and_approval_at_once(void **unused ATTR_UNUSED)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct step first = asks(ANN);
		const struct step steps[] = { approves(BOB, "E1"),
			ends(CAROL, "E1") };
		enum came came[COUNT_OF(steps)];

		folder_create(&folder);
		want_number("asked", "outcome", make(&first), WAITS);
		make_at_once(steps, COUNT_OF(steps), came);
		want_number("the end", "outcome", came[1], DONE);
		want_number("ended", "in force", (long)in_force(), 0);
		want_number("ended", "recorded",
		    (long)(recorded("end") + recorded("withdraw")), 1);
		want_number("approved", "as recorded",
		    (long)recorded("approve"), came[0] == DONE);
		folder_remove(&folder);
	}
}

/* A later end brings nothing back that was ended. */
static void
test_end_and_renewal_at_once(void **unused ATTR_UNUSED)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct step first = asks(ANN), second = approves(BOB, "E1");
		struct step later = { BOB, { .kind = CHANGE_RENEW,
			.id = SLICE("E1"), .reason = SLICE("why"),
			.until = STATE_T + 20 * STATE_DAY } };
		const struct step steps[] = { approves(CAROL, "R3"),
			ends(ANN, "E1") };
		enum came came[COUNT_OF(steps)];

		folder_create(&folder);
		want_number("asked", "outcome", make(&first), WAITS);
		want_number("approved", "outcome", make(&second), DONE);
		want_number("later", "outcome", make(&later), WAITS);
		make_at_once(steps, COUNT_OF(steps), came);
		want_number("the end", "outcome", came[1], DONE);
		want_number("ended", "in force", (long)in_force(), 0);
		folder_remove(&folder);
	}
}

/* One person, in two shells: only one of them lets mail pass for a few
 * hours. */
static void
test_alone_twice_at_once(void **unused ATTR_UNUSED)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct step steps[] = { asks(ANN), asks(ANN), asks(BOB) };
		enum came came[COUNT_OF(steps)];

		for (size_t k = 0; k < COUNT_OF(steps); k++) {
			steps[k].change.floor = LEVEL_ENCRYPT;
			steps[k].change.until = STATE_T + 3600;
		}
		steps[1].change.key = SLICE("bank.example");
		steps[2].change.key = SLICE(".bank.example");
		folder_create(&folder);
		make_at_once(steps, COUNT_OF(steps), came);
		want_number("alone", "granted",
		    (long)count_of(DONE, came, COUNT_OF(steps)), 1);
		want_number("alone", "in force", (long)in_force(), 1);
		folder_remove(&folder);
	}
}

/* The same thing, asked for twice, waits once. */
static void
test_ask_twice_at_once(void **unused ATTR_UNUSED)
{
	for (int i = 0; i < ROUNDS; i++) {
		const struct step steps[] = { asks(ANN), asks(BOB), asks(ANN) };
		enum came came[COUNT_OF(steps)];

		folder_create(&folder);
		make_at_once(steps, COUNT_OF(steps), came);
		want_number("asked", "waits",
		    (long)count_of(WAITS, came, COUNT_OF(steps)), 1);
		want_number("asked", "refused",
		    (long)count_of(REFUSED, came, COUNT_OF(steps)), 2);
		want_number("asked", "in force", (long)in_force(), 0);
		folder_remove(&folder);
	}
}

static int
set_up(void **unused ATTR_UNUSED)
{
	folder_create(&shared);
	policy = state_policy(&shared, EYES STATE_POLICY);
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
	cmocka_unit_test(test_two_approve_at_once),
	cmocka_unit_test(test_end_and_approval_at_once),
	cmocka_unit_test(test_end_and_renewal_at_once),
	cmocka_unit_test(test_alone_twice_at_once),
	cmocka_unit_test(test_ask_twice_at_once),
};

RUN_TESTS_WITH(tests, set_up, take_down)

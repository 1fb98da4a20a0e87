/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a state file and its history. Bytes after the octets 1E 0A are
 * the history. The state is read as it is, and with a first line that fits,
 * without which hardly any would be read. What is read is written and read
 * again as the same; what is rebuilt from a history can be written.
 */
#include "config.h"

#include <sys/stat.h>

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "conf/base/digest.h"
#include "conf/state/history.h"
#include "conf/state/statetext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* At a syntax error libconfig 1.5 leaks the string that it was reading. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig.so\n";
}

static void
check_written(struct state *state)
{
	struct state again = { .arena = arena_create(4096) };
	struct err e = { .text = "" };
	size_t n;
	char *text = statetext_write(state, &n, &e);

	assert(text != NULL);
	if (statetext_read((struct slice){ text, n }, &again, &e) < 0) {
		fprintf(stderr, "%s:\n%.*s\n", e.text, (int)n, text);
		abort();
	}
	assert(again.generation == state->generation);
	assert(again.seen == state->seen);
	assert(again.exception_count == state->exception_count);
	assert(again.stage_count == state->stage_count);
	for (size_t i = 0; i < again.exception_count; i++) {
		const struct exception *x = &again.exceptions[i];

		assert(slice_eq(x->id, state->exceptions[i].id));
		assert(x->floor == state->exceptions[i].floor);
		assert(x->until == state->exceptions[i].until);
		/* Without an end there is no exception. */
		assert(x->until > 0);
	}
	assert(again.pending_count == state->pending_count);
	for (size_t i = 0; i < again.pending_count; i++) {
		const struct pending *p = &again.pending[i];

		assert(slice_eq(p->id, state->pending[i].id));
		assert(p->kind == state->pending[i].kind &&
		    p->kind != PENDING_UNSET);
		assert(p->asked == state->pending[i].asked && p->asked > 0);
		assert(p->asked_by == state->pending[i].asked_by);
		assert(p->approved == state->pending[i].approved);
		assert(p->withdrawn == state->pending[i].withdrawn);
	}
	for (size_t i = 0; i < again.stage_count; i++)
		assert(again.stages[i].stage == state->stages[i].stage &&
		    again.stages[i].stage != STAGE_UNSET);
	free(text);
	arena_destroy(&again.arena);
}

static void
check_text(struct slice text)
{
	struct state state = { .arena = arena_create(4096) };
	struct err e = { .text = "" };

	if (statetext_read(text, &state, &e) == 0)
		check_written(&state);
	else
		assert(e.text[0] != '\0');
	arena_destroy(&state.arena);
}

/* The body with the first line that its digest needs. */
static void
check_body(struct slice body)
{
	struct arena *a = arena_create(4096);
	char digest[DIGEST_TEXT + 1];
	struct slice text;

	digest_text(body, digest);
	text = slice_of(arena_printf(a, "# enforcetls-state 1 generation=7 "
	    "sha256=%s\n%.*s", digest, SLICE_ARGS(body)));
	check_text(text);
	arena_destroy(&a);
}

static char folder_path[] = "/dev/shm/fuzz_state.XXXXXX";

static void
remove_folder(void)
{
	rmdir(folder_path);
}

static int
open_folder(void)
{
	static int folder = -1;

	if (folder >= 0)
		return folder;
	if (mkdtemp(folder_path) == NULL)
		abort();
	atexit(remove_folder);
	folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(folder >= 0);
	return folder;
}

static void
check_history(struct slice text)
{
	struct state state = { .arena = arena_create(4096) };
	struct err e = { .text = "" };
	unsigned long generation;
	int folder = open_folder();
	int fd = openat(folder, "history.jsonl", O_WRONLY | O_CREAT | O_TRUNC,
	    0600);

	assert(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
	close(fd);
	(void)history_last(folder, &generation, &e);
	if (history_rebuild(folder, &state, &e) == STATEFILE_GOOD) {
		/* A history grants nothing: it only has stages. */
		assert(state.exception_count == 0 && state.pending_count == 0);
		/* A repair sets it to the clock's time. */
		if (state.seen <= 0)
			state.seen = 1;
		check_written(&state);
	}
	unlinkat(folder, "history.jsonl", 0);
	arena_destroy(&state.arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { size == 0 ? "" : (const char *)data, size };
	struct slice history = SLICE("");

	for (size_t i = 0; i + 1 < size; i++)
		if (data[i] == 0x1e && data[i + 1] == '\n') {
			history = slice_from(all, i + 2);
			all = slice_head(all, i);
			break;
		}
	check_text(all);
	if (slice_find(all, '\0') == all.n)
		check_body(all);
	check_history(history);
	return 0;
}

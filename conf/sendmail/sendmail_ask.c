/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/mta/mtaprogram.h"
#include "conf/sendmail/sendmail_ask.h"
#include "conf/sendmail/sendmail_cf.h"
#include "policy/base/text.h"

/* A conversation: what it prints before each prompt answers the question that
 * was read there. */
struct ask {
	struct arena *arena;            /* borrows */
	struct sendmail_said *said;     /* borrows */
	const char *file;               /* the name that complaints have */
	size_t count;                   /* questions */
	size_t prompts;                 /* that were printed */
};

static void
ask_add(struct ask *ask, struct sendmail_answer *to, struct slice line)
{
	to->lines = arena_more(ask->arena, to->lines, to->count,
	    sizeof(*to->lines));
	to->lines[to->count++] = arena_copy(ask->arena, line);
}

/* What it prints of itself and of the file, before the first prompt. */
static void
ask_take_preface(struct ask *ask, struct slice line)
{
	struct slice version = SLICE("Version "), file = slice_of(ask->file);
	static const char built[] = "_FFR_TLSFB2CLEAR";

	if (slice_starts(line, version))
		ask->said->version = arena_copy(ask->arena,
		    slice_trim(slice_from(line, version.n)));
	if (memmem(line.p, line.n, built, strlen(built)) != NULL)
		ask->said->clears = true;
	if (slice_starts(line, file) && slice_starts(slice_from(line, file.n),
	    SLICE(": ")))
		ask_add(ask, &ask->said->complaints, line);
}

static int
ask_take(void *data, struct slice line, struct err *e ATTR_UNUSED)
{
	struct ask *ask = data;

	while (slice_starts(line, SLICE("> "))) {
		ask->prompts++;
		line = slice_from(line, 2);
	}
	if (ask->prompts == 0)
		ask_take_preface(ask, line);
	else if (ask->prompts <= ask->count && line.n > 0)
		ask_add(ask, &ask->said->answers[ask->prompts - 1], line);
	return 0;
}

static struct slice
ask_input(const char *const *questions, size_t count, struct arena *a)
{
	struct text t;
	size_t size = 1;

	for (size_t i = 0; i < count; i++)
		size += strlen(questions[i]) + 1;
	text_init(&t, arena_alloc(a, size), size);
	for (size_t i = 0; i < count; i++)
		text_add(&t, "%s\n", questions[i]);
	return text_so_far(&t);
}

int
sendmail_ask(const char *program, const char *cf,
    const char *const *questions, size_t count, struct arena *a,
    struct sendmail_said *out, struct err *e)
{
	const char *argv[] = { program, "-d0.13", "-C", cf, "-bt", NULL };
	struct mtaprogram_question q = { .harmless = "" };
	struct ask ask = { .arena = a, .said = out, .file = cf,
		.count = count };
	int result;

	*out = (struct sendmail_said){ .version = SLICE("") };
	out->answers = arena_array(a, count == 0 ? 1 : count,
	    sizeof(*out->answers));
	q.input = ask_input(questions, count, a);
	result = mtaprogram_ask(argv, &q, ask_take, &ask, e);
	/* Its status is that of the file: it answers all the same. The last
	 * prompt is for the end of the input. */
	if (ask.prompts > count)
		return 0;
	return result < 0 ? -1 : err_set(e, "%s -C %s -bt answers %zu of %zu "
	    "questions", program, cf, ask.prompts == 0 ? 0 : ask.prompts - 1,
	    count);
}

/* Whether it is one line, and one word if asked. */
static bool
ask_can(struct slice s, bool word)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ||
		    (word && s.p[i] == ' '))
			return false;
	return s.n > 0;
}

const char *
sendmail_ask_class(struct arena *a, struct slice class)
{
	if (!ask_can(class, true))
		return NULL;
	return class.n == 1 ? arena_printf(a, "$=%.*s", SLICE_ARGS(class))
	    : arena_printf(a, "$={%.*s}", SLICE_ARGS(class));
}

const char *
sendmail_ask_key(struct arena *a, struct slice map, struct slice key)
{
	if (!ask_can(map, true) || !ask_can(key, false))
		return NULL;
	return arena_printf(a, "/map %.*s %.*s", SLICE_ARGS(map),
	    SLICE_ARGS(key));
}

const char *
sendmail_ask_route(struct arena *a, struct slice address)
{
	return ask_can(address, true)
	    ? arena_printf(a, "/parse %.*s", SLICE_ARGS(address)) : NULL;
}

/* The status of a look-up, as sysexits.h has it: "... (69)". */
static long
ask_status(struct slice line)
{
	size_t open = slice_rfind(line, '(');
	struct slice number = slice_from(line, open + 1);
	long status = -1;

	if (number.n > 0)
		slice_int(slice_head(number, number.n - 1), 0, 255, &status);
	return status;
}

enum sendmail_found
sendmail_ask_value(const struct sendmail_answer *answer, struct slice *value)
{
	static const char returns[] = ") returns ", none[] = ") no match (";
	struct slice line;
	const char *at;
	long status;

	if (answer->count == 0)
		return SENDMAIL_UNKNOWN;
	line = answer->lines[answer->count - 1];
	if (!slice_starts(line, SLICE("map_lookup: ")))
		return SENDMAIL_UNKNOWN;
	status = ask_status(line);
	at = memmem(line.p, line.n, returns, strlen(returns));
	if (at != NULL && status == 0) {
		*value = slice_from(line, (size_t)(at - line.p) +
		    strlen(returns));
		*value = slice_trim(slice_head(*value,
		    slice_rfind(*value, '(')));
		return SENDMAIL_FOUND;
	}
	/* 0 and EX_NOTFOUND, which is EX_NOHOST. */
	if (at == NULL && (status == 0 || status == 68) &&
	    memmem(line.p, line.n, none, strlen(none)) != NULL)
		return SENDMAIL_ABSENT;
	return SENDMAIL_UNKNOWN;
}

/* "word VALUE, rest" cut off *line. */
static bool
ask_part(struct slice *line, struct slice word, struct slice *value)
{
	size_t comma;

	if (!slice_starts(*line, word))
		return false;
	*line = slice_from(*line, word.n);
	comma = slice_find(*line, ',');
	*value = slice_head(*line, comma);
	*line = slice_from(*line, comma + 2);
	return true;
}

enum sendmail_found
sendmail_ask_hop(const struct sendmail_answer *answer, struct slice *mailer,
    struct slice *host)
{
	static const char transient[] = "Transient parse error";
	struct slice line;

	for (size_t i = 0; i < answer->count; i++)
		if (memmem(answer->lines[i].p, answer->lines[i].n,
		    transient, strlen(transient)) != NULL)
			return SENDMAIL_UNKNOWN;
	if (answer->count == 0)
		return SENDMAIL_UNKNOWN;
	line = answer->lines[answer->count - 1];
	if (slice_eq(line, SLICE("Cannot parse")))
		return SENDMAIL_ABSENT;
	if (!ask_part(&line, SLICE("mailer "), mailer))
		return SENDMAIL_UNKNOWN;
	*host = SLICE("");
	ask_part(&line, SLICE("host "), host);
	return slice_eq(*mailer, SLICE("*error*")) ? SENDMAIL_ABSENT
	    : SENDMAIL_FOUND;
}

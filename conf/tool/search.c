/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "conf/tool/search.h"
#include "conf/show/logwalk.h"
#include "policy/base/jsontext.h"
#include "policy/evidence/dialect.h"

/* Recipients of one message times its rules; nobody reads more. */
enum { RECORDS = 2000 };

static bool
search_is_wanted(const json_t *record, struct slice wanted)
{
	static const char *const keys[] = { "ref", "queue_id" };

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (slice_eq(jsontext_at(record, keys[i]), wanted))
			return true;
	return false;
}

/* The offset of text in line; line.n when it is not there. */
static size_t
search_find(struct slice line, const char *text)
{
	const char *at = memmem(line.p, line.n, text, strlen(text));

	return at == NULL ? line.n : (size_t)(at - line.p);
}

static bool
search_is_source(struct slice proof, const char *source)
{
	char text[64];

	snprintf(text, sizeof(text), "\"source\":\"%s\"", source);
	return search_find(proof, text) < proof.n;
}

/* proof is the rest of a record from "proof" on. */
static void
search_tally_mta(struct search *s, enum mta mta, struct slice proof)
{
	static const char *const shown[] = { "\"peer\":\"", "\"subject\":\"",
		"\"issuer\":\"" };

	s->tls[mta].sessions++;
	for (size_t i = 0; i < COUNT_OF(shown); i++)
		if (search_find(proof, shown[i]) < proof.n)
			s->tls[mta].certificate = true;
}

/* Every line is counted, so none is parsed for it. That is safe: our own writer
 * escapes every quote from outside. */
static void
search_tally_certificates(struct search *s, struct slice line)
{
	struct slice proof;

	proof = slice_from(line, search_find(line, ",\"proof\":{\"tls\":\""));
	if (proof.n == 0)
		return;
	for (unsigned i = 0; i < MTA_COUNT; i++) {
		const struct dialect *dialect = dialect_of((enum mta)i);

		if (dialect->no_certificate_hint != NULL &&
		    !s->tls[i].certificate &&
		    search_is_source(proof, dialect->source))
			search_tally_mta(s, (enum mta)i, proof);
	}
}

static void
search_read_line(struct search *s, struct slice line)
{
	struct recorded *found;
	json_t *record;

	assert(s->count <= RECORDS);
	search_tally_certificates(s, line);
	/* Nearly all lines need no parsing. */
	if (memmem(line.p, line.n, s->wanted.p, s->wanted.n) == NULL)
		return;
	record = json_loadb(line.p, line.n, 0, NULL);
	if (record != NULL && search_is_wanted(record, s->wanted)) {
		found = arena_alloc(s->arena, sizeof(*found));
		s->truncated = s->truncated || s->count == RECORDS;
		if (!s->truncated && recorded_read(record, s->arena, found))
			s->list[s->count++] = found;
	}
	json_decref(record);
}

int
search_log(struct invocation *invocation, struct slice path,
    struct slice wanted, struct arena *a, struct search *out, struct err *e)
{
	struct logwalk *walk = logwalk_open(path, 0, e);
	struct logline line;

	assert(wanted.n > 0);
	if (walk == NULL)
		return -1;
	*out = (struct search){ .wanted = wanted, .arena = a };
	out->list = arena_array(a, RECORDS, sizeof(struct recorded *));
	for (;;) {
		if (lines_next(logwalk_lines(walk), &line, e))
			search_read_line(out, line.text);
		else if (e->text[0] == '\0')
			break;
		else {
			command_failed(invocation, e);
			out->incomplete = true;
		}
	}
	logwalk_close(&walk);
	return 0;
}

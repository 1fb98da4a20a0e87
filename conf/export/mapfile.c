/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "conf/export/mapfile.h"
#include "conf/base/readwrite.h"
#include "conf/export/mapdraft.h"
#include "policy/base/jsontext.h"
#include "policy/outbound/staticmap.h"

/* Keys of ours: a blank is in no next hop. */
#define MAPFILE_HEAD "enforcetls: made from"
#define MAPFILE_AFTER "enforcetls: after exceptions "
/* To the name of the file that waits beside one with exceptions. */
#define MAPFILE_STRICT ".strict"

enum { MAPFILE_FORMAT = 1 };

static void
mapfile_add_head(struct mapdraft *d, const struct mapfile_head *head)
{
	char text[400];
	int n = snprintf(text, sizeof(text), "{\"format\":%d,"
	    "\"program\":\"%s\",\"policy\":\"%s\","
	    "\"generation\":%lu,\"written\":%lld,"
	    "\"next_change\":%lld,\"excepting\":%s,\"keys\":%llu}",
	    MAPFILE_FORMAT, PACKAGE_VERSION, head->policy, head->generation,
	    (long long)head->written, (long long)head->next_change,
	    head->excepting ? "true" : "false",
	    (unsigned long long)head->keys);

	assert(n > 0 && (size_t)n < sizeof(text));
	mapdraft_add(d, SLICE(MAPFILE_HEAD), (struct slice){ text, (size_t)n });
}

/* What a policy has */

struct mapfile_refusal {
	const struct policy *policy;
	int64_t now;
	struct err *e;
	bool found;
};

static bool
mapfile_refuse_row(const struct table *table, const struct row *row,
    void *data)
{
	struct mapfile_refusal *r = data;
	const char *why = staticmap_problem(r->policy, row, r->now);
	struct place at;
	char key[300];

	if (why == NULL)
		return true;
	at = table_place(table, row);
	slice_show(row->key, key, sizeof(key));
	err_at(r->e, at.file, at.line, "\"%s\" %s", key, why);
	r->found = true;
	return false;
}

/* With the stages that are in force, which the reader does not know. */
static int
mapfile_refuse(const struct policy *policy, int64_t now, struct err *e)
{
	struct mapfile_refusal r = { policy, now, e, false };

	table_each(policy->table, mapfile_refuse_row, &r);
	return r.found ? -1 : 0;
}

bool
mapfile_has_exceptions(const struct state *state, int64_t now)
{
	for (size_t i = 0; state != NULL && i < state->exception_count; i++) {
		const struct exception *one = &state->exceptions[i];

		if (one->hop == HOP_OUTBOUND && one->from <= now &&
		    now < one->until)
			return true;
	}
	return state != NULL && now < state->pauses[HOP_OUTBOUND].until;
}

static int64_t
mapfile_next_change(const struct state *state, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; state != NULL && i < state->exception_count; i++) {
		const struct exception *one = &state->exceptions[i];

		if (one->hop != HOP_OUTBOUND)
			continue;
		if (one->from > now && one->from < next)
			next = one->from;
		if (one->until > now && one->until < next)
			next = one->until;
	}
	if (state != NULL && state->pauses[HOP_OUTBOUND].until > now &&
	    state->pauses[HOP_OUTBOUND].until < next)
		next = state->pauses[HOP_OUTBOUND].until;
	return next;
}

static void
mapfile_put(struct slice key, struct slice text, struct slice after,
    void *data)
{
	char hidden[sizeof(MAPFILE_AFTER) + SPELLING_SIZE];
	struct mapdraft *d = data;
	int n;

	if (text.p != NULL)
		mapdraft_add_answer(d, key, text);
	if (slice_eq(text, after))
		return;
	n = snprintf(hidden, sizeof(hidden), MAPFILE_AFTER "%.*s",
	    SLICE_ARGS(key));
	mapdraft_add(d, (struct slice){ hidden, (size_t)n },
	    after.p == NULL ? SLICE("") : after);
}

/* What a file is made from. */
struct mapfile_source {
	const char *path;
	const struct policy *policy;
	const struct policy *strict;    /* the same without exceptions */
	int64_t now;
};

/* Writes what head says under the path with this suffix. */
static int
mapfile_write_as(const struct mapfile_source *source, const char *suffix,
    struct mapfile_head *head, struct err *e)
{
	struct mapdraft d;

	if (mapdraft_begin(&d, source->path, suffix, e) < 0)
		return -1;
	staticmap_each(head->excepting ? source->policy : source->strict,
	    head->excepting ? source->strict : NULL, source->now, mapfile_put,
	    &d);
	head->keys = d.keys;
	mapfile_add_head(&d, head);
	return mapdraft_finish(&d, source->path, e);
}

static void
mapfile_strict_path(const char *path, char out[SETTINGS_PATH +
	sizeof(MAPFILE_STRICT)])
{
	snprintf(out, SETTINGS_PATH + sizeof(MAPFILE_STRICT), "%s%s", path,
	    MAPFILE_STRICT);
}

/* The one without exceptions is there before they stand in the file. */
static int
mapfile_write_both(const struct mapfile_source *source,
    struct mapfile_head *head, struct err *e)
{
	char beside[SETTINGS_PATH + sizeof(MAPFILE_STRICT)];
	struct mapfile_head strict = *head;

	strict.excepting = false;
	if (head->excepting &&
	    mapfile_write_as(source, MAPFILE_STRICT, &strict, e) < 0)
		return -1;
	if (mapfile_write_as(source, "", head, e) < 0)
		return -1;
	mapfile_strict_path(source->path, beside);
	if (!head->excepting)
		unlink(beside);
	return 0;
}

int
mapfile_write(const char *path, const struct policy *policy,
    const struct state *state, int64_t now, bool exceptions,
    struct mapfile_head *out, struct err *e)
{
	struct mapfile_head head = { .by_this = true,
		.generation = state == NULL ? 0
		: state->generation, .written = now,
		.next_change = mapfile_next_change(state, now),
		.excepting = exceptions && mapfile_has_exceptions(state, now) };
	struct overlay overlay = { .exceptions = NULL };
	struct policy strict = *policy;
	struct mapfile_source source = { path, policy, &strict, now };

	if (policy->overlay != NULL)
		overlay = *policy->overlay;
	overlay.exceptions = NULL;
	overlay.pauses = NULL;
	strict.overlay = &overlay;
	snprintf(head.policy, sizeof(head.policy), "%s", policy->digest);
	if (mapfile_refuse(policy, now, e) < 0 ||
	    mapfile_write_both(&source, &head, e) < 0)
		return -1;
	*out = head;
	return 0;
}

/* What a file has */

/* A file that is open. */
struct mapfile_reader {
	struct cdb cdb;
	int fd;                         /* owns */
};

static enum mapfile
mapfile_open(struct mapfile_reader *r, const char *path, struct err *e)
{
	r->fd = open_again(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK, 0);
	if (r->fd < 0 && errno == ENOENT)
		return MAPFILE_NONE;
	if (r->fd >= 0 && cdb_init(&r->cdb, r->fd) == 0)
		return MAPFILE_GOOD;
	err_errno(e, "%s", path);
	if (r->fd >= 0)
		close(r->fd);
	return MAPFILE_UNREADABLE;
}

static void
mapfile_close(struct mapfile_reader *r)
{
	cdb_free(&r->cdb);
	close(r->fd);
}

/* The text of a key; absent when it has none. Borrows from r. */
static struct slice
mapfile_get(struct mapfile_reader *r, struct slice key)
{
	const char *text;

	if (cdb_find(&r->cdb, key.p, (unsigned)key.n) <= 0)
		return SLICE_NONE;
	text = cdb_getdata(&r->cdb);
	return text == NULL ? SLICE_NONE
	    : (struct slice){ text, cdb_datalen(&r->cdb) };
}

static bool
mapfile_parse_head(struct slice text, struct mapfile_head *out)
{
	json_t *o = text.p == NULL ? NULL : json_loadb(text.p, text.n, 0, NULL);
	struct slice policy = jsontext_at(o, "policy");
	bool good = jsontext_number(o, "format") == MAPFILE_FORMAT &&
	    policy.n == sizeof(out->policy) - 1;

	if (good) {
		*out = (struct mapfile_head){
			.by_this = slice_eq(jsontext_at(o, "program"),
			    SLICE(PACKAGE_VERSION)),
			.generation = (unsigned long)jsontext_number(o,
			    "generation"),
			.written = jsontext_number(o, "written"),
			.next_change = jsontext_number(o, "next_change"),
			.excepting = json_is_true(json_object_get(o,
			    "excepting")),
			.keys = (uint64_t)jsontext_number(o, "keys") };
		memcpy(out->policy, policy.p, sizeof(out->policy));
	}
	json_decref(o);
	return good;
}

enum mapfile
mapfile_read_head(const char *path, struct mapfile_head *out, struct err *e)
{
	struct mapfile_reader r;
	enum mapfile status = mapfile_open(&r, path, e);

	if (status != MAPFILE_GOOD)
		return status;
	if (!mapfile_parse_head(mapfile_get(&r, SLICE(MAPFILE_HEAD)), out)) {
		err_set(e, "%s was not written by enforcetls", path);
		status = MAPFILE_UNREADABLE;
	}
	mapfile_close(&r);
	return status;
}

bool
mapfile_is_current(const struct mapfile_head *head,
    const struct policy *policy, const struct state *state, int64_t now,
    bool exceptions)
{
	return head->by_this &&
	    slice_eq(slice_of(head->policy), slice_of(policy->digest)) &&
	    head->generation == (state == NULL ? 0 : state->generation) &&
	    now < head->next_change &&
	    head->excepting == (exceptions &&
		mapfile_has_exceptions(state, now));
}

enum mapfile
mapfile_find(const char *path, struct slice raw, struct arena *a,
    struct slice *key, struct slice *text, struct err *e)
{
	struct mapfile_reader r;
	enum mapfile status = mapfile_open(&r, path, e);
	struct staticmap_walk walk;
	struct slice at, found;

	*key = *text = SLICE_NONE;
	if (status != MAPFILE_GOOD)
		return status;
	staticmap_walk_begin(&walk, raw);
	while (text->p == NULL && staticmap_walk_next(&walk, &at)) {
		found = mapfile_get(&r, at);
		if (found.p == NULL)
			continue;
		*key = arena_copy(a, at);
		*text = arena_copy(a, found);
	}
	mapfile_close(&r);
	return status;
}

/* Ending exceptions */

static struct slice
mapfile_record_key(struct mapfile_reader *r)
{
	const char *key = cdb_getkey(&r->cdb);

	return key == NULL ? SLICE_NONE
	    : (struct slice){ key, cdb_keylen(&r->cdb) };
}

/* Copies a record, unless it is one of ours, or an exception has changed it.
 * next is another reader of the same file. */
static void
mapfile_copy_record(struct mapdraft *d, struct slice key,
    struct slice text, struct mapfile_reader *next)
{
	char hidden[sizeof(MAPFILE_AFTER) + SPELLING_SIZE];
	int n;

	if (slice_starts(key, SLICE(MAPFILE_AFTER))) {
		if (text.n > 0)
			mapdraft_add_answer(d, slice_from(key,
			    sizeof(MAPFILE_AFTER) - 1), text);
		return;
	}
	if (slice_eq(key, SLICE(MAPFILE_HEAD)) || key.n > SPELLING_SIZE)
		return;
	n = snprintf(hidden, sizeof(hidden), MAPFILE_AFTER "%.*s",
	    SLICE_ARGS(key));
	if (mapfile_get(next, (struct slice){ hidden, (size_t)n }).p == NULL)
		mapdraft_add_answer(d, key, text);
}

/* Copies all records; -1 with e filled when the file is not whole. */
static int
mapfile_copy(struct mapdraft *d, struct mapfile_reader *r,
    const char *path, struct err *e)
{
	struct mapfile_reader next = *r;
	unsigned at;
	int more;

	cdb_seqinit(&at, &r->cdb);
	while ((more = cdb_seqnext(&at, &r->cdb)) > 0) {
		struct slice key = mapfile_record_key(r);
		const char *text = cdb_getdata(&r->cdb);

		if (key.p == NULL || text == NULL)
			return err_set(e, "%s is damaged", path);
		mapfile_copy_record(d, key, (struct slice){ text,
		    cdb_datalen(&r->cdb) }, &next);
	}
	return more < 0 ? err_set(e, "%s is damaged", path) : 0;
}

/* Under the lock: nobody puts a newer file in place meanwhile. */
static int
mapfile_copy_strict(struct mapdraft *d, const char *path, int64_t now,
    struct err *e)
{
	struct mapfile_reader r;
	struct mapfile_head head;
	int copied = -1;

	switch (mapfile_open(&r, path, e)) {
	case MAPFILE_UNREADABLE:
		return -1;
	case MAPFILE_NONE:
		return err_set(e, "there is no %s", path);
	case MAPFILE_GOOD:
		break;
	}
	if (mapfile_parse_head(mapfile_get(&r, SLICE(MAPFILE_HEAD)), &head))
		copied = mapfile_copy(d, &r, path, e);
	else
		err_set(e, "%s was not written by enforcetls", path);
	if (copied == 0) {
		head.written = now;
		head.next_change = INT64_MAX;
		head.excepting = false;
		head.keys = d->keys;
		mapfile_add_head(d, &head);
	}
	mapfile_close(&r);
	return copied;
}

bool
mapfile_fall_back(const char *path)
{
	char strict[SETTINGS_PATH + sizeof(MAPFILE_STRICT)];
	struct mapfile_head head;
	struct err unused;

	mapfile_strict_path(path, strict);
	/* One that is left of an older file is of no use. */
	return mapfile_read_head(path, &head, &unused) == MAPFILE_GOOD &&
	    head.excepting && rename(strict, path) == 0;
}

int
mapfile_end_exceptions(const char *path, int64_t now, struct err *e)
{
	struct mapdraft d;

	if (mapdraft_begin(&d, path, "", e) < 0)
		return -1;
	if (mapfile_copy_strict(&d, path, now, e) == 0)
		return mapdraft_finish(&d, path, e);
	/* Frees what the library holds; nothing is put in place. */
	d.number = EINVAL;
	mapdraft_finish(&d, path, NULL);
	return -1;
}

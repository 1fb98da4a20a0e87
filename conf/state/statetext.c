/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <libconfig.h>
#include <time.h>

#include "conf/state/statetext.h"
#include "conf/base/digest.h"
#include "conf/state/pending.h"
#include "policy/staging.h"
#include "policy/table/demandtext.h"

static const char head[] = "# enforcetls-state 1 generation=";
static const char mark[] = " sha256=";

void
statetext_show_time(int64_t time, char out[STATETEXT_TIME])
{
	time_t t = (time_t)time;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, STATETEXT_TIME, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
}

/* Cuts a number of so many digits and the byte after it off *rest. */
static bool
statetext_cut_number(struct slice *rest, size_t digits, char after, int *out)
{
	struct slice number = slice_head(*rest, digits);
	long value;

	if (rest->n <= digits || rest->p[digits] != after ||
	    !slice_int(number, 0, 9999, &value))
		return false;
	*out = (int)value;
	*rest = slice_from(*rest, digits + 1);
	return true;
}

bool
statetext_time(struct slice text, int64_t *out)
{
	char again[STATETEXT_TIME];
	struct slice rest = text;
	struct tm tm = { 0 };
	time_t t;

	if (!statetext_cut_number(&rest, 4, '-', &tm.tm_year) ||
	    !statetext_cut_number(&rest, 2, '-', &tm.tm_mon) ||
	    !statetext_cut_number(&rest, 2, 'T', &tm.tm_mday) ||
	    !statetext_cut_number(&rest, 2, ':', &tm.tm_hour) ||
	    !statetext_cut_number(&rest, 2, ':', &tm.tm_min) ||
	    !statetext_cut_number(&rest, 2, 'Z', &tm.tm_sec) || rest.n != 0)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	t = timegm(&tm);
	if (t <= 0)
		return false;
	/* timegm(3) turns 31 April into 1 May: there is no such day. */
	statetext_show_time(t, again);
	if (!slice_eq(slice_of(again), text))
		return false;
	*out = t;
	return true;
}

/* Cuts the first line off *text: its generation is read, and its digest must
 * match the rest. */
static int
statetext_read_head(struct slice *text, struct state *state, struct err *e)
{
	struct slice line, number, digest;
	char computed[DIGEST_TEXT + 1];
	long generation;
	size_t at;

	if (!slice_next(text, '\n', &line) ||
	    !slice_starts(line, slice_of(head)))
		return err_set(e, "it does not begin like a state file");
	number = slice_from(line, sizeof(head) - 1);
	at = slice_find(number, ' ');
	digest = slice_from(number, at);
	if (!slice_int(slice_head(number, at), 0, 1000000000, &generation) ||
	    !slice_starts(digest, slice_of(mark)))
		return err_set(e, "its first line cannot be read");
	digest_text(*text, computed);
	if (text->p == NULL || !slice_eq(slice_from(digest, sizeof(mark) - 1),
	    slice_of(computed)))
		return err_set(e, "its digest does not match: it was truncated "
		    "or edited by hand");
	state->generation = (unsigned long)generation;
	return 0;
}

/* A string of a group, copied into a; absent when it is missing. */
static struct slice
statetext_text_of(const config_setting_t *group, const char *key,
    struct arena *a)
{
	const char *text;

	if (config_setting_lookup_string(group, key, &text) != CONFIG_TRUE)
		return SLICE_NONE;
	return arena_copy(a, slice_of(text));
}

static bool
statetext_time_of(const config_setting_t *group, const char *key,
    struct arena *a, int64_t *out)
{
	return statetext_time(statetext_text_of(group, key, a), out);
}

/* A time that may be missing. */
static bool
statetext_maybe_time(const config_setting_t *group, const char *key,
    struct arena *a, int64_t *out)
{
	return config_setting_get_member(group, key) == NULL ||
	    statetext_time_of(group, key, a, out);
}

static bool
statetext_number_of(const config_setting_t *group, const char *key,
    unsigned long *out)
{
	long long number;

	if (config_setting_lookup_int64(group, key, &number) != CONFIG_TRUE ||
	    number < 0)
		return false;
	*out = (unsigned long)number;
	return true;
}

/* Who asked for the exception and who approved it. Without exceptions.four_eyes
 * it has neither. */
static bool
statetext_read_persons(const config_setting_t *g, struct exception *x,
    struct arena *a)
{
	if (!statetext_maybe_time(g, "alone", a, &x->alone) ||
	    !statetext_maybe_time(g, "approved", a, &x->approved))
		return false;
	if (x->approved != 0 &&
	    !statetext_number_of(g, "approved_by", &x->approved_by))
		return false;
	return (x->alone == 0 && x->approved == 0) ||
	    statetext_number_of(g, "asked_by", &x->asked_by);
}

static bool
statetext_read_exception(const config_setting_t *g, struct exception *x,
    struct arena *a)
{
	int override = 0;

	x->id = statetext_text_of(g, "id", a);
	x->partner = statetext_text_of(g, "partner", a);
	x->key = statetext_text_of(g, "key", a);
	x->owner = statetext_text_of(g, "owner", a);
	x->reason = statetext_text_of(g, "reason", a);
	x->ticket = statetext_text_of(g, "ticket", a);
	x->approver = statetext_text_of(g, "approver", a);
	if (config_setting_lookup_bool(g, "override_published", &override) ==
	    CONFIG_TRUE)
		x->override_published = override != 0;
	return x->id.n > 0 && x->partner.n > 0 &&
	    hop_from(statetext_text_of(g, "hop", a), &x->hop) &&
	    level_from(statetext_text_of(g, "floor", a), &x->floor) &&
	    statetext_time_of(g, "from", a, &x->from) &&
	    statetext_time_of(g, "until", a, &x->until) &&
	    statetext_read_persons(g, x, a);
}

/* Of the demand that the row had; a state of an older release has none. */
static bool
statetext_read_demand(const config_setting_t *g, struct arena *a,
    const struct demand **out)
{
	struct slice text = statetext_text_of(g, "demand", a);
	struct demand *demand;

	if (text.p == NULL)
		return true;
	demand = arena_alloc(a, sizeof(*demand));
	*out = demand;
	return demandtext_read(text, a, demand);
}

static bool
statetext_read_stage(const config_setting_t *g, struct stage_entry *s,
    struct arena *a)
{
	s->partner = statetext_text_of(g, "partner", a);
	s->reason = statetext_text_of(g, "reason", a);
	return s->partner.n > 0 &&
	    hop_from(statetext_text_of(g, "hop", a), &s->hop) &&
	    stage_from(statetext_text_of(g, "stage", a), &s->stage) &&
	    stage_from(statetext_text_of(g, "row_stage", a), &s->row_stage) &&
	    level_from(statetext_text_of(g, "row_level", a), &s->row_level) &&
	    statetext_read_demand(g, a, &s->demand) &&
	    statetext_time_of(g, "since", a, &s->since);
}

static bool
statetext_read_pause(const config_setting_t *g, struct state *state)
{
	struct arena *a = state->arena;
	struct pause pause = { .reason = statetext_text_of(g, "reason", a),
		.id = statetext_text_of(g, "id", a) };
	enum hop hop;

	if (pause.id.n == 0 ||
	    !hop_from(statetext_text_of(g, "hop", a), &hop) ||
	    !statetext_time_of(g, "since", a, &pause.since) ||
	    !statetext_time_of(g, "until", a, &pause.until) ||
	    !statetext_number_of(g, "uid", &pause.uid))
		return false;
	state->pauses[hop] = pause;
	return true;
}

/* A state of an older release has no such list. */
static int
statetext_read_pauses(const config_t *config, struct state *state,
    struct err *e)
{
	const config_setting_t *list = config_lookup(config, "pauses");
	int count = list == NULL ? 0 : config_setting_length(list);

	for (int i = 0; i < count; i++)
		if (!statetext_read_pause(config_setting_get_elem(list,
			(unsigned)i), state))
			return err_set(e, "pause %d cannot be read", i);
	return 0;
}

static bool
statetext_read_pending_pause(const config_setting_t *g, struct pending *p,
    struct arena *a)
{
	struct slice hop = statetext_text_of(g, "hop", a);
	unsigned long lasts;

	p->all_hops = slice_eq(hop, SLICE("all"));
	if ((!p->all_hops && !hop_from(hop, &p->hop)) ||
	    !statetext_number_of(g, "lasts", &lasts) || lasts == 0 ||
	    lasts > INT32_MAX)
		return false;
	p->lasts = (int64_t)lasts;
	return true;
}

static bool
statetext_read_pending(const config_setting_t *g, struct pending *p,
    struct arena *a)
{
	const config_setting_t *x = config_setting_get_member(g, "exception");

	p->id = statetext_text_of(g, "id", a);
	p->claimed_by = statetext_text_of(g, "claimed_by", a);
	p->reason = statetext_text_of(g, "reason", a);
	if (p->id.n == 0 ||
	    !pending_kind_from(statetext_text_of(g, "kind", a), &p->kind) ||
	    !statetext_time_of(g, "asked", a, &p->asked) ||
	    !statetext_number_of(g, "asked_by", &p->asked_by) ||
	    !statetext_maybe_time(g, "withdrawn", a, &p->withdrawn) ||
	    !statetext_maybe_time(g, "approved", a, &p->approved))
		return false;
	if (p->approved != 0 &&
	    !statetext_number_of(g, "approved_by", &p->approved_by))
		return false;
	if (p->kind == PENDING_PAUSE)
		return statetext_read_pending_pause(g, p, a);
	return x != NULL && statetext_read_exception(x, &p->exception, a);
}

/* A state of an older release has no such list. */
static int
statetext_read_pendings(const config_t *config, struct state *state,
    struct err *e)
{
	const config_setting_t *list = config_lookup(config, "pending");
	size_t count =
	    list == NULL ? 0 : (size_t)config_setting_length(list);

	if (list != NULL && config_setting_is_list(list) != CONFIG_TRUE)
		return err_set(e, "what waits for approval is no list");
	state->pending = arena_array(state->arena, count,
	    sizeof(*state->pending));
	for (size_t i = 0; i < count; i++) {
		struct pending *p = &state->pending[i];

		if (!statetext_read_pending(config_setting_get_elem(list,
			(unsigned)i), p, state->arena))
			return err_set(e, "what waits for approval, %zu, "
			    "cannot be read", i);
		/* An id has one meaning. */
		if (pending_find(state, p->id) != NULL)
			return err_set(e, "two wait for approval under the id "
			    "of %zu", i);
		state->pending_count = i + 1;
	}
	return 0;
}

/* What is in no list. */
static int
statetext_read_scalars(const config_t *config, struct state *state,
    struct err *e)
{
	const config_setting_t *root = config_root_setting(config);
	struct arena *a = state->arena;

	if (!statetext_time_of(root, "seen", a, &state->seen))
		return err_set(e, "it has no time seen");
	state->kept = statetext_text_of(root, "kept", a);
	/* 0 where it is missing. */
	statetext_number_of(root, "replaced", &state->replaced);
	if (config_setting_get_member(root, "last_loss") != NULL &&
	    !statetext_number_of(root, "last_loss", &state->last_loss))
		return err_set(e, "last_loss cannot be read");
	return 0;
}

static int
statetext_read_lists(const config_t *config, struct state *state, struct err *e)
{
	const config_setting_t *list;
	struct arena *a = state->arena;
	size_t count;

	if (statetext_read_scalars(config, state, e) < 0)
		return -1;
	list = config_lookup(config, "exceptions");
	count = list == NULL ? 0 : (size_t)config_setting_length(list);
	state->exceptions = arena_array(a, count, sizeof(*state->exceptions));
	for (size_t i = 0; i < count; i++)
		if (!statetext_read_exception(config_setting_get_elem(list,
		    (unsigned)i), &state->exceptions[i], a))
			return err_set(e, "exception %zu cannot be read", i);
	state->exception_count = count;
	list = config_lookup(config, "stages");
	count = list == NULL ? 0 : (size_t)config_setting_length(list);
	state->stages = arena_array(a, count, sizeof(*state->stages));
	for (size_t i = 0; i < count; i++)
		if (!statetext_read_stage(config_setting_get_elem(list,
					      (unsigned)i),
			&state->stages[i], a))
			return err_set(e, "stage %zu cannot be read", i);
	state->stage_count = count;
	if (statetext_read_pauses(config, state, e) < 0)
		return -1;
	return statetext_read_pendings(config, state, e);
}

int
statetext_read(struct slice text, struct state *state, struct err *e)
{
	config_t config;
	char *copy;
	int result = -1;

	if (statetext_read_head(&text, state, e) < 0)
		return -1;
	copy = arena_string(state->arena, text);
	config_init(&config);
	if (config_read_string(&config, copy) != CONFIG_TRUE)
		err_set(e, "%s", config_error_text(&config));
	else
		result = statetext_read_lists(&config, state, e);
	config_destroy(&config);
	return result;
}

static void
statetext_add_text(config_setting_t *group, const char *key, struct slice text)
{
	char *copy;

	if (text.p == NULL)
		return;
	copy = xmalloc(text.n + 1);
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	config_setting_set_string(config_setting_add(group, key,
		CONFIG_TYPE_STRING), copy);
	free(copy);
}

static void
statetext_add_time(config_setting_t *group, const char *key, int64_t time)
{
	char shown[STATETEXT_TIME];

	statetext_show_time(time, shown);
	statetext_add_text(group, key, slice_of(shown));
}

static void
statetext_add_number(config_setting_t *group, const char *key,
    unsigned long number)
{
	config_setting_set_int64(config_setting_add(group, key,
		CONFIG_TYPE_INT64), (long long)number);
}

/* Where two persons grant exceptions. */
static void
statetext_add_persons(config_setting_t *g, const struct exception *x)
{
	if (x->alone != 0)
		statetext_add_time(g, "alone", x->alone);
	if (x->approved != 0) {
		statetext_add_time(g, "approved", x->approved);
		statetext_add_number(g, "approved_by", x->approved_by);
	}
	if (x->alone != 0 || x->approved != 0)
		statetext_add_number(g, "asked_by", x->asked_by);
}

static void
statetext_fill_exception(config_setting_t *g, const struct exception *x)
{
	statetext_add_text(g, "id", x->id);
	statetext_add_text(g, "partner", x->partner);
	statetext_add_text(g, "hop", slice_of(hop_name(x->hop)));
	statetext_add_text(g, "floor", slice_of(level_name(x->floor)));
	statetext_add_text(g, "key", x->key);
	statetext_add_time(g, "from", x->from);
	statetext_add_time(g, "until", x->until);
	statetext_add_text(g, "owner", x->owner);
	statetext_add_text(g, "reason", x->reason);
	statetext_add_text(g, "ticket", x->ticket);
	statetext_add_text(g, "approver", x->approver);
	config_setting_set_bool(config_setting_add(g, "override_published",
		CONFIG_TYPE_BOOL), x->override_published);
	statetext_add_persons(g, x);
}

static void
statetext_add_pending(config_setting_t *list, const struct pending *p)
{
	config_setting_t *g = config_setting_add(list, NULL,
	    CONFIG_TYPE_GROUP);

	statetext_add_text(g, "id", p->id);
	statetext_add_text(g, "kind", slice_of(pending_kind_name(p->kind)));
	statetext_add_time(g, "asked", p->asked);
	statetext_add_number(g, "asked_by", p->asked_by);
	statetext_add_text(g, "claimed_by", p->claimed_by);
	statetext_add_text(g, "reason", p->reason);
	if (p->withdrawn != 0)
		statetext_add_time(g, "withdrawn", p->withdrawn);
	if (p->approved != 0) {
		statetext_add_time(g, "approved", p->approved);
		statetext_add_number(g, "approved_by", p->approved_by);
	}
	if (p->kind != PENDING_PAUSE) {
		statetext_fill_exception(config_setting_add(g, "exception",
		    CONFIG_TYPE_GROUP), &p->exception);
		return;
	}
	statetext_add_text(g, "hop",
	    slice_of(p->all_hops ? "all" : hop_name(p->hop)));
	statetext_add_number(g, "lasts", (unsigned long)p->lasts);
}

static void
statetext_add_stage(config_setting_t *list, const struct stage_entry *s,
    struct arena *a)
{
	config_setting_t *g = config_setting_add(list, NULL,
	    CONFIG_TYPE_GROUP);

	statetext_add_text(g, "partner", s->partner);
	statetext_add_text(g, "hop", slice_of(hop_name(s->hop)));
	statetext_add_text(g, "stage", slice_of(stage_name(s->stage)));
	statetext_add_text(g, "row_stage", slice_of(stage_name(s->row_stage)));
	statetext_add_text(g, "row_level", slice_of(level_name(s->row_level)));
	if (s->demand != NULL)
		statetext_add_text(g, "demand", demandtext_of(s->demand, a));
	statetext_add_time(g, "since", s->since);
	statetext_add_text(g, "reason", s->reason);
}

static void
statetext_add_pause(config_setting_t *list, enum hop hop,
    const struct pause *pause)
{
	config_setting_t *g = config_setting_add(list, NULL,
	    CONFIG_TYPE_GROUP);

	statetext_add_text(g, "id", pause->id);
	statetext_add_text(g, "hop", slice_of(hop_name(hop)));
	statetext_add_time(g, "since", pause->since);
	statetext_add_time(g, "until", pause->until);
	statetext_add_number(g, "uid", pause->uid);
	statetext_add_text(g, "reason", pause->reason);
}

static void
statetext_add_pauses(config_setting_t *root, const struct state *state)
{
	config_setting_t *list = NULL;

	for (unsigned hop = 0; hop < HOP_COUNT; hop++) {
		if (state->pauses[hop].until == 0)
			continue;
		if (list == NULL)
			list = config_setting_add(root, "pauses",
			    CONFIG_TYPE_LIST);
		statetext_add_pause(list, (enum hop)hop, &state->pauses[hop]);
	}
}

/* Writes what the digest is computed over. Returns new; NULL with errno when
 * the stream fails. */
static char *
statetext_write_body(const struct state *state, size_t *n)
{
	config_setting_t *root, *list;
	config_t config;
	char *body = NULL;
	FILE *out = open_memstream(&body, n);

	if (out == NULL)
		return NULL;
	config_init(&config);
	root = config_root_setting(&config);
	statetext_add_time(root, "seen", state->seen);
	statetext_add_text(root, "kept", state->kept);
	statetext_add_number(root, "replaced", state->in_file);
	if (state->last_loss > 0)
		statetext_add_number(root, "last_loss", state->last_loss);
	list = config_setting_add(root, "exceptions", CONFIG_TYPE_LIST);
	for (size_t i = 0; i < state->exception_count; i++)
		statetext_fill_exception(config_setting_add(list, NULL,
		    CONFIG_TYPE_GROUP), &state->exceptions[i]);
	list = config_setting_add(root, "stages", CONFIG_TYPE_LIST);
	for (size_t i = 0; i < state->stage_count; i++)
		statetext_add_stage(list, &state->stages[i], state->arena);
	statetext_add_pauses(root, state);
	if (state->pending_count > 0)
		list = config_setting_add(root, "pending", CONFIG_TYPE_LIST);
	for (size_t i = 0; i < state->pending_count; i++)
		statetext_add_pending(list, &state->pending[i]);
	config_write(&config, out);
	config_destroy(&config);
	if (fclose(out) != 0) {
		free(body);
		return NULL;
	}
	return body;
}

char *
statetext_write(const struct state *state, size_t *n, struct err *e)
{
	char digest[DIGEST_TEXT + 1];
	char *body, *text;
	size_t length, room;

	body = statetext_write_body(state, &length);
	if (body == NULL) {
		err_errno(e, "state: writing to memory");
		return NULL;
	}
	digest_text((struct slice){ body, length }, digest);
	room = sizeof(head) + 24 + sizeof(mark) + DIGEST_TEXT + 2 + length;
	text = xmalloc(room);
	*n = (size_t)snprintf(text, room, "%s%lu%s%s\n", head,
	    state->generation, mark, digest);
	assert(*n + length <= room);
	memcpy(text + *n, body, length);
	*n += length;
	free(body);
	return text;
}

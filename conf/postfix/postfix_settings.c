/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_settings.h"
#include "conf/postfix/postfix_expand.h"

/* What follows from the settings of one service is no more than this. */
enum { FOLLOWING = 200 };

struct postfix_reference {
	struct slice to;                /* a name; of it there may be none */
	const struct postconf_raw *from;
};

/* The settings of one service, while they are found. */
struct postfix_following {
	const struct postfix_references *references;
	const struct postconf_service *service;
	const struct postconf_own *own;
	size_t own_count;
	const struct postconf_raw *seen[FOLLOWING];
	size_t seen_count;
	bool too_many;
};

static int
settings_compare_reference(const void *a, const void *b)
{
	const struct postfix_reference *x = a, *y = b;

	return slice_compare(x->to, y->to);
}

/* proxymap(8) refers to nearly all of them, and no service asks for it. */
static bool
settings_is_wanted(const struct postconf_raw *setting)
{
	return strcmp(setting->name, "proxy_read_maps") != 0 &&
	    strcmp(setting->name, "proxy_write_maps") != 0;
}

void
postfix_references_find(const struct postconf *p, struct arena *a,
    struct mta_unread_list *unread, struct postfix_references *out)
{
	size_t i;
	struct slice text, name;

	*out = (struct postfix_references){ .postconf = p, .arena = a,
		.unread = unread };
	for (i = 0; i < p->raw_count; i++) {
		if (!settings_is_wanted(&p->raw[i]))
			continue;
		text = p->raw[i].text;
		while (postfix_next_reference(&text, &name)) {
			out->list = arena_more(a, out->list, out->count,
			    sizeof(*out->list));
			out->list[out->count++] = (struct postfix_reference){
				name, &p->raw[i] };
		}
	}
	if (out->count > 1)
		qsort(out->list, out->count, sizeof(*out->list),
		    settings_compare_reference);
}

/* The first reference to that name. */
static size_t
settings_first_to(const struct postfix_references *r, struct slice name)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_compare(r->list[middle].to, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct postconf_own *
settings_own(const struct postfix_following *f, struct slice name)
{
	for (size_t i = 0; i < f->own_count; i++)
		if (slice_eq(slice_of(f->own[i].value.name), name))
			return &f->own[i];
	return NULL;
}

/* Notes all that refers to that name, and what refers to that. */
static void
settings_follow(struct postfix_following *f, struct slice name)
{
	const struct postfix_references *r = f->references;

	for (size_t i = settings_first_to(r, name); i < r->count &&
	    slice_eq(r->list[i].to, name); i++) {
		const struct postconf_raw *from = r->list[i].from;
		bool known = settings_own(f, slice_of(from->name)) != NULL;

		for (size_t j = 0; j < f->seen_count && !known; j++)
			known = f->seen[j] == from;
		if (known)
			continue;
		if (f->seen_count == FOLLOWING) {
			f->too_many = true;
			return;
		}
		f->seen[f->seen_count++] = from;
		settings_follow(f, slice_of(from->name));
	}
}

/* A value as the processes of the service find it. */
static struct slice
settings_value_here(void *following, struct slice name)
{
	const struct postfix_following *f = following;
	const struct postconf_own *own = settings_own(f, name);

	if (own != NULL)
		return own->raw;
	if (slice_eq(name, SLICE("service_name")))
		return f->service->service;
	if (slice_eq(name, SLICE("process_name")))
		return f->service->program;
	return postconf_raw_text(f->references->postconf, name);
}

static struct slice
settings_value_of_all(void *postconf, struct slice name)
{
	return postconf_raw_text(postconf, name);
}

/* With one blank in place of several, as postconf(1) prints it. */
static struct slice
settings_tidy(struct slice text, struct arena *a)
{
	struct slice rest = slice_trim(text);
	char *out = arena_alloc(a, rest.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < rest.n; i++) {
		bool blank = memchr(" \t\r\n", rest.p[i], 4) != NULL;

		if (!blank)
			out[n++] = rest.p[i];
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	return (struct slice){ out, n };
}

/* Whether the text is what postconf(1) shows for this setting. It leaves the
 * names of those that are expanded for each mail. */
static bool
settings_explain(const struct postfix_references *r,
    const struct postconf_raw *raw, struct slice text)
{
	struct slice usual;

	if (slice_eq(settings_tidy(raw->text, r->arena), text))
		return true;
	usual = postfix_expand(raw->text, settings_value_of_all,
	    (void *)(uintptr_t)r->postconf, r->arena);
	return usual.p != NULL && slice_eq(settings_tidy(usual, r->arena),
	    text);
}

struct mta_settings
postfix_settings_of_all(const struct postconf *p)
{
	return (struct mta_settings){ p->expanded, p->expanded_count };
}

void
postfix_settings_check(const struct postfix_references *r)
{
	const struct postconf *p = r->postconf;
	const struct mta_instance all = { .settings =
	    postfix_settings_of_all(p) };

	for (size_t i = 0; i < p->raw_count; i++) {
		struct mta_value value = mta_setting(&all, NULL,
		    p->raw[i].name);

		if (value.name != NULL && settings_is_wanted(&p->raw[i]) &&
		    !settings_explain(r, &p->raw[i], value.text))
			mta_unread_add(r->arena, r->unread, value.name,
			    "postconf -x and %s contradict each other",
			    value.is_default ? "postconf -d" : value.origin);
	}
}

/* The setting as it follows for this service. */
static struct mta_value
settings_expand(struct postfix_following *f, const struct postconf_raw *raw)
{
	const struct postfix_references *r = f->references;
	const struct mta_instance all = { .settings =
	    postfix_settings_of_all(r->postconf) };
	struct mta_value value = mta_setting(&all, NULL, raw->name);
	struct slice here;

	/* What is expanded for each mail has its names in all services. One
	 * that postconf(1) does not show is only referred to. */
	if (value.name == NULL || slice_eq(value.text, raw->text))
		return value;
	here = postfix_expand(raw->text, settings_value_here, f, r->arena);
	if (here.p == NULL) {
		mta_unread_add(r->arena, r->unread, f->service->name,
		    "%s cannot be expanded", raw->name);
		return value;
	}
	value.text = settings_tidy(here, r->arena);
	value.origin = arena_printf(r->arena, "%s, with what master.cf %s "
	    "sets", value.origin, f->service->name);
	value.is_default = false;
	return value;
}

static int
settings_compare(const void *a, const void *b)
{
	const struct mta_value *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct mta_settings
postfix_settings_of(const struct postfix_references *r,
    const struct postconf_service *service)
{
	struct postfix_following f = { .references = r, .service = service };
	struct mta_settings settings = { .count = 0 };
	struct mta_value *list;

	f.own = postconf_own_of(r->postconf, service->name, &f.own_count);
	for (size_t i = 0; i < f.own_count; i++)
		settings_follow(&f, slice_of(f.own[i].value.name));
	if (f.too_many)
		mta_unread_add(r->arena, r->unread, service->name, "more than "
		    "%d settings follow from what it sets", FOLLOWING);
	list = arena_array(r->arena, f.own_count + f.seen_count + 1,
	    sizeof(*list));
	for (size_t i = 0; i < f.own_count; i++)
		list[settings.count++] = f.own[i].value;
	for (size_t i = 0; i < f.seen_count; i++) {
		list[settings.count] = settings_expand(&f, f.seen[i]);
		settings.count += list[settings.count].name != NULL;
	}
	if (settings.count > 1)
		qsort(list, settings.count, sizeof(*list), settings_compare);
	settings.list = list;
	return settings;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/queue/nexthops.h"
#include "conf/mta/mtaprogram.h"
#include "conf/mta/postmap.h"
#include "policy/base/text.h"

enum { TABLES = 16, PATH = 512, HOPS = 16 };

/* The parameters of main.cf that say where mail goes. */
enum nexthops_setting {
	SET_TRANSPORT_MAPS,
	SET_RELAYHOST,
	SET_DEFAULT_TRANSPORT,
	SET_RELAY_TRANSPORT,
	SET_RELAY_DOMAINS,
	SET_VIRTUAL_TRANSPORT,
	SET_VIRTUAL_DOMAINS,
	SET_LOCAL_TRANSPORT,
	SET_LOCAL_DOMAINS,
	SET_SENDER_RELAYHOST,
	SET_SENDER_TRANSPORT,
	SET_FALLBACK,
	SET_FILTER,
	SET_DELIMITER,
	SET_PARENT_STYLE,
	SET_COUNT
};

static const char *const settings[SET_COUNT] = {
	[SET_TRANSPORT_MAPS] = "transport_maps",
	[SET_RELAYHOST] = "relayhost",
	[SET_DEFAULT_TRANSPORT] = "default_transport",
	[SET_RELAY_TRANSPORT] = "relay_transport",
	[SET_RELAY_DOMAINS] = "relay_domains",
	[SET_VIRTUAL_TRANSPORT] = "virtual_transport",
	[SET_VIRTUAL_DOMAINS] = "virtual_mailbox_domains",
	[SET_LOCAL_TRANSPORT] = "local_transport",
	[SET_LOCAL_DOMAINS] = "mydestination",
	[SET_SENDER_RELAYHOST] = "sender_dependent_relayhost_maps",
	[SET_SENDER_TRANSPORT] = "sender_dependent_default_transport_maps",
	[SET_FALLBACK] = "smtp_fallback_relay",
	[SET_FILTER] = "content_filter",
	[SET_DELIMITER] = "recipient_delimiter",
	[SET_PARENT_STYLE] = "parent_domain_matches_subdomains",
};

struct nexthops {
	struct arena *arena;            /* owns all below */
	const char *config;             /* borrows; NULL: the default */
	char postconf[PATH], postmap[PATH];
	const char *problem;            /* why nothing is known; or NULL */
	struct slice value[SET_COUNT];
	struct postmap tables[TABLES];
	size_t table_count;
	struct slice *keys;             /* to ask the tables for */
	size_t key_count, key_room;
};

/* The next hops of one recipient, while they are found. */
struct nexthops_found {
	struct nexthops *n;
	struct slice hop[HOPS];
	size_t count;
	const char *unsure;
};

/* Main.cf */

/* A line is "name = value". */
static int
nexthops_take_setting(void *data, struct slice line,
    struct err *e ATTR_UNUSED)
{
	struct nexthops *n = data;
	size_t equals = slice_find(line, '=');
	struct slice name = slice_trim(slice_head(line, equals));

	for (size_t i = 0; i < SET_COUNT; i++)
		if (equals < line.n && slice_eq(name, slice_of(settings[i])))
			n->value[i] = arena_copy(n->arena,
			    slice_trim(slice_from(line, equals + 1)));
	return 0;
}

static void
nexthops_read_settings(struct nexthops *n)
{
	const char *argv[SET_COUNT + 5] = { n->postconf, "-x" };
	size_t words = 2;
	struct err e;

	if (n->config != NULL) {
		argv[words++] = "-c";
		argv[words++] = n->config;
	}
	for (size_t i = 0; i < SET_COUNT; i++)
		argv[words++] = settings[i];
	if (mtaprogram_run(argv, nexthops_take_setting, n, &e) < 0)
		n->problem = arena_printf(n->arena, "%s", e.text);
	/* An unknown one would be as if it were not set. */
	for (size_t i = 0; n->problem == NULL && i < SET_COUNT; i++)
		if (n->value[i].p == NULL)
			n->problem = arena_printf(n->arena, "postconf does "
			    "not print %s", settings[i]);
}

/* The next of a list as in main.cf, where what is in braces is of one word. */
static bool
nexthops_next(struct slice *rest, struct slice *word)
{
	size_t open = 0;

	while (rest->n > 0 && strchr(", \t", rest->p[0]) != NULL)
		*rest = slice_from(*rest, 1);
	word->p = rest->p;
	word->n = 0;
	while (word->n < rest->n && (open > 0 ||
	    strchr(", \t", rest->p[word->n]) == NULL)) {
		char c = rest->p[word->n++];

		if (c == '{')
			open++;
		else if (c == '}' && open > 0)
			open--;
	}
	*rest = slice_from(*rest, word->n);
	return word->n > 0;
}

static void
nexthops_open_tables(struct nexthops *n)
{
	struct slice rest = n->value[SET_TRANSPORT_MAPS], word;
	char shown[100];

	while (n->problem == NULL && nexthops_next(&rest, &word))
		if (n->table_count == TABLES || !postmap_open(word, n->arena,
			&n->tables[n->table_count++])) {
			slice_show(word, shown, sizeof(shown));
			n->problem = arena_printf(n->arena, "transport_maps "
			    "has a table that is not asked here: %s", shown);
		}
}

struct nexthops *
nexthops_create(const char *postqueue, const char *config)
{
	struct nexthops *n = xcalloc(1, sizeof(*n));
	struct slice path = slice_of(postqueue);
	int folder = (int)slice_rfind(path, '/');

	n->arena = arena_create(16384);
	n->config = config;
	if (path.n > PATH - sizeof("/postconf")) {
		n->problem = "the path of postqueue is too long";
		return n;
	}
	snprintf(n->postconf, PATH, "%.*s/postconf", folder, postqueue);
	snprintf(n->postmap, PATH, "%.*s/postmap", folder, postqueue);
	nexthops_read_settings(n);
	if (n->problem == NULL)
		nexthops_open_tables(n);
	return n;
}

void
nexthops_destroy(struct nexthops **nexthops)
{
	if (*nexthops == NULL)
		return;
	arena_destroy(&(*nexthops)->arena);
	free(*nexthops);
	*nexthops = NULL;
}

/* The keys of an address, as transport(5) has them */

/* The keys of one address, in their order. Those that are only a part of it
 * are not for tables of patterns. */
struct nexthops_key {
	struct slice rest;              /* of the domain */
	struct slice address, domain;
	enum { KEY_WHOLE, KEY_PLAIN, KEY_DOMAIN, KEY_ANY, KEY_END } next;
	bool part;
};

/* Whether the address has a key. */
static bool
nexthops_keys(struct slice address, struct nexthops_key *key)
{
	size_t at = slice_rfind(address, '@');

	*key = (struct nexthops_key){ .address = address,
		.domain = slice_from(address, at + 1) };
	key->rest = key->domain;
	return key->domain.n > 0 && memchr(address.p, '\n', address.n) == NULL
	    && memchr(address.p, '\t', address.n) == NULL;
}

/* The address without its extension; absent: it has none. */
static struct slice
nexthops_plain(struct nexthops *n, struct slice address)
{
	struct slice delimiters = n->value[SET_DELIMITER];
	size_t at = slice_rfind(address, '@');

	for (size_t i = 1; i < at; i++)
		if (slice_find(delimiters, address.p[i]) < delimiters.n)
			return slice_of(arena_printf(n->arena, "%.*s%.*s",
			    (int)i, address.p,
			    SLICE_ARGS(slice_from(address, at))));
	return SLICE_NONE;
}

/* The domain, then its parents, with their dot if that is the style. */
static struct slice
nexthops_next_domain(struct nexthops *n, struct nexthops_key *key)
{
	struct slice domain = key->rest, styles = n->value[SET_PARENT_STYLE];
	size_t dot = slice_find(slice_from(domain, 1), '.');
	struct slice word;

	if (domain.n == 0 || dot + 1 >= domain.n) {
		key->next = KEY_ANY;
		return domain;
	}
	key->rest = slice_from(domain, dot + 1);
	while (nexthops_next(&styles, &word))
		if (slice_eq(word, SLICE("transport_maps")))
			key->rest = slice_from(domain, dot + 2);
	return domain;
}

/* The next key; absent at their end. */
static struct slice
nexthops_next_key(struct nexthops *n, struct nexthops_key *key)
{
	struct slice out = SLICE_NONE;

	key->part = key->next == KEY_PLAIN || key->next == KEY_DOMAIN;
	switch (key->next) {
	case KEY_WHOLE:
		key->next = KEY_PLAIN;
		return key->address;
	case KEY_PLAIN:
		key->next = KEY_DOMAIN;
		out = nexthops_plain(n, key->address);
		return out.p != NULL ? out : nexthops_next_key(n, key);
	case KEY_DOMAIN:
		return nexthops_next_domain(n, key);
	case KEY_ANY:
		key->next = KEY_END;
		return SLICE("*");
	case KEY_END:
		break;
	}
	return SLICE_NONE;
}

void
nexthops_add(struct nexthops *n, struct slice address)
{
	struct nexthops_key key;
	struct slice word, *more;

	if (n->table_count == 0 || n->problem != NULL ||
	    !nexthops_keys(address, &key))
		return;
	while ((word = nexthops_next_key(n, &key)).p != NULL) {
		if (n->key_count == n->key_room) {
			n->key_room = n->key_room == 0 ? 64
			    : 2 * n->key_room;
			more = arena_array(n->arena, n->key_room,
			    sizeof(*more));
			if (n->key_count > 0)
				memcpy(more, n->keys,
				    n->key_count * sizeof(*more));
			n->keys = more;
		}
		n->keys[n->key_count++] = arena_copy(n->arena, word);
	}
}

static int
nexthops_compare(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a,
	    *(const struct slice *)b);
}

/* Each key once, a line each. */
static struct slice
nexthops_lines(struct nexthops *n)
{
	size_t size = 1;
	struct text t;
	char *lines;

	qsort(n->keys, n->key_count, sizeof(*n->keys), nexthops_compare);
	for (size_t i = 0; i < n->key_count; i++)
		size += n->keys[i].n + 1;
	lines = arena_alloc(n->arena, size);
	text_init(&t, lines, size);
	for (size_t i = 0; i < n->key_count; i++) {
		if (i > 0 && slice_eq(n->keys[i], n->keys[i - 1]))
			continue;
		text_slice(&t, n->keys[i]);
		text_byte(&t, '\n');
	}
	return text_so_far(&t);
}

void
nexthops_look_up(struct nexthops *n)
{
	struct slice lines;
	struct err e;

	if (n->key_count == 0)
		return;
	lines = nexthops_lines(n);
	for (size_t i = 0; i < n->table_count && n->problem == NULL; i++)
		if (postmap_ask(&n->tables[i], n->postmap, n->config, lines,
			&e) < 0)
			n->problem = arena_printf(n->arena, "%s", e.text);
}

/* The next hops of a recipient */

static void
nexthops_note(struct nexthops_found *found, struct slice hop)
{
	for (size_t i = 0; i < found->count; i++)
		if (slice_ieq(found->hop[i], hop))
			return;
	if (found->count == HOPS)
		found->unsure = "there are many";
	else
		found->hop[found->count++] = hop;
}

/* A list of them; a local socket is none. */
static void
nexthops_note_list(struct nexthops_found *found, struct slice list)
{
	struct slice word;

	if (slice_starts(list, SLICE("unix:")) ||
	    slice_starts(list, SLICE("inet:")))
		return;
	while (nexthops_next(&list, &word))
		nexthops_note(found, word);
}

/* What follows the name of a transport and its colon. */
static struct slice
nexthops_destination(struct slice transport)
{
	return slice_trim(slice_from(transport, slice_find(transport, ':') +
	    1));
}

/* Mail to other hosts: a transport's own next hop, then relayhost, then the
 * domain. */
static void
nexthops_note_class(struct nexthops_found *found, struct slice transport,
    struct slice domain)
{
	struct slice hop = nexthops_destination(transport);

	if (hop.n == 0)
		hop = found->n->value[SET_RELAYHOST];
	nexthops_note_list(found, hop.n == 0 ? domain : hop);
}

/* Whether domain, or a parent of it, may be in a list of main.cf. What a table
 * or a file has is not looked up. */
static bool
nexthops_may_be_in(struct slice list, struct slice domain)
{
	struct slice word;

	while (nexthops_next(&list, &word)) {
		bool table = slice_find(word, ':') < word.n ||
		    slice_find(word, '/') < word.n;

		if (table || (word.n <= domain.n && slice_ieq(
		    slice_from(domain, domain.n - word.n), word)))
			return true;
	}
	return false;
}

/* Mail for a mailbox, where SMTP brings it there. */
static void
nexthops_note_mailbox(struct nexthops_found *found, struct slice transport)
{
	if (slice_starts(transport, SLICE("smtp:")) ||
	    slice_starts(transport, SLICE("relay:")))
		nexthops_note_list(found, nexthops_destination(transport));
}

/* What main.cf says. Where the class of a domain depends on tables, and the
 * classes differ, each counts. */
static void
nexthops_note_usual(struct nexthops_found *found, struct slice domain)
{
	const struct slice *value = found->n->value;

	nexthops_note_class(found, value[SET_DEFAULT_TRANSPORT], domain);
	if (nexthops_may_be_in(value[SET_RELAY_DOMAINS], domain))
		nexthops_note_class(found, value[SET_RELAY_TRANSPORT],
		    domain);
	if (nexthops_may_be_in(value[SET_VIRTUAL_DOMAINS], domain))
		nexthops_note_mailbox(found, value[SET_VIRTUAL_TRANSPORT]);
	if (nexthops_may_be_in(value[SET_LOCAL_DOMAINS], domain))
		nexthops_note_mailbox(found, value[SET_LOCAL_TRANSPORT]);
	if (value[SET_SENDER_RELAYHOST].n > 0)
		found->unsure = "sender_dependent_relayhost_maps is set";
	if (value[SET_SENDER_TRANSPORT].n > 0)
		found->unsure = "sender_dependent_default_transport_maps is "
		    "set";
}

/* What the first table has for the first key; absent: nothing. */
static struct slice
nexthops_transport(struct nexthops *n, struct nexthops_key *key)
{
	struct slice word, value;

	while ((word = nexthops_next_key(n, key)).p != NULL)
		for (size_t i = 0; i < n->table_count; i++) {
			value = key->part && n->tables[i].by_pattern
			    ? SLICE_NONE : postmap_value(&n->tables[i], word);
			if (value.p != NULL)
				return value;
		}
	return SLICE_NONE;
}

static void
nexthops_find(struct nexthops_found *found, struct slice address)
{
	struct nexthops *n = found->n;
	struct slice transport = SLICE_NONE, hop;
	struct nexthops_key key;

	if (!nexthops_keys(address, &key)) {
		found->unsure = "the address has no domain, or a control "
		    "character";
		return;
	}
	if (n->problem != NULL) {
		found->unsure = n->problem;
		nexthops_note(found, key.domain);
		return;
	}
	transport = nexthops_transport(n, &key);
	hop = nexthops_destination(transport);
	if (hop.n > 0)
		nexthops_note_list(found, hop);
	else if (transport.n > 0 && transport.p[0] != ':')
		nexthops_note(found, key.domain);
	else
		nexthops_note_usual(found, key.domain);
	nexthops_note_list(found, n->value[SET_FALLBACK]);
	nexthops_note_list(found, nexthops_destination(n->value[SET_FILTER]));
}

void
nexthops_of(struct nexthops *n, struct queued_recipient *to)
{
	struct nexthops_found found = { .n = n };
	struct slice *hops;

	if (to->cut)
		found.unsure = "the MTA shows only a part of the address";
	else
		nexthops_find(&found, to->address);
	hops = arena_array(n->arena, found.count + 1, sizeof(*hops));
	for (size_t i = 0; i < found.count; i++)
		hops[i] = arena_copy(n->arena, found.hop[i]);
	to->hops = hops;
	to->hop_count = found.count;
	to->unsure = found.unsure;
}

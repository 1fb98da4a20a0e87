/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdarg.h>

#include "conf/show/print_settings.h"
#include "conf/file/toplevel.h"
#include "policy/base/arena.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/request.h"

enum { TEXT = 4096 };

/* Text that grows to a limit, then ends in "...". */
struct text {
	char bytes[TEXT];
	size_t n;
};

static void
settings_add(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
settings_add(struct text *t, const char *format, ...)
{
	va_list args;
	int more;

	if (t->n >= TEXT - 1)
		return;
	va_start(args, format);
	more = vsnprintf(t->bytes + t->n, TEXT - t->n, format, args);
	va_end(args);
	t->n += more < 0 ? 0 : (size_t)more;
	if (t->n >= TEXT) {
		memcpy(t->bytes + TEXT - 4, "...", 4);
		t->n = TEXT - 1;
	}
}

static void
settings_add_slice(struct text *t, struct slice s)
{
	char shown[1024];

	slice_show(s, shown, sizeof(shown));
	settings_add(t, "%s%s", t->n == 0 ? "" : " ", shown);
}

static void
settings_add_listen(struct text *t, const struct listen *listen)
{
	if (listen->spec.p == NULL)
		return;
	settings_add_slice(t, listen->spec);
	if (listen->group.p != NULL)
		settings_add(t, " group=%s", listen->group.p);
	if (listen->socket_mode != 0660)
		settings_add(t, " mode=%04o", listen->socket_mode);
}

static void
settings_show_milter(const struct settings *s, struct text *t)
{
	settings_add_listen(t, &s->milter);
}

static void
settings_show_mta(const struct settings *s, struct text *t)
{
	settings_add(t, "%s", dialect_of(s->mta)->setting);
}

static void
settings_show_maps(const struct settings *s, struct text *t)
{
	for (size_t i = 0; i < s->map_count; i++)
		settings_add_listen(t, &s->maps[i]);
}

static void
settings_show_controls(const struct settings *s, struct text *t)
{
	for (size_t i = 0; i < s->control_count; i++)
		settings_add_listen(t, &s->controls[i]);
}

static void
settings_show_postfix_version(const struct settings *s, struct text *t)
{
	settings_add(t, "%d.%d", s->postfix_version / 100,
	    s->postfix_version % 100);
}

static void
settings_show_published(const struct settings *s, struct text *t)
{
	if (s->published.p != NULL)
		settings_add_slice(t, s->published);
}

static void
settings_show_published_failure(const struct settings *s, struct text *t)
{
	settings_add(t, "%s",
	    s->published_failure == PUBLISHED_DEFER ? "defer" : "ignore");
}

static void
settings_show_deadline(const struct settings *s, struct text *t)
{
	settings_add(t, "%ums", s->map_deadline_ms);
}

static void
settings_show_decisions(const struct settings *s, struct text *t)
{
	if (s->decisions.p != NULL)
		settings_add_slice(t, s->decisions);
}

static void
settings_show_syslog(const struct settings *s, struct text *t)
{
	settings_add(t, "%s", s->syslog ? "true" : "false");
}

static void
settings_show_scope(const struct settings *s, struct text *t)
{
	settings_add(t, "%s", s->scope == SCOPE_ALL ? "all" : "demanded");
}

static void
settings_show_max_size(const struct settings *s, struct text *t)
{
	settings_add(t, "%llu bytes", (unsigned long long)s->log_max_size);
}

static void
settings_show_served_domains(const struct settings *s, struct text *t)
{
	for (size_t i = 0; i < s->served_domains.count; i++)
		settings_add_slice(t, s->served_domains.list[i]);
}

static void
settings_add_range(struct text *t, const struct netrange *range)
{
	char shown[64];

	netrange_show(range, shown, sizeof(shown));
	settings_add(t, "%s%s", t->n == 0 ? "" : " ", shown);
}

static void
settings_show_own_relays(const struct settings *s, struct text *t)
{
	for (size_t i = 0; i < s->own_relay_count; i++) {
		settings_add_range(t, &s->own_relays[i].range);
		if (s->own_relays[i].judged)
			settings_add(t, " (judged)");
	}
}

static void
settings_show_listeners(const struct settings *s, struct text *t)
{
	for (size_t i = 0; i < s->listener_count; i++) {
		const struct listener *l = &s->listeners[i];
		char address[64];

		settings_add(t, "%s%s:", t->n == 0 ? "" : " ",
		    listener_kind_name(l->kind));
		if (l->address.family != 0)
			settings_add(t, " address %s", netaddr_show(&l->address,
			    address, sizeof(address)));
		if (l->port != 0)
			settings_add(t, " port %d", l->port);
		if (l->daemon_name.p != NULL) {
			settings_add(t, " daemon_name");
			settings_add_slice(t, l->daemon_name);
		}
		if (i + 1 < s->listener_count)
			settings_add(t, ",");
	}
}

static void
settings_show_local_clients(const struct settings *s, struct text *t)
{
	for (size_t i = 0; i < s->local_client_count; i++)
		settings_add_range(t, &s->local_clients[i]);
}

static void
settings_show_local_submission(const struct settings *s, struct text *t)
{
	settings_add(t, "%s",
	    s->local_submission == SUBMISSION_EXEMPT ? "exempt" : "judge");
}

static void
settings_show_null_sender(const struct settings *s, struct text *t)
{
	settings_add(t, "%s", s->null_sender_cap == ACTION_DEFER ? "defer" :
	    s->null_sender_cap == ACTION_REJECT ? "enforce" : "log-only");
}

static void
settings_show_tls_required_no(const struct settings *s, struct text *t)
{
	settings_add(t, "%s",
	    s->tls_required_no_ignored ? "ignore" : "enforce");
}

static void
settings_show_state(const struct settings *s, struct text *t)
{
	settings_add_slice(t, s->state);
}

static void
settings_show_user(const struct settings *s, struct text *t)
{
	settings_add_slice(t, s->user);
}

static void
settings_show_help_url(const struct settings *s, struct text *t)
{
	if (s->help_url.p != NULL)
		settings_add_slice(t, s->help_url);
}

static void
settings_show_candidate(const struct settings *s, struct text *t)
{
	if (s->candidate.p != NULL)
		settings_add_slice(t, s->candidate);
}

static void
settings_show_longest(const struct settings *s, struct text *t)
{
	if (s->exception_longest % 86400 == 0)
		settings_add(t, "%lud", s->exception_longest / 86400);
	else
		settings_add(t, "%lus", s->exception_longest);
}

static void
settings_show_allow_plaintext(const struct settings *s, struct text *t)
{
	settings_add(t, "%s", s->exception_allow_plaintext ? "true" : "false");
}

static const struct {
	const char *name;
	void (*show)(const struct settings *s, struct text *t);
} rows[] = {
	{ "milter.listen", settings_show_milter },
	{ "milter.mta", settings_show_mta },
	{ "map.listen", settings_show_maps },
	{ "map.postfix_version", settings_show_postfix_version },
	{ "map.published", settings_show_published },
	{ "map.published_failure", settings_show_published_failure },
	{ "map.deadline", settings_show_deadline },
	{ "control.listen", settings_show_controls },
	{ "log.decisions", settings_show_decisions },
	{ "log.syslog", settings_show_syslog },
	{ "log.scope", settings_show_scope },
	{ "log.max_size", settings_show_max_size },
	{ "served_domains", settings_show_served_domains },
	{ "own_relays", settings_show_own_relays },
	{ "listeners", settings_show_listeners },
	{ "local_clients", settings_show_local_clients },
	{ "local_submission", settings_show_local_submission },
	{ "null_sender", settings_show_null_sender },
	{ "tls_required_no", settings_show_tls_required_no },
	{ "state", settings_show_state },
	{ "user", settings_show_user },
	{ "help_url", settings_show_help_url },
	{ "candidate", settings_show_candidate },
	{ "exceptions.longest", settings_show_longest },
	{ "exceptions.allow_plaintext", settings_show_allow_plaintext },
};

void
print_settings(const struct settings *settings, FILE *out)
{
	struct arena *a = arena_create(4096);
	struct settings usual;
	bool first = true;

	toplevel_defaults(a, &usual);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct text is = { .n = 0 }, was = { .n = 0 };

		rows[i].show(settings, &is);
		rows[i].show(&usual, &was);
		if (strcmp(is.bytes, was.bytes) == 0)
			continue;
		if (first)
			fputs("\nsettings that differ from their defaults\n",
			    out);
		first = false;
		fprintf(out, "  %-20s %s\n", rows[i].name, is.bytes);
	}
	arena_destroy(&a);
}

json_t *
print_settings_json(const struct settings *settings)
{
	json_t *o = json_object();

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct text text = { .n = 0 };

		rows[i].show(settings, &text);
		json_object_set_new(o, rows[i].name, text.n == 0 ?
		    json_null() : json_string(text.bytes));
	}
	return o;
}

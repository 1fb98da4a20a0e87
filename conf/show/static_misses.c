/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/static_misses.h"
#include "conf/show/print_json.h"
#include "policy/base/text.h"
#include "policy/names/domain.h"

/* As many rows as fit a screen. */
enum { MISSES_SHOWN = 20 };

struct misses {
	json_t *rows;                   /* borrows */
	uint64_t more;
};

static json_t *
misses_forms(struct slice key)
{
	static const char *const of_suffix[] = { "[NAME%.*s]",
		"NAME%.*s:PORT", "[NAME%.*s]:PORT" };
	static const char *const of_domain[] = { "%.*s:PORT", "[%.*s]:PORT" };
	bool suffix = key.p[0] == '.';
	const char *const *forms = suffix ? of_suffix : of_domain;
	size_t count = suffix ? COUNT_OF(of_suffix) : COUNT_OF(of_domain);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const char *form = forms[i], *at = strstr(form, "%.*s");

		json_array_append_new(list, json_sprintf("%.*s%.*s%s",
		    (int)(at - form), form, SLICE_ARGS(key), at + 4));
	}
	return list;
}

static bool
misses_add(const struct table *table, const struct row *row, void *data)
{
	const struct rule *rule = row->partner->rules[HOP_OUTBOUND];
	bool suffix = row->key.p[0] == '.';
	struct misses *m = data;
	struct domain domain;
	json_t *o;

	if (rule == NULL || (row->hops & 1u << HOP_OUTBOUND) == 0 ||
	    rule->demand.level == LEVEL_NONE ||
	    (!suffix && !domain_from(row->key, &domain)))
		return true;
	if (json_array_size(m->rows) == MISSES_SHOWN) {
		m->more++;
		return true;
	}
	o = json_object();
	json_object_set_new(o, "key", jsontext_shown(row->key));
	json_object_set_new(o, "line", place_to_json(table_place(table, row)));
	json_object_set_new(o, "next_hops", misses_forms(row->key));
	json_array_append_new(m->rows, o);
	return true;
}

json_t *
static_misses_json(const struct policy *policy)
{
	struct misses m = { json_array(), 0 };
	json_t *o = json_object();

	table_each(policy->table, misses_add, &m);
	json_object_set_new(o, "rows", m.rows);
	json_object_set_new(o, "more", jsontext_count(m.more));
	return o;
}

void
static_misses_print(const json_t *misses, FILE *out)
{
	const json_t *rows = json_object_get(misses, "rows"), *row, *form;
	long long more = (long long)jsontext_number(misses, "more");
	size_t i, j;

	if (json_array_size(rows) == 0)
		return;
	fputs("\nmap.static has no key for these next hops; name those that "
	    "you route to in\nnext_hops:\n", out);
	json_array_foreach(rows, i, row) {
		const char *line = jsontext_at(row, "line").p;

		fprintf(out, "  %s (%s):", jsontext_at(row, "key").p,
		    line == NULL ? "-" : line);
		json_array_foreach(json_object_get(row, "next_hops"), j, form)
			fprintf(out, " %s", json_string_value(form));
		putc('\n', out);
	}
	if (more > 0)
		fprintf(out, "  and those of %lld more key%s\n", more,
		    text_plural(more));
}

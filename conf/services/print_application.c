/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/services/print_application.h"
#include "conf/show/print_credential.h"
#include "conf/show/print_json.h"
#include "conf/show/times.h"
#include "conf/state/statetext.h"

enum {
	WIDTH = 80,
	/* Names of rows that are longer leave the first column its room. */
	LONGEST_ROW = 16,
	CELL = 800,
	VALUE = 700
};

/* JSON */

static json_t *
print_application_clients(const struct application *app)
{
	json_t *list = json_array();
	char text[NETADDR_TEXT];

	for (size_t i = 0; i < app->client_count; i++)
		json_array_append_new(list, json_string(netaddr_show(
		    &app->clients[i], text, sizeof(text))));
	return list;
}

/* When a certificate ends; 0: no service pins it by its file. */
static int64_t
print_application_end(const struct policy *policy, struct slice fingerprint)
{
	for (size_t i = 0; i < policy->service_count; i++) {
		const struct peer_group *find = &policy->services[i].find;

		for (size_t k = 0; k < find->certificate_count; k++)
			if (slice_eq(find->certificates[k].fingerprint,
				fingerprint))
				return find->certificates[k].ends;
	}
	return 0;
}

static json_t *
print_application_certificate(const struct policy *policy,
    const struct application_certificate *c, int64_t now)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", jsontext_exact(c->peer));
	json_object_set_new(o, "subject", jsontext_exact(c->subject));
	json_object_set_new(o, "issuer", jsontext_exact(c->issuer));
	json_object_set_new(o, "fingerprint", jsontext_exact(c->fingerprint));
	json_object_set_new(o, "verified", json_boolean(c->verified));
	json_object_set_new(o, "days_left", print_days_left(
	    print_application_end(policy, c->fingerprint), now));
	json_object_set_new(o, "last", time_to_json(c->last));
	return o;
}

/* Recipients by version: { "1.2": 3, "1.3": 12 }. */
static json_t *
print_application_versions(const struct application *app)
{
	json_t *o = json_object();
	static const enum tls_version order[] = { TLS_SSL2, TLS_SSL3, TLS_1_0,
		TLS_1_1, TLS_1_2, TLS_1_3, TLS_NONE };

	for (size_t v = 0; v < COUNT_OF(order); v++)
		for (size_t i = 0; i < app->version_count; i++)
			if (app->versions[i].version == order[v])
				json_object_set_new(o, order[v] == TLS_NONE
				    ? "unknown" : tls_version_name(order[v]),
				    jsontext_count(app->versions[i].count));
	return o;
}

/* The names of services, by the counts of their recipients. */
static json_t *
print_application_rows(const struct policy *policy, const uint64_t *counts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < policy->service_count; i++)
		if (counts[i] > 0)
			json_array_append_new(list, jsontext_exact(
			    policy->services[i].partner->name));
	return list;
}

json_t *
print_application_json(const struct policy *policy,
    const struct application *app, int64_t now)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < app->certificate_count; i++)
		json_array_append_new(list, print_application_certificate(
		    policy, &app->certificates[i], now));
	json_object_set_new(o, "by", json_string(found_by_name(app->by)));
	json_object_set_new(o, "name", jsontext_exact(app->name));
	json_object_set_new(o, "name_is_whole", json_boolean(!app->hidden));
	json_object_set_new(o, "clients", print_application_clients(app));
	json_object_set_new(o, "more_clients",
	    json_boolean(app->more_clients));
	json_object_set_new(o, "certificates", list);
	json_object_set_new(o, "more_certificates",
	    json_boolean(app->more_certificates));
	json_object_set_new(o, "listener", jsontext_exact(app->listener));
	json_object_set_new(o, "port", app->port == 0 ? json_null()
	    : json_integer(app->port));
	json_object_set_new(o, "tls", print_application_versions(app));
	json_object_set_new(o, "clear", jsontext_count(app->clear));
	json_object_set_new(o, "unknown", jsontext_count(app->unknown));
	json_object_set_new(o, "messages", jsontext_count(app->messages));
	json_object_set_new(o, "recipients", jsontext_count(app->recipients));
	json_object_set_new(o, "refused", jsontext_count(app->refused));
	json_object_set_new(o, "first", time_to_json(app->first));
	json_object_set_new(o, "last", time_to_json(app->last));
	json_object_set_new(o, "rows", print_application_rows(policy,
	    app->covered));
	json_object_set_new(o, "maybe", print_application_rows(policy,
	    app->maybe));
	json_object_set_new(o, "without_row", jsontext_count(app->uncovered));
	return o;
}

/* Cells */

void
print_application_who(const json_t *app, struct text *out)
{
	const json_t *clients = json_object_get(app, "clients");
	size_t count = json_array_size(clients);
	struct slice by = jsontext_at(app, "by");
	char name[VALUE];

	text_add(out, "%s %s", slice_eq(by, SLICE("certificate")) ? "cert"
	    : by.p, show_member(app, "name", name, sizeof(name)));
	if (slice_eq(by, SLICE("client")))
		return;
	if (count == 1)
		text_add(out, ", %s", json_string_value(json_array_get(clients,
		    0)));
	else
		text_add(out, ", %zu%s clients", count, json_is_true(
		    json_object_get(app, "more_clients")) ? " or more" : "");
}

/* Adds a word of how mail came, and how many recipients. */
static void
print_application_add_tls(struct text *out, const char *before,
    const char *word, long long count, bool counted)
{
	if (count == 0)
		return;
	text_join(out, ", ", "%s%s", before, word);
	if (counted)
		text_add(out, " %lld", count);
}

void
print_application_tls(const json_t *app, bool counted, struct text *out)
{
	const char *version, *before = counted ? "TLS " : "";
	const json_t *count;

	print_application_add_tls(out, "", "clear",
	    (long long)jsontext_number(app, "clear"), counted);
	json_object_foreach(json_object_get(app, "tls"), version, count)
		print_application_add_tls(out, before, version,
		    (long long)json_integer_value(count), counted);
	print_application_add_tls(out, "", counted ? "not known whether by TLS"
	    : "?", (long long)jsontext_number(app, "unknown"), counted);
}

/* The rows that cover it; "none" for the rest, and with "?" those that may
 * cover that. */
static void
print_application_add_rows(const json_t *app, struct text *out)
{
	const json_t *row;
	size_t i;
	long long without = (long long)jsontext_number(app, "without_row");

	json_array_foreach(json_object_get(app, "rows"), i, row)
		text_join(out, ", ", "%s", json_string_value(row));
	if (without == (long long)jsontext_number(app, "recipients"))
		text_join(out, ", ", "none");
	else if (without > 0)
		text_join(out, ", ", "none for %lld", without);
	if (without == 0)
		return;
	json_array_foreach(json_object_get(app, "maybe"), i, row)
		text_join(out, ", ", "%s?", json_string_value(row));
}

/* The day, in local time; "-" for none. */
static void
print_application_day(const json_t *app, const char *key, struct text *out)
{
	char when[TIMES_TEXT];
	int64_t time;

	if (statetext_time(jsontext_at(app, key), &time))
		text_slice(out, slice_head(slice_of(times_show(time, when)),
		    10));
	else
		text_byte(out, '-');
}

enum column { WHO, LISTENER, TLS, MESSAGES, LAST, ROW, COLUMNS };

static const char *const titles[COLUMNS] = { "application", "by", "TLS",
	"messages", "last use", "row" };

static void
print_application_cell(const json_t *app, enum column column, char out[CELL])
{
	char shown[VALUE];
	struct text t;

	text_init(&t, out, CELL);
	switch (column) {
	case WHO:
		print_application_who(app, &t);
		break;
	case LISTENER:
		text_add(&t, "%s", show_member(app, "listener", shown,
		    sizeof(shown)));
		break;
	case TLS:
		print_application_tls(app, false, &t);
		break;
	case MESSAGES:
		text_add(&t, "%lld", (long long)jsontext_number(app,
		    "messages"));
		break;
	case LAST:
		print_application_day(app, "last", &t);
		break;
	case ROW:
		print_application_add_rows(app, &t);
		break;
	case COLUMNS:
		break;
	}
	text_end(&t);
}

/* The table */

/* How wide each column is. The first gets what the others leave of a line. */
static void
print_application_widths(const json_t *list, size_t width[COLUMNS])
{
	size_t i, others = 0, least = strlen(titles[WHO]);
	const json_t *app;
	char cell[CELL];

	for (unsigned c = 0; c < COLUMNS; c++)
		width[c] = strlen(titles[c]);
	json_array_foreach(list, i, app)
		for (unsigned c = 0; c < COLUMNS; c++) {
			print_application_cell(app, (enum column)c, cell);
			if (strlen(cell) > width[c])
				width[c] = strlen(cell);
		}
	if (width[ROW] > LONGEST_ROW)
		width[ROW] = LONGEST_ROW;
	for (unsigned c = WHO + 1; c < COLUMNS; c++)
		others += 2 + width[c];
	if (width[WHO] + others > WIDTH)
		width[WHO] = others + least > WIDTH ? least : WIDTH - others;
}

/* One cell; *used is how much of the line is. A first or last one that is too
 * long has a line of its own. */
static void
print_application_pad(const char *cell, enum column column,
    const size_t width[COLUMNS], size_t *used, FILE *out)
{
	int columns = (int)width[column], n;

	if (column == WHO && strlen(cell) > width[WHO]) {
		fprintf(out, "%s\n", cell);
		n = fprintf(out, "%*s", columns, "");
	} else if (column == WHO)
		n = fprintf(out, "%-*s", columns, cell);
	else if (column == MESSAGES)
		n = fprintf(out, "  %*s", columns, cell);
	else if (column == ROW)
		n = fprintf(out, *used + 2 + strlen(cell) > WIDTH
		    ? "\n    row %s\n" : "  %s\n", cell);
	else
		n = fprintf(out, "  %-*s", columns, cell);
	*used = column == ROW ? 0 : *used + (size_t)n;
}

/* Adds a part of a line, on a new one where it is too long. */
static void
print_application_part(const char *indent, const char *before,
    const json_t *certificate, const char *key, size_t *used, FILE *out)
{
	char value[VALUE];
	size_t n;

	if (jsontext_at(certificate, key).n == 0)
		return;
	show_member(certificate, key, value, sizeof(value));
	n = strlen(before) + strlen(value) + 2;
	if (*used > 0 && *used + n > WIDTH) {
		fprintf(out, ",\n%s  %s%s", indent, before, value);
		*used = strlen(indent) + n;
	} else {
		fprintf(out, "%s%s%s", *used == 0 ? indent : ", ", before,
		    value);
		*used += *used == 0 ? strlen(indent) + n : n;
	}
}

void
print_application_certificates(const json_t *app, const char *indent,
    FILE *out)
{
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(app, "certificates"), i, c) {
		char left[40];
		size_t used = 0;
		struct text t;

		print_application_part(indent, "certificate ", c, "subject",
		    &used, out);
		print_application_part(indent, used == 0 ? "certificate by "
		    : "by ", c, "issuer", &used, out);
		print_application_part(indent, "", c, "fingerprint", &used,
		    out);
		if (!json_is_true(json_object_get(c, "verified")))
			fprintf(out, ",\n%s  not verified", indent);
		text_init(&t, left, sizeof(left));
		print_days_left_words(json_object_get(c, "days_left"), &t);
		if (text_length(&t) > 0)
			fprintf(out, ",\n%s  %s", indent, left);
		fputc('\n', out);
	}
}

void
print_applications(const json_t *list, FILE *out)
{
	size_t width[COLUMNS], used = 0, i;
	const json_t *app;
	char cell[CELL];

	if (json_array_size(list) == 0)
		return;
	print_application_widths(list, width);
	for (unsigned c = 0; c < COLUMNS; c++)
		print_application_pad(titles[c], (enum column)c, width, &used,
		    out);
	json_array_foreach(list, i, app) {
		for (unsigned c = 0; c < COLUMNS; c++) {
			print_application_cell(app, (enum column)c, cell);
			print_application_pad(cell, (enum column)c, width,
			    &used, out);
		}
		print_application_certificates(app, "    ", out);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/services/print_application.h"
#include "conf/show/print_json.h"
#include "conf/services/print_proposal.h"

enum { LINE = 1600 };

/* A string of the policy file. It has printable ASCII only. */
static void
print_proposal_string(struct slice s, FILE *out)
{
	fputc('"', out);
	for (size_t i = 0; i < s.n; i++) {
		assert(s.p[i] >= ' ' && s.p[i] <= '~');
		if (s.p[i] == '"' || s.p[i] == '\\')
			fputc('\\', out);
		fputc(s.p[i], out);
	}
	fputc('"', out);
}

/* What a row rests on: one application, in comments. */
static void
print_proposal_application(const struct policy *policy,
    const struct application *app, int64_t now, FILE *out)
{
	json_t *o = print_application_json(policy, app, now);
	char line[LINE], value[300];
	struct text t;

	text_init(&t, line, sizeof(line));
	print_application_who(o, &t);
	text_end(&t);
	fprintf(out, "  # %s by %s:\n", line, show_member(o, "listener",
	    value, sizeof(value)));
	text_init(&t, line, sizeof(line));
	text_add(&t, "%llu message%s to %llu recipient%s, %llu without a row",
	    (unsigned long long)app->messages,
	    text_plural((long long)app->messages),
	    (unsigned long long)app->recipients,
	    text_plural((long long)app->recipients),
	    (unsigned long long)app->uncovered);
	if (app->refused > 0)
		text_add(&t, ", %llu refused",
		    (unsigned long long)app->refused);
	fprintf(out, "  #   %s,\n  #   last %.10s: ", line,
	    jsontext_at(o, "last").n == 0 ? "-" : jsontext_at(o, "last").p);
	text_init(&t, line, sizeof(line));
	print_application_tls(o, true, &t);
	fprintf(out, "%s\n", line);
	print_application_certificates(o, "  #   ", out);
	json_decref(o);
}

/* Why the level is not higher, or what carries it. */
static const char *
print_proposal_why(const struct proposal *row)
{
	if (row->level == LEVEL_NONE)
		return "none: not all of it is known to have come by TLS";
	if (row->level == LEVEL_VERIFY)
		return strcmp(row->list, "logins") == 0
		    ? "verify: all of it came by TLS, with this login"
		    : "verify: all of it came with this verified certificate";
	return strcmp(row->list, "clients") == 0
	    ? "encrypt: all of it came by TLS; an address proves nobody"
	    : "encrypt: all of it came by TLS, and not all with this proof";
}

static void
print_proposal_places(const struct proposal *row, FILE *out)
{
	if (row->place_count == 0)
		return;
	fputs("    listeners = ( ", out);
	for (size_t i = 0; i < row->place_count; i++) {
		if (i > 0)
			fputs(", ", out);
		if (row->places[i].port != 0)
			fprintf(out, "%d", row->places[i].port);
		else
			print_proposal_string(row->places[i].name, out);
	}
	fputs(" );\n", out);
}

static void
print_proposal_row(const struct proposal *row, bool first, FILE *out)
{
	fprintf(out, "  # %s\n  %s{ name = ", print_proposal_why(row),
	    first ? "" : ", ");
	print_proposal_string(row->name, out);
	fprintf(out, ";\n    %s = [", row->list);
	for (size_t i = 0; i < row->values.count; i++) {
		fputs(i == 0 ? " " : ",\n      ", out);
		print_proposal_string(row->values.list[i], out);
	}
	fputs(" ];\n", out);
	print_proposal_places(row, out);
	fprintf(out, "    inbound = { level = \"%s\"; ",
	    level_name(row->level));
	if (row->modern)
		fputs("min_tls = \"1.2\"; ", out);
	fputs("stage = \"log-only\"; }; }\n", out);
}

void
print_proposals(const struct policy *policy, const struct proposal *list,
    size_t count, size_t left, int64_t now,
    FILE *out)
{
	bool first = true;

	if (count == 0) {
		fputs("# Every application on record is covered by a row.\n",
		    out);
		return;
	}
	fputs("# Rows for the applications that no row covers. Nothing is in "
	    "force: keep this\n# as a file that `include` names, or put it "
	    "into the policy file, where a\n# second `services` is an error; "
	    "then run enforcetls check.\nservices = (\n", out);
	for (size_t i = 0; i < count; i++) {
		const struct proposal *row = &list[i];

		for (size_t k = 0; k < row->application_count; k++)
			print_proposal_application(policy,
			    row->applications[k], now, out);
		if (row->list == NULL) {
			fputs("  # no row is proposed: the log does not show "
			    "what would find it\n", out);
			continue;
		}
		print_proposal_row(row, first, out);
		first = false;
	}
	if (left > 0)
		fprintf(out, "  # and %zu application%s more, in none of "
		    "these\n", left, text_plural((long long)left));
	fputs(");\n", out);
}

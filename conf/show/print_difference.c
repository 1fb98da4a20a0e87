/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/print_difference.h"
#include "conf/screen/paint.h"
#include "policy/base/jsontext.h"

enum {
	LINES = 40,                     /* of what differs */
	NAMES = 4                       /* in a line */
};

/* Several names for which the same changes. */
struct difference_group {
	const char *names[NAMES];       /* borrows */
	size_t count;                   /* of all of them */
	const char *mark;               /* "LOSS", the way, or "also" for what
	                                 * asks neither; borrows */
	bool setting;
	const char *change;             /* borrows */
};

struct difference_page {
	struct difference_group groups[LINES];
	size_t count;
	long long left_out;             /* items */
};

static const char *
difference_mark(const json_t *item)
{
	const char *way = jsontext_at(item, "way").p;

	if (json_is_true(json_object_get(item, "loss")))
		return "LOSS";
	return way == NULL || strcmp(way, "none") == 0 ? "also" : way;
}

/* Adds the item to the group that has the same change, or to a new one. */
static void
difference_add_item(struct difference_page *page, const json_t *item)
{
	const char *change = jsontext_at(item, "change").p;
	const char *name = jsontext_at(item, "name").p;
	const char *mark = difference_mark(item);
	size_t i = 0;

	if (change == NULL || name == NULL)
		return;
	while (i < page->count &&
	    (strcmp(page->groups[i].change, change) != 0 ||
		strcmp(page->groups[i].mark, mark) != 0))
		i++;
	if (i == LINES) {
		page->left_out++;
		return;
	}
	if (i == page->count)
		page->groups[page->count++] = (struct difference_group){
			.mark = mark, .change = change,
			.setting = slice_eq(jsontext_at(item, "kind"),
			    SLICE("setting")) };
	if (page->groups[i].count < NAMES)
		page->groups[i].names[page->groups[i].count] = name;
	page->groups[i].count++;
}

static void
difference_print_group(const struct difference_group *group, FILE *out)
{
	bool loss = strcmp(group->mark, "LOSS") == 0;
	char mark[16];

	snprintf(mark, sizeof(mark), "%-5s", group->mark);
	fputs("  ", out);
	paint(out, loss ? PAINT_BAD : PAINT_NONE, mark);
	putc(' ', out);
	for (size_t i = 0; i < group->count && i < NAMES; i++)
		fprintf(out, "%s%s", i == 0 ? "" : ", ", group->names[i]);
	if (group->count > NAMES)
		fprintf(out, " and %zu more", group->count - NAMES);
	fprintf(out, "%s%s\n", group->setting ? ": " : " ", group->change);
}

static void
difference_print_counts(const json_t *d, FILE *out)
{
	long long less = jsontext_number(d, "less");
	long long more = jsontext_number(d, "more");
	long long losses = jsontext_number(d, "losses");

	fprintf(out, "changes              partners %lld new, %lld gone; keys "
	    "%lld new, %lld gone; %lld ask%s less, %lld ask%s more; %lld "
	    "loss%s\n",
	    (long long)jsontext_number(d, "partners_new"),
	    (long long)jsontext_number(d, "partners_gone"),
	    (long long)jsontext_number(d, "keys_new"),
	    (long long)jsontext_number(d, "keys_gone"),
	    less, less == 1 ? "s" : "", more, more == 1 ? "s" : "", losses,
	    losses == 1 ? "" : "es");
}

void
print_difference(const json_t *difference, FILE *out)
{
	const json_t *items = json_object_get(difference, "items"), *item;
	struct difference_page page = { .count = 0 };
	size_t i;

	if (difference == NULL)
		return;
	if (jsontext_number(difference, "count") == 0) {
		fputs("changes              none in what mail must prove\n",
		    out);
		return;
	}
	difference_print_counts(difference, out);
	json_array_foreach(items, i, item)
		difference_add_item(&page, item);
	page.left_out += jsontext_number(difference, "count") -
	    (long long)json_array_size(items);
	for (i = 0; i < page.count; i++)
		difference_print_group(&page.groups[i], out);
	if (page.left_out > 0)
		fprintf(out, "  ... and %lld more (see --json)\n",
		    page.left_out);
}

void
print_loss_command(const json_t *difference, const char *command, FILE *out)
{
	const char *digest = jsontext_at(difference, "digest").p;

	if (digest == NULL || command == NULL)
		return;
	fprintf(out, "loss                 %s\n", digest);
	fprintf(out, "If every LOSS is meant, this takes them, and is "
	    "recorded:\n    %s\n", command);
}

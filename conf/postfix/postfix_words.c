/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_lines.h"
#include "conf/postfix/postfix_words.h"

bool
postfix_next_word(struct slice *list, struct slice *word)
{
	return postfix_cut_word(list, ", \t\r\n", word);
}

bool
postfix_in_braces(struct slice word, struct slice *inside)
{
	if (word.n < 2 || word.p[0] != '{' || word.p[word.n - 1] != '}')
		return false;
	*inside = slice_trim(slice_from(slice_head(word, word.n - 1), 1));
	return true;
}

bool
postfix_split_pair(struct slice text, struct slice *name, struct slice *value)
{
	size_t equals = slice_find(text, '=');

	if (equals == text.n)
		return false;
	*name = slice_trim(slice_head(text, equals));
	*value = slice_trim(slice_from(text, equals + 1));
	return true;
}

void
postfix_split_route(struct slice text, struct slice *transport,
    struct slice *next_hop)
{
	size_t colon = slice_find(text, ':');

	*transport = slice_trim(slice_head(text, colon));
	*next_hop = slice_trim(slice_from(text, colon + 1));
}

/* "!proxy:hash:/etc/x", of which *out borrows. A name may have colons, too:
 * an address does, but no type before them. */
static bool
words_table(struct slice word, struct mta_table *out)
{
	struct mta_table table = { .inverted = word.p[0] == '!' };
	struct slice rest = slice_from(word, table.inverted ? 1 : 0);

	table.name = rest;
	while (slice_starts(rest, SLICE("proxy:"))) {
		table.by_proxy = true;
		rest = slice_from(rest, 6);
	}
	table.type = slice_head(rest, slice_find(rest, ':'));
	if (table.type.n == rest.n || table.type.n == 0)
		return false;
	for (size_t i = 0; i < table.type.n; i++)
		if (table.type.p[i] < 'a' || table.type.p[i] > 'z')
			return false;
	*out = table;
	return true;
}

/* How many words a list has. */
static size_t
words_count(struct slice list)
{
	struct slice word;
	size_t count = 0;

	while (postfix_next_word(&list, &word))
		count++;
	return count;
}

struct mta_list
postfix_list(struct mta_value value, enum postfix_list kind, struct arena *a)
{
	struct mta_list list = { .value = value };
	struct slice rest = value.text, word;
	size_t count = words_count(rest);
	struct mta_table *tables = arena_array(a, count + 1, sizeof(*tables));
	struct slice *names = arena_array(a, count + 1, sizeof(*names));

	while (postfix_next_word(&rest, &word)) {
		if (kind != POSTFIX_NAMES &&
		    words_table(word, &tables[list.table_count]))
			list.table_count++;
		else
			names[list.name_count++] = word;
	}
	list.tables = tables;
	list.names = names;
	return list;
}

/* Where an option of a milter goes; NULL: there is none of that name. */
static struct mta_value *
words_milter_option(struct mta_milter *milter, struct slice name)
{
	struct {
		const char *name;
		struct mta_value *value;
	} options[] = {
		{ "default_action", &milter->default_action },
		{ "connect_timeout", &milter->connect_timeout },
		{ "command_timeout", &milter->command_timeout },
		{ "content_timeout", &milter->content_timeout },
		{ "protocol", &milter->protocol },
	};

	for (size_t i = 0; i < COUNT_OF(options); i++)
		if (slice_eq(name, slice_of(options[i].name)))
			return options[i].value;
	return NULL;
}

/* { endpoint, option = value, { option = value } } */
static void
words_milter(struct slice inside, struct mta_value value,
    struct mta_milter *milter, struct arena *a, struct mta_unread_list *unread)
{
	struct slice word, name, text;
	struct mta_value *option;

	if (!postfix_next_word(&inside, &milter->endpoint))
		milter->endpoint = SLICE("");
	/* "a = b" without braces of its own is three words to Postfix, which
	 * then refuses to run. */
	while (postfix_next_word(&inside, &word)) {
		(void)postfix_in_braces(word, &word);
		option = postfix_split_pair(word, &name, &text)
		    ? words_milter_option(milter, name) : NULL;
		if (option == NULL) {
			mta_unread_add(a, unread, value.name, "%.*s is no "
			    "option of a milter", SLICE_ARGS(word));
			continue;
		}
		*option = value;
		option->text = text;
	}
}

struct mta_milters
postfix_milters(struct mta_value value, const struct mta_milter *defaults,
    struct arena *a, struct mta_unread_list *unread)
{
	struct mta_milters milters = { .value = value };
	struct slice rest = value.text, word, inside;
	struct mta_milter *list = arena_array(a, words_count(rest) + 1,
	    sizeof(*list));

	while (postfix_next_word(&rest, &word)) {
		struct mta_milter *milter = &list[milters.count++];

		*milter = *defaults;
		milter->name = NULL;
		milter->endpoint = word;
		if (postfix_in_braces(word, &inside))
			words_milter(inside, value, milter, a, unread);
	}
	milters.list = list;
	return milters;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_lines.h"

static const char blanks[] = " \t\r";

struct postfix_lines
postfix_lines_of(struct slice text)
{
	return (struct postfix_lines){ .rest = text };
}

static bool
lines_separates(const char *separators, char c)
{
	return memchr(separators, c, strlen(separators)) != NULL;
}

static bool
lines_is_blank(char c)
{
	return lines_separates(blanks, c);
}

/* Whether the line counts: it is not empty and no comment. */
static bool
lines_counts(struct slice line)
{
	line = slice_trim(line);
	return line.n > 0 && line.p[0] != '#';
}

/* The lines from the begin of rest on that are one logical line: how many
 * octets they take, and how many lines. */
static size_t
lines_extent(struct slice rest, unsigned *count)
{
	struct slice left = rest, line;
	size_t extent = 0;

	*count = 0;
	while (slice_next(&left, '\n', &line)) {
		if (*count > 0 && lines_counts(line) &&
		    !lines_is_blank(line.p[0]))
			break;
		(*count)++;
		extent = rest.n - left.n;
	}
	return extent;
}

bool
postfix_next_line(struct postfix_lines *lines, struct arena *a,
    struct slice *line, unsigned *number)
{
	struct slice whole, part;
	unsigned count;
	size_t extent, n = 0;
	char *out;

	do {
		whole = lines->rest;
		if (!slice_next(&lines->rest, '\n', &part))
			return false;
		lines->number++;
	} while (!lines_counts(part));
	*number = lines->number;
	extent = lines_extent(whole, &count);
	lines->number += count - 1;
	lines->rest = slice_from(whole, extent);
	whole = slice_head(whole, extent);
	out = arena_alloc(a, extent + 1);
	while (slice_next(&whole, '\n', &part)) {
		if (!lines_counts(part))
			continue;
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	*line = slice_trim((struct slice){ out, n });
	return true;
}

bool
postfix_cut_word(struct slice *rest, const char *separators,
    struct slice *word)
{
	size_t n = 0, level = 0;

	while (rest->n > 0 && lines_separates(separators, rest->p[0]))
		*rest = slice_from(*rest, 1);
	for (; n < rest->n; n++) {
		if (rest->p[n] == '{')
			level++;
		else if (rest->p[n] == '}' && level > 0)
			level--;
		else if (level == 0 && lines_separates(separators, rest->p[n]))
			break;
	}
	*word = slice_head(*rest, n);
	*rest = slice_from(*rest, n);
	return n > 0;
}

bool
postfix_next_argument(struct slice *rest, struct slice *word)
{
	return postfix_cut_word(rest, blanks, word);
}

/* What follows the first letter of word that takes an argument, of those in
 * the getopt(3) of master(8)'s daemons; *letter is that. false: none does. */
static bool
lines_takes_argument(struct slice word, char *letter, struct slice *argument)
{
	for (size_t i = 1; i < word.n; i++)
		if (memchr("imnost", word.p[i], 6) != NULL) {
			*letter = word.p[i];
			*argument = slice_from(word, i + 1);
			return true;
		}
	return false;
}

bool
postfix_next_option(struct slice *arguments, struct slice *value)
{
	struct slice word;
	char letter;

	while (postfix_next_argument(arguments, &word)) {
		/* The first word that is no option ends them. */
		if (word.n < 2 || word.p[0] != '-' ||
		    slice_eq(word, SLICE("--"))) {
			*arguments = SLICE("");
			return false;
		}
		if (!lines_takes_argument(word, &letter, value))
			continue;
		if (value->n == 0 && !postfix_next_argument(arguments, value))
			*value = SLICE("");
		if (letter == 'o')
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postconf.h"
#include "conf/postfix/postfix_lines.h"
#include "conf/postfix/postfix_words.h"

enum { SERVICE_FIELDS = 7 };            /* before the command */

void
postconf_begin(struct postconf *p, struct arena *a)
{
	*p = (struct postconf){ .arena = a };
}

static int
postconf_refuse(struct slice line, const char *wanted, struct err *e)
{
	char shown[80];

	slice_show(line, shown, sizeof(shown));
	return err_set(e, "postconf prints a line that is no %s: %s", wanted,
	    shown);
}

static bool
postconf_is_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && c != '_' && c != '.' && c != '-')
			return false;
	}
	return name.n > 0;
}

/* "name = value", in the arena; false: it is none. */
static bool
postconf_split(const struct postconf *p, struct slice line, struct slice *name,
    struct slice *value)
{
	if (!postfix_split_pair(line, name, value) || !postconf_is_name(*name))
		return false;
	*name = arena_copy(p->arena, *name);
	*value = arena_copy(p->arena, *value);
	return true;
}

static void
postconf_add_raw(struct postconf *p, const char *name, struct slice text,
    unsigned line)
{
	p->raw = arena_more(p->arena, p->raw, p->raw_count, sizeof(*p->raw));
	p->raw[p->raw_count++] = (struct postconf_raw){ name, text, line };
}

static int
postconf_take_setting(struct postconf *p, enum postconf_question question,
    struct slice line, struct err *e)
{
	struct slice name, text;

	if (!postconf_split(p, line, &name, &text))
		return postconf_refuse(line, "setting", e);
	if (question == POSTCONF_DEFAULTS) {
		postconf_add_raw(p, name.p, text, 0);
		return 0;
	}
	p->expanded = arena_more(p->arena, p->expanded, p->expanded_count,
	    sizeof(*p->expanded));
	p->expanded[p->expanded_count++] = (struct mta_value){
		.name = name.p, .text = text, .origin = "default",
		.is_default = true };
	return 0;
}

/* What -o sets, in the arena. */
static struct postconf_own
postconf_own_setting(const struct postconf *p, const char *service,
    struct slice name, struct slice text, size_t order)
{
	struct postconf_own own = { .service = service, .order = order };

	own.raw = arena_copy(p->arena, text);
	own.value = (struct mta_value){
		.name = arena_string(p->arena, name), .text = own.raw,
		.origin = arena_printf(p->arena, "master.cf %s", service) };
	return own;
}

/* "service/type/name = value". The service's name may have slashes. */
static int
postconf_take_own(struct postconf *p, struct slice line, struct err *e)
{
	struct slice path, name, text;
	size_t slash;

	if (!postfix_split_pair(line, &path, &text))
		return postconf_refuse(line, "setting of a service", e);
	slash = slice_rfind(path, '/');
	name = slice_from(path, slash + 1);
	path = slice_head(path, slash);
	if (!postconf_is_name(name) || slice_rfind(path, '/') == path.n)
		return postconf_refuse(line, "setting of a service", e);
	p->own_expanded = arena_more(p->arena, p->own_expanded,
	    p->own_expanded_count, sizeof(*p->own_expanded));
	p->own_expanded[p->own_expanded_count] = postconf_own_setting(p,
	    arena_string(p->arena, path), name, text, p->own_expanded_count);
	p->own_expanded_count++;
	return 0;
}

int
postconf_take(struct postconf *p, enum postconf_question question,
    struct slice line, struct err *e)
{
	if (slice_trim(line).n == 0)
		return 0;
	switch (question) {
	case POSTCONF_DEFAULTS:
	case POSTCONF_EXPANDED:
		return postconf_take_setting(p, question, line, e);
	case POSTCONF_OWN_EXPANDED:
		return postconf_take_own(p, line, e);
	case POSTCONF_TYPES:
		p->types = arena_more(p->arena, p->types, p->type_count,
		    sizeof(*p->types));
		p->types[p->type_count++] = arena_copy(p->arena,
		    slice_trim(line));
		return 0;
	case POSTCONF_QUESTIONS:
		break;
	}
	return err_set(e, "postconf is not asked this");
}

/* The files */

/* A line that Postfix does not run with. */
static void
postconf_note_line(const struct postconf *p, struct mta_unread_list *unread,
    const char *file, unsigned number, const char *wanted)
{
	mta_unread_add(p->arena, unread, arena_printf(p->arena, "%s line %u",
	    file, number), "it is no %s", wanted);
}

void
postconf_take_main(struct postconf *p, struct slice text,
    struct mta_unread_list *unread)
{
	struct postfix_lines lines = postfix_lines_of(text);
	struct slice line, name, value;
	unsigned number;

	while (postfix_next_line(&lines, p->arena, &line, &number))
		if (postconf_split(p, line, &name, &value))
			postconf_add_raw(p, name.p, value, number);
		else
			postconf_note_line(p, unread, "main.cf", number,
			    "\"name = value\"");
}

/* Cuts the next field off a line of master.cf. */
static struct slice
postconf_field(struct slice *line)
{
	struct slice field;
	size_t n = 0;

	*line = slice_trim(*line);
	while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	field = slice_head(*line, n);
	*line = slice_trim(slice_from(*line, n));
	return field;
}

/* The -o of a service. */
static void
postconf_take_options(struct postconf *p,
    const struct postconf_service *service, struct mta_unread_list *unread)
{
	struct slice rest = service->command, word, name, text;

	(void)postfix_next_argument(&rest, &word);
	while (postfix_next_option(&rest, &word)) {
		struct slice pair = word;

		(void)postfix_in_braces(word, &pair);
		if (!postfix_split_pair(pair, &name, &text) ||
		    !postconf_is_name(name)) {
			mta_unread_add(p->arena, unread, service->name,
			    "\"-o %.*s\" of master.cf sets nothing, and "
			    "Postfix does not run with it", SLICE_ARGS(word));
			continue;
		}
		p->own = arena_more(p->arena, p->own, p->own_count,
		    sizeof(*p->own));
		p->own[p->own_count] = postconf_own_setting(p, service->name,
		    name, text, p->own_count);
		p->own_count++;
	}
}

/* "service type private unprivileged chroot wakeup limit command" */
static bool
postconf_take_service(struct postconf *p, struct slice line, unsigned number,
    struct postconf_service *service)
{
	struct slice field[SERVICE_FIELDS], rest = line, program;
	size_t slash;

	for (size_t i = 0; i < SERVICE_FIELDS; i++)
		field[i] = postconf_field(&rest);
	*service = (struct postconf_service){ .line = number,
		.service = field[0], .type = field[1], .chroot = field[4],
		.command = rest };
	program = postconf_field(&rest);
	slash = slice_rfind(program, '/');
	service->program = slash == program.n ? program
	    : slice_from(program, slash + 1);
	service->name = arena_printf(p->arena, "%.*s/%.*s",
	    SLICE_ARGS(field[0]), SLICE_ARGS(field[1]));
	return program.n > 0;
}

void
postconf_take_master(struct postconf *p, struct slice text,
    struct mta_unread_list *unread)
{
	struct postfix_lines lines = postfix_lines_of(text);
	struct postconf_service service;
	struct slice line;
	unsigned number;

	while (postfix_next_line(&lines, p->arena, &line, &number)) {
		if (!postconf_take_service(p, line, number, &service)) {
			postconf_note_line(p, unread, "master.cf", number,
			    "service with its eight fields");
			continue;
		}
		p->services = arena_more(p->arena, p->services,
		    p->service_count, sizeof(*p->services));
		p->services[p->service_count++] = service;
		postconf_take_options(p, &service, unread);
	}
}

/* The end */

static int
postconf_compare_value(const void *a, const void *b)
{
	const struct mta_value *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
postconf_compare_own(const void *a, const void *b)
{
	const struct postconf_own *x = a, *y = b;
	int order = strcmp(x->service, y->service);

	return order != 0 ? order : strcmp(x->value.name, y->value.name);
}

static int
postconf_compare_order(const void *a, const void *b)
{
	const struct postconf_own *x = a, *y = b;
	int order = postconf_compare_own(x, y);

	return order != 0 ? order
	    : (x->order > y->order) - (x->order < y->order);
}

/* Of several lines of main.cf with one name the last one counts. */
static int
postconf_compare_raw(const void *a, const void *b)
{
	const struct postconf_raw *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

/* qsort(3) must not be handed a null pointer. */
static void
postconf_sort(void *list, size_t count, size_t size,
    int (*compare)(const void *, const void *))
{
	if (count > 1)
		qsort(list, count, size, compare);
}

/* Keeps what counts of the lines and defaults with one name. */
static void
postconf_end_raw(struct postconf *p)
{
	size_t count = 0;

	postconf_sort(p->raw, p->raw_count, sizeof(*p->raw),
	    postconf_compare_raw);
	for (size_t i = 0; i < p->raw_count; i++) {
		if (count > 0 && strcmp(p->raw[count - 1].name,
			p->raw[i].name) == 0)
			count--;
		p->raw[count++] = p->raw[i];
	}
	p->raw_count = count;
}

static struct postconf_raw *
postconf_find_raw(const struct postconf *p, struct slice name)
{
	size_t low = 0, high = p->raw_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(slice_of(p->raw[middle].name), name);

		if (order == 0)
			return &p->raw[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Sets the origin of what main.cf has. A default that Postfix finds out, such
 * as the name of the host, is known from the value in force alone. */
static void
postconf_join_raw(struct postconf *p)
{
	for (size_t i = 0; i < p->expanded_count; i++) {
		struct mta_value *value = &p->expanded[i];
		struct postconf_raw *raw = postconf_find_raw(p,
		    slice_of(value->name));

		if (raw == NULL)
			continue;
		if (raw->line > 0) {
			value->origin = arena_printf(p->arena,
			    "main.cf line %u", raw->line);
			value->is_default = false;
		} else if (slice_find(raw->text, '$') == raw->text.n)
			raw->text = value->text;
	}
}

/* Whether they are the same but for blanks; text that refers to something is
 * taken to be. */
static bool
postconf_agree(struct slice raw, struct slice expanded)
{
	size_t i = 0, j = 0;

	if (slice_find(raw, '$') < raw.n)
		return true;
	for (;;) {
		while (i < raw.n && memchr(" \t\r\n", raw.p[i], 4) != NULL)
			i++;
		while (j < expanded.n && expanded.p[j] == ' ')
			j++;
		if (i == raw.n || j == expanded.n)
			return i == raw.n && j == expanded.n;
		if (raw.p[i++] != expanded.p[j++])
			return false;
	}
}

static void
postconf_note_own(const struct postconf *p, const struct postconf_own *own,
    struct mta_unread_list *unread)
{
	mta_unread_add(p->arena, unread, own->service, "postconf -Px and "
	    "master.cf contradict each other on %s", own->value.name);
}

/* What -Px has for each -o, and only for these. Both lists are sorted. */
static void
postconf_join_own(struct postconf *p, struct mta_unread_list *unread)
{
	size_t i = 0, j = 0;

	while (i < p->own_count || j < p->own_expanded_count) {
		int order = i == p->own_count ? 1
		    : j == p->own_expanded_count ? -1
		    : postconf_compare_own(&p->own[i], &p->own_expanded[j]);

		if (order > 0)
			postconf_note_own(p, &p->own_expanded[j], unread);
		else if (order < 0 || !postconf_agree(p->own[i].raw,
			p->own_expanded[j].raw))
			postconf_note_own(p, &p->own[i], unread);
		if (order == 0)
			p->own[i].value.text = p->own_expanded[j].raw;
		i += order <= 0;
		j += order >= 0;
	}
}

/* Of several -o with one name the last one counts. Two services of one name are
 * not told apart. */
static void
postconf_end_own(struct postconf_own *own, size_t *count)
{
	size_t kept = 0;

	postconf_sort(own, *count, sizeof(*own), postconf_compare_order);
	for (size_t i = 0; i < *count; i++) {
		if (kept > 0 && postconf_compare_own(&own[kept - 1],
			&own[i]) == 0)
			kept--;
		own[kept++] = own[i];
	}
	*count = kept;
}

static void
postconf_note_twice(const struct postconf *p, struct mta_unread_list *unread)
{
	for (size_t i = 0; i < p->service_count; i++)
		for (size_t j = i + 1; j < p->service_count; j++)
			if (strcmp(p->services[i].name, p->services[j].name) ==
			    0)
				mta_unread_add(p->arena, unread,
				    p->services[i].name,
				    "master.cf has it in lines %u and %u",
				    p->services[i].line, p->services[j].line);
}

int
postconf_end(struct postconf *p, struct mta_unread_list *unread, struct err *e)
{
	if (p->raw_count == 0 || p->expanded_count == 0 || p->type_count == 0)
		return err_set(e, "postconf prints no settings, or no types of "
		    "tables");
	if (p->service_count == 0)
		return err_set(e, "master.cf has no service");
	postconf_end_raw(p);
	postconf_sort(p->expanded, p->expanded_count, sizeof(*p->expanded),
	    postconf_compare_value);
	postconf_join_raw(p);
	postconf_end_own(p->own, &p->own_count);
	postconf_end_own(p->own_expanded, &p->own_expanded_count);
	postconf_join_own(p, unread);
	postconf_note_twice(p, unread);
	return 0;
}

const struct postconf_own *
postconf_own_of(const struct postconf *p, const char *service, size_t *count)
{
	size_t low = 0, high = p->own_count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(p->own[middle].service, service) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < p->own_count; end++)
		if (strcmp(p->own[end].service, service) != 0)
			break;
	*count = end - low;
	return *count == 0 ? NULL : &p->own[low];
}

struct slice
postconf_raw_text(const struct postconf *p, struct slice name)
{
	const struct postconf_raw *raw = postconf_find_raw(p, name);

	return raw == NULL ? SLICE_NONE : raw->text;
}

bool
postconf_has_type(const struct postconf *p, struct slice type)
{
	for (size_t i = 0; i < p->type_count; i++)
		if (slice_eq(p->types[i], type))
			return true;
	return false;
}

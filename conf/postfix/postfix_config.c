/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <unistd.h>

#include "conf/postfix/postfix_config.h"
#include "conf/base/textfile.h"
#include "conf/mta/mtaprogram.h"
#include "conf/postfix/postfix_process.h"
#include "conf/postfix/postfix_routing.h"
#include "conf/postfix/postfix_services.h"
#include "conf/postfix/postfix_transports.h"

/* Where packages and Postfix's own make install it. */
static const char *const postconfs[] = { "/usr/sbin/postconf",
	"/usr/local/sbin/postconf", "/usr/bin/postconf" };

static const char *const flags[POSTCONF_QUESTIONS] = {
	[POSTCONF_DEFAULTS] = "-d",
	[POSTCONF_TYPES] = "-m",
	[POSTCONF_EXPANDED] = "-x",
	[POSTCONF_OWN_EXPANDED] = "-Px",
};

const char *
postfix_postconf(const struct mta_place *place)
{
	if (place->program != NULL)
		return place->program;
	for (size_t i = 0; i < COUNT_OF(postconfs); i++)
		if (access(postconfs[i], X_OK) == 0)
			return postconfs[i];
	return NULL;
}

/* What an instance has */

void
postfix_instance_read(const struct postconf *p, struct arena *a,
    struct mta_instance *instance)
{
	struct postfix_reading r;

	postfix_reading_begin(&r, p, a, instance);
	instance->version = postfix_value(&r, NULL, "mail_version").text;
	instance->host_name = postfix_value(&r, NULL, "myhostname");
	instance->mail_owner = postfix_value(&r, NULL, "mail_owner");
	instance->queue_folder = postfix_value(&r, NULL, "queue_directory");
	instance->recipient_delimiter = postfix_value(&r, NULL,
	    "recipient_delimiter");
	instance->log_file = postfix_value(&r, NULL, "maillog_file");
	instance->log_facility = postfix_value(&r, NULL, "syslog_facility");
	instance->log_tag = postfix_value(&r, NULL, "syslog_name");
	postfix_services_read(&r);
	postfix_transports_read(&r);
	postfix_routing_read(&r);
	postfix_tables_read(&r);
}

/* A question to postconf(1) */

struct config_question {
	const char *program, *config;   /* borrows */
	const char *flag;
	pthread_t thread;
	char *text;                     /* owns; its answer */
	size_t n, room;
	bool failed;
	struct err e;
};

static int
config_take(void *data, struct slice line, struct err *e ATTR_UNUSED)
{
	struct config_question *q = data;

	if (q->room - q->n <= line.n) {
		q->room = 2 * (q->n + line.n) + 65536;
		q->text = xrealloc(q->text, q->room);
	}
	if (line.n > 0)
		memcpy(q->text + q->n, line.p, line.n);
	q->n += line.n;
	q->text[q->n++] = '\n';
	return 0;
}

static void *
config_ask(void *question)
{
	struct config_question *q = question;
	const char *argv[] = { q->program, "-c", q->config, q->flag, NULL };

	q->failed = mtaprogram_run(argv, config_take, q, &q->e) < 0;
	return NULL;
}

/* Asks all of them at once: with a thousand services an answer takes a second.
 * Without a thread to be had, one after the other. */
static void
config_ask_all(struct config_question *questions)
{
	bool started[POSTCONF_QUESTIONS];

	for (int i = 0; i < POSTCONF_QUESTIONS; i++)
		started[i] = pthread_create(&questions[i].thread, NULL,
		    config_ask, &questions[i]) == 0;
	for (int i = 0; i < POSTCONF_QUESTIONS; i++)
		if (started[i])
			pthread_join(questions[i].thread, NULL);
		else
			config_ask(&questions[i]);
}

static int
config_take_answer(struct postconf *p, enum postconf_question question,
    const struct config_question *q, struct err *e)
{
	struct slice rest = { q->text, q->n }, line;

	if (q->failed) {
		*e = q->e;
		return -1;
	}
	while (slice_next(&rest, '\n', &line))
		if (postconf_take(p, question, line, e) < 0)
			return -1;
	return 0;
}

/* Asks postconf for that folder's instance, all questions. */
static int
config_run(const char *program, const char *config, struct postconf *p,
    struct err *e)
{
	struct config_question questions[POSTCONF_QUESTIONS];
	int result = 0;

	for (int i = 0; i < POSTCONF_QUESTIONS; i++)
		questions[i] = (struct config_question){ .program = program,
			.config = config, .flag = flags[i] };
	config_ask_all(questions);
	for (int i = 0; i < POSTCONF_QUESTIONS; i++) {
		if (result == 0)
			result = config_take_answer(p,
			    (enum postconf_question)i, &questions[i], e);
		free(questions[i].text);
	}
	return result;
}

/* One instance */

static int
config_read_file(const char *folder, const char *name, struct postconf *p,
    void (*take)(struct postconf *, struct slice, struct mta_unread_list *),
    struct mta_unread_list *unread, struct err *e)
{
	const char *path = arena_printf(p->arena, "%s/%s", folder, name);
	struct textfile file;

	if (textfile_read(path, &file, e) < 0)
		return -1;
	take(p, arena_copy(p->arena, (struct slice){ file.text, file.n }),
	    unread);
	textfile_clear(&file);
	return 0;
}

/* Reads the instance whose config is set. */
static int
config_read_instance(const char *program, struct arena *a,
    struct mta_instance *instance, struct err *e)
{
	struct postconf *p = arena_alloc(a, sizeof(*p));
	struct slice name;

	postconf_begin(p, a);
	if (config_read_file(instance->config, "main.cf", p,
		postconf_take_main, &instance->unread, e) < 0 ||
	    config_read_file(instance->config, "master.cf", p,
		postconf_take_master, &instance->unread, e) < 0 ||
	    config_run(program, instance->config, p, e) < 0 ||
	    postconf_end(p, &instance->unread, e) < 0)
		return -1;
	postfix_instance_read(p, a, instance);
	if (instance->name == NULL) {
		name = mta_setting(instance, NULL, "multi_instance_name").text;
		instance->name = name.n == 0 ? "-" : arena_string(a, name);
	}
	postfix_process_find(instance, a);
	return 0;
}

/* The instances that postmulti(1) lists */

struct config_instances {
	struct arena *arena;
	struct mta_instance *list;
	size_t count;
};

/* Cuts off the next word. */
static struct slice
config_word(struct slice *line)
{
	struct slice word = SLICE("");

	(void)postfix_next_word(line, &word);
	return word;
}

int
postfix_instance_line(struct slice line, struct arena *a,
    struct mta_instance *out, struct err *e)
{
	struct slice rest = line, name = config_word(&rest), enabled, folder;
	char shown[80];

	(void)config_word(&rest);       /* its group */
	enabled = config_word(&rest);
	folder = slice_trim(rest);
	if (!slice_starts(folder, SLICE("/"))) {
		slice_show(line, shown, sizeof(shown));
		return err_set(e, "postmulti prints a line that is no "
		    "instance: %s", shown);
	}
	*out = (struct mta_instance){ .name = arena_string(a, name),
		.config = arena_string(a, folder),
		.enabled = slice_starts(enabled, SLICE("y")) };
	return 0;
}

static int
config_take_instance(void *data, struct slice line, struct err *e)
{
	struct config_instances *found = data;

	if (slice_trim(line).n == 0)
		return 0;
	found->list = arena_more(found->arena, found->list, found->count,
	    sizeof(*found->list));
	return postfix_instance_line(line, found->arena,
	    &found->list[found->count++], e);
}

/* Those of the default configuration; or the one of place. */
static int
config_find_instances(const struct mta_place *place, const char *program,
    struct config_instances *found, struct err *e)
{
	struct slice postconf = slice_of(program);
	const char *argv[] = { NULL, "-l", NULL };

	if (place->config != NULL) {
		found->list = arena_alloc(found->arena, sizeof(*found->list));
		found->list->config = arena_string(found->arena,
		    slice_of(place->config));
		found->list->enabled = true;
		found->count = 1;
		return 0;
	}
	argv[0] = arena_printf(found->arena, "%.*s/postmulti",
	    (int)slice_rfind(postconf, '/'), program);
	if (mtaprogram_run(argv, config_take_instance, found, e) < 0)
		return -1;
	return found->count > 0 ? 0 : err_set(e, "%s -l lists no instance",
	    argv[0]);
}

/* Reads each; those that can be are moved to the begin of the list. */
static int
config_read_each(struct mta_config *config, const char *program,
    struct config_instances *found, struct err *e)
{
	size_t count = 0;

	for (size_t i = 0; i < found->count; i++) {
		struct mta_instance one = found->list[i];

		if (config_read_instance(program, config->arena, &one, e) < 0)
			mta_unread_add(config->arena, &config->unread,
			    one.config, "%s", e->text);
		else
			found->list[count++] = one;
	}
	config->instances = found->list;
	config->instance_count = count;
	return count > 0 ? 0 : -1;
}

struct mta_config *
postfix_config_read(const struct mta_place *place, struct err *e)
{
	const char *program = postfix_postconf(place);
	struct mta_config *config;
	struct config_instances found = { .count = 0 };

	if (program == NULL) {
		err_set(e, "Postfix's postconf is not installed in its usual "
		    "place");
		return NULL;
	}
	config = mta_config_create(MTA_POSTFIX);
	found.arena = config->arena;
	if (config_find_instances(place, program, &found, e) < 0 ||
	    config_read_each(config, program, &found, e) < 0)
		mta_config_destroy(&config);
	return config;
}

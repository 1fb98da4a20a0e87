/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/textfile.h"
#include "conf/sendmail/sendmail_config.h"
#include "conf/sendmail/sendmail_inward.h"
#include "conf/sendmail/sendmail_line.h"
#include "conf/sendmail/sendmail_names.h"
#include "conf/sendmail/sendmail_outward.h"
#include "conf/sendmail/sendmail_process.h"

static const char *const programs[] = { "/usr/sbin/sendmail-mta",
	"/usr/sbin/sendmail", "/usr/lib/sendmail",
	"/usr/libexec/sendmail/sendmail", "/usr/local/sbin/sendmail" };

static const char usual_config[] = "/etc/mail/sendmail.cf";

/* Where a daemon has its pid file if no line says so; Debian's first. */
static const char *const pid_files[] = {
	"/var/run/sendmail/mta/sendmail.pid", "/var/run/sendmail.pid" };

/* One file being read. */
struct config_file {
	struct arena *arena;            /* borrows */
	const char *path;
	struct sendmail_cf cf;
	struct sendmail_process process;
	struct mta_instance *instance;
	time_t changed;
};

static const char *
config_program(const struct mta_place *place)
{
	if (place->program != NULL)
		return place->program;
	for (size_t i = 0; i < COUNT_OF(programs); i++)
		if (access(programs[i], X_OK) == 0)
			return programs[i];
	return NULL;
}

/* Reads the lines of path into file. */
static int
config_read_lines(struct config_file *file, const char *path, struct err *e)
{
	struct textfile text;
	struct stat st;

	if (textfile_read(path, &text, e) < 0)
		return -1;
	file->path = path;
	file->changed = stat(path, &st) == 0 ? st.st_mtime : 0;
	sendmail_line_read((struct slice){ text.text, text.n }, file->arena,
	    &file->cf);
	textfile_clear(&text);
	return 0;
}

static const char *
config_pid_file(const struct config_file *file)
{
	struct slice set = sendmail_cf_option(&file->cf, "PidFile").text;

	if (set.n > 0)
		return arena_string(file->arena, set);
	for (size_t i = 0; i < COUNT_OF(pid_files); i++)
		if (access(pid_files[i], F_OK) == 0)
			return pid_files[i];
	return pid_files[0];
}

static bool
config_runs(const struct config_file *file)
{
	return file->process.process.running == MTA_RUNNING_YES;
}

/* Finds the daemon of the file, and reads the one that it was started with. */
static int
config_find_daemon(struct config_file *file, bool only_this, struct err *e)
{
	struct mta_unread_list *unread = &file->instance->unread;
	const char *pid_file = config_pid_file(file), *other;
	struct err failed;

	if (sendmail_process_read(pid_file, file->arena, &file->process,
	    &failed) < 0)
		mta_unread_add(file->arena, unread, pid_file, "%s",
		    failed.text);
	other = arena_string(file->arena, file->process.config);
	if (!config_runs(file) || other == NULL || strcmp(other,
	    file->path) == 0)
		return 0;
	if (!only_this)
		return config_read_lines(file, other, e);
	mta_unread_add(file->arena, unread, pid_file,
	    "the daemon was started with %s", other);
	/* What its command line sets is about that file. */
	file->process.setting_count = 0;
	return 0;
}

/* What can make the file differ from what runs. */
static void
config_compare_with_daemon(struct config_file *file)
{
	if (!config_runs(file))
		return;
	for (size_t i = 0; i < file->process.setting_count; i++)
		sendmail_cf_override(&file->cf, file->process.settings[i]);
	if (file->changed > file->process.since)
		mta_unread_add(file->arena, &file->instance->unread,
		    file->path, "it was changed after the daemon was started, "
		    "which has read what was in it before: restart it");
}

static int
config_by_name(const void *a, const void *b)
{
	return strcmp(((const struct mta_value *)a)->name,
	    ((const struct mta_value *)b)->name);
}

static bool
config_is_one_of(struct slice name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(name, slice_of(names[i])))
			return true;
	return false;
}

/* Options whose lines add up. */
static const char *const adding[] = { "TLSSrvOptions", "AliasFile",
	"PrivacyOptions", "DontBlameSendmail" };
/* Options of which each line is a service. */
static const char *const ports[] = { "DaemonPortOptions",
	"ClientPortOptions" };

/* Adds an option to those before it, or in place of the one of its name. */
static size_t
config_add_setting(const struct sendmail_reading *r,
    const struct sendmail_option *o, struct mta_value *list, size_t count)
{
	const char *name = arena_printf(r->arena, "%.*s%s%.*s",
	    SLICE_ARGS(o->name), o->sub.p == NULL ? "" : ".",
	    SLICE_ARGS(o->sub));
	struct mta_value value = sendmail_reading_value(r, name,
	    (struct sendmail_value){ o->value, o->line }, "");
	size_t i = 0;

	if (config_is_one_of(o->name, ports, COUNT_OF(ports)))
		return count;
	while (i < count && strcmp(list[i].name, name) != 0)
		i++;
	if (i < count && config_is_one_of(o->name, adding, COUNT_OF(adding)))
		value.text = slice_of(arena_printf(r->arena, "%.*s, %.*s",
		    SLICE_ARGS(list[i].text), SLICE_ARGS(value.text)));
	list[i] = value;
	return i < count ? count : count + 1;
}

/* What acts where no line sets it. */
static const struct {
	const char *name, *text;
} unset[] = {
	{ "CACertFile", "" }, { "CACertPath", "" },
	{ "CertFingerprintAlgorithm", "md5" }, { "FallbackMXhost", "" },
	{ "FallbackSmartHost", "" }, { "InputMailFilters", "" },
	{ "LogLevel", "9" }, { "Milter.macros.connect", "" },
	{ "Milter.macros.envfrom", "" }, { "Milter.macros.envrcpt", "" },
	{ "Milter.macros.helo", "" }, { "RunAsUser", "" },
	{ "ServerCertFile", "" }, { "ServerKeyFile", "" },
	{ "TLSSrvOptions", "" },
};

static void
config_read_settings(const struct sendmail_reading *r)
{
	struct mta_value *list = arena_array(r->arena, r->cf->option_count +
	    COUNT_OF(unset) + 1, sizeof(*list));
	size_t count = 0, set;

	for (size_t i = 0; i < r->cf->option_count; i++)
		count = config_add_setting(r, &r->cf->options[i], list, count);
	set = count;
	for (size_t i = 0; i < COUNT_OF(unset); i++) {
		size_t k = 0;

		while (k < set && strcmp(list[k].name, unset[i].name) != 0)
			k++;
		if (k == set)
			list[count++] = sendmail_reading_option(r,
			    unset[i].name, unset[i].text);
	}
	if (sendmail_cf_option(r->cf, "TLSFallbacktoClear").text.p == NULL &&
	    r->said != NULL)
		list[count++] = sendmail_reading_option(r,
		    "TLSFallbacktoClear", r->said->clears ? "true" : "false");
	qsort(list, count, sizeof(*list), config_by_name);
	r->instance->settings = (struct mta_settings){ list, count };
}

static struct mta_value
config_host_name(const struct sendmail_reading *r)
{
	struct mta_value value = sendmail_reading_macro(r, "j");

	if (r->said != NULL && r->said->answers[SENDMAIL_ASK_HOST].count > 0)
		value.text = *r->said->answers[SENDMAIL_ASK_HOST].lines;
	return value;
}

static void
config_read_host(const struct sendmail_reading *r,
    const struct sendmail_process *process)
{
	struct mta_instance *to = r->instance;

	to->name = r->is_submission ? "MSP" : "MTA";
	to->enabled = true;
	to->process = process->process;
	to->version = r->said == NULL ? SLICE("") : r->said->version;
	to->host_name = config_host_name(r);
	to->mail_owner = sendmail_reading_option(r, "RunAsUser", "root");
	to->queue_folder = sendmail_reading_option(r, "QueueDirectory",
	    "mqueue");
	to->recipient_delimiter = (struct mta_value){ "", SLICE("+"),
		"default", true };
	to->log_file = (struct mta_value){ "", SLICE(""), "default", true };
	to->log_facility = (struct mta_value){ "", SLICE("mail"), "default",
		true };
	to->log_tag = sendmail_reading_value(r, "-L",
	    (struct sendmail_value){ process->tag, 0 }, "sendmail");
	to->log_level = sendmail_reading_option(r, "LogLevel", "9");
}

/* What Sendmail or we could not use of the file. */
static void
config_note_problems(const struct sendmail_reading *r)
{
	struct mta_unread_list *unread = &r->instance->unread;

	for (size_t i = 0; i < r->cf->problem_count; i++) {
		const struct sendmail_problem *p = &r->cf->problems[i];

		mta_unread_add(r->arena, unread, p->line == 0 ? r->file
		    : sendmail_reading_origin(r, p->line), "%s", p->what);
	}
	for (size_t i = 0; r->said != NULL && i < r->said->complaints.count;
	    i++) {
		char shown[TEXT_SENTENCE];

		slice_show_line(r->said->complaints.lines[i], shown,
		    sizeof(shown));
		mta_unread_add(r->arena, unread, r->file,
		    "Sendmail reports \"%s\"", shown);
	}
}

/* Asks Sendmail itself; NULL: it cannot be asked. */
static const struct sendmail_said *
config_ask(struct config_file *file, const char *program)
{
	static const char *const questions[SENDMAIL_QUESTION_COUNT] = {
		[SENDMAIL_ASK_HOST] = "$j", [SENDMAIL_ASK_LOCAL] = "$=w",
		[SENDMAIL_ASK_RELAYED] = "$=R",
		[SENDMAIL_ASK_VIRTUAL] = "$={VirtHost}" };
	struct sendmail_said *said = arena_alloc(file->arena, sizeof(*said));
	struct err e;

	if (program == NULL)
		err_set(&e, "no sendmail(8) is installed where it usually is");
	else if (sendmail_ask(program, file->path, questions,
	    SENDMAIL_QUESTION_COUNT, file->arena, said, &e) == 0)
		return said;
	mta_unread_add(file->arena, &file->instance->unread,
	    "what the classes of domains have", "%s", e.text);
	return NULL;
}

static bool
config_has_submit(const char *path)
{
	char other[4096];
	struct slice folder = slice_of(path);
	struct text t;

	text_init(&t, other, sizeof(other));
	text_slice(&t, slice_head(folder, slice_rfind(folder, '/')));
	text_add(&t, "/submit.cf");
	return !t.cut && access(other, F_OK) == 0;
}

static void
config_fill(struct config_file *file, const char *program)
{
	struct sendmail_reading r = { .arena = file->arena, .cf = &file->cf,
		.file = strrchr(file->path, '/') == NULL ? file->path
		    : strrchr(file->path, '/') + 1,
		.instance = file->instance };

	r.is_submission = sendmail_cf_is_on(&file->cf, "UseMSP", false);
	r.said = config_ask(file, program);
	file->instance->config = file->path;
	config_read_host(&r, &file->process);
	config_read_settings(&r);
	sendmail_inward_read(&r, r.is_submission ||
	    !config_has_submit(file->path));
	sendmail_outward_read(&r);
	sendmail_names_read(&r);
	config_note_problems(&r);
}

/* Reads one file; only_this: whatever the daemon was started with. */
static int
config_read_file(struct mta_config *config, const char *path, bool only_this,
    const char *program, struct mta_instance *instance, struct err *e)
{
	struct config_file file = { .arena = config->arena,
		.instance = instance };

	if (config_read_lines(&file, path, e) < 0 ||
	    config_find_daemon(&file, only_this, e) < 0)
		return -1;
	config_compare_with_daemon(&file);
	config_fill(&file, program);
	config->instance_count++;
	return 0;
}

struct mta_config *
sendmail_config_read(const struct mta_place *place, struct err *e)
{
	struct mta_config *config = mta_config_create(MTA_SENDMAIL);
	struct mta_instance *list = arena_array(config->arena, 2,
	    sizeof(*list));
	const char *program = config_program(place);
	const char *path = arena_string(config->arena, slice_of(
	    place->config != NULL ? place->config : usual_config));
	static const char submit[] = "/etc/mail/submit.cf";
	struct err failed;

	config->instances = list;
	if (config_read_file(config, path, place->config != NULL, program,
	    list, e) < 0) {
		mta_config_destroy(&config);
		return NULL;
	}
	if (place->config == NULL && access(submit, F_OK) == 0 &&
	    config_read_file(config, submit, true, program, &list[1],
	    &failed) < 0)
		mta_unread_add(config->arena, &config->unread, submit, "%s",
		    failed.text);
	return config;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_ask.h"
#include "conf/sendmail/sendmail_config.h"
#include "conf/sendmail/sendmail_process.h"
#include "policy/base/text.h"
#include "tests/folder.h"

/* clang-format off */
static const struct {
	const char *label;
	const char *script;
	const char *wanted;     /* version, answers by '|', complaints by '!' */
} talks[] = {
	{ "all answers", "cat >/dev/null; echo 'Version 8.17.1.9'; "
	    "printf '> a\\nb\\n> c\\n> '", "8.17.1.9 a,b|c" },
	{ "an empty class", "printf 'Version 8.18.1\\n> > c\\n> '",
	    "8.18.1 |c" },
	{ "a file with a fault, and the status of one",
	    "printf 'CF: line 3: unknown option\\n> a\\n> c\\n> '; exit 78",
	    " a|c!CF: line 3: unknown option" },
	{ "another file's line", "printf 'x: y\\n> a\\n> c\\n> '", " a|c" },
	{ "cut off", "printf '> a\\n> c\\n'", "FAILED answers 1 of 2 "
	    "questions" },
	{ "nothing", "exit 0", "FAILED answers 0 of 2 questions" },
	{ "it does not start", "echo 'no such option' >&2; exit 64",
	    "FAILED failed: no such option" },
};

static const struct {
	const char *label;
	const char *answer;             /* lines */
	const char *value, *hop;        /* found, or the word for it */
} answers[] = {
	{ "found", "map_lookup: access (x) returns a (b) (0)", "a (b)",
	    "UNKNOWN" },
	{ "found, with a failure", "map_lookup: access (x) returns a (75)",
	    "UNKNOWN", "UNKNOWN" },
	{ "not found", "map_lookup: access (x) no match (0)", "ABSENT",
	    "UNKNOWN" },
	{ "not found, as a text map has it",
	    "map_lookup: access (x) no match (68)", "ABSENT", "UNKNOWN" },
	{ "a failure", "map_lookup: access (x) no match (75)", "UNKNOWN",
	    "UNKNOWN" },
	{ "no map", "Map named \"access\" not found", "UNKNOWN", "UNKNOWN" },
	{ "a map that cannot be opened", "hash map: unsafe map file\n"
	    "Map named \"access\" not open", "UNKNOWN", "UNKNOWN" },
	{ "no answer", "", "UNKNOWN", "UNKNOWN" },
	{ "a key that looks like an answer",
	    "map_lookup: access (x) returns y (0)) no match (75)", "UNKNOWN",
	    "UNKNOWN" },
	{ "a hop", "parse returns: x\nmailer esmtp, host gw.example., user x",
	    "UNKNOWN", "esmtp gw.example." },
	{ "a local user", "mailer local, user x", "UNKNOWN", "local " },
	{ "refused", "mailer *error*, host 5.7.1, user no", "UNKNOWN",
	    "ABSENT" },
	{ "not parsed", "Cannot parse", "UNKNOWN", "ABSENT" },
	{ "a map on the way fails", "u@x... Transient parse error -- message "
	    "queued for future delivery\nmailer esmtp, host x, user u@x",
	    "UNKNOWN", "UNKNOWN" },
};

static const struct {
	const char *line;
	const char *wanted;             /* file, tag, settings */
} commands[] = {
	{ "/usr/sbin/sendmail-mta -Am -L sm-mta -bd -q10m", "- sm-mta" },
	{ "sendmail -C /etc/a.cf -bd", "/etc/a.cf -" },
	{ "sendmail -C/etc/a.cf -Lx -OLogLevel=3 -O Timeout.ident=1s",
	    "/etc/a.cf x LogLevel=3 Timeout.ident=1s" },
	{ "sendmail -oL14 -o Q/q -o%x", "- - LogLevel=14 QueueDirectory=/q" },
	{ "sendmail -bd -C", "- -" },
	{ "", "- -" },
};
/* clang-format on */

static void
show_said(const struct sendmail_said *said, const char *cf, struct text *t)
{
	text_add(t, "%.*s ", SLICE_ARGS(said->version));
	for (size_t i = 0; i < 2; i++) {
		text_add(t, "%s", i == 0 ? "" : "|");
		for (size_t k = 0; k < said->answers[i].count; k++)
			text_add(t, "%s%.*s", k == 0 ? "" : ",",
			    SLICE_ARGS(said->answers[i].lines[k]));
	}
	for (size_t i = 0; i < said->complaints.count; i++)
		text_add(t, "!CF%.*s", SLICE_ARGS(slice_from(
		    said->complaints.lines[i], strlen(cf))));
}

/* The script, with CF as the path of the file. */
static void
write_sendmail(const struct folder *f, const char *script, const char *cf)
{
	char text[1024];
	const char *at = strstr(script, "CF");

	if (at == NULL)
		snprintf(text, sizeof(text), "%s\n", script);
	else
		snprintf(text, sizeof(text), "%.*s%s%s\n", (int)(at - script),
		    script, cf, at + 2);
	folder_write_program(f, "sendmail", text);
}

static void
test_talks(void **state ATTR_UNUSED)
{
	static const char *const questions[] = { "$=w", "$j" };
	char program[256], cf[256], shown[1024];
	struct folder f;

	folder_create(&f);
	folder_path(&f, "sendmail", program);
	folder_path(&f, "sendmail.cf", cf);
	for (size_t i = 0; i < COUNT_OF(talks); i++) {
		struct arena *a = arena_create(1024);
		struct sendmail_said said;
		struct text t;
		struct err e;

		write_sendmail(&f, talks[i].script, cf);
		text_init(&t, shown, sizeof(shown));
		if (sendmail_ask(program, cf, questions, 2, a, &said, &e) < 0) {
			const char *at = strstr(e.text, "answers");

			at = at == NULL ? strstr(e.text, "failed") : at;
			text_add(&t, "FAILED %s", at == NULL ? e.text : at);
		} else
			show_said(&said, cf, &t);
		want_text(talks[i].label, "it says", shown, talks[i].wanted);
		arena_destroy(&a);
	}
	folder_remove(&f);
}

static const char *
found_word(enum sendmail_found found, const char *text)
{
	return found == SENDMAIL_FOUND ? text : found == SENDMAIL_ABSENT
	    ? "ABSENT" : "UNKNOWN";
}

static void
test_answers(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct slice rest = slice_of(answers[i].answer), line, value,
		    host, lines[4];
		struct sendmail_answer answer = { lines, 0 };
		enum sendmail_found found;
		char shown[256];

		while (rest.n > 0 && slice_next(&rest, '\n', &line))
			lines[answer.count++] = line;
		value = host = SLICE("");
		found = sendmail_ask_value(&answer, &value);
		snprintf(shown, sizeof(shown), "%.*s", SLICE_ARGS(value));
		want_text(answers[i].label, "value", found_word(found, shown),
		    answers[i].value);
		found = sendmail_ask_hop(&answer, &value, &host);
		snprintf(shown, sizeof(shown), "%.*s %.*s", SLICE_ARGS(value),
		    SLICE_ARGS(host));
		want_text(answers[i].label, "hop", found_word(found, shown),
		    answers[i].hop);
	}
}

static void
test_questions(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(1024);

	want_text("class", "of one letter", sendmail_ask_class(a, SLICE("w")),
	    "$=w");
	want_text("class", "of several", sendmail_ask_class(a,
	    SLICE("VirtHost")), "$={VirtHost}");
	want_text("key", "with a blank", sendmail_ask_key(a, SLICE("m"),
	    SLICE("a b")), "/map m a b");
	want_text("key", "of two lines", sendmail_ask_key(a, SLICE("m"),
	    SLICE("a\n/quit")), NULL);
	want_text("key", "empty", sendmail_ask_key(a, SLICE("m"), SLICE("")),
	    NULL);
	want_text("map", "with a blank", sendmail_ask_key(a, SLICE("m n"),
	    SLICE("a")), NULL);
	want_text("route", "plain", sendmail_ask_route(a, SLICE("u@a")),
	    "/parse u@a");
	want_text("route", "with a blank", sendmail_ask_route(a,
	    SLICE("u @a")), NULL);
	arena_destroy(&a);
}

static void
test_commands(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		struct arena *a = arena_create(1024);
		struct sendmail_process p = { .since = 0 };
		char shown[256];
		struct text t;

		sendmail_process_read_line(slice_of(commands[i].line), a, &p);
		text_init(&t, shown, sizeof(shown));
		text_add(&t, "%s %s", p.config.p == NULL ? "-"
		    : arena_string(a, p.config), p.tag.p == NULL ? "-"
		    : arena_string(a, p.tag));
		for (size_t k = 0; k < p.setting_count; k++)
			text_add(&t, " %.*s", SLICE_ARGS(p.settings[k]));
		want_text(commands[i].line, "command line", shown,
		    commands[i].wanted);
		arena_destroy(&a);
	}
}

/* A file without a service, filters or mailers, and no Sendmail to ask. */
static void
test_poor_file(void **state ATTR_UNUSED)
{
	static const char *const unread[] = { "the mailers",
		"what the classes of domains have", "no.cf line 3" };
	char cf[256], program[256], pid[300];
	struct mta_place place = { program, cf };
	struct mta_config *config;
	struct folder f;
	struct err e;

	folder_create(&f);
	folder_path(&f, "no.cf", cf);
	folder_path(&f, "none", program);
	snprintf(pid, sizeof(pid), "V10\nO PidFile=%s/pid\nZ\nCwa.example\n",
	    f.path);
	folder_write_text(&f, "no.cf", pid);
	config = sendmail_config_read(&place, &e);
	assert_non_null(config);
	want_number("poor file", "instances", (long)config->instance_count, 1);
	want_number("poor file", "services",
	    (long)config->instances->service_count, 2);
	want_number("poor file", "port", config->instances->services->port,
	    25);
	want_text("poor file", "name", config->instances->services->name,
	    "Daemon0");
	want_slice("poor file", "a name", config->instances->domains->list.
	    names[0], "a.example");
	want_number("poor file", "runs", config->instances->process.running,
	    MTA_RUNNING_NO);
	want_that("poor file", "is partial", mta_config_is_partial(config));
	for (size_t i = 0; i < COUNT_OF(unread); i++) {
		const struct mta_unread_list *list =
		    &config->instances->unread;
		size_t k = 0;

		while (k < list->count && strcmp(list->list[k].what,
		    unread[i]) != 0)
			k++;
		want_that(unread[i], "is not read", k < list->count);
	}
	mta_config_destroy(&config);
	unlink(cf);
	want_that("no file", "fails", sendmail_config_read(&place, &e) ==
	    NULL);
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_talks),
	cmocka_unit_test(test_answers),
	cmocka_unit_test(test_questions),
	cmocka_unit_test(test_commands),
	cmocka_unit_test(test_poor_file),
};

RUN_TESTS(tests)

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call of every command that `enforcetls help` lists, in the situations
 * that an administrator meets. The calls are made of the synopses, so that a
 * new command is tested without a line here. With SHOW in the environment every
 * run is printed.
 */
#include "config.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <pwd.h>
#include <signal.h>
#include <time.h>

#include "tests/driver/daemon.h"
#include "tests/driver/synopsis.h"
#include "tests/folder.h"

enum {
	CALLS = 256,
	WORDS = SYNOPSIS_WORDS + 8,     /* with those of this test */
	OUTPUT = 1 << 16,
	NOBODY = 65534,
	HANGS_MS = 60000        /* a call that takes longer never ends */
};

/* One call; words[0] is the command. */
struct call {
	const char *words[WORDS];
	bool stands_for[WORDS]; /* a word of the synopsis, such as HOP */
	size_t count;
	bool has_option;        /* one that need not be given */
};

struct came {
	int status;             /* 128 + the signal that ended it */
	char out[OUTPUT];
	char err[OUTPUT];
};

static struct {
	struct folder folder;
	struct arena *arena;
	struct call calls[CALLS];
	size_t count;
	struct daemon daemon;
	bool chosen;            /* the policy file is named with -c */
	struct came came;       /* of the last run */
	char shown[1024];       /* the last run, for messages */
	size_t complaints;      /* of this test */
} lab;

/* Running the command */

static void
show_run(const char *const *argv, const char *situation)
{
	size_t n = (size_t)snprintf(lab.shown, sizeof(lab.shown), "%s: "
	    "enforcetls", situation);

	for (size_t i = 1; argv[i] != NULL && n < sizeof(lab.shown); i++)
		n += (size_t)snprintf(lab.shown + n, sizeof(lab.shown) - n,
		    " %s", argv[i]);
}

/* Reports the last run. The test goes on, to find what else is wrong. */
static void
complain(const char *why)
{
	print_error("%s: %s\nexit %d\nstdout:\n%.2000s\nstderr:\n%.2000s\n",
	    lab.shown, why, lab.came.status, lab.came.out, lab.came.err);
	lab.complaints++;
}

static void
want_no_complaint(void)
{
	size_t count = lab.complaints;

	lab.complaints = 0;
	if (count > 0)
		fail_msg("%zu runs are wrong", count);
}

static void
become_nobody(void)
{
	if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 ||
	    setuid(NOBODY) < 0)
		_exit(126);
}

static void
run_child(const char *const *argv, bool as_nobody, const char *out,
    const char *err)
{
	int in = open("/dev/null", O_RDONLY);

	dup2(in, STDIN_FILENO);
	dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
	dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
	if (as_nobody)
		become_nobody();
	execv("./enforcetls", (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int
await_end(pid_t pid)
{
	double until = now_ms() + HANGS_MS;
	struct timespec pause = { 0, 1000000 };
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > until) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
		nanosleep(&pause, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status)
	    : 128 + WTERMSIG(status);
}

static void
read_back(const char *path, char out[OUTPUT])
{
	FILE *in = fopen(path, "r");
	size_t n;

	assert_non_null(in);
	n = fread(out, 1, OUTPUT - 1, in);
	out[n] = '\0';
	fclose(in);
}

/* Runs the words, NULL at their end, behind "enforcetls", -c if lab.chosen is
 * set, and --json if json is. */
static void
run(const char *situation, const char *const *words, bool json,
    bool as_nobody)
{
	const char *argv[WORDS + 8] = { "enforcetls" };
	char out[256], err[256], policy[256];
	size_t n = 1;
	pid_t pid;

	if (lab.chosen) {
		argv[n++] = "-c";
		argv[n++] = folder_path(&lab.folder, "t.conf", policy);
	}
	if (json)
		argv[n++] = "--json";
	for (size_t i = 0; words[i] != NULL; i++)
		argv[n++] = words[i];
	argv[n] = NULL;
	show_run(argv, situation);
	folder_path(&lab.folder, "out", out);
	folder_path(&lab.folder, "err", err);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		run_child(argv, as_nobody, out, err);
	lab.came.status = await_end(pid);
	read_back(out, lab.came.out);
	read_back(err, lab.came.err);
	if (getenv("SHOW") != NULL)
		fprintf(stderr, "$ %s\n%s%s(exit %d)\n", lab.shown,
		    lab.came.out, lab.came.err, lab.came.status);
	if (lab.came.status > 2)
		complain("the exit status is not 0, 1 or 2");
}

/* Lines of text that have part; NULL: any line. */
static size_t
count_lines(const char *text, const char *part)
{
	size_t count = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (n > 0 && (part == NULL || memmem(text, n, part,
		    strlen(part)) != NULL))
			count++;
		text += n + (text[n] == '\n');
	}
	return count;
}

/* What must hold of all runs */

/* The answer on a failure; the caller frees it. */
static json_t *
read_answer(void)
{
	json_t *answer = json_loads(lab.came.out, 0, NULL);

	if (answer == NULL)
		complain("the answer is not one JSON text");
	return answer == NULL ? json_null() : answer;
}

/* With --json a failure is {"ok":false,"error":TEXT}, and what was found is an
 * answer as well. */
static void
check_json(void)
{
	const char *text;
	json_t *answer;

	if (lab.came.status == 0)
		return;
	answer = read_answer();
	text = json_string_value(json_object_get(answer, "error"));
	if (lab.came.status == 2 &&
	    !json_is_false(json_object_get(answer, "ok")))
		complain("ok is not false");
	if (json_is_false(json_object_get(answer, "ok")) &&
	    (text == NULL || text[0] == '\0') &&
	    json_object_get(answer, "problems") == NULL &&
	    json_object_get(answer, "warnings") == NULL)
		complain("there is no error");
	json_decref(answer);
}

static void
check_text(void)
{
	if (lab.came.status == 2 && lab.came.err[0] == '\0')
		complain("it failed without a word");
	if (lab.came.status == 1 && lab.came.err[0] == '\0' &&
	    lab.came.out[0] == '\0')
		complain("it found something, and printed nothing");
}

/* One line of a usage error: what is wrong, and where the right use is. */
static void
check_usage_error(const char *command, bool json)
{
	char wanted[64];
	size_t n = strlen(lab.came.err);
	int k = snprintf(wanted, sizeof(wanted), "; see enforcetls help %s\n",
	    command);

	if (lab.came.status != 2)
		complain("a usage error exits 2");
	if (count_lines(lab.came.err, NULL) != 1)
		complain("a usage error is one line");
	if (n < (size_t)k || strcmp(lab.came.err + n - (size_t)k, wanted) != 0)
		complain("the line does not end with where to look");
	if (json)
		check_json();
	else if (lab.came.out[0] != '\0')
		complain("a usage error has no answer");
}

/* The calls of all commands */

/* What stands for a word of a synopsis. An option before it, or a command,
 * makes it another thing. NULL: a file of that name in the folder. */
struct meaning {
	const char *before;             /* the option; NULL: any, or none */
	const char *command;            /* NULL: any */
	const char *word;
	const char *value;
	bool is_file;                   /* value is in the folder of the test */
};

/* clang-format off */
static const struct meaning meanings[] = {
	{ "--client", NULL, "ADDRESS", "192.0.2.1", false },
	{ "--sender", NULL, "ADDRESS", "a@b.example", false },
	{ "--address", NULL, "ADDRESS", "a@b.example", false },
	{ "--rcpt", NULL, "ADDRESS", "u@bank.example", false },
	{ "--rcpt-host", NULL, "ROUTE", "mx.bank.example", false },
	{ "--key", NULL, "KEYFILE", "log/key", true },
	{ "--id", NULL, "NAME", "x3", false },
	{ "--mta-program", NULL, "PATH", "postqueue", true },
	{ "--mta-config", NULL, "PATH", "postfix", true },
	{ "--mail-log", NULL, "FILE|journal|none", "none", false },
	{ "--policy", NULL, "FILE", "next.conf", true },
	{ "--until", "log", "DATE", "2030-01-01", false },
	{ "--until", NULL, "DATE", "3d", false },
	{ "--from", NULL, "DATE", "2026-01-01", false },
	{ "--at", NULL, "DATE", "2026-11-26T12:00", false },
	{ NULL, "check", "FILE", "t.conf", true },
	{ NULL, "hops", "FILE", "message", true },
	{ NULL, "map", "FILE", "exported.cdb", true },
	{ NULL, "log", "FILE", "log/decisions", true },
	{ NULL, "services", "NAME", "billing", false },
	{ NULL, "whatif", "FOLDER", "", true },
	{ NULL, "check", "DIR", "", true },
	{ NULL, NULL, "ADDRESS", "192.0.2.1", false },
	{ NULL, NULL, "COMMAND", "exception", false },
	{ NULL, NULL, "DIGEST", "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef", false },
	{ NULL, NULL, "DOMAIN", "bank.example", false },
	{ NULL, NULL, "HOP", "entry", false },
	{ NULL, NULL, "ID", "x1", false },
	{ NULL, NULL, "KEY", "bank.example", false },
	{ NULL, NULL, "KIND", "partners", false },
	{ NULL, NULL, "LEVEL", "encrypt", false },
	{ NULL, NULL, "LOG", "log/decisions", true },
	{ NULL, NULL, "MTA", "postfix", false },
	{ NULL, NULL, "NAME=VALUE", "tls_version=TLSv1.3", false },
	{ NULL, NULL, "PARTNER", "bank", false },
	{ NULL, NULL, "RANGE", "192.0.2.0/24", false },
	{ NULL, NULL, "REF", "4XJ2k", false },
	{ NULL, NULL, "SHELL", "zsh", false },
	{ NULL, NULL, "STAGE", "log-only", false },
	{ NULL, NULL, "TICKET", "T-1", false },
	{ NULL, NULL, "TEXT", "secure match=mx.bank.example", false },
	{ NULL, NULL, "VERSION", "3.7", false },
	{ NULL, NULL, "WHO", "ann", false },
	{ NULL, NULL, "WORD", "add", false },
	{ NULL, NULL, "WHY", "a reason", false },
};
/* clang-format on */

static bool
is_meant(const struct meaning *m, const char *command, const char *before,
    const char *word)
{
	return strcmp(m->word, word) == 0 &&
	    (m->before == NULL || strcmp(m->before, before) == 0) &&
	    (m->command == NULL || strcmp(m->command, command) == 0);
}

/* Whether a word of a synopsis stands for another one. */
static bool
is_placeholder(const char *word)
{
	return word[0] != '-' && strpbrk(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	    != NULL;
}

static const char *
value_of(const char *command, const char *before, const char *word)
{
	char path[256];

	if (!is_placeholder(word))
		return word;
	for (size_t i = 0; i < COUNT_OF(meanings); i++) {
		const struct meaning *m = &meanings[i];

		if (!is_meant(m, command, before, word))
			continue;
		return m->is_file ? arena_string(lab.arena, slice_of(
		    folder_path(&lab.folder, m->value, path))) : m->value;
	}
	fail_msg("%s: this test does not know what to write for %s %s: add it "
	    "to meanings", command, before, word);
	return NULL;
}

static void
add_call(const char *command, const struct synopsis_form *form)
{
	struct call *call = &lab.calls[lab.count];
	const char *before = "";

	assert_true(lab.count < CALLS);
	*call = (struct call){ .words = { command }, .count = 1,
		.has_option = form->has_option };
	for (size_t i = 0; i < form->count; i++) {
		const char *word = arena_string(lab.arena, form->words[i]);

		/* It never ends. */
		if (strcmp(word, "-f") == 0)
			return;
		call->stands_for[call->count] = is_placeholder(word);
		call->words[call->count++] = value_of(command, before, word);
		before = word;
	}
	lab.count++;
}

static void
add_form(const char *name, const char *usage)
{
	struct synopsis synopsis = { .forms = NULL };

	if (!synopsis_read(slice_of(usage), lab.arena, &synopsis))
		fail_msg("the synopsis of %s cannot be read: %s", name, usage);
	for (size_t i = 0; i < synopsis.count; i++)
		add_call(name, &synopsis.forms[i]);
}

/* Reads the synopses that help prints of a command: they end before the first
 * empty line. Each is begun by the command's name; further lines are indented
 * more. */
static void
read_forms(const char *name)
{
	const char *help[] = { "help", name, NULL };
	struct slice rest, line;
	char head[64], usage[2048] = "";
	size_t n = (size_t)snprintf(head, sizeof(head), " enforcetls %s",
	    name);

	run("the help of a command", help, false, false);
	rest = slice_of(lab.came.out);
	while (slice_next(&rest, '\n', &line) && line.n > 0) {
		size_t from = strlen("usage:");
		bool begins = slice_starts(slice_from(line, from),
		    slice_of(head));
		size_t used;

		if (begins && usage[0] != '\0')
			add_form(name, usage);
		used = begins ? 0 : strlen(usage);
		snprintf(usage + used, sizeof(usage) - used, "%.*s ",
		    SLICE_ARGS(slice_from(line, begins ? from + n : 0)));
	}
	add_form(name, usage);
}

/* In the list a command begins after two blanks. */
static void
read_commands(void)
{
	static const char *const help[] = { "help", NULL };
	struct slice rest, line;

	run("the list of commands", help, false, false);
	rest = slice_from(arena_copy(lab.arena, slice_of(lab.came.out)),
	    (size_t)(strstr(lab.came.out, "commands:\n") - lab.came.out));
	slice_next(&rest, '\n', &line);
	while (slice_next(&rest, '\n', &line) && line.n > 0) {
		line = slice_from(line, 2);
		if (line.p[0] != ' ')
			read_forms(arena_string(lab.arena, slice_head(line,
			    slice_find(line, ' '))));
	}
	if (lab.count < 40)
		fail_msg("only %zu calls were found", lab.count);
}

/* Situations */

struct situation {
	const char *label;
	bool no_file;           /* there is no policy file */
	bool broken;            /* it has a mistake */
	bool daemon;            /* one runs; what is wrong became so later */
	bool nobody;            /* the caller may not use its socket */
	bool unreadable;        /* neither may the caller read the file */
	bool closed;            /* nor the folders of state, log and map */
	bool damaged;           /* the state is */
	bool chosen;            /* the file is named with -c */
};

static const struct situation good = { .label = "all is well" };

static const struct situation situations[] = {
	{ .label = "no policy file", .no_file = true },
	{ .label = "a broken policy file", .broken = true },
	{ .label = "a broken policy file, and a daemon", .broken = true,
	    .daemon = true },
	{ .label = "no policy file of -c", .no_file = true, .chosen = true },
	{ .label = "a broken file of -c", .broken = true, .chosen = true },
	{ .label = "a broken file of -c, and a daemon", .broken = true,
	    .chosen = true, .daemon = true },
	{ .label = "no permission", .daemon = true, .nobody = true },
	{ .label = "no permission for the file either", .daemon = true,
	    .nobody = true, .unreadable = true },
	{ .label = "no permission for state and log", .nobody = true,
	    .closed = true },
	{ .label = "a damaged state", .damaged = true },
	{ .label = "a damaged state, and a daemon", .damaged = true,
	    .daemon = true },
};

static const char policy_text[] =
    "format = 1;\n"
    "mode = \"enforce\";\n"
    "user = \"%2$s\";\n"
    "state = \"%1$s/state\";\n"
    "milter = { listen = \"unix:%1$s/milter\"; };\n"
    "map = { static = \"%1$s/map/outbound.cdb\"; };\n"
    "log = { decisions = \"%1$s/log/decisions\"; };\n"
    "control = { listen = [ \"unix:%1$s/control\" ]; };\n"
    "exceptions = { allow_plaintext = true; };\n"
    "services = ( { name = \"billing\"; clients = \"192.0.2.9\";\n"
    "    inbound = { level = \"encrypt\"; stage = \"log-only\"; }; } );\n"
    "partners = (\n"
    "  { name = \"bank\"; domains = [ \"bank.example\" ];\n"
    "    entry = { level = \"verify\"; names = \"mx.bank.example\"; "
    "stage = \"log-only\"; }; } );\n%3$s";

static void
write_policy(const char *name, const char *more)
{
	char text[4096];

	snprintf(text, sizeof(text), policy_text, lab.folder.path,
	    getpwuid(geteuid())->pw_name, more);
	folder_write_text(&lab.folder, name, text);
}

static void
shell(const char *script)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && %s", lab.folder.path,
	    script);
	if (system(command) != 0)
		fail_msg("%s: failed", command);
}

static void
start_daemon(void)
{
	char policy[256], socket[256];
	const char *argv[] = { daemon_program(), "-f", "-c",
		folder_path(&lab.folder, "t.conf", policy), NULL };
	struct err e;

	if (daemon_start(&lab.daemon, argv, folder_path(&lab.folder,
		"control", socket), &e) < 0)
		fail_msg("%s", e.text);
}

static void
stop_daemon(void)
{
	struct err e;

	if (lab.daemon.pid > 0)
		daemon_stop(&lab.daemon, SIGTERM, &e);
	daemon_clear(&lab.daemon);
}

/* An exception that calls can name. */
static void
add_exception(void)
{
	static const char *const add[] = { "exception", "add", "bank", "entry",
		"--floor", "none", "--until", "30d", "--owner", "ann",
		"--reason", "a reason", "--id", "x1", NULL };

	run("an exception", add, false, false);
	if (lab.came.status != 0)
		complain("it cannot be added");
}

static void
begin(const struct situation *s)
{
	char path[256];

	shell("rm -rf state log map && mkdir -m 755 state log map");
	write_policy("t.conf", "");
	write_policy("next.conf", "");
	if (s->daemon)
		start_daemon();
	add_exception();
	if (s->closed)
		shell("chmod 700 state log map");
	if (s->nobody && s->daemon)
		shell("chgrp mail control && chmod 660 control");
	if (s->damaged)
		shell("echo x >>state/state.conf");
	if (s->broken)
		write_policy("t.conf", "nonsense = 1;\n");
	if (s->unreadable)
		shell("chmod 600 t.conf");
	if (s->no_file)
		assert_int_equal(unlink(folder_path(&lab.folder, "t.conf",
		    path)), 0);
}

/* What only a situation asks of a run. */
static void
check_situation(const struct situation *s)
{
	const char *err = lab.came.err;

	if (s->broken && count_lines(err, "t.conf") > 1)
		complain("more than one line is about the broken file");
	if ((s->no_file || s->unreadable) && count_lines(err, "t.conf") > 1)
		complain("more than one line is about the missing file");
	if (s->damaged && count_lines(err, "damaged") > 1)
		complain("more than one line is about the damaged state");
	if (count_lines(err, "/control: Permission denied") >
	    count_lines(err, "/control: Permission denied: run it as root or "
		"as a member of the group mail"))
		complain("the group of the control socket is not named");
	if (count_lines(err, "Permission denied") >
	    count_lines(err, "Permission denied: run it as root") +
		count_lines(err, "; only root ") +
		/* A file that the caller names. */
		count_lines(err, "exported.cdb.timer: Permission denied"))
		complain("who may read it is not said");
	if (s->nobody && count_lines(err, "/control") > 1)
		complain("more than one line is about the control socket");
}

static void
run_all(const struct situation *s)
{
	begin(s);
	lab.chosen = s->chosen;
	for (size_t i = 0; i < lab.count; i++) {
		const struct call *call = &lab.calls[i];

		if (call->has_option && s != &good)
			continue;
		run(s->label, call->words, false, s->nobody);
		check_text();
		check_situation(s);
		run(s->label, call->words, true, s->nobody);
		check_json();
		check_situation(s);
	}
	lab.chosen = false;
	stop_daemon();
}

static void
test_all_calls_where_all_is_well(void **state ATTR_UNUSED)
{
	run_all(&good);
	want_no_complaint();
}

static void
test_all_calls_where_something_is_wrong(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(situations); i++)
		if (!situations[i].nobody || getuid() == 0)
			run_all(&situations[i]);
	want_no_complaint();
}

/* Wrong use */

static void
run_wrong(const char *label, const struct call *call)
{
	run(label, call->words, false, false);
	check_usage_error(call->words[0], false);
	run(label, call->words, true, false);
	check_usage_error(call->words[0], true);
}

static void
test_an_unknown_option(void **state ATTR_UNUSED)
{
	begin(&good);
	for (size_t i = 0; i < lab.count; i++) {
		struct call call = lab.calls[i];

		if (call.has_option)
			continue;
		call.words[call.count++] = "--no-such-option";
		run_wrong("an unknown option", &call);
		if (strstr(lab.came.err, "there is no option "
		    "--no-such-option") == NULL)
			complain("the option is not named");
	}
	want_no_complaint();
}

static void
test_too_many_arguments(void **state ATTR_UNUSED)
{
	begin(&good);
	for (size_t i = 0; i < lab.count; i++) {
		struct call call = lab.calls[i];

		/* It may be given so many files as there are. */
		if (call.has_option || strcmp(call.words[0], "whatif") == 0 ||
		    strcmp(call.words[0], "services") == 0)
			continue;
		for (size_t k = 0; k < 4; k++)
			call.words[call.count++] = "superfluous";
		run_wrong("too many arguments", &call);
	}
	want_no_complaint();
}

static bool
is_same_form(const struct call *a, const struct call *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->stands_for[i] != b->stands_for[i] ||
		    (!a->stands_for[i] &&
			strcmp(a->words[i], b->words[i]) != 0))
			return false;
	return true;
}

/* Whether another call is of this form: "stage bank" is what is left of "stage
 * bank entry". */
static bool
is_call(const struct call *call)
{
	for (size_t i = 0; i < lab.count; i++)
		if (is_same_form(call, &lab.calls[i]))
			return true;
	return false;
}

/* Without each of its words in turn: with its value, if it is an option; and
 * the last option without its value. */
static void
leave_out(const struct call *whole, size_t at)
{
	bool is_option = whole->words[at][0] == '-';
	size_t n = is_option && at + 1 < whole->count &&
	    whole->words[at + 1][0] != '-' ? 2 : 1;
	struct call call = { .words = { NULL } };

	for (size_t i = 0; i < whole->count; i++)
		if (i < at || i >= at + n) {
			call.stands_for[call.count] = whole->stands_for[i];
			call.words[call.count++] = whole->words[i];
		}
	if (!is_call(&call))
		run_wrong("something is missing", &call);
}

static void
cut_value(const struct call *whole)
{
	struct call call = *whole;

	call.words[--call.count] = NULL;
	if (!is_call(&call))
		run_wrong("an option without its value", &call);
}

static void
test_something_is_missing(void **state ATTR_UNUSED)
{
	begin(&good);
	for (size_t i = 0; i < lab.count; i++) {
		const struct call *call = &lab.calls[i];

		if (call->has_option || call->count < 2)
			continue;
		for (size_t k = 1; k < call->count; k++)
			if (k == 1 || call->words[k - 1][0] != '-')
				leave_out(call, k);
		if (call->words[call->count - 2][0] == '-' &&
		    call->words[call->count - 1][0] != '-')
			cut_value(call);
	}
	want_no_complaint();
}

/* Doing it again */

/* The second time says that it was so already. */
static void
run_twice(const char *label, const struct call *call)
{
	json_t *answer;
	bool already;

	run(label, call->words, true, false);
	if (lab.came.status != 0)
		return;
	answer = read_answer();
	/* It is a change if its answer says whether it was one. */
	already = json_object_get(answer, "already") != NULL;
	json_decref(answer);
	if (!already)
		return;
	run(label, call->words, true, false);
	answer = lab.came.status == 0 ? read_answer() : NULL;
	if (!json_is_true(json_object_get(answer, "already")))
		complain("the second time is not already so");
	json_decref(answer);
	run(label, call->words, false, false);
	if (lab.came.status != 0 || count_lines(lab.came.out, "already") != 1)
		complain("the third time does not say already");
}

static void
in_days(int days, char out[32])
{
	time_t t = time(NULL) + (time_t)days * 86400;

	strftime(out, 32, "%Y-%m-%d", localtime(&t));
}

static void
test_doing_it_again(void **state ATTR_UNUSED)
{
	/* NULL within one stands for a day. */
	static const char *const again[][SYNOPSIS_WORDS] = {
		{ "exception", "renew", "x1", "--until", NULL, "--reason",
		    "a reason" },
		{ "exception", "end", "x1" },
		{ "exception", "add", "bank", "entry", "--floor", "encrypt",
		    "--until", NULL, "--owner", "ann", "--reason",
		    "a reason", "--id", "x2" },
		{ "stage", "bank", "entry", "tag", "--reason", "a reason",
		    "--force" },
		{ "pause", "entry", "--for", "4h", "--reason", "a reason" },
		{ "pause", "--end", "entry" },
		{ "pause", "--end" },
	};
	char until[32];

	in_days(40, until);
	for (unsigned with = 0; with < 2; with++) {
		begin(&(struct situation){ .daemon = with == 1 });
		for (size_t i = 0; i < COUNT_OF(again); i++) {
			struct call call = { .count = 0 };

			for (size_t k = 0; k < SYNOPSIS_WORDS - 1 &&
			    (again[i][k] != NULL || again[i][k + 1] != NULL);
			    k++)
				call.words[call.count++] = again[i][k] != NULL
				    ? again[i][k] : until;
			run_twice("again", &call);
			if (lab.came.status != 0)
				complain("it failed");
		}
		stop_daemon();
	}
	want_no_complaint();
}

static int
set_up(void **state ATTR_UNUSED)
{
	char policy[256];

	lab.arena = arena_create(1 << 16);
	folder_create(&lab.folder);
	if (chmod(lab.folder.path, 0755) < 0 || setenv("ENFORCETLS_CONF",
	    folder_path(&lab.folder, "t.conf", policy), 1) < 0)
		return -1;
	/* No queue of this host, and no journal. */
	folder_write_program(&lab.folder, "postqueue", "exit 0\n");
	folder_write_text(&lab.folder, "message", "Subject: x\n\nx\n");
	unsetenv("SUDO_USER");
	read_commands();
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	stop_daemon();
	folder_remove(&lab.folder);
	arena_destroy(&lab.arena);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_an_unknown_option),
	cmocka_unit_test(test_too_many_arguments),
	cmocka_unit_test(test_something_is_missing),
	cmocka_unit_test(test_all_calls_where_all_is_well),
	cmocka_unit_test(test_all_calls_where_something_is_wrong),
	cmocka_unit_test(test_doing_it_again),
};

RUN_TESTS_WITH(tests, set_up, take_down)

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <unistd.h>

#include "conf/tool/command.h"
#include "conf/base/readers.h"
#include "conf/file/read.h"
#include "conf/help/usage.h"
#include "conf/syntax/nearest.h"
#include "conf/tool/reach_daemon.h"
#include "conf/tool/service_user.h"
#include "policy/base/slice.h"
#include "policy/base/text.h"

/* The options of every command, by getopt_long()'s value. */
enum { OPTION_JSON = 1000, OPTION_HELP };

enum exit_status
command_misused(const struct invocation *invocation, const char *format, ...)
{
	va_list args;

	fprintf(invocation->err, "enforcetls %s: ", invocation->command->name);
	va_start(args, format);
	vfprintf(invocation->err, format, args);
	va_end(args);
	fprintf(invocation->err, "; see enforcetls help %s\n",
	    invocation->command->name);
	return STATUS_FAILED;
}

enum exit_status
command_failed(const struct invocation *invocation, const struct err *e)
{
	char message[READERS_MESSAGE];

	fprintf(invocation->err, "enforcetls: %s\n",
	    readers_message(e, message));
	return STATUS_FAILED;
}

void
command_not_known(const struct invocation *invocation, const char *what,
    const struct err *e)
{
	char message[READERS_MESSAGE];

	fprintf(invocation->err, "enforcetls: %s is not known: %s\n", what,
	    readers_message(e, message));
}

static int
command_no_option(const char *word, const struct option *options,
    struct err *e)
{
	struct slice name = slice_head(slice_of(word),
	    slice_find(slice_of(word), '='));
	struct nearest nearest;
	char shown[64];

	nearest_init(&nearest, slice_from(name, 2));
	for (const struct option *o = options; o->name != NULL; o++)
		nearest_offer(&nearest, o->name);
	slice_show(name, shown, sizeof(shown));
	return err_set(e, "there is no option %s%s%s", shown,
	    nearest.best == NULL ? "" : ": did you mean --",
	    nearest.best == NULL ? "" : nearest.best);
}

int
command_bad_option(char **argv, int option, const struct option *options,
    struct err *e)
{
	char shown[64];

	slice_show(slice_of(argv[optind - 1]), shown, sizeof(shown));
	if (option == ':')
		return err_set(e, "%s needs a value", shown);
	if (optopt == 0)
		return command_no_option(argv[optind - 1], options, e);
	for (const struct option *o = options; o->name != NULL; o++)
		if (o->val == optopt)
			return err_set(e, "--%s takes no value", o->name);
	shown[0] = (char)optopt;
	slice_show((struct slice){ shown, 1 }, shown + 1, sizeof(shown) - 1);
	return err_set(e, "there is no option -%s", shown + 1);
}

/* A command's own options, then those of every command, for getopt_long(). */
static void
command_list_options(const struct command_option *own,
    struct option all[COMMAND_OPTIONS])
{
	size_t n = 0;

	for (; own != NULL && own->name != NULL; own++) {
		assert(n < COMMAND_OPTIONS - 3);
		assert(own->letter < OPTION_JSON);
		all[n++] = (struct option){ own->name, own->value == NULL
		    ? no_argument : required_argument, NULL, own->letter };
	}
	all[n++] = (struct option){ "json", no_argument, NULL, OPTION_JSON };
	all[n++] = (struct option){ "help", no_argument, NULL, OPTION_HELP };
	all[n] = (struct option){ NULL, 0, NULL, 0 };
}

/* Notes that an option was given. A blank value is none. */
static void
command_note_given(struct invocation *invocation, int option)
{
	size_t n = strlen(invocation->given);

	if (option <= 0 || option > CHAR_MAX ||
	    strchr(invocation->given, option) != NULL ||
	    (optarg != NULL && slice_trim(slice_of(optarg)).n == 0))
		return;
	assert(n + 1 < sizeof(invocation->given));
	invocation->given[n] = (char)option;
	invocation->given[n + 1] = '\0';
}

/* Whether --help is among the words, which no option is to take as its value:
 * --reason --help must not become a reason. */
static bool
command_asks_for_help(const struct invocation *invocation)
{
	for (int i = 1; i < invocation->argc; i++) {
		if (strcmp(invocation->argv[i], "--") == 0)
			return false;
		if (strcmp(invocation->argv[i], "--help") == 0)
			return true;
	}
	return false;
}

static enum exit_status
command_help(const struct invocation *invocation,
    const struct command_option *own)
{
	usage_print(invocation->command, usage_word(invocation->command,
	    invocation->argc, invocation->argv), own, invocation->letters,
	    invocation->out);
	return STATUS_GOOD;
}

/* Returns whether to go on; if not, *status is what the command ends with. */
static bool
command_take(struct invocation *invocation, int option,
    const struct command_option *own, const struct option *all,
    command_take_fn *take, void *call, enum exit_status *status)
{
	struct err e;
	int result;

	switch (option) {
	case OPTION_JSON:
		invocation->json = true;
		return true;
	case OPTION_HELP:
	case 'h':
		*status = command_help(invocation, own);
		return false;
	case ':':
	case '?':
		result = command_bad_option(invocation->argv, option, all, &e);
		break;
	default:
		command_note_given(invocation, option);
		result = take(call, option, &e);
		break;
	}
	if (result >= 0)
		return true;
	*status = command_misused(invocation, "%s", e.text);
	return false;
}

bool
command_read(struct invocation *invocation,
    const struct command_option *options, command_take_fn *take, void *call,
    enum exit_status *status)
{
	struct option all[COMMAND_OPTIONS];
	char letters[COMMAND_OPTIONS + 3];
	int option;

	*status = STATUS_GOOD;
	if (invocation->wants_options != NULL) {
		invocation->wants_options(options, invocation->letters,
		    invocation->wanted_by);
		return false;
	}
	if (command_asks_for_help(invocation)) {
		*status = command_help(invocation, options);
		return false;
	}
	command_list_options(options, all);
	snprintf(letters, sizeof(letters), ":h%s", invocation->letters == NULL
	    ? "" : invocation->letters);
	/* argv ends with NULL, as getopt_long() wants it. */
	assert(invocation->argv[invocation->argc] == NULL);
	assert(options == NULL || take != NULL);
	opterr = 0;
	optind = 0;                     /* main() has used getopt_long() */
	while ((option = getopt_long(invocation->argc, invocation->argv,
	    letters, all, NULL)) != -1)
		if (!command_take(invocation, option, options, all, take, call,
			status))
			return false;
	invocation->options = options;
	invocation->words = invocation->argv + optind;
	invocation->word_count = invocation->argc - optind;
	return true;
}

static const char *
command_option_name(const struct invocation *invocation, char letter)
{
	const struct command_option *o = invocation->options;

	while (o->name != NULL && o->letter != letter)
		o++;
	assert(o->name != NULL);
	return o->name;
}

bool
command_has_options(const struct invocation *invocation, const char *what,
    const char *needs, const char *may)
{
	const char *given = invocation->given;
	char missing[200];
	struct text t;

	text_init(&t, missing, sizeof(missing));
	for (const char *letter = needs; *letter != '\0'; letter++)
		if (strchr(given, *letter) == NULL)
			text_join(&t, ", ", "--%s",
			    command_option_name(invocation, *letter));
	for (const char *letter = given; *letter != '\0'; letter++)
		if (strchr(needs, *letter) == NULL &&
		    strchr(may, *letter) == NULL) {
			command_misused(invocation, "%s takes no --%s", what,
			    command_option_name(invocation, *letter));
			return false;
		}
	if (text_length(&t) == 0)
		return true;
	command_misused(invocation, "%s needs %.*s", what,
	    SLICE_ARGS(text_so_far(&t)));
	return false;
}

void
command_answer(const struct invocation *invocation, json_t *answer,
    enum jsontext_layout layout, command_print_fn *print)
{
	if (invocation->json)
		print_json(answer, layout, invocation->out);
	else
		print(answer, invocation->out);
	json_decref(answer);
}

struct policy *
command_policy(struct invocation *invocation, const char *path)
{
	struct problems *problems = problems_create();
	struct policy *policy = policy_read(path, problems);

	if (policy == NULL)
		problems_print(problems, invocation->err);
	problems_destroy(&problems);
	return policy;
}

/* Restores the policy from its archive, which it closes. */
static struct policy *
command_restore(int fd, struct err *e)
{
	struct archive *archive;
	struct policy *policy = NULL;
	struct err why;

	archive = archive_open(fd, &why);
	close(fd);
	if (archive != NULL)
		policy = policy_restore(archive, &why);
	archive_close(&archive);
	if (policy == NULL)
		err_set(e, "the daemon's policy: %s", why.text);
	return policy;
}

struct policy *
command_running_policy(struct invocation *invocation,
    enum control_reach *reach, struct err *e)
{
	int fd;

	*reach = reach_daemon_policy(invocation, &fd, e);
	return *reach == CONTROL_ANSWERED ? command_restore(fd, e) : NULL;
}

/* Says when the file on the disk is not what is in force. One that the user may
 * not read is none of theirs. */
static void
command_note_disk(const struct invocation *invocation,
    const struct policy *in_force)
{
	struct problems *problems = problems_create();
	struct policy *policy = policy_read(invocation->config, problems);
	char shown[512];

	slice_show_line(slice_of(invocation->config), shown, sizeof(shown));
	if (policy == NULL && access(invocation->config, R_OK) == 0)
		fprintf(invocation->err, "enforcetls: %s is broken on disk "
		    "(see enforcetls check): what follows is the policy in "
		    "force\n", shown);
	else if (policy != NULL &&
	    strcmp(policy->digest, in_force->digest) != 0)
		fprintf(invocation->err, "enforcetls: %s is not loaded as it "
		    "is on disk (see enforcetls reload): what follows is "
		    "the policy in force\n", shown);
	policy_destroy(&policy);
	problems_destroy(&problems);
}

/* For want of the daemon's policy: e says why there is none. A file that does
 * not load has to be mended first, whether a daemon runs or not. */
static struct policy *
command_policy_on_disk(struct invocation *invocation, enum control_reach reach,
    const struct err *e)
{
	struct policy *policy = command_policy(invocation, invocation->config);

	invocation->denied_shown = e->number == EACCES;
	if (policy != NULL)
		fprintf(invocation->err, "enforcetls: %s%s: what follows is %s "
		    "as it is on disk\n", reach == CONTROL_NO_DAEMON
		    ? "no daemon answers: " : "", e->text, invocation->config);
	else if (reach != CONTROL_NO_DAEMON)
		fprintf(invocation->err, "enforcetls: %s\n", e->text);
	return policy;
}

struct policy *
command_policy_in_force(struct invocation *invocation)
{
	enum control_reach reach;
	struct policy *policy;
	struct err e;

	if (invocation->chosen)
		return command_policy(invocation, invocation->config);
	policy = command_running_policy(invocation, &reach, &e);
	if (policy != NULL) {
		command_note_disk(invocation, policy);
		return policy;
	}
	return command_policy_on_disk(invocation, reach, &e);
}

struct state *
command_apply_state(struct invocation *invocation, struct policy *policy)
{
	struct state_place place = place_of(&policy->settings);
	struct unix_user_before before;
	struct state *state = NULL;
	struct err e;

	assert(place.folder != NULL);
	assert(policy->overlay == NULL);
	if (service_user_enter(policy, &before, &e) >= 0)
		state = state_read(&place, &e);
	unix_user_leave(&before);
	if (state == NULL) {
		service_user_name_readers(policy, &e);
		fprintf(invocation->err, "enforcetls: exceptions and stages of "
		    "the state are not applied: %s\n", e.text);
		return NULL;
	}
	/* No command has made a folder yet. A lost one is damaged. */
	if (state->health == STATE_FRESH && access(place.folder, F_OK) < 0)
		state_destroy(&state);
	if (state == NULL)
		return NULL;
	if (state->health == STATE_DAMAGED) {
		fprintf(invocation->err, "enforcetls: the state in %s is "
		    "damaged, exceptions are void: %s\n", place.folder,
		    state->damage.text);
		invocation->damage_shown = true;
	}
	state_apply(state, policy);
	policy->overlay = &state->overlay;
	return state;
}

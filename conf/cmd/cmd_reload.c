/* SPDX-License-Identifier: BSD-2-Clause */
/* reload - make the daemon read the policy file again */
#include "config.h"

#include "conf/loss.h"
#include "conf/tool/ask_daemon.h"

struct reload_call {
	const char *allow_loss;         /* borrows; NULL: not given */
	const char *reason;             /* the same */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "allow-loss", "DIGEST", 'l', "take this loss, as reload names it" },
	{ "reason", "WHY", 'r', "why; the history keeps it" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
reload_take_option(void *data, int option, struct err *e)
{
	struct reload_call *call = data;

	switch (option) {
	case 'l':
		if (!loss_is_digest(slice_of(optarg)))
			return err_set(e, "--allow-loss takes the digest of a "
			    "loss, as reload and check --against-running "
			    "print it: %d digits", DIGEST_TEXT);
		call->allow_loss = optarg;
		return 0;
	case 'r':
		call->reason = optarg;
		return 0;
	}
	return err_set(e, "internal error: option %d", option);
}

enum exit_status
cmd_reload(struct invocation *invocation)
{
	struct reload_call call = { .reason = NULL };
	enum exit_status status;
	json_t *request;

	if (!command_read(invocation, options, reload_take_option, &call,
		&status))
		return status;
	if (invocation->word_count != 0)
		return command_misused(invocation, "takes no argument");
	if ((call.allow_loss == NULL) != (call.reason == NULL))
		return command_misused(invocation, "--allow-loss and --reason "
		    "go together: who takes a loss says why");
	request = json_pack("{s:s}", "do", "reload");
	if (call.allow_loss != NULL) {
		json_object_set_new(request, "allow_loss",
		    json_string(call.allow_loss));
		json_object_set_new(request, "reason",
		    jsontext_exact(slice_of(call.reason)));
	}
	return ask_daemon_with(invocation, request);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * commands - every command of enforcetls, with the ways to call it
 *
 * The only list of them: help prints it, the completion of shells is made from
 * it, and tests call every form of it.
 */
#ifndef CONF_TOOL_COMMANDS_H
#define CONF_TOOL_COMMANDS_H

#include <stddef.h>
#include <stdio.h>

#include "conf/help/form.h"

/* The command of that name; NULL: there is none. */
const struct command *commands_find(const char *name);

/* The command at i, in the order of help; NULL behind the last. */
const struct command *commands_at(size_t i);

/* Reports that there is no command of that name, with the nearest one. Always
 * FAILED. */
enum exit_status commands_unknown(const char *name, FILE *err);
/* Each has a file, conf/cmd/cmd_NAME.c. */
enum exit_status cmd_check(struct invocation *invocation);
enum exit_status cmd_exception(struct invocation *invocation);
enum exit_status cmd_explain(struct invocation *invocation);
enum exit_status cmd_help(struct invocation *invocation);
enum exit_status cmd_hops(struct invocation *invocation);
enum exit_status cmd_log(struct invocation *invocation);
enum exit_status cmd_map(struct invocation *invocation);
enum exit_status cmd_partners(struct invocation *invocation);
enum exit_status cmd_pause(struct invocation *invocation);
enum exit_status cmd_queue(struct invocation *invocation);
enum exit_status cmd_reload(struct invocation *invocation);
enum exit_status cmd_services(struct invocation *invocation);
enum exit_status cmd_stage(struct invocation *invocation);
enum exit_status cmd_state(struct invocation *invocation);
enum exit_status cmd_stats(struct invocation *invocation);
enum exit_status cmd_status(struct invocation *invocation);
enum exit_status cmd_whatif(struct invocation *invocation);
#endif

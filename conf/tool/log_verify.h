/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_verify - what the chain of the decision log proves, as an answer
 */
#ifndef CONF_TOOL_LOG_VERIFY_H
#define CONF_TOOL_LOG_VERIFY_H

#include "conf/tool/command.h"
#include "policy/base/slice.h"

/* Checks the log at path with its older files, and answers. key_path is the
 * file of the first keys, "-" for standard input; NULL: the codes of a keyed
 * log are not checked. */
enum exit_status log_verify(const struct invocation *invocation,
    const char *key_path, struct slice path);
#endif

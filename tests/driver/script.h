/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script - reads a file of scripted SMTP sessions
 *
 * tests/sessions/FORMAT describes the format. All data is in the script's
 * arena.
 */
#ifndef TESTS_DRIVER_SCRIPT_H
#define TESTS_DRIVER_SCRIPT_H

#include <stdint.h>

#include "policy/base/arena.h"
#include "policy/base/err.h"

/* The expected and the actual answer to a step. */
enum answered {
	ANSWERED_NOTHING,
	ANSWERED_ACCEPT,
	ANSWERED_TAG,
	ANSWERED_HOLD,
	ANSWERED_DEFER,
	ANSWERED_REJECT,
	ANSWERED_NONE                   /* the filter saw no message */
};

struct want {
	enum answered what;
	struct slice code;
	struct slice enhanced;
	struct slice reason;
};

enum step_kind {
	STEP_HELO, STEP_EHLO, STEP_STARTTLS, STEP_AUTH, STEP_MAIL, STEP_RCPT,
	STEP_DATA, STEP_HEADER, STEP_RSET, STEP_NOOP, STEP_QUIT,
	STEP_UNKNOWN, STEP_DROP, STEP_RELOAD, STEP_ABORT, STEP_COUNT
};

/* What the MTA shows the filter for a recipient. */
struct shown {
	struct slice addr;
	struct slice host;
	struct slice mailer;
};

enum { WORDS = 16, RECORDS = 8 };

struct step {
	enum step_kind kind;
	unsigned line;
	struct slice text;              /* all after the keyword */
	const char *words[WORDS + 1];   /* its words before the "=" */
	struct want want;
	const struct shown *shown;      /* NULL: follows from the address */
	bool records_given;
	struct slice records[RECORDS];  /* "KEY=VALUE ..." */
	unsigned record_count;
};

struct raw_macro {
	const char *name;               /* with braces, "i" and "v" without */
	struct slice value;             /* absent: never sent */
	struct raw_macro *next;
};

struct client {
	struct slice address;
	struct slice listener;
	struct slice tls;               /* absent: none; "1.3" */
	struct slice cipher;
	struct slice bits;
	struct slice certificate;       /* absent: none */
	struct slice cn;                /* absent: the kind's own */
	struct slice login;
	struct slice mechanism;
	struct slice xclient;
	struct slice xclient_user;
	bool opening_by_hand;
	bool local;
	struct raw_macro *macros;
	uint32_t actions;
	uint32_t steps;
	bool offered;                   /* actions and steps are given */
};

enum way { WAY_UNIT = 1, WAY_DRIVER = 2, WAY_MTA = 4 };

struct session {
	struct slice label;
	unsigned line;
	unsigned not_by;                /* bits of enum way */
	bool not_here;                  /* "only" the other MTA */
	struct client client;
	struct step *steps;
	size_t step_count;
	struct session *next;
};

struct policy_text {
	struct slice name;
	struct slice text;
	struct policy_text *next;
};

struct script {
	struct arena *arena;            /* owns */
	const char *path;
	struct policy_text *policies;   /* the first one applies first */
	struct session *sessions;
};

/* Reads path as it applies to that MTA. Returns new; goes with
 * script_destroy(). On an error returns NULL and fills e with file and line. */
struct script *script_read(const char *path, bool postfix, struct err *e);
void script_destroy(struct script **script);
const struct policy_text *script_policy(const struct script *script,
    struct slice name);
const char *answered_name(enum answered answered);
const char *step_name(enum step_kind kind);
#endif

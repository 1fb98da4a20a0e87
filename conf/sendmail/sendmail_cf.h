/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_cf - what the lines of one sendmail.cf or submit.cf say
 *
 * Filled by sendmail_line_read(), which opens nothing: no file of a class, and
 * no map. Each value has the number of the line that it begins in. What is not
 * set is absent; what Sendmail then does is not said here.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_CF_H
#define CONF_SENDMAIL_SENDMAIL_CF_H

#include "conf/sendmail/sendmail_service.h"
#include "policy/base/arena.h"

/* A value, and where it is set. */
struct sendmail_value {
	struct slice text;              /* absent: it is not set */
	unsigned line;                  /* 0: it is not set */
};

/* An O line. */
struct sendmail_option {
	struct slice name;              /* as Sendmail spells it; else as it is
	                                 * written */
	struct slice sub;               /* of Timeout and Milter; else absent */
	struct slice value;
	unsigned line;
};

/* A D line. */
struct sendmail_macro {
	struct slice name;              /* without braces */
	struct slice value;
	unsigned line;
};

enum sendmail_members {
	SENDMAIL_WORDS,
	SENDMAIL_FILE,
	SENDMAIL_PROGRAM,               /* whose output is read */
	SENDMAIL_MAP_KEY                /* "key@type:map" */
};

/* A C, F or T line; a class may have many. */
struct sendmail_class {
	struct slice name;              /* without braces */
	enum sendmail_members members;
	struct slice text;              /* words between blanks, a path, ... */
	bool optional;                  /* a file that may be absent */
	unsigned line;
};

/* A K line. */
struct sendmail_map {
	struct slice name, type;
	struct slice spec;              /* all that follows the type */
	struct slice file;              /* the first word that is no switch, or
	                                 * absent; for sequence and switch the
	                                 * rest of spec has the maps */
	struct slice switches;          /* the letters of its switches */
	struct slice key_column, value_column, delimiter;   /* -k -v -z */
	struct slice on_failure;        /* -T: what a failed look-up returns */
	unsigned line;
};

/* An M line. */
struct sendmail_mailer {
	struct slice name, path, flags, arguments;
	struct slice host, port;        /* of "TCP host port"; absent: it does
	                                 * not speak SMTP over TCP, or the port
	                                 * is smtp */
	bool is_smtp;                   /* P=[IPC] and TCP */
	unsigned line;
};

/* An X line. */
struct sendmail_filter {
	struct slice name, socket;
	struct slice flags;             /* of F=, empty without */
	long connect, write, read, end; /* seconds; Sendmail's own without T= */
	unsigned line;
};

/* An S line, and the R lines below it. */
struct sendmail_ruleset {
	struct slice name;              /* without "=number" */
	unsigned line;
	unsigned rules;
};

struct sendmail_rule {
	unsigned ruleset;               /* an index */
	struct slice text;              /* without the R */
	unsigned line;
};

/* What Sendmail does not take, or we do not. */
struct sendmail_problem {
	unsigned line;
	const char *what;               /* a constant */
};

struct sendmail_cf {
	struct arena *arena;            /* borrows until it is destroyed */
	int level;                      /* of the V line; 0: there is none */
	struct slice vendor;
	struct sendmail_option *options;
	size_t option_count;
	struct sendmail_macro *macros;
	size_t macro_count;
	struct sendmail_class *classes;
	size_t class_count;
	struct sendmail_map *maps;
	size_t map_count;
	struct sendmail_mailer *mailers;
	size_t mailer_count;
	struct sendmail_filter *filters;
	size_t filter_count;
	struct sendmail_daemon *daemons;        /* of DaemonPortOptions */
	size_t daemon_count;
	struct sendmail_daemon *clients;        /* of ClientPortOptions */
	size_t client_count;
	struct sendmail_ruleset *rulesets;
	size_t ruleset_count;
	struct sendmail_rule *rules;
	size_t rule_count;
	size_t current;                 /* while it is read: the ruleset, from 1
	                                 */
	struct sendmail_problem *problems;
	size_t problem_count;
};

/* For who reads a file. Notes what is wrong, a constant. */
void sendmail_cf_problem(struct sendmail_cf *cf, unsigned line,
    const char *what);
/* Adds an option: what follows the letter O of a line, in the arena. */
void sendmail_cf_add_option(struct sendmail_cf *cf, struct slice text,
    unsigned line);

/* Sets an option as -O NAME=VALUE of a command line does, which beats each line
 * of the file; it has line 0. */
void sendmail_cf_override(struct sendmail_cf *cf, struct slice setting);

/* The value of an option, by its whole name; that of the last line, as
 * Sendmail takes it. */
struct sendmail_value sendmail_cf_option(const struct sendmail_cf *cf,
    const char *name);
/* The same for an option with a part, such as Milter and "macros.helo". */
struct sendmail_value sendmail_cf_part(const struct sendmail_cf *cf,
    const char *name, const char *sub);
/* Whether a yes-or-no option is on; unset is returned when it is not set. */
bool sendmail_cf_is_on(const struct sendmail_cf *cf, const char *name,
    bool unset);
/* Whether one of the lines of an option that adds letters, TLSSrvOptions, has
 * that word; *line of the first is written then. */
bool sendmail_cf_has_letter(const struct sendmail_cf *cf, const char *name,
    char letter, unsigned *line);

struct sendmail_value sendmail_cf_macro(const struct sendmail_cf *cf,
    const char *name);
/* NULL: there is none. */
const struct sendmail_map *sendmail_cf_map(const struct sendmail_cf *cf,
    const char *name);
const struct sendmail_mailer *sendmail_cf_mailer(const struct sendmail_cf *cf,
    struct slice name);
const struct sendmail_filter *sendmail_cf_filter(const struct sendmail_cf *cf,
    struct slice name);
const struct sendmail_ruleset *sendmail_cf_ruleset(
    const struct sendmail_cf *cf, const char *name);
/* Whether a rule of the ruleset, or of any for NULL, looks into that map; *line
 * of the first is written then. */
bool sendmail_cf_looks_up(const struct sendmail_cf *cf, const char *ruleset,
    const char *map, unsigned *line);
#endif

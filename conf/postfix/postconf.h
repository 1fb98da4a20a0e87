/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postconf - what main.cf, master.cf and postconf(1) have of one instance
 *
 * postconf(1) has the last word on a value in force, by -x and -Px. The files
 * show what is written there, in which line, and which services there are:
 * postconf(1) can print that, too, but with a thousand services each of its
 * answers takes a second and more, and two have to do.
 *
 * The texts are taken as they come, from the host or from a test. All that is
 * kept is in one arena.
 */
#ifndef CONF_POSTFIX_POSTCONF_H
#define CONF_POSTFIX_POSTCONF_H

#include "conf/mta/mta_config.h"

/* What postconf(1) is asked for. */
enum postconf_question {
	POSTCONF_DEFAULTS,              /* -d: as they are written */
	POSTCONF_TYPES,                 /* -m: types of tables */
	POSTCONF_EXPANDED,              /* -x: main.cf, as in force */
	POSTCONF_OWN_EXPANDED,          /* -Px: what -o sets, as in force */
	POSTCONF_QUESTIONS
};

/* A line of master.cf. */
struct postconf_service {
	const char *name;               /* "submission/inet" */
	unsigned line;                  /* of the file */
	struct slice service;           /* "submission" */
	struct slice type;              /* "inet", "unix", "pass" */
	struct slice chroot;            /* "y", "n" or "-", the default */
	struct slice program;           /* "smtpd", without its folder */
	struct slice command;           /* with its arguments */
};

/* A setting that -o makes for one service alone. */
struct postconf_own {
	const char *service;            /* "submission/inet" */
	struct mta_value value;
	struct slice raw;               /* as it is written */
	size_t order;                   /* in master.cf */
};

/* A setting as it is written. */
struct postconf_raw {
	const char *name;
	struct slice text;
	unsigned line;                  /* of main.cf; 0: the default */
};

struct postconf {
	struct arena *arena;            /* borrows */
	/* Sorted by name once all was taken. */
	struct postconf_raw *raw;       /* of main.cf, or the default */
	size_t raw_count;
	struct mta_value *expanded;     /* the same as in force, without what
	                                 * nothing refers to */
	size_t expanded_count;
	struct postconf_service *services;      /* in the file's order */
	size_t service_count;
	struct postconf_own *own;       /* sorted by service and name */
	size_t own_count;
	struct postconf_own *own_expanded;
	size_t own_expanded_count;
	struct slice *types;
	size_t type_count;
};

/* Begins an empty one in a. */
void postconf_begin(struct postconf *p, struct arena *a);
/* Takes a line of the answer to a question. -1 with e filled when it is none.
 */
int postconf_take(struct postconf *p, enum postconf_question question,
    struct slice line, struct err *e);
/* Takes the text of main.cf, and of master.cf. What cannot be read there is
 * noted. */
void postconf_take_main(struct postconf *p, struct slice text,
    struct mta_unread_list *unread);
void postconf_take_master(struct postconf *p, struct slice text,
    struct mta_unread_list *unread);
/* All was taken. Notes where the files and postconf(1) contradict each other.
 * -1 with e filled when an answer is missing. */
int postconf_end(struct postconf *p, struct mta_unread_list *unread,
    struct err *e);

/* The settings of that service, as *count values from the returned one on. */
const struct postconf_own *postconf_own_of(const struct postconf *p,
    const char *service, size_t *count);
/* The value of main.cf, or its default, as it is written; absent: there is
 * none of that name. */
struct slice postconf_raw_text(const struct postconf *p, struct slice name);
/* Whether Postfix here can ask tables of that type. */
bool postconf_has_type(const struct postconf *p, struct slice type);
#endif

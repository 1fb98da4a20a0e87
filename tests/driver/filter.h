/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter - a milter as the MTA sees it: one session of the protocol
 *
 * Speaks the MTA's side of milter protocol 6 as Postfix or as Sendmail does:
 * offers, honours the steps and symbol lists the filter asked for, sends each
 * stage's macros before its command, and reads the answers. Can also say
 * things in any order, twice, or too large, and stop anywhere.
 */
#ifndef TESTS_DRIVER_FILTER_H
#define TESTS_DRIVER_FILTER_H

#include "policy/base/err.h"
#include "tests/driver/wire.h"

struct filter;

struct offer {
	uint32_t version;               /* 0: WIRE_VERSION */
	uint32_t actions;
	uint32_t steps;
	bool postfix;                   /* else Sendmail */
	unsigned timeout_ms;            /* of each answer; 0: 10 s */
};

/* What the filter said to one command. */
struct answer {
	char kind;                      /* SMFIR_...; 0: not awaited */
	char text[1024];                /* of a reply code: "550 5.7.1 no" */
	bool quarantined;
	char quarantine[256];
	unsigned headers;               /* added, inserted or changed */
	char header[1024];              /* the last of them, "Name: value" */
	unsigned other;                 /* any other change of the message */
};

/*
 * Connects to "unix:PATH" or "inet:HOST:PORT" and negotiates. Returns new;
 * goes with filter_drop(). NULL fills e.
 */
struct filter *filter_open(const char *where, const struct offer *offer,
    struct err *e);
/* Closes the socket without a word. */
void filter_drop(struct filter **filter);
/* Says that the session is over, and closes. */
void filter_quit(struct filter **filter);

const struct terms *filter_terms(const struct filter *filter);
/* The macros an MTA sends at a stage that the filter set no list for. */
const char *filter_usual_list(bool postfix, enum at at);

/* What macro name, with its braces, has as its value from now on; NULL: none.
 * It is sent with the stages whose symbol list asks for it. */
void filter_set(struct filter *filter, const char *name, const char *value);
const char *filter_get(const struct filter *filter, const char *name);
void filter_set_bytes(struct filter *filter, const char *name,
    struct slice value);

/*
 * Each says one command, its macros first, unless the filter asked not to be
 * told, and waits for the answer unless the filter asked not to be awaited.
 * They return -1 and fill e when the filter closed, hung or talked garbage.
 */
int filter_connect(struct filter *filter, const char *host, char family,
    unsigned port, const char *address, struct answer *out, struct err *e);
int filter_helo(struct filter *filter, const char *name, struct answer *out,
    struct err *e);
/* words is the address as typed and the parameters; a NULL ends it. */
int filter_mail(struct filter *filter, const char *const *words,
    struct answer *out, struct err *e);
int filter_rcpt(struct filter *filter, const char *const *words,
    struct answer *out, struct err *e);
int filter_data(struct filter *filter, struct answer *out, struct err *e);
int filter_header(struct filter *filter, const char *name, const char *value,
    struct answer *out, struct err *e);
int filter_eoh(struct filter *filter, struct answer *out, struct err *e);
int filter_body(struct filter *filter, struct slice chunk,
    struct answer *out, struct err *e);
int filter_eom(struct filter *filter, struct answer *out, struct err *e);
int filter_unknown(struct filter *filter, const char *line,
    struct answer *out, struct err *e);
/* The abort of both MTAs: sent whatever the filter negotiated, unanswered. */
int filter_abort(struct filter *filter, struct err *e);

/* Any bytes; any packet, at any time. */
int filter_bytes(struct filter *filter, struct slice bytes, struct err *e);
int filter_raw(struct filter *filter, char command, struct slice payload,
    struct err *e);
/* The macros of one stage, without its command. */
int filter_macros(struct filter *filter, enum at at, struct err *e);
/* Reads one answer; for after filter_raw(). */
int filter_answer(struct filter *filter, struct answer *out, struct err *e);
/* Whether the filter has closed the session, waiting up to wait_ms. */
bool filter_closed(struct filter *filter, unsigned wait_ms);
#endif

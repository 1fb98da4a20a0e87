/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter - one session of the milter protocol, on the MTA's side
 *
 * Follows milter protocol 6 as Postfix or as Sendmail does: makes the offer,
 * honours the steps and symbol lists that the filter requested, sends each
 * stage's macros before its command, and reads the answers. It can also send
 * commands in any order, twice, or too large, and stop anywhere.
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

/* The filter's answer to one command. */
struct answer {
	char kind;                      /* SMFIR_...; 0: none expected */
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
/* Closes the socket without SMFIC_QUIT. */
void filter_drop(struct filter **filter);
/* Sends SMFIC_QUIT and closes the socket. */
void filter_quit(struct filter **filter);

const struct terms *filter_terms(const struct filter *filter);
/* The macros that an MTA sends at a stage without a list of the filter. */
const char *filter_usual_list(bool postfix, enum at at);

/* Sets the value of a macro, whose name includes braces; NULL: no value. It is
 * sent at the stages whose symbol list contains it. */
void filter_set(struct filter *filter, const char *name, const char *value);
const char *filter_get(const struct filter *filter, const char *name);
void filter_set_bytes(struct filter *filter, const char *name,
    struct slice value);

/*
 * Each sends the macros and then one command, unless the filter negotiated to
 * skip it, and waits for the answer, unless the filter negotiated to send none.
 * They return -1 and fill e if the filter closed, hung or sent garbage.
 */
int filter_connect(struct filter *filter, const char *host, char family,
    unsigned port, const char *address, struct answer *out, struct err *e);
int filter_helo(struct filter *filter, const char *name, struct answer *out,
    struct err *e);
/* words: the address as sent by the client and the parameters, then NULL. */
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
/* Sends an abort, as both MTAs do whatever was negotiated; it has no answer. */
int filter_abort(struct filter *filter, struct err *e);

/* Send any bytes or any packet, at any time. */
int filter_bytes(struct filter *filter, struct slice bytes, struct err *e);
int filter_raw(struct filter *filter, char command, struct slice payload,
    struct err *e);
/* Sends the macros of one stage, without its command. */
int filter_macros(struct filter *filter, enum at at, struct err *e);
/* Reads one answer, after filter_raw(). */
int filter_answer(struct filter *filter, struct answer *out, struct err *e);
/* Whether the filter has closed the session, waiting up to wait_ms. */
bool filter_closed(struct filter *filter, unsigned wait_ms);
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailline - a line of a mail log, cut into when, which process, what
 *
 * The text of a line may come from anybody: a HELO name, a certificate, the
 * reply of a server. So a line is cut at the fixed fields before it, and
 * nothing is searched for.
 */
#ifndef POLICY_AUDIT_MAILLINE_H
#define POLICY_AUDIT_MAILLINE_H

#include "policy/base/slice.h"

/* For stamps that leave something out. */
struct mailclock {
	int64_t near;                   /* seconds since 1970: a stamp without
	                                 * a year is of the nearest one */
	long offset;                    /* of one without a zone: seconds east
	                                 * of Greenwich */
};

struct mailline {
	int64_t time;                   /* seconds since 1970 */
	struct slice process;           /* "mx postfix/smtpd[123]" */
	struct slice daemon;            /* last word of the tag: "smtpd" */
	struct slice text;              /* what follows "]: " */
};

/*
 * Cuts a line of syslog: "Nov 26 08:00:58 mx postfix/smtpd[123]: text", with or
 * without a year, or the same behind a stamp of RFC 3339. *out borrows from
 * line. false when it is no such line.
 */
bool mailline_cut(struct slice line, const struct mailclock *clock,
    struct mailline *out);
#endif

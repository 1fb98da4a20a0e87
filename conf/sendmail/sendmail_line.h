/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_line - reads the lines of a sendmail.cf, by their first letter
 *
 * As Sendmail does it: lines that begin with a blank continue the one before,
 * a "#" begins a comment, and a line that it cannot use changes nothing.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_LINE_H
#define CONF_SENDMAIL_SENDMAIL_LINE_H

#include "conf/sendmail/sendmail_cf.h"

/* Reads text, which may go afterwards: *out and all in it is allocated in a.
 * What Sendmail would not take is a problem in it. */
void sendmail_line_read(struct slice text, struct arena *a,
    struct sendmail_cf *out);
#endif

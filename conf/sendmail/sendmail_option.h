/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_option - the names of Sendmail's options
 *
 * An O line of sendmail.cf has the whole name, a beginning that no other name
 * has, in any case of letters; or the one letter of an older syntax.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_OPTION_H
#define CONF_SENDMAIL_SENDMAIL_OPTION_H

#include "policy/base/slice.h"

/* The whole name of an option as Sendmail spells it, a constant; NULL when
 * written is none that 8.17 or 8.18 has, or several. */
const char *sendmail_option_named(struct slice written);
/* The same for a letter. */
const char *sendmail_option_lettered(char letter);
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libmilter/mfapi.h>

#include "milter/negotiate.h"
#include "policy/slice.h"

#define ALL_ACTIONS 0x1fful
#define ALL_STEPS   0x1ffffful
#define QUIET (SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY | SMFIP_NOEOH | \
    SMFIP_NODATA | SMFIP_NOUNKNOWN)

static const struct {
	const char *label;
	enum mta mta;
	int version;
	bool headers;
	unsigned long actions, steps, wanted_actions, wanted_steps;
	unsigned agreed;
} cases[] = {
	{ "auto: MAIL comes, unawaited", MTA_AUTO, 307, false, ALL_ACTIONS,
	    ALL_STEPS, 0x131, QUIET | SMFIP_NOHDRS | SMFIP_NR_MAIL,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS |
	    AGREED_MAIL },
	{ "Sendmail named: no MAIL", MTA_SENDMAIL, 307, false, ALL_ACTIONS,
	    ALL_STEPS, 0x131, QUIET | SMFIP_NOHDRS | SMFIP_NOMAIL,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS },
	{ "Postfix named: no MAIL", MTA_POSTFIX, 310, false, ALL_ACTIONS,
	    ALL_STEPS, 0x131, QUIET | SMFIP_NOHDRS | SMFIP_NOMAIL,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS },
	{ "Postfix 3.11: MAIL for REQUIRETLS", MTA_POSTFIX, 311, false,
	    ALL_ACTIONS, ALL_STEPS, 0x131,
	    QUIET | SMFIP_NOHDRS | SMFIP_NR_MAIL, AGREED_HOLD | AGREED_TAG |
	    AGREED_CLEAN | AGREED_SYMBOLS | AGREED_MAIL },
	{ "headers wanted: unawaited", MTA_SENDMAIL, 307, true, ALL_ACTIONS,
	    ALL_STEPS, 0x131, QUIET | SMFIP_NOMAIL | SMFIP_NR_HDR,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS |
	    AGREED_HEADERS },
	{ "no actions offered: none asked for", MTA_AUTO, 307, false, 0,
	    ALL_STEPS, 0, QUIET | SMFIP_NOHDRS | SMFIP_NR_MAIL,
	    AGREED_MAIL },
	{ "no quarantine", MTA_AUTO, 307, false,
	    ALL_ACTIONS & ~SMFIF_QUARANTINE, ALL_STEPS, 0x111,
	    QUIET | SMFIP_NOHDRS | SMFIP_NR_MAIL, AGREED_TAG | AGREED_CLEAN |
	    AGREED_SYMBOLS | AGREED_MAIL },
	{ "protocol 2: what cannot be left out is not awaited", MTA_SENDMAIL,
	    307, false, 0x3f, 0x7f & ~SMFIP_NOMAIL, 0x31,
	    SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY | SMFIP_NOEOH |
	    SMFIP_NOHDRS | SMFIP_NR_MAIL, AGREED_HOLD | AGREED_TAG |
	    AGREED_CLEAN | AGREED_MAIL },
};

static void
asks_only_for_what_is_offered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings settings = { .mta = cases[i].mta,
			.postfix_version = cases[i].version };
		struct agreement a;

		negotiate_choose(&settings, cases[i].headers,
		    cases[i].actions, cases[i].steps, &a);
		if (a.actions != cases[i].wanted_actions ||
		    a.steps != cases[i].wanted_steps ||
		    a.agreed != cases[i].agreed)
			fail_msg("%s: actions %lx steps %lx agreed %x, wanted "
			    "%lx %lx %x", cases[i].label, a.actions, a.steps,
			    a.agreed, cases[i].wanted_actions,
			    cases[i].wanted_steps, cases[i].agreed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_only_for_what_is_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dialect - what an MTA's milter macros mean, one row an MTA
 *
 * Whatever depends on which MTA it is asks its row; nothing else in the tree
 * compares MTAs. A new MTA takes a value of enum mta, a file dialect_NAME.c
 * that fills its row, a line in dialect.c, and words in the manual. The row
 * of MTA_UNKNOWN is the careful one.
 */
#ifndef POLICY_EVIDENCE_DIALECT_H
#define POLICY_EVIDENCE_DIALECT_H

#include "policy/evidence/fact.h"
#include "policy/evidence/macros.h"
#include "policy/settings.h"

struct evidence;

struct macro_value {
	enum macro macro;
	const char *value;
};

/*
 * Texts are never NULL but where it says so. A function is called only of a
 * session with TLS whose macros came as asked for.
 */
struct dialect {
	const char *setting;            /* in milter.mta and --mta */
	const char *name;               /* in the record's mta */
	const char *source;             /* in the record's proof */
	const char *title;              /* for people: "Postfix" */
	const char *version_prefix;     /* how its v begins; NULL: no MTA's */
	bool sends[MACRO_COUNT];        /* of those asked for; all at RCPT */

	/* Whether an absent macro proves that there is no such thing, where the
	 * MTA took our list of macros. */
	bool absence_proves;
	/* Whether the MTA found the client's certificate good. */
	enum proof (*read_verified)(const struct macros *m);
	/* Fills peer, subject, issuer and fingerprint of *out; decoded names
	 * are in a. */
	void (*read_names)(const struct macros *m, struct arena *a,
	    struct evidence *out);
	/* The name of the login out of {auth_authen}. */
	struct fact (*read_login)(struct slice name, struct arena *a);

	/* {rcpt_host} lists next hops with colons as well as commas. */
	bool lists_hops_with_colons;
	/* A reply to RCPT begins with the recipient's address. */
	bool repeats_recipient;
	/* Whether MAIL must be seen: for the end of a message, or for what its
	 * parameters say. */
	bool (*needs_mail)(const struct settings *settings);

	/* What explain fills in, as this MTA would send it. */
	void (*show_version)(const struct settings *settings, char *out,
	    size_t size);
	const char *mailer;             /* {rcpt_mailer} for SMTP */
	const struct macro_value *sent_with_tls; /* ends with value NULL */

	/* Why no client at all ever shows a certificate; NULL: nothing to
	 * say. */
	const char *no_certificate_hint;
};

static inline bool
dialect_is_known(const struct dialect *dialect)
{
	return dialect->version_prefix != NULL;
}

/* Never NULL; what is no MTA gets the row of MTA_UNKNOWN. */
const struct dialect *dialect_of(enum mta mta);

/*
 * Whose macros m are: the setting's, or what v says. Whatever it is, a
 * {verify} that came and is not "OK" is believed, and where v names another
 * MTA that MTA's mark must have come too, so that neither a wrong setting nor
 * milter_macro_defaults can make the laxer rule of the two apply.
 */
enum mta dialect_recognise(enum mta setting, const struct macros *m);
/* By v alone; MTA_UNKNOWN when it begins like none. */
enum mta dialect_by_version(const struct macros *m);

/* By the word of a setting, or of a record; false when there is none. */
bool dialect_from_setting(struct slice word, enum mta *out);
bool dialect_from_name(struct slice word, enum mta *out);
/* The n-th word of the setting, NULL past the end. */
const char *dialect_setting_word(unsigned n);

/* What an absent macro means to dialect: proof of absence only where it can
 * be one, and our list of macros was taken. */
enum proof dialect_absence(const struct dialect *dialect,
    const struct macros *m);
#endif

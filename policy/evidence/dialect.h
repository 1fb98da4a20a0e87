/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dialect - what the milter macros of each MTA mean
 *
 * Each MTA has one row. Code that depends on the MTA asks the row; nothing else
 * in the tree compares MTAs. A new MTA needs a value of enum mta, a file
 * dialect_NAME.c with its row, a line in dialect.c, and words in the manual.
 * The row of MTA_UNKNOWN is the careful one.
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
 * A text is NULL only where the comment says so. The read functions are called
 * only for a session with TLS whose MTA took our list of macros.
 */
struct dialect {
	const char *setting;            /* in milter.mta and --mta */
	const char *name;               /* in the record's mta */
	const char *source;             /* in the record's proof */
	const char *title;              /* for people: "Postfix" */
	const char *version;            /* a value of its macro v; NULL: it is
	                                 * not known */
	/* Whether m, with its v, has the shape of this MTA's macros. The shape
	 * decides, not the name of a product, which can be set. Not called for
	 * a row without version. */
	bool (*has_shape)(const struct macros *m);
	bool sends[MACRO_COUNT];        /* when asked for; all at RCPT */

	/* Whether an absent macro proves that the thing is absent too, when
	 * the MTA took our list of macros. */
	bool absence_proves;
	/* Whether the MTA verified the client's certificate. */
	enum proof (*read_verified)(const struct macros *m);
	/* Fills peer, subject, issuer and fingerprint of *out, which borrow
	 * from m and a. */
	void (*read_names)(const struct macros *m, struct arena *a,
	    struct evidence *out);
	/* The user name in {auth_authen}; it borrows from name or a. */
	struct fact (*read_login)(struct slice name, struct arena *a);

	/* {rcpt_addr} may be what an alias points to. */
	bool shows_alias;
	/* It delimits an address extension whatever is set; NUL: nothing
	 * does. */
	char delimiter;
	/* {rcpt_host} separates next hops with colons as well as commas. */
	bool lists_hops_with_colons;
	/* The MTA puts the recipient's address before a reply to RCPT. */
	bool repeats_recipient;
	/* A message may be handed to a before-queue proxy, and then DATA is
	 * the last event that the milter sees of it (FACTS 33). */
	bool may_end_at_data;
	/* Whether the MTA that sent m may ignore the map for a message with
	 * TLS-Required: no, whatever the policy file has as its version. NULL:
	 * no version does. */
	bool (*may_skip_map)(const struct macros *m);
	/* Whether the milter needs MAIL: to notice the end of a message, or
	 * for the parameters of MAIL. */
	bool (*needs_mail)(const struct settings *settings);

	/* What `enforcetls explain` fills in, as this MTA would send it. */
	void (*show_version)(const struct settings *settings, char *out,
	    size_t size);
	const char *mailer;             /* {rcpt_mailer} for SMTP */
	const struct macro_value *sent_with_tls; /* the last has value NULL */

	/* What lets it ask for client certificates and verify them. */
	const char *certificate_setting;
	/* The probable reason when no client ever shows a certificate; NULL:
	 * there is no such reason. */
	const char *no_certificate_hint;
};

static inline bool
dialect_is_known(const struct dialect *dialect)
{
	return dialect->version != NULL;
}

/* The row of mta; never NULL. */
const struct dialect *dialect_of(enum mta mta);

/*
 * The MTA that sent m: by the setting or, when that is MTA_UNKNOWN ("auto"), by
 * the macro v. A wrong setting cannot relax anything, and neither can
 * milter_macro_defaults: a {verify} that is not "OK" always counts, and when v
 * names another MTA, a peer is verified only if that MTA's reading agrees.
 */
enum mta dialect_recognise(enum mta setting, const struct macros *m);
/* By v and the other macros; MTA_UNKNOWN when they have no MTA's shape. */
enum mta dialect_by_version(const struct macros *m);

/* By the word of a setting, or of a record; *out is written only on true. */
bool dialect_from_setting(struct slice word, enum mta *out);
bool dialect_from_name(struct slice word, enum mta *out);
/* The n-th word of the setting, from 0; NULL past the end. */
const char *dialect_setting_word(unsigned n);

/* What an absent macro proves: PROOF_ABSENT when the MTA is one where absence
 * proves something and it took our list of macros, else PROOF_UNKNOWN. */
enum proof dialect_absence(const struct dialect *dialect,
    const struct macros *m);
#endif

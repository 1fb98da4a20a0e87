/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlspolicy - a Postfix TLS policy text, as strength that can be compared
 *
 * What smtp_tls_policy_maps may answer, read into levels, names, versions and
 * grades, and written for the Postfix that is asked for. Everything in a
 * struct tlspolicy borrows from the text or rule it was made from.
 */
#ifndef POLICY_OUTBOUND_TLSPOLICY_H
#define POLICY_OUTBOUND_TLSPOLICY_H

#include <stdbool.h>

#include "policy/base/slice.h"
#include "policy/outbound/matchnames.h"
#include "policy/vocabulary.h"

enum {
	TLSPOLICY_EXTRAS = 32,
	TLSPOLICY_EVERY = (1 << 6) - 1  /* SSLv2 to TLSv1.3, lowest first */
};

/* How a peer is proven. Postfix's `verify` is SECURE with names from DNS. */
enum tls_level {
	TLS_LEVEL_UNSET,
	TLS_LEVEL_NONE,         /* never TLS */
	TLS_LEVEL_MAY,
	TLS_LEVEL_DANE,         /* TLSA records if there are any */
	TLS_LEVEL_ENCRYPT,
	TLS_LEVEL_SECURE,
	TLS_LEVEL_FINGERPRINT,
	TLS_LEVEL_DANE_ONLY
};

/* One row of the table of what each Postfix knows. */
enum tls_attribute_kind {
	TLS_MATCH,
	TLS_CIPHERS,
	TLS_PROTOCOLS,
	TLS_MX_PATTERN,
	TLS_POLICY_TYPE,
	TLS_TAFILE,
	TLS_EXCLUDE,
	TLS_OTHER
};

struct tls_attribute {
	const char *name;
	enum tls_attribute_kind kind;
	short since;                    /* major * 100 + minor */
	bool once;
	bool published;                 /* describes a published policy */
};

/* An attribute that is handed on as it came. */
struct extra {
	const struct tls_attribute *attribute;
	struct slice value;
};

struct tlspolicy {
	enum tls_level level;
	/* SECURE asked for by a rule that names nobody: the next hop's own
	 * name, or whatever else proves the next hop securely. */
	bool open;
	struct slice host;              /* for the word `nexthop`; or absent */
	struct matchnames match; /* SECURE: names; FINGERPRINT: digests */
	struct matchnames patterns;     /* mx_host_pattern */
	unsigned protocols;             /* bits of allowed ones; 0: not said */
	enum grade grade;               /* NONE: not said */
	unsigned extra_count;
	struct extra extras[TLSPOLICY_EXTRAS];
};

/*
 * Reads a policy text. false when it is not one, has an attribute not in the
 * table, or is larger than anything real. host is the name of the next hop.
 */
bool tlspolicy_parse(struct slice text, struct slice host,
    struct tlspolicy *out);

/* What nothing has been asked of yet. */
void tlspolicy_init(struct tlspolicy *policy, struct slice host);
/* Hands an attribute on; false when there are too many. */
bool tlspolicy_keep(const struct tls_attribute *attribute,
    struct slice value, struct tlspolicy *out);
/* The bits of lowest and all newer ones; 0 for TLS_NONE. */
unsigned tlspolicy_protocols(enum tls_version lowest);

/*
 * Writes the text for a Postfix of this version (major * 100 + minor); an
 * attribute it does not know is left out. Returns the length, 0 when it and
 * a NUL do not fit in size, nothing is allowed at all, or TLS_LEVEL_NONE is
 * asked: "none" is never an answer.
 */
size_t tlspolicy_write(const struct tlspolicy *policy, int version,
    char *out, size_t size);
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlspolicy - the right-hand side of a Postfix TLS policy table, parsed
 *
 * An answer of smtp_tls_policy_maps, read into levels, names, versions and
 * grades that can be compared, and written for a given version of Postfix.
 * Everything in a struct tlspolicy borrows from the text or rule it was made
 * from.
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

/* Postfix's security levels. Its `verify` is SECURE with names from DNS. */
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

/* How the value of an attribute is read and merged. */
enum tls_attribute_kind {
	TLS_ATTRIBUTE_MATCH,
	TLS_ATTRIBUTE_CIPHERS,
	TLS_ATTRIBUTE_PROTOCOLS,
	TLS_ATTRIBUTE_MX_PATTERN,
	TLS_ATTRIBUTE_POLICY_TYPE,
	TLS_ATTRIBUTE_TAFILE,
	TLS_ATTRIBUTE_EXCLUDE,
	TLS_ATTRIBUTE_SERVERNAME,
	TLS_ATTRIBUTE_OTHER
};

/* A row of the table of attributes that Postfix knows. */
struct tls_attribute {
	const char *name;
	enum tls_attribute_kind kind;
	short since;                    /* Postfix: major * 100 + minor */
	bool once;                      /* more than one is an error */
	bool published;                 /* describes a published policy */
};

/* An attribute that is copied as it is. */
struct extra {
	const struct tls_attribute *attribute;
	struct slice value;
};

struct tlspolicy {
	enum tls_level level;
	/* SECURE, from a rule that lists no peers: match has the next hop's
	 * own name, but any other secure proof will do. */
	bool any_proof;
	struct slice host;              /* the name of `nexthop`; or absent */
	struct matchnames match;        /* SECURE: names; FINGERPRINT:
	                                 * digests */
	struct matchnames patterns;     /* mx_host_pattern */
	unsigned protocols;             /* bits of allowed ones; 0: not set */
	enum grade grade;               /* NONE: not set */
	unsigned extra_count;
	struct extra extras[TLSPOLICY_EXTRAS];
};

/*
 * Parses a policy text. false when it is not one, has an attribute not in the
 * table, or is larger than the limits. host is the name of the next hop.
 */
bool tlspolicy_parse(struct slice text, struct slice host,
    struct tlspolicy *out);

/* An empty policy with TLS_LEVEL_UNSET for the next hop host. */
void tlspolicy_init(struct tlspolicy *policy, struct slice host);
/* Adds an attribute that is copied as it is; false when there are too many. */
bool tlspolicy_add_extra(const struct tls_attribute *attribute,
    struct slice value, struct tlspolicy *out);
/* Adds the name that Postfix sends in the handshake (SNI): "hostname",
 * "nexthop" or a host name. One that the policy has already stays. false when
 * there are too many attributes. */
bool tlspolicy_add_server_name(struct slice name, struct tlspolicy *out);
/* The bits of lowest and all newer ones; 0 for TLS_NONE. */
unsigned tlspolicy_protocols(enum tls_version lowest);

/*
 * Writes the text for a Postfix of this version (major * 100 + minor) with a
 * NUL; an attribute it does not know is left out. Returns the length. 0 when
 * the text does not fit in size bytes, when no name or digest would match, or
 * for TLS_LEVEL_NONE: "none" is never written.
 */
size_t tlspolicy_write(const struct tlspolicy *policy, int version,
    char *out, size_t size);
#endif

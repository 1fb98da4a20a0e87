/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settings - the settings of the policy file
 *
 * Part of the policy, which owns them; immutable once read. A change of those
 * marked "restart" (sockets, user) needs a restart of the daemon.
 */
#ifndef POLICY_SETTINGS_H
#define POLICY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/slice.h"
#include "policy/names/netaddr.h"
#include "policy/names/shortening.h"
#include "policy/table/demand.h"
#include "policy/vocabulary.h"

/* policy/evidence/dialect has the row of each. Used as an index of arrays. */
enum mta { MTA_UNKNOWN, MTA_POSTFIX, MTA_SENDMAIL, MTA_COUNT };

enum listener_kind {
	LISTENER_MX,
	LISTENER_SUBMISSION,
	LISTENER_REINJECT,
	LISTENER_PROXIED                /* TLS macros are those of a proxy */
};

struct listener {
	int port;                       /* 0: any */
	struct netaddr address;         /* family 0: any */
	struct slice daemon_name;       /* absent: any */
	struct slice name;              /* for people and services; or absent */
	enum listener_kind kind;
};

struct relay {
	struct netrange range;
	bool judged;                    /* it runs enforcetls too */
};

enum local_submission { SUBMISSION_JUDGE, SUBMISSION_EXEMPT };
enum tls_required_no { TLS_REQUIRED_NO_ENFORCE, TLS_REQUIRED_NO_IGNORE };
enum log_scope { SCOPE_DEMANDED, SCOPE_ALL };
enum published_failure { PUBLISHED_DEFER, PUBLISHED_IGNORE };
/* What the map answers for a route that no row names. */
enum unlisted_routes { UNLISTED_DEFER, UNLISTED_ENCRYPT, UNLISTED_LOG };

/* Where the stages of the rules are set. */
enum stages_from { STAGES_FROM_TOOL, STAGES_FROM_FILE };

VOCABULARY(local_submission);
VOCABULARY(tls_required_no);
VOCABULARY(log_scope);
VOCABULARY(address_form);
VOCABULARY(published_failure);
VOCABULARY(unlisted_routes);
VOCABULARY(stages_from);
/* The words of null_sender, with the action that caps the rules for bounces. */
const struct vocabulary *null_sender_vocabulary(void);

struct listen {
	struct slice spec;              /* as written: "unix:/run/..." */
	struct slice group;             /* absent: the process's own */
	unsigned socket_mode;           /* 0660 */
};

enum {
	/* The first postfix_version that obeys the header "TLS-Required: no"
	 * (FACTS 67). */
	POSTFIX_TLS_REQUIRED = 310
};

/* Of the state folder and of the decision log, without the names that are added
 * to them. */
enum { SETTINGS_PATH = 511 };

struct settings {
	enum mode mode;

	struct listen milter;           /* restart */
	enum mta mta;                   /* UNKNOWN: by its macros ("auto") */
	int max_recipients;             /* of a message, that a rule is about */
	struct listen map_shared;       /* common to all maps; no spec */
	struct listen *maps;            /* restart */
	size_t map_count;
	struct listen control_shared;   /* common to all controls; no spec */
	struct listen *controls;        /* restart */
	size_t control_count;

	int postfix_version;            /* major * 100 + minor: 307 is 3.7 */
	struct slice published;         /* "inet:HOST:PORT:NAME" or
	                                 * "unix:PATH:NAME"; absent: none */
	enum published_failure published_failure;
	unsigned map_deadline_ms;
	struct slice map_static;        /* path of the cdb that Postfix reads
	                                 * by itself; absent: none */

	struct slice decisions;         /* path of the log; absent: none */
	struct slice log_key;           /* path of its key; absent: none */
	bool syslog;
	enum log_scope scope;           /* settings_scope() has it at a time */
	int64_t scope_until;            /* seconds since 1970; 0: no end */
	uint64_t log_max_size;          /* bytes; 0: never rotate */
	int64_t log_keep;               /* seconds; 0: for ever */
	enum address_form addresses;    /* in the log and in syslog */
	struct slice addresses_key;     /* path; absent: in the state folder */

	struct words served_domains;    /* normalised, ".x" allowed */
	struct slice recipient_delimiter;       /* each of its characters */
	const struct relay *own_relays;
	size_t own_relay_count;
	const struct listener *listeners;
	size_t listener_count;
	const struct netrange *local_clients;
	size_t local_client_count;
	enum local_submission local_submission;
	enum action null_sender_cap;    /* REJECT, DEFER or PASS (log-only) */
	enum tls_required_no tls_required_no;
	struct words smarthosts;        /* next hops, normalised: the relays
	                                 * through which this site sends */
	bool smarthosts_given;          /* also an empty list */
	enum unlisted_routes unlisted_routes;

	enum stages_from stages_from;   /* FILE: those of the state are void */
	struct slice state;             /* folder */
	struct slice user;              /* restart */
	struct slice help_url;
	struct slice contact_us;        /* for a partner; absent: none */
	bool reply_names_partner;
	struct slice candidate;         /* policy file that is judged too, but
	                                 * never applied; absent: none */
	unsigned long exception_longest;        /* seconds */
	bool exception_allow_plaintext;
	bool exception_four_eyes;       /* two persons grant one */
};

/* Whether outer, if it comes first, takes every session that fits inner. */
bool listener_takes_all(const struct listener *outer,
    const struct listener *inner);
/* Whether a session can fit both. */
bool listener_meets(const struct listener *a, const struct listener *b);

/* Whether the MTA is recognised by its macros. */
static inline bool
settings_recognise_mta(const struct settings *settings)
{
	return settings->mta == MTA_UNKNOWN;
}

/* What is recorded at now (seconds since 1970): scope, until scope_until. */
enum log_scope settings_scope(const struct settings *settings, int64_t now);
/* Whether we are a public MX for domain, which is normalised. */
bool settings_serves(const struct settings *settings, struct slice domain);
/* The relay in own_relays with the address client; NULL when there is none. */
const struct relay *settings_relay(const struct settings *settings,
    const struct netaddr *client);
/* Whether client is in local_clients: its mail crosses no network. */
bool settings_is_local(const struct settings *settings,
    const struct netaddr *client);
#endif

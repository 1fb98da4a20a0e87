/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mta_config - the configuration of this host's MTA, as it is in force
 *
 * One model for every MTA: doctor, setup, drill and audit ask it, and a reader
 * for each MTA fills it (postfix_config, sendmail_config). Each value has its
 * origin, so that whoever reports it can point at it. Nothing in here judges.
 *
 * What could not be read is in the lists of struct mta_unread. A caller that
 * finds one there has seen a part of the configuration: that nothing is wrong
 * with this part proves nothing about the rest.
 *
 * All of it is in the arena of struct mta_config and goes with it.
 */
#ifndef CONF_MTA_MTA_CONFIG_H
#define CONF_MTA_MTA_CONFIG_H

#include <sys/types.h>

#include "policy/base/arena.h"
#include "policy/base/err.h"
#include "policy/settings.h"

/*
 * A setting of the MTA. All zero: this MTA, or this version of it, has none of
 * that kind.
 */
struct mta_value {
	const char *name;               /* as the MTA calls it: "relayhost",
	                                 * "InputMailFilters" */
	struct slice text;              /* as in force, its variables expanded;
	                                 * empty where it is set to nothing */
	const char *origin;             /* where it is set: "main.cf",
	                                 * "master.cf submission/inet",
	                                 * "sendmail.cf line 120", "default" */
	bool is_default;                /* nobody set it */
};

/* Settings by name, sorted by it. */
struct mta_settings {
	const struct mta_value *list;
	size_t count;
};

/* What could not be read. */
struct mta_unread {
	const char *what;               /* "the table ldap:/etc/x.cf" */
	const char *why;                /* a sentence without its full stop */
};

struct mta_unread_list {
	struct mta_unread *list;
	size_t count;
};

/* A table that the MTA asks. */
struct mta_table {
	struct slice name;              /* as the MTA writes it, its type
	                                 * included: "hash:/etc/aliases" */
	struct slice type;              /* "hash"; "proxy:" is not one */
	bool by_proxy;                  /* asked through proxymap(8) */
	bool inverted;                  /* a match excludes ("!hash:...") */
};

/* A list of names and tables: what is matched against it is tried in this
 * order, as far as the MTA keeps one. */
struct mta_list {
	struct mta_value value;
	const struct mta_table *tables;
	size_t table_count;
	const struct slice *names;      /* what is no table: domains,
	                                 * addresses, "/file", "!name" */
	size_t name_count;
	const char *asker;              /* the service that asks the tables;
	                                 * NULL: any */
	bool chrooted;                  /* where it connects to a socket, it
	                                 * does so within the chroot */
};

/* A filter of the milter protocol. */
struct mta_milter {
	const char *name;               /* Sendmail's X line; NULL: it has no
	                                 * name of its own */
	struct slice endpoint;          /* as the MTA writes it, such as
	                                 * "inet:localhost:8891" or
	                                 * "local:/run/milter.sock" */
	/* In force for this filter, its own or those of all filters. */
	struct mta_value default_action;        /* "tempfail"; Sendmail's F= */
	struct mta_value connect_timeout;
	struct mta_value command_timeout;
	struct mta_value content_timeout;
	struct mta_value protocol;
};

/* In the order in which they are called. */
struct mta_milters {
	struct mta_value value;
	const struct mta_milter *list;
	size_t count;
};

enum mta_tls_use {
	MTA_TLS_UNKNOWN,                /* the value is none that is known */
	MTA_TLS_OFF,
	MTA_TLS_OFFERED,                /* may be used */
	MTA_TLS_REQUIRED,
	MTA_TLS_WRAPPER                 /* from the first octet on */
};

/* What a client of a service meets. */
struct mta_server_tls {
	enum mta_tls_use use;           /* of all below */
	struct mta_value level;
	struct mta_value wrapper;
	struct mta_value ask_certificate;
	struct mta_value require_certificate;
	struct mta_value ca_file, ca_path;      /* who may vouch for clients */
	struct mta_value system_ca;     /* whether the system's do as well */
	struct mta_value log_level;
	/* The server's own certificates: files, those that are set. */
	const struct mta_value *certificates;
	size_t certificate_count;
};

enum mta_service_kind {
	MTA_SERVICE_SMTP,               /* listens, and talks SMTP itself */
	MTA_SERVICE_SCREEN,             /* listens, and hands clients to a
	                                 * service of kind HANDED */
	MTA_SERVICE_HANDED,             /* SMTP, with clients of a screen */
	MTA_SERVICE_QMQP,
	MTA_SERVICE_LOCAL               /* takes mail of local programs */
};

/* By its port, address and settings: a guess where the MTA has no word for it.
 */
enum mta_purpose {
	MTA_PURPOSE_UNKNOWN,
	MTA_PURPOSE_MX,
	MTA_PURPOSE_SUBMISSION,
	MTA_PURPOSE_REINJECT            /* mail comes back from a filter */
};

/* A way in: a listener, or the pickup of local mail. */
struct mta_service {
	const char *name;               /* "submission/inet"; Name= */
	const char *origin;             /* "master.cf"; "sendmail.cf line 99" */
	enum mta_service_kind kind;
	enum mta_purpose purpose;
	const struct slice *hosts;      /* it listens on; none: on all */
	size_t host_count;
	bool loopback_only;
	unsigned short port;            /* 0: none, or it is not known */
	const char *handed_to;          /* SCREEN: name of the service */
	bool chrooted;
	struct mta_settings settings;   /* of this service alone: set for it,
	                                 * or following from what is */

	struct mta_milters milters;
	struct mta_server_tls tls;
	struct mta_value auth;          /* whether clients may log in */
	struct mta_value auth_tls_only; /* whether over TLS only */

	/* What may keep mail from the milters, or shows them another client.
	 */
	struct mta_value override_options;      /* no_milters among them */
	struct mta_list milter_maps;    /* clients for which there are others */
	struct mta_value proxy_filter;  /* before the queue: a milter sees no
	                                 * end of message */
	struct mta_value content_filter;        /* after the queue */
	struct mta_value xclient_hosts; /* clients that may name another */
	struct mta_value proxy_protocol;        /* "haproxy" */
};

enum mta_transport_kind {
	MTA_TRANSPORT_SMTP,
	MTA_TRANSPORT_LMTP,
	MTA_TRANSPORT_PROGRAM,          /* a pipe to a program */
	MTA_TRANSPORT_LOCAL,            /* mailboxes of this host */
	MTA_TRANSPORT_NOWHERE,          /* error, discard */
	MTA_TRANSPORT_OTHER
};

/* A way out: a transport of master.cf, a mailer of sendmail.cf. */
struct mta_transport {
	const char *name;               /* "smtp", "esmtp" */
	const char *origin;
	enum mta_transport_kind kind;
	struct slice program;           /* "smtp", "pipe"; "[IPC]" */
	bool chrooted;
	struct mta_settings settings;   /* as in struct mta_service */

	enum mta_tls_use use;           /* where no policy says otherwise */
	struct mta_value level;         /* as the MTA writes it */
	struct mta_value wrapper;
	struct mta_value port;          /* where a next hop names none */
	struct mta_list policy_maps;    /* TLS by next hop */
	struct mta_list per_site;       /* the same of old versions */
	struct mta_value server_name;   /* sent as SNI */
	struct mta_value dns_support;   /* "dnssec" */
	struct mta_value ca_file, ca_path;
	struct mta_value system_ca;
	struct mta_list fallback;       /* next hops where all others fail */
	struct mta_value log_level;
};

enum mta_route_kind {
	MTA_ROUTE_TABLE,                /* transport_maps, mailertable */
	MTA_ROUTE_RELAYHOST,            /* relayhost, smart host (DS) */
	MTA_ROUTE_DEFAULT,              /* mail for other hosts */
	MTA_ROUTE_RELAY,                /* mail for relayed domains */
	MTA_ROUTE_LOCAL,                /* mail for this host; mail hub (DH) */
	MTA_ROUTE_VIRTUAL,              /* mail for virtual mailboxes */
	MTA_ROUTE_SENDER_TABLE,         /* by the sender of a message */
	MTA_ROUTE_CONTENT_FILTER,
	MTA_ROUTE_FALLBACK              /* where delivery has failed */
};

/* What decides where mail goes. */
struct mta_route {
	enum mta_route_kind kind;
	struct mta_list list;           /* value; tables for the TABLE kinds */
	struct slice transport;         /* of the value; empty: not said */
	struct slice next_hop;          /* of the value; empty: the domain */
};

enum mta_domain_class {
	MTA_DOMAINS_LOCAL,              /* mydestination; class w */
	MTA_DOMAINS_RELAYED,            /* relay_domains; class R */
	MTA_DOMAINS_VIRTUAL_ALIAS,
	MTA_DOMAINS_VIRTUAL_MAILBOX
};

struct mta_domains {
	enum mta_domain_class class;
	struct mta_list list;
};

enum mta_rewriting_kind {
	MTA_REWRITES_ALIAS,             /* local recipients */
	MTA_REWRITES_VIRTUAL,           /* recipients of any domain */
	MTA_REWRITES_CANONICAL,         /* addresses, both kinds or one */
	MTA_REWRITES_GENERIC,           /* addresses, as mail leaves */
	MTA_REWRITES_RELOCATED,
	MTA_REWRITES_BCC                /* adds a recipient */
};

/* Tables that replace an address, or add one. */
struct mta_rewriting {
	enum mta_rewriting_kind kind;
	struct mta_list list;
};

/* A table of one of the lists: each once for each setting of each service. */
struct mta_table_use {
	struct mta_table table;
	struct mta_value value;         /* the setting that names it */
	const char *asker;              /* as in struct mta_list */
	bool chrooted;
};

/* Whether it runs, as far as that can be seen from outside. */
enum mta_running { MTA_RUNNING_UNKNOWN, MTA_RUNNING_NO, MTA_RUNNING_YES };

struct mta_process {
	enum mta_running running;
	pid_t pid;                      /* of its master; 0: not known */
	bool outdated;                  /* its program was replaced since it
	                                 * was started: the version that runs is
	                                 * another than the one installed */
};

/*
 * One configuration: an instance of Postfix, or a sendmail.cf. Sendmail's
 * submit.cf is an instance of its own.
 */
struct mta_instance {
	const char *name;               /* multi_instance_name, "-" without
	                                 * one; "MTA", "MSP" */
	const char *config;             /* folder of main.cf; path of a cf */
	bool enabled;                   /* started with the others */
	struct slice version;           /* of the program that is installed */
	struct mta_process process;

	struct mta_value host_name;
	struct mta_value mail_owner;    /* the user it runs as */
	struct mta_value queue_folder;  /* Postfix: of the chroot, too */
	struct mta_value recipient_delimiter;
	struct mta_value log_file;      /* empty: syslog */
	struct mta_value log_facility, log_tag, log_level;

	const struct mta_service *services;
	size_t service_count;
	const struct mta_transport *transports;
	size_t transport_count;
	const struct mta_route *routes;
	size_t route_count;
	const struct mta_domains *domains;
	size_t domains_count;
	const struct mta_rewriting *rewritings;
	size_t rewriting_count;
	const struct mta_table_use *tables;
	size_t table_count;
	struct mta_settings settings;   /* all of them */
	struct mta_unread_list unread;
};

struct mta_config {
	struct arena *arena;            /* owns */
	enum mta mta;
	const struct mta_instance *instances;
	size_t instance_count;
	struct mta_unread_list unread;  /* of no instance */
};

/* Which MTA is read. All zero: the one that is installed. */
struct mta_place {
	const char *program;            /* absolute path of postconf(1), or of
	                                 * sendmail(8); NULL: where it usually
	                                 * is */
	const char *config;             /* the folder of an instance, and this
	                                 * one alone; a sendmail.cf; NULL: the
	                                 * default, with all instances */
};

/* Returns new, for mta_config_destroy(): a configuration without instances. */
struct mta_config *mta_config_create(enum mta mta);
/* Frees *config, which may be NULL, and sets it to NULL. */
void mta_config_destroy(struct mta_config **config);

/* Notes that something could not be read, once; why is what printf(3) would
 * print. */
void mta_unread_add(struct arena *a, struct mta_unread_list *unread,
    const char *what, const char *why, ...)
    __attribute__((format(printf, 4, 5)));
/* Whether anything of it could not be read. */
bool mta_config_is_partial(const struct mta_config *config);

/* The setting of that name in force for a service or transport: of own, or else
 * of the instance. All zero: there is none of that name. own may be NULL. */
struct mta_value mta_setting(const struct mta_instance *instance,
    const struct mta_settings *own, const char *name);
/* Whether a value says yes: "yes" in any case, Sendmail's "True" and "1". */
bool mta_value_is_yes(struct mta_value value);

/* The service or transport of that name; NULL: there is none. */
const struct mta_service *mta_service_named(
    const struct mta_instance *instance, const char *name);
const struct mta_transport *mta_transport_named(
    const struct mta_instance *instance, struct slice name);

/* Compares dotted versions number by number: less than, equal to or greater
 * than 0. What follows the numbers is left out: "3.11-20260101" is 3.11. */
int mta_version_compare(struct slice a, struct slice b);
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdio.h>

#include "conf/file/takes.h"
#include "conf/file/toplevel.h"

enum { NAME = 64 };

static const struct {
	const char *name;
	enum takes takes;
} rows[] = {
	{ "format", TAKES_RELOAD },
	{ "mode", TAKES_RELOAD },
	/* libmilter opens one socket, once. Group and mode are shown with the
	 * socket. */
	{ "milter.listen", TAKES_RESTART },
	{ "milter.group", TAKES_RESTART },
	{ "milter.socket_mode", TAKES_RESTART },
	{ "milter.mta", TAKES_RELOAD },
	{ "milter.max_recipients", TAKES_RELOAD },
	{ "map.listen", TAKES_SOCKETS },
	{ "map.group", TAKES_SOCKETS },
	{ "map.socket_mode", TAKES_SOCKETS },
	{ "map.postfix_version", TAKES_RELOAD },
	{ "map.published", TAKES_RELOAD },
	{ "map.published_failure", TAKES_RELOAD },
	{ "map.deadline", TAKES_RELOAD },
	{ "map.static", TAKES_RELOAD },
	{ "control.listen", TAKES_SOCKETS },
	{ "control.group", TAKES_SOCKETS },
	{ "control.socket_mode", TAKES_SOCKETS },
	{ "log.decisions", TAKES_RELOAD },
	{ "log.key", TAKES_RELOAD },
	{ "log.syslog", TAKES_RELOAD },
	{ "log.scope", TAKES_RELOAD },
	{ "log.scope_until", TAKES_RELOAD },
	{ "log.keep", TAKES_RELOAD },
	{ "log.addresses", TAKES_RELOAD },
	{ "log.addresses_key", TAKES_RELOAD },
	{ "log.max_size", TAKES_RELOAD },
	{ "served_domains", TAKES_RELOAD },
	{ "recipient_delimiter", TAKES_RELOAD },
	{ "own_relays", TAKES_RELOAD },
	{ "listeners", TAKES_RELOAD },
	{ "local_clients", TAKES_RELOAD },
	{ "local_submission", TAKES_RELOAD },
	{ "null_sender", TAKES_RELOAD },
	{ "tls_required_no", TAKES_RELOAD },
	{ "smarthosts", TAKES_RELOAD },
	{ "unlisted_routes", TAKES_RELOAD },
	{ "state", TAKES_RELOAD },
	{ "stages_from", TAKES_RELOAD },
	/* Who was root once cannot become another user. */
	{ "user", TAKES_RESTART },
	{ "help_url", TAKES_RELOAD },
	{ "contact_us", TAKES_RELOAD },
	{ "reply_names_partner", TAKES_RELOAD },
	{ "candidate", TAKES_RELOAD },
	{ "exceptions.longest", TAKES_RELOAD },
	{ "exceptions.allow_plaintext", TAKES_RELOAD },
	{ "exceptions.four_eyes", TAKES_RELOAD },
	{ "include", TAKES_RELOAD },
	{ "tables", TAKES_RELOAD },
	{ "profiles", TAKES_RELOAD },
	{ "partners", TAKES_RELOAD },
	{ "services", TAKES_RELOAD },
};

bool
takes_of(const char *name, enum takes *out)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, name) == 0) {
			*out = rows[i].takes;
			return true;
		}
	return false;
}

static void
takes_walk(const struct section *section, const char *prefix,
    void (*each)(const char *name, enum takes takes,
	const struct section_key *key, void *data), void *data)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];
		enum takes takes = TAKES_RELOAD;
		char name[NAME];

		snprintf(name, sizeof(name), "%s%s%s", prefix,
		    prefix[0] == '\0' ? "" : ".", key->name);
		if (key->group != NULL)
			takes_walk(key->group(), name, each, data);
		else if (takes_of(name, &takes) && takes != TAKES_RELOAD &&
		    key->show != NULL)
			each(name, takes, key, data);
	}
}

void
takes_each_restart(void (*each)(const char *name, enum takes takes,
    const struct section_key *key, void *data), void *data)
{
	takes_walk(toplevel_section(), "", each, data);
}

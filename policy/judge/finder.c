/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/finder.h"
#include "policy/verdict.h"

/* Whether the fact is one of words: unknown when the fact is. */
static enum proof
finder_is_word(const struct words *words, const struct fact *fact,
    bool (*matches)(struct slice wanted, struct slice text))
{
	if (words->count == 0)
		return PROOF_ABSENT;
	if (fact->proof != PROOF_PRESENT)
		return fact->proof;
	for (size_t i = 0; i < words->count; i++)
		if (matches(words->list[i], fact->text))
			return PROOF_PRESENT;
	return PROOF_ABSENT;
}

static enum proof
finder_is_client(const struct peer_group *find, const struct request *request,
    const struct netaddr *client)
{
	if (find->client_count == 0)
		return PROOF_ABSENT;
	/* A process on this host that talks on a pipe has no address. */
	if (client->family == 0)
		return request_is_submission(request) ? PROOF_ABSENT
						      : PROOF_UNKNOWN;
	return netrange_any(find->clients, find->client_count, client)
	    ? PROOF_PRESENT : PROOF_ABSENT;
}

/* Whether either is so. */
static enum proof
finder_either(enum proof a, enum proof b)
{
	if (a == PROOF_PRESENT || b == PROOF_PRESENT)
		return PROOF_PRESENT;
	return a == PROOF_UNKNOWN || b == PROOF_UNKNOWN ? PROOF_UNKNOWN
	    : PROOF_ABSENT;
}

static enum proof
finder_is_fingerprint(const struct words *words, const struct fact *fact)
{
	/* By another digest it is neither one of them nor another one. */
	if (words->count > 0 && fact->proof == PROOF_PRESENT &&
	    !slice_starts(fact->text, SLICE("sha256:")))
		return PROOF_UNKNOWN;
	return finder_is_word(words, fact, slice_eq);
}

static enum proof
finder_is_certificate(const struct peer_group *find, const struct evidence *e)
{
	enum proof proof;

	/* Without TLS there is none. */
	if (e->tls == PROOF_ABSENT)
		return PROOF_ABSENT;
	proof = finder_is_word(&find->names, &e->peer, verdict_is_name);
	proof = finder_either(proof,
	    finder_is_word(&find->subjects, &e->subject, slice_eq));
	return finder_either(proof,
	    finder_is_fingerprint(&find->fingerprints, &e->fingerprint));
}

/* A listener's row is known by its port, its address or its daemon_name. */
static enum proof
finder_is_named_place(struct slice name, const struct request *request,
    const struct listener *row)
{
	struct netaddr address;
	long port;

	if ((row != NULL && slice_eq(row->name, name)) ||
	    slice_eq(macros_get(&request->macros, MACRO_DAEMON_NAME), name))
		return PROOF_PRESENT;
	return request_port(request, &port) &&
		request_address(request, &address) &&
		macros_has(&request->macros, MACRO_DAEMON_NAME)
	    ? PROOF_ABSENT : PROOF_UNKNOWN;
}

static enum proof
finder_is_place(const struct service_place *place,
    const struct request *request, const struct listener *row)
{
	long port;

	if (place->port == 0)
		return finder_is_named_place(place->name, request, row);
	if (!request_port(request, &port))
		return PROOF_UNKNOWN;
	return port == place->port ? PROOF_PRESENT : PROOF_ABSENT;
}

/* Whether it came in by one of the service's places. What is not shown may be
 * one, unless it came by none. */
static enum proof
finder_is_placed(const struct service *service, const struct request *request,
    const struct listener *row)
{
	enum proof placed = PROOF_ABSENT;

	if (request_is_not_smtp(request) || request_is_submission(request))
		return PROOF_ABSENT;
	for (size_t i = 0; i < service->place_count; i++)
		placed = finder_either(placed,
		    finder_is_place(&service->places[i], request, row));
	return placed;
}

static bool
finder_finds_nobody(const struct peer_group *find)
{
	return find->client_count == 0 && find->logins.count == 0 &&
	    find->names.count == 0 && find->subjects.count == 0 &&
	    find->fingerprints.count == 0;
}

/* The rule of a listener. */
static bool
finder_comes_in(const struct listener *listener, const struct request *request,
    const struct listener *row, struct found *out)
{
	*out = (struct found){ FOUND_BY_LISTENER, row == listener };
	return row == listener || (!request_is_not_smtp(request) &&
		!request_is_submission(request) &&
		request_listener_may_be(request, listener));
}

bool
finder_finds(const struct service *service, const struct request *request,
    const struct listener *row, const struct evidence *evidence,
    struct found *out)
{
	const struct peer_group *find = &service->find;
	struct {
		enum found_by by;
		enum proof proof;
	} ways[] = {
		{ FOUND_BY_CLIENT, finder_is_client(find, request,
		    &evidence->client) },
		/* Where the MTA looks logins up, letter case may be one. */
		{ FOUND_BY_LOGIN, finder_is_word(&find->logins,
		    &evidence->claimed_login, slice_ieq) },
		{ FOUND_BY_CERTIFICATE, finder_is_certificate(find,
		    evidence) },
	};
	enum proof placed;

	if (service->listener != NULL)
		return finder_comes_in(service->listener, request, row, out);
	placed = finder_is_placed(service, request, row);
	if (finder_finds_nobody(find)) {
		*out = (struct found){ FOUND_BY_LISTENER,
			placed == PROOF_PRESENT };
		return placed != PROOF_ABSENT;
	}
	for (unsigned i = 0; i < COUNT_OF(ways); i++)
		if (ways[i].proof == PROOF_PRESENT) {
			*out = (struct found){ ways[i].by, true };
			return true;
		}
	if (service->place_count > 0 && placed == PROOF_ABSENT)
		return false;
	for (unsigned i = 0; i < COUNT_OF(ways); i++)
		if (ways[i].proof == PROOF_UNKNOWN) {
			*out = (struct found){ ways[i].by, false };
			return true;
		}
	return false;
}

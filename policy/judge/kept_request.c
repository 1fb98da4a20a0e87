/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/kept_request.h"

/* The macros that may differ from one recipient to the next. */
static const enum macro own[KEPT_MACROS] = { MACRO_RCPT_ADDR, MACRO_RCPT_HOST,
	MACRO_RCPT_MAILER };

static bool
kept_same(struct slice a, struct slice b)
{
	/* Most are borrowed, or absent. */
	return a.p == b.p ? a.n == b.n : slice_eq(a, b);
}

static bool
kept_is_own(unsigned macro)
{
	for (size_t i = 0; i < KEPT_MACROS; i++)
		if (own[i] == macro)
			return true;
	return false;
}

static bool
kept_has_macros(const struct macros *a, const struct macros *b)
{
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		if (!kept_is_own(i) && !kept_same(a->value[i], b->value[i]))
			return false;
	return true;
}

/* Whether common has everything of request but what is a recipient's own.
 * copied: its macros, those that are equal borrowed from common. */
static bool
kept_is_common(const struct request *common, const struct request *request,
    const struct macros *copied)
{
	return common->requiretls == request->requiretls &&
	    common->can_hold == request->can_hold &&
	    common->can_tag == request->can_tag &&
	    common->sends_headers == request->sends_headers &&
	    kept_same(common->sender, request->sender) &&
	    kept_has_macros(&common->macros, copied);
}

/* The common part of request, with the macros as they were copied. */
static struct request *
kept_make_common(const struct request *request, const struct macros *copied,
    struct arena *a)
{
	struct request *common = arena_alloc(a, sizeof(*common));

	*common = (struct request){
		.macros = *copied,
		.sender = request->sender,
		.requiretls = request->requiretls,
		.can_hold = request->can_hold,
		.can_tag = request->can_tag,
		.sends_headers = request->sends_headers,
	};
	return common;
}

void
kept_request_make(const struct request *request, struct request *common,
    struct arena *a, struct kept_request *out)
{
	static const struct macros none;
	struct macros copied;

	/* These are of a recorded request, which nobody keeps. */
	assert(request->measured == NULL && request->listener == NULL);
	assert(!request->recipient_cut);
	macros_copy(&request->macros, common != NULL ? &common->macros : &none,
	    a, &copied);
	if (common == NULL || !kept_is_common(common, request, &copied))
		common = kept_make_common(request, &copied, a);
	*out = (struct kept_request){
		.common = common,
		.recipient = arena_copy(a, request->recipient),
		.ref = request->ref,
		.now = request->now,
		.mta = request->mta,
		.can_wait = request->can_wait,
		.accepted = request->accepted,
	};
	for (size_t i = 0; i < KEPT_MACROS; i++)
		out->macros[i] = macros_get(&copied, own[i]);
}

void
kept_request_whole(const struct kept_request *kept, struct request *out)
{
	*out = *kept->common;
	for (size_t i = 0; i < KEPT_MACROS; i++)
		out->macros.value[own[i]] = kept->macros[i];
	out->recipient = kept->recipient;
	out->ref = kept->ref;
	out->now = kept->now;
	out->mta = kept->mta;
	out->can_wait = kept->can_wait;
	out->accepted = kept->accepted;
}

void
kept_request_share(const struct kept_request *kept,
    const struct session_proof *proof)
{
	if (proof != NULL)
		kept->common->session = proof;
}

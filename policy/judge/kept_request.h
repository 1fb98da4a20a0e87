/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kept_request - a request that is kept until its message's end
 *
 * A client chooses how many recipients its message has. So what they have in
 * common, by far the most, is kept once for all of them. Recipients share only
 * what is equal in all its values: one whose macros differ gets its own.
 */
#ifndef POLICY_JUDGE_KEPT_REQUEST_H
#define POLICY_JUDGE_KEPT_REQUEST_H

#include "policy/judge/request.h"

enum { KEPT_MACROS = 3 };

struct kept_request {
	/* The macros, the sender and what was negotiated, for all that share
	 * it; and the evidence of the session, once one of them needed it. */
	struct request *common;
	/* Its own: */
	struct slice macros[KEPT_MACROS];       /* those of a recipient */
	struct slice recipient;
	struct slice ref;
	int64_t now;
	enum mta mta;                   /* a reload can change it */
	bool can_wait;
	bool accepted;
};

/*
 * Keeps request, which is of a session and not of a record. The macros and the
 * recipient are copied to a; the sender and the reference are borrowed. common
 * is that of an earlier request of the message, or NULL: it is shared if it is
 * the same, and what is equal in it is not copied again.
 */
void kept_request_make(const struct request *request, struct request *common,
    struct arena *a, struct kept_request *out);

/* The whole request again. Borrows from kept, and from what that borrows. */
void kept_request_whole(const struct kept_request *kept, struct request *out);

/* Lets all that share with kept use this evidence, made from one of them. It
 * has to live as long as they do; NULL changes nothing. */
void kept_request_share(const struct kept_request *kept,
    const struct session_proof *proof);
#endif

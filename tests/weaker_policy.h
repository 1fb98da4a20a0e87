/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * weaker_policy - policies for all hops made at random, edits of them, and mail
 *
 * A policy is made from a plain description, which is copied and edited. The
 * same seed makes the same.
 */
#ifndef TESTS_WEAKER_POLICY_H
#define TESTS_WEAKER_POLICY_H

#include "policy/judge/judge.h"
#include "tests/made.h"

enum {
	WEAKER_NOW = 1000,
	WEAKER_SPAN = 500,              /* exceptions begin and end around it */
	WEAKER_ROWS = 5,
	WEAKER_EXCEPTIONS = 3,
	WEAKER_EDITS = 3
};

static const char *const weaker_keys[] = {
	"example", "a.example", "b.a.example", "c.b.a.example", "d.example",
	".example", ".a.example", ".b.a.example", "[192.0.2.1]",
	"u@a.example", "u+x@a.example", "v@d.example",
	"[a.example]", "[b.a.example]:587", "b.a.example:25",
	"[192.0.2.1]:26", "private/y", "localhost", ".localhost", "*",
};

static const char *const weaker_row_names[WEAKER_ROWS] = { "p0", "p1", "p2",
	"p3", "p4" };

/* Ranges that a rule's clients may be. */
static const struct netrange weaker_clients[] = {
	{ { 4, { 198, 51, 100, 0 } }, 24 }, { { 4, { 198, 51, 100, 7 } }, 32 },
	{ { 4, { 203, 0, 113, 5 } }, 32 },
};

struct weak_rule {
	struct made_rule made;
	bool any_peer;
	unsigned clients;               /* bits: those that the rule lists */
	enum elsewhere elsewhere;
	enum level never_below;
	enum stage tool;                /* set with the command, or UNSET */
	enum level kept;                /* a demand from before, or UNSET */
	enum stage kept_stage;
};

struct weak_exception {
	enum level floor;               /* UNSET: there is none */
	unsigned char row, hop;
	int key;                        /* -1: all */
	int64_t from, until;
};

/* Settings with two values each, as bits. */
enum weak_setting {
	WEAK_PLAINTEXT, WEAK_LONGEST, WEAK_SERVED, WEAK_SERVED_BELOW,
	WEAK_DELIMITER, WEAK_NULL, WEAK_SUBMISSION, WEAK_LOCAL, WEAK_RELAY,
	WEAK_JUDGED, WEAK_REINJECT, WEAK_SMARTHOSTS, WEAK_VERSION,
	WEAK_REQUIRED, WEAK_LOG_ONLY, WEAK_SETTINGS
};

struct weak_spec {
	struct weak_rule rules[WEAKER_ROWS][HOP_COUNT];
	signed char owner[COUNT_OF(weaker_keys)];       /* -1: nobody */
	struct weak_exception exceptions[WEAKER_EXCEPTIONS];
	unsigned settings;              /* bits of 1 << WEAK_... */
	enum unlisted_routes unlisted;
};

struct weak_policy {
	struct policy policy;
	struct overlay overlay;
	struct exception exceptions[WEAKER_EXCEPTIONS];
	unsigned char stages[WEAKER_ROWS * HOP_COUNT];
	struct kept_term kept[WEAKER_ROWS * HOP_COUNT];
	struct demand kept_demands[WEAKER_ROWS * HOP_COUNT];
};

static uint64_t weaker_random;

static inline void
weaker_seed(unsigned long seed)
{
	weaker_random = 88172645463325252u + seed * 7919u;
}

static inline unsigned
weaker_below(unsigned n)
{
	weaker_random ^= weaker_random << 13;
	weaker_random ^= weaker_random >> 7;
	weaker_random ^= weaker_random << 17;
	return (unsigned)(weaker_random >> 33) % n;
}

static inline bool
weaker_one_in(unsigned n)
{
	return weaker_below(n) == 0;
}

/* Descriptions */

static inline enum stage
weaker_stage(enum hop hop)
{
	static const enum stage all[] = { STAGE_LOG_ONLY, STAGE_TAG,
		STAGE_HOLD, STAGE_DEFER, STAGE_REJECT, STAGE_REJECT };
	static const enum stage out[] = { STAGE_LOG_ONLY, STAGE_DEFER,
		STAGE_REJECT };

	return hop == HOP_OUTBOUND ? out[weaker_below(COUNT_OF(out))]
	    : all[weaker_below(COUNT_OF(all))];
}

static inline void
weaker_identity(enum hop hop, struct weak_rule *rule)
{
	static const char *const names[] = { "mx.example", ".a.example",
		"mx.example .a.example" };

	switch (weaker_below(hop == HOP_OUTBOUND ? 3 : 2)) {
	case 0:
		rule->made.names = names[weaker_below(COUNT_OF(names))];
		return;
	case 1:
		rule->any_peer = hop != HOP_OUTBOUND;
		return;
	default:
		rule->made.dane = true;
		return;
	}
}

static inline void
weaker_rule(enum hop hop, struct weak_rule *rule)
{
	*rule = (struct weak_rule){ .made = { .level = LEVEL_UNSET } };
	if (weaker_one_in(3))
		return;
	rule->made.level = (enum level)(LEVEL_NONE +
	    weaker_below(hop == HOP_EARLIER ? 2 : 3));
	rule->made.stage = weaker_stage(hop);
	if (rule->made.level == LEVEL_VERIFY)
		weaker_identity(hop, rule);
	if (rule->made.level != LEVEL_NONE && weaker_one_in(3))
		rule->made.floor[FLOOR_TLS] = TLS_1_2 + (int)weaker_below(2);
	if (rule->made.level == LEVEL_ENCRYPT && hop <= HOP_ENTRY &&
	    weaker_one_in(3)) {
		rule->clients = 1 + weaker_below(7);
		rule->elsewhere = weaker_one_in(2) ? ELSEWHERE_LOG
		    : ELSEWHERE_JUDGE;
	}
	if (weaker_one_in(4))
		rule->never_below = (enum level)(LEVEL_NONE + weaker_below(3));
	if (weaker_one_in(5))
		rule->tool = weaker_stage(hop);
	if (weaker_one_in(6)) {
		rule->kept = weaker_one_in(3) ? LEVEL_NONE : LEVEL_ENCRYPT;
		rule->kept_stage = weaker_stage(hop);
	}
}

static inline void
weaker_exception(struct weak_exception *x)
{
	*x = (struct weak_exception){ .key = -1 };
	if (!weaker_one_in(3))
		return;
	x->floor = weaker_one_in(2) ? LEVEL_NONE : LEVEL_ENCRYPT;
	x->row = (unsigned char)weaker_below(WEAKER_ROWS);
	x->hop = (unsigned char)weaker_below(HOP_COUNT);
	if (weaker_one_in(2))
		x->key = (int)weaker_below(COUNT_OF(weaker_keys));
	x->from = WEAKER_NOW - WEAKER_SPAN + weaker_below(2 * WEAKER_SPAN);
	x->until = x->from + 1 + weaker_below(WEAKER_SPAN);
}

static inline signed char
weaker_owner(size_t key)
{
	/* "*" is for few. */
	if (weaker_one_in(key == COUNT_OF(weaker_keys) - 1 ? 2 : 3))
		return (signed char)weaker_below(WEAKER_ROWS);
	return -1;
}

static inline void
weaker_spec(struct weak_spec *s)
{
	memset(s, 0, sizeof(*s));
	for (unsigned row = 0; row < WEAKER_ROWS; row++)
		for (unsigned hop = 0; hop < HOP_COUNT; hop++)
			weaker_rule((enum hop)hop, &s->rules[row][hop]);
	for (size_t i = 0; i < COUNT_OF(weaker_keys); i++)
		s->owner[i] = weaker_owner(i);
	for (size_t i = 0; i < WEAKER_EXCEPTIONS; i++)
		weaker_exception(&s->exceptions[i]);
	s->settings = weaker_below(1u << WEAK_SETTINGS) &
	    ~(1u << WEAK_LOG_ONLY);
	s->unlisted = (enum unlisted_routes)weaker_below(3);
}

/* One change that an administrator may make. */
static inline void
weaker_edit_once(struct weak_spec *s)
{
	size_t key = weaker_below(COUNT_OF(weaker_keys));
	unsigned row = weaker_below(WEAKER_ROWS);
	unsigned hop = weaker_below(HOP_COUNT);

	switch (weaker_below(10)) {
	case 0: case 1: case 2: case 3:
		s->owner[key] = weaker_owner(key);
		return;
	case 4: case 5: case 6:
		weaker_rule((enum hop)hop, &s->rules[row][hop]);
		return;
	case 7:
		weaker_exception(&s->exceptions[
		    weaker_below(WEAKER_EXCEPTIONS)]);
		return;
	case 8:
		s->settings ^= 1u << weaker_below(WEAK_SETTINGS);
		return;
	default:
		s->unlisted = (enum unlisted_routes)weaker_below(3);
		return;
	}
}

static inline void
weaker_edit(struct weak_spec *s)
{
	for (unsigned n = 1 + weaker_below(WEAKER_EDITS); n > 0; n--)
		weaker_edit_once(s);
}

/* Policies */

static inline void
weaker_finish_rule(struct weak_policy *w, struct rule *rule,
    const struct weak_rule *from)
{
	struct arena *a = table_arena(w->policy.table);

	rule->demand.any_peer = from->any_peer;
	rule->elsewhere = from->elsewhere;
	rule->never_below = from->never_below;
	if (from->clients != 0) {
		struct peer_group *group = arena_alloc(a, sizeof(*group));
		struct netrange *list = arena_array(a,
		    COUNT_OF(weaker_clients), sizeof(*list));

		for (size_t i = 0; i < COUNT_OF(weaker_clients); i++)
			if ((from->clients & 1u << i) != 0)
				list[group->client_count++] =
				    weaker_clients[i];
		group->clients = list;
		rule->demand.peers = group;
		rule->demand.peer_count = 1;
	}
	w->stages[rule->number] = (unsigned char)from->tool;
	if (from->kept == LEVEL_UNSET)
		return;
	w->kept_demands[w->overlay.kept_count].level = from->kept;
	w->kept[w->overlay.kept_count] = (struct kept_term){ rule->number,
		from->kept_stage, &w->kept_demands[w->overlay.kept_count] };
	w->overlay.kept_count++;
}

static inline unsigned
weaker_hops_of(struct slice key)
{
	enum key_kind kind = key_kind_of(key);

	return kind == KEY_ADDRESS ? TABLE_ADDRESS
	    : kind == KEY_NEXTHOP ? MADE_NEXT_HOP : TABLE_ALL_HOPS;
}

static inline void
weaker_add_row(struct weak_policy *w, const struct weak_spec *s, unsigned row)
{
	struct table *table = w->policy.table;
	struct arena *a = table_arena(table);
	struct partner *partner = arena_alloc(a, sizeof(*partner));
	struct place first;
	unsigned index;

	partner->name = slice_of(weaker_row_names[row]);
	partner->place = (struct place){ "t.conf", row + 1 };
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (s->rules[row][hop].made.level != LEVEL_UNSET)
			partner->rules[hop] = made_rule(a, partner,
			    (enum hop)hop, &s->rules[row][hop].made);
	index = table_add_partner(table, partner);
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL)
			weaker_finish_rule(w, partner->rules[hop],
			    &s->rules[row][hop]);
	for (size_t i = 0; i < COUNT_OF(weaker_keys); i++)
		if (s->owner[i] == (int)row)
			table_claim(table, slice_of(weaker_keys[i]), index,
			    weaker_hops_of(slice_of(weaker_keys[i])),
			    partner->place, &first);
}

static inline void
weaker_add_exceptions(struct weak_policy *w, const struct weak_spec *s)
{
	static const char *const ids[WEAKER_EXCEPTIONS] = { "E0", "E1", "E2" };
	size_t count = 0;

	for (size_t i = 0; i < WEAKER_EXCEPTIONS; i++) {
		const struct weak_exception *x = &s->exceptions[i];

		if (x->floor == LEVEL_UNSET)
			continue;
		w->exceptions[count++] = (struct exception){
			.id = slice_of(ids[i]),
			.partner = slice_of(weaker_row_names[x->row]),
			.hop = (enum hop)x->hop, .floor = x->floor,
			.key = x->key < 0 ? SLICE_NONE
			    : slice_of(weaker_keys[x->key]),
			.from = x->from, .until = x->until };
	}
	w->overlay.exceptions = exceptions_index(w->exceptions, count,
	    table_arena(w->policy.table));
}

static inline bool
weaker_has(const struct weak_spec *s, enum weak_setting bit)
{
	return (s->settings & 1u << bit) != 0;
}

static inline void
weaker_settings(struct settings *out, const struct weak_spec *s)
{
	static const struct slice served[] = { SLICE("d.example"),
		SLICE(".a.example") };
	static const struct slice smarthosts[] = { SLICE("[b.a.example]:587") };
	static const struct netrange local[] = {
		{ { 4, { 198, 51, 100, 7 } }, 32 } };
	static const struct relay relays[2][1] = {
		{ { .range = { { 4, { 192, 0, 2, 9 } }, 32 } } },
		{ { .range = { { 4, { 192, 0, 2, 9 } }, 32 },
		    .judged = true } } };
	static const struct listener listeners[] = {
		{ .port = 10025, .kind = LISTENER_REINJECT } };

	out->mode = weaker_has(s, WEAK_LOG_ONLY) ? MODE_LOG_ONLY
	    : MODE_ENFORCE;
	out->postfix_version = weaker_has(s, WEAK_VERSION) ? 307 : 310;
	out->exception_allow_plaintext = weaker_has(s, WEAK_PLAINTEXT);
	out->exception_longest = weaker_has(s, WEAK_LONGEST) ? 90 : 30;
	out->served_domains = (struct words){
		weaker_has(s, WEAK_SERVED) ? served : served + 1,
		weaker_has(s, WEAK_SERVED) +
		    (size_t)weaker_has(s, WEAK_SERVED_BELOW) };
	if (weaker_has(s, WEAK_DELIMITER))
		out->recipient_delimiter = SLICE("+");
	out->null_sender_cap = weaker_has(s, WEAK_NULL) ? ACTION_PASS
	    : ACTION_DEFER;
	out->local_submission = weaker_has(s, WEAK_SUBMISSION)
	    ? SUBMISSION_JUDGE : SUBMISSION_EXEMPT;
	out->local_clients = local;
	out->local_client_count = weaker_has(s, WEAK_LOCAL);
	out->own_relays = relays[weaker_has(s, WEAK_JUDGED)];
	out->own_relay_count = weaker_has(s, WEAK_RELAY);
	out->listeners = listeners;
	out->listener_count = weaker_has(s, WEAK_REINJECT);
	out->smarthosts = (struct words){ smarthosts, 1 };
	out->smarthosts_given = weaker_has(s, WEAK_SMARTHOSTS);
	if (!out->smarthosts_given)
		out->smarthosts.count = 0;
	out->tls_required_no = weaker_has(s, WEAK_REQUIRED)
	    ? TLS_REQUIRED_NO_IGNORE : TLS_REQUIRED_NO_ENFORCE;
	out->unlisted_routes = s->unlisted;
}

/* Goes with weaker_clear(). Does not move. */
static inline void
weaker_make(struct weak_policy *w, const struct weak_spec *s)
{
	*w = (struct weak_policy){ .policy = { .table = table_create() } };
	weaker_settings(&w->policy.settings, s);
	for (unsigned row = 0; row < WEAKER_ROWS; row++)
		weaker_add_row(w, s, row);
	table_seal(w->policy.table);
	policy_find_below_served(&w->policy);
	weaker_add_exceptions(w, s);
	w->overlay.stages = w->stages;
	w->overlay.stage_count = COUNT_OF(w->stages);
	w->overlay.kept = w->kept;
	w->policy.overlay = &w->overlay;
}

static inline void
weaker_clear(struct weak_policy *w)
{
	table_destroy(&w->policy.table);
}

/* Mail */

struct weak_question {
	struct request request;
	struct evidence proof;
	struct header_evidence header;
	struct slice fields[2];
};

#define WEAKER_DATE "; Sat, 21 Nov 2026 21:15:32 +0000 (UTC)"
#define WEAKER_HOP(address, proof, with) \
	"from h.example (x.example [" address "]) " proof \
	"by r.corp.example (Postfix) with " with " id 1" WEAKER_DATE
#define WEAKER_CERT "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 " \
	"(256/256 bits)) (Client CN \"mx.example\", Issuer \"CA\" " \
	"(verified OK)) "

static const char *const weaker_fields[] = {
	WEAKER_HOP("198.51.100.7", "", "ESMTP"),
	WEAKER_HOP("198.51.100.7", WEAKER_CERT, "ESMTPS"),
	WEAKER_HOP("192.0.2.9", "", "ESMTP"),
	WEAKER_HOP("192.0.2.9", WEAKER_CERT, "ESMTPS"),
};

static const char *const weaker_next_hops[] = {
	"example", "a.example", "b.a.example", "c.b.a.example", "d.example",
	"z.a.example", "z.b.a.example", "z.d.example", "other.test",
	"[a.example]", "[b.a.example]", "[z.a.example]", "[other.test]:25",
	"[example]:25", "[d.example]:587", "[z.b.a.example]:26",
	"[b.a.example]:587", "b.a.example:25", "a.example:25",
	"[192.0.2.1]", "[192.0.2.1]:26", "[192.0.2.1]:25", "[192.0.2.7]",
	"private/y", "private/z", "[127.0.0.1]:10024", "localhost",
	"[localhost]:26", "x.localhost",
};

static inline const char *
weaker_next_hop(void)
{
	return weaker_next_hops[weaker_below(COUNT_OF(weaker_next_hops))];
}

static inline void
weaker_proof(struct evidence *out)
{
	*out = (struct evidence){ .source = SOURCE_MACROS,
		.mta = MTA_POSTFIX, .tls = PROOF_ABSENT };
	if (weaker_one_in(3))
		return;
	out->tls = PROOF_PRESENT;
	out->version = weaker_one_in(2) ? TLS_1_2 : TLS_1_3;
	out->version_text = out->version == TLS_1_2 ? SLICE("TLSv1.2")
	    : SLICE("TLSv1.3");
	out->bits = 256;
	out->verified = weaker_one_in(2) ? PROOF_PRESENT : PROOF_ABSENT;
	if (out->verified == PROOF_PRESENT)
		out->peer = (struct fact){ PROOF_PRESENT,
			weaker_one_in(2) ? SLICE("mx.example")
			    : SLICE("x.a.example") };
}

static inline struct slice
weaker_address(bool sender)
{
	static const char *const addresses[] = {
		"<u@a.example>", "<u+x@a.example>", "<v@d.example>",
		"<w@b.a.example>", "<w@z.a.example>", "<w@z.b.a.example>",
		"<w@example>", "<w@other.test>", "<w@[192.0.2.1]>",
		"<postmaster@d.example>", "<w>", "<w@localhost>", "<>",
	};

	return slice_of(addresses[weaker_below(COUNT_OF(addresses) -
	    !sender)]);
}

static inline struct slice
weaker_bare(struct slice path)
{
	return slice_head(slice_from(path, 1), path.n - 2);
}

/* The header is parsed anew by each who judges. */
static inline void
weaker_begin_header(struct weak_question *q)
{
	q->header.received.parsed = NULL;
	q->header.received.parsed_count = 0;
}

static inline void
weaker_header(struct weak_question *q)
{
	for (size_t i = 0; i < COUNT_OF(q->fields); i++)
		q->fields[i] = slice_of(weaker_fields[
		    weaker_below(COUNT_OF(weaker_fields))]);
	q->header = (struct header_evidence){
		.received = { .bodies = q->fields,
		    .count = weaker_below(COUNT_OF(q->fields) + 1) },
		.tls_required_no = weaker_one_in(4) };
}

/* Mail from anybody to anybody. *out does not move. */
static inline void
weaker_ask(struct weak_question *out)
{
	static const char *const clients[] = { "198.51.100.7", "198.51.100.8",
		"203.0.113.5", "192.0.2.9", "127.0.0.1" };
	struct slice *value = out->request.macros.value;
	struct slice sender = weaker_address(true);
	struct slice recipient = weaker_address(false);

	memset(out, 0, sizeof(*out));
	weaker_proof(&out->proof);
	weaker_header(out);
	out->request = (struct request){ .mta = MTA_POSTFIX,
		.sender = sender, .recipient = recipient, .ref = SLICE("R"),
		.now = WEAKER_NOW + weaker_below(2 * WEAKER_SPAN),
		.can_hold = true, .can_tag = true, .sends_headers = true,
		.can_wait = true, .measured = &out->proof };
	value[MACRO_MTA_VERSION] = SLICE("Postfix 3.10.1");
	value[MACRO_CLIENT_ADDR] = slice_of(clients[weaker_below(
	    COUNT_OF(clients))]);
	netaddr_from(value[MACRO_CLIENT_ADDR], &out->proof.client);
	value[MACRO_CLIENT_PORT] = weaker_one_in(5) ? SLICE("0")
	    : SLICE("40000");
	value[MACRO_DAEMON_ADDR] = SLICE("127.0.0.1");
	value[MACRO_DAEMON_PORT] = weaker_one_in(3) ? SLICE("10025")
	    : SLICE("25");
	value[MACRO_MAIL_ADDR] = weaker_bare(sender);
	value[MACRO_RCPT_ADDR] = weaker_bare(recipient);
	if (weaker_one_in(5))
		return;
	value[MACRO_RCPT_MAILER] = SLICE("smtp");
	if (weaker_one_in(5))
		return;
	value[MACRO_RCPT_HOST] = slice_of(weaker_next_hop());
}
#endif

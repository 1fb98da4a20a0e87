/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first octet selects the input: frames of the socketmap protocol, two
 * policy texts, or a key with a published policy. It checks that a whole frame
 * is written back octet for octet; that a text is written as one that proves as
 * much; that two texts combined prove at least what each proves; and that
 * Postfix can read an answer, which proves at least what the rules demand.
 */
#include "config.h"

#include <stdint.h>
#include <unistd.h>

#include "conf/file/read.h"
#include "milter/map/netstring.h"
#include "policy/outbound/outbound.h"
#include "policy/outbound/tlsdemand.h"
#include "policy/outbound/tlspolicy.h"
#include "policy/outbound/tlsstrength.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOST SLICE("mx.bank.example")

static void
check(bool good)
{
	if (!good)
		abort();
}

static void
fuzz_frames(struct slice input)
{
	static char again[5000];
	struct slice payload;
	size_t used;

	while (netstring_read(input, 4096, &payload, &used) ==
	    NETSTRING_WHOLE) {
		check(used <= input.n && payload.n < used &&
		    payload.p >= input.p);
		check(netstring_write(payload, again, sizeof(again)) == used &&
		    memcmp(again, input.p, used) == 0);
		/* A prefix of it is neither malformed nor whole. */
		for (size_t n = 0; n < used && n < 16; n++)
			check(netstring_read(slice_head(input, n), 4096,
			    &payload, &used) == NETSTRING_MORE);
		netstring_read(input, 4096, &payload, &used);
		input = slice_from(input, used);
	}
}

/* Writes p and reads it again: as strong if the version supports all of it. */
static void
check_written(const struct tlspolicy *p)
{
	static char text[LIMIT_POLICY_TEXT];
	struct tlspolicy again;

	for (int version = 303; version <= 312; version++) {
		size_t n = tlspolicy_write(p, version, text, sizeof(text));

		if (n == 0)
			continue;
		check(tlspolicy_parse((struct slice){ text, n }, p->host,
		    &again));
		check(again.level == p->level);
		if (version >= 310)
			check(tlsstrength_covers(&again, p));
		if (version < 304)
			check(memmem(text, n, " servername=", 12) == NULL);
		if (version < 306)
			check(memmem(text, n, " protocols=>=", 13) == NULL);
		if (version < 310)
			check(memmem(text, n, " policy_", 8) == NULL);
	}
}

static void
fuzz_texts(struct slice input)
{
	struct tlspolicy one, two, both;
	struct slice first;

	if (!slice_next(&input, '\n', &first) ||
	    !tlspolicy_parse(first, HOST, &one))
		return;
	check(tlsstrength_covers(&one, &one));
	check_written(&one);
	if (!tlspolicy_parse(input, HOST, &two))
		return;
	if (tlsstrength_merge(&one, &two, false, &both) != NULL)
		return;
	check(tlsstrength_covers(&both, &one) &&
	    tlsstrength_covers(&both, &two));
	check_written(&both);
}

static const char rows[] =
    "format = 1; mode = \"enforce\"; map = { listen = [ ];\n"
    "  published = \"inet:127.0.0.1:1:x\"; };\n"
    "partners = (\n"
    " { name = \"a\"; domains = [ \"bank.example\" ]; outbound = {\n"
    "  level = \"verify\"; names = [ \"mx.bank.example\", \".x.example\" ];\n"
    "  min_tls = \"1.2\"; min_grade = \"high\"; stage = \"defer\"; }; },\n"
    " { name = \"b\"; domains = [ \".bank.example\" ]; outbound = {\n"
    "  level = \"encrypt\"; min_tls = \"1.3\"; stage = \"reject\"; }; },\n"
    " { name = \"c\"; domains = [ \"own.example\" ]; outbound = {\n"
    "  level = \"verify\"; stage = \"defer\"; }; },\n"
    " { name = \"d\"; domains = [ \"dane.example\" ]; outbound = {\n"
    "  level = \"verify\"; dane = true; stage = \"defer\"; }; },\n"
    " { name = \"e\"; domains = [ \"pin.example\" ]; outbound = {\n"
    "  level = \"verify\"; fingerprints = [ \"sha256:"
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" ];\n"
    "  stage = \"defer\"; }; },\n"
    " { name = \"f\"; domains = [ \"new.bank.example\" ]; outbound = {\n"
    "  level = \"verify\"; stage = \"log-only\"; }; },\n"
    " { name = \"g\"; next_hops = [ \"[gw.bank.example]:587\" ];\n"
    "  outbound = { level = \"none\"; stage = \"defer\"; }; }\n"
    ");\n";

static struct policy *
read_rows(void)
{
	char path[] = "/tmp/fuzz_map.XXXXXX";
	int fd = mkstemp(path);
	struct problems *problems = problems_create();
	struct policy *policy;

	check(fd != -1 &&
	    write(fd, rows, sizeof(rows) - 1) == sizeof(rows) - 1);
	close(fd);
	policy = policy_read(path, problems);
	if (policy == NULL)
		problems_print(problems, stderr);
	check(policy != NULL);
	problems_destroy(&problems);
	unlink(path);
	return policy;
}

static void
check_row(const struct outbound_row *row, const struct tlspolicy *answer)
{
	struct tlspolicy want;

	if (row->rule == NULL)
		return;
	for (size_t i = 0; i < row->term_count; i++) {
		check(tlsdemand_policy(row->terms[i].demand, answer->host,
		    &want) == NULL);
		check(tlsstrength_covers(answer, &want));
	}
}

static void
check_ok(const struct outbound_question *q, const struct outbound_answer *a)
{
	struct tlspolicy answer, floor;
	struct key key = q->key.host;

	check(slice_starts((struct slice){ a->text, a->n }, SLICE("OK ")) &&
	    q->key.form == OUTBOUND_FORM_HOST && key.kind != KEY_NONE);
	check(tlspolicy_parse((struct slice){ a->text + 3, a->n - 3 },
	    key_slice(&key), &answer));
	check(answer.level != TLS_LEVEL_NONE);
	check_row(&a->acting, &answer);
	check_row(&a->second, &answer);
	if (q->published.p == NULL)
		return;
	check(tlspolicy_parse(q->published, key_slice(&key), &floor));
	/* DANE demanded by a rule takes precedence over published names. */
	check(tlsstrength_covers(&answer, &floor) ||
	    (answer.level == TLS_LEVEL_DANE_ONLY &&
		floor.level == TLS_LEVEL_SECURE));
}

static void
fuzz_answer(struct slice input)
{
	static struct policy *policy;
	struct outbound_question question = { .publication =
		PUBLICATION_NONE };
	struct outbound_answer answer;
	struct slice raw;

	if (policy == NULL)
		policy = read_rows();
	if (!slice_next(&input, '\n', &raw))
		return;
	outbound_key_read(raw, &question.key);
	if (input.n > 0) {
		question.publication = PUBLICATION_TEXT;
		question.published = input;
	}
	question.postfix_version = 312;
	outbound_answer(policy, &question, &answer);
	check(answer.n < sizeof(answer.text));
	switch (answer.kind) {
	case OUTBOUND_OK:
		check_ok(&question, &answer);
		return;
	case OUTBOUND_NOTFOUND:
		check(answer.n == 9 &&
		    memcmp(answer.text, "NOTFOUND ", 9) == 0);
		check(answer.acting.rule == NULL ||
		    answer.acting.terms[0].demand->level == LEVEL_NONE);
		return;
	case OUTBOUND_TEMP:
		check(answer.n > 5 && memcmp(answer.text, "TEMP ", 5) == 0);
		return;
	}
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { (const char *)data + 1, size - 1 };

	if (size < 2)
		return 0;
	if (data[0] % 3 == 0)
		fuzz_frames(input);
	else if (data[0] % 3 == 1)
		fuzz_texts(input);
	else
		fuzz_answer(input);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/session/phase.h"
#include "policy/base/slice.h"
#include "tests/cases.h"

/*
 * Sequences of events of a session, as both MTAs send them (FACTS 28, 29, 30),
 * one letter for each event: m MAIL, r RCPT, o RCPT under another id, h header,
 * e end, a abort, c close. The effects, in order: B begin, A abandon.
 */
static const struct {
	const char *label, *events, *effects;
	enum phase last;
} walks[] = {
	{ "a message", "mrhhe", "B", PHASE_IDLE },
	{ "a message, MAIL not asked for", "rrhe", "B", PHASE_IDLE },
	{ "two messages", "mremre", "BB", PHASE_IDLE },
	{ "Sendmail, RSET, no abort: the id changes", "rro", "BAB",
	    PHASE_RECIPIENTS },
	{ "MAIL after recipients without an abort", "mrmre", "BAB",
	    PHASE_IDLE },
	{ "abort, then the next", "mramre", "BAB", PHASE_IDLE },
	{ "abort twice", "mraa", "BA", PHASE_IDLE },
	{ "abort before anything", "aa", "", PHASE_IDLE },
	{ "close at once", "c", "", PHASE_DONE },
	{ "close without abort", "mrhc", "BA", PHASE_DONE },
	{ "close after abort", "mrac", "BA", PHASE_DONE },
	{ "close twice", "mrcc", "BA", PHASE_DONE },
	{ "a recipient after headers is another message's", "rhr", "BAB",
	    PHASE_RECIPIENTS },
	{ "an end without recipients", "me", "B", PHASE_IDLE },
	{ "an end out of nothing", "e", "", PHASE_IDLE },
	{ "another id when nothing is in hand", "o", "B", PHASE_RECIPIENTS },
	{ "nothing after close", "mrcmrhe", "BA", PHASE_DONE },
};

static enum event
event_of(char letter)
{
	static const char letters[] = "mrohea";
	const char *at = strchr(letters, letter);

	return at == NULL ? EVENT_CLOSE : (enum event)(at - letters);
}

static void
does_what_every_order_of_events_needs(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(walks); i++) {
		enum phase phase = PHASE_IDLE;
		char effects[32] = "";
		size_t n = 0;

		for (const char *at = walks[i].events; *at != '\0'; at++) {
			struct step step = phase_step(phase, event_of(*at));

			if ((step.effects & EFFECT_ABANDON) != 0)
				effects[n++] = 'A';
			if ((step.effects & EFFECT_BEGIN) != 0)
				effects[n++] = 'B';
			phase = step.next;
		}
		want_text(walks[i].label, "effects", effects, walks[i].effects);
		want_number(walks[i].label, "phase", phase, walks[i].last);
	}
}

/* In any order of events there are never two messages at once, and none in
 * phase idle or done. */
static void
no_order_of_events_keeps_an_old_message(void **state ATTR_UNUSED)
{
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		enum phase phase = PHASE_IDLE;
		int in_hand = 0;

		for (int i = 0; i < 20; i++) {
			enum event event;
			struct step step;

			seed = seed * 1103515245 + 12345;
			event = (enum event)(seed >> 16) % EVENT_COUNT;
			step = phase_step(phase, event);
			if ((step.effects & EFFECT_ABANDON) != 0)
				in_hand--;
			if ((step.effects & EFFECT_BEGIN) != 0)
				in_hand++;
			if (event == EVENT_END)
				in_hand = 0;
			phase = step.next;
			if (in_hand < 0 || in_hand > 1 || (in_hand == 1 &&
			    (phase == PHASE_IDLE || phase == PHASE_DONE)))
				fail_msg("round %d: %d in hand in phase %d",
				    round, in_hand, (int)phase);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(does_what_every_order_of_events_needs),
	cmocka_unit_test(no_order_of_events_keeps_an_old_message),
};

RUN_TESTS(tests)

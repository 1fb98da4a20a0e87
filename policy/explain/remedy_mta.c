/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/explain/remedy_mta.h"
#include "policy/evidence/dialect.h"
#include "policy/explain/remedy_step.h"

bool
remedy_has_macros(const struct fix *f)
{
	return f->request->measured == NULL &&
	    f->d->proof->source == SOURCE_MACROS;
}

void
remedy_add_macro(struct fix *f, enum macro macro)
{
	remedy_add_step(f->way, &(struct remedy_step){ .what = REMEDY_MACRO,
		.macro = macro });
}

/* Reads the macros again as those of mta, v included. */
static void
remedy_read_again(struct fix *f, enum mta mta, struct slice version)
{
	struct macros m = f->request->macros;

	f->mta = mta;
	m.value[MACRO_MTA_VERSION] = version;
	evidence_from_macros(&m, mta, f->arena, &f->e);
}

/* Whether an MTA of this dialect sends every macro that came. */
static bool
remedy_is_possible(const struct dialect *dialect, const struct macros *m)
{
	if (!dialect_is_known(dialect))
		return false;
	for (unsigned i = MACRO_TLS_VERSION; i <= MACRO_AUTH_AUTHEN; i++)
		if (macros_has(m, (enum macro)i) && !dialect->sends[i])
			return false;
	return true;
}

/* Whether it shows if a certificate was verified when the macros are read as
 * those of mta: then f has that reading. */
static bool
remedy_try_mta(struct fix *f, enum mta mta)
{
	const struct dialect *dialect = dialect_of(mta);
	struct fix before = *f;
	char version[32];

	if (!remedy_is_possible(dialect, &f->request->macros))
		return false;
	dialect->show_version(&f->policy->settings, version, sizeof(version));
	remedy_read_again(f, mta, macros_has(&f->request->macros,
	    MACRO_MTA_VERSION) ? macros_get(&f->request->macros,
	    MACRO_MTA_VERSION) : slice_of(arena_string(f->arena,
	    slice_of(version))));
	if (f->e.verified != PROOF_UNKNOWN)
		return true;
	*f = before;
	return false;
}

static bool
remedy_try_mtas(struct fix *f)
{
	for (unsigned i = 0; i < MTA_COUNT; i++)
		if (remedy_try_mta(f, (enum mta)i))
			return true;
	return false;
}

bool
remedy_may_send(const struct fix *f, enum macro macro)
{
	const struct dialect *dialect = dialect_of(f->mta);

	return !dialect_is_known(dialect) || dialect->sends[macro];
}

static bool
remedy_asks_proof(const struct fix *f)
{
	return f->d->demand->level == LEVEL_VERIFY;
}

static bool
remedy_peer_passes(const struct fix *f)
{
	return verdict_check(CHECK_PEER, f->d->demand, &f->e).verdict ==
	    VERDICT_PASS;
}

/* Whether the macros may be those of an MTA other than f->mta: v names another
 * one, or none, and they cannot be its own or may be another's. */
static bool
remedy_doubts_mta(const struct fix *f)
{
	const struct macros *m = &f->request->macros;
	enum mta named = dialect_by_version(m);

	if (named != MTA_UNKNOWN)
		return named != f->mta;
	if (f->mta != MTA_UNKNOWN &&
	    !remedy_is_possible(dialect_of(f->mta), m))
		return true;
	return !macros_has(m, MACRO_VERIFY);
}

/* From an unknown MTA no macro of TLS may be plaintext, or its way. */
static bool
remedy_hides_plaintext(const struct fix *f)
{
	return f->mta == MTA_UNKNOWN && f->e.tls == PROOF_UNKNOWN;
}

void
remedy_fix_mta(struct fix *f)
{
	const struct macros *m = &f->request->macros;
	struct remedy_step step = { .what = REMEDY_MTA,
		.shown = macros_get(m, MACRO_MTA_VERSION) };
	enum mta named = dialect_by_version(m);

	if (!remedy_hides_plaintext(f) &&
	    (!remedy_asks_proof(f) || remedy_peer_passes(f)))
		return;
	if (remedy_has_macros(f) && f->had_tls) {
		if (!remedy_doubts_mta(f) || !(named != MTA_UNKNOWN
		    ? remedy_try_mta(f, named) : remedy_try_mtas(f)) ||
		    f->mta == f->request->mta)
			return;
		step.text = slice_of(dialect_of(f->mta)->setting);
	} else if (f->mta != MTA_UNKNOWN)
		return;
	else
		f->any_mta = true;
	remedy_add_step(f->way, &step);
}

bool
remedy_fix_sentinels(struct fix *f)
{
	const struct macros *m = &f->request->macros;

	if (!macros_has(m, MACRO_CLIENT_ADDR)) {
		remedy_add_macro(f, MACRO_CLIENT_ADDR);
		return false;
	}
	if (remedy_has_macros(f) && remedy_asks_proof(f) &&
	    !macros_has(m, MACRO_MTA_VERSION)) {
		remedy_add_macro(f, MACRO_MTA_VERSION);
		if (f->mta == MTA_UNKNOWN)
			remedy_try_mtas(f);
		else
			remedy_try_mta(f, f->mta);
	}
	if (f->d->hop == HOP_INBOUND && !macros_has(m, MACRO_MAIL_ADDR))
		remedy_add_macro(f, MACRO_MAIL_ADDR);
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/evidence/dialect.h"
#include "policy/evidence/dialect_rows.h"

/* The row of each MTA. */
static const struct dialect *(*const rows[MTA_COUNT])(void) = {
	[MTA_UNKNOWN] = dialect_unknown,
	[MTA_POSTFIX] = dialect_postfix,
	[MTA_SENDMAIL] = dialect_sendmail,
};

const struct dialect *
dialect_of(enum mta mta)
{
	assert(mta < MTA_COUNT && rows[mta] != NULL);
	return rows[mta < MTA_COUNT ? mta : MTA_UNKNOWN]();
}

enum mta
dialect_by_version(const struct macros *m)
{
	for (unsigned i = 0; i < MTA_COUNT; i++) {
		const struct dialect *dialect = dialect_of((enum mta)i);

		if (dialect_is_known(dialect) && dialect->has_shape(m))
			return (enum mta)i;
	}
	return MTA_UNKNOWN;
}

enum mta
dialect_recognise(enum mta setting, const struct macros *m)
{
	return setting != MTA_UNKNOWN ? setting : dialect_by_version(m);
}

bool
dialect_from_setting(struct slice word, enum mta *out)
{
	for (unsigned i = 0; i < MTA_COUNT; i++)
		if (slice_eq(slice_of(dialect_of((enum mta)i)->setting),
			word)) {
			*out = (enum mta)i;
			return true;
		}
	return false;
}

bool
dialect_from_name(struct slice word, enum mta *out)
{
	for (unsigned i = 0; i < MTA_COUNT; i++)
		if (slice_eq(slice_of(dialect_of((enum mta)i)->name), word)) {
			*out = (enum mta)i;
			return true;
		}
	return false;
}

const char *
dialect_setting_word(unsigned n)
{
	return n < MTA_COUNT ? dialect_of((enum mta)n)->setting : NULL;
}

bool
dialect_version_is(struct slice v, struct slice majors)
{
	size_t blank = slice_rfind(v, ' ');

	if (blank < v.n)
		v = slice_from(v, blank + 1);
	return v.n > 2 && slice_find(majors, v.p[0]) < majors.n &&
	    v.p[1] == '.' && v.p[2] >= '0' && v.p[2] <= '9';
}

enum proof
dialect_absence(const struct dialect *dialect, const struct macros *m)
{
	if (dialect->absence_proves && macros_has(m, MACRO_CLIENT_ADDR))
		return PROOF_ABSENT;
	return PROOF_UNKNOWN;
}

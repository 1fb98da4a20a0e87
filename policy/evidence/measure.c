/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdio.h>

#include "policy/evidence/measure.h"
#include "policy/evidence/cipher.h"

static bool
measure_version(const struct evidence *e, int *out)
{
	/* An unknown version word is TLS_NONE, below every floor. */
	*out = (int)e->version;
	return e->version_text.n > 0;
}

static void
measure_show_version(const struct evidence *e, char *out, size_t size)
{
	slice_show(e->version_text, out, size);
}

static void
measure_set_version(int value, struct evidence *e)
{
	e->version = (enum tls_version)value;
	e->version_text = slice_of(tls_version_name(e->version));
}

enum { measure_version_macro = MACRO_TLS_VERSION };

static bool
measure_bits(const struct evidence *e, int *out)
{
	*out = e->bits;
	return e->bits > 0;
}

static void
measure_show_bits(const struct evidence *e, char *out, size_t size)
{
	snprintf(out, size, "%d bits", e->bits);
}

static void
measure_set_bits(int value, struct evidence *e)
{
	e->bits = value;
}

enum { measure_bits_macro = MACRO_CIPHER_BITS };

static bool
measure_grade(const struct evidence *e, int *out)
{
	*out = (int)cipher_grade(e->cipher);
	return e->cipher.n > 0;
}

static void
measure_show_grade(const struct evidence *e, char *out, size_t size)
{
	slice_show(e->cipher, out, size);
}

static void
measure_set_grade(int value ATTR_UNUSED, struct evidence *e)
{
	e->cipher = SLICE("TLS_AES_256_GCM_SHA384");
}

enum { measure_grade_macro = MACRO_CIPHER };

#define MEASURE_ROW(id, name, words, most, reason, before, after, remedy, \
    earlier, outbound, what) \
	[id] = { measure_##what, measure_show_##what, measure_set_##what, \
	    (enum macro)measure_##what##_macro },

static const struct {
	bool (*measure)(const struct evidence *e, int *out);
	void (*show)(const struct evidence *e, char *out, size_t size);
	void (*set)(int value, struct evidence *e);
	enum macro macro;
} rows[FLOOR_COUNT] = { FLOORS(MEASURE_ROW) };

bool
measure_floor(enum floor floor, const struct evidence *evidence, int *out)
{
	assert(floor < FLOOR_COUNT);
	return rows[floor].measure(evidence, out);
}

void
measure_show(enum floor floor, const struct evidence *evidence, char *out,
    size_t size)
{
	int value;

	if (measure_floor(floor, evidence, &value))
		rows[floor].show(evidence, out, size);
	else
		snprintf(out, size, "not known");
}

enum macro
measure_macro(enum floor floor)
{
	assert(floor < FLOOR_COUNT);
	return rows[floor].macro;
}

void
measure_set(enum floor floor, int value, struct evidence *evidence)
{
	assert(floor < FLOOR_COUNT);
	rows[floor].set(value, evidence);
}

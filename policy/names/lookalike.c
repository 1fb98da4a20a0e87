/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <idn2.h>

#include "policy/base/lang.h"
#include "policy/base/limits.h"
#include "policy/names/lookalike.h"

struct span {
	uint32_t first, last;
};

static const struct span latin[] = { { 'a', 'z' }, { 0xe0, 0x24f },
	{ 0x1e00, 0x1eff } };
static const struct span other[] = {
	{ 0x370, 0x3ff }, { 0x1f00, 0x1fff },   /* Greek */
	{ 0x400, 0x52f }, { 0x1c80, 0x1c8f },   /* Cyrillic */
	{ 0x2de0, 0x2dff }, { 0xa640, 0xa69f },
};

/* Cyrillic and Greek letters that a reader takes for a Latin one. */
static const uint32_t twins[] = { 0x3b1, 0x3b9, 0x3bd, 0x3bf, 0x3c1, 0x3c5,
	0x3c7, 0x430, 0x435, 0x43a, 0x43c, 0x43e, 0x440, 0x441, 0x442, 0x443,
	0x445, 0x455, 0x456, 0x457, 0x458, 0x475, 0x4bb, 0x4cf, 0x501, 0x51b,
	0x51d };

static bool
lookalike_in(const struct span *spans, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= spans[i].first && c <= spans[i].last)
			return true;
	return false;
}

static bool
lookalike_has_twin(uint32_t c)
{
	for (size_t i = 0; i < COUNT_OF(twins); i++)
		if (twins[i] == c)
			return true;
	return false;
}

/* Whether the label, in Unicode, looks like another one. */
static bool
lookalike_label(const uint32_t *label)
{
	size_t latins = 0, others = 0, alone = 0;

	for (; *label != 0; label++)
		if (lookalike_in(latin, COUNT_OF(latin), *label))
			latins++;
		else if (lookalike_in(other, COUNT_OF(other), *label)) {
			others++;
			if (!lookalike_has_twin(*label))
				alone++;
		}
	return others > 0 && (latins > 0 || alone == 0);
}

/* label begins with "xn--". */
static bool
lookalike_alabel(struct slice label)
{
	char text[LIMIT_LABEL + 1];
	uint32_t *found = NULL;
	bool looks;

	if (label.n > LIMIT_LABEL)
		return false;
	memcpy(text, label.p, label.n);
	text[label.n] = '\0';
	if (idn2_to_unicode_8z4z(text, &found, 0) != IDN2_OK)
		return false;
	looks = lookalike_label(found);
	idn2_free(found);
	return looks;
}

bool
lookalike_key(struct slice key)
{
	size_t begin = 0;

	/* A table may have a million keys, and hardly an A-label. */
	if (slice_find(key, '-') == key.n)
		return false;
	for (size_t i = 0; i <= key.n; i++) {
		struct slice label;

		if (i < key.n && strchr(".@[]:", key.p[i]) == NULL)
			continue;
		label = (struct slice){ key.p + begin, i - begin };
		begin = i + 1;
		if (slice_starts(label, SLICE("xn--")) &&
		    lookalike_alabel(label))
			return true;
	}
	return false;
}

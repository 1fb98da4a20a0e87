/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/cipher.h"

/* Any of these words in a suite's name makes the suite weak: no authentication,
 * no encryption, or broken (RFC 9325 section 4.1). */
static const char *const weak[] = { "NULL", "EXP", "EXPORT", "EXPORT40",
	"EXPORT1024", "ANON", "ADH", "AECDH", "DES", "3DES", "DES40", "RC2",
	"DES40_CBC", "CBC3" };

/* OpenSSL joins algorithm and key length ("AES128"); IANA does not. */
static const char *const strong[] = { "AES", "AES128", "AES256", "CHACHA20",
	"CAMELLIA", "CAMELLIA128", "CAMELLIA256", "ARIA", "ARIA128", "ARIA256",
	"ARIA192", "AES192" };

static const char *const medium[] = { "SEED", "IDEA", "RC4" };

static bool
cipher_is_one_of(const char *const *list, size_t count, struct slice word)
{
	for (size_t i = 0; i < count; i++)
		if (slice_ieq(slice_of(list[i]), word))
			return true;
	return false;
}

/* OpenSSL's names have '-' between the words, IANA's '_'. */
static bool
cipher_next_word(struct slice *rest, struct slice *word)
{
	size_t dash, underscore;

	if (rest->p == NULL)
		return false;
	dash = slice_find(*rest, '-');
	underscore = slice_find(*rest, '_');
	return slice_next(rest, dash < underscore ? '-' : '_', word);
}

enum grade
cipher_grade(struct slice suite)
{
	struct slice rest = suite, word;
	enum grade grade = GRADE_NONE;

	while (cipher_next_word(&rest, &word)) {
		if (cipher_is_one_of(weak, COUNT_OF(weak), word))
			return GRADE_NONE;
		if (cipher_is_one_of(strong, COUNT_OF(strong), word))
			grade = GRADE_HIGH;
		else if (grade == GRADE_NONE &&
		    cipher_is_one_of(medium, COUNT_OF(medium), word))
			grade = GRADE_MEDIUM;
	}
	return grade;
}

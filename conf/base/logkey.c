/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "conf/base/logkey.h"
#include "conf/base/digest.h"
#include "policy/base/arena.h"

static_assert((int)LOGKEY_BYTES == (int)DIGEST_BYTES,
    "a key is the SHA-256 of the key before");

/* A code that cannot be made would leave a line without one. */
static void
logkey_require(int done)
{
	if (done >= 0)
		return;
	fprintf(stderr, "HMAC-SHA256: %s\n", gnutls_strerror(done));
	abort();
}

int
logkey_make(struct logkey *out, struct err *e)
{
	int r = gnutls_rnd(GNUTLS_RND_KEY, out->bytes, LOGKEY_BYTES);

	if (r < 0)
		return err_set(e, "no random numbers: %s", gnutls_strerror(r));
	out->number = 1;
	return 0;
}

static int
logkey_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
logkey_from(struct slice text, unsigned long number, struct logkey *out)
{
	if (text.n != LOGKEY_TEXT || number == 0)
		return false;
	for (unsigned i = 0; i < LOGKEY_BYTES; i++) {
		int high = logkey_digit(text.p[2 * i]);
		int low = logkey_digit(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out->bytes[i] = (unsigned char)(high << 4 | low);
	}
	out->number = number;
	return true;
}

void
logkey_show(const struct logkey *key, char out[LOGKEY_TEXT + 1])
{
	digest_show(key->bytes, out);
}

void
logkey_next(struct logkey *key)
{
	unsigned char next[LOGKEY_BYTES];

	assert(key->number > 0);
	logkey_require(gnutls_hash_fast(GNUTLS_DIG_SHA256, key->bytes,
	    LOGKEY_BYTES, next));
	memcpy(key->bytes, next, LOGKEY_BYTES);
	gnutls_memset(next, 0, LOGKEY_BYTES);
	key->number++;
}

void
logkey_advance(struct logkey *key, unsigned long number)
{
	assert(key->number > 0 && key->number <= number);
	while (key->number < number)
		logkey_next(key);
}

void
logkey_erase(struct logkey *key)
{
	gnutls_memset(key, 0, sizeof(*key));
}

void
logkey_mac(const struct logkey *key, struct slice covered, struct slice prev,
    char out[LOGKEY_TEXT + 1])
{
	unsigned char bytes[LOGKEY_BYTES];
	gnutls_hmac_hd_t mac;

	assert(key->number > 0);
	logkey_require(gnutls_hmac_init(&mac, GNUTLS_MAC_SHA256, key->bytes,
	    LOGKEY_BYTES));
	logkey_require(gnutls_hmac(mac, covered.p, covered.n));
	logkey_require(gnutls_hmac(mac, prev.p, prev.n));
	gnutls_hmac_deinit(mac, bytes);
	digest_show(bytes, out);
}

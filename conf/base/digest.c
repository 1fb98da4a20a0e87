/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "conf/base/digest.h"
#include "policy/base/arena.h"

struct digest {
	gnutls_hash_hd_t hash;
};

/* Without a digest any two files would count as the same. */
static void
digest_require(int done)
{
	if (done >= 0)
		return;
	fprintf(stderr, "SHA-256: %s\n", gnutls_strerror(done));
	abort();
}

struct digest *
digest_begin(void)
{
	struct digest *digest = xcalloc(1, sizeof(*digest));

	digest_require(gnutls_hash_init(&digest->hash, GNUTLS_DIG_SHA256));
	return digest;
}

static void
digest_add_length(struct digest *digest, uint64_t n)
{
	unsigned char bytes[8];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(n >> 8 * i);
	digest_require(gnutls_hash(digest->hash, bytes, sizeof(bytes)));
}

void
digest_add(struct digest *digest, const struct textfile *file)
{
	size_t name_length = strlen(file->name);

	assert(file->text != NULL);
	digest_add_length(digest, name_length);
	digest_require(gnutls_hash(digest->hash, file->name, name_length));
	digest_add_length(digest, file->n);
	digest_require(gnutls_hash(digest->hash, file->text, file->n));
}

void
digest_add_bytes(struct digest *digest, struct slice bytes)
{
	if (bytes.n > 0)
		digest_require(gnutls_hash(digest->hash, bytes.p, bytes.n));
}

void
digest_show(const unsigned char bytes[DIGEST_BYTES],
    char out[DIGEST_TEXT + 1])
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = hex[bytes[i] >> 4];
		out[2 * i + 1] = hex[bytes[i] & 15];
	}
	out[DIGEST_TEXT] = '\0';
}

void
digest_end(struct digest **digest, char out[DIGEST_TEXT + 1])
{
	unsigned char bytes[DIGEST_BYTES];

	assert(*digest != NULL);
	gnutls_hash_deinit((*digest)->hash, bytes);
	free(*digest);
	*digest = NULL;
	digest_show(bytes, out);
}

void
digest_text(struct slice text, char out[DIGEST_TEXT + 1])
{
	unsigned char bytes[DIGEST_BYTES];

	digest_require(gnutls_hash_fast(GNUTLS_DIG_SHA256,
	    text.n == 0 ? "" : text.p, text.n, bytes));
	digest_show(bytes, out);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "conf/file/certificates.h"
#include "conf/base/digest.h"
#include "conf/file/identity.h"

/* A file of a dozen certificates has some 20 KiB. */
enum { CERTIFICATES_LARGEST = 64 * 1024 };

/* A file that is being read. */
struct certificates_file {
	struct read_context *r;
	struct peer_group *group;
	struct slice name;              /* as in a place */
	gnutls_x509_crt_t *list;        /* owns */
	unsigned count;
};

static void
certificates_free(struct certificates_file *file)
{
	for (unsigned i = 0; i < file->count; i++)
		gnutls_x509_crt_deinit(file->list[i]);
	gnutls_free(file->list);
}

/* -1 with e filled unless line is no beginning of a PEM block, or of a
 * certificate, which is counted. */
static int
certificates_check_line(struct slice line, unsigned *count, struct err *e)
{
	struct slice begin = SLICE("-----BEGIN ");
	char shown[80];

	if (!slice_starts(line, begin))
		return 0;
	line = slice_from(line, begin.n);
	if (slice_eq(line, SLICE("CERTIFICATE-----")) ||
	    slice_eq(line, SLICE("X509 CERTIFICATE-----"))) {
		(*count)++;
		return 0;
	}
	if (slice_ends(line, SLICE("PRIVATE KEY-----")))
		return err_set(e, "contains a private key, and files of the "
		    "policy are copied: name a file that has the certificate "
		    "alone (openssl x509 -in FILE -out NEW)");
	slice_show(slice_head(line, slice_find(line, '-')), shown,
	    sizeof(shown));
	return err_set(e, "contains a block %s, which is no certificate: "
	    "remove it", shown);
}

/* Counts the certificates by the lines that they begin with. -1 with e filled
 * when it has none, or something else. */
static int
certificates_count(struct slice text, unsigned *out, struct err *e)
{
	struct slice line;
	unsigned count = 0;

	if (text.n > CERTIFICATES_LARGEST)
		return err_set(e, "larger than %d KiB: name a file with the "
		    "certificates of this peer alone",
		    CERTIFICATES_LARGEST / 1024);
	while (slice_next(&text, '\n', &line))
		if (certificates_check_line(slice_trim(line), &count, e) < 0)
			return -1;
	if (count == 0)
		return err_set(e, "contains no certificate in PEM form: "
		    "convert it (openssl x509 -inform DER -in FILE -out NEW)");
	*out = count;
	return 0;
}

/* Fills list and count of file, for certificates_free(). A certificate that is
 * not counted, or not read, is an error: it must not be missed. */
static int
certificates_parse(struct certificates_file *file, const struct textfile *text,
    struct err *e)
{
	/* GnuTLS takes it unsigned, and does not write to it. */
	gnutls_datum_t data = { (unsigned char *)text->text,
		(unsigned)text->n };
	unsigned begun = 0;
	int result;

	if (certificates_count((struct slice){ text->text, text->n }, &begun,
		e) < 0)
		return -1;
	result = gnutls_x509_crt_list_import2(&file->list, &file->count,
	    &data, GNUTLS_X509_FMT_PEM, 0);
	if (result >= 0 && file->count == begun)
		return 0;
	if (result >= 0)
		certificates_free(file);
	return err_set(e, "a certificate in it cannot be read: copy it again "
	    "from its owner");
}

/* Whether the file has it as part of the chain of another one: who shows that
 * one does not show this. One issued by itself has no chain, though the next
 * one of the peer may have the same name. */
static bool
certificates_is_chain(const struct certificates_file *file, unsigned at)
{
	for (unsigned i = 0; i < file->count; i++)
		if (i != at && !gnutls_x509_crt_check_issuer(file->list[i],
			file->list[i]) &&
		    gnutls_x509_crt_check_issuer(file->list[i],
			file->list[at]))
			return true;
	return false;
}

/* The fingerprint in the form that is compared, in the policy's arena. */
static int
certificates_fingerprint(struct read_context *r, gnutls_x509_crt_t crt,
    struct slice *out, struct err *e)
{
	unsigned char bytes[DIGEST_BYTES];
	char hex[DIGEST_TEXT + 1];
	size_t n = sizeof(bytes);
	int result = gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256,
	    bytes, &n);

	if (result < 0 || n != sizeof(bytes))
		return err_set(e, "has no fingerprint (%s)",
		    gnutls_strerror(result));
	digest_show(bytes, hex);
	*out = slice_of(arena_printf(r->arena, "sha256:%s", hex));
	return 0;
}

/* Pins all certificates of file. */
static int
certificates_add(struct certificates_file *file, struct err *e)
{
	struct peer_group *group = file->group;
	size_t count = group->certificate_count;
	struct dated_certificate *list = arena_array(file->r->arena,
	    count + file->count, sizeof(*list));

	if (count > 0)
		memcpy(list, group->certificates, count * sizeof(*list));
	for (unsigned i = 0; i < file->count; i++) {
		struct dated_certificate *new = &list[count];
		time_t ends = gnutls_x509_crt_get_expiration_time(
		    file->list[i]);

		if (certificates_is_chain(file, i))
			continue;
		if (ends == (time_t)-1)
			return err_set(e, "has a certificate without an end: "
			    "pin it by its fingerprint");
		*new = (struct dated_certificate){ .file = file->name,
			.ends = (int64_t)ends };
		if (certificates_fingerprint(file->r, file->list[i],
			&new->fingerprint, e) < 0)
			return -1;
		identity_add_fingerprint(file->r, group, new->fingerprint);
		count++;
	}
	group->certificates = list;
	group->certificate_count = count;
	return 0;
}

static int
certificates_read(struct read_context *r, struct slice path,
    struct peer_group *group, struct err *e)
{
	struct certificates_file file = { .r = r, .group = group };
	struct textfile text;
	int result;

	if (r->source->read(r->source, path.p, &text, e) < 0)
		return -1;
	text.name = context_name(r, path);
	file.name = slice_of(text.name);
	context_add_file(r, &text);
	result = certificates_parse(&file, &text, e);
	if (result == 0) {
		result = certificates_add(&file, e);
		certificates_free(&file);
	}
	textfile_clear(&text);
	return result;
}

int
certificates_set(struct read_context *r, const struct value *value, void *into,
    struct err *e)
{
	size_t n = section_count_texts(value->at);

	if (n == 0)
		return err_set(e, "an empty list matches no peer");
	for (size_t i = 0; i < n; i++) {
		struct value file = section_text_value(r, value->at, i);
		struct slice path;
		struct err why;

		if (file.text.p == NULL)
			continue;
		path = context_path(r, file.text);
		if (certificates_read(r, path, into, &why) < 0)
			section_error(r, file.at, "%s: %s", path.p, why.text);
	}
	return 0;
}

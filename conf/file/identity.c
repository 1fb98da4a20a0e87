/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/file/identity.h"
#include "conf/file/network.h"
#include "conf/syntax/field.h"
#include "policy/names/domain.h"
#include "policy/names/lookalike.h"

enum { SHA256_DIGITS = 64 };

static int
identity_name_from(struct read_context *r, struct slice raw, struct slice *out,
    struct err *e)
{
	bool suffix = raw.n > 0 && raw.p[0] == '.';
	struct domain domain;
	char shown[80], form[LIMIT_DOMAIN + 40];

	slice_show(raw, shown, sizeof(shown));
	/* Shown whole, to be copied. */
	slice_show(slice_from(raw, slice_starts(raw, SLICE("*.")) ? 1 : 0),
	    form, sizeof(form));
	if (slice_starts(raw, SLICE("*.")))
		return err_set(e, "\"%s\": write \"%s\" for every host below "
		    "it; inbound and entry name a certificate whose common "
		    "name is a wildcard by its subject, in subjects", shown,
		    form);
	if (!domain_from(suffix ? slice_from(raw, 1) : raw, &domain))
		return err_set(e, "\"%s\" is not a host name", shown);
	*out = slice_of(arena_printf(r->arena, "%s%s", suffix ? "." : "",
	    domain.text));
	return 0;
}

static int
identity_fingerprint_from(struct read_context *r, struct slice raw,
    struct slice *out, struct err *e)
{
	struct slice prefix = SLICE("sha256:");
	char text[7 + SHA256_DIGITS + 1];
	size_t n = prefix.n;

	if (!slice_istarts(raw, prefix))
		return err_set(e, "expected \"sha256:\" and 64 hexadecimal "
		    "digits");
	memcpy(text, prefix.p, prefix.n);
	for (size_t i = prefix.n; i < raw.n; i++) {
		char c = raw.p[i];

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (c == ':')
			continue;
		if (n == sizeof(text) - 1 ||
		    !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return err_set(e, "expected 64 hexadecimal digits "
			    "after \"sha256:\"");
		text[n++] = c;
	}
	assert(n < sizeof(text));
	if (n != sizeof(text) - 1)
		return err_set(e, "expected 64 hexadecimal digits after "
		    "\"sha256:\", found %zu", n - prefix.n);
	*out = arena_copy(r->arena, (struct slice){ text, n });
	return 0;
}

static int
identity_text_from(struct read_context *r, struct slice raw, struct slice *out,
    struct err *e)
{
	if (raw.n == 0)
		return err_set(e, "an empty string matches nothing");
	*out = arena_copy(r->arena, raw);
	return 0;
}

static int
identity_words_of(struct read_context *r, const struct value *value,
    int (*parse)(struct read_context *r, struct slice raw, struct slice *out,
	struct err *e), void *into, struct err *e)
{
	/* An empty list must never mean "anybody". */
	if (section_count_texts(value->at) == 0)
		return err_set(e, "an empty list matches no peer");
	section_words(r, value->at, parse, field_of(value, into));
	return 0;
}

/* No certificate for the name that is read has it. */
static void
identity_review_names(struct read_context *r, struct node at,
    const struct words *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (lookalike_key(names->list[i]))
			section_warning(r, at, "%.*s has letters of another "
			    "alphabet that look like Latin ones: a peer that "
			    "shows the name that it looks like does not pass. "
			    "Type it instead of pasting it, if you mean that "
			    "name", SLICE_ARGS(names->list[i]));
}

int
identity_set_names(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	const struct words *names = field_of(value, into);

	if (identity_words_of(r, value, identity_name_from, into, e) < 0)
		return -1;
	identity_review_names(r, value->at, names);
	return 0;
}

int
identity_set_texts(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	return identity_words_of(r, value, identity_text_from, into, e);
}

int
identity_set_fingerprints(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct peer_group *group = into;
	/* Those of certificates, when that key came first. */
	struct words before = group->fingerprints;

	if (identity_words_of(r, value, identity_fingerprint_from, into, e) < 0)
		return -1;
	for (size_t i = 0; i < before.count; i++)
		identity_add_fingerprint(r, group, before.list[i]);
	return 0;
}

void
identity_add_fingerprint(struct read_context *r, struct peer_group *group,
    struct slice fingerprint)
{
	const struct words *old = &group->fingerprints;
	struct slice *list;

	for (size_t i = 0; i < old->count; i++)
		if (slice_eq(old->list[i], fingerprint))
			return;
	list = arena_array(r->arena, old->count + 1, sizeof(*list));
	if (old->count > 0)
		memcpy(list, old->list, old->count * sizeof(*list));
	list[old->count] = fingerprint;
	group->fingerprints = (struct words){ list, old->count + 1 };
}

int
identity_set_clients(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct peer_group *group = into;

	if (section_count_texts(value->at) == 0)
		return err_set(e, "an empty list matches no peer");
	group->client_count = network_ranges(r, value->at, &group->clients);
	return 0;
}

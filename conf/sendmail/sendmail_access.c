/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_access.h"

static const struct {
	const char *name;
	enum sendmail_access_tag tag;
} tags[] = {
	{ "TLS_Srv", SENDMAIL_TLS_SRV },
	{ "TLS_Clt", SENDMAIL_TLS_CLT },
	{ "TLS_Rcpt", SENDMAIL_TLS_RCPT },
	{ "Try_TLS", SENDMAIL_TRY_TLS },
	{ "Srv_Features", SENDMAIL_SRV_FEATURES },
	{ "CLT_Features", SENDMAIL_CLT_FEATURES },
	{ "TLS_Srv_Features", SENDMAIL_TLS_SRV_FEATURES },
	{ "TLS_Clt_Features", SENDMAIL_TLS_CLT_FEATURES },
};

/* Words of a value that switch something off. Of the features Sendmail looks at
 * the first letter of each word, whose case counts. */
static const struct {
	enum sendmail_access_tag tag;
	char letter;
	const char *off;
} switches[] = {
	{ SENDMAIL_SRV_FEATURES, 'S', "STARTTLS is not offered" },
	{ SENDMAIL_SRV_FEATURES, 'V', "no client certificate is asked for" },
	{ SENDMAIL_SRV_FEATURES, 'R', "no client certificate is asked for" },
	{ SENDMAIL_CLT_FEATURES, 'D', "DANE is not used" },
	{ SENDMAIL_CLT_FEATURES, 'M', "MTA-STS is not used" },
};

/* Of several flags of a session. */
static const struct {
	char letter;
	const char *off;
} flags[] = {
	{ 'C', "a failed handshake is followed by plaintext" },
	{ 'd', "DANE is not used" },
};

static bool
access_next_word(struct slice *rest, struct slice *word)
{
	size_t n = 0;

	*rest = slice_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	*word = slice_head(*rest, n);
	*rest = slice_from(*rest, n);
	return n > 0;
}

/* The first row that a word of the value switches. */
static const char *
access_features(enum sendmail_access_tag tag, struct slice value)
{
	for (size_t i = 0; i < COUNT_OF(switches); i++) {
		struct slice rest = value, word;

		while (switches[i].tag == tag && access_next_word(&rest,
		    &word))
			if (*word.p == switches[i].letter)
				return switches[i].off;
	}
	return NULL;
}

/* "key=value; Flags=cd" */
static const char *
access_session(struct slice value)
{
	struct slice part;

	while (slice_next(&value, ';', &part)) {
		size_t sign = slice_find(part, '=');
		struct slice set = slice_from(part, sign + 1);

		if (!slice_ieq(slice_trim(slice_head(part, sign)),
		    SLICE("Flags")))
			continue;
		for (size_t i = 0; i < COUNT_OF(flags); i++)
			if (slice_find(set, flags[i].letter) < set.n)
				return flags[i].off;
	}
	return NULL;
}

static const char *
access_off(enum sendmail_access_tag tag, struct slice value)
{
	switch (tag) {
	case SENDMAIL_TRY_TLS:
		return slice_ieq(value, SLICE("NO"))
		    ? "STARTTLS is not used" : NULL;
	case SENDMAIL_SRV_FEATURES:
	case SENDMAIL_CLT_FEATURES:
		return access_features(tag, value);
	case SENDMAIL_TLS_CLT_FEATURES:
		return access_session(value);
	case SENDMAIL_TLS_SRV:
	case SENDMAIL_TLS_CLT:
	case SENDMAIL_TLS_RCPT:
	case SENDMAIL_TLS_SRV_FEATURES:
		return NULL;
	}
	return NULL;
}

bool
sendmail_access_read(struct slice key, struct slice value,
    struct sendmail_access *out)
{
	size_t colon = slice_find(key, ':');
	struct slice tag = slice_head(key, colon);

	/* The entry for all peers ends with the colon. */
	if (colon == key.n)
		return false;
	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		if (!slice_ieq(tag, slice_of(tags[i].name)))
			continue;
		out->tag = tags[i].tag;
		out->name = tags[i].name;
		out->peer = slice_from(key, colon + 1);
		out->off = access_off(out->tag, slice_trim(value));
		return true;
	}
	return false;
}

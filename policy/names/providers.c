/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/names/providers.h"
#include "policy/names/domain.h"

/* Domains whose hosts send or receive for many customers at once. */
static const struct {
	const char *domain;
	const char *provider;
} providers[] = {
	{ "outlook.com", "Microsoft 365" },
	{ "office365.us", "Microsoft 365" },
	{ "partner.outlook.cn", "Microsoft 365" },
	{ "mx.microsoft", "Microsoft 365" },
	{ "messaging.microsoft.com", "Microsoft 365" },
	{ "gmail.com", "Google" },
	{ "google.com", "Google" },
	{ "googlemail.com", "Google" },
	{ "amazonses.com", "Amazon SES" },
	{ "amazonaws.com", "Amazon" },
	{ "awsapps.com", "Amazon WorkMail" },
	{ "pphosted.com", "Proofpoint" },
	{ "ppe-hosted.com", "Proofpoint" },
	{ "gpphosted.com", "Proofpoint" },
	{ "mimecast.com", "Mimecast" },
	{ "mimecast.co.za", "Mimecast" },
	{ "messagelabs.com", "Symantec Email Security" },
	{ "iphmx.com", "Cisco Secure Email" },
	{ "barracudanetworks.com", "Barracuda" },
	{ "hornetsecurity.com", "Hornetsecurity" },
	{ "antispameurope.com", "Hornetsecurity" },
	{ "trendmicro.com", "Trend Micro" },
	{ "trendmicro.eu", "Trend Micro" },
	{ "sophos.com", "Sophos" },
	{ "retarus.com", "Retarus" },
	{ "sendgrid.net", "SendGrid" },
	{ "mailgun.org", "Mailgun" },
	{ "mailgun.net", "Mailgun" },
	{ "mandrillapp.com", "Mailchimp" },
	{ "mcsv.net", "Mailchimp" },
	{ "zoho.com", "Zoho" },
	{ "zoho.eu", "Zoho" },
	{ "messagingengine.com", "Fastmail" },
	{ "yahoodns.net", "Yahoo" },
	{ "icloud.com", "Apple iCloud" },
	{ "ovh.net", "OVH" },
	{ "kundenserver.de", "IONOS" },
	{ "ionos.com", "IONOS" },
	{ "strato.de", "Strato" },
	{ "secureserver.net", "GoDaddy" },
	{ "gandi.net", "Gandi" },
	{ "rzone.de", "Strato" },
};

const char *
providers_domain(size_t i)
{
	return i < COUNT_OF(providers) ? providers[i].domain : NULL;
}

const char *
providers_of(struct slice name)
{
	/* A name that begins with a dot ends as its sub-domains do. */
	for (size_t i = 0; i < COUNT_OF(providers); i++) {
		struct slice domain = slice_of(providers[i].domain);

		if (slice_eq(name, domain))
			return providers[i].provider;
		if (name.n > domain.n && slice_ends(name, domain) &&
		    name.p[name.n - domain.n - 1] == '.')
			return providers[i].provider;
	}
	return NULL;
}

/* A common name. One with a wildcard in its first label is of the names below
 * the rest. */
static const char *
providers_of_common_name(struct slice name)
{
	size_t label = slice_find(name, '.');
	struct domain domain;

	if (label < name.n && slice_find(slice_head(name, label), '*') < label)
		name = slice_from(name, label + 1);
	return domain_from(name, &domain) ? providers_of(domain_slice(&domain))
	    : NULL;
}

const char *
providers_of_subject(struct slice subject)
{
	static const struct slice mark = { "/CN=", 4 };
	const char *provider = NULL;

	/* Postfix reports the common name alone. */
	if (!slice_starts(subject, SLICE("/")))
		return providers_of_common_name(subject);
	/* In Sendmail's form, "/O=Google LLC/CN=smtp.gmail.com", a "/" within a
	 * value is not marked: each CN there may be the first. */
	for (size_t i = 0; i + mark.n <= subject.n && provider == NULL; i++)
		if (slice_starts(slice_from(subject, i), mark)) {
			struct slice name = slice_from(subject, i + mark.n);

			provider = providers_of_common_name(slice_head(name,
			    slice_find(name, '/')));
		}
	return provider;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <libmilter/mfdef.h>

#include "policy/base/lang.h"
#include "tests/bench/phrase.h"
#include "tests/driver/filter.h"

enum { DIGITS = 7 };

static const char row_name[] = "d0000000.bench.test";
static const char strict_name[] = "strict.bench.test";

/* The macros that Postfix sends for these sessions. */
static const struct { const char *name; const char *value; } shown[] = {
	{ "i", "7FA14AA2125" },
	{ "v", "Postfix 3.7.11" },
	{ "j", "mx.corp.example" },
	{ "_", "mail.partner.example [192.0.2.25]" },
	{ "{client_addr}", "192.0.2.25" },
	{ "{client_name}", "mail.partner.example" },
	{ "{client_port}", "41216" },
	{ "{daemon_name}", "mx.corp.example" },
	{ "{daemon_addr}", "192.0.2.1" },
	{ "{daemon_port}", "25" },
	{ "{tls_version}", "TLSv1.2" },
	{ "{cipher}", "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "{cipher_bits}", "256" },
	{ "{cert_subject}", "mail.partner.example" },
	{ "{cert_issuer}", "Partner Issuing CA 7" },
	{ "{mail_addr}", "sender@partner.example" },
	{ "{mail_host}", "partner.example" },
	{ "{mail_mailer}", "smtp" },
	{ "{rcpt_mailer}", "smtp" },
};

static void
put_name(struct phrase *p, const char *name)
{
	if (name == row_name)
		p->digits[p->digit_count++] = p->bytes.n + 1;
	wire_bytes(&p->bytes, name, strlen(name));
}

static void
put_macro(struct phrase *p, struct slice macro, const char *domain)
{
	if (domain != NULL && slice_eq(macro, SLICE("{rcpt_addr}"))) {
		wire_string(&p->bytes, macro);
		wire_bytes(&p->bytes, "user@", 5);
		put_name(p, domain);
		wire_bytes(&p->bytes, "", 1);
	} else if (domain != NULL && slice_eq(macro, SLICE("{rcpt_host}"))) {
		wire_string(&p->bytes, macro);
		put_name(p, domain);
		wire_bytes(&p->bytes, "", 1);
	}
	for (size_t i = 0; i < COUNT_OF(shown); i++)
		if (slice_eq(macro, slice_of(shown[i].name))) {
			wire_string(&p->bytes, macro);
			wire_string(&p->bytes, slice_of(shown[i].value));
		}
}

static void
put_macros(struct phrase *p, const struct terms *t, enum at at, char command,
    const char *domain)
{
	const char *list = t->symbols[at];
	struct slice rest, macro;

	/* Postfix sends its own list if the list is empty. */
	if (list == NULL || *list == '\0')
		list = filter_usual_list(true, at);
	rest = slice_of(list);
	wire_begin(&p->bytes, SMFIC_MACRO);
	wire_bytes(&p->bytes, &command, 1);
	while (slice_next(&rest, ' ', &macro))
		put_macro(p, macro, domain);
	wire_end(&p->bytes);
}

static void
set_phrase(struct phrase *p, const struct terms *t, uint32_t no,
    uint32_t no_reply)
{
	*p = (struct phrase){ 0 };
	p->wanted = (t->steps & no) == 0;
	p->awaited = p->wanted && (t->steps & no_reply) == 0;
}

static void
make_rcpt(struct phrase *p, const struct terms *t, const char *domain)
{
	set_phrase(p, t, SMFIP_NORCPT, SMFIP_NR_RCPT);
	put_macros(p, t, AT_RCPT, SMFIC_RCPT, domain);
	wire_begin(&p->bytes, SMFIC_RCPT);
	wire_bytes(&p->bytes, "<user@", 6);
	put_name(p, domain);
	wire_bytes(&p->bytes, ">", 2);
	wire_end(&p->bytes);
}

static void
make_opening(struct phrases *s, const struct terms *t)
{
	set_phrase(&s->connect, t, SMFIP_NOCONNECT, SMFIP_NR_CONN);
	put_macros(&s->connect, t, AT_CONNECT, SMFIC_CONNECT, NULL);
	if (s->connect.wanted) {
		wire_begin(&s->connect.bytes, SMFIC_CONNECT);
		wire_string(&s->connect.bytes, SLICE("mail.partner.example"));
		wire_bytes(&s->connect.bytes, "4", 1);
		wire_u16(&s->connect.bytes, 41216);
		wire_string(&s->connect.bytes, SLICE("192.0.2.25"));
		wire_end(&s->connect.bytes);
	}
	set_phrase(&s->helo, t, SMFIP_NOHELO, SMFIP_NR_HELO);
	put_macros(&s->helo, t, AT_HELO, SMFIC_HELO, NULL);
	if (s->helo.wanted) {
		wire_begin(&s->helo.bytes, SMFIC_HELO);
		wire_string(&s->helo.bytes, SLICE("mail.partner.example"));
		wire_end(&s->helo.bytes);
	}
}

static void
make_message(struct phrases *s, const struct terms *t)
{
	set_phrase(&s->mail, t, SMFIP_NOMAIL, SMFIP_NR_MAIL);
	put_macros(&s->mail, t, AT_MAIL, SMFIC_MAIL, NULL);
	if (s->mail.wanted) {
		wire_begin(&s->mail.bytes, SMFIC_MAIL);
		wire_string(&s->mail.bytes, SLICE("<sender@partner.example>"));
		wire_string(&s->mail.bytes, SLICE("SIZE=2048"));
		wire_end(&s->mail.bytes);
	}
	make_rcpt(&s->strict, t, strict_name);
	make_rcpt(&s->rcpt, t, row_name);
	set_phrase(&s->data, t, SMFIP_NODATA, SMFIP_NR_DATA);
	put_macros(&s->data, t, AT_DATA, SMFIC_DATA, NULL);
	if (s->data.wanted)
		wire_plain(&s->data.bytes, SMFIC_DATA);
	set_phrase(&s->end, t, 0, 0);
	put_macros(&s->end, t, AT_EOH, SMFIC_EOH, NULL);
	put_macros(&s->end, t, AT_EOM, SMFIC_BODYEOB, NULL);
	wire_plain(&s->end.bytes, SMFIC_BODYEOB);
}

void
phrases_make(struct phrases *s, const struct terms *t)
{
	make_opening(s, t);
	make_message(s, t);
}

void
phrases_clear(struct phrases *s)
{
	struct phrase *all[] = { &s->connect, &s->helo, &s->mail, &s->strict,
		&s->rcpt, &s->data, &s->end };

	for (size_t i = 0; i < COUNT_OF(all); i++)
		wire_clear(&all[i]->bytes);
}

size_t
phrase_put(struct phrase *p, unsigned long row, char *out)
{
	if (p->digit_count > 0) {
		char digits[DIGITS + 1];

		snprintf(digits, sizeof(digits), "%07lu", row % 10000000);
		for (unsigned i = 0; i < p->digit_count; i++)
			memcpy(p->bytes.p + p->digits[i], digits, DIGITS);
	}
	memcpy(out, p->bytes.p, p->bytes.n);
	return p->bytes.n;
}

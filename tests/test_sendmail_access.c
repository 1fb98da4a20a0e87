/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_access.h"
#include "tests/cases.h"

/* clang-format off */
static const struct {
	const char *label, *key, *value;
	const char *name, *peer, *off;
} cases[] = {
	{ "no TLS for a server", "Try_TLS:bank.example", "NO",
	    "Try_TLS", "bank.example", "STARTTLS is not used" },
	{ "as a database has it", "try_tls:bank.example", "NO",
	    "Try_TLS", "bank.example", "STARTTLS is not used" },
	{ "TLS for a server", "Try_TLS:bank.example", "YES",
	    "Try_TLS", "bank.example", NULL },
	{ "no TLS for all", "Try_TLS:", "no ",
	    "Try_TLS", "", "STARTTLS is not used" },
	{ "without a colon nobody looks it up", "Try_TLS", "NO", NULL, NULL,
	    NULL },
	{ "a demand", "TLS_Srv:bank.example", "VERIFY:112",
	    "TLS_Srv", "bank.example", NULL },
	{ "a demand of a client", "TLS_Clt:192.0.2.1", "ENCR:112",
	    "TLS_Clt", "192.0.2.1", NULL },
	{ "a demand of a recipient", "TLS_Rcpt:u@bank.example", "VERIFY",
	    "TLS_Rcpt", "u@bank.example", NULL },
	{ "an address with colons", "Try_TLS:IPv6:2001:db8::1", "NO",
	    "Try_TLS", "IPv6:2001:db8::1", "STARTTLS is not used" },
	{ "STARTTLS not offered", "Srv_Features:192.0.2", "V S",
	    "Srv_Features", "192.0.2", "STARTTLS is not offered" },
	{ "no certificate asked for", "srv_features:", "a\tV",
	    "Srv_Features", "", "no client certificate is asked for" },
	{ "its other letter", "Srv_Features:x", "R",
	    "Srv_Features", "x", "no client certificate is asked for" },
	{ "small letters switch on", "Srv_Features:x", "s v",
	    "Srv_Features", "x", NULL },
	{ "no DANE", "CLT_Features:x", "D", "CLT_Features", "x",
	    "DANE is not used" },
	{ "no MTA-STS", "Clt_Features:x", "d M", "CLT_Features", "x",
	    "MTA-STS is not used" },
	{ "plaintext after TLS", "TLS_Clt_Features:x",
	    "cipherlist=HIGH; flags=C", "TLS_Clt_Features", "x",
	    "a failed handshake is followed by plaintext" },
	{ "no DANE for a session", "TLS_Clt_Features:x", "Flags=d",
	    "TLS_Clt_Features", "x", "DANE is not used" },
	{ "no plaintext after TLS", "TLS_Clt_Features:x", "Flags=c;CipherList=C",
	    "TLS_Clt_Features", "x", NULL },
	{ "as a server", "TLS_Srv_Features:x", "CertFile=/a",
	    "TLS_Srv_Features", "x", NULL },
	{ "no value", "Try_TLS:x", "", "Try_TLS", "x", NULL },
	{ "another tag", "Connect:x", "RELAY", NULL, NULL, NULL },
	{ "no tag", "x", "REJECT", NULL, NULL, NULL },
	{ "the begin of a tag", "Try_TLSx:y", "NO", NULL, NULL, NULL },
	{ "nothing", "", "", NULL, NULL, NULL },
};
/* clang-format on */

static void
test_entries(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sendmail_access a;

		if (!sendmail_access_read(slice_of(cases[i].key),
		    slice_of(cases[i].value), &a)) {
			want_text(cases[i].label, "tag", NULL, cases[i].name);
			continue;
		}
		want_text(cases[i].label, "tag", a.name, cases[i].name);
		want_slice(cases[i].label, "peer", a.peer, cases[i].peer);
		want_text(cases[i].label, "off", a.off, cases[i].off);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_entries),
};

RUN_TESTS(tests)

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/reading.h"

/* clang-format off */
static const struct reading_case cases[] = {
	{ "a partner without name or rule",
	    TOP
	    "partners = (\n"
	    "{ domains = [ \"p.example\" ]; }\n"
	    ");\n",
	    "5: partners[0]: name is missing\n"
	    "5: partners[0]: a partner without any rule: add inbound, entry, "
	    "earlier, outbound or a profile\n" },
	{ "partner names",
	    TOP
	    "partners = (\n"
	    "{ name = \"a b\"; domains = \"a.example\"; inbound = { "
	    "level = \"encrypt\"; stage = \"defer\"; }; },\n"
	    "{ name = \"\"; domains = \"b.example\"; inbound = { "
	    "level = \"encrypt\"; stage = \"defer\"; }; },\n"
	    "{ name = \"c\"; domains = \"c.example\"; inbound = { "
	    "level = \"encrypt\"; stage = \"defer\"; }; },\n"
	    "{ name = \"c\"; domains = \"d.example\"; inbound = { "
	    "level = \"encrypt\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "5: partners[0].name: a name is 1 to 64 letters, digits, "
	    "dots, hyphens and underscores, and begins with a letter "
	    "or digit\n"
	    "6: partners[1].name: a name is 1 to 64 letters, digits, "
	    "dots, hyphens and underscores, and begins with a letter "
	    "or digit\n"
	    "8: partners[3]: \"c\" is already the name of the partner at "
	    "t.conf:7\n" },
	{ "an unknown key in a partner",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domain = \"p.example\"; inbound = { "
	    "level = \"encrypt\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "5: partners[0].domain: unknown key: did you mean "
	    "domains?\n"
	    "5: warning: this partner has no key, so its rules never apply: "
	    "add domains, senders or next_hops\n" },
	{ "a rule's key in the partner",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = \"p.example\"; level = "
	    "\"encrypt\"; inbound = { level = \"encrypt\"; stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "5: partners[0].level: unknown key: it belongs in a rule: inbound, "
	    "entry, earlier or outbound\n" },
	{ "a partner that is no group",
	    TOP
	    "partners = (\n"
	    "\"p\"\n"
	    ");\n",
	    "6: partners[0]: expected a group { }, found a string\n" },
	{ "a partner without keys",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; inbound = { level = \"encrypt\"; stage "
	    "= \"defer\"; }; }\n"
	    ");\n",
	    "5: warning: this partner has no key, so its rules never apply: "
	    "add domains, senders or next_hops\n" },
	{ "keys that look like others",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"b\xd0\xb0nk.example\", "
	    "\".b\xd0\xb0nk.example\", \"m\xc3\xbcnchen.example\", \"*\", "
	    "\"[192.0.2.1]\" ];\n"
	    "inbound = { level = \"none\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "5: warning: xn--bnk-6cd.example has letters of another alphabet "
	    "that look like Latin ones: the name that it looks like is not "
	    "covered. Type it instead of pasting it, if you mean that name\n"
	    "5: warning: .xn--bnk-6cd.example has letters of another alphabet "
	    "that look like Latin ones: the name that it looks like is not "
	    "covered. Type it instead of pasting it, if you mean that name\n"
	    },
	{ "keys of one label",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"bank\", \"board@bank\", "
	    "\".bank\" ];\n"
	    "next_hops = [ \"relay\", \"[relay]:587\" ];\n"
	    "entry = { level = \"encrypt\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "5: warning: bank has a domain of one label, which covers no "
	    "domain below it: write the whole domain\n"
	    "5: warning: board@bank has a domain of one label, which covers no "
	    "domain below it: write the whole domain\n" },
	{ "keys",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"*.p.example\", "
	    "\"[gw.p.example]:587\", \"p..example\", \"\", "
	    "\"192.0.2.1\", \"[192.0.2.1]\", \"U@P.example\" ]; "
	    "inbound = { level = \"encrypt\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "5: partners[0].domains[0]: \"*.p.example\" is not the form for "
	    "subdomains: write \".p.example\"\n"
	    "5: partners[0].domains[1]: \"[gw.p.example]:587\" is a "
	    "next hop; it belongs in \"next_hops\"\n"
	    "5: partners[0].domains[2]: \"p..example\" is not a domain name\n"
	    "5: partners[0].domains[3]: a key is empty\n"
	    "5: partners[0].domains[5]: \"[192.0.2.1]\" is already a key of "
	    "the row at t.conf:5: two rows must not have the same key\n" },
	{ "next hops",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; next_hops = [ \"[gw.p.example]:587\", "
	    "\"gw.p.example:25\", \"unix:private/x\", \"[\", \"\" ];\n"
	    "  outbound = { level = \"encrypt\"; stage = \"defer\"; "
	    "}; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "5: partners[0].next_hops[4]: a next hop is empty\n" },
	{ "a key claimed twice by two partners",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ]; inbound = "
	    "{ level = \"encrypt\"; stage = \"defer\"; }; },\n"
	    "{ name = \"q\"; domains = [ \"q.example\",\n"
	    "  \"P.Example.\" ]; inbound = { level = \"encrypt\"; "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "7: partners[1].domains[1]: \"p.example\" is already a key of the "
	    "row at t.conf:5: two rows must not have the same key\n" },
	{ "a key claimed twice by one partner",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ]; senders = "
	    "[ \"p.example\" ]; inbound = { level = \"encrypt\"; "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "5: partners[0].senders[0]: \"p.example\" is already a key of the "
	    "row at t.conf:5: two rows must not have the same key\n" },
	{ "senders without an inbound rule",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ]; senders = "
	    "[ \"s.example\" ];\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "5: warning: partners[0].senders: these keys apply only to hops "
	    "for which the partner has no rule\n" },
	{ "an address with nothing but outbound",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"u@p.example\" ];\n"
	    "  outbound = { level = \"encrypt\"; stage = \"defer\"; "
	    "}; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "5: partners[0].domains[0]: an address takes no outbound rule, and "
	    "this partner has no other rule\n" },
	{ "no such profile",
	    TOP
	    "profiles = ( { name = \"regulated\"; inbound = { level "
	    "= \"encrypt\"; stage = \"defer\"; }; } );\n"
	    "partners = ( { name = \"p\"; domains = \"p.example\"; "
	    "profile = \"regulate\"; } );\n",
	    "5: partners[0].profile: there is no profile "
	    "\"regulate\": did you mean \"regulated\"?\n" },
	{ "profile names",
	    TOP
	    "profiles = ( { name = \"a\"; inbound = { level = "
	    "\"encrypt\"; stage = \"defer\"; }; },\n"
	    "{ name = \"a\"; inbound = { level = \"encrypt\"; stage "
	    "= \"defer\"; }; }, { name = \"b\"; domains = \"x\"; } );\n",
	    "5: profiles[1].name: \"a\" is already the name of the profile at "
	    "t.conf:4\n"
	    "5: profiles[2].domains: unknown key: a profile has no such "
	    "key\n" },
	{ "a profile's rule that no row completes",
	    TOP
	    "profiles = ( { name = \"a\";\n"
	    "  inbound = { level = \"verify\"; stage = \"defer\"; }; "
	    "} );\n"
	    "partners = ( { name = \"p\"; domains = \"p.example\"; "
	    "profile = \"a\"; },\n"
	    "{ name = \"q\"; domains = \"q.example\"; profile = "
	    "\"a\"; } );\n",
	    "5: profiles[0].inbound: level \"verify\" without identity: any "
	    "certificate of any authority that the MTA trusts would be "
	    "accepted. Set names, subjects, issuers, fingerprints or logins; "
	    "or any_peer = true\n" },
	{ "a profile's rule that its row completes",
	    TOP
	    "profiles = ( { name = \"a\";\n"
	    "  inbound = { level = \"verify\"; stage = \"defer\"; }; "
	    "} );\n"
	    "partners = ( { name = \"p\"; domains = \"p.example\"; "
	    "profile = \"a\";\n"
	    "  inbound = { names = \"mx.p.example\"; }; } );\n",
	    "" },
	{ "a row that asks nothing of what its profile asks",
	    TOP
	    "profiles = ( { name = \"a\";\n"
	    "  inbound = { level = \"verify\"; names = "
	    "\"mx.example\"; clients = \"192.0.2.1\"; min_tls = "
	    "\"1.2\"; min_bits = 128; min_grade = \"high\";\n"
	    "    never_below = \"encrypt\"; elsewhere = \"log\"; "
	    "watch = { min_tls = \"1.3\"; }; stage = \"defer\"; };\n"
	    "  outbound = { level = \"verify\"; dane = true; stage = "
	    "\"defer\"; }; } );\n"
	    "partners = ( { name = \"p\"; domains = \"p.example\"; "
	    "profile = \"a\";\n"
	    "  inbound = { level = \"none\"; }; outbound = { level = "
	    "\"encrypt\"; }; } );\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "" },
	{ "a profile's floor that a row's hop does not support",
	    TOP
	    "profiles = ( { name = \"a\";\n"
	    "  earlier = { min_bits = 128; }; } );\n"
	    "partners = ( { name = \"p\"; domains = \"p.example\"; "
	    "profile = \"a\";\n"
	    "  earlier = { level = \"encrypt\"; stage = \"tag\"; }; "
	    "} );\n"
	    "own_relays = \"192.0.2.1\";\n",
	    "5: profiles[0].earlier.min_bits: the evidence of earlier hops is "
	    "their Received fields, which do not prove this\n" },
	{ "everybody's mail may not be asked for TLS",
	    TOP
	    "partners = (\n"
	    "{ name = \"all\"; domains = \"*\"; inbound = { level = "
	    "\"encrypt\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "5: inbound of \"*\" demands TLS of every stranger: a public mail "
	    "server must not (RFC 3207 section 4), and their mail would be "
	    "lost. If this server is not public, set acknowledge_rfc3207 = "
	    "true\n" },
	{ "everybody's mail, acknowledged",
	    TOP
	    "partners = (\n"
	    "{ name = \"all\"; domains = \"*\"; inbound = { level = "
	    "\"encrypt\"; stage = \"defer\"; acknowledge_rfc3207 = "
	    "true; }; }\n"
	    ");\n",
	    "" },
	{ "everybody's mail, asked nothing",
	    TOP
	    "partners = (\n"
	    "{ name = \"all\"; domains = \"*\"; inbound = { level = "
	    "\"none\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "" },
	{ "entry on a served domain",
	    TOP
	    "served_domains = [ \"corp.example\" ];\n"
	    "partners = ( { name = \"us\"; domains = "
	    "\"corp.example\";\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; "
	    "} );\n",
	    "6: entry covers corp.example, for which this server is a public "
	    "MX (served_domains): it must not demand TLS of strangers (RFC "
	    "3207 section 4). If you intend this, set acknowledge_rfc3207 = "
	    "true\n" },
	{ "entry on a served domain, through a suffix",
	    TOP
	    "served_domains = [ \"a.corp.example\" ];\n"
	    "partners = ( { name = \"us\"; domains = "
	    "\".corp.example\";\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; "
	    "} );\n",
	    "6: entry covers a.corp.example, for which this server is a public "
	    "MX (served_domains): it must not demand TLS of strangers (RFC "
	    "3207 section 4). If you intend this, set acknowledge_rfc3207 = "
	    "true\n" },
	{ "entry on a served domain, through everything",
	    TOP
	    "served_domains = [ \"corp.example\" ];\n"
	    "partners = ( { name = \"us\"; domains = \"*\";\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; "
	    "} );\n",
	    "6: entry covers corp.example, for which this server is a public "
	    "MX (served_domains): it must not demand TLS of strangers (RFC "
	    "3207 section 4). If you intend this, set acknowledge_rfc3207 = "
	    "true\n" },
	{ "everything but the served domain",
	    TOP
	    "served_domains = [ \"corp.example\" ];\n"
	    "partners = ( { name = \"all\"; domains = \"*\";\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; "
	    "},\n"
	    "{ name = \"us\"; domains = \"corp.example\"; entry = { "
	    "level = \"none\"; stage = \"reject\"; }; } );\n",
	    "" },
	{ "entry under a served suffix",
	    TOP
	    "served_domains = [ \".corp.example\" ];\n"
	    "partners = ( { name = \"us\"; domains = "
	    "\"a.corp.example\";\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; "
	    "} );\n",
	    "6: entry covers .corp.example, for which this server is a public "
	    "MX (served_domains): it must not demand TLS of strangers (RFC "
	    "3207 section 4). If you intend this, set acknowledge_rfc3207 = "
	    "true\n" },
	{ "entry of everything under a served suffix",
	    TOP
	    "served_domains = [ \".corp.example\" ];\n"
	    "partners = ( { name = \"us\"; domains = \"*\";\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; "
	    "} );\n",
	    "6: entry covers .corp.example, for which this server is a public "
	    "MX (served_domains): it must not demand TLS of strangers (RFC "
	    "3207 section 4). If you intend this, set acknowledge_rfc3207 = "
	    "true\n" },
	{ "many mistakes at once",
	    TOP
	    "usr = \"x\";\n"
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\", \"*.x\" ];\n"
	    "  inbound = { level = \"verify\"; stage = \"tag\"; };\n"
	    "  outbound = { level = \"encrypt\"; stage = \"tag\"; "
	    "min_bits = 1; }; },\n"
	    "{ name = \"q\"; domains = [ \"p.example\" ]; profile = "
	    "\"none\";\n"
	    "  entry = { stage = \"defer\"; }; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "4: usr: unknown key: did you mean user?\n"
	    "7: partners[0].inbound: level \"verify\" without identity: any "
	    "certificate of any authority that the MTA trusts would be "
	    "accepted. Set names, subjects, issuers, fingerprints or logins; "
	    "or any_peer = true\n"
	    "8: partners[0].outbound.min_bits: the MTA's TLS client cannot "
	    "check bits: outbound takes min_grade\n"
	    "8: partners[0].outbound.stage: outbound cannot tag: it "
	    "takes log-only, defer or reject\n"
	    "6: partners[0].domains[1]: \"*.x\" is not the form for "
	    "subdomains: write \".x\"\n"
	    "9: partners[1].profile: there is no profile \"none\"\n"
	    "10: partners[1].entry: level is missing: \"none\", "
	    "\"encrypt\" or \"verify\"\n"
	    "9: partners[1].domains[0]: \"p.example\" is already a key of the "
	    "row at t.conf:6: two rows must not have the same key\n" },
};
/* clang-format on */

RUN_READINGS(cases)

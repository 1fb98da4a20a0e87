/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/reading.h"

/* clang-format off */
static const struct reading_case cases[] = {
	{ "level and stage are missing",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = {  }; }\n"
	    ");\n",
	    "6: partners[0].inbound: level is missing: \"none\", "
	    "\"encrypt\" or \"verify\"\n"
	    "6: partners[0].inbound: stage is missing: start with "
	    "\"log-only\"\n" },
	{ "an unknown level and stage",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verfy\"; stage = \"rejct\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.level: \"verfy\" is not known: "
	    "did you mean \"verify\"?\n"
	    "6: partners[0].inbound.stage: \"rejct\" is not known: "
	    "did you mean \"reject\"?\n" },
	{ "level in the wrong form",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = 1; stage = [ \"defer\" ]; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.level: expected a string in quotes, found "
	    "a number\n"
	    "6: partners[0].inbound.stage: expected a string in quotes, found "
	    "a list\n" },
	{ "verify without identity",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; stage = \"defer\"; }; "
	    "}\n"
	    ");\n",
	    "6: partners[0].inbound: level \"verify\" without identity: any "
	    "certificate of any authority that the MTA trusts would be "
	    "accepted. Set names, subjects, issuers, fingerprints or logins; "
	    "or any_peer = true\n" },
	{ "verify without identity on entry",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  entry = { level = \"verify\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].entry: level \"verify\" without identity: any "
	    "certificate of any authority that the MTA trusts would be "
	    "accepted. Set names, subjects, issuers, fingerprints or logins; "
	    "or any_peer = true\n" },
	{ "verify of any peer",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; any_peer = true; "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "" },
	{ "any_peer false is no identity",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; any_peer = false; "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound: level \"verify\" without identity: any "
	    "certificate of any authority that the MTA trusts would be "
	    "accepted. Set names, subjects, issuers, fingerprints or logins; "
	    "or any_peer = true\n" },
	{ "any_peer with names",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; any_peer = true; "
	    "names = [ \"a.p.example\" ]; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.any_peer: any_peer and names "
	    "contradict each other\n" },
	{ "a provider's names",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; names = [ "
	    "\"mx.p.example\", \"mail.protection.outlook.com\" ]; "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: warning: partners[0].inbound: these names prove Microsoft 365, "
	    "not this partner: all its customers use them\n" },
	{ "a provider's suffix on entry",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  entry = { level = \"verify\"; names = "
	    "\".google.com\"; clients = \"192.0.2.1\"; stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "6: warning: partners[0].entry: these names prove Google, not this "
	    "partner: all its customers use them\n" },
	{ "a provider's name with a subject",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; names = "
	    "\".google.com\"; subjects = \"mx.p.example\"; stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "" },
	{ "a provider's name as the whole subject",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; subjects = [ \"p.example\", "
	    "\"/C=US/O=Google LLC/CN=SMTP.gmail.com\" ]; stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "6: warning: partners[0].inbound: these names prove Google, not "
	    "this partner: all its customers use them\n" },
	{ "a name that only ends like a provider's",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; names = "
	    "\"notgoogle.com\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "" },
	{ "a provider as the next hop",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"verify\"; names = "
	    "\".google.com\"; stage = \"defer\"; }; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "" },
	{ "clients alone with verify",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; clients = [ "
	    "\"192.0.2.0/24\" ]; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.clients: a client's address proves no "
	    "identity: with level \"verify\", clients also need names, "
	    "subjects, issuers, fingerprints or logins\n" },
	{ "clients alone with encrypt",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; clients = [ "
	    "\"192.0.2.0/24\" ]; stage = \"defer\"; }; }\n"
	    ");\n",
	    "" },
	{ "names with encrypt",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; names = [ "
	    "\"a.p.example\" ]; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.names: this is checked only with level = "
	    "\"verify\"\n" },
	{ "peers with encrypt",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; peers = ( { logins = "
	    "[ \"u\" ]; } ); stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.peers: the peer's identity is checked only "
	    "with level = \"verify\"\n" },
	{ "anything with none",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"none\"; min_tls = \"1.2\"; "
	    "clients = \"192.0.2.1\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.min_tls: level \"none\" asks nothing, so "
	    "this is never checked: remove it\n"
	    "6: partners[0].inbound.clients: level \"none\" asks nothing, so "
	    "this is never checked: remove it\n" },
	{ "empty lists match nobody",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; names = [ ]; clients "
	    "= [ ]; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.names: an empty list matches no peer\n"
	    "6: partners[0].inbound.clients: an empty list matches no peer\n" },
	{ "empty peers match nobody",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; peers = ( ); stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.peers: an empty list matches no peer\n" },
	{ "an empty group matches nobody",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; peers = ( { } ); "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.peers[0]: an empty group matches no "
	    "peer\n" },
	{ "peers with names",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; names = "
	    "\"a.example\"; peers = ( { logins = \"u\"; } ); stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.names: names cannot be used together with "
	    "peers: put it into one of their groups\n" },
	{ "a group of peers with clients alone",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; peers = ( { logins = "
	    "\"u\"; },\n"
	    " { clients = \"192.0.2.1\"; } ); stage = \"defer\"; }; }\n"
	    ");\n",
	    "7: partners[0].inbound.peers[1].clients: a client's address "
	    "proves no identity: with level \"verify\", clients also need "
	    "names, subjects, issuers, fingerprints or logins\n" },
	{ "an unknown key in peers",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; peers = ( { login = "
	    "\"u\"; } ); stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.peers[0].login: unknown key: did "
	    "you mean logins?\n" },
	{ "names",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; names = [ "
	    "\"*.p.example\", \"MX1.P.Example.\", \".p.example\", "
	    "\"[192.0.2.1]\", \"\", \"a b\" ]; stage = \"defer\"; }; "
	    "}\n"
	    ");\n",
	    "6: partners[0].inbound.names[0]: \"*.p.example\": write "
	    "\".p.example\" for every host below it; inbound and entry name "
	    "a certificate whose common name is a wildcard by its subject, in "
	    "subjects\n"
	    "6: partners[0].inbound.names[3]: \"[192.0.2.1]\" is not a host "
	    "name\n"
	    "6: partners[0].inbound.names[4]: \"\" is not a host name\n"
	    "6: partners[0].inbound.names[5]: \"a b\" is not a host name\n" },
	{ "empty words",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; logins = [ \"\" ]; "
	    "subjects = \"\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.logins[0]: an empty string "
	    "matches nothing\n"
	    "6: partners[0].inbound.subjects: an empty string "
	    "matches nothing\n" },
	{ "fingerprints, their form",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; fingerprints = [ "
	    "\"md5:00\", \"sha256:00\", \"sha256:zz\" ]; stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.fingerprints[0]: expected \"sha256:\" and "
	    "64 hexadecimal digits\n"
	    "6: partners[0].inbound.fingerprints[1]: expected 64 hexadecimal "
	    "digits after \"sha256:\", found 2\n"
	    "6: partners[0].inbound.fingerprints[2]: expected 64 hexadecimal "
	    "digits after \"sha256:\"\n"
	    "6: warning: partners[0].inbound.fingerprints: Postfix reports no "
	    "fingerprint to a milter: with Postfix this is never proven\n" },
	{ "fingerprints behind any MTA",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; fingerprints = [ "
	    "\"SHA256:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB"
	    ":AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\" ]; "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: warning: partners[0].inbound.fingerprints: Postfix reports no "
	    "fingerprint to a milter: with Postfix this is never proven\n" },
	{ "fingerprints behind Postfix",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; fingerprints = [ "
	    "\"sha256:abababababababababababababababababababababababa"
	    "babababababababab\" ]; stage = \"defer\"; }; }\n"
	    ");\n"
	    "milter = { listen = \"unix:/m\"; mta = \"postfix\"; };\n",
	    "6: partners[0].inbound.fingerprints: Postfix reports no "
	    "fingerprint to a milter (milter.mta = \"postfix\"): use names, "
	    "subjects or logins\n" },
	{ "fingerprints in a group, behind Postfix",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  entry = { level = \"verify\"; peers = ( { names = "
	    "\"a.example\"; },\n"
	    " { fingerprints = [ \"sha256:abababababababababababababa"
	    "babababababababababababababababababab\" ]; } ); stage = "
	    "\"defer\"; }; }\n"
	    ");\n"
	    "milter = { listen = \"unix:/m\"; mta = \"postfix\"; };\n",
	    "7: partners[0].entry.peers[1].fingerprints: Postfix reports no "
	    "fingerprint to a milter (milter.mta = \"postfix\"): use names, "
	    "subjects or logins\n" },
	{ "fingerprints behind Sendmail",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; fingerprints = [ "
	    "\"sha256:abababababababababababababababababababababababa"
	    "babababababababab\" ]; stage = \"defer\"; }; }\n"
	    ");\n"
	    "milter = { listen = \"unix:/m\"; mta = \"sendmail\"; };\n",
	    "" },
	{ "dane is not inbound",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"verify\"; dane = true; stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.dane: dane is about the next hop: it "
	    "belongs in outbound\n" },
	{ "floors",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; min_tls = \"1.4\"; "
	    "min_bits = 0; min_grade = \"hgih\"; stage = \"defer\"; "
	    "}; }\n"
	    ");\n",
	    "6: partners[0].inbound.min_tls: \"1.4\" is not known: "
	    "it is one of 1.0, 1.1, 1.2, 1.3\n"
	    "6: partners[0].inbound.min_bits: 0 is out of range: 1 "
	    "to 256\n"
	    "6: partners[0].inbound.min_grade: \"hgih\" is not "
	    "known: did you mean \"high\"?\n" },
	{ "bits out of range",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; min_bits = 257; "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.min_bits: 257 is out of range: 1 "
	    "to 256\n" },
	{ "earlier cannot be verified",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  earlier = { level = \"verify\"; names = "
	    "\"a.example\"; stage = \"defer\"; }; }\n"
	    ");\n"
	    "own_relays = \"192.0.2.1\";\n",
	    "6: partners[0].earlier.names: the evidence of earlier hops is "
	    "their Received fields, which do not prove this\n"
	    "6: partners[0].earlier.level: earlier takes only \"none\" or "
	    "\"encrypt\"\n" },
	{ "earlier knows no bits or grade",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  earlier = { level = \"encrypt\"; min_tls = \"1.2\"; "
	    "min_bits = 128; min_grade = \"high\"; stage = \"hold\"; "
	    "}; }\n"
	    ");\n"
	    "own_relays = \"192.0.2.1\";\n",
	    "6: partners[0].earlier.min_bits: the evidence of earlier hops is "
	    "their Received fields, which do not prove this\n"
	    "6: partners[0].earlier.min_grade: the evidence of earlier hops is "
	    "their Received fields, which do not prove this\n" },
	{ "earlier without relays",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  earlier = { level = \"encrypt\"; stage = \"hold\"; }; "
	    "}\n"
	    ");\n",
	    "0: warning: there are earlier rules, but own_relays is "
	    "not set: no Received field is believed\n" },
	{ "outbound cannot tag or hold",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"encrypt\"; stage = \"hold\"; "
	    "}; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "6: partners[0].outbound.stage: outbound cannot hold: it "
	    "takes log-only, defer or reject\n" },
	{ "outbound without a map",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"encrypt\"; stage = \"defer\"; "
	    "}; }\n"
	    ");\n",
	    "0: warning: there are outbound rules, but map.listen is not set: "
	    "the MTA's TLS client cannot look them up\n" },
	{ "outbound verify alone",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"verify\"; stage = \"reject\"; "
	    "}; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "" },
	{ "outbound has one identity",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"verify\"; names = "
	    "\"a.example\"; dane = true; fingerprints = "
	    "\"sha256:abababababababababababababababababababababababa"
	    "babababababababab\"; stage = \"defer\"; }; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "6: partners[0].outbound.fingerprints: outbound takes one of "
	    "names, fingerprints and dane; names is already set\n"
	    "6: partners[0].outbound.dane: outbound takes one of names, "
	    "fingerprints and dane; fingerprints is already set\n" },
	{ "outbound asks no bits, peers, logins",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"verify\"; min_bits = 128; "
	    "any_peer = true; logins = \"u\"; clients = "
	    "\"192.0.2.1\"; subjects = \"s\"; issuers = \"i\";\n"
	    " peers = ( { names = \"a.example\"; } ); stage = "
	    "\"defer\"; }; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "6: partners[0].outbound.subjects: the MTA's TLS client cannot "
	    "check this: outbound takes names, fingerprints or dane\n"
	    "6: partners[0].outbound.issuers: the MTA's TLS client cannot "
	    "check this: outbound takes names, fingerprints or dane\n"
	    "6: partners[0].outbound.logins: the MTA's TLS client cannot check "
	    "this: outbound takes names, fingerprints or dane\n"
	    "6: partners[0].outbound.clients: the MTA's TLS client cannot "
	    "check this: outbound takes names, fingerprints or dane\n"
	    "6: partners[0].outbound.any_peer: the MTA's TLS client cannot "
	    "check this: outbound takes names, fingerprints or dane\n"
	    "6: partners[0].outbound.min_bits: the MTA's TLS client cannot "
	    "check bits: outbound takes min_grade\n"
	    "7: partners[0].outbound.peers: outbound takes one identity: write "
	    "names, fingerprints or dane without a group\n" },
	{ "outbound asks no identity of encrypt",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"encrypt\"; dane = true; stage "
	    "= \"defer\"; }; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "6: partners[0].outbound.dane: this is checked only with level = "
	    "\"verify\"\n" },
	{ "acknowledge and elsewhere of outbound",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"encrypt\"; acknowledge_rfc3207 "
	    "= true; elsewhere = \"log\"; stage = \"defer\"; }; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "6: partners[0].outbound.acknowledge_rfc3207: acknowledge_rfc3207 "
	    "is for inbound and entry only\n"
	    "6: partners[0].outbound.elsewhere: elsewhere is about the "
	    "partner's senders: it belongs in inbound\n" },
	{ "servername where no name is sent",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\";\n"
	    "    servername = \"hostname\"; };\n"
	    "  outbound = { level = \"verify\"; stage = \"defer\";\n"
	    "    dane = true; servername = \"hostname\"; }; },\n"
	    "{ name = \"q\"; domains = [ \"q.example\" ];\n"
	    "  outbound = { level = \"none\"; stage = \"defer\";\n"
	    "    servername = \"hostname\"; }; },\n"
	    "{ name = \"r\"; domains = [ \"r.example\" ];\n"
	    "  outbound = { level = \"verify\"; stage = \"defer\";\n"
	    "    servername = \"a b\"; }; },\n"
	    "{ name = \"s\"; domains = [ \"s.example\" ];\n"
	    "  outbound = { level = \"verify\"; stage = \"defer\";\n"
	    "    servername = \"MX.s.example\"; }; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "7: partners[0].entry.servername: servername is sent to the next "
	    "hop: it belongs in outbound\n"
	    "9: partners[0].outbound.servername: with dane the MTA sends the "
	    "name of the TLSA records: remove it\n"
	    "12: partners[1].outbound.servername: level \"none\" asks "
	    "nothing, so this is never sent: remove it\n"
	    "15: partners[2].outbound.servername: expected \"hostname\", "
	    "\"nexthop\", \"none\" or a host name\n" },
	{ "elsewhere without clients",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; elsewhere = \"log\"; "
	    "stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.elsewhere: elsewhere needs clients: add "
	    "them to the rule\n" },
	{ "elsewhere with clients",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; clients = "
	    "\"192.0.2.1\"; elsewhere = \"log\"; stage = \"defer\"; "
	    "}; }\n"
	    ");\n",
	    "" },
	{ "elsewhere, its words",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; clients = "
	    "\"192.0.2.1\"; elsewhere = \"ignore\"; stage = "
	    "\"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.elsewhere: \"ignore\" is not "
	    "known: it is one of judge, log\n" },
	{ "never_below above the rule",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; never_below = "
	    "\"verify\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.never_below: is stricter than the rule "
	    "itself, whose level is \"encrypt\"\n" },
	{ "the characters of a reply",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; reply = \"Bitte TLS "
	    "benutzen, s\303\274\303\237\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.reply: a reply can contain only printable "
	    "ASCII\n" },
	{ "a reply too long",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; reply = "
	    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaa\"; stage = \"defer\"; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.reply: expected a sentence of 1 to 120 "
	    "characters\n" },
	{ "watch",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  inbound = { level = \"encrypt\"; stage = \"defer\"; "
	    "watch = { min_tls = \"1.5\"; stage = \"defer\"; }; }; }\n"
	    ");\n",
	    "6: partners[0].inbound.watch.min_tls: \"1.5\" is not "
	    "known: it is one of 1.0, 1.1, 1.2, 1.3\n"
	    "6: partners[0].inbound.watch.stage: unknown key: watch has no "
	    "such key\n" },
	{ "watch asks what the hop cannot",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = [ \"p.example\" ];\n"
	    "  outbound = { level = \"encrypt\"; stage = \"defer\"; "
	    "watch = { min_bits = 256; }; }; }\n"
	    ");\n"
	    "map = { listen = \"unix:/m\"; };\n",
	    "6: partners[0].outbound.watch.min_bits: the MTA's TLS client "
	    "cannot check bits: outbound takes min_grade\n" },
};
/* clang-format on */

RUN_READINGS(cases)

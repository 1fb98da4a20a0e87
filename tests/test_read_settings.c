/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/reading.h"

/* clang-format off */
static const struct reading_case cases[] = {
	{ "mode is missing",
	    "format = 1;\n"
	    "log = { syslog = true; };\n",
	    "0: mode is missing\n" },
	{ "a later format",
	    "format = 2;\n"
	    "mode = \"enforce\";\n"
	    "log = { syslog = true; };\n",
	    "1: format: this program reads format 1, not 2\n" },
	{ "format as text",
	    "format = \"1\";\n"
	    "mode = \"enforce\";\n"
	    "log = { syslog = true; };\n",
	    "1: format: expected a whole number, without quotes, found a "
	    "string\n" },
	{ "an unknown mode",
	    "format = 1;\n"
	    "mode = \"enforced\";\n"
	    "log = { syslog = true; };\n",
	    "2: mode: \"enforced\" is not known: did you mean "
	    "\"enforce\"?\n" },
	{ "an unknown mode, nothing near",
	    "format = 1;\n"
	    "mode = \"on\";\n"
	    "log = { syslog = true; };\n",
	    "2: mode: \"on\" is not known: it is one of enforce, "
	    "log-only\n" },
	{ "an unknown key, near",
	    TOP
	    "served_domain = [ \"a.example\" ];\n",
	    "4: served_domain: unknown key: did you mean "
	    "served_domains?\n" },
	{ "an unknown key, nothing near",
	    TOP
	    "zzz = 1;\n",
	    "4: zzz: unknown key: the top of the file has no such key\n" },
#define TEN "/123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define STATE_511 HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED TEN "/"
	{ "the longest folder of the state",
	    TOP
	    "state = \"" STATE_511 "\";\n",
	    "" },
	{ "a folder of the state whose files could not be named",
	    TOP
	    "state = \"" STATE_511 "x\";\n",
	    "4: state: a path has at most 511 characters here\n" },
	{ "wrong types, all of them",
	    TOP
	    "state = 1;\n"
	    "served_domains = 1;\n"
	    "listeners = \"x\";\n"
	    "exceptions = 1;\n"
	    "own_relays = 1;\n"
	    "milter = [ ];\n",
	    "4: state: expected a string in quotes, found a number\n"
	    "5: served_domains: expected a list of strings [ \"...\", \"...\" "
	    "], found a number\n"
	    "6: listeners: expected a list of groups ( { }, { } ), found a "
	    "string\n"
	    "7: exceptions: expected a group { }, found a number\n"
	    "8: own_relays: expected a list of addresses, or of groups ( { "
	    "address = \"...\"; judged = true; } )\n"
	    "9: milter: expected a group { }, found a list\n" },
	{ "a text that is no number in a list",
	    TOP
	    "served_domains = ( \"a.example\", 2, ( ) );\n",
	    "4: served_domains[1]: expected a string in quotes, found a "
	    "number\n"
	    "4: served_domains[2]: expected a string in quotes, found a "
	    "list\n" },
	{ "paths",
	    TOP
	    "state = \"var\";\n"
	    "candidate = \"\";\n"
	    "user = \"a b\";\n",
	    "4: state: expected a path that begins with /\n"
	    "5: candidate: expected the path of a policy file\n"
	    "6: user: expected the name of a user\n" },
	{ "one address for two",
	    TOP
	    "milter = { listen = \"unix:/run/e/a\"; };\n"
	    "map = { listen = [ \"inet:127.0.0.1:8461\", "
	    "\"local:/run/e/a\" ]; };\n"
	    "control = { listen = [ \"unix:/run/e/b\", "
	    "\"unix:/run/e/a\" ]; };\n",
	    "5: map.listen[1]: is the address of milter.listen: give each its "
	    "own\n"
	    "6: control.listen[1]: is the address of milter.listen: give each "
	    "its own\n" },
	{ "one address for two, in another order",
	    TOP
	    "control = { listen = \"unix:/run/e/b\"; };\n"
	    "map = { listen = [ \"unix:/run/e/b\", \"inet:127.0.0.1:8461\" ]; };\n"
	    "milter = { listen = \"inet:8461@127.0.0.1\"; };\n",
	    "5: map.listen[0]: is the address of control.listen: give each its "
	    "own\n"
	    "6: milter.listen: is the address of map.listen: give each its "
	    "own\n" },
	{ "help_url",
	    TOP
	    "help_url = \"corp.example\";\n",
	    "4: help_url: expected a URL such as "
	    "\"https://corp.example/tls\"\n" },
	{ "help_url too long",
	    TOP
	    "help_url = \"https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaa\";\n",
	    "4: help_url: longer than 100 characters: it must fit into a "
	    "reply\n" },
	{ "words of the top",
	    TOP
	    "null_sender = \"reject\";\n"
	    "local_submission = \"judged\";\n"
	    "tls_required_no = \"enforced\";\n",
	    "4: null_sender: \"reject\" is not known: it is one of "
	    "defer, enforce, log-only\n"
	    "5: local_submission: \"judged\" is not known: did you "
	    "mean \"judge\"?\n"
	    "6: tls_required_no: \"enforced\" is not known: did you "
	    "mean \"enforce\"?\n" },
	{ "served domains",
	    TOP
	    "served_domains = [ \"A.Example.\", \".b.example\", "
	    "\"*.c.example\", \"[192.0.2.1]\", \"a@b.example\", "
	    "\"a..b\" ];\n",
	    "4: served_domains[2]: \"*.c.example\" is not the form for "
	    "subdomains: write \".c.example\"\n"
	    "4: served_domains[3]: expected a domain or .suffix\n"
	    "4: served_domains[4]: expected a domain or .suffix\n"
	    "4: served_domains[5]: \"a..b\" is not a domain name\n" },
	{ "delimiters",
	    TOP
	    "recipient_delimiter = \"+-=#_\";\n",
	    "4: recipient_delimiter: more than 4 characters\n" },
	{ "a delimiter that is part of names",
	    TOP
	    "recipient_delimiter = \"+x\";\n",
	    "4: recipient_delimiter: expected the characters that may begin "
	    "an address extension, as \"+-\"\n" },
	{ "a delimiter that is part of every address",
	    TOP
	    "recipient_delimiter = \"@\";\n",
	    "4: recipient_delimiter: expected the characters that may begin "
	    "an address extension, as \"+-\"\n" },
	{ "log",
	    "format = 1;\n"
	    "mode = \"enforce\";\n"
	    "log = { decisions = \"d.jsonl\"; syslog = \"true\"; "
	    "scope = \"every\"; max_size = \"1 gig\"; };\n",
	    "3: log.decisions: expected a path that begins with /\n"
	    "3: log.syslog: expected true or false, without quotes, found a "
	    "string\n"
	    "3: log.scope: \"every\" is not known: it is one of "
	    "demanded, all\n"
	    "3: log.max_size: \"1 gig\" is not a size: write a number with k, "
	    "m, g or t, such as \"1g\"\n"
	    "0: warning: log.decisions is not set: decisions are not "
	    "recorded\n" },
	{ "too short a time to keep",
	    "format = 1;\n"
	    "mode = \"enforce\";\n"
	    "log = { syslog = true; keep = \"6d\"; };\n",
	    "3: log.keep: out of range: \"7d\" to \"3660d\"\n" },
	{ "less than what is counted",
	    "format = 1;\n"
	    "mode = \"enforce\";\n"
	    "log = { syslog = true; keep = \"29d\"; };\n",
	    "0: warning: log.keep is less than 30 days, for which stage, "
	    "partners and exception list look back: what they count is gone "
	    "then\n" },
	{ "the end of scope",
	    "format = 1;\n"
	    "mode = \"enforce\";\n"
	    "log = { syslog = true; scope = \"all\";\n"
	    "  scope_until = \"2027-02-30\"; };\n",
	    "4: log.scope_until: \"2027-02-30\" is not in the calendar\n" },
	{ "an end before 1970 is not no end",
	    "format = 1;\n"
	    "mode = \"enforce\";\n"
	    "log = { syslog = true; scope = \"all\";\n"
	    "  scope_until = \"1969-12-31T00:00\"; };\n",
	    "4: log.scope_until: expected a date after 1970\n" },
	{ "an end of nothing",
	    "format = 1;\n"
	    "mode = \"enforce\";\n"
	    "log = { syslog = true; scope_until = \"2027-03-01\"; };\n",
	    "0: warning: log.scope_until ends scope = \"all\", and log.scope is "
	    "\"demanded\": it has no effect\n" },
	{ "log sizes",
	    "format = 1;\n"
	    "mode = \"enforce\";\n"
	    "log = { decisions = \"/d\"; max_size = "
	    "\"99999999999g\"; };\n",
	    "3: log.max_size: \"99999999999g\" is not a size: write a number "
	    "with k, m, g or t, such as \"1g\"\n" },
	{ "nothing is logged",
	    "format = 1;\n"
	    "mode = \"enforce\";\n",
	    "0: warning: log.decisions is not set: decisions are not "
	    "recorded\n" },
	{ "exceptions",
	    TOP
	    "exceptions = { longest = \"90\"; allow_plaintext = "
	    "\"no\"; };\n",
	    "4: exceptions.longest: \"90\" is not a duration: write a number "
	    "with ms, s, m, h, d or w, such as \"10s\" or \"90d\"\n"
	    "4: exceptions.allow_plaintext: expected true or false, without "
	    "quotes, found a string\n" },
	{ "exceptions out of range",
	    TOP
	    "exceptions = { longest = \"1m\"; };\n",
	    "4: exceptions.longest: out of range: \"1h\" to \"3660d\"\n" },
	{ "milter",
	    TOP
	    "milter = { listen = \"/run/x\"; mta = \"exim\"; "
	    "socket_mode = \"660\"; group = \"\"; };\n",
	    "4: milter.listen: write a socket as unix:PATH, inet:HOST:PORT or "
	    "inet6:[HOST]:PORT\n"
	    "4: milter.mta: \"exim\" is not known: it is one of "
	    "auto, postfix, sendmail\n"
	    "4: milter.group: expected the name of a group\n" },
	{ "milter with a list",
	    TOP
	    "milter = { listen = [ \"unix:/a\", \"unix:/b\" ]; };\n",
	    "4: milter.listen: expected a string in quotes, found a list\n" },
	{ "socket modes",
	    TOP
	    "milter = { listen = \"unix:/a\"; socket_mode = \"rw\"; "
	    "};\n"
	    "map = { socket_mode = \"0666\"; };\n"
	    "control = { listen = \"unix:/c\"; socket_mode = "
	    "\"0060\"; };\n",
	    "4: milter.socket_mode: expected an octal mode such as \"0660\"\n"
	    "5: warning: map.socket_mode: every user of this machine can "
	    "connect\n"
	    "6: control.socket_mode: out of range: \"0600\" to "
	    "\"0777\"\n" },
	{ "map",
	    TOP
	    "map = { listen = [ \"inet:*:8461\", \"unix:map\", "
	    "\"inet:192.0.2.1:8461\", \"inet:127.0.0.1:8461\", "
	    "\"inet6:[::1]:8462\" ];\n"
	    "postfix_version = \"3\"; published = \"unix:/x\"; "
	    "published_failure = \"fail\"; deadline = \"0s\"; };\n",
	    "4: warning: map.listen[0]: everybody who can reach this address "
	    "is served: prefer a unix: socket or loopback\n"
	    "4: map.listen[1]: a socket's path must begin with \"/\"\n"
	    "4: warning: map.listen[2]: everybody who can reach this address "
	    "is served: prefer a unix: socket or loopback\n"
	    "5: map.postfix_version: expected a version as postconf "
	    "mail_version prints it: \"3.7\" or \"3.7.11\"\n"
	    "5: map.published: expected a socketmap server: "
	    "\"inet:HOST:PORT:NAME\" or \"unix:PATH:NAME\"\n"
	    "5: map.published_failure: \"fail\" is not known: it is "
	    "one of defer, ignore\n"
	    "5: map.deadline: out of range: \"100ms\" to \"60s\"\n" },
	{ "published over a Unix socket, of postfix-tlspol",
	    TOP
	    "map = { listen = \"unix:/m\"; "
	    "published = \"unix:/run/postfix-tlspol/tlspol.sock:QUERY\"; "
	    "};\n", "" },
	{ "published over a Unix socket, without a name",
	    TOP
	    "map = { listen = \"unix:/m\"; "
	    "published = \"unix:/run/mta-sts:daemon/x\"; };\n",
	    "4: map.published: expected a socketmap server: "
	    "\"inet:HOST:PORT:NAME\" or \"unix:PATH:NAME\"\n" },
	{ "map, later versions",
	    TOP
	    "map = { postfix_version = \"3.11.2\"; published = "
	    "\"inet:127.0.0.1:8461:QUERY\"; deadline = \"500ms\"; };\n",
	    "" },
	{ "map.static is no cdb",
	    TOP
	    "map = { static = \"/var/lib/enforcetls/map/outbound\"; };\n",
	    "4: map.static: expected the path of a file, from / to \".cdb\": "
	    "Postfix adds that to the name in cdb:NAME\n" },
	{ "map.static is relative",
	    TOP
	    "map = { static = \"outbound.cdb\"; };\n",
	    "4: map.static: expected the path of a file, from / to \".cdb\": "
	    "Postfix adds that to the name in cdb:NAME\n" },
	{ "map.static without a name",
	    TOP
	    "map = { static = \"/var/.cdb\"; };\n",
	    "4: map.static: expected the path of a file, from / to \".cdb\": "
	    "Postfix adds that to the name in cdb:NAME\n" },
	{ "map.static with published",
	    TOP
	    "map = { static = \"/m/o.cdb\";\n"
	    "published = \"inet:127.0.0.1:8461:QUERY\"; };\n",
	    "4: map: static and published exclude each other: a file cannot "
	    "ask what a destination publishes. Keep one of them\n" },
	{ "map.static with unlisted_routes",
	    TOP
	    "map = { static = \"/m/o.cdb\"; };\n"
	    "unlisted_routes = \"encrypt\";\n",
	    "0: map.static and unlisted_routes = \"encrypt\" exclude each "
	    "other: a file has no key for a route that no row names. Name "
	    "the routes in next_hops or smarthosts, or use map.listen\n" },
	{ "map.static for Sendmail",
	    TOP
	    "map = { static = \"/m/o.cdb\"; };\n"
	    "milter = { listen = \"unix:/m/s\"; mta = \"sendmail\"; };\n",
	    "0: map.static is a file for Postfix, and milter.mta is "
	    "\"sendmail\": use map.listen\n" },
	{ "map.static with rows that a file cannot have",
	    TOP
	    "map = { static = \"/m/o.cdb\"; };\n"
	    "partners = (\n"
	    "{ name = \"all\"; domains = \"*\";\n"
	    "  outbound = { level = \"encrypt\"; stage = \"defer\"; }; },\n"
	    "{ name = \"below\"; domains = [ \"a.example\",\n"
	    "  \".b.example\" ];\n"
	    "  outbound = { level = \"none\"; stage = \"defer\"; }; },\n"
	    "{ name = \"suffix\"; domains = \".example\";\n"
	    "  outbound = { level = \"encrypt\"; stage = \"defer\"; }; } "
	    ");\n",
	    "6: \"*\" cannot act in map.static: a file has no key for "
	    "everything else. Name the domains, or use map.listen\n"
	    "8: \"a.example\" asks nothing, below a suffix whose rule acts: "
	    "a file cannot say that. Ask level encrypt, or use map.listen\n"
	    "9: \".b.example\" asks nothing, below a suffix whose rule acts: "
	    "a file cannot say that. Ask level encrypt, or use map.listen\n" },
	{ "map.static, and nothing of that acts",
	    TOP
	    "map = { static = \"/m/o.cdb\"; };\n"
	    "partners = ( { name = \"all\"; domains = \"*\";\n"
	    "  outbound = { level = \"encrypt\"; stage = \"log-only\"; }; }"
	    " );\n", "" },
	{ "control is local",
	    TOP
	    "control = { listen = \"inet:127.0.0.1:99\"; };\n",
	    "4: control.listen: expected a unix: socket: callers are "
	    "identified by their uid\n" },
	{ "control without listen",
	    TOP
	    "control = { };\n",
	    "4: control: listen is missing\n" },
	{ "own_relays",
	    TOP
	    "own_relays = ( \"192.0.2.0/24\", { address = "
	    "\"2001:db8::/32\"; judged = true; }, { judged = true; "
	    "}, \"192.0.2.1/24\", \"0.0.0.0/0\", 7 );\n",
	    "4: own_relays[2]: address is missing\n"
	    "4: own_relays[3]: \"192.0.2.1/24\" is not an address or range: "
	    "write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32, with no bit set "
	    "after the prefix\n"
	    "4: own_relays[4]: this range is the whole Internet\n"
	    "4: own_relays[5]: expected a string in quotes, found a number\n" },
	{ "own_relays, one string",
	    TOP
	    "own_relays = \"192.0.2.7\";\n",
	    "" },
	{ "a proxied listener by data of its proxy",
	    TOP
	    "listeners = ( { port = 25; as = \"proxied\"; },\n"
	    "{ daemon_name = \"p\"; as = \"proxied\"; },\n"
	    "{ address = \"192.0.2.1\"; as = \"proxied\"; } );\n",
	    "4: warning: listeners[0]: Postfix takes port and address from the "
	    "proxy, which may report others: identify this listener by "
	    "daemon_name alone\n"
	    "6: warning: listeners[2]: Postfix takes port and address from the "
	    "proxy, which may report others: identify this listener by "
	    "daemon_name alone\n" },
	{ "own_relays, the whole Internet in two halves",
	    TOP
	    "own_relays = ( \"0.0.0.0/1\", { address = \"128.0.0.0/1\"; "
	    "judged = true; } );\n",
	    "4: own_relays: together these ranges are the whole Internet\n" },
	{ "own_relays, most of the Internet in many ranges",
	    TOP
	    "own_relays = [ \"0.0.0.0/2\", \"64.0.0.0/2\", \"192.0.2.1\", "
	    "\"2000::/4\", \"3000::/4\" ];\n",
	    "4: warning: own_relays: together these ranges hold 50 % of all "
	    "IPv4 addresses: list only addresses that you know\n"
	    "4: warning: own_relays: together these ranges hold 12.5 % of all "
	    "IPv6 addresses: list only addresses that you know\n" },
	{ "own_relays, all private networks and a /8",
	    TOP
	    "own_relays = [ \"10.0.0.0/8\", \"172.16.0.0/12\", "
	    "\"192.168.0.0/16\", \"100.64.0.0/10\", \"fc00::/7\", "
	    "\"44.0.0.0/8\", \"2001:db8::/32\" ];\n",
	    "" },
	{ "local_clients, the whole Internet in two halves",
	    TOP
	    "local_clients = [ \"8000::/1\", \"::/1\" ];\n",
	    "4: local_clients: together these ranges are the whole Internet\n"
	    "4: warning: local_clients: contains loopback: mail through a "
	    "tunnel, a proxy or a container also comes from there, and is then "
	    "never refused\n" },
	{ "local_clients with loopback",
	    TOP
	    "local_clients = [ \"127.0.0.0/8\" ];\n",
	    "4: warning: local_clients: contains loopback: mail through a "
	    "tunnel, a proxy or a container also comes from there, and is then "
	    "never refused\n" },
	{ "local_clients, the whole Internet",
	    TOP
	    "local_clients = [ \"::/0\" ];\n",
	    "4: local_clients[0]: this range is the whole Internet\n" },
	{ "listeners",
	    TOP
	    "listeners = ( { port = 0; }, { port = 70000; }, { as = "
	    "\"mx\"; }, { port = 25; as = \"submision\"; }, \"x\",\n"
	    "{ port = 25; address = \"host\"; }, { port = 587; }, { "
	    "port = 587; }, { daemon_name = \"\"; } );\n",
	    "4: listeners[0].port: 0 is out of range: 1 to 65535\n"
	    "4: listeners[1].port: 70000 is out of range: 1 to 65535\n"
	    "4: listeners[2]: a listener needs port, address or daemon_name\n"
	    "4: listeners[3].as: \"submision\" is not known: did you "
	    "mean \"submission\"?\n"
	    "4: listeners[4]: expected a group { }, found a string\n"
	    "5: listeners[5].address: expected an address of this machine\n"
	    "5: listeners[5]: the same listener as listeners[3]\n"
	    "5: listeners[7]: the same listener as listeners[6]\n"
	    "5: listeners[8].daemon_name: expected the MTA's {daemon_name}\n" },
};
/* clang-format on */

RUN_READINGS(cases)

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/reading.h"

/* clang-format off */
static const struct reading_case cases[] = {
	{ "a trailing comma in a list of groups",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\"; domains = \"p.example\"; inbound = { "
	    "level = \"encrypt\"; stage = \"defer\"; }; },\n"
	    ");\n",
	    "6: remove the comma before this closing bracket\n" },
	{ "a trailing comma in a list of strings",
	    TOP
	    "served_domains = [ \"a.example\", ];\n",
	    "4: remove the comma before this closing bracket\n" },
	{ "an open quote",
	    TOP
	    "help_url = \"https://a.example;\n"
	    "user = \"x\";\n",
	    "4: a string that begins on this line does not end on "
	    "it: is a quote missing?\n" },
	{ "an open comment",
	    TOP
	    "/* the rest\n"
	    "served_domains = [ \"a.example\" ];\n",
	    "4: a comment begins here and is never closed: libconfig would "
	    "skip everything after it\n" },
	{ "a bracket that is never closed",
	    TOP
	    "partners = (\n"
	    "{ name = \"p\";\n",
	    "5: the bracket opened here is never closed\n" },
	{ "a bracket closed by another",
	    TOP
	    "served_domains = [ \"a.example\" );\n",
	    "4: ')' cannot close the '[' of line 4: is a bracket "
	    "missing between them?\n" },
	{ "a closing bracket too many",
	    TOP
	    "served_domains = [ \"a.example\" ] ];\n",
	    "4: a closing bracket without an opening one\n" },
	{ "a byte order mark",
	    "\357\273\277format = 1;\n"
	    "mode = \"enforce\";\n"
	    "log = { syslog = true; };\n",
	    "1: begins with a byte order mark: save it as UTF-8 "
	    "without one\n" },
	{ "a NUL byte",
	    TOP
	    "user = \"a\001b\";\n",
	    "4: a NUL byte: this is not a text file\n" },
	{ "a value without quotes",
	    TOP
	    "user = nobody;\n",
	    "4: text needs quotes: key = \"value\";\n" },
	{ "quotes of a word processor",
	    TOP
	    "user = \342\200\234nobody\342\200\235;\n"
	    "help_url = 'https://a.example';\n"
	    "served_domains = [ \302\253a.example\302\273 ];\n",
	    "4: these are not the quotes that libconfig reads: write "
	    "\"...\" with plain ones\n"
	    "5: these are not the quotes that libconfig reads: write "
	    "\"...\" with plain ones\n"
	    "6: these are not the quotes that libconfig reads: write "
	    "\"...\" with plain ones\n" },
	{ "such a quote at one end",
	    TOP
	    "user = \342\200\234nobody\";\n",
	    "4: these are not the quotes that libconfig reads: write "
	    "\"...\" with plain ones\n" },
	{ "a duration without quotes",
	    TOP
	    "map = { deadline = 10s; };\n",
	    "4: a value with letters or dots needs quotes: \"10s\", "
	    "\"1.2\"\n" },
	{ "a dotted key",
	    TOP
	    "bank.example = { };\n",
	    "4: a key cannot contain a dot: domains are values, in quotes\n" },
	{ "a value missing",
	    TOP
	    "user = ;\n",
	    "4: a value is missing after '='\n" },
	{ "a missing comma between groups",
	    TOP
	    "listeners = ( { port = 25; }\n"
	    "{ port = 26; } );\n",
	    "5: a comma is missing between two values\n" },
	{ "a missing comma between strings",
	    TOP
	    "served_domains = [ \"a.example\"\n"
	    "  \"b.example\" ];\n",
	    "5: a comma is missing before this string: the two would "
	    "be read as one\n" },
	{ "groups in square brackets",
	    TOP
	    "listeners = [ { port = 25; } ];\n",
	    "4: groups belong in ( ), not in [ ]\n" },
	{ "libconfig's own include",
	    TOP
	    "@include \"more.conf\"\n",
	    "4: @include is not supported: write include = [ "
	    "\"partners.d/*.conf\" ]; in the main file\n" },
	{ "a key twice",
	    TOP
	    "user = \"a\";\n"
	    "user = \"b\";\n",
	    "5: duplicate setting name: a key can appear only once in its "
	    "group (nothing after this line was read)\n" },
	{ "a number past 32 bits",
	    TOP
	    "listeners = ( { port = 4294967321; } );\n",
	    "4: this number does not fit into 32 bits: libconfig "
	    "would wrap it\n" },
	{ "a leading zero is octal to one libconfig",
	    TOP
	    "listeners = ( { port = 025; } );\n",
	    "4: a number cannot begin with a zero: versions of libconfig "
	    "read 017 as 17 or as 15\n" },
	{ "a leading zero after a sign",
	    TOP
	    "listeners = ( { port = +025; } );\n",
	    "4: a number cannot begin with a zero: versions of libconfig "
	    "read 017 as 17 or as 15\n" },
	{ "two zeros",
	    TOP
	    "listeners = ( { port = 00; } );\n",
	    "4: a number cannot begin with a zero: versions of libconfig "
	    "read 017 as 17 or as 15\n" },
	{ "a leading zero in a number of 64 bits",
	    TOP
	    "listeners = ( { port = 025L; } );\n",
	    "4: a number cannot begin with a zero: versions of libconfig "
	    "read 017 as 17 or as 15\n" },
	{ "a leading zero in a fraction",
	    TOP
	    "listeners = ( { port = 025.5; } );\n",
	    "4: a number cannot begin with a zero: versions of libconfig "
	    "read 017 as 17 or as 15\n" },
	{ "a leading zero where libconfig 1.7 sees a bad digit",
	    TOP
	    "listeners = ( { port = 0089; } );\n",
	    "4: a number cannot begin with a zero: versions of libconfig "
	    "read 017 as 17 or as 15\n" },
	{ "octal digits as libconfig 1.8 writes them",
	    TOP
	    "listeners = ( { port = 0o31; } );\n",
	    "4: a value with letters or dots needs quotes: \"10s\", "
	    "\"1.2\"\n" },
	{ "binary digits as libconfig 1.8 writes them",
	    TOP
	    "listeners = ( { port = 0b11001; } );\n",
	    "4: a value with letters or dots needs quotes: \"10s\", "
	    "\"1.2\"\n" },
	{ "a hexadecimal number past 32 bits",
	    TOP
	    "listeners = ( { port = 0x100000019; } );\n",
	    "4: this number does not fit into 32 bits: libconfig "
	    "would wrap it\n" },
	{ "a hexadecimal number means the same to all",
	    TOP
	    "listeners = ( { port = 0x19; as = \"mx\"; } );\n",
	    "" },
	{ "a NUL escape in a string",
	    TOP
	    "user = \"a\\x00b\";\n",
	    "4: a string cannot contain \\x00: libconfig would drop it\n" },
	{ "a missing semicolon is no mistake",
	    "format = 1\n"
	    "mode = \"enforce\"\n"
	    "log = { syslog = true }\n",
	    "" },
	{ "a comment on the last line without its end",
	    TOP
	    "# the end",
	    "" },
	{ "carriage returns",
	    "format = 1;\r\n"
	    "mode = \"enforce\";\r\n"
	    "log = { syslog = true; };\r\n"
	    "user = \"a\";\r\n",
	    "" },
	{ "mixed types in one array",
	    TOP
	    "served_domains = [ \"a.example\", 1 ];\n",
	    "4: mismatched element type in array: strings need quotes, numbers "
	    "have none (nothing after this line was read)\n" },
	{ "a value behind a value",
	    TOP
	    "user = 9\"a\";\n",
	    "4: a value without a key: is a \"key =\" or a quote "
	    "missing before it?\n" },
	{ "a group without a key",
	    TOP
	    "{ name = \"p\"; }\n",
	    "4: a value without a key: is a \"key =\" or a quote "
	    "missing before it?\n" },
	{ "two strings are one outside lists",
	    TOP
	    "user = \"no\"\n"
	    "  \"body\";\n",
	    "" },
	{ "two faults of syntax in one file",
	    TOP
	    "user = nobody;\n"
	    "served_domains = [ \"a.example\", ];\n",
	    "4: text needs quotes: key = \"value\";\n"
	    "5: remove the comma before this closing bracket\n" },
	{ "an empty file",
	    "",
	    "0: format is missing\n"
	    "0: mode is missing\n"
	    "0: warning: log.decisions is not set: decisions are not "
	    "recorded\n" },
};
/* clang-format on */

RUN_READINGS(cases)

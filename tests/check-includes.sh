#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check-includes - who may include whom
#
# policy/ is the pure core: nothing of sockets, files, clocks, threads, or of
# the libraries that bring them. Includes point one way only, and carry their
# folder, so that the direction can be read on the line. Prints every include
# that breaks this; make check runs it.
set -eu
cd "${srcdir:-$(dirname "$0")/..}"

# What policy/*.c may see beside policy/*.h: C itself, inet_pton() and the two
# libraries that are pure.
pure='assert|ctype|errno|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio'
pure="$pure|stdlib|string|strings|time|arpa/inet|netinet/in|sys/socket"
pure="$pure|sys/types|idn2|jansson"

broken=0

# includes FORM FILE...: prints FILE:LINE:NAME for every include in that form,
# quote or angle.
includes() {
	case $1 in
	quote) form='^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*' ;;
	angle) form='^[[:space:]]*#[[:space:]]*include[[:space:]]*<\([^>]*\)>.*' ;;
	esac
	shift
	for file; do
		[ -f "$file" ] || continue
		sed -n "s!$form!\\1!p" "$file" | sed "s!^!$file: !"
	done
}

# only WHY ALLOWED FORM FILE...: complains about every include whose name does
# not match the extended regular expression ALLOWED.
only() {
	why=$1 allowed=$2
	shift 2
	found=$(includes "$@" | grep -vE ": ($allowed)\$" || true)
	[ -n "$found" ] || return 0
	echo "$found" | sed "s!\$!  <- $why!"
	broken=1
}

only 'policy/ includes only policy/*.h' \
    'config\.h|policy/[a-z0-9_]+\.h' quote policy/*.[ch]
only 'policy/ is pure' "($pure)\\.h" angle policy/*.[ch]

for folder in probe drill audit; do
	only "policy/$folder/ includes policy/*.h and its own" \
	    "config\\.h|policy/($folder/)?[a-z0-9_]+\\.h" \
	    quote policy/$folder/*.[ch]
done

only 'conf/ includes policy/*.h and conf/*.h' \
    'config\.h|(policy|conf)/[a-z0-9_]+\.h' quote conf/*.[ch]
only 'conf/cmd/ includes what is in policy/ and conf/' \
    'config\.h|(policy|conf)/([a-z]+/)?[a-z0-9_]+\.h' quote conf/cmd/*.[ch]
only 'milter/ includes policy/*.h, conf/*.h and milter/*.h' \
    'config\.h|(policy|conf|milter)/[a-z0-9_]+\.h' quote milter/*.[ch]

# Only the daemon knows libmilter.
for file in conf/*.[ch] conf/cmd/*.[ch]; do
	[ -f "$file" ] || continue
	if includes angle "$file" | grep 'libmilter/'; then
		broken=1
	fi
done

exit $broken

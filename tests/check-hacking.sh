#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check-hacking - compares contrib/HACKING with the tree
#
# Every path that it names exists, every room of check-includes.sh has a
# paragraph and the reverse, and no line has more than 72 columns.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
page=contrib/HACKING
failed=0

wrong() {
	echo "$page: $1"
	failed=1
}

# NAME, MODULE and * match anything; the suffix of a module may be omitted.
for path in $(grep -Eo '(policy|conf|milter|tests|contrib)/[A-Za-z0-9_./*-]*' \
    "$page" | sed -e 's/[.]*$//' -e 's/MODULE/*/; s/NAME/*/' | sort -u); do
	# shellcheck disable=SC2086 # a pattern
	ls -d $path $path.h >/dev/null 2>&1 || ls -d $path >/dev/null 2>&1 ||
	    [ -e "$path.c" ] || wrong "$path is not there"
done

rooms=$(sed -n "/^floors='/,/^'/s/^[0-9][0-9]*  *//p" tests/check-includes.sh)
[ -n "$rooms" ] || wrong "no rooms in tests/check-includes.sh"
for room in $rooms; do
	grep -q "^$room - " "$page" || wrong "no paragraph of $room"
done
for room in $(sed -n 's/^\([a-z_/]*\) - .*/\1/p' "$page"); do
	echo "$rooms" | grep -qx "$room" || wrong "$room is no room"
done

awk 'length($0) > 72 { print FILENAME ":" FNR ": more than 72 columns"
	found = 1 }
END { exit found }' "$page" || failed=1
exit $failed

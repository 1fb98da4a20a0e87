#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check-sessions - shows that run_sessions finds what is wrong
#
# Each session of tests/sessions/wrong/ wants something that does not happen.
# Each must fail, in every way of playing it.
set -u
script=${srcdir:-$(dirname "$0")/..}/tests/sessions/wrong/wrong.session
found=$(mktemp) || exit 99
trap 'rm -f "$found"' EXIT
failed=0

ways=6				# two MTAs, the judge and the daemon
if tests/run_sessions "$script" >"$found" 2>&1; then
	echo 'the exit status of run_sessions is 0'
	failed=1
fi
labels=$(sed -n 's/^session //p' "$script")
[ -n "$labels" ] || failed=1
while read -r label; do
	count=$(grep -F "\"$label\"" "$found" | cut -d : -f 3 | sort -u | wc -l)
	[ "$count" = $ways ] && continue
	echo "not found in $((ways - count)) of $ways ways: $label"
	failed=1
done <<END
$labels
END
[ $failed = 0 ] || cat "$found"
exit $failed

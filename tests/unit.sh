#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# unit - checks contrib/enforcetlsd.service
#
# A start that fails because a name or an address is not there yet is repeated
# for ever, every MTA's unit waits for ours, a reload can fail, and systemd
# understands the file.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
unit=contrib/enforcetlsd.service
temp=$(mktemp -d) || exit 99
trap 'rm -rf "$temp"' EXIT
failed=0

wrong() {
	echo "$unit: $1"
	failed=1
}

# want SECTION LINE...: the section has each line; a line may hold more words
want() {
	section=$1
	shift
	sed -n "/^\[$section\]/,/^\[/p" "$unit" >"$temp/section"
	for line; do
		key=${line%%=*} word=${line#*=}
		grep "^$key=" "$temp/section" | sed 's/^[^=]*=//' |
		    tr ' ' '\n' | grep -qxF -e "$word" ||
		    wrong "no $line in [$section]"
	done
}

want Unit StartLimitIntervalSec=0 \
    Wants=network-online.target After=network-online.target \
    Before=postfix.service Before=postfix@-.service Before=sendmail.service
want Service Type=notify Restart=on-failure RestartSec=5
# A signal would never fail: the command does when the policy is not loaded.
want Service ExecReload=/usr/bin/enforcetls ExecReload=reload
# 69, 71 and 78 may pass by themselves.
if grep -E '^RestartPreventExitStatus=.*(69|71|78)' "$unit"; then
	wrong "does not try again after this status"
fi

if command -v systemd-analyze >/dev/null 2>&1; then
	sed -e 's!^\(Exec[A-Z][a-z]*\)=[^ ]*!\1=/bin/true!' \
	    -e '/^Documentation=/d' "$unit" >"$temp/enforcetlsd.service"
	SYSTEMD_LOG_TARGET=console systemd-analyze verify \
	    "$temp/enforcetlsd.service" >"$temp/out" 2>&1 || {
		cat "$temp/out"
		wrong "systemd-analyze does not accept it"
	}
	if grep 'enforcetlsd.service' "$temp/out"; then
		wrong "systemd-analyze warns"
	fi
fi
exit $failed

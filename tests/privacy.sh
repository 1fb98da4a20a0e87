#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# privacy - what the decision log holds, in which form, and for how long
#
# Runs a real enforcetlsd over a policy in a folder of its own and compares a
# shell session with tests/golden/privacy: commands, output and exit status.
# With any argument it prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
chosen="-c $folder/t.conf"
mkdir "$folder/state" "$folder/log"

# policy KEYS: writes the policy, with these keys of log
policy() {
	cat >"$folder/t.conf" <<-END
	format = 1;
	mode = "enforce";
	user = "$(id -un)";
	state = "$folder/state";
	milter = { listen = "unix:$folder/milter"; };
	log = { decisions = "$folder/log/decisions"; $1 };
	map = { listen = "unix:$folder/map"; };
	control = { listen = [ "unix:$folder/control" ]; };
	$two_partners
	END
}

# scope KEYS: what check and status print of it
scope() {
	policy "$1"
	printf '# %s\n' "$1"
	say check --strict | grep -e scope -e '^(exit'
	start
	say status | grep -e scope -e '^(exit'
	stop
}

session() {
	trap stop EXIT			# of this subshell
	scope ''
	scope 'scope = "all";'
	scope 'scope = "all"; scope_until = "2999-12-31T12:00";'
	scope 'scope = "all"; scope_until = "2026-03-01T12:00";'
	scope 'scope_until = "2999-12-31T12:00";'
}

export TZ=UTC
session | sed -E "s|$folder|DIR|g" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || exit 1

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

# A row of an address has no name: what its rule judged is recorded under the
# code of the address, and all commands find it there.
hashed_row() {
	policy 'addresses = "hashed";'
	printf 'ann@bank.example tls\n' >"$folder/one"
	{
		echo 'profiles = ( { name = "tls"; inbound = { level ='
		echo '"encrypt"; stage = "log-only"; }; } );'
		echo "tables = [ \"$folder/one\" ];"
	} >>"$folder/t.conf"
	printf '%063d1\n' 0 >"$folder/state/addresses.key"
	chmod 600 "$folder/state/addresses.key"
	# HMAC-SHA256 of the address under that key.
	printf '{"time":"%s","ref":"R1","client_addr":"192.0.2.1",' \
	    "$(date -u -d '2 days ago' +%Y-%m-%dT%H:%M:%S.000Z)" \
	    >"$folder/log/decisions"
	printf '%s' '"sender":"[CODE]@bank.example","hop":"inbound",' \
	    '"partner":"[CODE]@bank.example","need":"encrypt",' \
	    '"reason":"plaintext","verdict":"fail","stage":"log-only",' \
	    '"applied":"pass","exempt":null,"exception":null}' |
	    sed 's/CODE/57e3696a37e833afe935/g' >>"$folder/log/decisions"
	echo >>"$folder/log/decisions"
	say partners ann@bank.example
	say log --since 7d --partner ann@bank.example | wc -l
}

session() {
	trap stop EXIT			# of this subshell
	scope ''
	scope 'scope = "all";'
	scope 'scope = "all"; scope_until = "2999-12-31T12:00";'
	scope 'scope = "all"; scope_until = "2026-03-01T12:00";'
	scope 'scope_until = "2999-12-31T12:00";'
	hashed_row
}

export TZ=UTC
session | sed -E "s|$folder|DIR|g
s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}$/LOCALTIME/" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || exit 1

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# departed - what was set for a partner with the command ends when it leaves
#
# A stage that was lowered, or an exception, must not act again when the name
# returns years later; and a slip must not end what was set on purpose. Compares
# a shell session with tests/golden/departed. With any argument it prints the
# session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"

mkdir "$folder/state" "$folder/log" "$folder/rows" "$folder/away"
cat >"$folder/t.conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
milter = { listen = "unix:$folder/milter"; };
log = { decisions = "$folder/log/decisions"; };
control = { listen = [ "unix:$folder/control" ]; };
exceptions = { allow_plaintext = true; };
include = "rows/*.conf";
END
for name in bank clinic; do
	cat >"$folder/rows/$name.conf" <<-END
	partners = ( { name = "$name"; domains = [ "$name.example" ];
	    entry = { level = "encrypt"; stage = "reject"; }; } );
	END
done

# leaves NAME, comes NAME: its file in the include folder
leaves() {
	mv "$folder/rows/$1.conf" "$folder/away"
}
comes() {
	mv "$folder/away/$1.conf" "$folder/rows"
}

# entry NAME: what mail for the partner gets from the policy in force
entry() {
	"$tool" --json explain --sender a@x.example --rcpt "u@$1.example" \
	    2>/dev/null | jq -r '"mail for '"$1"' in plaintext: " + .applied'
}

# kept: what the state has, in force or not
kept() {
	"$tool" --json state | jq -r '.stages[] | "stage of " + .partner'
	"$tool" --json exception list | jq -r '.[] | "exception for " + .partner'
}

# reloaded: reload, and whether it was done
reloaded() {
	"$tool" reload >"$folder/reload" 2>&1
	echo "reload (exit $?)"
}

taken() {
	"$tool" reload --allow-loss "$("$tool" --json check --against-running |
	    jq -r .difference.digest)" --reason "$1" >"$folder/reload" 2>&1
	echo "reload with the loss (exit $?)"
}

# last N: the last lines of the history
last() {
	"$tool" exception history | tail -n "$1"
}

lower() {
	"$tool" stage bank entry log-only --reason 'they asked' >/dev/null
	entry bank
}

a_stage() {
	echo '== a lowered stage: its partner leaves, which is no loss'
	lower
	leaves bank
	reloaded
	kept
	last 3
	grep -c 'partners that the policy no longer has are ended' \
	    "$folder/daemon.out"
	echo '== it returns'
	comes bank
	reloaded
	entry bank
	echo '== the same by a start'
	lower
	leaves bank
	start
	kept
	last 3
	say status | grep '^warning'
	comes bank
	start
	entry bank
}

an_exception() {
	echo '== an exception: the include folder is empty by a slip'
	"$tool" exception add clinic entry --floor none --until 3d \
	    --reason test --owner me >/dev/null
	"$tool" stage clinic entry defer --reason test >/dev/null
	leaves clinic
	leaves bank
	reloaded
	kept
	comes bank
	echo '== it has left, and the loss is taken'
	taken 'the clinic has left'
	kept
	last 4
	comes clinic
	reloaded
	entry clinic
}

log_only() {
	echo '== mode log-only: the same slip is no loss, and ends nothing'
	"$tool" exception add clinic entry --floor none --until 3d \
	    --reason test --owner me >/dev/null
	"$tool" stage clinic entry defer --reason test >/dev/null
	sed -i 's/"enforce"/"log-only"/' "$folder/t.conf"
	taken 'for a while'
	leaves clinic
	reloaded
	kept
	say state | grep -A 1 '^void'
	start
	kept
	echo '== it is meant: the administrator ends both'
	say stage clinic entry --end
	say stage bank entry --end --reason 'it has left'
	say stage clinic entry --end --reason 'it has left'
	say stage clinic entry --end --reason 'it has left'
	id=$("$tool" --json exception list | jq -r '.[].id')
	"$tool" exception end "$id" --reason 'it has left' >/dev/null
	kept
	say exception history | grep -A 2 end-stage
	comes clinic
	reloaded
}

# unwritable: what cannot be ended stays, and the policy with it
unwritable() {
	echo '== the state is damaged'
	lower
	echo damage >>"$folder/state/state.conf"
	await 'the state in .* is damaged'
	leaves bank
	reloaded
	grep 'cannot be ended' "$folder/reload"
	start
	kept
	say status | grep '^warning'
	"$tool" state repair --reason test >/dev/null 2>&1
	kept
	say stage bank entry --end --reason 'it has left'
}

session() {
	trap stop EXIT
	start
	a_stage
	an_exception
	log_only
	sed -i 's/"log-only"/"enforce"/' "$folder/t.conf"
	reloaded
	unwritable
}

session 2>&1 | sed -E "s|$folder|DIR|g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g
s/uid [0-9]+/uid N/g
s/\bE[0-9]+\b/ID/g" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

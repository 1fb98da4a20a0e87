#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# moved - a file that moves the state folder and the decision log is compared
# with the policy that was kept in the folder before
#
# Compares a shell session with tests/golden/moved. With any argument it prints
# the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"
# Where the note is, as in a unit with StateDirectory=.
export STATE_DIRECTORY="$folder/notes:$folder/other"

mkdir -m 0750 "$folder/notes" "$folder/rows"

# at NUMBER: the file names that state folder and log
at() {
	mkdir -p "$folder/log$1"
	[ -e "$folder/state$1" ] || mkdir -m 0750 "$folder/state$1"
	cat >"$folder/t.conf" <<-END
	format = 1;
	mode = "enforce";
	user = "$(id -un)";
	state = "$folder/state$1";
	milter = { listen = "unix:$folder/milter"; };
	log = { decisions = "$folder/log$1/decisions"; };
	control = { listen = [ "unix:$folder/control" ]; };
	include = "rows/*.conf";
	END
}

rows_are_whole() {
	cat >"$folder/rows/rows.conf" <<-END
	partners = (
	  { name = "bank"; domains = [ "bank.example" ];
	    entry = { level = "encrypt"; stage = "log-only"; }; },
	  { name = "clinic"; domains = [ "clinic.example" ];
	    entry = { level = "encrypt"; stage = "reject"; }; } );
	END
}

# started WHAT: runs the daemon; prints what it logs of a loss, and what acts
started() {
	stop
	printf '== start: %s\n' "$1"
	start
	grep -E 'loss|kept|goes on|policy in force:' "$folder/daemon.out"
	for _ in $(seq 300); do
		"$tool" --json status | grep -q '"kept":false' || break
		sleep 0.1
	done
	say status | grep -E '^(warning|\(exit)'
	acts
}

acts() {
	for name in bank clinic; do
		"$tool" --json explain --sender a@x.example \
		    --rcpt "u@$name.example" 2>/dev/null |
		    jq -r '"mail for '"$name"' in plaintext: " + .applied'
	done
}

# noted: the folder that the note names, once it does
noted() {
	for _ in $(seq 300); do
		grep -q "state$1\"" "$folder"/notes/kept-place.*[0-9a-f] 2>/dev/null &&
		    break
		sleep 0.1
	done
	jq -r '"the note names " + .state' "$folder"/notes/kept-place.*[0-9a-f]
}

session() {
	trap stop EXIT
	rows_are_whole
	at 1
	started 'for the first time'
	"$tool" stage bank entry reject --force --reason clean >/dev/null
	noted 1
	stop
	at 2
	echo 'wrong = 1;' >>"$folder/t.conf"
	started 'state and log are moved, and the file has errors'
	noted 1
	stop
	at 2
	rm "$folder/rows/rows.conf"
	started 'state and log are moved, and the rows are gone'
	started 'and again'
	noted 1
	say reload | grep -E 'not loaded|exit'
	"$tool" reload --allow-loss "$("$tool" --json check --against-running |
	    jq -r .difference.digest)" --reason 'they left' | grep -c LOSS
	acts
	noted 2
	rows_are_whole
	"$tool" reload >/dev/null
	started 'with rows, in the new folder'
	stop
	mv "$folder/state2" "$folder/state3"
	mv "$folder/log2" "$folder/log3"
	at 3
	started 'the folder itself is moved'
	noted 3
	stop
	at 4
	started 'an empty folder, and no loss'
	noted 4
	stop
	rm -rf "$folder/state4"
	at 5
	started 'the folder of before is gone'
	"$tool" reload >/dev/null
	echo "reload (exit $?)"
	say status | grep -E '^(warning|\(exit)'
	noted 5
	stop
	for note in "$folder"/notes/kept-place.*[0-9a-f]; do
		echo damage >"$note"
	done
	started 'the note is damaged'
	noted 5
	stop
	rm -rf "$folder/notes"
	started 'there is no folder for notes'
}

session 2>&1 | sed -E "s|$folder|DIR|g
s/digest [0-9a-f]+/digest DIGEST/g
s/--allow-loss [0-9a-f]+/--allow-loss DIGEST/g
s/kept-place\.[0-9a-f]+/kept-place.NAME/g" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

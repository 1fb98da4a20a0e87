#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# refused - a reload that is refused leaves no trace
#
# Neither where its policy has the log, the state and the sockets, nor in what
# status says of those in force. Compares a shell session with
# tests/golden/refused. With any argument it prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"

mkdir "$folder/state" "$folder/log" "$folder/state2" "$folder/log2"

# write STAGE STATE LOG
write() {
	cat >"$folder/t.conf" <<-END
	format = 1;
	mode = "enforce";
	user = "$(id -un)";
	state = "$folder/$2";
	milter = { listen = "unix:$folder/milter"; };
	map = { listen = "unix:$folder/$3/map";
	  static = "$folder/$3/map.cdb"; };
	control = { listen = "unix:$folder/control"; };
	log = { decisions = "$folder/$3/decisions"; };
	partners = ( { name = "bank"; domains = [ "bank.example" ];
	  inbound = { level = "encrypt"; stage = "$1"; };
	  entry = { level = "encrypt"; stage = "tag"; }; } );
	END
}

# says: what status says, but for the reload and the disk
says() {
	"$tool" status 2>/dev/null |
	    grep -E '^(state|stages|exceptions|warning)' |
	    grep -v -e 'was not loaded' -e 'have changed'
}

# unchanged ACTION: a refused reload changes nothing of what there is
unchanged() {
	echo "== $1"
	says >"$folder/before"
	(cd "$folder" && ls -A state2 log2) >"$folder/files"
	"$tool" reload >"$folder/out" 2>&1
	echo "reload exits $?"
	(cd "$folder" && ls -A state2 log2) | diff "$folder/files" -
	sleep 1.2			# the disk is looked at twice a second
	says | diff "$folder/before" -
}

session() {
	trap stop EXIT
	write reject state log
	start
	"$tool" stage bank entry reject --reason x --force >/dev/null
	write tag state log2
	unchanged 'a loss, and another log'
	write tag state2 log2
	unchanged 'a loss, and another log and state'
	write tag nowhere nowhere
	unchanged 'a loss, and folders that are not there'
	write reject state2 log2
	sed -i 's/encrypt/encrpyt/' "$folder/t.conf"
	unchanged 'a file with errors'
	write reject state log
	"$tool" reload >/dev/null
	echo '== the state in force is damaged'
	stop
	printf x >>"$folder/state/state.conf"
	start
	says
	write tag state log2
	unchanged 'then a loss, and another log'
	write tag state2 log
	unchanged 'then a loss, and another state'
	says | grep -c damaged
}

session 2>&1 | sed -E "s|$folder|DIR|g" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

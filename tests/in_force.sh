#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# in_force - the command works on the policy of the running daemon
#
# Whatever is on the disk meanwhile: a file that does not load, or one that was
# not loaded yet. Without a daemon the command says so and takes the file, and
# -c means the file in any case. Compares a shell session with
# tests/golden/in_force. With any argument it prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"

mkdir "$folder/state" "$folder/log" "$folder/rows"
cat >"$folder/good" <<END
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
cat >"$folder/rows/clinic.conf" <<END
partners = (
  { name = "clinic"; domains = [ "clinic.example" ];
    entry = { level = "encrypt"; stage = "reject"; };
    outbound = { level = "encrypt"; stage = "reject"; }; } );
END
cp "$folder/good" "$folder/t.conf"

# friday: what is typed when mail of the clinic waits
friday() {
	say map clinic.example
	say explain --sender a@b.example --rcpt u@clinic.example | head -n 3
	say exception add clinic entry --floor none --until \
	    "$(date -d '10 days' +%Y-%m-%d)" --owner ann --reason x
	say exception list | head -n 2
	say stage clinic outbound defer --reason x --force
	say stage
	say log verify | sed 's/^[0-9]* lines, //'
}

session() {
	trap stop EXIT
	start
	echo '== as it is loaded'
	say map clinic.example
	echo '== the table of rows is cut in the middle'
	head -c 90 "$folder/rows/clinic.conf" >"$folder/half"
	cp "$folder/rows/clinic.conf" "$folder/whole"
	cp "$folder/half" "$folder/rows/clinic.conf"
	friday
	say check | tail -n 2
	say reload
	say -c "$folder/t.conf" map clinic.example
	echo '== the main file ends in the middle of a word'
	cp "$folder/whole" "$folder/rows/clinic.conf"
	printf 'partn' >>"$folder/t.conf"
	say map clinic.example
	say stage
	echo '== the rows are gone'
	cp "$folder/good" "$folder/t.conf"
	rm "$folder/rows/clinic.conf"
	say map clinic.example
	say explain --sender a@b.example --rcpt u@clinic.example | head -n 2
	say -c "$folder/t.conf" map clinic.example
	echo '== there is no daemon'
	cp "$folder/whole" "$folder/rows/clinic.conf"
	stop
	say map clinic.example
	say stage
}

session | sed -E "s|$folder|DIR|g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?/DATE/g
s/DATE [0-9:]{8} local/DATE local/g" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

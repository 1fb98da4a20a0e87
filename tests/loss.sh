#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# loss - a reload that would lose something is refused, until it is meant
#
# What an administrator sees when the include folder is renamed, a table is cut
# or a stage lowered: the daemon goes on with what it has, and the command says
# how exactly that loss is taken. Compares a shell session with
# tests/golden/loss. With any argument it prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"

mkdir "$folder/state" "$folder/log" "$folder/rows"
cat >"$folder/t.conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
milter = { listen = "unix:$folder/milter"; };
log = { decisions = "$folder/log/decisions"; };
control = { listen = [ "unix:$folder/control" ]; };
include = "rows/*.conf";
tables = "table";
profiles = ( { name = "many";
  inbound = { level = "encrypt"; stage = "reject"; }; } );
END
cat >"$folder/rows/bank.conf" <<END
partners = (
  { name = "bank"; domains = [ "bank.example", ".bank.example" ];
    inbound = { level = "verify"; names = [ "mx.bank.example" ];
      stage = "reject"; }; } );
END
for i in 1 2 3 4 5 6; do
	echo "t$i.example many"
done >"$folder/table"

# inbound DOMAIN: what mail from there gets from the policy in force
inbound() {
	"$tool" --json explain --sender "a@$1" --rcpt u@here.example \
	    2>/dev/null | jq -r '"mail from '"$1"' in plaintext: " + .applied'
}

# until_status PATTERN: until status prints such a line
until_status() {
	for _ in $(seq 300); do
		"$tool" status | grep -q "$1" && return
		sleep 0.1
	done
}

digest() {
	"$tool" --json check --against-running | jq -r .difference.digest
}

slips() {
	echo '== the include folder is renamed'
	mv "$folder/rows" "$folder/old"
	say reload
	inbound bank.example
	say status | grep -v '^[a-z]'
	say status | grep '^warning'
	mv "$folder/old" "$folder/rows"
	echo '== a table is cut'
	head -n 1 "$folder/table" >"$folder/less"
	mv "$folder/table" "$folder/whole"
	mv "$folder/less" "$folder/table"
	say reload
	inbound t6.example
	mv "$folder/whole" "$folder/table"
	echo '== the file asks for as much again'
	say reload
	say status | grep '^warning'
	echo '== a file comes into the include folder, and nobody reloads'
	echo 'partners = ( );' >"$folder/rows/new.conf"
	until_status '^on_disk  *changed'
	say status | grep -E '^(on_disk|warning)'
	rm "$folder/rows/new.conf"
}

meant() {
	echo '== a stage is lowered, by a signal'
	sed -i 's/reject/defer/' "$folder/rows/bank.conf"
	kill -USR1 "$pid"
	await 'loss: bank.example .*, defer (bank)'
	grep '^enforcetlsd: warning: loss' "$folder/daemon.out" | tail -n 2
	say check --against-running | sed -n '/^against/,$p'
	say reload --allow-loss "$(digest)"
	say reload --allow-loss 12ab --reason 'a typo'
	echo '== the loss is another one by now'
	old=$(digest)
	sed -i 's/"defer"/"tag"/' "$folder/rows/bank.conf"
	say reload --allow-loss "$old" --reason 'the bank asked' | head -n 2
	say status | grep -c '^warning'
	echo '== it is meant'
	say reload --allow-loss "$(digest)" --reason 'the bank asked'
	say status | grep '^warning'
	say exception history | grep -A 3 ' loss '
	grep -c 'lines":\["\.bank.example inbound' \
	    "$folder/state/history.jsonl"
	say check --against-running | sed -n '/^against/,$p'
	echo '== a file with an error'
	echo 'wrong = 1;' >>"$folder/t.conf"
	say reload
	say status | grep '^warning'
	sed -i '$d' "$folder/t.conf"
	say reload
	say status | grep '^warning'
	stop
	say check --against-running | tail -n 1
	"$tool" check --against-running >/dev/null 2>&1
	echo "(exit $?)"
}

# again: what was taken once is not taken by that digest again
again() {
	start
	echo '== what was taken comes again'
	sed -i 's/"tag"/"reject"/' "$folder/rows/bank.conf"
	"$tool" reload >/dev/null
	sed -i 's/"reject"/"tag"/' "$folder/rows/bank.conf"
	taken=$(digest)
	"$tool" reload --allow-loss "$taken" --reason 'the bank asked' |
	    grep LOSS
	sed -i 's/"tag"/"reject"/' "$folder/rows/bank.conf"
	"$tool" reload >/dev/null
	sed -i 's/"reject"/"tag"/' "$folder/rows/bank.conf"
	say reload --allow-loss "$taken" --reason 'by a script' |
	    grep -E -o 'not the one that was allowed|exit 1'
	echo '== an exception is granted after the loss was shown'
	shown=$(digest)
	"$tool" exception add bank inbound --floor encrypt --until 3d \
	    --reason test --owner me >/dev/null
	say reload --allow-loss "$shown" --reason 'the bank asked' |
	    grep -E -o 'not the one that was allowed|LOSS.* with E[0-9]*|exit 1'
	"$tool" reload --allow-loss "$(digest)" --reason 'with it' |
	    grep -c 'LOSS.* with E'
	"$tool" exception end --reason test "$("$tool" --json exception list \
	    2>/dev/null | jq -r '.[].id')" >/dev/null
	stop
}

# ended: a stage was set for what the row asked then, and it asks more now
ended() {
	start
	echo '== the demand from before is lost with its row'
	cat >"$folder/rows/bank.conf" <<-END
	partners = ( { name = "bank"; domains = [ "bank.example" ];
	    inbound = { level = "encrypt"; stage = "log-only"; }; } );
	END
	"$tool" reload >/dev/null
	"$tool" stage bank inbound reject --force --reason clean >/dev/null
	sed -i 's/"encrypt"/"verify"; any_peer = true/' \
	    "$folder/rows/bank.conf"
	say reload | grep bank
	inbound bank.example
	mv "$folder/rows/bank.conf" "$folder/away"
	say reload --allow-loss "$(digest)" --reason 'the bank has left' |
	    grep bank | sed 's/allow-loss [0-9a-f]*/allow-loss DIGEST/'
	grep -c 'loss: what bank inbound demanded before' "$folder/daemon.out"
	"$tool" exception history | tail -n 5 | grep -v digest
	echo '== the row comes back as it was'
	mv "$folder/away" "$folder/rows/bank.conf"
	say reload | grep bank
	inbound bank.example
	say stage | grep bank
}

session() {
	trap stop EXIT
	start
	slips
	meant
	again
	ended
}

session | sed -E "s|$folder|DIR|g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g
s/uid [0-9]+/uid N/g
s/^(policy|up_seconds|pid) .*/\1/" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

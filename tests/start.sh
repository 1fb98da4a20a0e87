#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# start - what a start runs when the policy on disk asks less than the last one,
# or has errors
#
# Compares a shell session with tests/golden/start. With any argument it prints
# the session instead.
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
END
cat >"$folder/rows/clinic.conf" <<END
partners = (
  { name = "clinic"; domains = [ "clinic.example" ];
    entry = { level = "encrypt"; stage = "reject"; };
    outbound = { level = "encrypt"; stage = "reject"; }; } );
END
cp "$folder/rows/clinic.conf" "$folder/clinic.conf"

# await_kept: until the policy is in the state folder
await_kept() {
	for _ in $(seq 300); do
		[ -e "$folder/state/policy.kept" ] && break
		sleep 0.1
	done
}

# started WHAT: runs the daemon; prints what it logs of a loss and of its policy
started() {
	stop
	printf '== start: %s\n' "$1"
	start
	grep -E 'loss|kept|policy in force:|in force before|: error:' \
	    "$folder/daemon.out"
	await_kept
	say status | grep -E '^(partners|on_disk|warning|\(exit)'
	say map clinic.example | grep -E '^answer|^enforcetls'
}

# rows_away: the rows are gone, as after a mount that failed
rows_away() {
	rm -f "$folder/rows/clinic.conf"
}

rows_back() {
	cp "$folder/clinic.conf" "$folder/rows/clinic.conf"
}

# as_kept: whether what was kept is still that of the first start
as_kept() {
	cmp "$folder/first" "$folder/state/policy.kept" && echo 'kept as it was'
}

# fails WHAT [FILE]: the daemon does not start
fails() {
	stop
	printf '== start: %s\n' "$1"
	"$daemon" -f -c "${2-$folder/t.conf}" 2>&1
	echo "(exit $?)"
}

# errors: the policy on disk cannot be loaded
errors() {
	stop
	rm -rf "$folder/state" "$folder/log/decisions.state"
	mkdir -m 0750 "$folder/state"
	rows_back
	cp "$folder/t.conf" "$folder/good"
	echo 'wrong = 1;' >>"$folder/t.conf"
	fails 'for the first time, with an error'
	cp "$folder/good" "$folder/t.conf"
	started 'without the error'
	echo 'wrong = 1;' >>"$folder/t.conf"
	started 'with the error'
	say reload
	say status | grep -E '^(on_disk|warning|\(exit)'
	cp "$folder/good" "$folder/t.conf"
	say reload | grep -v '^policy'
	say status | grep -E '^(on_disk|warning|\(exit)'
	echo 'partners = ( {' >>"$folder/t.conf"
	started 'it does not parse'
	cp "$folder/good" "$folder/t.conf"
	sed -i 's/"encrypt"/"encryption"/' "$folder/rows/clinic.conf"
	started 'a file that it includes has errors'
	rows_back
	cp "$folder/t.conf" "$folder/other.conf"
	echo 'wrong = 1;' >>"$folder/other.conf"
	fails 'another file than was kept' "$folder/other.conf"
	printf x >>"$folder/state/policy.kept"
	echo 'wrong = 1;' >>"$folder/t.conf"
	fails 'what was kept is damaged'
	cp "$folder/good" "$folder/t.conf"
}

session() {
	trap stop EXIT
	started 'for the first time'
	cp "$folder/state/policy.kept" "$folder/first"
	started 'with the same files'
	as_kept
	rows_away
	started 'the include folder is empty'
	as_kept
	started 'and again'
	rows_back
	rows_back
	started 'with more than before'
	put_back
	second
	damages
	errors
	stop
	echo '== -n judges the disk'
	rows_away
	"$daemon" -n -c "$folder/t.conf" 2>&1
	echo "(exit $?)"
}

bank_is_new() {
	cat >"$folder/rows/bank.conf" <<END
partners = ( { name = "bank"; domains = [ "bank.example" ];
  entry = { level = "encrypt"; stage = "reject"; }; } );
END
}

# put_back: a kept policy of before runs only where it takes nothing away
put_back() {
	bank_is_new
	rows_away
	started 'one partner is gone, and another is new'
	say reload --allow-loss "$("$tool" --json check --against-running |
	    jq -r .difference.digest)" --reason 'it left' | tail -n 2
	stop
	cp "$folder/first" "$folder/state/policy.kept"
	started 'the kept policy of before was put back'
	say explain --sender a@x.example --rcpt u@bank.example | tail -n 2
	stop
	rm "$folder/rows/bank.conf"
	cp "$folder/first" "$folder/state/policy.kept"
	started 'the same, and the new partner is gone as well'
	rows_back
	say reload | tail -n 1
}

# second: another daemon over the same state folder does not keep its policy
second() {
	cp "$folder/state/policy.kept" "$folder/first"
	sed 's|/milter"|/milter2"|; s|/control"|/control2"|' \
	    "$folder/t.conf" >"$folder/other.conf"
	"$daemon" -f -c "$folder/other.conf" >"$folder/other.out" 2>&1 &
	other=$!
	for _ in $(seq 300); do
		grep -q 'cannot be kept' "$folder/other.out" && break
		sleep 0.1
	done
	echo '== another daemon runs with the same state folder'
	grep 'cannot be kept' "$folder/other.out"
	kill "$other" && wait "$other"
	as_kept
}

# damages: what is said when a loss cannot be seen
damages() {
	stop
	printf x >>"$folder/state/policy.kept"
	rows_away
	started 'the kept policy is damaged'
	say reload | grep -v '^policy'
	say status | grep -E '^(on_disk|warning|\(exit)'
	stop
	rm -r "$folder/state"
	mkdir -m 0750 "$folder/state"
	started 'the state folder was emptied'
	stop
	rm -r "$folder/state" "$folder/log/decisions.state"
	mkdir -m 0750 "$folder/state"
	mkdir "$folder/state/policy.kept.new"
	started 'it cannot be kept'
	rmdir "$folder/state/policy.kept.new"
}

session | sed -E "s|$folder|DIR|g; s/[0-9a-f]{12,64}/HEX/g" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

# runs_as USER: whether the daemon does
runs_as() {
	[ "$(ps -o user= -p "$pid")" = "$1" ] || {
		echo "it runs as $(ps -o user= -p "$pid"), and not as $1"
		exit 1
	}
}

# Who can write to the state folder cannot have root become somebody else.
other_users() {
	[ "$(id -u)" = 0 ] || return 0
	trap stop EXIT
	chmod 711 "$folder"
	rm -r "$folder/state"
	mkdir "$folder/state"
	sed -i 's/^user = .*/user = "root";/' "$folder/t.conf"
	rows_back
	start
	await_kept
	runs_as root
	stop
	chown -R nobody "$folder/state" "$folder/log"
	echo 'wrong = 1;' >>"$folder/t.conf"
	"$daemon" -f -c "$folder/t.conf" >"$came" 2>&1
	[ $? -eq 78 ] && grep -q 'names the user root, who does not own' \
	    "$came" || {
		echo 'a kept policy had root stay root'
		cat "$came"
		exit 1
	}
	sed -i '/^wrong/d; s/^user = .*/user = "nobody";/' "$folder/t.conf"
	rows_away
	start
	runs_as nobody
	grep -q 'asks less than' "$folder/daemon.out"
}
other_users || exit 1

# listens PATH: the policy with its control socket there
listens() {
	sed -i "s|^control = .*|control = { listen = [ \"unix:$1\" ]; };|" \
	    "$folder/t.conf"
}

# made PATH: fails if anybody made it
made() {
	[ ! -e "$1" ] || { echo "root made $1"; exit 1; }
}

# What stands in a kept policy, which its user can forge, does not decide where
# root binds a socket or makes its folder.
other_sockets() {
	[ "$(id -u)" = 0 ] || return 0
	install -d -o nobody "$folder/run"
	sed -i 's|/milter"|/run/milter"|' "$folder/t.conf"
	rows_back
	listens "$folder/roots/new"
	stop
	rm -r "$folder/state" "$folder/log"
	install -d -o nobody "$folder/state" "$folder/log"
	start
	await_kept
	stop
	rm -r "$folder/roots"
	listens "$folder/run/control"
	rows_away
	start
	grep -q 'asks less than' "$folder/daemon.out" || exit 1
	made "$folder/roots"
	"$tool" status | grep -q 'asks less than' || {
		echo 'it does not listen where the file on disk has it'
		exit 1
	}
	stop
	echo 'wrong = 1;' >>"$folder/t.conf"
	"$daemon" -f -c "$folder/t.conf" >"$came" 2>&1
	[ $? -eq 77 ] && grep -q 'root does not bind the sockets' "$came" || {
		echo 'a kept policy had root bind a socket'
		cat "$came"
		exit 1
	}
	made "$folder/roots"
	install -d -o nobody "$folder/roots"
	start
	runs_as nobody
	stop
	rm -r "$folder/roots"
	listens "$folder/roots/new"
	start
	runs_as nobody
	[ -S "$folder/roots/new" ] || {
		echo 'root does not bind what its own file names'
		exit 1
	}
}
other_sockets || exit 1

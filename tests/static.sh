#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# static - the file of the map's answers, with and without a daemon
set -u
[ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1 &&
    command -v setpriv >/dev/null || exit 77
folder=$(mktemp -d) || exit 99
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$folder"' EXIT
failed=0
umask 022
chmod 755 "$folder"
# LeakSanitizer cannot trace a process that has changed its user.
export ASAN_OPTIONS=detect_leaks=0
# Its build folder may be closed to nobody.
cp enforcetls enforcetlsd "$folder/"
tool="$folder/enforcetls -c $folder/conf"
mkdir "$folder/state" "$folder/log"
chown nobody "$folder/state" "$folder/log"
file=$folder/state/map/outbound.cdb

# policy MODE LEVEL
policy() {
	cat >"$folder/conf" <<-END
	format = 1;
	mode = "$1";
	user = "nobody";
	state = "$folder/state";
	log = { decisions = "$folder/log/decisions.jsonl"; };
	map = { static = "$file"; };
	control = { listen = "unix:$folder/control.sock"; };
	partners = ( { name = "bank"; domains = [ "bank.example",
	  ".bank.example" ]; outbound = { level = "$2"; stage = "defer"; }; } );
	END
}

# want WHAT EXIT-STATUS TEXT COMMAND...: a line of the output has the text
want() {
	what=$1 wanted=$2 text=$3
	shift 3
	# shellcheck disable=SC2086 # a list of words
	"$@" >"$folder/out" 2>&1
	status=$?
	if [ $status -ne "$wanted" ] || ! grep -q -e "$text" "$folder/out"; then
		echo "$what: exit $status, wanted $wanted and \"$text\":"
		cat "$folder/out"
		failed=1
	fi
}

# soon COMMAND...: whether it succeeds now, or in a while
soon() {
	tries=300
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

timer() {
	setpriv --reuid nobody --clear-groups $tool map --export --timer "$file"
}

has() {
	$tool map "$1" | grep -q "^static:  $2"
}

# has_soon WHAT KEY TEXT: the file has the text now, or in a while
has_soon() {
	soon has "$2" "$3" || {
		echo "$1: the file does not have $3:"
		$tool map "$2"
		failed=1
	}
}

policy enforce verify
want 'no file' 1 'is not there: Postfix defers' $tool map bank.example
want 'without a daemon' 0 ': 3 keys' $tool map --export
want 'a name' 0 '^static:  secure .* key bank.example' $tool map bank.example
want 'below it' 0 'key .bank.example$' $tool map MX.Bank.example
want 'in brackets' 1 '^static:  no key' $tool map '[mx.bank.example]'
want 'nobody' 0 '^static:  no key' $tool map other.example
want 'another file' 0 'other.cdb: 3 keys' \
    $tool map --export "$folder/state/map/other.cdb"
want 'a folder of root' 2 'does not belong to the daemon' \
    $tool map --export "$folder/other.cdb"
want 'root as the timer' 2 'runs as the daemon' \
    $tool map --export --timer "$file"
policy enforce encrypt
want 'another policy' 1 'not the answer above' $tool map bank.example
rm "$file"

# take_loss: reloads a policy that asks less, as whoever means it does
take_loss() {
	digest=$($tool reload | sed -n 's/^loss  *//p')
	$tool reload --allow-loss "$digest" --reason 'it is meant'
}

"$folder/enforcetlsd" -f -c "$folder/conf" 2>"$folder/daemon" &
daemon=$!
has_soon 'started' bank.example encrypt
want 'refused' 2 'use enforcetls reload' $tool map --export
policy enforce verify
want 'reload' 0 'mode  *enforce' $tool reload
want 'when that is answered' 0 '^static:  secure' $tool map bank.example
want 'exception' 0 'not in .*enforcetls-map.timer' $tool exception add bank outbound --floor encrypt \
    --until "$(date -d '2 days' +%Y-%m-%d)" --owner o --reason r
want 'without the timer' 1 'enforcetls-map.timer' $tool status
want 'the exception is left out' 1 '^static:  secure' $tool map bank.example
timer
has_soon 'the timer runs' bank.example encrypt
has_soon 'below' mx.bank.example encrypt
want 'with the timer' 0 'exceptions  *1' $tool status
id=E1
touch -d '4 minutes ago' "$file.timer"
has_soon 'the timer stops' bank.example secure
timer
has_soon 'the timer runs again' bank.example encrypt
want 'end' 0 done $tool exception end "$id"
want 'when that is answered' 0 '^static:  secure' $tool map bank.example

# Somebody tries a copy of the policy, with a socket and a state of its own.
mkdir "$folder/trial.state"
chown nobody "$folder/trial.state"
sed -e 's/"enforce"/"log-only"/; s/control.sock/trial.sock/' \
    -e "s|$folder/state\";|$folder/trial.state\";|; s/decisions.j/trial.j/" \
    "$folder/conf" >"$folder/trial.conf"
"$folder/enforcetlsd" -f -c "$folder/trial.conf" 2>"$folder/trial" &
trial=$!
soon grep 'another daemon keeps it' "$folder/trial" || {
	echo 'a second daemon: it does not say that another one has the file'
	failed=1
}
want 'a second daemon' 0 '^static:  secure' $tool map bank.example
want 'its status' 1 'another daemon keeps it' \
    "$folder/enforcetls" -c "$folder/trial.conf" status
kill $trial
wait $trial
want 'export of a copy' 2 'a daemon keeps' \
    "$folder/enforcetls" -c "$folder/trial.conf" map --export
want 'a copy' 0 '^static:  secure' $tool map bank.example

# limit OCTETS: of a file that the daemon writes
limit() {
	setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups \
	    prlimit --pid "$daemon" --fsize="$1:"
}

# The disk is full when an exception has to end.
timer
want 'another exception' 0 'E3' $tool exception add bank outbound --floor encrypt \
    --until "$(date -d '2 days' +%Y-%m-%d)" --owner o --reason r
has_soon 'an exception' bank.example encrypt
limit 100
touch -d '4 minutes ago' "$file.timer"
has_soon 'no room' bank.example secure
want 'no room' 1 'exceptions and pauses have ended' $tool status
limit unlimited
timer
soon has bank.example encrypt || {
	echo 'room again: the exception does not stand in the file'
	failed=1
}
want 'end' 0 done $tool exception end E3

chown root "$folder/state/map"
policy enforce encrypt
want 'a folder of root' 1 'map.static was not written' take_loss
want 'not written' 1 'map.static was not written' $tool status
want 'the old file stays' 1 '^static:  secure' $tool map bank.example
chown nobody "$folder/state/map"
policy log-only encrypt
want 'reload' 0 'mode  *log-only' take_loss
want 'written again' 0 version $tool status
want 'log-only' 0 '^static:  no key' $tool map bank.example
rm "$file"
soon test -s "$file" || {
	echo 'removed: it is not written again'
	failed=1
}

# Without a daemon, what it kept is what a start would run.
policy enforce verify
want 'more is asked' 0 'mode  *enforce' $tool reload
kill "$daemon"
wait "$daemon"
daemon=
want 'the same policy' 0 ': 3 keys' $tool map --export
policy enforce encrypt
want 'a loss without a daemon' 1 'not written: the policy on disk asks less' \
    $tool map --export
want 'to another file' 1 '^  LOSS' $tool map --export "$folder/state/map/x.cdb"
want 'the old file stays' 1 '^static:  secure' $tool map bank.example
want 'in JSON' 1 '^{"ok":false,"error":"not written' $tool --json map --export
mv "$folder/state/policy.kept" "$folder/gone"
want 'it is lost' 2 'policy.kept is missing' $tool map --export
mv "$folder/gone" "$folder/state/policy.kept"
"$folder/enforcetlsd" -f -c "$folder/conf" 2>"$folder/daemon" &
daemon=$!
soon $tool stats
want 'the loss is refused' 1 '^loss' $tool reload
want 'taken' 0 'mode  *enforce' take_loss
kill "$daemon"
wait "$daemon"
daemon=
want 'after that' 0 ': 3 keys' $tool map --export

# State and log are elsewhere by now, and so was the policy in force: a note
# that the daemon wrote says where.
mkdir "$folder/notes" "$folder/new" "$folder/new.log"
chown nobody "$folder/notes" "$folder/new" "$folder/new.log"
export STATE_DIRECTORY="$folder/notes"
policy enforce verify
"$folder/enforcetlsd" -f -c "$folder/conf" 2>"$folder/daemon" &
daemon=$!
soon $tool stats
soon grep -q . "$folder"/notes/kept-place.*
kill "$daemon"
wait "$daemon"
daemon=
policy enforce encrypt
sed -i -e "s|$folder/state\"|$folder/new\"|" \
    -e "s|$folder/log/|$folder/new.log/|" "$folder/conf"
want 'a loss in another folder' 1 'not written: the policy on disk asks less' \
    $tool map --export "$folder/new/map/x.cdb"
mv "$folder/state/policy.kept" "$folder/gone"
want 'it is lost there' 2 "was kept in $folder/state, and cannot be read" \
    $tool map --export "$folder/new/map/x.cdb"
rm "$folder"/notes/kept-place.*
want 'nothing is known of one' 0 ': 3 keys' \
    $tool map --export "$folder/new/map/x.cdb"
exit $failed

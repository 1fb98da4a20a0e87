#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# daemon - what the command prints of a running daemon
#
# Runs a real enforcetlsd over a policy in a folder of its own and compares a
# shell session with tests/golden/daemon: commands, output and exit status. With
# any argument it prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
chosen="-c $folder/t.conf"

mkdir "$folder/state" "$folder/log"
cat >"$folder/t.conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
milter = { listen = "unix:$folder/milter"; };
log = { decisions = "$folder/log/decisions"; };
control = { listen = [ "unix:$folder/control" ]; };
$two_partners
END

session() {
	trap stop EXIT			# of this subshell
	start
	say stage bank inbound tag --reason x --force
	say status
	stop
	printf x >>"$folder/state/state.conf"
	start
	say status
	say --json status
	say state repair --reason 'a crash'
	await 'state in force: generation 2'
	say status
	# A relay that asks less than a rule that acts.
	cp "$folder/t.conf" "$folder/t.old"
	sed -i 's/^format = 1;/&\nsmarthosts = "[relay.example]";/
	    s/^\( *outbound =.*stage = "\)log-only/\1defer/' "$folder/t.conf"
	await 'has changed on disk'
	say status
	say reload
	say status
	stop
	mv "$folder/t.old" "$folder/t.conf"
	# It asks less, which a start would not run.
	rm "$folder/state/policy.kept"
	other_version
	lost_states
}

# counted: what has ended or begins later is not counted as in force
counted() {
	set -- --floor encrypt --owner ann --reason x \
	    --until "$(date -d '6 days' +%Y-%m-%d)"
	say exception add bank inbound "$@" | grep '^done'
	say exception add bank outbound "$@" \
	    --from "$(date -d '4 days' +%Y-%m-%d)" | grep '^done'
	say status | grep ^exc
	say exception end E6
	say exception end E7
	say status | grep ^exc
}

# other_version: an answer as a daemon of another version gives it
other_version() {
	printf '$ %s\n' 'a daemon of another version'
	perl -MIO::Socket::UNIX -e '
	$s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die;
	$c = $s->accept; <$c>; print $c
	    "{\"ok\":true,\"version\":\"0.0.9\",\"warnings\":[]}\n"' \
	    "$folder/control" &
	pid=$!
	for _ in $(seq 300); do
		[ ! -S "$folder/control" ] || break
		sleep 0.1
	done
	say status
	wait "$pid"
	pid=
	rm "$folder/control"
}

# standing WHAT [LOGGED]: what is left of a lost state, and what is reported of
# it, once the daemon has logged that
standing() {
	printf '$ %s\n' "$1"
	start
	[ $# -eq 1 ] || await "$2"
	say status
	say reload
	say stage
	stop
	grep -c 'the state in .* is damaged' "$folder/daemon.out"
}

# becomes HEALTH: waits until the daemon says so of its state
becomes() {
	for _ in $(seq 300); do
		"$tool" -c "$folder/t.conf" status 2>&1 |
		    grep -q "^state  *$1" && return
		sleep 0.1
	done
	echo "the state did not become $1"
}

# accessible: others may write to it for a while, and the daemon runs
accessible() {
	start
	for one in '' /state.conf /history.jsonl; do
		printf '$ chmod g+w state%s\n' "$one"
		chmod g+w "$folder/state$one"
		becomes damaged
		say status | grep '^state_damage'
		chmod g-w "$folder/state$one"
		becomes good
	done
	stop
}

lost_states() {
	until=$(date -d '10 days' +%Y-%m-%d)
	say exception add bank inbound --floor encrypt --until "$until" \
	    --owner ann --reason x | sed "s/$until/DATE/"
	cp -a "$folder/state" "$folder/older"
	say stage clinic entry reject --reason x --force
	mv "$folder/state" "$folder/newer"
	standing 'the state folder is missing' 'cannot be kept'
	mkdir "$folder/state"
	standing 'it is empty'
	cp -a "$folder/older/." "$folder/state"
	standing 'an older one was put back'
	rm -rf "$folder/state"
	cp -a "$folder/newer" "$folder/state"
	chmod g+w "$folder/state"
	standing 'others may write to it' 'cannot be kept'
	chmod g-w "$folder/state"
	accessible
	rm "$folder/state/"*
	say state repair --reason 'a new disk'
	say stage
	printf '$ %s\n' 'the marker is lost'
	rm "$folder/log/decisions.state"
	start
	say status | grep warning
	counted
	stop
	ls "$folder/log"
}

# no_permission: a user who may not use the control socket reads who may
no_permission() {
	[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || return 0
	start
	chmod 711 "$folder"
	chgrp mail "$folder/control"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$tool" \
	    -c "$folder/t.conf" status >"$came" 2>&1
	stop
	grep -q 'Permission denied: run it as root or as a member of the group '\
'mail$' "$came" && return
	echo "no permission: the group is not named"
	cat "$came"
	exit 1
}

session | sed -E "s|$folder|DIR|g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g
s/[0-9-]{10} [0-9:]{8} local/DATE local/g
s/this command [0-9.]+/this command .../
s/^(version|pid|up_seconds|policy)( +) .*/\\1\\2 .../
s/\"(version|policy)\":\"[^\"]*\"/\"\\1\":.../g
s/\"(pid|up_seconds)\":[0-9]*/\"\\1\":.../g" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/daemon"
	exit 1
}
no_permission

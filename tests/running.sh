# SPDX-License-Identifier: BSD-2-Clause
#
# running.sh - a real daemon, for the scripts that compare a shell session
#
# Read after golden.sh. The daemon runs over $folder/t.conf, which the script
# writes. The session, which is a subshell, stops it: trap stop EXIT.
daemon=$PWD/enforcetlsd
pid=
chosen=				# "-c FILE", for say

# stop: ends the daemon, if it runs
stop() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; }
	pid=
}

# await TEXT: until the daemon has logged it
await() {
	for _ in $(seq 300); do
		grep -q "$1" "$folder/daemon.out" && return
		sleep 0.1
	done
	echo "the daemon did not log: $1"
	cat "$folder/daemon.out"
}

# start: runs the daemon until it takes mail
start() {
	stop
	: >"$folder/daemon.out"		# what another one logged
	"$daemon" -f -c "$folder/t.conf" >"$folder/daemon.out" 2>&1 &
	pid=$!
	await 'takes mail'
}

# say ARGUMENT...: prints the command, its output and the exit status
say() {
	printf '$ enforcetls'
	printf ' %s' "$@"
	echo
	# shellcheck disable=SC2086 # no word when it is empty
	"$tool" $chosen "$@" 2>&1
	status=$?
	[ $status -eq 0 ] || echo "(exit $status)"
}

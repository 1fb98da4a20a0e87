#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# restart - what only a restart brings into force is said until it is done
#
# By each reload and by status, compared with what the daemon started with.
# Compares a shell session with tests/golden/restart. With any argument it
# prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
daemon=$PWD/enforcetlsd
pid=
export ENFORCETLS_CONF="$folder/t.conf"
user=$(id -un)

mkdir "$folder/state" "$folder/log"

# write MILTER USER: the policy with these values
write() {
	cat >"$folder/t.conf" <<-END
	format = 1;
	mode = "enforce";
	user = "$2";
	state = "$folder/state";
	milter = { listen = "unix:$folder/$1"; };
	control = { listen = [ "unix:$folder/control" ]; };
	log = { decisions = "$folder/log/decisions"; };
	END
}

stop() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; }
	pid=
}

start() {
	stop
	echo '== start'
	"$daemon" -f -c "$folder/t.conf" >"$folder/daemon.out" 2>&1 &
	pid=$!
	for _ in $(seq 200); do
		grep -q 'takes mail' "$folder/daemon.out" && return
		sleep 0.1
	done
	cat "$folder/daemon.out"
}

# say ARGUMENT...: prints the command, what it says of restarts, its status
say() {
	printf '$ enforcetls'
	printf ' %s' "$@"
	echo
	"$tool" "$@" >"$folder/out" 2>&1
	status=$?
	grep restart "$folder/out"
	[ $status -eq 0 ] || echo "(exit $status)"
}

session() {
	trap stop EXIT
	write milter "$user"
	start
	say reload
	say status
	echo '== another socket'
	write other "$user"
	say reload
	say reload
	say --json reload
	say status
	echo '== and another user'
	write other somebody
	say reload
	say status
	echo '== as it was at the start'
	write milter "$user"
	say reload
	say status
	echo '== another socket, and a restart'
	write other "$user"
	say reload
	start
	say status
	say reload
}

session | sed -E "s|$folder|DIR|g; s|is $user|is USER|
s/\"policy\":\"[^\"]*\"/\"policy\":.../" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

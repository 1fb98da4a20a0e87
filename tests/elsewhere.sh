#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# elsewhere - a daemon is found that does not listen where the file says
#
# The file has another control.listen since it was read, or one that needs a
# restart, or none, or it is broken. Compares a shell session with
# tests/golden/elsewhere. With any argument it prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"

mkdir "$folder/state" "$folder/log" "$folder/map" "$folder/shared"
chmod 0700 "$folder/map"
chmod 0777 "$folder/shared"

# write LEVEL [CONTROL [STATE]]: CONTROL is a list of sockets
write() {
	cat >"$folder/t.conf" <<-END
	format = 1;
	mode = "enforce";
	user = "$(id -un)";
	state = "$folder/${3-state}";
	milter = { listen = "unix:$folder/milter"; };
	log = { decisions = "$folder/log/decisions"; };
	map = { static = "$folder/map/x.cdb"; };
	control = { listen = [ ${2-\"unix:$folder/control\"} ]; };
	partners = ( { name = "bank"; domains = [ "bank.example" ];
	  outbound = { level = "$1"; stage = "defer"; }; } );
	END
}

# brief: a command, what it says of the daemon, and how it ends
brief() {
	say "$@" | grep -e '^[$(]' -e '^enforcetls' -e '^restart' -e '^error' |
	    grep -v 'mail of the queue'
}

# noted: until the daemon has noted where it can be asked
noted() {
	for _ in $(seq 100); do
		grep -q "${1-control}" "$folder/state/policy.kept.lock" \
		    2>/dev/null && return
		sleep 0.1
	done
	echo "the daemon did not note $1"
}

# all: every command that asks the daemon
all() {
	brief status
	brief stats
	brief check --against-running 
	brief map bank.example
	brief partners bank
	brief map --export
	brief exception add bank outbound --floor encrypt --until "$until" \
	    --owner ann --reason x
	brief exception end E1
}

# forged: the daemon's user notes the socket of somebody else, for root
forged() {
	[ "$(id -u)" = 0 ] || return 0
	perl -MIO::Socket::UNIX -e '
	$s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die;
	chown 65534, 65534, $ARGV[0];
	alarm 60;
	$c = $s->accept; open F, ">", $ARGV[1]' "$folder/forged" \
	    "$folder/asked" &
	pid=$!
	for _ in $(seq 100); do
		[ ! -S "$folder/forged" ] || break
		sleep 0.1
	done
	echo "{\"policy\":\"x\",\"control\":[\"unix:$folder/forged\"]}" \
	    >"$folder/state/policy.kept.lock"
	"$tool" stats >"$came" 2>&1
	kill "$pid"
	[ ! -e "$folder/asked" ] && grep -q 'is not running' "$came" && return
	echo 'root was led to the socket of another user'
	cat "$came"
	exit 1
}

session() {
	trap stop EXIT
	until=$(date -d '10 days' +%Y-%m-%d)
	write verify
	start
	noted
	echo '== as it is loaded'
	brief stats
	echo '== another control in the file, which is not loaded'
	write verify "\"unix:$folder/new\""
	await 'has changed on disk'
	all
	echo '== it is loaded now: the daemon listens there'
	brief reload
	brief stats
	echo '== one that needs a restart'
	write verify "\"unix:$folder/shared/control\""
	brief reload
	brief reload
	all
	echo '== two sockets, at which nobody listens'
	write verify "\"unix:$folder/a\", \"unix:$folder/t.conf/b\""
	brief stats
	echo '== a broken file that names another socket'
	write verify "\"unix:$folder/b\""
	echo 'partn' >>"$folder/t.conf"
	brief stats
	brief map bank.example
	echo '== as it was'
	write verify "\"unix:$folder/new\""
	brief reload
	brief stats
	echo '== the same, asked of a file with another name'
	cp "$folder/t.conf" "$folder/other.conf"
	sed -i "s|/new\"|/other\"|" "$folder/other.conf"
	ENFORCETLS_CONF=$folder/other.conf
	brief stats
	ENFORCETLS_CONF=$folder/t.conf
	echo '== killed: what it noted is there, and nobody listens'
	write verify "\"unix:$folder/other\""
	kill -9 "$pid"
	wait "$pid"
	pid=
	grep -c control "$folder/state/policy.kept.lock"
	brief status
	echo '== a start that runs the kept policy, and its socket'
	write verify "\"unix:$folder/other\""
	echo 'partn' >>"$folder/t.conf"
	start
	noted
	brief reload
	stop
	cat "$folder/state/policy.kept.lock"
	write verify "\"unix:$folder/other\""
	echo '== it has ended'
	brief status
	brief check --against-running 
}

session 2>&1 | sed -E "s|$folder|DIR|g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?/DATE/g
s/DATE [0-9:]{8} local/DATE local/g; s/^(error) .*/\1 .../; /Killed/d" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}
forged

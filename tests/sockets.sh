#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# sockets - what a reload does of each change of a socket, and what it names
#
# The daemon has left root. Each change is either made, or named as needing a
# restart with the reason, by each reload and by status; and a restart makes it.
set -u
[ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1 &&
    getent group daemon >/dev/null && command -v setpriv >/dev/null || exit 77
folder=$(mktemp -d) || exit 99
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$folder"' EXIT
failed=0
umask 022
chmod 755 "$folder"
# LeakSanitizer cannot trace a process that has changed its user.
export ASAN_OPTIONS=detect_leaks=0
cp enforcetls enforcetlsd "$folder/"
tool="$folder/enforcetls -c $folder/conf"
mkdir "$folder/state" "$folder/log" "$folder/run" "$folder/root"
chown nobody "$folder/state" "$folder/log" "$folder/run"
run=$folder/run
# Ports that nobody listens on; the first two may be bound by any user.
port=
ports() {
	perl -MIO::Socket::INET -e '
	for (1 .. 2) {
		push @s, IO::Socket::INET->new(LocalAddr => "127.0.0.1",
		    Listen => 1);
		print $s[-1]->sockport, "\n";
	}
	for (reverse 600 .. 1023) {
		$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1",
		    LocalPort => $_, Listen => 1) or next;
		print "$_\n";
		last;
	}'
}
# shellcheck disable=SC2046 # words
set -- $(ports)
port=$1 port2=$2 low=$3

milter="listen = \"unix:$run/milter\"" map="listen = \"unix:$run/map\""
control="listen = \"unix:$folder/root/control\""

write() {
	cat >"$folder/conf" <<-END
	format = 1;
	mode = "enforce";
	user = "nobody";
	state = "$folder/state";
	log = { decisions = "$folder/log/decisions.jsonl"; };
	milter = { $milter; };
	map = { $map; };
	control = { $control; };
	END
}

start() {
	[ -z "$daemon" ] || { kill "$daemon"; wait "$daemon"; }
	write
	"$folder/enforcetlsd" -f -c "$folder/conf" 2>"$folder/daemon" &
	daemon=$!
	for _ in $(seq 200); do
		! grep -q 'takes mail' "$folder/daemon" || return 0
		sleep 0.1
	done
	fail "the daemon does not start"
	cat "$folder/daemon"
	exit 1
}

fail() {
	echo "$*"
	failed=1
}

# made WHAT: the reload makes the change, and names nothing
made() {
	write
	$tool reload >"$folder/out" 2>&1 ||
	    fail "$1: the reload is refused: $(cat "$folder/out")"
	! grep 'restart needed' "$folder/out" || fail "$1: not made"
	! $tool status | grep 'needs a restart' || fail "$1: status names it"
}

# named WHAT TEXT [no-restart]: it is named with the reason in text, in JSON
# and by status, by each reload; a restart makes it
named() {
	write
	for _ in 1 2; do
		$tool reload 2>&1 | grep -q "restart needed: .*$2" || {
			fail "$1: not named, or without \"$2\":"
			$tool reload
		}
	done
	$tool --json reload | jq -e '.restart[].why' | grep -q "$2" ||
	    [ "$2" = 'will be' ] || fail "$1: JSON does not have the reason"
	$tool status >"$folder/out"
	[ $? -eq 1 ] && grep -q "needs a restart: .*$2" "$folder/out" ||
	    fail "$1: status does not name it: $(cat "$folder/out")"
	left=$(ls "$run" "$folder/root" | grep '\.new$')
	[ -z "$left" ] || fail "$1: $left is left behind"
	[ $# -gt 2 ] || start
	[ $# -gt 2 ] || made "$1, after the restart"
}

# access FILE MODE GROUP
access() {
	is=$(stat -c '%a %G' "$1")
	[ "$is" = "$2 $3" ] || fail "$1: $is, wanted $2 $3"
}

# asked WHERE: the map answers there: a path, or a port
asked() {
	perl -MIO::Socket::UNIX -MIO::Socket::INET -e '
	$w = $ARGV[0];
	$s = $w =~ m(^/) ? IO::Socket::UNIX->new(Peer => $w)
	    : IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $w);
	exit 1 if !$s;
	alarm 20;
	print $s "17:postfix x.example,";
	$s->recv($a, 99);
	exit($a =~ /NOTFOUND/ ? 0 : 1)' "$1"
}

answers() {
	asked "$1" || fail "$2: the map does not answer at $1"
}

silent() {
	! asked "$1" || fail "$2: the map still answers at $1"
}

group=$(id -gn nobody)
start
access "$run/map" 660 "$group"
made 'nothing'

# The access of a socket that stays.
map="listen = \"unix:$run/map\"; socket_mode = \"0600\""
made 'a narrower mode'
access "$run/map" 600 "$group"
answers "$run/map" 'a narrower mode'
map="listen = \"unix:$run/map\"; group = \"no-such-group\""
named 'no group' 'there is no group' no-restart
access "$run/map" 600 "$group"
map="listen = \"unix:$run/map\"; group = \"daemon\"; socket_mode = \"0666\""
named 'a group of others' 'is not a member' no-restart
access "$run/map" 600 "$group"
named 'a group of others' 'is not a member'
access "$run/map" 666 daemon
map="listen = \"unix:$run/map\"; group = \"$group\""
made 'the own group'
access "$run/map" 660 "$group"
control="listen = \"unix:$folder/root/control\"; socket_mode = \"0600\""
made 'a socket in a folder of root'
access "$folder/root/control" 600 "$group"
map="listen = \"local:$run/map\""
made 'another spelling'
milter="listen = \"unix:$run/milter\"; socket_mode = \"0600\""
named 'the mode of milter' 'will be'
access "$run/milter" 600 "$group"

# Sockets that come and go.
map="listen = [ \"unix:$run/map\", \"unix:$run/map2\" ]"
made 'a second one'
answers "$run/map" 'a second one'
answers "$run/map2" 'a second one'
map="listen = \"unix:$folder/root/map\""
named 'a folder of root' "is not that of the daemon's user"
answers "$folder/root/map" 'a folder of root'
map="listen = \"unix:$run/map\"; group = \"daemon\""
named 'a new one with a group of others' 'is not a member' no-restart
answers "$folder/root/map" 'a refused one'
map="listen = \"unix:$run/map\""
made 'a new one'
rm "$run/map"
made 'one that was removed'
answers "$run/map" 'one that was removed'
mkdir "$run/deep"
chown nobody "$run/deep"
map="listen = \"unix:$run/deep/map\""
made 'a folder of its own'
mv "$run/deep" "$run/away"
named 'its folder is gone' 'cannot open or make the folder\|is not that' no-restart
mkdir "$run/deep"
chown nobody "$run/deep"
made 'and is there again'
answers "$run/deep/map" 'and is there again'
inode=$(stat -c %i "$run/deep/map")
perl -MIO::Socket::UNIX -e '
	rename $ARGV[0], "$ARGV[0].old";
	umask 0;
	$s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 9) or die;
	sleep 60' "$run/deep/map" &
other=$!
for _ in $(seq 100); do
	[ ! -S "$run/deep/map" ] ||
	    [ "$inode" = "$(stat -c %i "$run/deep/map")" ] || break
	sleep 0.1
done
named 'somebody else took it' 'somebody already serves' no-restart
kill "$other"
wait "$other"
made 'and gave it back'
answers "$run/deep/map" 'and gave it back'

# TCP.
map="listen = \"inet:127.0.0.1:$port\""
made 'a port'
answers "$port" 'a port'
map="listen = \"inet:$port@127.0.0.1\"; group = \"daemon\"; socket_mode = \"0600\""
made 'another spelling, and what a port does not have'
map="listen = [ \"inet:127.0.0.1:$port2\", \"inet:127.0.0.1:$port\" ]"
made 'two ports'
answers "$port" 'two ports'
map="listen = \"inet:127.0.0.1:$port2\""
made 'one port less'
answers "$port2" 'one port less'
silent "$port" 'one port less'
if [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt "$low" ]; then
	map="listen = \"inet:127.0.0.1:$low\""
	named 'a port below 1024' 'Permission denied' no-restart
	answers "$port2" 'a port below 1024'
	named 'a port below 1024' 'Permission denied'
	answers "$low" 'a port below 1024'
	map="listen = \"inet:127.0.0.1:$port2\""
	made 'and back'
	silent "$low" 'and back'
fi
milter="listen = \"inet:127.0.0.1:$port\""
named 'a milter on a port' 'will be'
milter="listen = \"inet:127.0.0.1:$low\""
named 'a milter below 1024' 'will be'
control="listen = \"inet:127.0.0.1:$port\""
write
$tool reload >"$folder/out" 2>&1 && fail 'control on a port: loaded'
grep -q 'expected a unix: socket' "$folder/out" ||
    fail "control on a port: $(cat "$folder/out")"
control="listen = \"unix:$folder/root/control\""
made 'control as it was'
map="listen = [ \"unix:$run/map\", \"local:$run/map\" ]"
write
$tool check | grep -q 'is named twice' || fail 'named twice: check is silent'
exit $failed

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# restart - what only a restart brings into force is said until it is done
#
# By each reload and by status, compared with what the daemon started with.
# Compares a shell session with tests/golden/restart. With any argument it
# prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"
user=$(id -un)

mkdir "$folder/state" "$folder/log"

# write MILTER USER [MAP [CONTROL]]: the policy with these values
write() {
	cat >"$folder/t.conf" <<-END
	format = 1;
	mode = "enforce";
	user = "$2";
	state = "$folder/state";
	milter = { listen = "unix:$folder/$1"; };
	map = { listen = "unix:$folder/${3-map}"; };
	control = { listen = [ "unix:$folder/${4-control}" ]; };
	log = { decisions = "$folder/log/decisions"; };
	END
}

started() {
	echo '== start'
	start
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

# moved OLD NEW: reloads while somebody is connected to the map at OLD, and
# somebody else has only just connected; asks all, and at NEW
moved() {
	perl -MIO::Socket::UNIX -e '
	sub ask {
		my ($s, $who) = @_;
		print $s "17:postfix x.example,";
		$s->recv(my $answer, 200);
		print "$who: ", $answer || "nothing", "\n";
	}
	sub to { IO::Socket::UNIX->new(Peer => $_[0]) }
	$| = 1;
	my $old = to($ARGV[0]) or die "$ARGV[0]: $!\n";
	ask($old, "before");
	my $just = to($ARGV[0]) or die "$ARGV[0]: $!\n";
	system(@ARGV[2 .. $#ARGV]) == 0 or die "no reload\n";
	my $new = to($ARGV[1]) or die "$ARGV[1]: $!\n";
	ask($new, "at the new one");
	ask($old, "at the old one");
	ask($just, "just connected");
	print -e $ARGV[0] ? "the old one is there\n" : "the old one is gone\n";
	' "$folder/$1" "$folder/$2" sh -c "'$tool' reload | grep restart;:"
}

session() {
	trap stop EXIT
	write milter "$user"
	started
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
	started
	say status
	say reload
	echo '== another map, in a folder of the user: no restart is needed'
	write other "$user" map2
	moved map map2
	say status
	echo '== another control'
	write other "$user" map2 control2
	ENFORCETLS_CONF="$folder/old.conf"
	sed 's/control2/control/' "$folder/t.conf" >"$folder/old.conf"
	say reload
	say status
	ENFORCETLS_CONF="$folder/t.conf"
	say status
	echo '== another map, in a folder where others write'
	mkdir -m 0777 "$folder/shared"
	chmod 0777 "$folder/shared"
	write other "$user" shared/map control2
	say reload
	say reload
	say status
	moved map2 map2
	echo '== another mode of the map'
	write other "$user" map2 control2
	sed -i 's/^map = {/& socket_mode = "0600";/' "$folder/t.conf"
	say reload
}

session | sed -E "s|$folder|DIR|g; s|is $user|is USER|
s/\"policy\":\"[^\"]*\"/\"policy\":.../" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

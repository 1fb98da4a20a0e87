#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# four_eyes - two persons grant an exception, root and one alone do not
#
# A real daemon, and persons with uids of their own: as root only. Compares a
# shell session with tests/golden/four_eyes. With any argument it prints the
# session instead.
[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || exit 77
[ "$(id -gn daemon 2>/dev/null)" = daemon ] || exit 77
unset SUDO_USER
# LeakSanitizer cannot trace a process that has changed its user.
export ASAN_OPTIONS=detect_leaks=0
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"
# Longer than the daemon warns before it: that would be among its lines.
until=$(date -d '30 days' +%Y-%m-%d)
later=$(date -d '40 days' +%Y-%m-%d)

chmod 755 "$folder"
mkdir -m 2750 "$folder/state" "$folder/log"
chown daemon:daemon "$folder/state" "$folder/log"
cat >"$folder/with" <<END
format = 1;
mode = "enforce";
user = "daemon";
state = "$folder/state";
milter = { listen = "unix:$folder/milter"; };
log = { decisions = "$folder/log/decisions"; };
control = { listen = [ "unix:$folder/control" ]; group = "daemon"; };
exceptions = { allow_plaintext = true; four_eyes = true; };
map = { listen = [ "unix:$folder/map" ]; };
partners = (
  { name = "bank"; domains = [ "bank.example", ".bank.example" ];
    inbound = { level = "verify"; names = [ "mx.bank.example" ];
      stage = "reject"; };
    outbound = { level = "verify"; stage = "defer"; }; },
  { name = "clinic"; domains = [ "clinic.example" ];
    inbound = { level = "encrypt"; stage = "defer"; }; } );
END
sed 's/ four_eyes = true;//' "$folder/with" >"$folder/without"
cp "$folder/with" "$folder/t.conf"

# by UID: the next say's are of this user, a member of the socket's group
by() {
	who=$1
	echo "== uid $who"
}

# say ARGUMENT...: the command by that user
say() {
	printf '$ enforcetls'
	printf ' %s' "$@"
	echo
	if [ "$who" = 0 ]; then
		"$tool" "$@" 2>&1
	else
		setpriv --reuid "$who" --regid 4000 --groups daemon \
		    "$tool" "$@" 2>&1
	fi
	status=$?
	[ $status -eq 0 ] || echo "(exit $status)"
}

add='--owner ann --reason why --mta postfix --mta-program /bin/true'
plaintext="--mta postfix --sender a@bank.example --rcpt b@else.example
    --rcpt-host else.example"

# passes: what the daemon's map and an invented session say
passes() {
	# shellcheck disable=SC2086 # words
	say explain $plaintext | grep -E '^  (exception|action)'
	say map bank.example | head -n 3
}

session() {
	trap stop EXIT
	start
	by 0
	say exception add bank inbound --floor none --until "$until" $add
	by 1
	say exception add bank inbound --floor none --until "$until" $add
	by 4001
	say exception add bank inbound --floor none --until "$until" $add
	say exception list
	passes
	say exception add bank inbound --floor none --until "$until" $add
	say exception approve E1
	by 0
	say exception approve E1
	by 1
	say exception approve E1
	by 4002
	say exception approve E9
	say exception approve E1
	say exception approve E1
	say exception list
	passes
	echo '== a later end'
	say exception renew E1 --until "$later" --reason x
	say exception renew E1 --until "$later" --reason x
	say exception approve R3
	by 4001
	say exception approve R3
	say exception list
	say exception renew E1 --until 3d --reason 'an earlier end'
	echo '== ended by anybody'
	by 0
	say exception end E1
	echo '== one person, for a few hours'
	by 4001
	say exception add bank outbound --floor encrypt --until "$until" $add
	passes
	say exception list
	say exception end E7
	by 4002
	say exception add bank outbound --floor encrypt --until 3h \
	    --key bank.example $add
	say exception end E9
	say exception approve E7
	by 4001
	say exception approve E9
	say exception add bank outbound --floor verify --until "$until" $add
	say exception add clinic inbound --floor encrypt --until "$until" $add
	say exception add clinic inbound --floor none --until 3h $add
	say stage bank inbound log-only --reason x
	say stage bank inbound defer --reason x
	say stage clinic inbound reject --reason x --force
	say pause inbound --for 4h --reason x
	say pause
	by 4002
	say exception approve P13
	say pause
	by 0
	say pause --end
	say status | grep -E 'exceptions|waiting|four_eyes|warning'
	echo '== SUDO_USER is a claim'
	by 4001
	export SUDO_USER=4002
	say exception add bank inbound --floor none --until "$until" $add
	say exception approve E16
	unset SUDO_USER
	say exception list
	say --json exception list | tr '{' '\n' | grep E16
	echo '== who may use the socket, and not read the state'
	chmod 700 "$folder/state"
	say exception list
	say exception history
	chmod 2750 "$folder/state"
	echo '== turned off'
	cp "$folder/without" "$folder/t.conf"
	say reload
	echo '== no daemon'
	stop
	cp "$folder/with" "$folder/t.conf"
	by 0
	say exception add bank inbound --floor none --until "$until" $add
	say exception approve E16
	say exception end E16
	say exception history
	# But for what a busy machine gives the daemon the time to warn of.
	grep -E 'exception|approval|pause' "$folder/daemon.out" |
	    grep -v 'warning: exception .* ends at' |
	    grep -v -e 'in force' -e 'has ended'
}

session | sed -E "s|$folder|DIR|g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}/LOCALTIME/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}/DATE/g
s/left: [0-9]+ /left: N /
s/digest [0-9a-f]+/digest HEX/; s/(loss) [0-9a-f]{12,}/\\1 HEX/
s/[0-9a-f]{64}/HEX/g" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

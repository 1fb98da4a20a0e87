#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# exceptions - exceptions and stages by the command, without a daemon
#
# Compares a shell session with tests/golden/exceptions: commands, output and
# exit status, with fixed times and a fixed folder. With any argument it prints the
# session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"

mkdir "$folder/state"
cat >"$folder/t.conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
log = { decisions = "$folder/log"; };
control = { listen = [ "unix:$folder/control" ]; };
$two_partners
END

# record DAYS-AGO PARTNER HOP NEED VERDICT CLIENT EXCEPTION [COUNT]
number=0
record() {
	when=$(date -u -d "$1 days ago" +%Y-%m-%dT%H:%M:%S.000Z)
	i=${8-1}
	while [ "$i" -gt 0 ]; do
		number=$((number + 1))
		printf '{"time":"%s","ref":"R%s","outcome":"accepted",' \
		    "$when" $number
		printf '"applied":"pass","client_addr":"%s","hop":"%s",' \
		    "$6" "$3"
		printf '"partner":"%s","need":"%s","reason":"plaintext",' \
		    "$2" "$4"
		printf '"verdict":"%s","stage":"log-only","exempt":null,' "$5"
		printf '"exception":%s}\n' "$7"
		i=$((i - 1))
	done
}

day() {
	date -d "$1 days" +%Y-%m-%d
}

# say ARGUMENT...: prints the command, its output and the exit status
say() {
	printf '$ enforcetls'
	printf ' %s' "$@"
	echo
	"$tool" -c "$folder/t.conf" "$@" >"$folder/out" 2>&1
	status=$?
	grep -Ev '^(usage: |      \[|      \|)' "$folder/out"
	[ $status -eq 0 ] || echo "(exit $status)"
}

# The queue, as Postfix lists it.
cat >"$folder/postqueue" <<END
#!/bin/sh
cat <<LIST
{"queue_name":"deferred","queue_id":"A1","arrival_time":1700000000,"message_size":9,"sender":"a@x.example","recipients":[{"address":"u@bank.example","delay_reason":"TLS is required, but was not offered by host mx.bank.example[192.0.2.7]"}]}
{"queue_name":"deferred","queue_id":"A2","arrival_time":1700000000,"message_size":9,"sender":"a@x.example","recipients":[{"address":"u@bank.example","delay_reason":"Server certificate not verified"}]}
{"queue_name":"deferred","queue_id":"A3","arrival_time":1700000000,"message_size":9,"sender":"a@x.example","recipients":[{"address":"u@bank.example","delay_reason":"Server certificate not trusted"}]}
{"queue_name":"deferred","queue_id":"A4","arrival_time":1700000000,"message_size":9,"sender":"a@x.example","recipients":[{"address":"u@bank.example","delay_reason":"connect to mx.bank.example[192.0.2.7]:25: Connection timed out"}]}
LIST
END
chmod 755 "$folder/postqueue"
plain_postfix

need='verify names=mx.bank.example'
{
	record 70 clinic entry encrypt pass 192.0.2.9 null
	record 65 bank inbound encrypt pass 192.0.2.1 null 3
} >"$folder/log.2"
record 20 bank inbound "$need" pass 192.0.2.1 null 60 >"$folder/log.1"
touch -d '60 days ago' "$folder/log.2"
touch -d '15 days ago' "$folder/log.1"
gzip "$folder/log.2"
{
	record 10 bank inbound "$need" pass 192.0.2.1 null 60
	record 5 bank inbound "$need" fail 192.0.2.2 '"E1"' 2
	record 4 bank inbound "$need" fail 192.0.2.3 null 1
	record 2 bank inbound "$need" pass 192.0.2.1 null 60
} >"$folder/log"

session() {
	say state
	say exception list
	say exception add bank inbound --floor encrypt --until "$(day 10)" \
	    --owner ann --reason 'their new server' --ticket T-1
	say exception add bank inbound --floor encrypt --until "$(day 20)" \
	    --from "$(day 12)" --key bank.example --owner bob --reason later
	say exception add bank inbound --floor encrypt --owner ann --reason x
	say exception add bank inbound --floor encrypt --until "$(day -2)" \
	    --owner ann --reason x
	say exception add bank inbound --floor encrypt --until "$(day 99)" \
	    --owner ann --reason x
	say exception add bank inbound --floor none --until "$(day 9)" \
	    --owner ann --reason x
	say exception add bank entry --floor none --until "$(day 9)" \
	    --owner ann --reason x
	say exception add '*' inbound --floor encrypt --until "$(day 9)" \
	    --owner ann --reason x
	say exception add bank inbound --floor encrypt --until "$(day 9)" \
	    --reason x
	say exception add bank inbound --floor encrypt --until "$(day 9)" \
	    --owner ann
	say exception add bank inbound --floor encrypt --until 2026-02-30 \
	    --owner ann --reason x
	say exception add bank sideways --floor encrypt
	# All that is missing, at once; a blank reason is none.
	say exception add bank inbound --until "$(day 9)" --reason ' '
	say --json exception add bank inbound
	# What has no effect must not look as if it had.
	say exception end E1 --key bank.example
	say exception list --reason x
	say exception renew E1
	say exception add bnak inbound --floor encrypt --until 3d \
	    --owner ann --reason x
	say exception add bank.exmaple inbound --floor encrypt --until 3d \
	    --owner ann --reason x
	say exception add bank inbound --floor encrypt --until 3x \
	    --owner ann --reason x
	say exception add bank inbound --floor encrypt --until 3d \
	    --owner bob --reason x
	say exception list
	say partners bank
	say --json partners bank
	say state
	say exception list --due 14d
	say exception list --due 2d
	say --json exception list --due 14d
	say exception renew E1 --until "$(day 30)" --reason 'not there yet'
	say exception end E2
	say exception end E2
	say exception list --ended
	say exception history
	say --json exception history
	say stage
	say stage bank inbound defer --reason clean
	say --json stage bank inbound defer --reason clean
	say stage bank inbound defer --reason clean --ignore-client 192.0.2.2
	say stage bank inbound defer --reason clean --require-clean 3d \
	    --min-messages 50
	say stage bank inbound
	say stage bank --ignore-client 192.0.2.2 --ignore-client 192.0.2.3
	say stage nobody
	say stage bank --force
	say stage bank inbound reject --reason clean --ignore-unverified \
	    --min-messages 121
	say stage bank inbound reject --reason clean --ignore-client 192.0.2.2/31
	say stage bank inbound tag --reason 'too early'
	say stage bank outbound hold --reason x
	say stage bank outbound defer --reason x
	say stage bank outbound defer --reason x --force
	say stage bank outbound tag --reason x
	say stage clinic entry reject --reason x
	say stage clinic entry reject --force
	say partners
	say partners bank
	say partners clinic.example
	say --json partners clinic.example
	say partners bnak
	say partners clinic.exmaple
	say partners bank clinic
	say --json partners clinic
	# Of many only those with mail.
	seq -f 'k%g.example tls' 100 >"$folder/many"
	{
		cat "$folder/t.conf"
		echo "profiles = ( { name = \"tls\"; entry = { level ="
		echo '"encrypt"; stage = "log-only"; }; } );'
		echo "tables = [ \"$folder/many\" ];"
	} >"$folder/many.conf"
	"$tool" -c "$folder/many.conf" partners 2>&1
	"$tool" -c "$folder/many.conf" partners --all 2>&1 | wc -l
	"$tool" -c "$folder/many.conf" stage k7.example 2>&1
	say stage bank inbound tag --reason 'where it is'
	say --json stage bank inbound tag --reason 'where it is'
	named="exception add bank.example outbound --floor encrypt \
	    --owner cfg --reason rollout --id roll-1 \
	    --mta-program $folder/postqueue"
	say $named --until "$(day 5)"
	say $named --until "$(day 5)"
	say --json $named --until "$(day 5)"
	# Where the mail goes is not known.
	echo 'sender_dependent_relayhost_maps = hash:x' >"$folder/main.cf"
	say $named --until "$(day 5)"
	rm "$folder/main.cf"
	say $named --until "$(day 6)" --ticket T
	# Routes that were judged are not all of its mail.
	record 0 bank outbound verify fail 192.0.2.9 '"roll-1"' 2 \
	    >>"$folder/log"
	say exception list
	say exception end roll-1 --reason 'rolled out'
	say exception add bank.example outbound --floor encrypt --until 3d \
	    --owner cfg --reason x --id roll-2 --mta-program "$folder/absent"
	say exception renew roll-2 --until 2d --reason 'not there yet'
	say exception end roll-2
	say status
	say reload
	say state
	sed -i 's/stage = "log-only"; };$/stage = "reject"; };/' \
	    "$folder/t.conf"
	say stage
	say state
	say check
	# The old demand goes on acting at the stage that was set.
	sed -i 's/outbound = { level = "verify"; /&min_tls = "1.3"; /' \
	    "$folder/t.conf"
	say stage
	say state
	say map bank.example
	say partners bank
	# The same of it in both answers.
	"$tool" -c "$folder/t.conf" --json partners bank |
	    jq -c '.partners[0].rules[1].kept' >"$folder/kept"
	cat "$folder/kept"
	"$tool" -c "$folder/t.conf" --json stage | jq -c '.[1].kept' |
	    diff "$folder/kept" - && echo 'stage has the same'
	say stage bank outbound tag --reason x
	say stage bank outbound log-only --reason 'set anew'
	say stage bank outbound defer --reason again --force
	say stage
	sed -i 's/"bank"/"sparkasse"/' "$folder/t.conf"
	say exception list
	say state
	printf x >>"$folder/state/state.conf"
	say state
	say exception add clinic entry --floor none --until "$(day 9)" \
	    --owner ann --reason x
	say exception list
	say exception list --due 2d
	say stage
	say pause
	say pause --end --for 4h
	say state --clock
	say state repair
	say state repair --reason 'a crash'
	say state repair --reason 'again'
	say state
	say exception add sparkasse outbound --floor encrypt \
	    --until "$(day 9)" --owner ann --reason x --approver bob \
	    --mta-program "$folder/postqueue"
	say exception list
}

session | sed -E "s|$folder|DIR|g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}/DATE/g
s/DATE [0-9:]{8} local/DATE local/g
s/DATE [0-9]{2}:[0-9]{2}:[0-9]{2}/LOCALTIME/g
s/(seconds_left\":)[0-9]+/\\1N/g
s/uid(\":| )[0-9]+/uid\\1N/g
s/^(    (time|from|until): ).*/\\1TIME/
s/sha256 [0-9a-f]+/sha256 DIGEST/
s/^( *user  +).*/\\1USER/
s/left: (9|10) days/left: 10 days/
s/left: (19|20) days/left: 20 days/
s/left: (29|30) days/left: 30 days/" >"$folder/came"
if [ -n "$only" ]; then
	cat "$folder/came"
	exit 0
fi
diff -u "$golden" "$folder/came" || {
	echo "another session than tests/golden/exceptions"
	exit 1
}

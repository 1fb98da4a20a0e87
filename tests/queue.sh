#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# queue - the mail that waits for a rule, and the exceptions that free it
#
# Compares a shell session with tests/golden/queue. The MTA is a script that
# prints what a real one was seen to print. Each exception that the answer
# offers is then run as it is printed. With any argument it prints the session
# instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"

mkdir "$folder/state" "$folder/it's ä"
conf="$folder/it's ä/t.conf"
cat >"$conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
control = { listen = [ "unix:$folder/control" ]; };
map = { listen = [ "unix:$folder/map" ]; };
exceptions = { longest = "8h"; allow_plaintext = true; };
partners = (
  { name = "bank"; domains = [ "bank.example" ];
    outbound = { level = "encrypt"; stage = "defer"; }; },
  { name = "clinic"; domains = [ "clinic.example" ];
    outbound = { level = "verify"; min_tls = "1.3"; stage = "defer"; }; },
  { name = "court"; domains = [ "court.example" ];
    outbound = { level = "encrypt"; stage = "defer";
      never_below = "encrypt"; }; },
  { name = "shop"; domains = [ "shop.example" ];
    outbound = { level = "encrypt"; stage = "log-only"; }; },
  { name = "port"; next_hops = [ "[gw.routed.example]:587" ];
    outbound = { level = "encrypt"; stage = "defer"; }; },
  { name = "routed"; next_hops = [ "[gw.routed.example]" ];
    domains = [ "gw.routed.example" ];
    outbound = { level = "encrypt"; stage = "defer"; }; } );
END

program() {
	{
		echo '#!/bin/sh'
		cat
	} >"$folder/$1"
	chmod 755 "$folder/$1"
}

# message ID HOURS-AGO SENDER RECIPIENT REASON [QUEUE]
message() {
	printf '{"queue_name":"%s","queue_id":"%s","arrival_time":%d,' \
	    "${6-deferred}" "$1" "$(($(date +%s) - $2 * 3600 - 300))"
	printf '"message_size":378,"forced_expire":false,"sender":"%s",' "$3"
	printf '"recipients":[{"address":"%s"' "$4"
	[ -z "$5" ] || printf ',"delay_reason":"%s"' "$5"
	printf '}]}\n'
}

no_tls='TLS is required, but was not offered by host'
no_cert='Server certificate not verified'
{
	message A1 2 a@corp.example u@bank.example "$no_tls mx.bank.example[192.0.2.7]"
	message A2 5 MAILER-DAEMON v@bank.example "$no_tls mx.bank.example[192.0.2.7]"
	message A3 0 a@corp.example v@bank.example 'connect to mx.bank.example[192.0.2.7]:25: Connection timed out'
	message A4 2 a@corp.example u@clinic.example "$no_cert"
	message A5 1 a@corp.example u@clinic.example 'Cannot start TLS: handshake failure'
	message A6 1 a@corp.example u@court.example 'TLS is required, but host mx.court.example[192.0.2.8] refused to start TLS: 454 4.7.0 \u001b[2Jno'
	message A7 1 a@corp.example u@shop.example 'connect to shop.example[192.0.2.9]:25: Connection refused'
	message A8 1 a@corp.example u@else.example "$no_cert"
	message A9 1 a@corp.example u@by-relay.example "$no_tls gw.routed.example[192.0.2.10]"
	message B5 1 a@corp.example u@by-relay.example "$no_cert"
	message B6 1 a@corp.example u@by-port.example "$no_cert"
	message B1 1 a@corp.example u@else.example 'client TLS configuration problem'
	message B2 1 a@corp.example u@bank.example '' active
	message B3 1 a@corp.example u@bank.example "$no_cert" hold
	message B4 1 a@corp.example u@else.example "host mx.else.example[192.0.2.11] said: 450 4.7.0 $no_tls x[y] (in reply to RCPT)"
} >"$folder/queued"

plain_postfix
echo 'transport_maps = hash:transport' >"$folder/main.cf"
program postmap <<'END'
while read -r key; do
	case $key in
	by-relay.example) printf '%s\trelay:[gw.routed.example]\n' "$key";;
	by-port.example) printf '%s\trelay:[gw.routed.example]:587\n' "$key";;
	esac
done
END
program postqueue <<END
cat "$folder/queued"
END

# A queue id of Sendmail for two hours ago: UTC in digits of base 60.
id=$(date -u -d '2 hours ago' '+%Y %m %d %H %M %S' | awk '{
	digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
	n = split((($1 - 1900) % 60) " " ($2 - 1) " " $3 " " $4 " " $5 " " $6, t)
	for (i = 1; i <= n; i++)
		printf "%s", substr(digits, t[i] + 1, 1)
}')
program sendmail <<END
cat <<'LIST'
		/var/spool/mqueue (2 requests)
-----Q-ID----- --Size-- -Priority- ---Q-Time--- --------Sender/Recipient--------
${id}Od013761       22      30103 Nov 26 04:37 <someone@stranger.example>
                 (TLS policy: plaintext by rule of bank)
						<user@bank.example>
		 (Deferred: 454 4.7.0 TLS not available due to local problem)
${id}YI013872       22      30103 Nov 26 04:37 <someone@stranger.example>
                 (sendmail map: lookup (bank.example/localhost/TEMP/////): deferred)
						<user@bank.example>
${id}uA013573       22      30103 Nov 26 04:37 <someone@stranger.example>
						<user@clinic.example>
		 (TLS policy: peer-not-verified by rule of clinic)
		Total requests: 3
LIST
END
program mailq <<'END'
echo 'cannot do it' >&2
exit 75
END
echo 'O Timeout.queuereturn=5d' >"$folder/sendmail.cf"

# say ARGUMENT...: prints the command, its output and the exit status
say() {
	echo "\$ enforcetls $*" | sed "s!$folder!FOLDER!g"
	"$tool" -c "$conf" "$@" >"$folder/out" 2>&1
	status=$?
	sed -E -e '/may show its queue to root alone$/d' \
	    -e "s!$folder!FOLDER!g" -e "s/--owner $(id -un)/--owner ME/" \
	    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{5,8}Z?/DATE/g' \
	    "$folder/out"
	[ $status -eq 0 ] || echo "(exit $status)"
}

PATH=$(dirname "$tool"):$PATH
{
	postfix="--mta-program $folder/postqueue"
	say queue $postfix
	# The lines are run as they are; $'' is no sh, but what people have.
	grep '^    enforcetls ' "$folder/out" >"$folder/commands"
	while read -r command; do
		bash -c "$command $postfix" >"$folder/out" 2>&1 </dev/null
		echo "(exit $?) $(sed 's/^exception [^ ]*/exception ID/;
		    s/20[0-9]*-[0-9T:Z-]*/DATE/g; s/DATE [0-9:]* local/DATE local/
		    ' "$folder/out" | sed "s!$folder!FOLDER!g")"
	done <"$folder/commands"
	say queue $postfix --older 4h
	say queue $postfix --older 90m --partner bank
	say queue $postfix --older 90m --partner mx.bank.example
	say queue $postfix --older 90m --partner bank.example
	say queue $postfix --older 90m --partner bnak
	say queue $postfix --older 9h
	say --json queue $postfix --older 4h
	# Nothing but the domain is known, and that may be wrong.
	echo exit 1 | program postmap
	echo 'relayhost = [gw.routed.example]' >>"$folder/main.cf"
	say queue $postfix --older 90m
	echo "echo 'postmap: fatal: no table' >&2; exit 1" |
	    program postmap
	say queue $postfix --older 90m
	say --json queue $postfix --partner routed --older 3h
	say queue --mta-program "$folder/sendmail" \
	    --mta-config "$folder/sendmail.cf"
	say queue --mta-program "$folder/sendmail"
	say queue --mta-program "$folder/mailq"
	say queue --mta-program "$folder/absent"
	say queue --mta exim
	say queue bank
} >"$folder/session"
if [ -n "$only" ]; then
	cat "$folder/session"
	exit 0
fi
diff -u "$golden" "$folder/session"

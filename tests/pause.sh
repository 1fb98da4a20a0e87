#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# pause - the rules of a hop only log for a while, by the command
#
# Compares a shell session with tests/golden/pause. The MTA is a script that
# prints what a real one was seen to print. With any argument it prints the
# session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"

mkdir "$folder/state"
conf="$folder/t.conf"
cat >"$conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
log = { decisions = "$folder/log"; };
control = { listen = [ "unix:$folder/control" ]; };
map = { listen = [ "unix:$folder/map" ]; };
partners = (
  { name = "bank"; domains = [ "bank.example" ];
    inbound = { level = "encrypt"; stage = "reject"; };
    outbound = { level = "encrypt"; stage = "defer"; }; },
  { name = "relay"; next_hops = [ "[relay.example]:587" ];
    outbound = { level = "encrypt"; stage = "defer"; }; },
  { name = "shop"; domains = [ "shop.example" ];
    outbound = { level = "encrypt"; stage = "log-only"; }; } );
END

# message ID RECIPIENT QUEUE
message() {
	printf '{"queue_name":"%s","queue_id":"%s","arrival_time":%d,' \
	    "$3" "$1" "$(date +%s)"
	printf '"message_size":378,"forced_expire":false,"sender":"a@b.example",'
	printf '"recipients":[{"address":"%s"}]}\n' "$2"
}

{
	message A1 u@bank.example deferred
	message A2 v@bank.example active
	message A3 v@shop.example deferred
	message A4 v@bank.example hold
	message A5 v@else.example deferred
	message A6 v@by-relay.example deferred
	message A7 v@either.example deferred
} >"$folder/queued"
cat >"$folder/postqueue" <<END
#!/bin/sh
cat "$folder/queued"
END
# Mail for one domain goes by a relay.
plain_postfix
echo 'transport_maps = hash:transport' >"$folder/main.cf"
cat >"$folder/postmap" <<'END'
#!/bin/sh
while read -r key; do
	case $key in
	by-relay.example) printf '%s\tsmtp:[relay.example]:587\n' "$key";;
	either.example) printf '%s\tsmtp:bank.example, free.example\n' "$key";;
	esac
done
END
cat >"$folder/broken" <<'END'
#!/bin/sh
exit 75
END
chmod 755 "$folder/postqueue" "$folder/postmap" "$folder/broken"

# record REF MODE APPLIED OUTCOME PAUSE: plaintext from the bank
record() {
	printf '{"time":"2026-03-31T10:00:00.000Z","ref":"%s","outcome":"%s",' \
	    "$1" "$4"
	printf '"queue_id":null,"mta":"postfix","listener":"mx",'
	printf '"client_addr":"192.0.2.7","sender":"a@bank.example",'
	printf '"recipient":"u@corp.example","rcpt_addr":"u@corp.example",'
	printf '"rcpt_host":"corp.example","mailer":"smtp",'
	printf '"hop":"inbound","partner":"bank","rule":"t.conf:9",'
	printf '"proof":{"tls":false,"verified":false,"source":"postfix"},'
	printf '"reason":"plaintext","verdict":"fail","stage":"reject",'
	printf '"planned":"reject","applied":"%s","mode":"%s","exempt":null,' \
	    "$3" "$2"
	printf '"exception":null,"pause":%s}\n' "$5"
}
{
	record A enforce reject refused null
	record B log-only pass accepted '"P1"'
} >"$folder/recorded"

# say ARGUMENT...: prints the command, its output and the exit status
say() {
	echo "\$ enforcetls $*" | sed "s!$folder!FOLDER!g"
	"$tool" -c "$conf" "$@" >"$folder/out" 2>&1 </dev/null
	status=$?
	sed -E -e "s!$folder!FOLDER!g" -e 's/uid(":| )[0-9]+/uid\1N/g' \
	    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z| [0-9:]{8})/TIME/g' \
	    "$folder/out"
	[ $status -eq 0 ] || echo "(exit $status)"
}

plaintext="--mta postfix --sender a@bank.example --rcpt b@else.example
    --rcpt-host else.example"
postfix="--mta-program $folder/postqueue"
{
	say pause
	say pause inbound
	say pause inbound --for 4h
	say pause inbound --for 25h --reason night
	say pause somewhere --for 4h --reason night
	say pause inbound --all --for 4h --reason night
	say pause inbound --for 4h --reason 'their certificate ended'
	say pause
	say explain $plaintext
	say whatif --policy "$conf" "$folder/recorded"
	say map bank.example
	# What waits is counted first, and nobody answered.
	say pause outbound --for 30m --reason night $postfix
	say map bank.example
	say pause outbound --for 30m --reason night $postfix --yes
	say map bank.example
	# Given twice, it needs no answer and moves nothing.
	say pause outbound --for 30m --reason night $postfix
	say pause outbound --for 23h --reason longer $postfix --yes
	say pause --all --for 1h --reason all --mta-program "$folder/broken"
	say pause --all --for 1h --reason all --mta-program "$folder/broken" \
	    --yes
	say check
	say --json pause
	say pause --end inbound
	say pause --end inbound
	say explain $plaintext
	say pause --end
	say pause
	say map bank.example
	say exception history
	# The mode of the policy is not what let this pass.
	cat >"$folder/log" <<'END'
{"time":"2026-11-26T08:20:20.384Z","ref":"6AW8FX041","outcome":"accepted","queue_id":"68376A929A0","mta":"postfix","session":"6AW8FX040","listener":"mx","client_addr":"192.0.2.1","client_port":"55525","client_name":"unknown","login":false,"sender":"u@bank.example","recipient":"me@corp.example","rcpt_addr":"me@corp.example","rcpt_host":"corp.example","mailer":"smtp","destination":"bank.example","hop":"inbound","partner":"bank","rule":"t.conf:9","need":"encrypt","proof":{"tls":false,"cipher":null,"bits":null,"verified":false,"peer":null,"subject":null,"issuer":null,"fingerprint":null,"source":"postfix"},"reason":"plaintext","verdict":"fail","stage":"reject","planned":"reject","applied":"pass","mode":"log-only","exempt":null,"watch":null,"exception":null,"pause":"P16","candidate":null,"reply":null,"policy":"8bc1f0be","generation":16,"prev":null}
END
	say log --since 2026-01-01
	# What cannot be read is not said to be nothing.
	mv "$folder/state" "$folder/away"
	: >"$folder/state"
	say pause
	rm "$folder/state"
	mv "$folder/away" "$folder/state"
} | sed 's/sha256 [0-9a-f]*/sha256 DIGEST/; s/^\( *user  *\).*/\1USER/
s/left: [0-9]* /left: N /' >"$came"
if [ -n "$only" ]; then
	cat "$came"
	exit 0
fi
diff -u "$golden" "$came" || {
	echo "another session than tests/golden/pause"
	exit 1
}

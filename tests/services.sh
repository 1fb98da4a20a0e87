#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# services - compares the output of `enforcetls services`, and what `partners`
# prints of credentials, with tests/golden/services
#
# What is proposed for an application that no row covers is put into the policy,
# and then covers it.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
where=$folder
log=$folder/decisions
export TZ=UTC
sed "s|@FOLDER@|$folder|" "$golden/policy.conf" >"$folder/policy.conf"
cp "$golden/../command/pin-next.pem" "$folder/alerts.pem"

middle=112233445566778899aabbccddeeff00112233445566778899aabbccddee
old_pin=sha256:00${middle}ff
new_pin=sha256:ff${middle}00
# Of the file, which ends in 2099.
filed_pin=sha256:9ec9ee6892cdb2a42a21e2c7cbb75d7b88a2ee1a81353dab6fe3bb546f41e49c

# Days become words of as many letters. What check warns of is not compared.
now=$(date +%s)
ago() {
	date -u -d "@$((now - $1 * 86400 - 3600))" "$2"
}
cleaned() {
	expression="s|$folder|FOLDER|g"
	for n in 0 1 2 29 30 31 39 40 45 90; do
		expression="$expression;s/$(ago $n +%Y-%m-%d)/$(printf \
		    'ago%03ddays' $n)/g"
	done
	sed -E "$expression;s/T[0-9:]{8}Z/T12:00:00Z/g;/: warning: /d" |
	    sed -E 's/ends in [0-9]+ days/ends in N days/;
s/"days_left":[0-9]+/"days_left":"N"/g' |
	    sed -E 's/(days) [0-9]{2}:[0-9]{2}:[0-9]{2}/\1 12:00:00/g'
}

# The session of record(), which cases change.
usual() {
	client=10.1.2.3 port=587 listener=submission login=false
	tls='"TLSv1.3"' verified=false name=false issuer=false
	fingerprint=false recipient=u@elsewhere.example form=full
	hop=inbound partner=null service=null found_by=null
	outcome=accepted mta=sendmail
}

# record DAYS ID: a recipient, so many days ago, of the message ID
number=0
record() {
	number=$((number + 1))
	printf '{"time":"%s","ref":"R%s","outcome":"%s",' \
	    "$(ago "$1" +%Y-%m-%dT%H:%M:%S.000Z)" $number $outcome
	printf '"queue_id":"%s","mta":"%s","session":"S",' "$2" $mta
	printf '"listener":"%s","client_addr":"%s","client_port":"4",' \
	    $listener "$client"
	printf '"daemon_name":null,"daemon_addr":"192.0.2.1",'
	printf '"daemon_port":"%s","login":%s,"claimed_login":null,' \
	    $port "$login"
	printf '"sender":"noreply@nobody.example","recipient":"%s",' \
	    $recipient
	printf '"rcpt_addr":"%s","rcpt_host":"elsewhere.example",' $recipient
	printf '"mailer":"smtp","addresses":"%s","hop":"%s",' $form $hop
	printf '"partner":%s,"service":%s,"found_by":%s,' $partner $service \
	    $found_by
	printf '"need":null,"proof":{"tls":%s,"cipher":null,"bits":256,' $tls
	printf '"verified":%s,"peer":%s,"subject":%s,"issuer":%s,' $verified \
	    "$name" "$name" "$issuer"
	printf '"fingerprint":%s,"source":"%s"},' "$fingerprint" $mta
	printf '"reason":"no-rule","verdict":"pass","stage":"log-only",'
	printf '"planned":"pass","applied":"pass","mode":"enforce",'
	printf '"exempt":null,"exception":null,"policy":"x"}\n'
}

of_row() {
	partner=\"$1\" service=\"$1\" found_by=\"$2\"
}

applications() {
	usual				# a listed login, from two clients
	login='"billing"'
	of_row billing login
	record 45 Q1
	record 2 Q2
	record 2 Q2			# two recipients of one message
	client=10.1.2.4
	record 1 Q3
	usual				# the old one, 40 days ago
	login='"billing-old"'
	of_row billing login
	record 40 Q4
	usual				# a certificate; two, of one name
	client=10.2.2.2 port=25 listener=mx verified=true
	name='"alerts.corp.example"' issuer='"Corp CA"'
	of_row alerts certificate
	fingerprint=\"$old_pin\"
	record 31 Q5
	fingerprint=\"$new_pin\"
	record 1 Q6
	fingerprint=\"$filed_pin\"
	record 2 Q18
	usual				# unlisted, by address, in clear once
	client=10.3.3.3 port=25 listener=mx
	record 1 Q7
	tls=false
	record 0 Q8
	usual				# unlisted logins, one of them hostile
	client=10.4.4.4 login='"scanner@corp.example"'
	record 1 Q9
	tls='"TLSv1.2"' client=10.4.4.5
	record 0 Q10
	login='"x\u001b[2J\n\"; y"'
	record 0 Q11
	usual				# unlisted, a verified certificate
	client=10.5.5.5 port=25 listener=mx verified=true
	name='"reports.corp.example"' issuer='"Corp CA"'
	record 1 Q12
	outcome=refused
	record 0 ''
	usual				# by the listener's rule
	client=10.6.6.6 port=2525
	of_row internal listener
	record 1 Q13
	usual				# strangers, and a relay of ours
	client=203.0.113.7 port=25 listener=mx
	recipient=u@corp.example
	record 1 Q14
	client=10.9.0.7 recipient=u@elsewhere.example
	record 1 Q15
	usual				# a partner
	client=198.51.100.1 port=25 listener=mx verified=true
	recipient=u@corp.example name='"mx1.bank.example"'
	partner='"bank"'
	record 45 Q16
	record 1 Q17
}
applications >"$log"

# hashed: the same mail, as a log has it that has codes for login names
hashed() {
	usual
	client=10.8.8.8 form=hashed
	login='"[5f1d0c3a9b2e4d6f7081]@corp.example"'
	record 45 Q1
	record 1 Q2
}
hashed >"$folder/hashed"

# As a file of its own, and in a policy file without services.
"$tool" -c "$folder/policy.conf" services --unlisted >"$folder/proposed.conf" \
    2>/dev/null
{
	cat "$folder/policy.conf"
	echo 'include = [ "proposed.conf" ];'
} >"$folder/including.conf"
{
	sed '/^services/,/^partners/{/^partners/!d;}' "$folder/policy.conf"
	cat "$folder/proposed.conf"
} >"$folder/pasted.conf"

run list 0 -c policy.conf services
run json 0 -c policy.conf --json services
run all 0 -c policy.conf services --all
run named 0 -c policy.conf services billing
run named-certificate 0 -c policy.conf services Alerts
run named-listener 0 -c policy.conf services internal
run since 0 -c policy.conf services --since 12h
run one-log 0 -c policy.conf services decisions
run no-such 2 -c policy.conf services biling
run misused 2 -c policy.conf services --all --unlisted
run named-unlisted 2 -c policy.conf services --unlisted billing
run bad-since 2 -c policy.conf services --since never
run unlisted 1 -c policy.conf services --unlisted
run unlisted-json 1 -c policy.conf --json services --unlisted
run hashed 0 -c policy.conf services hashed
run hashed-named 0 -c policy.conf services billing hashed
run hashed-unlisted 1 -c policy.conf services --unlisted hashed
# Pasted, each row covers its sessions, and refuses none of them.
for policy in pasted including; do
	(cd "$folder" && "$tool" check $policy.conf) >"$came" 2>&1 && continue
	echo "$policy.conf: check does not accept what is proposed"
	cat "$came"
	failed=1
done
run included-unlisted 0 -c including.conf services --unlisted
run included-list 0 -c including.conf services
run included-whatif 0 -c policy.conf whatif --policy including.conf \
    --stage reject --since 3d
run partner 0 -c policy.conf partners bank

exit $failed

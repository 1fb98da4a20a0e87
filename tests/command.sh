#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# command - compares the output of `enforcetls` with tests/golden/command
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"

run check 0 check policy.conf
run check-json 0 check --json policy.conf
run check-bad 1 check bad.conf
run check-bad-json 1 --json check bad.conf
run check-pins 0 check pins.conf
run check-pins-json 0 --json check pins.conf
run check-routes 0 check routes.conf
run check-static 0 check static.conf
run check-static-json 0 check --json static.conf
# Who connects finds services and rules of listeners, by the macros given.
of_services() {
	name=$1 status=$2
	shift 2
	run "$name" "$status" -c services.conf explain \
	    --sender a@stranger.example --rcpt u@other.example "$@"
}
of_services service-none 0
of_services service-listener 1 --macro daemon_port=587
of_services service-listener-tls 0 --macro daemon_port=587 \
    --macro tls_version=TLSv1.3
of_services service-daemon-name 1 --macro daemon_name=batch
of_services service-client 1 --macro client_addr=10.1.2.9 \
    --macro tls_version=TLSv1.3
of_services service-login 0 --macro client_addr=10.1.2.9 \
    --macro tls_version=TLSv1.3 --macro auth_type=PLAIN \
    --macro auth_authen=billing-2
of_services service-two 1 --macro client_addr=10.1.2.9 --macro daemon_port=587 \
    --macro auth_type=PLAIN --macro auth_authen=billing-1
run map-unlisted 0 -c routes.conf map '[other.corp.example]:587'
run map-loopback 0 -c routes.conf map '[127.0.0.1]:10026'
# As configuration management checks a file before it takes its place.
if [ -z "$only" ] || [ "$only" = check-basedir ] ||
    [ "$only" = check-basedir-gone ]; then
	mkdir -p "$folder/etc/rows" "$folder/new"
	printf 'partners = ( { name = "bank"; domains = "bank.example";
  entry = { level = "encrypt"; stage = "defer"; }; } );\n' \
	    >"$folder/etc/rows/bank.conf"
	printf 'format = 1;\nmode = "enforce";\nstate = "/nonexistent/s";
include = "rows/*.conf";\n' >"$folder/new/next.conf"
	where=$folder
	run check-basedir 0 check --basedir etc new/next.conf
	run check-basedir-gone 1 check --strict --basedir new new/next.conf
	where=$golden
fi
run check-basedir-absent 1 check --basedir absent policy.conf
run check-basedir-file 1 check --basedir bad.conf policy.conf
run check-no-file 1 check absent.conf
run check-usage 2 check a b
run check-strict 1 check --strict quiet.conf
run unknown-command 2 chekc
run no-command 2
run json-misused 2 --json check a b
run json-no-policy 2 --json -c bad.conf map bank.example
run wrong-option 2 stage bank entry defer --raeson x
run option-without-value 2 whatif --policy
run no-policy 2 -c bad.conf explain --sender a@b.example --rcpt c@d.example

# Without a log each command prints the same error.
run no-log-verify 2 -c quiet.conf log verify
run no-log-whatif 2 -c quiet.conf whatif --policy quiet.conf
run no-log-explain 2 -c quiet.conf explain 4XJ2k

explain plaintext 1 --sender a@stranger.example --rcpt U@Branch.Bank.example
explain plaintext-sendmail 1 --mta sendmail --sender a@stranger.example \
    --rcpt u@bank.example
explain old-tls 1 --sender a@stranger.example --rcpt u@insurer.example \
    --macro tls_version=TLSv1.1
explain wrong-name 1 --mta postfix --sender a@bank.example \
    --rcpt u@other.example --macro tls_version=TLSv1.3 \
    --macro cert_subject=mx9.bank.example
explain right-name 0 --mta postfix --sender a@bank.example \
    --rcpt u@other.example --macro tls_version=TLSv1.3 \
    --macro cert_subject=mx1.bank.example
explain sendmail-verified 0 --mta sendmail --sender a@bank.example \
    --rcpt u@other.example --macro tls_version=TLSv1.3 --macro verify=OK \
    --macro cert_subject=/CN=mx1.bank.example \
    --macro cn_subject=mx1.bank.example
explain two-groups 1 --sender a@clinic.example --rcpt u@other.example \
    --macro tls_version=TLSv1.3 --macro cert_subject=mx.clinic.example
for one in bank clinic shop; do
	run profile-$one 1 -c profiles.conf explain --sender a@$one.example \
	    --rcpt u@corp.example --macro tls_version=TLSv1.3 \
	    --macro cert_subject=mx9.$one.example --macro cert_issuer=CA
done
explain login 0 --sender a@clinic.example --rcpt u@other.example \
    --macro tls_version=TLSv1.3 --macro auth_type=PLAIN \
    --macro auth_authen=clinic
explain routed 1 --sender a@stranger.example --rcpt u@other.example \
    --rcpt-host '[gw.bank.example]:587'
explain uncovered 1 --sender a@stranger.example --rcpt u@bank.example \
    --rcpt-host '[relay.example]' --macro tls_version=TLSv1.3
explain unseen-route 1 --sender a@stranger.example --rcpt u@bank.example \
    --macro rcpt_host --macro tls_version=TLSv1.3
explain odd-route 1 --sender a@stranger.example --rcpt u@bank.example \
    --rcpt-host '[gw.bank.example' --macro tls_version=TLSv1.3
explain no-sentinel 1 --sender a@bank.example --rcpt u@other.example \
    --macro v --macro tls_version=TLSv1.3 \
    --macro cert_subject=mx1.bank.example
explain held 0 --sender a@stranger.example --rcpt u@new.example
explain postmaster 0 --sender a@stranger.example \
    --rcpt postmaster@corp.example
explain local-client 0 --sender a@stranger.example --rcpt u@bank.example \
    --macro client_addr=198.51.100.7
explain bounce 1 --sender '<>' --rcpt u@bank.example
explain no-domain 1 --sender a@stranger.example --rcpt 'u@[' \
    --macro rcpt_addr --macro rcpt_host
explain nothing-asked 0 --sender a@stranger.example --rcpt u@other.example
explain hostile 1 --sender a@stranger.example \
    --rcpt "$(printf 'u\033[2J"@other.example')"
explain json 1 --json --sender a@bank.example --rcpt u@bank.example \
    --macro tls_version=TLSv1.2
run log-only 0 -c quiet.conf explain --sender a@b.example \
    --rcpt u@bank.example
explain misspelt-macro 2 --sender a@b.example --rcpt c@d.example \
    --macro tls_vesion=TLSv1.2
explain misspelt-option 2 --sendr a@b.example --rcpt c@d.example
explain no-recipient 2 --sender a@b.example
# Wrong usage is told before the policy is read, and at once.
run explain-nothing 2 -c bad.conf explain
explain bad-date 2 --sender a@b.example --rcpt c@d.example --at 2026-02-30

# A file whose name is not UTF-8 used to leave out the whole decision.
latin1=$(printf 'b\344nk.conf')
cp "$golden/quiet.conf" "$folder/$latin1"
where=$folder
run file-name-not-utf8 0 -c "$latin1" explain --sender a@b.example \
    --rcpt u@bank.example
where=$golden

# map NAME STATUS ARGUMENT...
map() {
	name=$1 wanted=$2
	shift 2
	run "$name" "$wanted" -c map.conf map "$@"
}

map map-rule 0 BANK.example
map map-older 0 bank.example --postfix-version 3.5.23
map map-two-rules 0 "[gw.bank.example]:587"
map map-rollout 0 new.example
map map-nobody 0 other.example
map map-parent 0 .bank.example
map map-no-key 0 "bank example"
map map-published 0 bank.example --published \
    "secure match=mx1.bank.example:mx.hoster.example servername=hostname"
map map-conflict 0 bank.example --published "secure match=mx.hoster.example"
map map-json 0 --json "[gw.bank.example]:587"
map map-misused 2
map map-bad-version 2 bank.example --postfix-version 3

# Every command is on the page.
if [ -z "$only" ]; then
	sources=${srcdir:-$(dirname "$0")/..}/conf
	page=$sources/enforcetls.1
	commands=$($tool --help | sed -n 's/^  \([a-z][a-z]*\)\( .*\)*$/\1/p')
	for command in "$sources"/cmd/cmd_*.c; do
		command=${command##*/cmd_}
		echo "$commands" | grep -qx "${command%.c}" && continue
		echo "--help does not list ${command%.c}"
		failed=1
	done
	for command in $commands; do
		grep -q "^\.It \(Xo \)*Cm $command" "$page" && continue
		echo "enforcetls.1: $command is not described"
		failed=1
	done
	# ... and reads options as every other command does, in one line.
	for command in $commands; do
		for help in --help -h "word --help" "--reason --help"; do
			"$tool" "$command" $help 2>&1 |
			    grep -q "^usage: enforcetls $command" && continue
			echo "$command $help: no usage"
			failed=1
		done
		status=0
		"$tool" "$command" word --no-such >"$came" 2>&1 || status=$?
		[ $status = 2 ] && grep -q \
		    "^enforcetls $command: there is no option --no-such; see enforcetls help $command$" \
		    "$came" && [ "$(wc -l <"$came")" = 1 ] && continue
		echo "$command --no-such: exit $status, and"
		cat "$came"
		failed=1
	done

	# One form of a command, asked for in each way; short, with an example.
	forms=0
	for command in $commands; do
		"$tool" help "$command" >"$folder/whole"
		sed '/^$/,$d' "$folder/whole" | tr -s ' ' '\n' |
		    sed 's/^\[*//; s/\]*$//' | grep -xe '-*[a-z][a-z-]*' |
		    sort -u >"$folder/words"
		while read -r word; do
			"$tool" help "$command" "$word" >"$came" 2>&1 ||
			    continue
			forms=$((forms + 1))
			"$tool" "$command" x "$word" y --help >"$folder/a"
			"$tool" --help "$command" "$word" >"$folder/b"
			cmp "$came" "$folder/a" && cmp "$came" "$folder/b" ||
			    failed=1
			cat "$came" >>"$folder/whole"
			[ "$(wc -l <"$came")" -le 28 ] && continue
			echo "help $command $word is long"
			failed=1
		done <"$folder/words"
		[ "$(grep -c '^  \(runuser.* \)*enforcetls ' "$folder/whole")" = \
		    "$(grep -c '^example:' "$folder/whole")" ] &&
		    ! awk 'length > 80' "$folder/whole" | grep . && continue
		echo "help $command: no example, or a line over 80 columns"
		failed=1
	done
	[ $forms -ge 14 ] || {
		echo "help knows $forms forms"
		failed=1
	}

	# The synopsis has each option with the value that the list names.
	for command in $commands; do
		"$tool" help "$command" >"$came"
		usage=$(sed '/^$/,$d' "$came" | tr -s '\n ' '  ')
		sed -n 's/^  \(-.*[^ ]\)   *.*/\1/p' "$came" |
		    sed 's/^\(-.\), .*/\1/' | grep -vx -e --json \
		    >"$folder/options"
		while IFS= read -r option; do
			case "$usage " in
			*[\ \[\(]"$option"[\ \]\)]*) continue ;;
			esac
			echo "$command: $option is not in the synopsis"
			failed=1
		done <"$folder/options"
		for option in $(echo "$usage" | tr '[]() ' '\n\n\n\n\n' |
		    grep '^-.'); do
			grep -q "^  $option[ ,]" "$came" && continue
			echo "$command: $option is not in the list"
			failed=1
		done
	done
	for wrong in "help check x" "help no-such" "help exception add x" \
	    "--help stage bank"; do
		status=0
		"$tool" $wrong >"$came" 2>&1 || status=$?
		[ $status = 2 ] && [ "$(wc -l <"$came")" = 1 ] && continue
		echo "$wrong: exit $status, and"
		cat "$came"
		failed=1
	done
fi
exit $failed

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# records - compares the output of `enforcetls explain REF`, `whatif` and
# `log verify` for a decision log with tests/golden/records
#
# The log has three files, the oldest one compressed.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
where=$folder
log=$folder/decisions.jsonl
export TZ=CET-1			# log prints local time

cleaned() {
	# A record from before they had the MTA's name has this host's.
	sed -e '/ mx\.corp\.example$/!s/^\(through our server \).*/\1HOST/' \
	    -e '/"mx\.corp\.example",$/!s/^\( *"server": \).*/\1"HOST",/' \
	    -e "s|$folder|FOLDER|g" \
	    -e "s/$digest/DIGEST/g" -e '/^usage: /d' \
	    -e 's/"prev":"[0-9a-f]*"/"prev":"HASH"/g'
}

# The policies, and the digest that the records name.
for name in policy next quiet; do
	sed "s|@FOLDER@|$folder|" "$golden/$name.conf" >"$folder/$name.conf"
done
digest=$("$tool" -c "$folder/policy.conf" --json explain --sender a@b.example \
    --rcpt c@d.example | sed -n 's/^ *"policy": "\([0-9a-f]*\)".*/\1/p')
[ ${#digest} -eq 64 ] || exit 99

# chain: ends every line of standard input with the hash of the one before
prev=null
chain() {
	while IFS= read -r line; do
		line="$line,\"prev\":$prev}"
		printf '%s\n' "$line"
		prev=\"$(printf '%s' "$line" | sha256sum | cut -d' ' -f1)\"
	done
}

# fill FILE NAME TIME
fill() {
	sed "s/@DIGEST@/$digest/" "$golden/$2" >"$folder/lines"
	chain <"$folder/lines" >"$1"
	touch -d "$3" "$1"
}

fill "$log-20260301" oldest '2026-03-01 12:00'
gzip "$log-20260301"
fill "$log.1" older '2026-03-20 12:00'
fill "$log" newest '2026-03-31 12:00'

explain plaintext 1 PLAIN1
reply='550 5.7.10 Encryption (TLS) is required'
explain plaintext 1 "$reply (bank: plaintext; ref PLAIN1) https://x"
explain plaintext 1 ' PLAIN1 '
explain no-certificate 1 CERT1 --mail-log none
explain changed-since 0 OLD1
explain excepted 0 EXC1
explain nothing-asked 0 NONE1
explain two-recipients 0 9C001
explain odd-sender 0 ODD1
explain json 1 --json CERT1 --mail-log none
explain partner 1 CERT1 --for-partner --mail-log none
explain partner-accepted 0 --for-partner OLD1
explain partner-clean 0 --for-partner OLD2
explain partner-bounce 0 --for-partner TWO1
# Of several records, the one that caused the refusal, or the daemon's own.
sed "s|decisions.jsonl|refused.jsonl|" "$folder/policy.conf" \
    >"$folder/refused.conf"
fill "$folder/refused.jsonl" refused '2026-03-31 12:00'
run caused 1 -c refused.conf explain LATER1 --for-partner
run caused-ours 1 -c refused.conf explain OURS1 --for-partner
run ours 1 -c refused.conf explain OURS1
# A service, by who connected.
sed "s|decisions.jsonl|service.jsonl|" "$folder/policy.conf" \
    >"$folder/service.conf"
fill "$folder/service.jsonl" service '2026-03-31 12:00'
run service-listener 1 -c service.conf explain PORT1
run service-client 1 -c service.conf explain SERV1
run service-json 1 -c service.conf --json explain SERV1
# Who logged in without encryption.
sed "s|decisions.jsonl|clear.jsonl|" "$folder/policy.conf" \
    >"$folder/clear.conf"
fill "$folder/clear.jsonl" clear '2026-03-31 12:00'
run log-clear 0 -c clear.conf log --since 2026-01-01
run log-clear 0 -c clear.conf log --since 2026-01-01 \
    --address billing@corp.example
run explain-clear 1 -c clear.conf explain CLEAR1
run explain-clear-no-rule 0 -c clear.conf explain CLEAR2
run whatif-clear 0 -c clear.conf whatif --policy quiet.conf
explain partner-json 1 --json --for-partner PLAIN1
# Why the certificate was not verified, by the log of the MTA, in local time.
cp "$golden/mail" "$folder/mail.log.1"
touch -d '2026-03-20 23:00' "$folder/mail.log.1"
gzip "$folder/mail.log.1"
sed 's/^Mar 20/Mar 21/' "$golden/mail" >"$folder/mail.log"
grep -v 'TLS connection\|verification' "$golden/mail" >"$folder/quiet.log"
explain cause 1 CERT1 --mail-log mail.log
explain cause-json 1 --json CERT1 --mail-log mail.log
explain cause-partner 1 CERT1 --for-partner --mail-log mail.log
explain cause-no-tls 1 CERT1 --mail-log quiet.log
explain cause-no-log 1 CERT1 --mail-log later.log
tail -n 2 "$golden/mail" >"$folder/later.log"
explain cause-other 1 CERT1 --mail-log later.log
explain no-such 1 NOSUCH
explain two-references 2 PLAIN1 CERT1
explain log-of-nothing 2 --sender a@b.example --rcpt c@d.example --mail-log m

run whatif-today 1 -c policy.conf whatif --policy policy.conf
run whatif 1 -c policy.conf whatif --policy next.conf
run whatif-json 1 -c policy.conf --json whatif --policy next.conf
run whatif-quiet 0 -c policy.conf whatif --policy quiet.conf
run whatif-enforced 1 -c policy.conf whatif --policy quiet.conf --enforce
run whatif-stage 1 -c policy.conf whatif --policy quiet.conf --stage reject
# Copied without what it includes, it is another policy.
mkdir "$folder/partners.d" "$folder/copied"
{
	cat "$folder/next.conf"
	echo 'include = [ "partners.d/*.conf" ];'
} >"$folder/including.conf"
echo 'partners = ( );' >"$folder/partners.d/none.conf"
cp "$folder/including.conf" "$folder/copied"
run whatif-in-place 1 -c policy.conf whatif --policy including.conf
run whatif-copied 2 -c policy.conf whatif --policy copied/including.conf
run whatif-basedir 1 -c policy.conf whatif --policy copied/including.conf \
    --basedir "$folder"
run whatif-basedir-absent 2 -c policy.conf whatif --policy including.conf \
    --basedir absent
run whatif-one-file 1 whatif --policy next.conf decisions.jsonl
run whatif-no-policy 2 -c policy.conf whatif
run whatif-no-log 2 whatif --policy next.conf absent.jsonl
run whatif-no-decision 2 whatif --policy next.conf next.conf
# What was not judged must not look safe.
run whatif-too-old 2 -c policy.conf whatif --policy next.conf --since 1d
run whatif-too-old-json 2 -c policy.conf --json whatif --policy next.conf \
    --since 1d

# since ARGUMENT...: the decisions of these days
since() {
	name=$1
	shift
	run "$name" 0 -c policy.conf log --since 2026-02-28 "$@"
}

since log
since log-failed --failed --until 2026-03-30
since log-refused --refused
since log-would-refuse --would-refuse
since log-partner --partner BANK --hop entry --client 203.0.113.0/24
since log-key --partner clinic.example --until 2026-03-31T11:01
run log-typo 2 -c policy.conf log --since 2026-02-28 --partner clinc
# One that has left is found by its records.
sed 's/name = "clinic"/name = "ward"/' "$folder/policy.conf" >"$folder/left.conf"
run log-left 0 -c left.conf log --since 2026-02-28 --partner clinic
# A key of the codes that cannot be read: what is found is not all.
sed 's/log = {/& addresses = "hashed"; addresses_key = "\/nonexistent\/k";/' \
    "$folder/policy.conf" >"$folder/hashed.conf"
run log-no-codes 2 -c hashed.conf log --since 2026-02-28 \
    --address clerk@bank.example
# What passed, of a recipient that another rule refused.
sed "s|decisions.jsonl|other.jsonl|" "$folder/policy.conf" >"$folder/other.conf"
sed -n '1s/"verdict":"fail"/"verdict":"pass"/
	1s/"planned":"[a-z]*"/"planned":"pass"/p' "$log" >"$folder/other.jsonl"
run log-other-rule 0 -c other.conf log --since 2026-02-28
run log-other-refused 0 -c other.conf log --since 2026-02-28 --refused
run log-two-outcomes 2 -c policy.conf log --failed --refused
run log-follow-until 2 -c policy.conf log -f --until 2999-01-01
run log-backwards 2 -c policy.conf log --since 1h --until 2h
since log-json --json --partner clinic --until 2026-03-31T11:01
run log-day 0 -c policy.conf log
run log-bad-time 2 -c policy.conf log --since soon
run log-bad-date 2 -c policy.conf log --until 2026-02-30
run log-verify-since 2 -c policy.conf log verify --since 1h
run verify 0 -c policy.conf log verify
run verify-json 0 -c policy.conf --json log verify
# The same with the oldest file compressed by another program.
for how in xz zstd; do
	command -v $how >/dev/null || continue
	gunzip -c "$log-20260301.gz" >"$log-20260301"
	touch -r "$log-20260301.gz" "$log-20260301"
	mv "$log-20260301.gz" "$folder/aside.gz"
	$how -q "$log-20260301"
	rm -f "$log-20260301"
	since log
	explain changed-since 0 OLD1
	run whatif 1 -c policy.conf whatif --policy next.conf
	run verify 0 -c policy.conf log verify
	rm "$log-20260301".*
	mv "$folder/aside.gz" "$log-20260301.gz"
done
mv "$log-20260301.gz" "$folder/aside.gz"
run verify-older-gone 0 -c policy.conf log verify
mv "$folder/aside.gz" "$log-20260301.gz"
cp -p "$log.1" "$folder/aside"
sed 's/"exception":"E4"/"exception":null/' "$folder/aside" >"$log.1"
touch -r "$folder/aside" "$log.1"
run verify-changed 1 -c policy.conf log verify
sed 2d "$folder/aside" >"$log.1"
touch -r "$folder/aside" "$log.1"
run verify-taken-out 1 -c policy.conf --json log verify
{ cat "$folder/aside"; echo 'no record'; } >"$log.1"
touch -r "$folder/aside" "$log.1"
run verify-put-in 1 -c policy.conf log verify
cp -p "$folder/aside" "$log.1"
head -c 300 "$log-20260301.gz" >"$folder/half" &&
    touch -r "$log-20260301.gz" "$folder/half" &&
    mv "$folder/half" "$log-20260301.gz"
run log-damaged 2 -c policy.conf log --since 2026-02-28 --partner court
run verify-damaged 2 -c policy.conf log verify
run whatif-damaged 2 -c policy.conf whatif --policy next.conf
explain damaged 1 PLAIN1
explain damaged-not-found 2 NOSUCH
# -f goes on in the next file, and waits for a first one.
sed "s|decisions.jsonl|followed.jsonl|" "$folder/policy.conf" \
    >"$folder/followed.conf"
followed() {
	seconds=0
	while [ "$(wc -l <"$folder/follow")" -lt "$1" ]; do
		seconds=$((seconds + 1))
		[ $seconds -lt 600 ] || break
		sleep 0.1
	done
}
if [ -z "$only" ]; then
	: >"$folder/follow"
	"$tool" -c "$folder/followed.conf" log -f --partner bank \
	    --since 2026-01-01 >>"$folder/follow" 2>&1 &
	pid=$!
	sleep 0.5
	head -n 1 "$log" >"$folder/followed.jsonl"
	followed 1
	head -n 1 "$log" >>"$folder/followed.jsonl"
	mv "$folder/followed.jsonl" "$folder/followed.jsonl.1"
	head -n 1 "$log" >"$folder/followed.jsonl"
	followed 3
	kill $pid
	wait $pid 2>/dev/null
	[ "$(grep -c 'PLAIN1 entry bank' "$folder/follow")" -eq 3 ] || {
		echo 'log -f: other lines than three:'
		cat "$folder/follow"
		failed=1
	}
fi
# A record that was written, or edited, without the digest of its policy.
sed 's/"policy":/"removed":/' "$log" >"$folder/aside"
cp "$folder/aside" "$log"
explain no-digest 1 PLAIN1
exit $failed

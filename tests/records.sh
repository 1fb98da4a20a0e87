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

cleaned() {
	sed -e 's/^through our server .*/through our server HOST/' \
	    -e 's/^\( *"server": \).*/\1"HOST",/' -e "s|$folder|FOLDER|g" -e "s/$digest/DIGEST/g" -e '/^usage: /d'
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
explain no-certificate 1 CERT1
explain changed-since 0 OLD1
explain excepted 0 EXC1
explain nothing-asked 0 NONE1
explain two-recipients 0 9C001
explain odd-sender 0 ODD1
explain json 1 --json CERT1
explain partner 1 CERT1 --for-partner
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
explain partner-json 1 --json --for-partner PLAIN1
explain no-such 1 NOSUCH
explain two-references 2 PLAIN1 CERT1

run whatif-today 1 -c policy.conf whatif --policy policy.conf
run whatif 1 -c policy.conf whatif --policy next.conf
run whatif-json 1 -c policy.conf --json whatif --policy next.conf
run whatif-quiet 0 -c policy.conf whatif --policy quiet.conf
run whatif-enforced 1 -c policy.conf whatif --policy quiet.conf --enforce
run whatif-one-file 1 whatif --policy next.conf decisions.jsonl
run whatif-no-policy 2 -c policy.conf whatif
run whatif-no-log 2 whatif --policy next.conf absent.jsonl
run whatif-no-decision 2 whatif --policy next.conf next.conf

run verify 0 -c policy.conf log verify
run verify-json 0 -c policy.conf --json log verify
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
run verify-damaged 2 -c policy.conf log verify
run whatif-damaged 2 -c policy.conf whatif --policy next.conf
explain damaged 1 PLAIN1
explain damaged-not-found 2 NOSUCH
# A record that was written, or edited, without the digest of its policy.
sed 's/"policy":/"removed":/' "$log" >"$folder/aside"
cp "$folder/aside" "$log"
explain no-digest 1 PLAIN1
exit $failed

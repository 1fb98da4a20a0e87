#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# manual - what the examples of enforcetls.conf(5) and the sample file mean
#
# `enforcetls check` reads each of them as it is printed. tests/golden/manual
# has the policy that it understood, every value of it.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
sources=${srcdir:-$(dirname "$0")/..}/conf

# The n-th literal block of the page, without its escapes.
example() {
	awk -v wanted="$1" '
	/^\.Ed$/ { inside = 0 }
	inside && n == wanted { print }
	/^\.Bd -literal$/ { inside = 1; n++ }' "$sources/enforcetls.conf.5" |
	    sed -e 's/\\e/\\/g' -e 's/\\&//g'
}

# The digest changes with every comment.
cleaned() {
	sed 's/^sha256 [0-9a-f]*$/sha256 HEX/'
}

mkdir "$folder/partners.d"
sample=$(cat "$sources/enforcetls.conf.sample")
where=$folder
count=$(grep -c '^\.Bd -literal$' "$sources/enforcetls.conf.5")
n=1
while [ "$n" -le "$count" ]; do
	example $n >"$folder/example-$n.conf"
	run example-$n 0 check example-$n.conf
	n=$((n + 1))
done
[ -n "$only" ] || [ "$count" -ge 3 ] || {
	echo "enforcetls.conf.5: $count examples"
	failed=1
}

# The rows in enforcetls(7) load, with Postfix and as they are printed. Two name
# files of certificates.
cp "$golden/../command/pin-next.pem" "$folder/bank-1.pem"
cp "$golden/../command/pin-next.pem" "$folder/bank-2.pem"
awk -v folder="$folder" '
	/^\.Ed$/ { inside = 0 }
	inside == 1 { inside = /^(services|partners) =/ ? 2 : 0
		if (inside) file = folder "/rows-" ++n ".conf"
		if (inside) print "format = 1; mode = \"enforce\";\n" \
		    "log = { syslog = true; };\nmilter = { listen = \"unix:/m\";" \
		    " mta = \"postfix\"; };\nmap = { listen = \"unix:/s\"; };\n" \
		    >file }
	inside { print >file }
	/^\.Bd -literal/ { inside = 1 }' "$sources/enforcetls.7"
count=0
for rows in "$folder"/rows-*.conf; do
	count=$((count + 1))
	(cd "$folder" && "$tool" check "$rows") >"$came" 2>&1 || {
		echo "enforcetls.7: rows that check does not accept:"
		cat "$rows" "$came"
		failed=1
	}
done
[ "$count" -ge 13 ] || {
	echo "enforcetls.7: $count displays of rows"
	failed=1
}

# As it is installed; and with what it only shows.
echo "$sample" >"$folder/sample.conf"
run sample 0 check sample.conf
echo "$sample" | sed '/^# \([a-z_]* = .*\|     *[{a-z].*\)$/s/^# //' \
    >"$folder/sample-whole.conf"
run sample-whole 0 check sample-whole.conf
exit $failed

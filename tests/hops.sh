#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# hops - what `enforcetls hops` prints, held against tests/golden/hops
#
# Every case is a name, the exit status, and the arguments; its golden file is
# the name. With a name as argument, that case's output is printed instead.
set -u
golden=${srcdir:-$(dirname "$0")/..}/tests/golden/hops
tool=./enforcetls
came=$(mktemp) || exit 99
trap 'rm -f "$came"' EXIT
failed=0

# run NAME STATUS ARGUMENT...
run() {
	name=$1 wanted=$2
	shift 2
	[ -z "$only" ] || [ "$only" = "$name" ] || return 0
	(cd "$golden" && "$OLDPWD/$tool" "$@") >"$came" 2>&1 </dev/null
	status=$?
	if [ -n "$only" ]; then
		cat "$came"
		return 0
	fi
	if [ $status -ne "$wanted" ]; then
		echo "$name: exit status came $status, wanted $wanted"
		failed=1
	fi
	if ! diff -u "$golden/$name" "$came"; then
		echo "$name: other output than tests/golden/hops/$name"
		failed=1
	fi
}

only=${1-}
run nothing-believed 0 hops chain.eml
run stored 0 hops --relay 192.0.2.0/24 chain.eml
run client-is-a-relay 0 hops --client 192.0.2.2 --relay 192.0.2.0/24 chain.eml
run client-is-a-stranger 0 hops --client 203.0.113.5 --relay 192.0.2.0/24 \
    chain.eml
run edge-at-once 0 hops --stored --relay 198.51.100.99 chain.eml
run json 0 --json hops --relay 192.0.2.0/24 chain.eml
run own-relays-of-the-policy 0 -c relays.conf hops chain.eml
run plaintext-found 1 hops --relay 192.0.2.0/24 plain.eml
run no-received 0 hops --relay 192.0.2.0/24 none.eml
run no-message 2 hops no-message.eml
run no-file 2 hops absent.eml
run bad-relay 2 hops --relay 192.0.2.0/33 chain.eml
run two-grounds 2 hops --stored --client 192.0.2.1 chain.eml
exit $failed

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# hops - compares the output of `enforcetls hops` with tests/golden/hops
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"

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

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# terminal - lines and colours on a terminal, and none of it in a pipe
#
# Runs the commands that print tables in terminals of several widths, with
# tests/terminal.py, and in a pipe.
set -u
umask 022
sources=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
tool=$PWD/enforcetls
command -v python3 >/dev/null || exit 77
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
unset COLUMNS NO_COLOR
# A name as a browser shows it: it is compared, and printed, as xn--...
umlaut=$(printf 'b\303\274ro.example')

mkdir -m 755 "$folder/state"
cat >"$folder/t.conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
milter = { listen = "unix:$folder/milter"; mta = "postfix"; };
log = { decisions = "$folder/log"; };
exceptions = { allow_plaintext = true; };
partners = (
  { name = "bank"; domains = [ "bank.example", ".bank.example",
      "gw1.bank-of-the-north.example", "gw2.bank-of-the-north.example" ];
    contact = "postmaster@bank-of-the-north.example";
    inbound = { level = "verify"; names = [ "mx1.bank-of-the-north.example",
      "mx2.bank-of-the-north.example", "mx3.bank-of-the-north.example" ];
      stage = "log-only"; };
    outbound = { level = "verify"; stage = "defer"; }; },
  { name = "office"; domains = [ "$umlaut" ];
    entry = { level = "encrypt"; stage = "reject"; }; } );
END
printf '%s\n' "{\"time\":\"$(date -u +%Y-%m-%dT%H:%M:%S).000Z\",\
\"ref\":\"4XJ2k\",\"outcome\":\"refused\",\"queue_id\":\"4XJ2k\",\
\"client_addr\":\"192.0.2.9\",\"hop\":\"entry\",\"sender\":\"a@other.example\",\
\"recipient\":\"u@bank.example\",\"partner\":\"bank\",\
\"destination\":\"bank.example\",\"need\":\"encrypt\",\"reason\":\"plaintext\",\
\"verdict\":\"fail\",\"stage\":\"defer\",\"planned\":\"defer\",\
\"applied\":\"defer\",\"mta\":\"postfix\",\"exempt\":null,\
\"exception\":null}" >"$folder/log"
export ENFORCETLS_CONF="$folder/t.conf"
"$tool" exception add bank inbound --floor encrypt --until 3d --owner ann \
    --reason "their certificate ran out on a Friday evening, and nobody of \
theirs answers before Monday" --id night1 >/dev/null 2>&1 || exit 1
cd "$folder" && exec python3 "$sources/tests/terminal.py" "$tool"

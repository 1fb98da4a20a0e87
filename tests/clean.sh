#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# clean - no command prints bytes that a terminal obeys
#
# Puts a control sequence in C0, one in C1, a mark that turns the text around
# and a byte that is no UTF-8 wherever text comes from outside, and looks for
# them in all that the command prints.
set -u
umask 022
tool=$PWD/enforcetls
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
dirty=$(printf 'x\302\2332J\342\200\256y')
dirtier=$(printf 'x\033[2J\302\2332J\342\200\256\377y')
failed=0
mkdir "$folder/state"
cat >"$folder/t.conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
log = { decisions = "$folder/log"; };
partners = (
  { name = "bank"; domains = [ "bank.example" ]; owner = "$dirty";
    contact = "$dirty";
    inbound = { level = "verify"; names = [ "mx.bank.example" ];
      stage = "log-only"; };
    outbound = { level = "verify"; stage = "log-only"; }; } );
END
printf '%s\n' "{\"time\":\"2026-11-20T12:00:00.000Z\",\"ref\":\"4XJ2k\",\
\"queue_id\":\"$dirty\",\"client_addr\":\"$dirty\",\"hop\":\"inbound\",\
\"sender\":\"$dirty\",\"recipient\":\"$dirty\",\"partner\":\"bank\",\
\"need\":\"verify names=mx.bank.example\",\"reason\":\"$dirty\",\
\"verdict\":\"fail\",\"stage\":\"$dirty\",\"mta\":\"$dirty\",\
\"exempt\":null,\"exception\":null}" >"$folder/log"
printf 'Received: from %s (%s [192.0.2.1])\n\tby mx (Postfix) with %s id %s;\n\n' \
    "$dirtier" "$dirtier" "$dirtier" "$dirtier" >"$folder/$dirtier"
printf 'wrong_%s = "%s";\n' x "$dirtier" >"$folder/bad$dirtier"

# look ARGUMENT...: as text and as JSON, whose strings must be clean as well
look() {
	for json in '' --json; do
		# shellcheck disable=SC2086 # no word when it is empty
		"$tool" $json -c "$folder/t.conf" "$@" >"$folder/out" 2>&1
		if LC_ALL=C grep -q '[^ -~	]' "$folder/out" ||
		    grep -Eiq '\\u(00[01][0-9a-f]|007f|00[89]|20[2-6])' \
			"$folder/out"; then
			echo "$json $*: prints this:"
			cat -v "$folder/out"
			failed=1
		fi
	done
}

"$tool" -c "$folder/t.conf" check >/dev/null || failed=1
until=$(date -d '9 days' +%Y-%m-%d)
look exception add bank inbound --floor encrypt --until "$until" \
    --owner "$dirty" --reason "$dirty" --ticket "$dirty" --approver "$dirty"
look stage bank inbound tag --reason "$dirty"
look stage bank inbound tag --reason "$dirty" --force
printf '{"event":"%s"}\n%s\n' "$dirty" "$dirtier" \
    >>"$folder/state/history.jsonl"
look exception list
look exception history
look exception renew "$dirtier"
look stage "$dirty" inbound tag --reason x
look stage
look state
look check
look check "$folder/bad$dirtier"
look check "$folder/none$dirtier"
look explain 4XJ2k
look explain 4XJ2k --for-partner
look explain "$dirtier"
look explain --sender "$dirtier" --rcpt "$dirtier@bank.example" \
    --macro "cert_subject=$dirtier"
look map "$dirtier"
look map bank.example --published "$dirtier"
look hops "$folder/$dirtier"
look hops "$folder/none$dirtier"
look whatif --policy "$folder/t.conf"
look whatif --policy "$folder/t.conf" "$folder/none$dirtier"
look log verify
look log verify "$folder/none$dirtier"
look log "$dirtier"
look "$dirtier"
look check "--$dirtier"
printf x >>"$folder/state/state.conf"
look state
sed -i 's/"log-only"; };$/"reject"; };/; s/"bank"/"shop"/' "$folder/t.conf"
look state repair --reason "$dirtier"
look state
exit $failed

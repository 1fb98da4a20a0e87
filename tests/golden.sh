# SPDX-License-Identifier: BSD-2-Clause
#
# golden.sh - compares the output of `enforcetls` with tests/golden
#
# Read by the scripts in this folder, each for the golden folder (or file) of
# its name. A case is a name, which is also its golden file, the exit status,
# and the arguments. With the name of a case as argument a script prints its
# output instead: redirect it to make a golden file, and review that like code.
set -u
umask 022
set_name=$(basename "$0" .sh)
golden=$(cd "${srcdir:-$(dirname "$0")/..}/tests/golden" && pwd) || exit 99
golden=$golden/$set_name
tool=$PWD/enforcetls
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
came=$folder/came
only=${1-}
failed=0
where=$golden			# where the command runs
# No daemon of a test writes into that of this host.
export STATE_DIRECTORY=/nonexistent

# The rows of the scripts that change exceptions and stages.
two_partners='partners = (
  { name = "bank"; domains = [ "bank.example" ];
    inbound = { level = "verify"; names = [ "mx.bank.example" ];
      stage = "log-only"; };
    outbound = { level = "verify"; stage = "log-only"; }; },
  { name = "clinic"; domains = [ "clinic.example" ];
    entry = { level = "encrypt"; stage = "log-only"; }; } );'

# plain_postfix: writes a postconf whose Postfix sends mail to the domain of the
# address; $folder/main.cf, when it is there, has lines to add
plain_postfix() {
	cat >"$folder/postconf" <<END
#!/bin/sh
case "\$*" in
*_queue_lifetime*) printf '5d\n1d\n'; exit;;
esac
cat <<'LIST'
transport_maps =
relayhost =
default_transport = smtp
relay_transport = relay
relay_domains =
virtual_transport = virtual
virtual_mailbox_domains =
local_transport = local:mx.corp.example
mydestination =
sender_dependent_relayhost_maps =
sender_dependent_default_transport_maps =
smtp_fallback_relay =
content_filter =
recipient_delimiter =
parent_domain_matches_subdomains =
LIST
[ ! -e "$folder/main.cf" ] || cat "$folder/main.cf"
END
	chmod 755 "$folder/postconf"
}

# The part of the output to compare; a script may redefine it.
cleaned() {
	cat
}

# run NAME STATUS ARGUMENT...
run() {
	name=$1 wanted=$2
	shift 2
	[ -z "$only" ] || [ "$only" = "$name" ] || return 0
	(cd "$where" && "$tool" "$@") >"$came.whole" 2>&1 </dev/null
	status=$?
	cleaned <"$came.whole" >"$came"
	if [ -n "$only" ]; then
		cat "$came"
		return 0
	fi
	if [ $status -ne "$wanted" ]; then
		echo "$name: exit status came $status, wanted $wanted"
		failed=1
	fi
	if ! diff -u "$golden/$name" "$came"; then
		echo "$name: other output than tests/golden/$set_name/$name"
		failed=1
	fi
}

# explain NAME STATUS ARGUMENT...
explain() {
	name=$1 wanted=$2
	shift 2
	run "$name" "$wanted" -c policy.conf explain "$@"
}

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# state_folder - root's command where the daemon's user may exchange names
#
# The user has put links to a folder and a file of root's where the state should
# be. The command, run by root, must show nothing of them.
set -u
[ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1 || exit 77
tool=$PWD/enforcetls
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0
umask 022
# LeakSanitizer cannot trace a process that has changed its user.
export ASAN_OPTIONS=detect_leaks=0
chmod 755 "$folder"

mkdir -p "$folder/user/plain" "$folder/secret/state"
chmod 700 "$folder/secret"
printf '{"secret":1}\n' >"$folder/secret/state/history.jsonl"
printf 'secret = 1;\n' >"$folder/secret/state/state.conf"
chmod 600 "$folder/secret/state/"*
ln -s "$folder/secret" "$folder/user/link"
ln -s "$folder/secret/state/history.jsonl" "$folder/user/plain/"
chown -hR nobody "$folder/user"

for state in user/link/state user/plain; do
	cat >"$folder/conf" <<-END
	format = 1;
	mode = "log-only";
	user = "nobody";
	state = "$folder/$state";
	milter = { listen = "unix:$folder/m.sock"; };
	partners = ( { name = "bank"; domains = [ "bank.example" ];
	  entry = { level = "encrypt"; stage = "log-only"; }; } );
	END
	for command in 'exception history' 'exception list' stage state; do
		# shellcheck disable=SC2086 # a list of words
		"$tool" -c "$folder/conf" $command >"$folder/out" 2>&1
		status=$?
		case $status/$state/$command in
		0/user/link/*|'0/user/plain/exception history')
			echo "$state: $command ended with 0"
			failed=1
			;;
		esac
		if grep secret "$folder/out"; then
			echo "$state: $command printed that"
			failed=1
		fi
	done
done

# A folder of somebody else: the message says whose, and its advice works.
mkdir -m 750 "$folder/other"
chown bin "$folder/other"
sed -i "s|^state = .*|state = \"$folder/other\";|" "$folder/conf"
"$tool" -c "$folder/conf" state repair --reason x >"$folder/out" 2>&1
grep -q 'belongs to bin, and user of the policy is nobody' "$folder/out" || {
	cat "$folder/out"
	failed=1
}
eval "$(sed -n 's/.*: \(chown -R nobody [^,]*\),.*/\1/p' "$folder/out")"
"$tool" -c "$folder/conf" stage bank entry log-only --reason x >/dev/null || {
	echo 'what it advises does not help'
	failed=1
}
exit $failed

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# examples - every command that a manual page shows works as it is printed
#
# Runs the examples of enforcetls(7) and enforcetls(1), and those of help, in
# their order, beside a running daemon whose policy and log have the names that
# they use. One may find something (exit status 1), but none may be wrong usage
# or fail.
set -u
umask 022
sources=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
tool=$PWD/enforcetls
daemon=$PWD/enforcetlsd
folder=$(mktemp -d) || exit 99
failed=0
run=0
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$folder"' EXIT

mkdir "$folder/state" "$folder/log" "$folder/bin" "$folder/partners.d"
cat >"$folder/t.conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
milter = { listen = "unix:$folder/milter"; mta = "postfix"; };
map = { listen = "unix:$folder/map"; };
smarthosts = [ ];
log = { decisions = "$folder/log/decisions"; };
control = { listen = [ "unix:$folder/control" ]; };
services = ( { name = "billing"; logins = [ "billing" ];
    inbound = { level = "verify"; stage = "log-only"; }; } );
include = "partners.d/*.conf";
END
cat >"$folder/partners.d/bank.conf" <<END
partners = (
  { name = "bank"; domains = [ "bank.example" ];
    inbound = { level = "verify"; names = [ "mx1.bank.example" ];
      stage = "log-only"; };
    entry = { level = "encrypt"; stage = "defer"; };
    outbound = { level = "verify"; stage = "defer"; }; } );
END
sed 's/log-only/defer/' "$folder/t.conf" >"$folder/next.conf"
printf '%s\n' '{"time":"2026-11-20T12:00:00.000Z","ref":"4XJ2k",
"outcome":"refused","queue_id":"4XJ2k","client_addr":"192.0.2.9",
"hop":"entry","sender":"a@other.example","recipient":"u@bank.example",
"partner":"bank","destination":"bank.example","need":"encrypt",
"reason":"plaintext","verdict":"fail","stage":"defer","planned":"defer",
"applied":"defer","mta":"postfix","exempt":null,"exception":null}' |
    tr -d '\n' >"$folder/log/decisions"
echo >>"$folder/log/decisions"
printf 'Received: from a (a [192.0.2.1])\n\tby mx (Postfix) with ESMTP id 1;\n\n' \
    >"$folder/message.eml"

# As an administrator has it: in the path, with the policy where it is looked
# for.
cat >"$folder/bin/enforcetls" <<END
#!/bin/sh
exec "$tool" -c "\${CONF:-$folder/t.conf}" "\$@"
END
chmod +x "$folder/bin/enforcetls"
PATH=$folder/bin:$PATH
export PATH

"$daemon" -f -c "$folder/t.conf" >"$folder/daemon.out" 2>&1 &
pid=$!
for _ in $(seq 300); do
	grep -q 'takes mail' "$folder/daemon.out" && break
	sleep 0.1
done

# examples PAGE: its commands, each in one line
examples() {
	awk '
	/^\.Bd -literal/ { inside = 1; next }
	/^\.Ed/ { inside = 0; next }
	/^\.Dl enforcetls/ { sub(/^\.Dl /, ""); print; next }
	!inside { next }
	{ line = line $0 }
	/\\e$/ { sub(/\\e$/, "", line); next }
	line ~ /^enforcetls/ { print line }
	{ line = "" }' "$1" | sed -e 's/\\&//g' -e 's/\\-/-/g'
}

# helped: the examples of help, of each command and of each word of one
helped() {
	for command in $("$tool" help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p'); do
		"$tool" help "$command" >"$folder/usage"
		words=$(sed '/^$/,$d' "$folder/usage" | tr -s ' []' '\n\n\n' |
		    grep -xe '-*[a-z][a-z-]*' | sort -u)
		{
			cat "$folder/usage"
			for word in $words; do
				"$tool" help "$command" "$word" 2>/dev/null
			done
		} | awk '/^example:/ { inside = 1; next }
		    /^$/ { inside = 0 }
		    !inside { next }
		    { line = line substr($0, 3) }
		    /\\$/ { sub(/\\$/, "", line); next }
		    { print line; line = "" }' | awk '!seen[$0]++'
	done
}

# granted: an exception of bank; prints its id
granted() {
	enforcetls exception add bank inbound --floor encrypt --until 3d \
	    --owner ann --reason test | sed -n 's/^done: //p'
}

# prepared COMMAND: makes what an example of help is about. An approval takes
# two persons: tests/four_eyes.sh. Here nothing waits for one.
prepared() {
	id=E0
	CONF=
	case $1 in
	*" E6"* | *"exception add"*)
		for old in $(enforcetls --json exception list |
		    grep -o '"id":"[^"]*' | cut -c7-); do
			enforcetls exception end "$old" >/dev/null
		done ;;
	esac
	case $1 in
	*"end E6"* | *"renew E6"*) id=$(granted) ;;
	*pause*--end*)
		enforcetls pause entry --for 4h --reason test >/dev/null ;;
	*"state repair"*) echo x >>"$folder/state/state.conf" ;;
	*"log new-key"*)
		CONF=$folder/keyed.conf
		sed "s|log = {|log = { key = \"$folder/log/key\";|" \
		    "$folder/t.conf" >"$CONF" ;;
	*--timer*) chown -R "$map_user" "$folder/cdb" ;;
	*--export*) mkdir -p "$folder/cdb" ;;
	esac
	export CONF
}

# in_use COMMAND: with the files and digest of this test
in_use() {
	echo "$1" | sed -e "s|/etc/enforcetls/enforcetls.conf|$folder/t.conf|" \
	    -e "s/DIGEST/$digest/" -e "s/ E6/ $id/" \
	    -e "s|/var/lib/enforcetls/map|$folder/cdb|" \
	    -e "s/^runuser -u enforcetls --/$as_map_user/"
}

# Root does not write in the folder of the daemon's user.
map_user=$(id -un)
as_map_user=
if [ "$(id -u)" = 0 ]; then
	map_user=nobody
	as_map_user="setpriv --reuid nobody --clear-groups --"
	chmod 755 "$folder"
fi
digest=
id=E0
for page in "$sources/conf/enforcetls.7" "$sources/conf/enforcetls.1" help; do
	case $page in
	help) helped ;;
	*) examples "$page" ;;
	esac >"$folder/list"
	while IFS= read -r command; do
		run=$((run + 1))
		case $command in
		*--allow-loss*)
			# The partner leaves: its file goes.
			mv "$folder/partners.d/bank.conf" "$folder/gone"
			digest=$(enforcetls reload 2>&1 | sed -n \
			    's/.*--allow-loss \([^ ]*\).*/\1/p' | head -n 1) ;;
		esac
		[ "$page" != help ] || prepared "$command"
		# What follows the log does not end by itself.
		case $command in
		*" -f"*) command="timeout 3 $command" ;;
		esac
		(cd "$folder" && eval "$(in_use "$command")") \
		    >"$folder/out" 2>&1 </dev/null
		status=$?
		[ $status -ne 124 ] || status=0
		case $command in
		*--allow-loss*)
			[ -f "$folder/partners.d/bank.conf" ] ||
			    cp "$folder/gone" "$folder/partners.d/bank.conf"
			enforcetls reload >/dev/null 2>&1 ;;
		esac
		# Not every machine has an MTA whose queue could be listed.
		case $command in
		*queue*) [ $status -lt 2 ] || grep -q \
		    'postqueue\|mailq\|MTA' "$folder/out" && continue ;;
		esac
		# Whoever types it at night must not be refused.
		case $command in
		*"exception approve "*)
			grep -q 'nothing waits for approval' "$folder/out" ||
			    status=2 ;;
		*"enforcetls exception "*|*"enforcetls pause "*)
			grep -q 'not done' "$folder/out" && status=2 ;;
		esac
		[ -z "${SHOW-}" ] || {
			echo "\$ $command ($status)"
			cat "$folder/out"
		}
		if [ $status -gt 1 ] ||
		    grep -q 'see enforcetls help' "$folder/out"; then
			echo "${page##*/}: $command: exit $status, and"
			cat "$folder/out"
			failed=1
		fi
	done <"$folder/list"
done
[ $run -ge 50 ] || {
	echo "only $run examples were found"
	failed=1
}
exit $failed

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# on_host - check warns of folders, users and groups that are not on this host
#
# A slip in a path loads well. Compares a shell session with
# tests/golden/on_host. With any argument it prints the session instead.
. "${srcdir:-$(dirname "$0")/..}/tests/golden.sh"
. "${srcdir:-$(dirname "$0")/..}/tests/running.sh"
export ENFORCETLS_CONF="$folder/t.conf"
user=$(id -un)

# write STATE LOG [USER [GROUP]]
write() {
	cat >"$folder/t.conf" <<-END
	format = 1;
	mode = "log-only";
	user = "${3-$user}";
	state = "$1";
	milter = { listen = "unix:$folder/milter"; };
	control = { listen = "unix:$folder/control"; ${4+group = \"$4\";} };
	log = { decisions = "$2/decisions"; };
	END
}

check() {
	say check "$@" | grep -e '^\$' -e warning -e '(exit'
}

# follow: runs the command that the warning prints
follow() {
	"$tool" check | sed -n 's/.*make it with `\(.*\)`$/\1/p' |
	    tee "$folder/advice"
	sh "$folder/advice"
}

session() {
	mkdir "$folder/log"
	echo '== a state folder that is not there'
	write "$folder/sate" "$folder/log"
	check
	check --strict
	echo '== and the same in a file that is not the one in use'
	cp "$folder/t.conf" "$folder/next.conf"
	check "$folder/next.conf"
	echo '== the advice'
	follow
	check --strict
	echo '== a file, and a link to nothing'
	write "$folder/t.conf" "$folder/log"
	check
	ln -s nowhere "$folder/link"
	write "$folder/link" "$folder/log"
	check
	echo '== a folder of the log, a user, a group'
	write "$folder/sate" "$folder/lgo"
	check
	write "$folder/sate" "$folder/log" no-such-user no-such-group
	check
	echo '== the same file by another name'
	ln -s t.conf "$folder/same.conf"
	check "$folder/same.conf"
	echo '== a copy, which may be for another host'
	cp "$folder/t.conf" "$folder/next.conf"
	check "$folder/next.conf"
	check --basedir "$folder" "$folder/t.conf"
}

session | sed -E "s|$folder|DIR|g; s|-o $user|-o USER|" >"$came"
[ $# -eq 0 ] || { cat "$came"; exit 0; }
diff -u "$golden" "$came" || {
	echo "other output than tests/golden/$set_name"
	exit 1
}

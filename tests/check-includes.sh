#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check-includes - checks that a room includes only rooms of lower floors
#
#     tests/check-includes.sh [--plant]
#
# The rooms, from the ground up. A room includes itself and rooms of a lower
# floor, never another room of its own floor or above. Every include carries its
# folder, so that each line shows its direction. A line of the table that ends
# in "/" is a folder; any other is one module. policy/ is pure. The daemon
# includes nothing that only the command needs. Prints every include that
# violates this. Then puts one wrong include into each room of a copy and
# verifies that it is found; --plant does only that.
set -eu
cd "${srcdir:-$(dirname "$0")/..}"
. tests/plant.sh

floors='
0  policy/base/
1  policy/names/
1  policy/vocabulary
1  conf/audit/
2  policy/table/
2  policy/staging
2  policy/reason
3  policy/reply
3  policy/settings
4  policy/evidence/
4  policy/policy
4  conf/base/
5  policy/verdict
5  conf/screen/
5  conf/state/
5  milter/base/
6  policy/outbound/
7  policy/judge/
8  policy/compare/
7  conf/export/
7  conf/syntax/
8  policy/explain/
8  policy/audit/
9  policy/usage/
8  conf/file/
8  milter/log/
8  conf/effective
9  conf/snapshot
9  conf/loss
9  conf/kept_place
10 conf/departed
9  conf/mta/
10 conf/postfix/
10 conf/queue/
10 conf/sendmail/
10 conf/show/
9  conf/help/
11 conf/explain/
11 conf/services/
12 conf/tool/
13 conf/cmd/
10 milter/session/
10 milter/map/
11 milter/reload/
12 milter/milter_thread
13 milter/
'

# What policy/ may include in addition to itself: the C library, inet_pton() and
# the libraries that are pure.
pure='assert|ctype|errno|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio'
pure="$pure|stdlib|string|strings|time|arpa/inet|netinet/in|sys/socket"
pure="$pure|sys/types|idn2|jansson|unicase|unistr"

# What only the command needs; the daemon does not include it.
command='conf/cmd/ conf/tool/ conf/help/ conf/explain/ conf/show/ conf/mta/'
command="$command conf/postfix/ conf/queue/ conf/sendmail/ conf/services/"
command="$command policy/audit/ policy/usage/"

# Each room of the table and each folder that is named above exists; a rule for
# another one would never be broken.
check_rooms() {
	while read -r floor room; do
		[ -z "$room" ] || [ -d "$room" ] || [ -f "$room.c" ] ||
		    echo "check-includes.sh: $room is not in the tree"
	done <<-END
	$floors
	END
	for room in $command; do
		[ -d "$room" ] ||
		    echo "check-includes.sh: $room is not in the tree"
	done
}

# check FOLDER: prints what is wrong in the tree at FOLDER
check() (
	cd "$1"
	check_rooms
	find policy conf milter -name '*.[ch]' | LC_ALL=C sort |
	    xargs awk -v floors="$floors" -v pure="^($pure)\\\\.h\$" \
	    -v command="^($(echo "$command" | tr ' ' '|'))" '
	BEGIN {
		n = split(floors, word, /[ \n]+/)
		for (i = 1; i < n; i++)
			if (word[i] ~ /^[0-9]+$/)
				floor[word[i + 1]] = word[i]
	}
	function room(file,   stem, folder) {
		stem = file
		sub(/\.[ch]$/, "", stem)
		if (stem in floor)
			return stem
		folder = file
		sub(/[^\/]*$/, "", folder)
		return folder in floor ? folder : ""
	}
	function wrong(why) {
		print FILENAME ":" FNR ": " name "  <- " why
	}
	FNR == 1 {
		name = FILENAME
		own = room(FILENAME)
		if (own == "")
			wrong("its folder has no floor in check-includes.sh")
	}
	!/^[ \t]*#[ \t]*include[ \t]*["<]/ { next }
	{
		name = $0
		sub(/^[^"<]*["<]/, "", name)
		sub(/[">].*/, "", name)
	}
	/</ {
		if (FILENAME ~ /^policy\// && name !~ pure)
			wrong("policy/ is pure")
		if (FILENAME !~ /^milter\// && name ~ /^libmilter\//)
			wrong("only the daemon knows libmilter")
		if (name == "libconfig.h" && FILENAME !~ \
		    /^conf\/(syntax\/configfile|state\/statetext)\.c$/)
			wrong("rows may come from elsewhere than libconfig")
		next
	}
	name == "config.h" { next }
	{
		other = room(name)
		if (other == "")
			wrong("in no room")
		else if (FILENAME ~ /^policy\// && name !~ /^policy\//)
			wrong("policy/ includes only policy/")
		else if (other != own && floor[other] + 0 >= floor[own] + 0)
			wrong(own " is on floor " floor[own] ", " other \
			    " on floor " floor[other])
		else if (FILENAME ~ /^milter\// && name ~ command)
			wrong("only the command uses it")
	}'
)

# plant_in ROOM: whether a wrong include in that room is found
plant_in() {
	case $1 in
	*/) file=$(find "$1" -maxdepth 1 -name '*.h' | head -n 1) ;;
	*) file=$1.h ;;
	esac
	# A room without headers has commands.
	[ -f "$file" ] || file=$(ls "$1"*.c "${1%/}.c" 2>/dev/null | head -n 1)
	# The highest room is wrong for all others. The highest room itself may
	# not include what only the command uses.
	case $1 in
	milter/) wrong=conf/tool/command.h ;;
	*) wrong=milter/listeners.h ;;
	esac
	echo "#include \"$wrong\"" | plant "$file" "^$file:[0-9]*: $wrong "
}

# missing_is_found ROOM: whether a room that is not in the tree is found
missing_is_found() {
	mv "$copy/$1" "$temp/away"
	check "$copy" | grep -q "^check-includes.sh: $1 is not in the tree" || {
		echo "${0##*/}: took $1 away, and it was not missed"
		missed=1
	}
	mv "$temp/away" "$copy/$1"
}

plant_begin "$@"
missing_is_found conf/show/
missing_is_found policy/names/
while read -r floor room; do
	[ -z "$room" ] || plant_in "$room"
done <<-END
$floors
END
exit $missed

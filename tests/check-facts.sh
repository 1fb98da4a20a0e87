#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check-facts - verifies that every citation is in the tree
#
# usage: tests/check-facts.sh [--self-test]
#
# Every fact that a comment, test or manual cites must be in tests/mta/FACTS,
# and every scenario, session or unit test that FACTS names must exist. Documents
# that are not in the tree may not be cited. Prints every violation with file
# and line. Then plants mistakes in a copy and verifies that each is found;
# --self-test does only that.
set -eu
LC_ALL=C
export LC_ALL
case $0 in
/*) self=$0 ;;
*) self=$(pwd)/$0 ;;
esac
cd "${srcdir:-$(dirname "$0")/..}"
facts=tests/mta/FACTS
tmp=$(mktemp -d "${TMPDIR:-/tmp}/check-facts.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# sources [EXPRESSION]...: passes the names of all sources, without the files
# that make creates, to an EXPRESSION of find(1).
sources() {
	find -L policy conf milter tests contrib README NEWS Makefile.am \
	    configure.ac \( -name .deps -o -name .libs -o -name __pycache__ \
	    -o -name seeds \) -prune -o -type f ! -name '*.[oa]' \
	    ! -name '*.log' ! -name '*.trs' ! -name check-facts.sh "$@"
}

# Checks that every fact is complete and unique. Writes the numbers to
# $tmp/numbers, and the names to $tmp/names as "LINE KIND NAME".
read_facts() {
	awk -v numbers="$tmp/numbers" -v names="$tmp/names" -v file="$facts" '
	function wrong(line, what) { print file ":" line ": " what }
	function end_fact() {
		if (number == "") return
		if (!shown) wrong(begun, "fact " number " lacks \"Shown by:\"")
		if (!seen) wrong(begun, "fact " number " lacks \"Seen on:\"")
	}
	function name(kind, rest) {
		sub(/^[^\047]*\047/, "", rest)
		if (rest !~ /\047/) {
			wrong(FNR, "a name goes on in the next line")
			return
		}
		sub(/\047.*/, "", rest)
		print FNR, kind, rest > names
	}
	BEGIN { printf "" > numbers; printf "" > names }
	/^ *[0-9]+  / && match($0, /[0-9]+/) && RSTART + RLENGTH == 4 {
		end_fact()
		number = $1
		begun = FNR
		shown = seen = 0
		kind = ""
		if (number in known)
			wrong(FNR, "fact " number " is also in line " \
			    known[number])
		known[number] = FNR
		print number > numbers
	}
	number == "" { next }
	/^     Shown by: ./ { shown = 1 }
	/^     Seen on: ./ { seen = 1; kind = "" }
	/tests\/mta\/run/ { kind = "scenario" }
	/tests\/mta\/play_sessions/ { kind = "session" }
	/unit test \047/ { name("test", $0); kind = ""; next }
	/-k \047/ {
		if (kind == "") wrong(FNR, "-k of which program?")
		else name(kind, substr($0, index($0, "-k \047")))
	}
	END {
		end_fact()
		if (number == "") wrong(1, "no fact at all")
	}' "$facts"
}

# Every name must be a fixed string in the sources, without characters that -k
# interprets.
check_names() {
	find -L tests/mta -name '*.py' -exec cat {} + >"$tmp/scenario"
	find -L tests -name '*.session' -exec cat {} + |
	    sed -n 's/^session //p' >"$tmp/session"
	find -L tests -name '*.c' -exec cat {} + >"$tmp/test"
	while read -r line kind name; do
		case $kind:$name in
		test:*) ;;
		*[][\(\)*+?^\$\|\\{}]*)
			echo "$facts:$line: \"$name\" is no plain text to -k" ;;
		esac
		grep -qF -e "$name" "$tmp/$kind" ||
		    echo "$facts:$line: there is no $kind \"$name\""
	done <"$tmp/names"
}

# Checks citations of numbers and of documents, also if a comment has a line
# break after their first word.
check_citations() {
	sources -exec grep -lE "FACTS|[Dd]esign|$papers" {} + |
	    xargs awk -v numbers="$tmp/numbers" \
	    -v papers="$papers" '
	function wrong(what) { print FILENAME ":" FNR ": " what }
	BEGIN { while ((getline line < numbers) > 0) known[line] = 1 }
	FNR == 1 { tail = "" }
	{
		text = $0
		if (tail ~ /^(FACTS|[Dd]esign)$/) {
			sub(/^[ \t*#\/.\\"]*/, "", text)
			text = tail " " text
		}
		if (match(text, papers))
			wrong("\"" substr(text, RSTART, RLENGTH) \
			    "\" is not in the tree")
		for (rest = text; match(rest, /FACTS [0-9]+(, [0-9]+)*/); ) {
			n = split(substr(rest, RSTART + 6, RLENGTH - 6), list,
			    ", ")
			for (i = 1; i <= n; i++)
				if (!(list[i] in known))
					wrong("there is no FACTS " list[i])
			rest = substr(rest, RSTART + RLENGTH)
		}
		tail = $NF
	}'
}

# Names of documents outside of the tree, split so that they do not match here.
papers="(mta|drill|audit)-""facts|[Dd]esign"" (section|sheet)|stand""ards"
papers="$papers|Stand""ards section|(design|style|house)"" section"
papers="$papers|(design|style|house)[.]md"

check() {
	read_facts
	check_names
	check_citations
}

# wants WHAT: fails unless a planted mistake was reported in these words.
wants() {
	grep -qF -e "$1" "$tmp/found" && return
	echo "a mistake was planted and not found: $1"
	status=1
}

# The copy has links, except for the files that are changed.
self_test() {
	top=$(pwd) tree=$tmp/tree
	mkdir -p "$tree/tests/mta"
	for each in policy conf milter contrib README NEWS Makefile.am \
	    configure.ac; do
		ln -s "$top/$each" "$tree/$each"
	done
	for each in tests/* tests/mta/*; do
		case $each in
		tests/mta | "$facts") ;;
		*) ln -s "$top/$each" "$tree/$each" ;;
		esac
	done
	sed 's/""//' >"$tree/tests/planted.c" <<-EOF
	/* F""ACTS 9999 */
	/* F""ACTS
	 * 9998 */
	# F""ACTS 1, 9997.
	/* mta-""facts section 4 */
	/* design""
	 * section 3 */
	/* Stand""ards section 4 */
	EOF
	{
		cat "$facts"
		echo '  1  Twice.'
		echo '     Shown by: x'
		echo '     Seen on: y'
		echo '998  Never shown.'
		echo '     Seen on: y'
		echo '999  Never seen.'
		echo "     Shown by: tests/mta/run -k 'a promise nobody made'"
		echo '               tests/mta/play_sessions'
		echo "               -k 'a session nobody wrote'"
		echo "               unit test 'no_such_""test'"
		echo "               tests/mta/run -k 'any.*'"
	} >"$tree/$facts"
	if srcdir=$tree sh "$self" --check >"$tmp/found"; then
		echo 'mistakes were planted, and the exit status is 0'
		status=1
	fi
	wants 'planted.c:1: there is no FACTS 9999'
	wants 'planted.c:3: there is no FACTS 9998'
	wants 'planted.c:4: there is no FACTS 9997'
	wants 'planted.c:5: "mta-'
	wants 'planted.c:7: "design '
	wants 'planted.c:8: "Stand'
	wants 'fact 1 is also in line'
	wants 'fact 998 lacks "Shown by:"'
	wants 'fact 999 lacks "Seen on:"'
	wants 'there is no scenario "a promise nobody made"'
	wants 'there is no session "a session nobody wrote"'
	wants 'there is no test "no_such_'
	wants '"any.*" is no plain text to -k'
}

status=0
case ${1-} in
--check) ;;
'' | --self-test) self_test ;;
*)
	echo 'usage: check-facts.sh [--self-test]' >&2
	exit 2
	;;
esac
[ "${1-}" = --self-test ] || check >"$tmp/wrong"
if [ -s "$tmp/wrong" ]; then
	cat "$tmp/wrong"
	status=1
fi
exit $status

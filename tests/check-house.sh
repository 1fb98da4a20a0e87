#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check-house - names and sizes, as contrib/HACKING has them
#
#     tests/check-house.sh [--plant]
#
# A base name, a struct tag and a macro of a .c file stand once in the tree; a
# static function begins with its module's name, or with one word of it; a
# folder holds at most 34 files, a file 620 lines, a function 50, a line 80
# columns; a parameter that is not used is ATTR_UNUSED. Prints what breaks
# this. --plant breaks each rule in a copy and checks that it is found; without
# it both are done.
set -eu
cd "${srcdir:-$(dirname "$0")/..}"

# check FOLDER: prints what is wrong in the tree at FOLDER
check() (
	cd "$1"
	find policy conf milter -name '*.[ch]' | LC_ALL=C sort >"$list"
	# header and source of a module share a base name; no two modules do
	sed 's!.*/!!' "$list" | LC_ALL=C sort | uniq -d |
	    sed 's/$/: this base name stands twice/'
	sed 's!/[^/]*$!!' "$list" | uniq -c |
	    awk '$1 > 34 { print $2 "/: " $1 " files, 34 at most" }'
	while read -r file; do
		expand -t 8 "$file" | awk -v file="$file" '
		length($0) > 80 {
			print file ":" NR ": " length($0) " columns, 80 at most"
		}
		END {
			if (NR > 620)
				print file ": " NR " lines, 620 at most"
		}'
	done <"$list"
	xargs awk '
	FNR == 1 {
		base = FILENAME
		sub(/.*\//, "", base)
		sub(/\.[ch]$/, "", base)
		sub(/^cmd_/, "", base)
		words = split(base, word, "_")
		static = 0
	}
	function at() {
		return FILENAME ":" FNR ": "
	}
	function prefixed(name,   i) {
		if (name == base || index(name, base "_") == 1)
			return 1
		for (i = 1; i <= words; i++)
			if (index(name, word[i] "_") == 1)
				return 1
		return 0
	}
	/^struct [a-z0-9_]+ \{/ {
		if ($2 in tag)
			print at() "struct " $2 " is defined in " tag[$2] " too"
		tag[$2] = FILENAME
	}
	/^#define [A-Za-z0-9_]+/ {
		name = $2
		sub(/\(.*/, "", name)
		if (name in macro)
			print at() name " is defined in " macro[name] " too"
		macro[name] = FILENAME
	}
	/^static [^=;]*$/ || /^static .*\(.*[,;)]$/ {
		# the name stands at the start of the next line, or, of a
		# declaration, before the first bracket of this one
		static = 2
		if (match($0, /[a-z0-9_]+\(/) && $0 !~ /=/) {
			name = substr($0, RSTART, RLENGTH - 1)
			if (!prefixed(name))
				print at() name "() lacks its module'\''s name"
		}
	}
	/^[a-z0-9_]+\(/ {
		name = $0
		sub(/\(.*/, "", name)
		if (static == 1 && !prefixed(name))
			print at() name "() lacks its module'\''s name"
		function_name = name
		first = FNR
	}
	{ static-- }
	/^}/ && first {
		if (FNR - first > 50)
			print at() function_name "() has " FNR - first + 1 \
			    " lines, 50 at most"
		first = 0
	}
	/^\t+\(void\)[a-z_0-9]+;/ {
		print at() "(void) of a parameter: write ATTR_UNUSED"
	}' <"$list"
)

# plant RULE FILE: whether what standard input adds to FILE is found
plant() {
	cp "$copy/$2" "$copy/saved"
	cat >>"$copy/$2"
	if ! check "$copy" | grep -q "$1"; then
		echo "check-house.sh: not found when planted: $1"
		missed=1
	fi
	mv "$copy/saved" "$copy/$2"
}

list=$(mktemp)
copy=
missed=0
trap 'rm -rf "$list" ${copy:+"$copy"}' EXIT
if [ "${1-}" != --plant ]; then
	found=$(check .)
	if [ -n "$found" ]; then
		printf '%s\n' "$found"
		exit 1
	fi
fi
copy=$(mktemp -d)
cp -R policy conf milter "$copy"
chmod -R u+w "$copy"
module=policy/verdict.c
echo 'struct slice {' | plant 'struct slice is defined' $module
echo '#define SLICE(x) 1' | plant 'SLICE is defined' $module
printf 'static int\nstray(void)\n' | plant 'stray() lacks' $module
echo 'static int stray(void);' | plant 'stray() lacks' $module
printf '/*%80s*/\n' '' | plant '84 columns' $module
printf '\t(void)argument;\n' | plant 'ATTR_UNUSED' $module
yes '' | head -n 600 | plant 'lines, 620 at most' $module
{
	printf 'int\nverdict_long(void)\n{\n'
	yes '' | head -n 50
	printf '}\n'
} | plant 'verdict_long() has' $module
cp "$copy/$module" "$copy/policy/base/verdict.c"
plant 'verdict.c: this base name' $module </dev/null
rm "$copy/policy/base/verdict.c"
for n in $(seq 35); do
	: >"$copy/policy/base/stray$n.h"
done
plant 'policy/base/: .* files' $module </dev/null
exit $missed

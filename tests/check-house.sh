#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check-house - checks names and sizes
#
#     tests/check-house.sh [--plant]
#
# A base name, a struct or enum tag and a macro are unique in the tree. A static
# function begins with its module's name, or with one word of it. A folder holds
# at most 34 files, a file 620 lines, a function 50, a line 80 columns. A
# parameter that is not used is ATTR_UNUSED. Prints every violation. Then breaks
# each rule in a copy of the sources and verifies that this is found; --plant
# does only that.
set -eu
cd "${srcdir:-$(dirname "$0")/..}"
. tests/plant.sh
list=$temp/list

# check FOLDER: prints what is wrong in the tree at FOLDER
check() (
	cd "$1"
	find policy conf milter -name '*.[ch]' | LC_ALL=C sort >"$list"
	# header and source of a module share a base name; two modules do not
	sed 's!.*/!!' "$list" | LC_ALL=C sort | uniq -d |
	    sed 's/$/: this base name is not unique/'
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
	/^(struct|enum) [a-z0-9_]+ \{/ {
		if ($2 in tag)
			print at() $1 " " $2 " is defined in " tag[$2] " too"
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
		# the name is at the start of the next line; in a
		# declaration, before the first bracket of this line
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

plant_begin "$@"
module=policy/verdict.c
echo 'struct slice {' | plant $module 'struct slice is defined'
echo '#define SLICE(x) 1' | plant $module 'SLICE is defined'
printf 'static int\nstray(void)\n' | plant $module 'stray() lacks'
echo 'static int stray(void);' | plant $module 'stray() lacks'
printf '/*%80s*/\n' '' | plant $module '84 columns'
printf '\t(void)argument;\n' | plant $module 'ATTR_UNUSED'
yes '' | head -n 600 | plant $module 'lines, 620 at most'
{
	printf 'int\nverdict_long(void)\n{\n'
	yes '' | head -n 50
	printf '}\n'
} | plant $module 'verdict_long() has'
cp "$copy/$module" "$copy/policy/base/verdict.c"
plant $module 'verdict.c: this base name' </dev/null
rm "$copy/policy/base/verdict.c"
for n in $(seq 35); do
	: >"$copy/policy/base/stray$n.h"
done
plant $module 'policy/base/: .* files' </dev/null
exit $missed

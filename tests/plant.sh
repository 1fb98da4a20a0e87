# SPDX-License-Identifier: BSD-2-Clause
#
# plant.sh - shows that a check of the sources finds what it looks for
#
# A check script defines `check FOLDER`, which prints what is wrong in the tree
# at FOLDER, and reads this file. $temp is a folder for temporary files.
temp=$(mktemp -d "${TMPDIR:-/tmp}/plant.XXXXXX")
trap 'rm -rf "$temp"' EXIT
trap 'exit 1' HUP INT TERM
missed=0

# plant_begin [--plant]: checks the tree, and exits with 1 if something is
# wrong; --plant skips this. Then copies the sources to $temp/copy.
plant_begin() {
	if [ "${1-}" != --plant ]; then
		found=$(check .)
		if [ -n "$found" ]; then
			printf '%s\n' "$found"
			exit 1
		fi
	fi
	copy=$temp/copy
	mkdir "$copy"
	cp -R policy conf milter "$copy"
	chmod -R u+w "$copy"
}

# plant FILE PATTERN: appends standard input to FILE of the copy. check must
# print a line that matches PATTERN. Restores FILE.
plant() {
	cp "$copy/$1" "$temp/saved"
	cat >>"$copy/$1"
	if ! check "$copy" | grep -q "$2"; then
		echo "${0##*/}: planted in $1 and not found: $2"
		missed=1
	fi
	mv "$temp/saved" "$copy/$1"
}

# SPDX-License-Identifier: BSD-2-Clause
#
# golden.sh - what `enforcetls` prints, held against tests/golden
#
# Read by the scripts beside it, each for the folder (or file) of its own name
# there. Every case is a name, the exit status, and the arguments; its golden
# file is the name. With a name as argument of the script, that case's output
# is printed instead: so a golden file is made, and reviewed like code.
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

# What is compared of the output: a script may leave out more.
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

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# completion - bash completes every command and each of its options
set -u
sources=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
tool=$PWD/enforcetls
command -v bash >/dev/null || exit 77
failed=0

# complete WORD...: what the last one can be completed to, one a line
complete() {
	bash -c '. "$0/contrib/completions/enforcetls"
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_enforcetls
	printf "%s\n" "${COMPREPLY[@]}"' "$sources" "$tool" "$@"
}

# wanted WHAT WORD...: that the last word can be completed to WHAT
wanted() {
	what=$1
	shift
	complete "$@" | grep -qxe "$what" && return
	echo "enforcetls $*: is not completed to $what"
	failed=1
}

commands=$($tool help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -gt 10 ] || {
	echo "help lists hardly a command"
	failed=1
}
for command in $commands; do
	wanted "$command" "$(echo "$command" | cut -c1-2)"
	wanted "$command" help ''
	[ "$command" != help ] || continue
	options=$($tool "$command" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
	for option in $options; do
		wanted "$option" "$command" "${option%?}"
	done
done
wanted reject stage bank inbound r
wanted outbound exception add bank o
wanted approve exception ap
wanted encrypt exception add bank inbound --floor e
wanted check -c x.conf ch
cd "$sources" || exit 99
wanted README check REA
wanted configure.ac -c conf
exit $failed

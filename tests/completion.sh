#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# completion - bash and zsh complete every command, its words and its options
#
# The functions of bash are called for each of them; then tests/typed.py types
# lines into a bash and a zsh, as far as they and python3 are installed.
set -u
umask 022
sources=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
tool=$PWD/enforcetls
made=$PWD/contrib/completions
[ -f "$made/enforcetls" ] || made=$sources/contrib/completions
command -v bash >/dev/null || exit 77
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0

mkdir -m 755 "$folder/state"
cat >"$folder/t.conf" <<END
format = 1;
mode = "enforce";
user = "$(id -un)";
state = "$folder/state";
partners = (
  { name = "bank"; domains = [ "bank.example" ];
    inbound = { level = "verify"; names = [ "mx1.bank.example" ];
      stage = "log-only"; }; },
  { name = "city-bank"; domains = [ "city.example" ];
    entry = { level = "encrypt"; stage = "defer"; }; } );
END
export ENFORCETLS_CONF="$folder/t.conf"
"$tool" exception add bank inbound --floor encrypt --until 3d --owner ann \
    --reason test --id night1 >/dev/null || failed=1

# What is installed is what the command prints today.
for shell in bash zsh; do
	name=enforcetls
	[ $shell = bash ] || name=_enforcetls
	{
		"$tool" help --completion $shell
		cat "$sources/contrib/completions/tail.$shell"
	} | cmp - "$made/$name" || failed=1
done

# complete WORD...: what the last one can be completed to, one a line
complete() {
	bash -c '. "$0/enforcetls"
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_enforcetls
	printf "%s\n" "${COMPREPLY[@]}"' "$made" "$tool" "$@"
}

# wanted WHAT WORD...: that the last word can be completed to WHAT
wanted() {
	what=$1
	shift
	complete "$@" | grep -qxFe "$what" && return
	echo "enforcetls $*: is not completed to $what"
	failed=1
}

# refused WHAT WORD...: that it cannot
refused() {
	what=$1
	shift
	complete "$@" | grep -qxFe "$what" || return
	echo "enforcetls $*: is completed to $what"
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
	complete "$command" -- | sort >"$folder/came"
	$tool help "$command" | sed -n 's/^  \(-., \)*\(--[a-z-]*\).*/\2/p' |
	    sort >"$folder/listed"
	echo --help >>"$folder/listed"
	sort "$folder/listed" | diff - "$folder/came" || {
		echo "$command: other options than help has"
		failed=1
	}
done
wanted reject stage bank inbound r
wanted outbound exception add bank o
wanted approve exception ap
wanted encrypt exception add bank inbound --floor e
wanted encrypt exception add --floor = e
wanted inbound exception add --floor encrypt bank i
wanted --until exception add bank inbound --u
refused --due exception add bank inbound --d
wanted --due exception list --d
wanted check -c x.conf ch
wanted bank stage b
wanted city-bank partners c
wanted bank log --partner b
wanted night1 exception end n
refused night1 exception approve n
wanted renew help exception r
wanted journal explain 4XJ2k --mail-log j
wanted zsh help --completion z
refused inbound exception list ''
cd "$sources" || exit 99
wanted README check REA
wanted configure.ac -c conf
wanted README map --export REA
wanted README whatif --policy x NEWS REA
wanted policy check --basedir pol
refused README check --basedir REA

command -v python3 >/dev/null && cd "$folder" || exit $failed
for shell in bash zsh; do
	command -v $shell >/dev/null || {
		echo "$shell is not installed: its completion was not typed"
		continue
	}
	python3 "$sources/tests/typed.py" "$shell" "$tool" "$made" || failed=1
done
exit $failed

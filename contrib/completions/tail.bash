# Prints what begins with $2 of the kind $1, each quoted for the command line.
_enforcetls_values() {
	local choices names files name

	_enforcetls_kind "$1"
	[ "$1" != WORD ] || choices=${forms[*]}
	if [ -n "$choices" ]; then
		compgen -W "$choices" -- "$2"
	fi
	if [ -n "$names" ]; then
		while IFS= read -r name; do
			case $name in
			"$2"*) printf '%q\n' "$name" ;;
			esac
		done < <("${asked[@]}" help --names "$names" 2>/dev/null)
	fi
	case $files in
	all) compgen -f -- "$2" ;;
	folders) compgen -d -- "$2" ;;
	esac
}

# Reads the words in front of the one to complete: sets asked, command, form,
# at (how many arguments there are) and wants (the kind of the value that an
# option waits for).
_enforcetls_read() {
	local i value option

	for ((i = 1; i < COMP_CWORD; i++)); do
		value=${COMP_WORDS[i]}
		[ "$value" != = ] || continue
		if [ -n "$wants" ]; then
			[ "$option" != -c ] || asked+=(-c "$value")
			wants=
			continue
		fi
		case $value in
		-*)
			[ -z "$command" ] ||
			    ! _enforcetls_spec "$command $value" ||
			    form=$value
			_enforcetls_spec "$command${form:+ $form}" || return
			for option in "${options[@]}"; do
				[ "${option%%=*}" = "$value" ] || continue
				[ "$option" = "$value" ] || wants=${option#*=}
			done
			option=$value ;;
		*)
			if [ -z "$command" ]; then
				command=$value
			elif [ "$at" = 0 ] && [ -z "$form" ] &&
			    _enforcetls_spec "$command $value"; then
				form=$value
			else
				at=$((at + 1))
			fi ;;
		esac
	done
}

# Prints what the word can be.
_enforcetls_candidates() {
	local count=${#arguments[@]}

	if [ -n "$wants" ]; then
		_enforcetls_values "$wants" "$1"
		return
	fi
	case $1 in
	-*)
		compgen -W "$(printf '%s\n' "${options[@]%%=*}")" -- "$1"
		return ;;
	esac
	[ "$at" != 0 ] || compgen -W "${forms[*]}" -- "$1"
	[ -z "$again" ] || [ "$at" -lt "$count" ] || at=$((count - 1))
	[ "$at" -lt "$count" ] || return 0
	if [ "${arguments[at]}" = WORD ]; then
		_enforcetls_spec "${COMP_WORDS[COMP_CWORD-1]}"
		_enforcetls_values WORD "$1"
		return
	fi
	_enforcetls_values "${arguments[at]}" "$1"
}

_enforcetls() {
	local word=${COMP_WORDS[COMP_CWORD]} command= form= wants= at=0
	local again= options forms arguments choices names files
	local -a asked=("${COMP_WORDS[0]}")

	[ "$word" != = ] || word=
	COMPREPLY=()
	_enforcetls_read
	_enforcetls_spec "$command${form:+ $form}" || return
	mapfile -t COMPREPLY < <(_enforcetls_candidates "$word")
	_enforcetls_kind "${wants:-${arguments[at]-}}"
	case $files in
	?*) compopt -o filenames 2>/dev/null ;;
	esac
	return 0
}
complete -F _enforcetls enforcetls

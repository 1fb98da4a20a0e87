# Completes a value of the kind $1.
_enforcetls_value() {
	local choices names files
	local -a found

	_enforcetls_kind "$1"
	if [[ $1 == WORD ]]; then
		_enforcetls_spec "$line[1]" && _describe word forms
		return
	fi
	if [[ $1 == COMMAND ]]; then
		_describe command _enforcetls_commands
		return
	fi
	[[ -z $choices ]] || compadd -- ${=choices}
	if [[ -n $names ]]; then
		found=(${(f)"$($asked help --names $names 2>/dev/null)"})
		compadd -a found
	fi
	case $files in
	all) _files ;;
	folders) _files -/ ;;
	esac
	[[ -n $choices$names$files ]] || _message "$1"
}

_enforcetls_forms() {
	_enforcetls_spec $called
	_describe word forms
}

_enforcetls() {
	local called= form= word state
	local -a asked=($words[1]) forms specs line
	local -i i=2

	while ((i < CURRENT)); do
		case $words[i] in
		-c)
			asked+=(-c $words[i+1])
			((i += 2)) ;;
		-*) ((i++)) ;;
		*)
			called=$words[i]
			break ;;
		esac
	done
	if [[ -z $called ]]; then
		_arguments -S '-c[this policy file]:FILE:_files' \
		    '--json[print the answer as JSON]' '--help' '--version' \
		    '1:command: _enforcetls_value COMMAND'
		return
	fi
	shift $((i - 1)) words
	((CURRENT -= i - 1))
	for word in $words[2,CURRENT-1]; do
		[[ -n $form ]] || ! _enforcetls_spec "$called $word" ||
		    form=$word
	done
	_enforcetls_spec "$called${form:+ $form}" || return 1
	_arguments -S $specs '--json[print the answer as JSON]' \
	    '--help[how it is used]'
}

_enforcetls "$@"

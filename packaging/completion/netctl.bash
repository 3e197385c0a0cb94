# bash completion for netctl. The program itself knows what may follow, and asks the daemon for names.
_netctl() {
    local before=("${COMP_WORDS[@]:1:COMP_CWORD-1}") word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
    # shellcheck disable=SC2207 # one to a line
    COMPREPLY=($(netctl complete -- "${before[@]}" "$word" 2>/dev/null))
}
complete -o default -F _netctl netctl

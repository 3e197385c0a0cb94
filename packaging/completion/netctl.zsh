#compdef netctl
# zsh completion for netctl. The program itself knows what may follow, and asks the daemon for names.
local -a found
found=("${(@f)$(netctl complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
found=("${(@)found:#}")
if (( $#found )); then
    compadd -a found
else
    _files
fi

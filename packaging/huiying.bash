# bash completion for huiying: the command knows its words and options.
_huiying() {
    mapfile -t COMPREPLY < <(huiying complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _huiying huiying

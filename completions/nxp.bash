# bash completion for nxp

_nxp() {
    COMPREPLY=()
    local candidate
    while IFS= read -r candidate; do
        COMPREPLY+=("$candidate")
        # readline quotes file names.
        [[ $candidate == *[!A-Za-z0-9@._+:/=-]* ]] && compopt -o filenames 2>/dev/null
    done < <(_NXP_COMPLETE=bash nxp -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

# Before bash 4.4 the candidates are sorted.
complete -o nosort -F _nxp nxp 2>/dev/null || complete -F _nxp nxp

# bash completion for nxp

_nxp() {
    # $2 is the end of the word at the cursor, after the last of COMP_WORDBREAKS or in an open quote:
    # the part that a reply replaces. `read` splits what is before it, and removes backslashes.
    local line=${COMP_LINE:0:COMP_POINT} typed kept candidate words
    line=${line%"$2"}
    IFS= read typed <<<"$2"
    read -a words <<<"${line%[\"\']}?"
    local last=$((${#words[@]} - 1))
    kept=${words[last]%\?}
    words[last]=$kept$typed
    COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        candidate=${candidate:${#kept}}
        COMPREPLY+=("$candidate")
        # readline quotes file names.
        [[ $candidate == *[!A-Za-z0-9@._+:/=-]* ]] && compopt -o filenames 2>/dev/null
    done < <(_NXP_COMPLETE=bash nxp -- "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

# Before bash 4.4 the candidates are sorted.
complete -o nosort -F _nxp nxp 2>/dev/null || complete -F _nxp nxp


set edit:completion:arg-completer[nxp] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) _NXP_COMPLETE="elvish" nxp -- $@words) | to-lines
}

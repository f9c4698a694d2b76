# Elvish completion for nxp
use str

set edit:completion:arg-completer[nxp] = {|@words|
    try {
        (external env) _NXP_COMPLETE=elvish nxp -- $@words 2>/dev/null | each {|line|
            var value help = (str:split &max=2 "\t" $line"\t")
            var suffix = (if (str:has-suffix $value /) { put '' } else { put ' ' })
            set help = (str:trim-space $help)
            var display = (if (eq $help '') { put $value } else { put $value' ('$help')' })
            edit:complex-candidate $value &code-suffix=$suffix &display=$display
        }
    } catch { }
}
